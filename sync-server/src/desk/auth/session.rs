//! Sessions: who holds a cookie. Kept in memory under the hash of the cookie, so that neither a dump of
//! the database nor a log gives one away; a restart signs everyone out.

use std::collections::HashMap;

/// Seconds a session lasts: a shift, not a campaign.
pub const LIFE_S: i64 = 12 * 3600;
/// Sessions kept; a desk has a few dozen people.
const MOST: usize = 512;

/// A signed-in operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// User name.
    pub operator: String,
    /// When it ends, unix seconds.
    pub until: i64,
}

/// Hash of a session id, the key of the table.
pub type Key = [u8; 32];

/// The table of sessions.
#[derive(Debug, Default)]
pub struct Sessions(HashMap<Key, Session>);

/// The key of the session with this id.
pub fn key(id: &[u8; 32]) -> Key {
    pantau_protocol::hash::tagged("pantau/desk/session", &[id])
}

impl Sessions {
    /// Opens a session under a random id.
    pub fn open(&mut self, id: &[u8; 32], operator: &str, now: i64) {
        self.0.retain(|_, s| s.until > now);
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, s)| s.until).map(|(k, _)| *k);
            oldest.and_then(|k| self.0.remove(&k));
        }
        self.0.insert(key(id), Session { operator: operator.to_owned(), until: now + LIFE_S });
    }

    /// The session of a key, unless it ended.
    pub fn get(&self, key: &Key, now: i64) -> Option<&Session> {
        self.0.get(key).filter(|s| s.until > now)
    }

    /// Ends a session.
    pub fn close(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// Ends all sessions of an operator.
    pub fn close_all(&mut self, operator: &str) {
        self.0.retain(|_, s| s.operator != operator);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_time_and_by_sign_out() {
        let mut sessions = Sessions::default();
        let (a, b) = ([1; 32], [2; 32]);
        sessions.open(&a, "siti", 1_000);
        sessions.open(&b, "siti", 2_000);
        assert_eq!(sessions.get(&key(&a), 1_000 + LIFE_S - 1).unwrap().operator, "siti");
        assert_eq!(sessions.get(&key(&a), 1_000 + LIFE_S), None);
        assert_eq!(sessions.get(&a, 1_000), None, "the id itself opens nothing");
        sessions.close(&key(&a));
        assert_eq!(sessions.get(&key(&a), 1_001), None);
        sessions.close_all("siti");
        assert_eq!(sessions.get(&key(&b), 2_001), None);
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let mut sessions = Sessions::default();
        for n in 0..2_000_u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&n.to_be_bytes());
            sessions.open(&id, "x", i64::from(n));
        }
        assert!(sessions.0.len() <= MOST);
    }
}
