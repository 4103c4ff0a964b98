//! The custody line of a kit: warehouse, PPK, PPS, TPS and back, one leg for each hop, with the giver's word, the
//! receiver's word or neither, and a balance that knows what nobody counted. A pure function of the records about the
//! kit; their order does not matter.

mod balance;
pub(super) mod flow;
pub(super) mod hops;
mod verdict;

use super::{
    Fact, Reference,
    cx::{Cx, Mark},
    judge,
};
use crate::{
    body::{Acceptance, Point},
    journal::RecordId,
    place::Place,
};

use hops::Hop;

pub(super) use balance::plain as plain_seal;
pub use balance::{Boxes, LegItem, Seals};
pub use flow::{Flow, Kits, Stand, Stop, Underway};
pub use verdict::DeadlineVerdict;

/// The custody line of the kit of one TPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custody {
    /// Oldest first.
    pub legs: Vec<Leg>,
    /// Where the kit is, as far as anybody said.
    pub at: Whereabouts,
    /// By which record, and so in whose hands, it was last.
    pub last_hands: Mark,
    /// Whether it was in time.
    pub in_time: DeadlineVerdict,
}

/// Where a kit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// Received at a point.
    At(Point),
    /// Handed over, and not received yet.
    OnTheWay {
        /// Where it left.
        from: Point,
        /// Where it goes.
        to: Point,
        /// The record by which it left.
        since: Mark,
    },
}

/// The receiver's answer as the giver was shown or told it, with no server between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The giver's word for it.
    pub mark: Mark,
    /// How the receiver took it.
    pub acceptance: Acceptance,
    /// The receiver's record, which may not have come yet; absent where the answer was told as a code.
    pub receive: Option<RecordId>,
    /// The receiver's officer number, as the answer says; of a code its lowest 14 bits.
    pub officer: Option<u32>,
}

/// One hop of a kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Where it left; absent where only a receiver spoke.
    pub from: Option<Point>,
    /// Where it was to go; where it came, where only a receiver spoke.
    pub to: Point,
    /// The latest word of a giver.
    pub given: Option<Mark>,
    /// The latest word of a receiver at the end of the leg.
    pub taken: Option<Mark>,
    /// The latest word from on the way, such as a landing.
    pub passed: Option<Mark>,
    /// The latest answer that the giver was shown or told. It counts nothing by itself: what came is the receiver's
    /// own word, which may still lie on his phone.
    pub handed: Option<Handed>,
    /// Where it was received, which may be elsewhere than `to`.
    pub arrived: Option<Point>,
    /// When it should have been there, unix seconds, as the giver said.
    pub due: Option<i64>,
    /// All records behind it, by id.
    pub records: Vec<RecordId>,
    /// Containers.
    pub boxes: Boxes,
    /// Seals; absent where nobody said which there are.
    pub seals: Seals,
    /// Contents, by item, where somebody counted.
    pub items: Vec<LegItem>,
}

/// The custody line of the kit of `place`, a TPS, from the facts that carry its key; `None` where nobody spoke of the
/// kit. Pure: order and repetition of `facts` do not matter.
pub fn custody<'a>(
    place: &Place,
    facts: impl IntoIterator<Item = &'a Fact>,
    reference: &Reference,
) -> Option<Custody> {
    let standing = judge::standing(facts, reference);
    let cx = Cx::new(place, &standing, reference);
    of(&cx, &hops::of(&cx))
}

/// The custody line that the hops of a kit make.
pub(super) fn of(cx: &Cx<'_>, hops: &[Hop<'_>]) -> Option<Custody> {
    let last = hops.last()?;
    let (given, taken, passed) = (last.giver(), last.receiver(), last.on_the_way());
    let at = match (taken, passed, given, &last.from) {
        (Some((fact, receive)), ..) | (None, Some((fact, receive)), ..) => {
            Whereabouts::At(hops::point(fact, receive))
        }
        (None, None, Some((fact, _)), Some(from)) => {
            Whereabouts::OnTheWay { from: from.clone(), to: last.to.clone(), since: cx.mark(fact) }
        }
        _ => Whereabouts::At(last.to.clone()),
    };
    let hands = taken.or(passed).map(|(f, _)| f).or(given.map(|(f, _)| f));
    let last_hands = cx.mark(hands?);
    let in_time = verdict::verdict(cx, hops);
    Some(Custody { legs: hops.iter().map(|hop| leg(cx, hop)).collect(), at, last_hands, in_time })
}

/// One hop with its balance.
pub(super) fn leg(cx: &Cx<'_>, hop: &Hop<'_>) -> Leg {
    let mark = |fact: Option<&Fact>| fact.map(|f| cx.mark(f));
    let words = balance::counting(cx, hop);
    Leg {
        from: hop.from.clone(),
        to: hop.to.clone(),
        given: mark(hop.giver().map(|(f, _)| f)),
        taken: mark(hop.receiver().map(|(f, _)| f)),
        passed: mark(hop.on_the_way().map(|(f, _)| f)),
        handed: hop.handover().map(|(f, h)| Handed {
            mark: cx.mark(f),
            acceptance: h.acceptance,
            receive: h.receive,
            officer: h.officer,
        }),
        arrived: hop.receiver().map(|(f, r)| hops::point(f, r)),
        due: hop.giver().and_then(|(_, d)| d.due),
        records: hop.records(),
        boxes: balance::boxes(cx, hop, &words),
        seals: balance::seals(cx, hop, &words),
        items: balance::items(cx, hop, &words),
    }
}
