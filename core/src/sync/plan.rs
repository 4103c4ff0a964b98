//! What a verified reply means for this phone, as a list of steps. This is where the policy lives: no database, no
//! clock, so that each rule is one line of a table in the tests. `apply` takes the steps one by one.

use std::collections::BTreeMap;

use pantau_protocol::{
    enrol::Certificate,
    exchange::{Counted, Head, Held, LogRow, Outcome, Reply, RowKind},
    journal::{DeviceId, Link},
    keys::{PublicKey, ServerId},
    limit::WANT_NOTES,
    note::Field,
    place::ScopeDigest,
    receipt::{Epoch, OldReceipt, ReceiptContext, Statement},
    time::Anchor,
};

use super::address::{self, Addresses};
use crate::identity::JournalState;

/// What the phone knows when a reply comes.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The phone's clock.
    pub(super) now: i64,
    pub(super) addresses: Addresses,
    /// First and last record that the request carried.
    pub(super) span: Option<(u64, u64)>,
    /// The request asked for a page, and that page follows what was read. It does not if an enrolment meanwhile
    /// began a new pull.
    pub(super) is_page_next: bool,
    /// Newest epoch seen.
    pub(super) epoch: Option<Epoch>,
    pub(super) server: Option<ServerId>,
    /// Signing keys of the server.
    pub(super) keys: Vec<PublicKey>,
    /// Scope that was read.
    pub(super) scope: Option<ScopeDigest>,
    /// How far the log was read.
    pub(super) position: u64,
    /// Old receipts go with every request.
    pub(super) shows_receipts: bool,
    /// The journal that the request spoke for; `None` if it is gone.
    pub(super) speaker: Option<Speaker>,
}

/// The journal that a request spoke for.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    pub(super) device: DeviceId,
    pub(super) state: JournalState,
    pub(super) head_seq: u64,
    pub(super) held: u64,
    pub(super) notes_through: u64,
    /// Its own links after those records that the reply names, as far as they are here.
    pub(super) links: BTreeMap<u64, Link>,
    /// First record of which the reply wants a note that is still here.
    pub(super) first_wanted: Option<u64>,
}

/// One change of the store.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Old receipts go with the next request, or no more.
    ShowReceipts(bool),
    /// Another log than before: what it holds is what its receipts will say, others' records are read again. Old
    /// ones stay until that is done, and do not count meanwhile.
    NewEpoch {
        epoch: Epoch,
        /// There was a log before, so something may have counted.
        had_one: bool,
    },
    /// The server answered.
    Answered { at: i64, offset: i64, min_version: u32 },
    /// Where the server is asked.
    Address(address::Change),
    /// A time that the next record can prove.
    Anchor(Anchor),
    /// The server knows the key.
    Introduced,
    /// The server does not know the key: the next request shows a certificate.
    Introduce,
    /// A certificate for this key.
    Certified(Box<Certificate>),
    /// A receipt that counts: all records up to `held`, all notes up to `notes_through`.
    Receipt { receipt: Box<OldReceipt>, before: u64, held: u64, notes_through: u64 },
    /// Records that the server looked at. What is still set aside stands in a step of its own, which follows.
    Admitted { first: u64, last: u64 },
    /// The server lacks what this journal stands on: back to the last record both have.
    GoBack { common: u64, head_seq: u64 },
    /// From record `at` on the journal is a branch.
    Branch { at: u64, branch: u32, head_seq: u64 },
    /// This journal lives on elsewhere too: close it and go on under a new key. What it holds there was kept from
    /// this device as its own; the new one reads the log from the start.
    Succeed,
    /// An own record keeps its place in the journal and is no longer folded.
    SetAside { seq: u64, reason: u32, field: String },
    /// Notes that the server asks for.
    Want(Vec<(u64, Field)>),
    /// Whether the phone is revoked, and what of its officer's records counts all the same.
    Standing { revoked: bool, counted: Vec<Counted> },
    /// Rows are of this scope.
    Scope(ScopeDigest),
    /// The log is read again from its start.
    StartOver,
    /// The rows of the page.
    Page,
    /// How far the log was read, and whether that is all of it.
    Cursor { position: u64, pulled: bool },
    /// The pull is complete: what it did not bring goes.
    Sweep,
    /// The request came through: no delay but what the server asks for, and the next may carry more.
    Through { backoff_s: u32 },
}

/// What a reply brought, to be counted and told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gain {
    /// Own records newly covered by a receipt.
    pub(super) held: u64,
    /// Receipts that counted.
    pub(super) receipts: u32,
    /// Records of others.
    pub(super) received: u64,
    /// More of them is waiting.
    pub(super) more: bool,
    /// Server time less phone time.
    pub(super) offset: i64,
}

/// How the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The server asks to come back later.
    Wait { after_s: u32 },
    /// The server did not take the request: a smaller one shows which records are not at fault.
    Smaller,
    /// The answer is of an older log and counts nothing.
    Older,
    /// Another request. `moved`: the phone or the server has come further. `ends`: how the sync ends instead, once
    /// nothing is left to send.
    GoOn { moved: bool, ends: Option<Ends> },
}

/// How a sync ends that has nothing left to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Everything was read.
    Done,
    /// The device was revoked, and reads nothing any more.
    Revoked,
    /// Uploads only, until the app is updated.
    Upgrade { min: u32 },
}

/// All that follows from a reply.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) gain: Gain,
    pub(super) next: Next,
}

/// What to do with a verified reply and the rows of its page.
pub(super) fn plan(reply: &Reply, rows: &[LogRow], known: &Known) -> Plan {
    let offset = reply.server_time.saturating_sub(known.now);
    let mut gain = Gain { offset, ..Gain::default() };
    let mut steps = match known.epoch {
        // A server that was restored by a clock that is behind: a receipt of the newer log shows it so.
        Some(newest) if reply.epoch < newest => {
            return Plan { steps: vec![Step::ShowReceipts(true)], gain, next: Next::Older };
        }
        Some(newest) if reply.epoch == newest => Vec::new(),
        before => vec![Step::NewEpoch { epoch: reply.epoch, had_one: before.is_some() }],
    };
    let is_new = !steps.is_empty();
    let mut moved = is_new && known.epoch.is_some();
    steps.push(Step::Answered { at: known.now, offset, min_version: reply.min_version });
    let told = reply.address.as_deref();
    steps.extend(address::changes(&known.addresses, told).into_iter().map(Step::Address));
    let through = Step::Through { backoff_s: reply.backoff_s };
    let Some(speaker) = &known.speaker else {
        steps.push(through);
        return Plan { steps, gain, next: Next::GoOn { moved, ends: None } };
    };
    let mut speaker = speaker.clone();
    let mut position = known.position;
    if is_new {
        (speaker.held, speaker.notes_through, position) = (0, 0, 0);
    }
    steps.push(Step::Anchor(Anchor { time: reply.server_time, mac: reply.anchor_mac }));
    if !reply.outcomes.contains(&Outcome::Unknown) {
        steps.push(Step::Introduced);
    }
    if let Some(certified) = certificate(reply, known, &speaker) {
        moved |= speaker.state == JournalState::Fresh;
        steps.push(certified);
    }
    if let Some((receipt, held, notes_through)) = receipt(reply, known, &speaker) {
        let before = speaker.held;
        (gain.receipts, gain.held) = (1, held - before);
        moved |= held > before || notes_through > speaker.notes_through;
        speaker.held = held;
        steps.push(Step::Receipt { receipt, before, held, notes_through });
    }
    if known.shows_receipts {
        // Shown once; the server says again if it still stands on less than it did.
        steps.push(Step::ShowReceipts(false));
    }
    for step in reply.outcomes.iter().flat_map(|outcome| of_outcome(outcome, known.span, &speaker)) {
        moved |= match &step {
            Step::GoBack { common, .. } => speaker.held > *common,
            step => *step == Step::Succeed,
        };
        // Closed once, whatever is said of it how often.
        if step != Step::Succeed || !steps.contains(&step) {
            steps.push(step);
        }
    }
    if !reply.want_notes.is_empty() {
        steps.push(Step::Want(reply.want_notes.clone()));
    }
    let mut ends = None;
    // Without a receipt that may count, nothing was taken, and the answer says nothing of the log either.
    let counts = reply.carries();
    if known.is_page_next && counts.receipt {
        let standing = standing(reply, &speaker);
        ends = standing.ends;
        steps.push(Step::Standing { revoked: ends == Some(Ends::Revoked), counted: standing.counted });
        if counts.page {
            let pulled = pull(reply, rows, known.scope, position);
            moved |= pulled.moved;
            (gain.received, gain.more) = (pulled.received, pulled.more);
            ends = Some(Ends::Done).filter(|_| !pulled.more);
            steps.extend(pulled.steps);
        }
    }
    let next = match turned_away(reply) {
        Some(next) => next,
        None => {
            steps.push(through);
            Next::GoOn { moved, ends }
        }
    };
    Plan { steps, gain, next }
}

/// A certificate counts for this key alone, under the server's.
fn certificate(reply: &Reply, known: &Known, speaker: &Speaker) -> Option<Step> {
    let new = reply.certificate.as_ref()?;
    let counts = new.device() == speaker.device && new.verify(&known.keys);
    counts.then(|| Step::Certified(Box::new(new.clone())))
}

/// A receipt counts only over this phone's own link. With it: how far records are held, and how far notes.
fn receipt(reply: &Reply, known: &Known, speaker: &Speaker) -> Option<(Box<OldReceipt>, u64, u64)> {
    let receipt = reply.receipt.as_ref()?;
    let (statement, epoch) = (&receipt.statement, reply.epoch);
    let link = *speaker.links.get(&statement.last)?;
    let context = ReceiptContext { server: known.server?, epoch, device: speaker.device, link };
    if !receipt.verify(&context, &known.keys) {
        return None;
    }
    // A reply that was overtaken says less than is known; what was held once in this epoch stays held.
    let held = speaker.held.max(statement.last);
    let reached = notes_reached(statement, &reply.want_notes, speaker.first_wanted);
    let notes_through = speaker.notes_through.max(reached.min(held));
    Some((Box::new(OldReceipt { epoch, link, receipt: receipt.clone() }), held, notes_through))
}

/// How far the server has every note that is still here. One that was erased or lost on this phone stays
/// missing there for ever, and must not hold up those behind it.
fn notes_reached(statement: &Statement, wanted: &[(u64, Field)], first_here: Option<u64>) -> u64 {
    let Some((last_wanted, _)) = wanted.last() else { return statement.notes_through };
    match first_here {
        Some(seq) => seq.saturating_sub(1),
        // There may be more than were named.
        None if wanted.len() >= WANT_NOTES => last_wanted.saturating_sub(1),
        None => statement.last,
    }
}

/// What one outcome asks for. What it says of the sync as a whole is read by [`standing`] and [`turned_away`].
fn of_outcome(outcome: &Outcome, span: Option<(u64, u64)>, speaker: &Speaker) -> Vec<Step> {
    let head_seq = speaker.head_seq;
    let succeed = (speaker.state != JournalState::Closed).then_some(Step::Succeed);
    match outcome {
        Outcome::Stored | Outcome::Duplicate => {
            span.map(|(first, last)| Step::Admitted { first, last }).into_iter().collect()
        }
        Outcome::Gap { heads } => {
            vec![Step::GoBack { common: common(heads, speaker), head_seq }, Step::ShowReceipts(true)]
        }
        Outcome::Behind { .. } => succeed.into_iter().collect(),
        Outcome::Fork { at, branch } => {
            [Step::Branch { at: *at, branch: *branch, head_seq }].into_iter().chain(succeed).collect()
        }
        Outcome::Quarantined(all) => all.iter().map(set_aside).collect(),
        Outcome::Unknown => vec![Step::Introduce],
        Outcome::Revoked { .. }
        | Outcome::Malformed
        | Outcome::Refused
        | Outcome::Upgrade { .. }
        | Outcome::Later { .. }
        | Outcome::Other(_) => Vec::new(),
    }
}

fn set_aside(held: &Held) -> Step {
    Step::SetAside { seq: held.seq, reason: held.reason.number(), field: held.field.clone() }
}

/// The last record that both sides have.
fn common(heads: &[Head], speaker: &Speaker) -> u64 {
    let is_own = |head: &&Head| {
        let link = speaker.links.get(&head.seq);
        head.seq <= speaker.head_seq && link.is_some_and(|link| link.short() == head.link)
    };
    heads.iter().filter(is_own).map(|head| head.seq).max().unwrap_or(0)
}

/// Whether the request was taken at all.
fn turned_away(reply: &Reply) -> Option<Next> {
    let later = reply.outcomes.iter().rev().find_map(|outcome| match outcome {
        Outcome::Later { after_s } => Some(Next::Wait { after_s: *after_s }),
        _ => None,
    });
    let is_refusal = |outcome: &Outcome| matches!(outcome, Outcome::Malformed | Outcome::Refused);
    later.or_else(|| reply.outcomes.iter().any(is_refusal).then_some(Next::Smaller))
}

/// How the phone stands with the desk.
struct Standing {
    ends: Option<Ends>,
    counted: Vec<Counted>,
}

fn standing(reply: &Reply, speaker: &Speaker) -> Standing {
    let (mut revoked, mut upgrade, mut all) = (None, None, Vec::new());
    for outcome in &reply.outcomes {
        match outcome {
            // A closed journal that was revoked empties its outbox as evidence; it reads nothing anyway.
            Outcome::Revoked { counted } => {
                revoked = Some(Ends::Revoked).filter(|_| speaker.state != JournalState::Closed);
                all.clone_from(counted);
            }
            Outcome::Upgrade { min } => upgrade = Some(Ends::Upgrade { min: *min }),
            _ => {}
        }
    }
    Standing { ends: revoked.or(upgrade), counted: all }
}

/// What a page comes to.
struct Pulled {
    steps: Vec<Step>,
    received: u64,
    more: bool,
    moved: bool,
}

/// Takes the page in and moves the cursor.
fn pull(reply: &Reply, rows: &[LogRow], scope: Option<ScopeDigest>, mut position: u64) -> Pulled {
    let mut steps = Vec::new();
    if scope != Some(reply.scope) {
        steps.push(Step::Scope(reply.scope));
        if position > 0 {
            steps.push(Step::StartOver);
            position = 0;
        }
    }
    if reply.position < position {
        // The log ends before what was read of it: it was rolled back, and read again it tells what is left.
        steps.push(Step::StartOver);
        return Pulled { steps, received: 0, more: true, moved: true };
    }
    let more = reply.more;
    steps.extend([Step::Page, Step::Cursor { position: reply.position, pulled: !more }]);
    steps.extend((!more).then_some(Step::Sweep));
    let is_record = |row: &&LogRow| matches!(row.kind, RowKind::Record | RowKind::Released);
    let received = rows.iter().filter(is_record).count() as u64;
    Pulled { steps, received, more, moved: !rows.is_empty() || reply.position != position }
}

#[cfg(test)]
mod tests;
