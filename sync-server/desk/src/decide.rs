//! Takes the form by which the desk closes a finding or opens it again. What was typed is never lost: a form that is
//! not taken comes back with it.

use std::sync::Arc;

use axum::{
    extract::{Path, RawForm, State},
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Decided},
    store::Rights,
};
use pantau_protocol::body::FindingId;

use crate::{
    page,
    pages::{self, PAGES},
    reply,
    ruling::{Refused, Sent, word},
    state::{Desk, blocking},
    visit::Asked,
};

/// `POST /finding/{id}`
pub(crate) async fn decide(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let sent = Sent::read(&form);
    let work = {
        let (desk, asked, id) = (Arc::clone(&desk), asked.clone(), id.clone());
        move || judge(&desk, &asked, &id, sent)
    };
    match blocking(work).await {
        Ok(Judged::Replied(reply)) => reply,
        Ok(Judged::Refused(refused)) => {
            let show = move |c: &page::Context<'_>| pages::findings::finding(c, &[id], Some(&refused));
            page::show(desk, asked, (PAGES, pages::FINDING), show).await
        }
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

enum Judged {
    /// Nothing more is to be shown.
    Replied(Response),
    /// The page is shown again with the form.
    Refused(Box<Refused>),
}

fn judge(desk: &Desk, asked: &Asked, id: &str, sent: Sent) -> Result<Judged, Error> {
    let Some(visitor) = page::visitor(desk, asked)? else {
        return Ok(Judged::Replied(reply::go("/sign-in")));
    };
    if !desk.forms.accepts(&visitor.session, &sent.csrf) {
        return Ok(Judged::Replied(page::refused(desk, asked)));
    }
    if visitor.rights != Rights::Desk {
        return Ok(Judged::Replied(page::only_reads(desk, asked)));
    }
    let Ok(id) = id.parse::<FindingId>() else {
        return Ok(Judged::Refused(Box::new(Refused { sent, why: Decided::NoSuchFinding })));
    };
    // What no page of ours sends was not seen on one.
    let decided = match sent.decision(id, &visitor) {
        Some(decision) => ops::rule(&desk.server, &decision)?,
        None => Decided::Stale,
    };
    match decided {
        Decided::Done(records) => {
            let count = records.len();
            tracing::info!(operator = visitor.operator, finding = %id, act = sent.act().map(word), count, "ruling");
            // Whoever decided sees it, although a thread follows the log a moment later.
            desk.server.places()?;
            let done = sent.act().map_or("", word);
            Ok(Judged::Replied(reply::go(&format!("/finding/{id}?done={done}"))))
        }
        why => Ok(Judged::Refused(Box::new(Refused { sent, why }))),
    }
}
