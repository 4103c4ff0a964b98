//! A world without phones and server: its reports are written, folded and searched. Light enough for many seeds.

use std::collections::BTreeMap;

use pantau_protocol::{
    journal::{DeviceId, RecordId},
    place::Place,
    projection::{Fact, Fold},
};

use crate::{
    compare::{Compared, Telling, compare},
    engine::{self, Found},
    journals,
    truth::{World, settle::settle},
};

/// Names of officers by number, as the desk knows them.
pub fn names(world: &World) -> BTreeMap<u32, String> {
    world.officers.iter().map(|officer| (officer.number, officer.name.clone())).collect()
}

/// Plays a world without phones, and compares what the engine finds at its end with the truth.
///
/// # Errors
/// A report that its author's phone would refuse, or a rule that the drill does not know.
pub fn play(world: &World) -> Result<Compared, String> {
    let journals = journals::write(world).map_err(|e| e.to_string())?;
    let truth = settle(world, &journals.heard());
    let fold = journals.fold();
    let found = engine::findings(&fold, world.days.end(), &names(world))?;
    let devices = journals.devices.iter().enumerate();
    let officers = devices.flat_map(|(n, all)| all.iter().map(move |device| (*device, n))).collect();
    Ok(tell(world, &truth, &found, &fold, officers))
}

/// Compares, with words for the records of a fold.
pub fn tell(
    world: &World,
    truth: &crate::truth::settle::Truth,
    found: &[Found],
    fold: &Fold,
    officers: BTreeMap<DeviceId, usize>,
) -> Compared {
    let record = |id: &RecordId| match fold.fact(id) {
        Some(fact) => told(world, fact, officers.get(&fact.device)),
        None => format!("{id}, which is not here"),
    };
    let about = |place: &Place| {
        let mut all: Vec<&Fact> =
            fold.facts_of(place).filter(|f| !f.statement.kind().is_from_above()).collect();
        all.sort_by_key(|fact| fact.effective_at());
        all.into_iter().map(|fact| fact.id).collect()
    };
    compare(truth, found, &Telling { officers: officers.clone(), record: &record, about: &about })
}

/// A record in words: who, when, what.
fn told(world: &World, fact: &Fact, officer: Option<&usize>) -> String {
    let who = officer.and_then(|n| world.officers.get(*n)).map_or("the desk", |o| o.name.as_str());
    let days = world.days;
    let heard = fact.envelope.map_or_else(|| "never".into(), |e| days.told(e.received_at));
    let said = format!("{:?}", fact.body);
    let said: String = said.chars().take(600).collect();
    format!("{who}, {}, heard {heard}, about {}: {said}", days.told(fact.record.at), fact.record.place)
}

#[cfg(test)]
mod tests {
    use crate::{
        province, stage,
        truth::{Shipped, Size, World},
    };

    /// The small worlds of 20 seeds.
    #[test]
    fn small_worlds_miss_nothing_and_accuse_nobody() {
        let (list, profile) = stage::shipped().unwrap();
        let (posts, shipped) = (province::posts().unwrap(), Shipped { profile, list });
        for seed in 1..=20 {
            let world = World::new(seed, Size::SMALL, posts.clone(), shipped.clone());
            let compared = super::play(&world).unwrap();
            assert!(compared.is_right(), "seed {seed}\n{}", compared.table());
            let few = compared.rules.iter().find(|(_, tally)| tally.found < Size::SMALL.each);
            assert_eq!(few, None, "seed {seed}");
        }
    }

    /// The whole province, once. A quarter of a minute.
    #[test]
    fn the_whole_province_misses_nothing_and_accuses_nobody() {
        let (list, profile) = stage::shipped().unwrap();
        let world = World::new(1, Size::WHOLE, province::posts().unwrap(), Shipped { profile, list });
        let compared = super::play(&world).unwrap();
        println!("{}", compared.table());
        assert!(compared.is_right(), "{}", compared.table());
        let few = compared.rules.iter().find(|(_, tally)| tally.found < Size::WHOLE.each);
        assert_eq!(few, None);
    }
}
