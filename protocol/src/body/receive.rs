//! Goods received at one hop: what was counted, what was sealed, what nobody looked at.

use std::collections::BTreeSet;

use super::Content;
use crate::{
    journal::RecordId,
    limit,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, at_most, fail, short},
};

crate::int_enum!(
    /// What kind of point on the way of goods this is (docs/PROTOCOL.md#bodies).
    CustodyKind {
        /// Warehouse of KPU kabupaten/kota.
        Warehouse = 1,
        /// PPK, the kecamatan's committee.
        Ppk = 2,
        /// PPS, the village's committee.
        Pps = 3,
        /// The TPS itself.
        Tps = 4,
        /// On the way: a landing, a house for the night.
        Transit = 5,
    }
);

crate::int_enum!(
    /// What is said of everything that has no line of its own.
    Rest {
        /// Nothing: not looked at.
        NotChecked = 1,
        /// Counted, and as the kit or the dispatch says.
        CountedAsExpected = 2,
        /// Containers and seals as dispatched, not opened.
        SealedAsDispatched = 3,
    }
);

crate::int_enum!(
    /// How a line was checked.
    LineState {
        /// Contents counted.
        Counted = 1,
        /// Sealed and not opened: `good` counts containers.
        Sealed = 2,
        /// Not checked; the numbers say nothing.
        NotChecked = 3,
    }
);

/// One item of a `Receive`. An array on the wire: there may be many.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Line {
    /// Item number in the profile's kit.
    #[n(0)]
    pub item: u32,
    /// How it was checked.
    #[n(1)]
    pub state: LineState,
    /// Pieces in good condition.
    #[n(2)]
    pub good: u32,
    /// Pieces damaged or wet.
    #[n(3)]
    #[cbor(default, skip_if = "is_zero")]
    pub damaged: u32,
    /// Pieces missing, as the receiver says.
    #[n(4)]
    #[cbor(default, skip_if = "is_zero")]
    pub missing: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

crate::int_enum!(
    /// How a seal was found.
    SealState {
        /// Whole.
        Intact = 1,
        /// Broken.
        Broken = 2,
        /// Not there.
        Missing = 3,
    }
);

/// One seal.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Seal {
    /// Its printed number.
    #[n(0)]
    pub number: String,
    /// How it was found.
    #[n(1)]
    pub state: SealState,
}

/// Goods received at one hop.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Receive {
    /// Kind of the point where they were received; its code is the record's place.
    #[n(0)]
    pub at: CustodyKind,
    /// Name of a transit point, such as a landing.
    #[n(1)]
    pub label: Option<String>,
    /// The dispatch this answers.
    #[n(2)]
    pub dispatch: Option<RecordId>,
    /// What holds for all without a line.
    #[n(3)]
    pub rest: Rest,
    /// Exceptions, or all items where each was counted.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Seals looked at.
    #[n(5)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
    /// TPS whose kits these are; empty means the record's place.
    #[n(6)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub kits: Vec<Place>,
}

impl Content for Receive {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.kits.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note, Field::Receiver];

    fn check(&self) -> Result<(), FieldError> {
        if self.lines.len() > limit::RECEIVE_LINES {
            return fail("receive.lines", Problem::TooLong);
        }
        if self.seals.len() > limit::SEALS {
            return fail("receive.seals", Problem::TooLong);
        }
        if let Some(label) = &self.label {
            short("receive.label", label)?;
        }
        let mut items = BTreeSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            if !items.insert(line.item) {
                return fail(format!("receive.lines[{i}].item"), Problem::Doubled);
            }
            at_most(&format!("receive.lines[{i}].good"), line.good, limit::COUNT)?;
            at_most(&format!("receive.lines[{i}].damaged"), line.damaged, limit::COUNT)?;
            at_most(&format!("receive.lines[{i}].missing"), line.missing, limit::COUNT)?;
        }
        for (i, seal) in self.seals.iter().enumerate() {
            short(&format!("receive.seals[{i}].number"), &seal.number)?;
        }
        Ok(())
    }

    fn sample() -> Self {
        let line = |item, state, good, damaged, missing| Line { item, state, good, damaged, missing };
        Self {
            at: CustodyKind::Tps,
            label: Some("Dermaga Kereng Bangkirai".into()),
            dispatch: Some(super::sample_id(8)),
            rest: Rest::CountedAsExpected,
            lines: vec![line(10, LineState::Counted, 300, 2, 6), line(11, LineState::Sealed, 1, 0, 0)],
            seals: vec![Seal { number: "K 000123".into(), state: SealState::Broken }],
            kits: super::sample_places(),
        }
    }
}
