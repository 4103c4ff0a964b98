//! What becomes of a push: every outcome, and what stands in the log after it.

use pantau_protocol::{
    body::{Body, Kind, Turnout},
    exchange::{Head, LateNote, Lost, Outcome, Reason, RowKind},
    note::{CarriedNote, Field},
    receipt::Step,
    record::Record,
    role::Role,
    time::Anchor,
};

use crate::{
    rig::{NOW, Phone, Rig, has, incident, place, revoked, standby},
    store::{self, Hole},
};

const HERE: &str = "62.06.13";

fn camat() -> (Rig, Phone) {
    let rig = Rig::memory();
    let phone = rig.phone(7, Role::Camat, HERE);
    (rig, phone)
}

fn written(count: u32) -> (Rig, Phone) {
    let (rig, mut phone) = camat();
    for n in 0..count {
        phone.write(&standby(n), HERE);
    }
    (rig, phone)
}

#[test]
fn what_is_new_is_stored_once_and_receipted() {
    let (rig, mut phone) = written(5);
    let reply = phone.sync(&rig.server);
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert!(phone.is_proof(&rig.server, &reply));
    let statement = reply.receipt.unwrap().statement;
    assert_eq!((statement.last, statement.notes_through), (5, 5));
    assert_eq!(statement.steps, [Step { first: 1, last: 5, received_at: NOW }]);
    assert_eq!(statement.position, rig.rows().len() as u64);
    assert_eq!(rig.rows_of(&phone).len(), 5);
}

#[test]
fn what_was_held_keeps_its_first_time() {
    let (rig, mut phone) = written(3);
    phone.sync(&rig.server);
    rig.clock.pass(60);
    phone.write(&incident(), HERE);
    let reply = phone.sync(&rig.server);
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    let steps = reply.receipt.unwrap().statement.steps;
    let step = |first, last, received_at| Step { first, last, received_at };
    assert_eq!(steps, [step(1, 3, NOW), step(4, 4, NOW + 60)]);
    let again = phone.sync(&rig.server);
    assert_eq!(again.outcomes, [Outcome::Duplicate]);
    assert!(phone.is_proof(&rig.server, &again));
    assert_eq!(rig.rows_of(&phone).len(), 4);
}

#[test]
fn a_push_on_nothing_is_a_gap_with_the_heads_that_are_held() {
    let (rig, mut phone) = written(9);
    assert_eq!(phone.push(&rig.server, 5, 9).outcomes, [Outcome::Gap { heads: Vec::new() }]);
    phone.push(&rig.server, 1, 3);
    let heads = vec![Head::new(3, &phone.links[3])];
    let reply = phone.push(&rig.server, 5, 9);
    assert_eq!(reply.outcomes, [Outcome::Gap { heads }]);
    assert_eq!(reply.receipt.unwrap().statement.last, 3, "the receipt tells where to go on");
    assert_eq!(phone.push(&rig.server, 4, 9).outcomes, [Outcome::Stored]);
}

#[test]
fn a_clone_becomes_a_branch_and_so_does_a_clone_of_the_clone() {
    let (rig, mut first) = written(4);
    first.sync(&rig.server);
    let (mut second, mut third) = (first.clone(), first.clone());
    first.write(&standby(70), HERE);
    first.sync(&rig.server);
    second.write(&standby(71), HERE);
    second.write(&standby(72), HERE);
    let reply = second.push(&rig.server, 5, 6);
    assert_eq!(reply.outcomes, [Outcome::Stored, Outcome::Fork { at: 5, branch: 1 }]);
    assert!(second.is_proof(&rig.server, &reply), "a branch is receipted with its own link");
    assert_eq!(reply.receipt.unwrap().statement.branch, 1);
    third.write(&standby(71), HERE);
    third.write(&standby(73), HERE);
    let reply = third.push(&rig.server, 3, 6);
    assert_eq!(reply.outcomes, [Outcome::Stored, Outcome::Fork { at: 6, branch: 2 }]);
    assert!(third.is_proof(&rig.server, &reply));
    // The reply was lost: the fork is told again.
    let again = third.push(&rig.server, 3, 6);
    assert_eq!(again.outcomes, [Outcome::Duplicate, Outcome::Fork { at: 6, branch: 2 }]);
    first.write(&standby(74), HERE);
    assert_eq!(first.push(&rig.server, 6, 6).outcomes, [Outcome::Stored]);
    let rows: Vec<(u32, u64)> = rig.rows_of(&first).iter().map(|r| (r.entry.branch, r.entry.seq)).collect();
    assert_eq!(rows, [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 5), (1, 6), (2, 6), (0, 6)]);
}

#[test]
fn too_many_branches_are_kept_and_quarantined() {
    let (rig, mut phone) = written(1);
    phone.sync(&rig.server);
    for n in 0..6 {
        let mut clone = phone.clone();
        clone.write(&standby(10 + n), HERE);
        let reply = clone.push(&rig.server, 2, 2);
        let held = reply.outcomes.iter().find_map(|o| match o {
            Outcome::Quarantined(held) => Some(held[0].reason),
            _ => None,
        });
        assert_eq!(held, (n >= 4).then_some(Reason::TooManyBranches), "branch {n}");
        assert!(clone.is_proof(&rig.server, &reply));
    }
    assert_eq!(rig.rows_of(&phone).len(), 7);
}

#[test]
fn a_restored_phone_learns_that_it_is_behind() {
    let (rig, mut phone) = written(6);
    phone.sync(&rig.server);
    phone.records.truncate(2);
    phone.links.truncate(3);
    let reply = phone.push(&rig.server, 1, 0);
    assert_eq!(reply.outcomes, [Outcome::Behind { have: 6 }]);
    assert!(phone.is_proof(&rig.server, &reply), "the receipt speaks of what the phone has");
    phone.records.clear();
    phone.links.truncate(1);
    assert_eq!(phone.push(&rig.server, 1, 0).outcomes, [Outcome::Behind { have: 6 }]);
}

#[test]
fn links_that_do_not_end_in_the_signed_one_are_refused() {
    let (rig, mut phone) = written(3);
    let (request, span) = phone.request(1, 3);
    let span = span.map(|s| pantau_protocol::segment::Span { link: phone.links[2], ..s });
    let reply = phone.send(&rig.server, &request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Refused]);
    assert!(reply.receipt.is_none());
    assert_eq!(rig.rows_of(&phone).len(), 0);
}

#[test]
fn bad_records_are_set_aside_and_never_block_the_journal() {
    let (rig, mut phone) = camat();
    let turnout = |hour| Body::Turnout(Turnout { hour, voters: 3 });
    phone.write(&turnout(9), "62.06.13.2001/003"); // 1 good
    phone.write(&turnout(24), "62.06.13.2001/003"); // 2 impossible
    phone.write(&turnout(9), "62.06.14.2001/003"); // 3 another kecamatan
    phone.write_raw(b"<html>".to_vec(), Vec::new()); // 4 no payload
    phone.write_raw(vec![0; 20_000], Vec::new()); // 5 too long
    let region = pantau_protocol::body::RegionLevel::District;
    let region = pantau_protocol::body::Region { level: region, name: "X".into(), ended: None };
    phone.write(&Body::Region(region), HERE); // 6 not a camat's
    phone.write(&turnout(9), "62.06.13.9999/001"); // 7 unknown place inside the scope
    let unknown = Body::Opaque(Kind::Other(77), pantau_protocol::cbor::Raw(vec![0xA0]));
    phone.write(&unknown, HERE); // 8 a kind of a newer version
    let reply = phone.sync(&rig.server);
    let Some(Outcome::Quarantined(held)) = reply.outcomes.get(1) else { panic!("{:?}", reply.outcomes) };
    let held: Vec<(u64, Reason, &str)> = held.iter().map(|h| (h.seq, h.reason, h.field.as_str())).collect();
    assert_eq!(
        held,
        [
            (2, Reason::Impossible, "turnout.hour"),
            (3, Reason::OutsideGrants, "place"),
            (4, Reason::Malformed, "payload"),
            (5, Reason::OverLimit, "payload"),
            (6, Reason::NotYourRole, "kind"),
        ]
    );
    assert!(phone.is_proof(&rig.server, &reply));
    assert_eq!(reply.receipt.as_ref().unwrap().statement.last, 8);
    assert_eq!(rig.rows_of(&phone).len(), 8);
    // Told again when the reply was lost, and as notices in the page.
    let again = phone.sync(&rig.server);
    assert_eq!(again.outcomes.len(), 2);
    phone.cursor = None;
    let notices = phone.push(&rig.server, 1, 0).page.unpack().unwrap();
    let notices: Vec<_> = notices.into_iter().filter(|r| r.kind == RowKind::Quarantined).collect();
    assert_eq!(notices.iter().map(|r| r.seq).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    let ids: Vec<_> = rig.rows_of(&phone).iter().map(|r| r.entry.id).collect();
    assert!(
        notices.iter().filter(|n| n.seq != 5).all(|n| ids.contains(&n.record_id())),
        "the phone finds its record by the id"
    );
}

#[test]
fn an_ended_grant_still_covers_what_was_written_under_it() {
    let (rig, mut phone) = camat();
    phone.write(&standby(1), HERE);
    let grant = |ended| {
        Body::Grant(pantau_protocol::body::Grant { officer: 7, role: Role::Camat, ended, new_person: false })
    };
    rig.clock.pass(10);
    rig.say(grant(true), HERE);
    rig.say(grant(false), "62.07.01");
    let reply = phone.sync(&rig.server);
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert_eq!(reply.scope, pantau_protocol::place::Scope::new([place("62.07.01")]).digest());
    let certified = reply.certificate.unwrap();
    assert_eq!(certified.grants.len(), 1, "moved before its first call: it must not go by the old place");
    rig.clock.pass(10);
    rig.say(grant(false), "62.07.02");
    let reply = phone.push(&rig.server, 1, 0);
    assert_eq!(reply.certificate.unwrap().grants.len(), 2);
}

#[test]
fn anchors_bound_the_time_of_what_follows() {
    let (rig, mut phone) = camat();
    let key = *rig.server.identity().anchor_key();
    let anchored = |phone: &mut Phone, anchor| {
        let record = Record { anchor: Some(anchor), ..Record::new(0, place(HERE), &standby(1)) };
        phone.write_raw(record.to_payload(), Vec::new());
    };
    phone.write(&standby(1), HERE);
    let device = phone.device();
    anchored(&mut phone, Anchor::new(&key, &device, NOW - 500));
    phone.write(&standby(2), HERE);
    anchored(&mut phone, Anchor { time: NOW - 1, mac: [0; 8] });
    phone.push(&rig.server, 1, 3);
    phone.push(&rig.server, 4, 4);
    let bounds: Vec<i64> = rig.rows_of(&phone).iter().map(|r| r.entry.envelope.not_before).collect();
    assert_eq!(bounds, [0, NOW - 500, NOW - 500, NOW - 500]);
}

#[test]
fn a_note_that_comes_later_is_a_row_of_its_own() {
    let (rig, mut phone) = camat();
    let reader_rig = rig.phone(8, Role::Camat, HERE);
    let mut reader = reader_rig;
    let note = phone.note("jembatan putus di km 12");
    let (field, commitment) = CarriedNote::Whole(note.clone()).commitment();
    phone.write(&standby(1), HERE);
    phone.write_with(&incident(), HERE, CarriedNote::Committed(field, commitment));
    phone.write(&standby(2), HERE);
    let reply = phone.sync(&rig.server);
    let statement = reply.receipt.unwrap().statement;
    assert_eq!((statement.last, statement.notes_through), (3, 1));
    assert_eq!(reply.want_notes, [(2, Field::Note)]);
    let committed = CarriedNote::Committed(field, commitment);
    let rows = reader.push(&rig.server, 1, 0).page.unpack().unwrap();
    assert!(rows.iter().any(|r| r.notes == [committed.clone()]));

    let (mut request, _) = phone.request(1, 0);
    let other = pantau_protocol::note::Note { text: "lain".into(), ..note.clone() };
    request.notes = vec![LateNote { seq: 2, note: other }, LateNote { seq: 2, note: note.clone() }];
    let reply = phone.send(&rig.server, &request, None);
    assert_eq!(reply.receipt.unwrap().statement.notes_through, 3);
    let again = phone.send(&rig.server, &request, None);
    assert_eq!(again.receipt.unwrap().statement.notes_through, 3);
    let rows = reader.push(&rig.server, 1, 0).page.unpack().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].kind, rows[0].seq), (RowKind::Note, 2));
    assert_eq!(rows[0].notes, [CarriedNote::Whole(note.clone())]);
    // Whoever reads from the start gets it with its record.
    reader.cursor = None;
    let rows = reader.push(&rig.server, 1, 0).page.unpack().unwrap();
    assert_eq!(rows.iter().filter(|r| r.notes == [CarriedNote::Whole(note.clone())]).count(), 2);
}

#[test]
fn a_duplicate_may_bring_the_note_that_was_missing() {
    let (rig, mut phone) = camat();
    let note = phone.note("catatan");
    let (field, commitment) = CarriedNote::Whole(note.clone()).commitment();
    phone.write_with(&incident(), HERE, CarriedNote::Committed(field, commitment));
    phone.sync(&rig.server);
    phone.records[0].notes = vec![CarriedNote::Whole(note)];
    let reply = phone.sync(&rig.server);
    assert_eq!(reply.outcomes, [Outcome::Duplicate]);
    assert_eq!(reply.receipt.unwrap().statement.notes_through, 1);
}

#[test]
fn a_lost_part_leaves_a_hole_and_the_journal_goes_on() {
    let (rig, mut phone) = written(9);
    phone.push(&rig.server, 1, 3);
    let (mut request, span) = phone.request(7, 9);
    request.lost = Some(Lost { first: 3, last: 6, link: phone.links[6] });
    let reply = phone.send(&rig.server, &request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert!(phone.is_proof(&rig.server, &reply));
    assert_eq!(reply.receipt.unwrap().statement.last, 9);
    let again = phone.send(&rig.server, &request, span.as_ref());
    assert_eq!(again.outcomes, [Outcome::Duplicate]);
    let holes = store::read(rig.server.store(), |v| v.journal_holes(&phone.device())).unwrap();
    assert_eq!(holes, [Hole { branch: 0, first: 4, last: 6, link: phone.links[6] }]);
    phone.write(&standby(1), HERE);
    assert_eq!(phone.push(&rig.server, 10, 10).outcomes, [Outcome::Stored]);
}

#[test]
fn what_lies_before_a_hole_must_come_first() {
    let (rig, mut phone) = written(9);
    let (mut request, span) = phone.request(7, 9);
    request.lost = Some(Lost { first: 3, last: 6, link: phone.links[6] });
    let reply = phone.send(&rig.server, &request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Gap { heads: Vec::new() }]);
    assert_eq!(rig.rows_of(&phone).len(), 0);
}

#[test]
fn a_revoked_device_is_kept_as_evidence_and_reads_nothing() {
    let (rig, mut phone) = written(2);
    phone.sync(&rig.server);
    crate::ops::revoke(&rig.server, crate::ops::Revoked::Officer(7), Some(1)).unwrap();
    phone.write(&incident(), HERE);
    phone.cursor = None;
    let reply = phone.push(&rig.server, 3, 3);
    assert!(has(&reply, &Outcome::Stored) && revoked(&reply).is_some());
    assert!(phone.is_proof(&rig.server, &reply) && reply.page.is_empty() && !reply.more);
    assert_eq!(rig.rows_of(&phone).len(), 3);
    let board = rig.server.known().unwrap();
    assert!(board.reference().trusted_through(&phone.device(), 0) == Some(1));
}

#[test]
fn one_bad_push_harms_no_other_of_its_batch() {
    let rig = Rig::memory();
    let mut phones: Vec<Phone> = (0..8).map(|n| rig.phone(20 + n, Role::Camat, HERE)).collect();
    for phone in &mut phones {
        (0..5).for_each(|n| {
            phone.write(&standby(n), HERE);
        });
    }
    let stored = crate::rig::gather(8, |n| {
        let mut phone = phones[n].clone();
        let reply = if n % 2 == 0 { phone.sync(&rig.server) } else { phone.push(&rig.server, 3, 5) };
        (n, reply.outcomes == [Outcome::Stored])
    });
    assert!(stored.into_iter().all(|(n, stored)| stored == (n % 2 == 0)));
}

#[test]
fn a_receipt_ends_where_its_steps_do() {
    let (rig, mut phone) = written(300);
    for seq in 1..=300 {
        rig.clock.pass(1);
        phone.push(&rig.server, seq, seq);
    }
    let reply = phone.sync(&rig.server);
    assert!(phone.is_proof(&rig.server, &reply));
    let statement = reply.receipt.unwrap().statement;
    assert_eq!((statement.last, statement.steps.len()), (256, 256));
}
