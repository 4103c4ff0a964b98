//! Keeps when a phone called, how far it had read and what it had not sent: the desk sees who has a directive, and
//! whose phone holds something back.

use crate::{
    Error,
    intake::{Push, Pushed},
    limit,
    server::Batch,
    store::LastContact,
};

/// Keeps a call in the transaction that took in what it brought. One that says nothing new is kept only now and then:
/// a phone that polls must not make the server write.
pub(super) fn keep(batch: &mut Batch<'_>, push: &Push, pushed: &Pushed) -> Result<(), Error> {
    let cursor = push.cursor.filter(|c| c.is_of(&pushed.epoch, &push.admission.scope.digest()));
    let call = LastContact {
        device: push.device,
        at: batch.now,
        epoch: pushed.epoch.random,
        read_through: cursor.map_or(0, |c| c.position),
        unsent: unsent(batch, push, pushed)?,
    };
    let before = batch.tx.last_contact(&push.device)?;
    let is_news = before.is_none_or(|before| {
        let is_later = call.at.saturating_sub(before.at) >= limit::CONTACT_REST_S || call.at < before.at;
        is_later || LastContact { at: before.at, ..call } != before
    });
    if is_news {
        batch.tx.put_last_contact(&call)?;
    }
    Ok(())
}

/// Records of the phone's journal that are not held after its call. Where nothing shows which branch the phone is on,
/// the longest counts.
fn unsent(batch: &Batch<'_>, push: &Push, pushed: &Pushed) -> Result<u64, Error> {
    let end = push.span.as_ref().map(|span| span.first.saturating_add(span.count).saturating_sub(1));
    let Some(claimed) = push.head.map(|head| head.seq).or(end) else { return Ok(0) };
    let held = match pushed.lineage.iter().map(|stretch| stretch.last).max() {
        Some(held) => held,
        None => batch.tx.journal_branches(&push.device)?.iter().map(|b| b.last).max().unwrap_or(0),
    };
    Ok(claimed.saturating_sub(held))
}
