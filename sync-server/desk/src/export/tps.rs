//! `GET /export/tps.csv`: one line a TPS.

use std::collections::BTreeSet;

use axum::{extract::State, response::Response};
use pantau_log::Error;
use pantau_protocol::{
    body::{Answer, Severity},
    place::Place,
    projection::{ItemState, PlaceState, turnout_believed},
};

use super::{Table, by_place, cell::Sheet, serve};
use crate::{
    api::{
        Desked, is_complete,
        usual::{BOM, Csv, Problems, WITHIN},
        word,
    },
    ask::Ask,
    select::Selection,
    view::tps::kit_lines,
    visit::Asked,
    walk::Kind,
};

/// The state of every TPS as CSV, one line each
///
/// RFC 4180, UTF-8, by code. A text that a spreadsheet would take for a formula has an apostrophe before it. Unknown is
/// an empty cell and never 0. Columns may be added at the end. Each line speaks of the log up to its `log_position`.
#[utoipa::path(
    get,
    path = "/export/tps.csv",
    operation_id = "export_tps",
    tag = "export",
    params(
        ("within" = Option<String>, Query, description = WITHIN),
        ("logistics" = Option<String>, Query, description = "Only TPS whose goods are `none`, `uncounted`, `short` or `complete`."),
        ("visited" = Option<String>, Query, description = "`yes` or `no`: whether a visit is known."),
        ("silent" = Option<String>, Query, description = "`yes` or `no`: whether nobody spoke of it."),
        ("incidents" = Option<String>, Query, description = "`yes` or `no`: whether an incident is open there."),
        ("access" = Option<String>, Query, description = "`regular`, `remote` or `very_remote`."),
        ("signal" = Option<String>, Query, description = "`none`, `weak`, `medium` or `strong`."),
        ("order" = Option<String>, Query, description = "As the list of TPS has it; the table is by code all the same."),
        ("bom" = Option<String>, Query, description = BOM),
    ),
    responses(
        Csv,
        Problems,
    ),
)]
pub(crate) async fn tps(State(desk): Desked, asked: Asked) -> Response {
    serve(desk, asked, &TABLE).await
}

static TABLE: Table = Table {
    name: "tps",
    has_conditions: true,
    columns: &[
        "code",
        "village",
        "village_name",
        "is_listed",
        "is_ended",
        "voters",
        "access",
        "signal",
        "log_position",
        "last_word_at",
        "last_word_unix",
        "last_word_officer",
        "last_word_officer_name",
        "last_word_basis",
        "visits",
        "last_visit_at",
        "last_visit_unix",
        "last_visit_officer",
        "last_visit_officer_name",
        "last_visit_basis",
        "answers_not_ok",
        "arrived_at",
        "arrived_unix",
        "arrived_officer",
        "arrived_officer_name",
        "arrived_basis",
        "arrived_rest",
        "bad_seals",
        "is_kit_complete",
        "items_short",
        "items_unknown",
        "kit_at_kind",
        "kit_at_place",
        "open_incidents",
        "grave_incidents",
        "turnout_hour",
        "turnout_voters",
        "standby_present",
        "standby_team",
        "standby_situation",
    ],
    lines: |ask, selection, after, sheet| {
        by_place(ask, selection.within.as_ref(), (Kind::Tps, after), |place, state| {
            if is_meant(ask, selection, place)? { lines(ask, place, state, sheet) } else { Ok(()) }
        })
    },
};

/// Whether a TPS is selected. One that has ended, or is on no list, meets no condition but that of its place.
fn is_meant(ask: &Ask<'_>, selection: &Selection, place: &Place) -> Result<bool, Error> {
    let of_place =
        Selection { within: selection.within.clone(), order: selection.order, ..Selection::default() };
    if *selection == of_place {
        return Ok(true);
    }
    let reference = ask.places.reference();
    let tps = reference.tps(place).filter(|tps| tps.ended.is_none());
    Ok(tps.is_some() && selection.has(place, tps, &ask.places.sums_of_tps(place)?))
}

fn lines(ask: &Ask<'_>, place: &Place, state: &PlaceState, sheet: &mut Sheet) -> Result<(), Error> {
    let reference = ask.places.reference();
    let (tps, village) = (reference.tps(place), place.parent());
    sheet.text(place.as_str());
    sheet.maybe_text(village.as_ref().map(Place::as_str));
    sheet.maybe_text(village.as_ref().and_then(|v| reference.region(v)).map(|region| region.name.as_str()));
    sheet.yes(Some(tps.is_some()));
    sheet.yes(Some(reference.is_ended(place)));
    sheet.number(tps.map(|tps| tps.voters));
    sheet.maybe_text(tps.map(|tps| word(tps.access.name(), tps.access.number())).as_deref());
    sheet.maybe_text(tps.map(|tps| word(tps.signal.name(), tps.signal.number())).as_deref());
    sheet.number(i64::try_from(ask.places.position()).ok());
    sheet.said(ask, state.last_word.as_ref());
    sheet.number(Some(state.visits));
    sheet.said(ask, state.last_visit.as_ref());
    sheet.text(&answers_not_ok(state));
    sheet.said(ask, state.arrival.as_ref().map(|arrival| &arrival.mark));
    let rest = state.arrival.as_ref().map(|arrival| word(arrival.rest.name(), arrival.rest.number()));
    sheet.maybe_text(rest.as_deref());
    // None reported does not say that anybody looked.
    sheet.number(state.arrival.as_ref().map(|arrival| arrival.bad_seals).filter(|n| *n > 0));
    sheet.yes(is_complete(ask, state));
    kit(ask, place, state, sheet);
    let kind = state.kit_at.as_ref().map(|at| word(at.kind.name(), at.kind.number()));
    sheet.maybe_text(kind.as_deref());
    sheet.maybe_text(state.kit_at.as_ref().map(|at| at.place.as_str()));
    let open = || state.incidents.iter().filter(|incident| incident.is_open());
    sheet.number(u32::try_from(open().count()).ok());
    sheet.number(u32::try_from(open().filter(|i| i.severity == Severity::High).count()).ok());
    turnout(state, tps.map(|tps| tps.voters), sheet);
    let standby = state.standby.as_ref().map(|said| &said.said);
    sheet.number(standby.map(|standby| standby.present));
    sheet.number(standby.map(|standby| standby.team));
    let situation = standby.map(|standby| word(standby.situation.name(), standby.situation.number()));
    sheet.maybe_text(situation.as_deref());
    sheet.end();
    Ok(())
}

/// Codes of the items of checklists that were answered with "not in order".
fn answers_not_ok(state: &PlaceState) -> String {
    let not_ok = state.answers.iter().filter(|said| said.answer == Answer::NotOk);
    let items: BTreeSet<&str> = not_ok.map(|said| said.item.as_str()).collect();
    items.into_iter().collect::<Vec<_>>().join(";")
}

/// Two cells: items that are short, each with how many pieces, and items of which nobody knows.
fn kit(ask: &Ask<'_>, place: &Place, state: &PlaceState, sheet: &mut Sheet) {
    let lines = kit_lines(ask.places.reference(), place, state);
    let short = |said: Option<&ItemState>| said.and_then(ItemState::short);
    let counted = lines.iter().filter_map(|(item, _, said)| Some((item, short(*said)?)));
    let missing: Vec<String> =
        counted.filter(|(_, n)| *n > 0).map(|(item, n)| format!("{item}={n}")).collect();
    let unknown = lines.iter().filter(|(_, expected, said)| expected.is_some() && short(*said).is_none());
    let unknown: Vec<String> = unknown.map(|(item, ..)| item.to_string()).collect();
    sheet.text(&missing.join(";"));
    sheet.text(&unknown.join(";"));
}

/// Two cells: the latest hour whose figure can be, and the figure.
fn turnout(state: &PlaceState, voters: Option<u32>, sheet: &mut Sheet) {
    let believed = turnout_believed(&state.turnout, voters).map(|said| &said.said);
    sheet.number(believed.map(|turnout| turnout.hour));
    sheet.number(believed.map(|turnout| turnout.voters));
}
