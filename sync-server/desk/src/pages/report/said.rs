//! Why a form was not taken, in words: at its head, and beside each field.

use std::collections::BTreeMap;

use pantau_log::ops::Reported;
use pantau_protocol::{body::Turnout, validate::Problem};

use super::{Why, fields::Problems, forms::said_of};
use crate::{
    page::Context,
    sent::report::{Doubt, What, Wrong},
    text::report::{self as words_of, Text},
    view::{Look, Notes},
};

/// What is told of a form that was not taken; empty for one that is new.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// At the head of the page.
    pub(super) outcome: String,
    /// Each problem with its input; the input is empty where there is none.
    pub(super) summary: Vec<(String, String)>,
    /// Problems by input.
    pub(super) problems: Problems,
    /// What a second press confirms.
    pub(super) confirm: String,
    /// A record that is meant, as its address and name.
    pub(super) link: Option<(String, &'static str)>,
}

pub(super) fn told(c: &Context<'_>, why: Option<&Why>) -> Told {
    let r = words_of::text(c.reading.lang);
    let notes = Notes::new();
    let look = c.look(&notes);
    match why {
        None => Told::default(),
        Some(Why::Kept) => Told { outcome: r.kept.to_owned(), ..Told::default() },
        Some(Why::Stale) => Told { outcome: r.stale.to_owned(), ..Told::default() },
        Some(Why::Wrong(wrongs)) => of_wrongs(c, look, wrongs),
        Some(Why::Doubtful(doubts)) => Told {
            outcome: r.warnings.to_owned(),
            summary: doubts.iter().map(|doubt| (String::new(), doubted(look, r, doubt))).collect(),
            confirm: confirmation(doubts),
            ..Told::default()
        },
        Some(Why::Reported(reported)) => of_reported(look, r, reported),
    }
}

/// What a form repeats that was asked about these doubts.
pub(crate) fn confirmation(doubts: &[Doubt]) -> String {
    doubts.iter().map(Doubt::word).collect::<Vec<_>>().join(" ")
}

fn of_wrongs(c: &Context<'_>, look: Look<'_>, wrongs: &[Wrong]) -> Told {
    let r = words_of::text(c.reading.lang);
    let said = |wrong: &Wrong| (wrong.input.clone(), what(c, look, &wrong.what));
    let all: Vec<(String, String)> = wrongs.iter().map(said).collect();
    let mut problems = BTreeMap::new();
    for (input, text) in &all {
        problems.entry(input.clone()).or_insert_with(|| text.clone());
    }
    Told { outcome: r.problems.to_owned(), summary: all, problems, ..Told::default() }
}

fn of_reported(_: Look<'_>, r: &'static Text, reported: &Reported) -> Told {
    let only = |outcome: &str| Told { outcome: outcome.to_owned(), ..Told::default() };
    match reported {
        Reported::Written(_) | Reported::Before(_) => Told::default(),
        Reported::NotTold => only(r.not_told),
        Reported::Superseded(record) => {
            Told { link: Some((format!("/report?done={record}"), r.written)), ..only(r.superseded) }
        }
        Reported::FormUsed(record) => {
            Told { link: Some((format!("/report?done={record}"), r.form_used_link)), ..only(r.form_used) }
        }
        Reported::Wrong(field) => {
            let input = field.field.clone();
            Told { summary: vec![(input, problem(r, field.problem).to_owned())], ..only(r.problems) }
        }
    }
}

/// What is wrong with a field.
fn what(c: &Context<'_>, look: Look<'_>, what: &What) -> String {
    let r = words_of::text(c.reading.lang);
    match what {
        What::Problem(one) => problem(r, *one).to_owned(),
        What::NoNumber => r.is_no_number.to_owned(),
        What::NoTime => r.is_no_time.to_owned(),
        What::ToCome => r.is_to_come.to_owned(),
        What::LaterThanTold => r.is_later.to_owned(),
        What::OnlyOne => r.only_one.to_owned(),
        What::NoOfficer => r.no_officer.to_owned(),
        What::GoodToo => r.good_too.to_owned(),
        What::NoPlace(text) => format!("{} “{text}”", r.place_none),
        What::Officers(officers) => {
            let named =
                officers.iter().map(|n| format!("{n} · {} ({})", look.officer(*n), said_of(c, look, *n)));
            format!("{}: {}", r.is_ambiguous, named.collect::<Vec<_>>().join("; "))
        }
    }
}

fn problem(r: &Text, problem: Problem) -> &'static str {
    match problem {
        Problem::Missing => r.is_missing,
        Problem::TooLong => r.is_too_long,
        Problem::TooLarge => r.is_too_large,
        Problem::TooSmall => r.is_too_small,
        Problem::Contradiction => r.is_contradiction,
        Problem::Doubled => r.is_doubled,
        Problem::Unknown => r.is_unknown,
        Problem::NotAllowed => r.is_not_allowed,
    }
}

fn doubted(look: Look<'_>, r: &Text, doubt: &Doubt) -> String {
    let at = |t: &Turnout| format!("{:02}.00 ({})", t.hour, look.reading.number(t.voters));
    match doubt {
        Doubt::Lower(earlier) => format!("{} {} {}.", r.lower, r.hour.to_lowercase(), at(earlier)),
        Doubt::Higher(later) => format!("{} {} {}.", r.higher, r.hour.to_lowercase(), at(later)),
        Doubt::AboveBallots(ballots) => format!("{} ({}).", r.above_voters, look.reading.number(*ballots)),
        Doubt::Old => format!("{}.", r.old),
        Doubt::Ended => format!("{}.", r.place_ended),
    }
}
