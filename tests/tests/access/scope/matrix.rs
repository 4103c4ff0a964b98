//! Every kind of record × who says it × where, and × who reads it: against tables written by hand from
//! docs/PROTOCOL.md, "Who may write what" and "Places and scopes".

use std::collections::BTreeSet;

use fastrand::Rng;
use pantau_log::{intake::Quota, ops};
use pantau_protocol::{
    body::{
        Body, Correct, CustodyKind, Directive, Dispatch, Erase, IncidentUpdate, Kind, Point, Progress,
        Receive, Rest, Retract,
    },
    exchange::{Outcome, Reason, Reply, RowKind},
    journal::RecordId,
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    record::Record,
    role::Role,
};
use pantau_tests::{Campaign, place};

use super::said::{self, KINDS};
use crate::{hand::Hand, rig::Rig};

/// Which kinds a role may write, as numbers; 62 and 250 stand for kinds of tomorrow.
fn writes(role: Role) -> BTreeSet<u32> {
    let anyone: &[u32] = &[4, 5, 7, 8, 9, 60, 61, 62, 250];
    let more: &[u32] = match role {
        Role::Camat => &[1, 6],
        Role::FieldOfficer => &[1, 2, 3, 6, 10],
        Role::LogisticsStaff => &[2, 3, 10],
        // A ruling about trust is for administrators.
        Role::DeskOperator => &[1, 2, 3, 6, 10, 20, 22, 23],
        Role::DeskAdmin => &[1, 2, 3, 6, 10, 20, 21, 22, 23, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50],
        Role::Viewer | Role::Other(_) => return BTreeSet::new(),
    };
    anyone.iter().chain(more).copied().collect()
}

const ROLES: [Role; 6] = [
    Role::Camat,
    Role::FieldOfficer,
    Role::LogisticsStaff,
    Role::Viewer,
    Role::DeskOperator,
    Role::DeskAdmin,
];

/// Where a record may be about, and whether a grant for 62.06.13 covers it.
const WHERE: [(&str, bool); 9] = [
    ("62.06.13", true),
    ("62.06.13.2001", true),
    ("62.06.13.2001/001", true),
    ("62.06.14", false),
    ("62.06.14.2001/001", false),
    ("62.06.131", false),
    ("62.06.1", false),
    ("62.06", false),
    ("62", false),
];

/// A device of a new officer with these grants.
fn device(rig: &Rig, rng: &mut Rng, officer: u32, grants: &[(Role, &str)]) -> Hand {
    for (role, at) in grants {
        rig.officer(officer, *role, at);
    }
    let hand = Hand::new(&rig.server, rng);
    rig.admit(officer, &hand.key.public());
    hand
}

/// What became of every record of a device: taken, or why not.
fn verdicts(rig: &Rig, hand: &Hand) -> Vec<Option<Reason>> {
    let own = |r: &pantau_log::store::Row| r.entry.device == hand.device() && r.entry.row != RowKind::Note;
    rig.rows().into_iter().filter(own).map(|r| r.entry.quarantine.map(|h| h.0)).collect()
}

/// Says every kind everywhere, and compares with what `meant` says.
fn says_everything(
    rig: &Rig,
    rng: &mut Rng,
    hand: &mut Hand,
    meant: impl Fn(u32, &str) -> Option<Reason>,
    who: &str,
) -> Vec<Outcome> {
    let mut expected = Vec::new();
    for (at, _) in WHERE {
        for kind in KINDS {
            hand.state(rig.clock.now(), at, &said::body(kind));
            expected.push((at, kind, meant(kind, at)));
        }
    }
    let outcomes = hand.push(rng);
    for (found, (at, kind, meant)) in verdicts(rig, hand).into_iter().zip(expected) {
        assert_eq!(found, meant, "{who}, kind {kind} at {at}");
    }
    outcomes
}

/// What a grant of `role` for 62.06.13 allows.
fn verdict(role: Role, kind: u32, at: &str) -> Option<Reason> {
    let covered = WHERE.iter().any(|(w, c)| *w == at && *c);
    // A task for the whole regency is answered there, and the answer taken back.
    let answers = matches!(kind, 5 | 61) && matches!(at, "62.06" | "62");
    // What holds for everybody is not for one kecamatan to set.
    let is_for_all = role == Role::DeskAdmin && matches!(kind, 42 | 43 | 48);
    match (covered || answers, writes(role).contains(&kind)) {
        (false, _) => Some(Reason::OutsideGrants),
        (true, false) => Some(Reason::NotYourRole),
        (true, true) => is_for_all.then_some(Reason::OutsideGrants),
    }
}

#[test]
fn every_kind_is_taken_from_whom_it_may_come_and_from_nobody_else() {
    for seed in Campaign::new("scope-writes", 2).seeds() {
        let mut rng = Rng::with_seed(seed);
        for role in ROLES {
            let rig = Rig::memory(rng.u64(..));
            rig.officer(said::OFFICER, Role::Viewer, "62.06.13");
            let mut hand = device(&rig, &mut rng, 100, &[(role, "62.06.13")]);
            says_everything(&rig, &mut rng, &mut hand, |k, at| verdict(role, k, at), &format!("{role:?}"));
        }
        let rig = Rig::memory(rng.u64(..));
        // A revoked device says more here than it may in a day.
        rig.server.set_quota(Quota::UNLIMITED).unwrap();
        let nothing = |_: u32, _: &str| Some(Reason::OutsideGrants);
        let mut none = device(&rig, &mut rng, 101, &[]);
        says_everything(&rig, &mut rng, &mut none, nothing, "without a grant");

        // Reassigned: what was allowed before stays so, what is new comes on top.
        let mut moved = device(&rig, &mut rng, 102, &[(Role::Camat, "62.06.14")]);
        rig.grant(102, Role::Camat, "62.06.14", true);
        rig.grant(102, Role::FieldOfficer, "62.06.13", false);
        let both = |kind: u32, at: &str| match verdict(Role::FieldOfficer, kind, at) {
            Some(Reason::OutsideGrants) if at.starts_with("62.06.14") => {
                (!writes(Role::Camat).contains(&kind)).then_some(Reason::NotYourRole)
            }
            verdict => verdict,
        };
        says_everything(&rig, &mut rng, &mut moved, both, "reassigned");

        // Revoked: kept as evidence, and told.
        let mut revoked = device(&rig, &mut rng, 103, &[(Role::Camat, "62.06.13")]);
        ops::revoke(&rig.server, ops::Revoked::Officer(103), None).unwrap();
        let as_ever = |k: u32, at: &str| verdict(Role::Camat, k, at);
        let outcomes = says_everything(&rig, &mut rng, &mut revoked, as_ever, "revoked");
        assert!(outcomes.iter().any(|o| matches!(o, Outcome::Revoked { .. })));
        let board = rig.server.places().unwrap();
        let counted = |at: &str| board.state(&place(at)).unwrap().visits;
        // Of all who spoke of it, only the reassigned officer is one who counts.
        assert_eq!((counted("62.06.13.2001/001"), counted("62.06.14.2001/001")), (1, 1));
    }
}

#[test]
fn a_stranger_is_told_nothing_and_leaves_nothing() {
    let (rig, mut rng) = (Rig::memory(31), Rng::with_seed(31));
    let mut stranger = Hand::new(&rig.server, &mut rng);
    let before = rig.rows();
    for kind in KINDS {
        stranger.state(rig.clock.now(), "62.06.13", &said::body(kind));
    }
    let (request, span) = stranger.request(1, stranger.last());
    let reply = stranger.send(&request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Unknown]);
    assert!(reply.page.is_empty() && reply.receipt.is_none() && reply.certificate.is_none());
    assert_eq!(rig.rows(), before);
}

/// Whether a scope sees a place, by the text of the codes alone.
fn sees(roots: &[&str], at: &str, kind: u32) -> bool {
    let within = |inner: &str, outer: &str| {
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '/']))
    };
    let from_above = (20..60).contains(&kind);
    roots.iter().any(|root| within(at, root) || from_above && within(root, at))
}

#[test]
fn every_kind_is_seen_by_whom_it_concerns_and_by_nobody_else() {
    for seed in Campaign::new("scope-reads", 2).seeds() {
        let mut rng = Rng::with_seed(seed);
        let seed = rng.u64(..);
        for rig in [Rig::memory(seed), Rig::sqlite(seed)] {
            rig.officer(said::OFFICER, Role::Viewer, "62.06.13");
            let mut admin = device(&rig, &mut rng, 100, &[(Role::DeskAdmin, "62")]);
            let mut wrote = Vec::new();
            for (at, _) in
                WHERE.into_iter().chain([("62.06.13.2002/001", true), ("62.07.01.1001/001", false)])
            {
                for kind in KINDS {
                    let id = admin.state(rig.clock.now(), at, &said::body(kind));
                    wrote.push((id, at, kind));
                }
            }
            admin.push(&mut rng);
            let readers: [(&str, &[&str]); 8] = [
                ("province", &["62"]),
                ("regency", &["62.06"]),
                ("district", &["62.06.13"]),
                ("village", &["62.06.13.2002"]),
                ("station", &["62.06.13.2001/001"]),
                ("two", &["62.06.13.2001", "62.06.14"]),
                ("elsewhere", &["62.07"]),
                ("nobody", &[]),
            ];
            for (n, (name, roots)) in (200..).zip(readers) {
                let role = if n % 2 == 0 { Role::Viewer } else { Role::Camat };
                let grants: Vec<_> = roots.iter().map(|r| (role, *r)).collect();
                let mut reader = device(&rig, &mut rng, n, &grants);
                let seen = read_ids(&mut reader, &admin);
                let meant: BTreeSet<RecordId> =
                    wrote.iter().filter(|(_, at, kind)| sees(roots, at, *kind)).map(|w| w.0).collect();
                assert_eq!(seen.len(), meant.len(), "{name}");
                assert_eq!(seen, meant, "{name}");
            }
            // Reassigned: only the new place. Revoked: nothing.
            let mut moved = device(&rig, &mut rng, 300, &[(Role::Camat, "62.06.13")]);
            read_ids(&mut moved, &admin);
            rig.grant(300, Role::Camat, "62.06.13", true);
            rig.grant(300, Role::Camat, "62.06.14", false);
            let meant: BTreeSet<RecordId> =
                wrote.iter().filter(|(_, at, kind)| sees(&["62.06.14"], at, *kind)).map(|w| w.0).collect();
            // The cursor of the old scope is of no use in the new one.
            assert_eq!(read_ids(&mut moved, &admin), meant);
            let mut revoked = device(&rig, &mut rng, 301, &[(Role::Camat, "62.06.13")]);
            ops::revoke(&rig.server, ops::Revoked::Device(revoked.device()), None).unwrap();
            assert!(revoked.read().is_empty());
        }
    }
}

#[test]
fn a_dispatch_is_seen_where_it_leaves_where_it_goes_and_by_whose_kits_go_along() {
    let (rig, mut rng) = (Rig::memory(34), Rng::with_seed(34));
    let mut warehouse = device(&rig, &mut rng, 100, &[(Role::LogisticsStaff, "62.06")]);
    let Body::Dispatch(dispatch) = said::body(2) else { unreachable!() };
    let dispatch = Dispatch {
        to: Point { kind: CustodyKind::Ppk, place: place("62.06.13"), label: None },
        kits: ["62.06.13.2001/001", "62.06.14.2001/002"].map(place).into(),
        ..dispatch
    };
    let id = warehouse.state(rig.clock.now(), "62.06", &Body::Dispatch(dispatch));
    warehouse.push(&mut rng);
    assert_eq!(verdicts(&rig, &warehouse), [None]);
    let readers = [
        ("62.06", true),
        ("62.06.13", true),
        ("62.06.13.2001/001", true),
        ("62.06.14", true),
        ("62.06.14.2001/002", true),
        ("62.06.13.2001/002", false),
        ("62.06.14.2001/001", false),
        ("62.06.15", false),
        ("62.07", false),
    ];
    for (n, (at, sees)) in (200..).zip(readers) {
        let mut reader = device(&rig, &mut rng, n, &[(Role::FieldOfficer, at)]);
        assert_eq!(read_ids(&mut reader, &warehouse).contains(&id), sees, "{at}");
    }
}

/// Ids of the author's records that a reader gets.
fn read_ids(reader: &mut Hand, author: &Hand) -> BTreeSet<RecordId> {
    reader.read().iter().filter(|r| r.device == author.device()).map(|r| r.record_id()).collect()
}

/// What a reply says beyond signatures and receipts, and how many records of `hidden` it shows.
fn gist(reply: Reply, hidden: &Hand) -> (Vec<Outcome>, usize, Vec<(u64, Field)>, bool) {
    let rows = reply.page.unpack().unwrap();
    let shown = rows.iter().filter(|r| r.device == hidden.device()).count();
    (reply.outcomes, shown, reply.want_notes, reply.certificate.is_some())
}

#[test]
fn what_is_hidden_is_answered_like_what_is_not_there() {
    let (rig, mut rng) = (Rig::memory(32), Rng::with_seed(32));
    let mut theirs = device(&rig, &mut rng, 100, &[(Role::Camat, "62.06.14")]);
    let there = theirs.state(rig.clock.now(), "62.06.14.2001/001", &said::body(4));
    theirs.push(&mut rng);
    let nowhere = RecordId::from_bytes([0x55; 16]);
    let mine = || vec![place("62.06.13.2001/001")];
    let about = |target: RecordId, n: usize| -> Body {
        let target_places = if n.is_multiple_of(2) { mine() } else { Vec::new() };
        match n / 2 {
            0 => Body::IncidentUpdate(IncidentUpdate { target, target_places, progress: Progress::Done }),
            1 => Body::Retract(Retract { target, target_places, kind: None }),
            _ => {
                let body = said::body(4).encode();
                Body::Correct(Correct { target, target_places, kind: Kind::Incident, body })
            }
        }
    };
    for n in 0..6 {
        let answers = [there, nowhere].map(|target| {
            let officer = 110 + n as u32 * 2 + u32::from(target == there);
            let mut hand = device(&rig, &mut rng, officer, &[(Role::Camat, "62.06.13")]);
            hand.state(rig.clock.now(), "62.06.13.2001/001", &about(target, n));
            let (request, span) = hand.request(1, 1);
            gist(hand.send(&request, span.as_ref()), &theirs)
        });
        assert_eq!(answers[0], answers[1], "{n}");
        assert_eq!(answers[0].1, 0, "{n}");
    }
    // Places: one that is there and one that is not, both next door.
    let answers = ["62.06.14.2001/001", "62.06.14.9999/999"].map(|at| {
        let mut hand = device(&rig, &mut rng, 150, &[(Role::Camat, "62.06.13")]);
        hand.state(rig.clock.now(), at, &said::body(4));
        let (request, span) = hand.request(1, 1);
        gist(hand.send(&request, span.as_ref()), &theirs)
    });
    assert_eq!(answers[0], answers[1]);
    // And nothing of it had an effect next door.
    let state = rig.server.places().unwrap().state(&place("62.06.14.2001/001")).unwrap();
    assert_eq!((state.incidents.len(), state.records), (1, 1));
    assert!(state.incidents[0].is_open());
}

#[test]
fn nobody_reaches_next_door_by_naming_it() {
    let (rig, mut rng) = (Rig::memory(33), Rng::with_seed(33));
    let mut theirs = device(&rig, &mut rng, 100, &[(Role::Camat, "62.06.14")]);
    let there = place("62.06.14.2001/001");
    let salt = Salt([8; 16]);
    let note = CarriedNote::Whole(Note { field: Field::Note, salt, text: "milik sebelah".into() });
    let payload = Record::new(rig.clock.now(), there.clone(), &said::body(4)).to_payload();
    let target = theirs.write(payload, vec![note]);
    theirs.push(&mut rng);
    let before = rig.server.places().unwrap().state(&there).unwrap();

    let next: Vec<Place> = vec![there.clone()];
    let receive = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: next.clone(),
        containers: Vec::new(),
        form: None,
    };
    let Body::Dispatch(dispatch) = said::body(2) else { unreachable!() };
    let to_them = Dispatch {
        to: Point { kind: CustodyKind::Ppk, place: place("62.06.14"), label: None },
        ..dispatch.clone()
    };
    let of_theirs = Dispatch { kits: next.clone(), ..dispatch };
    let update = IncidentUpdate { target, target_places: next.clone(), progress: Progress::Done };
    let erase = |target_places| Body::Erase(Erase { target, field: Field::Note, target_places });
    let retract = Body::Retract(Retract { target, target_places: next.clone(), kind: None });
    let correct = |kind: u32, body: &Body| {
        let (kind, body) = (Kind::from_number(kind), body.encode());
        Body::Correct(Correct { target, target_places: Vec::new(), kind, body })
    };
    let wide =
        Correct { target, target_places: next.clone(), kind: Kind::Standby, body: said::body(7).encode() };
    let attempts = [
        (Role::Camat, Body::IncidentUpdate(update.clone()), true),
        (Role::FieldOfficer, Body::Receive(receive.clone()), true),
        (Role::Camat, retract, true),
        (Role::Camat, correct(5, &Body::IncidentUpdate(update)), true),
        (Role::FieldOfficer, correct(3, &Body::Receive(receive)), true),
        (Role::LogisticsStaff, Body::Dispatch(to_them.clone()), true),
        (Role::FieldOfficer, Body::Dispatch(of_theirs.clone()), true),
        (Role::FieldOfficer, correct(2, &Body::Dispatch(to_them)), true),
        (Role::LogisticsStaff, correct(2, &Body::Dispatch(of_theirs)), true),
        (Role::DeskOperator, Body::Correct(wide), true),
        (Role::DeskAdmin, erase(next), true),
        (Role::DeskAdmin, erase(Vec::new()), true),
        // Said without naming the place, it is taken, and has no effect there.
        (Role::DeskAdmin, correct(7, &said::body(7)), false),
    ];
    for (n, (role, body, is_held)) in (110..).zip(attempts) {
        let mut hand = device(&rig, &mut rng, n, &[(role, "62.06.13")]);
        hand.state(rig.clock.now(), "62.06.13.2001/001", &body);
        hand.push(&mut rng);
        let meant = is_held.then_some(Reason::OutsideGrants);
        assert_eq!(verdicts(&rig, &hand), [meant], "{role:?}: {body:?}");
        assert_eq!(rig.server.places().unwrap().state(&there).unwrap(), before, "{role:?}: {body:?}");
        let notes = pantau_log::store::read(rig.server.store(), |v| v.desk_notes(&target)).unwrap();
        assert_eq!(notes.len(), 1, "{role:?}: erased from next door");
    }
}

#[test]
fn an_answer_to_the_whole_regency_can_be_put_right() {
    let (rig, mut rng) = (Rig::memory(34), Rng::with_seed(34));
    let task = rig.say("62.06", Body::Directive(Directive { officer: None, role: None, due: 1 << 40 }));
    let mut hand = device(&rig, &mut rng, 100, &[(Role::Camat, "62.06.13")]);
    let (now, above) = (rig.clock.now(), vec![place("62.06")]);
    let answer = |target_places, progress| IncidentUpdate { target: task, target_places, progress };
    let first = Body::IncidentUpdate(answer(above.clone(), Progress::Done));
    let first = hand.state(now, "62.06", &first);
    let body = Body::IncidentUpdate(answer(above.clone(), Progress::Working)).encode();
    let better = Correct { target: first, target_places: above.clone(), kind: Kind::IncidentUpdate, body };
    let better = hand.state(now, "62.06", &Body::Correct(better));
    hand.push(&mut rng);
    assert_eq!(verdicts(&rig, &hand), [None, None]);
    let state = rig.server.places().unwrap().state(&place("62.06")).unwrap();
    let answers: Vec<_> = state.directives[0].answers.iter().map(|a| a.progress).collect();
    assert_eq!(answers, [Progress::Working]);
    hand.state(now, "62.06", &Body::Retract(Retract { target: better, target_places: above, kind: None }));
    hand.push(&mut rng);
    assert_eq!(verdicts(&rig, &hand), [None; 3]);
}
