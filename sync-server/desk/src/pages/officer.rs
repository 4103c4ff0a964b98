//! One officer: how to call him, his phones, codes and directives, what he reported last, and the forms of what may be
//! changed.

use std::collections::{BTreeMap, BTreeSet};

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    author::DESK_OFFICER,
    ops::{self, Issued, OpenCode},
    projector::Places,
    store::{Rights, Row},
};
use pantau_protocol::{limit::NOTE_BYTES, place::Place, projection::Judgement, role::Role};

use super::{
    directive_new::roles,
    directives::{kept_nowhere, tasks},
    officers::{acts_on, devices, sees_officer},
};
use crate::{
    format::Reading,
    layout::{
        Crumb,
        directive::Fault,
        officer::{Card, CardsPage, CodeForm, CodeRow, CodesPage, ConfirmPage, OfficerPage},
    },
    limit,
    page::Context,
    qr, reply,
    sent::officer::Sent,
    text::{
        officer::{Text, text},
        words,
    },
    view::{
        self, Look, Notes,
        task::{self, Answered, Stage},
    },
};

/// Records that are shown of what an officer reported last.
const LAST: usize = 10;

/// Something that is wrong with a field, by the id of the field.
pub(crate) type Wrong = (&'static str, String);

/// The number of an officer in an address.
pub(crate) fn number(address: &str) -> Option<u32> {
    address.parse().ok().filter(|number| *number != DESK_OFFICER)
}

fn faults(wrong: &[Wrong]) -> Vec<Fault> {
    wrong.iter().map(|(field, text)| Fault { field, text: text.clone() }).collect()
}

fn status(wrong: &[Wrong]) -> StatusCode {
    if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// The way to a page that stands below the list.
fn crumbs(c: &Context<'_>, d: &'static Text, behind: &[(String, Option<String>)]) -> Vec<Crumb> {
    let mut crumbs = c.beside(d.officers);
    crumbs.iter_mut().skip(1).for_each(|crumb| crumb.href = Some("/officers".to_owned()));
    crumbs.extend(behind.iter().map(|(label, href)| Crumb { label: label.clone(), href: href.clone() }));
    crumbs
}

/// The form of a code. The server's own address counts where it knows it.
fn code_form(c: &Context<'_>, sent: &Sent) -> CodeForm {
    let asks_url = c.site_address().is_none();
    CodeForm {
        hours: if sent.hours.is_empty() { limit::CODE_HOURS.to_string() } else { sent.hours.clone() },
        hours_most: limit::CODE_HOURS_MOST,
        asks_url,
        url: match c.site_address() {
            Some(address) => address.to_owned(),
            None if sent.url.is_empty() => c.asked_address(),
            None => sent.url.clone(),
        },
    }
}

/// `GET /officer/{number}`, and the page again with what is wrong with a form.
pub(crate) fn officer(
    c: &Context<'_>,
    address: &[String],
    sent: &Sent,
    wrong: &[Wrong],
) -> Result<Response, Error> {
    let Some(number) = address.first().and_then(|text| number(text)) else { return Ok(c.not_found()) };
    let reference = c.places.reference();
    let devices = devices(c.view, &c.places, &BTreeSet::from([number]))?.remove(&number).unwrap_or_default();
    let grants: Vec<(Role, Place)> = reference
        .grants(number)
        .into_iter()
        .map(|g| (g.role, g.place))
        .filter(|(_, place)| c.sees(place))
        .collect();
    let is_known =
        c.places.known().contacts().contains_key(&number) || !reference.grants_ever(number).is_empty();
    if !is_known && devices.is_empty() || !sees_officer(&c.places)(number) {
        return Ok(c.not_found());
    }
    let last = last_records(c, &devices.iter().map(|d| d.device).collect::<Vec<_>>())?;
    let tasks: Vec<_> = tasks(c.view, &c.places)?
        .into_iter()
        .filter(|task| task.asked.contains(&number) && task.stage(c.reading.now) != Stage::Done)
        .filter(|task| matches!(task.answered(number), Answered::Nothing | Answered::Working))
        .collect();
    let marks = tasks.iter().filter_map(|task| task.ids().next()).chain(last.iter().map(|row| row.entry.id));
    let notes = c.notes(marks)?;
    let look = c.look(&notes);
    let d = text(look.lang());
    let visits = c.places.roots().iter().try_fold(0, |sum, root| {
        let of = c.places.visited(root)?.into_iter().find(|(officer, _)| *officer == number);
        Ok::<_, Error>(sum + of.map_or(0, |(_, count)| count))
    })?;
    let may_change = c.visitor.rights >= Rights::Admin && acts_on(&c.places)(number);
    let listed = view::officer::listed(look, number, &grants, visits, &devices);
    let title = listed.callee.name.clone();
    let mut layout = c.layout(title.clone(), crumbs(c, d, &[(title, None)]));
    // What is typed must not vanish under a page that refreshes itself.
    layout.live = !may_change;
    let told = match c.asked.parameter("done").as_deref() {
        Some("grants") => d.done_grants,
        Some("revoke") => d.done_revoke,
        Some("reinstate") => d.done_reinstate,
        Some("withdraw") => d.withdrawn,
        Some("unwithdrawn") => d.not_withdrawn,
        Some(_) | None => "",
    };
    let codes = ops::open_codes(c.view, c.reading.now)?.remove(&number).unwrap_or_default();
    let code = |code: OpenCode| CodeRow {
        handle: code.handle,
        made: look.reading.moment(code.created_at),
        until: look.reading.moment(code.expires_at),
    };
    let role =
        |role: Role| (role.name().to_owned(), words::role(look.lang(), role), sent.role == role.name());
    let page = OfficerPage {
        layout,
        d,
        csrf: c.csrf(),
        told: if wrong.is_empty() { told } else { "" },
        faults: faults(wrong),
        may_change,
        officer: listed,
        codes: codes.into_iter().map(code).collect(),
        code: code_form(c, sent),
        roles: roles().map(role).collect(),
        instead: sent.end.clone(),
        place: sent.place.clone(),
        regions: super::typed_regions(c),
        directives: tasks.iter().filter_map(|task| task::task(look, task)).collect(),
        records: last.iter().map(|row| view::timeline::record(look, row, &Judgement::default())).collect(),
    };
    Ok(reply::page(status(wrong), &page))
}

/// The newest records of some phones, newest first.
fn last_records(c: &Context<'_>, devices: &[pantau_protocol::journal::DeviceId]) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for device in devices {
        for branch in c.view.journal_branches(device)? {
            let first = branch.starts.max(branch.last.saturating_sub(LAST as u64 - 1));
            rows.extend(c.view.journal_span(device, branch.number, first, branch.last)?);
        }
    }
    rows.retain(|row| c.places.sees_row(row));
    rows.sort_by_key(|row| std::cmp::Reverse(row.position));
    rows.dedup_by_key(|row| row.entry.id);
    rows.truncate(LAST);
    Ok(rows)
}

/// A page that shows what an act would do, with the form that does it.
pub(crate) struct Confirmation {
    pub(crate) title: &'static str,
    pub(crate) effects: Vec<String>,
    pub(crate) hidden: Vec<(&'static str, String)>,
    pub(crate) asks_why: bool,
    pub(crate) wrong: Vec<Wrong>,
}

/// Shows what an act on an officer would do.
pub(crate) fn confirm(c: &Context<'_>, officer: u32, sent: &Sent, asked: Confirmation) -> Response {
    let notes = Notes::new();
    let d = text(c.reading.lang);
    let (name, href) = (c.look(&notes).officer(officer), format!("/officer/{officer}"));
    let behind = [(name.clone(), Some(href.clone())), (asked.title.to_owned(), None)];
    let mut layout = c.layout(format!("{}: {name}", asked.title), crumbs(c, d, &behind));
    layout.live = false;
    let page = ConfirmPage {
        layout,
        d,
        csrf: c.csrf(),
        action: href,
        faults: faults(&asked.wrong),
        effects: asked.effects,
        hidden: asked.hidden,
        asks_why: asked.asks_why,
        why: sent.why.clone(),
        why_bytes: NOTE_BYTES,
    };
    reply::page(status(&asked.wrong), &page)
}

/// Shows codes that were just made, as cards. Nobody may keep the page.
pub(crate) fn codes(c: &Context<'_>, issued: &[Issued], back: &str) -> Result<Response, Error> {
    let d = text(c.reading.lang);
    let title = if issued.len() == 1 { d.code } else { d.cards };
    let mut layout = c.layout(title.to_owned(), crumbs(c, d, &[(title.to_owned(), None)]));
    layout.live = false;
    let notes = Notes::new();
    let look = c.look(&notes);
    let cards = issued.iter().map(|issued| card(look, &c.reading, issued));
    let cards = cards.collect::<Result<Vec<_>, Error>>()?;
    Ok(kept_nowhere(reply::page(StatusCode::OK, &CodesPage { layout, d, back: back.to_owned(), cards })))
}

fn card(look: Look<'_>, reading: &Reading, issued: &Issued) -> Result<Card, Error> {
    let qr_text = issued.invitation.to_text();
    let too_long = || Error::Refused("the code is too long for a QR code".into());
    let roles = issued.roles.iter().map(|role| words::role(reading.lang, *role));
    Ok(Card {
        name: if issued.name.is_empty() { look.officer(issued.officer) } else { issued.name.clone() },
        number: issued.officer,
        roles: roles.collect::<Vec<_>>().join("; "),
        places: issued.places.join("; "),
        picture: qr::as_svg(&qr_text).ok_or_else(too_long)?,
        handle: issued.invitation.code.handle.clone(),
        secret: issued.invitation.code.secret.clone(),
        fingerprint: issued.invitation.fingerprint.to_string(),
        url: issued.invitation.url.clone(),
        until: reading.moment(issued.valid_until),
    })
}

/// Officers without a phone on whom the reader may act, within a place or anywhere: those without a code that is still
/// valid, and how many others have one.
pub(crate) fn without_phone(
    places: &Places<'_>,
    within: Option<&Place>,
    open: &BTreeMap<u32, Vec<OpenCode>>,
) -> (Vec<u32>, usize) {
    let all = ops::without_phone(places.reference(), within).into_iter();
    let acts = acts_on(places);
    let all = all.filter(|officer| acts(*officer));
    let (waiting, without): (Vec<u32>, Vec<u32>) = all.partition(|officer| open.contains_key(officer));
    (without, waiting.len())
}

/// `GET /officers/cards`, for the place of `?within=`, and the page again with what is wrong with its form.
pub(crate) fn cards(
    c: &Context<'_>,
    within: Option<&Place>,
    sent: &Sent,
    wrong: &[Wrong],
) -> Result<Response, Error> {
    if c.visitor.rights < Rights::Admin {
        return Ok(c.message(StatusCode::FORBIDDEN, |t| (t.only_reads, t.only_reads_help)));
    }
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let open = ops::open_codes(c.view, c.reading.now)?;
    let (officers, waiting) = without_phone(&c.places, within, &open);
    let count = officers.len();
    let made = count.min(limit::CARDS);
    let mut layout = c.layout(d.cards.to_owned(), crumbs(c, d, &[(d.cards.to_owned(), None)]));
    layout.live = false;
    let page = CardsPage {
        layout,
        d,
        csrf: c.csrf(),
        faults: faults(wrong),
        within: within.map_or_else(String::new, Place::to_string),
        region: within.map_or_else(|| d.whole.to_owned(), |place| look.titled(place)),
        regions: super::typed_regions(c),
        count,
        waiting,
        made,
        more: if made < count {
            d.cards_most.replace("{most}", &limit::CARDS.to_string())
        } else {
            String::new()
        },
        code: code_form(c, sent),
    };
    Ok(reply::page(status(wrong), &page))
}

/// `GET /officers/cards`
pub(crate) fn cards_asked(c: &Context<'_>) -> Result<Response, Error> {
    let typed = c.asked.parameter("within").unwrap_or_default();
    if typed.trim().is_empty() {
        return cards(c, None, &Sent::default(), &[]);
    }
    match Place::typed(typed.trim()).ok().filter(|place| c.is_known(place)) {
        Some(place) => cards(c, Some(&place), &Sent::default(), &[]),
        None => {
            let wrong = [("within", text(c.reading.lang).no_place.to_owned())];
            cards(c, None, &Sent::default(), &wrong)
        }
    }
}
