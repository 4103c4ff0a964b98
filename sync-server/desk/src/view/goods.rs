//! Goods in one line: what left, what came, what was packed.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{CustodyKind, Dispatch, Found, LineState, Packing, Point, Receive, Rest, SealState},
    place::Place,
};

use super::{Look, summary::item_name, tag};
use crate::text::words;

/// What left, where from, where to and until when.
pub(super) fn dispatch(look: Look<'_>, dispatch: &Dispatch) -> String {
    let (lang, to) = (look.lang(), &dispatch.to);
    let from = point(look, dispatch.from, None, dispatch.from_label.as_deref());
    let to = point(look, to.kind, Some(&to.place), to.label.as_deref());
    let mut parts = vec![format!("{from} → {to}")];
    parts.extend(kits(dispatch.kits.len(), 0));
    if !dispatch.kits.is_empty() {
        parts.push(words::packed(lang, dispatch.packed));
    }
    for containers in &dispatch.containers {
        let count = many_containers(look, containers.count);
        parts.push(of_kit(&dispatch.kits, containers.kit, count));
    }
    for line in &dispatch.lines {
        let text = format!("{} {}", item_name(look, line.item), look.reading.number(line.pieces));
        parts.push(of_kit(&dispatch.kits, line.kit, text));
    }
    parts.extend(seals(look, dispatch.seals.len()));
    parts.extend(
        dispatch.due.map(|due| format!("{} {}", look.t().due.to_lowercase(), look.reading.local(due))),
    );
    parts.join("; ")
}

/// What came, and how it was found.
pub(super) fn receive(look: Look<'_>, receive: &Receive) -> String {
    let lang = look.lang();
    let mut parts = vec![words::custody(lang, receive.at)];
    parts.extend(receive.label.clone());
    for found in &receive.containers {
        parts.push(of_kit(&receive.kits, found.kit, containers(look, found)));
    }
    for line in &receive.lines {
        let name = item_name(look, line.item);
        let mut text = match line.state {
            LineState::Counted => format!("{name} {}", look.reading.number(line.good)),
            other => format!("{name} {}", tag::checked(lang, other)),
        };
        text.push_str(&damaged(look, line.damaged));
        parts.push(of_kit(&receive.kits, line.kit, text));
    }
    if receive.rest != Rest::NotChecked || receive.lines.is_empty() {
        parts.push(words::rest(lang, receive.rest));
    }
    // What is in order is counted, what is not is named.
    let is_intact = |state: SealState| state == SealState::Intact;
    let intact = receive.seals.iter().filter(|s| is_intact(s.state)).count();
    let state = words::seal_state(lang, SealState::Intact);
    parts.extend(seals(look, intact).map(|n| format!("{n} {state}")));
    for seal in receive.seals.iter().filter(|s| !is_intact(s.state)) {
        let state = words::seal_state(lang, seal.state);
        let text = format!("{} {} {state}", look.t().seal, seal.number);
        parts.push(of_kit(&receive.kits, seal.kit, text));
    }
    parts.extend(kits(receive.kits.len(), 1));
    parts.extend(receive.form.as_ref().map(|form| format!("{} {form}", look.t().paper_form)));
    parts.join("; ")
}

/// What was packed.
pub(super) fn packing(look: Look<'_>, packing: &Packing) -> String {
    let mut parts = vec![many_containers(look, packing.containers)];
    parts.extend(seals(look, packing.seals.len()));
    let line = |l: &pantau_protocol::body::PackedItem| {
        format!("{} {}", item_name(look, l.item), look.reading.number(l.pieces))
    };
    parts.extend(packing.lines.iter().map(line));
    parts.join("; ")
}

/// A custody point by its name.
pub(super) fn at(look: Look<'_>, at: &Point) -> String {
    point(look, at.kind, Some(&at.place), at.label.as_deref())
}

/// `PPS Tewang Rangas, Balai desa`. The kind of a TPS stands in its name already.
fn point(look: Look<'_>, kind: CustodyKind, place: Option<&Place>, label: Option<&str>) -> String {
    let name = place.map(|place| look.place(place)).unwrap_or_default();
    let kind = if kind == CustodyKind::Tps && !name.is_empty() {
        String::new()
    } else {
        words::custody(look.lang(), kind)
    };
    let named = [kind, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match label {
        Some(label) => format!("{named}, {label}"),
        None => named,
    }
}

/// `5 koli (1 rusak, 2 kurang)`.
fn containers(look: Look<'_>, found: &Found) -> String {
    let t = look.t();
    let mut text = many_containers(look, found.good);
    let odd = [(found.damaged, t.damaged), (found.missing, t.missing)];
    let odd = odd.into_iter().filter(|(n, _)| *n > 0);
    let odd: Vec<String> =
        odd.map(|(n, word)| format!("{} {}", look.reading.number(n), word.to_lowercase())).collect();
    if !odd.is_empty() {
        text.push_str(&format!(" ({})", odd.join(", ")));
    }
    text
}

fn damaged(look: Look<'_>, n: u32) -> String {
    let word = look.t().damaged.to_lowercase();
    if n > 0 { format!(" ({} {word})", look.reading.number(n)) } else { String::new() }
}

/// `12 kit`, where there are more than go without saying.
fn kits(n: usize, unsaid: usize) -> Option<String> {
    (n > unsaid).then(|| format!("{n} kit"))
}

/// `3 segel`; nothing of none.
fn seals(look: Look<'_>, n: usize) -> Option<String> {
    let word = if n == 1 { look.t().seal } else { look.t().seals };
    (n > 0).then(|| format!("{} {word}", look.reading.number(n as u64)))
}

fn many_containers(look: Look<'_>, n: u32) -> String {
    let word = if n == 1 { look.t().container } else { look.t().containers };
    format!("{} {word}", look.reading.number(n))
}

/// A text, after the number of the TPS whose kit it is of, and its desa where the kits are of several.
fn of_kit(kits: &[Place], kit: Option<u32>, text: String) -> String {
    let at = kit.and_then(|kit| usize::try_from(kit).ok());
    let Some(tps) = at.and_then(|at| kits.get(at)).filter(|_| kits.len() > 1) else { return text };
    let villages: BTreeSet<Option<Place>> = kits.iter().map(Place::parent).collect();
    let number = tps.as_str().rsplit('/').next().filter(|_| villages.len() == 1);
    format!("TPS {}: {text}", number.unwrap_or(tps.as_str()))
}
