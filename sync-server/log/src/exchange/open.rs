//! From bytes to a verified push of a known device.

use std::sync::Arc;

use pantau_protocol::{
    cbor,
    exchange::{Head, Outcome, Request, ShortCursor},
    frame::{self, BadFrame, FrameKind, Parsed},
    journal::DeviceId,
    keys::PublicKey,
    limit,
    receipt::{OldReceipt, ReceiptContext},
};

use super::NoAnswer;
use crate::{
    Error, Server,
    access::Admission,
    intake::{Push, check},
    registration::{self, Succeeded},
};

/// A request that was opened.
pub(super) enum Opened {
    /// Of a known device.
    Call(Box<Call>),
    /// Nothing of it may be stored.
    Turned(Outcome),
}

/// A verified request.
pub(super) struct Call {
    pub(super) push: Push,
    pub(super) reading: Reading,
    /// The device needs a certificate.
    pub(super) certificate: bool,
}

/// What a phone wants to read.
pub(super) struct Reading {
    pub(super) cursor: Option<ShortCursor>,
    pub(super) budget: usize,
    pub(super) time_guess: i64,
    pub(super) want_digest: bool,
}

/// Takes the frame apart; another kind than a request is none.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed<'_>, NoAnswer> {
    let parsed = frame::parse(bytes)?;
    if parsed.kind == FrameKind::Request { Ok(parsed) } else { Err(BadFrame::Header.into()) }
}

/// Verifies and reads the request, and finds out whose it is.
pub(super) fn open(server: &Server, parsed: &Parsed<'_>) -> Result<Opened, Error> {
    let Some(device) = parsed.device else { return Ok(Opened::Turned(Outcome::Malformed)) };
    let known = server.admission(&device)?;
    let Some(key) = known.as_ref().map(|a| a.key).or(parsed.key) else {
        return Ok(Opened::Turned(Outcome::Unknown));
    };
    let request = match parsed.open(&key) {
        Ok(body) => cbor::from_slice::<Request>(&body),
        Err(BadFrame::Signature) => return Ok(Opened::Turned(Outcome::Refused)),
        Err(_) => return Ok(Opened::Turned(Outcome::Malformed)),
    };
    let Ok(request) = request else { return Ok(Opened::Turned(Outcome::Malformed)) };
    if !is_sound(parsed, &request) {
        return Ok(Opened::Turned(Outcome::Malformed));
    }
    let (admission, certificate) = match admit(server, known, key, &request)? {
        Admitted::In(admission, certificate) => (admission, certificate),
        Admitted::Turned(outcome) => return Ok(Opened::Turned(outcome)),
    };
    let reading = Reading {
        cursor: request.cursor,
        budget: usize::try_from(request.budget_bytes).unwrap_or(usize::MAX),
        time_guess: request.time_guess,
        want_digest: request.want_digest,
    };
    let push = push_of(server, device, admission, parsed, request);
    Ok(Opened::Call(Box::new(Call { push, reading, certificate })))
}

/// Whether header and body speak of the same records, within the limits.
fn is_sound(parsed: &Parsed<'_>, request: &Request) -> bool {
    let records = request.segment.as_ref().map_or(0, |s| s.records.len());
    parsed.span.map_or(0, |s| s.count) == records as u64
        && (parsed.span.is_some() == request.segment.is_some())
        && records <= limit::SEGMENT_RECORDS
        && request.notes.len() <= limit::LATE_NOTES
        && request.old_receipts.len() <= limit::OLD_RECEIPTS
        && request.tail.len() <= limit::TAIL
}

/// Whether a device is let in.
enum Admitted {
    /// It is; and whether it needs a certificate.
    In(Arc<Admission>, bool),
    /// It is not.
    Turned(Outcome),
}

/// Lets a device in: known ones, others if they follow a trusted one or bring a certificate of ours.
fn admit(
    server: &Server,
    known: Option<Arc<Admission>>,
    key: PublicKey,
    request: &Request,
) -> Result<Admitted, Error> {
    let asks = request.succession.is_some() || request.certificate.is_some();
    if let Some(known) = known {
        return Ok(Admitted::In(known, asks));
    }
    let succeeded = match &request.succession {
        Some(succession) => registration::succeed(server, key, succession)?,
        None => Succeeded::Unknown,
    };
    let readmitted = match &request.certificate {
        Some(certificate) if succeeded == Succeeded::Unknown => {
            registration::readmit(server, key, certificate)?
        }
        _ => false,
    };
    match succeeded {
        Succeeded::Refused => return Ok(Admitted::Turned(Outcome::Revoked { counted: Vec::new() })),
        Succeeded::Unknown if !readmitted => return Ok(Admitted::Turned(Outcome::Unknown)),
        Succeeded::Unknown | Succeeded::Registered => {}
    }
    let admission = server.admission(&key.device_id())?;
    Ok(admission.map_or(Admitted::Turned(Outcome::Unknown), |a| Admitted::In(a, true)))
}

fn push_of(
    server: &Server,
    device: DeviceId,
    admission: Arc<Admission>,
    parsed: &Parsed<'_>,
    request: Request,
) -> Push {
    let mut push = Push::new(device, Arc::clone(&admission), parsed.evidence());
    push.span = parsed.span;
    if let (Some(span), Some(segment)) = (parsed.span, request.segment) {
        push.base = segment.base;
        let numbered = (span.first..).zip(segment.records);
        push.records = numbered.map(|(seq, sent)| check(&device, seq, sent, &admission)).collect();
    }
    push.late = request.notes;
    push.lost = request.lost;
    push.old_receipts = proven(server, &device, request.old_receipts);
    push.tail = request.tail;
    push.head = request.head.or_else(|| parsed.span.map(|s| Head::new(s.last(), &s.link)));
    push.cursor = request.cursor;
    push
}

/// The old receipts that this server did sign.
fn proven(server: &Server, device: &DeviceId, shown: Vec<OldReceipt>) -> Vec<OldReceipt> {
    let keys = server.identity().signing_keys();
    let is_ours = |old: &OldReceipt| {
        let server = server.identity().server_id();
        let context = ReceiptContext { server, epoch: old.epoch, device: *device, link: old.link };
        old.receipt.verify(&context, &keys)
    };
    shown.into_iter().filter(is_ours).collect()
}
