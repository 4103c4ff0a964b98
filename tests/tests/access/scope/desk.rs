//! The desk of one kecamatan: every route × whoever asks × the own region and the one next door. What lies next door is on
//! no page, in no answer and in no table, and nothing there is changed. Made from the table of routes, so that a new
//! route is in it at once.

use std::{collections::BTreeSet, net::SocketAddr};

use fastrand::Rng;
use pantau_desk::auth::session;
use pantau_log::{
    author::{self, NewDeskRecord},
    ops::{self, Act, Evidence, Frozen, Letter},
    store::{self, Operator, Rights},
};
use pantau_protocol::{
    body::{Body, Directive, Rule as Finds},
    note::{CarriedNote, Field, Note, Salt},
    place::Scope,
    record::Record,
    role::Role,
};
use pantau_tests::place;

use super::{
    routes::{RULES, Rule},
    said,
};
use crate::{
    api::{HERE, NEXT_DOOR, made},
    findings::{at, troubled},
    hand::Hand,
    rig::Rig,
    web::{self, Page, ask, get, read_by},
};

const MINE: &str = "62.06.13";
const THEIRS: &str = "62.06.14";
/// A kit came there that nobody says he sent, as it did next door.
const ALSO_HERE: &str = "62.06.13.2001/002";
/// What only whoever sees next door may read.
const SECRETS: [&str; 7] =
    ["Hilir", "62.06.14", "6206142001", "Camat Misal", "0800-3", "Petugas Misal", "rahasia sebelah"];

/// A world in which much is going on on both sides.
fn world(seed: u64) -> Rig {
    let (rig, mut rng) = (troubled(seed), Rng::with_seed(seed));
    // What is said next door to its author is set aside, and is about the place that it names.
    for (officer, about, words) in [
        (1, vec![HERE, NEXT_DOOR], "kata sini"),
        (3, vec![NEXT_DOOR], "rahasia sebelah"),
        (6, vec![HERE], "kata sini"),
    ] {
        let mut hand = Hand::new(&rig.server, &mut rng);
        rig.admit(officer, &hand.key.public());
        for at in about {
            for body in [said::body(1), said::body(4)] {
                let note = Note { field: Field::Note, salt: Salt([7; 16]), text: words.into() };
                let record = Record::new(rig.clock.now(), place(at), &body);
                hand.write(record.to_payload(), vec![CarriedNote::Whole(note)]);
            }
        }
        hand.push(&mut rng);
    }
    for (key, words) in [(MINE, "kata sini"), (THEIRS, "rahasia sebelah")] {
        let due = rig.clock.now() + 60;
        let task = Body::Directive(Directive { officer: None, role: Some(Role::Camat), due });
        let task = NewDeskRecord::new(rig.clock.now(), place(key), task);
        author::append(&rig.server, vec![task.with_note(Field::Note, words)]).unwrap();
    }
    rig.server.follow().unwrap();
    rig
}

/// Somebody of the desk who is signed in.
fn signed_in(rig: &Rig, name: &str, rights: Rights, within: Option<&str>) -> String {
    let scope = within.map(|code| Scope::new([place(code)]));
    let operator = Operator { scope, ..Operator::new(name, "$argon2id$", rig.clock.now(), rights) };
    store::write(rig.server.store(), |tx| tx.put_operator(&operator)).unwrap();
    web::signed_in(rig, name)
}

/// One who asks.
enum Who {
    Cookie(&'static str, String),
    Token(&'static str, String),
}

impl Who {
    fn name(&self) -> &'static str {
        match self {
            Self::Cookie(name, _) | Self::Token(name, _) => name,
        }
    }

    async fn get(&self, to: SocketAddr, address: &str) -> Page {
        match self {
            Self::Cookie(_, cookie) => get(to, address, cookie).await,
            Self::Token(_, token) => read_by(to, address, token).await,
        }
    }
}

/// What an address is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// The own region.
    Mine,
    /// The one next door.
    Theirs,
    /// No place of its own: whatever the reader may see.
    All,
}

/// The addresses of a route: of both sides where its path names something, and otherwise the plain one and whatever might
/// narrow it to next door.
fn addresses(route: &str, [mine, theirs]: &[Named; 2]) -> Vec<(Of, String)> {
    let sides = [(Of::Mine, MINE, "62.06.13.2001", mine), (Of::Theirs, THEIRS, "62.06.14.2001", theirs)];
    if !route.contains('{') {
        let narrowed =
            ["place=62.06.14", "within=62.06.14", "who=Misal", "q=Hilir", "q=62.06.14.2001/001", "closed=1"];
        let queries = narrowed.into_iter().map(|query| (Of::All, format!("{route}?{query}")));
        return std::iter::once((Of::All, route.to_owned())).chain(queries).collect();
    }
    let fill = |(of, region, village, named): (Of, &str, &str, &Named)| {
        let (id, number) = match route {
            "/directive/{id}" => (&named.directive, "001"),
            _ if route.starts_with("/daily/") => (&named.daily, "001"),
            "/officer/{number}" => (&named.finding, named.officer),
            _ => (&named.finding, "001"),
        };
        let is_tps = route.contains("{number}");
        let code = match route {
            _ if is_tps => village.to_owned(),
            _ if route.ends_with("/custody") => format!("{village}%2F001"),
            _ => region.to_owned(),
        };
        let address =
            route.replace("{code}", &code).replace("{village}", village).replace("{number}", number);
        let mut address = address.replace("{id}", id);
        if route.ends_with("/records") {
            address.push_str(&format!("?figure=tps&place={region}"));
        }
        assert!(!address.contains('{'), "{route}: say in this file what its parts stand for");
        (of, address)
    };
    sides.into_iter().map(fill).collect()
}

/// The secrets that a page tells, but for those that it was asked for by.
fn told(page: &Page, address: &str) -> BTreeSet<&'static str> {
    let is_told = |secret: &&&str| !address.contains(**secret) && page.body.contains(**secret);
    SECRETS.iter().filter(is_told).copied().collect()
}

fn routes() -> impl Iterator<Item = &'static (&'static str, &'static str, Rule, &'static str)> {
    RULES.iter().filter(|(_, methods, rule, _)| {
        methods.contains("get") && matches!(rule, Rule::SignedIn | Rule::Program)
    })
}

/// What pages of one side are about.
struct Named {
    finding: String,
    directive: String,
    daily: String,
    officer: &'static str,
}

/// A daily report of a region, frozen.
fn daily(rig: &Rig, region: &str) -> String {
    let then = rig.server.places().unwrap().then(rig.clock.now() - 60).unwrap();
    match ops::freeze(&rig.server, &then, &place(region), &Letter::default()).unwrap() {
        Frozen::Done(id) | Frozen::Already(id) => id.to_string(),
        other => panic!("{other:?}"),
    }
}

fn named(rig: &Rig) -> [Named; 2] {
    // A daily report is of a moment that has passed.
    rig.clock.pass(120);
    [(ALSO_HERE, MINE, "1"), (NEXT_DOOR, THEIRS, "3")].map(|(code, region, officer)| {
        let directives = rig.server.places().unwrap().directives(usize::MAX).unwrap();
        let there = directives.into_iter().find(|(at, _)| *at == place(region));
        Named {
            finding: at(rig, Finds::ReceivedWithoutDispatch, code).id.to_string(),
            directive: there.unwrap().1.mark.record.to_string(),
            daily: daily(rig, region),
            officer,
        }
    })
}

/// The address of something of that kind that is nowhere.
fn nowhere(address: &str, theirs: &Named) -> String {
    let zeros = |id: &str| id.replace(|c: char| c != '-', "0");
    address
        .replace("62.06.14", "62.06.99")
        .replace(&theirs.finding, &zeros(&theirs.finding))
        .replace(&theirs.directive, &zeros(&theirs.directive))
        .replace(&theirs.daily, &zeros(&theirs.daily))
        .replace("/officer/3", "/officer/999")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_the_region_next_door() {
    let rig = world(91);
    let ids = named(&rig);
    let mut who: Vec<Who> =
        [("viewer", Rights::Viewer), ("operator", Rights::Desk), ("admin", Rights::Admin)]
            .map(|(name, rights)| Who::Cookie(name, signed_in(&rig, name, rights, Some(MINE))))
            .into();
    who.push(Who::Token("token", made(&rig, MINE, true).1));
    let whole = Who::Cookie("whole", signed_in(&rig, "whole", Rights::Viewer, None));
    let next_door = Who::Cookie("next door", signed_in(&rig, "sebelah", Rights::Desk, Some(THEIRS)));
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    let mut shows = BTreeSet::new();
    for (route, _, rule, _) in routes() {
        for (of, address) in addresses(route, &ids) {
            let everything = whole.get(to, &address).await;
            if !told(&everything, &address).is_empty() {
                shows.insert(*route);
            }
            for who in &who {
                let is_token = matches!(who, Who::Token(..));
                if is_token && *rule != Rule::Program && !route.starts_with("/export") {
                    continue;
                }
                let (page, what) = (who.get(to, &address).await, format!("{address} for the {}", who.name()));
                let told = told(&page, &address);
                assert!(told.is_empty(), "{what} tells {told:?}: {}", page.body);
                match of {
                    Of::Mine => assert_eq!(page.status, everything.status, "{what}: {}", page.body),
                    // A program is told that it is outside, by the code alone; a page is not there.
                    Of::Theirs if *rule == Rule::Program => {
                        assert!(matches!(page.status, 403 | 404), "{what}: {}", page.status);
                    }
                    Of::Theirs => assert_eq!(page.status, 404, "{what}"),
                    Of::All => {
                        assert!(
                            matches!(page.status, 200 | 303 | 400 | 403 | 404 | 422),
                            "{what}: {}",
                            page.status
                        );
                        // Forms are not for whoever only reads.
                        let is_form = page.status == 403
                            && matches!(*route, "/directive/new" | "/officers/cards" | "/report");
                        let is_shown = page.status == 200 || is_form;
                        assert!(address.contains('?') || is_shown, "{what}: {}", page.status);
                    }
                }
            }
            // What is nowhere is answered like what lies next door.
            if of == Of::Theirs {
                let mine = &who[1];
                let nowhere = nowhere(&address, &ids[1]);
                let (there, nowhere) = (mine.get(to, &address).await, mine.get(to, &nowhere).await);
                assert_eq!(there.status, nowhere.status, "{address}");
                let there = next_door.get(to, &address).await;
                assert_eq!(there.status, 200, "{address} is there for whoever may see it");
            }
        }
    }
    // Only what can be told can leak: all of these tell whoever sees everything.
    for route in [
        "/findings",
        "/logistics",
        "/turnout",
        "/chart/tiles.svg",
        "/silence",
        "/incidents",
        "/directives",
        "/daily",
        "/daily/{id}",
        "/daily/{id}/records",
        "/officers",
        "/quarantine",
        "/tps",
        "/search",
        "/region/{code}",
        "/tps/{village}/{number}",
        "/finding/{id}",
        "/export/tps.csv",
        "/export/custody.csv",
        "/export/findings.csv",
        "/export/silence.csv",
        "/api/v1/places",
        "/api/v1/rollups",
        "/api/v1/findings",
    ] {
        assert!(shows.contains(route), "{route} had nothing to hide");
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_in_force_neither_side_is_told() {
    let rig = world(92);
    let ids = named(&rig);
    let expired = signed_in(&rig, "lama", Rights::Admin, None);
    rig.clock.pass(session::LIFE_S);
    let disabled = signed_in(&rig, "bekas", Rights::Admin, None);
    web::operator_with(&rig, "bekas", true, Rights::Admin);
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    for (name, cookie) in [("nobody", String::new()), ("disabled", disabled), ("expired", expired)] {
        for (route, _, rule, _) in routes() {
            for (_, address) in addresses(route, &ids) {
                let page = get(to, &address, &cookie).await;
                assert!(told(&page, &address).is_empty() && !page.body.contains("Hulu"), "{address}, {name}");
                let status = if *rule == Rule::Program { 401 } else { 303 };
                assert_eq!(page.status, status, "{address}, {name}");
            }
        }
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_about_the_region_next_door() {
    let rig = world(93);
    let ids = named(&rig);
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    let decide = async |cookie: &str, id: &str| {
        let csrf = get(to, "/", cookie).await.csrf();
        let all = ops::findings(&rig.server).unwrap();
        let seen = Evidence::of(&all, id.parse().unwrap(), Act::Close).unwrap();
        let form = format!("csrf={csrf}&act=close&evidence={seen}&through=1&extent=all&why=Alasan");
        ask(to, "POST", &format!("/finding/{id}"), cookie, Some(&form)).await
    };
    for (name, rights, status) in
        [("viewer", Rights::Viewer, 403), ("operator", Rights::Desk, 404), ("admin", Rights::Admin, 404)]
    {
        let cookie = signed_in(&rig, name, rights, Some(MINE));
        let before = rig.rows().len();
        let page = decide(&cookie, &ids[1].finding).await;
        assert_eq!((page.status, rig.rows().len()), (status, before), "{name}: {}", page.body);
        assert!(told(&page, "").is_empty(), "{name}: {}", page.body);
    }
    let cookie = signed_in(&rig, "operator", Rights::Desk, Some(MINE));
    let before = rig.rows().len();
    let page = decide(&cookie, &ids[0].finding).await;
    assert_eq!((page.status, rig.rows().len()), (303, before + 1), "at home he does: {}", page.body);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_and_the_counts_are_of_the_own_region_and_follow_a_change_at_once() {
    let rig = world(94);
    let cookie = signed_in(&rig, "operator", Rights::Desk, Some(MINE));
    let whole = signed_in(&rig, "whole", Rights::Desk, None);
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    let count = |page: &Page, label: &str| {
        let (_, rest) =
            page.body.split_once(&format!(">{label} (")).unwrap_or_else(|| panic!("{}", page.body));
        rest.split(')').next().unwrap().parse::<u64>().unwrap()
    };
    let (mine, all) = (get(to, "/", &cookie).await, get(to, "/", &whole).await);
    assert!(mine.body.contains("Hulu Dua") && all.body.contains("Kabupaten Contoh"), "{}", mine.body);
    for label in ["Temuan", "Kendala", "Ditangguhkan"] {
        assert!((1..count(&all, label)).contains(&count(&mine, label)), "{label}: {}", mine.body);
    }
    // Another answer, another tag: a browser that is used by two never shows one the page of the other.
    let tag = |page: &Page| page.header("etag").unwrap().to_owned();
    let [of_mine, of_all] = [&cookie, &whole].map(|c| c.clone());
    let path = "/api/v1/places?limit=500";
    let (of_mine, of_all) = (get(to, path, &of_mine).await, get(to, path, &of_all).await);
    assert_ne!(tag(&of_mine), tag(&of_all));
    // Two regions: both, and nothing else.
    let two = Some(Scope::new([place(MINE), place("62.06.14.2001/002")]));
    let change = |scope| {
        store::write(rig.server.store(), |tx| {
            let known = tx.operator("operator")?.unwrap();
            tx.put_operator(&Operator { scope, ..known })
        })
        .unwrap();
    };
    change(two);
    let list = get(to, "/api/v1/places?limit=500", &cookie).await;
    assert!(
        list.body.contains("62.06.14.2001/002") && !list.body.contains("62.06.14.2001/001"),
        "{}",
        list.body
    );
    for path in
        ["/", "/findings", "/incidents", "/silence", "/tps", "/directives", "/quarantine", "/export/tps.csv"]
    {
        let page = get(to, path, &cookie).await;
        assert!(page.status == 200 && !page.body.contains("62.06.14.2001/001"), "{path}: {}", page.body);
    }
    // A scope that names nothing sees nothing.
    change(Some(Scope::nothing()));
    for path in
        ["/", "/tps", "/officers", "/incidents", "/api/v1/places", "/export/tps.csv", "/export/findings.csv"]
    {
        let page = get(to, path, &cookie).await;
        let is_told = page.body.contains("Hulu") || page.body.contains("62.06");
        assert!(page.status == 200 && !is_told, "{path}: {}", page.body);
    }
    running.shutdown().await;
}
