//! News arrive by themselves, and nothing that somebody does on the page is lost by it.

use std::time::Duration;

use fantoccini::Locator;
use pantau_browser::{Browser, Desk, Keeper};

use crate::DESK;

/// The events of the stream have begun: from here on the page waits for nothing.
const IS_LIVE: &str = "document.getElementById('live').dataset.state === 'live'";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_record_is_on_the_open_page_within_two_seconds() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/incidents").await;
    browser.until(IS_LIVE, Duration::from_secs(10)).await;
    let nav = "document.querySelector('#nav a[href=\"/incidents\"]').textContent";
    assert!(!browser.text(nav).await.contains('('));
    desk.says_incident("jembatan putus").await;
    let most = Duration::from_secs(2);
    browser.until("document.querySelector('main').textContent.includes('jembatan putus')", most).await;
    assert!(browser.text(nav).await.ends_with("(1)"), "the count in the menu came with it");
    assert!(browser.value("document.getElementById('how').hidden").await.as_bool().unwrap());
    desk.says_incident("banjir").await;
    browser.until("document.querySelector('main').textContent.includes('banjir')", most).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn typed_text_focus_folds_selection_and_scroll_survive_news() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, (1440, 500)).await;
    desk.says_incident("jalan licin").await;
    browser.goto("/attention").await;
    browser.until(IS_LIVE, Duration::from_secs(10)).await;
    browser.client.find(Locator::Css("main summary")).await.unwrap().click().await.unwrap();
    let field = browser.client.find(Locator::Css("main textarea[name=note]")).await.unwrap();
    field.send_keys("Sit").await.unwrap();
    let mark = "(() => { window.before = document.querySelector('main').textContent;\
        return document.scrollingElement.scrollTop = 40; })()";
    browser.value(mark).await;
    let scroll = browser.value("document.scrollingElement.scrollTop").await;
    desk.says_incident("jembatan putus").await;
    browser
        .until("document.querySelector('main').textContent !== window.before", Duration::from_secs(2))
        .await;
    assert_eq!(browser.text("document.querySelector('main textarea[name=note]').value").await, "Sit");
    assert!(browser.value("document.querySelector('main details').open").await.as_bool().unwrap());
    assert_eq!(browser.text("document.activeElement.name").await, "note");
    assert_eq!(browser.value("document.activeElement.selectionStart").await, 3);
    assert_eq!(browser.value("document.scrollingElement.scrollTop").await, scroll);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn behind_a_proxy_that_keeps_events_back_the_page_asks_and_says_so() {
    let desk = Desk::start().await;
    let keeper = Keeper::open(desk.addr).await;
    let browser = Browser::signed_in(keeper.addr, DESK).await;
    browser.goto("/incidents").await;
    browser.until("!document.getElementById('how').hidden", Duration::from_secs(15)).await;
    desk.says_incident("jembatan putus").await;
    let most = Duration::from_secs(12);
    browser.until("document.querySelector('main').textContent.includes('jembatan putus')", most).await;
    assert!(browser.value("document.getElementById('off').hidden").await.as_bool().unwrap());
    assert!(
        browser.text("document.getElementById('how').textContent").await.contains("tanpa siaran langsung")
    );
}
