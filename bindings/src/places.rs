//! What is known, page by page.

use std::{sync::Arc, time::SystemTime};

use pantau_core::{JournalCursor, TpsQuery};

use crate::{
    card::PlaceCard,
    custody::CardWords,
    error::PantauError,
    explain::Locale,
    finding::FindingWords,
    mirror::Venue,
    runtime::disk,
    shared::Shared,
    state::{Checklist, Directives, JournalRow, TpsRow, seconds},
    statement::place_of,
};

/// Which stations to list.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct TpsFilter {
    /// Words that code, number or village name must contain; case does not matter.
    #[uniffi(default)]
    pub search: Option<String>,
    /// Only stations without a visit.
    #[uniffi(default)]
    pub not_visited: bool,
    /// The hardest to reach first; else by code.
    #[uniffi(default)]
    pub remote_first: bool,
}

/// A page of stations.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TpsPage {
    /// The stations.
    pub rows: Vec<TpsRow>,
    /// To continue after this page; absent after the last.
    pub next: Option<String>,
}

/// A page of own records, newest first.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct JournalPage {
    /// The records.
    pub rows: Vec<JournalRow>,
    /// To continue after this page; absent after the last.
    pub next: Option<i64>,
}

/// Rows of a page when the caller names no number, and at most.
const ROWS: std::ops::RangeInclusive<u32> = 50..=200;

fn rows(limit: u32) -> u32 {
    if limit == 0 { *ROWS.start() } else { limit.min(*ROWS.end()) }
}

/// Reads what this phone knows. From any thread; all but `checklist` read the disk, none the network.
#[derive(uniffi::Object)]
pub struct Places(pub(crate) Arc<Shared>);

#[uniffi::export]
impl Places {
    /// One page of the list of polling stations. `limit` 0 means 50; 200 at most. Disk.
    pub async fn tps(
        &self,
        filter: TpsFilter,
        after: Option<String>,
        limit: u32,
    ) -> Result<TpsPage, PantauError> {
        let TpsFilter { search, not_visited, remote_first } = filter;
        let after = after.map(|code| place_of("after", &code)).transpose()?;
        let query = TpsQuery { search, not_visited, remote_first, after, limit: rows(limit) };
        let phone = self.0.phone.clone();
        let found: Vec<TpsRow> =
            disk(move || phone.tps_list(&query)).await?.into_iter().map(Into::into).collect();
        let is_full = found.len() >= rows(limit) as usize;
        let next = found.last().filter(|_| is_full).map(|row| row.place.clone());
        Ok(TpsPage { rows: found, next })
    }

    /// All about one place. Disk.
    pub async fn card(&self, place: String) -> Result<PlaceCard, PantauError> {
        let (phone, place) = (self.0.phone.clone(), place_of("place", &place)?);
        disk(move || phone.tps_card(&place)).await.map(Into::into)
    }

    /// The card of a place in words: the custody line of the kit, where two officers differ, and why a record does
    /// not count. Disk.
    pub async fn card_words(&self, place: String, locale: Locale) -> Result<CardWords, PantauError> {
        let (phone, place) = (self.0.phone.clone(), place_of("place", &place)?);
        disk(move || phone.card_words(&place, locale.into())).await.map(Into::into)
    }

    /// Open findings as this phone knew them when it last heard of the server, the gravest first: of one place, or of all
    /// places of the officer. Disk.
    pub async fn findings(
        &self,
        place: Option<String>,
        locale: Locale,
    ) -> Result<Vec<FindingWords>, PantauError> {
        let phone = self.0.phone.clone();
        let place = place.map(|code| place_of("place", &code)).transpose()?;
        let found = disk(move || phone.findings(place.as_ref(), locale.into())).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// A short plain text for a messenger such as WhatsApp on the day (of the election's own zone) that `day` lies in:
    /// visits, kits, open incidents, what waits to be sent, and TPS without a report, of this officer's own places. Open
    /// incidents, kits on the way and what waits are those of now. 1,500 characters at most; lists say how many more
    /// there are. Disk.
    pub async fn day_summary(&self, day: SystemTime, locale: Locale) -> Result<String, PantauError> {
        let (phone, at) = (self.0.phone.clone(), seconds(day));
        disk(move || phone.day_summary(at, locale.into())).await
    }

    /// One page of what this phone said, newest first. `limit` 0 means 50; 200 at most. Disk.
    pub async fn journal(&self, after: Option<i64>, limit: u32) -> Result<JournalPage, PantauError> {
        let (phone, limit) = (self.0.phone.clone(), rows(limit));
        let found = disk(move || phone.journal(after.map(JournalCursor::from_number), limit)).await?;
        let is_full = found.len() >= limit as usize;
        let next = found.last().filter(|_| is_full).map(|row| row.cursor.number());
        Ok(JournalPage { rows: found.into_iter().map(Into::into).collect(), next })
    }

    /// Tasks of the desk for this officer. Answer one with [`crate::Capture::answer`]. Disk.
    pub async fn directives(&self) -> Result<Directives, PantauError> {
        let phone = self.0.phone.clone();
        disk(move || phone.directives()).await.map(Into::into)
    }

    /// The checklist for this kind of place: what a visit answers. No I/O.
    pub fn checklist(&self, venue: Venue) -> Option<Checklist> {
        self.0.phone.checklist(venue.into()).map(Into::into)
    }
}
