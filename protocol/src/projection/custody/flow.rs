//! Where the kit of a TPS stands on its way, and which goods were given away and not received by anybody yet.

use super::{Leg, hops, hops::Hop};
use crate::{
    body::{CustodyKind, Point},
    journal::RecordId,
    place::Place,
    profile::Profile,
    projection::{Mark, Rollup, cx::Cx},
};

/// A stop on the way of kits, out to the TPS and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Stop {
    /// Warehouse of the KPU, on the way out.
    #[n(0)]
    Warehouse,
    /// PPK, on the way out.
    #[n(1)]
    Ppk,
    /// PPS, on the way out.
    #[n(2)]
    Pps,
    /// The kit's own TPS.
    #[n(3)]
    Tps,
    /// PPS, on the way back.
    #[n(4)]
    PpsBack,
    /// PPK, on the way back.
    #[n(5)]
    PpkBack,
    /// Warehouse of the KPU, on the way back.
    #[n(6)]
    WarehouseBack,
    /// A transit point, another TPS, or a kind of point that this version does not know.
    #[n(7)]
    Elsewhere,
}

impl Stop {
    /// All of them, in the order of the way.
    pub const ALL: [Self; 8] = [
        Self::Warehouse,
        Self::Ppk,
        Self::Pps,
        Self::Tps,
        Self::PpsBack,
        Self::PpkBack,
        Self::WarehouseBack,
        Self::Elsewhere,
    ];

    fn of(point: &Point, tps: &Place, is_back: bool) -> Self {
        match (point.kind, is_back) {
            (CustodyKind::Warehouse, false) => Self::Warehouse,
            (CustodyKind::Ppk, false) => Self::Ppk,
            (CustodyKind::Pps, false) => Self::Pps,
            (CustodyKind::Warehouse, true) => Self::WarehouseBack,
            (CustodyKind::Ppk, true) => Self::PpkBack,
            (CustodyKind::Pps, true) => Self::PpsBack,
            (CustodyKind::Tps, _) if point.place == *tps => Self::Tps,
            (CustodyKind::Tps | CustodyKind::Transit | CustodyKind::Other(_), _) => Self::Elsewhere,
        }
    }
}

/// Kits by the stop where they are, or which they left last. Together with the kits that nobody spoke of they are all.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct Kits {
    /// Received there, and not given away since; in the order of [`Stop::ALL`].
    #[n(0)]
    at: [u32; 8],
    /// Given away there, and not received anywhere since; in the order of [`Stop::ALL`].
    #[n(1)]
    left: [u32; 8],
}

impl Kits {
    /// Kits that are at a stop.
    pub fn at(&self, stop: Stop) -> u32 {
        self.at.get(stop as usize).copied().unwrap_or(0)
    }

    /// Kits that left a stop and that nobody has received since.
    pub fn left(&self, stop: Stop) -> u32 {
        self.left.get(stop as usize).copied().unwrap_or(0)
    }

    /// Kits of which anybody spoke.
    pub fn known(&self) -> u32 {
        self.at.iter().chain(&self.left).sum()
    }

    fn add(&mut self, stand: Stand) {
        let all = if stand.is_away { &mut self.left } else { &mut self.at };
        if let Some(count) = all.get_mut(stand.stop as usize) {
            *count += 1;
        }
    }

    pub(in crate::projection) fn merge(&mut self, other: &Self) {
        let add = |(sum, more): (&mut u32, &u32)| *sum += more;
        self.at.iter_mut().zip(&other.at).for_each(add);
        self.left.iter_mut().zip(&other.left).for_each(add);
    }
}

/// Where a kit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// The stop where it is, or which it left last.
    pub stop: Stop,
    /// It left there, and nobody has received it since.
    pub is_away: bool,
}

/// The share of one place in goods that were given away and that nobody has received yet.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Underway {
    /// The record first heard of the consignment: the same for all places that have a share in it.
    #[n(0)]
    pub consignment: RecordId,
    /// The stop that the kit of the place left; absent for goods without a kit.
    #[n(1)]
    pub kit: Option<Stop>,
    /// Where it left.
    #[n(2)]
    pub from: Point,
    /// Where it goes.
    #[n(3)]
    pub to: Point,
    /// The giver's word.
    #[n(4)]
    pub given: Mark,
    /// The latest word from on the way, and of which point.
    #[n(5)]
    pub passed: Option<(Point, Mark)>,
    /// The giver was shown or told the receiver's answer, whose own record has not come.
    #[n(6)]
    pub is_answered: bool,
    /// When it should be there, unix seconds; absent where neither the giver nor the law says.
    #[n(7)]
    pub due: Option<i64>,
    /// Containers of this share; absent where nobody counted them.
    #[n(8)]
    pub boxes: Option<u32>,
}

impl Underway {
    /// In whose hands it was last.
    pub fn last_hands(&self) -> &Mark {
        self.passed.as_ref().map_or(&self.given, |(_, mark)| mark)
    }

    /// When it is past due if nobody receives it, unix seconds; `None` where that cannot be said: without a due time,
    /// and where the receiver's answer is known to the giver alone.
    pub fn past_due_at(&self) -> Option<i64> {
        self.due.filter(|_| !self.is_answered)
    }
}

/// The flow of goods at one place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flow {
    /// Where its kit stands; `None` where nobody spoke of it, and at a place that is no TPS in use.
    pub kit: Option<Stand>,
    /// Its shares in goods on their way.
    pub underway: Vec<Underway>,
}

impl Leg {
    /// When the goods should be there, unix seconds: as the giver said, or by the end of T-1 where he did not. What
    /// leaves after that without a time has none.
    pub(in crate::projection) fn due_by(&self, profile: Option<&Profile>) -> Option<i64> {
        let given = self.given.as_ref()?;
        let by_law = || profile.map(|p| p.logistics_due).filter(|due| given.at <= *due);
        self.due.or_else(by_law)
    }
}

/// The flow of goods at a place.
pub(in crate::projection) fn of(cx: &Cx<'_>) -> Flow {
    let kit = hops::of(cx);
    let stand = stand(cx, &kit);
    let left = stand.filter(|stand| stand.is_away).map(|stand| stand.stop);
    let mut all: Vec<Underway> =
        kit.last().filter(|_| left.is_some()).and_then(|hop| underway(cx, hop, left)).into_iter().collect();
    all.extend(
        hops::loose(cx).iter().filter(|hop| hop.taken.is_empty()).filter_map(|h| underway(cx, h, None)),
    );
    let is_tps = cx.reference.tps(cx.place).is_some_and(|tps| tps.ended.is_none());
    Flow { kit: stand.filter(|_| is_tps), underway: all }
}

fn stand(cx: &Cx<'_>, hops: &[Hop<'_>]) -> Option<Stand> {
    let (last, before) = hops.split_last()?;
    let is_own = |point: &Point| point.kind == CustodyKind::Tps && point.place == *cx.place;
    let left = |hop: &Hop<'_>| hop.from.as_ref().is_some_and(is_own);
    let came =
        |hop: &Hop<'_>| hop.receiver().is_some_and(|(fact, receive)| is_own(&hops::point(fact, receive)));
    let was_there = before.iter().any(|hop| left(hop) || came(hop));
    let at = |point: &Point, is_back, is_away| Stand { stop: Stop::of(point, cx.place, is_back), is_away };
    Some(match (last.receiver(), &last.from) {
        (Some((fact, receive)), _) => at(&hops::point(fact, receive), was_there || left(last), false),
        (None, Some(from)) => at(from, was_there, true),
        (None, None) => at(&last.to, was_there, false),
    })
}

fn underway(cx: &Cx<'_>, hop: &Hop<'_>, kit: Option<Stop>) -> Option<Underway> {
    let leg = super::leg(cx, hop);
    let due = leg.due_by(cx.reference.profile());
    let passed = hop.on_the_way().map(|(fact, receive)| (hops::point(fact, receive), cx.mark(fact)));
    Some(Underway {
        consignment: hop.origin(cx)?,
        kit,
        from: leg.from?,
        to: leg.to,
        given: leg.given?,
        passed,
        is_answered: leg.handed.is_some(),
        due,
        boxes: leg.boxes.sent,
    })
}

pub(in crate::projection) fn count(flow: &Flow, rollup: &mut Rollup) {
    if let Some(stand) = flow.kit {
        rollup.kits.add(stand);
    }
}
