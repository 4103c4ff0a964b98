//! Browsers that signed in before. Each keeps a token that names an operator. It opens nothing: it only keeps a
//! flood of strangers from standing in its operator's way. Signed with a key that follows from the identity
//! file, over the hash of the password: a new password, or none, ends all tokens of that operator.

use pantau_protocol::hash;

use crate::limit;
use pantau_log::Identity;

/// The key of all tokens of a server.
pub(crate) struct KnownKey([u8; 32]);

/// Longest token looked at.
const TOKEN_BYTES: usize = 16 + 32 + 64 + 2;

impl KnownKey {
    pub(crate) fn new(identity: &Identity) -> Self {
        Self(blake3::derive_key("pantau desk known browser", identity.anchor_key()))
    }

    /// A token for a browser that signed in at `now`, unix seconds.
    pub(crate) fn token(&self, name: &str, password_hash: &str, id: &[u8; 16], now: i64) -> String {
        let mac = self.mac(name, password_hash, id, now);
        format!("{now:x}.{}.{}", hash::hex(id), hash::hex(mac.as_bytes()))
    }

    /// The id of a token, if it is ours, fits this operator and is not too old.
    pub(crate) fn check(&self, token: &str, name: &str, password_hash: &str, now: i64) -> Option<[u8; 16]> {
        if token.len() > TOKEN_BYTES {
            return None;
        }
        let (issued, rest) = token.split_once('.')?;
        let (id, mac) = rest.split_once('.')?;
        let issued = i64::from_str_radix(issued, 16).ok()?;
        let id: [u8; 16] = hash::unhex(id)?.try_into().ok()?;
        let mac: [u8; 32] = hash::unhex(mac)?.try_into().ok()?;
        // One from the time to come was made under a clock that was ahead; it would never end.
        let is_fresh = now.saturating_sub(issued).abs() < limit::KNOWN_BROWSER_S;
        // `Hash` compares in constant time.
        (is_fresh && self.mac(name, password_hash, &id, issued) == mac).then_some(id)
    }

    fn mac(&self, name: &str, password_hash: &str, id: &[u8; 16], issued: i64) -> blake3::Hash {
        let parts: [&[u8]; 4] = [name.as_bytes(), password_hash.as_bytes(), id, &issued.to_le_bytes()];
        blake3::keyed_hash(&self.0, &hash::tagged("pantau/desk/known", &parts))
    }
}

/// The end of the name of the cookie for an operator: a browser may be used by several.
pub(crate) fn cookie_suffix(name: &str) -> String {
    let hashed = hash::tagged("pantau/desk/known-cookie", &[name.as_bytes()]);
    hash::hex(hashed.first_chunk::<8>().unwrap_or(&[0; 8]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantau_log::Env;

    #[test]
    fn a_token_fits_one_operator_with_one_password_for_half_a_year() {
        let key = KnownKey::new(&Identity::create(&Env::real()).unwrap());
        let token = key.token("siti", "$argon2id$1", &[7; 16], 1_000);
        let check = |token: &str, name, phc, now| key.check(token, name, phc, now);
        assert_eq!(check(&token, "siti", "$argon2id$1", 2_000), Some([7; 16]));
        assert_eq!(check(&token, "budi", "$argon2id$1", 2_000), None);
        assert_eq!(check(&token, "siti", "$argon2id$2", 2_000), None, "a new password ends it");
        assert_eq!(check(&token, "siti", "$argon2id$1", 1_000 + limit::KNOWN_BROWSER_S), None);
        assert_eq!(check(&token, "siti", "$argon2id$1", 1_000 - limit::KNOWN_BROWSER_S), None);
        let other = KnownKey::new(&Identity::create(&Env::real()).unwrap());
        assert_eq!(other.check(&token, "siti", "$argon2id$1", 2_000), None);
        for bad in ["", ".", "..", "3e8", "3e8..", &token[1..], &token[..token.len() - 1], &"a.".repeat(900)]
        {
            assert_eq!(check(bad, "siti", "$argon2id$1", 2_000), None, "{bad}");
        }
    }

    #[test]
    fn every_operator_has_a_cookie_in_a_shared_browser() {
        assert_ne!(cookie_suffix("siti"), cookie_suffix("budi"));
        assert!(cookie_suffix("a;b=\n").bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
