//! The state of a place, by the section "Projection" of the page.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cbor::Value,
    fold::{Fact, Id, World},
};

/// Officer, or the device where the officer is not known.
type Author = (Option<i128>, Option<Id>);
type Subject = (Id, Author);

struct Place<'w> {
    world: &'w World,
    code: &'w str,
    /// Trusted facts with its key.
    all: BTreeMap<Id, &'w Fact>,
    standing: Vec<&'w Fact>,
}

fn int(n: i128) -> Value {
    Value::Int(n)
}

/// A map without its absent keys.
fn map(keys: Vec<(i128, Option<Value>)>) -> Value {
    Value::Map(keys.into_iter().filter_map(|(k, v)| Some((k, v?))).collect())
}

/// The state as CBOR.
pub fn of(world: &World, code: &str) -> Value {
    let has_key = |f: &&Fact| f.keys().contains(code) && world.trusts(f);
    let all = world.facts.values().filter(has_key).map(|f| (f.id, f)).collect();
    let mut here = Place { world, code, all, standing: vec![] };
    here.standing = here.all.values().copied().filter(|f| here.counts(f)).collect();
    here.state()
}

impl<'w> Place<'w> {
    fn author(&self, fact: &Fact) -> Author {
        let officer = self.world.officer(&fact.device);
        (officer, officer.is_none().then_some(fact.device))
    }

    /// Whose answer to a directive it is.
    fn answerer(&self, fact: &Fact) -> Author {
        match fact.told_by {
            Some(officer) if self.world.was_desk(&fact.device, fact.effective()) => (Some(officer), None),
            _ => self.author(fact),
        }
    }

    /// Follows a chain to its end; in a circle to the least id.
    fn end(&self, from: Id, next: impl Fn(&Fact) -> Option<Id>) -> Id {
        let mut passed = vec![from];
        loop {
            let here = *passed.last().unwrap();
            let Some(then) = self.all.get(&here).and_then(|f| next(f)) else { return here };
            if let Some(at) = passed.iter().position(|p| *p == then) {
                return *passed[at..].iter().min().unwrap();
            }
            passed.push(then);
        }
    }

    /// What a fact repeats in the end, and whose word it is.
    fn word(&self, fact: &Fact) -> Subject {
        let repeats = |f: &Fact| {
            let original = f.copy_of?;
            let is_own = self.all.get(&original).is_none_or(|o| self.author(o) == self.author(f));
            is_own.then_some(original)
        };
        (self.end(fact.id, repeats), self.author(fact))
    }

    fn supersedes(&self, fact: &Fact) -> Option<Subject> {
        let target: Id = if matches!(fact.kind, 60 | 61) { fact.body.at(0)?.raw() } else { return None };
        let own = self.author(fact);
        let word = self.all.get(&target).map_or((target, own), |f| self.word(f));
        (word.1 == own || self.world.was_desk(&fact.device, fact.effective())).then_some(word)
    }

    fn counts(&self, fact: &Fact) -> bool {
        let (kind, _) = fact.said();
        if fact.kind == 60 && (20..60).contains(&kind) && !self.world.was_desk(&fact.device, fact.effective())
        {
            return false;
        }
        let is_of_an_election = !matches!(kind, 21 | 40..=61);
        if is_of_an_election
            && self.world.election().is_some()
            && self.world.election() != self.world.election_of(fact)
        {
            return false;
        }
        let word = self.word(fact);
        if self.all.values().any(|f| f.id != fact.id && self.supersedes(f) == Some(word)) {
            return false;
        }
        let Some(original) = fact.copy_of else { return true };
        let is_first =
            |f: &&Fact| f.copy_of.is_some_and(|o| !self.all.contains_key(&o)) && self.word(f) == word;
        !self.all.contains_key(&original)
            && self.all.values().copied().find(is_first).map(|f| f.id) == Some(fact.id)
    }

    fn subject(&self, fact: &Fact) -> Subject {
        let earlier = |f: &Fact| {
            let word = if f.kind == 60 { self.supersedes(f)? } else { return None };
            self.all.values().find(|o| o.id != f.id && self.word(o) == word).map(|o| o.id)
        };
        let first = self.end(fact.id, earlier);
        self.word(self.all.get(&first).copied().unwrap_or(fact))
    }

    fn mark(&self, fact: &Fact) -> Value {
        let impossible = fact.effective() != fact.at;
        map(vec![
            (0, Some(Value::Bytes(fact.id.to_vec()))),
            (1, Some(Value::Bytes(fact.device.to_vec()))),
            (2, self.world.officer(&fact.device).map(int)),
            (3, Some(int(fact.basis))),
            (4, Some(int(fact.effective()))),
            (5, impossible.then_some(Value::Bool(true))),
            (6, fact.envelope.map(|e| int(e.0))),
            (7, fact.told_by.map(int)),
        ])
    }

    /// Standing facts about the place itself that say something of a kind.
    fn here(&self, kind: i128) -> Vec<(&'w Fact, &'w Value)> {
        let of =
            |f: &&'w Fact| (f.place == self.code).then(|| (*f, f.said().1)).filter(|_| f.said().0 == kind);
        self.standing.iter().filter_map(of).collect()
    }

    fn latest_of(&self, kind: i128, says: impl Fn(&Value) -> bool) -> Option<(&'w Fact, &'w Value)> {
        let all = self.here(kind).into_iter().filter(|(_, b)| says(b));
        let fact = latest(all.map(|(f, _)| f))?;
        Some((fact, fact.said().1))
    }

    fn by_subject(&self, kind: i128) -> BTreeMap<Subject, &'w Fact> {
        let mut all: BTreeMap<Subject, Vec<&Fact>> = BTreeMap::new();
        self.here(kind).into_iter().for_each(|(f, _)| all.entry(self.subject(f)).or_default().push(f));
        all.into_iter().filter_map(|(s, f)| Some((s, latest(f)?))).collect()
    }

    fn progress(&self, about: &Subject) -> Vec<&'w Fact> {
        let is_about = |f: &&&Fact| {
            let (kind, body) = f.said();
            kind == 5 && {
                let target: Id = body.at(0).unwrap().raw();
                self.all.get(&target).map_or(target == about.0, |t| self.subject(t) == *about)
            }
        };
        self.standing.iter().filter(is_about).copied().collect()
    }

    fn told(&self, fact: &Fact) -> Value {
        map(vec![(0, fact.said().1.at(2).cloned()), (1, Some(self.mark(fact)))])
    }

    fn answers(&self) -> Value {
        let mut all: BTreeMap<(i128, String), Vec<(&Fact, i128)>> = BTreeMap::new();
        for (fact, body) in self.here(1) {
            let (number, version) = (body.opt(0).unwrap(), body.opt(1).unwrap());
            let list = self.world.checklist(number, version);
            for (n, answer) in body.items(2).iter().enumerate().filter(|(_, a)| a.int() != 4) {
                let item = list.and_then(|l| l.items(3).get(n)).map(|i| i.at(0).unwrap().text().to_owned());
                let key = (number, item.unwrap_or_else(|| format!("#{}", n + 1)));
                all.entry(key).or_default().push((fact, answer.int()));
            }
        }
        let state = |((list, item), said): ((i128, String), Vec<(&Fact, i128)>)| {
            let fact = latest(said.iter().map(|(f, _)| *f)).unwrap();
            let answer = said.iter().find(|(f, _)| f.id == fact.id).unwrap().1;
            let mark = self.mark(fact);
            map(vec![
                (0, Some(int(list))),
                (1, Some(Value::Text(item))),
                (2, Some(int(answer))),
                (3, Some(mark)),
            ])
        };
        Value::List(all.into_iter().map(state).collect())
    }

    fn receives(&self) -> Vec<(&'w Fact, &'w Value)> {
        let is_about = |f: &&Fact| match f.said() {
            (3, body) if body.items(6).is_empty() => f.place == self.code,
            (3, body) => body.items(6).iter().any(|k| k.text() == self.code),
            _ => false,
        };
        self.standing.iter().copied().filter(is_about).map(|f| (f, f.said().1)).collect()
    }

    /// Where the kit of this TPS first stands among the kits of a `Receive`.
    fn kit(&self, receive: &Value) -> Option<i128> {
        receive.items(6).iter().position(|k| k.text() == self.code).map(|i| i as i128)
    }

    /// What the kit asked for when a `Receive` was written.
    fn meant(&self, fact: &Fact, receive: &Value) -> BTreeMap<i128, Option<i128>> {
        let Some(election) = self.world.election_of(fact) else { return BTreeMap::new() };
        match &fact.against {
            Some((version, voters)) => {
                let nth = receive.items(6).iter().position(|k| k.text() == self.code).unwrap_or(0);
                pieces(self.world.kit_of(election, *version), voters.get(nth).copied())
            }
            None => {
                let at = fact.effective();
                pieces(self.world.kit_at(election, at), self.world.voters_at(self.code, at))
            }
        }
    }

    fn items(&self, arrived: &[(&'w Fact, &'w Value)]) -> Value {
        let now = pieces(self.world.kit(), self.world.voters(self.code));
        let then: Vec<_> = arrived.iter().map(|(f, r)| (*f, *r, self.meant(f, r))).collect();
        let lines = arrived.iter().flat_map(|(_, r)| r.items(4)).map(|l| l.at(0).unwrap().int());
        let kits = then.iter().flat_map(|(.., kit)| kit.keys().copied());
        let numbers: BTreeSet<i128> = kits.chain(lines).collect();
        let state = |item: i128| {
            let expected = now.get(&item).copied().flatten();
            let said = then.iter().filter_map(|(f, r, kit)| {
                let mine = self.kit(r);
                let meant = kit.get(&item).copied().flatten();
                let (state, numbers) = says(r, mine, item, meant)?;
                let has_line = r.items(4).iter().any(|l| l.opt(0) == Some(item) && is_of(l.opt(5), mine));
                Some((*f, (state, numbers, meant.filter(|_| numbers.is_some() && !has_line))))
            });
            let said: Vec<_> = said.collect();
            let counted = said.iter().filter(|(_, s)| s.1.is_some()).map(|(f, _)| *f);
            let fact = latest(counted).or_else(|| latest(said.iter().map(|(f, _)| *f)))?;
            let (state, numbers, meant) = said.iter().find(|(f, _)| f.id == fact.id)?.1;
            Some(map(vec![
                (0, Some(int(item))),
                (1, expected.map(int)),
                (2, numbers.map(|n| int(n.0))),
                (3, numbers.map(|n| int(n.1))),
                (4, Some(int(state))),
                (5, Some(self.mark(fact))),
                (6, meant.filter(|m| Some(*m) != expected).map(int)),
            ]))
        };
        Value::List(numbers.into_iter().filter_map(state).collect())
    }

    fn state(&self) -> Value {
        let visits = self.here(1);
        let subjects: BTreeSet<Subject> = visits.iter().map(|(f, _)| self.subject(f)).collect();
        let receives = self.receives();
        let arrived: Vec<_> = receives.iter().copied().filter(|(_, r)| r.opt(0) == Some(4)).collect();
        let last = |all: &[(&'w Fact, &'w Value)]| latest(all.iter().map(|(f, _)| *f));
        let arrival = last(&arrived).map(|f| {
            let body = f.said().1;
            let bad = body.items(5).iter().filter(|s| matches!(s.opt(1), Some(2 | 3)));
            let bad = bad.filter(|s| is_of(s.opt(2), self.kit(body))).count();
            map(vec![(0, body.at(3).cloned()), (1, Some(int(bad as i128))), (2, Some(self.mark(f)))])
        });
        let kit_at = last(&receives).map(|f| {
            let place = Value::Text(f.place.clone());
            map(vec![(0, f.said().1.at(0).cloned()), (1, Some(place)), (2, Some(self.mark(f)))])
        });
        let incident = |(about, fact): (Subject, &Fact)| {
            let progress = latest(self.progress(&about)).map(|f| self.told(f));
            let body = fact.said().1;
            map(vec![
                (0, body.at(0).cloned()),
                (1, body.at(1).cloned()),
                (2, Some(self.mark(fact))),
                (3, progress),
            ])
        };
        let directive = |(about, fact): (Subject, &Fact)| {
            let mut by: BTreeMap<Author, Vec<&Fact>> = BTreeMap::new();
            self.progress(&about).into_iter().for_each(|f| by.entry(self.answerer(f)).or_default().push(f));
            let answers = by.into_values().filter_map(|said| latest(said).map(|f| self.told(f))).collect();
            let body = fact.said().1;
            map(vec![
                (0, body.at(0).cloned()),
                (1, body.at(1).cloned()),
                (2, body.at(2).cloned()),
                (3, Some(self.mark(fact))),
                (4, Some(Value::List(answers))),
            ])
        };
        let keep = |body: &Value, keys: i128| map((0..keys).map(|k| (k, body.at(k).cloned())).collect());
        let said = |(fact, body): (&Fact, &Value), keys| Value::List(vec![keep(body, keys), self.mark(fact)]);
        let hour = |hour| self.latest_of(6, |b| b.opt(0) == Some(hour));
        let is_word = |f: &&&Fact| !(20..60).contains(&f.said().0) && f.kind != 61;
        let words: Vec<&Fact> = self.standing.iter().filter(is_word).copied().collect();
        let way = self.latest_of(1, |b| b.at(3).is_some());
        map(vec![
            (0, Some(int(subjects.len() as i128))),
            (1, last(&visits).map(|f| self.mark(f))),
            (2, Some(self.answers())),
            (3, way.map(|(f, b)| Value::List(vec![b.at(3).unwrap().clone(), self.mark(f)]))),
            (4, Some(self.items(&arrived))),
            (5, arrival),
            (6, kit_at),
            (7, Some(Value::List(self.by_subject(4).into_iter().map(incident).collect()))),
            (8, Some(Value::List((0..24).filter_map(hour).map(|t| said(t, 2)).collect()))),
            (9, self.latest_of(7, |_| true).map(|s| said(s, 4))),
            (10, Some(Value::List(self.by_subject(20).into_iter().map(directive).collect()))),
            (11, Some(int(words.len() as i128))),
            (12, latest(words).map(|f| self.mark(f))),
        ])
    }
}

/// What a kit asks for, by item; unknown where the voters are.
fn pieces(kit: Vec<(i128, i128, i128)>, voters: Option<i128>) -> BTreeMap<i128, Option<i128>> {
    let of = |(item, base, per_mille)| (item, voters.map(|v| base + (v * per_mille + 999) / 1000));
    kit.into_iter().map(of).collect()
}

/// Whether a line or seal that may name a kit is not another kit's.
fn is_of(named: Option<i128>, mine: Option<i128>) -> bool {
    named.is_none_or(|n| Some(n) == mine)
}

/// What one `Receive` says of an item of a kit: its state, and good and damaged where it was counted.
fn says(
    receive: &Value,
    mine: Option<i128>,
    item: i128,
    expected: Option<i128>,
) -> Option<(i128, Option<(i128, i128)>)> {
    let its: Vec<_> = receive.items(4).iter().filter(|l| l.opt(0) == Some(item)).collect();
    let own = its.iter().find(|l| l.opt(5).is_some() && l.opt(5) == mine);
    let of_any = its.iter().find(|l| l.opt(5).is_none());
    match (own.or(of_any), receive.opt(3)) {
        (Some(_), _) if own.is_none() && receive.items(6).len() > 1 => Some((3, None)),
        (Some(line), _) => match line.opt(1)? {
            1 => Some((1, Some((line.opt(2)?, line.opt(3).unwrap_or(0))))),
            3 => None,
            other => Some((other, None)),
        },
        (None, Some(2)) => Some((1, Some((expected?, 0)))),
        (None, Some(3)) => expected.map(|_| (2, None)),
        (None, _) => None,
    }
}

/// The rule "Latest".
fn latest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    let hour = |f: &Fact| f.effective().div_euclid(3_600);
    let strength = |f: &Fact| match f.basis {
        1 => 2,
        2 => 1,
        _ => 0,
    };
    let mut by_device: BTreeMap<Id, Vec<&Fact>> = BTreeMap::new();
    facts.into_iter().for_each(|f| by_device.entry(f.device).or_default().push(f));
    let of_device = |all: Vec<&'a Fact>| {
        let last = hour(all.iter().max_by_key(|f| (f.seq, f.id))?);
        all.into_iter().filter(|f| hour(f) == last).max_by_key(|f| (strength(f), f.seq, f.id))
    };
    let each = by_device.into_values().filter_map(of_device);
    each.max_by_key(|f| (hour(f), strength(f), f.effective(), f.device))
}
