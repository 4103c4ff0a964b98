//! Records, reference data and trust, by the sections "Record", "Reference data", "Succession, branches,
//! revocation" and "Time" of the page.

use std::collections::{BTreeMap, BTreeSet};

use super::cbor::Value;

pub type Id = [u8; 16];

/// One record as the fold sees it.
#[derive(Debug, Clone)]
pub struct Fact {
    pub id: Id,
    pub device: Id,
    pub branch: i128,
    pub seq: i128,
    /// `(received_at, not_before)`.
    pub envelope: Option<(i128, i128)>,
    pub at: i128,
    pub place: String,
    pub basis: i128,
    pub kind: i128,
    pub body: Value,
    pub copy_of: Option<Id>,
    /// The one it names.
    pub election: Option<i128>,
    /// Version of the profile, and the voters of each kit.
    pub against: Option<(i128, Vec<i128>)>,
    /// The officer who told it.
    pub told_by: Option<i128>,
}

/// Rank of reference data: effective time, device, number, id.
type Rank = (i128, Id, i128, Id);

impl Fact {
    pub fn effective(&self) -> i128 {
        self.envelope.map_or(self.at, |(received, not_before)| self.at.max(not_before).min(received))
    }

    pub fn rank(&self) -> Rank {
        (self.effective(), self.device, self.seq, self.id)
    }

    /// Kind and body of what it says: of a correction, those it carries.
    pub fn said(&self) -> (i128, &Value) {
        match self.kind {
            60 => (self.body.at(2).unwrap().int(), self.body.at(3).unwrap()),
            kind => (kind, &self.body),
        }
    }

    pub fn keys(&self) -> BTreeSet<String> {
        let named = |kind: i128, body: &Value| -> Vec<String> {
            let key = match kind {
                2 => {
                    let to = body.at(2).unwrap().at(1).unwrap();
                    return body.items(3).iter().chain([to]).map(|p| p.text().to_owned()).collect();
                }
                3 => 6,
                5 | 60 | 61 => 1,
                10 => 7,
                21 | 49 => 2,
                45 | 47 => 4,
                _ => return Vec::new(),
            };
            body.items(key).iter().map(|p| p.text().to_owned()).collect()
        };
        let (kind, said) = self.said();
        let mut all: BTreeSet<String> = named(self.kind, &self.body).into_iter().collect();
        if self.kind == 60 {
            all.extend(named(kind, said));
        }
        all.remove(&self.place);
        all.into_iter().take(63).chain([self.place.clone()]).collect()
    }
}

/// All records of a set, with what they say of trust.
pub struct World {
    pub facts: BTreeMap<Id, Fact>,
    /// Trusted spans of each revocation that counts, by device.
    revoked: BTreeMap<Id, Vec<Value>>,
}

impl World {
    pub fn new(all: impl IntoIterator<Item = Fact>) -> Self {
        let mut facts: BTreeMap<Id, Fact> = BTreeMap::new();
        for fact in all {
            let goes = |known: &Fact| match (known.envelope, fact.envelope) {
                (None, Some(_)) => true,
                (Some(_), None) => false,
                _ => (fact.envelope, fact.branch) < (known.envelope, known.branch),
            };
            if facts.get(&fact.id).is_none_or(goes) {
                facts.insert(fact.id, fact);
            }
        }
        let mut world = Self { facts, revoked: BTreeMap::new() };
        world.hear();
        world
    }

    fn of_kind(&self, kind: i128) -> impl Iterator<Item = &Fact> {
        self.facts.values().filter(move |f| f.kind == kind)
    }

    /// The record that registered a device: the first one received.
    fn registration(&self, device: &Id) -> Option<&Fact> {
        let its = self.of_kind(45).filter(|f| f.body.at(0).unwrap().raw() == *device);
        its.min_by_key(|f| (f.envelope.map_or(i128::MAX, |e| e.0), f.rank()))
    }

    fn followed(&self, device: &Id) -> Option<Id> {
        self.registration(device)?.body.at(3).map(Value::raw)
    }

    /// Registrations between a device and one that registered itself.
    fn distance(&self, device: &Id) -> Option<usize> {
        let (mut here, mut n) = (*device, 0);
        while let Some(by) = self.registration(&here).map(|f| f.device).filter(|by| *by != here) {
            (here, n) = (by, n + 1);
            if n > 64 {
                return None;
            }
        }
        Some(n)
    }

    fn trusts_author(&self, fact: &Fact) -> bool {
        let holds = |spans: &Value| {
            let of = |t: &Value| t.at(0).unwrap().int() == fact.branch && fact.seq <= t.at(1).unwrap().int();
            spans.list().iter().any(of)
        };
        if !self.revoked.get(&fact.device).into_iter().flatten().all(holds) {
            return false;
        }
        let mut here = fact.device;
        for _ in 0..64 {
            match self.followed(&here) {
                None => return true,
                Some(before) if self.revoked.contains_key(&before) => return false,
                Some(before) => here = before,
            }
        }
        self.followed(&here).is_none()
    }

    /// Which revocations count: heard again without those that a ruling undid, until none is undone any more.
    fn hear(&mut self) {
        let reinstates = |f: &&Fact| f.kind == 21 && f.body.at(0).unwrap().int() == 3;
        let acts = self.facts.values().filter(|f| f.kind == 47 || reinstates(f));
        let mut acts: Vec<_> =
            acts.filter_map(|f| Some((self.distance(&f.device)?, f.rank(), f.id))).collect();
        acts.sort();
        let mut undone: BTreeSet<Id> = BTreeSet::new();
        loop {
            self.revoked.clear();
            let mut heard = BTreeSet::new();
            for (.., id) in &acts {
                let fact = self.facts[id].clone();
                if !self.trusts_author(&fact) {
                    continue;
                }
                if fact.kind == 21 {
                    heard.extend(fact.body.items(1).iter().map(Value::raw::<16>));
                } else if !undone.contains(id) {
                    let spans = fact.body.at(3).cloned().unwrap_or(Value::List(vec![]));
                    self.revoked.entry(fact.body.at(0).unwrap().raw()).or_default().push(spans);
                }
            }
            if heard.is_subset(&undone) {
                return;
            }
            undone.extend(heard);
        }
    }

    /// Whether a record counts as far as trust goes.
    pub fn trusts(&self, fact: &Fact) -> bool {
        let rules_on =
            |f: &&Fact| f.body.at(0).unwrap().int() < 3 && f.body.items(1).iter().any(|r| r.raw() == fact.id);
        let ruling =
            || self.of_kind(21).filter(rules_on).filter(|f| self.trusts_author(f)).max_by_key(|f| f.rank());
        self.trusts_author(fact) || ruling().is_some_and(|f| f.body.at(0).unwrap().int() == 1)
    }

    /// The latest trusted record of a kind that `is_it` chooses.
    fn latest(&self, kind: i128, is_it: impl Fn(&Fact) -> bool) -> Option<&Fact> {
        self.of_kind(kind).filter(|f| is_it(f) && self.trusts(f)).max_by_key(|f| f.rank())
    }

    pub fn officer(&self, device: &Id) -> Option<i128> {
        let latest = self.latest(45, |f| f.body.at(0).unwrap().raw() == *device)?;
        latest.body.opt(2)
    }

    pub fn voters(&self, place: &str) -> Option<i128> {
        self.latest(41, |f| f.place == place)?.body.opt(0)
    }

    /// What a table said at some time: the latest record by then, or else the first.
    fn at<'a>(&'a self, mut all: Vec<&'a Fact>, at: i128) -> Option<&'a Fact> {
        all.sort_by_key(|f| f.rank());
        all.iter().rev().find(|f| f.effective() <= at).or(all.first()).copied()
    }

    pub fn voters_at(&self, place: &str, at: i128) -> Option<i128> {
        let said = self.of_kind(41).filter(|f| f.place == place && self.trusts(f)).collect();
        self.at(said, at)?.body.opt(0)
    }

    pub fn checklist(&self, number: i128, version: i128) -> Option<&Value> {
        let is_it = |f: &Fact| (f.body.opt(0), f.body.opt(1)) == (Some(number), Some(version));
        self.latest(43, is_it).map(|f| &f.body)
    }

    /// The latest record of each profile.
    fn profiles(&self) -> Vec<&Fact> {
        let keys: BTreeSet<_> = self.of_kind(42).map(profile_key).collect();
        keys.iter().filter_map(|k| self.latest(42, |f| profile_key(f) == *k)).collect()
    }

    fn profile(&self) -> Option<&Fact> {
        self.profiles()
            .into_iter()
            .max_by_key(|f| (f.body.opt(6), f.body.opt(1), f.body.at(0).unwrap().text()))
    }

    /// The election in force.
    pub fn election(&self) -> Option<i128> {
        self.profile().map(election_of)
    }

    /// The election a record is about: the one it names, or the one in force at its time.
    pub fn election_of(&self, fact: &Fact) -> Option<i128> {
        let at = fact.effective();
        let all = self.profiles_at(at);
        let rank = |f: &Fact| (f.body.opt(6), f.body.opt(1), f.body.at(0).unwrap().text().to_owned());
        let by_then = all.iter().filter(|(since, _)| *since <= at).max_by_key(|(_, f)| rank(f));
        let first = || all.iter().min_by_key(|(since, f)| (*since, rank(f)));
        fact.election.or_else(|| by_then.or_else(first).map(|(_, f)| election_of(f)))
    }

    /// Each profile as it stood at some time, with the time of its first record.
    fn profiles_at(&self, at: i128) -> Vec<(i128, &Fact)> {
        let keys: BTreeSet<_> = self.of_kind(42).map(profile_key).collect();
        let mut all = vec![];
        for key in keys {
            let said: Vec<_> = self.of_kind(42).filter(|f| profile_key(f) == key && self.trusts(f)).collect();
            let since = said.iter().min_by_key(|f| f.rank()).map(|f| f.effective());
            all.extend(since.zip(self.at(said, at)));
        }
        all
    }

    /// The kit of the profile in force: item, base, per mille.
    pub fn kit(&self) -> Vec<(i128, i128, i128)> {
        kit(self.profile())
    }

    /// The kit of a version of an election's profile.
    pub fn kit_of(&self, election: i128, version: i128) -> Vec<(i128, i128, i128)> {
        let mut of = self.profiles();
        of.retain(|f| election_of(f) == election && f.body.opt(1) == Some(version));
        kit(of.into_iter().max_by_key(|f| (f.body.opt(6), f.body.at(0).unwrap().text())))
    }

    /// The kit of an election's profile as it stood at some time.
    pub fn kit_at(&self, election: i128, at: i128) -> Vec<(i128, i128, i128)> {
        let mut all = self.profiles_at(at);
        all.retain(|(_, f)| election_of(f) == election);
        let rank = |f: &Fact| (f.body.opt(1), f.body.opt(6));
        let by_then = all.iter().filter(|(since, _)| *since <= at).max_by_key(|(_, f)| rank(f));
        let first = || all.iter().min_by_key(|(since, f)| (*since, rank(f)));
        kit(by_then.or_else(first).map(|(_, f)| *f))
    }

    /// Whether a device wrote for the desk at that time.
    pub fn was_desk(&self, device: &Id, at: i128) -> bool {
        let Some(officer) = self.officer(device) else { return false };
        let its = |f: &&Fact| f.body.opt(0) == Some(officer) && matches!(f.body.opt(1), Some(5 | 6));
        let mut grants: BTreeMap<(Option<i128>, &str), Vec<&Fact>> = BTreeMap::new();
        for fact in self.of_kind(46).filter(its).filter(|f| self.trusts(f)) {
            grants.entry((fact.body.opt(1), &fact.place)).or_default().push(fact);
        }
        grants.into_values().any(|mut all| {
            all.sort_by_key(|f| f.rank());
            let then = all.iter().rev().find(|f| f.effective() <= at).or(all.first());
            then.is_some_and(|f| f.body.at(2) != Some(&Value::Bool(true)))
        })
    }
}

fn profile_key(f: &Fact) -> (String, Option<i128>) {
    (f.body.at(0).unwrap().text().to_owned(), f.body.opt(1))
}

fn election_of(f: &Fact) -> i128 {
    f.body.opt(11).unwrap_or(1)
}

/// Item, base, per mille.
fn kit(profile: Option<&Fact>) -> Vec<(i128, i128, i128)> {
    let items = profile.map(|f| f.body.items(10)).unwrap_or_default();
    let quantity = |i: &Value, n| i.at(3).unwrap().opt(n).unwrap_or(0);
    items.iter().map(|i| (i.opt(0).unwrap(), quantity(i, 0), quantity(i, 1))).collect()
}
