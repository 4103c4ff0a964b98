//! The packing list of one kit: what was put into it at the warehouse, so that a dispatch need not say it again.

use std::collections::BTreeSet;

use super::{Content, kits};
use crate::{
    limit,
    problem::{FieldError, Problem, at_most, fail, short},
};

/// One item counted at packing. An array on the wire: there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PackedItem {
    /// Item number in the profile's kit.
    #[n(0)]
    pub item: u32,
    /// Pieces packed.
    #[n(1)]
    pub pieces: u32,
}

/// The packing list of the kit of one TPS; the TPS is the record's place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Packing {
    /// Containers: boxes, bags, envelopes that travel by themselves.
    #[n(0)]
    pub containers: u32,
    /// Printed numbers of the seals on them.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub seals: Vec<String>,
    /// Contents; an item without a line was not counted at packing.
    #[n(2)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub lines: Vec<PackedItem>,
}

impl Packing {
    /// Pieces of an item that were packed; `None` where nobody counted it.
    pub fn pieces(&self, item: u32) -> Option<u32> {
        self.lines.iter().find(|l| l.item == item).map(|l| l.pieces)
    }
}

impl Content for Packing {
    fn check(&self) -> Result<(), FieldError> {
        at_most("packing.containers", self.containers, limit::COUNT)?;
        if self.seals.len() > limit::SEALS {
            return fail("packing.seals", Problem::TooLong);
        }
        if self.lines.len() > limit::KIT_ITEMS {
            return fail("packing.lines", Problem::TooLong);
        }
        let mut seals = BTreeSet::new();
        for (i, number) in self.seals.iter().enumerate() {
            let field = format!("packing.seals[{i}]");
            short(&field, number)?;
            kits::once(&mut seals, number, field)?;
        }
        let mut items = BTreeSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            at_most(&format!("packing.lines[{i}].pieces"), line.pieces, limit::COUNT)?;
            kits::once(&mut items, line.item, format!("packing.lines[{i}].item"))?;
        }
        Ok(())
    }

    fn sample() -> Self {
        let line = |item, pieces| PackedItem { item, pieces };
        Self {
            containers: 5,
            seals: vec!["K 000123".into(), "K 000124".into()],
            lines: vec![line(10, 305), line(11, 2)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Packing)) -> (String, Problem) {
        let mut packing = Packing::sample();
        change(&mut packing);
        let error = packing.check().unwrap_err();
        (error.field, error.problem)
    }

    #[test]
    fn each_refusal_names_its_field() {
        let long = "9".repeat(limit::LABEL_BYTES + 1);
        let line = PackedItem { item: 1, pieces: 1 };
        let cases = [
            (refused(|p| p.containers = limit::COUNT + 1), "packing.containers", Problem::TooLarge),
            (refused(|p| p.seals = vec!["1".into(); limit::SEALS + 1]), "packing.seals", Problem::TooLong),
            (refused(|p| p.seals[1] = long), "packing.seals[1]", Problem::TooLong),
            (refused(|p| p.seals[1] = p.seals[0].clone()), "packing.seals[1]", Problem::Doubled),
            (refused(|p| p.lines = vec![line; limit::KIT_ITEMS + 1]), "packing.lines", Problem::TooLong),
            (refused(|p| p.lines[1].pieces = limit::COUNT + 1), "packing.lines[1].pieces", Problem::TooLarge),
            (refused(|p| p.lines[1].item = 10), "packing.lines[1].item", Problem::Doubled),
        ];
        for (got, field, problem) in cases {
            assert_eq!(got, (field.to_owned(), problem));
        }
    }

    #[test]
    fn what_nobody_counted_is_unknown_and_not_zero() {
        let packing = Packing { lines: vec![PackedItem { item: 10, pieces: 0 }], ..Packing::sample() };
        assert_eq!((packing.pieces(10), packing.pieces(11)), (Some(0), None));
    }
}
