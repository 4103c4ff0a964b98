//! What was found when: the rules are asked again for every earlier state of a place, so that a finding that is gone
//! names the record that cured it. Taking that record away opens it again, since nothing is kept but the records.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    About, Rule, Sign, Status, rules,
    silence::{Hearing, Silence},
    view::View,
};
use crate::{
    hash::Tagged,
    journal::RecordId,
    limit,
    place::Place,
    profile::Profile,
    projection::{Fact, Heard, Reference, cx::Cx, judge},
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
    look_on(&Heard::new(place, facts, reference), now, None).0
}

/// The same without what is cured: for who builds everything anew and looks again later.
pub fn look_now(heard: &Heard<'_>, now: i64) -> Seen {
    seen(heard, found_in(&View::new(heard.cx(), now)), now)
}

/// How a TPS in use is heard at a moment, unix seconds; `None` for another place.
pub fn silence_at(heard: &Heard<'_>, now: i64) -> Option<Silence> {
    Some(hearing(heard)?.silence(now))
}

/// The same as [`look`], with what an earlier look remembered of the place, as long as the reference data that
/// concerns the place is the same; and what to remember for the next. A memory that does not fit the facts is not
/// used. None is made where it would save little.
pub fn look_on(heard: &Heard<'_>, now: i64, memory: Option<Memory>) -> (Seen, Option<Memory>) {
    let (past, memory) = past(heard, memory);
    let Past { last, mut cured, .. } = past;
    // What was found at the last moment is so still, unless time alone changed it.
    let found = match last.filter(|last| last.is_of_all && last.at <= now) {
        Some(Found { found: (open, until), .. }) if until.is_none_or(|until| until > now) => (open, until),
        _ => found_in(&View::new(heard.cx(), now)),
    };
    cured.retain(|key, _| !found.0.contains_key(key));
    let mut seen = seen(heard, found, now);
    seen.signs.extend(cured.into_values());
    (seen, memory)
}

/// What is open at a moment, and how the place is heard.
fn seen(heard: &Heard<'_>, (open, until): (Signs, Option<i64>), now: i64) -> Seen {
    let hearing = hearing(heard);
    let moments = [until, hearing.as_ref().and_then(|hearing| hearing.until(now))];
    Seen {
        signs: open.into_values().map(|sign| ruled(sign, heard.reference)).collect(),
        silence: hearing.map(|hearing| hearing.silence(now)),
        until: moments.into_iter().flatten().min(),
    }
}

fn hearing(heard: &Heard<'_>) -> Option<Hearing> {
    let state = heard.state();
    Hearing::of(heard.place, heard.reference, state.last_word.as_ref(), &state.answers)
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
    let standing = judge::standing(facts.iter().copied(), reference);
    found_in(&View::new(Cx::new(place, &standing, reference), now))
}

fn found_in(view: &View<'_>) -> (Signs, Option<i64>) {
    (by_key(rules::all(view)), rules::until(view))
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

/// Hears the moments of a place one after the other: what was found at some moment and is gone since, each with the
/// record that cured it; and what to remember of it.
fn past<'a>(heard: &'a Heard<'a>, memory: Option<Memory>) -> (Past<'a>, Option<Memory>) {
    let reference = heard.reference;
    let (known, moments) = moments(&heard.facts, heard.place, reference);
    let may_remember = known.is_empty() && moments.len() >= limit::FINDING_MEMORY;
    let is_changed = moments.iter().any(|(_, moment)| !moment.reference.is_empty());
    let start = moments.first().map_or(i64::MIN, |(at, _)| *at);
    let mut past = Past { heard, is_changed, known, last: None, cured: Signs::new() };
    let mut memory = memory.filter(|_| may_remember).unwrap_or_default();
    let recalled = past.recall(&mut memory, &moments);
    let (before, after) = moments.split_at(recalled);
    let changed = before.iter().rfind(|(_, moment)| !moment.reference.is_empty());
    let mut then = is_changed.then(|| reference.as_of(changed.map_or(start, |(at, _)| *at)));
    for (n, (at, moment)) in after.iter().enumerate() {
        let changed = (!moment.reference.is_empty()).then(|| reference.as_of(*at));
        let before = then.as_ref().unwrap_or(reference);
        past.hear(*at, moment, before, changed.as_ref().unwrap_or(before));
        then = changed.or(then);
        // At the last moment more may come.
        let hears = moments.get(..=recalled + n).filter(|hears| hears.len() + 1 >= moments.len());
        if let Some(hears) = hears.filter(|_| may_remember) {
            memory.0.extend(past.remember(hears));
        }
    }
    let surplus = memory.0.len().saturating_sub(2);
    memory.0.drain(..surplus);
    (past, may_remember.then_some(memory))
}

/// What a look at a place keeps for the next one: what had been found up to the last moment but one, and up to the
/// last. All of it follows from the records again.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Memory(#[n(0)] Vec<Remembered>);

/// What had been found up to a moment.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Remembered {
    /// How many moments it speaks of.
    #[n(0)]
    moments: u32,
    /// Of these moments and what was learned at each.
    #[n(1)]
    hash: [u8; 32],
    /// Whether somebody looked at the last of them, and so found what was open.
    #[n(2)]
    is_looked: bool,
    /// What was open then.
    #[n(3)]
    open: Vec<Sign>,
    /// When time alone may have changed it, unix seconds.
    #[n(4)]
    until: Option<i64>,
    /// What was cured by then.
    #[n(5)]
    cured: Vec<Sign>,
}

fn hash(moments: &[(i64, Moment<'_>)]) -> [u8; 32] {
    let mut h = Tagged::new("pantau/1/moments");
    for (at, moment) in moments {
        h.part(&at.to_be_bytes());
        for fact in &moment.facts {
            let (device, branch, seq) = fact.author();
            h.part(fact.id.as_bytes()).part(&device.0);
            h.part(&branch.to_be_bytes()).part(&seq.to_be_bytes());
        }
        h.part(&[]);
        moment.reference.iter().for_each(|r| _ = h.part(r.as_bytes()));
    }
    h.finish()
}

fn by_key(signs: Vec<Sign>) -> Signs {
    signs.into_iter().map(|sign| ((sign.rule, sign.about.clone()), sign)).collect()
}

/// What was found at a moment.
struct Found {
    at: i64,
    /// What was open, and when time alone may have changed it.
    found: (Signs, Option<i64>),
    /// In all that was ever heard of the place, with the reference data of today.
    is_of_all: bool,
}

struct Past<'a> {
    heard: &'a Heard<'a>,
    /// The reference data changed meanwhile.
    is_changed: bool,
    known: Vec<&'a Fact>,
    /// What was found at the moment before; `None` where nobody looked.
    last: Option<Found>,
    cured: Signs,
}

impl<'a> Past<'a> {
    /// Takes up the latest of what is remembered that speaks of the first of these moments, and forgets what does not;
    /// of how many moments.
    fn recall(&mut self, memory: &mut Memory, moments: &[(i64, Moment<'a>)]) -> usize {
        let hears = |of: &Remembered| moments.get(..usize::try_from(of.moments).ok()?);
        while memory.0.last().is_some_and(|of| hears(of).is_none_or(|heard| hash(heard) != of.hash)) {
            memory.0.pop();
        }
        let Some((of, heard)) = memory.0.last().and_then(|of| Some((of, hears(of)?))) else { return 0 };
        self.known.extend(heard.iter().flat_map(|(_, moment)| &moment.facts));
        if let Some((at, _)) = heard.last().filter(|_| of.is_looked) {
            self.last = Some(self.as_found(*at, (by_key(of.open.clone()), of.until)));
        }
        self.cured = by_key(of.cured.clone());
        heard.len()
    }

    /// What is to be remembered of the moments heard so far.
    fn remember(&self, heard: &[(i64, Moment<'_>)]) -> Option<Remembered> {
        let (open, until) = self.last.as_ref().map(|last| last.found.clone()).unwrap_or_default();
        Some(Remembered {
            moments: u32::try_from(heard.len()).ok()?,
            hash: hash(heard),
            is_looked: self.last.is_some(),
            open: open.into_values().collect(),
            until,
            cured: self.cured.values().cloned().collect(),
        })
    }

    /// What the rules find in all that is known so far.
    fn found(&self, at: i64, reference: &Reference) -> Found {
        let found = if self.is_of_all() {
            found_in(&View::new(self.heard.cx(), at))
        } else {
            found(self.heard.place, &self.known, reference, at)
        };
        self.as_found(at, found)
    }

    fn as_found(&self, at: i64, found: (Signs, Option<i64>)) -> Found {
        Found { at, found, is_of_all: self.is_of_all() }
    }

    /// Whether all that is known of the place was heard, with the reference data of today.
    fn is_of_all(&self) -> bool {
        self.known.len() == self.heard.facts.len() && !self.is_changed
    }

    /// Takes in what was learned at one moment.
    fn hear(&mut self, at: i64, moment: &Moment<'a>, before: &Reference, after: &Reference) {
        let known = self.known.len();
        let last = self.last.take();
        if !moment.may_cure(before.profile()) {
            self.known.extend(&moment.facts);
            return;
        }
        let lapse = match last {
            Some(Found { found: (open, until), .. }) if until.is_none_or(|until| until > at) => open,
            _ => self.found(at, before).found.0,
        };
        self.known.extend(&moment.facts);
        let now = self.found(at, after);
        let open = &now.found.0;
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
        self.last = Some(now);
    }

    /// Which of the records of a moment cured a sign: one that does it alone, the latest word about the place before
    /// reference data; or else, where only several do it together, one of them.
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
            !found(self.heard.place, &with, before, at).0.contains_key(key)
        };
        if facts.len() == 1 && moment.reference.is_empty() {
            return facts.first().map(|f| f.id);
        }
        let alone_known = |record: &&RecordId| {
            let reference = before.as_of_alone(at, **record);
            !found(self.heard.place, earlier, &reference, at).0.contains_key(key)
        };
        let by = facts.iter().rev().find(alone).map(|f| f.id);
        let by = by.or_else(|| moment.reference.iter().find(alone_known).copied());
        by.or_else(|| moment.reference.first().copied()).or_else(|| facts.last().map(|f| f.id))
    }
}
