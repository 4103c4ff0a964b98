//! Officers with their places and phones; narrowed by name, number, role, place, visits and phones.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    author::DESK_OFFICER,
    projector::Places,
    store::{Rights, Usage, View},
};
use pantau_protocol::{place::Place, role::Role};

use super::directive_new::roles;
use crate::{
    layout::{
        List,
        officer::{Choices, OfficersPage},
    },
    limit,
    page::Context,
    query::Query,
    reply,
    text::{Lang, officer::text, words},
    view::{
        self, Look, Notes,
        officer::{DeviceFacts, ListedOfficer},
        paged,
    },
};

/// Names of the conditions in an address.
pub(crate) const NAMES: [&str; 5] = ["who", "role", "within", "visited", "phone"];

/// Which officers a list shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    who: String,
    role: Option<Role>,
    pub(crate) within: Option<Place>,
    /// With or without a visit to a TPS.
    visited: Option<bool>,
    phone: Option<Held>,
}

/// What is known of the phones of an officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// No trusted one.
    Nothing,
    /// A trusted one.
    Phone,
    /// One that had not sent everything when it last called.
    Unsent,
}

const VISITED: [(&str, Option<bool>); 3] = [("none", Some(false)), ("some", Some(true)), ("", None)];
const HELD: [(&str, Option<Held>); 4] =
    [("none", Some(Held::Nothing)), ("some", Some(Held::Phone)), ("unsent", Some(Held::Unsent)), ("", None)];

impl Wanted {
    /// Reads it from an address; `None` for one that no list of ours has.
    pub(crate) fn read(query: &Query) -> Option<Self> {
        let all: Vec<(&str, Option<Role>)> = roles().map(|role| (role.name(), Some(role))).collect();
        let within = query.text("within").filter(|text| !text.trim().is_empty());
        Some(Self {
            who: query.text("who").unwrap_or_default().trim().to_lowercase(),
            role: query.choice("role", &[all.as_slice(), &[("", None)]].concat(), None).ok()?,
            within: within.map(|text| Place::typed(text.trim())).transpose().ok()?,
            visited: query.choice("visited", &VISITED, None).ok()?,
            phone: query.choice("phone", &HELD, None).ok()?,
        })
    }

    /// The address of a list, without the page.
    pub(crate) fn href(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let word = |all: &[(&'static str, Option<bool>)]| {
            all.iter().find(|(_, v)| *v == self.visited && v.is_some()).map(|(word, _)| *word)
        };
        let held = HELD.iter().find(|(_, v)| *v == self.phone && v.is_some()).map(|(word, _)| *word);
        let parts = [
            ("who", Some(self.who.as_str()).filter(|who| !who.is_empty())),
            ("role", self.role.map(Role::name)),
            ("within", self.within.as_ref().map(Place::as_str)),
            ("visited", word(&VISITED)),
            ("phone", held),
        ];
        for (name, value) in parts {
            value.map(|value| query.append_pair(name, value));
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Whether an officer is meant, phones left out. Role and place must be of one grant.
    fn has(&self, look: Look<'_>, found: &Found, visits: u64) -> bool {
        let of = |grant: &(Role, Place)| {
            self.role.is_none_or(|role| role == grant.0)
                && self.within.as_ref().is_none_or(|within| grant.1.is_within(within))
        };
        let is_free = self.role.is_none() && self.within.is_none();
        (is_free || found.grants.iter().any(of))
            && self.visited.is_none_or(|wanted| wanted == (visits > 0))
            && self.is_called(look, found)
    }

    fn is_called(&self, look: Look<'_>, found: &Found) -> bool {
        let who = self.who.as_str();
        who.is_empty()
            || found.number.to_string() == who
            || look.officer(found.number).to_lowercase().contains(who)
            || found
                .grants
                .iter()
                .any(|(_, p)| p.as_str().starts_with(who) || look.titled(p).to_lowercase().contains(who))
    }
}

/// An officer with the grants that are in force.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) number: u32,
    pub(crate) grants: Vec<(Role, Place)>,
    /// Visits to TPS.
    pub(crate) visits: u64,
}

/// Officers that are meant, by number. Those who lost all grants and still have a phone or a name are among them.
pub(crate) fn wanted(
    view: &dyn View,
    places: &Places<'_>,
    look: Look<'_>,
    wanted: &Wanted,
) -> Result<Vec<Found>, Error> {
    let mut all: BTreeMap<u32, Vec<(Role, Place)>> = BTreeMap::new();
    for (officer, role, place) in look.reference.all_grants().filter(|(.., place)| places.sees(place)) {
        all.entry(officer).or_default().push((role, place.clone()));
    }
    // Those who lost all grants belong to no region.
    if places.scope().is_none() {
        for officer in look.contacts.keys().copied().chain(look.reference.devices().map(|d| d.officer)) {
            all.entry(officer).or_default();
        }
    }
    all.remove(&DESK_OFFICER);
    let mut visits: HashMap<u32, u64> = HashMap::new();
    for root in places.roots() {
        for (officer, count) in places.visited(&root)? {
            *visits.entry(officer).or_default() += count;
        }
    }
    let found = |(number, grants): (u32, Vec<(Role, Place)>)| Found {
        number,
        grants,
        visits: visits.get(&number).copied().unwrap_or_default(),
    };
    let mut found: Vec<Found> = all.into_iter().map(found).collect();
    found.retain(|officer| wanted.has(look, officer, officer.visits));
    if let Some(held) = wanted.phone {
        let numbers: BTreeSet<u32> = found.iter().map(|officer| officer.number).collect();
        let devices = devices(view, places, &numbers)?;
        let has = |number: u32| {
            let trusted = devices.get(&number).into_iter().flatten();
            let mut trusted = trusted.filter(|d| !look.reference.is_revoked(&d.device));
            match held {
                Held::Nothing => trusted.next().is_none(),
                Held::Phone => trusted.next().is_some(),
                Held::Unsent => trusted.any(|d| d.call.is_some_and(|call| call.unsent > 0)),
            }
        };
        found.retain(|officer| has(officer.number));
    }
    Ok(found)
}

/// `GET /officers`, narrowed by the conditions of its address
pub(crate) fn officers(c: &Context<'_>) -> Result<Response, Error> {
    let read = Query::read(c.asked, &[NAMES.as_slice(), &["page", "lang"]].concat()).ok();
    let read = read
        .and_then(|query| Some((Wanted::read(&query)?, query.number("page", 1, limit::LIST_PAGES).ok()?)));
    let Some((asked, number)) = read else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    if asked.within.as_ref().is_some_and(|within| !c.sees(within)) {
        return Ok(c.not_found());
    }
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let all = wanted(c.view, &c.places, look, &asked)?;
    let shown = all.iter().skip((number - 1) * limit::LIST_ROWS).take(limit::LIST_ROWS);
    let shown: Vec<&Found> = shown.collect();
    let devices = devices(c.view, &c.places, &shown.iter().map(|officer| officer.number).collect())?;
    let of = |officer: u32| devices.get(&officer).map(Vec::as_slice).unwrap_or_default();
    let row = |f: &&Found| view::officer::listed(look, f.number, &f.grants, f.visits, of(f.number));
    let rows: Vec<ListedOfficer> = shown.iter().map(row).collect();
    let over = over(c)?;
    let is_narrowed = !asked.href("").is_empty();
    let quick = [
        (d.camats_unvisited, Wanted { role: Some(Role::Camat), visited: Some(false), ..Wanted::default() }),
        (d.without_phone, Wanted { phone: Some(Held::Nothing), ..Wanted::default() }),
    ];
    let within = asked.within.as_ref().map(|place| format!("?within={place}")).unwrap_or_default();
    let page = OfficersPage {
        layout: c.layout(d.officers.to_owned(), c.beside(d.officers)),
        d,
        who: asked.who.clone(),
        within: asked.within.as_ref().map_or_else(String::new, Place::to_string),
        regions: super::typed_regions(c),
        choices: choices(look.lang(), &asked),
        is_narrowed,
        quick: quick.map(|(label, wanted)| (label, wanted.href("/officers"))).into(),
        may_change: c.visitor.rights >= Rights::Admin,
        cards: format!("/officers/cards{within}"),
        export: format!("/export/officers.csv{}", super::export_query(asked.within.as_ref())),
        over: over.iter().map(|usage| view::officer::over(look, usage)).collect(),
        pager: paged::pager(look, &asked.href("/officers"), number, all.len()),
        list: List::new(rows, if is_narrowed { d.empty_filtered } else { d.empty }).under(format!(
            "{} {}",
            look.reading.number(all.len() as u64),
            d.in_list
        )),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// The fields of the form that narrows the list.
fn choices(lang: Lang, wanted: &Wanted) -> Vec<Choices> {
    let d = text(lang);
    let of_role =
        roles().map(|role| (role.name().to_owned(), words::role(lang, role), wanted.role == Some(role)));
    let visited = [("none", d.visited_none, false), ("some", d.visited_some, true)];
    let visited =
        visited.map(|(word, text, is)| (word.to_owned(), text.to_owned(), wanted.visited == Some(is)));
    let phone = [
        ("none", d.phone_none, Held::Nothing),
        ("some", d.phone_some, Held::Phone),
        ("unsent", d.phone_unsent, Held::Unsent),
    ];
    let phone =
        phone.map(|(word, text, held)| (word.to_owned(), text.to_owned(), wanted.phone == Some(held)));
    let all = || (String::new(), d.all.to_owned(), false);
    vec![
        Choices { name: "role", label: d.role, choices: std::iter::once(all()).chain(of_role).collect() },
        Choices {
            name: "visited",
            label: d.visits,
            choices: std::iter::once(all()).chain(visited).collect(),
        },
        Choices {
            name: "phone",
            label: d.device_column,
            choices: std::iter::once(all()).chain(phone).collect(),
        },
    ]
}

/// How many phones are over their quota of the day.
pub(crate) fn over_quota(c: &Context<'_>) -> Result<u64, Error> {
    Ok(over(c)?.len() as u64)
}

/// Phones over their quota of the day, of officers whom the visitor may see.
fn over(c: &Context<'_>) -> Result<Vec<Usage>, Error> {
    let mut over = c.read(|view| view.desk_over_quota())?;
    if c.places.scope().is_some() {
        let officer = |usage: &Usage| c.places.reference().officer(&usage.device);
        let sees = sees_officer(&c.places);
        over.retain(|usage| officer(usage).is_some_and(&sees));
    }
    Ok(over)
}

/// Tells whom the reader may see: an officer with a grant where he sees, or anybody for whoever sees everything. It walks
/// over all grants once, for however many officers it is asked about.
pub(crate) fn sees_officer(places: &Places<'_>) -> impl Fn(u32) -> bool + use<> {
    let seen = places.scope().map(|_| {
        let seen = places.reference().all_grants().filter(|(.., place)| places.sees(place));
        seen.map(|(officer, ..)| officer).collect::<BTreeSet<u32>>()
    });
    move |officer| seen.as_ref().is_none_or(|seen| seen.contains(&officer))
}

/// Tells on whom the reader may act: an officer all of whose grants lie where he sees. It walks over all grants once, too.
pub(crate) fn acts_on(places: &Places<'_>) -> impl Fn(u32) -> bool + use<> {
    let own = places.scope().map(|_| {
        let mut own: BTreeMap<u32, bool> = BTreeMap::new();
        for (officer, _, place) in places.reference().all_grants() {
            *own.entry(officer).or_insert(true) &= places.sees(place);
        }
        own
    });
    move |officer| own.as_ref().is_none_or(|own| own.get(&officer) == Some(&true))
}

/// The phones of these officers: those in use first, then the newest.
pub(crate) fn devices(
    view: &dyn View,
    places: &Places<'_>,
    of: &BTreeSet<u32>,
) -> Result<HashMap<u32, Vec<DeviceFacts>>, Error> {
    let mut all: HashMap<u32, Vec<DeviceFacts>> = HashMap::new();
    for device in places.reference().devices().filter(|d| of.contains(&d.officer)) {
        let heard = view.heard(&device.device)?;
        all.entry(device.officer).or_default().push(DeviceFacts {
            device: device.device,
            predecessor: device.predecessor,
            records: heard.records,
            enrolled: places.known().enrolled(&device.device),
            seen: (heard.records > 0).then_some(heard.last_received_at),
            call: view.last_contact(&device.device)?,
        });
    }
    for mine in all.values_mut() {
        mine.sort_by_key(|d| {
            let is_revoked = places.reference().is_revoked(&d.device);
            (is_revoked, std::cmp::Reverse((d.contact().max(d.enrolled), d.enrolled, d.device)))
        });
    }
    Ok(all)
}
