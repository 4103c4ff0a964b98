//! Capture: what is refused names its field and writes nothing; what is saved is the protocol's record.

use pantau_core::{Delivery, Error, NewRecord, SyncEnd};
use pantau_protocol::{
    body::{
        self, Body, Containers, CustodyKind, Directive, Dispatch, Kind, Line as Item, LineState, Loose,
        Packed, Point, Progress, Receive, Rest, Retract, Situation, Standby, Turnout,
    },
    note::Field,
    record::{Basis, Fix, Record},
    role::Role,
    validate::Problem,
};

use crate::{
    rig::{World, incident, place, visit},
    server::{LOGISTICS, OPERATOR},
};

const TPS: &str = "62.06.13.2001/001";

fn turnout(at: &str, hour: u32) -> NewRecord {
    NewRecord::new(place(at), Body::Turnout(Turnout { hour, voters: 40 }))
}

fn receive(item: u32) -> Receive {
    let line = Item { item, state: LineState::Counted, good: 1, damaged: 0, missing: 0, kit: None };
    Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: vec![line],
        seals: vec![],
        kits: vec![],
        containers: Vec::new(),
        form: None,
    }
}

/// The kit of the TPS, back to the PPK.
fn dispatch() -> Dispatch {
    Dispatch {
        from: CustodyKind::Tps,
        from_label: None,
        to: Point { kind: CustodyKind::Ppk, place: place("62.06.13"), label: None },
        kits: vec![place(TPS)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: Some(0) }],
        lines: vec![Loose { item: 1, pieces: 5, kit: Some(0) }],
        seals: vec![],
        due: None,
    }
}

#[tokio::test]
async fn a_refusal_names_the_field_and_writes_nothing() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let saved = phone.capture(incident(TPS, "jembatan putus")).unwrap();
    let known = phone.capture(visit(TPS)).unwrap();
    let about = |place: &str, body: Body| NewRecord::new(crate::rig::place(place), body);
    let update = |target| {
        Body::IncidentUpdate(body::IncidentUpdate { target, target_places: vec![], progress: Progress::Seen })
    };
    let mut short = visit(TPS);
    if let Body::Visit(v) = &mut short.body {
        v.answers.pop();
    }
    let mut strange = visit(TPS);
    if let Body::Visit(v) = &mut strange.body {
        v.version = 99;
    }
    let mut told = visit(TPS);
    told.basis = Basis::ToldByPhone;
    let mut doubled = incident(TPS, "satu");
    doubled.notes.push((Field::Note, "dua".into()));
    let retract = Body::Retract(Retract { target: saved.id, target_places: vec![], kind: None });
    let directive = Body::Directive(Directive { officer: None, role: None, due: 0 });
    let crew = Standby { present: 8, team: 7, situation: Situation::Calm, no_obstacle: true };
    let mut sealed_twice = receive(1);
    let seal = body::Seal { number: "K 1".into(), state: body::SealState::Intact, kit: None };
    sealed_twice.seals = vec![seal; 2];
    let sent = |change: &dyn Fn(&mut Dispatch)| {
        let mut d = dispatch();
        change(&mut d);
        about(TPS, Body::Dispatch(d))
    };
    let mut kits = receive(1);
    kits.kits = vec![place(TPS), place("62.06.13.2001/999")];
    let refused = [
        (visit("62.06.13.2001/999"), "place", Problem::Unknown),
        (visit("62.06.14.2001/001"), "place", Problem::Unknown),
        (about("62.06", crew_of(7, 7)), "place", Problem::NotAllowed),
        (about(TPS, directive), "kind", Problem::NotAllowed),
        (about(TPS, retract), "kind", Problem::NotAllowed),
        (turnout(TPS, 24), "turnout.hour", Problem::TooLarge),
        (about(TPS, Body::Standby(crew)), "standby.present", Problem::TooLarge),
        (short, "visit.answers", Problem::Missing),
        (strange, "visit.checklist", Problem::Unknown),
        (about(TPS, Body::Receive(receive(9_999))), "receive.lines[0].item", Problem::Unknown),
        (about(TPS, Body::Receive(kits)), "receive.kits[1]", Problem::Unknown),
        (about(TPS, Body::Receive(sealed_twice)), "receive.seals[1].number", Problem::Doubled),
        (sent(&|d| d.to.place = place("62.06.13.2009")), "dispatch.to", Problem::Unknown),
        (sent(&|d| d.kits.push(place("62.06.13.2001/999"))), "dispatch.kits[1]", Problem::Unknown),
        (sent(&|d| d.lines[0].item = 9_999), "dispatch.lines[0].item", Problem::Unknown),
        (sent(&|d| d.lines[0].kit = Some(1)), "dispatch.lines[0].kit", Problem::TooLarge),
        (
            sent(&|d| (d.from, d.to.kind, d.to.place) = (CustodyKind::Pps, CustodyKind::Pps, place(TPS))),
            "dispatch.to",
            Problem::Contradiction,
        ),
        (told, "informant", Problem::Missing),
        (incident(TPS, &"x".repeat(2_049)), "note", Problem::TooLong),
        (doubled, "note", Problem::Doubled),
        (about(TPS, update(unknown_id())), "incident_update.target", Problem::Unknown),
        (about(TPS, update(known.id)), "incident_update.target", Problem::Contradiction),
    ];
    let before = (phone.unsent().unwrap(), phone.journal(None, 0).unwrap());
    for (new, field, problem) in refused {
        let error = phone.capture(new.clone()).unwrap_err();
        assert_eq!(error, Error::Field { field: field.into(), problem }, "{new:?}");
    }
    let none = phone.correct(unknown_id(), visit(TPS)).unwrap_err();
    assert_eq!(none, Error::Field { field: "target".into(), problem: Problem::Unknown });
    assert_eq!((phone.unsent().unwrap(), phone.journal(None, 0).unwrap()), before);
}

fn crew_of(present: u32, team: u32) -> Body {
    Body::Standby(Standby { present, team, situation: Situation::Calm, no_obstacle: true })
}

fn unknown_id() -> pantau_protocol::journal::RecordId {
    pantau_protocol::journal::RecordId::from_bytes([5; 16])
}

#[tokio::test]
async fn a_role_writes_what_its_table_says() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    world.server().officer = LOGISTICS;
    let phone = world.phone(dir.path(), 1).await;
    let error = phone.capture(visit(TPS)).unwrap_err();
    assert_eq!(error, Error::Field { field: "kind".into(), problem: Problem::NotAllowed });
    phone.capture(NewRecord::new(place(TPS), Body::Receive(receive(1)))).unwrap();
    let mut sent = NewRecord::new(place(TPS), Body::Dispatch(dispatch()));
    sent.notes = vec![(Field::Vehicle, "Perahu 7".into()), (Field::Escort, "Pak Budi".into())];
    let sent = phone.capture(sent).unwrap();
    let notes = &phone.journal(None, 0).unwrap()[0];
    assert_eq!((notes.id, notes.notes.len()), (sent.id, 2));
    // From where no grant is, to where none is, and of whose kit none is.
    let from_above = NewRecord::new(place("62.06"), Body::Dispatch(dispatch()));
    let field = |new| phone.capture(new).unwrap_err();
    assert_eq!(field(from_above), Error::Field { field: "place".into(), problem: Problem::NotAllowed });
    // What the log says of grants outranks the certificate, whose scope has not changed.
    let server = world.server();
    for (role, ended) in [(Role::LogisticsStaff, true), (Role::Camat, false)] {
        server
            .say("62.06.13", Body::Grant(body::Grant { officer: LOGISTICS, role, ended, new_person: false }));
    }
    drop(server);
    world.sync(&phone).await;
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(phone.status().unwrap().grants[0].role, Role::Camat);
}

#[tokio::test]
async fn the_desk_may_give_directives_by_phone() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    world.server().officer = OPERATOR;
    let phone = world.phone(dir.path(), 1).await;
    let task = Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: 9 });
    phone.capture(NewRecord::new(place("62.06.13"), task)).unwrap();
    assert_eq!(world.sync(&phone).await.records_sent, 1);
}

#[tokio::test]
async fn records_are_the_protocols_and_the_chain_holds() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let mut saved = Vec::new();
    for n in 0..20 {
        world.clock.pass(60);
        let new = if n % 2 == 0 { visit(TPS) } else { incident(TPS, &format!("kendala {n}")) };
        saved.push(phone.capture(new).unwrap());
        if n == 9 {
            world.sync(&phone).await;
        }
    }
    world.sync(&phone).await;
    let device = phone.status().unwrap().device.unwrap();
    let held = world.server().held_of(device);
    assert_eq!(held.len(), 20);
    // The server computed links from the bytes and found the signed ones; ids follow from the rows.
    for (n, (held, saved)) in held.iter().zip(&saved).enumerate() {
        assert_eq!((held.row.record_id(), held.row.seq), (saved.id, saved.seq), "record {n}");
    }
    // An anchor goes in once each time it changed: at the first record, and after the sync in between.
    let anchored = |h: &crate::server::Held| Record::from_payload(&h.row.payload).unwrap().anchor.is_some();
    let with: Vec<usize> = (0..20).filter(|n| anchored(&held[*n])).collect();
    assert_eq!(with, [0, 10]);
}

#[tokio::test]
async fn a_draft_goes_with_its_record_and_only_then() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.save_draft(Kind::Visit, &place(TPS), b"setengah").unwrap();
    phone.save_draft(Kind::Visit, &place("62.06.13.2001/002"), b"lain").unwrap();
    phone.save_draft(Kind::Visit, &place(TPS), b"lengkap").unwrap();
    let mut wrong = visit(TPS);
    wrong.basis = Basis::ToldByRadio;
    phone.capture(wrong).unwrap_err();
    assert_eq!(phone.draft(Kind::Visit, &place(TPS)).unwrap().unwrap().content, b"lengkap");
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(phone.draft(Kind::Visit, &place(TPS)).unwrap(), None);
    assert_eq!(phone.drafts().unwrap().len(), 1);
    phone.discard_draft(Kind::Visit, &place("62.06.13.2001/002")).unwrap();
    assert!(phone.drafts().unwrap().is_empty());
}

#[tokio::test]
async fn a_correction_and_a_retraction_supersede() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let first = phone.capture(turnout(TPS, 8)).unwrap();
    let second = phone.correct(first.id, turnout(TPS, 9)).unwrap();
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert_eq!(card.state.turnout.iter().map(|t| t.said.hour).collect::<Vec<_>>(), [9]);
    phone.retract(second.id, Some("salah TPS".into()), None).unwrap();
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert!(card.state.turnout.is_empty() && card.provisional);
    let flags: Vec<bool> = phone.journal(None, 0).unwrap().iter().map(|r| r.superseded).collect();
    assert_eq!(flags, [false, true, true]);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn a_double_tap_saves_one_record() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let named = |key: &str, new: NewRecord| NewRecord { key: Some(key.into()), ..new };
    let first = phone.capture(named("formulir-1", turnout(TPS, 8))).unwrap();
    assert_eq!(phone.capture(named("formulir-1", turnout(TPS, 8))), Ok(first));
    let another = phone.capture(named("formulir-2", turnout(TPS, 8))).unwrap();
    assert_ne!(another, first);
    // What has no name is said twice if it is told twice.
    assert_ne!(phone.capture(visit(TPS)).unwrap(), phone.capture(visit(TPS)).unwrap());
    let corrected = phone.correct(another.id, named("koreksi-1", turnout(TPS, 9))).unwrap();
    assert_eq!(phone.correct(another.id, named("koreksi-1", turnout(TPS, 9))), Ok(corrected));
    // The app is killed between the two taps.
    phone.shutdown().unwrap();
    drop(phone);
    let phone = world.open(dir.path(), 2);
    assert_eq!(phone.capture(named("formulir-1", turnout(TPS, 8))), Ok(first));
    let taken_back = phone.retract(corrected.id, None, Some("tarik-1".into())).unwrap();
    assert_eq!(phone.retract(corrected.id, None, Some("tarik-1".into())), Ok(taken_back));
    let trouble = phone.capture(incident(TPS, "perahu rusak")).unwrap();
    let report = || phone.report_progress(trouble.id, Progress::Done, None, Some("selesai-1".into()));
    assert_eq!(report().unwrap(), report().unwrap());
    assert_eq!(phone.unsent().unwrap().records, 8);
    assert_eq!(world.sync(&phone).await.records_sent, 8);
    // A wrong statement takes no name: put right, it is saved.
    let mut wrong = named("formulir-3", visit(TPS));
    wrong.basis = Basis::ToldByRadio;
    phone.capture(wrong).unwrap_err();
    phone.capture(named("formulir-3", visit(TPS))).unwrap();
    for (key, problem) in [(String::new(), Problem::Missing), ("k".repeat(65), Problem::TooLong)] {
        let refused = phone.capture(NewRecord { key: Some(key), ..visit(TPS) });
        assert_eq!(refused, Err(Error::Field { field: "key".into(), problem }));
    }
}

#[tokio::test]
async fn an_impossible_position_costs_no_visit() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let fix = |lat, lon, accuracy| Some(Fix { lat, lon, accuracy, mock: false });
    for (given, kept) in [
        (fix(-220_000, 11_390_000, 12), fix(-220_000, 11_390_000, 12)),
        (fix(9_000_001, 11_390_000, 12), None),
        (fix(i32::MIN, 11_390_000, 12), None),
        (fix(-220_000, 18_000_001, 12), None),
        (fix(0, 0, 12), None),
        (fix(-220_000, 11_390_000, u32::MAX), None),
    ] {
        let saved = phone.capture(NewRecord { fix: given, ..visit(TPS) }).unwrap();
        assert_eq!(world.sync(&phone).await.records_sent, 1);
        let held = world.server().held_of(saved.device);
        let record = Record::from_payload(&held.last().unwrap().row.payload).unwrap();
        assert_eq!(record.fix, kept, "{given:?}");
    }
    assert!(phone.journal(None, 0).unwrap().iter().all(|r| matches!(r.delivery, Delivery::Held { .. })));
}
