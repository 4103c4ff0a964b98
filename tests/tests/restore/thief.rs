//! A stolen phone that goes on writing: revoked at each of its records in turn. What it wrote later is kept
//! as evidence, receipted and trusted by nobody; what its officer wrote before stays. Under another key it is not
//! let in. Then the desk finds that all was a mistake, and every word counts.

use fastrand::Rng;
use pantau_core::{Delivery, NewRecord, SyncEnd};
use pantau_log::{
    ops::{self, Revoked},
    store,
};
use pantau_protocol::{
    body::{Body, Category, Incident, Severity},
    journal::DeviceId,
};
use pantau_tests::place;

use crate::rig::{Fleet, Member, Template, copy, game, ids, is_held, journal, say, shows_its_scope, sync};

const WRITTEN: u64 = 6;

fn incident(member: &Member, n: u64) {
    let at = place(&format!("62.06.13.200{}/00{}", 1 + n / 5, 1 + n % 5));
    let body = Body::Incident(Incident { category: Category::Access, severity: Severity::Medium });
    member.phone.capture(NewRecord::new(at, body)).unwrap();
}

/// How many of the officer's and the thief's incidents a colleague's phone counts.
fn counted(colleague: &Member) -> usize {
    let stations = crate::rig::stations();
    let shown = stations.iter().map(|s| colleague.phone.tps_card(s).unwrap().state.incidents.len());
    shown.sum()
}

async fn play(template: &Template, through: u64, thief_is_first: bool, is_cloned: bool) {
    let fleet = Fleet::new(template, through);
    let (stolen, colleague) = (fleet.open("camat"), fleet.open("petugas"));
    for n in 0..WRITTEN {
        incident(&stolen, n);
        assert_eq!(sync(&stolen).await, SyncEnd::Done);
    }
    let device = stolen.phone.status().unwrap().device.unwrap();
    // The thief has the phone itself, or a copy of its files beside which the officer goes on.
    let thief = if is_cloned {
        stolen.phone.pause().unwrap();
        copy(&fleet.path("camat"), &fleet.path("maling"));
        stolen.phone.resume().unwrap();
        incident(&stolen, WRITTEN);
        assert_eq!(sync(&stolen).await, SyncEnd::Done);
        fleet.open("maling")
    } else {
        stolen
    };
    let held = WRITTEN + u64::from(is_cloned);
    incident(&thief, 8);
    if thief_is_first {
        assert_eq!(sync(&thief).await, SyncEnd::Done);
    }
    ops::revoke(&fleet.server(), Revoked::Device(device), Some(through)).unwrap();
    incident(&thief, 9);
    let before = thief.phone.status().unwrap().cursor.unwrap().position;
    // What happens after the revocation is not for the thief to read.
    let mut rng = Rng::with_seed(through);
    while say(&colleague, &mut rng, "hanya untuk kawan").is_none() {}
    for _ in 0..2 {
        let end = sync(&thief).await;
        assert_eq!(end, SyncEnd::Revoked, "{through}, first {thief_is_first}, cloned {is_cloned}");
        assert_eq!(sync(&colleague).await, SyncEnd::Done);
    }
    incident(&thief, 9);
    assert_eq!(sync(&thief).await, SyncEnd::Revoked);
    assert!(thief.phone.status().unwrap().cursor.unwrap().position <= before, "the thief has read on");
    // Kept and receipted, each once, with the proof of who sent it.
    let log = fleet.log();
    let all = ids(&log);
    let server = fleet.server();
    let rows = journal(&thief.phone);
    // A copy that forked after the revocation goes on under a key that the server does not register.
    let is_in = |device: &DeviceId| server.access().unwrap().reference().device(device).is_some();
    let (known, kept_out): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| is_in(&row.device));
    assert_eq!(kept_out.len(), usize::from(is_cloned && !thief_is_first));
    assert!(kept_out.iter().all(|row| !is_held(row) && !all.contains(&row.id)));
    for row in known {
        assert!(is_held(&row) && all.contains(&row.id), "{}", row.seq);
        let entry = &log.iter().find(|r| r.entry.id == row.id).unwrap().entry;
        let evidence = store::read(server.store(), |v| v.desk_evidence(&row.device, entry.branch, row.seq));
        assert!(evidence.unwrap().is_some());
        let own = row.device == device && entry.branch == 0 && row.seq <= through.min(held);
        let trusted =
            server.access().unwrap().reference().trusts(&entry.id, (row.device, entry.branch, row.seq));
        assert_eq!(trusted, own, "record {} after a revocation through {through}", row.seq);
        // The phone says so itself, as far as it is told: one that went on under another key is told of that.
        let says = !matches!(row.delivery, Delivery::Revoked { .. });
        assert!(says == own || !says && !kept_out.is_empty(), "record {}: {:?}", row.seq, row.delivery);
    }
    assert_eq!(sync(&colleague).await, SyncEnd::Done);
    shows_its_scope(&colleague, &log).await;
    let mine = journal(&colleague.phone);
    let own = mine.iter().filter(|r| matches!(r.body, Some(Body::Incident(_)))).count();
    assert_eq!(counted(&colleague) - own, through.min(held) as usize);
    forgiven(&fleet, &thief, &colleague, own).await;
}

/// The desk takes the revocation back: what was kept and what was kept out counts, and the phone reads again.
async fn forgiven(fleet: &Fleet, thief: &Member, colleague: &Member, own: usize) {
    let server = fleet.server();
    let officer = thief.phone.status().unwrap().officer.unwrap();
    let undo = ops::prepare_reinstatement(&server, Revoked::Officer(officer)).unwrap();
    undo.take(&server, "ternyata tidak hilang").unwrap();
    assert_eq!(sync(thief).await, SyncEnd::Done);
    assert_eq!(sync(colleague).await, SyncEnd::Done);
    assert_eq!(thief.phone.unsent().unwrap().records, 0);
    assert!(journal(&thief.phone).iter().all(|row| matches!(row.delivery, Delivery::Held { .. })));
    let log = fleet.log();
    for member in [thief, colleague] {
        shows_its_scope(member, &log).await;
    }
    let said = journal(&thief.phone).len();
    assert!(counted(colleague) - own >= said, "{} of {said}", counted(colleague) - own);
}

#[test]
fn a_phone_revoked_at_any_record_keeps_its_past_and_has_no_future() {
    let template = Template::get();
    for through in 0..=WRITTEN {
        for thief_is_first in [false, true] {
            for is_cloned in [false, true] {
                game(through, || play(&template, through, thief_is_first, is_cloned));
            }
        }
    }
}
