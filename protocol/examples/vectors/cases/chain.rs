//! Keys, notes, digests, links, times and receipts.

use pantau_protocol::{
    cbor,
    enrol::{Certificate, CertifiedGrant},
    exchange::{Lost, Succession},
    hash,
    journal::{self, RecordId},
    keys::{Sig, words},
    note::{self, Field, Note, Salt},
    receipt::{Epoch, OldReceipt, Receipt, ReceiptContext, Statement, Step},
    role::Role,
    time::{self, Anchor, Envelope},
};
use serde_json::{Value, json};

use super::{NOW, OTHER_PHONE, OTHER_SERVER, PHONE, SERVER, diagnostic, hex_of, key, place, tps};

pub fn notes() -> Vec<Note> {
    let note = |field, salt: u8, text: &str| Note { field, salt: Salt([salt; 16]), text: text.into() };
    vec![
        note(Field::Note, 1, "Jembatan putus di Tumbang Samba"),
        note(Field::Informant, 2, "Ketua KPPS"),
        note(Field::Need, 3, ""),
        note(Field::Other(77), 4, "a field of a newer version"),
    ]
}

fn note_json(n: &Note) -> Value {
    json!({
        "field": n.field.number(), "salt": n.salt.to_string(), "text": n.text,
        "commitment": n.commitment().to_string(),
    })
}

pub fn chain() -> Value {
    let seeds = [PHONE, OTHER_PHONE, SERVER, OTHER_SERVER];
    let keys: Vec<Value> = seeds
        .iter()
        .map(|seed| {
            let public = key(*seed).public();
            json!({
                "seed": hex_of([*seed; 32]),
                "public_key": public.to_string(),
                "device_id": public.device_id().to_string(),
                "server_id": public.server_id().to_string(),
                "fingerprint": public.fingerprint().to_string(),
                "first_link": journal::first_link(&public.0).to_string(),
            })
        })
        .collect();
    let device = key(PHONE).public().device_id();
    let mut link = journal::first_link(&key(PHONE).public().0);
    // A payload need not be readable to be chained.
    let payloads: [(&[u8], Vec<Note>); 4] = [
        (&[0xA0], vec![]),
        (b"not CBOR at all", notes()[..1].to_vec()),
        (&[], vec![notes()[2].clone(), notes()[0].clone()]),
        (&[0xA1, 0x00, 0x01], notes()),
    ];
    let records: Vec<Value> = payloads
        .iter()
        .zip(1u64..)
        .map(|((payload, notes), seq)| {
            let commitments = note::commitments(notes);
            let digest = journal::digest(&device, seq, payload, &commitments);
            let base = link;
            link = journal::next_link(&link, &digest);
            json!({
                "seq": seq,
                "payload": hex_of(payload),
                "commitments_in_field_order":
                    commitments.iter().map(|(f, c)| json!([f.number(), c.to_string()])).collect::<Vec<_>>(),
                "link_before": base.to_string(),
                "digest": digest.to_string(),
                "id": RecordId::of_digest(&digest).to_string(),
                "link": link.to_string(),
                "link_short": hex_of(link.short()),
            })
        })
        .collect();
    let hashes = [
        ("", vec![]),
        ("tag", vec![]),
        ("tag", vec![&b""[..]]),
        ("tag", vec![b"ab", b"c"]),
        ("tag", vec![b"a", b"bc"]),
    ];
    let hashes: Vec<Value> = hashes
        .iter()
        .map(|(tag, parts)| {
            json!({
                "tag": tag,
                "parts": parts.iter().map(hash_part).collect::<Vec<_>>(),
                "hash": hex_of(hash::tagged(tag, parts)),
            })
        })
        .collect();
    json!({
        "hashes": hashes,
        "keys": keys,
        "notes": notes().iter().map(note_json).collect::<Vec<_>>(),
        "journal_of_device": device.to_string(),
        "records": records,
    })
}

fn hash_part(part: &&[u8]) -> Value {
    hex_of(part)
}

pub fn time() -> Value {
    let (anchor_key, device) = ([9; 32], key(PHONE).public().device_id());
    let anchors: Vec<Value> = [0, NOW, -1]
        .iter()
        .map(|at| {
            let anchor = Anchor::new(&anchor_key, &device, *at);
            json!({ "device": device.to_string(), "time": at, "mac": hex_of(anchor.mac) })
        })
        .collect();
    let envelope = |received_at, not_before| Some(Envelope { received_at, not_before });
    let effective: Vec<Value> = [
        ("inside", NOW, envelope(NOW + 60, NOW - 60)),
        ("claims to be later than its receipt", NOW + 600, envelope(NOW + 60, NOW - 60)),
        ("claims to be older than its anchor", NOW - 600, envelope(NOW + 60, NOW - 60)),
        ("no anchor", NOW - 600, envelope(NOW + 60, 0)),
        ("not sent yet", NOW + 600, None),
        ("a server clock set back: the receipt wins", NOW, envelope(NOW - 60, NOW + 60)),
    ]
    .iter()
    .map(|(name, at, envelope)| {
        let e = time::effective(*at, envelope.as_ref());
        json!({
            "name": name, "claimed_at": at,
            "received_at": envelope.map(|e| e.received_at), "not_before": envelope.map(|e| e.not_before),
            "effective_at": e.at, "impossible": e.impossible,
        })
    })
    .collect();
    let deadlines: Vec<Value> = [
        ("received before", envelope(NOW - 1, 0)),
        ("received at the very second", envelope(NOW, 0)),
        ("anchored at the very second", envelope(NOW + 9, NOW)),
        ("anchored after", envelope(NOW + 9, NOW + 1)),
        ("in between", envelope(NOW + 9, NOW - 9)),
        ("not sent yet", None),
    ]
    .iter()
    .map(|(name, envelope)| {
        json!({
            "name": name, "due": NOW,
            "received_at": envelope.map(|e| e.received_at), "not_before": envelope.map(|e| e.not_before),
            "verdict": format!("{:?}", time::deadline(envelope.as_ref(), NOW)),
        })
    })
    .collect();
    json!({ "anchor_key": hex_of(anchor_key), "anchors": anchors, "effective": effective, "deadlines": deadlines })
}

pub fn epoch() -> Epoch {
    Epoch { created_at: NOW - 86_400, random: [7; 8] }
}

pub fn context() -> ReceiptContext {
    ReceiptContext {
        server: key(SERVER).public().server_id(),
        epoch: epoch(),
        device: key(PHONE).public().device_id(),
        link: journal::Link([5; 32]),
    }
}

pub fn statement() -> Statement {
    let step = |first, last, received_at| Step { first, last, received_at };
    Statement {
        branch: 0,
        last: 300,
        notes_through: 298,
        steps: vec![step(299, 299, NOW - 30), step(300, 300, NOW)],
        position: 70_000,
    }
}

pub fn receipts() -> Value {
    let good = Receipt::sign(statement(), &context(), &key(SERVER));
    let mut altered = good.clone();
    altered.statement.notes_through = 300;
    let other_link = ReceiptContext { link: journal::Link([6; 32]), ..context() };
    let other_epoch = ReceiptContext { epoch: Epoch { created_at: NOW, random: [7; 8] }, ..context() };
    let other_device = ReceiptContext { device: key(OTHER_PHONE).public().device_id(), ..context() };
    let other_server = ReceiptContext { server: key(OTHER_SERVER).public().server_id(), ..context() };
    let mut flipped = good.clone();
    flipped.signature.0[63] ^= 0x20;
    let forged = Receipt::sign(statement(), &context(), &key(OTHER_SERVER));
    let cases = [
        ("as signed", &good, context(), true),
        ("the phone's journal ends in another link", &good, other_link, false),
        ("another epoch", &good, other_epoch, false),
        ("another device", &good, other_device, false),
        ("another server", &good, other_server, false),
        ("a number altered", &altered, context(), false),
        ("a bit of the signature altered", &flipped, context(), false),
        ("signed by a key that is not the server's", &forged, context(), false),
    ];
    let cases: Vec<Value> = cases
        .iter()
        .map(|(name, receipt, c, valid)| {
            assert_eq!(receipt.verify(c, &[key(SERVER).public()]), *valid, "{name}");
            let bytes = cbor::to_vec(*receipt);
            json!({
                "name": name, "valid": valid, "receipt": hex_of(&bytes), "says": diagnostic(&bytes),
                "server": c.server.to_string(), "epoch": hex_of(cbor::to_vec(&c.epoch)),
                "device": c.device.to_string(), "link": c.link.to_string(),
                "signed_hash": hex_of(Receipt::hash(&receipt.statement, c)),
            })
        })
        .collect();
    let old = OldReceipt { epoch: epoch(), link: context().link, receipt: good };
    let epochs =
        [epoch(), Epoch { created_at: NOW, random: [0; 8] }, Epoch { created_at: NOW, random: [1; 8] }];
    json!({
        "hole": hole(),
        "server_public_key": key(SERVER).public().to_string(),
        "statement": hex_of(cbor::to_vec(&statement())),
        "cases": cases,
        "old_receipt": hex_of(cbor::to_vec(&old)),
        "epochs_ascending": epochs.map(|e| hex_of(e.to_bytes())),
        "lost": hex_of(cbor::to_vec(&Lost { first: 4, last: 9, link: context().link })),
    })
}

/// A journal that goes on behind records that were lost, and the receipt over it.
fn hole() -> Value {
    let device = context().device;
    let lost = Lost { first: 4, last: 9, link: context().link };
    let digest = journal::digest(&device, 10, &[0xA0], &[]);
    let link = journal::next_link(&lost.link, &digest);
    let step = |first, last, received_at| Step { first, last, received_at };
    let steps = vec![step(1, 3, NOW - 90), step(10, 10, NOW)];
    let statement = Statement { branch: 0, last: 10, notes_through: 10, steps, position: 70_000 };
    let receipt =
        cbor::to_vec(&Receipt::sign(statement, &ReceiptContext { link, ..context() }, &key(SERVER)));
    json!({
        "lost": hex_of(cbor::to_vec(&lost)), "device": device.to_string(),
        "record_behind": { "seq": 10, "payload": hex_of([0xA0]), "digest": digest.to_string() },
        "link": link.to_string(), "receipt": hex_of(&receipt), "says": diagnostic(&receipt),
        "server": context().server.to_string(), "epoch": hex_of(cbor::to_vec(&epoch())),
    })
}

pub fn certificate() -> Certificate {
    let grant = |role, place| CertifiedGrant { role, place };
    Certificate {
        device_key: key(PHONE).public(),
        officer: 17,
        grants: vec![grant(Role::Camat, place("62.06.13")), grant(Role::FieldOfficer, tps())],
        predecessor: Some(key(OTHER_PHONE).public().device_id()),
        issued_at: NOW,
        server: key(SERVER).public().server_id(),
        signature: Sig([0; 64]),
    }
    .sign(&key(SERVER))
}

/// Certificate, succession and words, for `enrolment.json`.
pub fn attestations() -> Value {
    let good = certificate();
    let mut wider = good.clone();
    wider.grants[0].place = place("62");
    let succession = Succession::sign(&key(OTHER_PHONE), &key(PHONE).public());
    let of = |c: &Certificate| {
        let bytes = cbor::to_vec(c);
        json!({
            "certificate": hex_of(&bytes), "says": diagnostic(&bytes), "signed_hash": hex_of(c.hash()),
            "valid": c.verify(&[key(SERVER).public()]), "device": c.device().to_string(),
            "scope_digest": c.scope().digest().to_string(),
        })
    };
    let words = [PHONE, OTHER_PHONE].map(|n| {
        let (server, device) = (key(SERVER).public(), key(n).public());
        json!({
            "server_key": server.to_string(), "device_key": device.to_string(), "words": words(&server, &device),
        })
    });
    json!({
        "server_public_key": key(SERVER).public().to_string(),
        "certificates": [of(&good), of(&wider)],
        "succession": {
            "old_public_key": key(OTHER_PHONE).public().to_string(),
            "new_public_key": key(PHONE).public().to_string(),
            "succession": hex_of(cbor::to_vec(&succession)),
            "signed_hash": hex_of(Succession::hash(&succession.predecessor, &key(PHONE).public())),
            "not_valid_for_key": key(SERVER).public().to_string(),
        },
        "words": words,
    })
}
