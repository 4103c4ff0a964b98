//! What receipts state, and what old receipts prove.

use pantau_protocol::{
    exchange::Held,
    journal::{Link, next_link},
    limit,
    receipt::{Epoch, Step},
};

use super::{Push, walk};
use crate::{Error, server::Batch, store::Row};

/// Times of first receipt for the new records of a push.
pub(super) struct Times {
    now: i64,
    /// `(first, last, received_at)` of receipts this server once signed for the same chain.
    known: Vec<(u64, u64, i64)>,
}

impl Times {
    /// The earliest times this server once signed, where a receipt's link lies on the chain of the push or of
    /// what is known to follow it.
    pub(super) fn new(push: &Push, links: &[Link], now: i64) -> Self {
        let first = push.span.map_or(0, |s| s.first);
        let further = push.tail.iter().scan(links.last().copied(), |link, digest| {
            *link = link.map(|l| next_link(&l, digest));
            *link
        });
        let links: Vec<Link> = links.iter().copied().chain(further).collect();
        let on_chain = |last: u64, link: &Link| {
            let index = last.checked_sub(first).and_then(|i| usize::try_from(i).ok());
            index.and_then(|i| links.get(i)) == Some(link)
        };
        let proven = push.old_receipts.iter().filter(|o| on_chain(o.receipt.statement.last, &o.link));
        let steps = proven.flat_map(|o| {
            let last = o.receipt.statement.last;
            o.receipt.statement.steps.iter().map(move |s| (s.first, s.last.min(last), s.received_at))
        });
        Self { now: push.received_at.unwrap_or(now), known: steps.collect() }
    }

    /// The time of first receipt of a record.
    pub(super) fn of(&self, seq: u64) -> i64 {
        let signed = self.known.iter().filter(|(first, last, _)| (*first..=*last).contains(&seq));
        signed.map(|(.., at)| *at).min().map_or(self.now, |at| at.min(self.now))
    }
}

/// Starts a new epoch if the phone proves that this log once held more: it was rolled back.
pub(super) fn settle_epoch(batch: &mut Batch<'_>, push: &Push) -> Result<Epoch, Error> {
    let epoch = batch.epoch()?;
    let branches = batch.tx.journal_branches(&push.device)?;
    for old in &push.old_receipts {
        let statement = &old.receipt.statement;
        let rolled_back = if old.epoch == epoch {
            let held = walk::find(batch.tx, push, statement.last, old.link.short(), &branches)?;
            statement.position > batch.tx.head()? || held.is_empty()
        } else {
            old.epoch > epoch
        };
        if rolled_back {
            return batch.start_epoch(Some(old.epoch));
        }
    }
    Ok(epoch)
}

/// The steps of a receipt: spans of records with one time of first receipt.
pub(super) fn steps(rows: &[Row]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for entry in rows.iter().map(|r| &r.entry) {
        let received_at = entry.envelope.received_at;
        if let Some(s) = steps.last_mut()
            && s.received_at == received_at
            && s.last + 1 == entry.seq
        {
            s.last = entry.seq;
        } else if steps.len() < limit::RECEIPT_STEPS {
            steps.push(Step { first: entry.seq, last: entry.seq, received_at });
        } else {
            break;
        }
    }
    steps
}

/// The quarantined ones among the rows of a push.
pub(super) fn quarantined(rows: &[Row]) -> Vec<Held> {
    let held = |r: &Row| {
        let (reason, field) = r.entry.quarantine.clone()?;
        Some(Held { seq: r.entry.seq, reason, field })
    };
    rows.iter().filter_map(held).collect()
}
