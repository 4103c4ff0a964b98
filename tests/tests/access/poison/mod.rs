//! Records that cannot be taken, at every place among others: all others arrive, none blocks, and the odd
//! one is kept, receipted and shown to the desk and to its author, to nobody else.

mod kinds;
mod phones;

use std::collections::BTreeMap;

use fastrand::Rng;
use pantau_protocol::{
    exchange::{LogRow, Outcome, Reason, RowKind},
    journal::{DeviceId, RecordId},
    place::{Place, Scope},
    projection::{Fact, Fold},
};
use pantau_tests::{Campaign, place, world::START};

use self::kinds::{HERE, Odd, standby};
use crate::{hand::Hand, rig::Rig, web};

/// A device, what it wrote, and what must become of each.
struct Author {
    hand: Hand,
    wrote: Vec<(RecordId, Vec<u8>, Option<Reason>)>,
}

impl Author {
    fn new(rig: &Rig, rng: &mut Rng) -> Self {
        let hand = Hand::new(&rig.server, rng);
        rig.admit(2, &hand.key.public());
        Self { hand, wrote: Vec::new() }
    }

    fn plain(&mut self, rng: &mut Rng) {
        let record = pantau_protocol::record::Record::new(START, place(HERE), &standby(rng.u32(0..9), 9));
        self.put(record.to_payload(), Vec::new(), None);
    }

    fn odd(&mut self, odd: &Odd) {
        self.put(odd.payload.clone(), odd.notes.clone(), odd.reason);
    }

    fn put(
        &mut self,
        payload: Vec<u8>,
        notes: Vec<pantau_protocol::note::CarriedNote>,
        reason: Option<Reason>,
    ) {
        let id = self.hand.write(payload.clone(), notes);
        self.wrote.push((id, payload, reason));
    }

    fn poison(&self) -> Vec<(u64, Reason)> {
        (1..).zip(&self.wrote).filter_map(|(seq, (.., reason))| Some((seq, (*reason)?))).collect()
    }

    /// Delivers everything and looks at what the author is told.
    fn deliver(&mut self, rng: &mut Rng, what: &str) {
        let outcomes = self.hand.push(rng);
        let mut told: Vec<(u64, Reason)> = Vec::new();
        for outcome in &outcomes {
            match outcome {
                Outcome::Stored => {}
                Outcome::Quarantined(held) => told.extend(held.iter().map(|h| (h.seq, h.reason))),
                other => panic!("{what}: {other:?}"),
            }
        }
        assert_eq!(told, self.poison(), "{what}");
        assert_eq!(self.hand.held, self.hand.last(), "{what}: not all of it is receipted");
        // Somebody who reads from the start finds the notices among the rest, and nothing else of his own.
        let device = self.hand.device();
        let own = |r: &LogRow| r.device == device;
        self.hand.rewind();
        let rows = self.hand.read();
        let noticed: Vec<u64> = rows.iter().filter(|r| own(r)).map(|r| r.seq).collect();
        assert!(rows.iter().filter(|r| own(r)).all(|r| r.kind == RowKind::Quarantined), "{what}");
        assert_eq!(noticed, self.poison().iter().map(|p| p.0).collect::<Vec<_>>(), "{what}");
    }
}

#[test]
fn poison_at_every_position_blocks_nothing() {
    /// Records of one journal, and so the positions of one game.
    const LONG: usize = 25;
    let campaign = Campaign::new("poison", 60);
    let odds = kinds::all(START);
    let mut rng = campaign.rng();
    let mut next = odds.iter().cycle().skip(rng.usize(0..odds.len()));
    for seed in campaign.seeds() {
        let rig = Rig::memory(seed);
        let mut authors = Vec::new();
        for at in 0..LONG {
            let (mut author, odd) = (Author::new(&rig, &mut rng), next.next().unwrap());
            for n in 0..LONG {
                if n == at { author.odd(odd) } else { author.plain(&mut rng) }
            }
            author.deliver(&mut rng, &format!("seed {seed}: {} at {at}", odd.name));
            authors.push(author);
        }
        check(&rig, &authors, &mut rng);
    }
}

#[test]
fn a_journal_of_little_else_is_kept_whole() {
    let odds = kinds::all(START);
    for seed in Campaign::new("poison-many", 30).seeds() {
        let (rig, mut rng) = (Rig::sqlite(seed), Rng::with_seed(seed));
        let mut author = Author::new(&rig, &mut rng);
        for _ in 0..80 {
            match rng.u8(0..3) {
                0 => author.plain(&mut rng),
                _ => author.odd(&odds[rng.usize(0..odds.len())]),
            }
        }
        author.deliver(&mut rng, &format!("seed {seed}"));
        check(&rig, &[author], &mut rng);
    }
}

/// The log, the desk and another reader of the same kecamatan.
fn check(rig: &Rig, authors: &[Author], rng: &mut Rng) {
    let seed = rig.seed;
    let mut log: BTreeMap<DeviceId, Vec<_>> = BTreeMap::new();
    for row in rig.rows().into_iter().filter(|r| r.entry.row != RowKind::Note) {
        log.entry(row.entry.device).or_default().push(row);
    }
    let mut reader = Hand::new(&rig.server, rng);
    rig.admit(1, &reader.key.public());
    let (rows, digest) = read_whole(rig, &mut reader);
    let mut poison = 0;
    for author in authors {
        let device = author.hand.device();
        let held: Vec<_> = log[&device]
            .iter()
            .map(|r| (r.entry.id, r.entry.payload.clone(), r.entry.quarantine.as_ref().map(|h| h.0)))
            .collect();
        assert_eq!(held, author.wrote, "seed {seed}: the log holds something else than was written");
        let sound = |w: &&(RecordId, Vec<u8>, Option<Reason>)| w.2.is_none();
        let meant: Vec<_> = author.wrote.iter().filter(sound).map(|w| (w.0, w.1.clone())).collect();
        let seen: Vec<_> =
            rows.iter().filter(|r| r.device == device).map(|r| (r.record_id(), r.payload.clone())).collect();
        assert_eq!(seen, meant, "seed {seed}: another reader sees something else");
        poison += author.poison().len() as u64;
    }
    let board = rig.server.places().unwrap();
    assert_eq!(board.quarantined_count().unwrap(), poison, "seed {seed}");
    assert_eq!(digest, fold(&rows).digest_within(&Scope::new([place("62.06.13")])), "seed {seed}");
}

/// Reads everything from the start, and the server's digest of it.
fn read_whole(rig: &Rig, reader: &mut Hand) -> (Vec<LogRow>, pantau_protocol::exchange::StateDigest) {
    let rows = reader.read();
    let (mut request, _) = reader.request(1, 0);
    request.want_digest = true;
    let reply = reader.send(&request, None);
    assert!(reply.page.is_empty(), "seed {}", rig.seed);
    (rows, reply.state_digest.unwrap())
}

fn fold(rows: &[LogRow]) -> Fold {
    let mut fold = Fold::new();
    for row in rows.iter().filter(|r| r.kind == RowKind::Record) {
        let who = (row.device, row.branch, row.seq);
        if let Ok(fact) = Fact::new(row.record_id(), who, Some(row.envelope), &row.payload) {
            fold.insert(fact);
        }
    }
    fold
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sees_all_that_was_set_aside_and_all_that_is_strange() {
    let (rig, mut rng) = (Rig::memory(91), Rng::with_seed(91));
    let odds = kinds::all(START);
    let mut author = Author::new(&rig, &mut rng);
    for odd in &odds {
        author.odd(odd);
    }
    author.deliver(&mut rng, "all kinds");
    web::operator(&rig, "siti", false);
    let (running, cookie) = (rig.serve().await, web::signed_in(&rig, "siti"));
    let to = running.addr().unwrap();
    let held = web::get(to, "/quarantine", &cookie).await;
    assert_eq!(held.status, 200);
    for (seq, _) in author.poison() {
        assert!(
            held.body.contains(&format!("no. {seq}</span>")),
            "{} is not shown",
            odds[seq as usize - 1].name
        );
    }
    assert_eq!(held.body.matches("· no. ").count(), author.poison().len());
    // Whatever strange things were taken: no page breaks on them, and each is on the page of its place.
    let mut places: Vec<Place> = odds.iter().filter_map(|o| kinds::place_of(&o.payload)).collect();
    places.sort();
    places.dedup();
    for place in places.iter().filter(|p| p.as_str().starts_with("62.06.13")) {
        let at =
            if place.as_str().contains('/') { format!("/tps/{place}") } else { format!("/region/{place}") };
        let page = web::get(to, &at, &cookie).await;
        let is_known = rig.server.known().unwrap().reference().tps(place).is_some();
        let rows = pantau_log::store::read(rig.server.store(), |v| v.place_rows(place, u64::MAX)).unwrap();
        let is_said = rows.iter().any(|row| !row.entry.kind.is_reference());
        assert_eq!(page.status, if is_known || is_said { 200 } else { 404 }, "{at}");
    }
    let page = web::get(to, &format!("/tps/{HERE}"), &cookie).await;
    for ((id, _, reason), odd) in author.wrote.iter().zip(&odds) {
        let here = reason.is_none() && kinds::place_of(&odd.payload) == Some(place(HERE));
        assert!(!here || page.body.contains(&format!("id=\"r-{id}\"")), "{} is not on its page", odd.name);
    }
    for at in
        ["/", "/region/62", "/region/62.06.13", "/incidents", "/directives", "/officers", "/search?q=Hulu"]
    {
        assert_eq!(web::get(to, at, &cookie).await.status, 200, "{at}");
    }
    running.shutdown().await;
}
