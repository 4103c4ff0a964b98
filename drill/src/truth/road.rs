//! The way of the kits from the warehouse over the PPK to the PPS.

use pantau_protocol::body::{Body, CustodyKind, Point, Receive};

use super::{
    arrivals,
    cause::{Answer, ReportNo},
    door,
    fates::Boat,
    goods::Happening,
    people::Duty,
    world::World,
};
use crate::reports::{Load, Look, receipt, waybill};

/// Most kits on one truck from the warehouse.
const TRUCK: usize = 24;

/// A boat with the kits of a village, from the PPK to the PPS.
#[derive(Debug, Clone)]
pub(super) struct Trip {
    /// The village.
    pub(super) village: usize,
    /// The village where the PPS is that it truly goes to.
    pub(super) goes_to: usize,
    /// The clerk at the PPK.
    pub(super) giver: usize,
    /// The officer who acts for the PPS.
    pub(super) taker: usize,
    /// The field officer.
    pub(super) field: usize,
    /// The waybill, if one was written.
    pub(super) given: Option<ReportNo>,
    /// What it says.
    pub(super) loads: Vec<Load>,
    /// When it left.
    pub(super) leaves: i64,
    /// The leg.
    pub(super) leg: usize,
}

/// Tells the whole way.
pub(super) fn tell(world: &mut World) {
    for district in 0..world.places.districts.len() {
        trucks(world, district);
        let villages = world.places.districts.get(district).map_or(0..0, |d| d.villages.clone());
        let trips: Vec<Trip> = villages.clone().map(|village| depart(world, village)).collect();
        for trip in &trips {
            mishap(world, trip);
        }
        for trip in trips {
            arrivals::tell(world, trip);
        }
        for village in villages.clone() {
            arrivals::carry_home(world, village);
        }
        for village in villages {
            door::tell(world, village);
        }
    }
}

pub(super) fn point(kind: CustodyKind, place: &pantau_protocol::place::Place) -> Point {
    Point { kind, place: place.clone(), label: None }
}

/// From the warehouse to the PPK.
fn trucks(world: &mut World, district: usize) {
    let Some(is) = world.places.districts.get(district).cloned() else { return };
    let Some(from) = world.places.regencies.get(is.regency).map(|r| r.place.clone()) else { return };
    let due = Some(world.days.at(-3, 20, 0));
    let kits: Vec<usize> = is.posts.clone().collect();
    for kits in kits.chunks(TRUCK) {
        let leaves = world.days.at(-3, 8, 0) + world.minutes(0..90);
        let arrives = leaves + world.minutes(180..360);
        let to = point(CustodyKind::Ppk, &is.place);
        let (dispatch, loads) = waybill(&world.goods, kits, CustodyKind::Warehouse, to, due);
        let given = world.says(is.regency, leaves, &from, Body::Dispatch(dispatch));
        let leg = world.begin(kits.to_vec(), Some(given), due);
        let look = if world.chance(0.2) { Look::Boxes } else { Look::Seals };
        let receive = receipt(&world.goods, &loads, CustodyKind::Ppk, look, &world.shipped.profile);
        let by = world.officer_of(district, Duty::Ppk);
        let is_named = world.chance(0.9);
        let taken = world.receives(by, arrives, &is.place, receive, is_named.then_some(given));
        let kits = kits.to_vec();
        world.answer(leg, Answer { report: taken, kits, is_named, is_there: false, is_at_tps: false });
    }
}

/// A boat is loaded and leaves the PPK.
fn depart(world: &mut World, village: usize) -> Trip {
    let district = world.places.villages.get(village).map_or(0, |v| v.district);
    let fate = world.fates.boats.get(village).copied().unwrap_or_default();
    let goes_to = if let Boat::WrongVillage { to } = fate { to } else { village };
    let (leaves, due) = match fate {
        Boat::Stuck => (world.days.at(-1, 18, 40), None),
        _ => (world.days.at(-2, 7, 0) + world.minutes(0..60), Some(world.days.at(-2, 15, 0))),
    };
    let kits: Vec<usize> = world.kits_of(village).collect();
    let giver = world.officer_of(district, Duty::Ppk);
    let (given, loads) = send(world, giver, village, &kits, leaves, due, fate != Boat::NoWaybill);
    let leg = world.begin(kits, given, due);
    Trip {
        village,
        goes_to,
        giver,
        taker: world.officer_of(district, Duty::Pps),
        field: world.officer_of(district, Duty::Field),
        given,
        loads,
        leaves,
        leg,
    }
}

/// The PPK sends kits to the PPS of a village; `is_written` unless the clerk forgets the waybill.
pub(super) fn send(
    world: &mut World,
    giver: usize,
    village: usize,
    kits: &[usize],
    leaves: i64,
    due: Option<i64>,
    is_written: bool,
) -> (Option<ReportNo>, Vec<Load>) {
    let Some(to) = world.places.villages.get(village).map(|v| point(CustodyKind::Pps, &v.place)) else {
        return (None, Vec::new());
    };
    let Some(from) = world.officers.get(giver).map(|o| o.place.clone()) else { return (None, Vec::new()) };
    let (dispatch, loads) = waybill(&world.goods, kits, CustodyKind::Ppk, to, due);
    let given = is_written.then(|| world.says(giver, leaves, &from, Body::Dispatch(dispatch)));
    (given, loads)
}

/// What the receiver of a trip writes about all of its kits.
pub(super) fn seen(world: &World, trip: &Trip, look: Look) -> Receive {
    receipt(&world.goods, &trip.loads, CustodyKind::Pps, look, &world.shipped.profile)
}

/// What happens to goods between PPK and PPS.
fn mishap(world: &mut World, trip: &Trip) {
    let kits = world.kits_of(trip.village);
    let any = |world: &mut World| {
        let kit = world.rng.usize(kits.clone());
        let boxes = world.goods.kits.get(kit).map_or(0, |k| k.boxes.len());
        let at = world.rng.usize(..boxes.max(1));
        let seal = world.goods.kits.get(kit).and_then(|k| k.boxes.get(at)).map(|c| c.packed.clone());
        (kit, seal.unwrap_or_default())
    };
    let at = trip.leaves + 3_600;
    match world.fates.boats.get(trip.village).copied().unwrap_or_default() {
        Boat::Overboard => {
            let (kit, seal) = any(world);
            world.happen(at, Happening::Overboard { kit, seal });
        }
        Boat::Misloaded { onto } => {
            let (from, seal) = any(world);
            let to = world.kits_of(onto).start;
            world.happen(at, Happening::Misloaded { from, to, seal });
        }
        Boat::Rain => {
            let broken = world.rng.usize(1..=2.min(kits.len()));
            for kit in kits.clone().take(broken) {
                for seal in some_seals(world, kit) {
                    world.happen(at, Happening::SealBroke { kit, seal });
                }
            }
        }
        Boat::Resealed => {
            let (kit, old) = any(world);
            let new = format!("X{:06}", world.rng.u32(..1_000_000));
            world.happen(at, Happening::Resealed { kit, old, new });
        }
        Boat::Sinks => {
            for kit in kits.clone() {
                world.happen(at, Happening::Sunk { kit });
            }
        }
        _ => {}
    }
}

/// One or two seals of a kit.
fn some_seals(world: &mut World, kit: usize) -> Vec<String> {
    let wanted = world.rng.usize(1..=2);
    let boxes = world.goods.kits.get(kit).map(|k| k.boxes.as_slice()).unwrap_or_default();
    boxes.iter().take(wanted).filter_map(|c| c.seal.clone()).collect()
}
