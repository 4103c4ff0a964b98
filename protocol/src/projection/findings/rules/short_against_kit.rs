//! An item of the kit is less than a TPS needs (ballots: voters and two percent, UU 7/2017 article 344), as counted at
//! the TPS or, before anybody counted there, as packed. Damaged pieces do not count.

use super::Both;
use crate::projection::{
    ItemState,
    findings::{
        About, Finding, Number, Rule, Say, Severity, Sign,
        view::{View, Way},
    },
    logistics,
    plan::kit,
};

pub(super) const TITLE: Both = ("Isi kotak kurang dari kebutuhan", "Short against the kit");
pub(super) const ADVICE: Both = (
    "Siapkan pengganti dari gudang atau TPS terdekat yang berlebih, dan catat pengirimannya.",
    "Prepare a replacement from the warehouse or a TPS with spares nearby, and record its dispatch.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    if !view.is_tps() {
        return Vec::new();
    }
    let items = logistics::at(&view.cx).items;
    let (replanned, counted): (Vec<&ItemState>, Vec<&ItemState>) =
        items.iter().filter(|i| i.short().is_some_and(|n| n > 0)).partition(|i| i.meant.is_some());
    let mut signs: Vec<Sign> = counted.into_iter().filter_map(|item| counted_short(view, item)).collect();
    signs.extend(list_changed(view, &replanned));
    signs.extend(packed_short(view, &items));
    signs
}

fn numbers(sign: Sign, items: &[&ItemState]) -> Sign {
    let sum = |of: &dyn Fn(&ItemState) -> Option<u32>| -> i64 {
        items.iter().filter_map(|i| of(i)).map(i64::from).sum()
    };
    let sign = sign.number(Number::Expected, sum(&|i| i.expected)).number(Number::Good, sum(&|i| i.good));
    let damaged = sum(&|i| i.damaged);
    let sign = if damaged > 0 { sign.number(Number::Damaged, damaged) } else { sign };
    sign.number(Number::Short, sum(&ItemState::short))
}

/// The cause is the item of a consignment: the first that it may have been lacking from, which is the first after
/// somebody counted enough of it.
fn counted_short(view: &View<'_>, item: &ItemState) -> Option<Sign> {
    let enough = |(_, leg): &Way<'_>| {
        let good = leg.items.iter().find(|i| i.item == item.item).and_then(|i| i.good);
        !leg.records.contains(&item.mark.record) && good.is_some() && good >= item.expected
    };
    let since = view.kit.iter().rposition(enough).map_or(0, |n| n + 1);
    let sent = view.kit.get(since..).unwrap_or_default().iter().find(|(hop, _)| hop.giver().is_some());
    let origin = sent.and_then(|(hop, _)| hop.origin(&view.cx));
    let place = view.cx.place.clone();
    let about = origin.map_or(About::PlaceItem(place, item.item), |o| About::LegItem(o, item.item));
    let mut sign = view.sign(Rule::ShortAgainstKit, about, Severity::High).with([item.mark.record]);
    sign.detail.items = vec![item.item];
    sign.detail.taken = Some(item.mark.clone());
    Some(numbers(sign.hands(Some(item.mark.clone())), &[item]))
}

/// What was whole when it was counted, and is short since the list of voters was corrected: one cause for all items.
fn list_changed(view: &View<'_>, items: &[&ItemState]) -> Option<Sign> {
    let first = items.first()?;
    let about = About::Place(view.cx.place.clone());
    let records = items.iter().map(|i| i.mark.record);
    let mut sign = view.sign(Rule::ShortAgainstKit, about, Severity::High).with(records);
    sign.detail.items = items.iter().map(|i| i.item).collect();
    sign.detail.taken = Some(first.mark.clone());
    Some(numbers(sign, items))
}

/// What the packing list that a dispatch quotes has too little of, while nobody counted it at the TPS.
fn packed_short(view: &View<'_>, items: &[ItemState]) -> Vec<Sign> {
    let Some((hop, leg)) = view.kit.iter().find(|(hop, _)| hop.giver().is_some()) else { return Vec::new() };
    let plan = kit(view.profile, view.reference().tps(view.cx.place).map(|t| t.voters));
    let counted = |item: u32| items.iter().any(|i| i.item == item && i.good.is_some());
    let short = leg.items.iter().filter_map(|packed| {
        let (expected, sent) = (plan.get(&packed.item).copied().flatten()?, packed.sent?);
        let short = expected.checked_sub(sent).filter(|n| *n > 0 && !counted(packed.item))?;
        let about = About::LegItem(hop.origin(&view.cx)?, packed.item);
        let records = hop.given.iter().map(|(f, _)| f.id);
        let mut sign = view.sign(Rule::ShortAgainstKit, about, Severity::Medium).with(records);
        sign.detail.items = vec![packed.item];
        sign.detail.given = leg.given.clone();
        let sign = sign.number(Number::Expected, expected).number(Number::Packed, sent);
        Some(sign.number(Number::Short, short).hands(leg.given.clone()))
    });
    short.collect()
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (places, items) = (say.places(finding), say.items(finding));
    let (expected, short) = (finding.number(Number::Expected), finding.number(Number::Short));
    if let Some(packed) = finding.numbers.get(&Number::Packed) {
        let who = say.given(finding);
        return say.both(
            || format!("{places}: {items}: dikemas {packed} dari {expected} yang dibutuhkan, kurang {short}, dikirim oleh {who}"),
            || format!("{places}: {items}: {packed} packed of {expected} needed, {short} short, sent by {who}"),
        );
    }
    let (good, damaged) = (finding.number(Number::Good), finding.number(Number::Damaged));
    let who = say.taken(finding);
    let wet = |word: &str| if damaged > 0 { format!(", {damaged} {word}") } else { String::new() };
    say.both(
        || format!("{places}: {items}: {good} baik dari {expected} yang dibutuhkan{}, kurang {short}, dihitung oleh {who}", wet("rusak")),
        || format!("{places}: {items}: {good} good of {expected} needed{}, {short} short, counted by {who}", wet("damaged")),
    )
}
