//! Goods received at one hop: what was counted, what was sealed, what nobody looked at.

use std::collections::BTreeSet;

use super::{Content, kits};
use crate::{
    journal::RecordId,
    limit,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, at_most, fail, short},
};

crate::int_enum!(
    /// What kind of point on the way of goods this is (docs/PROTOCOL.md#bodies).
    CustodyKind {
        /// Warehouse of KPU kabupaten/kota.
        Warehouse = 1,
        /// PPK, the kecamatan's committee.
        Ppk = 2,
        /// PPS, the village's committee.
        Pps = 3,
        /// The TPS itself.
        Tps = 4,
        /// On the way: a landing, a house for the night.
        Transit = 5,
    }
);

crate::int_enum!(
    /// What is said of everything that has no line of its own.
    Rest {
        /// Nothing: not looked at.
        NotChecked = 1,
        /// Counted, and as the kit or the dispatch says.
        CountedAsExpected = 2,
        /// Containers and seals as dispatched, not opened.
        SealedAsDispatched = 3,
    }
);

crate::int_enum!(
    /// How a line was checked.
    LineState {
        /// Contents counted.
        Counted = 1,
        /// Sealed and not opened: `good` counts containers.
        Sealed = 2,
        /// Not checked; the numbers say nothing.
        NotChecked = 3,
    }
);

/// One item of a `Receive`. An array on the wire: there may be many.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Line {
    /// Item number in the profile's kit.
    #[n(0)]
    pub item: u32,
    /// How it was checked.
    #[n(1)]
    pub state: LineState,
    /// Pieces in good condition.
    #[n(2)]
    pub good: u32,
    /// Pieces damaged or wet.
    #[n(3)]
    #[cbor(default, skip_if = "is_zero")]
    pub damaged: u32,
    /// Pieces missing, as the receiver says.
    #[n(4)]
    #[cbor(default, skip_if = "is_zero")]
    pub missing: u32,
    /// Index of the kit it is of among `kits`, from 0; absent = of the one kit, or of any of several.
    #[n(5)]
    pub kit: Option<u32>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

crate::int_enum!(
    /// How a seal was found.
    SealState {
        /// Whole.
        Intact = 1,
        /// Broken.
        Broken = 2,
        /// Not there.
        Missing = 3,
    }
);

/// One seal.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Seal {
    /// Its printed number.
    #[n(0)]
    pub number: String,
    /// How it was found.
    #[n(1)]
    pub state: SealState,
    /// Index of the kit it is on among `kits`, from 0; absent = of the one kit, or of any of several.
    #[n(2)]
    pub kit: Option<u32>,
}

/// How many containers came. An array on the wire: there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Found {
    /// Containers in good condition.
    #[n(0)]
    pub good: u32,
    /// Containers damaged or wet.
    #[n(1)]
    pub damaged: u32,
    /// Containers missing, as the receiver says.
    #[n(2)]
    pub missing: u32,
    /// Index of the kit they are of among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[n(3)]
    pub kit: Option<u32>,
}

/// Goods received at one hop.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Receive {
    /// Kind of the point where they were received; its code is the record's place.
    #[n(0)]
    pub at: CustodyKind,
    /// Name of a transit point, such as a landing.
    #[n(1)]
    pub label: Option<String>,
    /// The dispatch this answers.
    #[n(2)]
    pub dispatch: Option<RecordId>,
    /// What holds for all without a line.
    #[n(3)]
    pub rest: Rest,
    /// Exceptions, or all items where each was counted.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Seals looked at.
    #[n(5)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
    /// TPS whose kits these are; empty means the record's place.
    #[n(6)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub kits: Vec<Place>,
    /// Containers, where they were counted.
    #[n(7)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub containers: Vec<Found>,
    /// Number of the paper receipt (berita acara serah terima, BTTB), where there is one.
    #[n(8)]
    pub form: Option<String>,
}

impl Receive {
    /// The index of the kit of a TPS among the kits; `None` if it is not named.
    pub fn kit_of(&self, tps: &Place) -> Option<u32> {
        kits::index(&self.kits, tps)
    }

    /// Whether a kit or a seal is named twice: at capture always. What phones of before containers were counted
    /// wrote is not asked for it: none of theirs is to be lost.
    ///
    /// # Errors
    /// The second of them.
    pub fn check_distinct(&self) -> Result<(), FieldError> {
        kits::distinct(&self.kits, "receive.kits")?;
        let mut seen = BTreeSet::new();
        let mut seals = self.seals.iter().enumerate();
        seals.try_for_each(|(i, s)| kits::once(&mut seen, &s.number, format!("receive.seals[{i}].number")))
    }

    /// Whether nothing in it is newer than counts of containers.
    fn is_plain(&self) -> bool {
        let names_kit =
            || self.lines.iter().map(|l| l.kit).chain(self.seals.iter().map(|s| s.kit)).any(|k| k.is_some());
        self.containers.is_empty() && self.form.is_none() && !names_kit()
    }
}

impl Content for Receive {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.kits.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note, Field::Receiver];

    fn check(&self) -> Result<(), FieldError> {
        if self.lines.len() > limit::RECEIVE_LINES {
            return fail("receive.lines", Problem::TooLong);
        }
        if self.seals.len() > limit::SEALS {
            return fail("receive.seals", Problem::TooLong);
        }
        if let Some(label) = &self.label {
            short("receive.label", label)?;
        }
        if let Some(form) = &self.form {
            short("receive.form", form)?;
        }
        if !self.is_plain() {
            self.check_distinct()?;
        }
        let of = |kit| kits::of(kit, &self.kits);
        let mut seen = BTreeSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            kits::named(line.kit, &self.kits, format!("receive.lines[{i}].kit"))?;
            kits::once(&mut seen, (line.item, of(line.kit)), format!("receive.lines[{i}].item"))?;
            at_most(&format!("receive.lines[{i}].good"), line.good, limit::COUNT)?;
            at_most(&format!("receive.lines[{i}].damaged"), line.damaged, limit::COUNT)?;
            at_most(&format!("receive.lines[{i}].missing"), line.missing, limit::COUNT)?;
        }
        for (i, seal) in self.seals.iter().enumerate() {
            short(&format!("receive.seals[{i}].number"), &seal.number)?;
            kits::named(seal.kit, &self.kits, format!("receive.seals[{i}].kit"))?;
        }
        let mut seen = BTreeSet::new();
        for (i, found) in self.containers.iter().enumerate() {
            let field = format!("receive.containers[{i}]");
            at_most(&format!("{field}.good"), found.good, limit::COUNT)?;
            at_most(&format!("{field}.damaged"), found.damaged, limit::COUNT)?;
            at_most(&format!("{field}.missing"), found.missing, limit::COUNT)?;
            kits::named(found.kit, &self.kits, format!("{field}.kit"))?;
            kits::once(&mut seen, of(found.kit), format!("{field}.kit"))?;
        }
        Ok(())
    }

    fn sample() -> Self {
        let line =
            |item, state, good, damaged, missing| Line { item, state, good, damaged, missing, kit: Some(0) };
        Self {
            at: CustodyKind::Tps,
            label: Some("Dermaga Kereng Bangkirai".into()),
            dispatch: Some(super::sample_id(8)),
            rest: Rest::CountedAsExpected,
            lines: vec![line(10, LineState::Counted, 300, 2, 6), line(11, LineState::Sealed, 1, 0, 0)],
            seals: vec![Seal { number: "K 000123".into(), state: SealState::Broken, kit: Some(1) }],
            kits: super::sample_places(),
            containers: vec![Found { good: 4, damaged: 0, missing: 1, kit: Some(0) }],
            form: Some("BTTB 17/2024".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A receipt of the form of before: nothing is counted by kit.
    fn plain() -> Receive {
        let line =
            |item| Line { item, state: LineState::Counted, good: 1, damaged: 0, missing: 0, kit: None };
        let seal = |number: &str| Seal { number: number.into(), state: SealState::Intact, kit: None };
        Receive {
            lines: vec![line(10), line(11)],
            seals: vec![seal("K 1"), seal("K 2")],
            containers: vec![],
            form: None,
            ..Receive::sample()
        }
    }

    /// One that says of both kits what it says.
    fn by_kit() -> Receive {
        let found = |kit| Found { good: 5, damaged: 0, missing: 0, kit };
        let line = |item, kit| Line { kit, ..plain().lines[0].clone() }.of(item);
        Receive {
            lines: vec![line(10, Some(0)), line(10, Some(1)), line(10, None), line(11, Some(1))],
            containers: vec![found(Some(0)), found(Some(1)), found(None)],
            form: Some("17".into()),
            ..plain()
        }
    }

    impl Line {
        fn of(self, item: u32) -> Self {
            Self { item, ..self }
        }
    }

    fn refused(mut receive: Receive, change: impl FnOnce(&mut Receive)) -> (String, Problem) {
        change(&mut receive);
        let error = receive.check().unwrap_err();
        (error.field, error.problem)
    }

    #[test]
    fn each_refusal_of_what_names_its_kit_names_its_field() {
        use Problem::{Doubled, TooLarge, TooLong};
        by_kit().check().unwrap();
        let long = "9".repeat(limit::LABEL_BYTES + 1);
        let over = limit::COUNT + 1;
        let refused = |change: &dyn Fn(&mut Receive)| refused(by_kit(), change);
        let cases = [
            (refused(&|r| r.form = Some(long.clone())), "receive.form", TooLong),
            (refused(&|r| r.lines[0].kit = Some(2)), "receive.lines[0].kit", TooLarge),
            (refused(&|r| r.lines[1].kit = Some(0)), "receive.lines[1].item", Doubled),
            (refused(&|r| r.lines[1].kit = None), "receive.lines[2].item", Doubled),
            (refused(&|r| r.seals[1].kit = Some(2)), "receive.seals[1].kit", TooLarge),
            (refused(&|r| r.seals[1].number = "K 1".into()), "receive.seals[1].number", Doubled),
            (refused(&|r| r.kits[1] = r.kits[0].clone()), "receive.kits[1]", Doubled),
            (refused(&|r| r.containers[1].good = over), "receive.containers[1].good", TooLarge),
            (refused(&|r| r.containers[1].damaged = over), "receive.containers[1].damaged", TooLarge),
            (refused(&|r| r.containers[1].missing = over), "receive.containers[1].missing", TooLarge),
            (refused(&|r| r.containers[2].kit = Some(2)), "receive.containers[2].kit", TooLarge),
            (refused(&|r| r.containers[2].kit = Some(1)), "receive.containers[2].kit", Doubled),
        ];
        for (n, (got, field, problem)) in cases.into_iter().enumerate() {
            assert_eq!(got, (field.to_owned(), problem), "case {n}");
        }
    }

    #[test]
    fn of_one_kit_said_outright_and_left_out_is_said_twice() {
        let mut receive = Receive { kits: vec![Place::sample(3)], ..plain() };
        receive.lines[1] = Line { kit: Some(0), ..receive.lines[0].clone() };
        let doubled = ("receive.lines[1].item".to_owned(), Problem::Doubled);
        assert_eq!(refused(receive, |_| ()), doubled);
        // Without a list of kits no kit has an index.
        let alone = Receive { kits: vec![], ..plain() };
        let unknown = ("receive.lines[0].kit".to_owned(), Problem::TooLarge);
        assert_eq!(refused(alone, |r| r.lines[0].kit = Some(0)), unknown);
    }

    #[test]
    fn what_a_phone_of_before_said_twice_is_taken_but_not_captured_any_more() {
        let mut twice = plain();
        twice.kits[1] = twice.kits[0].clone();
        twice.check().unwrap();
        assert_eq!(twice.check_distinct().unwrap_err().field, "receive.kits[1]");
        let mut twice = plain();
        twice.seals[1].number = "K 1".into();
        twice.check().unwrap();
        assert_eq!(twice.check_distinct().unwrap_err().field, "receive.seals[1].number");
    }

    #[test]
    fn a_receipt_of_the_form_of_before_has_the_bytes_of_before() {
        let old = Receive { kits: vec![], dispatch: None, label: None, ..plain() };
        // {0: 4, 3: 2, 4: [[10, 1, 1], [11, 1, 1]], 5: [["K 1", 1], ["K 2", 1]]}
        let bytes = "a400040302048283 0a0101 83 0b0101 0582 82 634b2031 01 82 634b2032 01";
        assert_eq!(crate::hash::hex(&crate::cbor::to_vec(&old)), bytes.replace(' ', ""));
        assert_eq!(crate::cbor::from_slice::<Receive>(&crate::cbor::to_vec(&by_kit())).unwrap(), by_kit());
    }
}
