//! Takes the forms by which the desk acts on an officer: codes and cards, grants, phones. What changes whom the desk
//! trusts, or what somebody may see, is shown first and then confirmed.

use std::sync::Arc;

use axum::{
    extract::{Path, RawForm, State},
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Decision, Earlier, GrantChange, GrantEffect, GrantPrepared, Issued, NotAddressed, Revoked},
    store::{self, Rights},
};
use pantau_protocol::{limit::NOTE_BYTES, place::Place, role::Role};

use super::{Sender, sender};
use crate::{
    limit, page,
    pages::{
        self, PAGES,
        officer::{Confirmation, Wrong},
        officers,
    },
    reply,
    sent::{
        Fields,
        officer::{Act, Sent},
    },
    state::{Desk, blocking, lock},
    text::{
        Lang,
        officer::{Text, text},
        role_name,
    },
    visit::{Asked, Visitor},
};

/// What becomes of a form.
enum Judged {
    /// Nothing more is to be shown.
    Replied(Response),
    /// The browser is sent on.
    Go(String),
    /// The page of the officer is shown again with what is wrong.
    Wrong(Vec<Wrong>),
    /// It is asked whether that is meant.
    Ask(Box<Confirmation>),
    /// Codes were made.
    Made(Vec<Issued>),
}

fn wrong(field: &'static str, why: impl Into<String>) -> Result<Judged, Error> {
    Ok(Judged::Wrong(vec![(field, why.into())]))
}

/// `POST /officer/{number}`
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    Path(address): Path<String>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let fields = Fields::read(&form);
    let sent = Sent::read(&fields);
    let work = {
        let (desk, asked, address, sent) = (Arc::clone(&desk), asked.clone(), address.clone(), sent.clone());
        move || judge(&desk, &asked, &address, fields.csrf(), &sent)
    };
    let shown = (PAGES, pages::OFFICER);
    match blocking(work).await {
        Ok(Judged::Replied(reply)) => reply,
        Ok(Judged::Go(done)) => reply::go(&format!("/officer/{address}?done={done}")),
        Ok(Judged::Wrong(wrong)) => {
            let show = move |c: &page::Context<'_>| pages::officer::officer(c, &[address], &sent, &wrong);
            page::show(desk, asked, shown, show).await
        }
        Ok(Judged::Ask(confirmation)) => {
            let Some(officer) = pages::officer::number(&address) else { return reply::go("/officers") };
            let show =
                move |c: &page::Context<'_>| Ok(pages::officer::confirm(c, officer, &sent, *confirmation));
            page::show(desk, asked, shown, show).await
        }
        Ok(Judged::Made(issued)) => {
            let back = format!("/officer/{address}");
            let show = move |c: &page::Context<'_>| pages::officer::codes(c, &issued, &back);
            page::show(desk, asked, shown, show).await
        }
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

fn judge(desk: &Desk, asked: &Asked, address: &str, csrf: &str, sent: &Sent) -> Result<Judged, Error> {
    let visitor = match sender(desk, asked, csrf, Rights::Admin)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
    let d = text(asked.lang());
    let (Some(officer), Some(act)) = (pages::officer::number(address), sent.act()) else {
        return wrong("acts", d.nothing);
    };
    // A form that is sent twice finds what the first did.
    let _one_at_a_time = lock(&desk.directing);
    let places = desk.server.places()?.seen_by(visitor.scope.clone());
    if !officers::acts_on(&places)(officer) {
        return Ok(Judged::Replied(reply::go("/officers")));
    }
    let judged = match act {
        Act::Code => code(desk, officer, sent, d)?,
        Act::Withdraw => withdraw(desk, officer, sent)?,
        Act::Grants => grants(desk, &visitor, officer, sent, asked.lang())?,
        Act::Revoke | Act::Reinstate => trust(desk, officer, act, sent, d)?,
    };
    tell(&visitor, officer, act, &judged);
    // Whoever changed something sees it, although a thread follows the log a moment later.
    desk.server.places()?;
    Ok(judged)
}

/// What was done goes into the log of the server, and nothing of a code.
fn tell(visitor: &Visitor, officer: u32, act: Act, judged: &Judged) {
    if matches!(judged, Judged::Go(_) | Judged::Made(_)) {
        tracing::info!(operator = visitor.operator, officer, act = act.word(), "officer");
    }
}

/// Seconds for which a code is to be valid, and the address that it names.
fn code_of(desk: &Desk, sent: &Sent, d: &Text) -> Result<(i64, String), Wrong> {
    let hours = sent.hours.parse::<u32>().ok().filter(|hours| (1..=limit::CODE_HOURS_MOST).contains(hours));
    let bad = || ("hours", d.bad_hours.replace("{most}", &limit::CODE_HOURS_MOST.to_string()));
    let hours = hours.ok_or_else(bad)?;
    let url = desk.site.address.clone().unwrap_or_else(|| sent.url.clone());
    match pantau_protocol::address::read(&url) {
        Ok(_) => Ok((i64::from(hours) * 3600, url)),
        Err(_) => Err(("url", d.bad_url.to_owned())),
    }
}

fn code(desk: &Desk, officer: u32, sent: &Sent, d: &Text) -> Result<Judged, Error> {
    let (valid_s, url) = match code_of(desk, sent, d) {
        Ok(of) => of,
        Err(why) => return Ok(Judged::Wrong(vec![why])),
    };
    let known = desk.server.known()?;
    // Sent twice it makes another code, and only that one is shown: the first may not stay good.
    match ops::issue_all(&desk.server, &known, &[officer], (&url, valid_s), Earlier::End) {
        Ok(issued) => Ok(Judged::Made(issued)),
        Err(Error::NotFound(_)) => wrong("hours", d.cannot_enrol),
        Err(error) => Err(error),
    }
}

fn withdraw(desk: &Desk, officer: u32, sent: &Sent) -> Result<Judged, Error> {
    let is_done = ops::withdraw_code(&desk.server, officer, &sent.handle)?;
    Ok(Judged::Go(if is_done { "withdraw" } else { "unwithdrawn" }.to_owned()))
}

fn grants(desk: &Desk, visitor: &Visitor, officer: u32, sent: &Sent, lang: Lang) -> Result<Judged, Error> {
    let d = text(lang);
    let change = match sent.grants(officer) {
        Ok(change) => change,
        Err("place") => return wrong("place", d.no_place),
        Err(field) => return wrong(field, d.no_role),
    };
    let covers = |(_, place): &(Role, Place)| visitor.scope.as_ref().is_none_or(|scope| scope.covers(place));
    if ![&change.end, &change.give].into_iter().flatten().all(covers) {
        return wrong("place", d.no_place);
    }
    let effect = match ops::prepare_grants(&desk.server, &change)? {
        GrantPrepared::Ready(effect) => effect,
        GrantPrepared::NoSuchGrant => return wrong("end", d.no_such_grant),
        GrantPrepared::HasIt => return wrong("place", d.has_it),
        GrantPrepared::NoRole => return wrong("role", d.no_role),
        GrantPrepared::NoPlace(NotAddressed::Ended(..)) => return wrong("place", d.ended_place),
        GrantPrepared::NoPlace(_) => return wrong("place", d.no_place),
        GrantPrepared::NoSuchOfficer | GrantPrepared::Nothing => return wrong("acts", d.nothing),
    };
    let version = effect.version();
    if sent.seen == version {
        effect.take(&desk.server)?;
        return Ok(Judged::Go("grants".to_owned()));
    }
    let hidden = vec![
        ("act", Act::Grants.word().to_owned()),
        ("end", sent.end.clone()),
        ("role", sent.role.clone()),
        ("place", sent.place.clone()),
        ("seen", version),
    ];
    let effects = told_grants(desk, lang, &change, &effect)?;
    let wrong = changed(sent, d);
    Ok(Judged::Ask(Box::new(Confirmation {
        title: d.confirm_grants,
        effects,
        hidden,
        asks_why: false,
        wrong,
    })))
}

/// That something else would happen than the page said; nothing where it said nothing yet.
fn changed(sent: &Sent, d: &Text) -> Vec<Wrong> {
    if sent.seen.is_empty() { Vec::new() } else { vec![("effects", d.changed.to_owned())] }
}

fn told_grants(
    desk: &Desk,
    lang: Lang,
    change: &GrantChange,
    effect: &GrantEffect,
) -> Result<Vec<String>, Error> {
    let d = text(lang);
    let known = desk.server.known()?;
    let named = |(role, place): &(Role, Place)| {
        let name = known.reference().region(place).map(|region| format!("{} ", region.name));
        format!("{}, {}({place})", role_name(lang, *role), name.unwrap_or_default())
    };
    let mut told = Vec::new();
    told.extend(change.end.as_ref().map(|grant| format!("{} {}", d.ends, named(grant))));
    told.extend(change.give.as_ref().map(|grant| format!("{} {}", d.gives, named(grant))));
    let counts = [
        (effect.tps_lost, d.tps_lost),
        (effect.tps_gained, d.tps_gained),
        (effect.directives_lost, d.directives_lost),
    ];
    told.extend(counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    told.extend(effect.leaves_none.then(|| d.leaves_none.to_owned()));
    told.push(d.keeps_said.to_owned());
    Ok(told)
}

fn trust(desk: &Desk, officer: u32, act: Act, sent: &Sent, d: &Text) -> Result<Judged, Error> {
    let mine = sent.device().filter(|device| {
        desk.server.known().is_ok_and(|known| known.reference().officer(device) == Some(officer))
    });
    let Some(device) = mine else { return wrong("devices", d.no_such_device) };
    let decision = match act {
        Act::Reinstate => ops::prepare_reinstatement(&desk.server, Revoked::Device(device))?,
        _ => ops::prepare_revocation(&desk.server, Revoked::Device(device), None)?,
    };
    if decision.is_empty() {
        return wrong("devices", d.nothing);
    }
    let version = decision.version();
    let why = sent.why.trim();
    let mut faults = Vec::new();
    if !sent.seen.is_empty() {
        match (sent.seen == version, why) {
            (false, _) => faults.push(("effects", d.changed.to_owned())),
            (true, "") => faults.push(("why", d.no_why.to_owned())),
            (true, why) if why.len() > NOTE_BYTES => faults.push(("why", d.long_why.to_owned())),
            (true, why) => {
                decision.take(&desk.server, why)?;
                return Ok(Judged::Go(act.word().to_owned()));
            }
        }
    }
    let effects = told_trust(desk, &decision, act, d)?;
    let hidden = vec![("act", act.word().to_owned()), ("device", sent.device.clone()), ("seen", version)];
    let title = if act == Act::Reinstate { d.confirm_reinstate } else { d.confirm_revoke };
    Ok(Judged::Ask(Box::new(Confirmation { title, effects, hidden, asks_why: true, wrong: faults })))
}

fn told_trust(desk: &Desk, decision: &Decision, act: Act, d: &Text) -> Result<Vec<String>, Error> {
    let mut told = Vec::new();
    if act == Act::Revoke {
        for device in &decision.named {
            let (through, unsent) = store::read(desk.store(), |view| {
                let branches = view.journal_branches(device)?;
                let through = branches.iter().find(|b| b.number == 0).map_or(0, |b| b.last);
                Ok((through, view.last_contact(device)?.map_or(0, |call| call.unsent)))
            })?;
            told.push(format!("{} {through}.", d.trusted_through));
            told.push(d.revoke_keeps.to_owned());
            told.extend((unsent > 0).then(|| format!("{unsent} {}", d.unsent_lost)));
        }
        told.push(d.revoke_reads.to_owned());
    }
    let counts = [
        (decision.lose.len(), d.loses),
        (decision.gain.len(), d.gains),
        (decision.stops.len(), d.stops),
        (decision.starts.len(), d.starts),
    ];
    told.extend(counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    told.extend((act == Act::Revoke).then(|| d.revoke_undo.to_owned()));
    Ok(told)
}

/// `POST /officers/cards`
pub(super) async fn cards(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    let fields = Fields::read(&form);
    let sent = Sent::read(&fields);
    let work = {
        let (desk, asked, sent) = (Arc::clone(&desk), asked.clone(), sent.clone());
        move || make_cards(&desk, &asked, fields.csrf(), &sent)
    };
    let shown = (PAGES, pages::CARDS);
    match blocking(work).await {
        Ok(Judged::Replied(reply)) => reply,
        Ok(Judged::Made(issued)) => {
            let show = move |c: &page::Context<'_>| pages::officer::codes(c, &issued, "/officers");
            page::show(desk, asked, shown, show).await
        }
        Ok(Judged::Wrong(wrong)) => {
            let show = move |c: &page::Context<'_>| {
                let within = Place::typed(&sent.within).ok().filter(|place| c.is_known(place));
                pages::officer::cards(c, within.as_ref(), &sent, &wrong)
            };
            page::show(desk, asked, shown, show).await
        }
        Ok(Judged::Go(_) | Judged::Ask(_)) => reply::go("/officers/cards"),
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

fn make_cards(desk: &Desk, asked: &Asked, csrf: &str, sent: &Sent) -> Result<Judged, Error> {
    let visitor = match sender(desk, asked, csrf, Rights::Admin)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
    let d = text(asked.lang());
    let within = match sent.within.as_str() {
        "" => None,
        code => match Place::typed(code) {
            Ok(place) => Some(place),
            Err(_) => return wrong("within", d.no_place),
        },
    };
    let (valid_s, url) = match code_of(desk, sent, d) {
        Ok(of) => of,
        Err(why) => return Ok(Judged::Wrong(vec![why])),
    };
    // A form that is sent twice finds the codes that the first made.
    let _one_at_a_time = lock(&desk.directing);
    let known = desk.server.known()?;
    let places = desk.server.places()?.seen_by(visitor.scope.clone());
    let now = desk.env().now();
    let open = page::on_snapshot(desk.store(), |view| ops::open_codes(view, now))?;
    let (mut officers, _) = pages::officer::without_phone(&places, within.as_ref(), &open);
    if sent.count != officers.len().to_string() {
        return wrong("within", d.cards_changed);
    }
    if officers.is_empty() {
        return wrong("within", d.cards_none);
    }
    officers.truncate(limit::CARDS);
    let issued = ops::issue_all(&desk.server, &known, &officers, (&url, valid_s), Earlier::Stay)?;
    tracing::info!(operator = visitor.operator, codes = issued.len(), "enrolment cards");
    Ok(Judged::Made(issued))
}
