//! Goods that left and goods that came, from the fields of their forms.

use std::collections::HashSet;

use pantau_protocol::{
    body::{
        Containers, CustodyKind, Dispatch, Found as Counted, Line, LineState, Loose, Packed, Point, Receive,
        Rest, Seal, SealOut, SealState,
    },
    limit::PLACE_KEYS,
    note::Field,
    place::{Level, Place},
    validate::Problem,
};

use super::{What, reader::Reader};
use crate::find::{self, Found};

/// The inputs of seals, by how they were found.
pub(super) const SEALS: [(&str, SealState); 3] = [
    ("seals-intact", SealState::Intact),
    ("seals-broken", SealState::Broken),
    ("seals-missing", SealState::Missing),
];

/// What came.
pub(super) fn receive(reader: &mut Reader<'_>, place: &Place) -> Option<Receive> {
    reader.note(Field::Receiver, "receiver");
    let at = reader.chosen("at", CustodyKind::ALL, CustodyKind::number);
    let rest = reader.chosen("rest", Rest::ALL, Rest::number);
    let label = reader.label("label").filter(|_| at == Some(CustodyKind::Transit));
    let form = reader.label("bttb");
    let kits = kits(reader);
    let lines = lines(reader);
    let containers = containers(reader);
    let seals = SEALS.iter().flat_map(|(input, state)| {
        reader.lines(input).into_iter().map(|number| Seal { number, state: *state, kit: None })
    });
    let seals = seals.collect();
    let mut kits = kits?;
    // Of one's own kit nothing is named.
    if place.level() == Some(Level::Tps) && kits.as_slice() == std::slice::from_ref(place) {
        kits.clear();
    }
    let (lines, containers) = (lines?, containers?);
    Some(Receive { at: at?, label, dispatch: None, rest: rest?, lines, seals, kits, containers, form })
}

/// What left.
pub(super) fn dispatch(reader: &mut Reader<'_>) -> Option<Dispatch> {
    reader.note(Field::Vehicle, "vehicle");
    reader.note(Field::Escort, "escort");
    let from = reader.chosen("at", CustodyKind::ALL, CustodyKind::number);
    let from_label = reader.label("label").filter(|_| from == Some(CustodyKind::Transit));
    let to_kind = reader.chosen("to_kind", CustodyKind::ALL, CustodyKind::number);
    let label = reader.label("to_label").filter(|_| to_kind == Some(CustodyKind::Transit));
    let to = destination(reader);
    let packed = reader.chosen("packed", Packed::ALL, Packed::number);
    let (kits, due, count) = (kits(reader), reader.time("due"), reader.optional("c-count"));
    let mut lines = Vec::new();
    for item in items(reader) {
        let pieces = reader.optional(&format!("i-{item}-good")).flatten();
        lines.extend(pieces.map(|pieces| Loose { item, pieces, kit: None }));
    }
    let seals =
        reader.lines("seals-intact").into_iter().map(|number| SealOut { number, kit: None }).collect();
    let containers = count?.map(|count| Containers { count, kit: None }).into_iter().collect();
    let to = Point { kind: to_kind?, place: to?, label };
    Some(Dispatch {
        from: from?,
        from_label,
        to,
        kits: kits?,
        packed: packed?,
        containers,
        lines,
        seals,
        due: due?,
    })
}

fn destination(reader: &mut Reader<'_>) -> Option<Place> {
    let text = reader.text("to");
    if text.is_empty() {
        return reader.is_missing("to");
    }
    match find::place(reader.sight.lists, &text) {
        Found::One(place) => Some(place),
        Found::Nothing | Found::Several(..) => reader.wrong("to", What::NoPlace(text)),
    }
}

/// The kits that are named, each once, in the order in which they are. A record names no more places than
/// [`PLACE_KEYS`]: beyond, no further line is looked up.
fn kits(reader: &mut Reader<'_>) -> Option<Vec<Place>> {
    let (mut kits, mut lines) = (Vec::new(), HashSet::new());
    let mut known = HashSet::new();
    for line in reader.lines("kits") {
        if !lines.insert(line.clone()) {
            continue;
        }
        if lines.len() > PLACE_KEYS {
            return too_many(reader);
        }
        let Some(found) = find::tps_of(reader.sight.lists, &line, PLACE_KEYS + 1) else {
            return reader.wrong("kits", What::NoPlace(line));
        };
        kits.extend(found.into_iter().filter(|kit| known.insert(kit.clone())));
        if kits.len() > PLACE_KEYS {
            return too_many(reader);
        }
    }
    Some(kits)
}

fn too_many<T>(reader: &mut Reader<'_>) -> Option<T> {
    reader.wrong("kits", What::Problem(Problem::TooLong))
}

/// The items of the kit, which a form has a row for.
fn items(reader: &Reader<'_>) -> Vec<u32> {
    let profile = reader.sight.lists.reference.profile();
    profile.map_or_else(Vec::new, |profile| profile.kit.iter().map(|item| item.number).collect())
}

/// Items whose count was mentioned.
fn lines(reader: &mut Reader<'_>) -> Option<Vec<Line>> {
    let mut lines = Some(Vec::new());
    for item in items(reader) {
        let [good, damaged, missing] =
            ["good", "damaged", "missing"].map(|of| reader.optional(&format!("i-{item}-{of}")));
        let (Some(good), Some(damaged), Some(missing)) = (good, damaged, missing) else {
            lines = None;
            continue;
        };
        match (good, damaged, missing) {
            (None, None, None) => {}
            (None, ..) => lines = reader.wrong(format!("i-{item}-good"), What::GoodToo),
            (Some(good), damaged, missing) => {
                let (damaged, missing) = (damaged.unwrap_or(0), missing.unwrap_or(0));
                let line = Line { item, state: LineState::Counted, good, damaged, missing, kit: None };
                if let Some(lines) = &mut lines {
                    lines.push(line);
                }
            }
        }
    }
    lines
}

/// Containers, where they were counted.
fn containers(reader: &mut Reader<'_>) -> Option<Vec<Counted>> {
    let [good, damaged, missing] =
        ["good", "damaged", "missing"].map(|of| reader.optional(&format!("c-{of}")));
    match (good?, damaged?, missing?) {
        (None, None, None) => Some(Vec::new()),
        (None, ..) => reader.wrong("c-good", What::GoodToo),
        (Some(good), damaged, missing) => {
            let (damaged, missing) = (damaged.unwrap_or(0), missing.unwrap_or(0));
            Some(vec![Counted { good, damaged, missing, kit: None }])
        }
    }
}
