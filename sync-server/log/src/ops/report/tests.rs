//! What the desk is told is written as it was told, once, and can be put right.

use pantau_protocol::{
    body::{
        Access, CustodyKind, Directive, Incident, Progress, Receive, Region, RegionLevel, Rest, Seal,
        SealState, Signal, Standby, Tps, Turnout, Visit, Way,
    },
    profile::Profile,
    role::Role,
};

use super::*;
use crate::{
    limit, ops,
    rig::{NOW, Rig, place, standby},
};

const HERE: &str = "62.06.13.2001/001";

/// A village with a TPS, two camats, and an election.
fn rig_of(rig: Rig) -> Rig {
    let region = |level| Body::Region(Region { level, name: "Marikit".into(), ended: None });
    rig.say(region(RegionLevel::District), "62.06.13");
    rig.say(region(RegionLevel::Village), "62.06.13.2001");
    let tps = Tps {
        voters: 271,
        male: None,
        lat: None,
        lon: None,
        access: Access::Regular,
        signal: Signal::Weak,
        ended: None,
        synthetic: true,
    };
    rig.say(Body::Tps(tps), HERE);
    rig.say(Body::Profile(Box::new(Profile::shipped().remove(0))), "62");
    rig.grant(7, Role::Camat, "62.06.13");
    rig.grant(8, Role::Camat, "62.06.13");
    rig
}

fn visit() -> Body {
    Body::Visit(Visit { checklist: 1, version: 1, answers: vec![], way: Some(Way::Hard) })
}

/// What officer 7 told by phone.
fn told(form: u8, body: Body) -> ToldReport {
    ToldReport {
        form: FormId([form; 16]),
        place: place(HERE),
        at: NOW - 7_200,
        basis: Basis::ToldByPhone,
        told: ToldBy { officer: Some(7), at: NOW - 600 },
        body,
        notes: vec![(Field::Informant, "Siti (no. 7)".into()), (Field::Note, " jalan licin ".into())],
        corrects: None,
        operator: Some("siti".into()),
    }
}

fn turnout(hour: u32, voters: u32) -> Body {
    Body::Turnout(Turnout { hour, voters })
}

fn written(rig: &Rig, reported: &ToldReport) -> RecordId {
    match report(&rig.server, reported).unwrap() {
        Reported::Written(record) => record,
        other => panic!("{other:?}"),
    }
}

fn record_of(rig: &Rig, id: RecordId) -> (Record, Vec<(Field, String)>) {
    let rows = store::read(rig.server.store(), |view| view.desk_record(&id)).unwrap();
    let notes = rows[0].notes.iter().map(|note| (note.field, note.text.clone())).collect();
    (Record::from_payload(&rows[0].entry.payload).unwrap(), notes)
}

fn rows(rig: &Rig) -> usize {
    rig.rows().len()
}

#[test]
fn what_was_told_is_written_as_it_was_told() {
    let rig = rig_of(Rig::memory());
    let report = told(1, turnout(9, 88));
    let (record, notes) = record_of(&rig, written(&rig, &report));
    let expected = Record {
        basis: Basis::ToldByPhone,
        told: Some(ToldBy { officer: Some(7), at: NOW - 600 }),
        election: record.election,
        ..Record::new(NOW - 7_200, place(HERE), &turnout(9, 88))
    };
    assert_eq!(record, expected);
    assert!(record.election.is_some(), "it is about the election in force");
    let noted = [(Field::Note, "jalan licin"), (Field::Informant, "Siti (no. 7)"), (Field::Name, "siti")];
    assert_eq!(notes, noted.map(|(field, text)| (field, text.to_owned())));
    let state = rig.server.places().unwrap().state(&place(HERE)).unwrap();
    let mark = &state.turnout[0].mark;
    assert_eq!((mark.officer, mark.told_by, mark.at), (Some(author::DESK_OFFICER), Some(7), NOW - 7_200));
}

#[test]
fn a_visit_that_was_told_is_known_and_is_not_the_camats_own() {
    let rig = rig_of(Rig::memory());
    let list = pantau_protocol::checklist::Checklist::shipped().remove(0);
    rig.say(Body::Checklist(list), "62");
    written(&rig, &told(1, visit()));
    let places = rig.server.places().unwrap();
    assert_eq!(places.state(&place(HERE)).unwrap().visits, 1);
    let of_camat = places.visited(&place("62")).unwrap().into_iter().find(|(officer, _)| *officer == 7);
    assert_eq!(of_camat, None);
}

#[test]
fn a_form_writes_once_and_nothing_else_under_its_name() {
    let rig = rig_of(Rig::disk());
    let first = written(&rig, &told(1, turnout(9, 88)));
    let before = rows(&rig);
    let again = |rig: &Rig, body| report(&rig.server, &told(1, body)).unwrap();
    assert_eq!(again(&rig, turnout(9, 88)), Reported::Before(first));
    assert_eq!(again(&rig, turnout(9, 89)), Reported::FormUsed(first));
    let later = ToldReport { at: NOW, ..told(1, turnout(9, 88)) };
    assert_eq!(report(&rig.server, &later).unwrap(), Reported::FormUsed(first));
    assert_eq!(rows(&rig), before, "nothing was written");
    // Another form that says the same is another call.
    written(&rig, &told(2, turnout(9, 88)));
    let (dirs, env) = (rig.dirs(), rig.env.clone());
    let Rig { server, dir, .. } = rig;
    drop(server);
    let server = ops::open(&dirs, &env).unwrap();
    assert_eq!(
        report(&server, &told(1, turnout(9, 88))).unwrap(),
        Reported::Before(first),
        "after a restart"
    );
    drop((server, dir));
}

#[test]
fn a_form_whose_record_outlived_the_server_alone_writes_no_other() {
    let rig = rig_of(Rig::disk());
    // The record is in the file and in the log, and the form that wrote it is not remembered.
    let alone = |told: &ToldReport, body: Body| {
        let new = NewDeskRecord::new(told.at, told.place.clone(), body).told(told.basis, told.told);
        let new = told.notes.iter().fold(new, |new, (field, text)| new.with_note(*field, text.trim()));
        author::append(&rig.server, vec![new.with_note(Field::Name, "siti")]).unwrap()[0]
    };
    let first = alone(&told(1, turnout(9, 88)), turnout(9, 88));
    let before = rows(&rig);
    rig.clock.pass(3 * 3600);
    let sent = |form, voters| report(&rig.server, &told(form, turnout(9, voters))).unwrap();
    assert_eq!(sent(1, 88), Reported::Before(first));
    assert_eq!(rows(&rig), before, "nothing more was written");
    assert_eq!(sent(1, 89), Reported::FormUsed(first), "the form is remembered now");
    // Another call that says the same, and one that says something else.
    assert!(matches!(sent(2, 88), Reported::Written(_)));
    let second = alone(&told(3, turnout(9, 90)), turnout(9, 90));
    assert!(matches!(sent(3, 91), Reported::Written(_)));
    assert!(matches!(sent(4, 90), Reported::Before(id) if id == second));
    // The same that was taken back.
    let taken = Retract { target: first, target_places: vec![place(HERE)], kind: None };
    let new = NewDeskRecord::new(rig.server.now(), place(HERE), Body::Retract(taken));
    let by = author::append(&rig.server, vec![new.with_note(Field::Note, "keliru")]).unwrap()[0];
    rig.clock.pass(60);
    let back = TakenBack { form: FormId([5; 16]), target: first, why: "keliru".into(), operator: None };
    assert_eq!(take_back(&rig.server, &back).unwrap(), Reported::Before(by));
}

#[test]
fn the_oldest_form_is_forgotten_and_no_other() {
    let rig = Rig::memory();
    let form = |n: usize| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
        FormId(bytes)
    };
    let id = RecordId::from_bytes([9; 16]);
    store::write(rig.server.store(), |tx| {
        (0..=limit::TOLD_FORMS).try_for_each(|n| forms::keep(tx, form(n), [1; 8], id))
    })
    .unwrap();
    let of = |n| store::read(rig.server.store(), |view| forms::written(view, form(n), [1; 8])).unwrap();
    assert_eq!((of(0), of(1), of(limit::TOLD_FORMS)), (None, Some((id, true)), Some((id, true))));
}

#[test]
fn a_told_report_is_corrected_once() {
    let rig = rig_of(Rig::memory());
    let first = written(&rig, &told(1, turnout(9, 88)));
    let better = ToldReport { corrects: Some(first), ..told(2, turnout(9, 98)) };
    let second = written(&rig, &better);
    let (record, _) = record_of(&rig, second);
    let Ok(Body::Correct(correct)) = record.decode_body() else { panic!("{record:?}") };
    assert_eq!((correct.target, correct.target_places), (first, vec![place(HERE)]));
    assert_eq!((record.election, record.told), (record_of(&rig, first).0.election, Some(better.told)));
    let state = rig.server.places().unwrap().state(&place(HERE)).unwrap();
    assert_eq!(state.turnout.iter().map(|said| said.said.voters).collect::<Vec<_>>(), [98]);
    let late = ToldReport { corrects: Some(first), ..told(3, turnout(9, 99)) };
    assert_eq!(report(&rig.server, &late).unwrap(), Reported::Superseded(second));
    // A correction is a report that was told, too.
    written(&rig, &ToldReport { corrects: Some(second), ..told(4, turnout(9, 97)) });
}

#[test]
fn a_told_report_is_taken_back_and_stays_in_the_log() {
    let rig = rig_of(Rig::memory());
    let target = written(&rig, &told(1, turnout(9, 88)));
    let back = |form| TakenBack {
        form: FormId([form; 16]),
        target,
        why: "salah tempat".into(),
        operator: Some("siti".into()),
    };
    let Reported::Written(by) = take_back(&rig.server, &back(2)).unwrap() else { panic!("it was written") };
    rig.clock.pass(60);
    assert_eq!(take_back(&rig.server, &back(2)).unwrap(), Reported::Before(by), "a second press");
    assert_eq!(take_back(&rig.server, &back(3)).unwrap(), Reported::Superseded(by));
    let state = rig.server.places().unwrap().state(&place(HERE)).unwrap();
    assert!(state.turnout.is_empty());
    assert_eq!(record_of(&rig, target).0.told.unwrap().officer, Some(7));
    assert_eq!(record_of(&rig, by).1, [(Field::Note, "salah tempat".into()), (Field::Name, "siti".into())]);
}

#[test]
fn only_what_was_told_is_put_right_here() {
    let rig = rig_of(Rig::memory());
    let mut phone = rig.phone(9, Role::Camat, "62.06.13");
    let seen = phone.write(&standby(3), HERE);
    phone.sync(&rig.server);
    let order = rig.say(Body::Directive(Directive { officer: None, role: None, due: NOW }), "62.06.13");
    let taken = written(&rig, &told(1, turnout(9, 88)));
    let back = |target| TakenBack { form: FormId([9; 16]), target, why: String::new(), operator: None };
    let Reported::Written(by) = take_back(&rig.server, &back(taken)).unwrap() else {
        panic!("it was written")
    };
    for (n, target) in [seen, order, by, RecordId::from_bytes([5; 16])].into_iter().enumerate() {
        let form = FormId([20 + u8::try_from(n).unwrap(); 16]);
        assert_eq!(take_back(&rig.server, &TakenBack { form, ..back(target) }).unwrap(), Reported::NotTold);
        let better = ToldReport { form, corrects: Some(target), ..told(0, turnout(9, 98)) };
        assert_eq!(report(&rig.server, &better).unwrap(), Reported::NotTold, "{n}");
    }
}

#[test]
fn answers_of_officers_who_called_are_their_own() {
    let rig = rig_of(Rig::memory());
    let order = Directive { officer: None, role: Some(Role::Camat), due: NOW };
    let target = rig.say(Body::Directive(order), "62.06.13");
    let answer = |form, officer, progress| {
        let body = Body::IncidentUpdate(IncidentUpdate { target, target_places: vec![], progress });
        let told_by = ToldBy { officer: Some(officer), at: NOW };
        ToldReport { place: place("62.06.13"), told: told_by, ..told(form, body) }
    };
    let first = written(&rig, &answer(1, 7, Progress::Done));
    written(&rig, &answer(2, 8, Progress::Working));
    let Ok(Body::IncidentUpdate(update)) = record_of(&rig, first).0.decode_body() else {
        panic!("an answer")
    };
    assert_eq!(update.target_places, [place("62.06.13")]);
    let state = rig.server.places().unwrap().state(&place("62.06.13")).unwrap();
    let answers: Vec<_> = state.directives[0].answers.iter().map(|a| (a.mark.told_by, a.progress)).collect();
    assert_eq!(answers, [(Some(7), Progress::Done), (Some(8), Progress::Working)]);
    let asked = [7, 8].into();
    let known = rig.server.known().unwrap();
    let unfinished = ops::unfinished(known.reference(), &asked, &state.directives[0]);
    assert_eq!(unfinished, [8].into(), "what was told to the desk is his own answer");
}

#[test]
fn the_desk_is_asked_for_what_a_phone_is_asked_for() {
    let rig = rig_of(Rig::memory());
    let before = rows(&rig);
    let incident = || {
        use pantau_protocol::body::{Category, Severity};
        Body::Incident(Incident { category: Category::Access, severity: Severity::High })
    };
    let seal = |number: &str| Seal { number: number.into(), state: SealState::Intact, kit: None };
    let receive = |seals| {
        Body::Receive(Receive {
            at: CustodyKind::Tps,
            label: None,
            dispatch: None,
            rest: Rest::NotChecked,
            lines: vec![],
            seals,
            kits: vec![],
            containers: vec![],
            form: None,
        })
    };
    let team = |present, team| {
        let situation = pantau_protocol::body::Situation::Calm;
        Body::Standby(Standby { present, team, situation, no_obstacle: false })
    };
    let update = |target| {
        Body::IncidentUpdate(IncidentUpdate { target, target_places: vec![], progress: Progress::Done })
    };
    let nowhere = ToldReport { place: place("62.99"), ..told(1, incident()) };
    let cases = [
        (nowhere, "place", Problem::Unknown),
        (told(1, visit()), "visit.checklist", Problem::Unknown),
        (told(1, receive(vec![seal("K 1"), seal("K 1")])), "receive.seals[1].number", Problem::Doubled),
        (told(1, team(8, 7)), "standby.present", Problem::TooLarge),
        (told(1, turnout(24, 1)), "turnout.hour", Problem::TooLarge),
        (told(1, update(RecordId::from_bytes([1; 16]))), "incident_update.target", Problem::Unknown),
        (ToldReport { notes: vec![], ..told(1, incident()) }, "informant", Problem::Missing),
        (ToldReport { basis: Basis::Seen, ..told(1, incident()) }, "basis", Problem::NotAllowed),
        (
            ToldReport { told: ToldBy { officer: Some(99), at: NOW }, ..told(1, incident()) },
            "told",
            Problem::Unknown,
        ),
        (
            told(1, Body::Directive(Directive { officer: None, role: None, due: 0 })),
            "kind",
            Problem::NotAllowed,
        ),
    ];
    for (report, field, problem) in cases {
        let wrong = FieldError { field: field.into(), problem };
        assert_eq!(super::report(&rig.server, &report).unwrap(), Reported::Wrong(wrong), "{field}");
    }
    let long = ToldReport {
        notes: vec![(Field::Informant, "x".into()), (Field::Note, "x".repeat(5_000))],
        ..told(1, incident())
    };
    let wrong = FieldError { field: "note".into(), problem: Problem::TooLong };
    assert_eq!(report(&rig.server, &long).unwrap(), Reported::Wrong(wrong));
    assert_eq!(rows(&rig), before, "nothing was written");
}
