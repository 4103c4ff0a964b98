//! The card of one place: what is known of it, and who says so. From the core's, field by field and without `..`,
//! as in [`crate::state`].

use pantau_core as core;
use pantau_protocol::{body, journal::RecordId, projection};

use crate::{
    custody::{CustodyLine, Packing},
    mirror::{Access, Answer, Category, LineState, Progress, Rest, Severity, Signal, Situation, Way},
    state::{Mark, TimelineRow},
};

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
    /// What the kit asked for when "all as expected" was said, where that is not `expected`: the plan has changed
    /// since.
    pub meant: Option<u32>,
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
    /// The place is no more: what was said of it stays, and lists leave it out.
    pub ended: bool,
    /// The place that took its part, if it has ended and there is one.
    pub successor: Option<String>,
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
    /// The custody line of its kit, for a polling station; absent where nobody spoke of the kit.
    pub custody: Option<CustodyLine>,
    /// What was packed into its kit, where the desk has a list of it.
    pub packing: Option<Packing>,
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
        let core::TpsCard { place, name, tps, ended, state, custody, packing, provisional, timeline } = card;
        let projection::PlaceState {
            visits,
            last_visit,
            answers,
            way,
            items,
            arrival,
            // The custody line says more.
            kit_at: _,
            incidents,
            turnout,
            standby,
            // Those of this officer are a page of their own.
            directives: _,
            records,
            last_word,
        } = state;
        let officer = |record: &RecordId| timeline.iter().find(|row| row.id == *record)?.name.clone();
        let custody = custody.map(|line| CustodyLine::new(line, &officer));
        let (way, way_mark) = way.map(|(way, mark)| (way.into(), mark.into())).unzip();
        Self {
            place: place.to_string(),
            name,
            voters: tps.as_ref().map(|t| t.voters),
            access: tps.as_ref().map(|t| t.access.into()),
            signal: tps.as_ref().map(|t| t.signal.into()),
            ended: ended.is_some(),
            successor: ended.and_then(|e| e.successor).map(String::from),
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
            custody,
            packing: packing.map(Into::into),
            incidents: incidents.into_iter().map(Into::into).collect(),
            turnout: turnout
                .into_iter()
                .map(|projection::Said { said: body::Turnout { hour, voters }, mark }| TurnoutState {
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
        let projection::ItemState { item, expected, good, damaged, checked, mark, meant } = i;
        Self { item, expected, good, damaged, checked: checked.into(), mark: mark.into(), meant }
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

impl From<projection::Said<body::Standby>> for StandbyState {
    fn from(s: projection::Said<body::Standby>) -> Self {
        let projection::Said { said: body::Standby { present, team, situation, no_obstacle }, mark } = s;
        Self { present, team, situation: situation.into(), no_obstacle, mark: mark.into() }
    }
}
