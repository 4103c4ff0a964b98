//! The daily report, made in the browser as a clerk would: figures as the read API has them, two pages on paper.

use std::time::Duration;

use fantoccini::wd::PrintConfiguration;
use pantau_browser::{Browser, Desk};

use crate::{DESK, PHONE};

const MOST: Duration = Duration::from_secs(20);

async fn press(browser: &Browser, selector: &str) {
    browser.client.find(fantoccini::Locator::Css(selector)).await.unwrap().click().await.unwrap();
}

/// Chooses a moment two minutes ago, and waits for the preview.
async fn preview(browser: &Browser, region: &str) {
    browser.goto("/daily").await;
    // Two minutes ago in the zone of the election (WIB), as the calendar of a browser writes it.
    let ago = "new Date(Date.now() - 120000 + 7 * 3600000).toISOString().slice(0, 16)";
    let address = format!("/daily?region={region}&at={}", browser.text(ago).await);
    browser.goto(&address).await;
    while !browser.value("!!document.querySelector('article.letter')").await.as_bool().unwrap() {
        let text = browser.text("document.querySelector('#faults')?.innerText").await;
        assert!(text.contains("sedang dihitung"), "{text}");
        browser.goto(&address).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_daily_report_is_made_frozen_and_printed() {
    let desk = Desk::start().await;
    desk.says_incident("jembatan putus").await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    // A report is of a moment that has passed: what was said just now is in the next.
    preview(&browser, "62").await;
    assert_eq!(browser.axe().await, Vec::<String>::new(), "the preview");
    for (field, text) in
        [("number", "270/12/DP"), ("office", "Sekretaris Desk"), ("name", "Budi"), ("remark", "Hujan.")]
    {
        let field = browser.client.find(fantoccini::Locator::Id(field)).await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    press(&browser, "form[method=post][action='/daily'] button").await;
    browser.until("/^\\/daily\\/.+/.test(location.pathname)", MOST).await;
    let here = browser.text("location.pathname").await;
    assert_eq!(browser.axe().await, Vec::<String>::new(), "the frozen report");
    let letter = "document.querySelector('article.letter').outerHTML";
    let first = browser.text(letter).await;
    for text in ["270/12/DP", "Sekretaris Desk", "Budi", "Hujan.", "pukul "] {
        assert!(first.contains(text), "{text}: {first}");
    }
    // The figures are those of the read API at a time when nothing came since.
    let api = "fetch('/api/v1/rollups?within=62').then(r => r.text())";
    let sums = browser
        .client
        .execute_async(&format!("const done = arguments[0]; {api}.then(done)"), Vec::new())
        .await;
    let sums: serde_json::Value = serde_json::from_str(sums.unwrap().as_str().unwrap()).unwrap();
    let total = browser.text("document.querySelector('tfoot td').innerText").await;
    assert!(sums.to_string().contains(&format!("\"tps\":{total}")), "{total} of {sums}");
    // On paper: the letter alone, on at most two pages.
    let pdf = browser.client.print(PrintConfiguration::default()).await.unwrap();
    let pages = pdf.windows(11).filter(|w| w == b"/Type /Page").count()
        - pdf.windows(12).filter(|w| w == b"/Type /Pages").count();
    assert!((1..=2).contains(&pages), "{pages} pages");
    // The same to the byte on reopening, whatever was said since.
    desk.says_visit("sesudah laporan").await;
    browser.goto(&here).await;
    assert_eq!(browser.text(letter).await, first);
    browser.until("document.getElementById('check').innerText.includes('sama')", MOST).await;
    // A figure opens to the records behind it.
    press(&browser, "tfoot a").await;
    browser.until("location.pathname.endsWith('/records')", MOST).await;
    assert_eq!(browser.axe().await, Vec::<String>::new(), "behind a figure");
    let phone = Browser::signed_in(desk.addr, PHONE).await;
    for page in [here.as_str(), "/daily"] {
        phone.goto(page).await;
        let over = phone.value("document.documentElement.scrollWidth - innerWidth").await;
        assert!(over.as_f64().unwrap() <= 0.0, "{page} is {over} px too wide");
    }
}
