//! What was counted stays what it was when the desk corrects a list, and belongs to its election.

use pantau_core::{NewRecord, Saved, SyncEnd};
use pantau_protocol::{
    body::{Access, Body, CustodyKind, Receive, Rest, Seal, SealState, Signal, Tps},
    election::Election,
    profile::Profile,
    projection::ItemState,
    record::{Against, Record},
};

use crate::{
    rig::{World, place, visit},
    server::LOGISTICS,
};

const TPS: &str = "62.06.13.2001/001";
const BALLOTS: u32 = 10;

fn counted(seals: &[(&str, SealState)]) -> NewRecord {
    let seal =
        |(number, state): &(&str, SealState)| Seal { number: (*number).into(), state: *state, kit: None };
    let body = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::CountedAsExpected,
        lines: vec![],
        seals: seals.iter().map(seal).collect(),
        kits: vec![],
        containers: Vec::new(),
        form: None,
    };
    NewRecord::new(place(TPS), Body::Receive(body))
}

fn list(voters: u32) -> Body {
    let (access, signal) = (Access::Remote, Signal::None);
    let (male, lat, lon, ended, synthetic) = (None, None, None, None, true);
    Body::Tps(Tps { voters, male, lat, lon, access, signal, ended, synthetic })
}

fn profile(code: &str) -> Profile {
    Profile::shipped().into_iter().find(|p| p.code == code).unwrap()
}

fn ballots(items: &[ItemState]) -> (Option<u32>, Option<u32>, Option<u32>) {
    let item = items.iter().find(|i| i.item == BALLOTS).unwrap();
    (item.expected, item.good, item.meant)
}

/// What the server holds of the phone that saved this, in the order of the journal.
fn held(world: &World, saved: Saved) -> Vec<Record> {
    let held = world.server().held_of(saved.device);
    held.iter().map(|held| Record::from_payload(&held.row.payload).unwrap()).collect()
}

#[tokio::test]
async fn a_corrected_list_leaves_what_was_counted() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    world.server().officer = LOGISTICS;
    world.server().say(TPS, list(271));
    let phone = world.phone(dir.path(), 1).await;
    let first = phone.capture(counted(&[])).unwrap();
    let state = phone.tps_card(&place(TPS)).unwrap().state;
    assert_eq!(ballots(&state.items), (Some(277), Some(277), None));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    world.server().say(TPS, list(299));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let state = phone.tps_card(&place(TPS)).unwrap().state;
    assert_eq!(ballots(&state.items), (Some(305), Some(277), Some(277)));
    assert!(state.is_replanned());

    // The seals were told wrongly; the ballots were counted then, by the list of then.
    phone.correct(first.id, counted(&[("K 7", SealState::Broken)])).unwrap();
    let state = phone.tps_card(&place(TPS)).unwrap().state;
    assert_eq!(ballots(&state.items), (Some(305), Some(277), Some(277)));
    assert_eq!(state.arrival.unwrap().bad_seals, 1);
    // Counted again, by the list of now.
    phone.capture(counted(&[])).unwrap();
    let state = phone.tps_card(&place(TPS)).unwrap().state;
    assert_eq!(ballots(&state.items), (Some(305), Some(305), None));

    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
    let plans: Vec<Option<Against>> = held(&world, first).into_iter().map(|r| r.against).collect();
    let of = |voters| Some(Against { profile: 1, voters: vec![voters] });
    assert_eq!(plans, [of(271), of(271), of(299)]);
}

#[tokio::test]
async fn what_was_said_of_one_election_does_not_count_for_the_next() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let before = phone.capture(visit(TPS)).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    world.server().say("62", Body::Profile(Box::new(profile("pilkada-2024"))));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert!(card.state.is_silent() && card.state.visits == 0);
    let of_before = card.timeline.iter().find(|row| row.id == before.id).unwrap();
    assert!(of_before.other_election && !of_before.superseded, "it is shown and does not count");

    let now = phone.capture(visit(TPS)).unwrap();
    // Put right, the visit of before is still one of before.
    phone.correct(before.id, visit(TPS)).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert_eq!((card.state.visits, card.state.last_visit.unwrap().record), (1, now.id));
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
    let elections: Vec<Option<Election>> = held(&world, now).into_iter().map(|r| r.election).collect();
    assert_eq!(elections, [1, 2, 1].map(|n| Some(Election(n))));
}
