//! What docs/PROTOCOL.md tells of answers, clause by clause.

use pantau_protocol::{
    exchange::{Head, LateNote, Lost, Outcome, Request, RowKind},
    frame::{BadFrame, Sender},
    journal::{Digest, Link},
    limit,
    receipt::OldReceipt,
    role::Role,
    segment::Span,
};
use serde_json::Value;

use super::{HERE, NoAnswer, answer};
use crate::{
    enrol,
    rig::{NOW, Phone, Rig, has, incident, standby},
};

/// The device of the frames among the golden vectors.
const OF_VECTORS: u32 = 200;

fn is_gap(reply: &pantau_protocol::exchange::Reply) -> bool {
    reply.outcomes.iter().any(|o| matches!(o, Outcome::Gap { .. }))
}

/// The answer as the vectors name it: a status without a frame, or the outcome.
fn told(answer: Result<Vec<u8>, NoAnswer>, sent: &[u8], phone: &Phone, rig: &Rig) -> Value {
    match answer {
        Err(NoAnswer::NotAFrame(BadFrame::TooLong(_))) => 413.into(),
        Err(NoAnswer::NotAFrame(_)) => 400.into(),
        Err(NoAnswer::Failed(error)) => panic!("{error}"),
        Ok(got) => match &phone.open(&rig.server, sent, &got).outcomes[..] {
            [one] => format!("{one:?}").into(),
            more => panic!("{more:?}"),
        },
    }
}

#[test]
fn each_fault_of_a_frame_has_the_answer_that_the_vectors_name() {
    let rig = Rig::memory();
    let phone = rig.phone(OF_VECTORS, Role::Camat, HERE);
    let before = rig.rows().len();
    let mut looked = 0;
    for name in ["frames.json", "frames-dictionary-1.json"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors").join(name);
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let all = ["good", "bad"].iter().filter_map(|key| file[key].as_array()).flatten();
        for case in all {
            let Some(hex) = case["frame"].as_str() else { continue };
            let sent = pantau_protocol::hash::unhex(hex).unwrap();
            let got = told(answer(&rig.server, &sent), &sent, &phone, &rig);
            assert_eq!(got, case["exchange"], "{case}");
            assert_eq!(told(enrol::answer(&rig.server, &sent), &sent, &phone, &rig), case["enrol"], "{case}");
            looked += 1;
        }
    }
    assert!(looked > 30);
    let long = vec![b'P'; limit::FRAME_BYTES + 1];
    assert_eq!(told(answer(&rig.server, &long), &long, &phone, &rig), 413);
    assert_eq!(rig.rows().len(), before, "nothing of them is stored");
}

#[test]
fn header_and_body_that_speak_of_other_records_are_malformed() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    for n in 0..3 {
        phone.write(&standby(n), HERE);
    }
    let (whole, span) = phone.request(1, 3);
    let span = span.unwrap();
    let less = Span { count: 2, ..span };
    let more = Span { count: 4, ..span };
    let bare = Request { segment: None, ..whole.clone() };
    for (request, span) in
        [(&whole, Some(&less)), (&whole, Some(&more)), (&whole, None), (&bare, Some(&span))]
    {
        assert_eq!(phone.send(&rig.server, request, span).outcomes, [Outcome::Malformed]);
    }
    let other_link = Span { link: Link([7; 32]), ..span };
    assert_eq!(phone.send(&rig.server, &whole, Some(&other_link)).outcomes, [Outcome::Refused]);
    assert_eq!(rig.rows_of(&phone).len(), 0);
    assert_eq!(phone.send(&rig.server, &whole, Some(&span)).outcomes, [Outcome::Stored]);
}

#[test]
fn one_more_than_a_list_may_hold_makes_the_whole_request_malformed() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&incident(), HERE);
    phone.sync(&rig.server);
    phone.write(&incident(), HERE);
    let (plain, span) = phone.request(2, 2);
    let note = LateNote { seq: 1, note: phone.note("terlambat") };
    let old: OldReceipt = phone.receipts[0].clone();
    type Change<'a> = &'a dyn Fn(&mut Request, usize);
    let lists: [(usize, Change<'_>); 3] = [
        (limit::LATE_NOTES, &|r, n| r.notes = vec![note.clone(); n]),
        (limit::OLD_RECEIPTS, &|r, n| r.old_receipts = vec![old.clone(); n]),
        (limit::TAIL, &|r, n| r.tail = vec![Digest([1; 32]); n]),
    ];
    for (most, change) in lists {
        let mut request = plain.clone();
        change(&mut request, most + 1);
        assert_eq!(phone.send(&rig.server, &request, span.as_ref()).outcomes, [Outcome::Malformed], "{most}");
    }
    assert_eq!(rig.rows_of(&phone).len(), 1, "its record was not looked at either");
    for (most, change) in lists {
        let mut request = plain.clone();
        change(&mut request, most);
        assert!(!has(&phone.send(&rig.server, &request, span.as_ref()), &Outcome::Malformed), "{most}");
    }
    assert_eq!(rig.rows_of(&phone).len(), 2);
}

#[test]
fn a_gap_is_told_for_each_of_three_reasons() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    for n in 0..3 {
        phone.write(&standby(n), HERE);
    }
    let none = phone.push(&rig.server, 3, 3);
    assert_eq!(none.outcomes, [Outcome::Gap { heads: vec![] }], "the base is not held");
    assert_eq!(none.receipt.unwrap().statement.last, 0);
    assert!(is_gap(&phone.push(&rig.server, 1, 0)), "nothing is sent and the head is not held");
    assert_eq!(phone.push(&rig.server, 1, 1).outcomes, [Outcome::Stored]);
    let heads = vec![Head::new(1, &phone.links[1])];
    assert_eq!(phone.push(&rig.server, 3, 3).outcomes, [Outcome::Gap { heads: heads.clone() }]);
    // The head is not held either, but something is sent: that will come.
    phone.cursor.as_mut().unwrap().position += 1_000;
    let (mut request, span) = phone.request(2, 2);
    request.head = Some(phone.head());
    let beyond = phone.send(&rig.server, &request, span.as_ref());
    let heads = vec![Head::new(2, &phone.links[2])];
    assert_eq!(beyond.outcomes, [Outcome::Stored, Outcome::Gap { heads }], "the log ends before the cursor");
}

#[test]
fn of_an_empty_journals_head_the_number_is_read_and_of_a_base_the_bytes() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    let zeros =
        |phone: &Phone| Request { head: Some(Head { seq: 0, link: [0; 8] }), ..phone.request(1, 0).0 };
    let empty = zeros(&phone);
    assert_eq!(phone.send(&rig.server, &empty, None).outcomes, []);
    phone.write(&incident(), HERE);
    let (mut request, span) = phone.request(1, 1);
    request.segment.as_mut().unwrap().base = [0; 8];
    assert_eq!(phone.send(&rig.server, &request, span.as_ref()).outcomes, [Outcome::Gap { heads: vec![] }]);
    phone.sync(&rig.server);
    // Restored to before its first record, whatever it takes link(0) for.
    for head in [Head::new(0, &phone.links[0]), Head { seq: 0, link: [0; 8] }] {
        let request = Request { head: Some(head), ..phone.request(1, 0).0 };
        let reply = phone.send(&rig.server, &request, None);
        assert_eq!(reply.outcomes, [Outcome::Behind { have: 1 }], "{head:?}");
    }
}

#[test]
fn own_records_come_back_only_where_nothing_shows_that_they_are_there() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&standby(1), HERE);
    let mut clone = phone.clone();
    phone.write(&standby(2), HERE);
    phone.write_raw(b"no record".to_vec(), Vec::new());
    clone.write(&standby(3), HERE);
    phone.sync(&rig.server);
    clone.sync(&rig.server);
    let read = |phone: &Phone, head: Head| {
        let request = Request { head: Some(head), cursor: None, ..phone.request(1, 0).0 };
        let sent = phone.seal(&request, None);
        let reply = phone.open(&rig.server, &sent, &answer(&rig.server, &sent).unwrap());
        let rows = reply.page.unpack().unwrap().into_iter().filter(|r| r.device == phone.device());
        rows.map(|r| (r.kind, r.branch, r.seq)).collect::<Vec<_>>()
    };
    let (set_aside, of_clone) = ((RowKind::Quarantined, 0, 3), (RowKind::Record, 1, 2));
    assert_eq!(read(&phone, phone.head()), [set_aside, of_clone]);
    assert_eq!(read(&clone, clone.head()), [(RowKind::Record, 0, 2), set_aside]);
    let own = [(RowKind::Record, 0, 1), (RowKind::Record, 0, 2), set_aside, of_clone];
    assert_eq!(read(&phone, Head { seq: 3, link: [9; 8] }), own, "nobody knows which branch that is");
    let mut other = rig.phone(8, Role::Camat, HERE);
    let rows = other.push(&rig.server, 1, 0).page.unpack().unwrap();
    let of_phone: Vec<_> = rows.iter().filter(|r| r.device == phone.device()).map(|r| r.kind).collect();
    assert_eq!(of_phone, [RowKind::Record; 3], "what is set aside is its author's");
}

#[test]
fn an_old_receipt_dates_records_that_come_with_it_and_no_others() {
    let rig = Rig::memory();
    let identity = rig.server.identity().clone();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&standby(1), HERE);
    phone.write(&standby(2), HERE);
    phone.push(&rig.server, 1, 1);
    rig.clock.pass(100);
    phone.push(&rig.server, 2, 2);
    rig.clock.pass(5_000);
    let store = Box::new(crate::store::MemoryStore::default());
    let restored = crate::ops::init_with(&rig.env, store, identity, None, &crate::rig::options()).unwrap();
    phone.sender = Sender::Introduced;
    let send = |first, last, receipts: &[OldReceipt]| {
        let (mut request, span) = phone.request(first, last);
        request.certificate = phone.certificate.clone();
        request.old_receipts = receipts.to_vec();
        let reply = phone.clone().send(&restored, &request, span.as_ref());
        let steps = reply.receipt.unwrap().statement.steps;
        steps.iter().map(|s| (s.first, s.last, s.received_at)).collect::<Vec<_>>()
    };
    let all = phone.receipts.clone();
    let mut strange = all[0].clone();
    strange.link = Link([1; 32]);
    assert_eq!(send(1, 1, &[strange]), [(1, 1, NOW + 5_100)], "not signed over this link");
    assert_eq!(send(1, 1, &all), [(1, 1, NOW + 5_100)], "held already");
    assert_eq!(send(1, 2, &all), [(1, 1, NOW + 5_100), (2, 2, NOW + 100)]);
}

#[test]
fn a_receipt_counts_on_behind_a_hole_and_no_step_speaks_of_it() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    for n in 0..9 {
        phone.write(&standby(n), HERE);
    }
    phone.push(&rig.server, 1, 3);
    // Records 1 to 3 are held, so the hole begins at 4, whatever the phone calls lost.
    let (mut request, span) = phone.request(7, 9);
    request.lost = Some(Lost { first: 2, last: 6, link: phone.links[6] });
    rig.clock.pass(60);
    assert_eq!(phone.send(&rig.server, &request, span.as_ref()).outcomes, [Outcome::Stored]);
    // Whoever comes without a cursor hears of all that is held.
    phone.cursor = None;
    let statement = phone.push(&rig.server, 1, 0).receipt.unwrap().statement;
    let steps: Vec<_> = statement.steps.iter().map(|s| (s.first, s.last, s.received_at)).collect();
    assert_eq!((statement.last, &steps[..]), (9, &[(1, 3, NOW), (7, 9, NOW + 60)][..]));
    // What was called lost and turns up after all is a branch.
    let found = phone.push(&rig.server, 4, 6);
    assert_eq!(found.outcomes, [Outcome::Stored, Outcome::Fork { at: 4, branch: 1 }]);
}
