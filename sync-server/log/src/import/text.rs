//! What the bytes of a file are, and what a text in it may be.

use std::borrow::Cow;

use pantau_protocol::legible::hidden_sign;
use unicode_normalization::UnicodeNormalization as _;

use crate::limit;

/// The bytes as text in UTF-8, without a byte order mark: what begins with the mark of UTF-16 is turned into it.
///
/// # Errors
/// What the bytes are instead, for UTF-16 without a mark or cut short.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Ok(Cow::Borrowed(rest));
    }
    let two = |n: fn([u8; 2]) -> u16, rest: &[u8]| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let text = String::from_utf16(&pairs.iter().map(|pair| n(*pair)).collect::<Vec<u16>>());
        match text {
            Ok(text) if odd.is_empty() => Ok(Cow::Owned(text.into_bytes())),
            _ => Err("is UTF-16 and cannot be read to its end; save the file as UTF-8".to_owned()),
        }
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => two(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => two(u16::from_be_bytes, rest),
        // No table has zero bytes; plain letters in UTF-16 are half zeros.
        [0, _, ..] | [_, 0, ..] => Err("looks like UTF-16; save the file as UTF-8".to_owned()),
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

/// A name as it is kept: letters with their accents in one (NFC), single blanks, none at the ends. An empty one
/// stays empty.
///
/// # Errors
/// A name of blanks alone, with a sign that does not show, or longer than any name.
pub(super) fn name(text: &str) -> Result<String, String> {
    let name = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() && !text.is_empty() {
        return Err("holds nothing but blanks".into());
    }
    if let Some(sign) = hidden_sign(&name) {
        return Err(format!(
            "has a sign that does not show or turns letters around (U+{:04X})",
            u32::from(sign)
        ));
    }
    if name.chars().count() > limit::NAME_CHARS {
        return Err(format!("is longer than {} letters", limit::NAME_CHARS));
    }
    if name.split(' ').any(|word| word.chars().count() > limit::NAME_WORD_CHARS) {
        return Err(format!("has more than {} letters without a blank", limit::NAME_WORD_CHARS));
    }
    Ok(name)
}

/// A phone number as people write it.
///
/// # Errors
/// What a spreadsheet made of one, and what has no digit.
pub(super) fn phone(text: &str) -> Result<String, String> {
    let phone = name(text)?;
    if is_scientific(&phone) {
        return Err(format!(
            "{phone:?} was cut short by a spreadsheet: make the column text and type it again"
        ));
    }
    if !phone.is_empty() && !phone.chars().any(|c| c.is_ascii_digit()) {
        return Err("has no digit".into());
    }
    Ok(phone)
}

/// Whether this is a number such as `6.28123E+12`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.trim_start_matches(['+', '-']);
    let is_digits =
        |t: &str, more: &[char]| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit() || more.contains(&c));
    is_digits(mantissa, &['.', ',']) && is_digits(exponent, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_are_read() {
        assert_eq!(name("  Sari\u{A0} Contoh "), Ok("Sari Contoh".into()));
        assert_eq!(name("De\u{301}sa"), Ok("D\u{E9}sa".into()));
        assert_eq!(name(""), Ok(String::new()));
        assert!(name("\u{A0}").unwrap_err().contains("nothing but blanks"));
        assert!(name("aman\u{202E}nama").unwrap_err().contains("U+202E"));
        assert!(name(&"a".repeat(1_400)).is_err() && name(&"a ".repeat(700)).is_err());
        assert!(name(&"a".repeat(61)).unwrap_err().contains("without a blank"));
    }

    #[test]
    fn a_phone_number_is_one() {
        for good in ["0811", "+62 811-2345", "(0532) 21 212", "0811 / 0812 (kantor)", ""] {
            assert_eq!(phone(good).as_deref(), Ok(good));
        }
        for bad in ["6.28123E+12", "6,28E12", "8e+11", "-", "#N/A", "\u{A0}"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_bytes_are_told_apart() {
        let text = "code,name\n62,Désa 𝄞\n";
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", text.into()),
            marked(b"\xFF\xFE", wide(u16::to_le_bytes)),
            marked(b"\xFE\xFF", wide(u16::to_be_bytes)),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text.as_bytes());
        }
        for bytes in [
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
            b"\xFF\xFEa".to_vec(),
            b"\xFF\xFE\x00\xD8".to_vec(),
        ] {
            assert!(decode(&bytes).unwrap_err().contains("UTF-16"));
        }
        assert_eq!(decode(b"").unwrap(), &b""[..]);
    }
}
