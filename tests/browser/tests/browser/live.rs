//! News arrive by themselves, and nothing that somebody does on the page is lost by it.

use std::time::Duration;

use fantoccini::Locator;
use pantau_browser::{Browser, Desk, Keeper};
use pantau_protocol::body::{Body, Category, Incident, Severity};

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

/// The matter of the form that somebody types in.
const OF: &str = "document.activeElement.form.elements.matter.value";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn typed_text_focus_folds_selection_and_scroll_survive_news() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, (1440, 500)).await;
    let light = Incident { category: Category::Access, severity: Severity::Medium };
    desk.says("62.06.13.2001/002", Body::Incident(light)).await;
    browser.goto("/attention").await;
    browser.until(IS_LIVE, Duration::from_secs(10)).await;
    browser.client.find(Locator::Css("main summary")).await.unwrap().click().await.unwrap();
    let field = browser.client.find(Locator::Css("main textarea[name=note]")).await.unwrap();
    field.send_keys("Sit").await.unwrap();
    let of = browser.text(OF).await;
    let mark = "(() => { window.before = document.querySelector('main').textContent;\
        return document.scrollingElement.scrollTop = 40; })()";
    browser.value(mark).await;
    let scroll = browser.value("document.scrollingElement.scrollTop").await;
    // A graver matter, which comes above the one that is written about.
    desk.says_incident("jembatan putus").await;
    browser
        .until("document.querySelector('main').textContent !== window.before", Duration::from_secs(2))
        .await;
    assert_eq!(browser.text("document.activeElement.name").await, "note");
    assert_eq!(browser.text("document.activeElement.value").await, "Sit");
    assert!(browser.value("document.activeElement.closest('details').open").await.as_bool().unwrap());
    assert_eq!(browser.text(OF).await, of, "what was typed stays with its matter");
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
