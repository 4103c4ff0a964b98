//! The custody line of a kit, what was packed into it, and the card in words. From the core's, field by field and
//! without `..`, as in [`crate::state`].

use std::time::SystemTime;

use pantau_core as core;
use pantau_protocol::{body, journal::RecordId, projection};

use crate::{
    goods::Point,
    state::{Mark, time},
};

/// A word about a kit, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KitWord {
    /// The record, its officer and phone, and since when.
    pub mark: Mark,
    /// Name of the officer, if known here and not erased.
    pub name: Option<String>,
}

/// Where a kit is, as far as anybody said.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Whereabouts {
    /// Received at a point.
    At {
        /// The point.
        point: Point,
    },
    /// Handed over, and not received yet.
    OnTheWay {
        /// Where it left.
        from: Point,
        /// Where it goes.
        to: Point,
        /// The word by which it left.
        since: Mark,
    },
}

/// Whether a kit was where it must be by the end of the day before election day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DeadlineVerdict {
    /// It was, whatever the clocks said.
    Before,
    /// It was not, whatever the clocks said.
    After,
    /// Nobody spoke of it, or the clocks leave it open.
    Undetermined,
}

/// Containers of one leg; what nobody counted is absent, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct LegContainers {
    /// That left.
    pub sent: Option<u32>,
    /// That came, damaged ones included.
    pub received: Option<u32>,
    /// Damaged or wet among them.
    pub damaged: Option<u32>,
    /// Missing, as the receiver says.
    pub missing: Option<u32>,
    /// That left and did not come.
    pub open: Option<u32>,
    /// That came and had not left.
    pub over: Option<u32>,
}

/// Seals of one leg by their printed numbers; a list is absent where nobody looked, or wrote them down.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LegSeals {
    /// On what left.
    pub sent: Option<Vec<String>>,
    /// Found whole.
    pub intact: Option<Vec<String>>,
    /// Found broken.
    pub broken: Option<Vec<String>>,
    /// Said to be missing.
    pub missing: Option<Vec<String>>,
    /// Found, and not among those that left.
    pub other: Option<Vec<String>>,
}

/// One item of one leg, in pieces; what nobody counted is absent, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct LegItem {
    /// Item number of the profile.
    pub item: u32,
    /// That left.
    pub sent: Option<u32>,
    /// That came in good condition.
    pub good: Option<u32>,
    /// That came damaged.
    pub damaged: Option<u32>,
    /// Missing, as the receiver says.
    pub missing: Option<u32>,
    /// That left and did not come.
    pub open: Option<u32>,
    /// That came and had not left.
    pub over: Option<u32>,
}

/// One hop of a kit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Leg {
    /// Where it left; absent where only a receiver spoke.
    pub from: Option<Point>,
    /// Where it was to go; where it came, where only a receiver spoke.
    pub to: Point,
    /// The latest word of a giver.
    pub given: Option<KitWord>,
    /// The latest word of a receiver at the end of the leg.
    pub taken: Option<KitWord>,
    /// The latest word from on the way, such as a landing.
    pub passed: Option<KitWord>,
    /// Where it was received, which may be elsewhere than `to`.
    pub arrived: Option<Point>,
    /// When it should have been there, as the giver said.
    pub due: Option<SystemTime>,
    /// Ids of all records behind it.
    pub records: Vec<String>,
    /// Containers.
    pub containers: LegContainers,
    /// Seals.
    pub seals: LegSeals,
    /// Contents, by item, where somebody counted.
    pub items: Vec<LegItem>,
    /// The giver's record of the answer that the receiver signed on his phone, which may itself still be offline.
    pub handed: Option<KitWord>,
}

/// The custody line of the kit of one TPS.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CustodyLine {
    /// Oldest first.
    pub legs: Vec<Leg>,
    /// Where the kit is.
    pub at: Whereabouts,
    /// In whose hands it was last, on which phone, since when and by which record.
    pub last_hands: KitWord,
    /// Whether it was in time.
    pub in_time: DeadlineVerdict,
}

impl CustodyLine {
    /// From the core's; `name` knows the names of the officers behind the records of the card.
    pub(crate) fn new(line: projection::Custody, name: &dyn Fn(&RecordId) -> Option<String>) -> Self {
        let projection::Custody { legs, at, last_hands, in_time } = line;
        let word = |mark: projection::Mark| KitWord { name: name(&mark.record), mark: mark.into() };
        Self {
            legs: legs.into_iter().map(|l| leg(l, &word)).collect(),
            at: match at {
                projection::Whereabouts::At(point) => Whereabouts::At { point: point.into() },
                projection::Whereabouts::OnTheWay { from, to, since } => {
                    Whereabouts::OnTheWay { from: from.into(), to: to.into(), since: since.into() }
                }
            },
            last_hands: word(last_hands),
            in_time: match in_time {
                projection::DeadlineVerdict::Before => DeadlineVerdict::Before,
                projection::DeadlineVerdict::After => DeadlineVerdict::After,
                projection::DeadlineVerdict::Undetermined => DeadlineVerdict::Undetermined,
            },
        }
    }
}

fn leg(leg: projection::Leg, word: &dyn Fn(projection::Mark) -> KitWord) -> Leg {
    let projection::Leg {
        from,
        to,
        given,
        taken,
        passed,
        arrived,
        due,
        records,
        boxes,
        seals,
        items,
        handed,
    } = leg;
    Leg {
        from: from.map(Into::into),
        to: to.into(),
        given: given.map(word),
        taken: taken.map(word),
        passed: passed.map(word),
        arrived: arrived.map(Into::into),
        due: due.map(time),
        records: records.iter().map(ToString::to_string).collect(),
        containers: boxes.into(),
        seals: seals.into(),
        items: items.into_iter().map(Into::into).collect(),
        handed: handed.map(|handed| word(handed.mark)),
    }
}

impl From<projection::Boxes> for LegContainers {
    fn from(b: projection::Boxes) -> Self {
        let (open, over) = (b.open(), b.over());
        let projection::Boxes { sent, received, damaged, missing } = b;
        Self { sent, received, damaged, missing, open, over }
    }
}

impl From<projection::Seals> for LegSeals {
    fn from(projection::Seals { sent, intact, broken, missing, other }: projection::Seals) -> Self {
        Self { sent, intact, broken, missing, other }
    }
}

impl From<projection::LegItem> for LegItem {
    fn from(i: projection::LegItem) -> Self {
        let (open, over) = (i.open(), i.over());
        let projection::LegItem { item, sent, good, damaged, missing } = i;
        Self { item, sent, good, damaged, missing, open, over }
    }
}

/// What was packed into the kit of one TPS, as the desk's list has it: what a dispatch "as packed" says.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Packing {
    /// Containers.
    pub containers: u32,
    /// Printed numbers of the seals on them.
    pub seals: Vec<String>,
    /// Contents; an item without a line was not counted at packing.
    pub lines: Vec<PackedItem>,
}

/// Pieces of one item that were packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct PackedItem {
    /// Item number of the profile.
    pub item: u32,
    /// Pieces.
    pub pieces: u32,
}

impl From<body::Packing> for Packing {
    fn from(body::Packing { containers, seals, lines }: body::Packing) -> Self {
        let line = |body::PackedItem { item, pieces }| PackedItem { item, pieces };
        Self { containers, seals, lines: lines.into_iter().map(line).collect() }
    }
}

/// What becomes of a record at a place.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Judged {
    /// It counts.
    Counts,
    /// Another record supersedes it: a correction or a retraction.
    Superseded {
        /// Id of the other record.
        by: String,
    },
    /// It repeats a record that is here and stands for both.
    Copy {
        /// Id of the record it repeats.
        of: String,
    },
    /// Its phone was revoked, or follows one that was.
    Untrusted,
    /// It is about another election than the one in force.
    OtherElection,
    /// A correction that says what only the desk may say.
    NotAllowed,
    /// The server set it aside, or this version cannot read it.
    Quarantined,
    /// The server has not confirmed it in its present epoch.
    Unconfirmed,
}

impl From<Option<projection::Judged>> for Judged {
    fn from(judged: Option<projection::Judged>) -> Self {
        let Some(judged) = judged else { return Self::Unconfirmed };
        match judged {
            projection::Judged::Counts => Self::Counts,
            projection::Judged::Superseded { by } => Self::Superseded { by: by.to_string() },
            projection::Judged::Copy { of } => Self::Copy { of: of.to_string() },
            projection::Judged::Untrusted(_) => Self::Untrusted,
            projection::Judged::OtherElection => Self::OtherElection,
            projection::Judged::NotAllowed => Self::NotAllowed,
            projection::Judged::Quarantined => Self::Quarantined,
        }
    }
}

/// A card in words, each text one line fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardWords {
    /// Where the kit is, who had it last, whether it was in time, and its legs. Empty where nobody spoke of the kit.
    pub custody: Vec<String>,
    /// Where the words of two officers differ: who said what, and when.
    pub differences: Vec<String>,
    /// Why records of the timeline do not count, in its order; those that count are not among them.
    pub not_counted: Vec<RecordWords>,
}

/// A text about one record.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RecordWords {
    /// Id of the record.
    pub record: String,
    /// The text.
    pub text: String,
}

impl From<core::CardWords> for CardWords {
    fn from(core::CardWords { custody, differences, not_counted }: core::CardWords) -> Self {
        let text = |core::RecordWords { record, text }| RecordWords { record: record.to_string(), text };
        Self { custody, differences, not_counted: not_counted.into_iter().map(text).collect() }
    }
}
