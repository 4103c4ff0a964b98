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
};
use pantau_protocol::body::FindingId;

use super::{Judged, take_from_desk};
use crate::{
    limit,
    pages::{self, finding_list::Again},
    reply,
    sent::{
        Fields,
        ruling::{Refused, Sent, word},
    },
    state::Desk,
    visit::{Asked, Visitor, safe_next},
};

/// `POST /finding/{id}`
pub(super) async fn rule(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let address = id.clone();
    take_from_desk(
        (desk, asked, pages::FINDING),
        Fields::read(&form),
        move |desk, _, visitor, fields| judge(desk, visitor, &address, fields),
        move |c, refused| pages::findings::finding(c, &[id], Some(&refused)),
    )
    .await
}

fn judge(desk: &Desk, visitor: &Visitor, id: &str, fields: &Fields) -> Result<Judged<Refused>, Error> {
    let sent = Sent::read(fields);
    let Ok(id) = id.parse::<FindingId>() else {
        return Ok(Judged::Again(Refused { sent, why: Decided::NoSuchFinding }));
    };
    // What no page of ours sends was not seen on one.
    let decided = match sent.decision(id, visitor) {
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
    take_from_desk((desk, asked, pages::FINDINGS), Fields::read(&form), judge_several, |c, again| {
        pages::finding_list::findings(c, &again)
    })
    .await
}

fn judge_several(
    desk: &Desk,
    asked: &Asked,
    visitor: &Visitor,
    fields: &Fields,
) -> Result<Judged<Again>, Error> {
    let t = asked.lang().text();
    let why = fields.text("why");
    let picks: Vec<String> = fields.all("pick").map(str::to_owned).collect();
    let again =
        |told: String, status, picks| Ok(Judged::Again(Again { told, status, picks, why: why.clone() }));
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    if picks.is_empty() || picks.len() > limit::SEVERAL_FINDINGS {
        let told = if picks.is_empty() { t.several_none } else { t.several_many };
        return again(told.to_owned(), wrong, picks);
    }
    let (mut done, mut stay) = (0_u64, Vec::new());
    for pick in &picks {
        let sent = Sent::to_close(pick, &why);
        let decided = match sent.and_then(|(id, sent)| sent.decision(id, visitor)) {
            Some(decision) => ops::rule(&desk.server, &decision)?,
            None => Decided::Stale,
        };
        match decided {
            Decided::Done(_) => done += 1,
            // The reason is that of all: none of them is decided.
            Decided::NoReason => return again(t.ruling_no_reason.to_owned(), wrong, picks),
            Decided::ReasonTooLong => return again(t.ruling_long.to_owned(), wrong, picks),
            _ => stay.push(pick.clone()),
        }
    }
    tracing::info!(operator = visitor.operator, done, left = stay.len(), "several findings closed");
    desk.server.places()?;
    if stay.is_empty() {
        let here = safe_next(fields.get("here"));
        let sign = if here.contains('?') { '&' } else { '?' };
        return Ok(Judged::Replied(reply::go(&format!("{here}{sign}done={done}"))));
    }
    let told = format!("{done} {} {} {}", t.several_closed, stay.len(), t.several_left);
    again(told, StatusCode::CONFLICT, stay)
}
