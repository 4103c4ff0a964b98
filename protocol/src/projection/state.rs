//! The state of one place, and the pure function that makes it. Each topic has a file: its part of the state,
//! how it is folded, and what it adds to a region's numbers.

use super::{
    Fact, Heard, Reference,
    cx::{Cx, Mark, Said},
    directives::{self, DirectiveState},
    incidents::{self, IncidentState},
    logistics::{self, Arrival, ItemState, KitAt},
    progress::Updates,
    standby, turnout,
    visits::{self, AnswerState},
    words,
};
use crate::{
    body::{Standby, Turnout, Way},
    place::Place,
};

/// All that is known of one place. Lists are in a fixed order, so equal states are equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PlaceState {
    /// Visits that stand; a corrected visit counts once.
    #[n(0)]
    pub visits: u32,
    /// The latest visit.
    #[n(1)]
    pub last_visit: Option<Mark>,
    /// Latest answer per checklist item.
    #[n(2)]
    pub answers: Vec<AnswerState>,
    /// Condition of the way, as the latest visit that told it.
    #[n(3)]
    pub way: Option<(Way, Mark)>,
    /// Kit items somebody spoke of.
    #[n(4)]
    pub items: Vec<ItemState>,
    /// The latest arrival at the TPS itself.
    #[n(5)]
    pub arrival: Option<Arrival>,
    /// Where the kit was last received.
    #[n(6)]
    pub kit_at: Option<KitAt>,
    /// Incidents, by id of their first report.
    #[n(7)]
    pub incidents: Vec<IncidentState>,
    /// Turnout, by hour.
    #[n(8)]
    pub turnout: Vec<Said<Turnout>>,
    /// Latest roll call.
    #[n(9)]
    pub standby: Option<Said<Standby>>,
    /// Directives about this place, by id of their first wording.
    #[n(10)]
    pub directives: Vec<DirectiveState>,
    /// Standing words about this place: neither reference data nor orders of the desk nor retractions.
    #[n(11)]
    pub records: u32,
    /// The latest of them.
    #[n(12)]
    pub last_word: Option<Mark>,
}

impl PlaceState {
    /// Whether nothing was said of this place.
    pub fn is_silent(&self) -> bool {
        self.records == 0
    }
}

/// Makes the state of `place` from the facts that carry its key. Pure: order and repetition of `facts`
/// do not matter.
pub fn place_state<'a>(
    place: &Place,
    facts: impl IntoIterator<Item = &'a Fact>,
    reference: &Reference,
) -> PlaceState {
    Heard::new(place, facts, reference).into_state()
}

pub(super) fn at(cx: &Cx<'_>) -> PlaceState {
    let updates = Updates::of(cx.standing);
    let (visits, goods, words) = (visits::at(cx), logistics::at(cx), words::at(cx));
    PlaceState {
        visits: visits.count,
        last_visit: visits.last,
        answers: visits.answers,
        way: visits.way,
        items: goods.items,
        arrival: goods.arrival,
        kit_at: goods.kit_at,
        incidents: incidents::at(cx, &updates),
        turnout: turnout::at(cx),
        standby: standby::at(cx),
        directives: directives::at(cx, &updates),
        records: words.count,
        last_word: words.last,
    }
}
