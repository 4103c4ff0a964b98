//! Encodings that middleboxes apply, as simple as their formats allow.

/// The bytes in a gzip stream of stored blocks.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = bytes.chunks(0xffff).count().max(1);
    for n in 0..blocks {
        let block = bytes.chunks(0xffff).nth(n).unwrap_or_default();
        let long = u16::try_from(block.len()).unwrap();
        out.push(u8::from(n + 1 == blocks));
        out.extend_from_slice(&long.to_le_bytes());
        out.extend_from_slice(&(!long).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32(bytes).to_le_bytes());
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    })
}

/// The bytes in base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().chain([&0, &0]).take(3).fold(0usize, |all, b| all << 8 | usize::from(*b));
        for n in 0..4 {
            let letter = char::from(LETTERS[all >> (18 - 6 * n) & 63]);
            out.push(if n <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

#[test]
fn they_are_what_others_make() {
    assert_eq!(base64(b"pantau"), "cGFudGF1");
    assert_eq!(base64(b"pant"), "cGFudA==");
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(gzip(b"ab")[10..17], [1, 2, 0, 0xfd, 0xff, b'a', b'b']);
}
