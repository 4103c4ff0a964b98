//! Whether the server's own clock can be believed. It is what every record is dated by, so a clock that is wrong is
//! told of, and what officers claim is not measured by it:
//!
//! - **Behind** what the log knows: either it is wrong now, or it was ahead before. Until it is right again a record
//!   counts as received when its phone says that it was made, within [`limit::CLOCK_BLIND_S`], and not at a time at
//!   which it cannot have been there.
//! - **Leapt ahead** while the server ran: told until it is back, or the server is started anew; what it showed
//!   meanwhile is not remembered as a time that the log knows.

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
    /// Wall clock in unix seconds and monotonic clock at the last look.
    last: Option<(i64, Duration)>,
    /// By how many seconds it leapt ahead, if it did.
    leapt: Option<i64>,
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the clock: `now`, unix seconds. Returns the latest claim of a phone that counts as the time of its
    /// receipt where it is later than `now`: `now` itself as long as the clock is believed.
    fn look(&self, view: &dyn View, now: i64, monotonic: Duration, health: &Health) -> Stored<i64> {
        let mut known = self.lock();
        if known.newest.is_none() {
            known.newest = Some(newest_of(view)?);
        }
        let horizon = known.look(now, monotonic);
        known.tell(now, health);
        Ok(horizon)
    }
}

impl Known {
    fn newest(&self) -> i64 {
        self.newest.unwrap_or(i64::MIN)
    }

    fn is_behind(&self, now: i64) -> bool {
        now < self.newest().saturating_sub(limit::CLOCK_BACK_S)
    }

    fn look(&mut self, now: i64, monotonic: Duration) -> i64 {
        if let Some((wall, before)) = self.last {
            let passed = i64::try_from(monotonic.saturating_sub(before).as_secs()).unwrap_or(i64::MAX);
            let gained = now.saturating_sub(wall).saturating_sub(passed);
            match self.leapt {
                // One that was behind was put right.
                None if gained > limit::CLOCK_LEAP_S && !self.is_behind(wall) => self.leapt = Some(gained),
                Some(by) if gained < limit::CLOCK_LEAP_S.saturating_sub(by) => self.leapt = None,
                _ => {}
            }
        }
        self.last = Some((now, monotonic));
        if self.leapt.is_none() {
            self.newest = Some(self.newest().max(now));
        }
        if self.is_behind(now) { self.newest().saturating_add(limit::CLOCK_BLIND_S) } else { now }
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

/// Looks at the clock in a transaction; see [`Watched::look`].
pub(super) fn look(shared: &Shared, view: &dyn View) -> Stored<i64> {
    let clock = &shared.env.clock;
    shared.clock.look(view, clock.now(), clock.monotonic(), &shared.health)
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
        Ok(store::read(self.store(), |view| look(self.shared(), view)).map(drop)?)
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

    fn known() -> Known {
        let mut known = Known { newest: Some(NOW), ..Known::default() };
        assert_eq!(known.look(NOW, Duration::ZERO), NOW);
        known
    }

    #[test]
    fn a_clock_that_goes_back_is_not_believed_until_it_is_right_again() {
        let mut known = known();
        assert_eq!(known.look(NOW - 60, Duration::ZERO), NOW - 60, "a little is corrected every day");
        assert_eq!(known.look(NOW - 3_600, Duration::ZERO), NOW + CLOCK_BLIND_S);
        assert!(known.is_behind(NOW - 3_600));
        let later = Duration::from_secs(3_600);
        assert_eq!(known.look(NOW + 3_600, later), NOW + 3_600);
        assert_eq!((known.leapt, known.newest()), (None, NOW + 3_600), "put right is no leap");
    }

    #[test]
    fn a_leap_is_known_by_the_other_clock_and_forgotten_when_it_is_back() {
        let mut known = known();
        let day = Duration::from_secs(86_400);
        assert_eq!(known.look(NOW + 2 * 86_400, 2 * day), NOW + 2 * 86_400, "two days passed");
        let ahead = NOW + 2 * 86_400 + 75 * 365 * 86_400;
        assert_eq!(known.look(ahead, 2 * day), ahead, "what is dated by it is not called impossible");
        assert_eq!(known.leapt, Some(75 * 365 * 86_400));
        assert_eq!(known.look(NOW + 3 * 86_400, 3 * day), NOW + 3 * 86_400);
        assert_eq!((known.leapt, known.newest()), (None, NOW + 3 * 86_400), "nothing of it stays");
    }
}
