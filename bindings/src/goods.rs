//! Goods on their way, as apps say and read them: what left, what came, of which kit.

use std::time::SystemTime;

use pantau_protocol::{body, place::Place};

use crate::{
    error::PantauError,
    mirror::{CustodyKind, LineState, Packed, SealState},
    state::{seconds, time},
    statement::{Body, place_of},
};

/// One item of goods received.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Line {
    /// Item number in the profile's kit.
    pub item: u32,
    /// How it was checked.
    pub state: LineState,
    /// Pieces in good condition.
    pub good: u32,
    /// Pieces damaged or wet.
    pub damaged: u32,
    /// Pieces missing.
    pub missing: u32,
    /// Index of the kit it is of among `kits`, from 0; absent = of the one kit, or of any of several.
    #[uniffi(default)]
    pub kit: Option<u32>,
}

/// One seal looked at.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Seal {
    /// Its printed number.
    pub number: String,
    /// How it was found.
    pub state: SealState,
    /// Index of the kit it is on among `kits`, from 0; absent = of the one kit, or of any of several.
    #[uniffi(default)]
    pub kit: Option<u32>,
}

/// How many containers came.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Found {
    /// Containers in good condition.
    pub good: u32,
    /// Containers damaged or wet.
    pub damaged: u32,
    /// Containers missing.
    pub missing: u32,
    /// Index of the kit they are of among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[uniffi(default)]
    pub kit: Option<u32>,
}

/// A point on the way of goods.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Point {
    /// What kind of point it is.
    pub kind: CustodyKind,
    /// Its code.
    pub place: String,
    /// Name of a transit point, such as a landing.
    #[uniffi(default)]
    pub label: Option<String>,
}

/// How many containers left.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Containers {
    /// Containers: boxes, bags, envelopes that travel by themselves.
    pub count: u32,
    /// Index of the kit they are of among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[uniffi(default)]
    pub kit: Option<u32>,
}

/// Pieces of one item that left: counted contents of a kit, or loose goods.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Loose {
    /// Item number in the profile's kit.
    pub item: u32,
    /// Pieces.
    pub pieces: u32,
    /// Index of the kit they are of among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[uniffi(default)]
    pub kit: Option<u32>,
}

/// One seal on what left.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SealOut {
    /// Its printed number.
    pub number: String,
    /// Index of the kit it is on among `kits`, from 0; absent = of the one kit, or of no kit in particular.
    #[uniffi(default)]
    pub kit: Option<u32>,
}

/// Goods handed over at one hop.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Dispatch {
    /// Kind of the point they leave from; its code is the statement's place.
    pub from_kind: CustodyKind,
    /// Where they go.
    pub to: Point,
    /// Where their contents are told.
    pub packed: Packed,
    /// TPS whose kits go along.
    #[uniffi(default)]
    pub kits: Vec<String>,
    /// Containers, where they were counted.
    #[uniffi(default)]
    pub containers: Vec<Containers>,
    /// Contents where they were counted, or loose goods such as 12 bottles of ink.
    #[uniffi(default)]
    pub lines: Vec<Loose>,
    /// Seals on them.
    #[uniffi(default)]
    pub seals: Vec<SealOut>,
    /// When they should be there.
    #[uniffi(default)]
    pub due: Option<SystemTime>,
    /// Name of the point they leave from if it is a transit point, such as a landing.
    #[uniffi(default)]
    pub from_label: Option<String>,
}

impl From<body::Point> for Point {
    fn from(body::Point { kind, place, label }: body::Point) -> Self {
        Self { kind: kind.into(), place: place.to_string(), label }
    }
}

impl TryFrom<Dispatch> for body::Dispatch {
    type Error = PantauError;

    fn try_from(d: Dispatch) -> Result<Self, PantauError> {
        let Dispatch { from_kind, to, packed, kits, containers, lines, seals, due, from_label } = d;
        let Point { kind, place, label } = to;
        Ok(Self {
            from: from_kind.into(),
            from_label,
            to: body::Point { kind: kind.into(), place: place_of("dispatch.to", &place)?, label },
            kits: kits_of("dispatch", &kits)?,
            packed: packed.into(),
            containers: containers
                .into_iter()
                .map(|Containers { count, kit }| body::Containers { count, kit })
                .collect(),
            lines: lines
                .into_iter()
                .map(|Loose { item, pieces, kit }| body::Loose { item, pieces, kit })
                .collect(),
            seals: seals.into_iter().map(|SealOut { number, kit }| body::SealOut { number, kit }).collect(),
            due: due.map(seconds),
        })
    }
}

impl From<&body::Dispatch> for Dispatch {
    fn from(d: &body::Dispatch) -> Self {
        let body::Dispatch { from, from_label, to, kits, packed, containers, lines, seals, due } = d;
        let body::Point { kind, place, label } = to;
        Self {
            from_kind: (*from).into(),
            to: Point { kind: (*kind).into(), place: place.to_string(), label: label.clone() },
            packed: (*packed).into(),
            kits: kits.iter().map(ToString::to_string).collect(),
            containers: containers
                .iter()
                .map(|body::Containers { count, kit }| Containers { count: *count, kit: *kit })
                .collect(),
            lines: lines
                .iter()
                .map(|body::Loose { item, pieces, kit }| Loose { item: *item, pieces: *pieces, kit: *kit })
                .collect(),
            seals: seals
                .iter()
                .map(|body::SealOut { number, kit }| SealOut { number: number.clone(), kit: *kit })
                .collect(),
            due: due.map(time),
            from_label: from_label.clone(),
        }
    }
}

impl From<&body::Receive> for Body {
    fn from(r: &body::Receive) -> Self {
        let body::Receive { at, label, dispatch, rest, lines, seals, kits, containers, form } = r;
        Self::Receive {
            at: (*at).into(),
            label: label.clone(),
            dispatch: dispatch.map(|id| id.to_string()),
            rest: (*rest).into(),
            lines: lines.iter().map(Into::into).collect(),
            seals: seals.iter().map(Into::into).collect(),
            kits: kits.iter().map(ToString::to_string).collect(),
            containers: containers.iter().map(Into::into).collect(),
            form: form.clone(),
        }
    }
}

impl From<Line> for body::Line {
    fn from(Line { item, state, good, damaged, missing, kit }: Line) -> Self {
        Self { item, state: state.into(), good, damaged, missing, kit }
    }
}

impl From<&body::Line> for Line {
    fn from(body::Line { item, state, good, damaged, missing, kit }: &body::Line) -> Self {
        Self {
            item: *item,
            state: (*state).into(),
            good: *good,
            damaged: *damaged,
            missing: *missing,
            kit: *kit,
        }
    }
}

impl From<Seal> for body::Seal {
    fn from(Seal { number, state, kit }: Seal) -> Self {
        Self { number, state: state.into(), kit }
    }
}

impl From<&body::Seal> for Seal {
    fn from(body::Seal { number, state, kit }: &body::Seal) -> Self {
        Self { number: number.clone(), state: (*state).into(), kit: *kit }
    }
}

impl From<Found> for body::Found {
    fn from(Found { good, damaged, missing, kit }: Found) -> Self {
        Self { good, damaged, missing, kit }
    }
}

impl From<&body::Found> for Found {
    fn from(body::Found { good, damaged, missing, kit }: &body::Found) -> Self {
        Self { good: *good, damaged: *damaged, missing: *missing, kit: *kit }
    }
}

/// The kits of a body, each of which may be no place.
pub(crate) fn kits_of(body: &str, kits: &[String]) -> Result<Vec<Place>, PantauError> {
    kits.iter().enumerate().map(|(n, kit)| place_of(&format!("{body}.kits[{n}]"), kit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dispatch() -> Dispatch {
        Dispatch {
            from_kind: CustodyKind::Ppk,
            to: Point {
                kind: CustodyKind::Pps,
                place: "62.06.13.2001".into(),
                label: Some("Dermaga".into()),
            },
            packed: Packed::AsListed,
            kits: vec!["62.06.13.2001/003".into(), "62.06.13.2001/004".into()],
            containers: vec![Containers { count: 5, kit: Some(1) }],
            lines: vec![Loose { item: 13, pieces: 12, kit: None }],
            seals: vec![SealOut { number: "K 1".into(), kit: Some(0) }],
            due: Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(9)),
            from_label: Some("Gudang".into()),
        }
    }

    #[test]
    fn what_is_sent_is_what_is_shown() {
        let core = body::Dispatch::try_from(dispatch()).unwrap();
        assert_eq!((core.due, core.kits.len()), (Some(9), 2));
        assert_eq!(Dispatch::from(&core), dispatch());
    }

    #[test]
    fn a_place_that_is_none_is_named_by_its_field() {
        let field = |dispatch: Dispatch| match body::Dispatch::try_from(dispatch) {
            Err(PantauError::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let to = Point { place: "di sana".into(), ..dispatch().to };
        assert_eq!(field(Dispatch { to, ..dispatch() }), "dispatch.to");
        let kits = vec!["62.06.13.2001/003".into(), "?".into()];
        assert_eq!(field(Dispatch { kits, ..dispatch() }), "dispatch.kits[1]");
    }
}
