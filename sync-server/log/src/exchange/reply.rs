//! The reply: receipt, page, time, signature.

use pantau_protocol::{
    cbor,
    exchange::{Page, Reply},
    frame::{self, FrameKind},
    journal::DeviceId,
    limit,
    receipt::{Receipt, ReceiptContext},
    time::Anchor,
};

use super::open::Reading;
use crate::{
    Error, Server,
    intake::{Push, Pushed},
    store::{self, PageQuery, Stretch},
};

/// Most bytes of a page before compression, so that the frame fits its limit even if nothing compresses.
const PAGE_BYTES: usize = 896 << 10;

/// A reply with everything but the page.
pub(super) fn of_push(server: &Server, push: &Push, pushed: &Pushed) -> Reply {
    let identity = server.identity();
    let receipt = pushed.receipt.clone().map(|(statement, link)| {
        let context =
            ReceiptContext { server: identity.server_id(), epoch: pushed.epoch, device: push.device, link };
        Receipt::sign(statement, &context, identity.signing_key())
    });
    Reply {
        receipt,
        want_notes: pushed.want_notes.clone(),
        scope: push.admission.scope.digest(),
        ..Reply::of(pushed.epoch, pushed.outcomes.clone())
    }
}

/// Adds what the device may see. A phone whose clock is too far off learns the time first.
pub(super) fn add_page(
    server: &Server,
    push: &Push,
    lineage: &[Stretch],
    reading: &Reading,
    reply: &mut Reply,
) -> Result<(), Error> {
    let after = start(reading, reply);
    reply.position = after;
    let skew = reading.time_guess.saturating_sub(server.vouched_now()?).saturating_abs();
    if skew > limit::CLOCK_SKEW_S {
        reply.more = true;
        return Ok(());
    }
    if reading.budget == 0 {
        reply.more = store::read(server.store(), |view| view.head())? > after;
        return Ok(());
    }
    let query = PageQuery {
        reader: push.device,
        own: lineage.to_vec(),
        after,
        rows: limit::PAGE_ROWS,
        bytes: reading.budget.min(PAGE_BYTES),
        scan: limit::PAGE_SCAN,
    };
    let scan = store::read(server.store(), |view| view.page(&push.admission.scope, &query))?;
    server.metrics().rows_sent.add(scan.rows.len() as u64);
    (reply.position, reply.more) = (scan.through, scan.more);
    reply.page = Page::pack(&scan.rows.iter().map(store::Row::to_log_row).collect::<Vec<_>>());
    Ok(())
}

/// Where the page starts: at the cursor, if it belongs to this epoch and scope.
pub(super) fn start(reading: &Reading, reply: &Reply) -> u64 {
    reading.cursor.filter(|c| c.is_of(&reply.epoch, &reply.scope)).map_or(0, |c| c.position)
}

/// Puts the server's time in, as an anchor for this device.
///
/// # Errors
/// Failures of the store.
pub(super) fn date(server: &Server, reply: &mut Reply, device: Option<DeviceId>) -> Result<(), Error> {
    reply.server_time = server.vouched_now()?;
    if let Some(device) = device {
        reply.anchor_mac = Anchor::new(server.identity().anchor_key(), &device, reply.server_time).mac;
    }
    Ok(())
}

/// Signs the reply for this one request.
pub(super) fn seal(server: &Server, reply: &Reply, request: &[u8], dictionary: u8) -> Vec<u8> {
    let dictionary = if frame::knows_dictionary(dictionary) { dictionary } else { frame::DICTIONARY };
    let request_hash = frame::request_hash(request);
    let key = server.identity().signing_key();
    frame::seal_reply(FrameKind::Reply, key, &request_hash, dictionary, &cbor::to_vec(reply))
}
