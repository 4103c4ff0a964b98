//! Reports as records and facts without phones: each phone numbers its own, each report reaches the server when its
//! phone has signal, and all is folded. What a real phone and a real server do with them is played by [`crate::play`].

use std::collections::BTreeMap;

use pantau_protocol::{
    body::{Body, Correct, Device, Grant, Kind, Packing, Receive, Rest, Tps},
    checklist::Checklist,
    hash,
    journal::{self, DeviceId, RecordId},
    place::Place,
    projection::{Fact, Fold, findings::Loss},
    record::{self, Against, Record},
    time::Envelope,
};

use crate::{
    reports::{Phone, Report, Says},
    truth::{
        World,
        goods::{BOXES, Kit},
    },
};

/// Seconds from the moment a phone has signal until the server has taken its records in.
const TAKES_S: i64 = 5;

/// Why a report is no record: a fault of the drill.
#[derive(Debug, thiserror::Error)]
#[error("report {report} cannot be written: {why}")]
pub struct Unwritten {
    /// Number of the report.
    pub report: usize,
    /// What is wrong with it.
    pub why: String,
}

/// A world's reports as facts.
#[derive(Debug)]
pub struct Journals {
    /// What the desk set down, and what it knows.
    pub set_down: Vec<Fact>,
    /// Of each report its fact; `None` for one that was lost, or whose phone never had signal again.
    pub said: Vec<Option<Fact>>,
    /// Ids of all reports, lost ones too.
    pub ids: Vec<Option<RecordId>>,
    /// The devices of each officer.
    pub devices: Vec<Vec<DeviceId>>,
    /// What phones say they lost.
    pub losses: Vec<Loss>,
}

impl Journals {
    /// Everything that reached the server, folded. Twice, as retries over a bad link do.
    pub fn fold(&self) -> Fold {
        let mut fold = Fold::new();
        for fact in self.set_down.iter().chain(self.said.iter().flatten()) {
            fold.insert(fact.clone());
        }
        for fact in self.said.iter().flatten().step_by(7) {
            fold.insert(fact.clone());
        }
        self.losses.iter().for_each(|loss| fold.insert_loss(*loss));
        fold
    }

    /// When each report reached the server.
    pub fn heard(&self) -> Vec<Option<Envelope>> {
        self.said.iter().map(|fact| fact.as_ref().and_then(|f| f.envelope)).collect()
    }
}

/// The device of one phone of an officer. A copy has that of its original.
fn device(officer: u32, phone: Phone) -> ([u8; 32], DeviceId) {
    let generation = [u8::from(phone == Phone::New)];
    let key = hash::tagged("pantau/1/drill", &[&officer.to_be_bytes(), &generation]);
    (key, DeviceId::of_key(&key))
}

/// Writes all reports of a world down.
///
/// # Errors
/// A report that the phone of its author would refuse.
pub fn write(world: &World) -> Result<Journals, Unwritten> {
    let mut writer = Writer {
        world,
        next: BTreeMap::new(),
        facts: vec![None; world.reports.len()],
        heard: vec![false; world.reports.len()],
        desk: 0,
        voters: world.goods.kits.iter().map(|kit| (kit.tps.clone(), kit.voters)).collect(),
    };
    let set_down = writer.set_down();
    let mut order: Vec<usize> = (0..world.reports.len()).collect();
    // A phone writes one after the other, and whoever names a record has heard of it.
    order.sort_by_key(|n| world.reports.get(*n).map_or((0, *n), |r| (r.at, *n)));
    for n in order {
        writer.write(n)?;
    }
    let losses = writer.losses();
    let ids = writer.facts.iter().map(|fact| fact.as_ref().map(|f: &Fact| f.id)).collect();
    let heard = writer.heard;
    let said = writer.facts.into_iter().zip(heard).map(|(fact, is)| fact.filter(|_| is)).collect();
    let number = |officer: &crate::truth::people::Officer| officer.number;
    let of = |officer| [Phone::Own, Phone::New].map(|phone| device(number(officer), phone).1).to_vec();
    Ok(Journals { set_down, said, ids, devices: world.officers.iter().map(of).collect(), losses })
}

struct Writer<'w> {
    world: &'w World,
    /// The next number of each journal: by officer and phone.
    next: BTreeMap<(usize, Phone), u64>,
    facts: Vec<Option<Fact>>,
    heard: Vec<bool>,
    desk: u64,
    voters: BTreeMap<Place, u32>,
}

impl Writer<'_> {
    fn set_down(&mut self) -> Vec<Fact> {
        let (world, mut all) = (self.world, Vec::new());
        let province = world.places.regencies.first().and_then(|r| r.place.parent());
        let Some(province) = province else { return all };
        let mut say = |place: &Place, body: &Body| all.extend(self.desk_says(place, body));
        say(&province, &Body::Profile(Box::new(world.shipped.profile.clone())));
        for list in Checklist::shipped() {
            say(&province, &Body::Checklist(list));
        }
        for (n, post) in world.places.posts.iter().enumerate() {
            let tps = Tps {
                voters: post.voters,
                male: None,
                lat: post.lat,
                lon: post.lon,
                access: post.access,
                signal: post.signal,
                ended: None,
                synthetic: true,
            };
            say(&post.place, &Body::Tps(tps));
            let packing = Packing { containers: BOXES, seals: Kit::packing_seals(n), lines: Vec::new() };
            say(&post.place, &Body::Packing(packing));
        }
        for officer in &world.officers {
            let role = officer.duty.role();
            say(
                &officer.place,
                &Body::Grant(Grant { officer: officer.number, role, ended: false, new_person: false }),
            );
            for phone in [Phone::Own, Phone::New] {
                let (public_key, id) = device(officer.number, phone);
                let predecessor = (phone == Phone::New).then(|| device(officer.number, Phone::Own).1);
                let regions = vec![officer.place.clone()];
                let body = Device { device: id, public_key, officer: officer.number, predecessor, regions };
                say(&province, &Body::Device(body));
            }
        }
        all
    }

    fn desk_says(&mut self, place: &Place, body: &Body) -> Option<Fact> {
        self.desk += 1;
        let at = self.world.days.start() - 86_400;
        let payload = Record::new(at, place.clone(), body).to_payload();
        let (_, device) = device(0, Phone::Own);
        let id = RecordId::of_digest(&journal::digest(&device, self.desk, &payload, &[]));
        let envelope = Envelope { received_at: at, not_before: 0 };
        Fact::new(id, (device, 0, self.desk), Some(envelope), &payload).ok()
    }

    fn write(&mut self, n: usize) -> Result<(), Unwritten> {
        let Some(report) = self.world.reports.get(n) else { return Ok(()) };
        let Some(officer) = self.world.officers.get(report.by) else { return Ok(()) };
        let failed = |why: String| Unwritten { report: n, why };
        let mut record = self.record(report).map_err(failed)?;
        record.at = officer.claims(report.at);
        let own = self.next.get(&(report.by, Phone::Own)).copied().unwrap_or(1);
        // A copy goes on where its original was when it was made.
        let start = if report.on == Phone::Copy { own } else { 1 };
        if officer.copied_at.is_some_and(|at| report.at >= at) {
            self.next.entry((report.by, Phone::Copy)).or_insert(own);
        }
        let next = self.next.entry((report.by, report.on)).or_insert(start);
        let seq = *next;
        *next += 1;
        let (_, device) = device(officer.number, report.on);
        let branch = u32::from(report.on == Phone::Copy);
        let payload = record.to_payload();
        let id = RecordId::of_digest(&journal::digest(&device, seq, &payload, &[]));
        let contact = officer.reaches(report.at);
        let set_down = self.world.days.start() - 86_400;
        let envelope = contact.map(|contact| Envelope {
            received_at: contact + TAKES_S,
            not_before: officer.last_contact(report.at).unwrap_or(set_down),
        });
        let fact =
            Fact::new(id, (device, branch, seq), envelope, &payload).map_err(|e| failed(e.to_string()))?;
        self.check(report, &fact).map_err(failed)?;
        if let (Some(slot), Some(heard)) = (self.facts.get_mut(n), self.heard.get_mut(n)) {
            (*slot, *heard) = (Some(fact), contact.is_some() && !report.is_lost);
        }
        Ok(())
    }

    /// What was written and is lost. Its phone says so when it sends what comes after.
    fn losses(&self) -> Vec<Loss> {
        let lost = self.world.reports.iter().zip(&self.facts).filter(|(report, _)| report.is_lost);
        let of = |fact: &Fact| Loss { device: fact.device, first: fact.seq, last: fact.seq };
        lost.filter_map(|(_, fact)| fact.as_ref().map(of)).collect()
    }

    fn id(&self, report: usize) -> Result<RecordId, String> {
        let known = self.facts.get(report).and_then(Option::as_ref);
        known.map(|fact| fact.id).ok_or_else(|| format!("it names report {report}, which is written later"))
    }

    fn record(&self, report: &Report) -> Result<Record, String> {
        let (body, copy_of) = match &report.says {
            Says::Again(of) => {
                let old = self.facts.get(*of).and_then(Option::as_ref).ok_or("it repeats nothing")?;
                (old.body.clone(), Some(old.id))
            }
            Says::Correct(of, says) => {
                let target = self.id(*of)?;
                let target_places =
                    self.facts.get(*of).and_then(Option::as_ref).map(Fact::place_keys).unwrap_or_default();
                let inner = self.body(says)?;
                let (kind, body): (Kind, _) = (inner.kind(), inner.encode());
                (Body::Correct(Correct { target, target_places, kind, body }), None)
            }
            says => (self.body(says)?, None),
        };
        let mut record = Record::new(report.at, report.place.clone(), &body);
        (record.basis, record.fix, record.copy_of) = (report.basis, report.fix, copy_of);
        record.election = Some(self.world.shipped.profile.election);
        record.against = self.against(report, &body);
        Ok(record)
    }

    fn body(&self, says: &Says) -> Result<Body, String> {
        match says {
            Says::This(body) => Ok(body.clone()),
            Says::Answer(receive, to) => {
                Ok(Body::Receive(Receive { dispatch: Some(self.id(*to)?), ..receive.clone() }))
            }
            Says::Correct(..) | Says::Again(_) => Err("it puts right what says nothing".into()),
        }
    }

    /// What "counted as expected" is held against, as a phone writes it down.
    fn against(&self, report: &Report, body: &Body) -> Option<Against> {
        let statement = record::statement(body).ok()?;
        let Body::Receive(receive) = statement.as_ref() else { return None };
        if receive.rest != Rest::CountedAsExpected {
            return None;
        }
        let kits = if receive.kits.is_empty() { std::slice::from_ref(&report.place) } else { &receive.kits };
        let voters: Option<Vec<u32>> = kits.iter().map(|kit| self.voters.get(kit).copied()).collect();
        Some(Against { profile: self.world.shipped.profile.version, voters: voters? })
    }

    /// What the author's phone checks before it saves a record.
    fn check(&self, report: &Report, fact: &Fact) -> Result<(), String> {
        pantau_protocol::validate::record(&fact.record, &fact.body).map_err(|e| e.to_string())?;
        let Some(officer) = self.world.officers.get(report.by) else { return Ok(()) };
        let grants = [(officer.duty.role(), &officer.place)];
        pantau_protocol::permit::permit(&grants, &fact.record.place, &fact.body, &fact.statement)
            .map_err(|denied| denied.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Rule, Shipped, Size, settle::settle};

    fn world(seed: u64) -> World {
        let (list, profile) = crate::stage::shipped().unwrap();
        World::new(seed, Size::SMALL, crate::province::posts().unwrap(), Shipped { profile, list })
    }

    #[test]
    fn every_report_is_one_that_its_authors_phone_takes() {
        for seed in 1..=5 {
            let world = world(seed);
            let journals = write(&world).unwrap();
            let lost = world.reports.iter().filter(|r| r.is_lost).count();
            let heard = journals.said.iter().flatten().count();
            assert_eq!(heard + lost, world.reports.len(), "seed {seed}: the rest reaches the server");
            assert_eq!(journals.fold().len(), journals.set_down.len() + heard, "seed {seed}");
        }
    }

    #[test]
    fn of_every_rule_there_are_causes_that_somebody_could_know_of() {
        for seed in 1..=20 {
            let world = world(seed);
            let truth = settle(&world, &write(&world).unwrap().heard());
            for rule in Rule::ALL {
                let known = truth.causes.iter().filter(|c| c.rule == rule).count();
                assert!(known >= Size::SMALL.each, "seed {seed}: {rule:?} has {known} causes");
            }
        }
    }
}
