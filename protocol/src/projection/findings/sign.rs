//! What a rule finds at one place.

use std::collections::{BTreeMap, BTreeSet};

use super::{FindingId, Rule, Severity, Version};
use crate::{
    body::{Point, Signal},
    hash::{Tagged, prefix},
    journal::{DeviceId, RecordId},
    place::Place,
    projection::Mark,
};

/// The one cause that signs at several places may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
pub enum About {
    /// A leg of a consignment, by the record first heard of it.
    #[n(0)]
    Leg(#[n(0)] RecordId),
    /// An item of a consignment.
    #[n(1)]
    LegItem(#[n(0)] RecordId, #[n(1)] u32),
    /// A place: a TPS, or the region whose places share the cause.
    #[n(2)]
    Place(#[n(0)] Place),
    /// An item at a place.
    #[n(3)]
    PlaceItem(#[n(0)] Place, #[n(1)] u32),
    /// One statement, through its corrections.
    #[n(4)]
    Record(#[n(0)] RecordId),
    /// A phone.
    #[n(5)]
    Device(#[n(0)] DeviceId),
}

/// The numbers of a finding's arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Number {
    /// Left.
    #[n(0)]
    Sent,
    /// Came.
    #[n(1)]
    Received,
    /// Nobody can account for.
    #[n(2)]
    Open,
    /// Came, and had not left.
    #[n(3)]
    Over,
    /// Came damaged.
    #[n(4)]
    Damaged,
    /// Did not come, or is lost.
    #[n(5)]
    Missing,
    /// Came broken.
    #[n(6)]
    Broken,
    /// Came under another number.
    #[n(7)]
    Other,
    /// The kit asks for.
    #[n(8)]
    Expected,
    /// The packing list has.
    #[n(9)]
    Packed,
    /// Came in good condition.
    #[n(10)]
    Good,
    /// Lacks.
    #[n(11)]
    Short,
    /// What the first of two officers counted.
    #[n(12)]
    First,
    /// What the second counted.
    #[n(13)]
    Second,
    /// Voters an hour before.
    #[n(14)]
    Before,
    /// Voters as told.
    #[n(15)]
    Voters,
    /// Voters on the list.
    #[n(16)]
    Registered,
    /// Ballots.
    #[n(17)]
    Ballots,
    /// What the TPS of a region need together.
    #[n(18)]
    Needed,
    /// What its warehouse counted.
    #[n(19)]
    Counted,
    /// Metres from the TPS.
    #[n(20)]
    Metres,
}

impl Number {
    /// The name used in exports and in scenario files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Open => "open",
            Self::Over => "over",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Broken => "broken",
            Self::Other => "other",
            Self::Expected => "expected",
            Self::Packed => "packed",
            Self::Good => "good",
            Self::Short => "short",
            Self::First => "first",
            Self::Second => "second",
            Self::Before => "before",
            Self::Voters => "voters",
            Self::Registered => "registered",
            Self::Ballots => "ballots",
            Self::Needed => "needed",
            Self::Counted => "counted",
            Self::Metres => "metres",
        }
    }
}

/// What a sentence needs besides the numbers. What a rule does not speak of is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Detail {
    /// Where it left.
    #[n(0)]
    pub from: Option<Point>,
    /// Where it was to go.
    #[n(1)]
    pub to: Option<Point>,
    /// Where it came, or where it is.
    #[n(2)]
    pub arrived: Option<Point>,
    /// The giver's word, or the first of two.
    #[n(3)]
    pub given: Option<Mark>,
    /// The receiver's word, the second of two, or the only one.
    #[n(4)]
    pub taken: Option<Mark>,
    /// Items of the kit, or of the checklist, by number.
    #[n(5)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub items: Vec<u32>,
    /// Code of an item of a checklist.
    #[n(6)]
    pub code: Option<String>,
    /// Seals that it is about, as they were written.
    #[n(7)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub seals: Vec<String>,
    /// Seals in their stead.
    #[n(8)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// When it should have been there, unix seconds.
    #[n(9)]
    pub due: Option<i64>,
    /// The time that a clock claimed, unix seconds.
    #[n(10)]
    pub claim: Option<i64>,
    /// Hour of turnout, local.
    #[n(11)]
    pub hour: Option<u32>,
    /// Signal as the list has it.
    #[n(12)]
    pub listed: Option<Signal>,
}

/// Whether a sign is open, and if not, why.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, minicbor::Encode, minicbor::Decode,
)]
pub enum Status {
    /// Its cause is there.
    #[default]
    #[n(0)]
    Open,
    /// The desk closed it, on the evidence of now.
    #[n(1)]
    Ruled {
        /// The ruling.
        #[n(0)]
        by: RecordId,
    },
    /// Its cause is gone.
    #[n(2)]
    Cured {
        /// The record that cured it.
        #[n(0)]
        by: RecordId,
    },
}

/// What a rule finds at one place, or of one phone: the share of the place in a finding.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Sign {
    /// The rule.
    #[n(0)]
    pub rule: Rule,
    /// The cause.
    #[n(1)]
    pub about: About,
    /// The place; absent where it is about a phone alone.
    #[n(2)]
    pub place: Option<Place>,
    /// The phone it is about.
    #[n(3)]
    pub device: Option<DeviceId>,
    /// How grave it is.
    #[n(4)]
    pub severity: Severity,
    /// The records behind it.
    #[n(5)]
    pub records: BTreeSet<RecordId>,
    /// Its arithmetic.
    #[n(6)]
    pub numbers: BTreeMap<Number, i64>,
    /// Who had the missing thing last.
    #[n(7)]
    pub last_hands: Option<Mark>,
    /// What its sentence needs besides.
    #[n(8)]
    pub detail: Detail,
    /// Whether it is open.
    #[n(9)]
    pub status: Status,
}

impl Sign {
    /// A sign of a cause, without records or numbers yet.
    pub(super) fn new(rule: Rule, about: About, severity: Severity) -> Self {
        Self {
            rule,
            about,
            place: None,
            device: None,
            severity,
            records: BTreeSet::new(),
            numbers: BTreeMap::new(),
            last_hands: None,
            detail: Detail::default(),
            status: Status::Open,
        }
    }

    /// The same with these records.
    pub(super) fn with(mut self, records: impl IntoIterator<Item = RecordId>) -> Self {
        self.records.extend(records);
        self
    }

    /// The same with a number.
    pub(super) fn number(mut self, name: Number, number: impl Into<i64>) -> Self {
        self.numbers.insert(name, number.into());
        self
    }

    /// The same in the hands of somebody.
    pub(super) fn hands(mut self, hands: Option<Mark>) -> Self {
        self.last_hands = hands;
        self
    }

    /// The finding that it is a share of.
    pub fn finding(&self) -> FindingId {
        let mut h = Tagged::new("pantau/1/finding");
        h.part(&self.rule.number().to_be_bytes()).part(&crate::cbor::to_vec(&self.about));
        FindingId(prefix(&h.finish()))
    }

    /// The evidence: the place, the records and the numbers. What was decided on other evidence does not hold.
    pub fn version(&self) -> Version {
        let mut h = Tagged::new("pantau/1/evidence");
        h.part(&self.finding().0).part(self.place.as_ref().map_or(&[], |p| p.as_str().as_bytes()));
        for record in &self.records {
            h.part(record.0.as_bytes());
        }
        for (name, number) in &self.numbers {
            h.part(name.name().as_bytes()).part(&number.to_be_bytes());
        }
        Version(prefix(&h.finish()))
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }
}
