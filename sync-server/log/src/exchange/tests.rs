//! The whole exchange, frame to frame.

mod contact;
mod told;

use pantau_protocol::{
    body::{Body, Directive},
    exchange::{Outcome, Reply, Succession},
    frame::{self, BadFrame, FrameKind, Sender},
    journal::Link,
    limit,
    place::Scope,
    projection::{Fact, Fold},
    role::Role,
    segment::Span,
    time::Envelope,
};

use super::{NoAnswer, answer};
use crate::{
    rig::{NOW, Phone, Rig, has, incident, place, revoked, standby},
    store,
};

const HERE: &str = "62.06.13";

#[test]
fn a_portal_page_gets_no_frame() {
    let rig = Rig::memory();
    let refused = answer(&rig.server, b"<html>login</html>");
    assert!(matches!(refused, Err(NoAnswer::NotAFrame(BadFrame::NotAFrame))));
    let reply = frame::seal(FrameKind::Enrol, &Phone::new(9).key, Sender::Introduced, None, 1, b"");
    assert!(matches!(answer(&rig.server, &reply), Err(NoAnswer::NotAFrame(BadFrame::Header))));
}

#[test]
fn every_flipped_bit_is_refused_and_stores_nothing() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&incident(), HERE);
    let (request, span) = phone.request(1, 1);
    let good = phone.seal(&request, span.as_ref());
    for bit in (0..good.len() * 8).step_by(7) {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        if let Ok(got) = answer(&rig.server, &bad) {
            let outcomes = phone.open(&rig.server, &bad, &got).outcomes;
            assert!(matches!(outcomes[..], [Outcome::Refused | Outcome::Unknown]), "bit {bit}: {outcomes:?}");
        }
    }
    assert_eq!(rig.rows_of(&phone).len(), 0);
    assert_eq!(phone.sync(&rig.server).outcomes, [Outcome::Stored]);
}

#[test]
fn a_signed_body_that_is_no_request_is_malformed() {
    let rig = Rig::memory();
    let phone = rig.phone(7, Role::Camat, HERE);
    let sent = frame::seal(FrameKind::Request, &phone.key, Sender::Known, None, 1, b"\x00");
    let got = answer(&rig.server, &sent).unwrap();
    assert_eq!(phone.open(&rig.server, &sent, &got).outcomes, [Outcome::Malformed]);
    let mut short = phone.clone();
    short.write(&incident(), HERE);
    let (request, span) = short.request(1, 1);
    let span = span.map(|s| Span { count: 2, ..s });
    assert_eq!(short.send(&rig.server, &request, span.as_ref()).outcomes, [Outcome::Malformed]);
}

#[test]
fn an_idle_exchange_is_small_and_says_nothing() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&incident(), HERE);
    phone.sync(&rig.server);
    let (request, _) = phone.request(1, 0);
    let sent = phone.seal(&request, None);
    let got = answer(&rig.server, &sent).unwrap();
    let reply = phone.open(&rig.server, &sent, &got);
    assert!(reply.outcomes.is_empty() && reply.receipt.is_none() && reply.page.is_empty() && !reply.more);
    assert!(sent.len() + got.len() < 320, "{} up, {} down", sent.len(), got.len());
}

#[test]
fn a_phone_sees_its_scope_and_what_the_desk_says_above() {
    let rig = Rig::memory();
    let mut here = rig.phone(7, Role::Camat, HERE);
    let mut same = rig.phone(8, Role::FieldOfficer, "62.06.13.2001");
    let mut there = rig.phone(9, Role::Camat, "62.06.14");
    let id = here.write(&incident(), "62.06.13.2001/003");
    here.sync(&rig.server);
    let directive = rig.say(Body::Directive(Directive { officer: None, role: None, due: NOW }), "62.06");
    let ids = |phone: &mut Phone| -> Vec<_> {
        let rows = phone.push(&rig.server, 1, 0).page.unpack().unwrap();
        rows.iter().map(|r| r.record_id()).collect()
    };
    let (in_village, in_neighbour, own) = (ids(&mut same), ids(&mut there), ids(&mut here));
    assert!(in_village.contains(&id) && in_village.contains(&directive));
    assert!(!in_neighbour.contains(&id) && in_neighbour.contains(&directive));
    assert!(!own.contains(&id) && own.contains(&directive), "its own records it has");
    let officer_9_device = there.device();
    let sees_him = |ids: &[pantau_protocol::journal::RecordId]| {
        let rows = rig.rows();
        rows.iter().any(|r| {
            let body = pantau_protocol::record::Record::from_payload(&r.entry.payload).unwrap().decode_body();
            matches!(body, Ok(Body::Device(d)) if d.device == officer_9_device) && ids.contains(&r.entry.id)
        })
    };
    assert!(sees_him(&in_neighbour) && !sees_him(&own), "devices are known where their officers are");
}

#[test]
fn pages_add_up_under_any_budget() {
    let rig = Rig::memory();
    let mut writer = rig.phone(7, Role::Camat, HERE);
    for n in 0..60 {
        writer.write(&standby(n), HERE);
    }
    writer.sync(&rig.server);
    for budget in [1, 100, 1_000, 1 << 20] {
        let mut reader = rig.phone(30 + budget % 97, Role::Camat, HERE);
        let mut positions = Vec::new();
        loop {
            let (mut request, _) = reader.request(1, 0);
            request.budget_bytes = budget;
            let reply = reader.send(&rig.server, &request, None);
            positions.extend(reply.page.unpack().unwrap().iter().map(|r| r.position));
            if !reply.more {
                break;
            }
        }
        assert!(positions.is_sorted_by(|a, b| a < b));
        let ours = rig.rows_of(&writer);
        assert!(ours.iter().all(|r| positions.contains(&r.position)), "budget {budget}");
    }
    let (mut request, _) = writer.request(1, 0);
    (request.budget_bytes, request.cursor) = (0, None);
    let reply = writer.send(&rig.server, &request, None);
    assert!(reply.page.is_empty() && reply.more && reply.position == 0);
}

#[test]
fn a_wrong_clock_pushes_and_learns_the_time_before_it_reads() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&incident(), HERE);
    let (mut request, span) = phone.request(1, 1);
    request.time_guess = NOW - limit::CLOCK_SKEW_S - 1;
    let reply = phone.send(&rig.server, &request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert!(reply.page.is_empty() && reply.more && reply.server_time == NOW);
    let anchor = pantau_protocol::time::Anchor { time: reply.server_time, mac: reply.anchor_mac };
    assert!(anchor.verify(rig.server.identity().anchor_key(), &phone.device()));
    assert!(!phone.push(&rig.server, 1, 0).page.is_empty());
}

#[test]
fn another_scope_starts_the_page_anew() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    let first = phone.push(&rig.server, 1, 0);
    assert!(phone.push(&rig.server, 1, 0).page.is_empty());
    let grant =
        pantau_protocol::body::Grant { officer: 7, role: Role::Camat, ended: false, new_person: false };
    rig.say(Body::Grant(grant), "62.07.01");
    let reply = phone.push(&rig.server, 1, 0);
    assert_ne!(reply.scope, first.scope);
    assert!(reply.page.len() > first.page.len());
    assert_eq!(reply.certificate.unwrap().scope().digest(), reply.scope);
}

#[test]
fn an_unknown_device_is_told_so_and_comes_back_with_its_certificate() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    // The same server, restored from before this phone was enrolled.
    let identity = rig.server.identity().clone();
    let before = crate::ops::init_with(
        &rig.env,
        Box::new(store::MemoryStore::default()),
        identity,
        None,
        &crate::rig::options(),
    )
    .unwrap();
    phone.write(&incident(), HERE);
    assert_eq!(phone.sync(&before).outcomes, [Outcome::Unknown]);
    phone.sender = Sender::Introduced;
    assert_eq!(phone.sync(&before).outcomes, [Outcome::Unknown]);
    let (mut request, span) = phone.request(1, 1);
    request.certificate = phone.certificate.clone();
    let reply = phone.send(&before, &request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert_eq!(reply.certificate.unwrap().grants, phone.certificate.as_ref().unwrap().grants);
    phone.sender = Sender::Known;
    assert_eq!(phone.sync(&before).outcomes, [Outcome::Duplicate]);

    let mut forger = Phone::new(99);
    forger.sender = Sender::Introduced;
    let mut forged = phone.certificate.clone().unwrap();
    forged.device_key = forger.key.public();
    let (mut request, _) = forger.request(1, 0);
    request.certificate = Some(forged);
    assert_eq!(forger.send(&before, &request, None).outcomes, [Outcome::Unknown]);
}

#[test]
fn a_successor_signed_by_both_keys_is_let_in_once() {
    let rig = Rig::memory();
    let mut old = rig.phone(7, Role::Camat, HERE);
    old.write(&incident(), HERE);
    old.sync(&rig.server);
    let mut new = Phone::new(201);
    new.sender = Sender::Introduced;
    let (mut request, _) = new.request(1, 0);
    let stranger = Phone::new(202);
    request.succession = Some(Succession::sign(&stranger.key, &new.key.public()));
    assert_eq!(new.send(&rig.server, &request, None).outcomes, [Outcome::Unknown]);
    request.succession = Some(Succession::sign(&old.key, &stranger.key.public()));
    assert_eq!(new.send(&rig.server, &request, None).outcomes, [Outcome::Unknown]);
    request.succession = Some(Succession::sign(&old.key, &new.key.public()));
    for _ in 0..2 {
        let reply = new.send(&rig.server, &request, None);
        let certificate = reply.certificate.unwrap();
        assert_eq!((certificate.officer, certificate.predecessor), (7, Some(old.device())));
        assert!(certificate.verify(&rig.server.identity().signing_keys()));
    }
    new.sender = Sender::Known;
    new.write(&incident(), HERE);
    assert_eq!(new.sync(&rig.server).outcomes, [Outcome::Stored]);
    crate::ops::revoke(&rig.server, crate::ops::Revoked::Device(old.device()), None).unwrap();
    new.write(&standby(1), HERE);
    let reply = new.push(&rig.server, 2, 2);
    assert!(has(&reply, &Outcome::Stored) && revoked(&reply).is_some(), "{:?}", reply.outcomes);
}

/// Asks to follow `old` with a key made from `seed`.
fn follow(rig: &Rig, old: &Phone, seed: u8) -> (Phone, Reply) {
    let mut new = Phone::new(seed);
    new.sender = Sender::Introduced;
    let (mut request, _) = new.request(1, 0);
    request.succession = Some(Succession::sign(&old.key, &new.key.public()));
    let reply = new.send(&rig.server, &request, None);
    new.sender = Sender::Known;
    (new, reply)
}

#[test]
fn a_revoked_device_gets_no_successor_until_the_desk_takes_that_back() {
    let rig = Rig::memory();
    let phone = rig.phone(7, Role::Camat, HERE);
    crate::ops::revoke(&rig.server, crate::ops::Revoked::Officer(7), None).unwrap();
    let before = rig.rows().len();
    let (_, reply) = follow(&rig, &phone, 201);
    assert_eq!(reply.outcomes, [Outcome::Revoked { counted: vec![] }]);
    assert!(reply.receipt.is_none() && reply.certificate.is_none() && reply.page.is_empty());
    assert_eq!(rig.rows().len(), before, "the neighbours read nothing of it");
    let undo = crate::ops::prepare_reinstatement(&rig.server, crate::ops::Revoked::Officer(7)).unwrap();
    undo.take(&rig.server, "salah cabut").unwrap();
    let (_, reply) = follow(&rig, &phone, 201);
    assert!(reply.certificate.is_some() && reply.outcomes.is_empty());
}

#[test]
fn an_enrolment_brings_forth_only_so_many_devices() {
    let rig = Rig::memory();
    let phone = rig.phone(7, Role::Camat, HERE);
    let mut last = Phone { key: phone.key.clone(), ..Phone::new(1) };
    let most = u8::try_from(limit::SUCCESSORS).unwrap();
    for n in 0..most {
        // Now in a chain, now side by side.
        let old = if n.is_multiple_of(2) { &last } else { &phone };
        let (new, reply) = follow(&rig, old, 100 + n);
        assert!(reply.certificate.is_some(), "{n}");
        last = new;
    }
    for old in [&phone, &last] {
        let before = rig.rows().len();
        let (_, reply) = follow(&rig, old, 250);
        assert_eq!(reply.outcomes, [Outcome::Revoked { counted: vec![] }]);
        assert_eq!(rig.rows().len(), before);
    }
    let other = rig.phone(8, Role::Camat, HERE);
    assert!(follow(&rig, &other, 251).1.certificate.is_some());
}

#[test]
fn a_device_behind_too_long_a_chain_reads_nothing() {
    use pantau_protocol::body::Device;
    let rig = Rig::memory();
    let first = rig.phone(7, Role::Camat, HERE);
    let mut last = first.device();
    for n in 0..=u8::try_from(limit::PREDECESSORS).unwrap() {
        let key = Phone::new(100 + n).key.public();
        let device = Device {
            device: key.device_id(),
            public_key: key.0,
            officer: 7,
            predecessor: Some(last),
            regions: vec![place(HERE)],
        };
        rig.say(Body::Device(device), HERE);
        last = key.device_id();
        let mut phone = Phone::new(100 + n);
        let is_last = usize::from(n) == limit::PREDECESSORS;
        assert_eq!(revoked(&phone.push(&rig.server, 1, 0)).is_some(), is_last, "{n}");
    }
    crate::ops::revoke(&rig.server, crate::ops::Revoked::Device(first.device()), None).unwrap();
    for n in [0, 40, 64] {
        let reply = Phone::new(100 + n).push(&rig.server, 1, 0);
        assert!(revoked(&reply).is_some() && reply.page.is_empty(), "{n}");
    }
}

#[test]
fn links_that_do_not_fit_are_answered_in_a_few_bytes() {
    let rig = Rig::memory();
    for n in 0..200 {
        rig.say(standby(n % 7), HERE);
    }
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&incident(), HERE);
    let (mut request, span) = phone.request(1, 1);
    // As at every retry: no cursor yet, and a certificate asked for.
    (request.cursor, request.certificate) = (None, phone.certificate.clone());
    let wrong = span.map(|s| Span { link: Link([7; 32]), ..s });
    let frame = phone.seal(&request, wrong.as_ref());
    let answer = answer(&rig.server, &frame).unwrap();
    let reply = phone.open(&rig.server, &frame, &answer);
    assert_eq!(reply.outcomes, [Outcome::Refused]);
    assert!(reply.receipt.is_none() && reply.certificate.is_none() && reply.page.is_empty() && !reply.more);
    assert!(answer.len() < frame.len(), "{} bytes for {}", answer.len(), frame.len());
    assert_eq!(rig.rows_of(&phone).len(), 0);
    assert!(phone.sync(&rig.server).page.unpack().unwrap().len() > 200);
}

#[test]
fn a_cursor_beyond_the_log_makes_the_phone_show_its_receipts() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.push(&rig.server, 1, 0);
    phone.cursor.as_mut().unwrap().position += 1_000;
    let reply = phone.push(&rig.server, 1, 0);
    assert!(matches!(reply.outcomes[..], [Outcome::Gap { .. }]));
}

#[test]
fn a_log_that_was_rolled_back_starts_a_new_epoch_and_gets_the_first_times_back() {
    let rig = Rig::memory();
    let identity = rig.server.identity().clone();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    for n in 0..4 {
        phone.write(&standby(n), HERE);
    }
    let first = phone.sync(&rig.server);
    rig.clock.pass(5_000);
    // A snapshot of the same log from before: same epoch, fewer rows.
    let snapshot = store::MemoryStore::default();
    store::write(&snapshot, |tx| {
        tx.set_setting("server", &identity.server_id().0)?;
        tx.start_epoch(first.epoch)?;
        for row in rig.rows().into_iter().filter(|r| r.entry.device != phone.device()) {
            let e = &row.entry;
            tx.append(e)?;
            tx.put_branch(
                &e.device,
                &store::Branch {
                    number: 0,
                    parent: None,
                    starts: 1,
                    last: e.seq,
                    link: e.link,
                    not_before: 0,
                },
            )?;
        }
        Ok(())
    })
    .unwrap();
    let server = crate::ops::open_with(&rig.env, Box::new(snapshot), identity, None).unwrap();
    let reply = phone.push(&server, 1, 0);
    assert!(matches!(reply.outcomes[..], [Outcome::Gap { .. }]), "{:?}", reply.outcomes);
    let (mut request, span) = phone.request(1, 4);
    request.old_receipts = phone.receipts.clone();
    let reply = phone.send(&server, &request, span.as_ref());
    assert!(reply.epoch > first.epoch);
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert_eq!(reply.receipt.unwrap().statement.steps[0].received_at, NOW, "the time first signed");
    // The same receipt does not start another one.
    let again = phone.send(&server, &request, span.as_ref());
    assert_eq!((again.epoch, &again.outcomes[..]), (reply.epoch, &[Outcome::Duplicate][..]));
    // A phone of the old epoch gets the high-water mark without pushing.
    phone.cursor.as_mut().unwrap().epoch = first.epoch;
    let idle = phone.push(&server, 1, 0);
    assert_eq!(idle.receipt.unwrap().statement.last, 4);
}

#[test]
fn the_state_digest_is_that_of_a_phone_that_folds_the_same() {
    let rig = Rig::memory();
    let mut other = rig.phone(8, Role::FieldOfficer, HERE);
    other.write(&incident(), "62.06.13.2001/003");
    other.write_raw(b"broken".to_vec(), Vec::new());
    other.sync(&rig.server);
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&standby(1), HERE);
    phone.write_raw(b"broken".to_vec(), Vec::new());
    let (mut request, span) = phone.request(1, 2);
    request.want_digest = true;
    let reply = phone.send(&rig.server, &request, span.as_ref());
    let mut fold = Fold::new();
    for row in reply.page.clone().unpack().unwrap() {
        let author = (row.device, row.branch, row.seq);
        if let Ok(fact) = Fact::new(row.record_id(), author, Some(row.envelope), &row.payload) {
            fold.insert(fact);
        }
    }
    assert_ne!(Some(fold.digest_within(&Scope::new([place(HERE)]))), reply.state_digest);
    let own = &rig.rows_of(&phone)[0].entry;
    let envelope = Envelope { received_at: NOW, not_before: 0 };
    fold.insert(Fact::new(own.id, (phone.device(), 0, 1), Some(envelope), &own.payload).unwrap());
    assert_eq!(Some(fold.digest_within(&Scope::new([place(HERE)]))), reply.state_digest);
}

#[test]
fn a_server_that_moves_says_where_to_in_every_reply() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    assert_eq!(phone.push(&rig.server, 1, 0).address, None);
    rig.server.set_moving_to(Some("https://new.example/pantau".into())).unwrap();
    phone.write(&standby(1), HERE);
    let reply = phone.sync(&rig.server);
    assert_eq!(reply.address.as_deref(), Some("https://new.example/pantau"));
    assert!(phone.is_proof(&rig.server, &reply), "the receipt is what it was");
    rig.server.set_moving_to(None).unwrap();
    assert_eq!(phone.push(&rig.server, 1, 0).address, None);
}
