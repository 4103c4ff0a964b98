//! What stands beside every figure: when, by whom, on what basis, and how old it is.

use chrono::{DateTime, Datelike as _, SecondsFormat};
use pantau_log::{
    import::Told,
    projector::{self, Places, name_then},
    store::Row,
};
use pantau_protocol::{body::Point as PointRecord, projection::Mark, time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Time {
    /// RFC 3339 in UTC, `2024-02-13T11:00:00Z`; `null` for a year that RFC 3339 cannot write.
    #[schema(format = DateTime)]
    pub(crate) rfc3339: Option<String>,
    /// Unix seconds.
    pub(crate) unix: i64,
}

impl Time {
    pub(crate) fn of(unix: i64) -> Self {
        let date = DateTime::from_timestamp(unix, 0).filter(|d| (0..=9999).contains(&d.year()));
        Self { rfc3339: date.map(|d| d.to_rfc3339_opts(SecondsFormat::Secs, true)), unix }
    }
}

/// Up to where the answer speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AsOf {
    /// When the answer was made, by the server's clock. Ages count from here.
    at: Time,
    /// The last row of the log that the answer speaks of; rows are numbered from 1, 0 is an empty log.
    log_position: u64,
    /// When the server received that row; `null` for an empty log.
    log_received_at: Option<Time>,
    /// Rows of the log that are not in the answer yet.
    log_rows_behind: u64,
    /// Places are being worked out again after a change of reference data or a new version, so that some figures may
    /// still follow the old one.
    is_refolding: bool,
}

impl AsOf {
    pub(super) fn of(ask: &Ask<'_>) -> Self {
        let places: &Places<'_> = ask.places;
        Self {
            at: Time::of(ask.now),
            log_position: places.position(),
            log_received_at: places.received_at().map(Time::of),
            log_rows_behind: places.behind(),
            is_refolding: places.progress().is_some(),
        }
    }
}

/// Who says so, on what basis, and how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Said {
    /// Id of the record, 32 hexadecimal digits.
    record: String,
    /// Id of the phone that wrote it, 32 hexadecimal digits.
    device: String,
    /// Number of the officer whose phone it is; 0 is the desk; `null` if nobody's.
    pub(crate) officer: Option<u32>,
    /// Name that this officer had when the server received the record. `null` where it was erased, where there is
    /// none, and for a token without names.
    pub(crate) officer_name: Option<String>,
    /// What the statement rests on: `seen`, `document`, `told_in_person`, `told_by_phone`, `told_by_radio`,
    /// `told_on_paper` or `told_by_message`; `other_N` of a newer version.
    pub(crate) basis: String,
    /// Number of the officer who told it to the author; `null` where nobody did, or somebody who is no officer.
    told_by: Option<u32>,
    /// When it was so: as the officer says, within what the clocks of phone and server allow.
    pub(crate) at: Time,
    /// Seconds from `at` to `as_of.at`; below 0 for a moment to come.
    age_s: i64,
    /// When the server first received the record.
    received_at: Option<Time>,
    /// The time that the officer claimed cannot be; `at` is the nearest that can.
    is_time_impossible: bool,
}

impl Said {
    pub(crate) fn of(ask: &Ask<'_>, mark: &Mark) -> Self {
        Self {
            record: mark.record.to_string(),
            device: mark.device.to_string(),
            officer: mark.officer,
            officer_name: mark.officer.and_then(|officer| name(ask, officer, mark.received_at)),
            basis: word(mark.basis.name(), mark.basis.number()),
            told_by: mark.told_by,
            at: Time::of(mark.at),
            age_s: ask.now.saturating_sub(mark.at),
            received_at: mark.received_at.map(Time::of),
            is_time_impossible: mark.impossible_time,
        }
    }
}

/// Where a row of the log comes from; `None` for one that cannot be read.
pub(crate) fn mark_of(ask: &Ask<'_>, row: &Row) -> Option<Mark> {
    let fact = projector::fact(row)?;
    let effective = time::effective(fact.record.at, fact.envelope.as_ref());
    Some(Mark {
        record: fact.id,
        device: fact.device,
        officer: ask.places.reference().officer(&fact.device),
        basis: fact.record.basis,
        at: effective.at,
        impossible_time: effective.impossible,
        received_at: fact.envelope.map(|e| e.received_at),
        told_by: fact.record.told.and_then(|told| told.officer),
    })
}

/// The name of an officer when the server received something of him, for those who may read names.
fn name(ask: &Ask<'_>, officer: u32, received_at: Option<i64>) -> Option<String> {
    if !ask.reader.names {
        return None;
    }
    let known = ask.places.known();
    let now = || known.contacts().get(&officer).map(|contact| &contact.name);
    let told = received_at.and_then(|at| name_then(known.names(), officer, at)).or_else(now);
    match told? {
        Told::Text(name) => Some(name.clone()),
        Told::Absent | Told::Erased => None,
    }
}

/// A point on the way of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Point {
    /// `warehouse`, `ppk`, `pps`, `tps` or `transit`; `other_N` of a newer version.
    pub(crate) kind: String,
    /// Code of the place.
    pub(crate) place: String,
    /// What the point is called beside that, as the officer wrote it; `null` if nothing.
    pub(crate) label: Option<String>,
}

impl Point {
    pub(crate) fn of(point: &PointRecord) -> Self {
        Self {
            kind: word(point.kind.name(), point.kind.number()),
            place: point.place.to_string(),
            label: point.label.clone(),
        }
    }
}

/// The name of a case as the API writes it: `ToldByPhone` is `told_by_phone`, a case of a newer version `other_17`.
pub(crate) fn word(name: &str, number: u32) -> String {
    if name == "Other" {
        return format!("other_{number}");
    }
    let mut word = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_times_are_written_in_one_way() {
        assert_eq!(word("ToldByPhone", 4), "told_by_phone");
        assert_eq!(word("Seen", 1), "seen");
        assert_eq!(word("Other", 17), "other_17");
        let time = |unix| Time::of(unix).rfc3339;
        assert_eq!(time(1_707_822_000).as_deref(), Some("2024-02-13T11:00:00Z"));
        assert_eq!((time(i64::MAX), time(i64::MIN), time(1 << 40)), (None, None, None));
    }
}
