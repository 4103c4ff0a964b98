//! Which records count, which statements are about the same thing, and which of several counts latest.

use std::collections::{BTreeMap, BTreeSet};

use super::{Distrust, Fact, Reference};
use crate::{
    body::Body,
    journal::{DeviceId, RecordId},
    record::Basis,
};

/// Who stands behind a device: the officer, or the device itself where the officer is not known.
pub(super) type Author = (Option<u32>, Option<DeviceId>);

/// What a statement is about, through copies and corrections: the first record and its author.
pub(super) type Subject = (RecordId, Author);

/// The author of a fact.
pub(super) fn author(fact: &Fact, reference: &Reference) -> Author {
    let officer = reference.officer(&fact.device);
    (officer, officer.is_none().then_some(fact.device))
}

/// The facts that count: trusted, no copy of one that is there, not superseded.
pub(super) struct Standing<'a> {
    /// Sorted by id, so that whatever is built from them in this order is the same everywhere.
    pub(super) facts: Vec<&'a Fact>,
    /// Of every trusted fact, counted or not.
    subjects: Vec<(RecordId, Subject)>,
}

impl Standing<'_> {
    /// The subject of a fact.
    pub(super) fn subject(&self, fact: &Fact) -> Option<Subject> {
        self.subject_of(&fact.id)
    }

    /// The subject of a record, whether it counts or not; `None` for one that is not here or not trusted.
    pub(super) fn subject_of(&self, record: &RecordId) -> Option<Subject> {
        let at = self.subjects.binary_search_by_key(record, |(id, _)| *id).ok()?;
        self.subjects.get(at).map(|(_, subject)| *subject)
    }
}

/// Trusted facts with what connects them. Chains of copies and of corrections have no limit: each fact is walked
/// over once. Most facts are neither; nothing is kept of those.
struct Connected<'a, 'r> {
    reference: &'r Reference,
    /// Sorted by id.
    facts: Vec<&'a Fact>,
    authors: BTreeMap<DeviceId, Author>,
    /// What a copy repeats in the end, and whose word it is.
    words: BTreeMap<RecordId, Subject>,
    /// Repetitions of one record by one author, by id, where there is a copy among them.
    copies: BTreeMap<Subject, Vec<&'a Fact>>,
}

/// What becomes of one record of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It counts.
    Counts,
    /// Another record supersedes it: a correction or a retraction, of several the one with the least id.
    Superseded {
        /// The other record.
        by: RecordId,
    },
    /// It repeats a record that is here and stands for both.
    Copy {
        /// The record it repeats.
        of: RecordId,
    },
    /// Its device is not trusted, or not that far.
    Untrusted(Distrust),
    /// It is about another election than the one in force.
    OtherElection,
    /// A correction that says what only the desk may say.
    NotAllowed,
    /// It is no fact of the place: the server set it aside, or this version cannot read it.
    Quarantined,
}

/// What becomes of each record of a place. Phone and desk ask this and have no rule of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement(Vec<(RecordId, Judged)>);

impl Judgement {
    /// What becomes of a record of the place.
    pub fn of(&self, record: &RecordId) -> Judged {
        let at = self.0.binary_search_by_key(record, |(id, _)| *id).ok();
        at.and_then(|at| self.0.get(at)).map_or(Judged::Quarantined, |(_, judged)| *judged)
    }

    /// Whether it is about another election than the one in force.
    pub fn is_of_other_election(&self, record: &RecordId) -> bool {
        self.of(record) == Judged::OtherElection
    }

    /// Whether another record stands in its stead: one that supersedes it, or that it repeats.
    pub fn is_replaced(&self, record: &RecordId) -> bool {
        matches!(self.of(record), Judged::Superseded { .. } | Judged::Copy { .. })
    }
}

/// Judges the facts that carry one place key. Pure: their order and repetition do not matter.
pub fn judge<'a>(facts: impl IntoIterator<Item = &'a Fact>, reference: &Reference) -> Judgement {
    judged(facts.into_iter().collect(), reference).1
}

/// The facts that count.
pub(super) fn standing<'a>(facts: impl IntoIterator<Item = &'a Fact>, reference: &Reference) -> Standing<'a> {
    let (all, judgement) = judged(facts.into_iter().collect(), reference);
    let counts = |fact: &&Fact| judgement.of(&fact.id) == Judged::Counts;
    Standing { facts: all.facts.iter().copied().filter(counts).collect(), subjects: all.subjects() }
}

/// The one rule: which facts count, and what becomes of the others.
fn judged<'a, 'r>(facts: Vec<&'a Fact>, reference: &'r Reference) -> (Connected<'a, 'r>, Judgement) {
    let mut judgement = Vec::with_capacity(facts.len());
    let mut trusted = Vec::with_capacity(facts.len());
    for fact in facts {
        match reference.distrust(&fact.id, fact.author()) {
            Some(why) => judgement.push((fact.id, Judged::Untrusted(why))),
            None => trusted.push(fact),
        }
    }
    let all = Connected::new(trusted, reference);
    let (superseded, repeated, election) = (all.superseded(), all.repeated(), reference.election());
    for fact in &all.facts {
        let becomes = if !all.may_state(fact) {
            Judged::NotAllowed
        } else if let Some(by) = superseded.by(all.word(fact), fact) {
            Judged::Superseded { by }
        } else if let Some(of) = fact.record.copy_of.filter(|_| repeated.contains(&fact.id)) {
            Judged::Copy { of }
        } else if fact.statement.kind().is_of_an_election()
            && election.is_some()
            && election != reference.election_of(&fact.record, fact.effective_at())
        {
            Judged::OtherElection
        } else {
            Judged::Counts
        };
        judgement.push((fact.id, becomes));
    }
    judgement.sort_unstable_by_key(|(id, _)| *id);
    judgement.dedup_by_key(|(id, _)| *id);
    (all, Judgement(judgement))
}

/// The records that name what they supersede, by what they name. Only whether there are none, one or more is
/// asked, so two are enough.
struct Superseded(BTreeMap<Subject, Vec<RecordId>>);

impl Superseded {
    /// Another record that supersedes `fact`, whose word is `word`. It stays so whatever later happens to
    /// the superseder, and holds for its copies too, or an original that turns up later.
    fn by(&self, word: Subject, fact: &Fact) -> Option<RecordId> {
        self.0.get(&word)?.iter().find(|by| **by != fact.id).copied()
    }
}

impl<'a, 'r> Connected<'a, 'r> {
    fn new(mut facts: Vec<&'a Fact>, reference: &'r Reference) -> Self {
        if !facts.is_sorted_by_key(|f| f.id) {
            facts.sort_by_key(|f| f.id);
        }
        facts.dedup_by_key(|f| f.id);
        let mut authors = BTreeMap::new();
        for fact in &facts {
            authors.entry(fact.device).or_insert_with(|| author(fact, reference));
        }
        let mut all = Self { reference, facts, authors, words: BTreeMap::new(), copies: BTreeMap::new() };
        let repeats = |f: &Fact| {
            let original = f.record.copy_of?;
            match all.fact(&original) {
                // Somebody else's is no original of one's own.
                Some(other) => (all.author(other) == all.author(f)).then_some(Next::Fact(original)),
                None => Some(Next::Absent(original)),
            }
        };
        let copies = all.facts.iter().copied().filter(|f| f.record.copy_of.is_some());
        let ends = follow(copies, |id| all.fact(id), repeats);
        let author_of = |id: &RecordId| all.fact(id).map(|f| all.author(f));
        all.words = ends.iter().filter_map(|(id, end)| Some((*id, (*end, author_of(id)?)))).collect();
        let words: BTreeSet<Subject> = all.words.values().copied().collect();
        for word in words {
            let original = all.fact(&word.0).filter(|f| all.word(f) == word);
            all.copies.insert(word, original.into_iter().collect());
        }
        let facts = all.facts.iter().copied().filter(|f| f.record.copy_of.is_some());
        for fact in facts {
            let word = all.word(fact);
            if let Some(same) = all.copies.get_mut(&word).filter(|same| same.iter().all(|f| f.id != fact.id))
            {
                same.push(fact);
            }
        }
        all.copies.values_mut().for_each(|same| same.sort_by_key(|f| f.id));
        all
    }

    fn fact(&self, id: &RecordId) -> Option<&'a Fact> {
        let at = self.facts.binary_search_by_key(id, |f| f.id).ok()?;
        self.facts.get(at).copied()
    }

    fn author(&self, fact: &Fact) -> Author {
        self.authors.get(&fact.device).copied().unwrap_or((None, Some(fact.device)))
    }

    /// What a fact repeats in the end, and whose word it is: itself if it is no copy.
    fn word(&self, fact: &Fact) -> Subject {
        let copied = fact.record.copy_of.and_then(|_| self.words.get(&fact.id));
        copied.copied().unwrap_or_else(|| (fact.id, self.author(fact)))
    }

    /// The facts of a word, by id.
    fn said(&self, word: Subject) -> impl Iterator<Item = &'a Fact> {
        let copies = self.copies.get(&word);
        let alone = copies.is_none().then(|| self.fact(&word.0)).flatten().filter(|f| self.word(f) == word);
        copies.into_iter().flatten().copied().chain(alone)
    }

    /// Repetitions that do not count: of several the original does, or else the one with the least id.
    fn repeated(&self) -> BTreeSet<RecordId> {
        let is_repeat = |f: &Fact| f.record.copy_of.is_some_and(|o| self.fact(&o).is_some());
        let mut repeated = BTreeSet::new();
        for same in self.copies.values() {
            let first = same.iter().find(|f| !is_repeat(f)).map(|f| f.id);
            repeated.extend(same.iter().map(|f| f.id).filter(|id| Some(*id) != first));
        }
        repeated
    }

    /// The word that `fact` supersedes, if it may: its author's own, or anyone's for the desk.
    fn supersedes(&self, fact: &Fact) -> Option<Subject> {
        let target = match &fact.body {
            Body::Correct(c) => c.target,
            Body::Retract(r) => r.target,
            _ => return None,
        };
        let own = self.author(fact);
        let word = self.fact(&target).map_or((target, own), |f| self.word(f));
        let may = word.1 == own || self.reference.was_desk(&fact.device, fact.effective_at());
        may.then_some(word)
    }

    fn superseded(&self) -> Superseded {
        let mut all: BTreeMap<Subject, Vec<RecordId>> = BTreeMap::new();
        for fact in &self.facts {
            if let Some(word) = self.supersedes(fact) {
                let by = all.entry(word).or_default();
                by.extend((by.len() < 2).then_some(fact.id));
            }
        }
        Superseded(all)
    }

    /// What every fact is about: a correction is about whatever the record it supersedes is about.
    fn subjects(&self) -> Vec<(RecordId, Subject)> {
        let earlier = |f: &Fact| {
            let Body::Correct(_) = f.body else { return None };
            let other = self.said(self.supersedes(f)?).find(|other| other.id != f.id)?;
            Some(Next::Fact(other.id))
        };
        let corrections = self.facts.iter().copied().filter(|f| matches!(f.body, Body::Correct(_)));
        let first = follow(corrections, |id| self.fact(id), earlier);
        let subject = |f: &&'a Fact| {
            let is_correction = matches!(f.body, Body::Correct(_));
            let first = if is_correction { first.get(&f.id).and_then(|id| self.fact(id)) } else { None };
            (f.id, self.word(first.unwrap_or(f)))
        };
        self.facts.iter().map(subject).collect()
    }

    /// What only the desk may say cannot be said by way of a correction either.
    fn may_state(&self, fact: &Fact) -> bool {
        !matches!(fact.body, Body::Correct(_))
            || !fact.statement.kind().is_from_above()
            || self.reference.was_desk(&fact.device, fact.effective_at())
    }
}

/// One step of a chain.
enum Next {
    /// To a fact that is here.
    Fact(RecordId),
    /// To a record that is not: the chain ends there.
    Absent(RecordId),
}

/// Where the chain that starts at each of these facts ends. Each fact is looked at once, however long the chains
/// are. A chain that runs in a circle ends at the least id in it, wherever the walk began.
fn follow<'a>(
    starts: impl Iterator<Item = &'a Fact>,
    fact: impl Fn(&RecordId) -> Option<&'a Fact>,
    next: impl Fn(&Fact) -> Option<Next>,
) -> BTreeMap<RecordId, RecordId> {
    // `None` for a fact of the walk that is under way.
    let mut ends: BTreeMap<RecordId, Option<RecordId>> = BTreeMap::new();
    for start in starts {
        let (mut passed, mut here) = (Vec::new(), start);
        let end = loop {
            match ends.get(&here.id) {
                Some(Some(known)) => break *known,
                Some(None) => {
                    let circle = passed.iter().skip_while(|id| **id != here.id);
                    break circle.min().copied().unwrap_or(here.id);
                }
                None => {}
            }
            ends.insert(here.id, None);
            passed.push(here.id);
            match next(here) {
                Some(Next::Fact(id)) => match fact(&id) {
                    Some(fact) => here = fact,
                    None => break id,
                },
                Some(Next::Absent(id)) => break id,
                None => break here.id,
            }
        };
        ends.extend(passed.into_iter().map(|id| (id, Some(end))));
    }
    ends.into_iter().filter_map(|(id, end)| Some((id, end?))).collect()
}

/// The latest of several facts. Per device the greatest (seq, id) decides, then among devices the
/// greatest effective time; within one hour a told report never outranks a seen one, not even one of the
/// same device (docs/PROTOCOL.md#projection).
pub(super) fn latest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    let mut per_device: BTreeMap<DeviceId, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        per_device.entry(fact.device).or_default().push(fact);
    }
    let last_of = |said: Vec<&'a Fact>| {
        let last = hour(said.iter().max_by_key(|f| (f.seq, f.id))?);
        said.into_iter().filter(|f| hour(f) == last).max_by_key(|f| (strength(f.record.basis), f.seq, f.id))
    };
    per_device
        .into_values()
        .filter_map(last_of)
        .max_by_key(|f| (hour(f), strength(f.record.basis), f.effective_at(), f.device))
}

fn hour(fact: &Fact) -> i64 {
    fact.effective_at().div_euclid(3600)
}

/// Seen beats document beats told.
fn strength(basis: Basis) -> u8 {
    match basis {
        Basis::Seen => 2,
        Basis::Document => 1,
        Basis::ToldInPerson
        | Basis::ToldByPhone
        | Basis::ToldByRadio
        | Basis::ToldOnPaper
        | Basis::ToldByMessage
        | Basis::Other(_) => 0,
    }
}
