//! What arrived at a TPS, from `Receive` against the kit. A `Receive` at the TPS states what is there by
//! then, so per item the latest count stands. Whoever did not look inside neither makes nor undoes a
//! count: unknown is never zero, and a known shortage does not go away by a seal.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Fact, Reference, Rollup,
    cx::{Cx, Mark},
    judge,
    plan::{self, kit},
    state::PlaceState,
};
use crate::{
    body::{Body, CustodyKind, LineState, Receive, Rest, SealState},
    place::Place,
    record::Basis,
};

/// What is known of one kit item at a TPS.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ItemState {
    /// Item number of the profile.
    #[n(0)]
    pub item: u32,
    /// What the kit asks for; absent without profile or voters.
    #[n(1)]
    pub expected: Option<u32>,
    /// Pieces in good condition; absent unless counted: unknown is never zero.
    #[n(2)]
    pub good: Option<u32>,
    /// Pieces damaged.
    #[n(3)]
    pub damaged: Option<u32>,
    /// How it was checked.
    #[n(4)]
    pub checked: LineState,
    /// Who says so.
    #[n(5)]
    pub mark: Mark,
    /// What the kit asked for when "all as expected" was said, where that is not `expected`: the plan has changed
    /// since.
    #[n(6)]
    pub meant: Option<u32>,
}

impl ItemState {
    /// Pieces short of the kit, where both numbers are known.
    pub fn short(&self) -> Option<u32> {
        Some(self.expected?.saturating_sub(self.good?))
    }
}

/// The latest arrival at a TPS.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Arrival {
    /// What was said of all without a line.
    #[n(0)]
    pub rest: Rest,
    /// Seals found broken or missing.
    #[n(1)]
    pub bad_seals: u32,
    /// Who says so.
    #[n(2)]
    pub mark: Mark,
}

/// Where the kit was last in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct KitAt {
    /// Kind of the point.
    #[n(0)]
    pub kind: CustodyKind,
    /// Its place.
    #[n(1)]
    pub place: Place,
    /// Who says so.
    #[n(2)]
    pub mark: Mark,
}

/// The part of a place's state that speaks of goods.
pub(super) struct Goods {
    pub(super) items: Vec<ItemState>,
    pub(super) arrival: Option<Arrival>,
    pub(super) kit_at: Option<KitAt>,
}

/// What one `Receive` says of one item.
struct Said {
    good: Option<u32>,
    damaged: Option<u32>,
    checked: LineState,
    /// What the kit asked for at the time, where the count follows from it.
    meant: Option<u32>,
}

pub(super) fn at(cx: &Cx<'_>) -> Goods {
    let receives: Vec<(&Fact, &Receive)> = cx
        .standing
        .facts
        .iter()
        .copied()
        .filter_map(|f| if let Body::Receive(r) = &f.statement { Some((f, r)) } else { None })
        .filter(|(f, r)| is_about(cx.place, f, r))
        .collect();
    let arrived: Vec<(&Fact, &Receive)> =
        receives.iter().copied().filter(|(_, r)| r.at == CustodyKind::Tps).collect();
    let body_of = |fact: &Fact| receives.iter().find(|(f, _)| f.id == fact.id).map(|(_, r)| *r);
    let last = judge::latest(receives.iter().map(|(f, _)| *f));
    let last_here = judge::latest(arrived.iter().map(|(f, _)| *f));
    Goods {
        items: items(cx, &arrived),
        arrival: last_here.and_then(|f| {
            let r = body_of(f)?;
            let mine = r.seals.iter().filter(|s| concerns(s.kit, r.kit_of(cx.place)));
            let bad = mine.filter(|s| matches!(s.state, SealState::Broken | SealState::Missing)).count();
            Some(Arrival {
                rest: r.rest,
                bad_seals: u32::try_from(bad).unwrap_or(u32::MAX),
                mark: cx.mark(f),
            })
        }),
        kit_at: last.and_then(|f| {
            body_of(f).map(|r| KitAt { kind: r.at, place: f.record.place.clone(), mark: cx.mark(f) })
        }),
    }
}

pub(super) fn count(state: &PlaceState, reference: &Reference, rollup: &mut Rollup) {
    rollup.arrived += u32::from(state.arrival.is_some());
    match state.arrival.as_ref().map(|arrival| arrival.mark.basis) {
        None | Some(Basis::Seen) => {}
        Some(Basis::Document) => rollup.arrived_document += 1,
        Some(_) => rollup.arrived_told += 1,
    }
    rollup.complete += u32::from(state.is_complete(reference));
    rollup.short += u32::from(state.is_short());
    rollup.replanned += u32::from(state.is_replanned());
    rollup.bad_seals += u32::from(state.arrival.as_ref().is_some_and(|a| a.bad_seals > 0));
}

impl PlaceState {
    /// Whether every kit item of the profile was counted or vouched for and none is short.
    pub fn is_complete(&self, reference: &Reference) -> bool {
        let Some(profile) = reference.profile() else { return false };
        profile.kit.iter().all(|k| self.items.iter().any(|i| i.item == k.number && i.short() == Some(0)))
    }

    /// Whether a counted item is short of the kit.
    pub fn is_short(&self) -> bool {
        self.items.iter().any(|i| i.short().is_some_and(|n| n > 0))
    }

    /// Whether an item was counted against a plan that has changed since.
    pub fn is_replanned(&self) -> bool {
        self.items.iter().any(|i| i.meant.is_some())
    }
}

/// Pieces of an item that the TPS of a region need together.
pub(super) fn need(region: &Place, item: u32, reference: &Reference) -> u64 {
    let Some(quantity) = reference.profile().and_then(|p| p.item(item)).map(|i| i.quantity) else { return 0 };
    reference
        .tps_within(region)
        .filter(|(_, tps)| tps.ended.is_none())
        .map(|(_, tps)| u64::from(quantity.of(tps.voters)))
        .sum()
}

/// Whether a `Receive` speaks of this TPS's kit: by its list, or by standing at the place.
pub(super) fn is_about(place: &Place, fact: &Fact, receive: &Receive) -> bool {
    if receive.kits.is_empty() { fact.record.place == *place } else { receive.kits.contains(place) }
}

/// What is known of each item of the kit, and of any other that a line speaks of. Each line is looked at once:
/// of an item beyond the kit only the receipts that have a line for it say anything.
fn items(cx: &Cx<'_>, arrived: &[(&Fact, &Receive)]) -> Vec<ItemState> {
    let now = kit(cx.reference.profile(), cx.reference.tps(cx.place).map(|t| t.voters));
    let mut speaking: BTreeMap<u32, Vec<(&Fact, Said)>> = BTreeMap::new();
    for (fact, receive) in arrived {
        let then = plan::meant(cx, fact, receive);
        let named = receive.lines.iter().map(|l| l.item);
        let items: BTreeSet<u32> = then.keys().copied().chain(named).collect();
        for item in items {
            if let Some(said) =
                says(receive, receive.kit_of(cx.place), item, then.get(&item).copied().flatten())
            {
                speaking.entry(item).or_default().push((fact, said));
            }
        }
    }
    let latest = |(item, all): (u32, Vec<(&Fact, Said)>)| {
        let counted = all.iter().filter(|(_, said)| said.good.is_some()).map(|(f, _)| *f);
        let fact = judge::latest(counted).or_else(|| judge::latest(all.iter().map(|(f, _)| *f)))?;
        let said = all.iter().find(|(f, _)| f.id == fact.id).map(|(_, said)| said)?;
        let expected = now.get(&item).copied().flatten();
        Some(ItemState {
            item,
            expected,
            good: said.good,
            damaged: said.damaged,
            checked: said.checked,
            mark: cx.mark(fact),
            meant: said.meant.filter(|meant| Some(*meant) != expected),
        })
    };
    speaking.into_iter().filter_map(latest).collect()
}

/// Whether what may name a kit is of this one: by naming it, or by naming none.
fn concerns(kit: Option<u32>, mine: Option<u32>) -> bool {
    kit.is_none() || kit == mine
}

/// What a `Receive` says of an item of the kit with this index, which asked for `meant`; `None` if nothing. Its own
/// line goes before one that names no kit. In a `Receive` for several kits such an item is only known to be an exception somewhere.
fn says(receive: &Receive, mine: Option<u32>, item: u32, meant: Option<u32>) -> Option<Said> {
    let unknown = |checked| Some(Said { good: None, damaged: None, checked, meant: None });
    let lines = || receive.lines.iter().filter(|l| l.item == item && concerns(l.kit, mine));
    let own = lines().find(|l| l.kit.is_some());
    let line = own.or_else(|| lines().next());
    if line.is_some() && own.is_none() && receive.kits.len() > 1 {
        return unknown(LineState::NotChecked);
    }
    let checked = LineState::Counted;
    match (line.map(|l| (l, l.state)), receive.rest) {
        (Some((line, LineState::Counted)), _) => {
            Some(Said { good: Some(line.good), damaged: Some(line.damaged), checked, meant: None })
        }
        (Some((_, LineState::NotChecked)), _) => None,
        (Some((_, other)), _) => unknown(other),
        // Items beyond the kit are not covered by "all the rest".
        (None, Rest::CountedAsExpected) => {
            Some(Said { good: Some(meant?), damaged: Some(0), checked, meant })
        }
        (None, Rest::SealedAsDispatched) => meant.and_then(|_| unknown(LineState::Sealed)),
        (None, Rest::NotChecked | Rest::Other(_)) => None,
    }
}
