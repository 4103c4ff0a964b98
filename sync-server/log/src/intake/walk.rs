//! Where a push stands in its journal: the base it builds on, what of it is held already, and the branch
//! that what is new goes to.

use pantau_protocol::journal::{DeviceId, Link, first_link, next_link};

use super::{Checked, Push};
use crate::{
    Error,
    store::{Branch, Row, Stored, Stretch, View},
};

/// The record a push builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footing {
    /// Branch that holds it; `None` at the very start of a journal.
    pub(super) branch: Option<u32>,
    /// Its number; 0 at the start.
    pub(super) seq: u64,
    /// The link after it.
    pub(super) link: Link,
    /// Newest valid anchor up to it.
    pub(super) not_before: i64,
}

/// A push laid along the journal.
#[derive(Debug)]
pub(super) struct Walk {
    /// Links after each record.
    pub(super) links: Vec<Link>,
    /// Rows of the records that are held already: the first ones of the push.
    pub(super) held: Vec<Row>,
    /// The last record that is held: the base, or the last of `held`.
    pub(super) footing: Footing,
}

/// What the journal says to a push.
pub(super) enum Laid {
    /// It fits.
    Fits(Walk),
    /// The server does not hold its base.
    NoBase,
    /// The links do not end in the signed one.
    WrongLink,
}

/// Lays a push along the journal.
pub(super) fn lay(view: &dyn View, push: &Push, branches: &[Branch]) -> Result<Laid, Error> {
    let Some(span) = push.span else { return Ok(Laid::NoBase) };
    let Some(base) = find_base(view, push, span.first, branches)? else { return Ok(Laid::NoBase) };
    let links = chain(&base.link, &push.records);
    if links.last() != Some(&span.link) {
        return Ok(Laid::WrongLink);
    }
    let mut walk = Walk { links, held: Vec::new(), footing: base };
    let at_head = |b: &Branch| Some(b.number) == base.branch && b.last == base.seq;
    if !branches.is_empty() && !branches.iter().any(at_head) {
        walk.follow(view, &push.device, span.last())?;
    }
    Ok(Laid::Fits(walk))
}

/// The record before the push, found by the first bytes of its link.
fn find_base(view: &dyn View, push: &Push, first: u64, branches: &[Branch]) -> Stored<Option<Footing>> {
    let Some(seq) = first.checked_sub(1) else { return Ok(None) };
    Ok(find(view, push, seq, push.base, branches)?.into_iter().next())
}

/// All places of the journal with this number and shortened link.
pub(super) fn find(
    view: &dyn View,
    push: &Push,
    seq: u64,
    short: [u8; 8],
    branches: &[Branch],
) -> Stored<Vec<Footing>> {
    if seq == 0 {
        let link = first_link(&push.admission.key.0);
        let start = Footing { branch: None, seq: 0, link, not_before: 0 };
        return Ok((link.short() == short).then_some(start).into_iter().collect());
    }
    let head = branches.iter().find(|b| b.last == seq && b.link.short() == short);
    if let Some(b) = head {
        let link = b.link;
        return Ok(vec![Footing { branch: Some(b.number), seq, link, not_before: b.not_before }]);
    }
    let rows = view.journal_at(&push.device, seq)?;
    let rows = rows.into_iter().map(|r| r.entry).filter(|e| e.link.short() == short).map(|e| Footing {
        branch: Some(e.branch),
        seq,
        link: e.link,
        not_before: e.envelope.not_before,
    });
    let mut found: Vec<Footing> = rows.collect();
    let holes = view.journal_holes(&push.device)?;
    let holes = holes.into_iter().filter(|h| h.last == seq && h.link.short() == short);
    found.extend(holes.map(|h| Footing { branch: Some(h.branch), seq, link: h.link, not_before: 0 }));
    Ok(found)
}

fn chain(base: &Link, records: &[Checked]) -> Vec<Link> {
    let mut link = *base;
    let next = |r: &Checked| {
        link = next_link(&link, &r.digest);
        link
    };
    records.iter().map(next).collect()
}

impl Walk {
    /// Walks as far as the journal holds the same links, from branch to branch.
    fn follow(&mut self, view: &dyn View, device: &DeviceId, last: u64) -> Stored<()> {
        let mut ahead = Vec::new().into_iter().peekable();
        while let Some(link) = self.links.get(self.held.len()).copied() {
            let seq = self.footing.seq + 1;
            let next = match ahead.next_if(|r: &Row| r.entry.seq == seq && r.entry.link == link) {
                Some(row) => row,
                None => {
                    let all = view.journal_at(device, seq)?;
                    let Some(row) = all.into_iter().find(|r| r.entry.link == link) else { return Ok(()) };
                    let rest = view.journal_span(device, row.entry.branch, seq + 1, last)?;
                    ahead = rest.into_iter().peekable();
                    row
                }
            };
            self.footing = Footing {
                branch: Some(next.entry.branch),
                seq,
                link,
                not_before: next.entry.envelope.not_before,
            };
            self.held.push(next);
        }
        Ok(())
    }
}

/// The spans of branches that a journal consists of up to this record of a branch: that branch's first.
pub(super) fn lineage(branches: &[Branch], number: u32, last: u64) -> Vec<Stretch> {
    let (mut spans, mut last) = (Vec::new(), last);
    let mut here = branches.iter().find(|b| b.number == number);
    while let Some(b) = here {
        spans.push(Stretch { branch: b.number, first: b.starts, last });
        last = b.starts.saturating_sub(1);
        // A parent has a smaller number, so this ends even on a damaged table.
        here = b.parent.filter(|p| *p < b.number).and_then(|p| branches.iter().find(|b| b.number == p));
    }
    spans
}
