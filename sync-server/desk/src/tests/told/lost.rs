//! A session that ends, or a server that starts again, takes nothing that was typed.

use super::*;
use crate::{Site, limit};

fn said() -> Vec<(&'static str, &'static str)> {
    [&WHO[..], &[("present", "3"), ("team", "7"), ("note", "hujan <deras>")]].concat()
}

/// The cookies of a browser with those that an answer set or removed.
fn with(cookies: &str, answer: &Answer) -> String {
    format!("{}; {cookies}", answer.cookie())
}

/// Signs in on the page that an answer leads to; where the browser is sent, and its cookies.
async fn sign_in_at(world: &World, answer: &Answer, cookies: &str) -> (String, String) {
    let page = world.get(answer.location(), cookies).await;
    let (_, next) = page.body.split_once("name=\"next\" value=\"").unwrap();
    let next = unescaped(next.split('"').next().unwrap());
    let next: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
    let sent = format!("csrf={}&{next}&username=siti&password=tiang+bendera+merah", page.csrf());
    let inside = world.post("/sign-in", &format!("{}; {cookies}", page.cookie()), &sent).await;
    assert_eq!(inside.status, StatusCode::SEE_OTHER, "{}", inside.body);
    (inside.location().to_owned(), format!("{}; {cookies}", inside.cookie()))
}

#[tokio::test]
async fn after_signing_in_again_the_form_is_back() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let form = typed(form(&world, &cookie, "standby").await, &said());
    world.move_clock(13 * 3600);
    let before = rows(&world);
    // The cookie of the session is gone from the browser by then.
    let lost = send(&world, "", &form).await;
    assert_eq!((lost.status, rows(&world)), (StatusCode::SEE_OTHER, before));
    assert!(lost.body.is_empty() && lost.location().starts_with("/sign-in?next=/report"));
    let set = lost.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Max-Age=3600"),
        "{set}"
    );
    let (next, cookies) = sign_in_at(&world, &lost, &lost.cookie()).await;
    assert_eq!(next, "/report?kept=1");
    let back = world.get(&next, &cookies).await;
    assert!(back.body.contains("Sesi Anda telah berakhir"), "{}", back.body);
    let kept = fields_of(&back);
    for (name, value) in said() {
        assert_eq!(kept[name], value);
    }
    let (_, record, _) = written(&world, &send(&world, &cookies, &typed(kept, &[])).await);
    assert_eq!(record.told.unwrap().officer, Some(7));
    let gone = world.get(&next, &cookies).await;
    assert!(!gone.body.contains("hujan"), "it is done with");
}

#[tokio::test]
async fn what_another_browser_typed_is_not_shown() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let sent = typed(form(&world, &cookie, "standby").await, &said());
    let lost = send(&world, "", &sent).await;
    assert!(!world.get("/report?kept=1", &cookie).await.body.contains("hujan"));
    let kept = with(&cookie, &lost);
    assert!(world.get("/report?kept=1", &kept).await.body.contains("hujan"));
    world.move_clock(limit::KEPT_FORM_S);
    assert!(!world.get("/report?kept=1", &kept).await.body.contains("hujan"), "for an hour");
}

#[tokio::test]
async fn what_another_site_sends_is_not_kept() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let sent = typed(form(&world, &cookie, "standby").await, &said());
    let request = |cookies: &str| {
        axum::http::Request::post("/report")
            .header(header::COOKIE, cookies)
            .header("sec-fetch-site", "cross-site")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(sent.replace("csrf=", "csrf=0")))
            .unwrap()
    };
    let stranger = world.send(request("")).await;
    assert_eq!(stranger.location(), "/sign-in");
    assert!(!stranger.headers.contains_key(header::SET_COOKIE));
    let forged = world.send(request(&cookie)).await;
    assert!(forged.status == StatusCode::FORBIDDEN && !forged.body.contains("hujan"), "{}", forged.body);
}

#[tokio::test]
async fn a_page_of_before_a_restart_is_still_taken_once() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let sent = typed(form(&world, &cookie, "standby").await, &said());
    let router = crate::router(std::sync::Arc::clone(&world.server), Site::default()).unwrap();
    let world = World { router, ..world };
    let before = rows(&world);
    // Of a server with another identity, or torn on the way.
    let stale = send(&world, &cookie, &sent.replacen("csrf=", "csrf=0", 1)).await;
    assert_eq!((stale.status, rows(&world)), (StatusCode::FORBIDDEN, before));
    assert!(stale.body.contains("isian Anda masih ada"), "{}", stale.body);
    let kept = fields_of(&stale);
    for (name, value) in said() {
        assert_eq!(kept[name], value);
    }
    let (id, ..) = written(&world, &send(&world, &cookie, &typed(kept.clone(), &[])).await);
    // Or it was written, and the server died before it could say so: the form has the name that it had.
    assert_eq!(written(&world, &send(&world, &cookie, &typed(kept, &[])).await).0, id);
    assert_eq!(written(&world, &send(&world, &cookie, &sent).await).0, id, "a page outlives a restart");
}
