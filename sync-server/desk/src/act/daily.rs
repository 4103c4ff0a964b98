//! Takes the form by which a daily report is frozen.

use std::sync::Arc;

use axum::{
    extract::{RawForm, State},
    http::StatusCode,
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Frozen},
};
use pantau_protocol::place::Place;

use super::{Judged, take_from_desk};
use crate::{
    page,
    pages::{self, daily::Again},
    reply,
    sent::{Fields, daily::Sent},
    state::{Desk, lock},
    text::daily::text,
    visit::{Asked, Visitor},
};

/// `POST /daily`
pub(super) async fn freeze(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    take_from_desk((desk, asked, pages::DAILY), Fields::read(&form), judge, |c, again| {
        pages::daily::daily(c, &again)
    })
    .await
}

fn judge(desk: &Desk, asked: &Asked, visitor: &Visitor, fields: &Fields) -> Result<Judged<Again>, Error> {
    let (d, sent) = (text(asked.lang()), Sent::read(fields));
    let again = |status, problem: &str| {
        Ok(Judged::Again(Again { sent: sent.clone(), problem: problem.to_owned(), status }))
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let Some((region, offset_s)) = region(desk, asked, visitor, &sent.region)? else {
        return again(wrong, d.bad_region);
    };
    let Some(at) = sent.moment(offset_s) else { return again(wrong, d.bad_time) };
    if !ops::is_settled(at, desk.server.now()) {
        return again(wrong, d.too_early);
    }
    let Some(then) = desk.compare.then(&desk.server, at, true) else {
        return again(StatusCode::SERVICE_UNAVAILABLE, d.working);
    };
    // Two operators at once: the second finds the report of the first.
    let _one = lock(&desk.freezing);
    match ops::freeze(&desk.server, &then, &region, &sent.letter)? {
        Frozen::Done(id) => {
            tracing::info!(operator = visitor.operator, %region, %id, "daily report frozen");
            Ok(Judged::Replied(reply::go(&format!("/daily/{id}"))))
        }
        Frozen::Already(id) => Ok(Judged::Replied(reply::go(&format!("/daily/{id}?told=already")))),
        Frozen::TooEarly => again(wrong, d.too_early),
        Frozen::TooLong(field) => {
            let label = match field {
                "number" => d.number,
                "office" => d.office,
                "name" => d.name,
                _ => d.remark,
            };
            again(wrong, &format!("{label}: {}", d.too_long))
        }
    }
}

/// The region of a form, if the visitor may make a report of it; and the offset of the local time, seconds.
fn region(desk: &Desk, asked: &Asked, visitor: &Visitor, code: &str) -> Result<Option<(Place, i32)>, Error> {
    page::on_snapshot(desk.store(), |view| {
        let places = desk.server.places_at(view)?.seen_by(visitor.scope.clone());
        let offset_s = page::reading(desk, asked, &places).offset_s;
        let place = Place::new(code).ok().filter(|place| pages::daily::may_report(&places, place));
        Ok(place.map(|place| (place, offset_s)))
    })
}
