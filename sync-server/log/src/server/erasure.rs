//! After a note is erased from the store: the desk's file is written anew without it, and every file of
//! the store is looked through for what is left of it (docs/PROTOCOL.md#notes).

use pantau_protocol::{
    journal::RecordId,
    note::{Field, Note},
};

use super::Shared;
use crate::{
    Error,
    desk_file::{DeskFile, FrameEntry},
    desk_frame::reseal_without,
    error::poisoned,
    store::{self, Store as _, Tx},
};

/// What could be found of a note in a file: its salt, and its text where that is long enough to be its
/// own.
fn traces(note: &Note) -> Vec<Vec<u8>> {
    let mut all = vec![note.salt.0.to_vec()];
    let text = note.text.as_bytes();
    if text.len() >= 12 {
        all.extend(text.chunks(48).filter(|c| c.len() >= 12).map(<[u8]>::to_vec));
    }
    all
}

/// Does what must follow the commit; what fails is tried again at the next erasure.
pub(crate) fn after_commit(shared: &Shared, erased: &[(RecordId, Field, Vec<Note>)]) {
    if let Ok(mut pending) = shared.traces.lock() {
        pending.extend(erased.iter().flat_map(|(.., notes)| notes).flat_map(traces));
        shared.metrics.scrub_pending.set(pending.len() as u64);
    }
    let named: Vec<(RecordId, Field)> = erased.iter().map(|(id, field, _)| (*id, *field)).collect();
    if let Err(error) = rewrite_desk_file(shared, &named).and_then(|()| scrub(shared)) {
        tracing::warn!(%error, "an erased note is not overwritten yet");
    }
}

/// Overwrites what is left of all notes erased so far.
pub(crate) fn scrub(shared: &Shared) -> Result<(), Error> {
    let mut pending = shared.traces.lock().map_err(poisoned)?;
    shared.store.scrub(&pending)?;
    pending.clear();
    shared.metrics.scrub_pending.set(0);
    Ok(())
}

/// Writes the desk's file anew without these notes, if it holds any of them.
pub(crate) fn rewrite_desk_file(shared: &Shared, erased: &[(RecordId, Field)]) -> Result<(), Error> {
    let Some(file) = &shared.desk_file else { return Ok(()) };
    let mut done = Ok(());
    store::write(shared.store.as_ref(), |tx| {
        done = without(shared, file, tx, erased);
        Ok(())
    })?;
    done
}

fn without(
    shared: &Shared,
    file: &DeskFile,
    tx: &mut dyn Tx,
    erased: &[(RecordId, Field)],
) -> Result<(), Error> {
    let (mut changed, mut entries) = (false, Vec::new());
    for entry in file.entries()? {
        let resealed = reseal_without(tx, &shared.identity, &entry.frame, erased)?;
        changed |= resealed.is_some();
        entries.push(match resealed {
            Some(frame) => FrameEntry { frame, ..entry },
            None => entry,
        });
    }
    if changed { file.rewrite(tx, &entries) } else { Ok(()) }
}
