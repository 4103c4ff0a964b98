//! Several findings closed with one reason, and the list narrowed to what is alike.

use pantau_log::ops;
use pantau_protocol::projection::findings::{Finding, Rule, Status};

use super::{findings::a_box_is_missing_at, world::Answer, *};

const OTHER: &str = "62.06.13.2001/002";

fn missing(world: &World) -> Vec<Finding> {
    let all = ops::findings(&world.server).unwrap();
    all.into_iter().filter(|f| f.rule == Rule::ShortAgainstDispatch).collect()
}

/// What can be ticked on a page.
fn picks(page: &Answer) -> Vec<String> {
    let parts = page.body.split("name=\"pick\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

async fn send(world: &World, cookie: &str, picks: &[String], why: &str) -> Answer {
    let csrf = world.get("/findings", cookie).await.csrf();
    let picks: String = picks.iter().map(|pick| format!("&pick={pick}")).collect();
    world
        .post("/findings", cookie, &format!("csrf={csrf}&here=%2Ffindings%3Fpick%3D1{picks}&why={why}"))
        .await
}

#[tokio::test]
async fn several_are_closed_with_one_reason() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing_at(&world, TPS);
    a_box_is_missing_at(&world, OTHER);
    let rule = Rule::ShortAgainstDispatch.number();
    let page = world.get(&format!("/findings?pick=1&rule={rule}"), &cookie).await;
    assert!(!page.body.contains("refresh.js") && page.body.contains("Centang temuan"), "{}", page.body);
    let all = picks(&page);
    assert_eq!(all.len(), 2, "only those of the rule: {}", page.body);
    // Nothing is decided without a reason, or where nothing is ticked; what was ticked stays so.
    let refused = send(&world, &cookie, &all, "+").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body.matches(" checked").count(), 2, "{}", refused.body);
    let nothing = send(&world, &cookie, &[], "Sudah%20ada").await;
    assert!(nothing.body.contains("paling sedikit satu temuan"), "{}", nothing.body);
    assert!(nothing.body.contains(">Sudah ada</textarea>"), "{}", nothing.body);
    let many = vec![all[0].clone(); 101];
    assert!(send(&world, &cookie, &many, "Banyak").await.body.contains("paling banyak 100"));
    assert!(missing(&world).iter().all(Finding::is_open));
    let done = send(&world, &cookie, &all, "Kotak%20ditemukan%20di%20gudang").await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/findings?pick=1&done=2"));
    assert!(world.get(done.location(), &cookie).await.body.contains("2 temuan ditutup."));
    for finding in missing(&world) {
        assert!(matches!(finding.status, Status::Ruled { .. }));
        let page = world.get(&format!("/finding/{}", finding.id), &cookie).await.body;
        assert!(page.contains("Kotak ditemukan di gudang"), "{page}");
    }
}

#[tokio::test]
async fn one_whose_evidence_changed_stays_open_and_ticked() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing_at(&world, TPS);
    a_box_is_missing_at(&world, OTHER);
    let rule = Rule::ShortAgainstDispatch.number();
    let all = picks(&world.get(&format!("/findings?pick=1&rule={rule}"), &cookie).await);
    a_box_is_missing_at(&world, OTHER);
    let reply = send(&world, &cookie, &all, "Sama").await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.body.contains("1 temuan ditutup. 1 TIDAK ditutup"), "{}", reply.body);
    assert!(reply.body.contains(">Sama</textarea>"), "{}", reply.body);
    let open: Vec<Finding> = missing(&world).into_iter().filter(Finding::is_open).collect();
    assert!(!open.is_empty() && open.iter().all(|f| f.places.contains(&place(OTHER))), "{open:?}");
}

#[tokio::test]
async fn the_list_is_narrowed_by_rule_and_severity() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing_at(&world, TPS);
    let found = missing(&world);
    let href = format!("/finding/{}", found[0].id);
    let has =
        async |query: &str| world.get(&format!("/findings?{query}"), &cookie).await.body.contains(&href);
    assert!(has("").await && has(&format!("rule={}", found[0].rule.number())).await);
    assert!(has(&format!("severity={}", found[0].severity.name())).await);
    assert!(!has(&format!("rule={}", Rule::Silent.number())).await);
    assert!(!has("closed=1").await);
}
