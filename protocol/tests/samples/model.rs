//! An independent model of canonical CBOR: what may be said, how it is written, and how it is written wrongly.
#![allow(unreachable_pub, reason = "a module of a test")]
#![allow(clippy::unwrap_used, reason = "tests")]

use minicbor::{Decoder, data::Type};
use pantau_protocol::limit;
use proptest::prelude::*;

/// The plain values that canonical CBOR may hold, as an independent model of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Major type 0 or 1, and the argument.
    Int(bool, u64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(Vec<((bool, u64), Value)>),
    Simple(u8),
}

fn head(out: &mut Vec<u8>, major: u8, n: u64) {
    let top = major << 5;
    match n {
        0..=23 => out.push(top | n as u8),
        24..=0xFF => out.extend([top | 24, n as u8]),
        0x100..=0xFFFF => {
            out.push(top | 25);
            out.extend((n as u16).to_be_bytes());
        }
        0x1_0000..=0xFFFF_FFFF => {
            out.push(top | 26);
            out.extend((n as u32).to_be_bytes());
        }
        _ => {
            out.push(top | 27);
            out.extend(n.to_be_bytes());
        }
    }
}

pub fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(negative, n) => head(out, u8::from(*negative), *n),
        Value::Bytes(b) => {
            head(out, 2, b.len() as u64);
            out.extend(b);
        }
        Value::Text(t) => {
            head(out, 3, t.len() as u64);
            out.extend(t.as_bytes());
        }
        Value::List(all) => {
            head(out, 4, all.len() as u64);
            all.iter().for_each(|v| write(v, out));
        }
        Value::Map(all) => {
            let mut all = all.clone();
            all.sort_by_key(|(key, _)| *key);
            all.dedup_by_key(|(key, _)| *key);
            head(out, 5, all.len() as u64);
            for ((negative, n), value) in &all {
                head(out, u8::from(*negative), *n);
                write(value, out);
            }
        }
        Value::Simple(n) => out.push(0xE0 | n),
    }
}

/// Writes the same value in a form that is not canonical: the `at`-th head in a longer form than it needs,
/// or the `at`-th map with a key doubled or out of order. `None` if there is nothing to worsen there.
pub fn worsen(value: &Value, how: u8, at: usize) -> Option<Vec<u8>> {
    fn wide(out: &mut Vec<u8>, major: u8, n: u64) {
        out.push(major << 5 | 27);
        out.extend(n.to_be_bytes());
    }
    fn go(value: &Value, widen: bool, left: &mut isize, out: &mut Vec<u8>) -> bool {
        let mut chosen = |counts: bool| {
            *left -= isize::from(counts);
            counts && *left == -1
        };
        match value {
            Value::Map(all) => {
                let worse = chosen(true);
                let mut all = all.clone();
                all.sort_by_key(|(key, _)| *key);
                all.dedup_by_key(|(key, _)| *key);
                if worse && !widen {
                    let Some(first) = all.first().cloned() else { return false };
                    all.push(first);
                }
                if worse && widen && all.len() < 1 << 16 {
                    wide(out, 5, all.len() as u64)
                } else {
                    head(out, 5, all.len() as u64)
                }
                let mut done = worse;
                for ((negative, n), inside) in &all {
                    head(out, u8::from(*negative), *n);
                    done |= go(inside, widen, left, out);
                }
                done
            }
            Value::List(all) => {
                let worse = chosen(widen);
                if worse {
                    wide(out, 4, all.len() as u64)
                } else {
                    head(out, 4, all.len() as u64)
                }
                all.iter().fold(worse, |done, v| go(v, widen, left, out) | done)
            }
            Value::Int(negative, n) if *n < 1 << 32 && chosen(widen) => {
                wide(out, u8::from(*negative), *n);
                true
            }
            Value::Text(t) if chosen(widen) => {
                wide(out, 3, t.len() as u64);
                out.extend(t.as_bytes());
                true
            }
            other => {
                write(other, out);
                false
            }
        }
    }
    let mut out = Vec::new();
    let mut left = isize::try_from(at).ok()?;
    go(value, how.is_multiple_of(2), &mut left, &mut out).then_some(out)
}

/// Reads what a lenient parser reads, within the depth that is allowed; `None` for all else.
pub fn read(d: &mut Decoder<'_>, depth: usize) -> Option<Value> {
    if depth > limit::CBOR_DEPTH {
        return None;
    }
    Some(match d.datatype().ok()? {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => Value::Int(false, d.u64().ok()?),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            let n = i128::from(d.int().ok()?);
            Value::Int(n < 0, u64::try_from(if n < 0 { -1 - n } else { n }).ok()?)
        }
        Type::Bytes => Value::Bytes(d.bytes().ok()?.to_vec()),
        Type::String => Value::Text(d.str().ok()?.to_owned()),
        Type::Array => {
            let n = d.array().ok()??;
            let mut all = Vec::new();
            for _ in 0..n {
                all.push(read(d, depth + 1)?);
            }
            Value::List(all)
        }
        Type::Map => {
            let n = d.map().ok()??;
            let mut all = Vec::new();
            for _ in 0..n {
                let Value::Int(negative, key) = read(d, depth)? else { return None };
                all.push(((negative, key), read(d, depth + 1)?));
            }
            Value::Map(all)
        }
        Type::Bool => Value::Simple(if d.bool().ok()? { 21 } else { 20 }),
        Type::Null => {
            d.null().ok()?;
            Value::Simple(22)
        }
        _ => return None,
    })
}

/// Whether bytes are canonical, by the model: reading and writing gives them back.
pub fn canonical(bytes: &[u8]) -> bool {
    let mut d = Decoder::new(bytes);
    let Some(value) = read(&mut d, 0) else { return false };
    let mut again = Vec::new();
    write(&value, &mut again);
    again == bytes
}

pub fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![0..300u64, any::<u64>(), any::<u32>().prop_map(u64::from)];
    let leaf = prop_oneof![
        (any::<bool>(), number.clone()).prop_map(|(n, v)| Value::Int(n, v)),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        "\\PC{0,12}".prop_map(Value::Text),
        (20..23u8).prop_map(Value::Simple),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let key = (any::<bool>(), number.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec((key, inner), 0..6).prop_map(Value::Map),
        ]
    })
}
