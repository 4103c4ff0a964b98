//! Trains the zstd dictionary that ships in `protocol/assets`, on the drill's own records and on nothing
//! else. Same seed, same libzstd: same bytes.

use fastrand::Rng;
use pantau_protocol::{
    body::{Body, Region, RegionLevel, Tps},
    cbor,
    checklist::{Checklist, Venue},
    exchange::{Head, LogRow, Page, Request, RowKind, ShortCursor},
    journal::DeviceId,
    note::{CarriedNote, Note, Salt, SaltSeed},
    profile::Profile,
    record::Record,
    segment::{Segment, SentRecord},
    time::{Anchor, Envelope},
};

use crate::{
    plan::Post,
    province::{self, Damaged},
    say,
};

/// Size of the dictionary in bytes: what `design` fixed for phones.
const DICTIONARY_BYTES: usize = 16 << 10;
const SEED: u64 = 20_240_214;
/// Frames to learn from. zstd advises about 100 times the dictionary's size.
const SAMPLES: usize = 6_000;

/// Trains and returns the dictionary.
pub fn dictionary() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let samples = samples()?;
    Ok(zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?)
}

fn samples() -> Result<Vec<Vec<u8>>, Damaged> {
    let posts = province::posts()?;
    let lists = Checklist::shipped();
    let profiles = Profile::shipped();
    let (Some(list), Some(profile)) = (lists.iter().find(|l| l.venue == Venue::Tps), profiles.first()) else {
        return Ok(Vec::new());
    };
    let mut rng = Rng::with_seed(SEED);
    let mut samples = Vec::new();
    for n in 0..SAMPLES {
        let Some(home) = posts.get(rng.usize(..posts.len())) else { continue };
        let near: Vec<&Post> = posts.iter().filter(|p| p.place.parent() == home.place.parent()).collect();
        let mut at = profile.opens_at - rng.i64(0..6 * 86_400);
        // Mostly short pushes: they are where a dictionary pays.
        let count = [1, 1, 1, 2, 3, 5, 12, 40].get(rng.usize(..8)).copied().unwrap_or(1);
        let records: Vec<SentRecord> = (0..count)
            .map(|i| {
                at += rng.i64(30..4000);
                record(&mut rng, &near, list, profile, at, i == 0)
            })
            .collect();
        samples.push(if n % 5 == 4 {
            page(&mut rng, records, &near)
        } else {
            request(&mut rng, records, at)
        });
    }
    Ok(samples)
}

fn record(
    rng: &mut Rng,
    near: &[&Post],
    list: &Checklist,
    profile: &Profile,
    at: i64,
    anchored: bool,
) -> SentRecord {
    let post = near.get(rng.usize(..near.len().max(1))).copied();
    let Some(post) = post else { return SentRecord { payload: Vec::new(), notes: Vec::new() } };
    let said = match rng.u32(..100) {
        0..45 => say::visit(rng, post, list),
        45..85 => say::receive(rng, post, profile),
        85..90 => say::incident(rng, post),
        90..95 => say::turnout(rng, post, 7 + (at % 7).unsigned_abs() as u32),
        _ => say::standby(rng, &post.place.district()),
    };
    let mut record = Record::new(at, said.place, &said.body);
    record.basis = said.basis;
    record.fix = said.fix;
    record.anchor =
        anchored.then(|| Anchor { time: at - rng.i64(0..40_000), mac: rng.u64(..).to_be_bytes() });
    let mut notes: Vec<Note> =
        said.notes.into_iter().map(|(field, text)| Note { field, salt: Salt(bytes16(rng)), text }).collect();
    notes.sort_by_key(|n| n.field.number());
    SentRecord { payload: record.to_payload(), notes: notes.into_iter().map(CarriedNote::Whole).collect() }
}

fn bytes16(rng: &mut Rng) -> [u8; 16] {
    rng.u128(..).to_be_bytes()
}

fn request(rng: &mut Rng, mut records: Vec<SentRecord>, at: i64) -> Vec<u8> {
    let seed = SaltSeed(bytes16(rng));
    for (record, n) in records.iter_mut().zip(0..) {
        let seed = seed.after(n);
        for note in &mut record.notes {
            if let CarriedNote::Whole(note) = note {
                note.salt = seed.salt(note.field);
            }
        }
    }
    let mut request = Request::new(Head { seq: 0, link: [0; 8] }, at);
    // The records reach to the end of the journal.
    request.head = None;
    let log = rng.u64(..).to_be_bytes();
    request.cursor = Some(ShortCursor { log, position: 20_000 + rng.u64(..40_000) });
    let seed = records.iter().any(|r| !r.notes.is_empty()).then_some(seed);
    request.segment = Some(Segment { base: rng.u64(..).to_be_bytes(), seed, records });
    cbor::to_vec(&request)
}

/// A page of others' records and of reference data, as a phone pulls them.
fn page(rng: &mut Rng, records: Vec<SentRecord>, near: &[&Post]) -> Vec<u8> {
    let (device, desk) = (DeviceId(bytes16(rng)), DeviceId(bytes16(rng)));
    let mut rows = Vec::new();
    let mut row = |device, payload, notes| {
        let position = rows.len() as u64 + 1;
        let envelope = Envelope { received_at: 1_707_800_000 + position.cast_signed(), not_before: 0 };
        let kind = RowKind::Record;
        rows.push(LogRow { position, kind, device, branch: 0, seq: position, envelope, payload, notes });
    };
    for post in near {
        let body = Body::Tps(Tps {
            voters: post.voters,
            male: Some(post.voters / 2),
            lat: post.lat,
            lon: post.lon,
            access: post.access,
            signal: post.signal,
            ended: None,
        });
        row(desk, Record::new(1_707_000_000, post.place.clone(), &body).to_payload(), Vec::new());
        if let Some(village) = post.place.parent() {
            let region =
                Body::Region(Region { level: RegionLevel::Village, name: "Tumbang".into(), ended: None });
            row(desk, Record::new(1_707_000_000, village, &region).to_payload(), Vec::new());
        }
    }
    for record in records {
        row(device, record.payload, record.notes);
    }
    cbor::to_vec(&Page::pack(&rows))
}
