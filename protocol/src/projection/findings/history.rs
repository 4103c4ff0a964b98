//! What was found when: the rules are asked again for every earlier state of a place, so that a finding that is gone
//! names the record that cured it. Taking that record away opens it again, since nothing is kept but the records.

use std::collections::{BTreeMap, BTreeSet};

use super::{About, Rule, Sign, Status, rules, view::View};
use crate::{
    journal::RecordId,
    place::Place,
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
    let standing = judge::standing(facts.iter().copied(), reference);
    let view = View::new(Cx::new(place, &standing, reference), now);
    let open = by_key(rules::all(&view));
    let mut cured = cured(place, &facts, reference);
    cured.retain(|key, _| !open.contains_key(key));
    let mut signs: Vec<Sign> = open.into_values().map(|sign| ruled(sign, reference)).collect();
    signs.extend(cured.into_values());
    Seen { signs, until: rules::until(&view) }
}

fn by_key(signs: Vec<Sign>) -> Signs {
    signs.into_iter().map(|sign| ((sign.rule, sign.about.clone()), sign)).collect()
}

/// What the desk decided of a sign, on the evidence that it has.
pub(super) fn ruled(mut sign: Sign, reference: &Reference) -> Sign {
    if let Some(by) = reference.closed_by(sign.finding(), sign.place.as_ref(), sign.version()) {
        sign.status = Status::Ruled { by };
    }
    sign
}

/// What the rules find in these facts.
fn found(place: &Place, facts: &[&Fact], reference: &Reference, now: i64) -> Signs {
    let standing = judge::standing(facts.iter().copied(), reference);
    let view = View::new(Cx::new(place, &standing, reference), now);
    by_key(rules::all(&view))
}

/// A moment at which the server learned something.
#[derive(Default)]
struct Moment<'a> {
    facts: Vec<&'a Fact>,
    reference: BTreeSet<RecordId>,
}

/// What was found at some moment and is gone since, each with the record that cured it.
fn cured(place: &Place, facts: &[&Fact], reference: &Reference) -> Signs {
    let mut moments: BTreeMap<i64, Moment<'_>> = BTreeMap::new();
    for fact in facts.iter().copied().filter(|f| rules::may_hear(f)) {
        // What has no envelope yet is heard last.
        let at = fact.envelope.map_or(i64::MAX, |e| e.received_at);
        moments.entry(at).or_default().facts.push(fact);
    }
    let changes = reference.changes(place, facts);
    let is_changed = changes.keys().next_back().is_some();
    for (at, records) in changes {
        moments.entry(at).or_default().reference = records;
    }
    let mut past = Past { place, known: Vec::new(), cured: Signs::new() };
    let mut then = is_changed.then(|| reference.as_of(i64::MIN));
    for (at, moment) in moments {
        // What is not received yet counts at the time it claims: nothing is overdue for it.
        let claimed = || moment.facts.iter().map(|f| f.effective_at()).max().unwrap_or(0);
        let at = if at == i64::MAX { claimed() } else { at };
        let before = then.as_ref().unwrap_or(reference);
        let lapse = found(place, &past.known, before, at);
        let after = if !moment.reference.is_empty() { Some(reference.as_of(at)) } else { None };
        past.hear(at, &moment, lapse, before, after.as_ref().unwrap_or(before));
        then = after.or(then);
    }
    past.cured
}

struct Past<'a> {
    place: &'a Place,
    known: Vec<&'a Fact>,
    cured: Signs,
}

impl<'a> Past<'a> {
    /// Takes in what was learned at one moment. `lapse` is what the rules found just before it.
    fn hear(&mut self, at: i64, moment: &Moment<'a>, lapse: Signs, before: &Reference, after: &Reference) {
        let known = self.known.len();
        self.known.extend(&moment.facts);
        let open = found(self.place, &self.known, after, at);
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
            !found(self.place, &with, before, at).contains_key(key)
        };
        if facts.len() == 1 && moment.reference.is_empty() {
            return facts.first().map(|f| f.id);
        }
        let by = facts.iter().rev().find(alone).map(|f| f.id);
        by.or_else(|| moment.reference.first().copied()).or_else(|| facts.last().map(|f| f.id))
    }
}
