//! Two phones, hand to hand: no server between them until all is done.

use pantau_core::{
    Answer, ConfirmOutcome, Confirmation, Doubt, Error, GiveOutcome, LookOutcome, NewRecord, Offer, Offered,
    Phone, Saved, SyncEnd, TakeOutcome,
};
use pantau_protocol::{
    body::{
        Acceptance, Body, Containers, CustodyKind, Dispatch, Found, Kind, Packed, Point, Receive, SealOut,
    },
    handover::Slip,
    journal::RecordId,
    limit,
    note::Field,
    projection::{Custody, Fact, Fold, custody},
    record::Record,
    validate::Problem,
};

use crate::{
    rig::{World, place},
    server::{COLLEAGUE, LOGISTICS, OFFICER},
};

const PPK: &str = "62.06.13";
const PPS: &str = "62.06.13.2001";
const KIT: &str = "62.06.13.2001/001";

/// A giver and a receiver who have read what the server knows of each other, and go where it is not.
struct Pair {
    world: World,
    giver: Phone,
    receiver: Phone,
    dirs: Vec<tempfile::TempDir>,
}

async fn pair() -> Pair {
    let pair = strangers().await;
    assert_eq!(pair.world.sync(&pair.giver).await.end, SyncEnd::Done);
    pair.world.clock.pass(60);
    pair
}

/// The giver read the server before the receiver was enrolled.
async fn strangers() -> Pair {
    let (world, mut dirs) = (World::new(), Vec::new());
    let giver = phone(&world, &mut dirs, LOGISTICS).await;
    let receiver = phone(&world, &mut dirs, OFFICER).await;
    Pair { world, giver, receiver, dirs }
}

async fn phone(world: &World, dirs: &mut Vec<tempfile::TempDir>, officer: u32) -> Phone {
    world.server().officer = officer;
    world.server().renew_code();
    dirs.push(tempfile::tempdir().unwrap());
    world.phone(dirs.last().unwrap().path(), u64::from(officer)).await
}

/// The kit of one TPS from the PPK to the PPS, with its lorry.
fn kit() -> NewRecord {
    let seal = |n: u32| SealOut { number: format!("K {n:06}"), kit: None };
    let dispatch = Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place(PPS), label: None },
        kits: vec![place(KIT)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: vec![],
        seals: (1..=5).map(seal).collect(),
        due: Some(1_707_800_000),
    };
    let notes = vec![(Field::Vehicle, "Truk KH 8123 FA".to_owned())];
    NewRecord { notes, ..NewRecord::new(place(PPK), Body::Dispatch(dispatch)) }
}

fn offer(giver: &Phone, sent: Saved) -> Offer {
    match giver.give(sent.id).unwrap() {
        GiveOutcome::Ready(offer) => offer,
        other => panic!("{other:?}"),
    }
}

fn offered(receiver: &Phone, text: &str) -> Offered {
    match receiver.look(text).unwrap() {
        LookOutcome::Offered(offered) => *offered,
        other => panic!("{other:?}"),
    }
}

fn taken(receiver: &Phone, text: &str, new: NewRecord) -> Answer {
    match receiver.take(text, new).unwrap() {
        TakeOutcome::Taken(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn confirmed(giver: &Phone, text: &str) -> Confirmation {
    match giver.confirm(text).unwrap() {
        ConfirmOutcome::Confirmed(confirmation) => confirmation,
        other => panic!("{other:?}"),
    }
}

/// All of it, but a box that is not there.
fn one_short(offered: &Offered) -> NewRecord {
    let mut new = offered.as_sent.clone();
    let Body::Receive(receive) = &mut new.body else { unreachable!() };
    receive.containers = vec![Found { good: 4, damaged: 0, missing: 1, kit: None }];
    new
}

fn count(phone: &Phone, kind: Kind) -> usize {
    phone.journal(None, 0).unwrap().iter().filter(|row| row.kind == kind).count()
}

fn field(error: Error) -> (String, Problem) {
    match error {
        Error::Field { field, problem } => (field, problem),
        other => panic!("{other:?}"),
    }
}

/// The custody line of the kit as the server folds it.
fn line(world: &World, phones: &[&Phone]) -> Custody {
    let mut fold = Fold::new();
    let devices: std::collections::BTreeSet<_> =
        phones.iter().flat_map(|p| p.journal(None, 0).unwrap()).map(|row| row.device).collect();
    for device in devices {
        for held in world.server().held_of(device) {
            let (row, id) = (&held.row, id_of(&held.row));
            let author = (row.device, row.branch, row.seq);
            fold.insert(Fact::new(id, author, Some(row.envelope), &row.payload).unwrap());
        }
    }
    custody(&place(KIT), fold.facts_of(&place(KIT)), fold.reference()).unwrap()
}

fn id_of(row: &pantau_protocol::exchange::LogRow) -> RecordId {
    let commitments: Vec<_> = row.notes.iter().map(pantau_protocol::note::CarriedNote::commitment).collect();
    let digest = pantau_protocol::journal::digest(&row.device, row.seq, &row.payload, &commitments);
    RecordId::of_digest(&digest)
}

#[tokio::test]
async fn hand_to_hand_both_journals_name_each_other() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    assert!(shown.bytes <= 400, "{} bytes", shown.bytes);

    let seen = offered(&pair.receiver, &shown.text);
    assert_eq!((seen.id, seen.officer, seen.device), (sent.id, LOGISTICS, sent.device));
    assert_eq!(seen.notes, [(Field::Vehicle, "Truk KH 8123 FA".to_owned())]);
    assert_eq!((&seen.doubts[..], seen.answered), (&[][..], None));
    assert_eq!(Body::Dispatch(seen.dispatch.clone()), kit().body);

    let answer = taken(&pair.receiver, &shown.text, seen.as_sent);
    assert_eq!((answer.dispatch, answer.acceptance), (sent.id, Acceptance::AsSent));
    let received = &pair.receiver.journal(None, 0).unwrap()[0];
    assert!(matches!(&received.body, Some(Body::Receive(r)) if r.dispatch == Some(sent.id)));

    let done = confirmed(&pair.giver, answer.text.as_deref().unwrap());
    assert_eq!((done.dispatch, done.receive), (sent.id, Some(answer.receive)));
    assert_eq!(
        (done.officer, done.acceptance, &done.doubts[..]),
        (Some(OFFICER), Acceptance::AsSent, &[][..])
    );
    let told = &pair.giver.journal(None, 0).unwrap()[0];
    let Some(Body::Handover(handover)) = &told.body else { panic!("{told:?}") };
    assert_eq!((handover.receive, told.id), (Some(received.id), done.handover));
    // The receiver's signature lies in the giver's journal, whatever becomes of his phone.
    let kept = Slip::from_bytes(&handover.slip).unwrap();
    assert!(kept.is_signed() && kept.id() == received.id);
}

#[tokio::test]
async fn the_halves_meet_at_the_server_in_either_order_as_one_leg() {
    for giver_first in [true, false] {
        let pair = pair().await;
        let sent = pair.giver.capture(kit()).unwrap();
        let shown = offer(&pair.giver, sent);
        let short = one_short(&offered(&pair.receiver, &shown.text));
        let answer = taken(&pair.receiver, &shown.text, short);
        let done = confirmed(&pair.giver, &answer.code);
        assert_eq!((done.acceptance, done.receive), (Acceptance::WithExceptions, None));

        let [first, second] =
            if giver_first { [&pair.giver, &pair.receiver] } else { [&pair.receiver, &pair.giver] };
        for phone in [first, second, first] {
            assert_eq!(pair.world.sync(phone).await.end, SyncEnd::Done);
        }
        for phone in [first, second] {
            let same = phone.compare().await.unwrap();
            assert_eq!(same.own, same.server);
        }
        let custody = line(&pair.world, &[&pair.giver, &pair.receiver]);
        let [leg] = &custody.legs[..] else { panic!("{:?}", custody.legs) };
        assert_eq!((leg.boxes.sent, leg.boxes.received, leg.boxes.open()), (Some(5), Some(4), Some(1)));
        assert_eq!(leg.taken.as_ref().unwrap().record, answer.receive);
        assert_eq!(leg.handed.as_ref().unwrap().mark.record, done.handover);
        assert_eq!(leg.records.len(), 3);
        // The record that the code hinted at has come: said again, the code is known.
        assert!(matches!(pair.giver.confirm(&answer.code), Ok(ConfirmOutcome::AlreadyKnown(_))));
    }
}

#[tokio::test]
async fn the_same_again_saves_nothing_more() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let seen = offered(&pair.receiver, &shown.text);
    let answer = taken(&pair.receiver, &shown.text, seen.as_sent.clone());
    // Another tap, and other words: what was answered stands.
    let again = pair.receiver.take(&shown.text, one_short(&seen)).unwrap();
    assert_eq!(again, TakeOutcome::AlreadyTaken(answer.clone()));
    assert_eq!(offered(&pair.receiver, &shown.text).answered, Some(answer.receive));
    assert_eq!(count(&pair.receiver, Kind::Receive), 1);

    let told = confirmed(&pair.giver, &answer.code.to_lowercase().replace('-', " "));
    assert_eq!((told.receive, told.officer), (None, Some(OFFICER)));
    // The QR code says more than the code did: which record.
    let scanned = confirmed(&pair.giver, answer.text.as_deref().unwrap());
    assert_eq!(scanned.receive, Some(answer.receive));
    for text in [answer.text.as_deref().unwrap(), &answer.code] {
        let ConfirmOutcome::AlreadyKnown(known) = pair.giver.confirm(text).unwrap() else { panic!("{text}") };
        assert_eq!(known.dispatch, sent.id);
    }
    assert_eq!(count(&pair.giver, Kind::Handover), 2);
}

#[tokio::test]
async fn a_code_told_after_the_answer_was_scanned_saves_nothing_more() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let seen = offered(&pair.receiver, &shown.text);
    let answer = taken(&pair.receiver, &shown.text, seen.as_sent);
    confirmed(&pair.giver, answer.text.as_deref().unwrap());
    let told = pair.giver.confirm(&answer.code).unwrap();
    assert!(matches!(told, ConfirmOutcome::AlreadyKnown(c) if c.receive == Some(answer.receive)));
    assert_eq!(count(&pair.giver, Kind::Handover), 1);
}

#[tokio::test]
async fn an_answer_put_right_is_answered_anew() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let seen = offered(&pair.receiver, &shown.text);
    let first = taken(&pair.receiver, &shown.text, seen.as_sent.clone());
    confirmed(&pair.giver, first.text.as_deref().unwrap());
    let better = pair.receiver.correct(first.receive, one_short(&seen)).unwrap();
    let TakeOutcome::AlreadyTaken(now) = pair.receiver.take(&shown.text, seen.as_sent).unwrap() else {
        panic!("answered anew")
    };
    assert_eq!((now.receive, now.acceptance), (better.id, Acceptance::WithExceptions));
    let done = confirmed(&pair.giver, now.text.as_deref().unwrap());
    assert_eq!((done.receive, done.acceptance), (Some(better.id), Acceptance::WithExceptions));
    // The old answer, shown again, changes nothing.
    let old = pair.giver.confirm(first.text.as_deref().unwrap()).unwrap();
    assert!(matches!(old, ConfirmOutcome::AlreadyKnown(c) if c.receive == Some(first.receive)));
}

#[tokio::test]
async fn an_answer_for_another_phone_is_told_and_left_alone() {
    let mut pair = pair().await;
    let other = phone(&pair.world, &mut pair.dirs, COLLEAGUE).await;
    let sent = pair.giver.capture(kit()).unwrap();
    other.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let answer = taken(&pair.receiver, &shown.text, offered(&pair.receiver, &shown.text).as_sent);
    for text in [answer.text.as_deref().unwrap(), &answer.code] {
        assert_eq!(other.confirm(text).unwrap(), ConfirmOutcome::OtherPhone);
    }
    // What each phone shows is for the other one.
    assert_eq!(pair.giver.look(&shown.text).unwrap(), LookOutcome::Own { dispatch: sent.id });
    let own = pair.giver.take(&shown.text, kit()).unwrap();
    assert_eq!(own, TakeOutcome::Own);
    assert_eq!(pair.giver.confirm(&shown.text).unwrap(), ConfirmOutcome::NotAnAnswer);
    assert_eq!(other.look(answer.text.as_deref().unwrap()).unwrap(), LookOutcome::NotAnOffer);
    assert_eq!((count(&other, Kind::Handover), count(&pair.giver, Kind::Handover)), (0, 0));
}

/// The slip with its record changed, as whoever wants to hide a box would.
fn altered(text: &str, change: impl FnOnce(&mut Record)) -> String {
    let mut slip = Slip::parse(text).unwrap();
    let mut record = slip.record().unwrap();
    change(&mut record);
    slip.payload = record.to_payload();
    slip.to_text(usize::MAX).unwrap()
}

#[tokio::test]
async fn altered_counts_are_believed_by_neither() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let less = altered(&shown.text, |record| {
        let Body::Dispatch(mut dispatch) = record.decode_body().unwrap() else { unreachable!() };
        dispatch.containers[0].count = 4;
        record.body = Body::Dispatch(dispatch).encode();
    });
    let seen = offered(&pair.receiver, &shown.text);
    assert_eq!(pair.receiver.look(&less).unwrap(), LookOutcome::Altered);
    assert_eq!(pair.receiver.take(&less, seen.as_sent.clone()).unwrap(), TakeOutcome::Altered);
    assert_eq!(count(&pair.receiver, Kind::Receive), 0);
    // The goods are there all the same: he receives them like any others.
    pair.receiver.capture(one_short(&seen)).unwrap();

    let pair = self::pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let seen = offered(&pair.receiver, &shown.text);
    let answer = taken(&pair.receiver, &shown.text, one_short(&seen));
    let all = altered(answer.text.as_deref().unwrap(), |record| record.body = seen.as_sent.body.encode());
    assert_eq!(pair.giver.confirm(&all).unwrap(), ConfirmOutcome::Altered);
    assert_eq!(count(&pair.giver, Kind::Handover), 0);
}

#[tokio::test]
async fn a_second_receiver_is_saved_and_told() {
    let mut pair = pair().await;
    let other = phone(&pair.world, &mut pair.dirs, COLLEAGUE).await;
    pair.world.clock.pass(60);
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let first = taken(&pair.receiver, &shown.text, offered(&pair.receiver, &shown.text).as_sent);
    let second = taken(&other, &shown.text, offered(&other, &shown.text).as_sent);
    confirmed(&pair.giver, &first.code);
    for text in [second.code.clone(), second.text.clone().unwrap()] {
        let ConfirmOutcome::SecondReceiver { now, before } = pair.giver.confirm(&text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!((now.officer, before.officer), (Some(COLLEAGUE), Some(OFFICER)));
    }
    assert_eq!(count(&pair.giver, Kind::Handover), 3);

    // Where the first answer was read before, the second receiver is told before he answers.
    for phone in [&pair.giver, &pair.receiver, &pair.receiver] {
        assert_eq!(pair.world.sync(phone).await.end, SyncEnd::Done);
    }
    let doubts = offered(&pair.receiver, &shown.text).doubts;
    assert_eq!(doubts, [], "the other one has not been at the server");
    assert_eq!(pair.world.sync(&other).await.end, SyncEnd::Done);
    assert_eq!(pair.world.sync(&pair.receiver).await.end, SyncEnd::Done);
    let doubts = offered(&pair.receiver, &shown.text).doubts;
    assert_eq!(doubts, [Doubt::AnsweredByOther { receive: second.receive, officer: Some(COLLEAGUE) }]);
}

#[tokio::test]
async fn a_device_that_nobody_here_knows_is_not_verified_and_goes_on() {
    let pair = strangers().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let answer = taken(&pair.receiver, &shown.text, offered(&pair.receiver, &shown.text).as_sent);
    // The giver read the server before the receiver was enrolled.
    let done = confirmed(&pair.giver, answer.text.as_deref().unwrap());
    assert_eq!((&done.doubts[..], done.officer), (&[Doubt::UnknownDevice][..], Some(OFFICER)));
}

#[tokio::test]
async fn what_is_odd_is_told_and_stands_in_nobodys_way() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let doubts = || offered(&pair.receiver, &shown.text).doubts;
    pair.world.clock.pass(limit::HANDOVER_OLD_S);
    assert_eq!(doubts(), []);
    pair.world.clock.pass(1);
    let old = Doubt::Old { seconds: limit::HANDOVER_OLD_S + 1 };
    assert_eq!(doubts(), std::slice::from_ref(&old));

    pair.world.server().revoke(sent.device, None);
    assert_eq!(pair.world.sync(&pair.receiver).await.end, SyncEnd::Done);
    assert!(doubts().contains(&Doubt::NotTrusted));
    pair.world.server().trust_again(sent.device);

    // Brought to a kecamatan that is not his.
    pair.world.server().grant(PPK, "62.06.14");
    for _ in 0..2 {
        assert_eq!(pair.world.sync(&pair.receiver).await.end, SyncEnd::Done);
    }
    let seen = offered(&pair.receiver, &shown.text);
    let outside = Doubt::OutsideGrants { places: vec![place(KIT), place(PPS)] };
    assert!(seen.doubts.contains(&outside), "{:?}", seen.doubts);
    // He says that it came, where he is; of kits that are not his he cannot speak.
    let Body::Receive(receive) = seen.as_sent.body else { unreachable!() };
    assert_eq!(receive.kits, []);
    let here = NewRecord::new(place("62.06.14"), Body::Receive(Receive { at: CustodyKind::Ppk, ..receive }));
    let answer = taken(&pair.receiver, &shown.text, here);
    let done = confirmed(&pair.giver, answer.text.as_deref().unwrap());
    assert_eq!(done.acceptance, Acceptance::WithExceptions);
}

#[tokio::test]
async fn what_is_no_slip_and_no_code_is_told_by_its_field() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let answer = taken(&pair.receiver, &shown.text, offered(&pair.receiver, &shown.text).as_sent);
    let look = |text: &str| field(pair.receiver.look(text).unwrap_err());
    let symbol = |text: &str, problem| (text.to_owned(), problem);
    assert_eq!(look("https://desk.example"), symbol("handover.text", Problem::Unknown));
    assert_eq!(look(&format!("{}!", shown.text)), symbol("handover.text", Problem::Contradiction));
    assert_eq!(look("PANTAU1H:"), symbol("handover.text", Problem::Missing));
    assert_eq!(look(&format!("PANTAU1H:{}", "0".repeat(3_000))), symbol("handover.text", Problem::TooLong));
    assert_eq!(look("PANTAU1H:BB8BB8"), symbol("handover.version", Problem::Unknown));
    // Three symbols are two bytes: whole groups of them are missing.
    let whole = "PANTAU1H:".len() + (shown.text.len() - "PANTAU1H:".len()) / 3 * 3;
    assert_eq!(look(&shown.text[..whole - 30]), symbol("handover.body", Problem::Contradiction));
    let confirm = |text: &str| field(pair.giver.confirm(text).unwrap_err());
    assert_eq!(confirm("K7QF"), symbol("handover.code", Problem::Unknown));
    let first = answer.code.chars().next().unwrap();
    let misheard = answer.code.replacen(first, if first == '7' { "8" } else { "7" }, 1);
    assert_eq!(confirm(&misheard), symbol("handover.code", Problem::Contradiction));

    let unknown = field(pair.giver.give(answer.receive).unwrap_err());
    assert_eq!(unknown, symbol("handover.dispatch", Problem::Unknown));
    let other_body = pair.receiver.take(&offer(&pair.giver, pair.giver.capture(kit()).unwrap()).text, kit());
    assert_eq!(field(other_body.unwrap_err()), symbol("body", Problem::NotAllowed));
    let by_hand = pair.giver.capture(NewRecord::new(place(PPK), handover_body(sent.id)));
    assert_eq!(field(by_hand.unwrap_err()), symbol("kind", Problem::NotAllowed));
}

fn handover_body(dispatch: RecordId) -> Body {
    let acceptance = Acceptance::AsSent;
    let (receive, device, officer, slip, target_places) = (None, None, None, vec![], vec![]);
    let code = Some(7);
    Body::Handover(pantau_protocol::body::Handover {
        dispatch,
        acceptance,
        receive,
        device,
        officer,
        slip,
        code,
        target_places,
    })
}

#[tokio::test]
async fn a_dispatch_put_right_is_shown_anew_and_its_old_code_still_answers() {
    let pair = pair().await;
    let sent = pair.giver.capture(kit()).unwrap();
    let shown = offer(&pair.giver, sent);
    let answer = taken(&pair.receiver, &shown.text, offered(&pair.receiver, &shown.text).as_sent);
    let better = pair.giver.correct(sent.id, kit()).unwrap();
    assert_eq!(pair.giver.give(sent.id).unwrap(), GiveOutcome::Superseded);
    assert_ne!(offer(&pair.giver, better).text, shown.text);
    assert_eq!(confirmed(&pair.giver, &answer.code).dispatch, sent.id);

    let many = |n: u32| SealOut { number: format!("{:012X}", u64::from(n) * 0x9E37_79B9_7F4A), kit: None };
    let mut boat = kit();
    let Body::Dispatch(dispatch) = &mut boat.body else { unreachable!() };
    dispatch.seals = (0..500).map(many).collect();
    let boat = pair.giver.capture(boat).unwrap();
    assert!(matches!(pair.giver.give(boat.id).unwrap(), GiveOutcome::TooLong { bytes } if bytes > 1_600));
}
