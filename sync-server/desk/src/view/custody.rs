//! The custody line of a kit: each hop with who gave, who took, and what is not accounted for.

use pantau_protocol::projection::{Boxes, Custody, DeadlineVerdict, Leg, LegItem, Seals, Whereabouts};

use super::{
    Look,
    by::{By, by},
    goods,
    summary::item_name,
    tag::{self, Tag, Tone},
};

/// The custody line of a kit.
#[derive(Debug, Clone)]
pub(crate) struct CustodyView {
    /// Where it is, in words.
    pub(crate) at: String,
    /// In whose hands it was last.
    pub(crate) hands: By,
    /// Whether it was in time.
    pub(crate) in_time: Tag,
    /// Oldest first.
    pub(crate) legs: Vec<LegView>,
}

/// One hop.
#[derive(Debug, Clone)]
pub(crate) struct LegView {
    /// From where to where.
    pub(crate) route: String,
    /// When it should have been there; may be empty.
    pub(crate) due: String,
    /// The giver's word.
    pub(crate) given: Option<By>,
    /// The receiver's word, or one from on the way.
    pub(crate) taken: Option<By>,
    /// Where it came, if that is elsewhere; may be empty.
    pub(crate) elsewhere: String,
    /// What left and came: containers, seals, counted contents.
    pub(crate) balance: Vec<Tag>,
}

/// Shows a custody line.
pub(crate) fn custody(look: Look<'_>, custody: &Custody) -> CustodyView {
    let t = look.t();
    let at = match &custody.at {
        Whereabouts::At(point) => goods::at(look, point),
        Whereabouts::OnTheWay { from, to, .. } => {
            format!("{} {} → {}", t.on_the_way, goods::at(look, from), goods::at(look, to))
        }
    };
    let in_time = match custody.in_time {
        DeadlineVerdict::Before => tag::tag(Tone::Good, t.in_time),
        DeadlineVerdict::After => tag::tag(Tone::Bad, t.too_late),
        DeadlineVerdict::Undetermined => tag::tag(Tone::Plain, t.in_time_unknown),
    };
    let legs = custody.legs.iter().map(|l| leg(look, l)).collect();
    CustodyView { at, hands: by(look, &custody.last_hands), in_time, legs }
}

fn leg(look: Look<'_>, leg: &Leg) -> LegView {
    let t = look.t();
    let from = leg.from.as_ref().map_or_else(|| "?".to_owned(), |from| goods::at(look, from));
    let arrived = leg.arrived.as_ref().filter(|arrived| **arrived != leg.to);
    let mut balance: Vec<Tag> = boxes(look, &leg.boxes).into_iter().collect();
    balance.extend(seals(look, &leg.seals));
    balance.extend(leg.items.iter().map(|i| item(look, i)));
    LegView {
        route: format!("{from} → {}", goods::at(look, &leg.to)),
        due: leg
            .due
            .map_or_else(String::new, |due| format!("{} {}", t.due.to_lowercase(), look.reading.local(due))),
        given: leg.given.as_ref().map(|mark| by(look, mark)),
        taken: leg.taken.as_ref().or(leg.passed.as_ref()).map(|mark| by(look, mark)),
        elsewhere: arrived
            .map_or_else(String::new, |at| format!("{} {}", t.received_at, goods::at(look, at))),
        balance,
    }
}

/// What left and what came of something; a number nobody counted is a question mark and never zero.
fn came(look: Look<'_>, what: &str, (sent, received, open): (Option<u32>, Option<u32>, Option<u32>)) -> Tag {
    let t = look.t();
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| look.reading.number(n));
    let mut text = format!("{what}: {} {}, {} {}", count(sent), t.sent, count(received), t.came);
    let tone = match open {
        Some(0) => Tone::Good,
        Some(open) => {
            text.push_str(&format!(", {} {}", look.reading.number(open), t.unaccounted));
            Tone::Bad
        }
        None => Tone::Plain,
    };
    tag::tag(tone, text)
}

fn boxes(look: Look<'_>, boxes: &Boxes) -> Option<Tag> {
    let t = look.t();
    if boxes.sent.is_none() && boxes.received.is_none() {
        return None;
    }
    let mut told = came(look, t.containers, (boxes.sent, boxes.received, boxes.open()));
    for (n, word) in [(boxes.over(), t.over), (boxes.damaged, t.damaged), (boxes.missing, t.missing)] {
        if let Some(n @ 1..) = n {
            told.text.push_str(&format!(", {} {}", look.reading.number(n), word.to_lowercase()));
            told.tone = Tone::Bad;
        }
    }
    Some(told)
}

fn item(look: Look<'_>, item: &LegItem) -> Tag {
    let received = item.good.map(|good| good.saturating_add(item.damaged.unwrap_or(0)));
    let mut told = came(look, &item_name(look, item.item), (item.sent, received, item.open()));
    let t = look.t();
    for (n, word) in [(item.over(), t.over), (item.damaged, t.damaged), (item.missing, t.missing)] {
        if let Some(n @ 1..) = n {
            told.text.push_str(&format!(", {} {}", look.reading.number(n), word.to_lowercase()));
            told.tone = Tone::Bad;
        }
    }
    told
}

/// Seals that were looked at: how many are whole, and each that is not by its number.
fn seals(look: Look<'_>, seals: &Seals) -> Vec<Tag> {
    let t = look.t();
    let lang = look.lang();
    let state = |state| crate::text::words::seal_state(lang, state);
    let mut told = Vec::new();
    if let Some(intact) = seals.intact.as_ref().filter(|all| !all.is_empty()) {
        let n = look.reading.number(intact.len() as u64);
        told.push(tag::tag(
            Tone::Good,
            format!("{n} {} {}", t.seals, state(pantau_protocol::body::SealState::Intact)),
        ));
    }
    let odd = [
        (&seals.broken, state(pantau_protocol::body::SealState::Broken)),
        (&seals.missing, state(pantau_protocol::body::SealState::Missing)),
        (&seals.other, t.other_seal.to_owned()),
    ];
    for (numbers, word) in odd {
        let named = numbers.iter().flatten();
        told.extend(named.map(|number| tag::tag(Tone::Bad, format!("{} {number} {word}", t.seal))));
    }
    told
}
