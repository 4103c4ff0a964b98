//! The last way of a kit, from the PPS to its TPS.

use pantau_protocol::{
    body::{Body, CustodyKind},
    record::Fix,
};

use super::{
    arrivals::arrive,
    cause::{Answer, Cause},
    fates::{Boat, Post},
    goods::{BOOTH, BOXES, Happening, Kit},
    people::Duty,
    road::point,
    rule::Rule,
    world::World,
};
use crate::{
    reports::{Look, Report, Says, receipt, waybill},
    say,
};

/// When a kit leaves its PPS, and when it is at its TPS.
#[derive(Debug, Clone, Copy)]
struct Times {
    leaves: i64,
    arrives: i64,
    due: Option<i64>,
}

/// Takes the kits of a village to their TPS.
pub(super) fn tell(world: &mut World, village: usize) {
    let fate = world.fates.boats.get(village).copied().unwrap_or_default();
    if fate == Boat::Sinks {
        return;
    }
    let kits = world.kits_of(village);
    let share = kits.len().max(1) as i64;
    for (n, kit) in (0..).zip(kits) {
        let days = world.days;
        // Within five hours by day, within an hour in the morning.
        let (by_day, by_dawn) = (n * 300 * 60 / share, n * 50 * 60 / share);
        let times = match fate {
            Boat::Overnight | Boat::MorningUntold => {
                let leaves = days.at(0, 5, 5) + by_dawn;
                Times { leaves, arrives: leaves + 1_500, due: None }
            }
            Boat::Stuck => {
                let leaves = days.at(0, 4, 30) + by_dawn;
                Times { leaves, arrives: leaves + 1_500, due: None }
            }
            // Those that reached the PPS this morning only.
            Boat::TurnsBack | Boat::EngineDies | Boat::WrongVillage { .. } => {
                let leaves = days.at(-1, 11, 0) + by_day;
                Times { leaves, arrives: leaves + 2_700, due: None }
            }
            _ => {
                let leaves = days.at(-1, 7, 30) + by_day;
                let due = world.chance(0.5).then(|| days.at(-1, 18, 0));
                Times { leaves, arrives: leaves + 2_700, due }
            }
        };
        if fate == Boat::MorningUntold {
            arrive(world, &[kit], times.arrives);
        } else {
            bring(world, village, kit, times);
        }
    }
}

/// One kit is handed over at the PPS and taken at the TPS.
fn bring(world: &mut World, village: usize, kit: usize, times: Times) {
    let Some(is) = world.places.villages.get(village).cloned() else { return };
    let Some(tps) = world.goods.kits.get(kit).map(|k| k.tps.clone()) else { return };
    let (giver, taker) =
        (world.officer_of(is.district, Duty::Pps), world.officer_of(is.district, Duty::Field));
    reseal(world, kit, times.leaves - 600);
    let to = point(CustodyKind::Tps, &tps);
    let (dispatch, loads) = waybill(&world.goods, &[kit], CustodyKind::Pps, to, times.due);
    let given = world.says(giver, times.leaves, &is.place, Body::Dispatch(dispatch));
    let leg = world.begin(vec![kit], Some(given), times.due);
    // What leaves from the PPS of its village was there.
    for leg in world.legs.iter_mut().rev().skip(1).filter(|leg| leg.kits.contains(&kit)) {
        let kits = vec![kit];
        leg.answers.push(Answer { report: given, kits, is_named: true, is_there: true, is_at_tps: false });
    }
    let fate = world.fates.posts.get(kit).copied().unwrap_or_default();
    mishap(world, kit, fate, times.leaves + 600);
    let look = look(world, kit, fate);
    let receive = receipt(&world.goods, &loads, CustodyKind::Tps, look, &world.shipped.profile);
    let is_named = world.chance(0.9);
    let taken = world.receives(taker, times.arrives, &tps, receive, is_named.then_some(given));
    let fix = position(world, kit);
    if let Some(report) = world.reports.get_mut(taken) {
        report.fix = fix;
    }
    arrive(world, &[kit], times.arrives);
    world.answer(leg, Answer { report: taken, kits: vec![kit], is_named, is_there: true, is_at_tps: true });
    causes(world, kit, fate, taken);
    if world.chance(0.03)
        && let Some(post) = world.post(kit).cloned()
    {
        let said = say::incident(&mut world.rng, &post);
        let at = times.arrives + 300;
        world.report(Report { fix: said.fix, ..Report::seen(taker, at, tps, Says::This(said.body)) });
    }
}

/// A careful officer seals a box anew whose seal is broken, and writes the new number down.
fn reseal(world: &mut World, kit: usize, at: i64) {
    let boxes = world.goods.kits.get(kit).map(|k| k.boxes.clone()).unwrap_or_default();
    let broken: Vec<String> = boxes.into_iter().filter(|c| c.is_broken).filter_map(|c| c.seal).collect();
    if broken.is_empty() || world.chance(0.5) {
        return;
    }
    for old in broken {
        let new = format!("P{:06}", world.rng.u32(..1_000_000));
        world.happen(at, Happening::Resealed { kit, old, new });
    }
}

fn mishap(world: &mut World, kit: usize, fate: Post, at: i64) {
    match fate {
        Post::Wet => {
            let item = world.rng.u32(10..=14);
            let pieces = world.rng.u32(5..30);
            world.happen(at, Happening::Soaked { kit, item, pieces });
        }
        Post::Torn => {
            let seal = Kit::packing_seals(kit).into_iter().next_back().unwrap_or_default();
            world.happen(at, Happening::SealTorn { kit, seal });
        }
        _ => {}
    }
}

/// Most look at the seals and do not open anything; whoever gets a kit that is not as packed does not either.
fn look(world: &mut World, kit: usize, fate: Post) -> Look {
    let boxes = world.goods.kits.get(kit).map(|k| k.boxes.as_slice()).unwrap_or_default();
    let is_whole = boxes.len() == BOXES as usize
        && boxes.iter().all(|c| c.seal.as_ref() == Some(&c.packed) && !c.is_broken);
    match fate {
        Post::OneBooth | Post::Wet => Look::Contents,
        Post::Torn => Look::Boxes,
        _ if is_whole && world.chance(0.25) => Look::Contents,
        _ if world.chance(0.15) => Look::Boxes,
        _ => Look::Seals,
    }
}

fn causes(world: &mut World, kit: usize, fate: Post, taken: usize) {
    let tps = world.tps_of([kit]);
    let name = tps.first().map(ToString::to_string).unwrap_or_default();
    let (rule, story) = match fate {
        Post::OneBooth => (
            Rule::ShortAgainstKit,
            format!("the warehouse packed one booth (item {BOOTH}) too few for {name}"),
        ),
        Post::Wet => (Rule::ShortAgainstKit, format!("ballots for {name} get wet in the rain")),
        Post::Torn => (Rule::SealMissing, format!("a seal of {name} is torn off on the way")),
        _ => return,
    };
    world.causes.push(Cause::new(rule, tps, story).shown_by([taken]));
}

/// Where somebody at this TPS stands, as a cheap phone under a tin roof says.
pub(super) fn position(world: &mut World, post: usize) -> Option<Fix> {
    let (lat, lon) = world.post(post).and_then(|p| p.lat.zip(p.lon))?;
    let rng = &mut world.rng;
    (rng.f64() < 0.9).then(|| Fix {
        lat: lat + rng.i32(-15..=15),
        lon: lon + rng.i32(-15..=15),
        accuracy: rng.u32(4..60),
        mock: false,
    })
}
