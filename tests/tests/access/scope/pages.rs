//! What people wrote is text on every page: the same pages are made twice, once from harmless words and once
//! from hostile ones, and must have the same tags with the same attributes.

use fastrand::Rng;
use pantau_log::author::{self, NewDeskRecord};
use pantau_protocol::{
    body::{
        Body, CustodyKind, Directive, Grant, Officer, Receive, Region, RegionLevel, Rest, Seal, SealState,
    },
    checklist::Checklist,
    note::{CarriedNote, Field, Note, Salt},
    profile::Profile,
    record::{Basis, Record},
    role::Role,
};
use pantau_tests::place;

use super::said;
use crate::{hand::Hand, rig::Rig, web};

/// Texts that become more than text where a page forgets to escape.
const HOSTILE: [&str; 40] = [
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<img src=x onerror=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<base href=\"//evil.example/\">",
    "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<form action=//evil.example><button>masuk</button>",
    "<input autofocus onfocus=alert(1)>",
    "<a href=\"javascript:alert(1)\">di sini</a>",
    "javascript:alert(1)",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "x onmouseover=alert(1) y",
    "\" autofocus onfocus=alert(1) x=\"",
    "<!--",
    "-->",
    "<![CDATA[ <script>alert(1)</script> ]]>",
    "<?xml version=\"1.0\"?>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\u{feff}<script>alert(1)</script>",
    "\u{202e}<script>alert(1)</script>\u{2028}\u{2029}",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "\r\n\r\n<script>alert(1)</script>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "{{ 7 * 7 }} {% include \"x\" %} ${7*7} #{7*7}",
    "\\\"><script>alert(1)</script>",
    "`><script>alert(1)</script>",
    "</main></body></html><script>alert(1)</script>",
];

/// Text number `n`: the number makes it one that can be looked for.
fn text(hostile: bool, n: usize) -> String {
    if hostile { format!("{} u{n:02}u", HOSTILE[n]) } else { format!("kata biasa u{n:02}u") }
}

const TPS: [&str; 5] =
    ["62.06.13.2001/001", "62.06.13.2001/002", "62.06.13.2001/003", "62.06.13.2002/001", "62.06.13.2002/002"];

/// A world in which every text is one of the list.
fn world(hostile: bool) -> Rig {
    let (rig, mut rng) = (Rig::memory(51), Rng::with_seed(51));
    let text = |n: usize| text(hostile, n % HOSTILE.len());
    desk_says(&rig, text);
    let mut hand = Hand::new(&rig.server, &mut rng);
    rig.officer(99, Role::FieldOfficer, "62.06.13");
    rig.admit(99, &hand.key.public());
    let mut say = |at: &str, basis: Basis, body: &Body, fields: &[Field], n: usize| {
        let record = Record { basis, ..Record::new(rig.clock.now(), place(at), body) };
        let note = |f: &Field| Note { field: *f, salt: Salt([n as u8; 16]), text: text(n) };
        let notes = fields.iter().map(note).map(CarriedNote::Whole).collect();
        hand.write(record.to_payload(), notes);
    };
    for n in 0..HOSTILE.len() {
        let at = TPS[n % TPS.len()];
        let receive = Receive {
            at: CustodyKind::Transit,
            label: Some(text(n)),
            dispatch: None,
            rest: Rest::SealedAsDispatched,
            lines: Vec::new(),
            seals: vec![Seal { number: text(n), state: SealState::Broken, kit: None }],
            kits: Vec::new(),
            containers: Vec::new(),
            form: None,
        };
        say(at, Basis::ToldByPhone, &said::body(1), &[Field::Note, Field::Informant], n);
        say(at, Basis::Seen, &said::body(4), &[Field::Note, Field::Need], n);
        say(at, Basis::Seen, &Body::Receive(receive), &[Field::Note, Field::Receiver], n);
        say(at, Basis::Seen, &said::body(7), &[Field::Note], n);
        // Next door: set aside, and shown as that.
        say("62.06.14.2001/001", Basis::Seen, &said::body(4), &[Field::Note], n);
    }
    hand.push(&mut rng);
    web::operator(&rig, &text(1), false);
    rig
}

/// Names, tasks, questions: what the desk itself brings in.
fn desk_says(rig: &Rig, text: impl Fn(usize) -> String) {
    let now = rig.clock.now();
    let mut all = Vec::new();
    for n in 0..HOSTILE.len() {
        let number = 100 + u32::try_from(n).unwrap();
        let village = format!("62.06.13.{}", 3_000 + n);
        let name = Region { level: RegionLevel::Village, name: text(n), ended: None };
        all.push(NewDeskRecord::new(now, place(&village), Body::Region(name)));
        let officer = Body::Officer(Officer { officer: number });
        let officer = NewDeskRecord::new(now, place(TPS[0]), officer);
        all.push(officer.with_note(Field::Name, text(n)).with_note(Field::Phone, text(n)));
        let grant = Grant { officer: number, role: Role::Camat, ended: false, new_person: false };
        all.push(NewDeskRecord::new(now, place(&village), Body::Grant(grant)));
        let task = Body::Directive(Directive { officer: Some(number), role: None, due: now + 60 });
        all.push(NewDeskRecord::new(now, place(TPS[n % TPS.len()]), task).with_note(Field::Note, text(n)));
    }
    let mut list = Checklist::shipped().into_iter().next().unwrap();
    for (n, item) in list.items.iter_mut().enumerate() {
        (item.id, item.en) = (text(n), text(n));
    }
    let mut profile = Profile::shipped().into_iter().next().unwrap();
    profile.version += 1;
    for (n, item) in profile.kit.iter_mut().enumerate() {
        (item.id, item.en, item.source) = (text(n), text(n), text(n));
    }
    (profile.id, profile.en, profile.zone) = (text(2), text(3), text(0).chars().take(30).collect());
    all.push(NewDeskRecord::new(now, place("62"), Body::Checklist(list)));
    all.push(NewDeskRecord::new(now, place("62"), Body::Profile(Box::new(profile))));
    author::append(&rig.server, all).unwrap();
}

/// The tags of a page in order, each with the names of its attributes and where it leads.
fn skeleton(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, inside)) = rest.split_once('<') {
        let mut tag = String::from("<");
        let (mut quote, mut end) = (None, inside.len());
        for (at, c) in inside.char_indices() {
            match (quote, c) {
                (None, '>') => {
                    end = at;
                    break;
                }
                (None, '"' | '\'') => quote = Some(c),
                (Some(q), _) if q == c => quote = None,
                (Some(_), _) => continue,
                (None, _) => tag.push(c),
            }
        }
        for (before, _) in inside[..end].match_indices("href=\"").chain(inside[..end].match_indices("src=\""))
        {
            let link = inside[before..end].split('"').nth(1).unwrap();
            // A phone number is called; whatever stands in it, nothing else follows from a `tel:` link.
            let is_ours = link.starts_with('/') && !link.starts_with("//")
                || link.starts_with('#')
                || link.starts_with("tel:");
            assert!(is_ours, "a page leads to {link}");
        }
        tags.push(tag);
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    tags
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_words_on_every_page() {
    let worlds = [world(false), world(true)];
    let mut pages: Vec<Vec<(String, String)>> = Vec::new();
    for (hostile, rig) in [false, true].into_iter().zip(&worlds) {
        let (running, cookie) = (rig.serve().await, web::signed_in(rig, &text(hostile, 1)));
        let to = running.addr().unwrap();
        let mut asked: Vec<String> = [
            "/",
            "/?lang=en",
            "/region/62",
            "/region/62.06",
            "/region/62.06.13",
            "/region/62.06.13.2001",
            "/incidents",
            "/incidents?place=62.06.13",
            "/directives",
            "/officers",
            "/officers?lang=en",
            "/quarantine",
        ]
        .map(str::to_owned)
        .into();
        asked.extend(TPS.map(|t| format!("/tps/{t}")));
        asked.extend((0..HOSTILE.len()).map(|n| format!("/region/62.06.13.{}", 3_000 + n)));
        for n in 0..HOSTILE.len() {
            let words = escaped(&text(hostile, n));
            asked.extend(
                ["search?q", "officers?who", "incidents?place", "sign-in?next"]
                    .map(|p| format!("/{p}={words}")),
            );
        }
        let mut made = Vec::new();
        for at in asked {
            // Whoever is signed in is sent on from the sign-in.
            let cookie = if at.starts_with("/sign-in") { "" } else { &cookie };
            let page = web::get(to, &at, cookie).await;
            // A list that is narrowed to no place says that there is no such list.
            assert!(matches!(page.status, 200 | 400), "{at}: {}", page.status);
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{at}");
            made.push((at, page.body));
        }
        pages.push(made);
        running.shutdown().await;
    }
    for ((at, harmless), (hostile_at, hostile)) in pages[0].iter().zip(&pages[1]) {
        // What is searched for in other words is found elsewhere.
        if at.starts_with("/search?q=") {
            continue;
        }
        let (meant, found) = (skeleton(harmless), skeleton(hostile));
        let differs = meant.iter().zip(&found).find(|(a, b)| a != b);
        assert!(
            meant == found,
            "{at} and {hostile_at}: {differs:?}, {} and {} tags",
            meant.len(),
            found.len()
        );
        for words in HOSTILE.iter().filter(|w| w.contains('<') || w.contains('"')) {
            assert!(!hostile.contains(words), "{hostile_at} has {words:?} as it was written");
        }
    }
    shows_all(&pages[1]);
}

/// The hostile words were there to be shown: every one, on every page that has them.
fn shows_all(pages: &[(String, String)]) {
    let on = |at: &str| pages.iter().find(|p| p.0 == at).map(|p| p.1.as_str()).unwrap();
    for n in 0..HOSTILE.len() {
        let mark = format!("u{n:02}u");
        let tps = on(&format!("/tps/{}", TPS[n % TPS.len()]));
        // Visit with informant, incident twice, receipt with receiver, label and seal, roll call, task.
        assert!(tps.matches(&mark).count() >= 8, "{mark} stands {} times", tps.matches(&mark).count());
        for at in ["/officers", "/directives", "/quarantine", "/incidents"] {
            assert!(on(at).contains(&mark), "{mark} is not on {at}");
        }
        assert!(on(&format!("/region/62.06.13.{}", 3_000 + n)).contains(&mark), "{mark}");
    }
}
