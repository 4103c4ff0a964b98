//! What an app shows in rows, from the core's, field by field and without `..`: what the core
//! learns must find its place here before this compiles again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pantau_core as core;
use pantau_protocol::{checklist, enrol::CertifiedGrant, projection};

use crate::{
    card::ProgressState,
    custody::Judged,
    mirror::{Access, Basis, NoteField, Progress, Reason, Role, Signal},
    statement::{Body, NoteText},
};

/// A moment from unix seconds; one the platform cannot express is the epoch.
pub(crate) fn time(seconds: i64) -> SystemTime {
    let span = Duration::from_secs(seconds.unsigned_abs());
    let moment = if seconds < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
    moment.unwrap_or(UNIX_EPOCH)
}

/// Unix seconds of a moment.
pub(crate) fn seconds(moment: SystemTime) -> i64 {
    let whole = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => whole(after),
        Err(before) => -whole(before.duration()),
    }
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Mark {
    /// Record id.
    pub record: String,
    /// Author's device.
    pub device: String,
    /// Author, if known here.
    pub officer: Option<u32>,
    /// What it rests on.
    pub basis: Basis,
    /// Effective time.
    pub at: SystemTime,
    /// The claimed time lies outside what can be.
    pub impossible_time: bool,
    /// First receipt by the server; absent while provisional.
    pub received_at: Option<SystemTime>,
    /// The officer who told it to the author, if it was one.
    pub told_by: Option<u32>,
}

impl From<projection::Mark> for Mark {
    fn from(m: projection::Mark) -> Self {
        let projection::Mark { record, device, officer, basis, at, impossible_time, received_at, told_by } =
            m;
        Self {
            record: record.to_string(),
            device: device.to_string(),
            officer,
            basis: basis.into(),
            at: time(at),
            impossible_time,
            received_at: received_at.map(time),
            told_by,
        }
    }
}

/// How far a record has come: *tersimpan di HP, sedang dikirim, sudah di server, ditahan, tidak dihitung*.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Delivery {
    /// Saved on this phone.
    Saved,
    /// Sent, and no receipt yet.
    Sent {
        /// Last attempt.
        at: SystemTime,
    },
    /// Held by the server: a receipt says so.
    Held {
        /// Server time of first receipt.
        received_at: SystemTime,
    },
    /// Held by the server and set aside for a person to look at.
    Quarantined {
        /// Why.
        reason: Reason,
        /// The field that is wrong; empty if it is the whole.
        field: String,
    },
    /// Held by the server and not counted: the desk revoked the phone.
    Revoked {
        /// Server time of first receipt.
        received_at: SystemTime,
    },
}

impl From<core::Delivery> for Delivery {
    fn from(d: core::Delivery) -> Self {
        match d {
            core::Delivery::Saved => Self::Saved,
            core::Delivery::Sent { at } => Self::Sent { at: time(at) },
            core::Delivery::Held { received_at } => Self::Held { received_at: time(received_at) },
            core::Delivery::Revoked { received_at } => Self::Revoked { received_at: time(received_at) },
            core::Delivery::Quarantined { reason, field } => {
                Self::Quarantined { reason: reason.into(), field }
            }
        }
    }
}

/// A record that is now part of the journal.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Saved {
    /// Its id.
    pub id: String,
    /// The journal it stands in.
    pub device: String,
    /// Its number there.
    pub seq: u64,
}

impl From<core::Saved> for Saved {
    fn from(core::Saved { id, device, seq }: core::Saved) -> Self {
        Self { id: id.to_string(), device: device.to_string(), seq }
    }
}

/// A station in the list.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TpsRow {
    /// Its code.
    pub place: String,
    /// Name of its village; the code where the name is not known here.
    pub village: String,
    /// Its number as printed.
    pub number: String,
    /// Registered voters.
    pub voters: u32,
    /// How hard it is to reach.
    pub access: Access,
    /// What signal it has.
    pub signal: Signal,
    /// Somebody visited it.
    pub visited: bool,
    /// The newest word about it.
    pub last_word: Option<Mark>,
    /// Logistics arrived.
    pub arrived: bool,
    /// Incidents nobody has said to be done.
    pub open_incidents: u32,
    /// Rests in part on records that the server does not hold yet.
    pub provisional: bool,
}

impl From<core::TpsRow> for TpsRow {
    fn from(r: core::TpsRow) -> Self {
        let core::TpsRow {
            place,
            village,
            number,
            voters,
            access,
            signal,
            visited,
            last_word,
            arrived,
            open_incidents,
            provisional,
        } = r;
        Self {
            place: place.to_string(),
            village,
            number,
            voters,
            access: access.into(),
            signal: signal.into(),
            visited,
            last_word: last_word.map(Into::into),
            arrived,
            open_incidents,
            provisional,
        }
    }
}

/// One record about a place.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TimelineRow {
    /// Its id.
    pub id: String,
    /// Author's device.
    pub device: String,
    /// Author, if known here.
    pub officer: Option<u32>,
    /// Author's name, if known here and not erased.
    pub name: Option<String>,
    /// Claimed time.
    pub at: SystemTime,
    /// Effective time.
    pub effective_at: SystemTime,
    /// What it rests on.
    pub basis: Basis,
    /// Kind number.
    pub kind: u32,
    /// What was said; absent where this version cannot read it.
    pub body: Option<Body>,
    /// Personal texts that are here.
    pub notes: Vec<NoteText>,
    /// A later record supersedes it.
    pub superseded: bool,
    /// It is about another election than the one in force, and does not count for that.
    pub other_election: bool,
    /// What becomes of it at this place.
    pub judged: Judged,
    /// The server confirmed it in its present epoch; own records count as confirmed.
    pub confirmed: bool,
    /// How far it has come, for records of this phone.
    pub delivery: Option<Delivery>,
}

fn texts(notes: Vec<(pantau_protocol::note::Field, String)>) -> Vec<NoteText> {
    notes.into_iter().map(|(field, text)| NoteText { field: NoteField::from(field), text }).collect()
}

impl From<core::TimelineRow> for TimelineRow {
    fn from(r: core::TimelineRow) -> Self {
        let core::TimelineRow {
            id,
            device,
            officer,
            name,
            at,
            effective_at,
            basis,
            kind,
            body,
            notes,
            superseded,
            other_election,
            judged,
            confirmed,
            delivery,
        } = r;
        Self {
            id: id.to_string(),
            device: device.to_string(),
            officer,
            name,
            at: time(at),
            effective_at: time(effective_at),
            basis: basis.into(),
            kind: kind.number(),
            body: body.as_ref().map(Into::into),
            notes: texts(notes),
            superseded,
            other_election,
            judged: judged.into(),
            confirmed,
            delivery: delivery.map(Into::into),
        }
    }
}

/// One own record.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct JournalRow {
    /// Its id.
    pub id: String,
    /// The journal it stands in.
    pub device: String,
    /// Its number there.
    pub seq: u64,
    /// Claimed time.
    pub at: SystemTime,
    /// The place.
    pub place: String,
    /// Kind number.
    pub kind: u32,
    /// What it rests on.
    pub basis: Basis,
    /// What was said; absent where this version cannot read it.
    pub body: Option<Body>,
    /// Personal texts that were not erased.
    pub notes: Vec<NoteText>,
    /// A later record supersedes it.
    pub superseded: bool,
    /// It is about another election than the one in force, and does not count for that.
    pub other_election: bool,
    /// How far it has come.
    pub delivery: Delivery,
}

impl From<core::JournalRow> for JournalRow {
    fn from(r: core::JournalRow) -> Self {
        let core::JournalRow {
            id,
            device,
            seq,
            at,
            place,
            kind,
            basis,
            body,
            notes,
            superseded,
            other_election,
            delivery,
            cursor: _,
        } = r;
        Self {
            id: id.to_string(),
            device: device.to_string(),
            seq,
            at: time(at),
            place: place.to_string(),
            kind: kind.number(),
            basis: basis.into(),
            body: body.as_ref().map(Into::into),
            notes: texts(notes),
            superseded,
            other_election,
            delivery: delivery.into(),
        }
    }
}

/// A task of the desk.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct DirectiveRow {
    /// Its id, the target of the answer.
    pub id: String,
    /// Where.
    pub place: String,
    /// Only this officer.
    pub officer: Option<u32>,
    /// Only this role.
    pub role: Option<Role>,
    /// When it must be done.
    pub due: SystemTime,
    /// When it was given.
    pub given_at: SystemTime,
    /// Its text, if here and not erased.
    pub text: Option<String>,
    /// What this officer answered last.
    pub my_answer: Option<Progress>,
    /// What each officer answered last.
    pub answers: Vec<ProgressState>,
}

impl From<core::DirectiveRow> for DirectiveRow {
    fn from(r: core::DirectiveRow) -> Self {
        let core::DirectiveRow { id, place, officer, role, due, given_at, text, my_answer, answers } = r;
        Self {
            id: id.to_string(),
            place: place.to_string(),
            officer,
            role: role.map(Into::into),
            due: time(due),
            given_at: time(given_at),
            text,
            my_answer: my_answer.map(Into::into),
            answers: answers.into_iter().map(Into::into).collect(),
        }
    }
}

/// All tasks that concern this officer.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Directives {
    /// Not answered with done or impossible; the earliest due first.
    pub to_do: Vec<DirectiveRow>,
    /// Answered so; the latest due first.
    pub done: Vec<DirectiveRow>,
}

impl From<core::Directives> for Directives {
    fn from(core::Directives { to_do, done }: core::Directives) -> Self {
        let rows = |all: Vec<core::DirectiveRow>| all.into_iter().map(Into::into).collect();
        Self { to_do: rows(to_do), done: rows(done) }
    }
}

/// Role and scope of this officer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Grant {
    /// Role.
    pub role: Role,
    /// Code of the region.
    pub place: String,
}

impl From<CertifiedGrant> for Grant {
    fn from(CertifiedGrant { role, place }: CertifiedGrant) -> Self {
        Self { role: role.into(), place: place.to_string() }
    }
}

/// One question of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChecklistItem {
    /// Short name, stable over versions.
    pub code: String,
    /// Indonesian wording.
    pub indonesian: String,
    /// English wording.
    pub english: String,
}

/// A checklist. Number and version name it in a visit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Checklist {
    /// Number.
    pub number: u32,
    /// Version.
    pub version: u32,
    /// Questions in the order of the answers.
    pub items: Vec<ChecklistItem>,
}

impl From<checklist::Checklist> for Checklist {
    fn from(c: checklist::Checklist) -> Self {
        let checklist::Checklist { number, version, venue: _, items } = c;
        let item = |checklist::Item { code, id, en }| ChecklistItem { code, indonesian: id, english: en };
        Self { number, version, items: items.into_iter().map(item).collect() }
    }
}
