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
