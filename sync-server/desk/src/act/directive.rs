//! Takes the forms by which the desk gives a directive and takes one back.

use std::sync::Arc;

use axum::{
    extract::{Path, RawForm, State},
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Given},
};
use pantau_protocol::limit::NOTE_BYTES;

use super::{Judged, take_from_desk};
use crate::{
    page,
    pages::{self, directive_new, directives},
    reply,
    sent::{
        Fields,
        directive::{Retraction, Sent, Unretracted},
    },
    state::{Desk, lock},
    visit::{Asked, Visitor},
};

/// `POST /directive/new`: shows who will get it, or gives it.
pub(super) async fn give(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    take_from_desk((desk, asked, pages::NEW_DIRECTIVE), Fields::read(&form), judge, |c, (sent, wrong)| {
        directive_new::form(c, &sent, &wrong)
    })
    .await
}

type Again = (Sent, Vec<directive_new::Wrong>);

fn judge(desk: &Desk, asked: &Asked, visitor: &Visitor, fields: &Fields) -> Result<Judged<Again>, Error> {
    let sent = Sent::read(fields);
    // A form that is sent twice finds the directive of the first.
    let _one_at_a_time = lock(&desk.directing);
    // Of now, and not of the last step of the thread that follows the log.
    desk.server.places()?;
    let found = page::on_snapshot(desk.store(), |view| {
        let places = desk.server.places_at(view)?.seen_by(visitor.scope.clone());
        let reading = page::reading(desk, asked, &places);
        directive_new::ready(view, &places, &sent, &reading)
    })?;
    let ready = match found {
        Ok(ready) => ready,
        Err(wrong) => return Ok(Judged::Again((sent, wrong))),
    };
    if !sent.gives {
        return Ok(Judged::Again((sent, Vec::new())));
    }
    if sent.who != directive_new::who(&ready.people) {
        let wrong = directive_new::changed(&sent, ready.people.len(), asked.lang());
        return Ok(Judged::Again((sent, vec![wrong])));
    }
    let (ids, done) = match ops::give(&desk.server, &ready.new)? {
        Given::Done(ids) => (ids, "give"),
        Given::Already(ids) => (ids, "already"),
        Given::NotAddressed(why) => {
            let wrong = directive_new::not_addressed(&why, asked.lang());
            return Ok(Judged::Again((sent, vec![wrong])));
        }
        Given::NoText | Given::TextTooLong => return Ok(Judged::Again((sent, Vec::new()))),
    };
    let people = ready.people.len();
    tracing::info!(operator = visitor.operator, directives = ids.len(), people, done, "directive");
    // Whoever gave it sees it, although a thread follows the log a moment later.
    desk.server.places()?;
    let to =
        ids.first().map_or_else(|| "/directives".to_owned(), |id| format!("/directive/{id}?done={done}"));
    Ok(Judged::Replied(reply::go(&to)))
}

/// `POST /directive/{id}`: takes it back, with all that were given with it.
pub(super) async fn retract(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let address = id.clone();
    take_from_desk(
        (desk, asked, pages::DIRECTIVE),
        Fields::read(&form),
        move |desk, _, visitor, fields| take_back(desk, visitor, &address, fields),
        move |c, refused| directives::directive(c, &[id], Some(&refused)),
    )
    .await
}

fn take_back(
    desk: &Desk,
    visitor: &Visitor,
    id: &str,
    fields: &Fields,
) -> Result<Judged<(Retraction, Unretracted)>, Error> {
    let sent = Retraction::read(fields);
    let why = sent.why.trim().to_owned();
    if why.is_empty() {
        return Ok(Judged::Again((sent, Unretracted::NoReason)));
    }
    if why.len() > NOTE_BYTES {
        return Ok(Judged::Again((sent, Unretracted::ReasonTooLong)));
    }
    let _one_at_a_time = lock(&desk.directing);
    desk.server.places()?;
    let task = page::on_snapshot(desk.store(), |view| {
        let places = desk.server.places_at(view)?.seen_by(visitor.scope.clone());
        id.parse().ok().map(|id| directives::task_of(view, &places, id)).transpose()
    })?;
    // One that does not stand any more was taken back by somebody else: the list says what stands.
    let ids: Vec<_> = task.flatten().map(|task| task.ids().collect()).unwrap_or_default();
    if ids.is_empty() {
        return Ok(Judged::Replied(reply::go("/directives?done=gone")));
    }
    ops::retract_directives(&desk.server, &ids, &why)?;
    tracing::info!(operator = visitor.operator, directives = ids.len(), "directive taken back");
    desk.server.places()?;
    Ok(Judged::Replied(reply::go("/directives?done=retract")))
}
