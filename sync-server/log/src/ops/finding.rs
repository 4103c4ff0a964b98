//! Findings, and how the desk closes one or opens it again.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{Body, Closing, Ruling, Share, Verdict},
    journal::RecordId,
    limit,
    note::Field,
    place::Place,
    projection::findings::{Finding, FindingId, Sign, Status},
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
};

/// All findings, closed ones too, the gravest open ones first.
///
/// # Errors
/// Failures of the store.
pub fn findings(server: &Server) -> Result<Vec<Finding>, Error> {
    server.places()?.findings(None)
}

/// Closes a finding, on the evidence of now, or opens one again that the desk had closed: for all its places, or for
/// those in `only`. `why` goes along as a note. New evidence opens it by itself.
///
/// # Errors
/// [`Error::NotFound`] where there is no such finding, at those places and in that state; failures of the store.
pub fn rule(
    server: &Server,
    id: FindingId,
    verdict: Verdict,
    only: &BTreeSet<Place>,
    why: &str,
) -> Result<Vec<RecordId>, Error> {
    let is_meant = |sign: &&Sign| {
        let in_state = match verdict {
            Verdict::Reopen => matches!(sign.status, Status::Ruled { .. }),
            _ => sign.is_open(),
        };
        in_state && (only.is_empty() || sign.place.as_ref().is_some_and(|place| only.contains(place)))
    };
    let all = findings(server)?;
    let of = || all.iter().filter(|f| f.id == id);
    let signs: Vec<&Sign> = of().flat_map(|f| &f.signs).filter(is_meant).collect();
    let Some(rule) = of().map(|f| f.rule).next().filter(|_| !signs.is_empty()) else {
        let state = if verdict == Verdict::Reopen { "that the desk closed" } else { "that is open" };
        return Err(Error::NotFound(format!("a finding {id} {state} at these places")));
    };
    let province = server.known()?.roots().into_iter().next();
    let mut records = Vec::new();
    for some in signs.chunks(limit::PLACE_KEYS) {
        let places: Vec<Place> = some.iter().filter_map(|sign| sign.place.clone()).collect();
        let at = places.first().cloned().or_else(|| province.clone());
        let at = at.ok_or_else(|| Error::NotFound("a region to rule in: import regions first".into()))?;
        let shares =
            some.iter().map(|sign| Share { place: sign.place.clone(), version: sign.version() }).collect();
        let closing = Some(Closing { rule, finding: id, shares });
        let body = Body::Ruling(Ruling { verdict, records: Vec::new(), target_places: places, closing });
        records.push(NewDeskRecord::new(server.now(), at, body).with_note(Field::Note, why));
    }
    author::append(server, records)
}
