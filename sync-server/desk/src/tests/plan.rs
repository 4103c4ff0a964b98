//! A list that is corrected, and another election, after people have reported.

use pantau_protocol::{body::Grant, profile::Profile};

use super::*;

fn counted() -> Body {
    Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::CountedAsExpected,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    })
}

#[tokio::test]
async fn a_corrected_list_is_flagged_and_leaves_the_count() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    let grant = Grant { officer: CAMAT, role: Role::FieldOfficer, ended: false, new_person: false };
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), Body::Grant(grant))])
        .unwrap();
    say(&mut phone, &world, NOW - 60, TPS, &counted(), &[]);
    let page = format!("/tps/{TPS}");
    let body = world.get(&page, &cookie).await.body;
    let good = "data-label=\"Baik\">277<";
    assert!(body.contains(good) && !body.contains("rencana berubah"), "{body}");
    world.move_clock(60);
    let reference = world.server.known().unwrap();
    let list =
        pantau_protocol::body::Tps { voters: 299, ..reference.reference().tps(&place(TPS)).unwrap().clone() };
    author::append(&world.server, vec![NewDeskRecord::new(NOW + 60, place(TPS), Body::Tps(list))]).unwrap();
    let body = world.get(&page, &cookie).await.body;
    for told in ["305", good, ">28<", "rencana waktu itu 277", "rencana berubah sejak dihitung"] {
        assert!(body.contains(told), "{told}: {body}");
    }
    let above = world.get("/region/62.06.13", &cookie).await.body;
    assert!(above.contains("1 dihitung menurut rencana lama"), "{above}");
}

#[tokio::test]
async fn records_of_another_election_are_shown_and_do_not_count() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    say(&mut phone, &world, NOW - 60, TPS, &visit(), &[]);
    let next = Profile::shipped().into_iter().find(|p| p.code == "pilkada-2024").unwrap();
    let record = NewDeskRecord::new(NOW + 60, place("62"), Body::Profile(Box::new(next)));
    author::append(&world.server, vec![record]).unwrap();
    let body = world.get(&format!("/tps/{TPS}"), &cookie).await.body;
    assert!(body.contains("pemilihan lain: tidak dihitung"), "{body}");
    // What the desk says from now on is about the election in force.
    let order = Directive { officer: None, role: None, due: NOW + 7200 };
    author::append(&world.server, vec![NewDeskRecord::new(NOW + 90, place(TPS), Body::Directive(order))])
        .unwrap();
    let given = pantau_log::ops::directives(&world.server).unwrap();
    assert_eq!(given.len(), 1);
}
