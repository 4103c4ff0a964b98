//! The server's clock is wrong, and the officers are not.

use pantau_protocol::{
    exchange::Reply,
    record::Record,
    role::Role,
    time::{self, Anchor, Envelope},
};

use crate::{
    health::Trouble,
    rig::{NOW, Phone, Rig, place, standby},
    store::Entry,
};

const HERE: &str = "62.06.13";

const DAY: i64 = 86_400;

fn camat() -> (Rig, Phone) {
    let rig = Rig::memory();
    let phone = rig.phone(7, Role::Camat, HERE);
    (rig, phone)
}

/// Whether each row of the phone is called impossible, and its envelope.
fn judged(rig: &Rig, phone: &Phone) -> Vec<(bool, Envelope)> {
    let rows = rig.rows_of(phone);
    let judge = |e: &Entry| (time::effective(e.at, Some(&e.envelope)).impossible, e.envelope);
    rows.iter().map(|row| judge(&row.entry)).collect()
}

/// As [`say`], with what the last reply gave as proof of its time.
fn say_after(phone: &mut Phone, at: i64, heard: &Reply) {
    let anchor = Some(Anchor { time: heard.server_time, mac: heard.anchor_mac });
    let record = Record { anchor, ..Record::new(at, place(HERE), &standby(1)) };
    phone.write_raw(record.to_payload(), Vec::new());
}

fn say(phone: &mut Phone, at: i64) {
    phone.write_raw(Record::new(at, place(HERE), &standby(1)).to_payload(), Vec::new());
}

fn is_doubted(rig: &Rig) -> bool {
    rig.server.health().troubles().iter().any(|(trouble, _)| *trouble == Trouble::Clock)
}

#[test]
fn a_server_clock_that_went_back_calls_no_honest_claim_impossible() {
    let (rig, mut phone) = camat();
    say(&mut phone, NOW - 60);
    phone.push(&rig.server, 1, 1);
    assert!(!is_doubted(&rig));
    // The battery of the server's clock is empty: after a restart it is three days behind.
    rig.clock.set(NOW - 3 * DAY);
    say(&mut phone, NOW + 3_600);
    phone.push(&rig.server, 2, 2);
    assert!(is_doubted(&rig) && rig.server.health().is_fit());
    say(&mut phone, NOW + 2 * DAY);
    phone.push(&rig.server, 3, 3);
    // But nobody may claim whatever he likes.
    say(&mut phone, NOW + 3_650 * DAY);
    phone.push(&rig.server, 4, 4);
    let all = judged(&rig, &phone);
    assert_eq!(
        all.iter().map(|(impossible, _)| *impossible).collect::<Vec<_>>(),
        [false, false, false, true]
    );
    assert_eq!(all[1].1.received_at, NOW + 3_600);
    assert!(all[3].1.received_at <= NOW + 2 * DAY + crate::limit::CLOCK_BLIND_S);
    rig.clock.pass(33 * DAY);
    say(&mut phone, NOW + 30 * DAY - 60);
    phone.push(&rig.server, 5, 5);
    assert!(!is_doubted(&rig), "it is right again");
    assert_eq!(judged(&rig, &phone)[4], (false, Envelope { received_at: NOW + 30 * DAY, not_before: 0 }));
}

#[test]
fn a_server_clock_that_leapt_ahead_leaves_nothing_behind_when_it_is_right_again() {
    let (rig, mut phone) = camat();
    let key = *rig.server.identity().anchor_key();
    rig.server.check_clock().unwrap();
    rig.clock.set(NOW + 75 * 365 * DAY);
    say(&mut phone, NOW + 60);
    rig.clock.wait(std::time::Duration::from_secs(100));
    let heard = phone.push(&rig.server, 1, 1);
    assert!(is_doubted(&rig));
    assert_eq!(heard.server_time, NOW + 100, "what phones carry is the time that passed");
    say_after(&mut phone, NOW + 120, &heard);
    let heard = phone.push(&rig.server, 2, 2);
    rig.clock.set(NOW + 180);
    say_after(&mut phone, NOW + 150, &heard);
    phone.push(&rig.server, 3, 3);
    assert!(!is_doubted(&rig));
    let envelope = |received_at, not_before| Envelope { received_at, not_before };
    let meant = [envelope(NOW + 100, 0), envelope(NOW + 120, NOW + 100), envelope(NOW + 180, NOW + 100)];
    assert_eq!(judged(&rig, &phone), meant.map(|e| (false, e)));
    let every = &mut |_| std::ops::ControlFlow::Continue(());
    let report =
        crate::verify::log(rig.server.store(), Some(&key), crate::verify::Extent::Full, every).unwrap();
    assert!(report.is_clean(), "{}", report.summary());
}

#[test]
fn the_administrator_says_that_the_clock_is_right() {
    let (rig, mut phone) = camat();
    rig.clock.set(NOW - 3 * DAY);
    say(&mut phone, NOW - 3 * DAY);
    phone.push(&rig.server, 1, 1);
    assert!(is_doubted(&rig));
    rig.server.believe_clock().unwrap();
    assert!(!is_doubted(&rig));
    say(&mut phone, NOW);
    phone.push(&rig.server, 2, 2);
    let (impossible, envelope) = judged(&rig, &phone)[1];
    assert!(impossible && envelope.received_at == NOW - 3 * DAY, "a claim is measured by it again");
}
