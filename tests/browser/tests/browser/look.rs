//! What pages look like: to assistive technology, on a phone, and on the wire.

use pantau_browser::{Browser, Desk};

use crate::{DESK, PHONE};

const PAGES: [&str; 11] = [
    "/",
    "/attention",
    "/shift",
    "/region/62.06.13",
    "/tps/62.06.13.2001/001",
    "/findings",
    "/incidents",
    "/directives",
    "/officers",
    "/quarantine",
    "/search?q=tumbang",
];

/// No page may bring more than this over the wire at first sight, scripts and styles included.
pub(crate) const PAGE_BYTES: u64 = 40 << 10;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn axe_finds_nothing_serious_or_moderate() {
    let desk = Desk::start().await;
    desk.says_incident("jembatan putus").await;
    let stranger = Browser::open(desk.addr, DESK).await;
    stranger.goto("/sign-in").await;
    assert_eq!(stranger.axe().await, Vec::<String>::new(), "/sign-in");
    drop(stranger);
    let browser = Browser::signed_in(desk.addr, DESK).await;
    for page in PAGES {
        browser.goto(page).await;
        assert_eq!(browser.axe().await, Vec::<String>::new(), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn on_a_phone_nothing_is_cut_and_no_page_is_heavy() {
    let desk = Desk::start().await;
    desk.says_incident("jembatan putus").await;
    for page in PAGES {
        // A browser of its own: nothing is cached.
        let browser = Browser::signed_in(desk.addr, PHONE).await;
        browser.value("void performance.clearResourceTimings()").await;
        browser.goto(page).await;
        let width = browser.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
        let widest = "[...document.querySelectorAll('body *')].map(e => [Math.round(e.getBoundingClientRect().right), e.outerHTML.slice(0, 120)])\
            .sort((a, b) => b[0] - a[0])[0].join(' ')";
        let widest = browser.text(widest).await;
        assert!(width <= u64::from(PHONE.0), "{page} is {width} pixels wide: {widest}");
        let bytes = transferred(&browser).await;
        assert!((1..=PAGE_BYTES).contains(&bytes), "{page} brings {bytes} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn the_edge_of_a_field_and_the_ring_of_the_focus_stand_out() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/officers").await;
    let edge = contrast(
        &browser,
        "getComputedStyle(document.querySelector('main input')).borderTopColor",
        "rgb(244, 246, 249)",
    );
    assert!(edge.await >= 3.0, "the edge of a field on the ground");
    for (what, ground) in [
        ("#nav a", "rgb(18, 64, 92)"),
        ("main input", "rgb(244, 246, 249)"),
        ("main input", "rgb(255, 255, 255)"),
        ("main input", "rgb(251, 230, 228)"),
    ] {
        // The ring is drawn for the keyboard: a key was pressed last.
        let focus = format!(
            "(() => {{ const e = document.querySelector('{what}'); e.focus({{focusVisible: true}}); \
            return getComputedStyle(e).outlineStyle === 'solid' ? getComputedStyle(e).outlineColor : 'none'; }})()"
        );
        let ring = contrast(&browser, &focus, ground).await;
        assert!(ring >= 3.0, "the ring on {what} against {ground}: {ring}");
    }
}

/// Bytes that the open page and all it needs brought over the wire.
pub(crate) async fn transferred(browser: &Browser) -> u64 {
    let bytes = browser.value(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
         .reduce((sum, r) => sum + (r.transferSize || 0), 0)",
    );
    bytes.await.as_u64().unwrap()
}

/// The contrast, as WCAG 2 counts it, of a colour in the page against a ground.
async fn contrast(browser: &Browser, colour: &str, ground: &str) -> f64 {
    let colour = browser.text(colour).await;
    let luminance = |colour: &str| {
        let parts = colour.trim_start_matches("rgb(").trim_end_matches(')').split(", ");
        let parts: Vec<f64> =
            parts.map(|n| n.parse::<f64>().unwrap_or_else(|_| panic!("{colour}")) / 255.0).collect();
        let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2])
    };
    let (a, b) = (luminance(&colour), luminance(ground));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
