//! Finds a place or an officer by what somebody typed: names in any writing, codes with or without dots, numbers, phone
//! numbers.

use std::collections::BTreeMap;

use pantau_log::{
    author::DESK_OFFICER,
    import::{Contact, Told},
};
use pantau_protocol::{
    body::RegionLevel,
    place::{Level, Place},
    projection::Reference,
    role::Role,
};

use crate::limit::FOUND;

/// What a text stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<T> {
    Nothing,
    One(T),
    /// The first ones, and whether there are more.
    Several(Vec<T>, bool),
}

impl<T> Found<T> {
    fn of(mut all: Vec<T>) -> Self {
        let is_cut = all.len() > FOUND;
        all.truncate(FOUND);
        match all.len() {
            0 | 1 => all.pop().map_or(Self::Nothing, Self::One),
            _ => Self::Several(all, is_cut),
        }
    }
}

/// The lists, and what of them whoever asks may see.
#[derive(Clone, Copy)]
pub(crate) struct Lists<'a> {
    pub(crate) reference: &'a Reference,
    pub(crate) contacts: &'a BTreeMap<u32, Contact>,
    pub(crate) sees: &'a dyn Fn(&Place) -> bool,
}

impl Lists<'_> {
    /// Whether there is such a place that he may see.
    pub(crate) fn has(&self, place: &Place) -> bool {
        (self.sees)(place) && self.reference.has_place(place)
    }
}

/// The place that a text means.
pub(crate) fn place(lists: Lists<'_>, text: &str) -> Found<Place> {
    let reference = lists.reference;
    if let Some(place) = coded(lists, text) {
        return Found::One(place);
    }
    let named = Named::read(text);
    if named.words.is_empty() {
        return Found::Nothing;
    }
    let mut regions: Vec<(bool, &Place)> = reference
        .regions()
        .filter(|(place, region)| {
            // Of a village somebody may see one TPS only.
            let is_seen = named.number.is_some() || (lists.sees)(place);
            is_seen && named.level.is_none_or(|level| level.fits(region.level))
        })
        .filter(|(place, region)| named.fits(reference, place, &region.name))
        .map(|(place, region)| (!named.is(&region.name), place))
        .collect();
    // Those that are called so stand before those whose name only contains it.
    regions.sort();
    let Some(number) = named.number else {
        return Found::of(regions.into_iter().map(|(_, p)| p.clone()).collect());
    };
    let villages: Vec<&Place> =
        regions.into_iter().map(|(_, p)| p).filter(|p| p.level() == Some(Level::Village)).collect();
    let is_it = |tps: &Place| numbered(tps) == Some(number);
    let tps = reference.all_tps().map(|(tps, _)| tps);
    let tps = tps.filter(|tps| {
        (lists.sees)(tps) && is_it(tps) && villages.iter().any(|village| tps.is_within(village))
    });
    Found::of(tps.cloned().collect())
}

/// The places that a line of a list of TPS means: one, a range (`…/001-012`), or all of a region. At most
/// the first `most` of them are given.
pub(crate) fn tps_of(lists: Lists<'_>, line: &str, most: usize) -> Option<Vec<Place>> {
    let reference = lists.reference;
    let of_range = |(first, last): (&str, &str)| {
        let (village, first) = first.rsplit_once('/')?;
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let village = match place(lists, village) {
            Found::One(village) => village,
            Found::Nothing | Found::Several(..) => return None,
        };
        let is_in = |tps: &&Place| {
            tps.parent().as_ref() == Some(&village)
                && numbered(tps).is_some_and(|number| (first..=last).contains(&number))
        };
        let all: Vec<Place> =
            reference.all_tps().map(|(tps, _)| tps).filter(is_in).take(most).cloned().collect();
        (!all.is_empty()).then_some(all)
    };
    if let Some(range) = line.rsplit_once('-').and_then(of_range) {
        return Some(range);
    }
    let Found::One(found) = place(lists, line) else { return None };
    if found.level() == Some(Level::Tps) {
        return Some(vec![found]);
    }
    let inside = reference.all_tps().map(|(tps, _)| tps).filter(|tps| tps.is_within(&found));
    let inside: Vec<Place> = inside.filter(|tps| !reference.is_ended(tps)).take(most).cloned().collect();
    (!inside.is_empty()).then_some(inside)
}

/// A known place by its code.
fn coded(lists: Lists<'_>, text: &str) -> Option<Place> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let is_there = |place: &Place| lists.has(place);
    let place = Place::typed(&text).ok()?;
    if is_there(&place) {
        return Some(place);
    }
    // `…/1` for `…/001`.
    let (village, number) = place.as_str().split_once('/')?;
    let number: u32 = number.parse().ok()?;
    let village = Place::new(village).ok()?;
    Place::tps(&village, &format!("{number:03}")).ok().filter(is_there)
}

/// The number of a TPS in its village.
fn numbered(tps: &Place) -> Option<u32> {
    tps.as_str().rsplit_once('/')?.1.parse().ok()
}

/// A level that was named with the place.
#[derive(Debug, Clone, Copy)]
enum Called {
    Village,
    District,
    Regency,
}

impl Called {
    fn read(word: &str) -> Option<Self> {
        match word {
            "desa" | "kelurahan" | "kel" => Some(Self::Village),
            "kecamatan" | "kec" => Some(Self::District),
            "kabupaten" | "kab" => Some(Self::Regency),
            _ => None,
        }
    }

    fn fits(self, level: RegionLevel) -> bool {
        match self {
            Self::Village => matches!(level, RegionLevel::Village | RegionLevel::UrbanVillage),
            Self::District => level == RegionLevel::District,
            Self::Regency => level == RegionLevel::Regency,
        }
    }
}

/// A place as people name it: `TPS 001 Tumbang Gagu`, `Tumbang Gagu/1`, `Kecamatan Marikit`.
struct Named {
    words: Vec<String>,
    number: Option<u32>,
    level: Option<Called>,
}

impl Named {
    fn read(text: &str) -> Self {
        let mut named = Self { words: Vec::new(), number: None, level: None };
        for word in folded(text) {
            if word == "tps" {
                continue;
            }
            match (word.parse().ok(), Called::read(&word)) {
                (Some(number), _) => named.number = Some(number),
                (None, Some(level)) => named.level = Some(level),
                (None, None) => named.words.push(word),
            }
        }
        // A TPS lies in a village, whatever else was named.
        if named.number.is_some() {
            named.level = Some(Called::Village);
        }
        named
    }

    /// Whether a name is exactly this.
    fn is(&self, name: &str) -> bool {
        folded(name).concat() == self.words.concat()
    }

    /// Whether all words stand in the name of the place, or some of them in those above it.
    fn fits(&self, reference: &Reference, place: &Place, name: &str) -> bool {
        let own = folded(name);
        if own.concat().contains(&self.words.concat()) {
            return true;
        }
        let is_in =
            |names: &[String], word: &String| names.iter().any(|name| name.starts_with(word.as_str()));
        let (mine, others): (Vec<&String>, Vec<&String>) =
            self.words.iter().partition(|word| is_in(&own, word));
        let above = || -> Vec<String> {
            let names = place.ancestors().filter_map(|p| reference.region(&p)).map(|r| folded(&r.name));
            names.flatten().collect()
        };
        !mine.is_empty() && !others.is_empty() && {
            let above = above();
            others.into_iter().all(|word| is_in(&above, word))
        }
    }
}

/// The words of a name without what people write in different ways: case, accents, apostrophes, hyphens.
fn folded(text: &str) -> Vec<String> {
    let plain = |c: char| match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        c => c,
    };
    let is_mark = |c: &char| matches!(c, '\'' | '’' | '‘' | '`' | 'ʼ' | '´');
    let text: String = text.chars().filter(|c| !is_mark(c)).flat_map(char::to_lowercase).map(plain).collect();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The officer that a text means: a number, a phone number or a name. A choice of the list begins with the number.
pub(crate) fn officer(lists: Lists<'_>, text: &str) -> Found<u32> {
    let text = text.trim();
    let is_there = |officer: &u32| is_field(lists, *officer);
    let first = text.split('·').next().unwrap_or_default().trim();
    let number = first.trim_start_matches("no.").trim().parse::<u32>().ok();
    if let Some(officer) = number.filter(is_there) {
        return Found::One(officer);
    }
    let told = |told: &Told| if let Told::Text(text) = told { text.clone() } else { String::new() };
    let phone = dialled(text);
    let words = folded(text);
    let is_meant = |contact: &Contact| {
        let is_phone = phone.len() >= 6 && dialled(&told(&contact.phone)).ends_with(&phone);
        let names = folded(&told(&contact.name));
        let is_name = !words.is_empty()
            && words.iter().all(|word| names.iter().any(|name| name.starts_with(word.as_str())));
        is_phone || is_name
    };
    let found = lists.contacts.iter().filter(|(officer, contact)| is_there(officer) && is_meant(contact));
    Found::of(found.map(|(officer, _)| *officer).collect())
}

/// Officers who may well report of a place: their grants lie above it or inside, those of the smallest region first.
pub(crate) fn officers_of(lists: Lists<'_>, place: &Place) -> Vec<u32> {
    let concerns = |at: &Place| at.is_within(place) || place.is_within(at);
    let all = lists.reference.all_grants();
    let all = all.filter(|(_, role, at)| *role != Role::Viewer && concerns(at) && (lists.sees)(at));
    let mut all: Vec<(std::cmp::Reverse<usize>, u32)> = all
        .filter(|(officer, ..)| *officer != DESK_OFFICER)
        .map(|(officer, _, at)| (std::cmp::Reverse(at.as_str().len()), officer))
        .collect();
    all.sort_unstable();
    let mut seen = std::collections::BTreeSet::new();
    all.into_iter().map(|(_, officer)| officer).filter(|officer| seen.insert(*officer)).take(FOUND).collect()
}

/// Whether an officer has a grant that concerns what may be seen, and is not the desk itself.
fn is_field(lists: Lists<'_>, officer: u32) -> bool {
    officer != DESK_OFFICER && lists.reference.grants(officer).iter().any(|grant| (lists.sees)(&grant.place))
}

/// The digits of a phone number without the code of the country or the zero in front.
fn dialled(text: &str) -> String {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')' | '.'));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !is_phone {
        return String::new();
    }
    let national = digits.strip_prefix("62").unwrap_or(&digits);
    national.trim_start_matches('0').to_owned()
}
