//! What middleboxes and strangers make of an answer, or of a request.

use fastrand::Rng;
use pantau_protocol::{
    cbor,
    exchange::{Outcome, Reply},
    frame::{self, FrameKind},
    keys::{PublicKey, SecretKey},
};

use crate::{
    encode,
    proxy::{Message, Rule},
};

/// Whether the phone may believe what reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The server's own answer to this request arrives, byte for byte.
    Kept,
    /// It does not.
    Spoiled,
    /// HTTP allows either reading; what is believed must be true.
    Either,
}

/// One of them.
pub(crate) struct Mutation {
    pub(crate) name: String,
    pub(crate) expect: Expect,
    pub(crate) rule: Rule,
}

/// What a stranger may have collected before.
pub(crate) struct Bank {
    /// Good answers of the server to other requests of this phone, and to other phones.
    pub(crate) answers: Vec<Vec<u8>>,
    /// Good requests of this phone.
    pub(crate) requests: Vec<Message>,
    /// The server's keys: what it says may be wrong, too.
    pub(crate) server_key: SecretKey,
    /// Where a redirect may lead.
    pub(crate) elsewhere: String,
}

const HTML: &[u8] = b"<!DOCTYPE html><html><title>Masuk Wi-Fi</title><form action=/login></form></html>";
const STATUSES: [u16; 24] = [
    200, 201, 202, 203, 205, 206, 226, 299, 300, 400, 401, 402, 403, 404, 405, 408, 409, 410, 429, 500, 502,
    503, 504, 511,
];

/// Something that never reaches the server.
pub(crate) fn instead(rng: &mut Rng, bank: &Bank) -> Mutation {
    let (name, answer) = match rng.u8(0..6) {
        0 => cached(rng, bank),
        1 => portal(rng),
        2 => redirect(rng, bank),
        3 => status(rng, bank),
        4 => ("an older answer", Message::answer(200, rng.choice(&bank.answers).unwrap())),
        _ => nothing(rng),
    };
    let name = format!("instead: {name} {}", answer.first);
    Mutation { name, expect: Expect::Spoiled, rule: Rule::instead(answer.bytes()) }
}

fn cached(rng: &mut Rng, bank: &Bank) -> (&'static str, Message) {
    let answer = Message::answer(200, rng.choice(&bank.answers).unwrap());
    let age = rng.u32(..).to_string();
    ("a cached POST", answer.with("age", &age).with("x-cache", "HIT").with("cache-control", "max-age=9999"))
}

fn portal(rng: &mut Rng) -> (&'static str, Message) {
    let status = *rng.choice(&STATUSES).unwrap();
    let answer = Message::answer(status, HTML).with("content-type", "text/html; charset=utf-8");
    ("a portal", if rng.bool() { answer } else { answer.chunked(17) })
}

fn redirect(rng: &mut Rng, bank: &Bank) -> (&'static str, Message) {
    let status = *rng.choice(&[301, 302, 303, 307, 308]).unwrap();
    let body = if rng.bool() { HTML } else { b"" };
    ("a redirect", Message::answer(status, body).with("location", &bank.elsewhere))
}

fn status(rng: &mut Rng, bank: &Bank) -> (&'static str, Message) {
    let status = *rng.choice(&STATUSES).unwrap();
    let body = if rng.bool() { &[][..] } else { rng.choice(&bank.answers).unwrap() };
    let waits = ["0", "5", "-1", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"];
    let answer = Message::answer(status, body).with("retry-after", rng.choice(waits).unwrap());
    ("a status", answer.with("www-authenticate", "Basic realm=\"x\""))
}

fn nothing(rng: &mut Rng) -> (&'static str, Message) {
    let answer = Message { body: Vec::new(), ..Message::answer(200, HTML) };
    match rng.u8(0..4) {
        0 => ("an empty 200", answer.sized()),
        1 => ("a 204", answer.status(204).without("content-length")),
        2 => ("a length and no body", answer),
        // Every request is too long, even the smallest: the phone must come to an end.
        _ => ("a 413", answer.status(413).sized()),
    }
}

/// Something that happens to the server's answer.
pub(crate) fn answer(rng: &mut Rng, bank: &Bank) -> Mutation {
    match rng.u8(0..10) {
        0 => lie(rng, bank),
        1..4 => reencoded(rng),
        4..6 => damaged(rng),
        _ => rewrapped(rng),
    }
}

/// The body becomes another one, whole as HTTP goes.
fn reencoded(rng: &mut Rng) -> Mutation {
    let (how, seed) = (rng.usize(..BODIES.len()), rng.u64(..));
    let (name, change) = BODIES[how];
    let says = *rng.choice(&["", "gzip", "deflate", "br", "base64"]).unwrap();
    let rule = Rule::change(move |_, answer| {
        let mut rng = Rng::with_seed(seed);
        let body = change(&mut rng, &answer.body);
        assert_ne!(body, answer.body, "{name} changes something");
        let answer = answer.with_body(body);
        if says.is_empty() { answer.bytes() } else { answer.with("content-encoding", says).bytes() }
    });
    Mutation { name: format!("{name} {seed} {says}"), expect: Expect::Spoiled, rule }
}

type ChangeBody = fn(&mut Rng, &[u8]) -> Vec<u8>;
const BODIES: [(&str, ChangeBody); 13] = [
    ("gzip", |_, b| encode::gzip(b)),
    ("base64", |_, b| encode::base64(b).into_bytes()),
    ("hexadecimal", |_, b| pantau_protocol::hash::hex(b).into_bytes()),
    ("twice", |_, b| [b, b].concat()),
    ("read as UTF-8", |_, b| String::from_utf8_lossy(b).into_owned().into_bytes()),
    ("read as Latin-1", |_, b| b.iter().map(|b| char::from(*b)).collect::<String>().into_bytes()),
    ("a byte order mark", |_, b| [&[0xef, 0xbb, 0xbf], b].concat()),
    ("a banner before", |_, b| [HTML, b].concat()),
    ("a banner behind", |_, b| [b, HTML].concat()),
    ("a space behind", |_, b| [b, b"\r\n"].concat()),
    ("cut short", |rng, b| b[..rng.usize(..b.len())].to_vec()),
    ("bits flipped", |rng, b| {
        let mut b = b.to_vec();
        // Odd many flips of one bit each cannot undo each other.
        for _ in 0..=rng.usize(..4) * 2 {
            let bit = rng.usize(..b.len() * 8);
            b[bit / 8] ^= 1 << (bit % 8);
        }
        b
    }),
    ("bytes swapped", |rng, b| {
        let mut b = b.to_vec();
        let at = (0..).map(|_| rng.usize(..b.len() - 1)).find(|at| b[*at] != b[at + 1]).unwrap();
        b.swap(at, at + 1);
        b
    }),
];

/// The connection breaks, or the head no longer fits the body.
fn damaged(rng: &mut Rng) -> Mutation {
    let (how, seed) = (rng.u8(0..6), rng.u64(..));
    let name = format!("damaged {how} {seed}");
    let expect = if how == 0 { Expect::Either } else { Expect::Spoiled };
    let rule = Rule::change(move |_, answer| {
        let mut rng = Rng::with_seed(seed);
        let long = answer.body.len();
        match how {
            0 => {
                let mut bytes = answer.bytes();
                let bit = rng.usize(..(bytes.len() - long) * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            }
            1 => {
                let bytes = answer.bytes();
                bytes[..rng.usize(..bytes.len())].to_vec()
            }
            2 => resized(answer, &rng.usize(long + 1..long * 3).to_string()),
            3 => resized(answer, &rng.usize(..long).to_string()),
            4 => resized(answer, rng.choice(["-1", "x", "", "1e3", "99999999999999999999"]).unwrap()),
            _ => answer.without("content-length").with("transfer-encoding", "chunked").bytes(),
        }
    });
    Mutation { name, expect, rule }
}

fn resized(answer: Message, length: &str) -> Vec<u8> {
    answer.without("content-length").with("content-length", length).bytes()
}

/// The body stays as it is, whatever is said around it.
fn rewrapped(rng: &mut Rng) -> Mutation {
    let (how, seed) = (rng.u8(0..15), rng.u64(..));
    let name = format!("rewrapped {how} {seed}");
    let expect = if how < 12 { Expect::Kept } else { Expect::Either };
    let rule = Rule::change(move |_, answer| {
        let mut rng = Rng::with_seed(seed);
        let long = answer.body.len();
        match how {
            0 => {
                let claimed = *rng.choice(&["gzip", "br", "deflate", "zstd", "identity", "x"]).unwrap();
                answer.with("content-encoding", claimed).bytes()
            }
            1 => {
                let kind = *rng.choice(&["text/html", "application/json", "image/gif", "", "///"]).unwrap();
                answer.with("content-type", kind).bytes()
            }
            2 => answer.without("content-length").bytes(),
            3 => answer.chunked(rng.usize(1..=long)).bytes(),
            4 => {
                let status = *rng.choice(&STATUSES).unwrap();
                answer.status(if status == 205 { 413 } else { status }).bytes()
            }
            5 => {
                let status = *rng.choice(&[301, 302, 307, 308]).unwrap();
                answer.status(status).with("location", "http://127.0.0.1:9/").bytes()
            }
            6 => [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), answer.bytes()].concat(),
            7 => [answer.bytes(), HTML.to_vec()].concat(),
            8 => {
                let answer =
                    answer.with("connection", rng.choice(["close", "keep-alive", "upgrade"]).unwrap());
                answer.with("keep-alive", "timeout=99999").bytes()
            }
            9 => {
                let mut answer = answer;
                for (name, _) in &mut answer.headers {
                    *name = name.to_uppercase();
                }
                answer.with("Set-Cookie", &"a=b; ".repeat(rng.usize(1..200))).with("Via", "1.1 x").bytes()
            }
            10 => {
                let with = |a: Message, n: usize| a.with(&format!("x-{n}"), "1");
                (0..rng.usize(1..60)).fold(answer, with).bytes()
            }
            11 => {
                let mut answer = answer;
                answer.first = "HTTP/1.0 200 OK".into();
                answer.bytes()
            }
            12 => answer.clone().with("content-length", &long.to_string()).bytes(),
            13 => answer.chunked(64).with("content-length", &long.to_string()).bytes(),
            _ => [b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n".to_vec(), answer.bytes()].concat(),
        }
    });
    Mutation { name, expect, rule }
}

/// The frame is signed for this request, and what it says of the records is not so: the receipt of another
/// chain, device, epoch or signer, or none. A server that is cloned, restored or confused may do this.
fn lie(rng: &mut Rng, bank: &Bank) -> Mutation {
    let (how, key) = (rng.u8(0..8), bank.server_key.clone());
    let stranger = SecretKey::from_seed(&[rng.u8(..); 32]);
    let rule = Rule::change(move |request, answer| {
        let digest = frame::request_hash(&request.body);
        let mut reply = open(&answer.body, &digest, &key.public());
        let mut signer = &key;
        reply.outcomes = vec![Outcome::Stored];
        if let Some(receipt) = &mut reply.receipt {
            match how {
                0 => reply.receipt = None,
                1 => receipt.signature.0[0] ^= 1,
                2 => receipt.statement.last -= 1,
                3 => receipt.statement.last += 1,
                4 => receipt.statement.branch += 1,
                5 => receipt.signature = stranger.sign(&[1; 32]),
                6 => receipt.signature = key.sign(&digest),
                // Everything is right but who says it.
                _ => signer = &stranger,
            }
        }
        let body = frame::seal_reply(FrameKind::Reply, signer, &digest, 1, &cbor::to_vec(&reply));
        answer.with_body(body).bytes()
    });
    Mutation { name: format!("lie {how}"), expect: Expect::Spoiled, rule }
}

fn open(bytes: &[u8], digest: &[u8; 32], key: &PublicKey) -> Reply {
    cbor::from_slice(&frame::parse(bytes).unwrap().open_reply(&[*key], digest).unwrap()).unwrap()
}

/// Something that happens to the request.
pub(crate) fn request(rng: &mut Rng, bank: &Bank) -> Mutation {
    let (how, seed) = (rng.u8(0..10), rng.u64(..));
    let old = rng.choice(&bank.requests).unwrap().clone();
    let expect = if how < 5 { Expect::Kept } else { Expect::Spoiled };
    let rule = Rule::rewrite(
        move |request| {
            let mut rng = Rng::with_seed(seed);
            let request = request.clone();
            match how {
                0 => vec![request.bytes(); rng.usize(2..4)],
                1 => vec![old.bytes(), request.bytes()],
                2 => vec![request.chunked(rng.usize(1..400)).bytes()],
                3 => {
                    let bare = Message { headers: vec![("host".into(), "x".into())], ..request };
                    vec![bare.sized().bytes()]
                }
                4 => {
                    let said = request.with("content-encoding", "gzip").with("expect", "nothing");
                    vec![said.with("content-type", "text/plain").with("cookie", "a=b").bytes()]
                }
                5 => vec![request.clone().with_body(encode::gzip(&request.body)).bytes()],
                6 => vec![request.clone().with_body(encode::base64(&request.body).into_bytes()).bytes()],
                7 => vec![request.clone().with_body(request.body.repeat(2)).bytes()],
                8 => {
                    let short = request.body[..rng.usize(..request.body.len())].to_vec();
                    vec![request.with_body(short).bytes()]
                }
                _ => {
                    let mut body = request.body.clone();
                    let bit = rng.usize(..body.len() * 8);
                    body[bit / 8] ^= 1 << (bit % 8);
                    vec![request.with_body(body).bytes()]
                }
            }
        },
        |_, answer| answer.bytes(),
    );
    Mutation { name: format!("request {how} {seed}"), expect, rule }
}
