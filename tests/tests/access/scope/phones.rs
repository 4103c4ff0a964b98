//! Scope, both ways: nobody reads beyond his grants, and what he writes beyond them is set aside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use pantau_core::{Error, NewRecord};
use pantau_log::author::{self, NewDeskRecord};
use pantau_protocol::{
    body::{Body, Directive, Situation, Standby},
    note::Field,
    role::Role,
    validate::Problem,
};
use pantau_tests::{World, place, settle, sync, visit};

const HULU: &str = "62.06.13.2001/001";
const HILIR: &str = "62.06.14.2001/001";

#[tokio::test(flavor = "multi_thread")]
async fn each_reads_what_lies_in_his_grants_and_no_more() {
    let world = World::new(21).await;
    let (hulu, ..) = world.phone("hulu", 1).await;
    let (petugas, ..) = world.phone("petugas", 2).await;
    let (hilir, ..) = world.phone("hilir", 3).await;
    let (pimpinan, ..) = world.phone("pimpinan", 5).await;
    visit(&hulu, HULU, "catatan hulu");
    visit(&hilir, HILIR, "catatan hilir");
    settle(&world, &[&hulu, &petugas, &hilir, &pimpinan]).await;
    let sees = |phone: &pantau_core::Phone, tps| phone.tps_card(&place(tps)).unwrap().timeline.len();
    assert_eq!((sees(&hulu, HULU), sees(&hulu, HILIR)), (1, 0));
    assert_eq!((sees(&petugas, HULU), sees(&petugas, HILIR)), (1, 0));
    assert_eq!((sees(&hilir, HULU), sees(&hilir, HILIR)), (0, 1));
    assert_eq!((sees(&pimpinan, HULU), sees(&pimpinan, HILIR)), (1, 1));
    // Not even the name of a TPS of the other kecamatan is on the phone.
    assert_eq!(hulu.tps_list(&Default::default()).unwrap().len(), 10);
    for name in ["hulu", "petugas"] {
        for file in ["pantau.db", "pantau.db-wal"] {
            let bytes = std::fs::read(world.path(name).join(file)).unwrap_or_default();
            let found = bytes.windows(13).any(|w| w == b"catatan hilir");
            assert!(!found, "{name}/{file} holds a note of the other kecamatan");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_sees_nothing_of_the_village_next_to_it() {
    let world = World::new(24).await;
    let (camat, ..) = world.phone("camat", 1).await;
    let (desa, ..) = world.phone("desa", 6).await;
    visit(&camat, HULU, "desa sebelah");
    visit(&camat, "62.06.13.2002/001", "desa ini");
    settle(&world, &[&camat, &desa]).await;
    let sees = |tps| desa.tps_card(&place(tps)).unwrap().timeline.len();
    assert_eq!((sees(HULU), sees("62.06.13.2002/001")), (0, 1));
    assert_eq!(desa.tps_list(&Default::default()).unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directive_to_a_region_reaches_all_inside_and_nobody_else() {
    let world = World::new(22).await;
    let (hulu, ..) = world.phone("hulu", 1).await;
    let (hilir, ..) = world.phone("hilir", 3).await;
    let task = |at: &str, role| {
        let body = Body::Directive(Directive { officer: None, role, due: world.clock.now() + 3600 });
        NewDeskRecord::new(world.clock.now(), place(at), body).with_note(Field::Note, at)
    };
    let tasks = vec![
        task("62.06", None),
        task("62.06.13", Some(Role::Camat)),
        task("62.06.14", Some(Role::FieldOfficer)),
    ];
    let server = world.server();
    tokio::task::spawn_blocking(move || author::append(&server, tasks)).await.unwrap().unwrap();
    settle(&world, &[&hulu, &hilir]).await;
    let texts = |phone: &pantau_core::Phone| -> Vec<String> {
        let mut all: Vec<String> =
            phone.directives().unwrap().to_do.into_iter().filter_map(|d| d.text).collect();
        all.sort();
        all
    };
    assert_eq!(texts(&hulu), ["62.06", "62.06.13"]);
    assert_eq!(texts(&hilir), ["62.06"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_beyond_a_grant_or_a_role_is_refused_by_name() {
    let world = World::new(23).await;
    let (hulu, ..) = world.phone("hulu", 1).await;
    let (pimpinan, ..) = world.phone("pimpinan", 5).await;
    let standby = |at: &str| {
        let body = Standby { present: 3, team: 5, situation: Situation::Calm, no_obstacle: true };
        NewRecord::new(place(at), Body::Standby(body))
    };
    let refused = |r: Result<pantau_core::Saved, Error>| match r {
        Err(Error::Field { field, problem }) => (field, problem),
        other => panic!("{other:?}"),
    };
    assert!(hulu.capture(standby("62.06.13")).is_ok());
    // Beyond the grant nothing is known, so nothing can be named.
    assert_eq!(refused(hulu.capture(standby("62.06.14"))).0, "place");
    assert_eq!(refused(pimpinan.capture(standby("62.06.13"))), ("kind".into(), Problem::NotAllowed));
    assert_eq!(hulu.unsent().unwrap().records, 1);
    assert_eq!(pimpinan.unsent().unwrap().records, 0);
    sync(&hulu).await;
    assert_eq!(hulu.unsent().unwrap().records, 0);
}
