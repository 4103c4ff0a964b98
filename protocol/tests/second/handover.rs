//! Handovers, by the page: slips and spoken codes.

use super::{
    cbor::{self, Value},
    file, fixed, hex, list, number, wire,
    wire::h,
};

const SYMBOLS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const SPOKEN: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn base45(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|c| SYMBOLS.find(c)).collect::<Option<Vec<_>>>()?;
    let mut out = Vec::new();
    for group in digits.chunks(3) {
        let n = group.iter().rev().fold(0, |n, d| n * 45 + d);
        match group.len() {
            3 => out.extend(u16::try_from(n).ok()?.to_be_bytes()),
            2 => out.push(u8::try_from(n).ok()?),
            _ => return None,
        }
    }
    Some(out)
}

fn unpack(body: &[u8]) -> Option<Vec<u8>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/dictionary-1.zdict");
    let dictionary = std::fs::read(path).unwrap();
    let bytes = [&[0x28, 0xB5, 0x2F, 0xFD], body].concat();
    let mut out = Vec::new();
    let mut d = zstd::Decoder::with_dictionary(bytes.as_slice(), &dictionary).ok()?.single_frame();
    std::io::Read::read_to_end(&mut d, &mut out).ok()?;
    Some(out)
}

/// The values that stand one after the other.
fn values(bytes: &[u8]) -> Option<Vec<Value>> {
    let count = 4;
    // A list of four begins with 0x84.
    match cbor::whole(&[&[0x80 | count], bytes].concat()).ok()? {
        Value::List(all) => Some(all),
        _ => None,
    }
}

/// Key, signature, officer, number and record of a slip.
type Slip = ([u8; 32], [u8; 64], u32, u64, wire::Carried);

/// Why a text is no slip, or its key, signature, officer, number and record.
fn read(text: &str) -> Result<Slip, &'static str> {
    let symbols = text.strip_prefix("PANTAU1H:").ok_or("NotOurs")?;
    if symbols.len() > 2_400 {
        return Err("TooLong");
    }
    let bytes = base45(symbols).ok_or("Symbol")?;
    let (&version, rest) = bytes.split_first().ok_or("Truncated")?;
    if version != 1 {
        return Err("Version");
    }
    let (key, rest) = rest.split_first_chunk().ok_or("Truncated")?;
    let (signature, packed) = rest.split_first_chunk().ok_or("Truncated")?;
    let all = values(&unpack(packed).ok_or("Body")?).ok_or("Body")?;
    let [Value::Int(officer), Value::Int(seq), payload, notes] = all.as_slice() else { return Err("Body") };
    let carried = wire::carried(payload, notes, None).ok_or("Body")?;
    Ok((*key, *signature, *officer as u32, *seq as u64, carried))
}

#[test]
fn slips_and_who_signed_them() {
    let file = file("handover.json");
    for case in list(&file, "slips") {
        let (key, signature, officer, seq, (payload, notes)) = read(case["text"].as_str().unwrap()).unwrap();
        assert_eq!(payload, hex(&case["payload"]), "{case}");
        let device = wire::first16(h("pantau/1/device", &[&key]));
        let digest = wire::digest(&device, seq, &payload, &notes);
        assert_eq!(wire::id(&digest), fixed(&case["id"]), "{case}");
        let hash = h("pantau/1/handover", &[&digest, &officer.to_be_bytes()]);
        assert_eq!(wire::is_signed(&key, &hash, &signature), case["signed"].as_bool().unwrap(), "{case}");
    }
    for case in list(&file, "bad") {
        assert_eq!(
            read(case["text"].as_str().unwrap()).unwrap_err(),
            case["reason"].as_str().unwrap(),
            "{case}"
        );
    }
}

/// The check symbol of 11 symbols, by the sum as the page has it.
fn check(symbols: &[usize]) -> usize {
    let times_x = |n: usize| (n << 1) ^ if n & 16 == 0 { 0 } else { 0b10_0101 };
    let weighed = |(n, s): (usize, &usize)| (0..11 - n).fold(*s, |s, _| times_x(s));
    symbols.iter().enumerate().map(weighed).fold(0, |a, b| a ^ b)
}

fn typed(text: &str) -> Option<i128> {
    let kept = text.chars().filter(|c| !" -".contains(*c)).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    });
    let symbols = kept.map(|c| SPOKEN.find(c)).collect::<Option<Vec<_>>>()?;
    let good = symbols.len() == 12 && check(&symbols[..11]) == symbols[11];
    good.then(|| symbols.iter().fold(0, |n, s| n << 5 | *s as i128))
}

#[test]
fn spoken_codes() {
    let file = file("handover.json");
    for case in list(&file, "codes") {
        let id: [u8; 16] = fixed(&case["receive"]);
        let receipt = u32::from(u16::from_be_bytes([id[14], id[15]]) & 0xFFF);
        let officer = number(&case["officer"]) as u32 & 0x3FFF;
        let said = (number(&case["acceptance"]) as u32) << 26 | officer << 12 | receipt;
        let key = h("pantau/1/handover-code", &[&hex(&case["offer_signature"])]);
        let mac = *blake3::keyed_hash(&key, &said.to_be_bytes()).as_bytes();
        let mac = u32::from_be_bytes(mac[..4].try_into().unwrap()) >> 5;
        let read = typed(case["text"].as_str().unwrap()).unwrap();
        assert_eq!((read, read >> 5), (number(&case["number"]), i128::from(said) << 27 | i128::from(mac)));
    }
    for case in list(&file, "typed") {
        assert_eq!(typed(case["text"].as_str().unwrap()), case["number"].as_i64().map(i128::from), "{case}");
    }
}
