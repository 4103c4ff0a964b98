//! Whoever administers one kecamatan administers that one, and no other.

use fastrand::Rng;
use pantau_protocol::{
    body::{Body, Device, Grant, Officer, Revoke},
    exchange::{Outcome, Reason, RowKind},
    keys::SecretKey,
    role::Role,
};
use pantau_tests::place;

use super::said;
use crate::{hand::Hand, rig::Rig};

const HERE: &str = "62.06.13";

/// Registers `key` for an officer, as an administrator of 62.06.13 writes it.
fn register(key: &SecretKey, officer: u32) -> Body {
    let (device, public_key) = (key.public().device_id(), key.public().0);
    Body::Device(Device { device, public_key, officer, predecessor: None, regions: vec![place(HERE)] })
}

/// Says something as an administrator of 62.06.13; why it was set aside, if it was.
fn says(rig: &Rig, rng: &mut Rng, admin: &mut Hand, body: &Body) -> Option<Reason> {
    let id = admin.state(rig.clock.now(), HERE, body);
    admin.push(rng);
    let row = rig.rows().into_iter().find(|r| r.entry.id == id).unwrap();
    assert_eq!(row.entry.row == RowKind::Quarantined, row.entry.quarantine.is_some());
    row.entry.quarantine.map(|held| held.0)
}

/// What a key is told when it calls, and how many rows it gets.
fn calls(hand: &mut Hand) -> (Vec<Outcome>, usize) {
    let (request, _) = hand.request(1, 0);
    let reply = hand.send(&request, None);
    (reply.outcomes, reply.page.unpack().unwrap().len())
}

#[test]
fn an_administrator_of_one_kecamatan_administers_no_other() {
    for rig in [Rig::memory(35), Rig::sqlite(35)] {
        let mut rng = Rng::with_seed(35);
        rig.officer(100, Role::DeskAdmin, HERE);
        let [mut admin, mut theirs, mut spy, mut mine] = [(); 4].map(|()| Hand::new(&rig.server, &mut rng));
        rig.admit(100, &admin.key.public());
        // Officers 3 and 4 of the small world work next door, 5 looks after the whole regency, 1 is here.
        rig.admit(3, &theirs.key.public());
        let outside = Some(Reason::OutsideGrants);
        for officer in [3, 4, 5, 0, 777] {
            let body = register(&spy.key, officer);
            assert_eq!(says(&rig, &mut rng, &mut admin, &body), outside, "officer {officer}");
            assert_eq!(calls(&mut spy), (vec![Outcome::Unknown], 0), "officer {officer}");
        }
        let taken_over = register(&theirs.key, 1);
        let revoke = |of: &Hand| {
            let (device, regions) = (of.device(), vec![place(HERE)]);
            Body::Revoke(Revoke { device, seq: 0, link: [0; 32], trusted: Vec::new(), regions })
        };
        let renamed = Body::Officer(Officer { officer: 3 });
        let given_away = Grant { officer: 3, role: Role::Viewer, ended: false, new_person: true };
        let given_away = Body::Grant(given_away);
        for body in
            [taken_over, revoke(&theirs), renamed, given_away, said::body(42), said::body(43), said::body(48)]
        {
            assert_eq!(says(&rig, &mut rng, &mut admin, &body), outside, "{body:?}");
        }
        let (outcomes, rows) = calls(&mut theirs);
        assert!(!outcomes.iter().any(is_revoked) && rows > 0, "{outcomes:?}");
        assert_eq!(rig.server.admission(&theirs.device()).unwrap().unwrap().officer, 3);
        // At home all of it is taken, also of an officer who comes from next door.
        let lent = Body::Grant(Grant { officer: 4, role: Role::Viewer, ended: false, new_person: false });
        for body in [lent, register(&mine.key, 1), Body::Officer(Officer { officer: 778 })] {
            assert_eq!(says(&rig, &mut rng, &mut admin, &body), None, "{body:?}");
        }
        assert!(calls(&mut mine).1 > 0);
        let body = revoke(&mine);
        assert_eq!(says(&rig, &mut rng, &mut admin, &body), None);
        assert!(calls(&mut mine).0.iter().any(is_revoked));
    }
}

fn is_revoked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Revoked { .. })
}
