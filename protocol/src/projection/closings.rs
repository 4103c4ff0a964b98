//! Which findings the desk closed, and on what evidence.

use std::sync::Arc;

use super::{
    Fact,
    reference::{Reference, put},
};
use crate::{
    body::{FindingId, Ruling, Verdict, Version},
    journal::RecordId,
    limit,
    place::Place,
};

/// What the desk decided of one place of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decided {
    /// Closed, or open again.
    is_closed: bool,
    /// On what evidence.
    version: Version,
}

impl Reference {
    pub(super) fn take_closing(&mut self, fact: &Fact, ruling: &Ruling) {
        let Some(closing) = &ruling.closing else { return };
        let is_closed = ruling.verdict == Verdict::Close;
        if !is_closed && ruling.verdict != Verdict::Reopen {
            return;
        }
        let tables = Arc::make_mut(&mut self.tables);
        for share in closing.shares.iter().take(limit::PLACE_KEYS) {
            let decided = Decided { is_closed, version: share.version };
            put(&mut tables.closings, (closing.finding, share.place.clone()), fact, decided);
        }
    }

    /// The ruling that closed a finding at a place on this evidence. Other evidence opens it again.
    pub(super) fn closed_by(
        &self,
        finding: FindingId,
        place: Option<&Place>,
        version: Version,
    ) -> Option<RecordId> {
        let entries = self.tables.closings.get(&(finding, place.cloned()))?;
        let may = |device| self.was_desk(device, i64::MAX);
        let latest = self.counting(entries).rfind(|e| may(&e.rank.1))?;
        (latest.value.is_closed && latest.value.version == version).then_some(latest.rank.3)
    }
}
