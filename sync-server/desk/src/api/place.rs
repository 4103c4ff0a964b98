//! `GET /api/v1/places/{code}`: all that is known of one TPS or region, who says so, and how old it is.

use axum::{
    extract::{RawPathParams, State},
    response::Response,
};
use pantau_protocol::{
    body::{Tps as TpsRecord, Turnout as TurnoutRecord},
    place::Place as Code,
    projection::{
        self, Doubt, IncidentState, ItemState, PlaceState, ProgressState, turnout_believed, turnout_doubts,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Desked, answer, parts, place_of,
    places::Place,
    said::{AsOf, Point, Said, word},
    usual::{Problems, Unchanged},
};
use crate::{
    ask::Ask,
    problem::{self, Problem, Refusal},
    query::Query,
    view::tps::kit_lines,
    visit::Asked,
};

/// One place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceAnswer {
    /// Up to where the answer speaks.
    as_of: AsOf,
    /// Which place.
    place: Place,
    /// What the imported table says of a TPS; `null` for a region and for a TPS that is in no table.
    tps: Option<Tps>,
    /// What was reported.
    state: Reported,
}

/// What the imported table says of a TPS.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tps {
    /// Registered voters.
    voters: u32,
    /// Men among them; `null` if the table does not say.
    male_voters: Option<u32>,
    /// How hard it is to reach: `regular`, `remote` or `very_remote`; `other_N` of a newer version.
    access: String,
    /// The usual signal: `strong`, `medium`, `weak` or `none`; `other_N` of a newer version.
    signal: String,
    /// It is made up.
    is_synthetic: bool,
}

/// What was reported of a place. What nobody reported is `null` or not in a list, never 0.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reported {
    /// Reports that stand, corrected ones once.
    reports: u32,
    /// The latest of them; `null` if there is none.
    last_word: Option<Said>,
    /// Visits and what they found.
    readiness: Readiness,
    /// Items of the kit, those nobody spoke of, too. Empty for a region.
    items: Vec<Item>,
    /// Whether every item of the kit was counted and none is short; `null` if that is unknown.
    is_kit_complete: Option<bool>,
    /// The latest arrival at the TPS itself; `null` if nobody reported one.
    arrival: Option<Arrival>,
    /// Where the kit was last received; `null` if nobody reported it.
    kit_at: Option<KitAt>,
    /// Incidents, those that are done, too.
    incidents: Vec<Incident>,
    /// Voters so far, by hour.
    turnout: Vec<Turnout>,
    /// The figure of the latest hour that can be; `null` if there is none.
    turnout_believed: Option<u32>,
    /// The latest roll call; `null` if there was none.
    standby: Option<Standby>,
}

/// Visits and what they found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Visits that stand.
    visits: u32,
    /// The latest visit; `null` if nobody reported one.
    last_visit: Option<Said>,
    /// The way there; `null` if no visit told of it.
    way: Option<Way>,
    /// The latest answer to each item of a checklist that was answered.
    answers: Vec<Answer>,
}

/// Condition of the way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Way {
    /// `good`, `hard` or `cut`; `other_N` of a newer version.
    condition: String,
    /// Who says so.
    by: Said,
}

/// The answer to an item of a checklist.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer {
    /// Number of the checklist.
    checklist: u32,
    /// Code of the item; its position as `#n` where the server does not have the checklist.
    item: String,
    /// `ok`, `not_ok`, `not_applicable` or `blank`; `other_N` of a newer version.
    answer: String,
    /// Who says so.
    by: Said,
}

/// An item of the kit at the TPS. All numbers are pieces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// Number of the item in the election profile.
    item: u32,
    /// Its Indonesian name; `null` if the profile does not have it.
    name_id: Option<String>,
    /// Its English name; `null` if the profile does not have it.
    name_en: Option<String>,
    /// What the kit must have; `null` without profile or voters, and for an item beyond the kit.
    expected: Option<u32>,
    /// In good condition; `null` unless somebody counted or vouched for it.
    good: Option<u32>,
    /// Damaged; `null` unless somebody counted or vouched for it.
    damaged: Option<u32>,
    /// Short of the kit; `null` where `expected` or `good` is.
    short: Option<u32>,
    /// How it was checked: `counted`, `sealed` or `not_checked`; `other_N` of a newer version; `null` if nobody spoke
    /// of it.
    checked: Option<String>,
    /// What the kit had to have when all was said to be as expected, where that is not `expected`; else `null`.
    counted_against: Option<u32>,
    /// Who says so; `null` if nobody spoke of it.
    by: Option<Said>,
}

/// An arrival at the TPS.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Arrival {
    /// What was said of all items that were not named: `not_checked`, `counted_as_expected` or `sealed_as_dispatched`;
    /// `other_N` of a newer version.
    rest: String,
    /// Seals that were found broken or missing; `null` if none was reported, which does not say that anybody looked.
    bad_seals: Option<u32>,
    /// Who says so.
    by: Said,
}

/// Where the kit was last received.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KitAt {
    /// Where.
    at: Point,
    /// Who says so.
    by: Said,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Incident {
    /// What it is about: `logistics`, `access`, `weather`, `power`, `signal_loss`, `staff`, `security`, `equipment` or
    /// `else`; `other_N` of a newer version.
    category: String,
    /// `low`, `medium` or `high`, which endangers the vote; `other_N` of a newer version.
    severity: String,
    /// Nobody has said that it is done.
    is_open: bool,
    /// Who reported it; `by.record` is its id.
    by: Said,
    /// The latest progress; `null` if nobody reported any.
    progress: Option<Progress>,
}

/// How far an incident has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// `seen`, `working`, `done` or `impossible`; `other_N` of a newer version.
    progress: String,
    /// Who says so.
    by: Said,
}

/// Voters so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Turnout {
    /// Hour of election day in the zone of the profile that the figure is for, 0 to 23.
    hour: u32,
    /// Voters so far, from the opening.
    voters: u32,
    /// Why the figure is in no sum: `over_ballots`, more than there are ballots, or `falls`, fewer than an hour
    /// before; `null` if it is believed.
    doubt: Option<&'static str>,
    /// Who says so.
    by: Said,
}

/// A roll call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standby {
    /// Members present.
    present: u32,
    /// Members of the team.
    team: u32,
    /// `calm`, `alert` or `obstacle`; `other_N` of a newer version.
    situation: String,
    /// "No obstacle so far" was said outright.
    no_obstacle: bool,
    /// Who says so.
    by: Said,
}

/// One TPS or region, with all that was reported of it
///
/// Texts of notes are not in the answer.
#[utoipa::path(
    get,
    path = "/api/v1/places/{code}",
    operation_id = "place",
    tag = "read",
    params(
        ("code" = String, Path, description = "Code of the place. The slash of a TPS is `%2F`; `/api/v1/places/62.06.13.2001/003` is answered, too."),
    ),
    responses(
        (status = 200, description = "The place.", body = PlaceAnswer),
        Unchanged,
        Problems,
    ),
)]
pub(crate) async fn place(State(desk): Desked, address: RawPathParams, asked: Asked) -> Response {
    let address = parts(&address);
    answer(desk, asked, move |ask, asked| make(ask, asked, &address)).await
}

fn make(ask: &Ask<'_>, asked: &Asked, address: &[String]) -> Result<PlaceAnswer, Refusal> {
    Query::read(asked, &[])?;
    let place = place_of(ask, address)?;
    if !ask.places.is_there(&place)? {
        return Err(Problem::new(problem::Code::PlaceNotFound).into());
    }
    let state = ask.places.state(&place)?;
    Ok(PlaceAnswer {
        as_of: AsOf::of(ask),
        place: Place::of(ask, &place, &state),
        tps: ask.places.reference().tps(&place).map(Tps::of),
        state: Reported::of(ask, &place, &state),
    })
}

impl Tps {
    fn of(tps: &TpsRecord) -> Self {
        Self {
            voters: tps.voters,
            male_voters: tps.male,
            access: word(tps.access.name(), tps.access.number()),
            signal: word(tps.signal.name(), tps.signal.number()),
            is_synthetic: tps.synthetic,
        }
    }
}

/// Whether the kit of a TPS is complete, as far as that is known.
pub(crate) fn is_complete(ask: &Ask<'_>, state: &PlaceState) -> Option<bool> {
    match (state.is_short(), state.is_complete(ask.places.reference())) {
        (true, _) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
    }
}

impl Reported {
    fn of(ask: &Ask<'_>, place: &Code, state: &PlaceState) -> Self {
        let reference = ask.places.reference();
        let voters = reference.tps(place).map(|tps| tps.voters);
        let is_tps = place.level() == Some(pantau_protocol::place::Level::Tps);
        let items = if is_tps { kit_lines(reference, place, state) } else { Vec::new() };
        let doubts = turnout_doubts(&state.turnout, voters);
        Self {
            reports: state.records,
            last_word: state.last_word.as_ref().map(|mark| Said::of(ask, mark)),
            readiness: Readiness::of(ask, state),
            items: items
                .into_iter()
                .map(|(item, expected, said)| Item::of(ask, item, expected, said))
                .collect(),
            is_kit_complete: is_complete(ask, state),
            arrival: state.arrival.as_ref().map(|arrival| Arrival {
                rest: word(arrival.rest.name(), arrival.rest.number()),
                bad_seals: Some(arrival.bad_seals).filter(|n| *n > 0),
                by: Said::of(ask, &arrival.mark),
            }),
            kit_at: state.kit_at.as_ref().map(|at| KitAt {
                at: Point {
                    kind: word(at.kind.name(), at.kind.number()),
                    place: at.place.to_string(),
                    label: None,
                },
                by: Said::of(ask, &at.mark),
            }),
            incidents: state.incidents.iter().map(|incident| Incident::of(ask, incident)).collect(),
            turnout: state
                .turnout
                .iter()
                .zip(doubts)
                .map(|(said, doubt)| Turnout::of(ask, said, doubt))
                .collect(),
            turnout_believed: turnout_believed(&state.turnout, voters).map(|said| said.said.voters),
            standby: state.standby.as_ref().map(|said| Standby {
                present: said.said.present,
                team: said.said.team,
                situation: word(said.said.situation.name(), said.said.situation.number()),
                no_obstacle: said.said.no_obstacle,
                by: Said::of(ask, &said.mark),
            }),
        }
    }
}

impl Readiness {
    fn of(ask: &Ask<'_>, state: &PlaceState) -> Self {
        let answers = state.answers.iter().map(|said| Answer {
            checklist: said.checklist,
            item: said.item.clone(),
            answer: word(said.answer.name(), said.answer.number()),
            by: Said::of(ask, &said.mark),
        });
        let way = state
            .way
            .as_ref()
            .map(|(way, mark)| Way { condition: word(way.name(), way.number()), by: Said::of(ask, mark) });
        let last_visit = state.last_visit.as_ref().map(|mark| Said::of(ask, mark));
        Self { visits: state.visits, last_visit, way, answers: answers.collect() }
    }
}

impl Item {
    fn of(ask: &Ask<'_>, number: u32, expected: Option<u32>, said: Option<&ItemState>) -> Self {
        let known = ask.places.reference().profile().and_then(|profile| profile.item(number));
        Self {
            item: number,
            name_id: known.map(|item| item.id.clone()),
            name_en: known.map(|item| item.en.clone()),
            expected,
            good: said.and_then(|said| said.good),
            damaged: said.and_then(|said| said.damaged),
            short: said.and_then(ItemState::short),
            checked: said.map(|said| word(said.checked.name(), said.checked.number())),
            counted_against: said.and_then(|said| said.meant),
            by: said.map(|said| Said::of(ask, &said.mark)),
        }
    }
}

impl Incident {
    fn of(ask: &Ask<'_>, incident: &IncidentState) -> Self {
        let progress = |state: &ProgressState| Progress {
            progress: word(state.progress.name(), state.progress.number()),
            by: Said::of(ask, &state.mark),
        };
        Self {
            category: word(incident.category.name(), incident.category.number()),
            severity: word(incident.severity.name(), incident.severity.number()),
            is_open: incident.is_open(),
            by: Said::of(ask, &incident.mark),
            progress: incident.progress.as_ref().map(progress),
        }
    }
}

impl Turnout {
    fn of(ask: &Ask<'_>, said: &projection::Said<TurnoutRecord>, doubt: Option<Doubt>) -> Self {
        Self {
            hour: said.said.hour,
            voters: said.said.voters,
            doubt: doubt.map(|doubt| match doubt {
                Doubt::OverBallots => "over_ballots",
                Doubt::Falls => "falls",
            }),
            by: Said::of(ask, &said.mark),
        }
    }
}
