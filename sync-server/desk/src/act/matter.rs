//! Takes the forms about matters that need attention: take, leave, note, hand over.

use std::{collections::HashSet, sync::Arc};

use axum::{
    extract::{RawForm, State},
    http::StatusCode,
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, Done, Matter, Wish},
    store,
};

use super::{Judged, take_from_desk};
use crate::{
    limit, page,
    pages::{self, attention::Told},
    reply,
    sent::Fields,
    state::Desk,
    visit::{Asked, Visitor, safe_next},
};

/// `POST /attention`
pub(super) async fn attend(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    take_from_desk((desk, asked, pages::ATTENTION), Fields::read(&form), one, |c, told| {
        pages::attention::attention(c, &told)
    })
    .await
}

/// `POST /shift`
pub(super) async fn hand_over(
    State(desk): State<Arc<Desk>>,
    asked: Asked,
    RawForm(form): RawForm,
) -> Response {
    take_from_desk((desk, asked, pages::SHIFT), Fields::read(&form), all, |c, told| {
        pages::attention::shift(c, &told)
    })
    .await
}

fn one(desk: &Desk, asked: &Asked, visitor: &Visitor, fields: &Fields) -> Result<Judged<Told>, Error> {
    let from = Some(fields.get("from")).filter(|from| !from.is_empty()).map(str::to_owned);
    let wish = match fields.get("act") {
        "take" => Some(Wish::Take { from }),
        "leave" => Some(Wish::Leave),
        "note" => Some(Wish::Note),
        _ => None,
    };
    let (Ok(matter), Some(wish)) = (fields.get("matter").parse::<Matter>(), wish) else {
        return Ok(Judged::Again(gone(asked)));
    };
    let note = fields.text("note");
    if !is_there(desk, visitor, &matter)? {
        return Ok(Judged::Again(gone(asked)));
    }
    let done = ops::attend(&desk.server, &matter, &visitor.operator, &wish, &note)?;
    if done == Done::Done {
        tracing::info!(operator = visitor.operator, %matter, act = fields.get("act"), "matter");
        return Ok(Judged::Replied(reply::go(safe_next(fields.get("next")))));
    }
    Ok(Judged::Again(told(desk, asked, &done, Some((matter.to_string(), note)))))
}

fn all(desk: &Desk, asked: &Asked, visitor: &Visitor, fields: &Fields) -> Result<Judged<Told>, Error> {
    let (to, note) = (fields.get("to").to_owned(), fields.text("note"));
    let owned = store::read(desk.store(), |view| view.desk_owners())?;
    let mine = owned.iter().filter(|deed| deed.owner() == Some(visitor.operator.as_str()));
    let mut mine: Vec<Matter> = mine.filter_map(|deed| deed.matter.parse().ok()).collect();
    // What is settled meanwhile is nobody's work any more.
    let open = open_matters(desk, visitor)?;
    mine.retain(|matter| open.contains(matter));
    let done = ops::hand_over(&desk.server, &mine, &visitor.operator, &to, &note)?;
    if done != Done::Done {
        return Ok(Judged::Again(told(desk, asked, &done, Some((String::new(), note)))));
    }
    tracing::info!(operator = visitor.operator, to, "shift handed over");
    Ok(Judged::Replied(reply::go("/shift")))
}

/// Whether a visitor has anything to do with a matter: it is open where he may see it, or he works on it.
fn is_there(desk: &Desk, visitor: &Visitor, matter: &Matter) -> Result<bool, Error> {
    let owner = page::on_snapshot(desk.store(), |view| ops::owner(view, matter))?;
    let is_mine = owner.is_some_and(|owner| owner.operator == visitor.operator);
    Ok(is_mine || open_matters(desk, visitor)?.contains(matter))
}

/// The matters that are open where a visitor may see them.
fn open_matters(desk: &Desk, visitor: &Visitor) -> Result<HashSet<Matter>, Error> {
    desk.server.follow_for_page()?;
    page::on_snapshot(desk.store(), |view| {
        let places = desk.server.places_at(view)?.seen_by(visitor.scope.clone());
        let findings = places.findings(None)?;
        let findings = findings.iter().filter(|finding| finding.is_open());
        let mut open: HashSet<Matter> = findings.map(|finding| Matter::Finding(finding.id)).collect();
        let incidents = places.incidents(None, limit::RANKED)?;
        open.extend(incidents.iter().map(|(_, state)| Matter::Incident(state.mark.record)));
        let directives = places.directives(limit::RANKED)?;
        open.extend(directives.iter().map(|(_, state)| Matter::Directive(state.mark.record)));
        Ok(open)
    })
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
