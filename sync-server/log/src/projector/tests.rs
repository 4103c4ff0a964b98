//! Whatever happens, in whatever batches: what is projected is what folding all rows gives, to the byte.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{
        Access, Answer, Body, Category, Correct, Directive, Erase, Grant, Incident, IncidentUpdate, Officer,
    },
    body::{Containers, CustodyKind, Dispatch, Found, Packed, Point, Receive, Rest},
    body::{Progress as How, Region, RegionLevel, Retract, Severity, Signal, Tps, Verdict, Visit},
    cbor,
    journal::RecordId,
    note::Field,
    place::Place,
    projection::{
        Fold, Heard, PlaceState, Rollup,
        findings::{self, Loss},
    },
    role::Role,
};
use proptest::prelude::*;

use super::*;
use crate::{
    Server,
    author::{self, NewDeskRecord},
    ops,
    rig::{Phone, Rig, place, standby},
    store::{List, Listed, Projection, Row, Status, Stored, View},
};

const PLACES: [&str; 6] =
    ["62.06.13.2001/001", "62.06.13.2001/002", "62.06.13.2002/001", "62.06.13.2001", "62.06.13", "62.06"];

fn tps(voters: u32) -> Body {
    Body::Tps(Tps {
        voters,
        male: None,
        lat: None,
        lon: None,
        access: Access::Regular,
        signal: Signal::Weak,
        ended: None,
        synthetic: false,
    })
}

fn region(name: &str) -> Body {
    Body::Region(Region { name: name.into(), level: RegionLevel::District, ended: None })
}

fn visit() -> Body {
    Body::Visit(Visit { checklist: 1, version: 1, answers: vec![Answer::Ok], way: None })
}

/// Three boxes of the first TPS leave a PPK and should be there in some minutes.
fn dispatch(n: usize) -> Body {
    Body::Dispatch(Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Tps, place: place(PLACES[0]), label: None },
        kits: vec![place(PLACES[0])],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 3, kit: None }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: Some(crate::rig::NOW + 20 + 40 * (n % 20) as i64),
    })
}

/// Two or three boxes of the first TPS are received.
fn receive(n: usize) -> Body {
    Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: vec![place(PLACES[0])],
        containers: vec![Found { good: 2 + (n % 2) as u32, damaged: 0, missing: 0, kit: None }],
        form: None,
    })
}

/// All rows folded from nothing.
fn scratch(server: &Server) -> Fold {
    let rows = store::read(server.store(), |v| v.desk_rows(0, 100_000)).unwrap();
    let mut fold = Fold::new();
    rows.iter().filter_map(fact).for_each(|f| _ = fold.insert(f));
    for (device, hole) in store::read(server.store(), |v| v.desk_holes()).unwrap() {
        fold.insert_loss(Loss { device, first: hole.first, last: hole.last });
    }
    fold
}

/// All that a generation holds.
#[derive(Debug, PartialEq)]
struct Dump {
    states: BTreeMap<Place, Vec<u8>>,
    rollups: Vec<(Place, Vec<u8>)>,
    lists: Vec<Vec<(Place, Listed)>>,
    visited: Vec<(u32, u64)>,
}

fn serving(view: &dyn View) -> Projection {
    let all = view.projections().unwrap();
    all.into_iter().find(|p| p.status == Status::Serving).expect("a generation that serves")
}

fn dump(server: &Server) -> Dump {
    store::read(server.store(), |view| {
        let g = serving(view).generation;
        let list = |list| view.listed(g, list, None, usize::MAX);
        Ok(Dump {
            states: view.states_after(g, "", usize::MAX)?.into_iter().collect(),
            rollups: view.rollups(g)?,
            lists: [
                List::Incidents,
                List::Directives,
                List::Uncounted,
                List::Signs,
                List::Due,
                List::Underway,
            ]
            .into_iter()
            .map(list)
            .collect::<Stored<_>>()?,
            visited: view.visited(g, &place("62"))?,
        })
    })
    .unwrap()
}

/// The sums of a region, added up from its TPS without any tree.
fn summed(fold: &Fold, region: &Place, now: i64) -> Rollup {
    let mut sum = Rollup::default();
    for (tps, _) in fold.reference().all_tps().filter(|(p, _)| p.is_within(region)) {
        sum.add(tps, &fold.state(tps), fold.reference());
        sum.add_silence(findings::look(tps, fold.facts_of(tps), fold.reference(), now).silence);
        sum.add_flow(&Heard::new(tps, fold.facts_of(tps), fold.reference()).flow());
    }
    sum
}

/// What is projected is what folding all rows gives.
fn agrees(server: &Server) {
    server.follow().unwrap();
    let (fold, dump) = (scratch(server), dump(server));
    let all = fold.places().map(|p| (p.clone(), fold.state(p)));
    let states: BTreeMap<Place, PlaceState> = all.filter(|(_, s)| *s != PlaceState::default()).collect();
    let packed: BTreeMap<Place, Vec<u8>> = states.iter().map(|(p, s)| (p.clone(), cbor::to_vec(s))).collect();
    assert_eq!(dump.states, packed);
    let places = server.places().unwrap();
    assert_eq!(places.position(), store::read(server.store(), |v| v.head()).unwrap());
    assert_eq!((places.behind(), places.progress()), (0, None));
    for (region, _) in &dump.rollups {
        assert_eq!(places.rollup(region).unwrap(), summed(&fold, region, server.now()), "{region}");
    }
    for (tps, _) in fold.reference().all_tps() {
        assert!(dump.rollups.iter().any(|(p, _)| p == tps), "{tps} is summed up");
    }
    let open = states.values().flat_map(|s| &s.incidents).filter(|i| i.is_open()).count();
    assert_eq!(places.incidents(None, usize::MAX).unwrap().len(), open);
    assert_eq!(
        places.directives(usize::MAX).unwrap().len(),
        states.values().map(|s| s.directives.len()).sum::<usize>()
    );
    let distrusted: BTreeSet<RecordId> =
        fold.facts().filter(|f| !fold.reference().trusts(&f.id, f.author())).map(|f| f.id).collect();
    let listed = places.uncounted(usize::MAX).unwrap();
    let listed =
        listed.into_iter().map(|at| store::read(server.store(), |v| v.desk_row(at)).unwrap().unwrap());
    assert_eq!(listed.map(|r| r.entry.id).collect::<BTreeSet<_>>(), distrusted);
    let all = findings::all(&fold, server.now());
    let open: BTreeSet<_> =
        all.iter().filter(|f| f.is_open() && !f.places.is_empty()).map(|f| f.id).collect();
    assert_eq!(places.open_finding_count().unwrap(), open.len() as u64);
    assert_eq!(places.findings(None).unwrap(), all);
    assert_eq!(places.reference(), fold.reference());
    assert_eq!(server.known().unwrap().reference(), fold.reference());
}

/// A projection made anew is the one that grew, to the byte.
fn rebuilt_is_the_same(server: &Server) {
    let grown = dump(server);
    let before = store::read(server.store(), |v| Ok(serving(v).generation)).unwrap();
    server.rebuild(&mut |_| ()).unwrap();
    let after = store::read(server.store(), |v| v.projections()).unwrap();
    assert!(after.len() == 1 && after[0].generation > before, "the old one is gone: {after:?}");
    assert_eq!(dump(server), grown);
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Act {
    Say { phone: usize, what: u8, at: usize },
    Sync { phone: usize },
    Desk { what: u8, at: usize },
    Step,
    Again,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..3usize, 0..10u8, 0..6usize).prop_map(|(phone, what, at)| Act::Say { phone, what, at }),
        4 => (0..3usize).prop_map(|phone| Act::Sync { phone }),
        4 => (0..9u8, 0..6usize).prop_map(|(what, at)| Act::Desk { what, at }),
        4 => Just(Act::Step),
        1 => Just(Act::Again),
    ]
}

/// A game of phones, of which the third is a clone of the second, and a desk.
struct Game {
    rig: Rig,
    phones: Vec<Phone>,
    said: Vec<(RecordId, Place)>,
}

impl Game {
    fn new(rig: Rig) -> Self {
        let one = rig.phone(7, Role::FieldOfficer, "62.06.13");
        let mut two = rig.phone(8, Role::FieldOfficer, "62.06");
        two.write(&standby(1), "62.06");
        let three = two.clone();
        Self { rig, phones: vec![one, two, three], said: Vec::new() }
    }

    fn play(&mut self, act: &Act) {
        self.rig.clock.pass(1);
        match act {
            Act::Say { phone, what, at } => self.say(*phone, *what, &place(PLACES[*at])),
            Act::Sync { phone } => _ = self.phones[*phone].sync(&self.rig.server),
            Act::Desk { what, at } => self.decide(*what, PLACES[*at]),
            Act::Step => _ = self.rig.server.follow_once().unwrap(),
            Act::Again => {
                _ = self
                    .rig
                    .server
                    .projector()
                    .step(self.rig.server.store(), true, self.rig.server.now())
                    .unwrap()
            }
        }
    }

    fn say(&mut self, phone: usize, what: u8, at: &Place) {
        let (target, there) =
            self.said.last().cloned().unwrap_or((RecordId::from_slice(&[9; 16]).unwrap(), at.clone()));
        let target_places = vec![there];
        let body = match what {
            0 => visit(),
            1 => Body::Incident(Incident { category: Category::Weather, severity: Severity::High }),
            2 => standby(u32::from(what) + 3),
            3 => Body::IncidentUpdate(IncidentUpdate { target, target_places, progress: How::Done }),
            4 => {
                Body::Correct(Correct { target, target_places, kind: visit().kind(), body: visit().encode() })
            }
            5 => Body::Retract(Retract { target, target_places, kind: None }),
            6 | 7 => dispatch(self.said.len()),
            _ => receive(self.said.len()),
        };
        let id = self.phones[phone].write(&body, at.as_str());
        self.said.push((id, at.clone()));
    }

    fn decide(&mut self, what: u8, at: &str) {
        let (rig, device) = (&self.rig, self.phones[1].device());
        match what {
            0 | 1 if at.contains('/') => _ = rig.say(tps(200 + u32::from(what)), at),
            0 | 1 => _ = rig.say(region("Marikit"), at),
            2 => ops::revoke(&rig.server, ops::Revoked::Device(device), Some(1)).unwrap(),
            3 => {
                let undo = ops::prepare_reinstatement(&rig.server, ops::Revoked::Device(device)).unwrap();
                undo.take(&rig.server, "").unwrap();
            }
            4 => {
                let held = self.said.iter().map(|(id, _)| *id).filter(|id| {
                    let rows = store::read(rig.server.store(), |v| v.desk_record(id)).unwrap();
                    rows.first().is_some_and(Row::is_folded)
                });
                let ids: Vec<RecordId> = held.take(2).collect();
                let ruling = ops::prepare_admission(&rig.server, &ids, Verdict::Admit).unwrap();
                ruling.take(&rig.server, "").unwrap();
            }
            5 => {
                let profile = pantau_protocol::profile::Profile::shipped().remove(0);
                rig.say(Body::Profile(Box::new(profile)), "62");
            }
            6 => {
                rig.say(
                    Body::Directive(Directive { officer: None, role: None, due: crate::rig::NOW + 99 }),
                    at,
                );
            }
            7 => {
                _ = rig.say(
                    Body::Grant(Grant { officer: 8, role: Role::Camat, ended: false, new_person: false }),
                    "62.06.13",
                )
            }
            _ => _ = rig.say(Body::Officer(Officer { officer: 8 }), "62.06.13"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_projection_is_the_log_folded(acts in proptest::collection::vec(act(), 1..60)) {
        let mut game = Game::new(Rig::memory());
        acts.iter().for_each(|act| game.play(act));
        for phone in &mut game.phones {
            phone.sync(&game.rig.server);
        }
        agrees(&game.rig.server);
        // Time passes, and nobody says anything.
        game.rig.clock.pass(1_000);
        agrees(&game.rig.server);
        rebuilt_is_the_same(&game.rig.server);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What is said of an earlier moment is what was said at that moment.
    #[test]
    fn the_sums_of_then_are_those_that_were_read_then(acts in proptest::collection::vec(act(), 1..40)) {
        let mut game = Game::new(Rig::memory());
        let regions = ["62", "62.06", "62.06.13"].map(place);
        let mut seen = Vec::new();
        for act in &acts {
            game.play(act);
            let server = &game.rig.server;
            server.follow().unwrap();
            let places = server.places().unwrap();
            let sums = regions.each_ref().map(|region| places.sums(region).unwrap());
            seen.push((server.now(), sums));
        }
        let places = game.rig.server.places().unwrap();
        for (at, sums) in seen {
            let then = places.then(at).unwrap();
            prop_assert_eq!(regions.each_ref().map(|region| then.sums(region)), sums, "at {}", at);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// A server and a command work on one directory, and the server is started anew now and then.
    #[test]
    fn two_processes_and_restarts_agree(acts in proptest::collection::vec((act(), 0..4u8), 1..40)) {
        let mut game = Game::new(Rig::disk());
        let (dirs, env) = (game.rig.dirs(), game.rig.env.clone());
        let mut other = ops::open(&dirs, &env).unwrap();
        for (act, then) in &acts {
            game.play(act);
            match then {
                0 => _ = other.follow_once().unwrap(),
                1 => other.follow().unwrap(),
                2 => other = ops::open(&dirs, &env).unwrap(),
                _ => {}
            }
        }
        agrees(&other);
        agrees(&game.rig.server);
        rebuilt_is_the_same(&other);
        agrees(&game.rig.server);
    }
}

#[test]
fn a_step_that_was_overtaken_writes_nothing() {
    let rig = Rig::memory();
    rig.server.follow().unwrap();
    rig.say(standby(1), "62");
    let plan = || {
        store::read(rig.server.store(), |v| step::plan(v, &mut Known::default(), false, rig.server.now()))
            .unwrap()
            .unwrap()
    };
    let (first, second) = (plan(), plan());
    let write = |step: &step::Step| store::write(rig.server.store(), |tx| step.write(tx)).unwrap();
    assert_eq!((write(&first), write(&second)), (Written::Done, Written::Overtaken));
    agrees(&rig.server);
}

#[test]
fn another_version_epoch_or_a_shorter_log_is_built_anew_while_pages_read_the_old_one() {
    let rig = Rig::memory();
    rig.say(tps(300), PLACES[0]);
    let mut phone = rig.phone(7, Role::Camat, "62.06.13");
    phone.write(&visit(), PLACES[0]);
    phone.sync(&rig.server);
    agrees(&rig.server);
    let now = store::read(rig.server.store(), |v| Ok(serving(v))).unwrap();
    let mut other_epoch = now.epoch;
    other_epoch.created_at -= 1;
    let stale = [
        Projection { version: now.version - 1, ..now.clone() },
        Projection { epoch: other_epoch, ..now.clone() },
        Projection { position: now.position + 5, ..now.clone() },
    ];
    for old in stale {
        let generation = store::read(rig.server.store(), |v| Ok(serving(v).generation)).unwrap();
        let old = Projection { generation, ..old };
        store::write(rig.server.store(), |tx| tx.put_projection(&old)).unwrap();
        rig.server.follow_once().unwrap();
        let places = Places::of_store(rig.server.projector(), rig.server.store()).unwrap();
        assert!(places.progress().is_some(), "it says that it is being built");
        let shows = places.state(&place(PLACES[0])).unwrap().visits;
        assert_eq!(shows, u32::from(old.position <= now.position), "a log that is gone is not shown");
        agrees(&rig.server);
        let after = store::read(rig.server.store(), |v| Ok(serving(v))).unwrap();
        assert!(after.generation > generation);
        assert_eq!(
            Projection { generation: 0, folded: 0, looked_at: 0, ..after },
            Projection { generation: 0, folded: 0, looked_at: 0, ..now.clone() }
        );
    }
}

#[test]
fn an_officer_has_the_newest_name_until_it_is_erased() {
    use crate::{import::Told, rig::NOW};
    let rig = Rig::memory();
    let officer = |name: &str, at| {
        let body = Body::Officer(Officer { officer: 7 });
        let new = NewDeskRecord::new(at, place("62.06.13"), body).with_note(Field::Name, name);
        author::append(&rig.server, vec![new.with_note(Field::Phone, "+62 812")]).unwrap()[0]
    };
    officer("Lama", NOW);
    rig.clock.pass(5);
    let id = officer("Baru", NOW + 5);
    officer("Terlambat", NOW + 1);
    let contact = || rig.server.places().unwrap().known().contacts()[&7].clone();
    assert_eq!(contact().name, Told::Text("Baru".into()));
    let erase = Erase { target: id, field: Field::Name, target_places: vec![place("62.06.13")] };
    rig.say(Body::Erase(erase), "62.06.13");
    assert_eq!((contact().name, contact().phone), (Told::Erased, Told::Text("+62 812".into())));
    assert_eq!(rig.server.places().unwrap().known().contacts().len(), 2, "the desk is one");
}

#[test]
fn a_tps_that_has_ended_leaves_the_sums_above_it_and_comes_back() {
    let rig = Rig::memory();
    for place in &PLACES[..2] {
        rig.say(tps(200), place);
    }
    let mut phone = rig.phone(7, Role::Camat, "62.06.13");
    phone.write(&visit(), PLACES[0]);
    phone.sync(&rig.server);
    let above = |rig: &Rig| {
        agrees(&rig.server);
        let places = rig.server.places().unwrap();
        let r = places.rollup(&place("62.06.13")).unwrap();
        (r.tps, r.voters, r.visited, places.visited(&place("62.06.13")).unwrap().len())
    };
    assert_eq!(above(&rig), (2, 400, 1, 1));
    let Body::Tps(known) = tps(200) else { panic!() };
    let ended = Some(pantau_protocol::body::Ended { successor: Some(place(PLACES[1])) });
    rig.say(Body::Tps(Tps { ended, ..known }), PLACES[0]);
    assert_eq!(above(&rig), (1, 200, 0, 0));
    assert_eq!(rig.server.places().unwrap().state(&place(PLACES[0])).unwrap().visits, 1, "it was visited");
    rebuilt_is_the_same(&rig.server);
    rig.say(tps(200), PLACES[0]);
    assert_eq!(above(&rig), (2, 400, 1, 1));
}
