//! Which figures of the field cannot be, given what else is known. They are kept and shown, and left out of sums.
//!
//! A field statement is never refused for it: a slip of the finger on election day must not hold up a report.

use super::cx::Said;
use crate::body::Turnout;

/// Why a figure is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// More voters came than there are ballots at this TPS.
    OverBallots,
    /// Fewer voters came by then than by an hour before.
    Falls,
}

/// The most who can vote at a TPS with this many registered voters: one for each ballot. Ballots are printed for the
/// registered voters and 2 percent more, rounded up (Undang-Undang 7/2017, article 344).
pub fn ballots(voters: u32) -> u32 {
    voters.saturating_add(voters.div_ceil(50))
}

/// For each hour of a TPS, in order, why its figure is not believed. `voters` are those registered; without them
/// nothing is over.
///
/// Where figures fall, as few as possible are doubted: one that is too high among several that rise, or one that is
/// too low. Of two that contradict each other the earlier hour is believed.
pub fn turnout_doubts(turnout: &[Said<Turnout>], voters: Option<u32>) -> Vec<Option<Doubt>> {
    let is_over = |t: &Said<Turnout>| voters.is_some_and(|v| t.said.voters > ballots(v));
    let mut doubts: Vec<Option<Doubt>> =
        turnout.iter().map(|t| Some(if is_over(t) { Doubt::OverBallots } else { Doubt::Falls })).collect();
    for hour in longest_rise(turnout, &is_over) {
        if let Some(doubt) = doubts.get_mut(hour) {
            *doubt = None;
        }
    }
    doubts
}

/// Indexes of the longest part that never falls, leaving out what `is_out`; of several the first.
fn longest_rise(turnout: &[Said<Turnout>], is_out: &dyn Fn(&Said<Turnout>) -> bool) -> Vec<usize> {
    // Of each hour the longest rise that ends there, at most 24 hours.
    let mut ending: Vec<Vec<usize>> = Vec::with_capacity(turnout.len());
    for (hour, now) in turnout.iter().enumerate() {
        if is_out(now) {
            ending.push(Vec::new());
            continue;
        }
        let follows = |rise: &&Vec<usize>| {
            let last = rise.last().and_then(|last| turnout.get(*last));
            last.is_some_and(|last| last.said.voters <= now.said.voters)
        };
        let mut rise = first_longest(ending.iter().filter(follows)).cloned().unwrap_or_default();
        rise.push(hour);
        ending.push(rise);
    }
    first_longest(ending.iter()).cloned().unwrap_or_default()
}

fn first_longest<'a>(rises: impl Iterator<Item = &'a Vec<usize>>) -> Option<&'a Vec<usize>> {
    rises.fold(None, |best, rise| match best {
        Some(best) if best.len() >= rise.len() => Some(best),
        _ => Some(rise),
    })
}

/// The latest figure that is believed.
pub fn turnout_believed(turnout: &[Said<Turnout>], voters: Option<u32>) -> Option<&Said<Turnout>> {
    let doubts = turnout_doubts(turnout, voters);
    turnout.iter().zip(doubts).rev().find(|(_, doubt)| doubt.is_none()).map(|(said, _)| said)
}
