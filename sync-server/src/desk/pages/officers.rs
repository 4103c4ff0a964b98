//! Officers with their places and phones; found by name, number or place.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{extract::State, http::StatusCode, response::Response};
use pantau_protocol::{body::Body, journal::DeviceId, place::Place, role::Role};

use crate::desk::{
    Desk,
    frame::OfficersPage,
    page::{Context, Tab, show},
    reply,
    view::{
        self, Look, Notes,
        officer::{DeviceFacts, OfficerView},
    },
    visit::Asked,
};

/// Roles and places of officers, by number.
type Granted = BTreeMap<u32, Vec<(Role, Place)>>;

/// `GET /officers`, all or those that `?who=` finds
pub(in crate::desk) async fn officers(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let who = c.asked.parameter("who").unwrap_or_default();
        let who = who.trim().to_lowercase();
        let notes = Notes::new();
        let look = c.look(&notes);
        let all: Vec<(u32, Vec<(Role, Place)>)> =
            granted(look).into_iter().filter(|(n, grants)| is_meant(look, &who, *n, grants)).collect();
        let title = look.t().officers;
        let over = c.read(|view| view.desk_over_quota())?;
        let page = OfficersPage {
            frame: c.frame(Tab::Officers, title.to_owned(), c.beside(title)),
            under: format!("{} {}", look.reading.number(all.len() as u64), look.t().people),
            who,
            over: over.iter().map(|usage| view::officer::over(look, usage)).collect(),
            list: list(c, look, &all),
            cut: all.len() > super::ROWS,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}

/// All officers. Those who lost all grants and still have a phone or a name stay in the list.
fn granted(look: Look<'_>) -> Granted {
    let mut all = Granted::new();
    for (officer, role, place) in look.reference.all_grants() {
        all.entry(officer).or_default().push((role, place.clone()));
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

fn list(c: &Context<'_>, look: Look<'_>, all: &[(u32, Vec<(Role, Place)>)]) -> Vec<OfficerView> {
    let devices = devices(c);
    let of = |officer: &u32| devices.get(officer).map(Vec::as_slice).unwrap_or_default();
    let shown = all.iter().take(super::ROWS);
    shown.map(|(number, grants)| view::officer::officer(look, *number, grants, of(number))).collect()
}

/// The phones of all officers, newest first.
fn devices(c: &Context<'_>) -> HashMap<u32, Vec<DeviceFacts>> {
    let enrolled = enrolled(c);
    let mut all: HashMap<u32, Vec<DeviceFacts>> = HashMap::new();
    for device in c.board.reference().devices() {
        let heard = c.board.heard(&device.device);
        all.entry(device.officer).or_default().push(DeviceFacts {
            device: device.device,
            records: heard.records,
            enrolled: enrolled.get(&device.device).copied(),
            seen: (heard.records > 0).then_some(heard.last_received_at),
        });
    }
    for mine in all.values_mut() {
        mine.sort_by_key(|d| std::cmp::Reverse(d.enrolled));
    }
    all
}

/// When each phone was enrolled: the time of its first `Device` record.
fn enrolled(c: &Context<'_>) -> HashMap<DeviceId, i64> {
    let mut all = HashMap::new();
    let places: std::collections::BTreeSet<&Place> =
        c.board.reference().devices().flat_map(|d| d.regions.first()).collect();
    for fact in places.into_iter().flat_map(|p| c.board.fold().facts_of(p)) {
        if let Body::Device(d) = &fact.body {
            let at = fact.effective_at();
            all.entry(d.device).and_modify(|first: &mut i64| *first = at.min(*first)).or_insert(at);
        }
    }
    all
}
