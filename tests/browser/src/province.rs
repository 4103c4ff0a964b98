//! All TPS of the province, on the eve of the vote, and what the desk wrote down of them: goods came to half of the TPS,
//! a third was visited, boxes are missing here and there, incidents are open.

use pantau_drill::province::{self, Person};
use pantau_log::{
    DataDir, Env,
    author::{self, NewDeskRecord},
    import::{self, Files, Source},
    ops::{self, InitOptions},
};
use pantau_protocol::{
    body::{
        Answer, Body, Category, Containers, CustodyKind, Dispatch, Found, Incident, Packed, Point, Receive,
        Rest, Severity, Visit, Way,
    },
    checklist::Checklist,
    place::Place,
    profile::Profile,
};

/// Seconds until polling opens: the eve.
const AHEAD_S: i64 = 13 * 3_600;
/// Records that the desk writes in one go.
const STRIDE: usize = 1_000;

/// Makes the data directory.
pub(crate) fn make(dir: &DataDir) {
    let options =
        InitOptions { regions: vec![Place::new("62").unwrap()], desk_name: "Desk Pemilu (uji)".into() };
    let server = ops::init(dir, &Env::real(), &options).unwrap();
    let posts = province::posts().unwrap();
    let people: Vec<Person> = province::people(&posts, 272);
    let officers = province::officers_csv(&people, &mut fastrand::Rng::with_seed(1));
    fn source<'a>(name: &'a str, text: &'a str) -> Option<Source<'a>> {
        Some(Source { name, bytes: text.as_bytes() })
    }
    let files = Files {
        regions: source("regions.csv", province::REGIONS_CSV),
        tps: source("tps.csv", province::TPS_CSV),
        officers: source("officers.csv", &officers),
        ..Files::default()
    };
    let mut content = import::parse(&files).unwrap();
    content.decided.synthetic = true;
    let now = server.now();
    let profile = Profile::shipped().into_iter().next().unwrap();
    let later = now + AHEAD_S - profile.opens_at;
    content.profile = Some(Profile {
        opens_at: profile.opens_at + later,
        closes_at: profile.closes_at + later,
        logistics_due: profile.logistics_due + later,
        ..profile
    });
    content.checklists = Checklist::shipped();
    let plan = import::plan(&content, &import::Known::nothing()).unwrap();
    import::apply(&server, plan).unwrap();
    let said = posts.iter().zip(0..).flat_map(|(post, n)| of_tps(&post.place, n, now)).collect::<Vec<_>>();
    for part in said.chunks(STRIDE) {
        author::append(&server, part.to_vec()).unwrap();
    }
}

/// What is said of a TPS.
fn of_tps(tps: &Place, n: usize, now: i64) -> Vec<NewDeskRecord> {
    let at = now - 86_400 + i64::try_from(n % 80_000).unwrap();
    let mut said = Vec::new();
    if n.is_multiple_of(2) {
        said.push(NewDeskRecord::new(at, tps.clone(), arrival(5)));
    }
    if n.is_multiple_of(3) {
        let answers = vec![Answer::Ok; 15];
        let visit = Visit { checklist: 1, version: 1, answers, way: Some(Way::Good) };
        said.push(NewDeskRecord::new(at, tps.clone(), Body::Visit(visit)));
    }
    if n.is_multiple_of(200) {
        said.push(NewDeskRecord::new(at - 3_600, tps.district(), dispatch(tps)));
        said.push(NewDeskRecord::new(at + 60, tps.clone(), arrival(4)));
    }
    if n.is_multiple_of(100) {
        let severity = if n.is_multiple_of(1_000) { Severity::High } else { Severity::Medium };
        let incident = Body::Incident(Incident { category: Category::Weather, severity });
        said.push(NewDeskRecord::new(at, tps.clone(), incident));
    }
    said
}

/// Of five boxes so many came.
fn arrival(good: u32) -> Body {
    Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: vec![Found { good, damaged: 0, missing: 5 - good, kit: None }],
        form: None,
    })
}

fn dispatch(tps: &Place) -> Body {
    Body::Dispatch(Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Tps, place: tps.clone(), label: None },
        kits: vec![tps.clone()],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    })
}
