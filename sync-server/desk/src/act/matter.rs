//! Takes the forms about matters that need attention: take, leave, note, hand over.

use std::sync::Arc;

use axum::{
    extract::{RawForm, State},
    http::StatusCode,
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Done, Matter, Wish},
    store::{self, Rights},
};

use super::{Sender, sender};
use crate::{
    page,
    pages::{self, PAGES, attention::Told},
    reply,
    sent::Fields,
    state::{Desk, blocking},
    visit::{Asked, safe_next},
};

/// `POST /attention`
pub(super) async fn attend(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    let fields = Fields::read(&form);
    let work = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        move || one(&desk, &asked, &fields)
    };
    match blocking(work).await {
        Ok(Ended::Replied(reply)) => reply,
        Ok(Ended::Told(told)) => {
            let show = move |c: &page::Context<'_>| pages::attention::attention(c, &told);
            page::show(desk, asked, (PAGES, pages::ATTENTION), show).await
        }
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

/// `POST /shift`
pub(super) async fn hand_over(
    State(desk): State<Arc<Desk>>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    let fields = Fields::read(&form);
    let work = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        move || all(&desk, &asked, &fields)
    };
    match blocking(work).await {
        Ok(Ended::Replied(reply)) => reply,
        Ok(Ended::Told(told)) => {
            let show = move |c: &page::Context<'_>| pages::attention::shift(c, &told);
            page::show(desk, asked, (PAGES, pages::SHIFT), show).await
        }
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

enum Ended {
    Replied(Response),
    /// The page is shown again and says what was wrong.
    Told(Told),
}

fn one(desk: &Desk, asked: &Asked, fields: &Fields) -> Result<Ended, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Ended::Replied(reply)),
    };
    let from = Some(fields.get("from")).filter(|from| !from.is_empty()).map(str::to_owned);
    let wish = match fields.get("act") {
        "take" => Some(Wish::Take { from }),
        "leave" => Some(Wish::Leave),
        "note" => Some(Wish::Note),
        _ => None,
    };
    let (Ok(matter), Some(wish)) = (fields.get("matter").parse::<Matter>(), wish) else {
        return Ok(Ended::Told(gone(asked)));
    };
    let note = fields.text("note");
    let done = ops::attend(&desk.server, &matter, &visitor.operator, &wish, &note)?;
    if done == Done::Done {
        tracing::info!(operator = visitor.operator, %matter, act = fields.get("act"), "matter");
        return Ok(Ended::Replied(reply::go(safe_next(fields.get("next")))));
    }
    Ok(Ended::Told(told(desk, asked, &done, Some((matter.to_string(), note)))))
}

fn all(desk: &Desk, asked: &Asked, fields: &Fields) -> Result<Ended, Error> {
    let visitor = match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => visitor,
        Sender::Told(reply) => return Ok(Ended::Replied(reply)),
    };
    let (to, note) = (fields.get("to").to_owned(), fields.text("note"));
    let owned = store::read(desk.store(), |view| view.desk_owners())?;
    let mine = owned.iter().filter(|deed| deed.owner() == Some(visitor.operator.as_str()));
    let mine: Vec<Matter> = mine.filter_map(|deed| deed.matter.parse().ok()).collect();
    for matter in mine {
        let wish = Wish::HandOver { to: to.clone() };
        let done = ops::attend(&desk.server, &matter, &visitor.operator, &wish, &note)?;
        // What somebody else took meanwhile is with him already.
        if !matches!(done, Done::Done | Done::NotYours) {
            return Ok(Ended::Told(told(desk, asked, &done, Some((matter.to_string(), note)))));
        }
    }
    tracing::info!(operator = visitor.operator, to, "shift handed over");
    Ok(Ended::Replied(reply::go("/shift")))
}

fn gone(asked: &Asked) -> Told {
    let text = asked.lang().overview().told_gone.to_owned();
    Told { text, status: StatusCode::UNPROCESSABLE_ENTITY, typed: None }
}

fn told(desk: &Desk, asked: &Asked, done: &Done, typed: Option<(String, String)>) -> Told {
    let t = asked.lang().overview();
    let reading = desk.plain_reading(asked.lang());
    let (text, status) = match done {
        Done::Done => (t.told_done.to_owned(), StatusCode::OK),
        Done::Taken(owner) => (
            format!("{} {}, {} {}.", t.told_taken, owner.operator, t.since, reading.stamp(owner.since)),
            StatusCode::CONFLICT,
        ),
        Done::NotYours => (t.told_not_yours.to_owned(), StatusCode::CONFLICT),
        Done::NoSuchOperator => (t.told_no_operator.to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        Done::NoNote => (t.told_no_note.to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        Done::NoteTooLong => (t.told_note_long.to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
    };
    Told { text, status, typed }
}
