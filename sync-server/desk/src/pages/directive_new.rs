//! The form of a new directive: to whom, what, until when, and who will get it.

use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    ops::{self, NewDirective, NotAddressed, To},
    projector::Places,
    store::View,
};
use pantau_protocol::{
    hash,
    limit::NOTE_BYTES,
    place::{Level, Place},
    role::Role,
};

use super::{
    directives::{crumbs, task_of},
    officers::{acts_on, sees_officer},
};
use crate::{
    format::{Reading, read_local},
    layout::directive::{Choice, Fault, NewDirectivePage, Preview},
    page::Context,
    query::Query,
    reply,
    select::{self, Selection},
    sent::directive::Sent,
    text::{
        Lang,
        directive::{Text, text},
        words,
    },
    view::{Notes, tps_list::callee},
};

/// People of a preview that are named, of those whom the reader may see; the others are counted.
const NAMED: usize = 30;
/// Officers that are named where several match what was typed.
const MATCHES: usize = 10;

/// A directive that can be given.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) new: NewDirective,
    /// Who will get it.
    pub(crate) people: BTreeSet<u32>,
}

/// Something that is wrong with a field, by the id of the field.
pub(crate) type Wrong = (&'static str, String);

/// Roles that a directive may go to.
pub(crate) fn roles() -> impl Iterator<Item = Role> {
    Role::ALL.iter().copied().filter(|role| !role.is_desk())
}

/// Who the people of a preview are, as a short text: other people, another text.
pub(crate) fn who(people: &BTreeSet<u32>) -> String {
    let numbers: Vec<[u8; 4]> = people.iter().map(|n| n.to_le_bytes()).collect();
    let hash = hash::tagged("pantau/desk/people", &[numbers.concat().as_slice()]);
    hash::hex(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
}

/// To whom a form goes, as things stand now.
pub(crate) fn addressed(
    view: &dyn View,
    places: &Places<'_>,
    sent: &Sent,
    lang: Lang,
) -> Result<Result<To, Wrong>, Error> {
    let d = text(lang);
    let wrong = |field: &'static str, why: &str| Ok(Err((field, why.to_owned())));
    let acts = acts_on(places);
    Ok(match sent.to.as_str() {
        "officer" => officer(places, &sent.officer, d).map(To::Officer),
        "role" => {
            let role = roles().find(|role| role.name() == sent.role);
            let role = role.ok_or_else(|| ("role", d.no_role.to_owned()));
            role.and_then(|role| Ok(To::Role(role, place(places, &sent.place, d)?)))
        }
        "place" => place(places, &sent.place, d).map(To::Place),
        "list" => {
            let selection = Query::kept(&sent.conditions, &select::NAMES).and_then(|q| Selection::read(&q));
            let Ok(selection) = selection else { return wrong("to", d.bad_list) };
            let reference = places.reference();
            let sums = places.tps_sums(selection.within.as_ref())?;
            let meant = sums.iter().filter(|(place, sums)| selection.has(place, reference.tps(place), sums));
            let camats = ops::camats_of(reference, meant.map(|(place, _)| place));
            several(camats.into_keys().filter(|camat| acts(*camat)).collect(), d.nobody)
        }
        "waiting" => {
            let task = sent.of.parse().ok().map(|id| task_of(view, places, id)).transpose()?.flatten();
            let silent = task.map(|task| task.silent()).unwrap_or_default();
            several(silent.into_iter().filter(|officer| acts(*officer)).collect(), d.all_answered)
        }
        _ => return wrong("to", d.no_to),
    })
}

fn several(people: BTreeSet<u32>, none: &str) -> Result<To, Wrong> {
    if people.is_empty() { Err(("to", none.to_owned())) } else { Ok(To::Officers(people)) }
}

/// The officer with this number, or the only one with this in his name.
fn officer(places: &Places<'_>, typed: &str, d: &Text) -> Result<u32, Wrong> {
    let on_duty: BTreeSet<u32> = places.reference().all_grants().map(|(officer, ..)| officer).collect();
    let acts = acts_on(places);
    let on_duty: BTreeSet<u32> = on_duty.into_iter().filter(|officer| acts(*officer)).collect();
    let desk = pantau_log::author::DESK_OFFICER;
    let typed = typed.trim().to_lowercase();
    let named = places.known().contacts().iter().filter_map(|(number, contact)| {
        let pantau_log::import::Told::Text(name) = &contact.name else { return None };
        name.to_lowercase().contains(&typed).then_some(*number)
    });
    let found: Vec<u32> = match typed.parse() {
        Ok(number) => vec![number],
        Err(_) if typed.is_empty() => Vec::new(),
        Err(_) => named.collect(),
    };
    let found: Vec<u32> = found.into_iter().filter(|n| *n != desk && on_duty.contains(n)).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(("officer", d.no_officer.to_owned())),
        many => {
            let numbers: Vec<String> = many.iter().take(MATCHES).map(u32::to_string).collect();
            Err(("officer", format!("{} {}", d.several_officers, numbers.join(", "))))
        }
    }
}

fn place(places: &Places<'_>, typed: &str, d: &Text) -> Result<Place, Wrong> {
    let none = || ("place", d.no_place.to_owned());
    let place = Place::typed(typed.trim()).map_err(|_| none())?;
    let reference = places.reference();
    if !places.sees(&place) {
        return Err(none());
    }
    if reference.region(&place).is_none() && reference.tps(&place).is_none() {
        return Err(none());
    }
    if reference.is_ended(&place) { Err(("place", d.ended_place.to_owned())) } else { Ok(place) }
}

/// What a form asks for, or all that is wrong with it.
pub(crate) fn ready(
    view: &dyn View,
    places: &Places<'_>,
    sent: &Sent,
    reading: &Reading,
) -> Result<Result<Ready, Vec<Wrong>>, Error> {
    let d = text(reading.lang);
    let mut wrong: Vec<Wrong> = Vec::new();
    let to = addressed(view, places, sent, reading.lang)?.map_err(|why| wrong.push(why)).ok();
    let people = to.as_ref().map(|to| to.recipients(places.reference())).unwrap_or_default();
    if to.is_some() && people.is_empty() {
        wrong.push(("to", d.nobody.to_owned()));
    }
    let told = sent.text.trim();
    if told.is_empty() {
        wrong.push(("text", d.no_text.to_owned()));
    } else if told.len() > NOTE_BYTES {
        wrong.push(("text", d.long_text.to_owned()));
    }
    let profile = places.reference().profile();
    let due = read_local(&sent.due, reading.offset_s);
    match (profile, due) {
        (None, _) => wrong.push(("due", d.no_profile.to_owned())),
        (_, None) => wrong.push(("due", d.no_due.to_owned())),
        (_, Some(due)) if due <= reading.now => wrong.push(("due", d.past_due.to_owned())),
        (Some(profile), Some(due)) if ops::is_unlikely_due(due, reading.now, profile) => {
            wrong.push(("due", d.far_due.to_owned()));
        }
        (Some(_), Some(_)) => {}
    }
    Ok(match (to, due) {
        (Some(to), Some(due)) if wrong.is_empty() => {
            let new = NewDirective { to, due, text: told.to_owned() };
            Ok(Ready { new, people })
        }
        _ => Err(wrong),
    })
}

/// Why the log could not be written to that officer or place, by field.
pub(crate) fn not_addressed(why: &NotAddressed, lang: Lang) -> Wrong {
    let d = text(lang);
    match why {
        NotAddressed::NoGrant(_) => ("officer", d.no_officer.to_owned()),
        NotAddressed::NoSuchPlace(_) => ("place", d.no_place.to_owned()),
        NotAddressed::Ended(..) => ("place", d.ended_place.to_owned()),
        NotAddressed::Nobody => ("to", d.nobody.to_owned()),
    }
}

/// That other people would get it than the page showed.
pub(crate) fn changed(sent: &Sent, people: usize, lang: Lang) -> Wrong {
    let told = text(lang).changed.replace("{before}", &sent.count).replace("{now}", &people.to_string());
    ("to", told)
}

/// `GET /directive/new`, and the form again with what is wrong with it.
pub(crate) fn form(c: &Context<'_>, sent: &Sent, wrong: &[Wrong]) -> Result<Response, Error> {
    let (lang, d) = (c.reading.lang, text(c.reading.lang));
    let notes = Notes::new();
    let look = c.look(&notes);
    let kinds = [
        ("officer", d.to_officer),
        ("role", d.to_role),
        ("place", d.to_place),
        ("list", d.to_list),
        ("waiting", d.to_waiting),
    ];
    let is_offered = |word: &str| match word {
        "list" => sent.to == "list",
        "waiting" => sent.to == "waiting",
        _ => true,
    };
    let to = kinds.into_iter().filter(|(word, _)| is_offered(word));
    let to: Vec<Choice> =
        to.map(|(word, label)| (word.to_owned(), label.to_owned(), sent.to == word)).collect();
    let role = |role: Role| (role.name().to_owned(), words::role(lang, role), sent.role == role.name());
    let to_now = if sent.to.is_empty() { None } else { addressed(c.view, &c.places, sent, lang)?.ok() };
    let people = to_now.map(|to| to.recipients(c.places.reference())).filter(|people| !people.is_empty());
    // A directive to a region goes to those of the regions around it, too, whom not every reader may see.
    let sees = sees_officer(&c.places);
    let preview = people.map(|people| {
        let named = people.iter().filter(|officer| sees(**officer)).take(NAMED);
        let named: Vec<_> = named.map(|officer| callee(look, *officer)).collect();
        Preview {
            count: c.reading.number(people.len() as u64),
            more: match people.len() - named.len() {
                0 => String::new(),
                n => c.reading.number(n as u64),
            },
            people: named,
            who: who(&people),
        }
    });
    let mut layout = c.layout(d.new.to_owned(), crumbs(c, d.directives, d.new.to_owned()));
    // What is typed must not vanish under a page that refreshes itself.
    layout.live = false;
    let page = NewDirectivePage {
        layout,
        d,
        csrf: c.csrf(),
        faults: wrong.iter().map(|(field, text)| Fault { field, text: text.clone() }).collect(),
        to,
        officer: sent.officer.clone(),
        roles: roles().map(role).collect(),
        place: sent.place.clone(),
        regions: super::typed_regions(c),
        conditions: sent.conditions.clone(),
        of: sent.of.clone(),
        text: sent.text.clone(),
        text_bytes: NOTE_BYTES,
        due: if sent.due.is_empty() { default_due(&c.reading) } else { sent.due.clone() },
        preview,
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(reply::page(status, &page))
}

/// `GET /directive/new`, with what a link to it says already.
pub(crate) fn linked(c: &Context<'_>) -> Result<Response, Error> {
    if c.visitor.rights < pantau_log::store::Rights::Desk {
        return Ok(c.message(StatusCode::FORBIDDEN, |t| (t.only_reads, t.only_reads_help)));
    }
    let mut sent = Sent::linked(c.asked);
    if sent.to == "waiting" {
        let d = text(c.reading.lang);
        let task = sent.of.parse().ok().map(|id| task_of(c.view, &c.places, id)).transpose()?.flatten();
        let id = task.as_ref().and_then(|task| task.ids().next());
        let notes = c.notes(id)?;
        let told = id.map(|id| c.look(&notes).notes(&id)).unwrap_or_default();
        let told = told.iter().find(|note| !note.gone).map_or("", |note| note.text.as_str());
        sent.text = format!("{} {}", d.reminder, told.strip_prefix(d.reminder).unwrap_or(told).trim());
    }
    form(c, &sent, &[])
}

/// The next full hour and two hours more, local time, as a field of the form has it.
fn default_due(reading: &Reading) -> String {
    let local = reading.now.saturating_add(i64::from(reading.offset_s));
    let at = local.div_euclid(3600).saturating_add(3).saturating_mul(3600);
    chrono::DateTime::from_timestamp(at, 0)
        .map_or_else(String::new, |d| d.format("%Y-%m-%dT%H:%M").to_string())
}

/// Whether regions of a level may be chosen from a list: those below are too many, and their codes can be typed.
pub(super) fn is_offered(place: &Place) -> bool {
    matches!(place.level(), Some(Level::Province | Level::Regency | Level::District))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_due_two_hours_after_the_next_full_hour() {
        let reading = |now| Reading { now, offset_s: 25_200, zone: "WIB".into(), lang: Lang::Id };
        // 13 Feb 2024 18.05 WIB
        assert_eq!(default_due(&reading(1_707_822_300)), "2024-02-13T21:00");
        assert_eq!(default_due(&reading(1_707_822_000)), "2024-02-13T21:00");
        assert_eq!(default_due(&reading(1_707_822_000 - 1)), "2024-02-13T20:00");
    }
}
