//! Holds what the engine says against what a file expects.

mod findings;

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Answer, Point},
    checklist::Checklist,
    journal::RecordId,
    place::Place,
    projection::{Judged, Mark},
};

use crate::{
    cast::Cast,
    expect::{Asks, Aspect, Expectation, Expected},
    file::is_about_findings,
    journals::Journals,
    observe::{self, Custody, Observed, Part, Scene, Whereabouts, observe},
    say::{SITUATIONS, WAYS},
};

/// What came of one expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// What was expected.
    Held,
    /// Something else.
    Differs(String),
    /// The engine cannot say yet.
    NotBuilt,
}

/// One thing that was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Line of the file.
    pub line: usize,
    /// What was expected.
    pub wanted: String,
    /// What came.
    pub came: Came,
}

/// Names of things in the file.
pub struct Names<'a> {
    /// Places, officers, phones.
    pub cast: &'a Cast,
    /// Records.
    pub journals: &'a Journals,
}

impl Names<'_> {
    fn record(&self, id: &RecordId) -> String {
        self.journals.called(id)
    }

    fn mark(&self, mark: Option<&Mark>) -> String {
        mark.map_or("none".into(), |mark| self.record(&mark.record))
    }

    fn hands(&self, hands: Option<(u32, RecordId)>) -> String {
        let shown =
            |(officer, record)| format!("{} in {}", self.cast.officer_called(officer), self.record(&record));
        hands.map_or("nobody".into(), shown)
    }

    fn about(&self, places: &BTreeSet<Place>, phones: &BTreeSet<String>) -> String {
        let places = places.iter().map(|place| self.cast.called(place));
        places.chain(phones.iter().cloned()).collect::<Vec<_>>().join(", ")
    }
}

/// Compares all that is expected at one moment. Where anything is said of findings, the findings that are open are
/// exactly those.
pub fn moment(wanted: &[&Expectation], scene: &Scene<'_>, names: &Names<'_>) -> Vec<Compared> {
    let mut compared = Vec::new();
    for expectation in wanted {
        match &expectation.what {
            Expected::Place(place, aspects) => {
                let observed = observe(scene, place);
                compared.extend(aspects.iter().map(|wanted| aspect(place, wanted, &observed, names)));
            }
            Expected::Record(name, becomes) => {
                compared.push(record(expectation.line, name, becomes, scene, names));
            }
            Expected::Finding(_) | Expected::NoFinding(_) | Expected::NoFindings => {}
        }
    }
    let wanted: Vec<&Expectation> = wanted.iter().copied().filter(|e| is_about_findings(e)).collect();
    compared.extend(findings::compare(&wanted, observe::findings(scene), names));
    compared
}

fn equal(line: usize, what: &str, wanted: String, came: String) -> Compared {
    let held = wanted == came;
    let came = if held { Came::Held } else { Came::Differs(came) };
    Compared { line, wanted: format!("{what}: {wanted}"), came }
}

fn record(line: usize, name: &str, becomes: &str, scene: &Scene<'_>, names: &Names<'_>) -> Compared {
    let what = format!("record {name}");
    let Some(Some(fact)) = names.journals.said.get(name) else {
        return Compared { line, wanted: format!("{what}: {becomes}"), came: Came::NotBuilt };
    };
    let came = if scene.fold.fact(&fact.id).is_none() {
        "not here yet".to_owned()
    } else {
        match observe(scene, &fact.record.place).judgement.of(&fact.id) {
            Judged::Counts => "counts".into(),
            Judged::Superseded { .. } => "superseded".into(),
            Judged::Copy { .. } => "copy".into(),
            Judged::Untrusted(_) => "untrusted".into(),
            Judged::NotAllowed => "not allowed".into(),
            Judged::OtherElection => "other election".into(),
            Judged::Quarantined => "quarantined".into(),
        }
    };
    equal(line, &what, becomes.to_owned(), came)
}

/// One line about a place.
fn aspect(place: &Place, wanted: &Aspect, observed: &Observed, names: &Names<'_>) -> Compared {
    let what = format!("{} {}", names.cast.called(place), asked(&wanted.asks, names.cast));
    let list = |facts: &[(String, String)]| {
        let shown = facts.iter().map(|(name, value)| format!("{} {value}", shown_fact(name, names.cast)));
        shown.map(|fact| fact.trim().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let Part::Built(answer) = answer(&wanted.asks, observed, names) else {
        return Compared {
            line: wanted.line,
            wanted: format!("{what}: {}", list(&wanted.facts)),
            came: Came::NotBuilt,
        };
    };
    let none = || "nothing of the kind".to_owned();
    let came: Vec<(String, String)> = wanted
        .facts
        .iter()
        .map(|(name, _)| (name.clone(), answer.get(name).cloned().unwrap_or_else(none)))
        .collect();
    equal(wanted.line, &what, list(&wanted.facts), list(&came))
}

fn asked(asks: &Asks, cast: &Cast) -> String {
    match asks {
        Asks::Leg(from, to) => format!("leg {} -> {}", cast.shown(from), cast.shown(to)),
        Asks::Custody(name) | Asks::Value(name) => (*name).to_owned(),
        Asks::Item(item) => format!("item {}", cast.item_called(*item)),
        Asks::Answer(code) => format!("answer {code}"),
        Asks::Turnout(hour) => format!("turnout {hour}"),
    }
}

/// `21 good` as `Tinta (botol) good`.
fn shown_fact(name: &str, cast: &Cast) -> String {
    match name.split_once(' ').map(|(item, what)| (item.parse(), what)) {
        Some((Ok(item), what)) => format!("{} {what}", cast.item_called(item)),
        _ => name.to_owned(),
    }
}

type Facts = BTreeMap<String, String>;

fn one(value: String) -> Part<Facts> {
    Part::Built(BTreeMap::from([(String::new(), value)]))
}

fn count(number: Option<u32>) -> String {
    number.map_or("unknown".into(), |number| number.to_string())
}

/// What the engine answers, by the names of the facts.
fn answer(asks: &Asks, observed: &Observed, names: &Names<'_>) -> Part<Facts> {
    match asks {
        Asks::Leg(from, to) => custody(observed, |custody| leg(custody, from, to, names)),
        Asks::Custody(name) => custody(observed, |custody| {
            let value = match *name {
                "legs" => custody.legs.len().to_string(),
                "last hands" => names.hands(custody.last_hands),
                "where" => whereabouts(custody.at.as_ref(), names),
                _ => custody.due.clone(),
            };
            BTreeMap::from([(String::new(), value)])
        }),
        Asks::Item(number) => {
            let item = observed.state.items.iter().find(|item| item.item == *number);
            let facts = [
                ("expected", item.and_then(|item| item.expected)),
                ("good", item.and_then(|item| item.good)),
                ("damaged", item.and_then(|item| item.damaged)),
                ("short", item.and_then(|item| item.short())),
            ];
            Part::Built(facts.into_iter().map(|(name, value)| (name.to_owned(), count(value))).collect())
        }
        Asks::Answer(code) => {
            let answers = &observed.state.answers;
            let answer = answers.iter().find(|a| is_called(code, a.checklist, &a.item)).map(|a| a.answer);
            let told = match answer {
                Some(Answer::Ok) => "ok",
                Some(Answer::NotOk) => "not ok",
                Some(Answer::NotApplicable) => "not applicable",
                Some(Answer::Blank | Answer::Other(_)) | None => "none",
            };
            one(told.to_owned())
        }
        Asks::Turnout(hour) => {
            let said = observed.state.turnout.iter().find(|said| said.said.hour == *hour);
            one(count(said.map(|said| said.said.voters)))
        }
        Asks::Value(name) => one(value(name, observed, names)),
    }
}

/// Whether an answer of a state is to the item with this code.
fn is_called(code: &str, checklist: u32, item: &str) -> bool {
    item == code && Checklist::shipped().iter().any(|list| list.number == checklist)
}

/// One of the values that are asked by their name alone.
fn value(name: &str, observed: &Observed, names: &Names<'_>) -> String {
    let state = &observed.state;
    match name {
        "visits" => state.visits.to_string(),
        "last visit" => names.mark(state.last_visit.as_ref()),
        "way" => {
            let way = state.way.as_ref().map(|(way, _)| *way);
            way.and_then(|way| WAYS.iter().find(|(_, known)| *known == way))
                .map_or("none", |(name, _)| name)
                .into()
        }
        "arrival" => names.mark(state.arrival.as_ref().map(|arrival| &arrival.mark)),
        "bad seals" => state.arrival.as_ref().map_or(0, |arrival| arrival.bad_seals).to_string(),
        "kit at" => state.kit_at.as_ref().map_or("none".into(), |kit| {
            let point = Point { kind: kit.kind, place: kit.place.clone(), label: None };
            format!("{} in {}", names.cast.shown(&point), names.record(&kit.mark.record))
        }),
        "incidents" => state.incidents.len().to_string(),
        "open incidents" => state.incidents.iter().filter(|incident| incident.is_open()).count().to_string(),
        "standby" => {
            let situation = state.standby.as_ref().map(|standby| standby.said.situation);
            let found = situation.and_then(|s| SITUATIONS.iter().find(|(_, known)| *known == s));
            found.map_or("none", |(name, _)| name).into()
        }
        "records" => state.records.to_string(),
        "complete" => if observed.is_complete { "yes" } else { "no" }.into(),
        _ => names.mark(state.last_word.as_ref()),
    }
}

fn custody(observed: &Observed, read: impl FnOnce(&Custody) -> Facts) -> Part<Facts> {
    match &observed.custody {
        Part::NotBuilt => Part::NotBuilt,
        Part::Built(custody) => Part::Built(custody.as_ref().map(read).unwrap_or_default()),
    }
}

/// Of several legs between the same points the last.
fn leg(custody: &Custody, from: &Point, to: &Point, names: &Names<'_>) -> Facts {
    let Some(leg) = custody.legs.iter().rev().find(|leg| leg.from.as_ref() == Some(from) && leg.to == *to)
    else {
        return Facts::new();
    };
    let word = |id: Option<RecordId>| id.map_or("nobody".into(), |id| names.record(&id));
    let mut facts: Facts = leg.balance.iter().map(|(name, value)| (name.clone(), count(*value))).collect();
    facts.insert("given".into(), word(leg.given));
    facts.insert("taken".into(), word(leg.taken));
    facts
}

fn whereabouts(at: Option<&Whereabouts>, names: &Names<'_>) -> String {
    match at {
        None => "unknown".into(),
        Some(Whereabouts::At(point)) => names.cast.shown(point),
        Some(Whereabouts::OnTheWay { from, to, since }) => {
            let (from, to) = (names.cast.shown(from), names.cast.shown(to));
            format!("on the way from {from} to {to} since {}", names.record(since))
        }
    }
}
