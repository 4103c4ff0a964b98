//! What tests do with phones.

use pantau_core::{Budget, Cancel, NewRecord, Phone, Saved, Silent, SyncEnd};
use pantau_protocol::{
    body::{Answer, Body, Visit, Way},
    place::Place,
    projection::{Fact, Fold},
};

use crate::World;

/// A place by its code.
pub fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

/// One sync, started by hand.
pub async fn sync(phone: &Phone) -> SyncEnd {
    phone.forget_backoff().unwrap();
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap().end
}

/// A visit with a note.
pub fn new_visit(tps: &str, note: &str) -> NewRecord {
    let body = Visit { checklist: 1, version: 1, answers: vec![Answer::Ok; 15], way: Some(Way::Good) };
    let mut new = NewRecord::new(place(tps), Body::Visit(body));
    new.note = Some(note.into());
    new
}

/// Saves a visit with a note.
pub fn visit(phone: &Phone, tps: &str, note: &str) -> Saved {
    phone.capture(new_visit(tps, note)).unwrap()
}

/// Syncs all phones twice, so that what one sent last is read by the others, and checks that each shows
/// what the server shows.
pub async fn settle(world: &World, phones: &[&Phone]) {
    for _ in 0..2 {
        for phone in phones {
            world.clock.pass(1);
            assert_eq!(sync(phone).await, SyncEnd::Done, "seed {}", world.seed);
        }
    }
    for phone in phones {
        let unsent = phone.unsent().unwrap();
        assert_eq!((unsent.records, unsent.notes), (0, 0), "seed {}", world.seed);
        let both = phone.compare().await.unwrap();
        assert_eq!(both.own, both.server, "seed {}: {}", world.seed, differences(world, phone));
    }
}

/// Which places a phone shows otherwise than the log says, for whoever reads a failed test.
fn differences(world: &World, phone: &Phone) -> String {
    let mut fold = Fold::new();
    for row in world.log().into_iter().filter(|r| r.is_folded()) {
        let who = (row.entry.device, row.entry.branch, row.entry.seq);
        if let Ok(fact) = Fact::new(row.entry.id, who, Some(row.entry.envelope), &row.entry.payload) {
            fold.insert(fact);
        }
    }
    let shown = |p: &Place| (fold.state(p), phone.tps_card(p).unwrap().state);
    fold.places()
        .map(|p| (p, shown(p)))
        .filter(|(_, (server, own))| server != own)
        .map(|(p, (server, own))| format!("\n{p}\n server {server:?}\n phone  {own:?}"))
        .collect()
}
