//! The exchange: one request frame in, one reply frame out.

mod contact;
mod open;
mod reply;
mod revoked;
mod state_digest;

#[cfg(test)]
mod tests;

use pantau_protocol::{
    exchange::{Outcome, Reply},
    frame,
    place::Scope,
};

use crate::{
    Error, Server,
    intake::{self, Pushed},
};
use open::{Call, Opened};

/// Why a request gets no frame for an answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The body is no request of ours.
    #[error("not a request: {0}")]
    NotAFrame(#[from] frame::BadFrame),
    /// The server failed; the phone keeps everything and comes back.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Answers one request. Blocks until what it brought is committed.
///
/// # Errors
/// [`NoAnswer`].
pub fn answer(server: &Server, bytes: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    answer_known(server, bytes).map(|(reply, _)| reply)
}

/// As [`answer`]; also whether the request was signed by a device that is known and not revoked.
///
/// # Errors
/// As [`answer`].
pub fn answer_known(server: &Server, bytes: &[u8]) -> Result<(Vec<u8>, bool), NoAnswer> {
    let started = server.env().clock.monotonic();
    let parsed = open::parse(bytes)?;
    let (mut reply, is_known) = match open::open(server, &parsed)? {
        Opened::Call(call) => {
            let is_known = !call.push.admission.is_revoked;
            (serve(server, *call)?, is_known)
        }
        Opened::Turned(outcome) => (turn_away(server, outcome)?, false),
    };
    reply::date(server, &mut reply, parsed.device)?;
    reply.address = server.moving_to()?;
    let sealed = reply::seal(server, &reply, bytes, parsed.dictionary);
    let metrics = server.metrics();
    metrics.exchanges.add(1);
    metrics.bytes_in.add(bytes.len() as u64);
    metrics.bytes_out.add(sealed.len() as u64);
    metrics.exchange_time.observe(server.env().clock.monotonic().saturating_sub(started));
    Ok((sealed, is_known))
}

/// Takes in what a known device brought, and gives it what it may see.
fn serve(server: &Server, call: Call) -> Result<Reply, Error> {
    let push = call.push;
    let pushed: Pushed = {
        let push = push.clone();
        server.run(move |batch| {
            let pushed = intake::push(batch, &push)?;
            contact::keep(batch, &push, &pushed)?;
            Ok(pushed)
        })?
    };
    let mut reply = reply::of_push(server, &push, &pushed);
    let carries = reply.carries();
    if !carries.receipt {
        (reply.receipt, reply.want_notes) = (None, Vec::new());
    }
    for outcome in &mut reply.outcomes {
        if let Outcome::Revoked { counted } = outcome {
            *counted = revoked::counted(server, &push, &pushed.lineage)?;
        }
    }
    // Another log or another scope than it read: perhaps it was reassigned.
    // Without a cursor it may have been between its enrolment and its first call. A revoked one reads nothing,
    // and a certificate beside a cursor that stands still would be taken for that cursor's later.
    let is_moved = push.cursor.is_none_or(|c| !c.is_of(&reply.epoch, &reply.scope));
    let is_due = carries.certificate && (call.certificate || is_moved);
    let now = server.vouched_now()?;
    reply.certificate = is_due.then(|| push.admission.certificate(server.identity(), now));
    if push.admission.is_revoked {
        reply.scope = Scope::nothing().digest();
    }
    if carries.page {
        reply::add_page(server, &push, &pushed.lineage, &call.reading, &mut reply)?;
    } else if !push.admission.is_revoked {
        reply.position = reply::start(&call.reading, &reply);
    }
    if carries.page && call.reading.want_digest {
        reply.state_digest = state_digest::state(server, &push, &pushed.lineage, reply.position)?;
    }
    tracing::debug!(device = %push.device, stored = pushed.stored, rows = reply.page.len(), "exchange");
    Ok(reply)
}

/// The answer to a request of which nothing was stored.
fn turn_away(server: &Server, outcome: Outcome) -> Result<Reply, Error> {
    match outcome {
        Outcome::Unknown => server.metrics().unknown.add(1),
        _ => server.metrics().refused.add(1),
    }
    Ok(Reply::of(server.epoch()?, vec![outcome]))
}
