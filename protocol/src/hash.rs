//! Domain-separated hashing: every part is length-prefixed, so no two inputs collide by shifting bytes.

/// A 32-byte BLAKE3 hash over `tag` and `parts`, each preceded by its length as 8 bytes little-endian.
pub fn tagged(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut h = Tagged::new(tag);
    for part in parts {
        h.part(part);
    }
    h.finish()
}

/// The same hash, built part by part.
pub struct Tagged(blake3::Hasher);

impl Tagged {
    /// Starts a hash in the domain `tag`.
    pub fn new(tag: &str) -> Self {
        let mut h = Self(blake3::Hasher::new());
        h.part(tag.as_bytes());
        h
    }

    /// Adds one length-prefixed part.
    pub fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The hash over all parts so far.
    pub fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// The first `N` bytes (at most 32) of a hash.
pub fn prefix<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(hash).for_each(|(o, h)| *o = *h);
    out
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

/// Bytes of a hexadecimal string; `None` for anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    // `from_str_radix` alone would take a sign for a digit.
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}
