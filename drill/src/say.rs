//! What people in the field say, made up: bodies, notes and positions that look like a province at work.
//! Every text is invented; no real person is named.

use fastrand::Rng;
use pantau_protocol::{
    body::{
        Answer, Body, Category, CustodyKind, Incident, Line, LineState, Receive, Rest, Seal, SealState,
        Severity, Situation, Standby, Turnout, Visit, Way,
    },
    checklist::Checklist,
    note::Field,
    place::Place,
    profile::Profile,
    record::{Basis, Fix},
};

use crate::plan::Post;

/// One thing said: what a capture screen would hand to the core.
#[derive(Debug, Clone)]
pub struct Said {
    /// The place it is about.
    pub place: Place,
    /// What it rests on.
    pub basis: Basis,
    /// Where the author stood.
    pub fix: Option<Fix>,
    /// The body.
    pub body: Body,
    /// Notes, by field.
    pub notes: Vec<(Field, String)>,
}

const WORDS: &[&str] = &[
    "TPS",
    "sudah",
    "siap",
    "belum",
    "lengkap",
    "jalan",
    "rusak",
    "licin",
    "sungai",
    "surut",
    "pasang",
    "kelotok",
    "perahu",
    "menunggu",
    "logistik",
    "dari",
    "kecamatan",
    "tiba",
    "pagi",
    "sore",
    "ketua",
    "KPPS",
    "lapor",
    "kurang",
    "satu",
    "kotak",
    "surat",
    "suara",
    "segel",
    "utuh",
    "hujan",
    "deras",
    "tenda",
    "bocor",
    "dipindah",
    "balai",
    "desa",
    "listrik",
    "padam",
    "genset",
    "dipakai",
    "sinyal",
    "lemah",
    "bilik",
    "diganti",
    "aman",
    "terkendali",
    "mohon",
    "tindak",
    "lanjut",
    "DPT",
    "terpasang",
    "saksi",
    "hadir",
    "jembatan",
    "putus",
    "lewat",
    "darat",
    "BBM",
    "habis",
    "besok",
    "dicek",
    "ulang",
    "warga",
    "membantu",
];
const GIVEN: &[&str] =
    &["Anton", "Rina", "Yanto", "Marlina", "Hendri", "Susi", "Jainudin", "Lisa", "Gatot", "Erna"];
const FAMILY: &[&str] = &["Contoh", "Misal", "Umpama", "Karangan", "Rekaan"];

/// An invented name that says so.
pub fn name(rng: &mut Rng) -> String {
    format!("{} {}", pick(rng, GIVEN), pick(rng, FAMILY))
}

fn pick<'a>(rng: &mut Rng, list: &[&'a str]) -> &'a str {
    list.get(rng.usize(..list.len())).copied().unwrap_or_default()
}

/// A sentence of up to `most` characters; empty if `most` is small.
pub fn sentence(rng: &mut Rng, most: usize) -> String {
    let mut text = String::new();
    loop {
        let word = pick(rng, WORDS);
        if text.len() + word.len() + 1 > most {
            return text;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
}

fn notes(rng: &mut Rng, basis: Basis, chance: f64, most: usize) -> Vec<(Field, String)> {
    let mut notes = Vec::new();
    let most = rng.usize(..=most);
    let text = sentence(rng, most);
    if rng.f64() < chance && !text.is_empty() {
        notes.push((Field::Note, text));
    }
    if basis.is_told() {
        notes.push((Field::Informant, format!("{}, KPPS", name(rng))));
    }
    notes
}

fn fix_at(rng: &mut Rng, post: &Post) -> Option<Fix> {
    let (lat, lon) = (post.lat?, post.lon?);
    // A cheap phone under a tin roof: no fix in one of ten, else some metres off.
    (rng.f64() < 0.9).then(|| Fix {
        lat: lat + rng.i32(-15..=15),
        lon: lon + rng.i32(-15..=15),
        accuracy: rng.u32(4..60),
        mock: false,
    })
}

/// Remote places are often reported by phone or radio instead of being seen (domain: half of what a
/// camat knows is told).
fn basis(rng: &mut Rng, post: &Post) -> Basis {
    use pantau_protocol::body::Access;
    let told = match post.access {
        Access::VeryRemote => 0.55,
        Access::Remote => 0.3,
        Access::Regular | Access::Other(_) => 0.08,
    };
    if rng.f64() >= told {
        Basis::Seen
    } else if rng.bool() {
        Basis::ToldByPhone
    } else {
        Basis::ToldByRadio
    }
}

/// A camat's visit.
pub fn visit(rng: &mut Rng, post: &Post, list: &Checklist) -> Said {
    let basis = basis(rng, post);
    let answers = list
        .items
        .iter()
        .map(|_| match rng.u32(..100) {
            0..80 => Answer::Ok,
            80..90 => Answer::NotOk,
            90..95 => Answer::NotApplicable,
            _ => Answer::Blank,
        })
        .collect();
    let way = match rng.u32(..20) {
        0..14 => Some(Way::Good),
        14..18 => Some(Way::Hard),
        18 => Some(Way::Cut),
        _ => None,
    };
    let body = Body::Visit(Visit { checklist: list.number, version: list.version, answers, way });
    let fix = if basis == Basis::Seen { fix_at(rng, post) } else { None };
    Said { place: post.place.clone(), basis, fix, body, notes: notes(rng, basis, 0.6, 140) }
}

/// A field officer confirms what arrived.
pub fn receive(rng: &mut Rng, post: &Post, profile: &Profile) -> Said {
    let sealed = rng.f64() < 0.25;
    let mut lines = Vec::new();
    for item in &profile.kit {
        let want = item.quantity.of(post.voters);
        if sealed || rng.f64() >= 0.05 || want == 0 {
            continue;
        }
        let off = rng.u32(1..=(want / 10).clamp(1, 12));
        let damaged = if rng.f64() < 0.3 { off } else { 0 };
        lines.push(Line {
            item: item.number,
            state: LineState::Counted,
            good: want - off.min(want),
            damaged,
            missing: off - damaged,
            kit: None,
        });
    }
    let state = |rng: &mut Rng| if rng.f64() < 0.02 { SealState::Broken } else { SealState::Intact };
    let seals = (0..rng.usize(0..3))
        .map(|_| Seal { number: format!("SG-{:08}", rng.u32(..100_000_000)), state: state(rng), kit: None })
        .collect();
    let body = Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: if sealed { Rest::SealedAsDispatched } else { Rest::CountedAsExpected },
        lines,
        seals,
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    });
    let mut notes = notes(rng, Basis::Seen, 0.2, 80);
    notes.push((Field::Receiver, name(rng)));
    Said { place: post.place.clone(), basis: Basis::Seen, fix: fix_at(rng, post), body, notes }
}

/// An obstacle.
pub fn incident(rng: &mut Rng, post: &Post) -> Said {
    let category = Category::ALL.get(rng.usize(..Category::ALL.len())).copied().unwrap_or(Category::Else);
    let severity = match rng.u32(..10) {
        0..5 => Severity::Low,
        5..9 => Severity::Medium,
        _ => Severity::High,
    };
    let notes = vec![(Field::Note, sentence(rng, 100)), (Field::Need, sentence(rng, 40))];
    let body = Body::Incident(Incident { category, severity });
    Said { place: post.place.clone(), basis: Basis::Seen, fix: fix_at(rng, post), body, notes }
}

/// Voters so far, growing by the hour.
pub fn turnout(rng: &mut Rng, post: &Post, hour: u32) -> Said {
    let share = f64::from(hour.saturating_sub(7).min(6)) / 6.0 * (0.6 + 0.3 * rng.f64());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of at most 2,000 voters"
    )]
    let voters = (f64::from(post.voters) * share) as u32;
    let body = Body::Turnout(Turnout { hour, voters });
    Said { place: post.place.clone(), basis: Basis::Seen, fix: None, body, notes: Vec::new() }
}

/// A roll call of the team at `place`.
pub fn standby(rng: &mut Rng, place: &Place) -> Said {
    let team = rng.u32(5..14);
    let situation = match rng.u32(..20) {
        0..17 => Situation::Calm,
        17..19 => Situation::Alert,
        _ => Situation::Obstacle,
    };
    let body = Body::Standby(Standby {
        present: team - rng.u32(0..3),
        team,
        situation,
        no_obstacle: situation == Situation::Calm && rng.bool(),
    });
    Said {
        place: place.clone(),
        basis: Basis::Seen,
        fix: None,
        body,
        notes: notes(rng, Basis::Seen, 0.2, 60),
    }
}
