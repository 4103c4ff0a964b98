//! What a warehouse counted of an item in good condition is less than its TPS need together: a shortage at some TPS in
//! a few days. Deliveries add up; what nobody counted is unknown.

use std::collections::BTreeMap;

use super::Both;
use crate::{
    body::{Body, CustodyKind, LineState},
    projection::{
        Fact,
        findings::{About, Finding, Number, Rule, Say, Severity, Sign, view::View},
        judge, logistics,
    },
};

pub(super) const TITLE: Both = ("Kebutuhan gudang belum terpenuhi", "Bulk need not covered");
pub(super) const ADVICE: Both = (
    "Minta pengiriman susulan dari percetakan atau cetak ulang, sebelum kotak dikemas.",
    "Order the rest from the printer, or a reprint, before the kits are packed.",
);

/// What was counted of an item.
#[derive(Default, Clone, Copy)]
struct Counted {
    good: u32,
    damaged: u32,
}

/// Deliveries to the warehouse, in order: what was received there without a kit.
fn deliveries<'a>(view: &View<'a>) -> Vec<(&'a Fact, &'a [crate::body::Line])> {
    let lines = |fact: &'a Fact| match &fact.statement {
        Body::Receive(r) if r.at == CustodyKind::Warehouse && r.kits.is_empty() => Some((fact, &r.lines[..])),
        _ => None,
    };
    let mut all: Vec<_> = view.cx.here.iter().copied().filter_map(lines).collect();
    all.sort_by_key(|(f, _)| (f.effective_at(), f.device, f.seq, f.id));
    all
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let all = deliveries(view);
    let Some((last, _)) = all.last() else { return Vec::new() };
    let mut counted: BTreeMap<u32, Counted> = BTreeMap::new();
    let mut heard: Vec<(&Fact, u32, Counted)> = Vec::new();
    for (fact, lines) in &all {
        for line in lines.iter().filter(|l| l.state == LineState::Counted) {
            let this = Counted { good: line.good, damaged: line.damaged };
            // Two officers at one ramp count one truck.
            let author = |f: &Fact| judge::author(f, view.reference());
            let is_same = heard.iter().any(|(other, item, count)| {
                let apart = fact.effective_at().abs_diff(other.effective_at());
                *item == line.item
                    && (count.good, count.damaged) == (this.good, this.damaged)
                    && author(other) != author(fact)
                    && apart <= u64::from(view.thresholds.same_s)
            });
            if is_same {
                continue;
            }
            heard.push((fact, line.item, this));
            let sum = counted.entry(line.item).or_default();
            sum.good = sum.good.saturating_add(this.good);
            sum.damaged = sum.damaged.saturating_add(this.damaged);
        }
    }
    let short = counted.into_iter().filter_map(|(item, counted)| {
        let needed = logistics::need(view.cx.place, item, view.reference());
        let open = needed.checked_sub(u64::from(counted.good)).filter(|n| *n > 0)?;
        let about = About::PlaceItem(view.cx.place.clone(), item);
        let records = heard.iter().filter(|(_, of, _)| *of == item).map(|(f, ..)| f.id);
        let sign = view.sign(Rule::BulkNeedUncovered, about, Severity::High).with(records);
        let int = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let sign = sign.number(Number::Needed, int(needed)).number(Number::Counted, counted.good);
        let mut sign = sign.number(Number::Open, int(open));
        if counted.damaged > 0 {
            sign = sign.number(Number::Damaged, counted.damaged);
        }
        sign.detail.items = vec![item];
        sign.detail.taken = Some(view.mark(last));
        Some(sign.hands(Some(view.mark(last))))
    });
    short.collect()
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let of = |name| finding.number(name);
    let (needed, counted, open) = (of(Number::Needed), of(Number::Counted), of(Number::Open));
    let damaged = |word: &str| match of(Number::Damaged) {
        0 => String::new(),
        n => format!(", {n} {word}"),
    };
    let (items, who) = (say.items(finding), say.taken(finding));
    say.both(
        || format!("Gudang {}: {items}: dibutuhkan {needed}, dihitung baik {counted}{}, kurang {open}; terakhir dihitung oleh {who}", say.places(finding), damaged("rusak")),
        || format!("Warehouse {}: {items}: {needed} needed, {counted} counted good{}, {open} short; last counted by {who}", say.places(finding), damaged("damaged")),
    )
}
