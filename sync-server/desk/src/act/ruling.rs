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

use super::{Judged, Sender, sender, take};
use crate::{
    pages, reply,
    sent::{
        Fields,
        ruling::{Refused, Sent, word},
    },
    state::Desk,
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
    let address = id.clone();
    take(
        (desk, asked, pages::FINDING),
        move |desk, asked| judge(desk, asked, &address, &fields),
        move |c, refused| pages::findings::finding(c, &[id], Some(&refused)),
    )
    .await
}

fn judge(desk: &Desk, asked: &Asked, id: &str, fields: &Fields) -> Result<Judged<Refused>, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
    let sent = Sent::read(fields);
    let Ok(id) = id.parse::<FindingId>() else {
        return Ok(Judged::Again(Refused { sent, why: Decided::NoSuchFinding }));
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
        why => Ok(Judged::Again(Refused { sent, why })),
    }
}
