//! Fewer boxes, or counted pieces, were received than left, on one leg. A box that nobody can account for is the
//! question of the night before an election (13 February 2024: 4,594 TPS short).

use super::{Both, officers_differ};
use crate::projection::findings::{Finding, Number, Rule, Say, Severity, Sign, view::View};

pub(super) const TITLE: Both = ("Kurang dari surat jalan", "Short against the dispatch");
pub(super) const ADVICE: Both = (
    "Hubungi yang menyerahkan dan yang menerima; minta keduanya menghitung ulang dan mencari sisanya di perjalanan.",
    "Call giver and receiver; have both count again and look for the rest on the way.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    // Where two who saw it differ, that alone is the finding.
    for way in view.ways().filter(|way| !officers_differ::is_disputed(view, way)) {
        let leg = &way.1;
        if let (Some(sent), Some(received), Some(open @ 1..)) =
            (leg.boxes.sent, leg.boxes.received, leg.boxes.open())
        {
            let sign = view.leg_sign(Rule::ShortAgainstDispatch, Severity::High, way, None);
            signs.extend(sign.map(|s| arithmetic(s.with(leg.records.clone()), sent, received, open)));
        }
        for item in &leg.items {
            if let (Some(sent), Some(received), Some(open @ 1..)) = (item.sent, item.received(), item.open())
            {
                let sign = view.leg_sign(Rule::ShortAgainstDispatch, Severity::Medium, way, Some(item.item));
                signs.extend(sign.map(|s| arithmetic(s.with(leg.records.clone()), sent, received, open)));
            }
        }
    }
    signs
}

fn arithmetic(sign: Sign, sent: u32, received: u32, open: u32) -> Sign {
    sign.number(Number::Sent, sent).number(Number::Received, received).number(Number::Open, open)
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (what, leg) = (say.goods(finding), say.between(finding));
    let open = finding.number(Number::Open);
    let words = say.sent_and_received(finding);
    say.both(
        || format!("{}: {what}: {words}, {open} belum jelas {leg}", say.places(finding)),
        || format!("{}: {what}: {words}, {open} unaccounted for {leg}", say.places(finding)),
    )
}
