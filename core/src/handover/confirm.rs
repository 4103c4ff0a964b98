//! The giver's phone takes the receiver's answer in.

use pantau_protocol::{
    body::{Acceptance, Body, Dispatch, Handover},
    handover::{Code, OFFICER_BITS, Slip},
    journal::RecordId,
    projection::Reference,
    validate::Problem,
};
use rusqlite::Connection;

use super::{
    doubt,
    give::{committed, slip},
    outcome::{ConfirmOutcome, Confirmation, Doubt},
    own::{Own, mistyped, own, read},
};
use crate::{capture, env::Env, error::Error, limit, vault::Vault};

/// Takes in an answer, be it the text of a QR code or 12 symbols.
pub(crate) fn confirm(
    c: &Connection,
    vault: &Vault,
    env: &Env,
    reference: &Reference,
    text: &str,
) -> Result<ConfirmOutcome, Error> {
    let found = match Code::typed(text) {
        Ok(code) => told(c, vault, &code)?,
        // No code has a U.
        Err(_) if text.trim_start().starts_with("PANTAU") => scanned(c, env, reference, text)?,
        Err(why) => return Err(mistyped(why)),
    };
    let ((sent, handover), doubts) = match found {
        Found::Answer(answer, doubts) => (*answer, doubts),
        Found::Nothing(outcome) => return Ok(outcome),
    };
    let before = before(c, &handover.dispatch)?;
    let shown = |(id, h): &(RecordId, Handover), doubts| Confirmation {
        handover: *id,
        dispatch: h.dispatch,
        receive: h.receive,
        acceptance: h.acceptance,
        officer: h.officer,
        doubts,
    };
    if let Some(known) = before.iter().find(|(_, old)| says_all_of(old, &handover)) {
        return Ok(ConfirmOutcome::AlreadyKnown(shown(known, Vec::new())));
    }
    let saved = capture::hand_over(c, env, reference, &sent.record, &handover)?;
    let now = shown(&(saved.id, handover), doubts);
    let low = |officer: Option<u32>| officer.map(|n| n & ((1 << OFFICER_BITS) - 1));
    Ok(match before.iter().find(|(_, old)| low(old.officer) != low(now.officer)) {
        Some(other) => ConfirmOutcome::SecondReceiver { now, before: shown(other, Vec::new()) },
        None => ConfirmOutcome::Confirmed(now),
    })
}

enum Found {
    /// The own dispatch, the answer to it, and what is odd about that.
    Answer(Box<(Own, Handover)>, Vec<Doubt>),
    Nothing(ConfirmOutcome),
}

fn is_dispatch(b: &Body) -> bool {
    matches!(b, Body::Dispatch(_))
}

fn dispatch_of(sent: &Own) -> Result<&Dispatch, Error> {
    match &sent.statement {
        Body::Dispatch(dispatch) => Ok(dispatch),
        _ => Err(Error::NotFound),
    }
}

/// An answer as the receiver's phone shows it.
fn scanned(c: &Connection, env: &Env, reference: &Reference, text: &str) -> Result<Found, Error> {
    let slip: Slip = read(text)?;
    if !slip.is_signed() {
        return Ok(Found::Nothing(ConfirmOutcome::Altered));
    }
    let no_record = || Error::field("handover.record", Problem::Contradiction);
    let record = slip.record().map_err(|_| no_record())?;
    let body = record.decode_body().map_err(|_| no_record())?;
    let Body::Receive(receive) = record.statement().map_err(|_| no_record())? else {
        return Ok(Found::Nothing(ConfirmOutcome::NotAnAnswer));
    };
    pantau_protocol::validate::record(&record, &body)?;
    let sent = own(c, is_dispatch)?.into_iter().find(|o| Some(o.stored.id) == receive.dispatch);
    let Some(sent) = sent else { return Ok(Found::Nothing(ConfirmOutcome::OtherPhone)) };
    let handover = Handover {
        dispatch: sent.stored.id,
        acceptance: Acceptance::of(dispatch_of(&sent)?, &receive),
        receive: Some(slip.id()),
        device: Some(slip.device()),
        officer: Some(slip.officer),
        slip: slip.to_bytes(),
        code: None,
        target_places: sent.record.place_keys(),
    };
    let doubts = doubt::of_signer(reference, &slip, &record, env.clock.now());
    Ok(Found::Answer(Box::new((sent, handover)), doubts))
}

/// An answer that was told: the dispatch is the one whose offer it answers.
fn told(c: &Connection, vault: &Vault, code: &Code) -> Result<Found, Error> {
    for sent in own(c, is_dispatch)?.into_iter().take(limit::HANDOVER_TRIES) {
        if !code.answers(&slip(c, vault, &sent.stored, committed(&sent.stored))?.signature) {
            continue;
        }
        // The receiver's record may have come by way of the server, and is then named.
        let id = sent.stored.id;
        let mut answers = doubt::answers_of_others(c, &id, dispatch_of(&sent)?)?.into_iter();
        let handover = Handover {
            dispatch: id,
            acceptance: code.acceptance,
            receive: answers.find(|s| code.may_name(&s.id)).map(|s| s.id),
            device: None,
            officer: Some(code.officer),
            slip: Vec::new(),
            code: Some(code.number()),
            target_places: sent.record.place_keys(),
        };
        return Ok(Found::Answer(Box::new((sent, handover)), Vec::new()));
    }
    Ok(Found::Nothing(ConfirmOutcome::OtherPhone))
}

/// What this phone took in of the same dispatch, as it stands, the latest first.
fn before(c: &Connection, dispatch: &RecordId) -> Result<Vec<(RecordId, Handover)>, Error> {
    let is_of = |b: &Body| matches!(b, Body::Handover(h) if h.dispatch == *dispatch);
    let standing = own(c, is_of)?.into_iter().filter(|own| !own.superseded);
    Ok(standing
        .filter_map(|own| match own.statement {
            Body::Handover(h) => Some((own.stored.id, h)),
            _ => None,
        })
        .collect())
}

/// Whether an answer says nothing that was not taken in before: a slip names its record, a code only hints at it.
fn says_all_of(old: &Handover, new: &Handover) -> bool {
    match new.code.map(Code::from_number) {
        None => old.receive == new.receive && !old.slip.is_empty(),
        Some(Ok(code)) => {
            old.code == new.code
                || old.acceptance == new.acceptance && old.receive.is_some_and(|id| code.may_name(&id))
        }
        Some(Err(_)) => false,
    }
}
