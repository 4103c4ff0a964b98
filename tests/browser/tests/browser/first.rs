//! The first screen and what needs attention: the questions of a clerk, each by a click or a key.

use std::time::Duration;

use pantau_browser::{Browser, Desk};

use crate::{DESK, PHONE};

const MOST: Duration = Duration::from_secs(10);

/// Clicks a link or button of the page.
async fn click(browser: &Browser, selector: &str) {
    browser.client.find(fantoccini::Locator::Css(selector)).await.unwrap().click().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn tps_without_logistics_and_camats_without_a_visit_are_one_click_away() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    let card = browser
        .text("document.querySelector('.figure a[href*=\"logistics=none\"] strong').textContent")
        .await;
    click(&browser, ".figure ul a[href*='logistics=none']").await;
    browser.until("location.pathname === '/tps' && !!document.querySelector('main table')", MOST).await;
    let rows = "document.querySelectorAll('main tbody tr').length";
    assert_eq!(browser.value(rows).await.to_string(), card, "the list has what the card counts");
    let here = browser.text("location.pathname + location.search").await;
    browser.goto("/").await;
    browser.goto(&here).await;
    assert_eq!(browser.value(rows).await.to_string(), card, "its address opens it again");
    browser.goto("/").await;
    let camats =
        browser.text("document.querySelector('.figure a[href*=\"visited=none\"] strong').textContent").await;
    click(&browser, ".figure ul a[href*='visited=none']").await;
    browser.until("location.pathname === '/officers'", MOST).await;
    let listed = browser.value("document.querySelectorAll('main tbody tr').length").await;
    assert_eq!(listed.to_string(), camats, "camats without any visit");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_key_copies_the_sentence() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    let record = "void (navigator.clipboard.writeText = text => (window.copied = text, Promise.resolve()))";
    browser.value(record).await;
    browser.client.active_element().await.unwrap().send_keys("s").await.unwrap();
    browser.until("!!window.copied", MOST).await;
    let (copied, shown) = (
        browser.text("window.copied").await,
        browser.text("document.getElementById('sentence').textContent").await,
    );
    assert_eq!(copied, shown);
    assert!(copied.contains(" dari 15 TPS ("), "{copied}");
    browser.until("document.querySelector('[data-copy]').textContent === 'Tersalin'", MOST).await;
    // Where somebody types, a letter is a letter.
    browser.client.active_element().await.unwrap().send_keys("/").await.unwrap();
    browser.until("document.activeElement.name === 'q'", MOST).await;
    browser.client.active_element().await.unwrap().send_keys("st/").await.unwrap();
    assert_eq!(browser.text("document.activeElement.value").await, "st/");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn two_browsers_that_take_one_matter_see_each_other() {
    let desk = Desk::start().await;
    desk.says_incident("jembatan putus").await;
    desk.another_operator("budi");
    let first = Browser::signed_in(desk.addr, DESK).await;
    let second = Browser::signed_in_as(desk.addr, DESK, "budi").await;
    for browser in [&first, &second] {
        browser.goto("/attention").await;
        browser.until("!!document.querySelector('[data-take]')", MOST).await;
        assert_eq!(browser.axe().await, Vec::<String>::new(), "what needs attention");
    }
    // By the keyboard, and by a page that was open before.
    let late = second.text("document.querySelector('[data-take]').closest('form').outerHTML").await;
    first.client.active_element().await.unwrap().send_keys("t").await.unwrap();
    first.until("!!document.querySelector('.me')", MOST).await;
    let send = format!(
        "(() => {{ const box = document.createElement('div'); box.innerHTML = {late:?}; document.body.append(box);\
         const form = box.querySelector('form'); form.requestSubmit(form.querySelector('button')); }})()"
    );
    second.value(&send).await;
    second.until("!!document.querySelector('[role=alert]')", MOST).await;
    let told = second.text("document.querySelector('[role=alert]').textContent").await;
    assert!(told.contains("Sudah ditangani oleh siti, sejak ") && told.contains(" pukul "), "{told}");
    let row = "document.querySelector('main tbody tr').innerText";
    assert!(second.text(row).await.contains("siti"));
    // What came of it is noted, and stands in the handover of the shift.
    click(&first, "main summary").await;
    let note = first.client.find(fantoccini::Locator::Css("main textarea")).await.unwrap();
    note.send_keys("camat mengirim perahu").await.unwrap();
    click(&first, "main details button").await;
    first.until("!document.querySelector('main details[open]')", MOST).await;
    first.goto("/shift").await;
    assert_eq!(first.axe().await, Vec::<String>::new(), "the handover of a shift");
    assert!(first.text("document.querySelector('main').innerText").await.contains("camat mengirim perahu"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn on_a_phone_the_first_matter_is_near_the_top_and_on_a_desk_nothing_scrolls_sideways() {
    let desk = Desk::start().await;
    desk.says_incident("jembatan putus").await;
    // An admin without one-time codes is told so above it; a clerk is not.
    desk.another_operator("budi");
    let phone = Browser::signed_in_as(desk.addr, PHONE, "budi").await;
    let top =
        phone.value("document.querySelector('.matters li').getBoundingClientRect().top + scrollY").await;
    assert!(top.as_f64().unwrap() <= 500.0, "the first matter stands at {top}");
    let height = phone.value("document.documentElement.scrollHeight").await.as_u64().unwrap();
    assert!(height <= 3_000, "the first screen is {height} pixels high");
    for width in [1920, 1440] {
        let wide = Browser::signed_in(desk.addr, (width, 900)).await;
        let scroll = wide.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
        assert!(scroll <= u64::from(width), "{scroll}");
    }
}
