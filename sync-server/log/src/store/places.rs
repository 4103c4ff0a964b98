//! What a projector keeps: the state of each place, the sums of each region and the lists that pages need, all
//! derived from the log and kept with the position up to which they speak.
//!
//! Everything belongs to a *generation*. A new one is built beside the one that pages read, then takes its place.

use std::ops::Range;

use pantau_protocol::{place::Place, receipt::Epoch};

use super::Stored;

/// What a generation is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is being built; pages do not read it.
    Building,
    /// Pages read it.
    Serving,
    /// It was replaced and is being deleted.
    Dropped,
}

/// One generation of the projection, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// Its number; a later one is greater.
    pub generation: u64,
    /// Version of the projector that made it.
    pub version: u32,
    /// What it is there for.
    pub status: Status,
    /// It speaks of the log up to this position.
    pub position: u64,
    /// Server time of the row at that position, unix seconds; 0 for an empty log.
    pub received_at: i64,
    /// Epoch of the log then.
    pub epoch: Epoch,
    /// While all places are folded again: the last place, by code, that was; an empty text before the first. The
    /// places behind it are not folded yet, or with earlier reference data. `None` if there are none.
    pub after: Option<String>,
    /// Places folded since that began; afterwards, one more for each step in which time alone changed something, so
    /// that no two answers of one position and this number differ.
    pub folded: u64,
    /// The latest moment at which a place was looked at, unix seconds; 0 before the first.
    pub looked_at: i64,
}

/// Lists that pages show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Open incidents.
    Incidents,
    /// Directives that stand.
    Directives,
    /// Records that do not count for want of trust.
    Uncounted,
    /// What the rules of the findings find at a place.
    Signs,
    /// Places where time alone may change what is found, by when.
    Due,
    /// Goods that were given away and not received yet, those due first before the others.
    Underway,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which list.
    pub list: List,
    /// Where it stands in the list: bytes in ascending order, unique within list and place.
    pub key: Vec<u8>,
    /// What it says, as the projector encodes it.
    pub item: Vec<u8>,
}

/// All that follows from the facts of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedPlace {
    /// The place.
    pub place: Place,
    /// Its state, canonical CBOR; `None` where nothing counts that was said of it.
    pub state: Option<Vec<u8>>,
    /// Its entries in lists.
    pub listed: Vec<Listed>,
    /// Officers with a visit to it that stands.
    pub visitors: Vec<u32>,
    /// What the projector keeps for the next time it folds the place, as it encodes it.
    pub memory: Option<Vec<u8>>,
}

/// Reading the projection.
pub trait PlacesView {
    /// All generations, by number.
    fn projections(&self) -> Stored<Vec<Projection>>;

    /// The state of a place; `None` for one of which nothing is said that counts.
    fn state(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>>;

    /// What the projector kept for the next time it folds a place.
    fn memory(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>>;

    /// Places with a state and their states, by code, after one, at most `limit`.
    fn states_after(&self, generation: u64, after: &str, limit: usize) -> Stored<Vec<(Place, Vec<u8>)>>;

    /// The sums of a place, as the projector encodes them.
    fn rollup(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>>;

    /// The sums of all places, by code.
    fn rollups(&self, generation: u64) -> Stored<Vec<(Place, Vec<u8>)>>;

    /// Entries of a list in order, at most `limit`; with `within`, only those of that place and what lies in it.
    fn listed(
        &self,
        generation: u64,
        list: List,
        within: Option<&Place>,
        limit: usize,
    ) -> Stored<Vec<(Place, Listed)>>;

    /// How many entries there are in all, or of those with a key below `end`.
    fn listed_count(
        &self,
        generation: u64,
        list: List,
        within: Option<&Place>,
        end: Option<&[u8]>,
    ) -> Stored<u64>;

    /// How many different bytes stand at `part` of the keys below `end` of a list. Reads no items.
    fn listed_distinct(&self, generation: u64, list: List, end: &[u8], part: Range<usize>) -> Stored<u64>;

    /// How many places within `within` each officer visited, by officer.
    fn visited(&self, generation: u64, within: &Place) -> Stored<Vec<(u32, u64)>>;
}

/// Writing the projection.
pub trait PlacesTx: PlacesView {
    /// Creates a generation or moves it on.
    fn put_projection(&mut self, projection: &Projection) -> Stored<()>;

    /// Keeps a place in place of what was kept of it before, its entries and visitors included.
    fn put_place(&mut self, generation: u64, folded: &FoldedPlace) -> Stored<()>;

    /// Keeps the sums of a place, or deletes them.
    fn put_rollup(&mut self, generation: u64, place: &Place, sums: Option<&[u8]>) -> Stored<()>;

    /// Deletes what a generation holds, at most `limit` rows of each table; once nothing is left, the generation
    /// itself. Says whether that is so.
    fn drop_projection(&mut self, generation: u64, limit: usize) -> Stored<bool>;
}

impl Status {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Building => 0,
            Self::Serving => 1,
            Self::Dropped => 2,
        }
    }

    pub(super) fn from_number(n: i64) -> Option<Self> {
        [Self::Building, Self::Serving, Self::Dropped].into_iter().find(|s| s.number() == n)
    }
}

impl List {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Incidents => 1,
            Self::Directives => 2,
            Self::Uncounted => 3,
            Self::Signs => 4,
            Self::Due => 5,
            Self::Underway => 6,
        }
    }
}
