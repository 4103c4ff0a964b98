//! Packing lists against the places, the kit and each other.

use std::collections::BTreeMap;

use pantau_protocol::{body::Body, place::Place};

use super::{Content, Known, Places, Plan, Problems, Spot, Tally, plain};

/// Columns of the table, counted from 1.
const TPS: usize = 1;
const ITEMS: usize = 4;

pub(super) fn packing(
    content: &Content,
    known: &Known<'_>,
    places: &Places,
    plan: &mut Plan,
    problems: &mut Problems,
) {
    if content.packing.is_empty() {
        return;
    }
    let file = &content.names.packing;
    let profile = content.profile.as_ref().or_else(|| known.reference.profile());
    let mut tally = Tally::default();
    for row in &content.packing {
        if !places.all.contains(&row.place) {
            let text = match known.reference.is_ended(&row.place) {
                true => format!("{} has ended", row.place),
                false => format!("no TPS has the code {}", row.place),
            };
            problems.add(file, Spot::at(row.line, TPS), "tps", text);
        }
        let items = row.packing.lines.iter().map(|l| l.item);
        if let Some((profile, item)) =
            profile.and_then(|p| Some((p, items.clone().find(|i| p.item(*i).is_none())?)))
        {
            let text = format!("the kit of {} has no item {item}", profile.code);
            problems.add(file, Spot::at(row.line, ITEMS), "items", text);
        }
        let old = known.reference.packing(&row.place);
        plan.compare(&mut tally, old, &row.packing, || plain(&row.place, Body::Packing(row.packing.clone())));
    }
    plan.tallies.push(("packing", tally));
    plan.asks.extend(doubled_seals(content));
}

/// A seal has one number, and no two have the same: one that is on two kits was mistyped, or copied down.
fn doubled_seals(content: &Content) -> Option<String> {
    let mut on: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for row in &content.packing {
        row.packing.seals.iter().for_each(|seal| on.entry(seal).or_default().push(&row.place));
    }
    let mut doubled = on.into_iter().filter(|(_, kits)| kits.len() > 1);
    let (seal, kits) = doubled.next()?;
    let more = match doubled.count() {
        0 => String::new(),
        n => format!(", and {n} more seals like it"),
    };
    let kits: Vec<&str> = kits.into_iter().take(3).map(Place::as_str).collect();
    Some(format!(
        "seal {seal} is on the kits of {}{more}: a seal has a number of its own",
        kits.join(" and ")
    ))
}
