//! What a clerk decides by the pages: a finding is ruled on, a phone is enrolled and revoked, a matter is worked through.

use std::time::Duration;

use pantau_browser::{Browser, Desk, ENTER};
use pantau_core::{EnrolOutcome, SyncEnd};
use pantau_protocol::{
    body::{Body, Containers, CustodyKind, Dispatch, Found, Packed, Point, Receive, Rest},
    enrol::Invitation,
};
use pantau_tests::{place, sync};

use crate::DESK;

const MOST: Duration = Duration::from_secs(10);
const TPS: &str = "62.06.13.2001/001";
const TITLE: &str = "Kurang dari surat jalan";

/// Five boxes left the PPK for the TPS, and so many came.
fn boxes_came(desk: &Desk, good: u32) {
    let receive = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: vec![Found { good, damaged: 0, missing: 5 - good, kit: None }],
        form: None,
    };
    desk.writes(TPS, Body::Receive(receive));
}

pub(crate) fn a_box_is_missing(desk: &Desk) {
    let dispatch = Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Tps, place: place(TPS), label: None },
        kits: vec![place(TPS)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    };
    desk.writes("62.06.13", Body::Dispatch(dispatch));
    boxes_came(desk, 4);
}

/// Goes to the finding about the missing box, by the list of all.
pub(crate) async fn to_finding(browser: &Browser) {
    browser.goto("/findings").await;
    let link =
        format!("[...document.querySelectorAll('main .card a')].find(a => a.textContent === '{TITLE}')");
    browser.until(&format!("!!({link})"), MOST).await;
    browser.value(&format!("void ({link}).click()")).await;
    browser
        .until("location.pathname.startsWith('/finding/') && !!document.querySelector('main h1')", MOST)
        .await;
}

async fn main_text(browser: &Browser) -> String {
    browser.text("document.querySelector('main').innerText").await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_finding_is_closed_with_a_reason_and_opened_again() {
    let desk = Desk::start().await;
    a_box_is_missing(&desk);
    let browser = Browser::signed_in(desk.addr, DESK).await;
    to_finding(&browser).await;
    // Without a reason the browser sends nothing, and the page stays.
    browser.click("form:has(#why-close) button").await;
    assert!(browser.text("location.search").await.is_empty());
    browser.fill("#why-close", "Kotak kelima ada di gudang PPK").await;
    browser.click("form:has(#why-close) button").await;
    browser.until("location.search === '?done=close'", MOST).await;
    let shown = main_text(&browser).await;
    for told in ["Temuan ditutup.", "Kotak kelima ada di gudang PPK", "siti"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert_eq!(browser.axe().await, Vec::<String>::new(), "a finding that was closed");
    browser.goto("/findings").await;
    assert!(!main_text(&browser).await.contains(TITLE), "it is not open any more");
    browser.client.back().await.unwrap();
    browser.until("!!document.querySelector('#why-reopen')", MOST).await;
    browser.fill("#why-reopen", "Keliru, gudang kosong").await;
    browser.click("form:has(#why-reopen) button").await;
    browser.until("location.search === '?done=reopen' && !!document.querySelector('#why-close')", MOST).await;
    browser.goto("/findings").await;
    assert!(main_text(&browser).await.contains(TITLE), "it is open again");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_ruling_on_evidence_that_changed_is_refused_and_the_change_shown() {
    let desk = Desk::start().await;
    a_box_is_missing(&desk);
    let browser = Browser::signed_in(desk.addr, DESK).await;
    to_finding(&browser).await;
    let before = browser.text("document.querySelector('main section p.line').innerText").await;
    browser.fill("#why-close", "Kotak kelima ada di gudang PPK").await;
    // Somebody counts again while the page is open.
    boxes_came(&desk, 3);
    browser.click("form:has(#why-close) button").await;
    browser.until("!!document.querySelector('main [role=alert]')", MOST).await;
    let shown = main_text(&browser).await;
    for told in ["TIDAK disimpan", "Sebelumnya", "Sekarang", "Catatan yang masuk sejak itu"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let told = browser.text("document.querySelector('main dl.facts').innerText").await;
    assert!(told.contains(before.trim_end_matches('.')), "what the page had said: {before}\n{told}");
    let now = browser.text("document.querySelector('main dl.facts div:last-child dd').innerText").await;
    assert!(!now.is_empty() && !before.contains(&now), "what is so now: {now}");
    assert_eq!(browser.axe().await, Vec::<String>::new(), "a ruling that was refused");
    // The reason is still there; the form that came back is of now.
    let kept = browser.text("document.querySelector('#why-close').value").await;
    assert_eq!(kept, "Kotak kelima ada di gudang PPK");
    browser.click("form:has(#why-close) button").await;
    browser.until("location.search === '?done=close'", MOST).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_phone_is_enrolled_by_the_code_on_the_screen_gets_a_directive_and_is_revoked() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/officer/3").await;
    browser.click("#make-code button").await;
    browser.until("!!document.querySelector('.enrol-card .code')", MOST).await;
    let mono =
        browser.value("[...document.querySelectorAll('.enrol-card dd.mono')].map(e => e.innerText)").await;
    let [code, fingerprint, url] = [0, 1, 2].map(|n| mono[n].as_str().unwrap().to_owned());
    let invitation = Invitation::parse(&format!("PANTAU1 {code} {fingerprint} {url}")).unwrap();
    let phone = desk.new_phone("hp-3");
    let outcome = phone.enrol(&invitation).await.unwrap();
    assert!(matches!(&outcome, EnrolOutcome::Enrolled(it) if it.officer == 3), "{outcome:?}");
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    let other = desk.new_phone("hp-lain").enrol(&invitation).await.unwrap();
    assert_eq!(other, EnrolOutcome::Used, "a code is for one phone");

    browser.goto("/directive/new?to=officer&officer=3").await;
    browser.fill("#text", "Kunjungi semua TPS sebelum pukul 18.00").await;
    browser.click("button[value=preview]").await;
    browser.until("!!document.querySelector('#preview')", MOST).await;
    browser.click("button[value=give]").await;
    browser.until("location.search === '?done=give'", MOST).await;
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    let to_do = phone.directives().unwrap().to_do;
    let texts: Vec<_> = to_do.iter().map(|d| d.text.as_deref().unwrap_or_default()).collect();
    assert_eq!(texts, ["Kunjungi semua TPS sebelum pukul 18.00"]);

    browser.goto("/officer/3").await;
    browser.click("button[value=revoke]").await;
    browser.until("!!document.querySelector('#confirm')", MOST).await;
    assert!(main_text(&browser).await.contains("Perangkat tidak menerima data lagi"));
    assert_eq!(browser.axe().await, Vec::<String>::new(), "whether a phone is to be revoked");
    browser.fill("#why", "perangkat hilang di sungai").await;
    browser.click("#confirm").await;
    browser.until("location.search === '?done=revoke'", MOST).await;
    assert!(main_text(&browser).await.contains("Perangkat telah dicabut."));
    assert_eq!(sync(&phone).await, SyncEnd::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn by_keyboard_alone_a_matter_is_taken_called_about_noted_and_ruled_on() {
    let desk = Desk::start().await;
    a_box_is_missing(&desk);
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/attention").await;
    // The row of the finding, from its button to its link.
    let row = format!("e.closest('main tr') && e.closest('tr').textContent.includes('{TITLE}')");
    browser.at(&format!("{row} && 'take' in e.dataset"), ENTER).await;
    browser.until("!!document.querySelector('main .me')", MOST).await;
    assert_eq!(browser.axe().await, Vec::<String>::new(), "a matter that was taken");
    // Whom to call stands beside it, with a number to press.
    browser.at(&format!("{row} && e.protocol === 'tel:'"), "").await;
    let number = browser.text("document.activeElement.href").await;
    assert!(number.starts_with("tel:0800-"), "{number}");
    browser.at(&format!("{row} && e.tagName === 'SUMMARY'"), ENTER).await;
    browser.at(&format!("{row} && e.name === 'note'"), "gudang menghitung ulang, kotak ada").await;
    browser.at(&format!("{row} && e.value === 'note'"), ENTER).await;
    let noted = "!document.querySelector('main details[open]') && document.querySelector('main').innerText";
    browser.until(&format!("({noted}).includes('gudang menghitung ulang')"), MOST).await;
    browser.at(&format!("{row} && e.pathname.startsWith('/finding/')"), ENTER).await;
    browser.until("location.pathname.startsWith('/finding/')", MOST).await;
    browser.at("e.id === 'why-close'", "Kotak kelima ada di gudang PPK").await;
    browser.at("e.tagName === 'BUTTON' && e.closest('form:has(#why-close)')", ENTER).await;
    browser.until("location.search === '?done=close'", MOST).await;
    assert!(main_text(&browser).await.contains("Temuan ditutup."));
    browser.goto("/attention").await;
    assert!(!main_text(&browser).await.contains(TITLE), "it is off the list");
}
