//! Canonical CBOR by the section "Encoding" of the page.

/// A value that a payload may hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Int(i128),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(i128, Value)>),
    Bool(bool),
    Null,
}

/// `CBOR_DEPTH` of the page.
const DEPTH: usize = 12;

/// Reason and byte, as `cbor.json` names them.
pub type Wrong = (&'static str, usize);

/// Exactly one canonical value.
pub fn whole(bytes: &[u8]) -> Result<Value, Wrong> {
    let (value, end) = read(bytes, 0, 0)?;
    if end == bytes.len() { Ok(value) } else { Err(("Trailing", bytes.len() - end)) }
}

/// The value that begins at `at`, and where it ends.
pub fn read(bytes: &[u8], at: usize, depth: usize) -> Result<(Value, usize), Wrong> {
    if depth > DEPTH {
        return Err(("Depth", at));
    }
    let (major, n, mut end) = head(bytes, at)?;
    let content = |from: usize| {
        let to = usize::try_from(n).ok().and_then(|n| from.checked_add(n)).ok_or(("Truncated", at))?;
        bytes.get(from..to).map(|b| (b, to)).ok_or(("Truncated", at))
    };
    Ok(match major {
        0 => (Value::Int(i128::from(n)), end),
        1 => (Value::Int(-1 - i128::from(n)), end),
        2 => content(end).map(|(b, to)| (Value::Bytes(b.to_vec()), to))?,
        3 => {
            let (b, to) = content(end)?;
            (Value::Text(String::from_utf8(b.to_vec()).map_err(|_| ("Text", at))?), to)
        }
        4 => {
            let mut all = Vec::new();
            for _ in 0..n {
                let (value, next) = read(bytes, end, depth + 1)?;
                (end, _) = (next, all.push(value));
            }
            (Value::List(all), end)
        }
        5 => {
            let (mut all, mut last) = (Vec::new(), None);
            for _ in 0..n {
                let (key_major, key, after) = head(bytes, end)?;
                if key_major > 1 || last.is_some_and(|l| l >= (key_major, key)) {
                    return Err(("Key", end));
                }
                last = Some((key_major, key));
                let key = if key_major == 0 { i128::from(key) } else { -1 - i128::from(key) };
                let (value, next) = read(bytes, after, depth + 1)?;
                (end, _) = (next, all.push((key, value)));
            }
            (Value::Map(all), end)
        }
        7 if end == at + 1 && (20..=22).contains(&n) => {
            (if n == 22 { Value::Null } else { Value::Bool(n == 21) }, end)
        }
        _ => return Err(("Form", at)),
    })
}

/// Major type, argument, where the head ends.
fn head(bytes: &[u8], at: usize) -> Result<(u8, u64, usize), Wrong> {
    let first = *bytes.get(at).ok_or(("Truncated", at))?;
    let (width, least) = match first & 31 {
        small @ 0..=23 => return Ok((first >> 5, u64::from(small), at + 1)),
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return Err(("Form", at)),
    };
    let digits = bytes.get(at + 1..at + 1 + width).ok_or(("Truncated", at))?;
    let n = digits.iter().fold(0, |n, b| n << 8 | u64::from(*b));
    if n < least { Err(("Form", at)) } else { Ok((first >> 5, n, at + 1 + width)) }
}

fn put_head(out: &mut Vec<u8>, major: u8, n: u64) {
    let digits = n.to_be_bytes();
    let (info, width) = match n {
        0..=23 => (n as u8, 0),
        24..=0xFF => (24, 1),
        0x100..=0xFFFF => (25, 2),
        0x1_0000..=0xFFFF_FFFF => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | info);
    out.extend(&digits[8 - width..]);
}

/// A value as canonical bytes.
pub fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(n) if *n >= 0 => put_head(out, 0, *n as u64),
        Value::Int(n) => put_head(out, 1, (-1 - n) as u64),
        Value::Bytes(b) => {
            put_head(out, 2, b.len() as u64);
            out.extend(b);
        }
        Value::Text(t) => {
            put_head(out, 3, t.len() as u64);
            out.extend(t.as_bytes());
        }
        Value::List(all) => {
            put_head(out, 4, all.len() as u64);
            all.iter().for_each(|v| write(v, out));
        }
        Value::Map(all) => {
            put_head(out, 5, all.len() as u64);
            for (key, value) in all {
                write(&Value::Int(*key), out);
                write(value, out);
            }
        }
        Value::Bool(b) => out.push(if *b { 0xF5 } else { 0xF4 }),
        Value::Null => out.push(0xF6),
    }
}

pub fn bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

impl Value {
    /// What stands under a key of a map, or at a place of a list.
    pub fn at(&self, key: i128) -> Option<&Value> {
        match self {
            Self::Map(all) => all.iter().find(|(k, _)| *k == key).map(|(_, v)| v),
            Self::List(all) => all.get(usize::try_from(key).ok()?).filter(|v| **v != Self::Null),
            _ => None,
        }
    }

    pub fn int(&self) -> i128 {
        if let Self::Int(n) = self { *n } else { panic!("no number: {self:?}") }
    }

    pub fn text(&self) -> &str {
        if let Self::Text(t) = self { t } else { panic!("no text: {self:?}") }
    }

    pub fn raw<const N: usize>(&self) -> [u8; N] {
        if let Self::Bytes(b) = self {
            b.as_slice().try_into().unwrap()
        } else {
            panic!("no bytes: {self:?}")
        }
    }

    pub fn list(&self) -> &[Value] {
        if let Self::List(all) = self { all } else { panic!("no list: {self:?}") }
    }

    /// A number that may be absent.
    pub fn opt(&self, key: i128) -> Option<i128> {
        self.at(key).map(Self::int)
    }

    /// A list that may be absent.
    pub fn items(&self, key: i128) -> &[Value] {
        self.at(key).map(Self::list).unwrap_or_default()
    }
}
