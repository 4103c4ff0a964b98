//! One polling station: everything that is known of it, who says so, and how old it is.

use pantau_protocol::{
    body::{Answer, Turnout},
    checklist::Venue,
    place::Place,
    projection::{Doubt, ItemState, PlaceState, Reference, Said, turnout_doubts},
};

use super::{
    Look,
    by::{By, by},
    custody::CustodyView,
    directive::{DirectiveView, directive},
    finding::FindingView,
    incident::{IncidentView, incident},
    sides::Sides,
    summary::item_name,
    tag::{self, Tag, Tone},
    timeline::RecordView,
    verdict::{VerdictView, verdict},
};
use crate::text::words;
use pantau_log::projector::urgency;

/// The page of a TPS.
#[derive(Debug, Clone, Default)]
pub(crate) struct TpsView {
    /// Name.
    pub(crate) name: String,
    /// Code.
    pub(crate) code: String,
    /// The regions above.
    pub(crate) under: String,
    /// Voters, access, signal.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// The head of the page.
    pub(crate) figures: Vec<FigureView>,
    /// Directives about it.
    pub(crate) directives: Vec<DirectiveView>,
    /// Incidents, open ones first.
    pub(crate) incidents: Vec<IncidentView>,
    /// One line per checklist item, answered or not.
    pub(crate) answers: Vec<AnswerView>,
    /// Whether it is ready.
    pub(crate) verdict: VerdictView,
    /// Findings about it, each with the two sides of what contradicts itself.
    pub(crate) findings: Vec<(FindingView, Option<Sides>)>,
    /// Where the kit has been.
    pub(crate) custody: Option<CustodyView>,
    /// One line per kit item, arrived or not.
    pub(crate) kit: Vec<KitView>,
    /// Turnout by hour.
    pub(crate) turnout: Vec<TurnoutView>,
    /// Latest roll call.
    pub(crate) standby: Option<StandbyView>,
    /// Records, newest first.
    pub(crate) timeline: Vec<RecordView>,
    /// There are older records.
    pub(crate) cut: bool,
}

/// A figure at the head of the page.
#[derive(Debug, Clone)]
pub(crate) struct FigureView {
    /// What it is.
    pub(crate) label: &'static str,
    /// Its value.
    pub(crate) word: Tag,
    /// Who says so.
    pub(crate) by: Option<By>,
}

/// A checklist item.
#[derive(Debug, Clone)]
pub(crate) struct AnswerView {
    /// Wording.
    pub(crate) item: String,
    /// Answer.
    pub(crate) word: Tag,
    /// Who says so.
    pub(crate) by: Option<By>,
}

/// A kit item. Unknown is never zero.
#[derive(Debug, Clone)]
pub(crate) struct KitView {
    /// Name.
    pub(crate) item: String,
    /// What the kit asks for.
    pub(crate) expected: String,
    /// Good pieces.
    pub(crate) good: String,
    /// Damaged pieces.
    pub(crate) damaged: String,
    /// Pieces short.
    pub(crate) short: Tag,
    /// How it was checked.
    pub(crate) checked: String,
    /// Who says so.
    pub(crate) by: Option<By>,
}

/// Turnout of one hour.
#[derive(Debug, Clone)]
pub(crate) struct TurnoutView {
    /// `10.00`.
    pub(crate) hour: String,
    /// Voters so far.
    pub(crate) voters: String,
    /// Who says so.
    pub(crate) by: By,
}

/// A roll call.
#[derive(Debug, Clone)]
pub(crate) struct StandbyView {
    /// How things stand.
    pub(crate) situation: Tag,
    /// `5 of 7 present`.
    pub(crate) present: String,
    /// "No obstacle so far" was said.
    pub(crate) no_obstacle: bool,
    /// Who says so.
    pub(crate) by: By,
}

/// The page of a TPS, without its timeline.
pub(crate) fn tps(look: Look<'_>, place: &Place, state: &PlaceState) -> TpsView {
    let mut incidents: Vec<_> = state.incidents.iter().collect();
    incidents.sort_by_key(|i| (!i.is_open(), urgency(i)));
    TpsView {
        name: look.place(place),
        code: place.to_string(),
        under: [look.under(place), look.successor(place)]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        facts: facts(look, place, state),
        figures: figures(look, state),
        directives: state.directives.iter().map(|d| directive(look, place, d)).collect(),
        incidents: incidents.into_iter().map(|i| incident(look, place, i)).collect(),
        answers: answers(look, state),
        custody: None,
        verdict: verdict(look, place, state),
        findings: Vec::new(),
        kit: kit(look, place, state),
        turnout: turnout(look, place, state),
        standby: standby(look, state),
        timeline: Vec::new(),
        cut: false,
    }
}

fn facts(look: Look<'_>, place: &Place, state: &PlaceState) -> Vec<(&'static str, String)> {
    let (t, lang) = (look.t(), look.lang());
    let mut facts = Vec::new();
    if let Some(tps) = look.reference.tps(place) {
        facts.push((t.voters, look.reading.number(tps.voters)));
        facts.push((t.access, words::access(lang, tps.access)));
        facts.push((t.signal, words::signal(lang, tps.signal)));
    }
    if let Some((way, mark)) = &state.way {
        facts.push((t.way, format!("{} ({})", words::way(lang, *way), look.reading.age(mark.at))));
    }
    facts
}

fn figures(look: Look<'_>, state: &PlaceState) -> Vec<FigureView> {
    let (t, lang) = (look.t(), look.lang());
    let arrived = match &state.arrival {
        Some(a) if a.bad_seals > 0 => {
            tag::tag(Tone::Bad, format!("{}, {} {}", t.yes, a.bad_seals, t.bad_seals.to_lowercase()))
        }
        Some(a) => tag::tag(Tone::Good, words::arrival(lang, a.rest)),
        None => tag::tag(Tone::Plain, t.no),
    };
    let complete = if state.is_complete(look.reference) {
        tag::tag(Tone::Good, t.yes)
    } else if state.is_short() {
        tag::tag(Tone::Bad, t.short.to_lowercase())
    } else {
        tag::tag(Tone::Plain, t.unknown)
    };
    let figure = |label, word, mark: Option<&_>| FigureView { label, word, by: mark.map(|m| by(look, m)) };
    let visits = if state.visits > 1 { format!("{}, {} ×", t.yes, state.visits) } else { t.yes.to_owned() };
    let visited = if state.visits > 0 { tag::tag(Tone::Good, visits) } else { tag::tag(Tone::Plain, t.no) };
    let word = match &state.last_word {
        Some(mark) => tag::tag(Tone::Plain, look.reading.age(mark.at)),
        None => tag::tag(Tone::Warn, t.no_word),
    };
    vec![
        figure(t.visited, visited, state.last_visit.as_ref()),
        figure(t.arrived, arrived, state.arrival.as_ref().map(|a| &a.mark)),
        figure(t.complete, complete, state.items.iter().map(|i| &i.mark).max_by_key(|m| m.at)),
        figure(t.last_word, word, state.last_word.as_ref()),
    ]
}

/// The newest checklist in its order, then answers to items that it no longer has.
fn answers(look: Look<'_>, state: &PlaceState) -> Vec<AnswerView> {
    let lang = look.lang();
    let list = look.reference.checklist_for(Venue::Tps);
    let items = list.map(|l| l.items.as_slice()).unwrap_or_default();
    let asked = items.iter().map(|item| {
        let said = state
            .answers
            .iter()
            .find(|a| a.item == item.code && list.is_some_and(|l| l.number == a.checklist));
        AnswerView {
            item: lang.pick(&item.id, &item.en).clone(),
            word: tag::answer(lang, said.map_or(Answer::Blank, |a| a.answer)),
            by: said.map(|a| by(look, &a.mark)),
        }
    });
    let others = state.answers.iter().filter(|a| !items.iter().any(|i| i.code == a.item));
    let others = others.map(|a| AnswerView {
        item: a.item.clone(),
        word: tag::answer(lang, a.answer),
        by: Some(by(look, &a.mark)),
    });
    asked.chain(others).collect()
}

fn kit(look: Look<'_>, place: &Place, state: &PlaceState) -> Vec<KitView> {
    let lines = kit_lines(look.reference, place, state).into_iter();
    lines.map(|(n, expected, said)| kit_item(look, n, expected, said)).collect()
}

/// Each item of the kit, in the order of the profile, then any other that somebody spoke of: its number, what the kit
/// asks for, and what was said of it.
pub(crate) fn kit_lines<'a>(
    reference: &Reference,
    place: &Place,
    state: &'a PlaceState,
) -> Vec<(u32, Option<u32>, Option<&'a ItemState>)> {
    let voters = reference.tps(place).map(|t| t.voters);
    let of_kit: Vec<(u32, Option<u32>)> = reference.profile().map_or_else(Vec::new, |p| {
        p.kit.iter().map(|i| (i.number, voters.map(|v| i.quantity.of(v)))).collect()
    });
    let beyond = state.items.iter().filter(|i| !of_kit.iter().any(|(n, _)| *n == i.item));
    let beyond: Vec<_> = beyond.map(|i| (i.item, i.expected)).collect();
    let said = |n: u32| state.items.iter().find(|i| i.item == n);
    of_kit.into_iter().chain(beyond).map(|(n, expected)| (n, expected, said(n))).collect()
}

fn kit_item(look: Look<'_>, number: u32, expected: Option<u32>, said: Option<&ItemState>) -> KitView {
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| look.reading.number(n));
    let short = match said.and_then(ItemState::short) {
        Some(0) => tag::tag(Tone::Good, "0"),
        Some(n) => tag::tag(Tone::Bad, look.reading.number(n)),
        None => tag::tag(Tone::Plain, "?"),
    };
    let meant = said.and_then(|s| s.meant);
    let checked = said.map_or_else(String::new, |s| tag::checked(look.lang(), s.checked));
    let t = look.t();
    KitView {
        item: item_name(look, number),
        expected: count(expected),
        good: count(said.and_then(|s| s.good)),
        damaged: count(said.and_then(|s| s.damaged)),
        short,
        checked: match meant {
            Some(n) => format!("{checked} · {} {}", t.meant, look.reading.number(n)),
            None => checked,
        },
        by: said.map(|s| {
            let by = by(look, &s.mark);
            By { flag: if meant.is_some() { t.flag_replanned } else { by.flag }, ..by }
        }),
    }
}

fn turnout(look: Look<'_>, place: &Place, state: &PlaceState) -> Vec<TurnoutView> {
    let t = look.t();
    let doubts = turnout_doubts(&state.turnout, look.reference.tps(place).map(|t| t.voters));
    let line = |(said, doubt): (&Said<Turnout>, Option<Doubt>)| {
        let by = by(look, &said.mark);
        let flag = match doubt {
            Some(Doubt::OverBallots) => t.flag_over_ballots,
            Some(Doubt::Falls) => t.flag_falls,
            None => by.flag,
        };
        TurnoutView {
            hour: look.reading.slot(said.said.hour),
            voters: look.reading.number(said.said.voters),
            by: By { flag, ..by },
        }
    };
    state.turnout.iter().zip(doubts).map(line).collect()
}

fn standby(look: Look<'_>, state: &PlaceState) -> Option<StandbyView> {
    let Said { said: s, mark } = state.standby.as_ref()?;
    Some(StandbyView {
        situation: tag::situation(look.lang(), s.situation),
        present: format!("{} {} {} {}", s.present, look.t().of, s.team, look.t().present),
        no_obstacle: s.no_obstacle,
        by: by(look, mark),
    })
}
