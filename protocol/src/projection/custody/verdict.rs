//! Whether a kit was in time. A phone's clock is testimony: what is sure of a moment is that it lies after the newest
//! anchor of the journal and before the server had the record.

use super::hops::{Hop, point};
use crate::{
    body::{CustodyKind, Point},
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
    let is_there = |at: &Point| match at.kind {
        CustodyKind::Tps => at.place == *cx.place,
        CustodyKind::Pps => cx.place.is_within(&at.place),
        _ => false,
    };
    // Once it was there, what is said of it elsewhere is of the way back. What leaves from there and was never said to
    // have come may have been there for long.
    let (mut there, mut elsewhere, mut was_there) = (Vec::new(), Vec::new(), false);
    let mut came_unseen = false;
    for hop in hops {
        let leaves_from_there = hop.from.as_ref().is_some_and(is_there);
        came_unseen |= leaves_from_there && !was_there;
        was_there |= leaves_from_there;
        let given = hop.given.iter().map(|(f, _)| *f);
        let taken = hop.taken.iter().chain(&hop.passed).map(|(f, r)| (*f, is_there(&point(f, r))));
        let (here, away): (Vec<_>, Vec<_>) = taken.partition(|(_, is_there)| *is_there);
        if leaves_from_there {
            there.extend(given);
        } else if !was_there {
            elsewhere.extend(given);
        }
        elsewhere.extend(away.iter().map(|(f, _)| *f).filter(|_| !was_there));
        was_there |= !here.is_empty();
        there.extend(here.iter().map(|(f, _)| *f));
    }
    let surely_after = |f: &&Fact| f.envelope.is_some_and(|e| e.not_before > due);
    if there.iter().any(|f| f.envelope.is_some_and(|e| e.received_at <= due)) {
        DeadlineVerdict::Before
    } else if came_unseen || there.iter().any(|f| !surely_after(f)) {
        DeadlineVerdict::Undetermined
    } else if there.iter().chain(&elsewhere).any(surely_after) {
        DeadlineVerdict::After
    } else {
        DeadlineVerdict::Undetermined
    }
}
