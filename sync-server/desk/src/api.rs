//! The read API: what the desk knows as JSON, for programs. Each topic has a file with its address, its answer and
//! the answer's schema; `spec` describes them all. Unknown is `null` and never 0. Notes of records are not in
//! it, and names of officers only for those who may read them.

pub(crate) mod custody;
pub(crate) mod finding;
pub(crate) mod findings;
pub(crate) mod place;
pub(crate) mod places;
pub(crate) mod rollups;
mod said;
pub(crate) mod usual;

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawPathParams, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use pantau_protocol::place::Place;
use serde::Serialize;

use crate::{
    ask::{self, Ask},
    problem::{Code, Problem, Refusal},
    reader, reply,
    state::{Desk, blocking},
    visit::Asked,
};

pub(crate) use custody::{is_in_time, line as custody_line};
pub(crate) use place::is_complete;
pub(crate) use said::{Said, Time, word};

/// The routes of the API. The code of a TPS has a slash: its two parts, or one with the slash as `%2F`.
pub(crate) fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/places", get(places::places))
        .route("/api/v1/places/{code}", get(place::place))
        .route("/api/v1/places/{code}/{number}", get(place::place))
        .route("/api/v1/places/{code}/custody", get(custody::custody))
        .route("/api/v1/places/{code}/{number}/custody", get(custody::custody))
        .route("/api/v1/rollups", get(rollups::rollups))
        .route("/api/v1/findings", get(findings::findings))
        .route("/api/v1/findings/{id}", get(findings::finding))
}

/// Any other address below `/api/`.
pub(crate) fn nowhere() -> Response {
    Problem::new(Code::NotFound).reply()
}

/// Makes an answer for whoever may read, off the async threads.
async fn answer<T: Serialize>(
    desk: Arc<Desk>,
    asked: Asked,
    make: impl FnOnce(&Ask<'_>, &Asked) -> Result<T, Refusal> + Send + 'static,
) -> Response {
    let work = move || {
        let made = reader::admit(&desk, &asked).and_then(|reader| {
            let made = ask::on_snapshot(&desk, &reader, |ask| {
                let etag = ask.etag(&asked)?;
                // Whoever may not read something is told so whatever it has already.
                let body = serde_json::to_vec(&make(ask, &asked)?);
                Ok((etag, body))
            })?;
            reader.reads(&desk, &asked);
            Ok(made)
        });
        Ok(match made {
            Ok((etag, Ok(body))) => ask::tagged(&asked, &etag, "application/json", body),
            Ok((_, Err(error))) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                reply::text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", "")
            }
            Err(refusal) => refusal.told().reply(),
        })
    };
    blocking(work).await.unwrap_or_else(|error| Refusal::Failed(error).told().reply())
}

/// The place of an address, which the reader may read.
fn place_of(ask: &Ask<'_>, parts: &[String]) -> Result<Place, Refusal> {
    let place = Place::typed(&parts.join("/")).map_err(|_| Problem::new(Code::PlaceNotFound))?;
    ask.reader.may_read(&place)?;
    Ok(place)
}

/// The parts of an address that stand for something.
fn parts(address: &RawPathParams) -> Vec<String> {
    address.iter().map(|(_, value)| value.to_owned()).collect()
}

/// What every handler is given.
pub(crate) type Desked = State<Arc<Desk>>;
