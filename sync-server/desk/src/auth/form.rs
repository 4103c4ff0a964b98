//! Proof that a form comes from one of our pages: a keyed hash over the session, or before sign-in over a
//! cookie of its own (double submit).

use pantau_log::{Identity, store::Operator};
use pantau_protocol::hash;

use crate::limit;

/// Key of all form tokens. It follows from the identity of the server: a page that was loaded before a restart works after
/// it, above all the button by which somebody signs out.
#[derive(Clone)]
pub struct FormKey([u8; 32]);

impl FormKey {
    /// A key of random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// The key of a server.
    pub(crate) fn of(identity: &Identity) -> Self {
        Self(blake3::derive_key("pantau desk forms", identity.anchor_key()))
    }

    /// A token that says that the right password of an operator was typed at `now`, unix seconds, in the browser with this
    /// sign-in cookie. A one-time code is asked for next.
    pub(crate) fn half_in(&self, operator: &Operator, bound_to: &[u8; 32], now: i64) -> String {
        let mac = super::hex(self.half_mac(operator, bound_to, now).as_bytes());
        format!("{now:x}.{mac}.{}", operator.username)
    }

    /// Whether such a token is for this operator, with the same password, from this browser and not too old.
    pub(crate) fn is_half_in(&self, sent: &str, operator: &Operator, bound_to: &[u8; 32], now: i64) -> bool {
        let mut parts = sent.splitn(3, '.');
        let issued = parts.next().and_then(|hex| i64::from_str_radix(hex, 16).ok());
        let mac = parts.next().and_then(super::unhex);
        let Some((issued, mac)) = issued.zip(mac) else { return false };
        let is_fresh = (0..limit::SECOND_STEP_S).contains(&now.saturating_sub(issued));
        // `Hash` compares in constant time.
        is_fresh && self.half_mac(operator, bound_to, issued) == mac
    }

    fn half_mac(&self, operator: &Operator, bound_to: &[u8; 32], now: i64) -> blake3::Hash {
        let parts: [&[u8]; 4] =
            [operator.username.as_bytes(), operator.password_hash.as_bytes(), bound_to, &now.to_le_bytes()];
        blake3::keyed_hash(&self.0, &hash::tagged("pantau/desk/half-in", &parts))
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
    use pantau_log::store::Rights;

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
    fn the_right_password_counts_for_one_browser_and_a_short_time() {
        let (key, siti) = (FormKey::new([3; 32]), Operator::new("siti.a", "$argon2id$1", 0, Rights::Admin));
        let token = key.half_in(&siti, &[1; 32], 1_000);
        let is_half_in = |who: &Operator, bound, now| key.is_half_in(&token, who, &bound, now);
        assert_eq!(token.splitn(3, '.').nth(2), Some("siti.a"));
        assert!(is_half_in(&siti, [1; 32], 1_000) && is_half_in(&siti, [1; 32], 1_299));
        assert!(!is_half_in(&siti, [1; 32], 1_300) && !is_half_in(&siti, [1; 32], 999));
        assert!(!is_half_in(&siti, [2; 32], 1_000), "another browser");
        let renewed = Operator { password_hash: "$argon2id$2".into(), ..siti.clone() };
        assert!(!is_half_in(&renewed, [1; 32], 1_000), "another password");
        assert!(!is_half_in(&Operator { username: "budi".into(), ..siti.clone() }, [1; 32], 1_000));
        for bad in ["", ".", "..", "3e8.00.siti.a"] {
            assert!(!key.is_half_in(bad, &siti, &[1; 32], 1_000), "{bad}");
        }
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
