//! Takes the form of a report that was told to the desk, or by which one is taken back.

use std::sync::Arc;

use axum::{
    extract::{RawForm, State},
    response::Response,
};
use pantau_log::{
    Error,
    ops::{self, FormId, Reported, TakenBack},
    store::{self, Rights},
};
use pantau_protocol::{body::Body, journal::RecordId, place::Place, record::Record};

use super::{Judged, take, write_down};
use crate::{
    auth,
    find::Lists,
    limit, page,
    pages::{
        self,
        report::{Refused, Why, confirmation},
    },
    reply,
    sent::{
        Fields,
        report::{self, Sight, Wrong},
    },
    state::{Desk, lock},
    visit::{Asked, Visitor},
};

/// `POST /report`
pub(super) async fn report(State(desk): State<Arc<Desk>>, asked: Asked, RawForm(form): RawForm) -> Response {
    take(
        (desk, asked, pages::REPORT),
        move |desk, asked| judge(desk, asked, &form),
        |c, refused| pages::report::again(c, &refused),
    )
    .await
}

fn judge(desk: &Desk, asked: &Asked, form: &[u8]) -> Result<Judged<Refused>, Error> {
    let fields = Fields::read(form);
    let refused = |fields, why| Ok(Judged::Again(Refused { fields, why }));
    let Some(visitor) = page::visitor(desk, asked)? else {
        return Ok(Judged::Replied(to_sign_in(desk, asked, form)?));
    };
    if visitor.rights < Rights::Desk {
        let is_ours = desk.forms.accepts(&visitor.session, fields.csrf());
        let told = if is_ours { page::only_reads(desk, asked) } else { page::refused(desk, asked) };
        return Ok(Judged::Replied(told));
    }
    // A page of before a restart, or of a session that ended: nothing is written by it, and nothing typed is lost.
    if !desk.forms.accepts(&visitor.session, fields.csrf()) {
        return match asked.is_from_elsewhere()
            || fields.get("place").is_empty() && fields.get("retract").is_empty()
        {
            true => Ok(Judged::Replied(page::refused(desk, asked))),
            false => refused(fields, Why::Stale),
        };
    }
    write_down(desk, asked, &visitor)?;
    let reported = match fields.get("retract").parse() {
        Ok(target) => {
            let Ok(form) = fields.get("form").parse::<FormId>() else { return refused(fields, Why::Stale) };
            if !store::read(desk.store(), |view| is_his(view, &visitor, &target))? {
                return refused(fields, Why::Reported(Reported::NotTold));
            }
            let (why, operator) = (fields.text("why"), Some(visitor.operator.clone()));
            ops::take_back(&desk.server, &TakenBack { form, target, why, operator })?
        }
        Err(_) => match told(desk, asked, &fields, &visitor)? {
            Ok(report) => match ops::report(&desk.server, &report)? {
                Reported::Wrong(field) => {
                    return refused(fields, Why::Wrong(vec![Wrong::of(&field, &report.body)]));
                }
                other => other,
            },
            Err(why) => return refused(fields, why),
        },
    };
    match reported {
        Reported::Written(record) | Reported::Before(record) => {
            tracing::info!(operator = visitor.operator, %record, "told report");
            // Whoever wrote it sees it, although a thread follows the log a moment later.
            desk.server.places()?;
            Ok(Judged::Replied(written(desk, asked, &format!("/report?done={record}"))))
        }
        other => refused(fields, Why::Reported(other)),
    }
}

/// The report of a form, or why it is not written.
fn told(
    desk: &Desk,
    asked: &Asked,
    fields: &Fields,
    visitor: &Visitor,
) -> Result<Result<ops::ToldReport, Why>, Error> {
    if fields.get("form").parse::<FormId>().is_err() {
        return Ok(Err(Why::Stale));
    }
    desk.server.follow_for_page()?;
    page::on_snapshot(desk.store(), |view| {
        let places = desk.server.places_at(view)?.seen_by(visitor.scope.clone());
        let reading = page::reading(desk, asked, &places);
        let sees = |place: &Place| places.sees(place);
        let (reference, contacts) = (places.reference(), places.known().contacts());
        let lists = Lists { reference, contacts, sees: &sees };
        let report = match report::read(fields, Sight { lists, reading: &reading }, &visitor.operator) {
            Ok(report) => report,
            Err(wrongs) => return Ok(Err(Why::Wrong(wrongs))),
        };
        // What is not of his region an operator does not correct, and what he may not see he does not answer.
        if let Some(target) = report.corrects
            && !is_his(view, visitor, &target)?
        {
            return Ok(Err(Why::Reported(Reported::NotTold)));
        }
        if let Some(target) = target_of(&report.body)
            && !is_seen(view, visitor, &target)?
        {
            return Ok(Err(Why::Reported(Reported::NotTold)));
        }
        let state = places.state(&report.place)?;
        let doubts = report::doubts(&report, &state, reference, reading.now);
        let is_confirmed = doubts.is_empty() || fields.get("confirm") == confirmation(&doubts);
        Ok(if is_confirmed { Ok(report) } else { Err(Why::Doubtful(doubts)) })
    })
}

/// The incident or directive that a report is about.
fn target_of(body: &Body) -> Option<RecordId> {
    if let Body::IncidentUpdate(update) = body { Some(update.target) } else { None }
}

/// Whether an operator may correct a record or take it back: it is about a place of his region. That it names one beside,
/// as the goods of a whole province do, is not enough.
fn is_his(view: &dyn store::View, visitor: &Visitor, id: &RecordId) -> store::Stored<bool> {
    let Some(scope) = &visitor.scope else { return Ok(true) };
    let rows = view.desk_record(id)?;
    let covers = |row: &store::Row| {
        Record::from_payload(&row.entry.payload).is_ok_and(|record| scope.covers(&record.place))
    };
    // One that is not there is told of where it is looked for.
    Ok(rows.iter().all(covers))
}

/// Whether an operator may see a record: one of its places, or for what the desk says a place above his.
fn is_seen(view: &dyn store::View, visitor: &Visitor, id: &RecordId) -> store::Stored<bool> {
    let Some(scope) = &visitor.scope else { return Ok(true) };
    let rows = view.desk_record(id)?;
    // One that is not there is told of where it is looked for.
    Ok(rows.iter().all(|row| scope.sees(&row.entry.keys, row.is_from_above())))
}

/// Sends whoever is not signed in to do so, and keeps what was typed for when he has.
fn to_sign_in(desk: &Desk, asked: &Asked, form: &[u8]) -> Result<Response, Error> {
    if asked.is_from_elsewhere() {
        return Ok(reply::go("/sign-in"));
    }
    let key = desk.env().random::<32>()?;
    if !lock(&desk.kept).put(key, asked.caller.source, form, desk.env().now()) {
        return Ok(reply::go("/sign-in?next=/report"));
    }
    let mut reply = reply::go("/sign-in?next=/report%3Fkept%3D1");
    let name = desk.kept_cookie();
    reply::set_cookie(&mut reply, &name, Some(&auth::hex(&key)), limit::KEPT_FORM_S, &desk.site);
    Ok(reply)
}

/// Goes on to what was written; what was kept for this browser is done with.
fn written(desk: &Desk, asked: &Asked, to: &str) -> Response {
    let mut reply = reply::go(to);
    if let Some(key) = asked.cookie_bytes(&desk.kept_cookie()) {
        lock(&desk.kept).done(&key);
        reply::set_cookie(&mut reply, &desk.kept_cookie(), None, 0, &desk.site);
    }
    reply
}
