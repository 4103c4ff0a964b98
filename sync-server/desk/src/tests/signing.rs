//! Signing in as people meet it: links from elsewhere, lost sessions, restarts, one-time codes.

use std::sync::Arc;

use axum::{
    body::Body as HttpBody,
    http::{Request, StatusCode, header},
};
use pantau_log::store::{self, Operator, Rights};

use super::{
    from,
    world::{Answer, PASSWORD, World},
};
use crate::auth::{session, totp};

fn change(world: &World, change: impl FnOnce(Operator) -> Operator) {
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&change(operator))
    })
    .unwrap();
}

/// The right password typed into a fresh form; the form and what came of it.
async fn enter(world: &World) -> (Answer, Answer) {
    let form = world.get("/sign-in?next=/officers", "").await;
    let password = PASSWORD.replace(' ', "+");
    let sent = format!("csrf={}&next=/officers&username=siti&password={password}", form.csrf());
    let answer = world.post("/sign-in", &form.cookie(), &sent).await;
    (form, answer)
}

#[tokio::test]
async fn whoever_is_signed_in_is_sent_on_from_the_sign_in() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    for (path, to) in
        [("/sign-in", "/"), ("/sign-in?next=/officers", "/officers"), ("/sign-in?next=//x", "/")]
    {
        let answer = world.get(path, &cookie).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, to), "{path}");
    }
}

#[tokio::test]
async fn a_lost_session_says_so_and_leads_back() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    world.move_clock(session::LIFE_S);
    let lost = world.get("/officers?who=a%20b", &cookie).await;
    assert_eq!(lost.location(), "/sign-in?next=%2Fofficers%3Fwho%3Da%2520b".replace("%2F", "/"));
    let form = world.get(lost.location(), &cookie).await;
    assert!(form.body.contains("Sesi Anda telah berakhir"), "{}", form.body);
    assert!(form.body.contains("value=\"/officers?who=a%20b\""), "{}", form.body);
    assert!(!world.get(lost.location(), "").await.body.contains("Sesi Anda"), "nobody lost anything");
    // A form cannot be asked for: back to the page that it stood on.
    let sent = |referer: &str| {
        Request::post("/finding/x")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::REFERER, referer)
            .body(HttpBody::from("csrf=0"))
            .unwrap()
    };
    let answer = world.send(sent("http://desk/finding/x?done=close")).await;
    assert_eq!(answer.location(), "/sign-in?next=/finding/x%3Fdone%3Dclose");
    for odd in ["", "http://desk", "x", "http://desk//evil.example", "about:blank"] {
        assert_eq!(world.send(sent(odd)).await.location(), "/sign-in", "{odd}");
    }
}

#[tokio::test]
async fn a_page_from_before_a_restart_signs_out() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let before = world.get("/", &cookie).await.csrf();
    let router = crate::router(Arc::clone(&world.server), crate::Site::default()).unwrap();
    let world = World { router, ..world };
    let answer = world.post("/sign-out", &cookie, &format!("csrf={before}")).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(world.get("/", &cookie).await.status, StatusCode::SEE_OTHER, "signed out");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_in_the_form() {
    let world = World::empty();
    let form = world.get("/sign-in", "").await;
    let sent = format!("csrf={}&username=siti%22&password=salah", form.csrf());
    let wrong = world.post("/sign-in", &form.cookie(), &sent).await;
    assert!(wrong.body.contains("name=\"username\" value=\"siti&#34;\""), "{}", wrong.body);
    assert!(!wrong.body.contains("salah\""), "the password is not");
}

#[tokio::test]
async fn a_site_with_tls_says_over_plain_http_that_it_needs_it() {
    let world = World::empty();
    let site = crate::Site::new(Some("https://desk.example"), false).unwrap();
    let router = crate::router(Arc::clone(&world.server), site).unwrap();
    let world = World { router, ..world };
    let form = world.get("/sign-in", "").await;
    let sent = format!("csrf={}&username=siti&password=x", form.csrf());
    let plain = world.post("/sign-in", "", &sent).await;
    assert_eq!(plain.status, StatusCode::FORBIDDEN);
    assert!(plain.body.contains("melalui https"), "{}", plain.body);
    let spoilt = world.post("/sign-in", &form.cookie(), "csrf=0").await;
    assert!(spoilt.body.contains("kedaluwarsa") && !spoilt.body.contains("melalui https"), "{}", spoilt.body);
}

#[tokio::test]
async fn twenty_wrong_passwords_from_elsewhere_keep_no_known_browser_out_and_a_new_password_lifts_all() {
    let world = World::empty();
    let known = world.sign_in().await;
    let token = known.split("; ").find(|c| c.starts_with("pantau_known_")).unwrap().to_owned();
    let form = world.get("/sign-in", "").await;
    let sent = |word: &str| format!("csrf={}&username=siti&password={word}", form.csrf());
    let stranger = from(&world, 9);
    for _ in 0..20 {
        stranger.post("/sign-in", &form.cookie(), &sent("salah")).await;
    }
    let right = sent("tiang+bendera+merah");
    let asleep = stranger.post("/sign-in", &form.cookie(), &right).await;
    assert_eq!(asleep.status, StatusCode::TOO_MANY_REQUESTS);
    let mine = stranger.post("/sign-in", &format!("{}; {token}", form.cookie()), &right).await;
    assert_eq!(mine.status, StatusCode::SEE_OTHER, "from the very same source");
    // What `operator password` does beside the running server.
    let password_hash = crate::auth::password::hash("kapal cepat", &[9; 16]).unwrap();
    change(&world, |operator| Operator { password_hash, ..operator });
    let renewed = stranger.post("/sign-in", &form.cookie(), &sent("kapal+cepat")).await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.body);
}

/// Gives the operator one-time codes; those for recovery.
fn with_codes(world: &World) -> Vec<String> {
    let random = std::array::from_fn(|n| [u8::try_from(n).unwrap(); 10]);
    let (made, codes) = totp::make([5; 20], &random);
    change(world, |operator| Operator { totp: Some(made), rights: Rights::Admin, ..operator });
    codes
}

fn half_in(page: &Answer) -> String {
    let (_, rest) =
        page.body.split_once("name=\"half_in\" value=\"").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_is_asked_for_after_the_password_and_is_good_once() {
    let world = World::empty();
    let recovery = with_codes(&world);
    let now = || world.server.now();
    let (form, first) = enter(&world).await;
    assert!(first.status == StatusCode::OK && !first.cookie().contains("pantau_session"), "{}", first.body);
    assert!(
        !first.body.contains("type=\"password\"") && first.body.contains("autocomplete=\"one-time-code\"")
    );
    let step = async |world: &World, half: &str, code: &str| {
        let sent = format!("csrf={}&next=/officers&half_in={half}&code={code}", form.csrf());
        world.post("/sign-in", &form.cookie(), &sent).await
    };
    let half = half_in(&first);
    let code = totp::code(&[5; 20], now() / 30);
    for (wrong, status) in [("000000", 401), ("", 401)] {
        let answer = step(&world, &half, wrong).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert_eq!(half_in(&answer), half, "the password need not be typed again");
    }
    for odd in [String::new(), "x".into(), half.replace("siti", "budi"), format!("0{half}0")] {
        let answer = step(&world, &odd, &code).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403), "{odd}: {}", answer.status);
        assert!(!answer.cookie().contains("pantau_session"), "{odd}");
    }
    let elsewhere = world.get("/sign-in", "").await;
    let sent = format!("csrf={}&half_in={half}&code={code}", elsewhere.csrf());
    let answer = world.post("/sign-in", &elsewhere.cookie(), &sent).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "the password was typed in another browser");

    let inside = step(&world, &half, &code).await;
    assert_eq!((inside.status, inside.location()), (StatusCode::SEE_OTHER, "/officers"));
    assert_eq!(world.get("/", &inside.cookie()).await.status, StatusCode::OK);
    assert_eq!(step(&world, &half, &code).await.status, StatusCode::UNAUTHORIZED, "used up");
    let lost_app = step(&world, &half, &recovery[0]).await;
    assert_eq!(lost_app.status, StatusCode::SEE_OTHER);
    assert_eq!(step(&world, &half, &recovery[0]).await.status, StatusCode::UNAUTHORIZED, "used up, too");
    world.move_clock(300);
    let late = step(&world, &half, &totp::code(&[5; 20], now() / 30)).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "the password is asked for again");
}

#[tokio::test]
async fn wrong_codes_count_and_the_right_password_does_not_clear_them() {
    let world = World::empty();
    with_codes(&world);
    for n in 0..5 {
        let (form, first) = enter(&world).await;
        let sent = format!("csrf={}&half_in={}&code=000000", form.csrf(), half_in(&first));
        let wrong = world.post("/sign-in", &form.cookie(), &sent).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    let (_, asleep) = enter(&world).await;
    assert_eq!(asleep.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(asleep.body.contains("detik"), "it says how long: {}", asleep.body);
}

#[tokio::test]
async fn an_admin_without_codes_is_told_so() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let told = "belum memakai kode sekali pakai";
    change(&world, |operator| Operator { rights: Rights::Desk, ..operator });
    assert!(!world.get("/", &cookie).await.body.contains(told));
    change(&world, |operator| Operator { rights: Rights::Admin, ..operator });
    assert!(world.get("/", &cookie).await.body.contains(told));
    with_codes(&world);
    assert!(!world.get("/", &cookie).await.body.contains(told));
}

#[tokio::test]
async fn what_is_read_and_done_is_written_down() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    for _ in 0..3 {
        world.get("/officers", &cookie).await;
    }
    world.get("/nowhere", &cookie).await;
    world.get("/api/v1/places", &cookie).await;
    world.get("/export/tps.csv", &cookie).await;
    world.get("/officers", "").await;
    let csrf = world.get("/officers", &cookie).await.csrf();
    world.post("/finding/x", &cookie, &format!("csrf={csrf}&act=close")).await;
    world.post("/finding/y", &cookie, "csrf=0&act=close").await;
    world.post("/sign-out", &cookie, &format!("csrf={csrf}")).await;
    let all = store::read(world.server.store(), |view| view.desk_audit(i64::MIN, i64::MAX, None)).unwrap();
    let told: Vec<String> = all.iter().map(|a| format!("{} {} {}", a.who, a.act, a.what)).collect();
    assert_eq!(
        told,
        [
            "siti sign-in ",
            "siti read /officers",
            "siti read /api/v1/places",
            "siti read /export/tps.csv",
            "siti form /finding/x",
            "siti sign-out ",
        ]
    );
}

#[tokio::test]
async fn sessions_end_by_time_and_with_their_operator() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    world.move_clock(12 * 3600 - 1);
    assert_eq!(world.get("/", &cookie).await.status, StatusCode::OK);
    world.move_clock(1);
    assert_eq!(world.get("/", &cookie).await.status, StatusCode::SEE_OTHER);

    let cookie = world.sign_in().await;
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&Operator { disabled: true, ..operator })
    })
    .unwrap();
    assert_eq!(world.get("/", &cookie).await.status, StatusCode::SEE_OTHER, "disabled");
}
