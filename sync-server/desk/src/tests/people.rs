//! Names of officers on pages: what somebody said stays under the name of that day.

use axum::http::StatusCode;
use pantau_log::author::{self, NewDeskRecord};
use pantau_protocol::{
    body::{Body, Category, Directive, Incident, Officer, Severity},
    note::Field,
};

use super::world::{CAMAT, PASSWORD, World, say};
use pantau_log::rig::{NOW, place};

const TPS: &str = "62.06.13.2001/001";

#[tokio::test]
async fn a_record_bears_the_name_that_was_valid_when_it_was_received() {
    let (world, mut phone) = World::with_data();
    let incident = Body::Incident(Incident { category: Category::Access, severity: Severity::High });
    say(&mut phone, &world, NOW, TPS, &incident, &[]);
    let given = Body::Directive(Directive { officer: Some(CAMAT), role: None, due: NOW + 3600 });
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), given)]).unwrap();
    let cookie = world.sign_in().await;
    let page = format!("/tps/{TPS}");
    let before = world.get(&page, &cookie).await.body;
    assert!(before.contains("Siti") && !before.contains("kini"), "{before}");

    world.move_clock(60);
    let officer = Body::Officer(Officer { officer: CAMAT });
    let renamed =
        NewDeskRecord::new(NOW + 60, place("62.06.13"), officer).with_note(Field::Name, "Budi Contoh");
    author::append(&world.server, vec![renamed]).unwrap();
    let after = world.get(&page, &cookie).await.body;
    let both = "Rahma&#60;/b&#62; (no. 7 kini Budi Contoh)";
    assert!(after.matches(both).count() >= 2, "in the state and in the timeline: {after}");
    let english = world.get(&format!("{page}?lang=en"), &cookie).await.body;
    assert!(english.contains("(no. 7 now Budi Contoh)"), "{english}");
    assert!(world.get("/directives", &cookie).await.body.contains(both), "whoever was asked then");
    let officers = world.get("/officers", &cookie).await.body;
    assert!(officers.contains("Budi Contoh") && !officers.contains("Siti"), "today's list has today's names");

    // What the same number says from now on is the new one's.
    say(&mut phone, &world, NOW + 90, "62.06.13.2001/002", &incident, &[]);
    let new = world.get("/tps/62.06.13.2001/002", &cookie).await.body;
    assert!(new.contains("Budi Contoh") && !new.contains("Siti"), "{new}");
}

#[tokio::test]
async fn the_case_of_a_name_makes_no_difference_to_the_sign_in() {
    let world = World::empty();
    let form = world.get("/sign-in", "").await;
    let sent =
        |name: &str, password: &str| format!("csrf={}&username={name}&password={password}", form.csrf());
    let right = PASSWORD.replace(' ', "+");
    assert_eq!(
        world.post("/sign-in", &form.cookie(), &sent("SITI", &right)).await.status,
        StatusCode::SEE_OTHER
    );
    // Wrong passwords count for the operator, however the name is written.
    let mut statuses = Vec::new();
    for name in ["siti", "Siti", "sITI", "siTi", "sitI", "SIti", "siTI", "SiTi"].iter().cycle().take(24) {
        statuses.push(world.post("/sign-in", &form.cookie(), &sent(name, "salah")).await.status);
    }
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
}
