//! What the officers of a game say: every kind of statement, about whatever place the lot falls on.

use fastrand::Rng;
use pantau_core::NewRecord;
use pantau_protocol::{
    body::{
        Answer, Body, Category, Containers, CustodyKind, Dispatch, Found, Incident, Line, LineState, Packed,
        Point, Progress, Receive, Rest, Severity, Situation, Standby, Turnout, Visit, Way,
    },
    journal::RecordId,
    note::Field,
    place::Place,
    record::{Basis, Fix},
};

use crate::{phone::Handset, step::Act};

const VILLAGES: [&str; 3] = ["62.06.13.2001", "62.06.13.2002", "62.06.14.2001"];

/// Says it; the id, if the phone took it.
pub(crate) fn say(phone: &mut Handset, act: Act, rng: &mut Rng) -> Option<RecordId> {
    let saved = match act {
        Act::Progress => {
            let target = matter(phone, rng)?;
            let how =
                [Progress::Seen, Progress::Working, Progress::Done, Progress::Impossible][rng.usize(..4)];
            phone.phone().report_progress(target, how, text(rng), None)
        }
        Act::Correct => {
            let target = own(phone, rng)?;
            let new = statement(Act::Visit, rng);
            let new = if rng.bool() { new } else { statement(Act::Turnout, rng) };
            phone.phone().correct(target, new)
        }
        Act::Retract => phone.phone().retract(own(phone, rng)?, text(rng), None),
        _ => phone.phone().capture(statement(act, rng)),
    };
    phone.note(saved)
}

/// Some own record.
fn own(phone: &Handset, rng: &mut Rng) -> Option<RecordId> {
    rng.choice(phone.journal()).map(|row| row.id)
}

/// Some incident or directive that the phone knows.
fn matter(phone: &Handset, rng: &mut Rng) -> Option<RecordId> {
    let directives = phone.phone().directives().unwrap();
    let told = directives.to_do.iter().chain(&directives.done).map(|d| d.id);
    let card = phone.phone().tps_card(&tps(rng)).unwrap();
    let all: Vec<RecordId> = told.chain(card.state.incidents.iter().map(|i| i.mark.record)).collect();
    rng.choice(all)
}

fn tps(rng: &mut Rng) -> Place {
    // Few places, so that statements meet; sometimes one that nobody imported.
    let number = if rng.u8(..12) == 0 { 99 } else { rng.u8(1..=3) };
    pantau_tests::place(&format!("{}/{number:03}", VILLAGES[rng.usize(..3)]))
}

fn text(rng: &mut Rng) -> Option<String> {
    rng.bool().then(|| format!("catatan {} di tepi sungai", rng.u32(..)))
}

fn statement(act: Act, rng: &mut Rng) -> NewRecord {
    let place = tps(rng);
    let mut new = match act {
        Act::Turnout => {
            let body = Turnout { hour: rng.u32(7..14), voters: rng.u32(..300) };
            NewRecord::new(place, Body::Turnout(body))
        }
        Act::Incident => {
            let category = [Category::Access, Category::Weather, Category::Power][rng.usize(..3)];
            let body = Body::Incident(Incident { category, severity: Severity::High });
            let mut new = NewRecord::new(place, body);
            new.notes.extend(rng.bool().then(|| (Field::Need, "perahu".to_owned())));
            new
        }
        Act::Standby => {
            let body = Standby {
                present: rng.u32(..8),
                team: 9,
                situation: Situation::Alert,
                no_obstacle: rng.bool(),
            };
            let village = place.parent().expect("a TPS lies in a village");
            NewRecord::new(if rng.bool() { village } else { place }, Body::Standby(body))
        }
        Act::Receive if rng.bool() => dispatch(place, rng),
        Act::Receive => receive(place, rng),
        _ => {
            let answers = (0..15).map(|_| [Answer::Ok, Answer::NotOk, Answer::NotApplicable][rng.usize(..3)]);
            let body = Visit { checklist: 1, version: 1, answers: answers.collect(), way: Some(Way::Hard) };
            NewRecord::new(place, Body::Visit(body))
        }
    };
    new.note = text(rng);
    new.fix =
        rng.bool().then(|| Fix { lat: -150_000, lon: 11_350_000, accuracy: rng.u32(1..90), mock: false });
    if rng.u8(..5) == 0 {
        new.basis = Basis::ToldByRadio;
        new.informant = Some("Ketua KPPS".into());
    }
    new
}

/// Points from a PPK to the TPS.
fn point(tps: &Place, rng: &mut Rng) -> Point {
    let village = tps.parent().expect("a TPS lies in a village");
    let district = village.parent().expect("a village lies in a district");
    let (kind, place) = match rng.u8(..4) {
        0 => (CustodyKind::Ppk, district),
        1 => (CustodyKind::Transit, district),
        2 => (CustodyKind::Pps, village),
        _ => (CustodyKind::Tps, tps.clone()),
    };
    let label = (kind == CustodyKind::Transit).then(|| "Dermaga".to_owned());
    Point { kind, place, label }
}

fn dispatch(place: Place, rng: &mut Rng) -> NewRecord {
    let (from, to) = (point(&place, rng), point(&place, rng));
    let body = Dispatch {
        from: from.kind,
        from_label: from.label,
        to,
        kits: vec![place],
        packed: Packed::AsListed,
        containers: vec![Containers { count: rng.u32(1..7), kit: Some(0) }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    };
    NewRecord::new(from.place, Body::Dispatch(body))
}

fn receive(place: Place, rng: &mut Rng) -> NewRecord {
    if rng.bool() {
        return received_at(&point(&place, rng), place, rng);
    }
    let line = Line {
        item: rng.u32(1..6),
        state: LineState::Counted,
        good: rng.u32(..400),
        damaged: rng.u32(..3),
        missing: rng.u32(..3),
        kit: None,
    };
    let body = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::CountedAsExpected,
        lines: vec![line],
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    };
    let mut new = NewRecord::new(place, Body::Receive(body));
    new.notes.extend(rng.bool().then(|| (Field::Receiver, "Ketua KPPS".to_owned())));
    new
}

/// A kit on its way, with its containers counted.
fn received_at(at: &Point, kit: Place, rng: &mut Rng) -> NewRecord {
    let body = Receive {
        at: at.kind,
        label: at.label.clone(),
        dispatch: None,
        rest: if rng.bool() { Rest::SealedAsDispatched } else { Rest::NotChecked },
        lines: Vec::new(),
        seals: Vec::new(),
        kits: vec![kit],
        containers: vec![Found { good: rng.u32(..7), damaged: 0, missing: 0, kit: Some(0) }],
        form: None,
    };
    NewRecord::new(at.place.clone(), Body::Receive(body))
}
