//! What an app shows: rows, cards and states, from the core's, field by field and without `..`: what the core
//! learns must find its place here before this compiles again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pantau_core as core;
use pantau_protocol::projection;

use crate::{
    mirror::{
        Access, Answer, Basis, Category, LineState, NoteField, Progress, Reason, Rest, Severity, Signal,
        Situation, Way,
    },
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
}

impl From<projection::Mark> for Mark {
    fn from(m: projection::Mark) -> Self {
        let projection::Mark { record, device, officer, basis, at, impossible_time, received_at } = m;
        Self {
            record: record.to_string(),
            device: device.to_string(),
            officer,
            basis: basis.into(),
            at: time(at),
            impossible_time,
            received_at: received_at.map(time),
        }
    }
}

/// How far a record has come: *tersimpan di HP, sedang dikirim, sudah di server, ditahan*.
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
}

impl From<core::Delivery> for Delivery {
    fn from(d: core::Delivery) -> Self {
        match d {
            core::Delivery::Saved => Self::Saved,
            core::Delivery::Sent { at } => Self::Sent { at: time(at) },
            core::Delivery::Held { received_at } => Self::Held { received_at: time(received_at) },
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
    /// The server confirmed it in its present epoch; own records count as confirmed.
    pub confirmed: bool,
    /// How far it has come, for records of this phone.
    pub delivery: Option<Delivery>,
}

pub(crate) fn texts(notes: Vec<(pantau_protocol::note::Field, String)>) -> Vec<NoteText> {
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
            confirmed,
            delivery: delivery.map(Into::into),
        }
    }
}

/// Answer to one item of a checklist, the latest that was not left blank.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AnswerState {
    /// Number of the checklist.
    pub checklist: u32,
    /// Code of the item.
    pub item: String,
    /// The answer.
    pub answer: Answer,
    /// Who says so.
    pub mark: Mark,
}

/// What is known of one kit item.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ItemState {
    /// Item number of the profile.
    pub item: u32,
    /// What the kit asks for; absent without profile or voters.
    pub expected: Option<u32>,
    /// Pieces in good condition; absent unless counted: unknown is never zero.
    pub good: Option<u32>,
    /// Pieces damaged.
    pub damaged: Option<u32>,
    /// How it was checked.
    pub checked: LineState,
    /// Who says so.
    pub mark: Mark,
}

/// The latest arrival at a TPS.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Arrival {
    /// What was said of all without a line.
    pub rest: Rest,
    /// Seals found broken or missing.
    pub bad_seals: u32,
    /// Who says so.
    pub mark: Mark,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IncidentState {
    /// What it is about.
    pub category: Category,
    /// How grave.
    pub severity: Severity,
    /// Who reported it.
    pub mark: Mark,
    /// How far it has come, as said last.
    pub progress: Option<ProgressState>,
}

/// What one officer said last of an incident or a directive.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgressState {
    /// How far it has come.
    pub progress: Progress,
    /// Who says so.
    pub mark: Mark,
}

impl From<projection::ProgressState> for ProgressState {
    fn from(projection::ProgressState { progress, mark }: projection::ProgressState) -> Self {
        Self { progress: progress.into(), mark: mark.into() }
    }
}

/// Turnout of one hour.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TurnoutState {
    /// Hour of election day, local.
    pub hour: u32,
    /// Voters so far.
    pub voters: u32,
    /// Who says so.
    pub mark: Mark,
}

/// The latest roll call.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StandbyState {
    /// Members present.
    pub present: u32,
    /// Members of the team.
    pub team: u32,
    /// How things stand.
    pub situation: Situation,
    /// "No obstacle so far" was said.
    pub no_obstacle: bool,
    /// Who says so.
    pub mark: Mark,
}

/// All about one place.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct PlaceCard {
    /// Its code.
    pub place: String,
    /// Name of its village or region, if known here.
    pub name: Option<String>,
    /// Registered voters, for a polling station.
    pub voters: Option<u32>,
    /// How hard it is to reach.
    pub access: Option<Access>,
    /// What signal it has.
    pub signal: Option<Signal>,
    /// Rests in part on records that the server does not hold yet.
    pub provisional: bool,
    /// Visits that stand.
    pub visits: u32,
    /// The latest visit.
    pub last_visit: Option<Mark>,
    /// Latest answer per checklist item.
    pub answers: Vec<AnswerState>,
    /// Condition of the way.
    pub way: Option<Way>,
    /// Who says so of the way.
    pub way_mark: Option<Mark>,
    /// Kit items somebody spoke of.
    pub items: Vec<ItemState>,
    /// The latest arrival.
    pub arrival: Option<Arrival>,
    /// Incidents.
    pub incidents: Vec<IncidentState>,
    /// Turnout, by hour.
    pub turnout: Vec<TurnoutState>,
    /// Latest roll call.
    pub standby: Option<StandbyState>,
    /// Words about this place that stand.
    pub records: u32,
    /// The latest of them.
    pub last_word: Option<Mark>,
    /// Records about it, newest first by effective time.
    pub timeline: Vec<TimelineRow>,
}

impl From<core::TpsCard> for PlaceCard {
    fn from(card: core::TpsCard) -> Self {
        let core::TpsCard { place, name, tps, state, provisional, timeline } = card;
        let projection::PlaceState {
            visits,
            last_visit,
            answers,
            way,
            items,
            arrival,
            // Custody over several hops is not shown to the field yet.
            kit_at: _,
            incidents,
            turnout,
            standby,
            // Those of this officer are a page of their own.
            directives: _,
            records,
            last_word,
        } = state;
        let (way, way_mark) = way.map(|(way, mark)| (way.into(), mark.into())).unzip();
        Self {
            place: place.to_string(),
            name,
            voters: tps.as_ref().map(|t| t.voters),
            access: tps.as_ref().map(|t| t.access.into()),
            signal: tps.as_ref().map(|t| t.signal.into()),
            provisional,
            visits,
            last_visit: last_visit.map(Into::into),
            answers: answers.into_iter().map(Into::into).collect(),
            way,
            way_mark,
            items: items.into_iter().map(Into::into).collect(),
            arrival: arrival.map(|projection::Arrival { rest, bad_seals, mark }| Arrival {
                rest: rest.into(),
                bad_seals,
                mark: mark.into(),
            }),
            incidents: incidents.into_iter().map(Into::into).collect(),
            turnout: turnout
                .into_iter()
                .map(|projection::TurnoutState { hour, voters, mark }| TurnoutState {
                    hour,
                    voters,
                    mark: mark.into(),
                })
                .collect(),
            standby: standby.map(Into::into),
            records,
            last_word: last_word.map(Into::into),
            timeline: timeline.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<projection::AnswerState> for AnswerState {
    fn from(a: projection::AnswerState) -> Self {
        let projection::AnswerState { checklist, item, answer, mark } = a;
        Self { checklist, item, answer: answer.into(), mark: mark.into() }
    }
}

impl From<projection::ItemState> for ItemState {
    fn from(i: projection::ItemState) -> Self {
        let projection::ItemState { item, expected, good, damaged, checked, mark } = i;
        Self { item, expected, good, damaged, checked: checked.into(), mark: mark.into() }
    }
}

impl From<projection::IncidentState> for IncidentState {
    fn from(i: projection::IncidentState) -> Self {
        let projection::IncidentState { category, severity, mark, progress } = i;
        Self {
            category: category.into(),
            severity: severity.into(),
            mark: mark.into(),
            progress: progress.map(Into::into),
        }
    }
}

impl From<projection::StandbyState> for StandbyState {
    fn from(s: projection::StandbyState) -> Self {
        let projection::StandbyState { present, team, situation, no_obstacle, mark } = s;
        Self { present, team, situation: situation.into(), no_obstacle, mark: mark.into() }
    }
}
