//! Takes the form by which the desk closes a finding or opens it again.

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

use super::{Sender, sender};
use crate::{
    page,
    pages::{self, PAGES},
    reply,
    sent::{
        Fields,
        ruling::{Refused, Sent, word},
    },
    state::{Desk, blocking},
    visit::Asked,
};

/// `POST /finding/{id}`
pub(super) async fn rule(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let fields = Fields::read(&form);
    let work = {
        let (desk, asked, id) = (Arc::clone(&desk), asked.clone(), id.clone());
        move || judge(&desk, &asked, &id, &fields)
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

fn judge(desk: &Desk, asked: &Asked, id: &str, fields: &Fields) -> Result<Judged, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
    let sent = Sent::read(fields);
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
