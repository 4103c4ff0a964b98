//! Directives: the list, those with missing answers first, and one with everybody who is asked.

use std::collections::{BTreeSet, HashMap};

use axum::{
    http::{StatusCode, header},
    response::Response,
};
use pantau_log::{
    Error,
    author::DESK_OFFICER,
    projector::Places,
    store::{Rights, View},
};
use pantau_protocol::{
    journal::RecordId,
    limit::NOTE_BYTES,
    place::Place,
    projection::{DirectiveState, ProgressState, Reference, answerer},
};

use super::officers::sees_officer;
use crate::{
    layout::{Crumb, List, directive as layout},
    limit,
    page::{self, Context},
    query::Query,
    reply,
    sent::directive::{Retraction, Unretracted},
    text::directive::text,
    view::{
        paged,
        task::{self, Reach, Stage, Task},
    },
};

/// The states that the list may be narrowed to, by their word in an address.
const STATES: [&str; 3] = ["open", "overdue", "done"];

/// All directives that stand, those given at once with the same words as one. Of those who are asked, it has only the
/// officers whom the reader may see.
pub(crate) fn tasks(view: &dyn View, places: &Places<'_>) -> Result<Vec<Task>, Error> {
    tasks_of(view, places, |_| true)
}

/// Those of them that are past due and unfinished.
pub(crate) fn overdue(c: &Context<'_>) -> Result<Vec<Task>, Error> {
    let now = c.reading.now;
    // All of a task are due at the same time.
    let mut tasks = tasks_of(c.view, &c.places, |state| state.due < now)?;
    tasks.retain(|task| task.stage(now) == Stage::Overdue);
    Ok(tasks)
}

fn tasks_of(
    view: &dyn View,
    places: &Places<'_>,
    is_meant: impl Fn(&DirectiveState) -> bool,
) -> Result<Vec<Task>, Error> {
    let mut all = places.directives(limit::DIRECTIVES)?;
    all.retain(|(_, state)| is_meant(state));
    // Directives of one moment and one due time may belong together: only their texts must be known.
    let mut moments: HashMap<(i64, i64), usize> = HashMap::new();
    let of_one = |d: &DirectiveState| d.officer.map(|_| (d.mark.at, d.due));
    all.iter().filter_map(|(_, d)| of_one(d)).for_each(|key| *moments.entry(key).or_default() += 1);
    let shared =
        all.iter().map(|(_, d)| d).filter(|d| of_one(d).is_some_and(|key| moments.get(&key) > Some(&1)));
    let notes = page::notes(view, shared.map(|d| d.mark.record))?;
    let mut tasks = task::tasks(places.reference(), all, &notes);
    // A directive to a region asks officers of the regions around it, too.
    if places.scope().is_some() {
        let sees = sees_officer(places);
        tasks.iter_mut().for_each(|task| task.asked.retain(|officer| sees(*officer)));
    }
    Ok(tasks)
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open",
        Stage::Overdue => "overdue",
        Stage::Done => "done",
    }
}

/// How many are past due and unfinished, for the main menu.
pub(crate) fn overdue_count(c: &Context<'_>) -> Result<u64, Error> {
    c.counted("overdue", "", || {
        let tasks = overdue(c)?;
        Ok(tasks.len() as u64)
    })
}

/// `GET /directives`, all or those in the state of `?state=`
pub(crate) fn directives(c: &Context<'_>) -> Result<Response, Error> {
    let choices: Vec<(&str, &str)> = STATES.iter().map(|word| (*word, *word)).chain([("", "")]).collect();
    let read = Query::read(c.asked, &["state", "page", "done", "lang"])
        .and_then(|q| Ok((q.choice("state", &choices, "")?, q.number("page", 1, limit::LIST_PAGES)?)));
    let Ok((state, number)) = read else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    let now = c.reading.now;
    let mut all = tasks(c.view, &c.places)?;
    let count = |word: &str| all.iter().filter(|task| is_in(word, task.stage(now))).count();
    let d = text(c.reading.lang);
    let labels = [("", d.all), ("open", d.open), ("overdue", d.overdue), ("done", d.done)];
    let states = labels.map(|(word, label)| layout::StateLink {
        label,
        count: c.reading.number(count(word) as u64),
        href: if word.is_empty() { "/directives".to_owned() } else { format!("/directives?state={word}") },
        here: word == state,
    });
    all.retain(|task| is_in(state, task.stage(now)));
    let due = |task: &Task| task.first().map_or(i64::MAX, |(_, state)| state.due);
    // The earliest due first; of those that are done the latest.
    all.sort_by_cached_key(|task| {
        let stage = task.stage(now);
        let due = due(task);
        (stage, if stage == Stage::Done { due.saturating_neg() } else { due }, task.ids().next())
    });
    let shown: Vec<&Task> = all.iter().skip((number - 1) * limit::LIST_ROWS).take(limit::LIST_ROWS).collect();
    let notes = c.notes(shown.iter().filter_map(|task| task.ids().next()))?;
    let look = c.look(&notes);
    let here = if state.is_empty() { "/directives".to_owned() } else { format!("/directives?state={state}") };
    let empty = if state.is_empty() { d.empty } else { d.empty_filtered };
    let rows = shown.iter().filter_map(|task| task::task(look, task)).collect();
    let under = format!("{} {}", c.reading.number(all.len() as u64), d.in_list);
    let told = match c.asked.parameter("done").as_deref() {
        Some("retract") => d.retracted,
        Some("gone") => d.is_gone,
        Some(_) | None => "",
    };
    let page = layout::DirectivesPage {
        layout: c.layout(d.directives.to_owned(), c.beside(d.directives)),
        d,
        told,
        may_give: c.visitor.rights >= Rights::Desk,
        states: states.into(),
        pager: paged::pager(look, &here, number, all.len()),
        list: List::new(rows, empty).under(under),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// Whether the list of a state has a stage; what is past due is unfinished, too.
fn is_in(state: &str, stage: Stage) -> bool {
    state.is_empty() || state == stage_word(stage) || (state == "open" && stage == Stage::Overdue)
}

/// The task that a record belongs to.
pub(crate) fn task_of(view: &dyn View, places: &Places<'_>, id: RecordId) -> Result<Option<Task>, Error> {
    Ok(tasks(view, places)?.into_iter().find(|task| task.ids().any(|part| part == id)))
}

/// `GET /directive/{id}`: those who did not answer first. `refused` is a form that was not taken.
pub(crate) fn directive(
    c: &Context<'_>,
    address: &[String],
    refused: Option<&(Retraction, Unretracted)>,
) -> Result<Response, Error> {
    let id = address.first().and_then(|text| text.parse().ok());
    let found = id.map(|id| task_of(c.view, &c.places, id)).transpose()?.flatten();
    let (Some(id), Some(found)) = (id, found) else { return Ok(c.not_found()) };
    let number = Query::read(c.asked, &["page", "done", "lang"])
        .and_then(|query| query.number("page", 1, limit::LIST_PAGES));
    let Ok(number) = number else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    let answers = found.parts.iter().flat_map(|(_, state)| &state.answers);
    let of = |a: &ProgressState| answerer(c.places.reference(), &a.mark);
    let sees = sees_officer(&c.places);
    // Somebody who is not known here belongs to no region.
    let is_seen = |officer: Option<u32>| match officer {
        Some(officer) => officer == DESK_OFFICER || sees(officer),
        None => c.places.scope().is_none(),
    };
    let also = answers.filter(|a| of(a).is_none_or(|n| !found.asked.contains(&n)) && is_seen(of(a)));
    let also: Vec<_> = also.collect();
    let mut officers: Vec<u32> = found.asked.iter().copied().collect();
    officers.sort_by_key(|officer| (found.answered(*officer), *officer));
    let shown = officers.iter().skip((number - 1) * limit::LIST_ROWS).take(limit::LIST_ROWS);
    let shown: Vec<u32> = shown.copied().collect();
    let marks = found.parts.iter().flat_map(|(_, state)| super::directive_marks(state));
    let notes = c.notes(marks)?;
    let look = c.look(&notes);
    let d = text(look.lang());
    let reach = reach(c, &found, &shown)?;
    let of_grants = |place: &Place| c.sees(place);
    let row = |n: &u32| {
        let reach = reach.get(n).copied().unwrap_or_default();
        task::asked(look, &found, *n, reach, of_grants)
    };
    let rows = shown.iter().map(row);
    let rows: Vec<_> = rows.collect();
    let Some(head) = task::task(look, &found) else { return Ok(c.not_found()) };
    let may_give = c.visitor.rights >= Rights::Desk;
    let here = format!("/directive/{id}");
    let title = format!("{}: {}", d.given_to, head.to);
    let mut frame = c.layout(title.clone(), crumbs(c, d.directives, title));
    frame.live = !may_give;
    let told = match (refused.map(|(_, why)| why), c.asked.parameter("done").as_deref()) {
        (Some(Unretracted::NoReason), _) => d.no_why,
        (Some(Unretracted::ReasonTooLong), _) => d.long_why,
        (None, Some("give")) => d.was_given,
        (None, Some("already")) => d.was_there,
        (None, _) => "",
    };
    let page = layout::DirectivePage {
        layout: frame,
        d,
        id: id.to_string(),
        csrf: c.csrf(),
        told,
        is_refused: refused.is_some(),
        may_give,
        silent: found.silent().len(),
        why: refused.map_or_else(String::new, |(sent, _)| sent.why.clone()),
        why_bytes: NOTE_BYTES,
        also: also.iter().map(|a| crate::view::incident::progress(look, a)).collect(),
        pager: paged::pager(look, &here, number, officers.len()),
        head,
        rows,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(reply::page(status, &page))
}

/// The way to a page that stands below the list.
pub(super) fn crumbs(c: &Context<'_>, list: &str, title: String) -> Vec<Crumb> {
    let mut crumbs = c.beside(list);
    crumbs.iter_mut().skip(1).for_each(|crumb| crumb.href = Some("/directives".to_owned()));
    crumbs.push(Crumb { label: title, href: None });
    crumbs
}

/// What is known of the phones of these officers, and whether they have a task.
fn reach(c: &Context<'_>, task: &Task, officers: &[u32]) -> Result<HashMap<u32, Reach>, Error> {
    let epoch = c.view.epoch()?;
    // Of a directive to one officer only his own row matters.
    let mut positions: HashMap<Option<u32>, u64> = HashMap::new();
    for (_, state) in &task.parts {
        let row = c.view.desk_record(&state.mark.record)?.into_iter().next();
        positions.extend(row.map(|row| (state.officer, row.position)));
    }
    let reference: &Reference = c.places.reference();
    let wanted: BTreeSet<u32> = officers.iter().copied().collect();
    let mut all: HashMap<u32, Reach> = HashMap::new();
    let trusted =
        reference.devices().filter(|d| wanted.contains(&d.officer) && !reference.is_revoked(&d.device));
    for device in trusted {
        let found = all.entry(device.officer).or_default();
        found.has_phone = true;
        let call = c.view.last_contact(&device.device)?;
        let heard = c.view.heard(&device.device)?;
        let heard = (heard.records > 0).then_some(heard.last_received_at);
        found.contact = found.contact.max(call.map(|call| call.at)).max(heard);
        let position = positions.get(&Some(device.officer)).or_else(|| positions.get(&None));
        let has_read =
            call.zip(epoch).zip(position).is_some_and(|((call, epoch), at)| call.has_read(&epoch, *at));
        found.has_read |= has_read;
    }
    Ok(all)
}

/// Has nobody keep a page: what it shows must not be read from a cache.
pub(crate) fn kept_nowhere(mut reply: Response) -> Response {
    reply.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    reply
}
