//! Every address of the server has a rule here, or the suite fails: who gets in, and what everybody else
//! is told.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path};

use fastrand::Rng;
use pantau_desk::auth::{password, session};
use pantau_log::store::{self, Operator, Rights};

use crate::{
    rig::Rig,
    web::{self, Page, ask, get},
};

/// Who gets an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Phones: frames only.
    Phones,
    /// Monitoring: whether it is well.
    Monitor,
    /// Monitoring at its own listener alone: counts only.
    Apart,
    /// Anybody: the way in, and what it needs.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in, without an end.
    Stream,
    /// Whoever is signed in or has a read token: a program, which is told what is wrong in its own form.
    Program,
}

/// Every route: its path, its methods, its rule, and an address of it.
pub(super) const RULES: [(&str, &str, Rule, &str); 48] = [
    ("/v1/exchange", "post", Rule::Phones, "/v1/exchange"),
    ("/v1/enrol", "post", Rule::Phones, "/v1/enrol"),
    ("/healthz", "get", Rule::Monitor, "/healthz"),
    ("/metrics", "get", Rule::Apart, "/metrics"),
    ("/", "get", Rule::SignedIn, "/"),
    ("/region/{code}", "get", Rule::SignedIn, "/region/62.06.13"),
    ("/tps/{village}/{number}", "get", Rule::SignedIn, "/tps/62.06.13.2001/001"),
    ("/incidents", "get", Rule::SignedIn, "/incidents"),
    ("/directives", "get", Rule::SignedIn, "/directives"),
    ("/directive/new", "get post", Rule::SignedIn, "/directive/new"),
    ("/directive/{id}", "get post", Rule::SignedIn, "/directive/x"),
    ("/findings", "get post", Rule::SignedIn, "/findings"),
    ("/finding/{id}", "get post", Rule::SignedIn, "/finding/x"),
    ("/report", "get post", Rule::SignedIn, "/report"),
    ("/logistics", "get", Rule::SignedIn, "/logistics"),
    ("/turnout", "get", Rule::SignedIn, "/turnout"),
    ("/chart/tiles.svg", "get", Rule::SignedIn, "/chart/tiles.svg"),
    ("/chart/turnout.svg", "get", Rule::SignedIn, "/chart/turnout.svg"),
    ("/silence", "get", Rule::SignedIn, "/silence"),
    ("/attention", "get post", Rule::SignedIn, "/attention"),
    ("/shift", "get post", Rule::SignedIn, "/shift"),
    ("/daily", "get post", Rule::SignedIn, "/daily"),
    ("/daily/{id}", "get", Rule::SignedIn, "/daily/x"),
    ("/daily/{id}/records", "get", Rule::SignedIn, "/daily/x/records"),
    ("/officers", "get", Rule::SignedIn, "/officers"),
    ("/officers/cards", "get post", Rule::SignedIn, "/officers/cards"),
    ("/officer/{number}", "get post", Rule::SignedIn, "/officer/1"),
    ("/quarantine", "get", Rule::SignedIn, "/quarantine"),
    ("/search", "get", Rule::SignedIn, "/search?q=Hulu"),
    ("/export/tps.csv", "get", Rule::SignedIn, "/export/tps.csv"),
    ("/export/custody.csv", "get", Rule::SignedIn, "/export/custody.csv?within=62.06"),
    ("/export/findings.csv", "get", Rule::SignedIn, "/export/findings.csv?within=62.06"),
    ("/export/silence.csv", "get", Rule::SignedIn, "/export/silence.csv?within=62.06"),
    ("/export/officers.csv", "get", Rule::SignedIn, "/export/officers.csv?within=62.06"),
    ("/api/v1/findings", "get", Rule::Program, "/api/v1/findings"),
    ("/api/v1/findings/{id}", "get", Rule::Program, "/api/v1/findings/x"),
    ("/api/v1/places", "get", Rule::Program, "/api/v1/places"),
    ("/api/v1/places/{code}", "get", Rule::Program, "/api/v1/places/62.06.13"),
    ("/api/v1/places/{code}/{number}", "get", Rule::Program, "/api/v1/places/62.06.13.2001/001"),
    ("/api/v1/places/{code}/custody", "get", Rule::Program, "/api/v1/places/62.06.13.2001%2F001/custody"),
    (
        "/api/v1/places/{code}/{number}/custody",
        "get",
        Rule::Program,
        "/api/v1/places/62.06.13.2001/001/custody",
    ),
    ("/api/v1/rollups", "get", Rule::Program, "/api/v1/rollups"),
    ("/api/v1/openapi.json", "get", Rule::Open, "/api/v1/openapi.json"),
    ("/sign-in", "get post", Rule::Open, "/sign-in"),
    ("/sign-out", "post", Rule::SignedIn, "/sign-out"),
    ("/tps", "get", Rule::SignedIn, "/tps"),
    ("/live", "get", Rule::Stream, "/live"),
    ("/assets/{hash}/{name}", "get", Rule::Open, "/assets/0000000000000000/desk.css"),
];
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The pages of the desk's table, and all other routes that the sources of the server name.
fn found() -> BTreeMap<String, String> {
    let mut routes: BTreeMap<_, _> =
        pantau_desk::PAGES.iter().map(|page| (page.route.to_owned(), "get".to_owned())).collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<_> =
        ["src", "desk/src"].iter().map(|of| here.join("../sync-server").join(of)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().and_then(|n| n.to_str()).unwrap() {
                "tests" | "tests.rs" => {}
                _ if path.is_dir() => folders.push(path),
                _ => {
                    for (route, methods) in routes_in(&fs::read_to_string(&path).unwrap()) {
                        // A page whose form has a route of its own.
                        let known = routes.entry(route).or_default();
                        if *known != methods {
                            *known = [known.as_str(), &methods].join(" ").trim().to_owned();
                        }
                    }
                }
            }
        }
    }
    routes
}

/// The routes one source file names.
fn routes_in(source: &str) -> Vec<(String, String)> {
    for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service("] {
        assert!(!source.contains(other), "{other} hides routes from this suite");
    }
    let named = source.split(".route(").skip(1).filter(|rest| !rest.starts_with("page.route,")).map(|rest| {
        let (_, rest) = rest.split_once('"').expect("a route with its path");
        let (path, rest) = rest.split_once('"').unwrap();
        let rest = rest.split(".route(").next().unwrap().lines().next().unwrap();
        let methods = ["get", "post", "put", "patch", "delete", "any", "head", "options", "trace"];
        let used = methods
            .iter()
            .filter(|m| [" ", ".", "("].iter().any(|before| rest.contains(&format!("{before}{m}("))));
        (path.to_owned(), used.copied().collect::<Vec<_>>().join(" "))
    });
    named.collect()
}

#[test]
fn every_route_has_a_rule_and_every_rule_a_route() {
    let ruled: BTreeMap<String, String> =
        RULES.iter().map(|(path, methods, ..)| ((*path).to_owned(), (*methods).to_owned())).collect();
    assert_eq!(found(), ruled, "a new route needs a rule in this file");
}

/// Texts that only those may read who are signed in.
const SECRETS: [&str; 5] = ["Hulu", "Camat Contoh", "0800-1", "62.06.13.2001", "rahasia kantor"];

fn tells_nothing(page: &Page, what: &str) {
    for secret in SECRETS {
        let asked_for = page.header("location").unwrap_or_default();
        let (head, body) = (page.head.replace(asked_for, ""), &page.body);
        assert!(!head.contains(secret) && !body.contains(secret), "{what} tells {secret}");
    }
}

/// Strict headers stand on everything the desk says.
fn is_hardened(page: &Page, what: &str) {
    assert_eq!(page.header("content-security-policy"), Some(CSP), "{what}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{what}");
    assert_eq!(page.header("x-frame-options"), Some("DENY"), "{what}");
    let cache = page.header("cache-control").unwrap();
    // A page is kept by the browser of whoever is signed in, and asked about each time.
    let is_page = page.status == 200 && page.header("content-type").unwrap().starts_with("text/html");
    let own = if is_page && page.header("etag").is_some() { "private, no-cache" } else { "no-store" };
    assert!(cache == own || page.header("content-type").unwrap().starts_with("text/css"), "{what}: {cache}");
}

/// A world with something to hide.
async fn world(seed: u64) -> (Rig, pantau_server::serve::Running, SocketAddr) {
    let rig = Rig::memory(seed);
    let task = pantau_protocol::body::Directive { officer: None, role: None, due: rig.clock.now() + 60 };
    let body = pantau_protocol::body::Body::Directive(task);
    let at = pantau_tests::place("62.06.13.2001/001");
    let new = pantau_log::author::NewDeskRecord::new(rig.clock.now(), at, body)
        .with_note(pantau_protocol::note::Field::Note, "rahasia kantor");
    pantau_log::author::append(&rig.server, vec![new]).unwrap();
    web::operator_with(&rig, "siti", false, Rights::Admin);
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    (rig, running, to)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_there_is_nothing_but_the_way_in() {
    let (rig, running, to) = world(41).await;
    web::operator(&rig, "bekas", true);
    let good = web::signed_in(&rig, "siti");
    let other_world = Rig::memory(42);
    web::operator(&other_world, "siti", false);
    let ended = web::signed_in(&rig, "siti");
    rig.clock.pass(session::LIFE_S);
    let fresh = web::signed_in(&rig, "siti");
    let keys = [
        ("none", String::new()),
        ("disabled", web::signed_in(&rig, "bekas")),
        ("nobody's", web::signed_in(&rig, "hantu")),
        ("ended", ended),
        ("ended, too", good),
        ("another server's", web::signed_in(&other_world, "siti")),
        ("made up", format!("pantau_session={}", "ab".repeat(32))),
        ("short", "pantau_session=abcd".to_owned()),
        ("empty", "pantau_session=".to_owned()),
        ("under another name", fresh.replace("pantau_session", "__Host-pantau_session")),
        ("spoilt", fresh.replace('=', "=0")),
    ];
    for (path, methods, rule, at) in RULES {
        for (name, cookie) in keys.iter().filter(|_| rule == Rule::Program) {
            let what = format!("{path} with a session that is {name}");
            let page = get(to, at, cookie).await;
            tells_nothing(&page, &what);
            is_hardened(&page, &what);
            assert_eq!(page.status, 401, "{what}");
            assert_eq!(page.header("content-type"), Some("application/problem+json"), "{what}");
            assert!(page.body.contains("\"code\":\"not_signed_in\""), "{what}: {}", page.body);
        }
        for (name, cookie) in keys.iter().filter(|_| rule == Rule::Stream) {
            let what = format!("{path} with a session that is {name}");
            let page = get(to, at, cookie).await;
            tells_nothing(&page, &what);
            is_hardened(&page, &what);
            assert_eq!(page.status, 401, "{what}");
        }
        let ways = ["get", "post"].into_iter().filter(|method| methods.contains(method));
        let tries = keys.iter().flat_map(|key| ways.clone().map(move |method| (key, method.to_uppercase())));
        for ((name, cookie), method) in tries.filter(|_| rule == Rule::SignedIn) {
            let what = format!("{method} {path} with a session that is {name}");
            let method = method.as_str();
            let form = (method == "POST").then_some("csrf=0");
            let page = ask(to, method, at, cookie, form).await;
            tells_nothing(&page, &what);
            is_hardened(&page, &what);
            let refused = page.status == 403 && method == "POST";
            assert!(page.status == 303 || refused, "{what}: {}", page.status);
            assert!(page.status != 303 || page.header("location").unwrap().starts_with("/sign-in"), "{what}");
            assert!(page.status != 303 || page.body.is_empty(), "{what}");
        }
        if matches!(rule, Rule::SignedIn | Rule::Program) && methods.contains("get") {
            let page = get(to, at, &fresh).await;
            // No finding, directive or report has such an id, which only who is signed in is told.
            let is_there = if path.contains("/{id}") { 404 } else { 200 };
            assert_eq!(page.status, is_there, "{path}");
            is_hardened(&page, path);
        }
    }
    // A disabled operator loses the session that is open, at once.
    assert_eq!(get(to, "/", &fresh).await.status, 200);
    web::operator(&rig, "siti", true);
    assert_eq!(get(to, "/", &fresh).await.status, 303);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_get_no_answer() {
    let (rig, running, to) = world(43).await;
    let cookie = web::signed_in(&rig, "siti");
    let apart = running.monitor().unwrap();
    for (path, methods, rule, at) in RULES {
        let (to, outside) = if rule == Rule::Apart { (apart, Some(to)) } else { (to, None) };
        for method in METHODS.iter().filter(|m| !methods.contains(&m.to_lowercase())) {
            let page = ask(to, method, at, &cookie, Some("a=b")).await;
            assert_eq!(page.status, 405, "{method} {path}");
            tells_nothing(&page, path);
            if matches!(rule, Rule::SignedIn | Rule::Program | Rule::Stream | Rule::Open) {
                is_hardened(&page, path);
            }
        }
        if rule == Rule::Phones {
            let page = ask(to, "POST", at, &cookie, Some("halo=dunia")).await;
            assert_eq!((page.status, page.body.as_str()), (400, ""), "{path}");
        }
        if matches!(rule, Rule::Monitor | Rule::Apart) {
            let page = get(to, at, "").await;
            assert_eq!(page.status, 200, "{path}");
            tells_nothing(&page, path);
        }
        if let Some(outside) = outside {
            assert_eq!(get(outside, at, "").await.status, 303, "strangers are led to the sign-in");
            assert_eq!(get(outside, at, &cookie).await.status, 404, "{path}");
        } else if rule != Rule::Monitor {
            assert_eq!(get(apart, at, &cookie).await.status, 404, "{path} beside the metrics");
        }
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_is_taken_without_its_token() {
    let (rig, running, to) = world(44).await;
    let [mine, other] = [0, 1].map(|_| web::signed_in(&rig, "siti"));
    let right = get(to, "/", &mine).await.csrf();
    let wrong = [
        String::new(),
        "csrf=".into(),
        "csrf=0".into(),
        format!("csrf={}", "0".repeat(64)),
        format!("csrf={}", get(to, "/", &other).await.csrf()),
        format!("csrf={}", right.replace(&right[..2], if &right[..2] == "00" { "11" } else { "00" })),
        format!("csrf={}&csrf={right}x", &right[1..]),
        format!("token={right}"),
        format!("csrf={}", get(to, "/sign-in", "").await.csrf()),
    ];
    let posts =
        RULES.iter().filter(|(_, methods, rule, _)| methods.contains("post") && *rule != Rule::Phones);
    for (path, _, _, at) in posts {
        for form in &wrong {
            let page = ask(to, "POST", at, &mine, Some(form)).await;
            assert!(matches!(page.status, 403 | 422), "{path} takes {form}: {}", page.status);
            is_hardened(&page, path);
            assert_eq!(get(to, "/", &mine).await.status, 200, "{path} takes {form}");
        }
        // The token belongs into the form, not into the address.
        let page = ask(to, "POST", &format!("{at}?csrf={right}"), &mine, Some("a=b")).await;
        assert!(matches!(page.status, 403 | 422), "{path}");
    }
    let page = ask(to, "POST", "/sign-out", &mine, Some(&format!("csrf={right}"))).await;
    assert_eq!(page.status, 303);
    assert_eq!(get(to, "/", &mine).await.status, 303, "the session has ended");
    assert_eq!(get(to, "/", &other).await.status, 200, "the other one has not");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_takes_a_password_a_token_and_patience() {
    let (rig, running, to) = world(45).await;
    let hash = password::hash("tiang bendera", &[7; 16]).unwrap();
    for (username, disabled) in [("budi", false), ("bekas", true)] {
        let (username, password_hash) = (username.to_owned(), hash.clone());
        let operator = Operator { disabled, ..Operator::new(username, password_hash, 0, Rights::Desk) };
        store::write(rig.server.store(), |tx| tx.put_operator(&operator)).unwrap();
    }
    let form = get(to, "/sign-in", "").await;
    let sent = |csrf: &str, who: &str, secret: &str| format!("csrf={csrf}&username={who}&password={secret}");
    let enter = async |cookies: &str, form: String| ask(to, "POST", "/sign-in", cookies, Some(&form)).await;
    let refused = async |cookies: &str, form: String, status: u16, what: &str| {
        let page = enter(cookies, form).await;
        assert_eq!(page.status, status, "{what}");
        assert!(!page.cookies().contains("pantau_session"), "{what}");
        is_hardened(&page, what);
    };
    let (token, cookies) = (form.csrf(), form.cookies());
    refused("", sent(&token, "budi", "tiang+bendera"), 403, "no cookie").await;
    refused(&cookies, sent("0", "budi", "tiang+bendera"), 403, "no token").await;
    refused(&cookies, sent(&token, "bekas", "tiang+bendera"), 401, "disabled").await;
    refused(&cookies, sent(&token, "hantu", "tiang+bendera"), 401, "nobody").await;
    for _ in 0..4 {
        refused(&cookies, sent(&token, "budi", "salah"), 401, "a wrong password").await;
    }
    let page = enter(&cookies, sent(&token, "budi", "tiang+bendera")).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/")));
    assert_eq!(get(to, "/", &page.cookies()).await.status, 200);
    for _ in 0..5 {
        refused(&cookies, sent(&token, "budi", "salah"), 401, "a wrong password").await;
    }
    refused(&cookies, sent(&token, "budi", "tiang+bendera"), 429, "asleep").await;
    rig.clock.pass(31);
    let page = enter(&cookies, sent(&token, "budi", "tiang+bendera") + "&next=//evil.example").await;
    assert_eq!((page.status, page.header("location")), (303, Some("/")), "awake again, and not sent away");
    // A clock that was years ahead keeps nobody out, and nobody in, once it is put right.
    let now = rig.clock.now();
    rig.clock.set(now + 36 * 31_557_600);
    for _ in 0..5 {
        refused(&cookies, sent(&token, "budi", "salah"), 401, "a wrong password").await;
    }
    let ahead = web::signed_in(&rig, "budi");
    assert_eq!(get(to, "/", &ahead).await.status, 200);
    rig.clock.set(now + 36 * 31_557_600 - 60);
    assert_eq!(get(to, "/", &ahead).await.status, 200, "put back by a minute");
    rig.clock.set(now);
    assert_eq!(get(to, "/", &ahead).await.status, 303, "a session of 36 years");
    let page = enter(&cookies, sent(&token, "budi", "tiang+bendera")).await;
    assert_eq!(page.status, 303, "asleep for 36 years");
    assert_eq!(get(to, "/", &page.cookies()).await.status, 200);
    running.shutdown().await;
}

/// Addresses that try to be something else.
fn odd_addresses(rng: &mut Rng) -> Vec<String> {
    let tails = [
        "..",
        "../..",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cx",
        "....//....//etc/passwd",
        "%00",
        "a%00.css",
        "%ff%fe",
        "%",
        "%zz",
        "%c0%ae%c0%ae/",
        "desk.css/..",
        "desk.css%20",
        ".",
        "//",
        "~root",
        "file:///etc/passwd",
        "identity.json",
        "%2fetc%2fpasswd",
        "nul",
        "62.06.13%0d%0aset-cookie:x=y",
        "62.06.13'%20OR%201=1--",
        "62.06.13%22",
        "%F0%9F%92%A5",
        "-1",
        "0",
        "62",
        "62.",
        ".62",
        "62..06",
        "62.06.13.2001%2f001",
        "99.99.99.9999",
        "<script>",
        "%3Cscript%3E",
        "{code}",
        "$%7Bjndi:x%7D",
    ];
    let heads = [
        "/assets/",
        "/region/",
        "/tps/62.06.13.2001/",
        "/tps/",
        "/search?q=",
        "/incidents?place=",
        "/officers?who=",
        "/",
        "/region/62?lang=",
        "/sign-in?next=",
        "/api/v1/places/",
        "/api/v1/places?after=",
        "/api/v1/rollups?within=",
        "/export/tps.csv?within=",
    ];
    let mut all: Vec<String> =
        heads.iter().flat_map(|h| tails.iter().map(move |t| format!("{h}{t}"))).collect();
    all.push(format!("/region/{}", "6".repeat(5_000)));
    all.push(format!("/search?q={}", "%41".repeat(2_000)));
    for _ in 0..200 {
        let junk: String = (0..rng.usize(1..40)).map(|_| format!("%{:02x}", rng.u8(..))).collect();
        all.push(format!("{}{junk}", heads[rng.usize(0..heads.len())]));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_addresses_lead_nowhere() {
    let (rig, running, to) = world(46).await;
    let cookie = web::signed_in(&rig, "siti");
    for at in odd_addresses(&mut Rng::with_seed(46)) {
        for key in ["", cookie.as_str()] {
            let page = get(to, &at, key).await;
            assert!(matches!(page.status, 200 | 303 | 400 | 401 | 404 | 414), "{at}: {}", page.status);
            assert!(page.header("set-cookie").is_none_or(|c| !c.starts_with("x=")), "{at} writes a header");
            for file in ["root:x:", "PRIVATE", "[package]", "signing_seed", "\"seed\""] {
                assert!(!page.body.contains(file), "{at} shows a file");
            }
            // What hyper itself refuses never reaches the desk.
            if !page.head.is_empty() && page.status != 400 {
                is_hardened(&page, &at);
            }
            // The way in remembers where somebody wanted to go.
            if key.is_empty() && !at.starts_with("/sign-in") {
                tells_nothing(&page, &at);
            }
        }
    }
    // A place that is there and one that is not look the same from outside.
    let outside = async |at: &str| {
        let page = get(to, at, "").await;
        let head: Vec<String> =
            page.head.lines().filter(|l| !l.starts_with("date:")).map(|l| l.replace(at, "")).collect();
        (page.status, head, page.body)
    };
    for (there, not_there) in
        [("/tps/62.06.13.2001/001", "/tps/62.06.13.2001/009"), ("/region/62.06.13", "/region/62.06.99")]
    {
        assert_eq!(outside(there).await, outside(not_there).await);
    }
    running.shutdown().await;
}
