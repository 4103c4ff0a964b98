//! A reply as it comes: bytes that count only under the server's signature over this very request.

use pantau_protocol::{
    cbor,
    exchange::{LogRow, Reply},
    frame::{self, BadFrame, FrameKind},
    keys::PublicKey,
};

use super::request::Outgoing;

/// A verified reply with its page taken apart.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) reply: Reply,
    pub(super) rows: Vec<LogRow>,
}

/// Opens the bytes of a reply under the server's keys.
pub(super) fn open(bytes: &[u8], keys: &[PublicKey], sent: &Outgoing) -> Result<Opened, BadFrame> {
    let parsed = frame::parse(bytes)?;
    if parsed.kind != FrameKind::Reply {
        return Err(BadFrame::Header);
    }
    let body = parsed.open_reply(keys, &sent.request_hash)?;
    let reply: Reply = cbor::from_slice(&body).map_err(|_| BadFrame::Body)?;
    let rows = reply.page.unpack().map_err(|_| BadFrame::Body)?;
    Ok(Opened { reply, rows })
}
