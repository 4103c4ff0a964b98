//! Takes the forms by which the desk closes a finding, or several with one reason, and opens one again.

use std::sync::Arc;

use axum::{
    extract::{Path, RawForm, State},
    http::StatusCode,
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
    limit,
    pages::{self, finding_list::Again},
    reply,
    sent::{
        Fields,
        ruling::{Refused, Sent, word},
    },
    state::Desk,
    visit::{Asked, safe_next},
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

/// `POST /findings`: several findings closed with one reason.
pub(super) async fn close_several(
    State(desk): State<Arc<Desk>>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let fields = Fields::read(&form);
    take(
        (desk, asked, pages::FINDINGS),
        move |desk, asked| judge_several(desk, asked, &fields),
        |c, again| pages::finding_list::findings(c, &again),
    )
    .await
}

fn judge_several(desk: &Desk, asked: &Asked, fields: &Fields) -> Result<Judged<Again>, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Judged::Replied(reply)),
    };
    let t = asked.lang().text();
    let why = fields.text("why");
    let mut left: Vec<String> = fields.all("pick").map(str::to_owned).collect();
    if left.is_empty() || left.len() > limit::SEVERAL_FINDINGS {
        let told = if left.is_empty() { t.several_none } else { t.several_many };
        let (told, status) = (told.to_owned(), StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(Judged::Again(Again { told, status, picks: left, why }));
    }
    let mut done = 0_u64;
    let mut refused: Option<Decided> = None;
    let mut stay = Vec::new();
    for pick in left.drain(..) {
        let sent = Sent::to_close(&pick, &why);
        let decided = match sent.and_then(|(id, sent)| sent.decision(id, &visitor)) {
            Some(decision) => ops::rule(&desk.server, &decision)?,
            None => Decided::Stale,
        };
        match decided {
            Decided::Done(_) => done += 1,
            // Without a reason none of them is decided.
            Decided::NoReason | Decided::ReasonTooLong => {
                refused = Some(decided);
                stay.push(pick);
            }
            _ => stay.push(pick),
        }
    }
    tracing::info!(operator = visitor.operator, done, left = stay.len(), "several findings closed");
    desk.server.places()?;
    if stay.is_empty() {
        let here = safe_next(fields.get("here"));
        let sign = if here.contains('?') { '&' } else { '?' };
        return Ok(Judged::Replied(reply::go(&format!("{here}{sign}done={done}"))));
    }
    let (told, status) = match refused {
        Some(why) => {
            let told = if why == Decided::NoReason { t.ruling_no_reason } else { t.ruling_long };
            (told.to_owned(), StatusCode::UNPROCESSABLE_ENTITY)
        }
        None => {
            let told = format!("{done} {} {} {}", t.several_closed, stay.len(), t.several_left);
            (told, StatusCode::CONFLICT)
        }
    };
    Ok(Judged::Again(Again { told, status, picks: stay, why }))
}
