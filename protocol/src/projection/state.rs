//! The state of one place, and the pure function that makes it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Fact, Reference, judge, logistics,
    progress::{self, Updates},
};
use crate::{
    body::{Answer, Body, Category, CustodyKind, Kind, LineState, Progress, Rest, Severity, Situation, Way},
    journal::{DeviceId, RecordId},
    place::Place,
    record::Basis,
    role::Role,
    time,
};

/// Where a number comes from: the record, its author, its basis, its age.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Mark {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// Author's device.
    #[n(1)]
    pub device: DeviceId,
    /// Author, if known here.
    #[n(2)]
    pub officer: Option<u32>,
    /// What it rests on.
    #[n(3)]
    pub basis: Basis,
    /// Effective time, unix seconds.
    #[n(4)]
    pub at: i64,
    /// The claimed time lies outside what can be.
    #[n(5)]
    #[cbor(default, skip_if = "std::ops::Not::not")]
    pub impossible_time: bool,
    /// First receipt by the server, unix seconds; absent while provisional.
    #[n(6)]
    pub received_at: Option<i64>,
}

/// Answer to one item of a checklist, the latest that was not left blank.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct AnswerState {
    /// Number of the checklist.
    #[n(0)]
    pub checklist: u32,
    /// Code of the item; its position as `#n` where the checklist is not known here.
    #[n(1)]
    pub item: String,
    /// The answer.
    #[n(2)]
    pub answer: Answer,
    /// Who says so.
    #[n(3)]
    pub mark: Mark,
}

/// What is known of one kit item at a TPS.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ItemState {
    /// Item number of the profile.
    #[n(0)]
    pub item: u32,
    /// What the kit asks for; absent without profile or voters.
    #[n(1)]
    pub expected: Option<u32>,
    /// Pieces in good condition; absent unless counted: unknown is never zero.
    #[n(2)]
    pub good: Option<u32>,
    /// Pieces damaged.
    #[n(3)]
    pub damaged: Option<u32>,
    /// How it was checked.
    #[n(4)]
    pub checked: LineState,
    /// Who says so.
    #[n(5)]
    pub mark: Mark,
}

impl ItemState {
    /// Pieces short of the kit, where both numbers are known.
    pub fn short(&self) -> Option<u32> {
        Some(self.expected?.saturating_sub(self.good?))
    }
}

/// The latest arrival at a TPS.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Arrival {
    /// What was said of all without a line.
    #[n(0)]
    pub rest: Rest,
    /// Seals found broken or missing.
    #[n(1)]
    pub bad_seals: u32,
    /// Who says so.
    #[n(2)]
    pub mark: Mark,
}

/// Where the kit was last in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct KitAt {
    /// Kind of the point.
    #[n(0)]
    pub kind: CustodyKind,
    /// Its place.
    #[n(1)]
    pub place: Place,
    /// Who says so.
    #[n(2)]
    pub mark: Mark,
}

/// Progress on an incident or directive, the latest of one officer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ProgressState {
    /// How far it has come.
    #[n(0)]
    pub progress: Progress,
    /// Who says so.
    #[n(1)]
    pub mark: Mark,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct IncidentState {
    /// What it is about.
    #[n(0)]
    pub category: Category,
    /// How grave.
    #[n(1)]
    pub severity: Severity,
    /// Who reported it.
    #[n(2)]
    pub mark: Mark,
    /// Latest progress.
    #[n(3)]
    pub progress: Option<ProgressState>,
}

impl IncidentState {
    /// Whether nobody has said it is done.
    pub fn is_open(&self) -> bool {
        self.progress.as_ref().is_none_or(|p| p.progress != Progress::Done)
    }
}

/// Turnout of one hour.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TurnoutState {
    /// Hour of election day, local.
    #[n(0)]
    pub hour: u32,
    /// Voters so far.
    #[n(1)]
    pub voters: u32,
    /// Who says so.
    #[n(2)]
    pub mark: Mark,
}

/// The latest roll call.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StandbyState {
    /// Members present.
    #[n(0)]
    pub present: u32,
    /// Members of the team.
    #[n(1)]
    pub team: u32,
    /// How things stand.
    #[n(2)]
    pub situation: Situation,
    /// "No obstacle so far" was said.
    #[n(3)]
    pub no_obstacle: bool,
    /// Who says so.
    #[n(4)]
    pub mark: Mark,
}

/// A directive and the answers to it, the latest of each officer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DirectiveState {
    /// Only this officer.
    #[n(0)]
    pub officer: Option<u32>,
    /// Only this role.
    #[n(1)]
    pub role: Option<Role>,
    /// When it must be done, unix seconds.
    #[n(2)]
    pub due: i64,
    /// Who gave it.
    #[n(3)]
    pub mark: Mark,
    /// Answers, by officer.
    #[n(4)]
    pub answers: Vec<ProgressState>,
}

/// All that is known of one place. Lists are in a fixed order, so equal states are equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PlaceState {
    /// Visits that stand; a corrected visit counts once.
    #[n(0)]
    pub visits: u32,
    /// The latest visit.
    #[n(1)]
    pub last_visit: Option<Mark>,
    /// Latest answer per checklist item.
    #[n(2)]
    pub answers: Vec<AnswerState>,
    /// Condition of the way, as the latest visit that told it.
    #[n(3)]
    pub way: Option<(Way, Mark)>,
    /// Kit items somebody spoke of.
    #[n(4)]
    pub items: Vec<ItemState>,
    /// The latest arrival at the TPS itself.
    #[n(5)]
    pub arrival: Option<Arrival>,
    /// Where the kit was last received.
    #[n(6)]
    pub kit_at: Option<KitAt>,
    /// Incidents, by id of their first report.
    #[n(7)]
    pub incidents: Vec<IncidentState>,
    /// Turnout, by hour.
    #[n(8)]
    pub turnout: Vec<TurnoutState>,
    /// Latest roll call.
    #[n(9)]
    pub standby: Option<StandbyState>,
    /// Directives about this place, by id of their first wording.
    #[n(10)]
    pub directives: Vec<DirectiveState>,
    /// Standing words about this place: neither reference data nor orders of the desk nor retractions.
    #[n(11)]
    pub records: u32,
    /// The latest of them.
    #[n(12)]
    pub last_word: Option<Mark>,
}

impl PlaceState {
    /// Whether nothing was said of this place.
    pub fn is_silent(&self) -> bool {
        self.records == 0
    }

    /// Whether every kit item of the profile was counted or vouched for and none is short.
    pub fn is_complete(&self, reference: &Reference) -> bool {
        let Some(profile) = reference.profile() else { return false };
        profile.kit.iter().all(|k| self.items.iter().any(|i| i.item == k.number && i.short() == Some(0)))
    }

    /// Whether a counted item is short of the kit.
    pub fn is_short(&self) -> bool {
        self.items.iter().any(|i| i.short().is_some_and(|n| n > 0))
    }
}

/// Makes the state of `place` from the facts that carry its key. Pure: order and repetition of `facts`
/// do not matter.
pub fn place_state<'a>(
    place: &Place,
    facts: impl IntoIterator<Item = &'a Fact>,
    reference: &Reference,
) -> PlaceState {
    // Once in the library, whatever the facts come from.
    of_facts(place, facts.into_iter().collect(), reference)
}

fn of_facts(place: &Place, facts: Vec<&Fact>, reference: &Reference) -> PlaceState {
    let standing = judge::standing(facts, reference);
    let here: Vec<&Fact> = standing.facts.iter().copied().filter(|f| f.record.place == *place).collect();
    let mark = |fact: &Fact| mark(fact, reference);
    let visits: Vec<&Fact> = here.iter().copied().filter(|f| matches!(f.statement, Body::Visit(_))).collect();
    // Several corrections of one visit may stand side by side: still one visit.
    let mut visited = BTreeSet::new();
    visited.extend(visits.iter().map(|f| standing.subject(f)));
    let said: Vec<&Fact> = standing.facts.iter().copied().filter(|f| is_word(&f.statement)).collect();
    let updates = Updates::of(&standing);
    let goods = logistics::at(place, &standing.facts, reference, &mark);
    PlaceState {
        visits: u32::try_from(visited.len()).unwrap_or(u32::MAX),
        last_visit: judge::latest(visits.iter().copied()).map(mark),
        answers: answers(&visits, reference, &mark),
        way: latest_of(&visits, |b| if let Body::Visit(v) = b { v.way } else { None })
            .map(|(w, f)| (w, mark(f))),
        items: goods.items,
        arrival: goods.arrival,
        kit_at: goods.kit_at,
        incidents: progress::incidents(&here, &standing, &updates, &mark),
        turnout: turnout(&here, &mark),
        standby: standby(&here, &mark),
        directives: progress::directives(&here, &standing, &updates, reference, &mark),
        records: u32::try_from(said.len()).unwrap_or(u32::MAX),
        last_word: judge::latest(said).map(mark),
    }
}

fn mark(fact: &Fact, reference: &Reference) -> Mark {
    let effective = time::effective(fact.record.at, fact.envelope.as_ref());
    Mark {
        record: fact.id,
        device: fact.device,
        officer: reference.officer(&fact.device),
        basis: fact.record.basis,
        at: effective.at,
        impossible_time: effective.impossible,
        received_at: fact.envelope.map(|e| e.received_at),
    }
}

/// The latest fact for which `pick` finds something, and what it finds.
fn latest_of<'a, T>(facts: &[&'a Fact], pick: impl Fn(&Body) -> Option<T>) -> Option<(T, &'a Fact)> {
    let fact = judge::latest(facts.iter().copied().filter(|f| pick(&f.statement).is_some()))?;
    pick(&fact.statement).map(|t| (t, fact))
}

fn answers(visits: &[&Fact], reference: &Reference, mark: &impl Fn(&Fact) -> Mark) -> Vec<AnswerState> {
    type Item<'a> = (u32, Cow<'a, str>);
    let mut slots: BTreeMap<Item<'_>, usize> = BTreeMap::new();
    let mut said: Vec<Vec<(Answer, &Fact)>> = Vec::new();
    // Slots of the items of one version of a checklist, so that each is looked up once and not at every answer.
    let mut lists: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for fact in visits {
        let Body::Visit(visit) = &fact.statement else { continue };
        let list = reference.checklist(visit.checklist, visit.version);
        let known = lists.entry((visit.checklist, visit.version)).or_default();
        for (n, answer) in visit.answers.iter().enumerate() {
            if n == known.len() {
                let code = list.and_then(|l| l.items.get(n)).map(|i| Cow::Borrowed(i.code.as_str()));
                let code = code.unwrap_or_else(|| Cow::Owned(format!("#{}", n + 1)));
                known.push(*slots.entry((visit.checklist, code)).or_insert(said.len()));
                said.resize(slots.len(), Vec::new());
            }
            let slot = known.get(n).and_then(|slot| said.get_mut(*slot));
            if let Some(slot) = slot.filter(|_| *answer != Answer::Blank) {
                slot.push((*answer, fact));
            }
        }
    }
    // Most visits answer every item: whose word is the latest then follows for one item from the one before.
    let mut before: (Vec<RecordId>, Option<&Fact>) = Default::default();
    slots
        .into_iter()
        .filter_map(|((checklist, item), slot)| {
            let said = said.get(slot)?;
            if !before.0.iter().eq(said.iter().map(|(_, f)| &f.id)) {
                let latest = judge::latest(said.iter().map(|(_, f)| *f));
                before = (said.iter().map(|(_, f)| f.id).collect(), latest);
            }
            let fact = before.1?;
            let answer = said.iter().find(|(_, f)| f.id == fact.id)?.0;
            Some(AnswerState { checklist, item: item.into_owned(), answer, mark: mark(fact) })
        })
        .collect()
}

/// Whether this is a word about a place, which ends its silence: what the desk orders or sets down, and a
/// statement taken back, is none.
fn is_word(statement: &Body) -> bool {
    let kind = statement.kind();
    kind != Kind::Retract && !kind.is_from_above()
}

fn turnout(here: &[&Fact], mark: &impl Fn(&Fact) -> Mark) -> Vec<TurnoutState> {
    (0..24)
        .filter_map(|hour| {
            let said = |b: &Body| matches!(b, Body::Turnout(t) if t.hour == hour);
            let fact = judge::latest(here.iter().copied().filter(|f| said(&f.statement)))?;
            let Body::Turnout(t) = &fact.statement else { return None };
            Some(TurnoutState { hour, voters: t.voters, mark: mark(fact) })
        })
        .collect()
}

fn standby(here: &[&Fact], mark: &impl Fn(&Fact) -> Mark) -> Option<StandbyState> {
    let (said, fact) = latest_of(here, |b| if let Body::Standby(s) = b { Some(s.clone()) } else { None })?;
    Some(StandbyState {
        present: said.present,
        team: said.team,
        situation: said.situation,
        no_obstacle: said.no_obstacle,
        mark: mark(fact),
    })
}
