//! Hashes, ids, segments, pages, frames and signatures, by the page.

use super::cbor::{self, Value};

/// `H(tag, part …)`.
pub fn h(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut all = blake3::Hasher::new();
    for part in [tag.as_bytes()].iter().chain(parts) {
        all.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    *all.finalize().as_bytes()
}

pub fn first16(hash: [u8; 32]) -> [u8; 16] {
    hash[..16].try_into().unwrap()
}

/// Whether an Ed25519 key signed this hash.
pub fn is_signed(key: &[u8], hash: &[u8; 32], signature: &[u8]) -> bool {
    let key = ed25519_dalek::VerifyingKey::from_bytes(key.try_into().unwrap()).unwrap();
    key.verify_strict(hash, &ed25519_dalek::Signature::from_slice(signature).unwrap()).is_ok()
}

/// A note as it stands beside a record: field, commitment, and text with salt where it is whole.
#[derive(Debug, PartialEq)]
pub struct Note {
    pub field: u32,
    pub commitment: [u8; 32],
    pub whole: Option<(String, [u8; 16])>,
}

pub fn commitment(field: u32, salt: &[u8; 16], text: &str) -> [u8; 32] {
    h("pantau/1/note", &[&field.to_be_bytes(), salt, text.as_bytes()])
}

pub fn digest(device: &[u8], seq: u64, payload: &[u8], notes: &[Note]) -> [u8; 32] {
    let seq = seq.to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![device, &seq, payload];
    let fields: Vec<[u8; 4]> = notes.iter().map(|n| n.field.to_be_bytes()).collect();
    for (note, field) in notes.iter().zip(&fields) {
        parts.extend([&field[..], &note.commitment[..]]);
    }
    h("pantau/1/record", &parts)
}

pub fn link(before: &[u8; 32], digest: &[u8; 32]) -> [u8; 32] {
    h("pantau/1/link", &[before, digest])
}

/// The record id: a UUID of version 8.
pub fn id(digest: &[u8; 32]) -> [u8; 16] {
    let mut id = first16(*digest);
    id[6] = id[6] & 0x0F | 0x80;
    id[8] = id[8] & 0x3F | 0x80;
    id
}

fn sized<const N: usize>(value: &Value) -> Option<[u8; N]> {
    if let Value::Bytes(b) = value { b.as_slice().try_into().ok() } else { None }
}

fn note(value: &Value, seed: Option<&[u8; 16]>) -> Option<Note> {
    let Value::List(parts) = value else { return None };
    let Value::Int(field) = parts.first()? else { return None };
    let field = u32::try_from(*field).ok()?;
    let (text, salt) = match (&parts[1..], seed) {
        ([Value::Bytes(_)], _) => {
            return Some(Note { field, commitment: sized(&parts[1])?, whole: None });
        }
        ([Value::Text(text)], Some(seed)) => {
            (text, first16(h("pantau/1/salt", &[seed, &field.to_be_bytes()])))
        }
        ([Value::Text(text), salt], _) => (text, sized(salt)?),
        _ => return None,
    };
    Some(Note { field, commitment: commitment(field, &salt, text), whole: Some((text.clone(), salt)) })
}

/// A record with its notes.
pub type Carried = (Vec<u8>, Vec<Note>);

pub fn carried(payload: &Value, notes: &Value, seed: Option<&[u8; 16]>) -> Option<Carried> {
    let (Value::Bytes(payload), Value::List(notes)) = (payload, notes) else { return None };
    let all = notes.iter().map(|n| note(n, seed)).collect::<Option<Vec<_>>>()?;
    (all.len() <= 32).then(|| (payload.clone(), all))
}

/// The first 8 bytes of the base, and the records; `None` for what is no segment.
pub fn segment(bytes: &[u8]) -> Option<([u8; 8], Vec<Carried>)> {
    let wire = cbor::whole(bytes).ok()?;
    let mut seed: Option<[u8; 16]> = match wire.at(1) {
        Some(seed) => Some(sized(seed)?),
        None => None,
    };
    let Value::List(parts) = wire.at(2)? else { return None };
    let mut all = Vec::new();
    for pair in parts.chunks(2) {
        let [payload, notes] = pair else { return None };
        all.push(carried(payload, notes, seed.as_ref())?);
        seed = seed.map(|s| first16(h("pantau/1/salt-next", &[&s])));
    }
    (all.len() <= 2_000).then_some((sized(wire.at(0)?)?, all))
}

/// A row of a page.
pub struct Row {
    pub position: i128,
    pub kind: i128,
    pub device: [u8; 16],
    pub branch: i128,
    pub seq: i128,
    pub received_at: i128,
    pub not_before: i128,
    pub carried: Carried,
}

pub fn page(bytes: &[u8]) -> Option<Vec<Row>> {
    let wire = cbor::whole(bytes).ok()?;
    let devices = wire.items(0);
    let Value::Bytes(rows) = wire.at(2)? else { return None };
    let (mut at, mut position, mut received_at) = (0, 0, 0);
    let mut seqs = vec![0; devices.len()];
    let mut all = Vec::new();
    for _ in 0..wire.at(1)?.int() {
        let (row, end) = cbor::read(rows, at, 0).ok()?;
        at = end;
        let place = usize::try_from(row.at(2)?.int()).ok()?;
        let device = sized(devices.get(place)?)?;
        position += row.at(0)?.int();
        seqs[place] += row.at(4)?.int();
        received_at += row.at(5)?.int();
        all.push(Row {
            position,
            kind: row.at(1)?.int(),
            device,
            branch: row.at(3)?.int(),
            seq: seqs[place],
            received_at,
            not_before: row.opt(6).map_or(0, |since| received_at - since),
            carried: carried(row.at(7)?, row.at(8)?, None)?,
        });
    }
    (at == rows.len()).then_some(all)
}

/// A frame taken apart and not verified: header, its span, signature, body as sent.
pub struct Frame<'a> {
    pub header: &'a [u8],
    pub kind: u8,
    pub span: Option<(i128, i128, &'a [u8])>,
    pub signature: &'a [u8],
    pub body: &'a [u8],
}

pub fn frame(bytes: &[u8]) -> Frame<'_> {
    let (kind, flags) = (bytes[3], bytes[5]);
    let named = match (kind, flags & 2) {
        (2, _) => 0,
        (_, 0) => 16,
        _ => 32,
    };
    let mut at = 6 + named;
    let mut span = None;
    if flags & 1 != 0 {
        let (first, end) = cbor::read(bytes, at, 0).unwrap();
        let (count, end) = cbor::read(bytes, end, 0).unwrap();
        at = end + 32;
        span = Some((first.int(), count.int(), &bytes[end..at]));
    }
    Frame { header: &bytes[..at], kind, span, signature: &bytes[at..at + 64], body: &bytes[at + 64..] }
}

/// The hash that a phone signs, or with the digest of the request that a server does.
pub fn signed_hash(frame: &Frame<'_>, request: Option<&[u8]>) -> [u8; 32] {
    let body = blake3::hash(frame.body);
    match request {
        None => h("pantau/1/frame", &[frame.header, body.as_bytes()]),
        Some(request) => h("pantau/1/reply", &[frame.header, body.as_bytes(), request]),
    }
}
