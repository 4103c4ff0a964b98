//! Read tokens: what a program shows instead of a session, to read what the desk knows of one region. The store has
//! the hash of the secret only. A secret is 32 random bytes, so one round of a fast hash is enough, unlike for
//! passwords, which people choose.
//!
//! As text: `pantau_` + 16 hexadecimal digits of the id + `_` + 64 of the secret.

use pantau_log::{
    Env, Error,
    store::{ReadToken, Stored, View},
};
use pantau_protocol::{hash, place::Place};

/// How every token begins, so that one that leaks into a file or a log can be searched for.
const PREFIX: &str = "pantau_";

/// What a token is to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What people call it.
    pub name: String,
    /// The place that it may read, with all that lies in it.
    pub within: Place,
    /// It may read names of officers.
    pub names: bool,
    /// Days for which it is in force.
    pub days: u32,
}

/// A new token as the store keeps it, and its text, which is shown once and kept nowhere.
///
/// # Errors
/// [`Error::Entropy`] without randomness.
pub fn make(env: &Env, wanted: Wanted) -> Result<(ReadToken, String), Error> {
    let (id, secret) = (hash::hex(&env.random::<8>()?), env.random::<32>()?);
    let text = format!("{PREFIX}{id}_{}", hash::hex(&secret));
    let now = env.now();
    let token = ReadToken {
        secret_hash: hashed(&secret),
        id,
        name: wanted.name,
        within: wanted.within,
        names: wanted.names,
        created_at: now,
        expires_at: now.saturating_add(i64::from(wanted.days) * DAY_S),
        revoked_at: None,
        used_on: None,
    };
    Ok((token, text))
}

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// The day of a time in unix seconds, in days since 1970-01-01 UTC: as closely as the use of a token is kept.
pub fn day(at: i64) -> i64 {
    at.div_euclid(DAY_S)
}

/// A token as somebody sent it.
pub(crate) struct Sent {
    pub(crate) id: String,
    secret: [u8; 32],
}

impl Sent {
    /// Reads the text of a token; `None` for anything that cannot be one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let id: [u8; 8] = hash::unhex(id)?.try_into().ok()?;
        let secret: [u8; 32] = hash::unhex(secret)?.try_into().ok()?;
        Some(Self { id: hash::hex(&id), secret })
    }
}

/// What became of a token that was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is in force.
    InForce(ReadToken),
    /// There is none, or its secret is another.
    Wrong {
        /// There is a token with this id.
        is_known: bool,
    },
    /// It was in force until then, unix seconds.
    Expired(i64),
    /// It was revoked then, unix seconds.
    Revoked(i64),
}

/// Looks a token up at a time, unix seconds. Why it is not in force is told only to who has the secret.
pub(crate) fn find(view: &dyn View, sent: &Sent, now: i64) -> Stored<Found> {
    let Some(token) = view.read_token(&sent.id)? else { return Ok(Found::Wrong { is_known: false }) };
    // `Hash` compares in constant time.
    if blake3::Hash::from(token.secret_hash) != blake3::Hash::from(hashed(&sent.secret)) {
        return Ok(Found::Wrong { is_known: true });
    }
    Ok(match (token.revoked_at, token.expires_at) {
        (Some(at), _) => Found::Revoked(at),
        (None, end) if end <= now => Found::Expired(end),
        (None, _) => Found::InForce(token),
    })
}

fn hashed(secret: &[u8; 32]) -> [u8; 32] {
    hash::tagged("pantau/desk/read-token", &[secret])
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantau_log::store::{self, MemoryStore};

    fn made() -> (ReadToken, String) {
        let within = Place::new("62.06").unwrap();
        make(&Env::real(), Wanted { name: "papan".into(), within, names: false, days: 2 }).unwrap()
    }

    #[test]
    fn a_token_opens_until_it_ends_or_is_revoked_and_no_other_does() {
        let store = MemoryStore::default();
        let ((token, text), (other, other_text)) = (made(), made());
        store::write(&store, |tx| {
            tx.put_read_token(&token)?;
            tx.put_read_token(&ReadToken { revoked_at: Some(5), ..other.clone() })
        })
        .unwrap();
        let find = |text: &str, now: i64| {
            let sent = Sent::read(text).unwrap();
            store::read(&store, |view| find(view, &sent, now)).unwrap()
        };
        let end = token.expires_at;
        assert_eq!(end, token.created_at + 2 * 86_400);
        assert_eq!(find(&text, end - 1), Found::InForce(token.clone()));
        assert_eq!(find(&text, end), Found::Expired(end));
        assert_eq!(find(&other_text, end - 1), Found::Revoked(5));
        let secret = text.rsplit('_').next().unwrap();
        let crossed = other_text.replace(other_text.rsplit('_').next().unwrap(), secret);
        assert_eq!(
            find(&crossed, end - 1),
            Found::Wrong { is_known: true },
            "neither the other's secret nor why it ended"
        );
        let nobody = text.replace(&token.id, &"0".repeat(16));
        assert_eq!(find(&nobody, end - 1), Found::Wrong { is_known: false });
    }

    #[test]
    fn the_store_holds_no_secret_and_what_is_no_token_is_read_as_none() {
        let (token, text) = made();
        assert!(!text.contains(&hash::hex(&token.secret_hash)));
        for bad in ["", "pantau_", "pantau__", &text[1..], &text[..text.len() - 1], &format!("{text}0"), "x"]
        {
            assert!(Sent::read(bad).is_none(), "{bad}");
        }
        assert_eq!((day(-1), day(0), day(86_399), day(86_400)), (-1, 0, 0, 1));
    }
}
