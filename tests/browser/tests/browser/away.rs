//! The server hangs or is gone: the page says so, stays readable, and comes back by itself.

use std::time::Duration;

use fantoccini::Locator;
use pantau_browser::{Browser, Desk};

use crate::DESK;

const IS_OFF: &str = "!document.getElementById('off').hidden";
const IS_ON: &str = "document.getElementById('off').hidden";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_server_that_hangs_is_told_of_and_ages_go_on_growing() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/officers").await;
    let age = "[...document.querySelectorAll('main time[data-age]')].map(t => t.textContent).join()";
    browser.until(&format!("({age}).includes('baru saja')"), Duration::from_secs(10)).await;
    desk.freeze();
    browser.until(IS_OFF, Duration::from_secs(15)).await;
    let told = browser.text("document.getElementById('off').textContent").await;
    assert!(told.contains("Terputus dari server sejak pukul") && told.contains("Data per"), "{told}");
    browser.until(&format!("({age}).includes('1 mnt lalu')"), Duration::from_secs(75)).await;
    desk.thaw();
    browser.until(IS_ON, Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn while_the_server_is_gone_clicks_and_forms_wait_and_the_page_comes_back() {
    let mut desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/incidents").await;
    browser.goto("/officers").await;
    let field = browser.client.find(Locator::Css("main input[name=who]")).await.unwrap();
    field.send_keys("Sit").await.unwrap();
    desk.kill();
    browser.until(IS_OFF, Duration::from_secs(12)).await;
    let here = browser.text("location.href").await;
    browser.client.find(Locator::Css("#nav a[href='/incidents']")).await.unwrap().click().await.unwrap();
    browser.client.find(Locator::Css("main form.narrow button")).await.unwrap().click().await.unwrap();
    browser.client.find(Locator::Css(".aside form button")).await.unwrap().click().await.unwrap();
    assert_eq!(browser.text("location.href").await, here);
    assert_eq!(browser.text("document.querySelector('main input[name=who]').value").await, "Sit");
    assert!(browser.text("document.querySelector('main').textContent").await.contains("no. 1"));
    // Back shows the page that the browser has.
    browser.client.back().await.unwrap();
    browser
        .until(
            "document.querySelector('#nav [aria-current]').getAttribute('href') === '/incidents'",
            Duration::from_secs(5),
        )
        .await;
    browser.until(IS_OFF, Duration::from_secs(15)).await;
    desk.up();
    browser.until(IS_ON, Duration::from_secs(10)).await;
    browser.client.find(Locator::Css("#nav a[href='/findings']")).await.unwrap().click().await.unwrap();
    browser
        .until(
            "location.pathname === '/findings' && !!document.getElementById('fresh')",
            Duration::from_secs(10),
        )
        .await;
    // The form tokens of before the restart would be refused; the page brought new ones.
    browser.until(IS_ON, Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn a_session_that_ended_does_not_take_what_was_typed() {
    let desk = Desk::start().await;
    let browser = Browser::signed_in(desk.addr, DESK).await;
    browser.goto("/officers").await;
    let field = browser.client.find(Locator::Css("main input[name=who]")).await.unwrap();
    field.send_keys("Sit").await.unwrap();
    browser.client.delete_cookie("pantau_session").await.unwrap();
    desk.says_visit("jalan rusak").await;
    browser.until("!document.getElementById('ended').hidden", Duration::from_secs(10)).await;
    assert_eq!(browser.text("document.querySelector('main input[name=who]').value").await, "Sit");
    assert!(browser.value(IS_ON).await.as_bool().unwrap());
}
