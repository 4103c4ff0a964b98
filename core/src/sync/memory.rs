//! What a sync remembers where the phone's disk has no room to write it down: which of its records the server has
//! confirmed. It goes with the sync; the next one asks again, and the server answers from what it holds.

use std::collections::BTreeMap;

use crate::identity::Journal;

use super::plan::{Speaker, Step};

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// Some of what this sync learnt could not be written down.
    pub(super) is_used: bool,
    /// How far records and notes of a journal are held.
    held: BTreeMap<i64, (u64, u64)>,
    /// Records of the next segment at most.
    pub(super) segment: Option<u64>,
    /// Records that are held and were not written down as held.
    pub(super) records: u64,
}

impl Memory {
    /// Takes what the steps of a reply say of a journal. `false` where one of them must be written down before
    /// anything else can be asked.
    pub(super) fn take(&mut self, journal: i64, steps: &[Step]) -> bool {
        self.is_used = true;
        for step in steps {
            if let Step::Receipt { before, held, notes_through, .. } = step {
                self.held.insert(journal, (*held, *notes_through));
                self.records += held - before;
            }
        }
        steps.iter().all(is_for_later)
    }

    /// Adds what is remembered to a journal as the store has it.
    pub(super) fn add_to(&self, journal: &mut Journal) {
        let (held, notes) = self.held.get(&journal.number).copied().unwrap_or_default();
        journal.held = journal.held.max(held);
        journal.notes_through = journal.notes_through.max(notes);
    }

    /// The same, of the journal that a reply is read for.
    pub(super) fn add_to_speaker(&self, journal: i64, speaker: &mut Speaker) {
        let (held, notes) = self.held.get(&journal).copied().unwrap_or_default();
        speaker.held = speaker.held.max(held);
        speaker.notes_through = speaker.notes_through.max(notes);
    }
}

/// Whether the sync goes on as well without a step: the server says it again.
fn is_for_later(step: &Step) -> bool {
    match step {
        Step::ShowReceipts(_)
        | Step::Answered { .. }
        | Step::Address(_)
        | Step::Anchor(_)
        | Step::Receipt { .. }
        | Step::Admitted { .. }
        | Step::SetAside { .. }
        | Step::Standing { .. }
        | Step::Scope(_)
        | Step::StartOver
        | Step::Page
        | Step::Cursor { .. }
        | Step::Sweep
        | Step::Introduced
        | Step::Through { .. } => true,
        Step::NewEpoch { .. }
        | Step::Introduce
        | Step::Certified(_)
        | Step::GoBack { .. }
        | Step::Branch { .. }
        | Step::Succeed
        | Step::Want(_) => false,
    }
}
