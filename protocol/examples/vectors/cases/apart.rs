//! One segment taken apart, byte by byte, and segments that are refused.

use minicbor::{Decoder, data::Type};
use pantau_protocol::{
    body::*,
    cbor,
    hash::unhex,
    journal::{self, RecordId},
    note::{CarriedNote, Field, Note, Salt, SaltSeed},
    segment::{Segment, SentRecord},
};
use serde_json::{Value, json};

use super::{PHONE, bodies, hex_of, key};

/// Number of the first record.
const FIRST: u64 = 4;
/// What salts follow from, at the first record.
const SEED: SaltSeed = SaltSeed([0x5e; 16]);

/// The note of record `seq` whose salt follows from the seed.
fn seeded(seq: u64, field: Field, text: &str) -> CarriedNote {
    CarriedNote::Whole(Note { field, salt: SEED.after(seq - FIRST).salt(field), text: text.into() })
}

fn salted(field: Field, salt: u8, text: &str) -> Note {
    Note { field, salt: Salt([salt; 16]), text: text.into() }
}

fn records() -> Vec<(&'static str, SentRecord)> {
    let payload = |body: &Body| bodies::payload(body).to_payload();
    let visit = payload(&bodies::visit());
    let incident =
        payload(&Body::Incident(Incident { category: Category::Access, severity: Severity::High }));
    let turnout = payload(&Body::Turnout(Turnout { hour: 10, voters: 131 }));
    let kept_back = salted(Field::Need, 3, "perahu").commitment();
    let of = |payload: &[u8], notes| SentRecord { payload: payload.to_vec(), notes };
    vec![
        ("no notes; the seed goes one on all the same", of(&turnout, vec![])),
        (
            "a note whose salt follows from the seed",
            of(&visit, vec![seeded(5, Field::Note, "jalan putus di km 12")]),
        ),
        (
            "a note with a salt of its own, and one of which only the commitment travels",
            of(
                &incident,
                vec![
                    CarriedNote::Whole(salted(Field::Note, 1, "Jembatan putus di Tumbang Samba")),
                    CarriedNote::Committed(Field::Need, kept_back),
                ],
            ),
        ),
        ("no record at all: chained, and quarantined", of(b"?", vec![])),
        (
            "an empty text, and two notes salted by one seed",
            of(&visit, vec![seeded(8, Field::Note, ""), seeded(8, Field::Informant, "Ketua KPPS")]),
        ),
        (
            "a field of a newer version",
            of(&turnout, vec![seeded(9, Field::Other(77), "sesuatu yang belum dikenal")]),
        ),
        (
            "notes out of order: chained as they stand, and quarantined",
            of(&incident, vec![seeded(10, Field::Need, "perahu"), seeded(10, Field::Note, "banjir")]),
        ),
    ]
}

/// A walk over bytes that keeps each piece with what it says.
struct Walk<'a> {
    d: Decoder<'a>,
    bytes: &'a [u8],
    at: usize,
    pieces: Vec<Value>,
}

impl Walk<'_> {
    /// Ends a piece here.
    fn says(&mut self, what: &str) {
        let piece = &self.bytes[self.at..self.d.position()];
        self.pieces.push(json!({ "at": self.at, "bytes": hex_of(piece), "says": what }));
        self.at = self.d.position();
    }

    fn list(&mut self, what: &str) -> u64 {
        let n = self.d.array().unwrap().unwrap();
        self.says(&format!("list of {n}: {what}"));
        n
    }

    fn note(&mut self) {
        let parts = self.list("a note");
        let field = Field::from_number(self.d.u32().unwrap());
        self.says(&format!("field {} ({})", field.number(), field.name()));
        if self.d.datatype().unwrap() == Type::Bytes {
            self.d.bytes().unwrap();
            return self.says("byte string of 32: the commitment");
        }
        let text = self.d.str().unwrap().to_owned();
        self.says(&format!("text string of {}: {text:?}", text.len()));
        if parts == 3 {
            self.d.bytes().unwrap();
            self.says("byte string of 16: the salt");
        }
    }
}

fn pieces(bytes: &[u8]) -> Vec<Value> {
    let mut w = Walk { d: Decoder::new(bytes), bytes, at: 0, pieces: Vec::new() };
    let keys = w.d.map().unwrap().unwrap();
    w.says(&format!("map of {keys}: SegmentWire"));
    for what in ["byte string of 8: base, the beginning of link(3)", "byte string of 16: seed of record 4"] {
        let key = w.d.u32().unwrap();
        w.says(&format!("key {key}"));
        w.d.bytes().unwrap();
        w.says(what);
    }
    let key = w.d.u32().unwrap();
    w.says(&format!("key {key}"));
    let parts = w.list("payload, notes, payload, notes …");
    for seq in FIRST..FIRST + parts / 2 {
        let payload = w.d.bytes().unwrap().len();
        w.says(&format!("byte string of {payload}: payload of record {seq}"));
        let notes = w.list(&format!("notes of record {seq}"));
        (0..notes).for_each(|_| w.note());
    }
    assert_eq!(w.at, bytes.len());
    w.pieces
}

fn note(carried: &CarriedNote) -> Value {
    let (field, commitment) = carried.commitment();
    let whole = if let CarriedNote::Whole(n) = carried { Some(n) } else { None };
    json!({
        "field": field.number(), "commitment": commitment.to_string(),
        "text": whole.map(|n| &n.text), "salt": whole.map(|n| n.salt.to_string()),
    })
}

pub fn segment() -> Value {
    let device = key(PHONE).public().device_id();
    // The three records before are not of interest; their last link only has to be some link.
    let base = journal::first_link(&key(PHONE).public().0);
    let (names, records): (Vec<_>, Vec<_>) = records().into_iter().unzip();
    let segment = Segment { base: base.short(), seed: Some(SEED), records };
    let bytes = cbor::to_vec(&segment);
    let chained = segment.chain(&device, FIRST, &base);
    let told: Vec<Value> = names
        .iter()
        .zip(&segment.records)
        .zip(&chained)
        .map(|((name, sent), c)| {
            json!({
                "name": name, "seq": c.seq, "payload": hex_of(&sent.payload),
                "salt_seed": hex_of(SEED.after(c.seq - FIRST).0),
                "notes": sent.notes.iter().map(note).collect::<Vec<_>>(),
                "notes_are_sound": sent.notes_are_sound(),
                "digest": c.digest.to_string(), "link": c.link.to_string(),
                "id": RecordId::of_digest(&c.digest).to_string(),
            })
        })
        .collect();
    json!({
        "cbor": hex_of(&bytes), "pieces": pieces(&bytes), "device": device.to_string(), "first": FIRST,
        "base": base.to_string(), "records": told, "bad": bad(),
    })
}

/// Bytes that are no segment: the request that carries one is `Malformed` as a whole.
fn bad() -> Vec<Value> {
    // {0: base, 2: records} and {0: base, 1: seed, 2: records}.
    let base = "08".repeat(8);
    let plain = |records: &str| format!("a20048{base}02{records}");
    let with_seed = |records: &str| format!("a30048{base}0150{}02{records}", "5e".repeat(16));
    let many = |n: usize| format!("82413f98{n:02x}{}", "82016131".repeat(n));
    let read = |hex: &str| cbor::from_slice::<Segment>(&unhex(hex).expect("hexadecimal")).is_ok();
    // What they differ from; of 32 notes each is read, and the record is quarantined as over the limit.
    for good in [plain("82413f80"), with_seed("82413f8182016131"), with_seed(&many(32))] {
        assert!(read(&good), "{good}");
    }
    let ones = |n: usize| "01".repeat(n);
    [
        ("a payload without its list of notes", plain("81413f")),
        ("a list of no told length", plain("9f413f80ff")),
        ("a payload that is text", plain("82613f80")),
        ("a note without a salt, and no seed", plain("82413f8182016131")),
        ("a salt of 15 bytes", plain(&format!("82413f81830161314f{}", ones(15)))),
        ("a commitment of 31 bytes", plain(&format!("82413f818201581f{}", ones(31)))),
        ("a commitment and a salt", plain(&format!("82413f8183015820{}50{}", ones(32), ones(16)))),
        ("a note of one part", plain("82413f818101")),
        ("a seed of 15 bytes", format!("a30048{base}014f{}0280", ones(15))),
        ("no list of records", format!("a10048{base}")),
        ("33 notes of one record", with_seed(&many(33))),
        ("a byte after the segment", plain("82413f8000")),
    ]
    .into_iter()
    .map(|(name, hex)| {
        assert!(!read(&hex), "{name}");
        json!({ "name": name, "cbor": hex })
    })
    .collect()
}
