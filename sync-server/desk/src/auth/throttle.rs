//! Wrong passwords: after a few, whoever sent them has to wait, longer each time.
//!
//! | counted by | may be wrong | for whom |
//! | --- | --- | --- |
//! | name and source | [`limit::SIGN_IN_TRIES`] | strangers |
//! | source | [`limit::SIGN_IN_SOURCE_TRIES`] | strangers |
//! | name | [`limit::SIGN_IN_NAME_TRIES`] | strangers from a source that never signed in as that name |
//! | name and browser | [`limit::SIGN_IN_TRIES`] | browsers that signed in as that name before |
//!
//! So nobody can shut a clerk out of a browser or an office where the clerk signed in before, and whoever guesses
//! from everywhere is slowed as well. Each try is counted before it is judged: many at the same time do not slip
//! through together. All of it is kept in memory and starts anew with the server; the browser's token does not.

use std::collections::{HashSet, VecDeque};

use crate::limit;
use pantau_log::{
    caller::Source,
    tries::{Policy, Tries},
};

/// Who tries to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// A browser that signed in as this name before, by the id of its token.
    Browser([u8; 16]),
    /// Anybody else.
    Stranger(Source),
}

/// The tables of wrong passwords.
#[derive(Debug)]
pub(crate) struct Throttle {
    by_both: Tries,
    by_source: Tries,
    by_name: Tries,
    by_browser: Tries,
    signed_in: SignedIn,
}

impl Default for Throttle {
    fn default() -> Self {
        let policy = |free| Policy {
            free,
            again: 1,
            sleep_s: limit::SIGN_IN_SLEEP_S,
            sleep_most_s: limit::SIGN_IN_SLEEP_MOST_S,
            forget_s: limit::SIGN_IN_FORGET_S,
            most: pantau_log::limit::TRIES,
        };
        Self {
            by_both: Tries::new(policy(limit::SIGN_IN_TRIES)),
            by_source: Tries::new(policy(limit::SIGN_IN_SOURCE_TRIES)),
            by_name: Tries::new(policy(limit::SIGN_IN_NAME_TRIES)),
            by_browser: Tries::new(policy(limit::SIGN_IN_TRIES)),
            signed_in: SignedIn::default(),
        }
    }
}

/// One try: the keys under which it counts.
struct Keys {
    name: [u8; 32],
    source: [u8; 32],
    both: [u8; 32],
}

fn keys(name: &str, who: Who) -> Keys {
    let key = |parts: &[&[u8]]| pantau_protocol::hash::tagged("pantau/desk/throttle", parts);
    let bytes = match who {
        Who::Browser(id) => id,
        Who::Stranger(source) => source.bytes(),
    };
    let name = name.as_bytes();
    Keys { name: key(&[name]), source: key(&[b"", &bytes]), both: key(&[name, &bytes]) }
}

impl Throttle {
    /// Counts a try as wrong and lets it be judged, or says how many seconds it has to wait.
    pub(crate) fn admit(&mut self, name: &str, who: Who, now: i64) -> Result<(), i64> {
        let keys = keys(name, who);
        if matches!(who, Who::Browser(_)) {
            let wait = self.by_browser.wait(&keys.both, now);
            return if wait > 0 {
                Err(wait)
            } else {
                self.by_browser.count(keys.both, now);
                Ok(())
            };
        }
        let is_at_home = self.signed_in.contains(&keys.both);
        let of_name = if is_at_home { 0 } else { self.by_name.wait(&keys.name, now) };
        let wait =
            of_name.max(self.by_both.wait(&keys.both, now)).max(self.by_source.wait(&keys.source, now));
        if wait > 0 {
            return Err(wait);
        }
        self.by_both.count(keys.both, now);
        self.by_source.count(keys.source, now);
        if !is_at_home {
            self.by_name.count(keys.name, now);
        }
        Ok(())
    }

    /// The password was right: the tries that led to it are forgotten. Those of the source at other names, and
    /// those of others at this name, are not.
    pub(crate) fn welcome(&mut self, name: &str, who: Who) {
        let keys = keys(name, who);
        self.take_back(name, who);
        self.by_browser.clear(&keys.both);
        self.by_both.clear(&keys.both);
        if matches!(who, Who::Stranger(_)) {
            self.signed_in.add(keys.both);
        }
    }

    /// The try was not judged.
    pub(crate) fn take_back(&mut self, name: &str, who: Who) {
        let keys = keys(name, who);
        match who {
            Who::Browser(_) => self.by_browser.take_back(&keys.both),
            Who::Stranger(_) => {
                self.by_both.take_back(&keys.both);
                self.by_source.take_back(&keys.source);
                if !self.signed_in.contains(&keys.both) {
                    self.by_name.take_back(&keys.name);
                }
            }
        }
    }
}

/// Sources from which somebody signed in under a name, as keys of both.
#[derive(Debug, Default)]
struct SignedIn {
    all: HashSet<[u8; 32]>,
    oldest_first: VecDeque<[u8; 32]>,
}

impl SignedIn {
    fn contains(&self, key: &[u8; 32]) -> bool {
        self.all.contains(key)
    }

    fn add(&mut self, key: [u8; 32]) {
        if !self.all.insert(key) {
            return;
        }
        self.oldest_first.push_back(key);
        if self.oldest_first.len() > limit::SIGN_IN_SOURCES
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(n: u32) -> Who {
        Who::Stranger(Source::of(std::net::Ipv4Addr::from(0xC633_0000 + n).into()))
    }

    #[test]
    fn five_wrong_ones_shut_out_one_source_alone() {
        let mut throttle = Throttle::default();
        for n in 0..5 {
            assert_eq!(throttle.admit("siti", from(1), n), Ok(()));
        }
        assert_eq!(throttle.admit("siti", from(1), 5), Err(29));
        // Whoever polls meanwhile does not prolong it, and does not shut out anybody else.
        for n in 5..34 {
            assert!(throttle.admit("siti", from(1), n).is_err());
            assert_eq!(throttle.admit(&format!("n{n}"), from(1), n), Ok(()), "other names are awake");
        }
        assert_eq!(throttle.admit("siti", from(2), 6), Ok(()), "the right one elsewhere");
        assert_eq!(throttle.admit("siti", from(1), 34), Ok(()));
        assert_eq!(throttle.admit("siti", from(1), 35), Err(59));
    }

    #[test]
    fn a_source_may_be_wrong_fifty_times() {
        let mut throttle = Throttle::default();
        let judged = (0..1_000).filter(|n| throttle.admit(&format!("n{n}"), from(1), 0).is_ok()).count();
        assert_eq!(judged, 50);
        assert_eq!(throttle.admit("siti", from(2), 0), Ok(()));
    }

    #[test]
    fn guessing_from_everywhere_is_slowed_and_keeps_nobody_out_who_was_in_before() {
        let mut throttle = Throttle::default();
        let (office, browser) = (from(999_999), Who::Browser([7; 16]));
        assert_eq!(throttle.admit("siti", office, 0), Ok(()));
        throttle.welcome("siti", office);
        let judged = (0..5_000).filter(|n| throttle.admit("siti", from(*n), 0).is_ok()).count();
        assert_eq!(judged, 100);
        for who in [office, browser] {
            assert_eq!(throttle.admit("siti", who, 0), Ok(()), "{who:?}");
            throttle.welcome("siti", who);
        }
        assert!(throttle.admit("siti", from(5_000), 0).is_err(), "a right one does not set strangers free");
        // A whole day of it: the first hundred, and then one at each waking.
        let judged = (0..86_400).filter(|s| throttle.admit("siti", from(10_000 + *s), i64::from(*s)).is_ok());
        assert_eq!(judged.count(), 99);
    }

    #[test]
    fn a_known_browser_has_a_count_of_its_own() {
        let mut throttle = Throttle::default();
        let (mine, other) = (Who::Browser([1; 16]), Who::Browser([2; 16]));
        let judged = (0..50).filter(|_| throttle.admit("siti", mine, 0).is_ok()).count();
        assert_eq!(judged, 5, "a stolen token is no way to guess");
        assert_eq!(throttle.admit("siti", other, 0), Ok(()));
        assert_eq!(throttle.admit("siti", from(1), 0), Ok(()));
    }

    #[test]
    fn what_was_not_judged_does_not_count() {
        let mut throttle = Throttle::default();
        for _ in 0..200 {
            assert_eq!(throttle.admit("siti", from(1), 0), Ok(()));
            throttle.take_back("siti", from(1));
        }
    }
}
