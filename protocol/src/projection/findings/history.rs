//! What was found when: the rules are asked again for every earlier state of a place, so that a finding that is gone
//! names the record that cured it. Taking that record away opens it again, since nothing is kept but the records.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    About, Rule, Sign, Status, rules,
    silence::{self, Silence},
    view::View,
};
use crate::{
    journal::RecordId,
    limit,
    place::Place,
    profile::Profile,
    projection::{Fact, Reference, cx::Cx, judge},
};

/// What makes a sign the same at two moments.
type Key = (Rule, About);
type Signs = BTreeMap<Key, Sign>;

/// What is found at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// What is found, and what was found earlier and is cured.
    pub signs: Vec<Sign>,
    /// How a TPS in use is heard; `None` for another place.
    pub silence: Option<Silence>,
    /// When time alone may change that, unix seconds; `None` if it will not.
    pub until: Option<i64>,
}

/// What is found at a place at a moment, unix seconds. `facts` are those that carry the key of the place. Pure: their
/// order and repetition do not matter.
pub fn look<'a>(
    place: &Place,
    facts: impl IntoIterator<Item = &'a Fact>,
    reference: &Reference,
    now: i64,
) -> Seen {
    let mut facts: Vec<&Fact> = facts.into_iter().collect();
    facts.sort_by_key(|f| f.id);
    facts.dedup_by_key(|f| f.id);
    let ((open, until), silence, changes) = seeing(place, &facts, reference, now, |view| {
        (found_in(view), silence::of(view), silence::until(view))
    });
    let until = [until, changes].into_iter().flatten().min();
    let mut cured = cured(place, &facts, reference);
    cured.retain(|key, _| !open.contains_key(key));
    let mut signs: Vec<Sign> = open.into_values().map(|sign| ruled(sign, reference)).collect();
    signs.extend(cured.into_values());
    Seen { signs, silence, until }
}

/// What the desk decided of a sign, on the evidence that it has.
pub(super) fn ruled(mut sign: Sign, reference: &Reference) -> Sign {
    if let Some(by) = reference.closed_by(sign.finding(), sign.place.as_ref(), sign.version()) {
        sign.status = Status::Ruled { by };
    }
    sign
}

/// What the rules find in these facts, and when time alone may change it.
fn found(place: &Place, facts: &[&Fact], reference: &Reference, now: i64) -> (Signs, Option<i64>) {
    seeing(place, facts, reference, now, found_in)
}

fn found_in(view: &View<'_>) -> (Signs, Option<i64>) {
    let signs = rules::all(view).into_iter().map(|sign| ((sign.rule, sign.about.clone()), sign));
    (signs.collect(), rules::until(view))
}

/// Asks something of a place with these facts.
fn seeing<T>(
    place: &Place,
    facts: &[&Fact],
    reference: &Reference,
    now: i64,
    ask: impl FnOnce(&View<'_>) -> T,
) -> T {
    let standing = judge::standing(facts.iter().copied(), reference);
    ask(&View::new(Cx::new(place, &standing, reference), now))
}

/// A moment at which the server learned something.
#[derive(Default)]
struct Moment<'a> {
    facts: Vec<&'a Fact>,
    reference: BTreeSet<RecordId>,
}

impl Moment<'_> {
    /// Whether what was learned can cure anything.
    fn may_cure(&self, profile: Option<&Profile>) -> bool {
        let can = |fact: &&Fact| rules::may_cure(fact, profile);
        !self.reference.is_empty() || self.facts.iter().any(can)
    }
}

/// The moments of a place, in order, the last ones of very many; and the facts known before them.
fn moments<'a>(
    facts: &[&'a Fact],
    place: &Place,
    reference: &Reference,
) -> (Vec<&'a Fact>, Vec<(i64, Moment<'a>)>) {
    let mut moments: BTreeMap<i64, Moment<'a>> = BTreeMap::new();
    let mut provisional = Moment::default();
    for fact in facts.iter().copied().filter(|f| rules::may_hear(f)) {
        match fact.envelope {
            Some(e) => moments.entry(e.received_at).or_default().facts.push(fact),
            None => provisional.facts.push(fact),
        }
    }
    // What is known before anybody speaks changes nothing afterwards.
    let first = moments.keys().next().copied().unwrap_or(i64::MAX);
    for (at, records) in reference.changes(place, facts).split_off(&first.saturating_add(1)) {
        moments.entry(at).or_default().reference = records;
    }
    let mut moments: Vec<(i64, Moment<'a>)> = moments.into_iter().collect();
    // What is not received yet is heard last, at the time that it claims.
    if let Some(at) = provisional.facts.iter().map(|f| f.effective_at()).max() {
        let last = moments.last().map_or(at, |(last, _)| at.max(*last));
        moments.push((last, provisional));
    }
    let most = (limit::FINDING_WORK / facts.len().max(1)).max(limit::FINDING_MOMENTS);
    let early = moments.len().saturating_sub(most);
    let known = moments.drain(..early).flat_map(|(_, moment)| moment.facts).collect();
    (known, moments)
}

/// What was found at some moment and is gone since, each with the record that cured it.
fn cured(place: &Place, facts: &[&Fact], reference: &Reference) -> Signs {
    let (known, moments) = moments(facts, place, reference);
    let is_changed = moments.iter().any(|(_, moment)| !moment.reference.is_empty());
    let start = moments.first().map_or(i64::MIN, |(at, _)| *at);
    let mut then = is_changed.then(|| reference.as_of(start));
    let mut past = Past { place, known, last: None, cured: Signs::new() };
    for (at, moment) in moments {
        let after = (!moment.reference.is_empty()).then(|| reference.as_of(at));
        let before = then.as_ref().unwrap_or(reference);
        past.hear(at, &moment, before, after.as_ref().unwrap_or(before));
        then = after.or(then);
    }
    past.cured
}

struct Past<'a> {
    place: &'a Place,
    known: Vec<&'a Fact>,
    /// What was found at the moment before, and when time alone may have changed it; `None` where nobody looked.
    last: Option<(Signs, Option<i64>)>,
    cured: Signs,
}

impl<'a> Past<'a> {
    /// Takes in what was learned at one moment.
    fn hear(&mut self, at: i64, moment: &Moment<'a>, before: &Reference, after: &Reference) {
        let known = self.known.len();
        let last = self.last.take();
        if !moment.may_cure(before.profile()) {
            self.known.extend(&moment.facts);
            return;
        }
        let lapse = match last {
            Some((open, until)) if until.is_none_or(|until| until > at) => open,
            _ => found(self.place, self.known.as_slice(), before, at).0,
        };
        self.known.extend(&moment.facts);
        let (open, until) = found(self.place, &self.known, after, at);
        for (key, mut sign) in lapse {
            if open.contains_key(&key) {
                continue;
            }
            let by = self.cure(&key, known, moment, before, at);
            if let Some(by) = by {
                sign.records.insert(by);
                sign.status = Status::Cured { by };
                self.cured.insert(key, sign);
            }
        }
        self.cured.retain(|key, _| !open.contains_key(key));
        self.last = Some((open, until));
    }

    /// Which of the records of a moment cured a sign: of those that do it alone the latest, or else the last.
    fn cure(
        &self,
        key: &Key,
        known: usize,
        moment: &Moment<'a>,
        before: &Reference,
        at: i64,
    ) -> Option<RecordId> {
        let mut facts = moment.facts.clone();
        facts.sort_by_key(|f| (f.effective_at(), f.device, f.seq, f.id));
        let earlier = self.known.get(..known).unwrap_or_default();
        let alone = |fact: &&&Fact| {
            let with: Vec<&Fact> = earlier.iter().copied().chain([**fact]).collect();
            !found(self.place, &with, before, at).0.contains_key(key)
        };
        if facts.len() == 1 && moment.reference.is_empty() {
            return facts.first().map(|f| f.id);
        }
        let by = facts.iter().rev().find(alone).map(|f| f.id);
        by.or_else(|| moment.reference.first().copied()).or_else(|| facts.last().map(|f| f.id))
    }
}
