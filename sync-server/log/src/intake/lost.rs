//! Records a phone lost: the journal goes on behind them, and the hole stays visible.

use pantau_protocol::exchange::Lost;

use super::{Push, cost, walk};
use crate::{
    Error,
    server::Batch,
    store::{Branch, Hole},
};

/// What becomes of a phone's word that it lost records.
pub(super) enum Said {
    /// The hole is known now, or what the phone speaks of is held.
    Known,
    /// It says nothing that can be used yet.
    Useless,
    /// The quota of the day has no room for one more hole.
    OverQuota,
}

/// Takes the phone's word for the link behind the hole. Nothing happens if that link is held, or if
/// records before the hole are not held yet: those must come first.
pub(super) fn accept(
    batch: &mut Batch<'_>,
    push: &Push,
    lost: &Lost,
    branches: &mut Vec<Branch>,
) -> Result<Said, Error> {
    if lost.first == 0 || lost.last < lost.first || lost.last > i64::MAX as u64 / 2 {
        return Ok(Said::Useless);
    }
    if !walk::find(batch.tx, push, lost.last, lost.link.short(), branches)?.is_empty() {
        return Ok(Said::Known);
    }
    let reaches = |b: &&mut Branch| b.last + 1 >= lost.first && b.last < lost.last;
    if let Some(branch) = branches.iter_mut().filter(reaches).max_by_key(|b| b.last) {
        if !batch.charge(&push.admission, cost::of_hole())? {
            return Ok(Said::OverQuota);
        }
        let first = branch.last + 1;
        (branch.last, branch.link) = (lost.last, lost.link);
        let branch = branch.clone();
        return note_hole(batch, push, first, lost, &branch).map(|()| Said::Known);
    }
    let parent = branches.iter().find(|b| b.last + 1 >= lost.first).map(|b| b.number);
    if parent.is_none() && lost.first > 1 {
        return Ok(Said::Useless);
    }
    if !batch.charge(&push.admission, cost::of_hole())? {
        return Ok(Said::OverQuota);
    }
    let branch = Branch {
        number: next_number(branches),
        parent,
        starts: lost.first,
        last: lost.last,
        link: lost.link,
        not_before: 0,
    };
    branches.push(branch.clone());
    note_hole(batch, push, lost.first, lost, &branch).map(|()| Said::Known)
}

fn note_hole(
    batch: &mut Batch<'_>,
    push: &Push,
    first: u64,
    lost: &Lost,
    branch: &Branch,
) -> Result<(), Error> {
    let hole = Hole { branch: branch.number, first, last: lost.last, link: lost.link };
    batch.tx.put_branch(&push.device, branch)?;
    batch.tx.put_hole(&push.device, &hole)?;
    tracing::warn!(device = %push.device, first, last = lost.last, "a phone lost records");
    Ok(())
}

/// The number of the next branch.
pub(super) fn next_number(branches: &[Branch]) -> u32 {
    branches.iter().map(|b| b.number + 1).max().unwrap_or(0)
}
