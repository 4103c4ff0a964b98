//! More boxes, or counted pieces, were received than left, on one leg: a box too many is one that another TPS misses.

use super::{Both, officers_differ};
use crate::projection::findings::{Finding, Number, Rule, Say, Severity, Sign, view::View};

pub(super) const TITLE: Both = ("Lebih dari surat jalan", "More than the dispatch");
pub(super) const ADVICE: Both = (
    "Cari pemilik kelebihannya: periksa TPS lain dalam pengiriman yang sama, atau minta pengirim membetulkan surat jalannya.",
    "Find whose the surplus is: check the other TPS of the consignment, or have the giver correct his dispatch.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for way in view.ways().filter(|way| !officers_differ::is_disputed(view, way)) {
        let leg = &way.1;
        let boxes = (None, leg.boxes.sent, leg.boxes.received, leg.boxes.over());
        let items = leg.items.iter().map(|i| (Some(i.item), i.sent, i.received(), i.over()));
        for (item, sent, received, over) in std::iter::once(boxes).chain(items) {
            if let (Some(sent), Some(received), Some(over @ 1..)) = (sent, received, over) {
                let sign = view.leg_sign(Rule::OverAgainstDispatch, Severity::Medium, way, item);
                let sign = sign.map(|s| s.with(leg.records.clone()).number(Number::Sent, sent));
                signs.extend(sign.map(|s| s.number(Number::Received, received).number(Number::Over, over)));
            }
        }
    }
    signs
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (what, words, over) =
        (say.goods(finding), say.sent_and_received(finding), finding.number(Number::Over));
    say.both(
        || format!("{}: {what}: {words}, {over} lebih", say.places(finding)),
        || format!("{}: {what}: {words}, {over} too many", say.places(finding)),
    )
}
