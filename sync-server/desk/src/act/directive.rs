//! Takes the forms by which the desk gives a directive and takes one back.

use std::sync::Arc;

use axum::{
    extract::{Path, RawForm, State},
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Given},
    store::Rights,
};
use pantau_protocol::limit::NOTE_BYTES;

use super::{Sender, sender};
use crate::{
    page,
    pages::{self, PAGES, directive_new, directives},
    reply,
    sent::{
        Fields,
        directive::{Retraction, Sent, Unretracted},
    },
    state::{Desk, blocking, lock},
    visit::Asked,
};

/// What becomes of a form.
enum Judged<T> {
    /// Nothing more is to be shown.
    Replied(Response),
    /// The page is shown again with the form.
    Again(T),
}

/// `POST /directive/new`: shows who will get it, or gives it.
pub(super) async fn give(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    let work = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        move || judge(&desk, &asked, &Fields::read(&form))
    };
    match blocking(work).await {
        Ok(Judged::Replied(reply)) => reply,
        Ok(Judged::Again((sent, wrong))) => {
            let show = move |c: &page::Context<'_>| directive_new::form(c, &sent, &wrong);
            page::show(desk, asked, (PAGES, pages::NEW_DIRECTIVE), show).await
        }
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

type Again = (Sent, Vec<directive_new::Wrong>);

fn judge(desk: &Desk, asked: &Asked, fields: &Fields) -> Result<Judged<Again>, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
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
    let work = {
        let (desk, asked, id) = (Arc::clone(&desk), asked.clone(), id.clone());
        move || take_back(&desk, &asked, &id, &Fields::read(&form))
    };
    match blocking(work).await {
        Ok(Judged::Replied(reply)) => reply,
        Ok(Judged::Again(refused)) => {
            let show = move |c: &page::Context<'_>| directives::directive(c, &[id], Some(&refused));
            page::show(desk, asked, (PAGES, pages::DIRECTIVE), show).await
        }
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

fn take_back(
    desk: &Desk,
    asked: &Asked,
    id: &str,
    fields: &Fields,
) -> Result<Judged<(Retraction, Unretracted)>, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
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
        directives::record_id(id).map(|id| directives::task_of(view, &places, id)).transpose()
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
