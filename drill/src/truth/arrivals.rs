//! How boats arrive at the PPS, and what is written of it.

use pantau_protocol::{
    body::{Body, CustodyKind, Dispatch, Found, Packed, Point, Receive, Rest, Seal, SealState},
    place::Place,
    record::Basis,
};

use super::{
    cause::{Answer, Cause, Passing, ReportNo},
    fates::Boat,
    goods::{BOXES, Happening, Kit},
    road::{Trip, point, seen, send},
    rule::Rule,
    world::World,
};
use crate::reports::{Look, Report, Says};

/// A landing on the way.
const LANDING: &str = "Dermaga Tumbang";

/// Tells the arrival of a trip.
pub(super) fn tell(world: &mut World, trip: Trip) {
    let usual = trip.leaves + world.minutes(180..330);
    let tps = world.tps_of(world.kits_of(trip.village));
    let Some(name) = world.places.villages.get(trip.village).map(|v| v.place.clone()) else { return };
    match world.fates.boats.get(trip.village).copied().unwrap_or_default() {
        Boat::Sinks => {
            let story = format!("the boat to {name} sinks");
            let cause = Cause::new(Rule::NotReceivedInTime, tps, story).of_leg(trip.leg);
            world.causes.push(cause.shown_by(trip.given));
        }
        Boat::EngineDies => {
            let at = world.days.at(-1, 9, 30) + world.minutes(0..30);
            comes(world, &trip, at, Look::Seals);
            let story = format!("the engine of the boat to {name} dies; it arrives a day late");
            let cause = Cause::new(Rule::NotReceivedInTime, tps, story).of_leg(trip.leg).mended(true);
            world.causes.push(cause.shown_by(trip.given));
        }
        Boat::Slow => {
            let at = world.days.at(-2, 16, 30) + world.minutes(0..20);
            _ = comes(world, &trip, at, Look::Seals);
        }
        Boat::Stuck => {
            let at = world.days.at(0, 3, 40) + world.minutes(0..20);
            _ = comes(world, &trip, at, Look::Seals);
        }
        Boat::NoWaybill => {
            let taken = comes(world, &trip, usual, Look::Boxes);
            let story = format!("the clerk of the PPK writes no waybill for the boat to {name}");
            let cause = Cause::new(Rule::ReceivedWithoutDispatch, tps, story);
            world.causes.push(cause.shown_by([taken]));
        }
        Boat::WrongVillage { .. } => wrong_village(world, &trip, usual, tps),
        Boat::TurnsBack => turns_back(world, &trip),
        Boat::Landing => landing(world, &trip, usual),
        Boat::Radio => radio(world, &trip, usual),
        Boat::TwoLoads => two_loads(world, &trip, usual),
        Boat::TwoAgree => {
            comes(world, &trip, usual, Look::Boxes);
            second(world, &trip, usual + 900, None);
        }
        Boat::TwoCounts => two_counts(world, &trip, usual),
        Boat::SlipCount => slip(world, &trip, usual, Rule::ShortAgainstDispatch),
        Boat::SlipSeal => slip(world, &trip, usual, Rule::SealBroken),
        fate => {
            let counts = matches!(fate, Boat::Overboard | Boat::Misloaded { .. } | Boat::Stray);
            let look = if counts || world.chance(0.2) { Look::Boxes } else { Look::Seals };
            let taken = comes(world, &trip, usual, look);
            of_goods(world, &trip, fate, taken);
        }
    }
}

/// The causes that lie in the goods themselves.
fn of_goods(world: &mut World, trip: &Trip, fate: Boat, taken: ReportNo) {
    let hit: Vec<usize> = world.kits_of(trip.village).filter(|kit| is_hit(world, *kit)).collect();
    let tps = world.tps_of(hit.iter().copied());
    let told = tps.first().map(ToString::to_string).unwrap_or_default();
    let (rule, story) = match fate {
        Boat::Overboard => (Rule::ShortAgainstDispatch, format!("a box of {told} falls into the river")),
        Boat::Misloaded { .. } => {
            (Rule::ShortAgainstDispatch, format!("a box of {told} is put onto the neighbour's boat"))
        }
        Boat::Stray => {
            (Rule::OverAgainstDispatch, format!("the box of a neighbour comes with those of {told}"))
        }
        Boat::Rain => (Rule::SealBroken, format!("rain breaks seals of {told}")),
        Boat::Resealed => (Rule::SealOther, format!("a box of {told} is opened on the way and sealed anew")),
        _ => return,
    };
    world.causes.push(Cause::new(rule, tps, story).shown_by([taken]));
}

/// Whether a kit is not any more as it was packed.
fn is_hit(world: &World, kit: usize) -> bool {
    let seals = Kit::packing_seals(kit);
    let boxes = world.goods.kits.get(kit).map(|k| k.boxes.as_slice()).unwrap_or_default();
    let whole =
        |c: &&super::goods::Carton| c.seal.as_ref().is_some_and(|s| seals.contains(s)) && !c.is_broken;
    boxes.len() != seals.len() || boxes.iter().filter(whole).count() != seals.len()
}

/// The kits reach the PPS they go to, and its officer writes a receipt.
fn comes(world: &mut World, trip: &Trip, at: i64, look: Look) -> ReportNo {
    let receive = seen(world, trip, look);
    let is_named = trip.goes_to != trip.village || world.chance(0.85);
    writes(world, trip, at, receive, is_named)
}

fn writes(world: &mut World, trip: &Trip, at: i64, receive: Receive, is_named: bool) -> ReportNo {
    let kits: Vec<usize> = world.kits_of(trip.village).collect();
    let Some(place) = world.places.villages.get(trip.goes_to).map(|v| v.place.clone()) else { return 0 };
    let is_named = is_named && trip.given.is_some();
    let taken = world.receives(trip.taker, at, &place, receive, trip.given.filter(|_| is_named));
    let is_there = trip.goes_to == trip.village;
    if is_there {
        arrive(world, &kits, at);
    }
    world.answer(trip.leg, Answer { report: taken, kits, is_named, is_there, is_at_tps: false });
    taken
}

/// Kits are at their PPS, or their TPS.
pub(super) fn arrive(world: &mut World, kits: &[usize], at: i64) {
    for kit in kits {
        if let Some(there) = world.there.get_mut(*kit) {
            *there = Some(there.map_or(at, |known| known.min(at)));
        }
    }
}

/// The field officer writes a receipt as well. With `miscounted` he counts one box of that kit too few.
fn second(world: &mut World, trip: &Trip, at: i64, miscounted: Option<usize>) -> ReportNo {
    let mut receive = seen(world, trip, Look::Boxes);
    if let Some(found) = miscounted.and_then(|n| receive.containers.get_mut(n)) {
        (found.good, found.missing) = (found.good - 1, found.missing + 1);
    }
    writes(world, &Trip { taker: trip.field, ..trip.clone() }, at, receive, true)
}

fn two_counts(world: &mut World, trip: &Trip, usual: i64) {
    let taken = comes(world, trip, usual, Look::Boxes);
    let n = world.rng.usize(..trip.loads.len().max(1));
    let other = second(world, trip, usual + 600, Some(n));
    let tps = world.tps_of(trip.loads.get(n).map(|load| load.kit));
    let story =
        format!("two officers count the boxes of {} differently", tps.first().map_or("", Place::as_str));
    let cause = Cause::new(Rule::OfficersDiffer, tps.clone(), story.clone());
    world.causes.push(cause.shown_by([taken]).shown_by([other]));
    world.passing.push(Passing::new(Rule::ShortAgainstDispatch, tps, story));
}

fn wrong_village(world: &mut World, trip: &Trip, usual: i64, tps: Vec<Place>) {
    let taken = comes(world, trip, usual, Look::Seals);
    let village = |n: usize| world.places.villages.get(n).map(|v| v.place.clone());
    let (Some(wrong), Some(right)) = (village(trip.goes_to), village(trip.village)) else { return };
    let story = format!("the boat to {right} goes to {wrong}");
    world.causes.push(Cause::new(Rule::WrongDestination, tps, story).shown_by([taken]).mended(true));
    let (leaves, due) = (world.days.at(-1, 6, 30), Some(world.days.at(-1, 12, 0)));
    let kits: Vec<usize> = world.kits_of(trip.village).collect();
    let to = point(CustodyKind::Pps, &right);
    let (dispatch, loads) = crate::reports::waybill(&world.goods, &kits, CustodyKind::Pps, to, due);
    let given = world.says(trip.taker, leaves, &wrong, Body::Dispatch(dispatch));
    let leg = world.begin(kits, Some(given), due);
    let onward = Trip { goes_to: trip.village, given: Some(given), loads, leaves, leg, ..trip.clone() };
    _ = comes(world, &onward, leaves + 2 * 3_600, Look::Seals);
}

fn turns_back(world: &mut World, trip: &Trip) {
    let kits: Vec<usize> = world.kits_of(trip.village).collect();
    let mut receive = seen(world, trip, Look::Seals);
    receive.at = CustodyKind::Ppk;
    let Some(ppk) = world.officers.get(trip.giver).map(|o| o.place.clone()) else { return };
    let back = world.receives(trip.giver, world.days.at(-2, 12, 10), &ppk, receive, trip.given);
    let answer =
        Answer { report: back, kits: kits.clone(), is_named: true, is_there: false, is_at_tps: false };
    world.answer(trip.leg, answer);
    let (leaves, due) = (world.days.at(-1, 6, 0), Some(world.days.at(-1, 14, 0)));
    let (given, loads) = send(world, trip.giver, trip.village, &kits, leaves, due, true);
    let leg = world.begin(kits, given, due);
    let again = Trip { given, loads, leaves, leg, ..trip.clone() };
    _ = comes(world, &again, leaves + 3 * 3_600, Look::Seals);
}

/// The boat stops at a landing, where the field officer takes the kits over and sends them on.
fn landing(world: &mut World, trip: &Trip, usual: i64) {
    let kits: Vec<usize> = world.kits_of(trip.village).collect();
    let Some(place) = world.officers.get(trip.field).map(|o| o.place.clone()) else { return };
    let Some(right) = world.places.villages.get(trip.village).map(|v| v.place.clone()) else { return };
    let mut receive = seen(world, trip, Look::Seals);
    (receive.at, receive.label) = (CustodyKind::Transit, Some(LANDING.into()));
    let stop = world.receives(trip.field, trip.leaves + 3_600, &place, receive, trip.given);
    let (dispatch, loads) = crate::reports::waybill(
        &world.goods,
        &kits,
        CustodyKind::Transit,
        Point { kind: CustodyKind::Pps, place: right, label: None },
        None,
    );
    let dispatch = Dispatch { from_label: Some(LANDING.into()), packed: Packed::AsPacked, ..dispatch };
    let leaves = trip.leaves + 2 * 3_600;
    let given = world.says(trip.field, leaves, &place, Body::Dispatch(dispatch));
    for report in [stop, given] {
        let kits = kits.clone();
        world.answer(trip.leg, Answer { report, kits, is_named: true, is_there: false, is_at_tps: false });
    }
    let leg = world.begin(kits, Some(given), None);
    let onward = Trip { given: Some(given), loads, leaves, leg, ..trip.clone() };
    let taken = comes(world, &onward, usual.max(leaves + 3_600), Look::Seals);
    // Whoever receives at the end answers the whole way.
    let kits = onward.loads.iter().map(|load| load.kit).collect();
    world.answer(trip.leg, Answer { report: taken, kits, is_named: true, is_there: true, is_at_tps: false });
}

/// The guard of the landing radios to the PPK that the boat has come.
fn radio(world: &mut World, trip: &Trip, usual: i64) {
    let kits: Vec<usize> = world.kits_of(trip.village).collect();
    let Some(place) = world.places.villages.get(trip.village).map(|v| v.place.clone()) else { return };
    let mut receive = seen(world, trip, Look::Seals);
    receive.rest = Rest::NotChecked;
    let Some(given) = trip.given else { return };
    let says = Says::Answer(receive, given);
    let report = Report { basis: Basis::ToldByRadio, ..Report::seen(trip.giver, usual + 600, place, says) };
    let report = world.report(report);
    world.answer(trip.leg, Answer { report, kits, is_named: true, is_there: true, is_at_tps: false });
    _ = comes(world, trip, usual, Look::Seals);
}

/// Three boxes of one kit come first, the other two an hour later.
fn two_loads(world: &mut World, trip: &Trip, usual: i64) {
    let mut first = seen(world, trip, Look::Seals);
    let of = (trip.loads.len() > 1).then_some(0);
    first.containers = vec![Found { good: 3, damaged: 0, missing: 0, kit: of }];
    writes(world, trip, usual, first, true);
    let Some(load) = trip.loads.first() else { return };
    let mut rest = seen(world, &Trip { loads: vec![load.clone()], ..trip.clone() }, Look::Seals);
    (rest.rest, rest.containers) =
        (Rest::NotChecked, vec![Found { good: BOXES - 3, damaged: 0, missing: 0, kit: None }]);
    let Some(place) = world.places.villages.get(trip.village).map(|v| v.place.clone()) else { return };
    world.receives(trip.taker, usual + 3_600, &place, rest, trip.given);
    let tps = world.tps_of([load.kit]);
    world.passing.push(Passing::new(Rule::ShortAgainstDispatch, tps, "a second boat brings two boxes"));
}

/// The receiver types something that is not so, and puts it right after some minutes.
fn slip(world: &mut World, trip: &Trip, usual: i64, rule: Rule) {
    let right = seen(world, trip, Look::Boxes);
    let mut wrong = right.clone();
    let of = (trip.loads.len() > 1).then_some(0);
    match rule {
        Rule::ShortAgainstDispatch => {
            if let Some(found) = wrong.containers.first_mut() {
                (found.good, found.missing) = (found.good - 1, 1);
            }
        }
        _ => {
            let number = trip.loads.first().and_then(|load| load.seals.first()).cloned().unwrap_or_default();
            wrong.seals.push(Seal { number, state: SealState::Broken, kit: of });
        }
    }
    let Some(given) = trip.given else { return };
    let slipped = writes(world, trip, usual, wrong, true);
    let Some(place) = world.places.villages.get(trip.village).map(|v| v.place.clone()) else { return };
    let says = Says::Correct(slipped, Box::new(Says::Answer(right, given)));
    world.report(Report::seen(trip.taker, usual + 720, place, says));
    let tps = world.tps_of(trip.loads.first().map(|load| load.kit));
    world.passing.push(Passing::new(rule, tps, "the receiver corrects a slip of his finger"));
}

/// A box that came with the wrong boat is carried home, and nobody writes it down.
pub(super) fn carry_home(world: &mut World, village: usize) {
    let at = world.days.at(-1, 6, 0);
    let strays: Vec<(usize, String)> = world
        .kits_of(village)
        .flat_map(|kit| {
            let mine = Kit::packing_seals(kit);
            let boxes = world.goods.kits.get(kit).map(|k| k.boxes.clone()).unwrap_or_default();
            boxes.into_iter().filter(move |c| !mine.contains(&c.packed)).map(move |c| (kit, c.packed))
        })
        .collect();
    for (from, seal) in strays {
        let home = (0..world.goods.kits.len()).find(|kit| Kit::packing_seals(*kit).contains(&seal));
        if let Some(to) = home {
            world.happen(at, Happening::Misloaded { from, to, seal });
        }
    }
}
