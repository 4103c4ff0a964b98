//! Canonical CBOR and places.

use pantau_protocol::{
    cbor::{self, NotCanonical},
    hash::unhex,
    limit,
    place::{Place, Scope},
};
use serde_json::{Value, json};

use super::{diagnostic, hex_of, place};

/// The name of a reason, as the vectors and `docs/PROTOCOL.md` give it.
pub fn reason(why: &NotCanonical) -> (&'static str, usize) {
    match why {
        NotCanonical::Truncated(at) => ("Truncated", *at),
        NotCanonical::Form(at) => ("Form", *at),
        NotCanonical::Key(at) => ("Key", *at),
        NotCanonical::Text(at) => ("Text", *at),
        NotCanonical::Depth(at) => ("Depth", *at),
        NotCanonical::Trailing(n) => ("Trailing", *n),
    }
}

pub fn cbor() -> Value {
    let deepest = "81".repeat(limit::CBOR_DEPTH) + "00";
    let good = [
        ("zero", "00"),
        ("greatest number in the head", "17"),
        ("least with one byte", "1818"),
        ("greatest with one byte", "18ff"),
        ("least with two bytes", "190100"),
        ("least with four bytes", "1a00010000"),
        ("least with eight bytes", "1b0000000100000000"),
        ("greatest unsigned", "1bffffffffffffffff"),
        ("minus one", "20"),
        ("least negative", "3bffffffffffffffff"),
        ("empty bytes", "40"),
        ("bytes", "4401020304"),
        ("text", "6a72616b69742068616e6f"),
        ("text with two-byte letters", "62c3a9"),
        ("empty list", "80"),
        ("list", "83010203"),
        ("empty map", "a0"),
        ("map, keys ascending", "a30001020a1864f6"),
        ("negative keys after all unsigned ones", "a300010102200a"),
        ("false, true, null", "83f4f5f6"),
        ("nested as deeply as allowed", deepest.as_str()),
    ];
    let deeper = "81".repeat(limit::CBOR_DEPTH + 1) + "00";
    let bad = [
        ("nothing", ""),
        ("23 in a byte of its own", "1817"),
        ("255 in two bytes", "1900ff"),
        ("65535 in four bytes", "1a0000ffff"),
        ("2^32 - 1 in eight bytes", "1b00000000ffffffff"),
        ("length in a longer form", "580401020304"),
        ("number of entries in a longer form", "b8010001"),
        ("reserved head", "1c"),
        ("indefinite bytes", "5f4101ff"),
        ("indefinite text", "7f6161ff"),
        ("indefinite list", "9f01ff"),
        ("indefinite map", "bf0001ff"),
        ("break alone", "ff"),
        ("half float", "f93c00"),
        ("double", "fb3ff0000000000000"),
        ("undefined", "f7"),
        ("simple value", "e0"),
        ("false in two bytes", "f814"),
        ("tag", "c100"),
        ("keys descending", "a2020a0001"),
        ("key twice", "a200010002"),
        ("negative key before an unsigned one", "a220010002"),
        ("text as a key", "a1616101"),
        ("text that is not UTF-8", "62c328"),
        ("text cut within", "6461"),
        ("bytes cut within", "440102"),
        ("list cut within", "830102"),
        ("map without its last value", "a10a"),
        ("more entries announced than there are bytes", "bbffffffffffffffff"),
        ("bytes longer than any memory", "5bffffffffffffffff00"),
        ("a byte after the value", "0000"),
        ("nested too deeply", deeper.as_str()),
    ];
    let good: Vec<Value> = good
        .iter()
        .map(|(name, hex)| json!({ "name": name, "hex": hex, "says": diagnostic(&unhex(hex).unwrap()) }))
        .collect();
    let bad: Vec<Value> = bad
        .iter()
        .map(|(name, hex)| {
            let why = cbor::check(&unhex(hex).unwrap()).expect_err(name);
            let (reason, at) = reason(&why);
            json!({ "name": name, "hex": hex, "reason": reason, "byte": at })
        })
        .collect();
    json!({ "good": good, "bad": bad, "deepest": limit::CBOR_DEPTH })
}

pub fn places() -> Value {
    let codes = [
        "62",
        "62.06",
        "62.71",
        "62.06.13",
        "62.06.13.2001",
        "62.06.13.1001/901",
        "62.06.13.2001/003",
        "62.06.13.2001/3",
        "6",
        "620",
        "62.",
        "62..06",
        "62/003",
        "62.06.13.2001/",
        "62.06.13.2001/A1",
        "62.06.13.2001/003/1",
        "KPU-62",
        ".",
        "62.06.13.2001/0123456789",
    ];
    let codes: Vec<Value> = codes
        .iter()
        .map(|code| {
            let p = place(code);
            json!({
                "code": code,
                "level": p.level().map(|l| format!("{l:?}")),
                "ancestors": p.ancestors().map(String::from).collect::<Vec<_>>(),
                "district": p.district().as_str(),
                "cbor": hex_of(cbor::to_vec(&p)),
            })
        })
        .collect();
    let bad = ["", "62 06", "62_06", "62.06\u{0661}", "62.06.13.2001/01234567890"];
    assert!(bad.iter().all(|b| Place::new(b).is_err()));
    let scopes: [&[&str]; 7] = [
        &[],
        &["62"],
        &["62.06"],
        &["62.06.13", "62.06"],
        &["62.07", "62.06.13", "62.06.13"],
        &["62.06.13.2001", "62.06.13.2002"],
        &["62.06.13.2001/003"],
    ];
    let looked = [
        "62",
        "62.06",
        "62.061",
        "62.06.13",
        "62.06.13.2001",
        "62.06.13.2001/003",
        "62.06.14",
        "62.07.01.2001/001",
    ];
    let scopes: Vec<Value> = scopes
        .iter()
        .map(|roots| {
            let scope = Scope::new(roots.iter().map(|r| place(r)));
            let seen = |above: bool| -> Vec<&str> {
                looked.iter().copied().filter(|k| scope.sees([&place(k)], above)).collect()
            };
            json!({
                "roots": roots,
                "canonical_roots": scope.roots().iter().map(Place::as_str).collect::<Vec<_>>(),
                "digest": scope.digest().to_string(),
                "sees_field_records_with_key": seen(false),
                "sees_desk_records_with_key": seen(true),
            })
        })
        .collect();
    json!({ "codes": codes, "bad_codes": bad, "scopes": scopes, "keys_looked_at": looked })
}
