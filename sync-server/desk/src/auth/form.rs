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

    /// The token of forms in this session, or under this sign-in cookie.
    pub fn token(&self, bound_to: &[u8; 32]) -> String {
        super::hex(blake3::keyed_hash(&self.0, bound_to).as_bytes())
    }

    /// Whether a form carries the right token. Compared in constant time.
    pub fn accepts(&self, bound_to: &[u8; 32], token: &str) -> bool {
        super::unhex(token).is_some_and(|sent| blake3::keyed_hash(&self.0, bound_to) == sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_its_session() {
        let key = FormKey::new([3; 32]);
        let token = key.token(&[1; 32]);
        assert!(key.accepts(&[1; 32], &token));
        assert!(!key.accepts(&[2; 32], &token));
        assert!(!FormKey::new([4; 32]).accepts(&[1; 32], &token));
        assert!(!key.accepts(&[1; 32], ""));
    }
}
