//! What decoders are fed with: the golden vectors of the protocol, files that were shipped, and both damaged.

use std::path::Path;

use fastrand::Rng;
use pantau_protocol::hash;
use serde_json::Value;

/// All bytes and texts of the golden vectors, and the files an import takes.
pub fn vectors() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(root.join("protocol/vectors")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
        collect(&serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap(), &mut all);
    }
    for file in ["protocol/assets/checklists.json", "protocol/assets/profiles/pemilu-2024.json"] {
        all.push(std::fs::read(root.join(file)).unwrap());
    }
    for table in [crate::world::REGIONS.to_owned(), crate::world::OFFICERS.to_owned(), crate::world::tps()] {
        all.push(table.into_bytes());
    }
    all.push(desk_journal());
    // Segments and compressed bodies stand inside of others, these after a byte that names a dictionary.
    let inside: Vec<Vec<u8>> =
        all.iter().flat_map(|bytes| segment(bytes).into_iter().chain(packed(bytes))).collect();
    all.extend(inside);
    all.sort();
    all.dedup();
    all
}

fn collect(value: &Value, all: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => {
            all.extend(hash::unhex(text));
            all.push(text.clone().into_bytes());
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, all)),
        Value::Object(fields) => fields.values().for_each(|v| collect(v, all)),
        _ => {}
    }
}

/// The segment of a request.
fn segment(bytes: &[u8]) -> Option<Vec<u8>> {
    use pantau_protocol::{cbor, exchange::Request};
    let segment = cbor::from_slice::<Request>(bytes).ok()?.segment?;
    Some(cbor::to_vec(&segment))
}

/// The compressed body of a frame, after its dictionary.
fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let parsed = pantau_protocol::frame::parse(bytes).ok()?;
    let body = bytes.get(parsed.evidence().header.len() + 64..)?;
    Some([&[parsed.dictionary], body].concat())
}

/// A file of the desk's journal with three entries.
fn desk_journal() -> Vec<u8> {
    let mut out = b"PANTAUDJ\x01generate".to_vec();
    for (n, frame) in [&b"one"[..], b"", &[7; 300]].into_iter().enumerate() {
        let mut entry = u32::try_from(frame.len()).unwrap().to_le_bytes().to_vec();
        entry.extend_from_slice(&(1_707_700_000 + n as i64).to_le_bytes());
        entry.extend_from_slice(frame);
        let sum = hash::tagged("pantau/1/desk-journal", &[&entry]);
        out.extend_from_slice(&entry);
        out.extend_from_slice(&sum[..16]);
    }
    out
}

/// The bytes with a few changes, some of them taken from other bytes.
pub fn mutate(rng: &mut Rng, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..rng.usize(1..5) {
        let (from, to) = (rng.usize(0..=out.len()), rng.usize(0..=out.len()));
        let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 64));
        match rng.u8(0..9) {
            0 => out.truncate(from),
            1 => drop(out.drain(from..to)),
            2 => drop(out.splice(from..from, bytes.iter().copied().take(to - from))),
            3 => drop(out.splice(from..to, std::iter::repeat_with(|| rng.u8(..)).take(to - from))),
            4 => {
                drop(out.splice(from..from, other.iter().copied().skip(rng.usize(0..=other.len())).take(64)))
            }
            // Numbers at the ends of their ranges, as CBOR and as plain bytes.
            5 => drop(
                out.splice(from..to.min(from + 9), [0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            ),
            6 => drop(out.splice(from..to.min(from + 1), [*rng.choice(&[0, 1, 0x7F, 0x80, 0xFF]).unwrap()])),
            _ => {
                if let Some(byte) = out.get_mut(from) {
                    *byte ^= 1 << rng.u8(0..8);
                }
            }
        }
    }
    out.truncate(4096.max(bytes.len()));
    out
}
