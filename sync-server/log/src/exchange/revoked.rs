//! What a revoked phone is told: which of its officer's records count all the same.

use pantau_protocol::{exchange::Counted, journal::DeviceId, limit, projection::Reference};

use crate::{
    Error, Server,
    intake::Push,
    store::{self, Branch, Stored, Stretch, View},
};

/// Spans of records of all devices of an officer that count although he was revoked: what his revocations left
/// trusted, and what rulings admitted. At most [`limit::COUNTED_SPANS`]; what is left out is shown as not
/// counted.
pub(super) fn counted(server: &Server, push: &Push, lineage: &[Stretch]) -> Result<Vec<Counted>, Error> {
    let access = server.access()?;
    let reference = access.reference();
    let mut all = store::read(server.store(), |view| {
        let mut all = Vec::new();
        for device in reference.devices().filter(|d| d.officer == push.admission.officer) {
            let device = device.device;
            let spans = match device == push.device {
                true => lineage.to_vec(),
                false => certain(&view.journal_branches(&device)?),
            };
            all.extend(spans.into_iter().filter_map(|span| trusted(reference, device, span)));
        }
        admitted(view, reference, push.admission.officer, &mut all)?;
        Ok(all)
    })?;
    all.truncate(limit::COUNTED_SPANS);
    Ok(all)
}

/// The part of a journal that it had before it forked: which branch a phone went on with is not known here.
fn certain(branches: &[Branch]) -> Vec<Stretch> {
    let forks = branches.iter().filter(|b| b.number > 0).map(|b| b.starts - 1).min();
    let first = branches.iter().filter(|b| b.number == 0);
    first
        .map(|b| Stretch { branch: 0, first: b.starts, last: b.last.min(forks.unwrap_or(u64::MAX)) })
        .collect()
}

/// The part of a span of a branch that is trusted.
fn trusted(
    reference: &Reference,
    device: DeviceId,
    Stretch { branch, first, last }: Stretch,
) -> Option<Counted> {
    let last = last.min(reference.trusted_through(&device, branch)?);
    (first <= last).then_some(Counted { device, first, last })
}

fn admitted(view: &dyn View, reference: &Reference, officer: u32, all: &mut Vec<Counted>) -> Stored<()> {
    for record in reference.admitted() {
        for row in view.desk_record(record)? {
            let (device, seq) = (row.entry.device, row.entry.seq);
            if reference.officer(&device) == Some(officer) {
                all.push(Counted { device, first: seq, last: seq });
            }
        }
    }
    Ok(())
}
