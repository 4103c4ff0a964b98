//! The custody board, turnout and the page of a TPS, with the pictures that are saved.

use std::time::Duration;

use pantau_browser::{Browser, Desk};
use pantau_protocol::{
    body::{Body, Containers, CustodyKind, Dispatch, Packed, Point, Turnout},
    place::Place,
};

use crate::{DESK, PHONE};

const TPS: &str = "62.06.13.2001/001";
const OTHER: &str = "62.06.13.2001/002";
/// Longest that news may take to be on a page.
const SOON: Duration = Duration::from_secs(20);
/// No page may bring more than this over the wire at first sight.
const PAGE_BYTES: u64 = 40 << 10;

fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

/// Two kits that go from the PPK to the PPS and should be there by now.
fn sent(due: i64) -> Body {
    Body::Dispatch(Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None },
        kits: vec![place(TPS), place(OTHER)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: Some(0) }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: Some(due),
    })
}

/// Nothing is wider than the window, axe finds nothing that matters, and the page is light.
async fn is_fit(browser: &Browser, width: u32, page: &str) {
    browser.value("void performance.clearResourceTimings()").await;
    browser.goto(page).await;
    let wide = browser.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
    let widest = "[...document.querySelectorAll('body *')].map(e => [Math.round(e.getBoundingClientRect().right), e.outerHTML.slice(0, 120)])\
        .sort((a, b) => b[0] - a[0])[0].join(' ')";
    assert!(wide <= u64::from(width), "{page} is {wide} pixels wide: {}", browser.text(widest).await);
    assert_eq!(browser.axe().await, Vec::<String>::new(), "{page}");
    let bytes =
        "performance.getEntriesByType('navigation').reduce((sum, r) => sum + (r.transferSize || 0), 0)";
    let bytes = browser.value(bytes).await.as_u64().unwrap();
    assert!(bytes <= PAGE_BYTES, "{page} brings {bytes} bytes");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_clerk_sees_where_the_kits_are_and_how_many_have_voted() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    for page in ["/logistics", "/turnout"] {
        browser.goto(page).await;
        assert_eq!(browser.axe().await, Vec::<String>::new(), "{page} of nothing");
    }
    desk.writes("62.06.13", sent(desk.now() - 60));
    for (hour, voters) in [(8, 20), (9, 88), (10, 12)] {
        desk.says(TPS, Body::Turnout(Turnout { hour, voters })).await;
    }
    browser.goto("/logistics").await;
    browser.until("document.querySelector('main').innerText.includes('melewati tenggat')", SOON).await;
    let menu = browser.text("document.querySelector('#nav a[href=\"/logistics\"]').textContent").await;
    assert_eq!(menu, "Logistik (2)");
    let route =
        browser.text("document.querySelector('main a[href=\"/region/62.06.13.2001\"]').textContent").await;
    assert!(route.contains("PPK") && route.contains("→ PPS"), "{route}");
    for size in [DESK, PHONE] {
        // A browser of its own: nothing is cached.
        let browser = Browser::signed_in(desk.addr, size).await;
        let tps = format!("/tps/{TPS}");
        for page in
            ["/logistics", "/logistics?place=62.06.13.2001", "/turnout", "/turnout?place=62.06.13.2001", &tps]
        {
            is_fit(&browser, size.0, page).await;
        }
        let sides = "[...document.querySelectorAll('.sides dl > div')].map(e => Math.round(e.getBoundingClientRect().top))";
        let tops = browser.value(sides).await;
        let tops = tops.as_array().unwrap();
        assert!(tops.len() == 2 && tops[0] == tops[1], "both sides stand next to each other: {tops:?}");
    }
    for picture in ["/chart/tiles.svg", "/chart/turnout.svg"] {
        let read = format!(
            "(() => {{ const ask = new XMLHttpRequest(); ask.open('GET', '{picture}', false); ask.send();\
             const svg = new DOMParser().parseFromString(ask.responseText, 'image/svg+xml');\
             return svg.querySelector('parsererror') ? 'broken: ' + ask.responseText : svg.querySelector('title').textContent; }})()"
        );
        let title = browser.text(&read).await;
        assert!(title.contains(" · Provinsi Contoh"), "{picture}: {title}");
    }
}
