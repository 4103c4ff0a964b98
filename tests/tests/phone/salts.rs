//! Salts that follow from one seed: what travels, and what a phone must not keep.

use pantau_core::{Phone, SyncEnd};
use pantau_protocol::{
    body::{Body, Erase},
    note::{CarriedNote, Field, SaltSeed},
};

use crate::{
    rig::{World, incident, own_file, place},
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/001";

/// First record of the run and its seed, as they lie on disk.
fn kept(dir: &std::path::Path) -> Option<(u64, SaltSeed)> {
    let c = own_file(dir);
    let of_newest = "SELECT salt_first, salt_seed FROM journal ORDER BY number DESC LIMIT 1";
    let (first, seed): (Option<u64>, Option<[u8; 16]>) =
        c.query_row(of_newest, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    first.zip(seed.map(SaltSeed))
}

fn say(phone: &Phone, n: u64) {
    phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
}

#[tokio::test]
async fn one_seed_salts_what_is_sent_together_and_is_forgotten_then() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    (1..=7).for_each(|n| say(&phone, n));
    let (first, seed) = kept(dir.path()).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let request = world.server().seen.iter().rev().find(|r| r.segment.is_some()).unwrap().clone();
    let segment = request.segment.unwrap();
    assert_eq!((first, segment.seed), (1, Some(seed)));
    for (record, n) in segment.records.iter().zip(0..) {
        let [CarriedNote::Whole(note)] = &record.notes[..] else { panic!("one whole note") };
        assert_eq!(note.salt, seed.after(n).salt(Field::Note));
    }
    assert_eq!(kept(dir.path()), None, "all is held: the seed must be gone");
    say(&phone, 8);
    let (first, fresh) = kept(dir.path()).unwrap();
    assert!(first == 8 && fresh != seed.after(7), "a new run has a new seed");
}

#[tokio::test]
async fn an_erased_note_moves_the_seed_beyond_its_record() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    (1..=3).for_each(|n| say(&phone, n));
    let (_, seed) = kept(dir.path()).unwrap();
    let target = phone.journal(None, 3).unwrap()[1].id;
    let erase = Erase { target, field: Field::Note, target_places: vec![place(TPS)] };
    world.server().say(TPS, Body::Erase(erase));
    // No receipt counts, so the run goes on; the page with the erasure comes all the same.
    world.server().turns.extend(std::iter::repeat_n(Turn::WrongLink, 20));
    let _ = world.sync(&phone).await;
    assert_eq!(kept(dir.path()), Some((3, seed.after(2))));
    world.server().turns.clear();
    phone.forget_backoff().unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}
