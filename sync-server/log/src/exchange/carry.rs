//! What the reply to each outcome carries beside the outcome itself, epoch and time. The same table stands in
//! `docs/PROTOCOL.md`.

use pantau_protocol::exchange::Outcome;

/// Parts of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carries {
    /// How far the journal is held, and which notes are missing.
    pub(super) receipt: bool,
    /// Others' records, and the digest of all of them where it was asked for.
    pub(super) page: bool,
    /// Who the device is, where it asks or was reassigned.
    pub(super) certificate: bool,
}

const ALL: Carries = Carries { receipt: true, page: true, certificate: true };
const NOTHING: Carries = Carries { receipt: false, page: false, certificate: false };

/// What a reply with these outcomes carries: what each of them allows. Whatever a phone would throw away is
/// not sent, so that no answer costs more than it is worth.
pub(super) fn carries(outcomes: &[Outcome]) -> Carries {
    let both = |a: Carries, b: Carries| Carries {
        receipt: a.receipt && b.receipt,
        page: a.page && b.page,
        certificate: a.certificate && b.certificate,
    };
    outcomes.iter().map(of).fold(ALL, both)
}

fn of(outcome: &Outcome) -> Carries {
    match outcome {
        Outcome::Stored | Outcome::Duplicate | Outcome::Quarantined(_) => ALL,
        // The phone goes back and sends again; what it reads meanwhile is as good as ever.
        Outcome::Gap { .. } => ALL,
        // The phone closes this journal and reads from the start under another key.
        Outcome::Behind { .. } | Outcome::Fork { .. } => Carries { page: false, ..ALL },
        // Evidence is receipted; nothing is read.
        Outcome::Revoked { .. } => Carries { page: false, certificate: false, ..ALL },
        Outcome::Upgrade { .. } => Carries { page: false, ..ALL },
        // Its quota of the day is used up: what it pushed waits, what it reads does not. Whoever is turned away
        // before anything was looked at gets no reply of this table.
        Outcome::Later { .. } => ALL,
        // Nothing was taken, and such an answer says nothing of the log.
        Outcome::Unknown | Outcome::Malformed | Outcome::Refused => NOTHING,
        Outcome::Other(_) => ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_that_keeps_back_most_decides() {
        assert_eq!(carries(&[]), ALL);
        assert_eq!(carries(&[Outcome::Stored]), ALL);
        let revoked = Outcome::Revoked { counted: Vec::new() };
        let kept = carries(&[Outcome::Stored, Outcome::Fork { at: 2, branch: 1 }, revoked]);
        assert_eq!(kept, Carries { receipt: true, page: false, certificate: false });
        assert_eq!(carries(&[Outcome::Stored, Outcome::Refused]), NOTHING);
    }
}
