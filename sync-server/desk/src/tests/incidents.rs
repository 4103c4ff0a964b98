//! The list of incidents: narrowed, with who is to be called.

use super::*;

#[tokio::test]
async fn incidents_are_narrowed_and_name_who_is_to_be_called() {
    let (world, mut phone) = World::with_data();
    let mut tell = |severity, at, note| {
        let body = Body::Incident(Incident { category: Category::Access, severity });
        say(&mut phone, &world, NOW, at, &body, &[(Field::Note, note)]);
    };
    tell(Severity::High, TPS, "jembatan putus");
    tell(Severity::Low, "62.06.13.2001/002", "jalan licin");
    let cookie = world.sign_in().await;
    let list = async |query: &str| {
        let page = world.get(&format!("/incidents{query}"), &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        (page.body.contains("jembatan putus"), page.body.contains("jalan licin"))
    };
    assert_eq!(list("").await, (true, true));
    assert_eq!(list("?severity=high").await, (true, false));
    assert_eq!(list("?severity=medium").await, (false, false));
    assert_eq!(list("?place=62.06.13.2001/002").await, (false, true));
    assert_eq!(list("?answered=no").await, (true, true));
    let page = world.get("/incidents", &cookie).await.body;
    assert!(page.contains("href=\"tel:0811\"") && page.contains("(camat)"), "{page}");
    let target = {
        let places = world.server.places().unwrap();
        places.state(&place(TPS)).unwrap().incidents[0].mark.record
    };
    let update = IncidentUpdate { target, target_places: vec![place(TPS)], progress: Progress::Working };
    say(&mut phone, &world, NOW + 1, TPS, &Body::IncidentUpdate(update), &[]);
    assert_eq!(list("?answered=yes").await, (true, false));
    assert_eq!(list("?answered=no&severity=low").await, (false, true));
    assert!(world.get("/incidents?answered=yes", &cookie).await.body.contains("(menangani)"));
    for bad in ["?severity=x", "?answered=1", "?page=0", "?where=62"] {
        assert_eq!(
            world.get(&format!("/incidents{bad}"), &cookie).await.status,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn an_incident_of_nobody_says_so() {
    let (world, _) = World::with_data();
    let body = Body::Incident(Incident { category: Category::Weather, severity: Severity::High });
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06"), body)]).unwrap();
    let cookie = world.sign_in().await;
    let page = world.get("/incidents", &cookie).await.body;
    assert!(page.contains("belum ada penanggung jawab"), "{page}");
}
