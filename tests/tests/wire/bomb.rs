//! Little on the wire that wants to be much in memory, from a stranger and from an enrolled device.

use pantau_protocol::{
    cbor,
    enrol::{EnrolReply, EnrolRequest},
    exchange::{Head, LateNote, Outcome, Reply, Request},
    frame::{self, FrameKind, Sender},
    hash, journal,
    keys::{PublicKey, SecretKey},
    limit,
    note::{Field, Note, Salt},
    receipt::Epoch,
};

use crate::{
    process::Besieged,
    proxy::{Message, ask},
};

/// What a bomb may cost the server at its worst moment.
const MOST_KB: u64 = 16 << 10;
/// The same for one whose signature is wrong: nobody looks into it, its bytes are all it costs.
const UNREAD_KB: u64 = 4 << 10;
/// What the allocator may keep after all of them, in the pools of all its threads.
const KEPT_KB: u64 = 32 << 10;

const EPOCH: Epoch = Epoch { created_at: 1, random: [0; 8] };

/// A device that speaks by hand.
struct Attacker {
    key: SecretKey,
    server: PublicKey,
}

impl Attacker {
    async fn enrol(besieged: &Besieged) -> Self {
        let code = besieged.code(2);
        let key = SecretKey::from_seed(&[9; 32]);
        let body = EnrolRequest { handle: code.code.handle.clone(), proof: code.code.proof(&key.public()) };
        let sent = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, 1, &cbor::to_vec(&body));
        let answer = post(besieged, "enrol", &sent).await;
        let parsed = frame::parse(&answer.body).unwrap();
        let server = parsed.key.unwrap();
        let reply = parsed.open_reply(&[server], &frame::request_hash(&sent)).unwrap();
        assert!(cbor::from_slice::<EnrolReply>(&reply).unwrap().certificate.is_some());
        Self { key, server }
    }

    /// A frame around bytes that are compressed already, or pretend to be.
    fn frame(&self, dictionary: u8, packed: &[u8]) -> Vec<u8> {
        let mut bytes = b"PT\x01\x01".to_vec();
        bytes.extend_from_slice(&[dictionary, 0]);
        bytes.extend_from_slice(&self.key.public().device_id().0);
        let signed = hash::tagged("pantau/1/frame", &[&bytes, blake3::hash(packed).as_bytes()]);
        bytes.extend_from_slice(&self.key.sign(&signed).0);
        bytes.extend_from_slice(packed);
        bytes
    }

    /// What the server says to it.
    async fn verdict(&self, besieged: &Besieged, sent: &[u8]) -> Vec<Outcome> {
        let answer = post(besieged, "exchange", sent).await;
        let parsed = frame::parse(&answer.body).unwrap();
        let body = parsed.open_reply(&[self.server], &frame::request_hash(sent)).unwrap();
        cbor::from_slice::<Reply>(&body).unwrap().outcomes
    }
}

async fn post(besieged: &Besieged, call: &str, body: &[u8]) -> Message {
    let request = Message { first: format!("POST /v1/{call} HTTP/1.1"), ..Message::default() };
    let request = request.with("host", "x").with("connection", "close").with_body(body.to_vec());
    ask(besieged.addr, &request.bytes()).await.unwrap()
}

/// A zstd frame without its magic: a window of 2^`window` bytes, then runs of `run` zeros each, 4 bytes on the
/// wire, as many as fit `long` bytes. No run is longer than 128 KB, so 1:32,768 is the most it can be.
fn runs(window: u8, run: u32, long: usize) -> Vec<u8> {
    let mut packed = vec![0, (window - 10) << 3];
    let count = (long - 2) / 4;
    for n in 1..=count {
        let head = run << 3 | 1 << 1 | u32::from(n == count);
        packed.extend_from_slice(&head.to_le_bytes()[..3]);
        packed.push(0);
    }
    packed
}

/// A zstd frame that claims so many bytes of content and brings a run of them.
fn claims(bytes: u64) -> Vec<u8> {
    let mut packed = vec![0b1110_0000];
    packed.extend_from_slice(&bytes.to_le_bytes());
    packed.extend_from_slice(&(128 << 10 << 3 | 1 << 1 | 1u32).to_le_bytes()[..3]);
    packed.push(0);
    packed
}

fn zstd_bombs() -> Vec<(String, u8, Vec<u8>)> {
    let mut bombs = Vec::new();
    for ratio in [10, 50, 100, 199, 201, 1_000, 10_000, 32_768] {
        for long in [1_000, 64 << 10, limit::FRAME_BYTES - 86] {
            bombs.push((format!("1:{ratio} in {long}"), 0, runs(17, ratio * 4, long)));
        }
        bombs.push((format!("1:{ratio}, widest window"), 0, runs(23, ratio * 4, 64 << 10)));
        bombs.push((format!("1:{ratio}, too wide a window"), 0, runs(27, ratio * 4, 64 << 10)));
    }
    for claimed in [100_000 * 14, 1 << 32, 1 << 40, u64::MAX] {
        bombs.push((format!("claims {claimed}"), 0, claims(claimed)));
    }
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0x7f][..], &[0; 1000]].concat();
    bombs.push(("a skippable frame behind".into(), 0, [runs(17, 4, 100), skippable.clone()].concat()));
    bombs.push(("a skippable frame instead".into(), 0, skippable));
    let two = [runs(17, 40, 100), vec![0x28, 0xb5, 0x2f, 0xfd], runs(17, 1 << 17, 1_000)].concat();
    bombs.push(("two frames".into(), 0, two));
    for dictionary in [1, 2, 255] {
        bombs.push((
            format!("dictionary {dictionary} it was not made with"),
            dictionary,
            runs(17, 400, 1_000),
        ));
    }
    bombs.push(("empty blocks".into(), 0, [vec![0, 0x38], vec![0; (1 << 20) - 300]].concat()));
    bombs.push(("nothing".into(), 0, Vec::new()));
    bombs
}

/// What is small on the wire, small after decompression, and much once it is read.
fn cbor_bombs(key: &SecretKey) -> Vec<(String, Vec<u8>)> {
    let empty = Request::new(Head::new(0, &journal::first_link(&key.public().0)), 0);
    let salt = Salt([0; 16]);
    let note = LateNote { seq: 1, note: Note { field: Field::Note, salt, text: String::new() } };
    let mut notes = empty.clone();
    notes.notes = vec![note; limit::DECODED_BYTES / 26];
    // Some noise keeps the ratio just within what is allowed.
    for (n, note) in notes.notes.iter_mut().step_by(90).enumerate() {
        note.note.salt = Salt(*hash::tagged("noise", &[&n.to_le_bytes()]).first_chunk().unwrap());
    }
    let mut bombs = vec![("late notes".to_owned(), cbor::to_vec(&notes))];
    // Receipts and grants with more steps and places than there can be: {7: [[.., {3: [[1, 1, 1], ..]}]]}.
    let steps = [&b"\xa1\x07\x81\x83"[..], &cbor::to_vec(&EPOCH), b"\x58\x20", &[7; 32]].concat();
    let steps = [&steps[..], b"\xa1\x00\xa5\x00\x00\x01\x01\x02\x01\x04\x01\x03\x9f"].concat();
    bombs.push(("steps of a receipt".into(), filled(steps, |n| vec![0x83, n, n, n])));
    let grants = b"\xa1\x06\xa1\x02\x9f".to_vec();
    bombs.push(("grants of a certificate".into(), filled(grants, |n| vec![0x82, n, 0x62, 0x36, 0x32])));
    bombs.push(("as many notes as there may be".into(), segment(limit::SEGMENT_RECORDS)));
    bombs.push(("many more of them".into(), segment(40 * limit::SEGMENT_RECORDS)));
    // {.., 7: [[..], ..]}: lists that announce more than there is.
    for key in [2u8, 3, 7] {
        let announced = [&[0xa1, key, 0x9b][..], &[0x0f; 8]].concat();
        bombs.push((format!("a list of 2^60 under {key}"), announced));
    }
    bombs.push(("deep".into(), vec![0x81; 1 << 20]));
    bombs.push(("deep in a request".into(), [&[0xa1, 0x18, 0x63][..], &vec![0x81; 1 << 20]].concat()));
    bombs
}

/// A beginning, and small items up to the limit of a body.
fn filled(mut body: Vec<u8>, item: fn(u8) -> Vec<u8>) -> Vec<u8> {
    for n in noise(limit::DECODED_BYTES / 6, 16) {
        body.extend(item(n & 0x17));
    }
    body
}

/// Zeros with just as much else among them that the ratio stays within what is allowed.
fn noise(long: usize, every: u8) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(1);
    (0..long).map(|_| if rng.u8(..every) == 0 { rng.u8(1..0x80) } else { 0 }).collect()
}

/// A request whose segment says that it holds so many records without a payload, each with far more notes than
/// one may have, and each of these an empty text with the salt that follows from the seed.
fn segment(records: usize) -> Vec<u8> {
    let mut body = [&[0xa1, 2, 0xa3, 0, 0x48][..], &[0; 8], &[1, 0x50], &[7; 16], &[2, 0x9a]].concat();
    body.extend_from_slice(&u32::try_from(2 * records).unwrap().to_be_bytes());
    let notes = 2 * limit::NOTES_PER_RECORD;
    let mut fields = noise(records * notes, 16).into_iter();
    for _ in 0..records {
        body.extend_from_slice(&[0x40, 0x98, u8::try_from(notes).unwrap()]);
        body.extend(fields.by_ref().take(notes).flat_map(|n| [0x82, n & 0x17, 0x60]));
    }
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_cost_a_few_megabytes() {
    let mut besieged = Besieged::start(None).await;
    let attacker = Attacker::enrol(&besieged).await;
    let mut sent: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, dictionary, packed) in zstd_bombs() {
        sent.push((name, attacker.frame(dictionary, &packed)));
    }
    for (name, body) in cbor_bombs(&attacker.key) {
        let seal = |body: &[u8]| frame::seal(FrameKind::Request, &attacker.key, Sender::Known, None, 0, body);
        sent.push((name, seal(&body)));
    }
    // What it takes once for threads and dictionaries is not the bombs' doing.
    for dictionary in [0, 1].repeat(8) {
        attacker.verdict(&besieged, &attacker.frame(dictionary, &runs(17, 4, 100))).await;
    }
    let before = besieged.rss_kb();
    for (name, bytes) in &sent {
        let mut unsigned = bytes.clone();
        unsigned[22] ^= 1;
        for (bytes, verdict, most) in
            [(bytes, Outcome::Malformed, MOST_KB), (&unsigned, Outcome::Refused, UNREAD_KB)]
        {
            besieged.forget_peak();
            let start = besieged.rss_kb();
            let outcomes = attacker.verdict(&besieged, bytes).await;
            let more = besieged.peak_kb().saturating_sub(start);
            println!("{name}: {} bytes, {verdict:?}, +{more} kB", bytes.len());
            assert_eq!(outcomes, [verdict], "{name}");
            assert!(more <= most, "{name}: +{more} kB");
        }
    }
    let more = besieged.rss_kb().saturating_sub(before);
    println!("all of them: +{more} kB");
    assert!(more <= KEPT_KB, "+{more} kB");
    besieged.honest_phone_is_served("after the bombs").await;
    assert_eq!(besieged.records_of_phones(), besieged.said());
}
