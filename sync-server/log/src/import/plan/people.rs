//! Officers of an import: who is who, which grants are new, which end.
//!
//! A number is one person for as long as name or phone number says so. Where both differ the file may have been
//! sorted and numbered anew, and every old report would bear another name: that is refused, unless the operator
//! named the number.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Body, Grant, Officer},
    limit,
    note::Field,
    place::Place,
    role::Role,
};

use super::{Known, Lacking, Places, Plan, Statement, Tally, plain};
use crate::{
    author::DESK_OFFICER,
    import::{Contact, Content, OfficerRow, Problems, Spot, Told},
};

type People<'a> = BTreeMap<u32, Vec<&'a OfficerRow>>;

pub(super) fn officers(
    content: &Content,
    known: &Known<'_>,
    places: &Places,
    plan: &mut Plan,
    problems: &mut Problems,
) {
    if content.officers.is_empty() {
        return;
    }
    let mut people = People::new();
    for row in &content.officers {
        if !places.all.contains(&row.place) {
            let text = format!("no region or TPS has the code {}", row.place);
            problems.add(&content.names.officers, Spot::at(row.line, 5), "place", text);
        }
        people.entry(row.number).or_default().push(row);
    }
    identities(content, known, &people, problems);
    let (mut person, mut grant) = (Tally::default(), Tally::default());
    for (number, rows) in &people {
        if let Some(row) = rows.get(limit::GRANTS) {
            let text =
                format!("officer {number} has more than {} grants: name a region above them", limit::GRANTS);
            problems.add(&content.names.officers, Spot::at(row.line, 5), "place", text);
        }
        let is_replaced = content.decided.replace.contains(number);
        if is_replaced {
            plan.replaced.insert(*number);
            plan.void_codes.insert(*number);
        }
        contact(*number, rows, is_replaced, known, plan, &mut person);
        grants(*number, rows, is_replaced, known, plan, &mut grant);
    }
    missing(content, known, &people, plan, &mut grant);
    plan.tallies.push(("officers", person));
    plan.tallies.push(("grants", grant));
}

/// Refuses every number that would silently become another person.
fn identities(content: &Content, known: &Known<'_>, people: &People<'_>, problems: &mut Problems) {
    let (file, decided) = (&content.names.officers, &content.decided);
    for number in decided.replace.iter().chain(&decided.same) {
        let text = match (people.get(number), known.contacts.get(number)) {
            (None, _) => format!("number {number} was named as a person that changes and has no row"),
            (_, None) => format!("number {number} was named as a person that changes and is new"),
            (Some(rows), Some(old)) => match rows.first() {
                Some(row) if decided.replace.contains(number) && is_all_the_same(old, row) => {
                    format!("officer {number} has the name and phone number as before: nobody to replace")
                }
                _ => continue,
            },
        };
        problems.add(file, Spot::default(), "number", text);
    }
    let named: BTreeMap<(String, String), u32> =
        known.contacts.iter().filter_map(|(number, old)| Some((both(old)?, *number))).collect();
    for (number, rows) in people {
        let (Some(row), Some(old)) = (rows.first(), known.contacts.get(number)) else { continue };
        if decided.replace.contains(number) || decided.same.contains(number) {
            continue;
        }
        let other = named.get(&(name_key(&row.name), phone_key(&row.phone))).filter(|n| *n != number);
        let is_moved = other.is_some() && !is_all_the_same(old, row);
        if is_same(old, row) && !is_moved {
            continue;
        }
        let whose = other.map_or_else(String::new, |n| format!("; that is officer {n} in the log"));
        let text = format!(
            "officer {number} would become another person: {} becomes {:?} {:?}{whose}. Numbers stay with their \
             people: put the old ones back. If the number goes to another person, --replace-person {number}; if \
             it is the same one, --same-person {number}",
            shown(old),
            row.name,
            row.phone,
        );
        problems.add(file, Spot::at(row.line, 1), "number", text);
    }
}

/// Whether a row speaks of the person the log knows: name or phone number says so, or neither can be compared.
fn is_same(old: &Contact, row: &OfficerRow) -> bool {
    let compared = [compare(&old.name, &row.name, name_key), compare(&old.phone, &row.phone, phone_key)];
    compared.contains(&Some(true)) || !compared.contains(&Some(false))
}

fn is_all_the_same(old: &Contact, row: &OfficerRow) -> bool {
    compare(&old.name, &row.name, name_key) == Some(true)
        && compare(&old.phone, &row.phone, phone_key) != Some(false)
}

/// Whether two texts mean the same; `None` where one of them is not there.
fn compare(old: &Told, new: &str, key: fn(&str) -> String) -> Option<bool> {
    match old {
        Told::Text(old) if !new.is_empty() => Some(key(old) == key(new)),
        _ => None,
    }
}

fn both(contact: &Contact) -> Option<(String, String)> {
    match (&contact.name, &contact.phone) {
        (Told::Text(name), Told::Text(phone)) => Some((name_key(name), phone_key(phone))),
        _ => None,
    }
}

/// A name without what differs between two ways to write it.
pub(super) fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A phone number without spaces, signs and the code of Indonesia: `+62 812` and `0812` are one.
fn phone_key(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let own = digits.strip_prefix("62").or_else(|| digits.strip_prefix('0')).unwrap_or(&digits);
    own.to_owned()
}

fn shown(contact: &Contact) -> String {
    let text = |told: &Told| match told {
        Told::Text(text) => format!("{text:?}"),
        Told::Absent => "\"\"".to_owned(),
        Told::Erased => "(erased)".to_owned(),
    };
    format!("{} {}", text(&contact.name), text(&contact.phone))
}

fn contact(
    number: u32,
    rows: &[&OfficerRow],
    is_replaced: bool,
    known: &Known<'_>,
    plan: &mut Plan,
    tally: &mut Tally,
) {
    let Some(first) = rows.first() else { return };
    let place = home(rows).unwrap_or_else(|| first.place.clone());
    let old = known.contacts.get(&number);
    let keep = |old: Option<&Told>, text: &str| match old {
        // What was erased of one person does not come back; another one has a name of his own.
        Some(Told::Erased) if !is_replaced => Told::Erased,
        _ if text.is_empty() => Told::Absent,
        _ => Told::Text(text.to_owned()),
    };
    let new = Contact {
        place: place.clone(),
        name: keep(old.map(|c| &c.name), &first.name),
        phone: keep(old.map(|c| &c.phone), &first.phone),
    };
    let notes = [(Field::Name, &new.name), (Field::Phone, &new.phone)]
        .into_iter()
        .filter_map(|(field, told)| if let Told::Text(t) = told { Some((field, t.clone())) } else { None })
        .collect();
    let body = Body::Officer(Officer { officer: number });
    plan.compare(tally, old, &new, || Statement { place, body, notes });
}

/// The lowest place above all grants, so that whoever sees the officer's records can name the author.
fn home(rows: &[&OfficerRow]) -> Option<Place> {
    let first = rows.first()?.place.clone();
    std::iter::successors(Some(first), Place::parent)
        .find(|above| rows.iter().all(|r| r.place.is_within(above)))
}

/// The rows of a person are all grants: one that is in force and no longer listed ends. All grants of somebody who
/// is replaced end first, also those that the next one has, too.
fn grants(
    number: u32,
    rows: &[&OfficerRow],
    is_replaced: bool,
    known: &Known<'_>,
    plan: &mut Plan,
    tally: &mut Tally,
) {
    let wanted: BTreeSet<(Role, Place)> = rows.iter().map(|r| (r.role, r.place.clone())).collect();
    let held = held(number, known);
    let stay: BTreeSet<(Role, Place)> =
        if is_replaced { BTreeSet::new() } else { wanted.intersection(&held).cloned().collect() };
    tally.same += stay.len();
    for (role, place) in held.difference(&stay) {
        tally.changed += 1;
        plan.statements.push(ended(number, *role, place));
    }
    // One of the new ones says so of all.
    let mut is_first = is_replaced;
    for (role, place) in wanted.difference(&stay) {
        tally.new += 1;
        let new_person = std::mem::take(&mut is_first);
        let body = Grant { officer: number, role: *role, ended: false, new_person };
        plan.statements.push(plain(place, Body::Grant(body)));
    }
}

fn held(number: u32, known: &Known<'_>) -> BTreeSet<(Role, Place)> {
    known.reference.grants(number).into_iter().map(|g| (g.role, g.place)).collect()
}

fn ended(officer: u32, role: Role, place: &Place) -> Statement {
    plain(place, Body::Grant(Grant { officer, role, ended: true, new_person: false }))
}

/// Whoever has a grant and is not in the file: named, and ended where the operator said so.
fn missing(content: &Content, known: &Known<'_>, people: &People<'_>, plan: &mut Plan, tally: &mut Tally) {
    let holders: BTreeSet<u32> = known.reference.all_grants().map(|(officer, ..)| officer).collect();
    let gone: Vec<u32> =
        holders.into_iter().filter(|n| *n != DESK_OFFICER && !people.contains_key(n)).collect();
    if gone.is_empty() {
        return;
    }
    let becomes = match content.decided.end_missing {
        true => "their grants end",
        false => "they keep their grants; --ended missing ends them",
    };
    let named = |number: &u32| {
        let grants: Vec<String> =
            held(*number, known).iter().map(|(role, place)| format!("{} {place}", role.name())).collect();
        let name = known.contacts.get(number).map_or_else(String::new, shown);
        format!("officer {number} {name}: {}", grants.join(", "))
    };
    plan.lacking.push(Lacking {
        what: format!(
            "{} of the log not in {}: {becomes}",
            counted(gone.len(), "officer"),
            content.names.officers
        ),
        each: gone.iter().map(named).collect(),
    });
    for number in gone.iter().filter(|_| content.decided.end_missing) {
        plan.void_codes.insert(*number);
        for (role, place) in held(*number, known) {
            tally.changed += 1;
            plan.statements.push(ended(*number, role, &place));
        }
    }
}

/// `1 officer`, `2 officers`; TPS is its own plural.
pub(super) fn counted(n: usize, what: &str) -> String {
    if n == 1 || what == "TPS" { format!("{n} {what}") } else { format!("{n} {what}s") }
}
