//! The receiver's phone reads what the giver's shows, and answers.

use pantau_protocol::{
    body::{Acceptance, Body, Dispatch, Receive, Rest},
    handover::{Code, Slip},
    journal::RecordId,
    note::CarriedNote,
    place::{Place, Scope},
    projection::Reference,
    record::Record,
    validate::Problem,
};
use rusqlite::Connection;

use super::{
    doubt,
    give::{committed, slip},
    outcome::{Answer, Doubt, LookOutcome, Offered, TakeOutcome},
    own::{Own, journal_of, own, read},
};
use crate::{
    capture::{self, NewRecord},
    env::Env,
    error::Error,
    identity,
    row::{self, Stored},
    vault::Vault,
};

/// What a text turned out to be.
enum Read {
    Offer(Box<(Slip, Record, Dispatch)>),
    Altered,
    Own(RecordId),
    NotAnOffer,
}

fn read_offer(c: &Connection, text: &str) -> Result<Read, Error> {
    let slip = read(text)?;
    if !slip.is_signed() {
        return Ok(Read::Altered);
    }
    let record = slip.record().map_err(|_| Error::field("handover.record", Problem::Contradiction))?;
    let statement =
        record.statement().map_err(|_| Error::field("handover.record", Problem::Contradiction))?;
    let Body::Dispatch(dispatch) = statement else { return Ok(Read::NotAnOffer) };
    // Whatever no server would take is not shown as if it were sound.
    let body = record.decode_body().map_err(|_| Error::field("handover.record", Problem::Contradiction))?;
    pantau_protocol::validate::record(&record, &body)?;
    if identity::all(c)?.iter().any(|journal| journal.device == slip.device()) {
        return Ok(Read::Own(slip.id()));
    }
    Ok(Read::Offer(Box::new((slip, record, dispatch))))
}

/// What the giver's phone shows. Writes nothing.
pub(crate) fn look(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    text: &str,
) -> Result<LookOutcome, Error> {
    let (slip, record, dispatch) = match read_offer(c, text)? {
        Read::Offer(offer) => *offer,
        Read::Altered => return Ok(LookOutcome::Altered),
        Read::Own(dispatch) => return Ok(LookOutcome::Own { dispatch }),
        Read::NotAnOffer => return Ok(LookOutcome::NotAnOffer),
    };
    let (_, grants) = identity::grants(c, reference)?;
    let scope = Scope::new(grants.into_iter().map(|g| g.place));
    let id = slip.id();
    let mut doubts = doubt::of_signer(reference, &slip, &record, env.clock.now());
    doubts.extend(doubt::outside(&scope, &dispatch));
    doubts.extend(doubt::answers_of_others(c, &id, &dispatch)?.into_iter().map(|other| {
        Doubt::AnsweredByOther { receive: other.id, officer: reference.officer(&other.device) }
    }));
    let whole = |n: &CarriedNote| match n {
        CarriedNote::Whole(n) => Some((n.field, n.text.clone())),
        CarriedNote::Committed(..) => None,
    };
    Ok(LookOutcome::Offered(Box::new(Offered {
        id,
        device: slip.device(),
        officer: slip.officer,
        at: record.at,
        place: record.place,
        notes: slip.notes.iter().filter_map(whole).collect(),
        doubts,
        answered: answered(c, &id)?.map(|own| own.stored.id),
        as_sent: as_sent(&scope, &dispatch, id),
        dispatch,
    })))
}

/// The answer that takes all as sent.
fn as_sent(scope: &Scope, dispatch: &Dispatch, id: RecordId) -> NewRecord {
    let to = dispatch.to.clone();
    let kits: Vec<Place> = dispatch.kits.iter().filter(|kit| scope.covers(kit)).cloned().collect();
    let receive = Receive {
        at: to.kind,
        label: to.label,
        dispatch: Some(id),
        // Of loose goods, and of kits that are nobody's here, nothing is said before somebody counts.
        rest: if kits.is_empty() { Rest::NotChecked } else { Rest::SealedAsDispatched },
        lines: Vec::new(),
        seals: Vec::new(),
        kits,
        containers: Vec::new(),
        form: None,
    };
    NewRecord::new(to.place, Body::Receive(receive))
}

/// What this phone answered to a dispatch, as it stands.
fn answered(c: &Connection, dispatch: &RecordId) -> Result<Option<Own>, Error> {
    let answers = |b: &Body| matches!(b, Body::Receive(r) if r.dispatch == Some(*dispatch));
    Ok(own(c, answers)?.into_iter().find(|own| !own.superseded))
}

/// Saves the answer to what the giver's phone shows, unless it is there; `new` says what came, whichever dispatch it
/// names.
pub(crate) fn take(
    c: &Connection,
    vault: &Vault,
    env: &Env,
    reference: &Reference,
    (text, new): (&str, &NewRecord),
) -> Result<TakeOutcome, Error> {
    let (offer, _, dispatch) = match read_offer(c, text)? {
        Read::Offer(offer) => *offer,
        Read::Altered => return Ok(TakeOutcome::Altered),
        Read::Own(_) => return Ok(TakeOutcome::Own),
        Read::NotAnOffer => return Ok(TakeOutcome::NotAnOffer),
    };
    let id = offer.id();
    if let Some(Own { stored, statement: Body::Receive(receive), .. }) = answered(c, &id)? {
        return Ok(TakeOutcome::AlreadyTaken(answer(c, vault, &offer, (&dispatch, &receive), &stored)?));
    }
    let mut new = new.clone();
    let Body::Receive(receive) = &mut new.body else {
        return Err(Error::field("body", Problem::NotAllowed));
    };
    receive.dispatch = Some(id);
    let receive = receive.clone();
    let saved = capture::capture(c, env, reference, &new)?;
    let stored = row::by_id(c, &saved.id)?.ok_or(Error::NotFound)?;
    Ok(TakeOutcome::Taken(answer(c, vault, &offer, (&dispatch, &receive), &stored)?))
}

fn answer(
    c: &Connection,
    vault: &Vault,
    offer: &Slip,
    (dispatch, receive): (&Dispatch, &Receive),
    stored: &Stored,
) -> Result<Answer, Error> {
    let (_, officer) = journal_of(c, stored)?;
    let acceptance = Acceptance::of(dispatch, receive);
    let slip = slip(c, vault, stored, committed(stored))?;
    Ok(Answer {
        receive: stored.id,
        dispatch: offer.id(),
        acceptance,
        // What is too long for a QR code can still be told.
        text: slip.to_text(usize::MAX).ok(),
        code: Code::new(&offer.signature, acceptance, officer, &stored.id).to_text(),
    })
}
