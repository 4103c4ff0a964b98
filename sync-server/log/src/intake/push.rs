//! One push: what a device sent, laid along its journal, stored and summed up.

use std::sync::Arc;

use pantau_protocol::{
    exchange::{Head, LateNote, Lost, Outcome, ShortCursor},
    frame::Evidence,
    journal::{DeviceId, Digest, Link, first_link},
    limit,
    note::Field,
    receipt::{Epoch, OldReceipt, Statement, Step},
    segment::Span,
};

use super::{
    Checked, append, cost, lost, notes,
    receipt::{self, Times},
    walk::{self, Footing, Laid, Walk},
};
use crate::{
    Error,
    access::Admission,
    server::{Batch, later},
    store::{Branch, Row, Stretch},
};

/// What a device sent, verified and checked as far as that needs no transaction.
#[derive(Debug, Clone)]
pub struct Push {
    /// Who.
    pub device: DeviceId,
    /// What is known of it.
    pub admission: Arc<Admission>,
    /// Span of the records, as signed.
    pub span: Option<Span>,
    /// First 8 bytes of the link they stand on.
    pub base: [u8; 8],
    /// The records.
    pub records: Vec<Checked>,
    /// Proof of who sent them.
    pub evidence: Evidence,
    /// Notes of records sent before.
    pub late: Vec<LateNote>,
    /// Records the phone lost.
    pub lost: Option<Lost>,
    /// Receipts this server once signed; signatures verified.
    pub old_receipts: Vec<OldReceipt>,
    /// Digests of the records behind these, up to the end of an old receipt.
    pub tail: Vec<Digest>,
    /// End of the phone's journal.
    pub head: Option<Head>,
    /// How far the phone has read.
    pub cursor: Option<ShortCursor>,
    /// First receipt of records of the desk, which writes it down beside each frame; a phone cannot know it.
    pub received_at: Option<i64>,
}

impl Push {
    /// A push of nothing.
    pub fn new(device: DeviceId, admission: Arc<Admission>, evidence: Evidence) -> Self {
        Self {
            device,
            admission,
            span: None,
            base: [0; 8],
            records: Vec::new(),
            evidence,
            late: Vec::new(),
            lost: None,
            old_receipts: Vec::new(),
            tail: Vec::new(),
            head: None,
            cursor: None,
            received_at: None,
        }
    }

    /// Whether it is of the desk of this server, which reads no receipts.
    fn is_own(&self) -> bool {
        self.received_at.is_some()
    }

    /// Whether something is to be stored.
    pub fn brings_anything(&self) -> bool {
        self.span.is_some() || !self.late.is_empty() || self.lost.is_some()
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// Outcomes for the phone.
    pub outcomes: Vec<Outcome>,
    /// Epoch of the log.
    pub epoch: Epoch,
    /// What the receipt states, and the link it stands on.
    pub receipt: Option<(Statement, Link)>,
    /// Notes the server lacks.
    pub want_notes: Vec<(u64, Field)>,
    /// The phone's journal as this server holds it, newest branch first. Empty where nothing shows which
    /// branch that is.
    pub lineage: Vec<Stretch>,
    /// Records stored for the first time.
    pub stored: u64,
}

/// Takes a push in.
pub(crate) fn push(batch: &mut Batch<'_>, push: &Push) -> Result<Pushed, Error> {
    let epoch = receipt::settle_epoch(batch, push)?;
    let mut journal = Journal::open(batch, push)?;
    if let Some(lost) = &push.lost {
        match lost::accept(batch, push, lost, &mut journal.branches)? {
            lost::Said::Known => journal.knows_hole = true,
            lost::Said::Useless => {}
            lost::Said::OverQuota => journal.is_over = true,
        }
    }
    if push.span.is_some() && !journal.is_over {
        journal.lay(batch, push)?;
    }
    for note in push.late.iter().take(limit::LATE_NOTES) {
        if journal.is_over {
            break;
        }
        journal.is_over = !notes::take_late(batch, push, note)?;
    }
    journal.compare_heads(batch, push)?;
    journal.sum_up(batch, push, epoch)
}

/// A journal while a push is taken in.
struct Journal {
    branches: Vec<Branch>,
    /// Rows this push speaks of: held before, then new.
    rows: Vec<Row>,
    new: u64,
    /// Where the push ends.
    end: Option<Footing>,
    /// Where the phone's head is, if it is held.
    located: Option<Footing>,
    knows_hole: bool,
    /// The quota of the day has no room for something that came.
    is_over: bool,
    outcomes: Vec<Outcome>,
}

impl Journal {
    fn open(batch: &Batch<'_>, push: &Push) -> Result<Self, Error> {
        Ok(Self {
            branches: batch.tx.journal_branches(&push.device)?,
            rows: Vec::new(),
            new: 0,
            end: None,
            located: None,
            knows_hole: false,
            is_over: false,
            outcomes: Vec::new(),
        })
    }

    fn heads(&self) -> Vec<Head> {
        self.branches.iter().map(|b| Head::new(b.last, &b.link)).collect()
    }

    fn lay(&mut self, batch: &mut Batch<'_>, push: &Push) -> Result<(), Error> {
        match walk::lay(batch.tx, push, &self.branches)? {
            Laid::Fits(walk) => self.store(batch, push, walk),
            Laid::NoBase => {
                batch.shared.metrics.gaps.add(1);
                self.outcomes.push(Outcome::Gap { heads: self.heads() });
                Ok(())
            }
            Laid::WrongLink => {
                batch.shared.metrics.refused.add(1);
                self.outcomes.push(Outcome::Refused);
                Ok(())
            }
        }
    }

    fn store(&mut self, batch: &mut Batch<'_>, push: &Push, walk: Walk) -> Result<(), Error> {
        for (row, record) in walk.held.iter().zip(&push.records) {
            if !notes::take_with_duplicate(batch, push, row, &record.sent.notes)? {
                self.is_over = true;
                break;
            }
        }
        let held = walk.held.len();
        self.end = Some(walk.footing);
        let fresh: Vec<(&Checked, &Link)> = push.records.iter().zip(&walk.links).skip(held).collect();
        self.rows = walk.held;
        if self.is_over {
            return Ok(());
        }
        if !fresh.is_empty() {
            let mut branch = self.branch_for(&walk.footing);
            // Every journal has its first.
            let starts_branch = branch.number > 0 && !self.branches.iter().any(|b| b.number == branch.number);
            if !batch.charge(&push.admission, cost::of_records(&fresh, starts_branch))? {
                self.is_over = true;
                return Ok(());
            }
            let claims = fresh.iter().map(|(record, _)| record.at);
            let now = batch.clock.vouched.max(claims.max().unwrap_or(i64::MIN).min(batch.clock.latest));
            let times = Times::new(push, &walk.links, now);
            let first = branch.last + 1;
            for (record, link) in fresh {
                let row = append::append(batch, push, record, link, &mut branch, &times)?;
                self.rows.push(row);
                self.new += 1;
            }
            batch.tx.put_branch(&push.device, &branch)?;
            batch.tx.put_evidence(&push.device, branch.number, (first, branch.last), &push.evidence)?;
            self.end = Some(Footing {
                branch: Some(branch.number),
                seq: branch.last,
                link: branch.link,
                not_before: branch.not_before,
            });
            self.replace(branch);
        }
        self.tell(batch);
        Ok(())
    }

    /// The branch that new records go to: the one that ends here, or a new one.
    fn branch_for(&self, footing: &Footing) -> Branch {
        let ends_here = |b: &&Branch| Some(b.number) == footing.branch && b.last == footing.seq;
        if let Some(b) = self.branches.iter().find(ends_here) {
            return b.clone();
        }
        Branch {
            number: lost::next_number(&self.branches),
            parent: footing.branch,
            starts: footing.seq + 1,
            last: footing.seq,
            link: footing.link,
            not_before: footing.not_before,
        }
    }

    fn replace(&mut self, branch: Branch) {
        self.branches.retain(|b| b.number != branch.number);
        self.branches.push(branch);
        self.branches.sort_by_key(|b| b.number);
    }

    /// Outcomes of the records.
    fn tell(&mut self, batch: &Batch<'_>) {
        let metrics = &batch.shared.metrics;
        metrics.stored.add(self.new);
        metrics.duplicates.add(self.rows.len() as u64 - self.new);
        self.outcomes.push(if self.new > 0 { Outcome::Stored } else { Outcome::Duplicate });
        let number = self.end.and_then(|e| e.branch).unwrap_or(0);
        let forked = self.branches.iter().find(|b| b.number == number && number > 0);
        if let Some(b) = forked {
            self.outcomes.push(Outcome::Fork { at: b.starts, branch: b.number });
        }
        let held = receipt::quarantined(&self.rows);
        if !held.is_empty() {
            self.outcomes.push(Outcome::Quarantined(held));
        }
    }

    /// Finds the phone's head; a branch that goes on behind it means the phone was restored.
    fn compare_heads(&mut self, batch: &mut Batch<'_>, push: &Push) -> Result<(), Error> {
        let Some(head) = push.head else { return Ok(()) };
        // An empty journal has one head only. A phone that names it wrongly was restored all the same.
        let link = if head.seq == 0 { first_link(&push.admission.key.0).short() } else { head.link };
        let found = walk::find(batch.tx, push, head.seq, link, &self.branches)?;
        self.located = found.first().copied();
        // Nothing was sent and yet the head is not held: this log was rolled back and has grown again since.
        let says_all_is_held = push.span.is_none() && push.lost.is_none() && head.seq > 0;
        if says_all_is_held && found.is_empty() {
            self.outcomes.push(Outcome::Gap { heads: self.heads() });
        }
        let ahead = found.iter().filter_map(|f| {
            let on_it = |b: &&Branch| Some(b.number) == f.branch || f.branch.is_none();
            self.branches.iter().filter(on_it).map(|b| b.last).max().filter(|last| *last > f.seq)
        });
        // Where one branch ends at the head, the phone is on that branch and not behind.
        let ends =
            found.iter().any(|f| self.branches.iter().any(|b| Some(b.number) == f.branch && b.last == f.seq));
        if let Some(have) = ahead.max().filter(|_| !ends) {
            self.outcomes.push(Outcome::Behind { have });
        }
        Ok(())
    }

    fn sum_up(mut self, batch: &Batch<'_>, push: &Push, epoch: Epoch) -> Result<Pushed, Error> {
        let log_head = batch.tx.head()?;
        let read_beyond = push.cursor.is_some_and(|c| c.position > log_head);
        if read_beyond && !self.outcomes.iter().any(|o| matches!(o, Outcome::Gap { .. })) {
            self.outcomes.push(Outcome::Gap { heads: self.heads() });
        }
        if self.is_over {
            self.outcomes.push(later(batch.now));
        }
        if push.admission.is_revoked {
            // What counts all the same is looked up outside the transaction.
            self.outcomes.push(Outcome::Revoked { counted: Vec::new() });
        }
        let refused = self.outcomes.contains(&Outcome::Refused);
        let is_new_here =
            !push.is_own() && push.cursor.is_none_or(|c| !c.is_of(&epoch, &push.admission.scope.digest()));
        if is_new_here {
            self.rows = self.rows_through(batch, push)?;
        }
        let wanted = push.brings_anything()
            || !push.old_receipts.is_empty()
            || is_new_here
            || self.outcomes.iter().any(|o| matches!(o, Outcome::Behind { .. } | Outcome::Gap { .. }));
        let steps = receipt::steps(&self.rows);
        let stand = self.covered(&steps).map_or_else(|| self.stand(batch, push), Ok)?;
        let missing = notes::missing(batch.tx, &push.device, &self.lineage(stand), stand.seq)?;
        // Which branch a phone is on is known only where its head or its push is held; what is left out of its
        // pages on a guess would never reach it.
        let lineage = self.located.or(self.end).map(|f| self.lineage(f)).unwrap_or_default();
        let statement = (wanted && !refused).then(|| Statement {
            branch: stand.branch.unwrap_or(0),
            last: stand.seq,
            notes_through: missing.first().map_or(stand.seq, |(seq, _)| seq - 1),
            steps,
            position: log_head,
        });
        Ok(Pushed {
            want_notes: missing
                .into_iter()
                .take(if statement.is_some() { limit::WANT_NOTES } else { 0 })
                .collect(),
            receipt: statement.map(|s| (s, stand.link)),
            outcomes: self.outcomes,
            epoch,
            lineage,
            stored: self.new,
        })
    }

    /// Rows of the journal up to where the receipt stands. A phone that comes from another log knows times
    /// which that one fixed; here a record may have come by another way since.
    fn rows_through(&self, batch: &Batch<'_>, push: &Push) -> Result<Vec<Row>, Error> {
        let stand = self.stand(batch, push)?;
        let mut rows = Vec::new();
        for Stretch { branch, first, last } in self.lineage(stand).into_iter().rev() {
            rows.extend(batch.tx.journal_span(&push.device, branch, first, last)?);
        }
        Ok(rows)
    }

    /// What is held of the journal that ends here.
    fn lineage(&self, end: Footing) -> Vec<Stretch> {
        end.branch.map(|b| walk::lineage(&self.branches, b, end.seq)).unwrap_or_default()
    }

    /// Where the steps end before the push does: there are more of them than a receipt may carry.
    fn covered(&self, steps: &[Step]) -> Option<Footing> {
        let last = steps.last().map(|s| s.last)?;
        let row = &self.rows.iter().find(|r| r.entry.seq == last)?.entry;
        let end = Footing {
            branch: Some(row.branch),
            seq: last,
            link: row.link,
            not_before: row.envelope.not_before,
        };
        self.rows.last().filter(|r| r.entry.seq > last).map(|_| end)
    }

    /// What a receipt stands on: the end of the push; else the phone's head, if it is held; else the
    /// high-water mark of the branch that an old receipt, or failing that the longest, speaks of.
    fn stand(&self, batch: &Batch<'_>, push: &Push) -> Result<Footing, Error> {
        if let Some(end) = self.end.or(self.located) {
            return Ok(end);
        }
        let lost_end = push.lost.as_ref().filter(|_| self.knows_hole);
        let known = lost_end.and_then(|l| self.branches.iter().find(|b| b.last >= l.last));
        let mut shown = None;
        for old in &push.old_receipts {
            let (last, link) = (old.receipt.statement.last, old.link.short());
            let found = walk::find(batch.tx, push, last, link, &self.branches)?;
            let branch = found.first().and_then(|f| f.branch);
            shown = shown.or(self.branches.iter().find(|b| Some(b.number) == branch));
        }
        let longest = || self.branches.iter().max_by_key(|b| (b.last, std::cmp::Reverse(b.number)));
        Ok(known.or(shown).or_else(longest).map_or_else(
            || Footing { branch: None, seq: 0, link: first_link(&push.admission.key.0), not_before: 0 },
            |b| Footing { branch: Some(b.number), seq: b.last, link: b.link, not_before: b.not_before },
        ))
    }
}
