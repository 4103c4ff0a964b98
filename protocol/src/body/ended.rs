//! Places that are no more.

use crate::place::Place;

/// A region or TPS that is no more: closed, moved to another code or merged into another place. What was said of it
/// stays and is shown; what counts places leaves it out.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Ended {
    /// The place that took its part, if there is one: of the same level.
    #[n(0)]
    pub successor: Option<Place>,
}
