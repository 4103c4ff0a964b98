//! `GET /export/custody.csv`: one line a hop of each kit.

use axum::{extract::State, response::Response};
use pantau_log::Error;
use pantau_protocol::{
    body::Point,
    place::Place,
    projection::{Custody, Leg, PlaceState, Whereabouts},
};

use super::{Table, by_place, cell::Sheet, serve};
use crate::{
    api::{
        self, Desked, custody_line, is_in_time,
        usual::{BOM, Csv, Problems, WITHIN},
    },
    ask::Ask,
    visit::Asked,
    walk::Kind,
};

/// The custody lines of all kits as CSV, one line a hop
///
/// A TPS of whose kit nobody spoke has one line without a hop. Otherwise as `/export/tps.csv`. Seals stand with `;`
/// between, items as `item:sent/received` in pieces, with `?` for what nobody counted.
#[utoipa::path(
    get,
    path = "/export/custody.csv",
    operation_id = "export_custody",
    tag = "export",
    params(
        ("within" = Option<String>, Query, description = WITHIN),
        ("bom" = Option<String>, Query, description = BOM),
    ),
    responses(
        Csv,
        Problems,
    ),
)]
pub(crate) async fn custody(State(desk): Desked, asked: Asked) -> Response {
    serve(desk, asked, &TABLE).await
}

static TABLE: Table = Table {
    name: "custody",
    has_conditions: false,
    columns: &[
        "code",
        "log_position",
        "is_in_time",
        "whereabouts",
        "last_hands_at",
        "last_hands_unix",
        "last_hands_officer",
        "last_hands_officer_name",
        "last_hands_basis",
        "legs",
        "leg",
        "from_kind",
        "from_place",
        "from_label",
        "to_kind",
        "to_place",
        "to_label",
        "arrived_kind",
        "arrived_place",
        "arrived_label",
        "due_at",
        "due_unix",
        "given_at",
        "given_unix",
        "given_officer",
        "given_officer_name",
        "given_basis",
        "taken_at",
        "taken_unix",
        "taken_officer",
        "taken_officer_name",
        "taken_basis",
        "passed_at",
        "passed_unix",
        "passed_officer",
        "passed_officer_name",
        "passed_basis",
        "containers_sent",
        "containers_received",
        "containers_damaged",
        "containers_missing",
        "containers_open",
        "containers_over",
        "seals_sent",
        "seals_intact",
        "seals_broken",
        "seals_missing",
        "seals_other",
        "items",
    ],
    lines: |ask, selection, after, sheet| {
        by_place(ask, selection.within.as_ref(), (Kind::Tps, after), |place, state| {
            lines(ask, place, state, sheet)
        })
    },
};

fn lines(ask: &Ask<'_>, place: &Place, _: &PlaceState, sheet: &mut Sheet) -> Result<(), Error> {
    let custody = custody_line(ask, place)?;
    let legs = custody.as_ref().map_or(&[][..], |custody| &custody.legs);
    let hops: Vec<Option<(usize, &Leg)>> = match legs {
        [] => vec![None],
        legs => legs.iter().enumerate().map(Some).collect(),
    };
    for hop in hops {
        whole(ask, place, custody.as_ref(), sheet);
        leg(ask, hop, sheet);
        sheet.end();
    }
    Ok(())
}

/// The cells of the whole line.
fn whole(ask: &Ask<'_>, place: &Place, custody: Option<&Custody>, sheet: &mut Sheet) {
    sheet.text(place.as_str());
    sheet.number(i64::try_from(ask.places.position()).ok());
    sheet.yes(custody.and_then(|custody| is_in_time(custody.in_time)));
    sheet.maybe_text(custody.map(|custody| match custody.at {
        Whereabouts::At(_) => "at",
        Whereabouts::OnTheWay { .. } => "on_the_way",
    }));
    sheet.said(ask, custody.map(|custody| &custody.last_hands));
    sheet.number(custody.and_then(|custody| u32::try_from(custody.legs.len()).ok()));
}

/// The cells of one hop, numbered from 1; empty ones without.
fn leg(ask: &Ask<'_>, hop: Option<(usize, &Leg)>, sheet: &mut Sheet) {
    sheet.number(hop.and_then(|(at, _)| u32::try_from(at + 1).ok()));
    let leg = hop.map(|(_, leg)| leg);
    point(leg.and_then(|leg| leg.from.as_ref()), sheet);
    point(leg.map(|leg| &leg.to), sheet);
    point(leg.and_then(|leg| leg.arrived.as_ref()), sheet);
    sheet.time(leg.and_then(|leg| leg.due));
    sheet.said(ask, leg.and_then(|leg| leg.given.as_ref()));
    sheet.said(ask, leg.and_then(|leg| leg.taken.as_ref()));
    sheet.said(ask, leg.and_then(|leg| leg.passed.as_ref()));
    let boxes = leg.map(|leg| leg.boxes);
    sheet.number(boxes.and_then(|boxes| boxes.sent));
    sheet.number(boxes.and_then(|boxes| boxes.received));
    sheet.number(boxes.and_then(|boxes| boxes.damaged));
    sheet.number(boxes.and_then(|boxes| boxes.missing));
    sheet.number(boxes.and_then(|boxes| boxes.open()));
    sheet.number(boxes.and_then(|boxes| boxes.over()));
    let seals = leg.map(|leg| &leg.seals);
    let mut numbers = |all: Option<&Vec<String>>| sheet.maybe_text(all.map(|all| all.join(";")).as_deref());
    numbers(seals.and_then(|seals| seals.sent.as_ref()));
    numbers(seals.and_then(|seals| seals.intact.as_ref()));
    numbers(seals.and_then(|seals| seals.broken.as_ref()));
    numbers(seals.and_then(|seals| seals.missing.as_ref()));
    numbers(seals.and_then(|seals| seals.other.as_ref()));
    sheet.maybe_text(leg.map(items).as_deref());
}

fn point(point: Option<&Point>, sheet: &mut Sheet) {
    let kind = point.map(|point| api::word(point.kind.name(), point.kind.number()));
    sheet.maybe_text(kind.as_deref());
    sheet.maybe_text(point.map(|point| point.place.as_str()));
    sheet.maybe_text(point.and_then(|point| point.label.as_deref()));
}

/// Items somebody counted, as `item:sent/received`.
fn items(leg: &Leg) -> String {
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let items = leg.items.iter().map(|i| format!("{}:{}/{}", i.item, count(i.sent), count(i.received())));
    items.collect::<Vec<_>>().join(";")
}
