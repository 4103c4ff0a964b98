//! A device that sends without end: what is stored stays within its quota, and nothing honest is lost.

use pantau_protocol::{
    body::{Body, CustodyKind, Receive, Rest},
    exchange::{Lost, Outcome, Reply, Succession},
    frame::Sender,
    journal::Link,
    note::CarriedNote,
    record::Record,
    role::Role,
};

use super::{Daily, Quota};
use crate::{
    ops::{self, Revoked},
    rig::{NOW, Phone, Rig, has, incident, place, standby},
    store::{self, Usage},
};

const HERE: &str = "62.06.13";
/// Seconds from [`NOW`] to the next day.
const LEFT: u32 = 86_400 - 17_600;

fn quota(records: u64, bytes: u64, branches: u64) -> Quota {
    Quota { trusted: Daily { records, bytes, branches }, ..Quota::default() }
}

/// A server with this quota and a phone that wrote `count` records.
fn written(rig: &Rig, quota: Quota, count: u32) -> Phone {
    rig.server.set_quota(quota).unwrap();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    (0..count).for_each(|n| _ = phone.write(&standby(n), HERE));
    phone
}

fn later(after_s: u32) -> Outcome {
    Outcome::Later { after_s }
}

fn usage(rig: &Rig, phone: &Phone, revoked: bool) -> Usage {
    store::read(rig.server.store(), |v| v.journal_usage(&phone.device(), revoked)).unwrap().unwrap()
}

fn over(rig: &Rig) -> Vec<Usage> {
    store::read(rig.server.store(), |v| v.desk_over_quota()).unwrap()
}

fn held(reply: &Reply) -> u64 {
    reply.receipt.as_ref().unwrap().statement.last
}

#[test]
fn beyond_the_quota_nothing_is_stored_and_the_next_day_all_of_it_is() {
    let rig = Rig::memory();
    let mut phone = written(&rig, quota(10, 1 << 20, 4), 25);
    assert_eq!(phone.push(&rig.server, 1, 8).outcomes, [Outcome::Stored]);
    let reply = phone.push(&rig.server, 9, 16);
    assert_eq!(reply.outcomes, [later(LEFT)]);
    assert!(phone.is_proof(&rig.server, &reply));
    assert_eq!((held(&reply), rig.rows_of(&phone).len()), (8, 8), "all of a segment or nothing");
    assert_eq!(phone.push(&rig.server, 9, 10).outcomes, [Outcome::Stored], "a shorter one fits");
    rig.clock.pass(60);
    // It begins before what is not held: that part counts nothing, and the receipt stands on its end.
    let reply = phone.push(&rig.server, 4, 16);
    assert_eq!(
        (reply.outcomes.as_slice(), reply.receipt.unwrap().statement.last),
        (&[later(LEFT - 60)][..], 10)
    );
    let told = over(&rig);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].device, told[0].records, told[0].over_since), (phone.device(), 10, Some(NOW)));
    assert_eq!(rig.server.metrics().over_quota.get(), 2);
    rig.clock.pass(i64::from(LEFT) - 60);
    for (first, last) in [(11, 16), (17, 20)] {
        assert_eq!(phone.push(&rig.server, first, last).outcomes, [Outcome::Stored]);
    }
    assert_eq!(phone.push(&rig.server, 21, 25).outcomes, [later(86_400)]);
    rig.clock.pass(86_400);
    let reply = phone.push(&rig.server, 21, 25);
    assert_eq!((held(&reply), rig.rows_of(&phone).len()), (25, 25));
    assert_eq!(over(&rig), [], "over once something is taken in again");
}

#[test]
fn a_device_over_its_quota_still_reads() {
    let rig = Rig::memory();
    let mut phone = written(&rig, quota(3, 1 << 20, 4), 9);
    phone.push(&rig.server, 1, 3);
    rig.say(incident(), HERE);
    let reply = phone.push(&rig.server, 4, 9);
    assert_eq!((reply.outcomes.as_slice(), reply.more), (&[later(LEFT)][..], false));
    assert_eq!(reply.page.unpack().unwrap().len(), 1);
    assert_eq!(reply.position, rig.rows().len() as u64);
}

#[test]
fn counts_survive_a_restart_and_say_for_each_day() {
    let rig = Rig::disk();
    let mut phone = written(&rig, quota(10, 1 << 20, 4), 20);
    phone.push(&rig.server, 1, 8);
    let again = ops::open(&rig.dirs(), &rig.env).unwrap();
    again.set_quota(quota(10, 1 << 20, 4)).unwrap();
    assert_eq!(phone.push(&again, 9, 12).outcomes, [later(LEFT)]);
    // A clock that was wrong and is put right counts anew, whichever way.
    rig.clock.pass(-86_400 * 400);
    assert_eq!(phone.push(&again, 9, 12).outcomes, [Outcome::Stored]);
}

#[test]
fn evidence_of_a_revoked_device_is_bounded_apart_and_never_stuck() {
    let rig = Rig::memory();
    let limits =
        Quota { revoked: Daily { records: 5, bytes: 1 << 20, branches: 1 }, ..quota(100, 1 << 20, 4) };
    let mut phone = written(&rig, limits, 60);
    phone.push(&rig.server, 1, 40);
    let said = |reply: &Reply| {
        assert!(matches!(reply.outcomes[1..], [Outcome::Revoked { .. }]), "{:?}", reply.outcomes);
        reply.outcomes[0].clone()
    };
    ops::revoke(&rig.server, Revoked::Device(phone.device()), None).unwrap();
    // A phone does not shorten its segment when it is told to wait: the first one of a day fits.
    let reply = phone.push(&rig.server, 41, 48);
    assert_eq!((said(&reply), held(&reply)), (Outcome::Stored, 48));
    let reply = phone.push(&rig.server, 49, 49);
    assert_eq!(said(&reply), later(LEFT));
    assert_eq!(reply.page.unpack().unwrap(), [], "a revoked device reads nothing");
    assert_eq!((usage(&rig, &phone, false).records, usage(&rig, &phone, true).records), (40, 8));
    rig.clock.pass(86_400);
    assert_eq!(held(&phone.push(&rig.server, 49, 60)), 60);
}

#[test]
fn what_is_held_already_costs_nothing() {
    let rig = Rig::memory();
    let mut phone = written(&rig, quota(5, 1 << 20, 1), 5);
    for _ in 0..9 {
        phone.sync(&rig.server);
    }
    assert_eq!((usage(&rig, &phone, false).records, over(&rig)), (5, Vec::new()));
}

#[test]
fn late_notes_are_counted_and_wait() {
    let rig = Rig::memory();
    let mut phone = written(&rig, quota(10, 1_500, 1), 0);
    let notes = ["di seberang sungai", "jembatan putus", "perahu bocor"].map(|text| phone.note(text));
    for note in &notes {
        phone.write_with(&standby(1), HERE, CarriedNote::Committed(note.field, note.commitment()));
    }
    assert_eq!(phone.sync(&rig.server).outcomes, [Outcome::Stored]);
    let send = |phone: &mut Phone| {
        let (mut request, _) = phone.request(1, 0);
        let late = notes.iter().zip(1..);
        request.notes =
            late.map(|(n, seq)| pantau_protocol::exchange::LateNote { seq, note: n.clone() }).collect();
        phone.send(&rig.server, &request, None)
    };
    let reply = send(&mut phone);
    assert_eq!(reply.outcomes, [later(LEFT)]);
    let wanted = reply.want_notes.len();
    assert!((1..3).contains(&wanted), "{wanted} of 3 are still wanted");
    rig.clock.pass(86_400);
    assert_eq!(send(&mut phone).want_notes, []);
}

#[test]
fn holes_and_branches_are_bounded_for_a_device_and_all_that_follow_it() {
    let rig = Rig::memory();
    let mut phone = written(&rig, quota(100, 1 << 20, 3), 1);
    phone.sync(&rig.server);
    let lose = |phone: &mut Phone, n: u8| {
        let (mut request, _) = phone.request(1, 0);
        request.lost = Some(Lost { first: 1, last: 100 + u64::from(n), link: Link([n; 32]) });
        phone.send(&rig.server, &request, None)
    };
    let turned: Vec<bool> = (0..20).map(|n| has(&lose(&mut phone, n), &later(LEFT))).collect();
    assert_eq!(turned.iter().filter(|t| !**t).count(), 3);
    let branches = store::read(rig.server.store(), |v| v.journal_branches(&phone.device())).unwrap();
    assert!(branches.len() <= 4, "{}", branches.len());
    // Devices that follow it use what is left of its account: nothing.
    let mut next = Phone::new(100);
    next.sender = Sender::Introduced;
    next.write(&incident(), HERE);
    let (mut request, span) = next.request(1, 1);
    request.succession = Some(Succession::sign(&phone.key, &next.key.public()));
    assert!(has(&next.send(&rig.server, &request, span.as_ref()), &Outcome::Stored));
    assert_eq!(usage(&rig, &phone, false).records, 2);
    next.sender = Sender::Known;
    assert!(has(&lose(&mut next, 99), &later(LEFT)));
}

#[test]
fn the_desk_has_no_quota() {
    let rig = Rig::memory();
    rig.server.set_quota(quota(0, 0, 0)).unwrap();
    for _ in 0..5 {
        rig.say(incident(), HERE);
    }
    assert_eq!(over(&rig), []);
}

/// A `Receive` that answers for many kits: one row, many place keys.
fn receive(kits: u32) -> Body {
    let kits = (1..=kits).map(|n| place(&format!("62.06.13.20{:02}/001", n)));
    Body::Receive(Receive {
        at: CustodyKind::Pps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: kits.collect(),
        containers: Vec::new(),
        form: None,
    })
}

#[test]
fn counted_bytes_are_about_what_the_file_grows_by() {
    type Write = fn(&mut Phone, u32);
    let shapes: [(&str, u64, Write); 7] = [
        ("short records, many a frame", 500, |p, n| _ = p.write(&standby(n), HERE)),
        ("short records, one a frame", 1, |p, n| _ = p.write(&standby(n), HERE)),
        ("not readable", 500, |p, n| _ = p.write_raw(n.to_be_bytes().to_vec(), Vec::new())),
        ("long and repeated", 100, |p, n| {
            _ = p.write_raw([&n.to_be_bytes()[..], &[7; 12_000]].concat(), Vec::new());
        }),
        ("notes", 500, |p, n| {
            let note =
                CarriedNote::Whole(p.note(&format!("{n} air naik sampai lutut, perahu tidak bisa lewat")));
            _ = p.write_with(&standby(n), HERE, note);
        }),
        ("notes to come", 500, |p, n| {
            let note = p.note(&n.to_string());
            _ = p.write_with(&standby(n), HERE, CarriedNote::Committed(note.field, note.commitment()));
        }),
        ("many places", 500, |p, n| {
            let time = NOW + i64::from(n);
            _ = p.write_raw(Record::new(time, place(HERE), &receive(60)).to_payload(), Vec::new());
        }),
    ];
    for (name, a_frame, write) in shapes {
        let rig = Rig::disk();
        let mut phone = written(&rig, Quota::UNLIMITED, 0);
        let before = pages(&rig);
        for n in 0..1_000 {
            write(&mut phone, n);
        }
        for first in (1..=1_000).step_by(a_frame as usize) {
            phone.push(&rig.server, first, first + a_frame - 1);
        }
        assert_eq!(rig.rows_of(&phone).len(), 1_000, "{name}");
        let (grown, counted) = (pages(&rig) - before, usage(&rig, &phone, false).bytes);
        let ratio = counted as f64 / grown as f64;
        eprintln!("{name}: {} bytes a record, {} counted, {ratio:.2}", grown / 1_000, counted / 1_000);
        assert!((0.85..1.25).contains(&ratio), "{name}: {counted} bytes counted, {grown} used");
    }
}

/// Bytes of all pages of the database.
fn pages(rig: &Rig) -> u64 {
    rig.server.store().scrub(&[]).unwrap();
    std::fs::metadata(rig.dirs().db()).unwrap().len()
}
