//! All records of a file as facts: each phone numbers its own, and names others by their ids.
//!
//! A record may name one that arrives later, so facts are made when somebody asks for them, not in the order of the
//! file. Nothing is signed: the fold takes facts, and signatures were checked long before.

mod desk;

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Body, Closing, Correct, FindingId, Rest, Retract, Rule, Ruling, Share, Verdict},
    election::Election,
    journal::{self, DeviceId, RecordId},
    permit,
    place::Place,
    projection::{Fact, findings::Loss},
    record::{self, Against, Basis, Fix, Record},
    time::Envelope,
    validate,
};

use crate::{
    block::{Bad, Field, Read, at},
    cast::{Cast, DESK},
    file::{Scenario, Step, Told},
    say::{self, Fields, Named, STATEMENTS},
    words::{number, one_of},
};

const BASES: &[(&str, Basis)] = &[
    ("seen", Basis::Seen),
    ("document", Basis::Document),
    ("told in person", Basis::ToldInPerson),
    ("told by phone", Basis::ToldByPhone),
    ("told by radio", Basis::ToldByRadio),
    ("told on paper", Basis::ToldOnPaper),
    ("told by message", Basis::ToldByMessage),
];

/// Names and free text: they lie beside the record, so that the engine never sees them.
const NOTES: [&str; 8] = ["note", "informant", "receiver", "vehicle", "escort", "need", "reason", "topic"];

/// Fields of a record that a correction of it does not take over.
const OWN: [&str; 3] = ["basis", "position", "not before"];

/// Corrections of corrections that are followed.
const DEPTH: usize = 16;

/// The facts of a file.
#[derive(Debug)]
pub struct Journals {
    /// What the desk set down before anybody spoke.
    pub set_down: Vec<Fact>,
    /// Records by name; `None` for what is no record, or is one only when its moment has come.
    pub said: BTreeMap<String, Option<Fact>>,
    /// Findings that the desk closes, by the name of the ruling: what it closes is known when it does.
    pub decisions: BTreeMap<String, Decision>,
    /// What phones say they lost, by name.
    pub losses: BTreeMap<String, Loss>,
}

/// A finding that the desk closes.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Its rule.
    pub rule: Rule,
    /// The places that it closes it for.
    pub places: BTreeSet<Place>,
    /// The phones that it closes it for.
    pub devices: BTreeSet<DeviceId>,
    /// Where the ruling stands in the journal of the desk.
    device: DeviceId,
    seq: u64,
    at: i64,
    envelope: Envelope,
    line: usize,
}

impl Decision {
    /// The record of the ruling, which closes these shares of a finding.
    ///
    /// # Errors
    /// One that the desk would refuse.
    pub fn fact(&self, finding: FindingId, shares: Vec<Share>) -> Result<Fact, Bad> {
        let places = shares.iter().filter_map(|share| share.place.clone()).collect();
        let closing = Some(Closing { rule: self.rule, finding, shares });
        let ruling = Ruling { verdict: Verdict::Close, records: Vec::new(), target_places: places, closing };
        let province = at(self.line, Place::new("62").map_err(|e| e.to_string()))?;
        let body = Body::Ruling(ruling);
        let record = Record::new(self.at, province, &body);
        at(
            self.line,
            validate::record(&record, &body).map_err(|e| format!("expected a ruling that holds: {e}")),
        )?;
        let payload = record.to_payload();
        let id = RecordId::of_digest(&journal::digest(&self.device, self.seq, &payload, &[]));
        let fact = Fact::new(id, (self.device, 0, self.seq), Some(self.envelope), &payload);
        at(self.line, fact.map_err(|error| format!("expected a ruling that can be read again: {error}")))
    }
}

impl Journals {
    /// How the file calls a record.
    pub fn called(&self, id: &RecordId) -> String {
        let named = self.said.iter().find(|(_, fact)| fact.as_ref().is_some_and(|fact| fact.id == *id));
        named.map_or_else(|| id.to_string(), |(name, _)| name.clone())
    }
}

/// Where a record stands in its journal.
#[derive(Debug, Clone, Copy)]
struct Slot {
    seq: u64,
    not_before: i64,
    /// Corrected lists of voters that had arrived before it, in the order of the file: all up to this number.
    lists: usize,
}

struct Writer<'a> {
    cast: &'a Cast,
    told: BTreeMap<&'a str, &'a Told>,
    slots: BTreeMap<&'a str, Slot>,
    /// Number of the first record of a copied phone that is its own.
    starts: BTreeMap<&'a str, u64>,
    /// Corrections of the list of voters: TPS by name, voters from then on.
    lists: Vec<(&'a str, u32)>,
    done: BTreeMap<String, Option<Fact>>,
    decisions: BTreeMap<String, Decision>,
    losses: BTreeMap<String, Loss>,
    under_way: Vec<String>,
}

/// Makes the facts of a file.
///
/// # Errors
/// A record that cannot be read, or that the phone of its author would refuse.
pub fn write(scenario: &Scenario) -> Result<Journals, Bad> {
    let cast = &scenario.cast;
    let early = cast.set_down_at();
    let mut set_down = Vec::new();
    let mut next: BTreeMap<&str, u64> = BTreeMap::new();
    for (seq, (place, body)) in (1..).zip(cast.set_down()) {
        let record = Record::new(early, place, &body);
        let envelope = Envelope { received_at: early, not_before: 0 };
        set_down.push(at(1, fact(cast, DESK, seq, envelope, &record))?);
        next.insert(DESK, seq + 1);
    }
    let mut writer = Writer {
        cast,
        told: BTreeMap::new(),
        slots: BTreeMap::new(),
        starts: BTreeMap::new(),
        lists: Vec::new(),
        done: BTreeMap::new(),
        decisions: BTreeMap::new(),
        losses: BTreeMap::new(),
        under_way: Vec::new(),
    };
    // When the phone was in touch with the server: of each record the newest such moment before it arrived.
    let mut contacts: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for step in &scenario.steps {
        match step {
            Step::Said(told) => {
                let who = told.who.as_str();
                let seq = next.entry(who).or_insert(1);
                let mine = contacts.entry(who).or_insert_with(|| vec![early]);
                let before = mine.iter().copied().filter(|contact| *contact < told.arrives).max();
                if told.verb == "list" {
                    let value = |key| told.fields.iter().find(|f| f.key == key).map(|f| f.value.as_str());
                    let voters = value("voters").and_then(|voters| number(voters).ok());
                    writer.lists.extend(value("place").zip(voters));
                }
                let lists = writer.lists.len();
                let slot = Slot { seq: *seq, not_before: before.unwrap_or_default(), lists };
                mine.push(told.arrives);
                *seq += skipped(told)?;
                writer.told.insert(&told.name, told);
                writer.slots.insert(&told.name, slot);
            }
            Step::Copied(copy) => {
                let original =
                    cast.phones.get(copy).and_then(|phone| phone.clone_of.as_deref()).unwrap_or(copy);
                let seq = next.get(original).copied().unwrap_or(1);
                next.insert(copy, seq);
                writer.starts.insert(copy, seq);
                let before = contacts.get(original).cloned().unwrap_or_else(|| vec![early]);
                contacts.insert(copy, before);
            }
            Step::Again(_) | Step::Now(_) | Step::Expect(_) => {}
        }
    }
    let names: Vec<&str> = writer.told.keys().copied().collect();
    for name in names {
        writer.record(name)?;
    }
    Ok(Journals { set_down, said: writer.done, decisions: writer.decisions, losses: writer.losses })
}

/// How many numbers of its journal a record takes: a loss takes those that are lost.
fn skipped(told: &Told) -> Result<u64, Bad> {
    if told.verb != "lost" {
        return Ok(1);
    }
    let records = Fields::new(told.line, &told.fields).must("records", number)?;
    Ok(u64::from(records))
}

fn fact(cast: &Cast, who: &str, seq: u64, envelope: Envelope, record: &Record) -> Read<Fact> {
    let phone = cast.phone(who)?;
    let payload = record.to_payload();
    let id = RecordId::of_digest(&journal::digest(&phone.device, seq, &payload, &[]));
    let fact = Fact::new(id, (phone.device, phone.branch, seq), Some(envelope), &payload);
    fact.map_err(|error| format!("expected a record that can be read again: {error}"))
}

impl<'a> Writer<'a> {
    /// Makes the fact of a record, and before it those it names.
    fn record(&mut self, name: &str) -> Result<(), Bad> {
        if self.done.contains_key(name) {
            return Ok(());
        }
        let (Some(told), Some(slot)) = (self.told.get(name).copied(), self.slots.get(name).copied()) else {
            return at(1, Err(format!("expected a record `{name}`")));
        };
        if self.under_way.iter().any(|other| other == name) {
            return at(
                told.line,
                Err(format!("expected records that do not name each other, `{name}` does")),
            );
        }
        self.under_way.push(name.to_owned());
        let made = self.make(told, slot)?;
        self.under_way.pop();
        self.done.insert(name.to_owned(), made);
        Ok(())
    }

    fn make(&mut self, told: &'a Told, slot: Slot) -> Result<Option<Fact>, Bad> {
        let all = self.fields(told, DEPTH)?;
        let mut fields = Fields::new(told.line, &all);
        let said = self.body(told, slot, &mut fields)?;
        let basis = fields.read("basis", |text| one_of(text, BASES))?.unwrap_or(Basis::Seen);
        let fix = fields.read("position", |text| self.fix(text))?;
        let bound = fields.read("not before", |text| self.cast.moment(text))?;
        let number_of = fields.read("election", |text| number(text).map(Election))?;
        for note in NOTES {
            fields.take(note);
        }
        fields.done()?;
        let Some((place, body, copy_of)) = said else { return Ok(None) };
        let election = Some(number_of.unwrap_or(self.cast.profile.election));
        let against = self.plan(slot, &place, &body);
        let record = Record { basis, fix, copy_of, election, against, ..Record::new(told.at, place, &body) };
        let envelope = Envelope { received_at: told.arrives, not_before: bound.unwrap_or(slot.not_before) };
        let fact = at(told.line, fact(self.cast, &told.who, slot.seq, envelope, &record))?;
        at(told.line, self.check(told, &fact))?;
        Ok(Some(fact))
    }

    fn fix(&self, text: &str) -> Read<Fix> {
        crate::words::fix(text, |name| {
            let place = self.cast.tps(name)?;
            let tps = self.cast.stations.values().find(|(known, _)| *known == place).map(|(_, tps)| tps);
            let position = tps.and_then(|tps| tps.lat.zip(tps.lon));
            position.ok_or_else(|| format!("expected a TPS with a position, found `{name}`"))
        })
    }

    /// The lists that "counted as expected" is held against: those that the phone knew, as it writes them down.
    fn plan(&self, slot: Slot, place: &Place, body: &Body) -> Option<Against> {
        let statement = record::statement(body).ok()?;
        let Body::Receive(receive) = statement.as_ref() else { return None };
        let kits = if receive.kits.is_empty() { std::slice::from_ref(place) } else { &receive.kits };
        let voters = |kit: &Place| {
            let (name, (_, tps)) = self.cast.stations.iter().find(|(_, (place, _))| place == kit)?;
            let known = self.lists.get(..slot.lists).unwrap_or_default();
            let corrected = known.iter().rev().find(|(of, _)| of == name).map(|(_, voters)| *voters);
            Some(corrected.unwrap_or(tps.voters))
        };
        let voters: Option<Vec<u32>> = kits.iter().map(voters).collect();
        let voters = voters.filter(|_| receive.rest == Rest::CountedAsExpected)?;
        Some(Against { profile: self.cast.profile.version, voters })
    }

    /// What the author's phone checks before it saves a record.
    fn check(&self, told: &Told, fact: &Fact) -> Read<()> {
        let refused = |why: String| format!("expected a record that the phone saves: {why}");
        validate::record(&fact.record, &fact.body).map_err(|e| refused(format!("{e}")))?;
        let officer = &self.cast.phone(&told.who)?.officer;
        let grants = self.cast.grants(officer);
        permit::permit(&grants, &fact.record.place, &fact.body, &fact.statement)
            .map_err(|denied| refused(format!("{officer} may not, {denied}")))
    }

    /// The fields of a record; of a correction those of the record it corrects, but for what it says anew.
    fn fields(&self, told: &Told, depth: usize) -> Result<Vec<Field>, Bad> {
        let target = told.target.as_deref().filter(|_| told.verb == "correct" || told.verb == "copy");
        let Some(target) = target.and_then(|target| self.told.get(target)) else {
            return Ok(told.fields.clone());
        };
        if depth == 0 {
            return at(told.line, Err(format!("expected no more than {DEPTH} corrections of one record")));
        }
        let mut fields = self.fields(target, depth - 1)?;
        let own = |key: &String| OWN.contains(&key.as_str()) && told.verb == "correct";
        fields.retain(|old| !own(&old.key) && told.fields.iter().all(|new| new.key != old.key));
        fields.extend(told.fields.iter().filter(|new| new.value != "-").cloned());
        Ok(fields)
    }

    /// The verb of the statement: that of the record which a correction corrects.
    fn verb(&self, told: &'a Told) -> &'a str {
        let mut here = told;
        for _ in 0..DEPTH {
            let is_about = here.verb == "correct" || here.verb == "copy";
            match here.target.as_deref().filter(|_| is_about).and_then(|target| self.told.get(target)) {
                Some(target) => here = target,
                None => break,
            }
        }
        &here.verb
    }

    fn body(
        &mut self,
        told: &'a Told,
        slot: Slot,
        fields: &mut Fields,
    ) -> Result<Option<(Place, Body, Option<RecordId>)>, Bad> {
        let target = match &told.target {
            Some(target) => Some(self.named(told, target)?),
            None => None,
        };
        let (place, body) = match (told.verb.as_str(), target) {
            ("retract", Some((target, place))) => (
                place,
                Body::Retract(Retract { target: target.id, target_places: target.places, kind: None }),
            ),
            ("correct", Some((target, _))) => {
                let (place, inner) = self.statement(told, fields)?;
                let (kind, body) = (inner.kind(), inner.encode());
                let correct = Correct { target: target.id, target_places: target.places, kind, body };
                (place, Body::Correct(correct))
            }
            ("copy", Some((target, _))) => {
                let (place, body) = self.statement(told, fields)?;
                return Ok(Some((place, body, Some(target.id))));
            }
            ("revoke", _) => self.revoke(told, fields)?,
            ("ruling", _) => match self.ruling(told, slot, fields)? {
                Some(ruling) => ruling,
                None => return Ok(None),
            },
            ("lost", _) => {
                let records = fields.must("records", number)?;
                let device = at(told.line, self.cast.phone(&told.who))?.device;
                let last = (slot.seq + u64::from(records)).saturating_sub(1);
                self.losses.insert(told.name.clone(), Loss { device, first: slot.seq, last });
                return Ok(None);
            }
            _ => self.statement(told, fields)?,
        };
        Ok(Some((place, body, None)))
    }

    fn statement(&mut self, told: &'a Told, fields: &mut Fields) -> Result<(Place, Body), Bad> {
        let verb = self.verb(told);
        if !STATEMENTS.contains(&verb) {
            return at(told.line, Err(format!("expected a record that officers say, found a `{verb}`")));
        }
        let cast = self.cast;
        // An error in a record that is named has a line of its own, which is told before that of the field.
        let mut elsewhere = None;
        let mut find = |name: &str| {
            if !self.told.contains_key(name) {
                return Err(format!("expected the name of a record, found `{name}`"));
            }
            self.named(told, name).map(|(named, _)| named).map_err(|bad| {
                let what = bad.what.clone();
                elsewhere = Some(bad);
                what
            })
        };
        let read = say::statement(verb, fields, cast, &mut find);
        match elsewhere {
            Some(bad) => Err(bad),
            None => read,
        }
    }

    /// A record by its name, and its place.
    fn named(&mut self, told: &Told, name: &str) -> Result<(Named, Place), Bad> {
        if !self.told.contains_key(name) {
            return at(told.line, Err(format!("expected the name of a record, found `{name}`")));
        }
        self.record(name)?;
        let Some(Some(fact)) = self.done.get(name) else {
            return at(
                told.line,
                Err(format!("expected a record that the engine knows already, found `{name}`")),
            );
        };
        let kits = if let Body::Dispatch(d) = &fact.statement { d.kits.clone() } else { Vec::new() };
        Ok((Named { id: fact.id, places: fact.place_keys(), kits }, fact.record.place.clone()))
    }
}
