//! What bodies about several kits have in common: a line, a seal or a count may name the kit it is of, by its index.

use std::collections::BTreeSet;

use crate::{
    place::Place,
    problem::{FieldError, Problem, fail},
};

/// Which kit something is of: the one it names, or the only one there is; `None` if it is of no kit in particular.
pub(super) fn of(kit: Option<u32>, kits: &[Place]) -> Option<u32> {
    kit.or((kits.len() == 1).then_some(0))
}

/// The index of the kit of `place` in a list of kits.
pub(super) fn index(kits: &[Place], place: &Place) -> Option<u32> {
    kits.iter().position(|kit| kit == place).and_then(|i| u32::try_from(i).ok())
}

/// Whether a named kit is in the list.
pub(super) fn named(kit: Option<u32>, kits: &[Place], field: impl Into<String>) -> Result<(), FieldError> {
    match kit.map(usize::try_from) {
        Some(Ok(kit)) if kit < kits.len() => Ok(()),
        Some(_) => fail(field, Problem::TooLarge),
        None => Ok(()),
    }
}

/// Whether no kit is listed twice.
pub(super) fn distinct(kits: &[Place], field: &str) -> Result<(), FieldError> {
    let mut seen = BTreeSet::new();
    kits.iter().enumerate().try_for_each(|(i, kit)| once(&mut seen, kit, format!("{field}[{i}]")))
}

/// Whether a key was not yet seen.
pub(super) fn once<K: Ord>(
    seen: &mut BTreeSet<K>,
    key: K,
    field: impl Into<String>,
) -> Result<(), FieldError> {
    if seen.insert(key) { Ok(()) } else { fail(field, Problem::Doubled) }
}
