//! A report that came by phone is entered by the keyboard alone, and stands on the page of its place.

use std::time::Duration;

use pantau_browser::{Browser, Desk, ENTER};

use crate::{DESK, PHONE};

const TPS: &str = "62.06.13.2001/001";

async fn is_well(browser: &Browser, what: &str) {
    assert_eq!(browser.axe().await, Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_report_by_phone_is_entered_by_keyboard_alone() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    let most = Duration::from_secs(10);
    browser.goto(&format!("/tps/{TPS}")).await;
    browser.at("e.classList.contains('report-link')", ENTER).await;
    browser.until("location.pathname === '/report' && !!document.querySelector('.parts')", most).await;
    is_well(&browser, "the kinds").await;
    browser.at("(e.getAttribute('href') || '').includes('kind=incident')", ENTER).await;
    browser.until("!!document.getElementById('officer')", most).await;
    is_well(&browser, "the form").await;
    // Nothing is filled in: each problem is a link to its field.
    browser.at("e.tagName === 'BUTTON' && e.closest('form.report')", ENTER).await;
    browser.until("!!document.getElementById('outcome')", most).await;
    is_well(&browser, "the form with what is wrong").await;
    browser.at("e.closest('#outcome') && e.getAttribute('href') === '#officer'", ENTER).await;
    browser.until("location.hash === '#officer'", most).await;
    browser.at("e.id === 'officer'", "1").await;
    browser.at("e.id === 'category'", "Ak").await;
    browser.at("e.id === 'note'", "jembatan putus di hilir").await;
    browser.at("e.tagName === 'BUTTON' && e.closest('form.report')", ENTER).await;
    browser.until("location.search.startsWith('?done=')", most).await;
    is_well(&browser, "what was written").await;
    browser.at(&format!("e.closest('main .parts') && e.getAttribute('href') === '/tps/{TPS}'"), ENTER).await;
    browser.until("location.pathname.startsWith('/tps/')", most).await;
    let main = browser.text("document.querySelector('main').textContent").await;
    assert!(
        main.contains("jembatan putus di hilir") && main.contains("atas keterangan Camat Contoh"),
        "{main}"
    );
    is_well(&browser, "the TPS").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn on_a_phone_no_step_is_cut() {
    let desk = Desk::start().await;
    desk.says_incident("jembatan putus").await;
    let browser = Browser::signed_in(desk.addr, PHONE).await;
    let kinds = ["visit", "receive", "dispatch", "incident", "progress", "turnout", "standby"];
    let forms = kinds.iter().map(|kind| format!("/report?place={TPS}&kind={kind}"));
    for path in ["/report".to_owned(), format!("/report?place={TPS}")].into_iter().chain(forms) {
        browser.goto(&path).await;
        browser.value("void document.querySelectorAll('details').forEach(d => d.open = true)").await;
        let width = browser.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
        assert!(width <= u64::from(PHONE.0), "{path} is {width} pixels wide");
        is_well(&browser, &path).await;
    }
}
