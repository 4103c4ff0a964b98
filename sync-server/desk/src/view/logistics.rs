//! The custody board: what each stop of the way of kits holds, and what is on its way.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{CustodyKind, Point},
    journal::RecordId,
    place::{Level, Place},
    projection::{Mark, Rollup, Stop, Underway},
};

use super::{
    Look,
    by::{By, by},
    goods, href, region_among,
    tag::{self, Tag, Tone},
};
use crate::{
    format::Moment,
    text::{logistics::text, words},
};

/// TPS of a consignment that are named; of more the rest is counted.
const NAMED: usize = 3;

/// One stop.
#[derive(Debug, Clone)]
pub(crate) struct StopView {
    pub(crate) name: String,
    /// Kits that are there.
    pub(crate) here: String,
    /// Kits that left it and nobody has received.
    pub(crate) left: String,
    /// Since when the oldest of these is on its way.
    pub(crate) since: Option<Moment>,
    /// Of these and of those that are there, how many are past due.
    pub(crate) past_due: Tag,
    /// How many of those on the way have no due time, or an answer that only the giver knows.
    pub(crate) undetermined: String,
}

/// Kits of one region, by where they are. The parts are all of them.
#[derive(Debug, Clone)]
pub(crate) struct RegionKits {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) kits: String,
    /// Warehouse, PPK, PPS, TPS, on the way out, back, and those nobody spoke of.
    pub(crate) parts: [String; 7],
    pub(crate) past_due: Tag,
}

/// A consignment on its way.
#[derive(Debug, Clone)]
pub(crate) struct ConsignmentView {
    pub(crate) route: String,
    /// Where it goes: the page of that place.
    pub(crate) to_href: String,
    /// `12 kit`, or that it has none.
    pub(crate) kits: String,
    /// TPS of the kits, each with its page.
    pub(crate) places: Vec<(String, String)>,
    /// `+ 9`; empty if all are named.
    pub(crate) more: String,
    /// `60 koli`; a question mark where nobody counted.
    pub(crate) containers: String,
    pub(crate) given: By,
    /// Where it was seen on the way, and by whom; `None` where the giver had it last.
    pub(crate) passed: Option<(String, By)>,
    pub(crate) due: String,
    pub(crate) verdict: Tag,
}

/// A consignment, from the shares of the places that the visitor sees.
#[derive(Debug, Clone)]
pub(crate) struct Consignment<'a> {
    first: &'a Underway,
    /// The latest word from on the way.
    passed: Option<&'a (Point, Mark)>,
    kits: Vec<&'a Place>,
    boxes: Vec<Option<u32>>,
    verdict: Verdict,
    due: Option<i64>,
}

/// Whether something on its way is late. The worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Its time is still to come.
    Ahead,
    /// Neither the giver nor the law says when.
    Unsaid,
    /// Only the giver knows that it was taken.
    Answered,
    /// Its time has passed.
    Passed,
}

/// The verdict about a share at a moment, unix seconds.
pub(crate) fn verdict(share: &Underway, now: i64) -> Verdict {
    match (share.is_answered, share.due) {
        (true, _) => Verdict::Answered,
        (false, None) => Verdict::Unsaid,
        (false, Some(due)) if now > due => Verdict::Passed,
        (false, Some(_)) => Verdict::Ahead,
    }
}

/// The consignments that shares belong to: those past due first, then the oldest.
pub(crate) fn consignments(shares: &[(Place, Underway)], now: i64) -> Vec<Consignment<'_>> {
    let mut all: BTreeMap<(RecordId, &Point, &Point), Consignment<'_>> = BTreeMap::new();
    for (place, share) in shares {
        let one = all.entry((share.consignment, &share.from, &share.to)).or_insert_with(|| Consignment {
            first: share,
            passed: None,
            kits: Vec::new(),
            boxes: Vec::new(),
            verdict: Verdict::Ahead,
            due: None,
        });
        one.kits.extend(share.kit.is_some().then_some(place));
        one.boxes.push(share.boxes);
        one.verdict = one.verdict.max(verdict(share, now));
        one.due = [one.due, share.due].into_iter().flatten().min();
        one.passed = [one.passed, share.passed.as_ref()].into_iter().flatten().max_by_key(|(_, m)| m.at);
    }
    let mut all: Vec<Consignment<'_>> = all.into_values().collect();
    all.sort_by_key(|one| (one.verdict != Verdict::Passed, one.first.given.at, one.first.consignment));
    all
}

/// One consignment.
pub(crate) fn consignment(look: Look<'_>, one: &Consignment<'_>) -> ConsignmentView {
    let (d, t, n) = (text(look.lang()), look.t(), |n: usize| look.reading.number(n as u64));
    let share = one.first;
    let places = one.kits.iter().take(NAMED).map(|place| (look.place(place), href(place)));
    let known: Vec<u32> = one.boxes.iter().flatten().copied().collect();
    let boxes = known.iter().fold(0_u64, |sum, boxes| sum + u64::from(*boxes));
    let boxes = match known.len() {
        0 => "?".to_owned(),
        all if all == one.boxes.len() => look.reading.number(boxes),
        _ => format!("{} + ?", look.reading.number(boxes)),
    };
    let (tone, word) = match one.verdict {
        Verdict::Ahead => (Tone::Plain, d.due_ahead),
        Verdict::Unsaid => (Tone::Plain, d.due_unsaid),
        Verdict::Answered => (Tone::Warn, d.answered),
        Verdict::Passed => (Tone::Bad, d.due_passed),
    };
    ConsignmentView {
        route: format!("{} → {}", goods::at(look, &share.from), goods::at(look, &share.to)),
        to_href: href(&share.to.place),
        kits: match one.kits.len() {
            0 => d.loose.to_owned(),
            kits => format!("{} {}", n(kits), d.kit),
        },
        places: places.collect(),
        more: match one.kits.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("+ {}", n(more)),
        },
        containers: format!("{boxes} {}", t.containers),
        given: by(look, &share.given),
        passed: one.passed.map(|(point, mark)| (goods::at(look, point), by(look, mark))),
        due: one.due.map_or_else(String::new, |due| look.reading.stamp(due)),
        verdict: tag::tag(tone, word),
    }
}

/// What is counted of shares: how many, since when the oldest, past due, undetermined.
#[derive(Debug, Clone, Copy, Default)]
struct Moving {
    since: Option<i64>,
    past_due: u32,
    open: u32,
}

/// Kits that stand still at these stops are late once the goods must be at the TPS, or overnight at the PPS.
fn is_late_at(stop: Stop) -> bool {
    matches!(stop, Stop::Warehouse | Stop::Ppk)
}

/// Kits of a region that stand at a stop where they must not be any more.
fn late_at(look: Look<'_>, sums: &Rollup, stop: Stop) -> u32 {
    let due = look.reference.profile().map(|profile| profile.logistics_due);
    let is_late = is_late_at(stop) && due.is_some_and(|due| look.reading.now > due);
    if is_late { sums.kits.at(stop) } else { 0 }
}

/// The stops of a region, in the order of the way. `shares` are those of kits of its TPS.
pub(crate) fn stops<'a>(
    look: Look<'_>,
    sums: &Rollup,
    shares: impl Iterator<Item = &'a Underway>,
) -> Vec<StopView> {
    let mut moving: BTreeMap<Stop, Moving> = BTreeMap::new();
    for share in shares {
        let Some(stop) = share.kit else { continue };
        let one = moving.entry(stop).or_default();
        one.since = [one.since, Some(share.given.at)].into_iter().flatten().min();
        match verdict(share, look.reading.now) {
            Verdict::Passed => one.past_due += 1,
            Verdict::Unsaid | Verdict::Answered => one.open += 1,
            Verdict::Ahead => {}
        }
    }
    let n = |n: u32| look.reading.number(n);
    let stop = |stop: &Stop| {
        let one = moving.get(stop).copied().unwrap_or_default();
        let late = one.past_due + late_at(look, sums, *stop);
        StopView {
            name: name(look, *stop),
            here: n(sums.kits.at(*stop)),
            left: n(sums.kits.left(*stop)),
            since: one.since.map(|at| look.reading.moment(at)),
            past_due: tag::problems(Tone::Bad, late, n(late)),
            undetermined: n(one.open),
        }
    };
    let is_shown =
        |stop: &&Stop| **stop != Stop::Elsewhere || sums.kits.at(**stop) + sums.kits.left(**stop) > 0;
    Stop::ALL.iter().filter(is_shown).map(stop).collect()
}

fn name(look: Look<'_>, stop: Stop) -> String {
    let d = text(look.lang());
    let (kind, is_back) = match stop {
        Stop::Warehouse => (CustodyKind::Warehouse, false),
        Stop::Ppk => (CustodyKind::Ppk, false),
        Stop::Pps => (CustodyKind::Pps, false),
        Stop::Tps => (CustodyKind::Tps, false),
        Stop::PpsBack => (CustodyKind::Pps, true),
        Stop::PpkBack => (CustodyKind::Ppk, true),
        Stop::WarehouseBack => (CustodyKind::Warehouse, true),
        Stop::Elsewhere => return d.elsewhere.to_owned(),
    };
    let word = if kind == CustodyKind::Warehouse {
        d.warehouse.to_owned()
    } else {
        words::custody(look.lang(), kind)
    };
    if is_back { format!("{word} ({})", d.back) } else { word }
}

/// One region or TPS of the table. `past_due` are its kits on their way that are past due.
pub(crate) fn region(look: Look<'_>, place: &Place, sums: &Rollup, past_due: u32) -> RegionKits {
    let (kits, n) = (&sums.kits, |n: u32| look.reading.number(n));
    let out = [Stop::Warehouse, Stop::Ppk, Stop::Pps, Stop::Elsewhere];
    let underway = out.map(|stop| kits.left(stop)).iter().sum::<u32>() + kits.at(Stop::Elsewhere);
    let back = [Stop::PpsBack, Stop::PpkBack, Stop::WarehouseBack];
    let back = back.map(|stop| kits.at(stop) + kits.left(stop)).iter().sum::<u32>() + kits.left(Stop::Tps);
    let late =
        past_due + [Stop::Warehouse, Stop::Ppk].map(|stop| late_at(look, sums, stop)).iter().sum::<u32>();
    let at = |stop| n(kits.at(stop));
    RegionKits {
        href: match place.level() {
            Some(Level::Tps) => href(place),
            _ => format!("/logistics?place={place}"),
        },
        name: look.place(place),
        kits: n(sums.tps),
        parts: [
            at(Stop::Warehouse),
            at(Stop::Ppk),
            at(Stop::Pps),
            at(Stop::Tps),
            n(underway),
            n(back),
            n(sums.kits_untold()),
        ],
        past_due: tag::problems(Tone::Bad, late, n(late)),
    }
}

/// How many kits on their way are past due, by each region that holds their TPS and by the TPS itself.
pub(crate) fn past_due(
    shares: &[(Place, Underway)],
    inside: &BTreeSet<&Place>,
    now: i64,
) -> BTreeMap<Place, u32> {
    let mut all: BTreeMap<Place, u32> = BTreeMap::new();
    let late = shares.iter().filter(|(_, s)| s.kit.is_some() && verdict(s, now) == Verdict::Passed);
    for (place, _) in late {
        if let Some(region) = region_among(place, inside) {
            *all.entry(region).or_default() += 1;
        }
    }
    all
}
