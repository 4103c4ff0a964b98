//! Whether anybody spoke of a place, and when last.

use super::{
    Fact, Rollup,
    cx::{Cx, Mark},
    judge,
    state::PlaceState,
};
use crate::body::{Body, Kind};

/// The part of a place's state that says whether it is silent.
pub(super) struct Words {
    pub(super) count: u32,
    pub(super) last: Option<Mark>,
}

pub(super) fn at(cx: &Cx<'_>) -> Words {
    let said: Vec<&Fact> = cx.standing.facts.iter().copied().filter(|f| is_word(&f.statement)).collect();
    Words {
        count: u32::try_from(said.len()).unwrap_or(u32::MAX),
        last: judge::latest(said).map(|f| cx.mark(f)),
    }
}

/// Whether this is a word about a place, which ends its silence: what the desk orders or sets down, and a
/// statement taken back, is none.
fn is_word(statement: &Body) -> bool {
    let kind = statement.kind();
    kind != Kind::Retract && !kind.is_from_above()
}

pub(super) fn count(state: &PlaceState, rollup: &mut Rollup) {
    rollup.silent += u32::from(state.is_silent());
    if let Some(word) = &state.last_word {
        rollup.newest = rollup.newest.max(Some(word.at));
        rollup.oldest = Some(rollup.oldest.map_or(word.at, |o| o.min(word.at)));
    }
}
