//! Frames, good and damaged.

use pantau_protocol::{
    frame::{self, BadFrame, FrameKind, Sender},
    journal::Link,
    keys::PublicKey,
    limit,
    segment::Span,
};
use serde_json::{Value, json};

use super::{OTHER_PHONE, OTHER_SERVER, PHONE, SERVER, hex_of, key};

const BODY: &[u8] = b"a body that is long enough to be worth compressing, compressing, compressing";

/// The name of the reason why bytes are no frame.
pub fn reason(why: &BadFrame) -> &'static str {
    match why {
        BadFrame::NotAFrame => "NotAFrame",
        BadFrame::Version(_) => "Version",
        BadFrame::Header => "Header",
        BadFrame::TooLong(_) => "TooLong",
        BadFrame::Signature => "Signature",
        BadFrame::Dictionary(_) => "Dictionary",
        BadFrame::Body => "Body",
    }
}

fn span() -> Span {
    Span { first: 300, count: 2, link: Link([5; 32]) }
}

fn request(span: Option<&Span>, sender: Sender) -> Vec<u8> {
    frame::seal(FrameKind::Request, &key(PHONE), sender, span, 0, BODY)
}

fn from_phone(name: &str, bytes: &[u8]) -> Value {
    let parsed = frame::parse(bytes).expect(name);
    let public = key(PHONE).public();
    assert_eq!(parsed.open(&public).as_deref(), Ok(BODY), "{name}");
    json!({
        "name": name, "frame": hex_of(bytes), "kind": parsed.kind as u8, "dictionary": parsed.dictionary,
        "key": public.to_string(), "device": parsed.device.map(|d| d.to_string()),
        "introduced": parsed.key.is_some(),
        "span": parsed.span.map(|s| json!({ "first": s.first, "count": s.count, "link": s.link.to_string() })),
        "signed_hash": hex_of(parsed.evidence().signed_hash()), "signature": parsed.signature.to_string(),
        "body": hex_of(BODY), "request_digest": hex_of(frame::request_hash(bytes)),
        "exchange": answer(bytes), "enrol": 400,
    })
}

fn from_server(name: &str, kind: FrameKind, dictionary: u8, request: &[u8]) -> Value {
    let digest = frame::request_hash(request);
    let bytes = frame::seal_reply(kind, &key(SERVER), &digest, dictionary, BODY);
    assert_eq!(
        frame::parse(&bytes).unwrap().open_reply(&[key(SERVER).public()], &digest).as_deref(),
        Ok(BODY)
    );
    json!({
        "name": name, "frame": hex_of(&bytes), "kind": kind as u8, "dictionary": dictionary,
        "server_key": key(SERVER).public().to_string(), "request_digest": hex_of(digest), "body": hex_of(BODY),
    })
}

pub fn frames() -> Value {
    let spanned = request(Some(&span()), Sender::Known);
    let enrol = frame::seal(FrameKind::Enrol, &key(PHONE), Sender::Introduced, None, 0, BODY);
    let one = Span { first: 1, count: 1, link: Link([0; 32]) };
    json!({
        "note": "Bodies are compressed by zstd: decode these, do not expect to encode the same bytes.",
        "good": [
            from_phone("request with a span", &spanned),
            from_phone("request that sends no records", &request(None, Sender::Known)),
            from_phone("request that introduces its key", &request(None, Sender::Introduced)),
            from_phone("introduced, with the least span", &request(Some(&one), Sender::Introduced)),
            from_phone("enrolment", &enrol),
        ],
        "replies": [
            from_server("reply", FrameKind::Reply, 0, &spanned),
            from_server("reply to an enrolment", FrameKind::EnrolReply, 0, &enrol),
        ],
        "bad": bad(&spanned, &enrol),
        "bad_replies": bad_replies(&spanned),
    })
}

pub fn dictionary_1() -> Value {
    let bytes = frame::seal(FrameKind::Request, &key(PHONE), Sender::Known, Some(&span()), 1, BODY);
    json!({
        "note": "Depends on assets/dictionary-1.zdict; rewritten by the generator.",
        "dictionary_blake3": hex_of(blake3::hash(include_bytes!("../../../assets/dictionary-1.zdict")).as_bytes()),
        "good": [from_phone("request with dictionary 1", &bytes)],
        "replies": [from_server("reply with dictionary 1", FrameKind::Reply, 1, &bytes)],
    })
}

fn bad(spanned: &[u8], enrol: &[u8]) -> Vec<Value> {
    let public = key(PHONE).public();
    let set = |at: usize, value: u8| {
        let mut out = spanned.to_vec();
        out[at] = value;
        out
    };
    let flip = |at: usize| set(at, spanned[at] ^ 1);
    // Offsets of the header: 6 fixed, 16 device, 19 012c first, 02 count, 32 link, 64 signature.
    let (span_at, link_at) = (22, 26);
    let signature_at = link_at + 32;
    let body_at = signature_at + 64;
    let with_span = |first_count: &[u8]| [&spanned[..span_at], first_count, &spanned[link_at..]].concat();
    // Signed and whole, but the body is not what it says.
    let resealed = |body: &[u8], dictionary: u8| {
        let mut header = frame::seal(FrameKind::Request, &key(PHONE), Sender::Known, None, 0, b"");
        header.truncate(22);
        header[4] = dictionary;
        let body_hash = *blake3::hash(body).as_bytes();
        let hash = pantau_protocol::hash::tagged("pantau/1/frame", &[&header, &body_hash]);
        [&header[..], &key(PHONE).sign(&hash).0, body].concat()
    };
    let packed = {
        let plain = request(None, Sender::Known);
        plain[22 + 64..].to_vec()
    };
    let mut spanned_enrol = enrol.to_vec();
    spanned_enrol[5] |= 1;
    let mut unnamed_enrol = enrol.to_vec();
    unnamed_enrol[5] = 0;
    let longest = vec![0; limit::DECODED_BYTES + 1];
    let bomb = frame::seal(FrameKind::Request, &key(PHONE), Sender::Known, None, 0, &longest);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("a portal's page", b"<html>Login</html>".to_vec()),
        ("magic alone", b"PT".to_vec()),
        ("another magic", set(0, b'Q')),
        ("version 0", set(2, 0)),
        ("version 2", set(2, 2)),
        ("kind 0", set(3, 0)),
        ("kind 5", set(3, 5)),
        ("a reply that names a device", set(3, 2)),
        ("an unknown flag", set(5, 0x05)),
        ("an enrolment with a span", spanned_enrol),
        ("an enrolment without its key", unnamed_enrol),
        ("cut in the device", spanned[..20].to_vec()),
        ("cut in the span", spanned[..24].to_vec()),
        ("cut in the link", spanned[..40].to_vec()),
        ("cut in the signature", spanned[..100].to_vec()),
        ("no body", spanned[..body_at].to_vec()),
        ("first record 0", with_span(&[0x00, 0x02])),
        ("no records", with_span(&[0x19, 0x01, 0x2C, 0x00])),
        ("more records than allowed", with_span(&[0x01, 0x19, 0x07, 0xD1])),
        (
            "sequence numbers beyond 63 bits",
            with_span(&[0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02]),
        ),
        ("first record is text", with_span(&[0x61, 0x31, 0x02])),
        ("another dictionary number", set(4, 1)),
        ("span flag taken away", set(5, 0)),
        ("a bit of the device", flip(10)),
        ("a bit of the count", flip(span_at + 3)),
        ("a bit of the link", flip(link_at + 5)),
        ("a bit of the signature", flip(signature_at + 3)),
        ("a bit of the body", flip(body_at + 3)),
        ("a byte after the body", [spanned, &[0]].concat()),
        ("signed, with a dictionary nobody has", resealed(&packed, 9)),
        ("signed, bytes after the compressed frame", resealed(&[&packed[..], &[0]].concat(), 0)),
        ("signed, compressed frame cut short", resealed(&packed[..packed.len() - 1], 0)),
        ("signed, not compressed at all", resealed(b"plain", 0)),
        ("signed, empty body", resealed(b"", 0)),
        ("signed, decompresses to more than allowed", bomb),
        ("over the limit of a frame", [spanned, &vec![0; limit::FRAME_BYTES]].concat()),
    ];
    let mut out: Vec<Value> = cases.into_iter().map(|(name, bytes)| refused(name, &bytes, &public)).collect();
    out.push(refused("under another device's key", spanned, &key(OTHER_PHONE).public()));
    out
}

fn refused(name: &str, bytes: &[u8], key: &PublicKey) -> Value {
    let why = frame::parse(bytes).and_then(|p| p.open(key)).expect_err(name);
    let long = bytes.len() > 4_096;
    json!({
        "name": name, "frame": if long { json!(null) } else { hex_of(bytes) }, "length": bytes.len(),
        "key": key.to_string(), "reason": reason(&why), "exchange": answer(bytes),
        "enrol": if bytes.len() > limit::FRAME_BYTES { 413 } else { 400 },
    })
}

/// What a server answers at the address of the exchange that knows the phone and no other device: a status without
/// a frame, or the outcome of a reply.
fn answer(bytes: &[u8]) -> Value {
    let parsed = match frame::parse(bytes) {
        Ok(parsed) => parsed,
        Err(BadFrame::TooLong(_)) => return json!(413),
        Err(_) => return json!(400),
    };
    if parsed.kind != FrameKind::Request {
        return json!(400);
    }
    let phone = key(PHONE).public();
    if parsed.device != Some(phone.device_id()) {
        return json!(if parsed.key.is_some() { "Refused" } else { "Unknown" });
    }
    // A body of these examples that can be unpacked is no request either.
    json!(if parsed.open(&phone) == Err(BadFrame::Signature) { "Refused" } else { "Malformed" })
}

fn bad_replies(request: &[u8]) -> Vec<Value> {
    let digest = frame::request_hash(request);
    let sealed = |by: u8, digest: &[u8; 32]| frame::seal_reply(FrameKind::Reply, &key(by), digest, 0, BODY);
    let old = sealed(SERVER, &[1; 32]);
    let mut altered = sealed(SERVER, &digest);
    altered[80] ^= 1;
    let cases = [
        ("an old reply to another request", old),
        ("signed by another server", sealed(OTHER_SERVER, &digest)),
        ("altered on the way", altered),
        ("the request sent back", request.to_vec()),
    ];
    cases
        .into_iter()
        .map(|(name, bytes)| {
            let keys = [key(SERVER).public()];
            let why = frame::parse(&bytes).and_then(|p| p.open_reply(&keys, &digest)).expect_err(name);
            json!({
                "name": name, "frame": hex_of(&bytes), "server_key": keys[0].to_string(),
                "request_digest": hex_of(digest), "reason": reason(&why),
            })
        })
        .collect()
}
