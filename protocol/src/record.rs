//! The record: one statement by one officer on one device, immutable.

use std::borrow::Cow;

use crate::{
    body::{Body, Kind},
    cbor::{self, NotCanonical, Raw},
    election::Election,
    journal::RecordId,
    limit,
    place::Place,
    time::Anchor,
};

crate::int_enum!(
    /// What a statement rests on. Numbers ascend from the best basis to the weakest.
    Basis {
        /// The author saw it.
        Seen = 1,
        /// The author read it in a document.
        Document = 2,
        /// The author was told in person.
        ToldInPerson = 3,
        /// The author was told by phone.
        ToldByPhone = 4,
        /// The author was told by radio.
        ToldByRadio = 5,
        /// The author was told on paper.
        ToldOnPaper = 6,
        /// The author was told in a message, such as those of a messenger.
        ToldByMessage = 7,
    }
);

impl Basis {
    /// Whether somebody else is the source: the informant is then a note.
    pub fn is_told(self) -> bool {
        match self {
            Self::ToldInPerson
            | Self::ToldByPhone
            | Self::ToldByRadio
            | Self::ToldOnPaper
            | Self::ToldByMessage => true,
            Self::Seen | Self::Document | Self::Other(_) => false,
        }
    }
}

/// A position, as the phone claims it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Fix {
    /// Latitude in 1e-5 degrees.
    #[n(0)]
    pub lat: i32,
    /// Longitude in 1e-5 degrees.
    #[n(1)]
    pub lon: i32,
    /// Accuracy in metres.
    #[n(2)]
    pub accuracy: u32,
    /// The platform says the position is made up.
    #[n(3)]
    #[cbor(default, skip_if = "std::ops::Not::not")]
    pub mock: bool,
}

impl Fix {
    /// Whether it can be a position at all: on the globe, not at the zeros of a receiver that has none yet, and
    /// accurate to [`crate::limit::ACCURACY_M`].
    pub fn is_possible(&self) -> bool {
        self.lat.unsigned_abs() <= 9_000_000
            && self.lon.unsigned_abs() <= 18_000_000
            && (self.lat, self.lon) != (0, 0)
            && self.accuracy <= limit::ACCURACY_M
    }

    /// Metres on the globe to a position in 1e-5 degrees, by the law of haversines on a sphere of 6,371 km. At most half
    /// the globe, 20,015,087.
    pub fn metres_to(&self, lat: i32, lon: i32) -> f64 {
        let rad = |e5: i32| (f64::from(e5) / 1e5).to_radians();
        let (dlat, dlon) = (rad(self.lat) - rad(lat), rad(self.lon) - rad(lon));
        let h =
            (dlat / 2.0).sin().powi(2) + rad(lat).cos() * rad(self.lat).cos() * (dlon / 2.0).sin().powi(2);
        2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
    }
}

/// One statement. Its canonical CBOR is the payload: written once, never decoded and encoded again.
#[derive(Debug, Clone, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Record {
    /// Claimed wall clock, unix seconds.
    #[n(0)]
    pub at: i64,
    /// The place it is about.
    #[n(1)]
    pub place: Place,
    /// What it rests on.
    #[n(2)]
    #[cbor(default, skip_if = "Basis::is_seen")]
    pub basis: Basis,
    /// Where the author was.
    #[n(3)]
    pub fix: Option<Fix>,
    /// Kind of the body.
    #[n(4)]
    pub kind: Kind,
    /// The body, as it was written.
    #[n(5)]
    pub body: Raw,
    /// Newest anchor of the server, only when it changed since the record before.
    #[n(6)]
    pub anchor: Option<Anchor>,
    /// The record this repeats, where an old key is gone (docs/PROTOCOL.md#record); the fold ignores a copy whose
    /// original is in the set.
    #[n(7)]
    pub copy_of: Option<RecordId>,
    // Key 8 stays free: a vector has it as one that nobody knows.
    /// The election it is about; absent where its author knew of none: then the one in force at the time.
    #[n(9)]
    pub election: Option<Election>,
    /// The plan that a relative statement, such as "all as expected", was made against.
    #[n(10)]
    pub against: Option<Against>,
    /// Of a told report: who told it and when.
    #[n(11)]
    pub told: Option<ToldBy>,
}

/// Who told something, and when: the report itself says for when it holds. The name is the note `Informant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ToldBy {
    /// The officer who told it; absent for somebody who is none.
    #[n(0)]
    pub officer: Option<u32>,
    /// When it was told, such as the time of the call, unix seconds.
    #[n(1)]
    pub at: i64,
}

/// The plan that a relative statement was made against: what somebody counted stays what he counted when a list is
/// corrected afterwards.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Against {
    /// Version of the election's profile.
    #[n(0)]
    pub profile: u32,
    /// Registered voters of the TPS of each kit, in the order of the kits; of the record's place where none is
    /// named.
    #[n(1)]
    pub voters: Vec<u32>,
}

#[expect(clippy::derivable_impls, reason = "the enumeration comes from a macro")]
impl Default for Basis {
    fn default() -> Self {
        Self::Seen
    }
}

impl Basis {
    fn is_seen(&self) -> bool {
        *self == Self::Seen
    }
}

/// Why bytes are no payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPayload {
    /// Longer than [`limit::PAYLOAD_BYTES`].
    #[error("payload of {0} bytes is over the limit")]
    TooLong(usize),
    /// Not canonical CBOR.
    #[error("payload is not canonical: {0}")]
    Canonical(#[from] NotCanonical),
    /// Canonical, but no record.
    #[error("payload is not a record: {0}")]
    Shape(String),
}

/// What a body states: the new body that a `Correct` carries, or else itself.
///
/// # Errors
/// A `Correct` whose new body cannot be read.
pub fn statement(body: &Body) -> Result<Cow<'_, Body>, BadPayload> {
    let Body::Correct(correct) = body else { return Ok(Cow::Borrowed(body)) };
    let new = Body::decode(correct.kind, &correct.body);
    new.map(Cow::Owned).map_err(|e| BadPayload::Shape(e.to_string()))
}

impl Record {
    /// A record of `body` about `place`, seen by its author, without position.
    pub fn new(at: i64, place: Place, body: &Body) -> Self {
        Self {
            at,
            place,
            basis: Basis::Seen,
            fix: None,
            kind: body.kind(),
            body: body.encode(),
            anchor: None,
            copy_of: None,
            election: None,
            against: None,
            told: None,
        }
    }

    /// The payload bytes.
    pub fn to_payload(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// Reads a payload: limit, canonical form and shape; the body stays raw.
    pub fn from_payload(bytes: &[u8]) -> Result<Self, BadPayload> {
        if bytes.len() > limit::PAYLOAD_BYTES {
            return Err(BadPayload::TooLong(bytes.len()));
        }
        cbor::check(bytes)?;
        cbor::from_slice(bytes).map_err(|e| BadPayload::Shape(e.to_string()))
    }

    /// The body. For a `Correct` this is the `Correct` itself, see [`Record::statement`].
    pub fn decode_body(&self) -> Result<Body, BadPayload> {
        Body::decode(self.kind, &self.body).map_err(|e| BadPayload::Shape(e.to_string()))
    }

    /// What the record states: its body, or the new body a `Correct` carries.
    pub fn statement(&self) -> Result<Body, BadPayload> {
        Ok(statement(&self.decode_body()?)?.into_owned())
    }

    /// Whether whoever sees a region sees this from below, too: what the desk says to a region, and what it
    /// corrects or takes back of that, concerns everyone inside. A pure function of the payload.
    pub fn is_from_above(&self) -> bool {
        let about = match (self.kind, self.decode_body()) {
            (Kind::Correct, Ok(Body::Correct(c))) => Some(c.kind),
            (Kind::Retract, Ok(Body::Retract(r))) => r.kind,
            (Kind::Correct | Kind::Retract, _) => None,
            (kind, _) => Some(kind),
        };
        about.is_some_and(Kind::is_from_above)
    }

    /// The place keys: a pure function of the payload; who may see one of them may see the record.
    /// Bodies that cannot be read have the record's place alone; of too many the record's place stays.
    pub fn place_keys(&self) -> Vec<Place> {
        let mut keys = Vec::new();
        if self.kind.names_places()
            && let Ok(body) = self.decode_body()
        {
            keys.extend(body.places().into_iter().cloned());
            if let Ok(Cow::Owned(statement)) = statement(&body) {
                keys.extend(statement.places().into_iter().cloned());
            }
        }
        keys.retain(|k| *k != self.place);
        keys.sort();
        keys.dedup();
        keys.truncate(limit::PLACE_KEYS - 1);
        let at = keys.partition_point(|k| *k < self.place);
        keys.insert(at, self.place.clone());
        keys
    }
}
