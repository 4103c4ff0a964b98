//! What every topic folds from, and where a number comes from.

use super::{
    Fact, Reference,
    judge::{self, Standing},
};
use crate::{
    body::Body,
    journal::{DeviceId, RecordId},
    place::Place,
    record::Basis,
    time,
};

/// Where a number comes from: the record, its author, its basis, its age.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Mark {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// Author's device.
    #[n(1)]
    pub device: DeviceId,
    /// Author, if known here.
    #[n(2)]
    pub officer: Option<u32>,
    /// What it rests on.
    #[n(3)]
    pub basis: Basis,
    /// Effective time, unix seconds.
    #[n(4)]
    pub at: i64,
    /// The claimed time lies outside what can be.
    #[n(5)]
    #[cbor(default, skip_if = "std::ops::Not::not")]
    pub impossible_time: bool,
    /// First receipt by the server, unix seconds; absent while provisional.
    #[n(6)]
    pub received_at: Option<i64>,
    /// The officer who told it to the author; absent where the author speaks for himself, or was told by somebody who
    /// is no officer.
    #[n(7)]
    pub told_by: Option<u32>,
}

/// A latest word: what was said, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Said<B> {
    /// What was said.
    #[n(0)]
    pub said: B,
    /// Who says so.
    #[n(1)]
    pub mark: Mark,
}

/// One place with the facts that count there.
pub(super) struct Cx<'a> {
    pub(super) place: &'a Place,
    /// Standing facts about the place itself, by id.
    pub(super) here: Vec<&'a Fact>,
    /// Standing facts that carry its key, by id, and what connects them.
    pub(super) standing: &'a Standing<'a>,
    pub(super) reference: &'a Reference,
}

impl<'a> Cx<'a> {
    pub(super) fn new(place: &'a Place, standing: &'a Standing<'a>, reference: &'a Reference) -> Self {
        let here = standing.facts.iter().copied().filter(|f| f.record.place == *place).collect();
        Self { place, here, standing, reference }
    }

    /// Where a number that rests on this fact comes from.
    pub(super) fn mark(&self, fact: &Fact) -> Mark {
        let effective = time::effective(fact.record.at, fact.envelope.as_ref());
        Mark {
            record: fact.id,
            device: fact.device,
            officer: self.reference.officer(&fact.device),
            basis: fact.record.basis,
            at: effective.at,
            impossible_time: effective.impossible,
            received_at: fact.envelope.map(|e| e.received_at),
            told_by: fact.record.told.and_then(|told| told.officer),
        }
    }

    /// The latest word about the place for which `pick` finds something.
    pub(super) fn latest<B>(&self, pick: impl Fn(&Body) -> Option<B>) -> Option<Said<B>> {
        let said = self.here.iter().copied().filter(|f| pick(&f.statement).is_some());
        let fact = judge::latest(said)?;
        Some(Said { said: pick(&fact.statement)?, mark: self.mark(fact) })
    }
}
