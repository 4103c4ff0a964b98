//! The giver's phone shows a dispatch.

use pantau_protocol::{
    body::Body,
    handover::{BadSlip, Slip, qr_bytes},
    journal::RecordId,
    note::CarriedNote,
    validate::Problem,
};
use rusqlite::Connection;

use super::{
    outcome::{GiveOutcome, Offer},
    own::{Own, journal_of, own},
};
use crate::{
    error::Error,
    limit,
    row::{self, Stored},
    vault::Vault,
};

/// The dispatch as a QR code.
pub(crate) fn give(c: &Connection, vault: &Vault, dispatch: &RecordId) -> Result<GiveOutcome, Error> {
    let is_dispatch = |b: &Body| matches!(b, Body::Dispatch(_));
    let Some(Own { stored, superseded, .. }) =
        own(c, is_dispatch)?.into_iter().find(|o| o.stored.id == *dispatch)
    else {
        return Err(Error::field("handover.dispatch", Problem::Unknown));
    };
    if superseded {
        return Ok(GiveOutcome::Superseded);
    }
    let slip = slip(c, vault, &stored, row::carried(c, &stored)?)?;
    Ok(match slip.to_text(limit::HANDOVER_WISHED_BYTES) {
        Ok(text) => {
            let bytes = qr_bytes(text.len());
            GiveOutcome::Ready(Offer { dispatch: *dispatch, text, bytes })
        }
        Err(BadSlip::TooLong(bytes)) => GiveOutcome::TooLong { bytes },
        Err(other) => return Err(Error::Damaged(format!("record {dispatch}: {other}"))),
    })
}

/// An own record under the key of its journal.
pub(super) fn slip(
    c: &Connection,
    vault: &Vault,
    stored: &Stored,
    notes: Vec<CarriedNote>,
) -> Result<Slip, Error> {
    let (journal, officer) = journal_of(c, stored)?;
    Ok(Slip::sign(&journal.key(vault)?, officer, stored.seq, stored.payload.clone(), notes))
}

/// Its notes as commitments alone.
pub(super) fn committed(stored: &Stored) -> Vec<CarriedNote> {
    stored.commitments.iter().map(|(field, c)| CarriedNote::Committed(*field, *c)).collect()
}
