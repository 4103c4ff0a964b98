//! Hundreds of texts that break careless pages go through every field of the desk and through the notes of a phone: no
//! page runs, draws or obeys any of it, none is kept from anything by its policy, and none grows wider than a phone.

use pantau_browser::{Browser, Desk, hostile};
use pantau_core::{NewRecord, SyncEnd};
use pantau_protocol::{
    body::{Body, Category, Incident, Severity},
    note::Field,
};
use pantau_tests::{Campaign, place, sync};
use serde_json::{Value, json};

use crate::{PHONE, acts};

const VILLAGE: &str = "62.06.13.2001";
/// The kinds of told reports.
const KINDS: [&str; 7] = ["visit", "receive", "dispatch", "incident", "progress", "turnout", "standby"];

/// Nothing was planted by these steps.
async fn is_clean(browser: &Browser, steps: Vec<Value>, what: &str) {
    let planted = browser.planted(steps).await;
    assert_eq!(planted, Vec::<String>::new(), "{what}");
}

/// Fields that are shown again as they were typed, by addresses and by forms that are not taken.
fn shown_again(values: &[String]) -> Vec<Value> {
    let by_address = [
        ("/officers", "who"),
        ("/officers", "within"),
        ("/incidents", "place"),
        ("/report", "place"),
        ("/tps", "within"),
        ("/tps", "goods"),
        ("/", "since"),
        ("/", "at"),
        ("/directive/new", "conditions"),
        ("/directive/new", "of"),
        ("/officers/cards", "within"),
        ("/search", "next"),
    ];
    let asked = |value: &String| by_address.map(|(page, name)| json!({"page": page, "with": {name: value}}));
    values.iter().flat_map(asked).collect()
}

/// Fields of forms that are not taken: each comes back with its page, which is sent again with the next value.
fn forms_not_taken(values: &[String]) -> Vec<Value> {
    let chain = |page: &str, act: &dyn Fn(&String) -> Value| {
        let acts: Vec<Value> = values.iter().map(act).collect();
        json!({"page": page, "acts": acts})
    };
    let kind = |kind: &&str| {
        let every = |value: &String| json!({"form": "form.report", "every": value});
        chain(&format!("/report?place={VILLAGE}/001&kind={kind}"), &every)
    };
    let mut steps: Vec<Value> = KINDS.iter().map(kind).collect();
    let revoke = json!({"form": "form:has(button[value=revoke])", "press": "act=revoke"});
    let why = |value: &String| json!({"form": "form:has(#why)", "fill": {"why": value, "seen": "another"}});
    let revoke: Vec<Value> = std::iter::once(revoke).chain(values.iter().map(why)).collect();
    steps.extend([
        json!({"page": "/officer/1", "acts": revoke}),
        chain("/officer/1", &|value| json!({"form": "#make-code", "fill": {"hours": value, "url": value}})),
        chain(
            "/officer/1",
            &|value| json!({"form": "form:has(#place)", "fill": {"place": value, "role": "Camat"}}),
        ),
        chain("/directive/new?to=officer", &|value| {
            let fill = json!({"officer": value, "place": value, "text": value, "due": value});
            json!({"form": "main form", "press": "step=preview", "fill": fill})
        }),
        chain("/officers/cards?within=62", &|value| {
            let fill = json!({"within": value, "url": value, "hours": value});
            json!({"form": "main form[method=post]", "fill": fill})
        }),
    ]);
    steps
}

/// Words that the desk keeps: directives and why they are taken back, told reports, rulings, notes of a matter.
fn kept(values: &[String], finding: &str) -> Vec<Value> {
    let mut steps = Vec::new();
    for (value, n) in values.iter().zip(1..) {
        let give = [
            json!({"form": "main form", "fill": {"text": value}, "press": "step=preview"}),
            json!({"form": "main form", "press": "step=give"}),
        ];
        let take_back =
            json!({"form": "main form[action^='/directive/']", "fill": {"why": value}, "maybe": true});
        let acts = if n % 4 == 0 { [&give[..], &[take_back]].concat() } else { give.to_vec() };
        let told = json!({"officer": "", "informant": value, "note": value, "need": value, "category": "1"});
        let again = json!({"form": "form.report", "fill": {"officer": "1", "informant": ""}, "maybe": true});
        let why = |act: &str| json!({"form": format!("form:has(#why-{act})"), "fill": {"why": value}, "maybe": true});
        steps.extend([
            json!({"page": "/directive/new?to=officer&officer=1", "acts": acts}),
            json!({"page": format!("/report?place={VILLAGE}/00{}&kind=incident", n % 5 + 1),
                "acts": [{"form": "form.report", "fill": told}, again, again]}),
            json!({"page": finding, "acts": [why("close"), why("reopen")]}),
            json!({"page": "/attention", "acts": [{"form": "form:has(textarea[name=note])", "fill": {"note": value},
                "press": "act=note"}]}),
            json!({"page": "/attention?of=free", "acts": [{"form": "form:has([data-take])", "press": "act=take"}]}),
            json!({"page": "/shift", "acts": [{"form": "main form[action='/shift']", "fill": {"note": value}}]}),
        ]);
    }
    steps
}

/// A phone tells of incidents with them; what it does not take is too long for any note.
async fn said_by_phone(desk: &Desk, values: &[String]) {
    for (value, n) in values.iter().zip(1..) {
        let body = Body::Incident(Incident { category: Category::Weather, severity: Severity::Medium });
        let mut new = NewRecord::new(place(&format!("{VILLAGE}/00{}", n % 5 + 1)), body);
        new.note = Some(value.clone());
        new.notes.push((Field::Need, value.clone()));
        let is_taken = desk.phone().capture(new).is_ok();
        assert_eq!(is_taken, value.len() <= pantau_protocol::limit::NOTE_BYTES, "{value:?}");
    }
    assert_eq!(sync(desk.phone()).await, SyncEnd::Done);
}

/// Goes to a page and all that follow it; the text of all of them.
async fn look_at(browser: &Browser, first: &str) -> String {
    let (mut path, mut text) = (first.to_owned(), String::new());
    loop {
        browser.goto(&path).await;
        browser.value("void document.querySelectorAll('details').forEach(d => d.open = true)").await;
        let width = browser.value("document.documentElement.scrollWidth").await.as_u64().unwrap();
        assert!(width <= u64::from(PHONE.0), "{path} is {width} pixels wide");
        is_clean(browser, Vec::new(), &path).await;
        text += &browser.text("document.querySelector('main').textContent").await;
        let next = "(a => a ? a.pathname + a.search : '')(document.querySelector('.pager a[rel=next]'))";
        path = browser.text(next).await;
        if path.is_empty() {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask test --only browser"]
async fn nothing_that_is_typed_or_said_becomes_a_part_of_a_page() {
    let campaign = Campaign::new("hostile", 500);
    let texts = hostile::texts(campaign.seed(), usize::try_from(campaign.games()).unwrap());
    let values = |word| hostile::values(&texts, word);
    let desk = Desk::start().await;
    desk.another_operator("budi");
    acts::a_box_is_missing(&desk);
    let words: Vec<&str> = texts.iter().map(String::as_str).collect();
    let people: Vec<_> = words.iter().map(|text| (*text, "0800-7")).collect();
    let named = desk.imports(&people);
    assert!(named > texts.len() / 4, "{named} are names");
    said_by_phone(&desk, &values("phone")).await;

    let browser = Browser::signed_in(desk.addr, PHONE).await;
    acts::to_finding(&browser).await;
    let finding = browser.text("location.pathname").await;
    let search = texts.iter().map(|text| json!({"page": "/search", "with": {"q": text}}));
    is_clean(&browser, search.collect(), "searched for").await;
    is_clean(&browser, shown_again(&values("again")), "shown again").await;
    is_clean(&browser, forms_not_taken(&values("refused")), "forms that are not taken").await;
    is_clean(&browser, kept(&values("kept"), &finding), "words that are kept").await;

    let stranger = Browser::open(desk.addr, PHONE).await;
    stranger.goto("/sign-in").await;
    let enter = |text: &String| {
        let fill = json!({"username": text, "password": text, "next": text});
        json!({"form": "form[action='/sign-in']", "fill": fill})
    };
    let enter: Vec<Value> = texts.iter().map(enter).collect();
    is_clean(&stranger, vec![json!({"page": "/sign-in", "acts": enter})], "names of a sign-in").await;
    stranger.fill("#username", &texts[0]).await;
    stranger.fill("#password", &texts[0]).await;
    stranger.click(".sign-in button").await;
    is_clean(&stranger, Vec::new(), "a name of a sign-in").await;
    assert_eq!(stranger.complaints().await, Vec::<String>::new());
    drop(stranger);

    let many = ["/incidents", "/directives", "/attention", "/officers"];
    let mut shown = String::new();
    for page in
        many.into_iter().chain(["/", "/shift", "/findings", &finding, "/officer/1", "/officers/cards"])
    {
        shown += &look_at(&browser, page).await;
    }
    for n in 1..=5 {
        shown += &look_at(&browser, &format!("/tps/{VILLAGE}/00{n}")).await;
    }
    for text in texts.iter().take(12) {
        let asked: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        look_at(&browser, &format!("/search?q={asked}")).await;
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    // They are there, or all of this shows nothing.
    for word in ["phone", "kept"] {
        let here = (0..values(word).len()).filter(|n| shown.contains(&format!("[{word}{n}]"))).count();
        assert!(here * 10 >= values(word).len() * 8, "{here} values of {word} stand on pages");
    }
}
