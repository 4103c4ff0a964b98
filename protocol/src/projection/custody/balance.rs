//! What left and what came, hop by hop: on containers and seals always, on contents only where somebody counted.
//! What nobody said is unknown, and never zero.

use std::collections::{BTreeMap, BTreeSet};

use super::hops::{Given, Hop, Taken};
use crate::{
    body::{CustodyKind, Found, Line, LineState, Packed, Packing, Rest, SealState},
    projection::{Fact, cx::Cx, judge},
};

/// Containers of one hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Boxes {
    /// That left; absent where nobody counted them.
    pub sent: Option<u32>,
    /// That came, damaged ones included; absent where nobody counted them.
    pub received: Option<u32>,
    /// Damaged or wet among them.
    pub damaged: Option<u32>,
    /// Missing, as the receiver says.
    pub missing: Option<u32>,
}

impl Boxes {
    /// That left and did not come; absent where either is unknown.
    pub fn open(&self) -> Option<u32> {
        Some(self.sent?.saturating_sub(self.received?))
    }

    /// That came and had not left; absent where either is unknown.
    pub fn over(&self) -> Option<u32> {
        Some(self.received?.saturating_sub(self.sent?))
    }
}

/// Seals of one hop, by their printed numbers, each list sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seals {
    /// On what left; absent where nobody wrote them down.
    pub sent: Option<Vec<String>>,
    /// Found whole; absent where nobody looked.
    pub intact: Option<Vec<String>>,
    /// Found broken.
    pub broken: Option<Vec<String>>,
    /// Said to be missing.
    pub missing: Option<Vec<String>>,
    /// Found, and not among those that left.
    pub other: Option<Vec<String>>,
}

/// One item of one hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegItem {
    /// Item number of the profile.
    pub item: u32,
    /// Pieces that left; absent where nobody counted them.
    pub sent: Option<u32>,
    /// Pieces that came in good condition; absent where nobody counted them.
    pub good: Option<u32>,
    /// Pieces that came damaged.
    pub damaged: Option<u32>,
    /// Pieces missing, as the receiver says.
    pub missing: Option<u32>,
}

impl LegItem {
    /// Pieces that came, damaged ones included; absent where nobody counted them.
    pub fn received(&self) -> Option<u32> {
        Some(self.good?.saturating_add(self.damaged.unwrap_or(0)))
    }

    /// Pieces that came and had not left; absent where either is unknown.
    pub fn over(&self) -> Option<u32> {
        Some(self.received()?.saturating_sub(self.sent?))
    }

    /// Pieces that left and did not come; absent where either is unknown.
    pub fn open(&self) -> Option<u32> {
        Some(self.sent?.saturating_sub(self.received()?))
    }
}

/// Whether what may name a kit is of this one: by naming it, or where there is no other.
fn is_of(kit: Option<u32>, mine: Option<u32>, kits: usize) -> bool {
    match kit {
        Some(_) => kit == mine,
        None => kits <= 1,
    }
}

/// What one word says of a quantity.
enum Told<Q> {
    /// So much, counted.
    Counted(Q),
    /// All that left.
    All(Q),
}

/// The words that count for the arrival, in order: those of whoever spoke latest, a corrected one once.
pub(super) fn counting<'a>(cx: &Cx<'_>, hop: &Hop<'a>) -> Vec<Taken<'a>> {
    hop.receiver().map(|(latest, _)| his_words(cx, latest, &hop.taken)).unwrap_or_default()
}

/// The words that count for the departure, in order: those of whoever spoke latest, a corrected one once.
fn giving<'a>(cx: &Cx<'_>, hop: &Hop<'a>) -> Vec<Given<'a>> {
    hop.giver().map(|(latest, _)| his_words(cx, latest, &hop.given)).unwrap_or_default()
}

fn his_words<'a, B>(cx: &Cx<'_>, latest: &Fact, words: &[(&'a Fact, &'a B)]) -> Vec<(&'a Fact, &'a B)> {
    let author = |f: &Fact| judge::author(f, cx.reference);
    let his: Vec<(&'a Fact, &'a B)> =
        words.iter().filter(|(f, _)| author(f) == author(latest)).copied().collect();
    let mut by_subject: BTreeMap<_, Vec<&'a Fact>> = BTreeMap::new();
    for (fact, _) in &his {
        by_subject.entry(cx.standing.subject(fact)).or_default().push(fact);
    }
    let last: BTreeSet<_> = by_subject.into_values().filter_map(judge::latest).map(|f| f.id).collect();
    let mut words: Vec<(&'a Fact, &'a B)> = his.into_iter().filter(|(f, _)| last.contains(&f.id)).collect();
    words.sort_by_key(|(f, _)| (f.effective_at(), f.device, f.seq, f.id));
    words
}

/// The parts of which a quantity is the sum. What one officer counts one after the other on a leg adds up; at the TPS
/// itself the later count replaces the earlier, and so does, anywhere, a word about all of it.
fn parts<Q>(words: &[Taken<'_>], told: impl Fn(&Taken<'_>) -> Option<Told<Q>>) -> Vec<Q> {
    let (mut parts, mut is_part) = (Vec::new(), false);
    for word in words {
        let (part, adds) = match told(word) {
            Some(Told::Counted(part)) => (part, word.1.at != CustodyKind::Tps),
            Some(Told::All(part)) => (part, false),
            None => continue,
        };
        if !(adds && is_part) {
            parts.clear();
        }
        parts.push(part);
        is_part = adds;
    }
    parts
}

fn sum(all: impl IntoIterator<Item = u32>) -> u32 {
    all.into_iter().fold(0, u32::saturating_add)
}

pub(super) fn boxes(cx: &Cx<'_>, hop: &Hop<'_>, words: &[Taken<'_>]) -> Boxes {
    let parts_sent: Vec<u32> = giving(cx, hop).into_iter().filter_map(|word| boxes_sent(cx, word)).collect();
    let sent = (!parts_sent.is_empty()).then(|| sum(parts_sent));
    let all: Vec<Found> = parts(words, |(_, receive)| {
        let mine = receive.kit_of(cx.place);
        let named = receive.containers.iter().find(|f| is_of(f.kit, mine, receive.kits.len()));
        let as_sent = matches!(receive.rest, Rest::SealedAsDispatched | Rest::CountedAsExpected);
        let all = || sent.filter(|_| as_sent).map(|good| Found { good, damaged: 0, missing: 0, kit: None });
        named.copied().map(Told::Counted).or_else(|| all().map(Told::All))
    });
    if all.is_empty() {
        return Boxes { sent, ..Boxes::default() };
    }
    let (good, damaged) = (sum(all.iter().map(|f| f.good)), sum(all.iter().map(|f| f.damaged)));
    let received = good.saturating_add(damaged);
    // What came later is not missing any more.
    let missing = sum(all.iter().map(|f| f.missing));
    let missing = sent.map_or(missing, |sent| missing.min(sent.saturating_sub(received)));
    Boxes { sent, received: Some(received), damaged: Some(damaged), missing: Some(missing) }
}

/// The packing list that a dispatch quotes.
fn packed<'r>(cx: &Cx<'r>, (fact, dispatch): Given<'_>) -> Option<&'r Packing> {
    cx.reference.packing_at(cx.place, fact.effective_at()).filter(|_| dispatch.packed == Packed::AsPacked)
}

fn boxes_sent(cx: &Cx<'_>, word: Given<'_>) -> Option<u32> {
    let (_, dispatch) = word;
    let mine = dispatch.kit_of(cx.place);
    let named = dispatch.containers.iter().find(|c| is_of(c.kit, mine, dispatch.kits.len())).map(|c| c.count);
    named.or_else(|| packed(cx, word).map(|p| p.containers))
}

/// The number of a seal as it is compared: people write "K 0117", "k-0117" and "K0117" for one seal.
pub(in crate::projection) fn plain(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

pub(super) fn seals(cx: &Cx<'_>, hop: &Hop<'_>, words: &[Taken<'_>]) -> Seals {
    let mut numbers: Vec<String> =
        giving(cx, hop).into_iter().filter_map(|word| seals_sent(cx, word)).flatten().collect();
    numbers.sort();
    numbers.dedup();
    let sent = (!numbers.is_empty()).then_some(numbers);
    let known: BTreeSet<String> = sent.iter().flatten().map(|number| plain(number)).collect();
    // By the number as it is compared: how it was written, and how it was found.
    let mut found: BTreeMap<String, (&str, SealState)> = BTreeMap::new();
    let mut looked = false;
    for (_, receive) in words {
        let mine = receive.kit_of(cx.place);
        if let Some(sent) = sent.as_ref().filter(|_| receive.rest == Rest::SealedAsDispatched) {
            looked = true;
            sent.iter().for_each(|number| _ = found.insert(plain(number), (number, SealState::Intact)));
        }
        // Seals of no kit in particular may be this one's if they left with it.
        let of_mine = |kit: Option<u32>, number: &str| {
            is_of(kit, mine, receive.kits.len()) || (kit.is_none() && known.contains(&plain(number)))
        };
        for seal in receive.seals.iter().filter(|s| of_mine(s.kit, &s.number)) {
            looked = true;
            found.insert(plain(&seal.number), (&seal.number, seal.state));
        }
    }
    let is_sent = |number: &String| sent.is_none() || known.contains(number);
    let of = |state: SealState, of_sent: bool| -> Option<Vec<String>> {
        let its = found.iter().filter(|(number, (_, is))| *is == state && is_sent(number) == of_sent);
        looked.then(|| its.map(|(_, (written, _))| (*written).to_owned()).collect())
    };
    let other = [SealState::Intact, SealState::Broken].map(|state| of(state, false));
    let other: Option<BTreeSet<String>> = looked.then(|| other.into_iter().flatten().flatten().collect());
    Seals {
        intact: of(SealState::Intact, true),
        broken: of(SealState::Broken, true),
        missing: of(SealState::Missing, true),
        other: other.map(|all| all.into_iter().collect()),
        sent,
    }
}

fn seals_sent(cx: &Cx<'_>, word: Given<'_>) -> Option<Vec<String>> {
    let (_, dispatch) = word;
    let mine = dispatch.kit_of(cx.place);
    let named = dispatch.seals.iter().filter(|s| is_of(s.kit, mine, dispatch.kits.len()));
    let mut numbers: Vec<String> = named.map(|s| s.number.clone()).collect();
    if numbers.is_empty() {
        numbers = packed(cx, word).map(|p| p.seals.clone()).unwrap_or_default();
    }
    numbers.sort();
    (!numbers.is_empty()).then_some(numbers)
}

pub(super) fn items(cx: &Cx<'_>, hop: &Hop<'_>, words: &[Taken<'_>]) -> Vec<LegItem> {
    let mut sent: BTreeMap<u32, u32> = BTreeMap::new();
    for (item, pieces) in giving(cx, hop).into_iter().flat_map(|word| items_sent(cx, word)) {
        let all = sent.entry(item).or_default();
        *all = all.saturating_add(pieces);
    }
    let named = words.iter().flat_map(|(_, r)| r.lines.iter().map(|l| l.item));
    let numbers: BTreeSet<u32> = sent.keys().copied().chain(named).collect();
    let item = |item: u32| {
        let all: Vec<Line> = parts(words, |word| came(cx, word, item, sent.get(&item).copied()));
        let total = |of: fn(&Line) -> u32| (!all.is_empty()).then(|| sum(all.iter().map(of)));
        LegItem {
            item,
            sent: sent.get(&item).copied(),
            good: total(|l| l.good),
            damaged: total(|l| l.damaged),
            missing: total(|l| l.missing),
        }
    };
    numbers.into_iter().map(item).filter(|i| i.sent.is_some() || i.good.is_some()).collect()
}

/// What one receiver counted of an item.
fn came(cx: &Cx<'_>, (_, receive): &Taken<'_>, item: u32, sent: Option<u32>) -> Option<Told<Line>> {
    let mine = receive.kit_of(cx.place);
    let line = receive.lines.iter().find(|l| l.item == item && is_of(l.kit, mine, receive.kits.len()));
    match line {
        Some(line) => (line.state == LineState::Counted).then(|| Told::Counted(line.clone())),
        None if receive.rest == Rest::CountedAsExpected => {
            let state = LineState::Counted;
            Some(Told::All(Line { item, state, good: sent?, damaged: 0, missing: 0, kit: None }))
        }
        None => None,
    }
}

fn items_sent(cx: &Cx<'_>, word: Given<'_>) -> BTreeMap<u32, u32> {
    let (_, dispatch) = word;
    let mine = dispatch.kit_of(cx.place);
    let mut all: BTreeMap<u32, u32> =
        packed(cx, word).map(|p| p.lines.iter().map(|l| (l.item, l.pieces)).collect()).unwrap_or_default();
    let named = dispatch.lines.iter().filter(|l| is_of(l.kit, mine, dispatch.kits.len()));
    all.extend(named.map(|l| (l.item, l.pieces)));
    all
}
