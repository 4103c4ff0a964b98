//! Officers with their places and phones; found by name, number or place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{place::Place, role::Role};

use crate::{
    layout::{List, OfficersPage},
    page::Context,
    reply,
    view::{
        self, Look, Notes,
        officer::{DeviceFacts, OfficerView},
    },
};
use pantau_log::{Error, store::Usage};

/// Roles and places of officers, by number.
type Granted = BTreeMap<u32, Vec<(Role, Place)>>;

/// `GET /officers`, all or those that `?who=` finds
pub(crate) fn officers(c: &Context<'_>) -> Result<Response, Error> {
    let who = c.asked.parameter("who").unwrap_or_default();
    let who = who.trim().to_lowercase();
    let notes = Notes::new();
    let look = c.look(&notes);
    let all: Vec<(u32, Vec<(Role, Place)>)> =
        granted(c, look).into_iter().filter(|(n, grants)| is_meant(look, &who, *n, grants)).collect();
    let title = look.t().officers;
    let over = over(c)?;
    let page = OfficersPage {
        layout: c.layout(title.to_owned(), c.beside(title)),
        who,
        over: over.iter().map(|usage| view::officer::over(look, usage)).collect(),
        list: List::new(list(c, look, &all)?, look.t().empty_officers)
            .under(format!("{} {}", look.reading.number(all.len() as u64), look.t().people))
            .cut(all.len() > super::ROWS, look.t().shown_first),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// All officers whom the visitor may see: those with a grant where he sees, with these grants alone. Those who lost all
/// grants and still have a phone or a name stay in the list of whoever sees everything.
fn granted(c: &Context<'_>, look: Look<'_>) -> Granted {
    let mut all = Granted::new();
    for (officer, role, place) in look.reference.all_grants().filter(|(_, _, place)| c.sees(place)) {
        all.entry(officer).or_default().push((role, place.clone()));
    }
    if c.places.scope().is_some() {
        return all;
    }
    for officer in look.contacts.keys().copied().chain(look.reference.devices().map(|d| d.officer)) {
        all.entry(officer).or_default();
    }
    all
}

/// Whether a search means this officer: by number, part of the name, or code or name of a place.
fn is_meant(look: Look<'_>, who: &str, number: u32, grants: &[(Role, Place)]) -> bool {
    who.is_empty()
        || number.to_string() == who
        || look.officer(number).to_lowercase().contains(who)
        || grants
            .iter()
            .any(|(_, p)| p.as_str().starts_with(who) || look.place(p).to_lowercase().contains(who))
}

/// How many phones are over their quota of the day.
pub(crate) fn over_quota(c: &Context<'_>) -> Result<u64, Error> {
    Ok(over(c)?.len() as u64)
}

/// Phones over their quota of the day, of officers whom the visitor may see.
fn over(c: &Context<'_>) -> Result<Vec<Usage>, Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let mut over = c.read(|view| view.desk_over_quota())?;
    if c.places.scope().is_some() {
        let mine = granted(c, look);
        over.retain(|usage| look.reference.officer(&usage.device).is_some_and(|n| mine.contains_key(&n)));
    }
    Ok(over)
}

fn list(
    c: &Context<'_>,
    look: Look<'_>,
    all: &[(u32, Vec<(Role, Place)>)],
) -> Result<Vec<OfficerView>, Error> {
    let shown = all.get(..super::ROWS.min(all.len())).unwrap_or_default();
    let devices = devices(c, &shown.iter().map(|(number, _)| *number).collect())?;
    let of = |officer: &u32| devices.get(officer).map(Vec::as_slice).unwrap_or_default();
    let views =
        shown.iter().map(|(number, grants)| view::officer::officer(look, *number, grants, of(number)));
    Ok(views.collect())
}

/// The phones of these officers, newest first.
fn devices(c: &Context<'_>, of: &BTreeSet<u32>) -> Result<HashMap<u32, Vec<DeviceFacts>>, Error> {
    let mut all: HashMap<u32, Vec<DeviceFacts>> = HashMap::new();
    for device in c.places.reference().devices().filter(|d| of.contains(&d.officer)) {
        let heard = c.read(|view| view.heard(&device.device))?;
        all.entry(device.officer).or_default().push(DeviceFacts {
            device: device.device,
            records: heard.records,
            enrolled: c.places.known().enrolled(&device.device),
            seen: (heard.records > 0).then_some(heard.last_received_at),
        });
    }
    for mine in all.values_mut() {
        mine.sort_by_key(|d| std::cmp::Reverse(d.enrolled));
    }
    Ok(all)
}
