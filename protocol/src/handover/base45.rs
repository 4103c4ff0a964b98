//! Base45 (RFC 9285): two bytes as three symbols of the alphanumeric mode of QR codes.

const SYMBOLS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Symbols that this many bytes take.
pub(super) const fn symbols(bytes: usize) -> usize {
    bytes / 2 * 3 + bytes % 2 * 2
}

/// Bytes that this many symbols stand for.
pub(super) const fn bytes(symbols: usize) -> usize {
    symbols / 3 * 2 + symbols % 3 / 2
}

fn symbol(n: u32) -> char {
    // Always below 45.
    usize::try_from(n % 45).ok().and_then(|n| SYMBOLS.get(n)).map_or('0', |b| char::from(*b))
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(symbols(bytes.len()));
    for pair in bytes.chunks(2) {
        let n = pair.iter().fold(0, |n, b| n << 8 | u32::from(*b));
        out.extend([symbol(n), symbol(n / 45)]);
        if pair.len() == 2 {
            out.push(symbol(n / 45 / 45));
        }
    }
    out
}

/// `None` for a symbol that is none, or symbols that stand for no bytes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| SYMBOLS.iter().position(|s| s == b).and_then(|n| u32::try_from(n).ok());
    let digits: Vec<u32> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let mut out = Vec::with_capacity(bytes(digits.len()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (bytes, text) in
            [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn what_stands_for_no_bytes_is_refused() {
        // 65,536 and more, 256 and more, one symbol over, a small letter, a symbol of more than one byte.
        for text in ["GGW", ":::", "::", "BB8B", "bb8", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode("FGW").unwrap(), [255, 255]);
    }
}
