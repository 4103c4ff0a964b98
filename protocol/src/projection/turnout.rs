//! Turnout of a TPS, hour by hour.

use super::{
    Rollup,
    cx::{Cx, Said},
    plausible::{turnout_believed, turnout_doubts},
    state::PlaceState,
};
use crate::body::{Body, Turnout};

/// Hours of a day.
const HOURS: usize = 24;

/// Turnout of a set of TPS by an hour of election day.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct HourSum {
    /// Voters so far: of each TPS the latest figure up to this hour that can be.
    #[n(0)]
    pub voters: u64,
    /// Registered voters of these TPS.
    #[n(1)]
    pub of: u64,
    /// TPS with such a figure.
    #[n(2)]
    pub tps: u32,
    /// Of these, TPS whose figure is for this very hour.
    #[n(3)]
    pub reported: u32,
}

/// Turnout of a set of TPS by the hours of election day. After its last report a TPS counts with that one, so that the
/// sums of a later hour never leave out who reported earlier; `reported` says how many are fresh.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Hours(#[n(0)] [HourSum; HOURS]);

impl Hours {
    /// The sums by an hour, 0 to 23; nothing for any other.
    pub fn at(&self, hour: u32) -> HourSum {
        usize::try_from(hour).ok().and_then(|hour| self.0.get(hour)).copied().unwrap_or_default()
    }

    /// The latest hour that anybody reported for; `None` where nobody did.
    pub fn last(&self) -> Option<u32> {
        (0..24).rev().find(|hour| self.at(*hour).reported > 0)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            sum.voters += more.voters;
            sum.of += more.of;
            sum.tps += more.tps;
            sum.reported += more.reported;
        }
    }
}

/// The latest word on each hour, by hour.
pub(super) fn at(cx: &Cx<'_>) -> Vec<Said<Turnout>> {
    let of =
        |b: &Body, hour| if let Body::Turnout(t) = b { (t.hour == hour).then(|| t.clone()) } else { None };
    (0..24).filter_map(|hour| cx.latest(|b| of(b, hour))).collect()
}

/// What cannot be is in no sum; see [`super::plausible`].
pub(super) fn count(state: &PlaceState, voters: Option<u32>, rollup: &mut Rollup) {
    if let Some(last) = turnout_believed(&state.turnout, voters) {
        rollup.turnout += u64::from(last.said.voters);
        rollup.turnout_tps += 1;
        rollup.turnout_voters += u64::from(voters.unwrap_or(0));
        count_hours(state, voters, &mut rollup.hours);
    }
}

fn count_hours(state: &PlaceState, voters: Option<u32>, hours: &mut Hours) {
    let doubts = turnout_doubts(&state.turnout, voters);
    let believed =
        || state.turnout.iter().zip(&doubts).filter(|(_, doubt)| doubt.is_none()).map(|(s, _)| &s.said);
    for (hour, sum) in (0..).zip(&mut hours.0) {
        let Some(latest) = believed().rfind(|said| said.hour <= hour) else { continue };
        sum.voters += u64::from(latest.voters);
        sum.of += u64::from(voters.unwrap_or(0));
        sum.tps += 1;
        sum.reported += u32::from(latest.hour == hour);
    }
}
