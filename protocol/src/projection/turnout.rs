//! Turnout of a TPS, hour by hour.

use super::{
    Rollup,
    cx::{Cx, Said},
    plausible::turnout_believed,
    state::PlaceState,
};
use crate::body::{Body, Turnout};

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
    }
}
