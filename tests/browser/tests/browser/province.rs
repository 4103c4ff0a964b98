//! The first screen of the whole province: light, short on a phone, and with something to do near its top.

use std::time::Duration;

use pantau_browser::{Browser, Desk};

use crate::{
    DESK, PHONE,
    look::{PAGE_BYTES, transferred},
};

/// Until a server has folded all that was written before it started.
const FOLDED: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn the_first_screen_of_the_whole_province_is_light_and_short() {
    let desk = Desk::of_the_province();
    // An admin without one-time codes is told so above it; a clerk is not.
    desk.another_operator("budi");
    let phone = Browser::signed_in_as(desk.addr, PHONE, "budi").await;
    phone.until("document.body.innerText.includes('7.830')", FOLDED).await;
    phone.until("document.querySelectorAll('.matters li').length === 8", FOLDED).await;
    // Until then it says above all that it is not up to date.
    phone.until("document.getElementById('alarms').innerText.trim() === ''", FOLDED).await;
    assert_eq!(phone.value("document.querySelectorAll('.tiles a').length").await, 14, "kabupaten and kota");
    let top =
        phone.value("document.querySelector('.matters li').getBoundingClientRect().top + scrollY").await;
    assert!(top.as_f64().unwrap() <= 500.0, "the first matter stands at {top}");
    let height = phone.value("document.documentElement.scrollHeight").await.as_u64().unwrap();
    assert!(height <= 3_000, "the first screen is {height} pixels high");
    let width = phone.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
    assert!(width <= u64::from(PHONE.0), "the first screen is {width} pixels wide");
    // A browser of its own: nothing is cached.
    let fresh = Browser::signed_in_as(desk.addr, DESK, "budi").await;
    fresh.value("void performance.clearResourceTimings()").await;
    fresh.goto("/").await;
    let bytes = transferred(&fresh).await;
    assert!((1..=PAGE_BYTES).contains(&bytes), "the first screen brings {bytes} bytes");
    let scroll = fresh.value("document.documentElement.scrollHeight").await.as_u64().unwrap();
    assert!(scroll <= 3_000, "on a desk it is {scroll} pixels high");
}
