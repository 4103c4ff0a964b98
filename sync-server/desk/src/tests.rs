//! The desk driven through its router, in memory, with a clock that only tests move.

mod alarms;
mod attention;
mod daily;
mod directives;
mod findings;
mod goods;
mod incidents;
mod live;
mod logistics;
mod officers;
mod overview;
mod people;
mod plan;
mod ready;
mod rulings;
mod several;
mod signing;
mod silence;
mod spec;
mod told;
mod tps_list;
mod turnout;
mod unlisted;
mod world;

use axum::http::{StatusCode, header};
use pantau_protocol::{
    body::{
        Answer as Said, Body, Category, CustodyKind, Directive, Erase, Incident, IncidentUpdate, Line,
        LineState, Progress, Receive, Rest, Severity, Situation, Standby, Turnout, Visit, Way,
    },
    note::Field,
    role::Role,
};

use self::world::{Answer, CAMAT, World, arrival, say};
use pantau_log::{
    author::{self, NewDeskRecord},
    caller::{Caller, Source},
    health::Trouble,
    rig::{NOW, Phone, place},
    store,
};

const TPS: &str = "62.06.13.2001/001";
const PAGES: [&str; 19] = [
    "/attention",
    "/shift",
    "/silence",
    "/logistics",
    "/turnout",
    "/",
    "/region/62",
    "/region/62.06",
    "/region/62.06.13",
    "/region/62.06.13.2001",
    "/tps/62.06.13.2001/001",
    "/tps/62.06.13.2001/002",
    "/incidents",
    "/directives",
    "/directive/new",
    "/officers",
    "/officer/7",
    "/officers/cards",
    "/quarantine",
];

fn visit() -> Body {
    let answers = vec![Said::Ok, Said::NotOk, Said::Blank];
    Body::Visit(Visit { checklist: 1, version: 1, answers, way: Some(Way::Hard) })
}

/// Everything a phone can say, so that every part of every page has something to show.
fn report(world: &World, phone: &mut Phone) {
    let incident = Body::Incident(Incident { category: Category::Access, severity: Severity::High });
    let standby =
        Body::Standby(Standby { present: 5, team: 7, situation: Situation::Alert, no_obstacle: false });
    say(phone, world, NOW - 7200, TPS, &visit(), &[(Field::Note, "<script>alert(1)</script>")]);
    say(phone, world, NOW - 3600, TPS, &arrival(), &[(Field::Receiver, "\"><img src=x onerror=alert(2)>")]);
    say(
        phone,
        world,
        NOW - 1800,
        TPS,
        &incident,
        &[(Field::Note, "jembatan putus"), (Field::Need, "perahu")],
    );
    say(phone, world, NOW - 900, TPS, &Body::Turnout(Turnout { hour: 9, voters: 88 }), &[]);
    say(phone, world, NOW + 9_000, TPS, &standby, &[]);
    // A TPS outside the camat's kecamatan: held back.
    say(phone, world, NOW - 60, "62.01.01.1011/001", &visit(), &[(Field::Note, "salah tempat")]);
}

#[tokio::test]
async fn without_a_session_every_page_leads_to_the_sign_in() {
    let world = World::empty();
    for path in PAGES.into_iter().chain(["/search?q=Gagu", "/nowhere"]) {
        let answer = world.get(path, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location().starts_with("/sign-in"), "{path}");
        let forged = format!("pantau_session={}", "ab".repeat(32));
        assert_eq!(world.get(path, &forged).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    assert_eq!(
        world.get("/search?q=a%20b", "").await.location(),
        "/sign-in?next=%2Fsearch%3Fq%3Da%2520b".replace("%2F", "/")
    );
}

#[tokio::test]
async fn every_page_answers_with_an_empty_log() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    for path in ["/", "/incidents", "/directives", "/officers", "/quarantine", "/search", "/search?q=x"] {
        let answer = world.get(path, &cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.body.contains("class=\"empty\"") || path == "/officers", "{path} has no empty state");
    }
    assert_eq!(world.get("/region/62", &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/tps/62.06.13.2001/001", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_page_answers_with_data_in_both_languages() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    for path in PAGES {
        for lang in ["id", "en"] {
            let answer = world.get(&format!("{path}?lang={lang}"), &cookie).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(answer.body.contains(&format!("<html lang=\"{lang}\">")), "{path}");
            assert!(answer.body.contains("intetis") || answer.body.contains("Synthetic TPS data"), "{path}");
            assert!(answer.cookie().contains(&format!("pantau_lang={lang}")));
        }
    }
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await.body;
    for text in [
        "Kunjungan",
        "berat",
        "jembatan putus",
        "perahu",
        "88",
        "5 dari 7",
        "waspada",
        "langsung",
        "sulit dilalui",
    ] {
        assert!(tps.contains(text), "{text} is missing");
    }
    assert!(tps.contains("waktu klaim tidak mungkin"), "a claim in the future is flagged");
    let kecamatan = world.get("/region/62.06.13", &cookie).await.body;
    assert!(kecamatan.contains("1 dari 2"), "the camat visited one of two");
    let held = world.get("/quarantine", &cookie).await.body;
    assert!(held.contains("di luar wilayah tugas") && held.contains("salah tempat"));
    let incidents = world.get("/incidents", &cookie).await.body;
    assert!(incidents.contains("TPS 001 Tumbang Gagu"));
}

#[tokio::test]
async fn what_people_write_is_shown_as_text() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    for path in PAGES.into_iter().chain(["/search?q=%3Cscript%3Ealert(3)%3C%2Fscript%3E"]) {
        let body = world.get(path, &cookie).await.body;
        for bad in ["<script>alert", "<img", "<b>Siti", "onerror=alert(2)>\""] {
            assert!(!body.contains(bad), "{path} lets {bad} through");
        }
    }
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await.body;
    assert!(tps.contains("&#60;script&#62;alert(1)"), "{tps}");
    assert!(tps.contains("&#60;b&#62;Siti"));
}

#[tokio::test]
async fn replies_are_strict() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let answer = world.get("/", &cookie).await;
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "private, no-cache", "kept by this browser alone, for `Back`");
    for forbidden in [" style=\"", " onclick", "<style", "javascript:"] {
        assert!(!answer.body.contains(forbidden), "{forbidden}");
    }
    let form = world.get("/sign-in", "").await;
    let set = form.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"));
    assert!(!set.contains("Secure"), "only behind TLS");
    let secure =
        crate::router(std::sync::Arc::clone(&world.server), crate::Site::new(None, true).unwrap()).unwrap();
    let secure = World { router: secure, ..world };
    let form = secure.get("/sign-in", "").await;
    let set = form.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("__Host-") && set.contains("; Secure"));
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let world = World::empty();
    let form = world.get("/sign-in", "").await;
    let right = "username=siti&password=tiang+bendera+merah";
    for (cookie, sent) in [
        (form.cookie(), right.to_owned()),
        (form.cookie(), format!("csrf={}&{right}", "00".repeat(32))),
        (String::new(), format!("csrf={}&{right}", form.csrf())),
        (format!("pantau_form={}", "11".repeat(32)), format!("csrf={}&{right}", form.csrf())),
    ] {
        let answer = world.post("/sign-in", &cookie, &sent).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let cookie = world.sign_in().await;
    assert_eq!(world.post("/sign-out", &cookie, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("/", &cookie).await.status, StatusCode::OK, "still signed in");
    let token = world.get("/", &cookie).await.csrf();
    let answer = world.post("/sign-out", &cookie, &format!("csrf={token}")).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(world.get("/", &cookie).await.status, StatusCode::SEE_OTHER, "signed out");
}

#[tokio::test]
async fn wrong_passwords_tell_nothing_and_put_the_name_to_sleep() {
    let world = World::empty();
    let form = world.get("/sign-in", "").await;
    let attempt = |name: &str, word: &str| format!("csrf={}&username={name}&password={word}", form.csrf());
    let wrong = world.post("/sign-in", &form.cookie(), &attempt("siti", "salah")).await;
    let nobody = world.post("/sign-in", &form.cookie(), &attempt("nobody", "salah")).await;
    assert_eq!((wrong.status, nobody.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    // The name that was typed stands in the form.
    let but_for_the_token =
        |answer: &Answer| answer.body.replace(&answer.csrf(), "").replace("\"nobody\"", "\"siti\"");
    assert_eq!(but_for_the_token(&wrong), but_for_the_token(&nobody), "the two cannot be told apart");
    for _ in 0..4 {
        world.post("/sign-in", &form.cookie(), &attempt("siti", "salah")).await;
    }
    let asleep = world.post("/sign-in", &form.cookie(), &attempt("siti", "tiang+bendera+merah")).await;
    assert_eq!(asleep.status, StatusCode::TOO_MANY_REQUESTS, "even the right one has to wait");
    world.move_clock(3600);
    world.sign_in().await;
}

/// A world whose tries to sign in come from a source that the test names.
fn from(world: &World, last: u8) -> World {
    let caller = Caller::new(Source::of([192, 0, 2, last].into()), std::sync::Arc::default());
    let router = world.router.clone().layer(axum::Extension(caller));
    World { router, server: std::sync::Arc::clone(&world.server), clock: std::sync::Arc::clone(&world.clock) }
}

#[tokio::test]
async fn a_stranger_cannot_lock_a_name() {
    let world = World::empty();
    let (stranger, clerk) = (from(&world, 1), from(&world, 2));
    let form = world.get("/sign-in", "").await;
    let attempt = |word: &str| format!("csrf={}&username=siti&password={word}", form.csrf());
    let right = "tiang+bendera+merah";
    for n in 0..5 {
        let wrong = stranger.post("/sign-in", &form.cookie(), &attempt("salah")).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    // The stranger goes on polling, and the clerk signs in from elsewhere.
    for _ in 0..20 {
        let asleep = stranger.post("/sign-in", &form.cookie(), &attempt(right)).await;
        assert_eq!(asleep.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(asleep.headers[header::RETRY_AFTER], "30");
        assert!(asleep.body.contains("Coba lagi setelah 30 detik."), "{}", asleep.body);
        let inside = clerk.post("/sign-in", &form.cookie(), &attempt(right)).await;
        assert_eq!(inside.status, StatusCode::SEE_OTHER);
    }
    let counted = &world.server.metrics().sign_ins;
    let counts = [&counted.ok, &counted.wrong, &counted.throttled, &counted.queue_full].map(|c| c.get());
    assert_eq!(counts, [20, 5, 20, 0]);
}

#[tokio::test]
async fn a_browser_that_signed_in_before_keeps_its_way_in() {
    let world = World::empty();
    let known = world.sign_in().await;
    let token = known.split("; ").find(|c| c.starts_with("pantau_known_")).unwrap().to_owned();
    assert_eq!(world.get("/", &token).await.status, StatusCode::SEE_OTHER, "it opens nothing");
    let form = world.get("/sign-in", "").await;
    let attempt = |name: &str| format!("csrf={}&username={name}&password=tiang+bendera+merah", form.csrf());
    let wrong = format!("csrf={}&username=siti&password=salah", form.csrf());
    let enter = async |cookie: &str, sent: &str| {
        world.post("/sign-in", &format!("{}; {cookie}", form.cookie()), sent).await.status
    };
    // From the very same source and at every name.
    for n in 0..60 {
        enter("", &format!("csrf={}&username=n{n}&password=salah", form.csrf())).await;
        enter("", &wrong).await;
    }
    assert_eq!(enter("", &attempt("siti")).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(enter(&token, &attempt("siti")).await, StatusCode::SEE_OTHER);
    assert_eq!(enter(&format!("{token}0"), &attempt("siti")).await, StatusCode::TOO_MANY_REQUESTS);
    // The token is no way to guess either, and ends with the password.
    for _ in 0..5 {
        assert_eq!(enter(&token, &wrong).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(enter(&token, &attempt("siti")).await, StatusCode::TOO_MANY_REQUESTS);
    world.move_clock(40);
    assert_eq!(enter(&token, &attempt("siti")).await, StatusCode::SEE_OTHER);
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        let password_hash = super::auth::password::hash("tiang bendera merah", &[9; 16]).unwrap();
        tx.put_operator(&store::Operator { password_hash, ..operator })
    })
    .unwrap();
    world.move_clock(1);
    for n in 0..5 {
        assert_eq!(enter("", &wrong).await, StatusCode::UNAUTHORIZED, "{n}");
        world.move_clock(3_700);
    }
    for _ in 0..5 {
        enter("", &wrong).await;
    }
    assert_eq!(enter(&token, &attempt("siti")).await, StatusCode::TOO_MANY_REQUESTS, "a new password");
}

#[tokio::test]
async fn nothing_that_phones_say_turns_or_hides_the_words_of_a_page() {
    let (world, mut phone) = World::with_data();
    let incident = Body::Incident(Incident { category: Category::Weather, severity: Severity::Medium });
    let note = "aman\u{202e}nama\u{2067}x\u{1b}[2J\0y\u{200b}z \u{627}\u{644}";
    say(&mut phone, &world, NOW, TPS, &incident, &[(Field::Note, note)]);
    let cookie = world.sign_in().await;
    let shown = "\u{2068}aman\u{fffd}nama\u{fffd}x\u{241b}[2J\u{2400}y\u{fffd}z \u{627}\u{644}\u{2069}";
    for path in ["/tps/62.06.13.2001/001", "/incidents"] {
        let body = world.get(path, &cookie).await.body;
        assert!(body.contains(shown), "{path}");
        assert!(!body.contains(['\u{202e}', '\u{2067}', '\u{1b}', '\0', '\u{200b}']), "{path}");
    }
    let asked = world.get("/search?q=%E2%80%AEnama%1B%5B2J", &cookie).await.body;
    assert!(asked.contains("\u{fffd}nama\u{241b}[2J") && !asked.contains('\u{202e}'));
}

#[tokio::test]
async fn signing_in_leads_back_and_never_elsewhere() {
    let world = World::empty();
    for (next, expected) in
        [("%2Fincidents", "/incidents"), ("https%3A%2F%2Fevil.example", "/"), ("%2F%2Fevil", "/")]
    {
        let form = world.get(&format!("/sign-in?next={next}"), "").await;
        let sent = format!("csrf={}&next={next}&username=siti&password=tiang+bendera+merah", form.csrf());
        assert_eq!(world.post("/sign-in", &form.cookie(), &sent).await.location(), expected);
    }
}

#[tokio::test]
async fn erased_notes_are_shown_as_erased() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    let target = {
        let places = world.server.places().unwrap();
        places.state(&place(TPS)).unwrap().incidents[0].mark.record
    };
    let officer = world.server.known().unwrap().officer_record(CAMAT).unwrap();
    let erase = |target, field| {
        let body = Body::Erase(Erase { target, field, target_places: vec![place(TPS)] });
        NewDeskRecord::new(NOW, place(TPS), body)
    };
    author::append(&world.server, vec![erase(target, Field::Note), erase(officer, Field::Name)]).unwrap();
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await.body;
    assert!(!tps.contains("jembatan putus") && tps.contains("perahu"));
    assert!(!tps.contains("Siti") && tps.contains("Petugas 7 (dihapus)"));
    assert!(tps.contains("class=\"gone\">dihapus"));
}

#[tokio::test]
async fn directives_show_who_answered() {
    let (world, mut phone) = World::with_data();
    let body = Body::Directive(Directive { officer: Some(CAMAT), role: None, due: NOW + 3600 });
    let given = NewDeskRecord::new(NOW, place("62.06.13"), body).with_note(Field::Note, "Kunjungi semua TPS");
    let id = author::append(&world.server, vec![given]).unwrap()[0];
    let cookie = world.sign_in().await;
    let open = world.get("/directives", &cookie).await.body;
    assert!(open.contains("Kunjungi semua TPS") && open.contains("0 dari 1 selesai"));
    let done = Body::IncidentUpdate(IncidentUpdate {
        target: id,
        target_places: vec![place("62.06.13")],
        progress: Progress::Done,
    });
    say(&mut phone, &world, NOW, "62.06.13", &done, &[(Field::Note, "sudah semua")]);
    let closed = world.get("/directives", &cookie).await.body;
    assert!(closed.contains("1 dari 1 selesai") && closed.contains("tag good\">selesai"));
    let one = world.get(&format!("/directive/{id}"), &cookie).await.body;
    assert!(one.contains("sudah semua") && one.contains("Kunjungi semua TPS"));
    let for_many = Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: NOW + 3600 });
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62"), for_many)]).unwrap();
    assert!(world.get("/directives", &cookie).await.body.contains("0 dari 1 selesai"));
}

#[tokio::test]
async fn search_finds_codes_and_names() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let exact = world.get("/search?q=62.06.13.2001/001", &cookie).await;
    assert_eq!(exact.location(), "/tps/62.06.13.2001/001");
    assert!(world.get("/search?q=gagu", &cookie).await.body.contains("/region/62.06.13.2001"));
    assert!(world.get("/search?q=62.06.13.2001/0", &cookie).await.body.contains("/tps/62.06.13.2001/002"));
    for (typed, first) in [
        ("TPS 001 Tumbang Gagu", "/tps/62.06.13.2001/001"),
        ("tumbang gagu/1", "/tps/62.06.13.2001/001"),
        ("Kecamatan Marikit", "/region/62.06.13"),
        ("marikit", "/region/62.06.13"),
        ("Tumbang-Gagu", "/region/62.06.13.2001"),
        ("tumbanggagu", "/region/62.06.13.2001"),
        ("katingan", "/region/62.06"),
        ("rahma", "/officer/7"),
        ("0811", "/search"),
    ] {
        let mut query = form_urlencoded::Serializer::new("/search?".to_owned());
        let page = world.get(&query.append_pair("q", typed).finish(), &cookie).await;
        let hits = page.body.split("<th scope=\"row\"><a href=\"").skip(1);
        let hit = hits.map(|hit| hit.split('"').next().unwrap()).next().unwrap_or("/search");
        assert_eq!(hit, first, "{typed}");
    }
    for (typed, there) in [
        ("6206132001001", "/tps/62.06.13.2001/001"),
        ("6206132001", "/region/62.06.13.2001"),
        ("62.06.13.2001/1", "/tps/62.06.13.2001/001"),
    ] {
        assert_eq!(world.get(&format!("/search?q={typed}"), &cookie).await.location(), there, "{typed}");
    }
    assert!(world.get("/search?q=zzz", &cookie).await.body.contains("class=\"empty\""));
}

#[tokio::test]
async fn lists_can_be_narrowed() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    let inside = world.get("/incidents?place=62.06", &cookie).await.body;
    assert!(inside.contains("jembatan putus") && inside.contains("Hanya <strong>Kabupaten Katingan"));
    let outside = world.get("/incidents?place=62.06.13.2001/002", &cookie).await.body;
    assert!(!outside.contains("jembatan putus"));
    assert!(world.get("/region/62.06", &cookie).await.body.contains("/incidents?place=62.06\""));
    let body = world.get("/officers?who=RAHMA", &cookie).await.body;
    assert!(body.contains("id=\"officer-7\"") && !body.contains("id=\"officer-8\""));
    assert!(
        world.get("/officers?who=%22%3E%3Cscript%3E", &cookie).await.body.contains("&#34;&#62;&#60;script")
    );
}

#[tokio::test]
async fn a_phone_over_its_quota_is_shown() {
    let (world, phone) = World::with_data();
    let cookie = world.sign_in().await;
    assert!(!world.get("/officers", &cookie).await.body.contains("id=\"over-quota\""));
    let device = phone.key.public().device_id();
    let usage = store::Usage {
        records: 20_000,
        bytes: 31 << 20,
        over_since: Some(NOW - 3600),
        ..store::Usage::none(device, false)
    };
    store::write(world.server.store(), |tx| tx.put_usage(&usage)).unwrap();
    let body = world.get("/officers", &cookie).await.body;
    assert!(
        body.contains("Perangkat yang melewati batas harian") && body.contains("20.000 catatan, 31 MB"),
        "{body}"
    );
    assert!(body.contains("href=\"/officer/7\"") && body.contains("Siti"));
    let english = world.get("/officers?lang=en", &cookie).await.body;
    assert!(
        english.contains("Phones over their limit of the day") && english.contains("20,000 records, 31 MB")
    );
}

#[tokio::test]
async fn what_is_said_of_a_region_stands_on_its_page() {
    let (world, mut phone) = World::with_data();
    let incident = Body::Incident(Incident { category: Category::Weather, severity: Severity::Medium });
    say(&mut phone, &world, NOW, "62.06.13", &incident, &[(Field::Note, "banjir di kantor PPK")]);
    let cookie = world.sign_in().await;
    assert!(world.get("/region/62.06.13", &cookie).await.body.contains("banjir di kantor PPK"));
    assert!(!world.get("/region/62.06", &cookie).await.body.contains("banjir"), "only of the place itself");
    assert!(world.get("/incidents", &cookie).await.body.contains("/region/62.06.13\">Marikit"));
}
