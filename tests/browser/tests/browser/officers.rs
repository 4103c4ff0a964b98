//! Directives, codes and cards as a clerk makes them: in a browser, on a phone, by the keyboard's own fields.

use std::time::Duration;

use fantoccini::Locator;
use pantau_browser::{Browser, Desk};

use crate::{DESK, PHONE};

/// Longest that a page may take to come.
const SOON: Duration = Duration::from_secs(20);

async fn press(browser: &Browser, css: &str) {
    browser.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
}

async fn type_into(browser: &Browser, css: &str, text: &str) {
    browser.client.find(Locator::Css(css)).await.unwrap().send_keys(text).await.unwrap();
}

/// Nothing on the page is wider than the window, and axe finds nothing that matters.
async fn is_fit(browser: &Browser, width: u32, what: &str) {
    let wide = browser.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
    assert!(wide <= u64::from(width), "{what} is {wide} pixels wide");
    assert_eq!(browser.axe().await, Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_clerk_gives_a_directive_and_makes_a_code_and_a_card() {
    let desk = Desk::start().await;
    for size in [DESK, PHONE] {
        let browser = Browser::signed_in(desk.addr, size).await;
        browser.goto("/directive/new").await;
        is_fit(&browser, size.0, "the form of a directive").await;
        press(&browser, "input[name=to][value=officer]").await;
        type_into(&browser, "#officer", "1").await;
        type_into(&browser, "#text", &format!("Kunjungi TPS, layar {}", size.0)).await;
        press(&browser, "button[value=preview]").await;
        browser.until("document.querySelector('#preview') !== null", SOON).await;
        is_fit(&browser, size.0, "who will get it").await;
        press(&browser, "button[value=give]").await;
        browser
            .until("location.pathname.startsWith('/directive/') && location.search === '?done=give'", SOON)
            .await;
        let page = browser.text("document.querySelector('main').innerText").await;
        assert!(page.contains(&format!("layar {}", size.0)) && page.contains("0 dari 1 selesai"), "{page}");
        is_fit(&browser, size.0, "a directive").await;

        browser.goto("/officer/1").await;
        is_fit(&browser, size.0, "an officer").await;
        press(&browser, "#make-code button").await;
        browser.until("document.querySelector('.enrol-card svg') !== null", SOON).await;
        let code = browser.text("document.querySelector('.code').innerText").await;
        assert_eq!(code.split(' ').count(), 2, "handle and secret: {code}");
        let drawn = "document.querySelector('.enrol-card svg').getBoundingClientRect().width";
        assert!(browser.value(drawn).await.as_f64().unwrap() >= 150.0, "too small to scan");
        is_fit(&browser, size.0, "a code").await;

        browser.goto("/officers/cards?within=62").await;
        is_fit(&browser, size.0, "the form of cards").await;
        for page in ["/directives", "/officers?visited=none", "/incidents?answered=no"] {
            browser.goto(page).await;
            is_fit(&browser, size.0, page).await;
        }
    }
    // A sheet has one card a page: nothing but the card is printed.
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/officers/cards?within=62").await;
    press(&browser, "main form[method=post] button").await;
    browser.until("document.querySelectorAll('.enrol-card').length > 1", SOON).await;
    let rules = "(() => { const sheet = new XMLHttpRequest();\
        sheet.open('GET', document.querySelector('link[rel=stylesheet]').href, false); sheet.send();\
        return sheet.responseText.includes('@page card { size: A6;'); })()";
    assert_eq!(browser.value(rules).await.as_bool(), Some(true), "cards are printed on A6");
}
