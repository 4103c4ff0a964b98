//! Bulk goods: pallets from the printing house reach the warehouses, kits are packed from them, and loose ink goes to
//! the PPK.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::{Body, CustodyKind, Dispatch, Line, LineState, Loose, Packed, Point, Receive, Rest},
    place::Place,
};

use super::{
    cause::{Cause, Passing},
    fates::Post,
    goods::{BOOTH, COUNTED, Happening, INK, wanted},
    people::Duty,
    rule::Rule,
    world::World,
};

/// Bottles of ink that a warehouse sends to a PPK as spare ones.
const SPARE_INK: u32 = 12;

/// Lets the pallets come, packs the kits and sends spare ink. `each` pallets come short.
pub(super) fn tell(world: &mut World, each: usize) {
    pallets(world, each);
    pack(world);
    spare_ink(world, each / 4 + 1);
}

fn receive(at: CustodyKind, lines: Vec<Line>) -> Receive {
    Receive {
        at,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines,
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    }
}

fn counted(item: u32, good: u32, missing: u32) -> Line {
    Line { item, state: LineState::Counted, good, damaged: 0, missing, kit: None }
}

/// What the TPS of a warehouse need.
fn need(world: &World, regency: usize) -> BTreeMap<u32, u32> {
    let districts = world.places.regencies.get(regency).map_or(0..0, |r| r.districts.clone());
    let mut need = BTreeMap::new();
    for kit in districts.flat_map(|d| world.places.posts_of(d)).filter_map(|n| world.goods.kits.get(n)) {
        for item in COUNTED {
            *need.entry(item).or_default() += wanted(&world.shipped.profile, item, kit.voters);
        }
    }
    need
}

fn pallets(world: &mut World, each: usize) {
    let regencies = world.places.regencies.len();
    // Ballots come short, booths and ink do not: of those every warehouse has spare ones.
    let ballots = || COUNTED.into_iter().filter(|item| *item < BOOTH);
    let mut pairs: Vec<(usize, u32)> =
        (0..regencies).flat_map(|r| ballots().map(move |item| (r, item))).collect();
    world.rng.shuffle(&mut pairs);
    let short: Vec<(usize, u32)> = pairs.iter().copied().take(each).collect();
    let in_two: Vec<(usize, u32)> = pairs.into_iter().skip(each).take(each).collect();
    for regency in 0..regencies {
        let Some(place) = world.places.regencies.get(regency).map(|r| r.place.clone()) else { continue };
        let need = need(world, regency);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let at = world.days.at(-4, 9, 0) + world.minutes(0..60);
        for (item, pieces) in need {
            let extra = if item >= BOOTH { 400 } else { world.rng.u32(0..5) };
            let missing =
                if short.contains(&(regency, item)) { world.rng.u32(20..60).min(pieces) } else { 0 };
            let came = pieces - missing + if missing == 0 { extra } else { 0 };
            world.happen(at, Happening::Supplied { warehouse: regency, item, pieces: came });
            if in_two.contains(&(regency, item)) && came > 1 {
                first.push(counted(item, came / 2, 0));
                second.push(counted(item, came - came / 2, 0));
            } else {
                first.push(counted(item, came, 0));
            }
        }
        deliver(world, regency, &place, at, first, second, &short);
    }
}

fn deliver(
    world: &mut World,
    regency: usize,
    place: &Place,
    at: i64,
    first: Vec<Line>,
    second: Vec<Line>,
    short: &[(usize, u32)],
) {
    let report = |world: &mut World, at, lines| {
        let body = Body::Receive(receive(CustodyKind::Warehouse, lines));
        world.says(regency, at, place, body)
    };
    let counted_first = report(world, at + 1_800, first);
    if !second.is_empty() {
        report(world, at + 5 * 3_600, second);
        let story = format!("the second truck to the warehouse {place} brings the rest");
        world.passing.push(Passing::new(Rule::BulkNeedUncovered, [place.clone()], story));
    }
    let items: Vec<String> =
        short.iter().filter(|(of, _)| *of == regency).map(|(_, item)| item.to_string()).collect();
    for item in items {
        let story = format!("a pallet of item {item} comes short to the warehouse {place}");
        world
            .causes
            .push(Cause::new(Rule::BulkNeedUncovered, [place.clone()], story).shown_by([counted_first]));
    }
}

/// Kits are packed from the stock; what was short is printed again and comes by night, and nobody writes it down.
fn pack(world: &mut World) {
    let at = world.days.at(-4, 18, 0);
    for (n, district) in world.places.districts.clone().into_iter().enumerate() {
        let warehouse = district.regency;
        for kit in world.places.posts_of(n) {
            world.happen(at, Happening::Packed { kit, warehouse });
            if world.fates.posts.get(kit) == Some(&Post::OneBooth) {
                world.happen(at, Happening::PackedTooFew { kit, warehouse, item: BOOTH, pieces: 1 });
            }
        }
    }
    let short: Vec<((usize, u32), i64)> =
        world.goods.stock.iter().filter(|(_, left)| **left < 0).map(|(key, left)| (*key, *left)).collect();
    for ((warehouse, item), left) in short {
        let pieces = u32::try_from(-left).unwrap_or(0);
        world.happen(at, Happening::Supplied { warehouse, item, pieces });
    }
}

/// Each warehouse sends spare ink to each PPK; in some of the boxes two bottles break.
fn spare_ink(world: &mut World, broken: usize) {
    let mut districts: Vec<usize> = (0..world.places.districts.len()).collect();
    world.rng.shuffle(&mut districts);
    for (n, district) in districts.into_iter().enumerate() {
        let Some(is) = world.places.districts.get(district).cloned() else { continue };
        let Some(from) = world.places.regencies.get(is.regency).map(|r| r.place.clone()) else { continue };
        let leaves = world.days.at(-3, 8, 0) + world.minutes(0..60);
        let sent = Happening::SentLoose { warehouse: is.regency, district, item: INK, pieces: SPARE_INK };
        world.happen(leaves, sent);
        let dispatch = Dispatch {
            from: CustodyKind::Warehouse,
            from_label: None,
            to: Point { kind: CustodyKind::Ppk, place: is.place.clone(), label: None },
            kits: Vec::new(),
            packed: Packed::AsListed,
            containers: Vec::new(),
            lines: vec![Loose { item: INK, pieces: SPARE_INK, kit: None }],
            seals: Vec::new(),
            due: None,
        };
        let given = world.says(is.regency, leaves, &from, Body::Dispatch(dispatch));
        let lost = if n < broken { 2 } else { 0 };
        if lost > 0 {
            world.happen(leaves + 3_600, Happening::BrokeLoose { district, item: INK, pieces: lost });
        }
        let came = u32::try_from(world.goods.loose.get(&(district, INK)).copied().unwrap_or(0)).unwrap_or(0);
        let receive = receive(CustodyKind::Ppk, vec![counted(INK, came, lost)]);
        let by = world.officer_of(district, Duty::Ppk);
        let taken = world.receives(by, leaves + 6 * 3_600, &is.place, receive, Some(given));
        if lost > 0 {
            let story = format!("two bottles of spare ink break on the way to the PPK {}", is.place);
            let cause = Cause::new(Rule::ShortAgainstDispatch, [is.place.clone()], story).shown_by([taken]);
            world.causes.push(cause);
        }
    }
}
