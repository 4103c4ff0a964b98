//! What officers report of the world. A report is written from what its author can see of the goods; the engine gets
//! reports and nothing else.

use pantau_protocol::{
    body::{
        Body, Containers, CustodyKind, Dispatch, Found, Line, LineState, Packed, Point, Receive, Rest, Seal,
        SealOut, SealState,
    },
    place::Place,
    profile::Profile,
    record::{Basis, Fix},
};

use crate::truth::{
    cause::ReportNo,
    goods::{BOXES, Goods, Kit, wanted},
};

/// A report, on whichever phone it is written.
#[derive(Debug, Clone)]
pub struct Report {
    /// Number of its author among the officers, from 0.
    pub by: usize,
    /// On which phone of his it is written.
    pub on: Phone,
    /// When it is written, in true time.
    pub at: i64,
    /// The place.
    pub place: Place,
    /// What it rests on.
    pub basis: Basis,
    /// Where its author stands.
    pub fix: Option<Fix>,
    /// What it says.
    pub says: Says,
    /// Whether the phone loses it before it is sent.
    pub is_lost: bool,
}

/// The phones of one officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phone {
    /// The one he was given.
    Own,
    /// A second one, onto which the first was restored from a backup.
    Copy,
    /// The one that he got when the first was gone.
    New,
}

/// What a report says. Others are named by their numbers, since ids are known only when they are written.
#[derive(Debug, Clone)]
pub enum Says {
    /// As it stands.
    This(Body),
    /// A receipt that names the dispatch it answers.
    Answer(Receive, ReportNo),
    /// Another report, put right.
    Correct(ReportNo, Box<Says>),
    /// Another report, said again because the old phone is gone.
    Again(ReportNo),
}

impl Report {
    /// A report of something seen.
    pub fn seen(by: usize, at: i64, place: Place, says: Says) -> Self {
        Self { by, on: Phone::Own, at, place, basis: Basis::Seen, fix: None, says, is_lost: false }
    }
}

/// A kit as its giver wrote it down.
#[derive(Debug, Clone)]
pub struct Load {
    /// Number of the kit.
    pub kit: usize,
    /// Boxes.
    pub boxes: u32,
    /// The numbers of the seals on them.
    pub seals: Vec<String>,
}

fn index(n: usize, kits: usize) -> Option<u32> {
    if kits > 1 { u32::try_from(n).ok() } else { None }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What a giver sees of a kit that he hands over. What stands among its boxes and is not its own stays with him.
fn own_seals(number: usize, kit: &Kit) -> (u32, Vec<String>) {
    let mine = Kit::packing_seals(number);
    let mut own: Vec<_> = kit.boxes.iter().filter(|c| mine.contains(&c.packed)).collect();
    own.sort_by(|a, b| a.packed.cmp(&b.packed));
    (count(own.len()), own.iter().filter_map(|c| c.seal.clone()).collect())
}

/// The waybill for kits that leave `from`: as packed, but for those that are not any more.
pub fn waybill(
    goods: &Goods,
    kits: &[usize],
    from: CustodyKind,
    to: Point,
    due: Option<i64>,
) -> (Dispatch, Vec<Load>) {
    let mut dispatch = Dispatch {
        from,
        from_label: None,
        to,
        kits: Vec::new(),
        packed: Packed::AsPacked,
        containers: Vec::new(),
        lines: Vec::new(),
        seals: Vec::new(),
        due,
    };
    let mut loads = Vec::new();
    for (n, number) in kits.iter().enumerate() {
        let Some(kit) = goods.kits.get(*number) else { continue };
        let (boxes, seals) = own_seals(*number, kit);
        let of = index(n, kits.len());
        if boxes != BOXES {
            dispatch.containers.push(Containers { count: boxes, kit: of });
        }
        if boxes != BOXES || seals != Kit::packing_seals(*number) {
            dispatch.seals.extend(seals.iter().map(|number| SealOut { number: number.clone(), kit: of }));
        }
        dispatch.kits.push(kit.tps.clone());
        loads.push(Load { kit: *number, boxes, seals });
    }
    (dispatch, loads)
}

/// How a receiver looks at what he gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// At containers and seals, and says what is not as on the waybill.
    Seals,
    /// He counts the boxes of each kit, too.
    Boxes,
    /// He opens them and counts what is inside, which is done at the TPS alone.
    Contents,
}

/// What a receiver sees of kits, held against what was written when they left.
pub fn receipt(goods: &Goods, loads: &[Load], at: CustodyKind, look: Look, profile: &Profile) -> Receive {
    let rest = match look {
        Look::Seals | Look::Boxes => Rest::SealedAsDispatched,
        Look::Contents => Rest::CountedAsExpected,
    };
    let mut receive = Receive {
        at,
        label: None,
        dispatch: None,
        rest,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    };
    for (n, load) in loads.iter().enumerate() {
        let Some(kit) = goods.kits.get(load.kit) else { continue };
        let of = index(n, loads.len());
        let good = count(kit.boxes.len());
        if look == Look::Boxes || good != load.boxes {
            let missing = load.boxes.saturating_sub(good);
            receive.containers.push(Found { good, damaged: 0, missing, kit: of });
        }
        receive.seals.extend(seals(load, kit, of));
        if look == Look::Contents {
            receive.lines.extend(contents(kit, of, profile));
        }
        receive.kits.push(kit.tps.clone());
    }
    receive
}

/// The seals that are not as on the waybill. Of one that went with its box nobody can say anything.
fn seals(load: &Load, kit: &Kit, of: Option<u32>) -> Vec<Seal> {
    let seal = |number: &str, state| Seal { number: number.to_owned(), state, kit: of };
    let mut seen = Vec::new();
    let mine = Kit::packing_seals(load.kit);
    for carton in kit.boxes.iter().filter(|c| mine.contains(&c.packed)) {
        match &carton.seal {
            Some(number) if carton.is_broken => seen.push(seal(number, SealState::Broken)),
            Some(number) if !load.seals.contains(number) => {
                seen.push(seal(number, SealState::Intact));
                if load.seals.contains(&carton.packed) {
                    seen.push(seal(&carton.packed, SealState::Missing));
                }
            }
            None if load.seals.contains(&carton.packed) => {
                seen.push(seal(&carton.packed, SealState::Missing));
            }
            _ => {}
        }
    }
    seen
}

fn contents(kit: &Kit, of: Option<u32>, profile: &Profile) -> Vec<Line> {
    let differs = |(item, pieces): (&u32, &crate::truth::goods::Pieces)| {
        let want = wanted(profile, *item, kit.voters);
        let missing = want.saturating_sub(pieces.good + pieces.damaged);
        let line = Line {
            item: *item,
            state: LineState::Counted,
            good: pieces.good,
            damaged: pieces.damaged,
            missing,
            kit: of,
        };
        (pieces.good != want || pieces.damaged > 0).then_some(line)
    };
    kit.items.iter().filter_map(differs).collect()
}
