//! Goods handed over at one hop: which kits or loose goods leave, where they go, and what is in them.

use std::collections::BTreeSet;

use super::{Content, CustodyKind, kits};
use crate::{
    limit,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, at_most, fail, short},
};

crate::int_enum!(
    /// Where the contents of a dispatch are told.
    Packed {
        /// In the packing list of each kit: it left as it was packed. What the lists of the dispatch say goes before.
        AsPacked = 1,
        /// In the lists of the dispatch; what they leave out is not known.
        AsListed = 2,
    }
);

/// A point on the way of goods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Point {
    /// What kind of point it is.
    #[n(0)]
    pub kind: CustodyKind,
    /// Its code.
    #[n(1)]
    pub place: Place,
    /// Name of a transit point, such as a landing.
    #[n(2)]
    pub label: Option<String>,
}

/// How many containers left. An array on the wire: there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Containers {
    /// Containers: boxes, bags, envelopes that travel by themselves.
    #[n(0)]
    pub count: u32,
    /// Index of the kit they are of among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[n(1)]
    pub kit: Option<u32>,
}

/// Pieces of one item that left: counted contents of a kit, or loose goods. An array on the wire: there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Loose {
    /// Item number in the profile's kit.
    #[n(0)]
    pub item: u32,
    /// Pieces.
    #[n(1)]
    pub pieces: u32,
    /// Index of the kit they are of among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[n(2)]
    pub kit: Option<u32>,
}

/// One seal on what left. An array on the wire: there may be many.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SealOut {
    /// Its printed number.
    #[n(0)]
    pub number: String,
    /// Index of the kit it is on among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[n(1)]
    pub kit: Option<u32>,
}

/// Goods handed over at one hop.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Dispatch {
    /// Kind of the point they leave from; its code is the record's place.
    #[n(0)]
    pub from: CustodyKind,
    /// Name of that point if it is a transit point, such as a landing.
    #[n(1)]
    pub from_label: Option<String>,
    /// Where they go.
    #[n(2)]
    pub to: Point,
    /// TPS whose kits go along.
    #[n(3)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub kits: Vec<Place>,
    /// Where their contents are told.
    #[n(4)]
    pub packed: Packed,
    /// Containers, where they were counted.
    #[n(5)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub containers: Vec<Containers>,
    /// Contents where they were counted, or loose goods such as 12 bottles of ink.
    #[n(6)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub lines: Vec<Loose>,
    /// Seals on them.
    #[n(7)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub seals: Vec<SealOut>,
    /// When they should be there, unix seconds.
    #[n(8)]
    pub due: Option<i64>,
}

impl Dispatch {
    /// The index of the kit of a TPS among the kits; `None` if it does not go along.
    pub fn kit_of(&self, tps: &Place) -> Option<u32> {
        kits::index(&self.kits, tps)
    }

    /// Whether goods that leave from `place`, the place of the record, would go where they are.
    pub(crate) fn goes_nowhere(&self, place: &Place) -> bool {
        (self.from, place, &self.from_label) == (self.to.kind, &self.to.place, &self.to.label)
    }

    /// How much there is of what nothing else bounds: kits are places, and each has one count of containers.
    fn check_lengths(&self) -> Result<(), FieldError> {
        for (name, label) in [("from_label", &self.from_label), ("to.label", &self.to.label)] {
            if let Some(label) = label {
                short(&format!("dispatch.{name}"), label)?;
            }
        }
        let lists = [
            ("lines", self.lines.len(), limit::DISPATCH_LINES),
            ("seals", self.seals.len(), limit::DISPATCH_SEALS),
        ];
        match lists.into_iter().find(|(_, len, most)| len > most) {
            Some((name, ..)) => fail(format!("dispatch.{name}"), Problem::TooLong),
            None => Ok(()),
        }
    }
}

impl Content for Dispatch {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.kits.iter().chain([&b.to.place]).collect());
    const NOTES: &'static [Field] = &[Field::Note, Field::Vehicle, Field::Escort];

    fn check(&self) -> Result<(), FieldError> {
        self.check_lengths()?;
        if self.kits.is_empty() && self.containers.is_empty() && self.lines.is_empty() {
            return fail("dispatch.kits", Problem::Missing);
        }
        if self.kits.is_empty() && self.packed == Packed::AsPacked {
            return fail("dispatch.packed", Problem::Contradiction);
        }
        kits::distinct(&self.kits, "dispatch.kits")?;
        let of = |kit| kits::of(kit, &self.kits);
        let mut seen = BTreeSet::new();
        for (i, containers) in self.containers.iter().enumerate() {
            let field = format!("dispatch.containers[{i}]");
            at_most(&format!("{field}.count"), containers.count, limit::COUNT)?;
            kits::named(containers.kit, &self.kits, format!("{field}.kit"))?;
            kits::once(&mut seen, of(containers.kit), format!("{field}.kit"))?;
        }
        let mut seen = BTreeSet::new();
        for (i, line) in self.lines.iter().enumerate() {
            let field = format!("dispatch.lines[{i}]");
            at_most(&format!("{field}.pieces"), line.pieces, limit::COUNT)?;
            kits::named(line.kit, &self.kits, format!("{field}.kit"))?;
            kits::once(&mut seen, (line.item, of(line.kit)), format!("{field}.item"))?;
        }
        let mut seen = BTreeSet::new();
        for (i, seal) in self.seals.iter().enumerate() {
            let field = format!("dispatch.seals[{i}]");
            short(&format!("{field}.number"), &seal.number)?;
            kits::named(seal.kit, &self.kits, format!("{field}.kit"))?;
            kits::once(&mut seen, &seal.number, format!("{field}.number"))?;
        }
        Ok(())
    }

    fn sample() -> Self {
        let to = Point { kind: CustodyKind::Tps, place: Place::sample(4), label: Some("Balai desa".into()) };
        Self {
            from: CustodyKind::Transit,
            from_label: Some("Dermaga Kereng Bangkirai".into()),
            to,
            kits: vec![Place::sample(3)],
            packed: Packed::AsPacked,
            containers: vec![Containers { count: 5, kit: Some(0) }],
            lines: vec![Loose { item: 10, pieces: 305, kit: Some(0) }],
            seals: vec![SealOut { number: "K 000123".into(), kit: Some(0) }],
            due: Some(1_707_825_600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{body::Body, record::Record, validate};

    /// A dispatch of two kits and of loose goods.
    fn boat() -> Dispatch {
        let containers = |kit| Containers { count: 5, kit };
        let loose = |item, kit| Loose { item, pieces: 12, kit };
        let seal = |number: &str, kit| SealOut { number: number.into(), kit };
        Dispatch {
            kits: super::super::sample_places(),
            containers: vec![containers(Some(0)), containers(Some(1)), containers(None)],
            lines: vec![loose(10, Some(0)), loose(10, Some(1)), loose(10, None), loose(13, None)],
            seals: vec![seal("K 1", Some(0)), seal("K 2", Some(1)), seal("K 3", None)],
            ..Dispatch::sample()
        }
    }

    fn refused(change: impl FnOnce(&mut Dispatch)) -> (String, Problem) {
        let mut dispatch = boat();
        change(&mut dispatch);
        let error = dispatch.check().unwrap_err();
        (error.field, error.problem)
    }

    #[test]
    fn each_refusal_names_its_field() {
        use Problem::{Contradiction, Doubled, Missing, TooLarge, TooLong};
        boat().check().unwrap();
        let long = || "9".repeat(limit::LABEL_BYTES + 1);
        let line = |item| Loose { item, pieces: 1, kit: None };
        let seal = |n: usize| SealOut { number: n.to_string(), kit: None };
        let (lines, seals) = (limit::DISPATCH_LINES + 1, limit::DISPATCH_SEALS + 1);
        let cases = [
            (refused(|d| d.from_label = Some(long())), "dispatch.from_label", TooLong),
            (refused(|d| d.to.label = Some(long())), "dispatch.to.label", TooLong),
            (refused(|d| d.lines = (0..).map(line).take(lines).collect()), "dispatch.lines", TooLong),
            (refused(|d| d.seals = (0..seals).map(seal).collect()), "dispatch.seals", TooLong),
            (refused(|d| d.kits[1] = d.kits[0].clone()), "dispatch.kits[1]", Doubled),
            (refused(|d| d.containers[1].count = limit::COUNT + 1), "dispatch.containers[1].count", TooLarge),
            (refused(|d| d.containers[1].kit = Some(2)), "dispatch.containers[1].kit", TooLarge),
            (refused(|d| d.containers[1].kit = Some(0)), "dispatch.containers[1].kit", Doubled),
            (refused(|d| d.lines[0].pieces = limit::COUNT + 1), "dispatch.lines[0].pieces", TooLarge),
            (refused(|d| d.lines[3].kit = Some(u32::MAX)), "dispatch.lines[3].kit", TooLarge),
            (refused(|d| d.lines[1].kit = Some(0)), "dispatch.lines[1].item", Doubled),
            (refused(|d| d.seals[2].number = long()), "dispatch.seals[2].number", TooLong),
            (refused(|d| d.seals[2].kit = Some(2)), "dispatch.seals[2].kit", TooLarge),
            (refused(|d| d.seals[1].number = "K 1".into()), "dispatch.seals[1].number", Doubled),
            // Of the one kit, said outright and left out.
            (refused(|d| _ = d.kits.pop()), "dispatch.containers[1].kit", TooLarge),
            (
                refused(|d| (d.kits, d.containers[1].kit) = (d.kits[..1].into(), None)),
                "dispatch.containers[1].kit",
                Doubled,
            ),
            (refused(|d| (d.kits, d.containers, d.lines) = Default::default()), "dispatch.kits", Missing),
            (refused(|d| (d.kits, d.lines) = (vec![], vec![line(13)])), "dispatch.packed", Contradiction),
        ];
        for (n, (got, field, problem)) in cases.into_iter().enumerate() {
            assert_eq!(got, (field.to_owned(), problem), "case {n}");
        }
    }

    #[test]
    fn goods_that_stay_where_they_are_are_no_dispatch() {
        let judge = |place: Place, dispatch: &Dispatch| {
            let body = Body::Dispatch(dispatch.clone());
            validate::record(&Record::new(0, place, &body), &body).map_err(|e| (e.field, e.problem))
        };
        let here = Dispatch { from: CustodyKind::Tps, from_label: Some("Balai desa".into()), ..boat() };
        let stays = Err(("dispatch.to".to_owned(), Problem::Contradiction));
        assert_eq!(judge(Place::sample(4), &here), stays);
        // Another place, another kind of point there, and another landing are somewhere else.
        assert_eq!(judge(Place::sample(3), &here), Ok(()));
        assert_eq!(judge(Place::sample(4), &Dispatch { from: CustodyKind::Pps, ..here.clone() }), Ok(()));
        assert_eq!(judge(Place::sample(4), &Dispatch { from_label: None, ..here }), Ok(()));
    }

    #[test]
    fn more_kits_than_a_record_may_name_are_refused() {
        let of = |kits: u32| {
            let body =
                Body::Dispatch(Dispatch { kits: (100..100 + kits).map(Place::sample).collect(), ..boat() });
            validate::record(&Record::new(0, Place::sample(3), &body), &body)
                .map_err(|e| (e.field, e.problem))
        };
        let most = u32::try_from(limit::PLACE_KEYS).unwrap() - 2;
        assert_eq!(of(most), Ok(()));
        assert_eq!(of(most + 1), Err(("places".to_owned(), Problem::TooLong)));
    }

    #[test]
    fn from_to_and_every_kit_see_it() {
        let record = Record::new(0, Place::new("62.06").unwrap(), &Body::Dispatch(Dispatch::sample()));
        let keys: Vec<String> = record.place_keys().iter().map(ToString::to_string).collect();
        assert_eq!(keys, ["62.06", "62.06.13.2001/003", "62.06.13.2001/004"]);
    }

    #[test]
    fn a_kit_is_found_by_its_tps() {
        assert_eq!([3, 4, 5].map(|n| boat().kit_of(&Place::sample(n))), [Some(0), Some(1), None]);
    }
}
