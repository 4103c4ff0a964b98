//! What the desk of a game does.

use std::sync::Arc;

use fastrand::Rng;
use pantau_log::{
    Server,
    author::{self, NewDeskRecord},
    ops, store,
};
use pantau_protocol::{
    body::{Body, Directive, Grant, Tps, Verdict},
    note::Field,
    role::Role,
};
use pantau_tests::place;

use crate::{phone::Handset, step::Act};

const PLACES: [&str; 6] =
    ["62.06", "62.06.13", "62.06.14", "62.06.13.2001", "62.06.13.2002", "62.06.14.2001"];

/// Does it; `about` is the phone it may concern.
pub(crate) fn act(server: &Arc<Server>, act: Act, about: &Handset, rng: &mut Rng) {
    match act {
        Act::Directive => directive(server, about, rng),
        Act::Erase => erase(server, rng),
        Act::Revoke => revoke(server, about, rng),
        Act::Trust => trust(server, about, rng),
        Act::TakeBack => take_back(server, rng),
        Act::CorrectList => correct_list(server, rng),
        _ => reassign(server, about, rng),
    }
}

fn directive(server: &Server, about: &Handset, rng: &mut Rng) {
    let now = server.now();
    let role = rng.bool().then_some(Role::Camat);
    let officer = (role.is_none() && rng.bool()).then_some(about.officer);
    let body = Body::Directive(Directive { officer, role, due: now + 3_600 });
    let at = place(PLACES[rng.usize(..PLACES.len())]);
    let record = NewDeskRecord::new(now, at, body).with_note(Field::Note, "Pastikan logistik tiba");
    author::append(server, vec![record]).unwrap();
}

/// Erases some note that the log holds or waits for.
fn erase(server: &Server, rng: &mut Rng) {
    let rows = store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
    let records = rows.iter().map(|r| &r.entry).filter(|e| e.note.is_none());
    let all: Vec<_> = records.flat_map(|e| e.commitments.iter().map(|(field, _)| (e.id, *field))).collect();
    if let Some((id, field)) = rng.choice(all) {
        ops::erase(server, id, field).unwrap();
    }
}

/// Revokes the phone's device, or its officer with all devices; trusts some of what it wrote, or all.
fn revoke(server: &Server, about: &Handset, rng: &mut Rng) {
    let status = about.phone().status().unwrap();
    let (Some(device), through) = (status.device, rng.bool().then(|| rng.u64(..5))) else { return };
    let whom = if rng.bool() { ops::Revoked::Device(device) } else { ops::Revoked::Officer(about.officer) };
    // A key that the server never met cannot be revoked.
    let _ = ops::revoke(server, whom, through);
}

/// Trusts the phone again, or lets single records of phones that are not trusted count, or ends that.
fn trust(server: &Server, about: &Handset, rng: &mut Rng) {
    let uncounted = ops::uncounted(server).unwrap();
    let decision = match rng.u8(..3) {
        0 => ops::prepare_reinstatement(server, ops::Revoked::Officer(about.officer)),
        1 => {
            let some: Vec<_> = uncounted.iter().map(|(l, _)| l.record).filter(|_| rng.bool()).collect();
            ops::prepare_admission(server, &some, Verdict::Admit)
        }
        _ => {
            let access = server.access().unwrap();
            let admitted: Vec<_> = access.reference().admitted().copied().collect();
            drop(access);
            ops::prepare_admission(server, &admitted, Verdict::Dismiss)
        }
    };
    // An officer whom the log does not know any more has nothing to be trusted with.
    if let Ok(decision) = decision {
        decision.take(server, "diperiksa").unwrap();
    }
}

/// Corrects the voters of a TPS: what was counted before stays what it was, on every phone.
fn correct_list(server: &Server, rng: &mut Rng) {
    let known = server.known().unwrap();
    let Some((at, tps)) = rng.choice(known.reference().all_tps().collect::<Vec<_>>()) else { return };
    let list = Body::Tps(Tps { voters: rng.u32(1..600), ..tps.clone() });
    author::append(server, vec![NewDeskRecord::new(server.now(), at.clone(), list)]).unwrap();
}

/// Takes a directive back.
fn take_back(server: &Server, rng: &mut Rng) {
    if let Some(standing) = rng.choice(ops::directives(server).unwrap()) {
        ops::retract_directive(server, standing.state.mark.record, "tidak perlu lagi").unwrap();
    }
}

/// Ends the grants of the phone's officer, some of them or all, and gives him another.
fn reassign(server: &Server, about: &Handset, rng: &mut Rng) {
    let (now, officer) = (server.now(), about.officer);
    let grants = server.access().unwrap().reference().grants(officer);
    let say = |place, role, ended| {
        NewDeskRecord::new(now, place, Body::Grant(Grant { officer, role, ended, new_person: false }))
    };
    let mut records = Vec::new();
    for grant in grants {
        if rng.u8(..3) > 0 {
            records.push(say(grant.place, grant.role, true));
        }
    }
    if rng.u8(..6) > 0 {
        let role = [Role::Camat, Role::FieldOfficer, Role::LogisticsStaff, Role::Viewer][rng.usize(..4)];
        records.push(say(place(PLACES[rng.usize(..PLACES.len())]), role, false));
    }
    author::append(server, records).unwrap();
}
