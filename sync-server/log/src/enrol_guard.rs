//! How often codes may be tried. What a source may do depends on its own tries alone, at whatever handle, so
//! its answers do not tell which handles exist.
//!
//! | counted by | may be tried | beyond |
//! | --- | --- | --- |
//! | handle and source | [`limit::ENROL_TRIES`], then as many after each sleep | `Asleep` for this source |
//! | source | [`server::ENROL_SOURCE_TRIES`] | `Asleep` for this source |
//! | handle | [`server::ENROL_HANDLE_TRIES`], spread over its validity | `WrongCode`, not judged |
//!
//! The last row is what keeps a secret of 40 bits from being guessed, and it is kept in the store. The other two
//! keep one stranger from using it up; they are kept in memory and start anew with the server.

use pantau_protocol::{hash, limit};

use crate::{
    caller::Source,
    limit as server,
    store::Enrolment,
    tries::{Policy, Tries},
};

/// The wrong tries of all sources.
#[derive(Debug)]
pub(crate) struct Guard {
    at_handles: Tries,
    anywhere: Tries,
}

impl Default for Guard {
    fn default() -> Self {
        let at_handles = Policy {
            free: limit::ENROL_TRIES,
            again: limit::ENROL_TRIES,
            sleep_s: limit::ENROL_SLEEP_S,
            sleep_most_s: limit::ENROL_SLEEP_MOST_S,
            forget_s: server::ENROL_FORGET_S,
            most: server::TRIES,
        };
        let anywhere = Policy {
            free: server::ENROL_SOURCE_TRIES,
            again: server::ENROL_SOURCE_AGAIN,
            sleep_s: server::ENROL_SOURCE_SLEEP_S,
            sleep_most_s: server::ENROL_SOURCE_SLEEP_MOST_S,
            ..at_handles
        };
        Self { at_handles: Tries::new(at_handles), anywhere: Tries::new(anywhere) }
    }
}

fn source_key(source: Source) -> [u8; 32] {
    hash::tagged("pantau/enrol/source", &[&source.bytes()])
}

fn handle_key(handle: &str, source: Source) -> [u8; 32] {
    hash::tagged("pantau/enrol/handle", &[handle.as_bytes(), &source.bytes()])
}

impl Guard {
    /// Seconds until this source may try this handle again; 0 if it may now.
    pub(crate) fn wait(&mut self, handle: &str, source: Source, now: i64) -> i64 {
        let here = self.at_handles.wait(&handle_key(handle, source), now);
        here.max(self.anywhere.wait(&source_key(source), now))
    }

    /// Counts a wrong try; the seconds this source has to wait from now on.
    pub(crate) fn count(&mut self, handle: &str, source: Source, now: i64) -> i64 {
        let here = self.at_handles.count(handle_key(handle, source), now);
        here.max(self.anywhere.count(source_key(source), now))
    }
}

/// Whether one more try at a handle may be judged: [`server::ENROL_HANDLE_BURST`] at once, the rest of
/// [`server::ENROL_HANDLE_TRIES`] evenly over its validity.
pub(crate) fn may_be_judged(enrolment: &Enrolment, now: i64) -> bool {
    let valid = enrolment.expires_at.saturating_sub(enrolment.created_at).max(1);
    let elapsed = now.saturating_sub(enrolment.created_at).clamp(0, valid);
    let later = i128::from(server::ENROL_HANDLE_TRIES - server::ENROL_HANDLE_BURST);
    let opened = i128::from(server::ENROL_HANDLE_BURST) + later * i128::from(elapsed) / i128::from(valid);
    i128::from(enrolment.tries) < opened
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolment(tries: u32) -> Enrolment {
        Enrolment {
            handle: "AAAA".into(),
            code_key: [0; 32],
            officer: 1,
            created_at: 1_000,
            expires_at: 1_000 + 9_000,
            tries,
            sleeps_until: 0,
            device: None,
            voided: false,
        }
    }

    #[test]
    fn a_handle_opens_its_tries_evenly_and_never_more_than_all() {
        let judged = |tries, now| may_be_judged(&enrolment(tries), now);
        assert!(judged(99, 1_000) && !judged(100, 1_000));
        assert!(judged(100, 1_010) && !judged(101, 1_010));
        assert!(judged(999, 10_000) && !judged(1_000, 10_000));
        // Whatever the clock says, and however long the code is valid.
        assert!(!judged(1_000, i64::MAX) && judged(0, i64::MIN) && !judged(100, i64::MIN));
        let endless = Enrolment { expires_at: i64::MAX, ..enrolment(1_000) };
        assert!(!may_be_judged(&endless, i64::MAX));
        assert!(f64::from(server::ENROL_HANDLE_TRIES) / 2f64.powi(40) < 2f64.powi(-30));
    }

    #[test]
    fn a_source_waits_at_one_handle_and_at_last_at_all() {
        let (mut guard, here) = (Guard::default(), Source::LOCAL);
        let there = Source::of([203, 0, 113, 9].into());
        for _ in 0..limit::ENROL_TRIES {
            guard.count("AAAA", here, 0);
        }
        assert_eq!(guard.wait("AAAA", here, 0), limit::ENROL_SLEEP_S);
        assert_eq!((guard.wait("AAAA", there, 0), guard.wait("BBBB", here, 0)), (0, 0));
        for n in limit::ENROL_TRIES..server::ENROL_SOURCE_TRIES {
            guard.count(&n.to_string(), here, 0);
        }
        assert_eq!(guard.wait("CCCC", here, 0), server::ENROL_SOURCE_SLEEP_S);
        assert_eq!(guard.wait("AAAA", there, 0), 0);
    }
}
