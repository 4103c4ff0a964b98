//! The list of TPS by condition, and its table.

use pantau_protocol::body::Grant;

use super::{world::arrival, *};

/// The codes of the TPS that a list or a table shows.
fn shown(answer: &Answer) -> Vec<&'static str> {
    let all = ["62.06.13.2001/001", "62.06.13.2001/002", "62.06.13.2001/003"];
    all.into_iter().filter(|code| answer.body.contains(code)).collect()
}

#[tokio::test]
async fn a_list_has_the_tps_that_meet_its_conditions_and_so_has_its_table() {
    let (world, mut phone) = World::with_data();
    let grant = Grant { officer: CAMAT, role: Role::FieldOfficer, ended: false, new_person: false };
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), Body::Grant(grant))])
        .unwrap();
    say(&mut phone, &world, NOW - 3600, "62.06.13.2001/001", &arrival(), &[]);
    let cookies = world.sign_in().await;
    for (query, codes) in [
        ("", &["62.06.13.2001/001", "62.06.13.2001/002"][..]),
        ("?logistics=none", &["62.06.13.2001/002"]),
        ("?logistics=short", &["62.06.13.2001/001"]),
        ("?logistics=complete", &[]),
        ("?silent=yes", &["62.06.13.2001/002"]),
        ("?visited=yes", &[]),
        ("?access=very_remote", &["62.06.13.2001/001"]),
        ("?signal=weak&logistics=none&within=62.06.13", &["62.06.13.2001/002"]),
        ("?within=62.01", &[]),
    ] {
        for path in ["/tps", "/export/tps.csv"] {
            let answer = world.get(&format!("{path}{query}"), &cookies).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}{query}");
            assert_eq!(shown(&answer), codes, "{path}{query}");
        }
    }
    let none = world.get("/tps?logistics=none", &cookies).await;
    assert!(none.body.contains("/export/tps.csv?logistics=none&#38;bom=1"), "the same as a table");
    assert!(none.body.contains("tel:0811"), "the camat can be called");
    let bad = world.get("/tps?logistics=gone", &cookies).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}
