//! Programs that read: each sees its region and nothing else, as long as its token is in force, and what nobody
//! reported is unknown to it and never zero.

use std::collections::BTreeSet;

use fastrand::Rng;
use pantau_desk::auth::token::{self, Wanted};
use pantau_log::{
    author::{self, NewDeskRecord},
    ops,
    store::{self, ReadToken},
};
use pantau_protocol::{
    body::{
        Body, Containers, CustodyKind, Dispatch, Packed, Point, Receive, Region, RegionLevel, Rest, Seal,
        SealState, Situation, Standby,
    },
    note::Field,
    record::{Basis, Record},
    role::Role,
};
use pantau_server::serve::Running;
use pantau_tests::place;
use serde_json::Value;

use crate::{
    hand::Hand,
    rig::Rig,
    web::{self, Page, get, read_by},
};

/// Beyond the tables: an officer reports from there all the same.
const UNLISTED: &str = "62.06.13.2001/077";
pub(crate) const HERE: &str = "62.06.13.2001/001";
pub(crate) const NEXT_DOOR: &str = "62.06.14.2001/001";

/// A token, and its text.
pub(crate) fn made(rig: &Rig, within: &str, names: bool) -> (ReadToken, String) {
    let wanted = Wanted { name: format!("papan-{within}"), within: place(within), names, days: 2 };
    let (token, text) = token::make(rig.server.env(), wanted).unwrap();
    store::write(rig.server.store(), |tx| tx.put_read_token(&token)).unwrap();
    (token, text)
}

/// A world in which a kit left with a label that is a formula, boxes nobody counted came, and a TPS that no table has
/// spoke.
pub(crate) fn world(seed: u64) -> Rig {
    let (rig, mut rng) = (Rig::memory(seed), Rng::with_seed(seed));
    let mut hand = Hand::new(&rig.server, &mut rng);
    rig.officer(99, Role::Camat, "62.06.13");
    rig.grant(99, Role::LogisticsStaff, "62.06.13", false);
    rig.admit(99, &hand.key.public());
    let now = rig.clock.now();
    let mut say = |at: &str, body: &Body| {
        hand.write(
            Record { basis: Basis::Seen, ..Record::new(now, place(at), body) }.to_payload(),
            Vec::new(),
        );
    };
    let to = Point { kind: CustodyKind::Transit, place: place("62.06.13.2001"), label: Some("=1+1".into()) };
    let dispatch = Dispatch {
        from: CustodyKind::Warehouse,
        from_label: None,
        to,
        kits: vec![place(HERE)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    };
    let receive = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: vec![Seal { number: "+K1".into(), state: SealState::Broken, kit: None }],
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    };
    say("62.06.13", &Body::Dispatch(dispatch));
    say("62.06.13.2001/002", &Body::Receive(receive));
    say(
        UNLISTED,
        &Body::Standby(Standby { present: 3, team: 7, situation: Situation::Alert, no_obstacle: false }),
    );
    hand.push(&mut rng);
    let name = Region { level: RegionLevel::Village, name: "-2+3|Desa".into(), ended: None };
    author::append(&rig.server, vec![NewDeskRecord::new(now, place("62.06.13.2001"), Body::Region(name))])
        .unwrap();
    rig
}

pub(crate) async fn served(rig: &Rig) -> (Running, std::net::SocketAddr) {
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    (running, to)
}

pub(crate) fn json(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap_or_else(|e| panic!("{e}: {}", page.body))
}

pub(crate) fn refused(page: &Page, status: u16, code: &str, what: &str) {
    assert_eq!((page.status, json(page)["code"].as_str()), (status, Some(code)), "{what}: {}", page.body);
    assert_eq!(page.header("content-type"), Some("application/problem+json"), "{what}");
    assert_eq!(json(page)["status"], status, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_reads_its_region_and_nothing_else() {
    let rig = world(61);
    let (running, to) = served(&rig).await;
    let (_, mine) = made(&rig, "62.06.13", false);
    let paths = [
        "/api/v1/places?limit=500",
        "/api/v1/rollups",
        "/export/tps.csv",
        "/export/custody.csv",
        "/export/silence.csv",
    ];
    for path in paths {
        let page = read_by(to, path, &mine).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(page.body.contains("62.06.13.2001"), "{path} shows its own: {}", page.body);
        assert!(!page.body.contains("62.06.14"), "{path} shows what lies next door: {}", page.body);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
    }
    let outside = ["62.06.14", NEXT_DOOR, "62.06", "62", "62.06.1", "62.06.14.2001/999"];
    for at in outside {
        for path in [
            "/api/v1/places?within=",
            "/api/v1/rollups?within=",
            "/export/tps.csv?within=",
            "/export/custody.csv?within=",
            "/export/findings.csv?within=",
            "/export/silence.csv?within=",
            "/api/v1/findings?within=",
        ] {
            refused(&read_by(to, &format!("{path}{at}"), &mine).await, 403, "outside_scope", path);
        }
        for path in [format!("/api/v1/places/{at}"), format!("/api/v1/places/{}", at.replace('/', "%2F"))] {
            refused(&read_by(to, &path, &mine).await, 403, "outside_scope", &path);
            refused(&read_by(to, &format!("{path}/custody"), &mine).await, 403, "outside_scope", &path);
        }
    }
    let total = json(&read_by(to, "/api/v1/rollups", &mine).await);
    assert_eq!((&total["place"]["code"], &total["total"]["tps"]), (&"62.06.13".into(), &10.into()));
    // A session reads everything; a token that is wrong is not saved by one.
    web::operator(&rig, "siti", false);
    let cookie = web::signed_in(&rig, "siti");
    assert!(get(to, "/api/v1/places?limit=500", &cookie).await.body.contains(NEXT_DOOR));
    let both = format!("{cookie}\r\nauthorization: Bearer pantau_x");
    refused(&get(to, "/api/v1/places", &both).await, 401, "token_invalid", "beside a session");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_in_time_and_at_once_when_revoked() {
    let rig = world(62);
    let (running, to) = served(&rig).await;
    let ((first, first_text), (second, second_text)) =
        (made(&rig, "62.06", false), made(&rig, "62.06.13", false));
    let read = async |text: &str| read_by(to, "/api/v1/rollups", text).await;
    assert_eq!((read(&first_text).await.status, read(&second_text).await.status), (200, 200));
    let kept = |id: &str| store::read(rig.server.store(), |view| view.read_token(id)).unwrap().unwrap();
    assert_eq!(kept(&first.id).used_on, Some(token::day(rig.clock.now())), "the day of its use is kept");
    let secret = first_text.rsplit('_').next().unwrap();
    assert_ne!(pantau_protocol::hash::hex(&kept(&first.id).secret_hash), secret);
    let revoked = ReadToken { revoked_at: Some(rig.clock.now()), ..kept(&first.id) };
    store::write(rig.server.store(), |tx| tx.put_read_token(&revoked)).unwrap();
    refused(&read(&first_text).await, 401, "token_revoked", "revoked");
    rig.clock.pass(86_400 + 1);
    assert_eq!(read(&second_text).await.status, 200);
    assert_eq!(kept(&second.id).used_on, Some(token::day(rig.clock.now())), "and of the last use");
    assert_eq!(kept(&first.id), revoked, "a use does not bring a revoked one back");
    rig.clock.pass(86_400);
    let page = read(&second_text).await;
    refused(&page, 401, "token_expired", "expired");
    assert!(page.header("www-authenticate").is_some_and(|v| v.starts_with("Bearer")));
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_are_counted_as_wrong_passwords_are() {
    let rig = world(63);
    let (running, to) = served(&rig).await;
    let (token, text) = made(&rig, "62.06", false);
    let (_, other) = made(&rig, "62.06.13", false);
    let wrong = format!("pantau_{}_{}", token.id, "0".repeat(64));
    let read = async |text: &str| read_by(to, "/api/v1/rollups", text).await;
    for _ in 0..5 {
        refused(&read(&wrong).await, 401, "token_invalid", "a wrong secret");
    }
    let page = read(&text).await;
    refused(&page, 429, "too_many_tries", "asleep, the right one, too");
    assert_eq!(page.header("retry-after"), Some("30"));
    assert_eq!(read(&other).await.status, 200, "other tokens are awake");
    rig.clock.pass(31);
    assert_eq!(read(&text).await.status, 200, "awake again");
    // From one source at any token: fifty, of which five are counted already.
    let mut judged = 0;
    for n in 0..60 {
        judged += u32::from(read(&format!("pantau_{n:016x}_{}", "0".repeat(64))).await.status == 401);
    }
    assert_eq!(judged, 45);
    let metrics = get(running.monitor().unwrap(), "/metrics", "").await.body;
    assert!(metrics.contains("pantau_token_tries_total{outcome=\"wrong\"} 50\n"), "{metrics}");
    // Requests of one program at the same time are no wrong tries.
    rig.clock.pass(3_601);
    let mut many = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let text = text.clone();
        many.spawn(async move { read_by(to, "/api/v1/rollups", &text).await.status });
    }
    assert!(many.join_all().await.iter().all(|status| *status == 200));
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_is_a_formula_and_every_tps_has_its_line() {
    let rig = world(64);
    let (running, to) = served(&rig).await;
    let (_, text) = made(&rig, "62", true);
    for path in ["/export/tps.csv", "/export/custody.csv"] {
        let page = read_by(to, path, &text).await;
        let lines: Vec<&str> = page.body.split("\r\n").filter(|line| !line.is_empty()).collect();
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let columns = cells(lines[0]).len();
        let codes: Vec<String> = lines[1..].iter().map(|line| cells(line)[0].clone()).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 16, "{path}: {codes:?}");
        assert!(codes.is_sorted() && codes.contains(&UNLISTED.to_owned()), "{path}: {codes:?}");
        for line in &lines {
            assert_eq!(cells(line).len(), columns, "{path}: {line}");
            for cell in cells(line) {
                let is_number = cell.parse::<i64>().is_ok();
                assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{path}: {cell}");
            }
        }
        assert!(!page.body.starts_with('\u{feff}'));
        let with_bom = read_by(to, &format!("{path}?bom=1&within=62.06"), &text).await;
        assert_eq!(with_bom.body, format!("\u{feff}{}", page.body));
        let name = with_bom.header("content-disposition").unwrap();
        assert!(name.starts_with("attachment") && name.contains("-62.06.csv"), "{name}");
    }
    let custody = read_by(to, "/export/custody.csv", &text).await.body;
    for cell in [",'=1+1,", ",'+K1,"] {
        assert!(custody.contains(cell), "{cell}: {custody}");
    }
    assert!(read_by(to, "/export/tps.csv", &text).await.body.contains(",'-2+3|Desa,"));
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_said_is_null_and_never_zero() {
    let rig = world(65);
    let (running, to) = served(&rig).await;
    let (_, text) = made(&rig, "62", false);
    let read = async |path: &str| json(&read_by(to, &format!("/api/v1/{path}"), &text).await);
    let custody = read(&format!("places/{HERE}/custody")).await;
    let leg = &custody["custody"]["legs"][0];
    assert_eq!(leg["containers"]["sent"], 5, "{custody}");
    for unknown in ["received", "damaged", "missing", "open", "over"] {
        assert!(leg["containers"].as_object().unwrap().contains_key(unknown), "{unknown}");
        assert_eq!(leg["containers"][unknown], Value::Null, "{unknown}: {custody}");
    }
    assert_eq!(leg["seals"]["intact"], Value::Null, "{custody}");
    assert_eq!(
        (&custody["custody"]["whereabouts"]["status"], &leg["taken"]),
        (&"on_the_way".into(), &Value::Null)
    );
    let silent = read(&format!("places/{NEXT_DOOR}")).await;
    let state = &silent["state"];
    for unknown in ["last_word", "is_kit_complete", "arrival", "kit_at", "turnout_believed", "standby"] {
        assert!(state.as_object().unwrap().contains_key(unknown), "{unknown}");
        assert_eq!(state[unknown], Value::Null, "{unknown}: {silent}");
    }
    let items = state["items"].as_array().unwrap();
    assert!(
        items.len() > 5 && items.iter().all(|item| item["good"].is_null() && item["short"].is_null()),
        "{silent}"
    );
    assert_eq!(read(&format!("places/{NEXT_DOOR}/custody")).await["custody"], Value::Null);
    let sums = read("rollups").await;
    assert_eq!((&sums["total"]["turnout"], &sums["total"]["turnout_tps"]), (&Value::Null, &0.into()));
    let csv = read_by(to, &format!("/export/custody.csv?within={HERE}"), &text).await.body;
    let lines: Vec<Vec<&str>> = csv.split("\r\n").map(|line| line.split(',').collect()).collect();
    let cell = |name: &str| lines[1][lines[0].iter().position(|column| *column == name).unwrap()];
    assert_eq!(
        [cell("containers_sent"), cell("containers_received"), cell("containers_open")],
        ["5", "", ""]
    );
    // Who says so, on what basis, when.
    let unlisted = read(&format!("places/{UNLISTED}")).await;
    let by = &unlisted["state"]["standby"]["by"];
    assert_eq!((&unlisted["place"]["is_listed"], &by["basis"]), (&false.into(), &"seen".into()));
    assert_eq!((&by["officer"], &by["officer_name"]), (&99.into(), &Value::Null));
    assert_eq!(by["at"]["unix"], rig.clock.now());
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_together_hold_every_place_once() {
    let rig = world(66);
    let (running, to) = served(&rig).await;
    let (_, text) = made(&rig, "62", false);
    for (kind, within, count) in
        [("all", "62", 23), ("region", "62", 7), ("tps", "62.06.13", 11), ("tps", UNLISTED, 1)]
    {
        for limit in [1, 2, 3, 7, 22, 23, 500] {
            let (mut codes, mut after) = (Vec::new(), None::<String>);
            loop {
                let behind = after.map_or_else(String::new, |after| format!("&after={after}"));
                let path = format!("/api/v1/places?kind={kind}&within={within}&limit={limit}{behind}");
                let page = json(&read_by(to, &path, &text).await);
                let places = page["places"].as_array().unwrap_or_else(|| panic!("{path}: {page}"));
                assert!(places.len() <= limit && !places.is_empty(), "{path}: {page}");
                codes.extend(places.iter().map(|place| place["code"].as_str().unwrap().to_owned()));
                after = page["next_after"].as_str().map(str::to_owned);
                if after.is_none() {
                    break;
                }
            }
            assert!(codes.is_sorted_by(|a, b| a < b), "{kind} {within} {limit}: {codes:?}");
            assert_eq!(codes.len(), count, "{kind} {within} {limit}: {codes:?}");
        }
    }
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("kind=desa", "kind"),
        ("withn=62", "withn"),
        ("within=a%20b", "within"),
    ] {
        let page = read_by(to, &format!("/api/v1/places?{query}"), &text).await;
        refused(&page, 400, "bad_parameter", query);
        assert_eq!(json(&page)["field"], field);
    }
    refused(&read_by(to, "/api/v1/places/62.06.99", &text).await, 404, "place_not_found", "no such place");
    refused(&read_by(to, "/api/v1/places/62.06/custody", &text).await, 404, "not_a_tps", "a region");
    refused(&read_by(to, "/api/v1/nothing", &text).await, 404, "not_found", "no such address");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_for_those_who_may_read_them_and_go_when_erased() {
    let rig = world(67);
    let officer = author::append(
        &rig.server,
        vec![
            NewDeskRecord::new(
                rig.clock.now(),
                place("62.06.13"),
                Body::Officer(pantau_protocol::body::Officer { officer: 99 }),
            )
            .with_note(Field::Name, "Kenari Rahasia".to_owned()),
        ],
    )
    .unwrap()[0];
    let (running, to) = served(&rig).await;
    let ((_, plain), (_, named)) = (made(&rig, "62", false), made(&rig, "62", true));
    let paths = [
        format!("/api/v1/places/{UNLISTED}"),
        format!("/api/v1/places/{HERE}/custody"),
        "/export/tps.csv".into(),
        "/export/custody.csv".into(),
    ];
    for path in &paths {
        assert!(read_by(to, path, &named).await.body.contains("Kenari Rahasia"), "{path}");
        assert!(!read_by(to, path, &plain).await.body.contains("Kenari"), "{path}");
    }
    let tag = read_by(to, &paths[0], &named).await.header("etag").unwrap().to_owned();
    let again =
        async |token: &str| read_by(to, &paths[0], &format!("{token}\r\nif-none-match: {tag}")).await.status;
    assert_eq!(
        (again(&named).await, again(&plain).await),
        (304, 200),
        "what one reader has is not another's"
    );
    ops::erase(&rig.server, officer, Field::Name).unwrap();
    rig.server.follow().unwrap();
    assert_eq!(again(&named).await, 200, "the log says something new");
    for path in &paths {
        let page = read_by(to, path, &named).await;
        assert!(page.status == 200 && !page.body.contains("Kenari"), "{path}: {}", page.body);
    }
    running.shutdown().await;
}
