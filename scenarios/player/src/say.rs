//! What an officer says: the fields of a block as the body of a record.

use pantau_protocol::{
    body::{
        Answer, Body, Category, Containers, CustodyKind, Dispatch, Found, Incident, IncidentUpdate, Line,
        LineState, Loose, Packed, Progress, Receive, Rest, Seal, SealOut, SealState, Severity, Situation,
        Standby, Tps, Turnout, Visit, Way, checklist::Venue,
    },
    journal::RecordId,
    place::{Level, Place},
};

use crate::{
    block::{Bad, Field, Read, at},
    cast::Cast,
    words::{list, number, one_of, seals},
};

/// The blocks that are a statement of an officer about a place.
pub const STATEMENTS: [&str; 8] =
    ["dispatch", "receive", "visit", "turnout", "incident", "progress", "standby", "list"];

const RESTS: &[(&str, Rest)] = &[
    ("not checked", Rest::NotChecked),
    ("counted as expected", Rest::CountedAsExpected),
    ("sealed as dispatched", Rest::SealedAsDispatched),
];
const SEAL_STATES: &[(&str, SealState)] =
    &[("intact", SealState::Intact), ("broken", SealState::Broken), ("missing", SealState::Missing)];
const ANSWERS: &[(&str, Answer)] =
    &[("not ok", Answer::NotOk), ("ok", Answer::Ok), ("not applicable", Answer::NotApplicable)];
/// How the way to a place was.
pub const WAYS: &[(&str, Way)] = &[("good", Way::Good), ("hard", Way::Hard), ("cut", Way::Cut)];
const OFFICES: &[(&str, Venue)] =
    &[("PPS", Venue::Pps), ("PPK", Venue::Ppk), ("KPU", Venue::Kpu), ("Bawaslu", Venue::Bawaslu)];
const CATEGORIES: &[(&str, Category)] = &[
    ("logistics", Category::Logistics),
    ("access", Category::Access),
    ("weather", Category::Weather),
    ("power", Category::Power),
    ("signal", Category::SignalLoss),
    ("staff", Category::Staff),
    ("security", Category::Security),
    ("equipment", Category::Equipment),
    ("other", Category::Else),
];
const SEVERITIES: &[(&str, Severity)] =
    &[("low", Severity::Low), ("medium", Severity::Medium), ("high", Severity::High)];
const STEPS: &[(&str, Progress)] = &[
    ("seen", Progress::Seen),
    ("working", Progress::Working),
    ("done", Progress::Done),
    ("impossible", Progress::Impossible),
];
/// How things stand with a team.
pub const SITUATIONS: &[(&str, Situation)] =
    &[("calm", Situation::Calm), ("alert", Situation::Alert), ("obstacle", Situation::Obstacle)];

/// Another record that a statement names: its id, the places it is about, the kits it says go along.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its id.
    pub id: RecordId,
    /// The place keys it carries.
    pub places: Vec<Place>,
    /// Kits of a `Dispatch`.
    pub kits: Vec<Place>,
}

/// Fields of a block that are taken out one by one, so that one that nobody wants is seen.
pub struct Fields {
    line: usize,
    left: Vec<Field>,
    wanted: Vec<String>,
}

impl Fields {
    /// All fields of the block whose head stands on `line`.
    pub fn new(line: usize, fields: &[Field]) -> Self {
        Self { line, left: fields.to_vec(), wanted: Vec::new() }
    }

    /// The field with this key, if it is there.
    pub fn take(&mut self, key: &str) -> Option<Field> {
        self.wanted.push(key.to_owned());
        let found = self.left.iter().position(|field| field.key == key)?;
        Some(self.left.remove(found))
    }

    /// Reads the field with this key, if it is there.
    ///
    /// # Errors
    /// A value that cannot be read.
    pub fn read<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Read<T>) -> Result<Option<T>, Bad> {
        self.take(key).map(|field| at(field.line, read(&field.value))).transpose()
    }

    /// Reads the field with this key.
    ///
    /// # Errors
    /// No such field, or a value that cannot be read.
    pub fn must<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Read<T>) -> Result<T, Bad> {
        let line = self.line;
        match self.take(key) {
            Some(field) => at(field.line, read(&field.value)),
            None => at(line, Err(format!("expected a line `{key}: …` below"))),
        }
    }

    /// All fields that are `key` or begin with it, as `boxes of T1`: line, what follows the key, value.
    pub fn all(&mut self, key: &str) -> Vec<(usize, String, String)> {
        self.wanted.push(key.to_owned());
        let rest = |field: &Field| {
            let rest = field.key.strip_prefix(key)?;
            (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim().to_owned())
        };
        let (found, left) = self.left.drain(..).partition(|field| rest(field).is_some());
        self.left = left;
        let found: Vec<Field> = found;
        found.into_iter().map(|f| (f.line, rest(&f).unwrap_or_default(), f.value)).collect()
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// A field that was not asked for, or doubled.
    pub fn done(self) -> Result<(), Bad> {
        let Some(field) = self.left.first() else { return Ok(()) };
        let what = if self.wanted.contains(&field.key) {
            format!("expected `{}` once", field.key)
        } else {
            format!("expected one of {}, found `{}`", self.wanted.join(", "), field.key)
        };
        Err(Bad { line: field.line, what })
    }
}

/// Reads a statement: the place of its record, and its body. `named` finds other records by their name in the file.
///
/// # Errors
/// A field that is missing, not known, or cannot be read.
pub fn statement(
    verb: &str,
    fields: &mut Fields,
    cast: &Cast,
    named: &mut dyn FnMut(&str) -> Read<Named>,
) -> Result<(Place, Body), Bad> {
    match verb {
        "dispatch" => dispatch(fields, cast),
        "receive" => receive(fields, cast, named),
        "visit" => visit(fields, cast),
        "turnout" => {
            let place = fields.must("place", |text| cast.place(text))?;
            let hour = fields.must("hour", number)?;
            Ok((place, Body::Turnout(Turnout { hour, voters: fields.must("voters", number)? })))
        }
        "incident" => {
            let place = fields.must("place", |text| cast.place(text))?;
            let category = fields.must("category", |text| one_of(text, CATEGORIES))?;
            let severity = fields.must("severity", |text| one_of(text, SEVERITIES))?;
            Ok((place, Body::Incident(Incident { category, severity })))
        }
        "progress" => {
            let place = fields.must("place", |text| cast.place(text))?;
            let incident = fields.must("incident", named)?;
            let progress = fields.must("progress", |text| one_of(text, STEPS))?;
            let update = IncidentUpdate { target: incident.id, target_places: incident.places, progress };
            Ok((place, Body::IncidentUpdate(update)))
        }
        "list" => {
            let (place, tps) = fields.must("place", |name| {
                let known = cast.stations.get(name);
                known
                    .cloned()
                    .ok_or_else(|| format!("expected the name of a TPS of this file, found `{name}`"))
            })?;
            let voters = fields.must("voters", number)?;
            Ok((place, Body::Tps(Tps { voters, ..tps })))
        }
        _ => standby(fields, cast),
    }
}

fn standby(fields: &mut Fields, cast: &Cast) -> Result<(Place, Body), Bad> {
    let place = fields.must("place", |text| cast.place(text))?;
    let (present, team) = fields.must("present", |text| {
        let (present, team) =
            text.split_once(" of ").ok_or_else(|| format!("expected `6 of 7`, found `{text}`"))?;
        Ok((number(present)?, number(team)?))
    })?;
    let situation = fields.must("situation", |text| one_of(text, SITUATIONS))?;
    let yes = &[("yes", true), ("no", false)];
    let no_obstacle = fields.read("no obstacle", |text| one_of(text, yes))?.unwrap_or(false);
    Ok((place, Body::Standby(Standby { present, team, situation, no_obstacle })))
}

fn visit(fields: &mut Fields, cast: &Cast) -> Result<(Place, Body), Bad> {
    let place = fields.must("place", |text| cast.place(text))?;
    let venue = match place.level() {
        Some(Level::Tps) => Venue::Tps,
        _ => fields.must("office", |text| one_of(text, OFFICES))?,
    };
    let lists = pantau_protocol::checklist::Checklist::shipped();
    let shipped = lists.into_iter().filter(|list| list.venue == venue).max_by_key(|list| list.version);
    let shipped =
        shipped.ok_or_else(|| Bad { line: fields.line, what: "expected a place with a checklist".into() })?;
    let mut answers = vec![Answer::Blank; shipped.items.len()];
    let codes: Vec<&str> = shipped.items.iter().map(|item| item.code.as_str()).collect();
    fields.read("answers", |text| {
        for part in list(text) {
            let (code, answer) = part.split_once(' ').unwrap_or((part, ""));
            let slot = codes.iter().position(|known| *known == code).and_then(|at| answers.get_mut(at));
            let slot = slot.ok_or_else(|| format!("expected one of {}, found `{code}`", codes.join(", ")))?;
            *slot = one_of(answer, ANSWERS)?;
        }
        Ok(())
    })?;
    let way = fields.read("way", |text| one_of(text, WAYS))?;
    if way.is_none() && answers.iter().all(|answer| *answer == Answer::Blank) {
        answers.clear();
    }
    Ok((place, Body::Visit(Visit { checklist: shipped.number, version: shipped.version, answers, way })))
}

/// Reads the list of kits: TPS by name.
fn kits(text: &str, cast: &Cast) -> Read<Vec<Place>> {
    if text == "none" { Ok(Vec::new()) } else { list(text).into_iter().map(|name| cast.tps(name)).collect() }
}

/// The index of the kit that `boxes of T1` and the like name; `rest` is `of T1`, or nothing.
fn kit(rest: &str, kits: &[Place], cast: &Cast) -> Read<Option<u32>> {
    let Some(name) = rest.strip_prefix("of ") else {
        return if rest.is_empty() { Ok(None) } else { Err(format!("expected `of T1`, found `{rest}`")) };
    };
    let place = cast.tps(name)?;
    let index = kits.iter().position(|kit| *kit == place).and_then(|at| u32::try_from(at).ok());
    index.map(Some).ok_or_else(|| format!("expected one of the kits of this record, found `{name}`"))
}

/// The item and the kit of `count Tinta of T1`.
fn item_and_kit(rest: &str, kits: &[Place], cast: &Cast) -> Read<(u32, Option<u32>)> {
    match rest.split_once(" of ") {
        Some((item, name)) => Ok((cast.item(item)?, kit(&format!("of {name}"), kits, cast)?)),
        None => Ok((cast.item(rest)?, None)),
    }
}

fn dispatch(fields: &mut Fields, cast: &Cast) -> Result<(Place, Body), Bad> {
    let from = fields.must("from", |text| cast.point(text))?;
    let to = fields.must("to", |text| cast.point(text))?;
    let kits = fields.read("kits", |text| kits(text, cast))?.unwrap_or_default();
    let as_usual = if kits.is_empty() { Packed::AsListed } else { Packed::AsPacked };
    let told = &[("as packed", Packed::AsPacked), ("as listed", Packed::AsListed)];
    let packed = fields.read("contents", |text| one_of(text, told))?.unwrap_or(as_usual);
    let (mut containers, mut lines, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for (line, rest, value) in fields.all("boxes") {
        let kit = at(line, kit(&rest, &kits, cast))?;
        containers.push(Containers { count: at(line, number(&value))?, kit });
    }
    for (line, rest, value) in fields.all("count") {
        let (item, kit) = at(line, item_and_kit(&rest, &kits, cast))?;
        lines.push(Loose { item, pieces: at(line, number(&value))?, kit });
    }
    for (line, rest, value) in fields.all("seals") {
        let kit = at(line, kit(&rest, &kits, cast))?;
        out.extend(at(line, seals(&value))?.into_iter().map(|number| SealOut { number, kit }));
    }
    let due = fields.read("due", |text| cast.moment(text))?;
    let place = from.place;
    let (from, from_label) = (from.kind, from.label);
    Ok((
        place,
        Body::Dispatch(Dispatch { from, from_label, to, kits, packed, containers, lines, seals: out, due }),
    ))
}

fn receive(
    fields: &mut Fields,
    cast: &Cast,
    named: &mut dyn FnMut(&str) -> Read<Named>,
) -> Result<(Place, Body), Bad> {
    let point = fields.must("at", |text| cast.point(text))?;
    let answered = fields.read("dispatch", named)?;
    let of_dispatch = answered.as_ref().map(|d| d.kits.clone()).filter(|_| point.kind != CustodyKind::Tps);
    let kits = fields.read("kits", |text| kits(text, cast))?.or(of_dispatch).unwrap_or_default();
    let rest = fields.read("rest", |text| one_of(text, RESTS))?.unwrap_or(Rest::NotChecked);
    let (mut containers, mut lines, mut looked_at) = (Vec::new(), Vec::new(), Vec::new());
    for (line, rest, value) in fields.all("boxes") {
        let kit = at(line, kit(&rest, &kits, cast))?;
        let [good, damaged, missing] = at(line, pieces(&value))?;
        containers.push(Found { good, damaged, missing, kit });
    }
    for (line, rest, value) in fields.all("count") {
        let (item, kit) = at(line, item_and_kit(&rest, &kits, cast))?;
        let (state, [good, damaged, missing]) = match value.strip_prefix("sealed ") {
            Some(containers) => (LineState::Sealed, [at(line, number(containers))?, 0, 0]),
            None if value == "not checked" => (LineState::NotChecked, [0; 3]),
            None => (LineState::Counted, at(line, pieces(&value))?),
        };
        lines.push(Line { item, state, good, damaged, missing, kit });
    }
    for (line, rest, value) in fields.all("seals") {
        let kit = at(line, kit(&rest, &kits, cast))?;
        for part in list(&value) {
            let (numbers, state) = at(
                line,
                part.rsplit_once(' ').ok_or_else(|| format!("expected `K01 intact`, found `{part}`")),
            )?;
            let state = at(line, one_of(state, SEAL_STATES))?;
            looked_at.extend(at(line, seals(numbers))?.into_iter().map(|number| Seal { number, state, kit }));
        }
    }
    let form = fields.read("form", |text| Ok(text.to_owned()))?;
    let body = Receive {
        at: point.kind,
        label: point.label,
        dispatch: answered.map(|d| d.id),
        rest,
        lines,
        seals: looked_at,
        kits,
        containers,
        form,
    };
    Ok((point.place, Body::Receive(body)))
}

/// Reads `4 good, 1 damaged, 1 missing`; what is left out is 0.
fn pieces(text: &str) -> Read<[u32; 3]> {
    let mut all = [0; 3];
    for part in list(text) {
        let (count, state) = part.split_once(' ').unwrap_or((part, ""));
        let slot = one_of(state, &[("good", 0_usize), ("damaged", 1), ("missing", 2)])?;
        if let Some(slot) = all.get_mut(slot) {
            *slot = number(count)?;
        }
    }
    if text.is_empty() { Err("expected `4 good, 1 missing`".into()) } else { Ok(all) }
}
