//! Whether the server's own clock can be believed. It is what every record is dated by, so a clock that is wrong is
//! told of, and what officers claim is not measured by it:
//!
//! - **Behind** what the log knows: either it is wrong now, or it was ahead before. Until it is right again a record
//!   counts as received when its phone says that it was made, within [`limit::CLOCK_BLIND_S`], and not at a time at
//!   which it cannot have been there.
//! - **Leapt ahead** while the server ran: told until it is back, or the server is started anew. Meanwhile the server
//!   vouches only for the time that passed on its other clock since this one was believed: phones carry that time as
//!   proof, and a time from the future would call honest claims impossible for as long as it lies ahead. What a phone
//!   claims beyond it, up to what the clock shows, counts as received then. What the clock showed is not remembered as a
//!   time that the log knows.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Server, Shared};
use crate::{
    Error,
    health::{Health, Trouble},
    limit,
    store::{self, Stored, Tx, View},
};

/// Setting of the database: the newest time this clock showed while it was believed, unix seconds, 8 bytes.
const SETTING: &str = "clock.newest";

/// What is known of the clock.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The newest time while it was believed, unix seconds; `None` before the first look.
    newest: Option<i64>,
    /// Wall clock in unix seconds and monotonic clock at the last look at which it was believed.
    believed: Option<(i64, Duration)>,
    /// By how many seconds it leapt ahead, if it did.
    leapt: Option<i64>,
}

/// What the clock is worth at one moment. Both are what it shows as long as it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The time that has come for sure, unix seconds: what phones are told, and carry as proof.
    pub(crate) vouched: i64,
    /// The latest claim of a phone that counts as the time of its receipt where it is later, unix seconds.
    pub(crate) latest: i64,
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the clock: `now`, unix seconds. `newest` reads the newest time that the log knows; it is asked once.
    fn look(
        &self,
        newest: impl FnOnce() -> Stored<i64>,
        now: i64,
        monotonic: Duration,
        health: &Health,
    ) -> Stored<Reading> {
        let mut known = self.lock();
        if known.newest.is_none() {
            known.newest = Some(newest()?);
            known.tell_gap(now);
        }
        let reading = known.look(now, monotonic);
        known.tell(now, health);
        Ok(reading)
    }
}

impl Known {
    fn newest(&self) -> i64 {
        self.newest.unwrap_or(i64::MIN)
    }

    fn is_behind(&self, now: i64) -> bool {
        now < self.newest().saturating_sub(limit::CLOCK_BACK_S)
    }

    fn look(&mut self, now: i64, monotonic: Duration) -> Reading {
        // What it should show if it went on as the other clock did.
        let expected = self.believed.map(|(wall, then)| {
            let passed = i64::try_from(monotonic.saturating_sub(then).as_secs()).unwrap_or(i64::MAX);
            wall.saturating_add(passed)
        });
        let gained = expected.map(|e| now.saturating_sub(e)).filter(|by| *by > limit::CLOCK_LEAP_S);
        self.leapt = gained;
        if let Some(by) = gained {
            return Reading { vouched: now.saturating_sub(by), latest: now };
        }
        if self.is_behind(now) {
            return Reading { vouched: now, latest: self.newest().saturating_add(limit::CLOCK_BLIND_S) };
        }
        self.believed = Some((now, monotonic));
        self.newest = Some(self.newest().max(now));
        Reading { vouched: now, latest: now }
    }

    /// Whoever starts a server knows for how long it was off; the server does not.
    fn tell_gap(&self, now: i64) {
        let hours = self.newest.filter(|n| *n > i64::MIN).map_or(0, |n| now.saturating_sub(n) / 3_600);
        if hours >= limit::CLOCK_GAP_HOURS {
            tracing::warn!(
                hours,
                "the clock is later than when this server last ran: is that how long it was off?"
            );
        }
    }

    fn tell(&self, now: i64, health: &Health) {
        // In whole hours: said anew when that changes, and not at every look.
        let details = match self.leapt {
            Some(by) => Some(format!("it leapt ahead by {} hours while the server ran", by / 3600)),
            None if self.is_behind(now) => {
                let hours = self.newest().saturating_sub(now) / 3600;
                Some(format!("it is {hours} hours and some minutes behind what the log knows"))
            }
            None => None,
        };
        match details {
            Some(details) => health.raise(Trouble::Clock, details),
            None => health.clear(Trouble::Clock),
        }
    }
}

/// The newest time that the database knows.
fn newest_of(view: &dyn View) -> Stored<i64> {
    let stored = view.setting(SETTING)?.and_then(|b| Some(i64::from_le_bytes(b.try_into().ok()?)));
    let last = view.desk_row(view.head()?)?.map(|row| row.entry.envelope.received_at);
    Ok(stored.into_iter().chain(last).max().unwrap_or(i64::MIN))
}

/// Looks at the clock in a transaction.
pub(super) fn look(shared: &Shared, view: &dyn View) -> Stored<Reading> {
    look_knowing(shared, || newest_of(view))
}

fn look_knowing(shared: &Shared, newest: impl FnOnce() -> Stored<i64>) -> Stored<Reading> {
    let clock = &shared.env.clock;
    shared.clock.look(newest, clock.now(), clock.monotonic(), &shared.health)
}

/// Keeps the newest time for the next start.
pub(super) fn keep(shared: &Shared, tx: &mut dyn Tx) -> Stored<()> {
    let newest = shared.clock.lock().newest();
    tx.set_setting(SETTING, &newest.to_le_bytes())
}

impl Server {
    /// Looks whether the clock can be believed, and raises or clears [`Trouble::Clock`].
    ///
    /// # Errors
    /// Failures of the store.
    pub fn check_clock(&self) -> Result<(), Error> {
        self.vouched_now().map(drop)
    }

    /// The time that has come for sure, unix seconds: [`Server::now`], unless the clock leapt ahead. It is what phones
    /// are told and carry as proof.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn vouched_now(&self) -> Result<i64, Error> {
        let reading = look_knowing(self.shared(), || store::read(self.store(), newest_of))?;
        Ok(reading.vouched)
    }

    /// The same as of the last look, for what is shown: it looks at nothing and raises no alarm.
    pub fn shown_now(&self) -> i64 {
        let now = self.now();
        self.shared().clock.lock().leapt.map_or(now, |by| now.saturating_sub(by))
    }

    /// The administrator says that the clock is right now: what was known of a later time was wrong.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn believe_clock(&self) -> Result<(), Error> {
        *self.shared().clock.lock() = Known { newest: Some(self.now()), ..Known::default() };
        self.shared().health.clear(Trouble::Clock);
        self.run(|batch| Ok(keep(batch.shared, batch.tx)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::CLOCK_BLIND_S;

    const NOW: i64 = 1_707_800_000;

    const DAY: i64 = 86_400;

    /// A clock that was believed at [`NOW`].
    fn known() -> Known {
        let mut known = Known { newest: Some(NOW), ..Known::default() };
        assert_eq!(known.look(NOW, Duration::ZERO), believed(NOW));
        known
    }

    fn believed(now: i64) -> Reading {
        Reading { vouched: now, latest: now }
    }

    fn days(n: u64) -> Duration {
        Duration::from_secs(n * 86_400)
    }

    #[test]
    fn a_clock_that_goes_back_is_not_believed_until_it_is_right_again() {
        let mut known = known();
        assert_eq!(
            known.look(NOW - 60, Duration::ZERO),
            believed(NOW - 60),
            "a little is corrected every day"
        );
        let behind = Reading { vouched: NOW - 3_600, latest: NOW + CLOCK_BLIND_S };
        assert_eq!(known.look(NOW - 3_600, Duration::ZERO), behind);
        assert!(known.is_behind(NOW - 3_600));
        assert_eq!(known.look(NOW + 3 * DAY, days(3)), believed(NOW + 3 * DAY));
        assert_eq!((known.leapt, known.newest()), (None, NOW + 3 * DAY), "put right is no leap");
        // One that the server found behind when it was started: nobody knows for how long it was off.
        let mut started = Known { newest: Some(NOW), ..Known::default() };
        assert_eq!(started.look(0, Duration::ZERO).latest, NOW + CLOCK_BLIND_S);
        assert_eq!(started.look(NOW + 9 * DAY, Duration::ZERO), believed(NOW + 9 * DAY));
    }

    #[test]
    fn a_leap_is_known_by_the_other_clock_and_forgotten_when_it_is_back() {
        let mut known = known();
        assert_eq!(known.look(NOW + 2 * DAY, days(2)), believed(NOW + 2 * DAY), "two days passed");
        let leap = 75 * 365 * DAY;
        let ahead = NOW + 2 * DAY + leap;
        let leapt = Reading { vouched: NOW + 2 * DAY, latest: ahead };
        assert_eq!(known.look(ahead, days(2)), leapt, "what is dated by it is not called impossible");
        assert_eq!(known.leapt, Some(leap));
        let later = known.look(ahead + DAY, days(3));
        assert_eq!(later, Reading { vouched: NOW + 3 * DAY, latest: ahead + DAY }, "the other clock goes on");
        assert_eq!(known.look(NOW + 4 * DAY, days(4)), believed(NOW + 4 * DAY));
        assert_eq!((known.leapt, known.newest()), (None, NOW + 4 * DAY), "nothing of it stays");
    }

    #[test]
    fn a_clock_that_was_behind_and_is_put_too_far_ahead_leapt() {
        let mut known = known();
        assert_eq!(known.look(NOW - DAY, Duration::ZERO).vouched, NOW - DAY);
        let reading = known.look(NOW + 3 * DAY, days(1));
        assert_eq!(reading, Reading { vouched: NOW + DAY, latest: NOW + 3 * DAY });
    }
}
