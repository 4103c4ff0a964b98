//! The world by itself: goods are conserved, every cause has its event, a seed makes one world.

use std::collections::BTreeMap;

use super::{
    Rule, Shipped, Size, World,
    goods::{COUNTED, Goods, Happening, Kit},
};
use crate::{plan::Post, province, stage};

fn world(seed: u64, size: Size) -> World {
    let (list, profile) = stage::shipped().unwrap();
    World::new(seed, size, province::posts().unwrap(), Shipped { profile, list })
}

/// Pieces of each item in stock, loose and in the kits that are packed, and boxes in these.
fn totals(goods: &Goods, is_packed: &[bool]) -> (BTreeMap<u32, i64>, usize) {
    let mut items: BTreeMap<u32, i64> = COUNTED.iter().map(|item| (*item, 0)).collect();
    for ((_, item), pieces) in goods.stock.iter().chain(&goods.loose) {
        *items.get_mut(item).unwrap() += pieces;
    }
    let packed = || goods.kits.iter().zip(is_packed).filter(|(_, is)| **is).map(|(kit, _)| kit);
    for (item, pieces) in packed().flat_map(|kit| &kit.items) {
        *items.get_mut(item).unwrap() += i64::from(pieces.good + pieces.damaged);
    }
    (items, packed().map(|kit| kit.boxes.len()).sum())
}

#[test]
fn goods_come_and_go_by_named_events_alone() {
    for seed in 1..=3 {
        let world = world(seed, Size::SMALL);
        let (places, profile) = (&world.places, &world.shipped.profile);
        let kit = |(n, p): (usize, &Post)| Kit::packed(n, p.place.clone(), p.voters, profile);
        let kits: Vec<Kit> = places.posts.iter().enumerate().map(kit).collect();
        let mut is_packed = vec![false; kits.len()];
        let mut goods = Goods { kits, ..Goods::default() };
        for (at, what) in &world.goods.ledger.entries {
            let (mut items, mut boxes) = totals(&goods, &is_packed);
            match what {
                Happening::Supplied { item, pieces, .. } => {
                    *items.get_mut(item).unwrap() += i64::from(*pieces);
                }
                Happening::BrokeLoose { item, pieces, .. } => {
                    *items.get_mut(item).unwrap() -= i64::from(*pieces);
                }
                Happening::Packed { kit, .. } => {
                    is_packed[*kit] = true;
                    boxes += goods.kits[*kit].boxes.len();
                }
                Happening::Overboard { .. } => boxes -= 1,
                Happening::Sunk { kit } => {
                    boxes -= goods.kits[*kit].boxes.len();
                    for (item, pieces) in &goods.kits[*kit].items {
                        *items.get_mut(item).unwrap() -= i64::from(pieces.good + pieces.damaged);
                    }
                }
                _ => {}
            }
            goods.happen(*at, what.clone());
            assert_eq!(totals(&goods, &is_packed), (items, boxes), "seed {seed}: {what:?}");
        }
        assert!(is_packed.iter().all(|is| *is), "seed {seed}");
        assert_eq!(totals(&goods, &is_packed), totals(&world.goods, &is_packed), "seed {seed}");
        assert!(world.goods.stock.values().all(|pieces| *pieces >= 0), "seed {seed}");
    }
}

/// Rules whose causes lie in the times at which words reach the server: [`crate::truth::settle`] finds them.
const OF_TIMES: [Rule; 2] = [Rule::Late, Rule::LateUndetermined];

#[test]
fn every_rule_has_its_causes_and_each_has_its_event() {
    for (size, seeds) in [(Size::SMALL, 1..=20), (Size::WHOLE, 1..=1)] {
        for seed in seeds {
            let world = world(seed, size);
            for rule in Rule::ALL.into_iter().filter(|rule| !OF_TIMES.contains(rule)) {
                let planted = world.causes.iter().filter(|c| c.rule == rule).count();
                assert!(planted >= size.each, "seed {seed}: {rule:?} has {planted} causes");
            }
            let count = |is: &dyn Fn(&Happening) -> bool| {
                world.goods.ledger.entries.iter().filter(|(_, what)| is(what)).count()
            };
            let causes = |rule| world.causes.iter().filter(|c| c.rule == rule).count();
            let lost = count(&|w| {
                use Happening::{BrokeLoose, Misloaded, Overboard};
                matches!(w, Overboard { .. } | BrokeLoose { .. } | Misloaded { .. })
            });
            // A misloaded box is carried home in the end, which is one more event.
            let over = causes(Rule::OverAgainstDispatch);
            assert_eq!(causes(Rule::ShortAgainstDispatch) + over, lost, "seed {seed}");
            let torn = count(&|w| matches!(w, Happening::SealTorn { .. }));
            assert_eq!(causes(Rule::SealMissing), torn, "seed {seed}");
        }
    }
}

#[test]
fn a_seed_makes_one_world() {
    let told = |seed| {
        let world = world(seed, Size::SMALL);
        format!("{:?} {:?} {:?}", world.reports, world.causes, world.goods.ledger)
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}

#[test]
fn honest_noise_of_every_kind_is_in_the_world() {
    use super::fates::{Air, Boat, Phone, Post as Tps};
    let world = world(1, Size::WHOLE);
    let fates = &world.fates;
    for boat in [
        Boat::TurnsBack,
        Boat::Slow,
        Boat::TwoAgree,
        Boat::TwoLoads,
        Boat::Radio,
        Boat::SlipCount,
        Boat::SlipSeal,
        Boat::Landing,
        Boat::Overnight,
    ] {
        assert!(fates.boats.contains(&boat), "{boat:?}");
    }
    for post in [Tps::SlipTurnout, Tps::SlipVisit, Tps::TwoHundredMetres] {
        assert!(fates.posts.contains(&post), "{post:?}");
    }
    assert!(fates.phones.contains(&Phone::SaidAgain));
    assert!(fates.air.contains(&Air::QuietPpk) && fates.air.contains(&Air::QuietPps));
    assert!(world.officers.iter().any(|officer| officer.fast_s > 0));
}
