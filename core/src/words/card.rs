//! The card in words: where the kit is and through whose hands it went, where giver and receiver do not say the same,
//! and why a record does not count. The words for goods are those of the desk's page of a TPS.

use pantau_protocol::{
    body::Kind,
    journal::RecordId,
    projection::{
        Boxes, Custody, DeadlineVerdict, Distrust, Judged, Leg, LegItem, Mark, Reference, Seals, Whereabouts,
        findings::Lang,
    },
};

use super::naming::Words;
use crate::tps::{TimelineRow, TpsCard};

/// A card in words, each text one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardWords {
    /// Where the kit is, who had it last, whether it was in time, and its legs. Empty where nobody spoke of the kit.
    pub custody: Vec<String>,
    /// Where the words of two officers differ: who said what, and when.
    pub differences: Vec<String>,
    /// Why records of the timeline do not count, in its order; those that count are not among them.
    pub not_counted: Vec<RecordWords>,
}

/// A text about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordWords {
    /// The record.
    pub record: RecordId,
    /// The text.
    pub text: String,
}

/// Tells a card in words.
pub(crate) fn card(card: &TpsCard, reference: &Reference, lang: Lang) -> CardWords {
    let row = |record: &RecordId| card.timeline.iter().find(|row| row.id == *record);
    let name = |mark: &Mark| row(&mark.record)?.name.clone();
    let w = Words { lang, reference, name: &name };
    let custody = card.custody.as_ref();
    let told = |of: &TimelineRow| Some(RecordWords { record: of.id, text: not_counted(&w, of, row)? });
    CardWords {
        custody: custody.map(|line| custody_lines(&w, line)).unwrap_or_default(),
        differences: custody.map(|line| differences(&w, line)).unwrap_or_default(),
        not_counted: card.timeline.iter().filter_map(told).collect(),
    }
}

fn custody_lines(w: &Words<'_>, line: &Custody) -> Vec<String> {
    let at = match &line.at {
        Whereabouts::At(point) => w.point(point),
        Whereabouts::OnTheWay { from, to, since } => format!(
            "{} {} → {}, {} {}",
            w.pick("dalam perjalanan", "on the way"),
            w.point(from),
            w.point(to),
            w.pick("sejak", "since"),
            w.when(since.at)
        ),
    };
    let hands = &line.last_hands;
    let numbered = hands.officer.filter(|_| (w.name)(hands).is_some());
    let number = numbered.map_or_else(String::new, |n| format!(" ({} {n})", w.pick("petugas", "officer")));
    let mut lines = vec![
        format!("{}: {at}", w.pick("Kit", "Kit")),
        format!(
            "{} {}{number}, {} {}, {} {}, {} {}",
            w.pick("Terakhir di tangan", "Last in the hands of"),
            w.officer(hands),
            w.pick("HP", "phone"),
            hands.device,
            w.pick("sejak", "since"),
            w.when(hands.at),
            w.pick("catatan", "record"),
            hands.record
        ),
        in_time(w, line.in_time),
    ];
    for (n, leg) in line.legs.iter().enumerate() {
        lines.push(format!("{}. {}", n + 1, route(w, leg)));
        lines.extend(words_of(w, leg).into_iter().map(|text| format!("   {text}")));
    }
    lines
}

fn in_time(w: &Words<'_>, verdict: DeadlineVerdict) -> String {
    let (id, en) = match verdict {
        DeadlineVerdict::Before => ("tepat waktu", "in time"),
        DeadlineVerdict::After => ("melewati batas waktu", "after the deadline"),
        DeadlineVerdict::Undetermined => {
            ("tepat waktu atau tidak: belum dapat dipastikan", "in time or not: cannot be said yet")
        }
    };
    w.pick(id, en).to_owned()
}

fn route(w: &Words<'_>, leg: &Leg) -> String {
    let from = leg.from.as_ref().map_or_else(|| "?".to_owned(), |from| w.point(from));
    format!("{from} → {}", w.point(&leg.to))
}

/// Who gave, who took, where it came instead, and what left and came.
fn words_of(w: &Words<'_>, leg: &Leg) -> Vec<String> {
    let due = leg.due.map(|due| format!(", {} {}", w.pick("batas waktu", "due"), w.when(due)));
    let given = leg.given.as_ref().map_or_else(
        || w.pick("tidak ada catatan", "no record").to_owned(),
        |mark| format!("{}{}", w.who(mark), due.unwrap_or_default()),
    );
    let taken = leg
        .taken
        .as_ref()
        .map_or_else(|| w.pick("belum ada catatan", "no record yet").to_owned(), |mark| w.who(mark));
    let mut lines = vec![
        format!("{}: {given}", w.pick("Diserahkan", "Handed over")),
        format!("{}: {taken}", w.pick("Diterima", "Received")),
    ];
    if let Some(mark) = &leg.passed {
        lines.push(format!("{}: {}", w.pick("Singgah", "Stopped on the way"), w.who(mark)));
    }
    if let Some(at) = leg.arrived.as_ref().filter(|at| **at != leg.to) {
        lines.push(format!("{} {}", w.pick("diterima di", "received at"), w.point(at)));
    }
    lines.extend(counts(&leg.boxes, &leg.items).iter().map(|count| count.told(w)));
    lines.extend(seals(w, &leg.seals));
    lines
}

/// What left and what came of something. What nobody counted is absent, never zero.
struct Count {
    /// Of an item; absent for containers.
    item: Option<u32>,
    sent: Option<u32>,
    received: Option<u32>,
    open: Option<u32>,
    over: Option<u32>,
    damaged: Option<u32>,
    missing: Option<u32>,
}

/// Of what somebody counted.
fn counts(boxes: &Boxes, items: &[LegItem]) -> Vec<Count> {
    let Boxes { sent, received, damaged, missing } = *boxes;
    let (open, over) = (boxes.open(), boxes.over());
    let boxes = Count { item: None, sent, received, open, over, damaged, missing };
    let boxes = (sent.is_some() || received.is_some()).then_some(boxes);
    let item = |i: &LegItem| Count {
        item: Some(i.item),
        sent: i.sent,
        received: i.received(),
        open: i.open(),
        over: i.over(),
        damaged: i.damaged,
        missing: i.missing,
    };
    boxes.into_iter().chain(items.iter().map(item)).collect()
}

impl Count {
    fn what(&self, w: &Words<'_>) -> String {
        self.item.map_or_else(|| w.pick("koli", "containers").to_owned(), |item| w.item(item))
    }

    /// `koli: 5 dikirim, 4 diterima, 1 belum jelas`; a question mark for what nobody counted.
    fn told(&self, w: &Words<'_>) -> String {
        let count = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let (sent, came) = (w.pick("dikirim", "sent"), w.pick("diterima", "received"));
        let (what, odd) = (self.what(w), self.odd(w));
        format!("{what}: {} {sent}, {} {came}{odd}", count(self.sent), count(self.received))
    }

    fn odd(&self, w: &Words<'_>) -> String {
        let odd = [
            (self.open, w.pick("belum jelas", "not accounted for")),
            (self.over, w.pick("lebih", "more than were sent")),
            (self.damaged, w.pick("rusak", "damaged")),
            (self.missing, w.pick("kurang", "short")),
        ];
        let told = odd.into_iter().filter_map(|(n, word)| Some((n.filter(|n| *n > 0)?, word)));
        told.map(|(n, word)| format!(", {n} {word}")).collect()
    }
}

/// Seals that were looked at: how many are whole, and each that is not by its number.
fn seals(w: &Words<'_>, seals: &Seals) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(intact) = seals.intact.as_ref().filter(|all| !all.is_empty()) {
        lines.push(format!("{} {}", intact.len(), w.pick("segel utuh", "seals intact")));
    }
    let odd = [
        (&seals.broken, w.pick("rusak", "broken")),
        (&seals.missing, w.pick("tidak ada", "missing")),
        (&seals.other, w.pick("tidak ada dalam daftar", "not in the list")),
    ];
    for (numbers, word) in odd {
        let told = numbers.iter().flatten().map(|number| {
            let number = pantau_protocol::legible::legible_line(number);
            format!("{} {number} {word}", w.pick("segel", "seal"))
        });
        lines.extend(told);
    }
    lines
}

/// For each leg and thing of which giver and receiver name two numbers: who said what, and when.
fn differences(w: &Words<'_>, line: &Custody) -> Vec<String> {
    let mut told = Vec::new();
    for leg in &line.legs {
        let (Some(given), Some(taken)) = (&leg.given, &leg.taken) else { continue };
        for count in counts(&leg.boxes, &leg.items) {
            let (Some(sent), Some(received)) = (count.sent, count.received) else { continue };
            if sent != received {
                let (giver, taker, route) = (w.who(given), w.who(taken), route(w, leg));
                let (what, odd) = (count.what(w), count.odd(w));
                let (is, came) = (w.pick("dikirim", "sent"), w.pick("diterima", "received"));
                told.push(format!("{route}, {what}: {giver}: {sent} {is}; {taker}: {received} {came}{odd}."));
            }
        }
    }
    told
}

/// Why a record does not count; `None` for one that does.
fn not_counted<'a>(
    w: &Words<'_>,
    of: &TimelineRow,
    row: impl Fn(&RecordId) -> Option<&'a TimelineRow>,
) -> Option<String> {
    let no = w.pick("Tidak dihitung", "Does not count");
    let Some(judged) = of.judged else {
        let why = w.pick(
            "Belum dihitung: server belum mengirimnya lagi.",
            "Does not count yet: the server has not sent it again.",
        );
        return Some(why.to_owned());
    };
    let why = match judged {
        Judged::Counts => return None,
        Judged::Superseded { by } => match row(&by) {
            Some(by) => {
                let did = match by.kind {
                    Kind::Retract => w.pick("ditarik oleh", "taken back by"),
                    _ => w.pick("dikoreksi oleh", "corrected by"),
                };
                format!("{did} {}", author(w, by))
            }
            None => w.pick("sudah diganti", "superseded").to_owned(),
        },
        Judged::Copy { of } => match row(&of) {
            Some(of) => format!("{} {}", w.pick("salinan catatan", "a copy of the record of"), author(w, of)),
            None => w.pick("salinan", "a copy").to_owned(),
        },
        Judged::Untrusted(why) => {
            let (id, en) = match why {
                Distrust::Revoked(_) => ("HP dicabut", "phone revoked"),
                Distrust::Follows(_) => ("HP ini penerus HP yang dicabut", "the phone follows a revoked one"),
                Distrust::TooFar => {
                    ("rantai HP terlalu panjang; daftarkan ulang", "too long a chain of phones; enrol anew")
                }
            };
            w.pick(id, en).to_owned()
        }
        Judged::OtherElection => w.pick("pemilihan lain", "another election").to_owned(),
        Judged::NotAllowed => w
            .pick("hanya Desk Pemilu yang boleh mengatakannya", "only the election desk may say so")
            .to_owned(),
        Judged::Quarantined => w.pick("ditahan oleh server", "quarantined by the server").to_owned(),
    };
    Some(format!("{no}: {why}."))
}

/// Who made a record of the timeline, and when.
fn author(w: &Words<'_>, row: &TimelineRow) -> String {
    let mark = Mark {
        record: row.id,
        device: row.device,
        officer: row.officer,
        basis: row.basis,
        at: row.effective_at,
        impossible_time: false,
        received_at: None,
        told_by: None,
    };
    w.who(&mark)
}
