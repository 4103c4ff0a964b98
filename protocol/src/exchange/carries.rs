//! What of a reply counts, by its outcomes: the server fills in no more, and a phone takes no more from it. The
//! table of it in `docs/PROTOCOL.md` is made from this.

use super::{Outcome, Reply};

/// Parts of a reply, beside outcomes, epoch, time and anchor, which always count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carries {
    /// How far the journal is held, and which notes are missing.
    pub receipt: bool,
    /// Others' records and how far the log was read: `page`, `scope`, `position`, `more`, `state_digest`.
    pub page: bool,
    /// Who the device is, where it asks or was reassigned.
    pub certificate: bool,
}

const ALL: Carries = Carries { receipt: true, page: true, certificate: true };
const NOTHING: Carries = Carries { receipt: false, page: false, certificate: false };

impl Reply {
    /// What this reply carries: what each of its outcomes allows. Whatever a phone would throw away is not sent,
    /// so that no answer costs more than it is worth.
    pub fn carries(&self) -> Carries {
        let both = |a: Carries, b: Carries| Carries {
            receipt: a.receipt && b.receipt,
            page: a.page && b.page,
            certificate: a.certificate && b.certificate,
        };
        let of = |outcome| allowed_by(outcome, self.receipt.is_some());
        self.outcomes.iter().map(of).fold(ALL, both)
    }
}

fn allowed_by(outcome: &Outcome, has_receipt: bool) -> Carries {
    match outcome {
        Outcome::Stored | Outcome::Duplicate | Outcome::Quarantined(_) => ALL,
        // The phone goes back and sends again; what it reads meanwhile is as good as ever.
        Outcome::Gap { .. } => ALL,
        // The phone closes this journal and reads from the start under another key.
        Outcome::Behind { .. } | Outcome::Fork { .. } => Carries { page: false, ..ALL },
        // Evidence is receipted; nothing is read.
        Outcome::Revoked { .. } => Carries { page: false, certificate: false, ..ALL },
        Outcome::Upgrade { .. } => Carries { page: false, ..ALL },
        // Its quota of the day is used up: what it pushed waits, what it reads does not.
        Outcome::Later { .. } if has_receipt => ALL,
        // Nothing was taken, and such an answer says nothing of the log.
        Outcome::Later { .. } | Outcome::Unknown | Outcome::Malformed | Outcome::Refused => NOTHING,
        Outcome::Other(_) => ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::Epoch;

    fn carries(outcomes: &[Outcome]) -> Carries {
        Reply::of(Epoch { created_at: 0, random: [0; 8] }, outcomes.to_vec()).carries()
    }

    #[test]
    fn the_outcome_that_keeps_back_most_decides() {
        assert_eq!(carries(&[]), ALL);
        assert_eq!(carries(&[Outcome::Stored]), ALL);
        let revoked = Outcome::Revoked { counted: Vec::new() };
        let kept = carries(&[Outcome::Stored, Outcome::Fork { at: 2, branch: 1 }, revoked]);
        assert_eq!(kept, Carries { receipt: true, page: false, certificate: false });
        assert_eq!(carries(&[Outcome::Stored, Outcome::Refused]), NOTHING);
        assert_eq!(carries(&[Outcome::Later { after_s: 9 }]), NOTHING);
    }
}
