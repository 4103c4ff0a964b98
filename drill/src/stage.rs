//! What all phones of a drill share: the clock, the counts, the election, the world that is played.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use pantau_core::EnrolOutcome;
use pantau_env::Clock as _;
use pantau_protocol::{
    checklist::{Checklist, Venue},
    journal::RecordId,
    profile::Profile,
};

use crate::{clock::Clock, report::Counts, truth::World};

/// How long the server may stay away, for all phones together: one started by hand is killed by hand, too.
const SILENCE: Duration = Duration::from_secs(120);
/// Between two tries of a phone that nobody answers.
const PAUSE: Duration = Duration::from_secs(1);

/// What all actors share.
#[derive(Debug)]
pub struct Stage {
    /// The clock.
    pub clock: Arc<Clock>,
    /// Counts.
    pub counts: Counts,
    /// Seed of everything.
    pub seed: u64,
    /// Links are faithless while the days are played, honest while the drill settles.
    pub faults: AtomicBool,
    /// What the officers' app ships: the questions and the kit.
    pub list: Checklist,
    /// The election.
    pub profile: Profile,
    /// The world and the ids of its reports; absent against a server that was started by hand.
    pub world: Option<Told>,
    /// When the server answered last, in milliseconds of the clock's monotonic time.
    pub answered_ms: AtomicU64,
}

/// A world, and what of it was written down on phones.
#[derive(Debug)]
pub struct Told {
    /// The world.
    pub world: World,
    /// Ids of its reports, by number.
    pub ids: Mutex<Vec<Option<RecordId>>>,
}

impl Told {
    /// A world of which nothing was told yet.
    pub fn new(world: World) -> Self {
        let ids = Mutex::new(vec![None; world.reports.len()]);
        Self { world, ids }
    }

    /// The id of a report that was written down.
    pub fn id(&self, report: usize) -> Option<RecordId> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(report).copied().flatten()
    }

    /// Notes under which id a report was written down.
    pub fn note(&self, report: usize, id: RecordId) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = ids.get_mut(report) {
            *slot = Some(id);
        }
    }
}

impl Stage {
    /// Notes that the server answered, or that it is waited for from now on.
    pub fn listen(&self) {
        self.answered_ms.fetch_max(self.ms(), Relaxed);
    }

    /// Whether the server has been away for longer than is waited for.
    pub fn is_silent(&self) -> bool {
        let silence = self.ms().saturating_sub(self.answered_ms.load(Relaxed));
        u128::from(silence) > SILENCE.as_millis()
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether to try again after `e`, and the pause before.
    pub async fn waits_after(&self, e: &DrillError) -> bool {
        let waits = matches!(e, DrillError::Phone(_, pantau_core::Error::Offline(_))) && !self.is_silent();
        if waits {
            tokio::time::sleep(PAUSE).await;
        }
        waits
    }
}

/// A drill that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// The core refused what it should take.
    #[error("phone {0}: {1}")]
    Phone(usize, pantau_core::Error),
    /// The code of a phone was not accepted.
    #[error("phone {0} could not be enrolled: {1:?}")]
    NotEnrolled(usize, EnrolOutcome),
    /// Anything around it.
    #[error("{0}")]
    Around(String),
}

impl DrillError {
    /// Wraps whatever the world around the drill says.
    pub fn around(e: impl std::fmt::Display) -> Self {
        Self::Around(e.to_string())
    }
}

/// What the app ships for a TPS visit and for the 2024 general election.
pub fn shipped() -> Result<(Checklist, Profile), DrillError> {
    let list = Checklist::shipped().into_iter().find(|l| l.venue == Venue::Tps);
    let profile = Profile::shipped().into_iter().next();
    list.zip(profile).ok_or_else(|| DrillError::around("the shipped checklist or profile is damaged"))
}
