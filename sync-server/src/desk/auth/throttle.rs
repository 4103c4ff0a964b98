//! Wrong passwords: after a few, a user name sleeps, longer each time. By name only and not by address:
//! a whole desk may sit behind one.

use std::collections::HashMap;

/// Wrong tries before a name sleeps.
const TRIES: u32 = 5;
/// First sleep in seconds; doubled at each further wrong try.
const SLEEP_S: i64 = 30;
/// Longest sleep in seconds.
const SLEEP_MOST_S: i64 = 15 * 60;
/// Seconds after which wrong tries are forgotten.
const FORGET_S: i64 = 3600;
/// Names kept, whether they exist or not.
const MOST: usize = 1_024;

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u32,
    last: i64,
    awake_at: i64,
}

/// The table of wrong tries, by the hash of the name.
#[derive(Debug, Default)]
pub struct Throttle(HashMap<[u8; 32], Tries>);

fn key(name: &str) -> [u8; 32] {
    pantau_protocol::hash::tagged("pantau/desk/throttle", &[name.as_bytes()])
}

impl Throttle {
    /// Counts a try before it is judged, and says whether the name is awake: counting first keeps many
    /// tries at the same time from slipping through together.
    pub fn admit(&mut self, name: &str, now: i64) -> bool {
        // Tries from the time to come were made under a clock that was ahead.
        self.0.retain(|_, t| now.saturating_sub(t.last).abs() < FORGET_S);
        self.make_room();
        let tries = self.0.entry(key(name)).or_insert(Tries { wrong: 0, last: now, awake_at: i64::MIN });
        if now < tries.awake_at {
            return false;
        }
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last = now;
        if let Some(beyond) = tries.wrong.checked_sub(TRIES) {
            tries.awake_at = now + (SLEEP_S << beyond.min(10)).min(SLEEP_MOST_S);
        }
        true
    }

    /// Forgets the tries of a name: the password was right.
    pub fn clear(&mut self, name: &str) {
        self.0.remove(&key(name));
    }

    /// Drops the entry that matters least, so that a flood of made-up names does not wake a sleeping one.
    fn make_room(&mut self) {
        if self.0.len() >= MOST {
            let least = self.0.iter().min_by_key(|(_, t)| (t.wrong, t.last)).map(|(k, _)| *k);
            least.and_then(|k| self.0.remove(&k));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_sleeps_after_five_wrong_tries_and_longer_each_time() {
        let mut throttle = Throttle::default();
        for n in 0..5 {
            assert!(throttle.admit("siti", n));
        }
        assert!(!throttle.admit("siti", 5));
        assert!(throttle.admit("budi", 5), "other names are awake");
        assert!(!throttle.admit("siti", 4 + 29));
        assert!(throttle.admit("siti", 4 + 30));
        assert!(!throttle.admit("siti", 34 + 59));
        assert!(throttle.admit("siti", 34 + 60));
    }

    #[test]
    fn a_right_password_and_time_wake_it() {
        let mut throttle = Throttle::default();
        for n in 0..5 {
            throttle.admit("siti", n);
        }
        throttle.clear("siti");
        assert!(throttle.admit("siti", 6));
        for n in 0..5 {
            throttle.admit("siti", 10 + n);
        }
        assert!(throttle.admit("siti", 20 + FORGET_S));
    }

    #[test]
    fn a_flood_of_names_does_not_wake_a_sleeping_one() {
        let mut throttle = Throttle::default();
        for n in 0..5 {
            throttle.admit("siti", n);
        }
        for n in 0..3_000 {
            throttle.admit(&format!("made-up-{n}"), 6);
        }
        assert!(throttle.0.len() <= MOST);
        assert!(!throttle.admit("siti", 7));
    }
}
