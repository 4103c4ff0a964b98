//! What the giver of goods was shown or told of the receiver's answer, with no server between them. It names the
//! dispatch and the receiver's record, as that record names the dispatch; by itself it counts no goods.

use super::{Content, Dispatch, LineState, Receive, Rest, SealState};
use crate::{
    journal::{DeviceId, RecordId},
    limit,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, fail},
};

/// Symbols of a spoken code, and so the bits it can have.
const CODE_BITS: u32 = 60;

crate::int_enum!(
    /// How a receiver took what was sent.
    Acceptance {
        /// All of it, as it was sent.
        AsSent = 1,
        /// With exceptions: something is short, over, damaged, or sealed otherwise. His record says what.
        WithExceptions = 2,
        /// Taken over, and not looked at.
        NotChecked = 3,
    }
);

impl Acceptance {
    /// How a receipt takes a dispatch. What neither of them counted is no exception.
    pub fn of(dispatch: &Dispatch, receive: &Receive) -> Self {
        if has_exception(dispatch, receive) {
            return Self::WithExceptions;
        }
        let looked_at = |item, kit| {
            receive.lines.iter().any(|l| (l.item, l.kit) == (item, kit) && l.state == LineState::Counted)
        };
        let all_lines =
            || !dispatch.lines.is_empty() && dispatch.lines.iter().all(|l| looked_at(l.item, l.kit));
        match receive.rest {
            Rest::CountedAsExpected | Rest::SealedAsDispatched => Self::AsSent,
            // Loose goods have no rest: each of them was counted.
            Rest::NotChecked if dispatch.kits.is_empty() && all_lines() => Self::AsSent,
            Rest::NotChecked | Rest::Other(_) => Self::NotChecked,
        }
    }
}

fn has_exception(dispatch: &Dispatch, receive: &Receive) -> bool {
    let is_other_kits = !dispatch.kits.iter().all(|kit| receive.kit_of(kit).is_some())
        || !receive.kits.iter().all(|kit| dispatch.kit_of(kit).is_some());
    // An index is one of its own list: what is compared is the kit it stands for, the only one if none is named.
    let sent = |kit: Option<u32>| named(&dispatch.kits, kit);
    let came = |kit: Option<u32>| named(&receive.kits, kit);
    let line = receive.lines.iter().any(|l| {
        let mut of = dispatch.lines.iter().filter(|d| (d.item, sent(d.kit)) == (l.item, came(l.kit)));
        let is_counted = l.state == LineState::Counted;
        l.damaged > 0
            || l.missing > 0
            || l.state == LineState::NotChecked
            || of.any(|d| is_counted && d.pieces != l.good)
    });
    let seal = receive.seals.iter().any(|s| {
        let is_known = || dispatch.seals.iter().any(|d| d.number == s.number);
        s.state != SealState::Intact || !dispatch.seals.is_empty() && !is_known()
    });
    let boxes = receive.containers.iter().any(|f| {
        let mut of = dispatch.containers.iter().filter(|d| sent(d.kit) == came(f.kit));
        f.damaged > 0 || f.missing > 0 || of.any(|d| d.count != f.good)
    });
    is_other_kits || line || seal || boxes
}

/// The kit of an index.
fn named(kits: &[Place], kit: Option<u32>) -> Option<&Place> {
    match super::kits::of(kit, kits).map(usize::try_from) {
        Some(Ok(n)) => kits.get(n),
        Some(Err(_)) | None => None,
    }
}

/// The giver's half of a handover; the record's place is that of the dispatch.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Handover {
    /// The giver's dispatch.
    #[n(0)]
    pub dispatch: RecordId,
    /// How the receiver took it, as his answer says.
    #[n(1)]
    pub acceptance: Acceptance,
    /// The receiver's record; absent where his answer was told as a code.
    #[n(2)]
    pub receive: Option<RecordId>,
    /// The receiver's device; absent where his answer was told as a code.
    #[n(3)]
    pub device: Option<DeviceId>,
    /// The receiver's officer number, as he says; of a code its lowest 14 bits.
    #[n(4)]
    pub officer: Option<u32>,
    /// The slip of the answer as it was scanned: the receiver's record under his own signature.
    #[n(5)]
    #[cbor(
        default,
        skip_if = "Vec::is_empty",
        encode_with = "crate::cbor::encode_bytes",
        decode_with = "crate::cbor::decode_bytes"
    )]
    pub slip: Vec<u8>,
    /// The code as it was told: 60 bits, the first symbol highest.
    #[n(6)]
    pub code: Option<u64>,
    /// The places of the dispatch, copied in, so that whoever saw it sees this.
    #[n(7)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
}

impl Content for Handover {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note];

    fn check(&self) -> Result<(), FieldError> {
        if self.receive.is_none() && self.code.is_none() {
            return fail("handover.receive", Problem::Missing);
        }
        if self.slip.len() > limit::HANDOVER_BYTES {
            return fail("handover.slip", Problem::TooLong);
        }
        match self.code {
            Some(code) if code >> CODE_BITS != 0 => fail("handover.code", Problem::TooLarge),
            _ => Ok(()),
        }
    }

    fn sample() -> Self {
        Self {
            dispatch: super::sample_id(8),
            acceptance: Acceptance::WithExceptions,
            receive: Some(super::sample_id(9)),
            device: Some(DeviceId([7; 16])),
            officer: Some(17),
            slip: vec![1, 2, 3],
            code: Some(1 << 59),
            target_places: super::sample_places(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Containers, Found, Line, Loose, Packed, Point, Seal, SealOut};

    fn sent() -> Dispatch {
        Dispatch {
            kits: super::super::sample_places(),
            packed: Packed::AsListed,
            containers: vec![Containers { count: 5, kit: Some(0) }, Containers { count: 4, kit: Some(1) }],
            lines: vec![Loose { item: 10, pieces: 305, kit: Some(1) }],
            seals: vec![SealOut { number: "K 1".into(), kit: Some(0) }],
            ..Dispatch::sample()
        }
    }

    /// The kits in the other order: an index of one list says nothing of the other.
    fn came() -> Receive {
        let mut kits = super::super::sample_places();
        kits.reverse();
        Receive {
            rest: Rest::SealedAsDispatched,
            lines: vec![],
            seals: vec![],
            kits,
            containers: vec![],
            form: None,
            ..Receive::sample()
        }
    }

    fn line(good: u32, kit: u32) -> Line {
        Line { item: 10, state: LineState::Counted, good, damaged: 0, missing: 0, kit: Some(kit) }
    }

    fn found(good: u32, kit: u32) -> Found {
        Found { good, damaged: 0, missing: 0, kit: Some(kit) }
    }

    #[test]
    fn what_is_not_as_it_was_sent_is_an_exception() {
        use Acceptance::{AsSent, NotChecked, WithExceptions};
        let seal = |number: &str, state| Seal { number: number.into(), state, kit: None };
        type Case<'c> = (&'c str, Acceptance, &'c dyn Fn(&mut Receive));
        let cases: [Case<'_>; 14] = [
            ("all", AsSent, &|_| ()),
            ("counted", AsSent, &|r| r.rest = Rest::CountedAsExpected),
            ("not looked at", NotChecked, &|r| r.rest = Rest::NotChecked),
            ("a rest of a newer version", NotChecked, &|r| r.rest = Rest::Other(9)),
            ("counted the same", AsSent, &|r| {
                (r.lines, r.containers) = (vec![line(305, 0)], vec![found(4, 0), found(5, 1)]);
            }),
            ("another count", WithExceptions, &|r| r.lines = vec![line(304, 0)]),
            ("more than left", WithExceptions, &|r| r.lines = vec![line(306, 0)]),
            ("missing", WithExceptions, &|r| r.lines = vec![Line { missing: 1, ..line(305, 0) }]),
            ("the boxes of the other kit", WithExceptions, &|r| r.containers = vec![found(5, 0)]),
            ("wet", WithExceptions, &|r| r.containers = vec![Found { damaged: 1, ..found(4, 0) }]),
            ("broken", WithExceptions, &|r| r.seals = vec![seal("K 1", SealState::Broken)]),
            ("another seal", WithExceptions, &|r| r.seals = vec![seal("K 2", SealState::Intact)]),
            ("a kit less", WithExceptions, &|r| _ = r.kits.pop()),
            ("a kit more", WithExceptions, &|r| r.kits.push(Place::sample(9))),
        ];
        for (name, wanted, change) in cases {
            let mut receive = came();
            change(&mut receive);
            assert_eq!(Acceptance::of(&sent(), &receive), wanted, "{name}");
        }
    }

    #[test]
    fn loose_goods_are_as_sent_if_each_was_counted() {
        let lines = vec![Loose { item: 13, pieces: 12, kit: None }];
        let to = Point { label: None, ..Dispatch::sample().to };
        let sent = Dispatch { kits: vec![], containers: vec![], seals: vec![], lines, to, ..sent() };
        let ink = |good| Line { item: 13, kit: None, ..line(good, 0) };
        let came = |lines| Receive { kits: vec![], rest: Rest::NotChecked, lines, ..came() };
        assert_eq!(Acceptance::of(&sent, &came(vec![ink(12)])), Acceptance::AsSent);
        assert_eq!(Acceptance::of(&sent, &came(vec![ink(11)])), Acceptance::WithExceptions);
        assert_eq!(Acceptance::of(&sent, &came(vec![])), Acceptance::NotChecked);
    }

    #[test]
    fn each_refusal_names_its_field() {
        let refused = |change: &dyn Fn(&mut Handover)| {
            let mut handover = Handover::sample();
            change(&mut handover);
            let error = handover.check().unwrap_err();
            (error.field, error.problem)
        };
        Handover::sample().check().unwrap();
        let cases = [
            (refused(&|h| (h.receive, h.code) = (None, None)), "handover.receive", Problem::Missing),
            (refused(&|h| h.slip = vec![0; limit::HANDOVER_BYTES + 1]), "handover.slip", Problem::TooLong),
            (refused(&|h| h.code = Some(1 << 60)), "handover.code", Problem::TooLarge),
        ];
        for (got, field, problem) in cases {
            assert_eq!(got, (field.to_owned(), problem));
        }
    }
}
