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

/// What left and what came of something.
struct Came {
    sent: Option<u32>,
    received: Option<u32>,
    open: Option<u32>,
    over: Option<u32>,
    damaged: Option<u32>,
    missing: Option<u32>,
}

/// Tells it; a number nobody counted is a question mark and never zero.
fn told(look: Look<'_>, what: &str, came: &Came) -> Tag {
    let t = look.t();
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| look.reading.number(n));
    let text = format!("{what}: {} {}, {} {}", count(came.sent), t.sent, count(came.received), t.came);
    let tone = if came.open == Some(0) { Tone::Good } else { Tone::Plain };
    let mut told = tag::tag(tone, text);
    let odd = [
        (came.open, t.unaccounted),
        (came.over, t.over),
        (came.damaged, t.damaged),
        (came.missing, t.missing),
    ];
    for (n, word) in odd {
        if let Some(n @ 1..) = n {
            told.text.push_str(&format!(", {} {}", look.reading.number(n), word.to_lowercase()));
            told.tone = Tone::Bad;
        }
    }
    told
}

fn boxes(look: Look<'_>, boxes: &Boxes) -> Option<Tag> {
    let Boxes { sent, received, damaged, missing } = *boxes;
    let came = Came { sent, received, open: boxes.open(), over: boxes.over(), damaged, missing };
    (sent.is_some() || received.is_some()).then(|| told(look, look.t().containers, &came))
}

fn item(look: Look<'_>, item: &LegItem) -> Tag {
    let (sent, received) = (item.sent, item.received());
    let (damaged, missing) = (item.damaged, item.missing);
    let came = Came { sent, received, open: item.open(), over: item.over(), damaged, missing };
    told(look, &item_name(look, item.item), &came)
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
