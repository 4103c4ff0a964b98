//! Writing: statements, corrections, drafts.

use std::{sync::Arc, time::SystemTime};

use pantau_core::NewRecord;
use pantau_protocol::body::Kind;

use crate::{
    changes::Change,
    error::PantauError,
    mirror::Progress,
    runtime::disk,
    shared::Shared,
    state::{Saved, time},
    statement::{Statement, place_of, record_id},
};

/// Kind of a statement that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DraftKind {
    /// A visit.
    Visit,
    /// Goods received.
    Receive,
    /// Goods handed over.
    Dispatch,
    /// An obstacle.
    Incident,
    /// Progress.
    IncidentUpdate,
    /// Voters so far.
    Turnout,
    /// A roll call.
    Standby,
    /// A kind of a newer version of the app.
    Other {
        /// Kind number.
        number: u32,
    },
}

impl From<DraftKind> for Kind {
    fn from(kind: DraftKind) -> Self {
        match kind {
            DraftKind::Visit => Self::Visit,
            DraftKind::Receive => Self::Receive,
            DraftKind::Dispatch => Self::Dispatch,
            DraftKind::Incident => Self::Incident,
            DraftKind::IncidentUpdate => Self::IncidentUpdate,
            DraftKind::Turnout => Self::Turnout,
            DraftKind::Standby => Self::Standby,
            DraftKind::Other { number } => Self::from_number(number),
        }
    }
}

impl From<Kind> for DraftKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Visit => Self::Visit,
            Kind::Receive => Self::Receive,
            Kind::Dispatch => Self::Dispatch,
            Kind::Incident => Self::Incident,
            Kind::IncidentUpdate => Self::IncidentUpdate,
            Kind::Turnout => Self::Turnout,
            Kind::Standby => Self::Standby,
            other => Self::Other { number: other.number() },
        }
    }
}

/// A statement that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Draft {
    /// Kind.
    pub kind: DraftKind,
    /// Code of the place.
    pub place: String,
    /// What the app wrote, as it wrote it.
    pub content: Vec<u8>,
    /// When it was saved.
    pub saved_at: SystemTime,
}

impl From<pantau_core::Draft> for Draft {
    fn from(pantau_core::Draft { kind, place, content, saved_at }: pantau_core::Draft) -> Self {
        Self { kind: kind.into(), place: place.to_string(), content, saved_at: time(saved_at) }
    }
}

/// Writes what this officer says. From any thread; all write to disk, none uses the network: they work for
/// days without signal. What came back as `Saved` survives a power cut.
#[derive(uniffi::Object)]
pub struct Capture(pub(crate) Arc<Shared>);

#[uniffi::export]
impl Capture {
    /// Saves a statement; its draft goes. Disk.
    pub async fn save(&self, statement: Statement) -> Result<Saved, PantauError> {
        let new = NewRecord::try_from(statement)?;
        let place = new.place.to_string();
        self.write(place, move |phone| phone.capture(new)).await
    }

    /// Supersedes an own record with a whole new statement. Disk.
    pub async fn correct(&self, target: String, statement: Statement) -> Result<Saved, PantauError> {
        let (target, new) = (record_id("target", &target)?, NewRecord::try_from(statement)?);
        let place = new.place.to_string();
        self.write(place, move |phone| phone.correct(target, new)).await
    }

    /// Takes an own record back. With a `key`, once: see `key` of `Statement`. Disk.
    #[uniffi::method(default(key = None))]
    pub async fn retract(
        &self,
        target: String,
        why: Option<String>,
        key: Option<String>,
    ) -> Result<Saved, PantauError> {
        let target = record_id("target", &target)?;
        self.write(String::new(), move |phone| phone.retract(target, why, key)).await
    }

    /// Says how far a directive or an incident has come. With a `key`, once: see `key` of `Statement`. Disk.
    #[uniffi::method(default(key = None))]
    pub async fn answer(
        &self,
        target: String,
        progress: Progress,
        note: Option<String>,
        key: Option<String>,
    ) -> Result<Saved, PantauError> {
        let target = record_id("target", &target)?;
        self.write(String::new(), move |phone| phone.report_progress(target, progress.into(), note, key))
            .await
    }

    /// Saves a draft over the one before: at every answer, so that a kill loses nothing. Disk.
    pub async fn save_draft(
        &self,
        kind: DraftKind,
        place: String,
        content: Vec<u8>,
    ) -> Result<(), PantauError> {
        let (phone, place) = (self.0.phone.clone(), place_of("place", &place)?);
        disk(move || phone.save_draft(kind.into(), &place, &content)).await
    }

    /// The draft of this kind about this place. Disk.
    pub async fn draft(&self, kind: DraftKind, place: String) -> Result<Option<Draft>, PantauError> {
        let (phone, place) = (self.0.phone.clone(), place_of("place", &place)?);
        Ok(disk(move || phone.draft(kind.into(), &place)).await?.map(Into::into))
    }

    /// All drafts, the latest first. Disk.
    pub async fn drafts(&self) -> Result<Vec<Draft>, PantauError> {
        let phone = self.0.phone.clone();
        Ok(disk(move || phone.drafts()).await?.into_iter().map(Into::into).collect())
    }

    /// Throws a draft away. Disk.
    pub async fn discard_draft(&self, kind: DraftKind, place: String) -> Result<(), PantauError> {
        let (phone, place) = (self.0.phone.clone(), place_of("place", &place)?);
        disk(move || phone.discard_draft(kind.into(), &place)).await
    }
}

impl Capture {
    /// Writes, and tells who watches.
    async fn write(
        &self,
        place: String,
        work: impl FnOnce(&pantau_core::Phone) -> Result<pantau_core::Saved, pantau_core::Error> + Send + 'static,
    ) -> Result<Saved, PantauError> {
        let phone = self.0.phone.clone();
        let saved = disk(move || work(&phone)).await;
        let saved = self.0.noted("capture", saved)?;
        let about = if place.is_empty() { Change::Places } else { Change::Place { code: place } };
        self.0.changes.tell([about, Change::Journal, Change::Directives]);
        Ok(saved.into())
    }
}
