//! Whether a kit was in time. A phone's clock is testimony: what is sure of a moment is that it lies after the newest
//! anchor of the journal and before the server had the record.

use super::hops::{Hop, point};
use crate::{
    body::CustodyKind,
    projection::{Fact, cx::Cx},
};

/// Whether a kit was where it must be by the end of T-1: at its TPS, or overnight at the PPS of its village.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineVerdict {
    /// It was, whatever the clocks said.
    Before,
    /// It was not, whatever the clocks said.
    After,
    /// Nobody spoke of it, or the clocks leave it open.
    Undetermined,
}

pub(super) fn verdict(cx: &Cx<'_>, hops: &[Hop<'_>]) -> DeadlineVerdict {
    let Some(due) = cx.reference.profile().map(|p| p.logistics_due) else {
        return DeadlineVerdict::Undetermined;
    };
    let (mut there, mut elsewhere) = (Vec::new(), Vec::new());
    for (fact, receive) in hops.iter().flat_map(|h| h.taken.iter().chain(&h.passed)) {
        let at = point(fact, receive);
        let is_there = match at.kind {
            CustodyKind::Tps => at.place == *cx.place,
            CustodyKind::Pps => cx.place.is_within(&at.place),
            _ => false,
        };
        if is_there { &mut there } else { &mut elsewhere }.push(*fact);
    }
    elsewhere.extend(hops.iter().flat_map(|h| &h.given).map(|(f, _)| *f));
    let surely_after = |f: &&Fact| f.envelope.is_some_and(|e| e.not_before > due);
    if there.iter().any(|f| f.envelope.is_some_and(|e| e.received_at <= due)) {
        DeadlineVerdict::Before
    } else if there.iter().any(|f| !surely_after(f)) {
        DeadlineVerdict::Undetermined
    } else if there.iter().chain(&elsewhere).any(surely_after) {
        DeadlineVerdict::After
    } else {
        DeadlineVerdict::Undetermined
    }
}
