//! The cases behind `protocol/vectors`: each module makes the files of one part of the protocol. The test
//! `tests/vectors` includes this too and compares.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "fixed input")]
#![allow(unreachable_pub, dead_code, reason = "shared by an example and a test")]

mod apart;
mod bodies;
mod chain;
mod desk;
mod fold;
mod forms;
mod frames;
mod goods;
mod handover;
mod messages;
mod rules;
pub mod tables;

use pantau_protocol::{hash::hex, keys::SecretKey, place::Place};
use serde_json::{Value, json};

/// All files, by name.
pub fn files() -> Vec<(&'static str, Value)> {
    vec![
        ("cbor.json", forms::cbor()),
        ("places.json", forms::places()),
        ("chain.json", chain::chain()),
        ("time.json", chain::time()),
        ("receipts.json", chain::receipts()),
        ("payloads.json", bodies::payloads()),
        ("kit.json", bodies::kit()),
        ("frames.json", frames::frames()),
        ("frames-dictionary-1.json", frames::dictionary_1()),
        ("messages.json", messages::messages()),
        ("enrolment.json", messages::enrolment()),
        ("segment.json", apart::segment()),
        ("handover.json", handover::handover()),
        ("projection.json", fold::projection()),
        ("projection-rules.json", rules::projection()),
    ]
}

/// The key made from 32 times this byte.
pub fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub const PHONE: u8 = 1;
pub const OTHER_PHONE: u8 = 2;
pub const SERVER: u8 = 200;
pub const OTHER_SERVER: u8 = 201;
/// A moment of the examples, unix seconds: 13 February 2024, 17:00 UTC.
pub const NOW: i64 = 1_707_843_600;

pub fn place(code: &str) -> Place {
    code.parse().expect("a place code")
}

pub fn tps() -> Place {
    place("62.06.13.2001/003")
}

pub fn hex_of(bytes: impl AsRef<[u8]>) -> Value {
    json!(hex(bytes.as_ref()))
}

/// JSON with sorted keys and one line for whatever fits on one, whatever map serde_json is built with.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    lay(value, 0, &mut out);
    out.push('\n');
    out
}

fn flat(value: &Value) -> String {
    match value {
        Value::Array(all) => format!("[{}]", all.iter().map(flat).collect::<Vec<_>>().join(", ")),
        Value::Object(all) => {
            let mut keys: Vec<_> = all.keys().collect();
            keys.sort();
            let parts: Vec<_> = keys.iter().map(|k| format!("{}: {}", json!(k), flat(&all[*k]))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        plain => plain.to_string(),
    }
}

fn lay(value: &Value, depth: usize, out: &mut String) {
    let short = flat(value);
    if depth > 0 && short.len() <= 100 {
        out.push_str(&short);
        return;
    }
    let pad = " ".repeat(depth + 1);
    match value {
        Value::Array(all) if !all.is_empty() => {
            out.push('[');
            for (i, v) in all.iter().enumerate() {
                out.push_str(if i > 0 { ",\n" } else { "\n" });
                out.push_str(&pad);
                lay(v, depth + 1, out);
            }
            out.push_str(&format!("\n{}]", " ".repeat(depth)));
        }
        Value::Object(all) if !all.is_empty() => {
            let mut keys: Vec<_> = all.keys().collect();
            keys.sort();
            out.push('{');
            for (i, k) in keys.iter().enumerate() {
                out.push_str(if i > 0 { ",\n" } else { "\n" });
                out.push_str(&format!("{pad}{}: ", json!(k)));
                lay(&all[*k], depth + 1, out);
            }
            out.push_str(&format!("\n{}}}", " ".repeat(depth)));
        }
        _ => out.push_str(&short),
    }
}

/// Diagnostic notation of RFC 8949 for canonical bytes, so that a reader sees what the hexadecimal says.
pub fn diagnostic(bytes: &[u8]) -> String {
    let mut d = minicbor::Decoder::new(bytes);
    said(&mut d).unwrap_or_else(|_| "not readable".into())
}

fn said(d: &mut minicbor::Decoder<'_>) -> Result<String, minicbor::decode::Error> {
    use minicbor::data::Type;
    Ok(match d.datatype()? {
        Type::Bytes => format!("h'{}'", hex(d.bytes()?)),
        Type::String => json!(d.str()?).to_string(),
        Type::Array => {
            let n = d.array()?.unwrap_or(0);
            let all: Result<Vec<_>, _> = (0..n).map(|_| said(d)).collect();
            format!("[{}]", all?.join(", "))
        }
        Type::Map => {
            let n = d.map()?.unwrap_or(0);
            let all: Result<Vec<_>, _> = (0..n).map(|_| Ok(format!("{}: {}", said(d)?, said(d)?))).collect();
            format!("{{{}}}", all.map_err(|e: minicbor::decode::Error| e)?.join(", "))
        }
        Type::Bool => d.bool()?.to_string(),
        Type::Null => {
            d.null()?;
            "null".into()
        }
        _ => i128::from(d.int()?).to_string(),
    })
}
