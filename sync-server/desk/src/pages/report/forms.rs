//! The form of each kind: who told it, what was told.

use pantau_log::Error;
use pantau_protocol::{
    body::{Answer, Category, CustodyKind, Kind, Progress, RegionLevel, Rest, Severity, Situation, Way},
    checklist::{Checklist, Venue},
    place::{Level, Place},
    projection::PlaceState,
};

use super::{
    fields::{Field, Group, Input, Maker, Problems},
    goods,
};
use crate::{
    find,
    page::Context,
    sent::{
        Fields,
        report::{CHANNELS, KINDS},
    },
    text::{report as words_of, words},
    view::{Look, Notes, summary},
};

/// The groups of a form with what was typed and what is wrong.
pub(super) fn groups(
    c: &Context<'_>,
    place: &Place,
    kind: Kind,
    state: &PlaceState,
    (fields, problems): (&Fields, &Problems),
) -> Result<Vec<Group>, Error> {
    let make = Maker { fields, problems };
    let mut groups = vec![who(c, place, make)];
    groups.extend(match kind {
        Kind::Visit => visit(c, make),
        Kind::Receive => goods::receive(c, make),
        Kind::Dispatch => goods::dispatch(c, make),
        Kind::Incident => incident(c, make),
        Kind::IncidentUpdate => progress(c, place, state, make)?,
        Kind::Turnout => turnout(c, place, make),
        _ => standby(c, make),
    });
    Ok(groups)
}

/// Sensible values for a new form.
pub(super) fn with_defaults(c: &Context<'_>, place: &Place, kind: Kind, fields: Fields) -> Fields {
    let point = point(place).number().to_string();
    let code = place.to_string();
    let next = next_point(place).number().to_string();
    let text = |number: u32| number.to_string();
    match kind {
        Kind::Visit => {
            let asked = c.asked.parameter("list").unwrap_or_default();
            let list = lists(c, place).into_iter().next();
            let first = list.map(|list| format!("{}.{}", list.number, list.version)).unwrap_or_default();
            fields.with(&[("list", if asked.is_empty() { &first } else { &asked })])
        }
        Kind::Receive => {
            let is_small = matches!(place.level(), Some(Level::Tps | Level::Village));
            let kits = if is_small { code.as_str() } else { "" };
            fields.with(&[("at", &point), ("rest", &text(Rest::NotChecked.number())), ("kits", kits)])
        }
        Kind::Dispatch => fields.with(&[("at", &point), ("to_kind", &next), ("packed", "1")]),
        Kind::Incident => fields.with(&[("severity", &text(Severity::Medium.number()))]),
        Kind::IncidentUpdate => {
            let target = c.asked.parameter("target").unwrap_or_default();
            fields.with(&[("target", &target), ("progress", &text(Progress::Working.number()))])
        }
        Kind::Turnout => fields.with(&[("hour", &hour_of_now(c).to_string())]),
        Kind::Standby => fields.with(&[("situation", &text(Situation::Calm.number()))]),
        _ => fields,
    }
}

/// Who told it, when, and by which way.
fn who(c: &Context<'_>, place: &Place, make: Maker<'_>) -> Group {
    let r = words_of::text(c.reading.lang);
    let notes = Notes::new();
    let look = c.look(&notes);
    let sees = |place: &Place| c.sees(place);
    let officers = find::officers_of(super::lists(c, &sees), place);
    let named =
        officers.into_iter().map(|n| (format!("{n} · {}", look.officer(n)), said_of(c, look, n))).collect();
    let channels =
        CHANNELS.iter().zip([r.channel_phone, r.channel_radio, r.channel_message, r.channel_paper]);
    let channels = channels.map(|((word, _), label)| ((*word).to_owned(), label.to_owned())).collect();
    let fields = vec![
        make.field("officer", r.officer, Input::Suggested(named)).hint(r.officer_hint),
        make.field("informant", r.informant, Input::Text).hint(r.informant_hint),
        make.field("channel", r.channel, Input::Select(channels)).required(),
        make.field("called", &with_zone(c, r.called), Input::Time).required(),
        make.field("held", &with_zone(c, r.held), Input::Time).hint(r.held_hint),
    ];
    Group::new(r.who, fields)
}

/// What an officer is and where, as far as the reader may see it, beside the name in a list.
pub(super) fn said_of(c: &Context<'_>, look: Look<'_>, officer: u32) -> String {
    let grants = look.reference.grants(officer).into_iter().filter(|grant| c.sees(&grant.place));
    let all = grants.map(|g| format!("{} {}", words::role(look.lang(), g.role), look.place(&g.place)));
    all.collect::<Vec<_>>().join(", ")
}

/// A label of a time with the zone that is meant.
pub(super) fn with_zone(c: &Context<'_>, label: &str) -> String {
    format!("{label} ({})", c.reading.zone)
}

fn note(c: &Context<'_>, make: Maker<'_>) -> Field {
    make.field("note", words_of::text(c.reading.lang).note, Input::Area)
}

fn visit(c: &Context<'_>, make: Maker<'_>) -> Vec<Group> {
    let (lang, r) = (c.reading.lang, words_of::text(c.reading.lang));
    let named = make.fields.get("list").split_once('.');
    let named = named.and_then(|(number, version)| Some((number.parse().ok()?, version.parse().ok()?)));
    let list = named.and_then(|(number, version)| c.places.reference().checklist(number, version));
    let answers = [Answer::Ok, Answer::NotOk, Answer::NotApplicable];
    let item = |(n, item): (usize, &pantau_protocol::checklist::Item)| {
        let name = format!("a-{}", n + 1);
        let label = lang.pick(&item.id, &item.en);
        make.cases((&name, label), Some(r.not_said), &answers, |a| (a.number(), words::answer(lang, a)))
    };
    let items: Vec<Field> =
        list.map_or_else(Vec::new, |list| list.items.iter().enumerate().map(item).collect());
    let way = make.cases(("way", r.way), Some(r.not_said), Way::ALL, |w| (w.number(), words::way(lang, w)));
    vec![
        Group::new(r.checklist, items).hint(r.checklist_hint),
        Group::new(r.step_report, vec![way, note(c, make)]),
    ]
}

/// The newest checklists for what may stand at a place.
pub(super) fn lists<'a>(c: &'a Context<'_>, place: &Place) -> Vec<&'a Checklist> {
    let venues: &[Venue] = match place.level() {
        Some(Level::Tps) => &[Venue::Tps],
        Some(Level::Village) => &[Venue::Pps],
        Some(Level::District) => &[Venue::Ppk],
        Some(Level::Regency | Level::Province) | None => &[Venue::Kpu, Venue::Bawaslu],
    };
    venues.iter().filter_map(|venue| c.places.reference().checklist_for(*venue)).collect()
}

fn incident(c: &Context<'_>, make: Maker<'_>) -> Vec<Group> {
    let (lang, r) = (c.reading.lang, words_of::text(c.reading.lang));
    let category = make.cases(("category", r.category), Some(r.choose), Category::ALL, |case| {
        (case.number(), words::category(lang, case))
    });
    let severity = make.cases(("severity", r.severity), None, Severity::ALL, |case| {
        (case.number(), words::severity(lang, case))
    });
    let fields = vec![
        category.required(),
        severity.required(),
        make.field("note", r.what_happened, Input::Area),
        make.field("need", r.need, Input::Text),
    ];
    vec![Group::new(r.step_report, fields)]
}

/// The incidents of the place, and the directives about it and about what it lies in.
fn progress(
    c: &Context<'_>,
    place: &Place,
    state: &PlaceState,
    make: Maker<'_>,
) -> Result<Vec<Group>, Error> {
    let (lang, r) = (c.reading.lang, words_of::text(c.reading.lang));
    let mut above = Vec::new();
    for place in place.ancestors() {
        above.extend(c.places.state(&place)?.directives.iter().cloned());
    }
    let directives: Vec<_> = state.directives.iter().cloned().chain(above).collect();
    let mut incidents: Vec<_> = state.incidents.iter().collect();
    incidents.sort_by_key(|i| (!i.is_open(), std::cmp::Reverse(i.mark.at)));
    let marks = incidents.iter().map(|i| i.mark.record).chain(directives.iter().map(|d| d.mark.record));
    let notes = c.notes(marks)?;
    let look = c.look(&notes);
    let text = |id| {
        let note = look.notes(id).into_iter().next().map(|note| note.text).unwrap_or_default();
        let cut: String = note.chars().take(60).collect();
        if cut.len() < note.len() { format!("{cut}…") } else { cut }
    };
    let incident = incidents.iter().map(|i| {
        let (what, when) = (words::category(lang, i.category), look.reading.local(i.mark.at));
        let label = format!("{}: {what}, {when} {}", r.target_incident, text(&i.mark.record));
        (i.mark.record.to_string(), label)
    });
    let directive = directives.iter().map(|d| {
        let label = format!("{}: {} {}", r.target_directive, text(&d.mark.record), look.reading.local(d.due));
        (d.mark.record.to_string(), label)
    });
    let mut choices: Vec<(String, String)> = incident.chain(directive).collect();
    // One that a correction is about may be of another wording by now.
    let chosen = make.fields.get("target").to_owned();
    if !chosen.is_empty() && !choices.iter().any(|(id, _)| *id == chosen) {
        choices.push((chosen.clone(), chosen));
    }
    let is_none = choices.is_empty();
    choices.insert(0, (String::new(), r.choose.to_owned()));
    let target = make.field("target", r.target, Input::Select(choices)).required();
    let target = if is_none { target.hint(r.target_none) } else { target };
    let progress = make.cases(("progress", r.progress), None, Progress::ALL, |case| {
        (case.number(), words::progress(lang, case))
    });
    Ok(vec![Group::new(r.step_report, vec![target, progress.required(), note(c, make)])])
}

/// The hour of now, within those at which turnout is told.
fn hour_of_now(c: &Context<'_>) -> u32 {
    let local = c.reading.now + i64::from(c.reading.offset_s);
    let hour = u32::try_from(local.rem_euclid(86_400) / 3600).unwrap_or(0);
    c.places.reference().profile().map_or(hour, |profile| {
        let hours = profile.turnout_hours();
        hour.clamp(*hours.start(), *hours.end())
    })
}

fn turnout(c: &Context<'_>, place: &Place, make: Maker<'_>) -> Vec<Group> {
    let r = words_of::text(c.reading.lang);
    let mut hours: Vec<u32> =
        c.places.reference().profile().map_or_else(|| (0..24).collect(), |p| p.turnout_hours().collect());
    hours.extend(make.fields.get("hour").parse().ok().filter(|hour| *hour < 24 && !hours.contains(hour)));
    let hours = hours.into_iter().map(|hour| (hour.to_string(), format!("{hour:02}.00"))).collect();
    let voters = make.field("voters", r.voters, Input::Number).required();
    let registered = c.places.reference().tps(place).map(|tps| {
        format!("{} {}", c.reading.number(tps.voters), c.reading.lang.text().voters.to_lowercase())
    });
    let fields = vec![
        make.field("hour", &with_zone(c, r.hour), Input::Select(hours)).required(),
        voters.hint(&registered.unwrap_or_default()),
    ];
    vec![Group::new(r.step_report, fields)]
}

fn standby(c: &Context<'_>, make: Maker<'_>) -> Vec<Group> {
    let (lang, r) = (c.reading.lang, words_of::text(c.reading.lang));
    let situation = make.cases(("situation", r.situation), None, Situation::ALL, |case| {
        (case.number(), words::situation(lang, case))
    });
    let fields = vec![
        make.field("present", r.present, Input::Number).required(),
        make.field("team", r.team, Input::Number).required(),
        situation.required(),
        make.field("no_obstacle", r.no_obstacle, Input::Check),
        note(c, make),
    ];
    vec![Group::new(r.step_report, fields)]
}

/// What kind of point on the way of goods a place is.
pub(super) fn point(place: &Place) -> CustodyKind {
    match place.level() {
        Some(Level::Tps) => CustodyKind::Tps,
        Some(Level::Village) => CustodyKind::Pps,
        Some(Level::District) => CustodyKind::Ppk,
        Some(Level::Regency | Level::Province) | None => CustodyKind::Warehouse,
    }
}

/// The next point of the way down.
fn next_point(place: &Place) -> CustodyKind {
    match point(place) {
        CustodyKind::Warehouse => CustodyKind::Ppk,
        CustodyKind::Ppk => CustodyKind::Pps,
        _ => CustodyKind::Tps,
    }
}

/// The names of regions down to the kecamatan, which are offered while one types.
pub(super) fn suggested(c: &Context<'_>) -> Vec<String> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let is_large = |level| matches!(level, RegionLevel::Regency | RegionLevel::City | RegionLevel::District);
    let all =
        c.places.reference().regions().filter(|(place, region)| is_large(region.level) && c.sees(place));
    all.map(|(place, _)| look.titled(place)).collect()
}

/// The names of the kinds with their links, for a place.
pub(super) fn kinds(c: &Context<'_>, place: &Place) -> Vec<(String, String)> {
    let lang = c.reading.lang;
    let is_tps = c.places.reference().tps(place).is_some();
    let lists = lists(c, place);
    let mut all = Vec::new();
    for (word, kind) in KINDS {
        let (href, name) = (format!("/report?place={place}&kind={word}"), words::kind(lang, kind));
        match kind {
            Kind::Turnout if !is_tps => {}
            Kind::Visit if lists.len() > 1 => all.extend(lists.iter().map(|list| {
                let href = format!("{href}&list={}.{}", list.number, list.version);
                (href, format!("{name} ({})", list.venue.name()))
            })),
            Kind::Visit if lists.is_empty() => {}
            _ => all.push((href, name)),
        }
    }
    all
}

/// The name of an item of the kit.
pub(super) fn item_name(c: &Context<'_>, number: u32) -> String {
    let notes = Notes::new();
    summary::item_name(c.look(&notes), number)
}
