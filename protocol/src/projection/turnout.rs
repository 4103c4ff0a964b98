//! Turnout of a TPS, hour by hour.

use super::{
    Rollup,
    cx::{Cx, Said},
    state::PlaceState,
};
use crate::body::{Body, Turnout};

/// The latest word on each hour, by hour.
pub(super) fn at(cx: &Cx<'_>) -> Vec<Said<Turnout>> {
    let of =
        |b: &Body, hour| if let Body::Turnout(t) = b { (t.hour == hour).then(|| t.clone()) } else { None };
    (0..24).filter_map(|hour| cx.latest(|b| of(b, hour))).collect()
}

pub(super) fn count(state: &PlaceState, rollup: &mut Rollup) {
    if let Some(last) = state.turnout.last() {
        rollup.turnout += u64::from(last.said.voters);
        rollup.turnout_tps += 1;
    }
}
