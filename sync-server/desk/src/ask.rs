//! One request of a program: who reads, and the picture of this moment that the answer is made from.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use pantau_log::{Error, projector::Places, store};
use pantau_protocol::hash;

use crate::{
    page,
    problem::{Code, Problem, Refusal},
    reader::Reader,
    reply,
    state::Desk,
    visit::Asked,
};

/// All that an answer is made from.
pub(crate) struct Ask<'a> {
    /// Who reads.
    pub(crate) reader: &'a Reader,
    /// The snapshot that the whole answer is made from.
    pub(crate) view: &'a dyn store::View,
    /// The states of places on it.
    pub(crate) places: &'a Places<'a>,
    /// Now, unix seconds.
    pub(crate) now: i64,
}

/// Makes an answer on one snapshot.
pub(crate) fn on_snapshot<T>(
    desk: &Desk,
    reader: &Reader,
    make: impl FnOnce(&Ask<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    desk.server.follow_for_page()?;
    let made = page::on_snapshot(desk.store(), |view| {
        let places = desk.server.places_at(view)?.seen_by(reader.scope.clone());
        if !places.is_served() {
            return Ok(Err(Problem::new(Code::NotReady)));
        }
        match make(&Ask { reader, view, places: &places, now: desk.env().now() }) {
            Ok(made) => Ok(Ok(made)),
            Err(Refusal::Problem(problem)) => Ok(Err(problem)),
            Err(Refusal::Failed(error)) => Err(error),
        }
    })?;
    Ok(made?)
}

impl Ask<'_> {
    /// A weak tag of the answer to an address: equal as long as the log says the same to this reader. What follows
    /// from the moment of asking, such as ages, is not in it.
    pub(crate) fn etag(&self, asked: &Asked) -> Result<String, Error> {
        let epoch = self.view.epoch()?.map_or([0; 8], |epoch| epoch.random);
        let (generation, position, folded) = self.places.version();
        let numbers = [generation, position, folded].map(u64::to_le_bytes).concat();
        let scope = match &self.reader.scope {
            None => "*".to_owned(),
            Some(scope) => scope.roots().iter().map(|root| format!("{root} ")).collect(),
        };
        let here = asked.here();
        let parts: [&[u8]; 6] = [
            env!("CARGO_PKG_VERSION").as_bytes(),
            &epoch,
            &numbers,
            scope.as_bytes(),
            &[u8::from(self.reader.names)],
            here.as_bytes(),
        ];
        let tag = hash::tagged("pantau/desk/etag", &parts);
        Ok(format!("W/\"{}\"", hash::hex(tag.first_chunk::<16>().unwrap_or(&[0; 16]))))
    }
}

/// A reply with its tag; without a body for whoever has it already.
pub(crate) fn tagged(asked: &Asked, etag: &str, kind: &'static str, body: Vec<u8>) -> Response {
    let mut reply = match asked.has(etag) {
        true => {
            let mut reply = Response::default();
            *reply.status_mut() = StatusCode::NOT_MODIFIED;
            reply
        }
        false => reply::text(StatusCode::OK, kind, body),
    };
    if let Ok(etag) = HeaderValue::from_str(etag) {
        reply.headers_mut().insert(header::ETAG, etag);
    }
    reply
}
