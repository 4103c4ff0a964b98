//! `GET /api/v1/places/{code}/custody`: the way of the kit of one TPS, hop by hop, with what left and what came.

use axum::{
    extract::{RawPathParams, State},
    response::Response,
};
use pantau_log::{Error, projector};
use pantau_protocol::{
    place::{Level, Place as Code},
    projection::{self, Boxes, DeadlineVerdict, LegItem, Whereabouts as At},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Desked, answer, parts, place_of,
    said::{AsOf, Point, Said, Time},
    usual::{Problems, Unchanged},
};
use crate::{
    ask::Ask,
    problem::{self, Problem, Refusal},
    query::Query,
    visit::Asked,
};

/// The custody line of the kit of a TPS.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustodyAnswer {
    /// Up to where the answer speaks.
    as_of: AsOf,
    /// Code of the TPS.
    place: String,
    /// Its custody line; `null` if nobody spoke of the kit.
    custody: Option<Custody>,
}

/// The way of a kit. What nobody counted is `null`, never 0.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Custody {
    /// Where the kit is, as far as anybody said.
    whereabouts: Whereabouts,
    /// The record by which, and so in whose hands, it was last.
    last_hands: Said,
    /// Whether it was where it must be by the end of the day before the election; `null` if nobody spoke of it or the
    /// clocks leave it open.
    is_in_time: Option<bool>,
    /// Its hops, oldest first.
    legs: Vec<Leg>,
}

/// Where a kit is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whereabouts {
    /// `at`: received at a point; `on_the_way`: handed over, and not received yet.
    status: &'static str,
    /// Where it was received; `null` on the way.
    at: Option<Point>,
    /// Where it left; `null` unless it is on the way.
    from: Option<Point>,
    /// Where it goes; `null` unless it is on the way.
    to: Option<Point>,
    /// The record by which it left; `null` unless it is on the way.
    since: Option<Said>,
}

/// One hop of a kit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Leg {
    /// Where it left; `null` if only a receiver spoke.
    from: Option<Point>,
    /// Where it was to go; where it came, if only a receiver spoke.
    to: Point,
    /// Where it was received, which may be elsewhere than `to`; `null` if nobody reported it.
    arrived: Option<Point>,
    /// When it should have been there; `null` if the giver did not say.
    due: Option<Time>,
    /// The latest word of the giver; `null` without one.
    given: Option<Said>,
    /// The latest word of a receiver at the end of the leg; `null` without one.
    taken: Option<Said>,
    /// The latest word from on the way; `null` without one.
    passed: Option<Said>,
    /// Ids of all records behind the leg.
    records: Vec<String>,
    /// Containers.
    containers: Balance,
    /// Seals by their printed numbers.
    seals: Seals,
    /// Contents, by item, where somebody counted.
    items: Vec<LegItemBalance>,
}

/// What left and what came, in containers or pieces. `null` wherever nobody counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Balance {
    /// That left.
    sent: Option<u32>,
    /// That came, damaged ones included.
    received: Option<u32>,
    /// Damaged among them.
    damaged: Option<u32>,
    /// Missing, as the receiver says.
    missing: Option<u32>,
    /// That left and did not come; `null` if either is unknown.
    open: Option<u32>,
    /// That came and had not left; `null` if either is unknown.
    over: Option<u32>,
}

/// Seals of a hop. A list is `null` if nobody said which there are, and empty if somebody looked and found none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Seals {
    /// On what left.
    sent: Option<Vec<String>>,
    /// Found whole.
    intact: Option<Vec<String>>,
    /// Found broken.
    broken: Option<Vec<String>>,
    /// Said to be missing.
    missing: Option<Vec<String>>,
    /// Found, and not among those that left.
    other: Option<Vec<String>>,
}

/// What left and came of one item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LegItemBalance {
    /// Number of the item in the election profile.
    item: u32,
    /// Its Indonesian name; `null` if the profile does not have it.
    name_id: Option<String>,
    /// Its English name; `null` if the profile does not have it.
    name_en: Option<String>,
    /// Pieces.
    pieces: Balance,
}

/// The custody line of the kit of a TPS
#[utoipa::path(
    get,
    path = "/api/v1/places/{code}/custody",
    operation_id = "custody",
    tag = "read",
    params(
        ("code" = String, Path, description = "Code of the TPS. Its slash is `%2F`; `/api/v1/places/62.06.13.2001/003/custody` is answered, too."),
    ),
    responses(
        (status = 200, description = "The custody line.", body = CustodyAnswer),
        Unchanged,
        Problems,
    ),
)]
pub(crate) async fn custody(State(desk): Desked, address: RawPathParams, asked: Asked) -> Response {
    let address = parts(&address);
    answer(desk, asked, move |ask, asked| make(ask, asked, &address)).await
}

fn make(ask: &Ask<'_>, asked: &Asked, address: &[String]) -> Result<CustodyAnswer, Refusal> {
    Query::read(asked, &[])?;
    let place = place_of(ask, address)?;
    if place.level() != Some(Level::Tps) {
        return Err(Problem::new(problem::Code::NotATps).into());
    }
    if !ask.places.is_there(&place)? {
        return Err(Problem::new(problem::Code::PlaceNotFound).into());
    }
    let custody = line(ask, &place)?.map(|custody| Custody::of(ask, &custody));
    Ok(CustodyAnswer { as_of: AsOf::of(ask), place: place.to_string(), custody })
}

/// The custody line of a TPS, worked out from its records: the store does not keep it.
pub(crate) fn line(ask: &Ask<'_>, place: &Code) -> Result<Option<projection::Custody>, Error> {
    let rows = ask.view.place_rows(place, ask.places.position())?;
    let facts = projector::facts_of(&rows);
    Ok(projection::custody(place, facts.values().map(|(fact, _)| fact), ask.places.reference()))
}

/// Whether a kit was in time; `None` if that is open.
pub(crate) fn is_in_time(verdict: DeadlineVerdict) -> Option<bool> {
    match verdict {
        DeadlineVerdict::Before => Some(true),
        DeadlineVerdict::After => Some(false),
        DeadlineVerdict::Undetermined => None,
    }
}

impl Custody {
    fn of(ask: &Ask<'_>, custody: &projection::Custody) -> Self {
        Self {
            whereabouts: Whereabouts::of(ask, &custody.at),
            last_hands: Said::of(ask, &custody.last_hands),
            is_in_time: is_in_time(custody.in_time),
            legs: custody.legs.iter().map(|leg| Leg::of(ask, leg)).collect(),
        }
    }
}

impl Whereabouts {
    fn of(ask: &Ask<'_>, at: &At) -> Self {
        match at {
            At::At(point) => {
                Self { status: "at", at: Some(Point::of(point)), from: None, to: None, since: None }
            }
            At::OnTheWay { from, to, since } => Self {
                status: "on_the_way",
                at: None,
                from: Some(Point::of(from)),
                to: Some(Point::of(to)),
                since: Some(Said::of(ask, since)),
            },
        }
    }
}

impl Leg {
    fn of(ask: &Ask<'_>, leg: &projection::Leg) -> Self {
        let said = |mark: &Option<projection::Mark>| mark.as_ref().map(|mark| Said::of(ask, mark));
        let profile = ask.places.reference().profile();
        let item = |item: &LegItem| {
            let known = profile.and_then(|profile| profile.item(item.item));
            LegItemBalance {
                item: item.item,
                name_id: known.map(|item| item.id.clone()),
                name_en: known.map(|item| item.en.clone()),
                pieces: Balance::of_item(item),
            }
        };
        Self {
            from: leg.from.as_ref().map(Point::of),
            to: Point::of(&leg.to),
            arrived: leg.arrived.as_ref().map(Point::of),
            due: leg.due.map(Time::of),
            given: said(&leg.given),
            taken: said(&leg.taken),
            passed: said(&leg.passed),
            records: leg.records.iter().map(ToString::to_string).collect(),
            containers: Balance::of_boxes(&leg.boxes),
            seals: Seals {
                sent: leg.seals.sent.clone(),
                intact: leg.seals.intact.clone(),
                broken: leg.seals.broken.clone(),
                missing: leg.seals.missing.clone(),
                other: leg.seals.other.clone(),
            },
            items: leg.items.iter().map(item).collect(),
        }
    }
}

impl Balance {
    fn of_boxes(boxes: &Boxes) -> Self {
        let Boxes { sent, received, damaged, missing } = *boxes;
        Self { sent, received, damaged, missing, open: boxes.open(), over: boxes.over() }
    }

    fn of_item(item: &LegItem) -> Self {
        let LegItem { sent, damaged, missing, .. } = *item;
        Self { sent, received: item.received(), damaged, missing, open: item.open(), over: item.over() }
    }
}
