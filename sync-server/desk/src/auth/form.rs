//! Proof that a form comes from one of our pages: a keyed hash over the session, or before sign-in over a
//! cookie of its own (double submit).

/// Key of all form tokens, random at every start.
#[derive(Clone)]
pub struct FormKey([u8; 32]);

impl FormKey {
    /// A key of random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// The token of forms in this session, or under this sign-in cookie. It never leaves the server as it is: see
    /// [`masked`].
    pub fn token(&self, bound_to: &[u8; 32]) -> String {
        super::hex(blake3::keyed_hash(&self.0, bound_to).as_bytes())
    }

    /// Whether a form carries the right token, masked. Compared in constant time.
    pub fn accepts(&self, bound_to: &[u8; 32], sent: &str) -> bool {
        let halves =
            sent.split_at_checked(64).and_then(|(pad, rest)| super::unhex(pad).zip(super::unhex(rest)));
        halves.is_some_and(|(pad, rest)| blake3::keyed_hash(&self.0, bound_to) == xor(&pad, &rest))
    }
}

/// A token as pages carry it: random bytes, and the token under them. Pages are compressed and repeat what was asked
/// for, so a token that is the same on each could be guessed letter by letter from their length (BREACH).
pub fn masked(token: &str, pad: &[u8; 32]) -> String {
    let token = super::unhex(token).unwrap_or_default();
    format!("{}{}", super::hex(pad), super::hex(&xor(pad, &token)))
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|n| a.get(n).zip(b.get(n)).map_or(0, |(a, b)| a ^ b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_its_session() {
        let key = FormKey::new([3; 32]);
        let token = masked(&key.token(&[1; 32]), &[9; 32]);
        assert!(key.accepts(&[1; 32], &token));
        assert!(!key.accepts(&[2; 32], &token));
        assert!(!FormKey::new([4; 32]).accepts(&[1; 32], &token));
        assert!(!key.accepts(&[1; 32], ""));
    }

    #[test]
    fn a_token_looks_different_on_each_page_and_is_none_unmasked() {
        let key = FormKey::new([3; 32]);
        let plain = key.token(&[1; 32]);
        let (one, other) = (masked(&plain, &[7; 32]), masked(&plain, &[8; 32]));
        assert!(key.accepts(&[1; 32], &one) && key.accepts(&[1; 32], &other));
        assert!(one.get(..64) != other.get(..64) && one.get(64..) != other.get(64..));
        assert!(!one.contains(&plain) && !key.accepts(&[1; 32], &plain));
        assert!(!key.accepts(&[1; 32], &format!("{one}00")) && !key.accepts(&[1; 32], &"é".repeat(64)));
    }
}
