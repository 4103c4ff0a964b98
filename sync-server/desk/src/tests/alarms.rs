//! What is wrong with the server stands above every page, in words of its own.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn every_trouble_has_its_alarm_in_both_languages() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let mut words = BTreeSet::new();
    for (n, trouble) in (1..).zip(Trouble::ALL) {
        world.server.health().raise(*trouble, format!("found no. {n}"));
        for lang in ["id", "en"] {
            let page = world.get(&format!("/?lang={lang}"), &cookie).await.body;
            let (_, alarm) = page.split_once("role=\"alert\"><strong>").unwrap();
            let (text, rest) = alarm.split_once("</strong>").unwrap();
            assert!(rest.contains(&format!("found no. {n}")), "{trouble:?}: {rest}");
            words.insert(text.to_owned());
        }
        world.server.health().clear(*trouble);
        assert!(!world.get("/", &cookie).await.body.contains("role=\"alert\""), "{trouble:?}");
    }
    assert_eq!(words.len(), 2 * Trouble::ALL.len(), "{words:?}");
}

#[tokio::test]
async fn every_page_tells_first_that_the_server_is_damaged() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    assert!(!world.get("/", &cookie).await.body.contains("role=\"alert\""));
    world
        .server
        .health()
        .raise(Trouble::Damage, "device 12ab, record 3 (position 9): <its> content was changed");
    for path in PAGES.into_iter().chain(["/search?q=Gagu", "/nowhere"]) {
        let page = world.get(path, &cookie).await.body;
        assert!(page.contains("Basis data server ini rusak atau telah diubah"), "{path}");
        assert!(page.contains("record 3 (position 9): &#60;its&#62; content"), "{path}: {page}");
        let join = if path.contains('?') { "&" } else { "?" };
        let english = world.get(&format!("{path}{join}lang=en"), &cookie).await.body;
        assert!(english.contains("Delete nothing"), "{path}");
    }
    // Whoever is not signed in learns that something is wrong, and not what.
    let outside = world.get("/sign-in", "").await.body;
    assert!(outside.contains("Jangan hapus apa pun") && !outside.contains("position 9"));
    world.server.health().clear(Trouble::Damage);
    assert!(!world.get("/", &cookie).await.body.contains("Jangan hapus"));
}
