//! What is said of a place that no table has: counted above it, listed, and on a page of its own.

use super::*;

const UNLISTED: &str = "62.06.13.2001/999";

fn incident(severity: Severity) -> Body {
    Body::Incident(Incident { category: Category::Access, severity })
}

#[tokio::test]
async fn an_incident_at_an_unknown_tps_is_counted_and_has_a_page() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    say(&mut phone, &world, NOW - 60, TPS, &incident(Severity::Low), &[]);
    say(
        &mut phone,
        &world,
        NOW - 50,
        UNLISTED,
        &incident(Severity::High),
        &[(Field::Note, "jembatan putus")],
    );
    say(
        &mut phone,
        &world,
        NOW - 40,
        "62.06.13",
        &incident(Severity::Low),
        &[(Field::Note, "kantor banjir")],
    );
    let list = world.get("/incidents", &cookie).await.body;
    assert!(list.contains(&format!("href=\"/tps/{UNLISTED}\"")), "{list}");
    for (region, told) in [
        ("/region/62", "3"),
        ("/region/62.06", "3"),
        ("/region/62.06.13", "3"),
        ("/region/62.06.13.2001", "2"),
    ] {
        let page = world.get(region, &cookie).await.body;
        let (_, figure) = page.split_once(">Kendala belum selesai</a></dt><dd class=\"n\">").unwrap();
        let (count, rest) = figure.split_once('<').unwrap();
        assert_eq!(count.trim(), told, "{region}");
        assert!(rest.split("</div>").next().unwrap().contains("1 berat"), "{region}");
    }
    // Every link of the list, and of the page it leads to, leads somewhere.
    let page = world.get(&format!("/tps/{UNLISTED}"), &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("tidak ada dalam data yang diimpor") && page.body.contains("jembatan putus"));
    for body in [&list, &page.body] {
        let links = body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        // Whoever is signed in is sent on from the sign-in.
        for link in links.filter(|link| link.starts_with('/') && *link != "/sign-in") {
            assert_eq!(world.get(link, &cookie).await.status, StatusCode::OK, "{link}");
        }
    }
    let nobody = world.get("/tps/62.06.13.2001/998", &cookie).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND, "of this one nobody said anything");
    assert!(!world.get(&format!("/tps/{TPS}"), &cookie).await.body.contains("tidak ada dalam data"));
}
