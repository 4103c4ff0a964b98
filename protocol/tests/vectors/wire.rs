//! Frames, messages, segments, pages and enrolment.

use pantau_protocol::{
    cbor,
    enrol::{BadCode, Certificate, Code, EnrolReply, EnrolRequest, Invitation, proof},
    exchange::{Outcome, Page, Reply, Request, Succession},
    frame::{self, BadFrame},
    journal::{DeviceId, Link, RecordId},
    keys::words,
    note::CarriedNote,
    segment::Segment,
};

use super::{AGAIN, Read, array, envelope, file, public};

#[test]
fn frames_open_or_fail_as_stated() {
    for name in ["frames.json", "frames-dictionary-1.json"] {
        let file = file(name);
        for case in file.list("good") {
            let bytes = case.hex("frame");
            let parsed = frame::parse(&bytes).unwrap();
            assert_eq!(parsed.kind as i64, case.int("kind"));
            assert_eq!(parsed.evidence().signed_hash().to_vec(), case.hex("signed_hash"));
            assert_eq!(parsed.device.map(|d| d.to_string()).as_deref(), case["device"].as_str());
            assert_eq!(parsed.key.is_some(), case["introduced"].as_bool().unwrap());
            let span = parsed.span.map(|s| (s.first as i64, s.count as i64, s.link.to_string()));
            let said = &case["span"];
            let said =
                said.is_object().then(|| (said.int("first"), said.int("count"), said.str("link").to_owned()));
            assert_eq!(span, said, "{case}");
            assert_eq!(parsed.open(&public(case, "key")), Ok(case.hex("body")), "{name}: {AGAIN}");
            assert_eq!(frame::request_hash(&bytes).to_vec(), case.hex("request_digest"));
        }
        for case in file.list("replies") {
            let (bytes, keys) = (case.hex("frame"), [public(case, "server_key")]);
            let parsed = frame::parse(&bytes).unwrap();
            assert_eq!(parsed.kind as i64, case.int("kind"));
            let digest = array(&case.hex("request_digest"));
            assert_eq!(parsed.open_reply(&keys, &digest), Ok(case.hex("body")), "{name}: {AGAIN}");
        }
    }
}

#[test]
fn damaged_frames_fail_with_their_reason() {
    let file = file("frames.json");
    let named = |why: BadFrame| format!("{why:?}").split('(').next().unwrap().to_owned();
    for case in file.list("bad").iter().filter(|c| c["frame"].is_string()) {
        let bytes = case.hex("frame");
        let why = frame::parse(&bytes).and_then(|p| p.open(&public(case, "key")));
        assert_eq!(named(why.expect_err(case.str("name"))), case.str("reason"), "{case}");
    }
    for case in file.list("bad_replies") {
        let bytes = case.hex("frame");
        let (keys, digest) = ([public(case, "server_key")], array(&case.hex("request_digest")));
        let why = frame::parse(&bytes).and_then(|p| p.open_reply(&keys, &digest));
        assert_eq!(named(why.expect_err(case.str("name"))), case.str("reason"), "{case}");
    }
}

#[test]
fn requests_replies_outcomes_and_pages() {
    let file = file("messages.json");
    for case in file.list("requests") {
        let bytes = case.hex("cbor");
        assert_eq!(cbor::to_vec(&cbor::from_slice::<Request>(&bytes).unwrap()), bytes, "{case}");
    }
    for case in file.list("replies") {
        let bytes = case.hex("cbor");
        assert_eq!(cbor::to_vec(&cbor::from_slice::<Reply>(&bytes).unwrap()), bytes, "{case}");
    }
    for case in file.list("outcomes") {
        let outcome: Outcome = cbor::from_slice(&case.hex("cbor")).unwrap();
        assert_eq!(format!("{outcome:?}"), case.str("name"));
        assert_eq!(cbor::to_vec(&outcome), case.hex("cbor"));
    }
    let case = &file["segment"];
    let segment: Segment = cbor::from_slice(&case.hex("cbor")).unwrap();
    let device = DeviceId::from_slice(&case.hex("device")).unwrap();
    let base = Link::from_slice(&case.hex("base")).unwrap();
    for (got, said) in
        segment.chain(&device, case.int("first") as u64, &base).iter().zip(case.list("records"))
    {
        assert_eq!((got.seq as i64, got.digest.to_string().as_str()), (said.int("seq"), said.str("digest")));
        assert_eq!(got.link.to_string(), said.str("link"));
    }
    let rows = cbor::from_slice::<Page>(&file["page"].hex("cbor")).unwrap().unpack().unwrap();
    assert_eq!(rows.len(), file["page"].list("rows").len());
    for (row, said) in rows.iter().zip(file["page"].list("rows")) {
        assert_eq!((row.position as i64, row.seq as i64), (said.int("position"), said.int("seq")));
        assert_eq!(
            (i64::from(row.kind.number()), i64::from(row.branch)),
            (said.int("kind"), said.int("branch"))
        );
        assert_eq!(
            (row.device.to_string().as_str(), Some(row.envelope)),
            (said.str("device"), envelope(said))
        );
        assert_eq!(row.payload, said.hex("payload"));
        if let Some(id) = said["id"].as_str() {
            assert_eq!(row.record_id().to_string(), id);
        }
    }
    assert!(cbor::from_slice::<Page>(&file["bad_page"].hex("cbor")).unwrap().unpack().is_err());
}

#[test]
fn enrolment_texts_proofs_and_attestations() {
    let file = file("enrolment.json");
    for case in file["qr"].list("good") {
        let read = Invitation::parse(case.str("text")).unwrap();
        assert_eq!(
            (read.url.as_str(), read.fingerprint.to_string()),
            (case.str("url"), case.str("fingerprint").into())
        );
        assert_eq!(
            (read.code.handle.as_str(), read.code.secret.as_str()),
            (case.str("handle"), case.str("secret"))
        );
        assert_eq!(read.to_text(), case.str("text_as_written"));
    }
    for case in file["qr"].list("bad") {
        let why: BadCode = Invitation::parse(case.str("text")).expect_err(case.str("text"));
        let name = format!("{why:?}");
        assert_eq!(name.split('(').next(), Some(case.str("reason")), "{case}");
    }
    for case in file.list("typed") {
        let read = Code::typed(case.str("typed_handle"), case.str("typed_secret")).ok();
        let (handle, secret) =
            (read.as_ref().map(|c| c.handle.as_str()), read.as_ref().map(|c| c.secret.as_str()));
        assert_eq!((handle, secret), (case["handle"].as_str(), case["secret"].as_str()), "{case}");
    }
    let case = &file["proof"];
    let code = Code::typed(case.str("handle"), case.str("secret")).unwrap();
    assert_eq!(code.key().to_vec(), case.hex("code_key"));
    assert_eq!(proof(&code.key(), &public(case, "device_key")).to_vec(), case.hex("proof"));
    let request: EnrolRequest = cbor::from_slice(&file["request"].hex("cbor")).unwrap();
    assert_eq!((request.handle.as_str(), request.proof.to_vec()), (case.str("handle"), case.hex("proof")));
    for case in file.list("replies") {
        let bytes = case.hex("cbor");
        assert_eq!(cbor::to_vec(&cbor::from_slice::<EnrolReply>(&bytes).unwrap()), bytes, "{case}");
    }
    let all = &file["attestations"];
    for case in all.list("certificates") {
        let certificate: Certificate = cbor::from_slice(&case.hex("certificate")).unwrap();
        assert_eq!(certificate.hash().to_vec(), case.hex("signed_hash"));
        assert_eq!(certificate.verify(&[public(all, "server_public_key")]), case["valid"].as_bool().unwrap());
        assert_eq!(certificate.device().to_string(), case.str("device"));
        assert_eq!(certificate.scope().digest().to_string(), case.str("scope_digest"));
    }
    let case = &all["succession"];
    let succession: Succession = cbor::from_slice(&case.hex("succession")).unwrap();
    let (old, new) = (public(case, "old_public_key"), public(case, "new_public_key"));
    assert!(succession.verify(&old, &new) && !succession.verify(&old, &public(case, "not_valid_for_key")));
    assert_eq!(Succession::hash(&succession.predecessor, &new).to_vec(), case.hex("signed_hash"));
    for case in all.list("words") {
        assert_eq!(words(&public(case, "server_key"), &public(case, "device_key")), case.str("words"));
    }
}

#[test]
fn a_reply_without_scope_or_position_is_read_by_no_phone_that_is_out_there() {
    // Why they are written even where they say nothing (docs/PROTOCOL.md#what-of-a-reply-counts).
    let file = file("messages.json");
    let turned_away = file.list("replies").iter().find(|c| c.str("name").starts_with("turned away")).unwrap();
    let bytes = turned_away.hex("cbor");
    // … 07 48 scope, 08 00
    let (rest, position) = bytes.split_last_chunk::<2>().unwrap();
    let (rest, scope) = rest.split_last_chunk::<10>().unwrap();
    assert_eq!((position, &scope[..2]), (&[8, 0], &[7, 0x48][..]));
    let with = |parts: &[&[u8]]| {
        let mut out = parts.concat();
        out[0] -= 1;
        cbor::from_slice::<Reply>(&out)
    };
    assert!(with(&[rest, scope]).is_err() && with(&[rest, position]).is_err());
}

#[test]
fn a_segment_taken_apart() {
    let file = file("segment.json");
    let bytes: Vec<u8> = file.list("pieces").iter().flat_map(|p| p.hex("bytes")).collect();
    assert_eq!(bytes, file.hex("cbor"), "the pieces are the whole");
    let segment: Segment = cbor::from_slice(&bytes).unwrap();
    assert_eq!(cbor::to_vec(&segment), bytes);
    let device = DeviceId::from_slice(&file.hex("device")).unwrap();
    let base = Link::from_slice(&file.hex("base")).unwrap();
    let chained = segment.chain(&device, file.int("first") as u64, &base);
    assert!(chained.len() >= 6 && chained.len() == file.list("records").len());
    for ((sent, got), said) in segment.records.iter().zip(&chained).zip(file.list("records")) {
        assert_eq!(sent.payload, said.hex("payload"), "{said}");
        assert_eq!(sent.notes_are_sound(), said["notes_are_sound"].as_bool().unwrap(), "{said}");
        for (note, told) in sent.notes.iter().zip(said.list("notes")) {
            let (field, commitment) = note.commitment();
            assert_eq!(i64::from(field.number()), told.int("field"), "{said}");
            assert_eq!(commitment.to_string(), told.str("commitment"), "{said}");
            if let CarriedNote::Whole(note) = note {
                assert_eq!((note.text.as_str(), note.salt.0.to_vec()), (told.str("text"), told.hex("salt")));
            }
        }
        assert_eq!(got.digest.to_string(), said.str("digest"), "{said}");
        assert_eq!(got.link.to_string(), said.str("link"), "{said}");
        assert_eq!(RecordId::of_digest(&got.digest).to_string(), said.str("id"), "{said}");
    }
    for case in file.list("bad") {
        assert!(cbor::from_slice::<Segment>(&case.hex("cbor")).is_err(), "{case}");
    }
}
