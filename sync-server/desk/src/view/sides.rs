//! The two sides of a contradiction: what one says, and what the other says of the same thing.

use pantau_protocol::{
    body::{Answer, Rule, Signal},
    journal::RecordId,
    projection::{
        Mark,
        findings::{Finding, Number},
    },
};

use super::{
    Look,
    by::{By, by},
    finding::label,
    goods,
    summary::item_name,
    tag,
};
use crate::text::{tps::text, words};

/// What two say of the same thing.
#[derive(Debug, Clone)]
pub(crate) struct Sides {
    /// What it is about, such as an item; may be empty.
    pub(crate) about: String,
    pub(crate) one: Side,
    pub(crate) other: Side,
}

/// What one of them says.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    /// What is told.
    pub(crate) what: String,
    pub(crate) says: String,
    /// Who says so; nobody where it is the list of TPS.
    pub(crate) by: Option<By>,
}

/// The sides of a finding at one place; `None` where one side alone speaks. `answered` looks up how a visit answered an
/// item of its checklist.
pub(crate) fn sides(
    look: Look<'_>,
    finding: &Finding,
    answered: &dyn Fn(&RecordId, &str) -> Option<Answer>,
) -> Option<Sides> {
    let sign = finding.signs.first()?;
    let (detail, d, lang) = (&sign.detail, text(look.lang()), look.lang());
    let mark = |mark: &Option<Mark>| mark.as_ref().map(|mark| by(look, mark));
    let side =
        |what: &str, says: String, of: &Option<Mark>| Side { what: what.to_owned(), says, by: mark(of) };
    let items = || detail.items.iter().map(|item| item_name(look, *item)).collect::<Vec<_>>().join(", ");
    let count = |number| sign.numbers.get(&number).map_or_else(|| "?".to_owned(), i64::to_string);
    let numbers = |one: Number, other: Number| Sides {
        about: items(),
        one: side(label(lang, one), count(one), &detail.given),
        other: side(label(lang, other), count(other), &detail.taken),
    };
    let seals = |other: Number, found: &[String]| {
        let mut sides = numbers(Number::Sent, other);
        if !found.is_empty() {
            sides.other.says = format!("{} ({})", sides.other.says, found.join(", "));
        }
        sides
    };
    Some(match finding.rule {
        Rule::ShortAgainstDispatch | Rule::OverAgainstDispatch => numbers(Number::Sent, Number::Received),
        Rule::ShortAgainstKit if sign.numbers.contains_key(&Number::Packed) => {
            let packed = numbers(Number::Expected, Number::Packed);
            let (one, other) =
                (Side { by: None, ..packed.one }, Side { by: mark(&detail.given), ..packed.other });
            Sides { one, other, ..packed }
        }
        Rule::ShortAgainstKit => numbers(Number::Expected, Number::Good),
        Rule::TurnoutFalls => numbers(Number::Before, Number::Voters),
        Rule::TurnoutAboveVoters => numbers(Number::Ballots, Number::Voters),
        Rule::SealBroken => seals(Number::Broken, &detail.seals),
        Rule::SealMissing => seals(Number::Missing, &detail.seals),
        Rule::SealOther => seals(Number::Other, &detail.others),
        Rule::OfficersDiffer if sign.numbers.contains_key(&Number::First) => {
            numbers(Number::First, Number::Second)
        }
        Rule::OfficersDiffer => {
            let code = detail.code.as_deref()?;
            let said = |mark: &Option<Mark>| {
                let answer = mark.as_ref().and_then(|mark| answered(&mark.record, code));
                answer.map_or_else(|| "?".to_owned(), |answer| tag::answer(lang, answer).text)
            };
            Sides {
                about: question(look, code),
                one: side(label(lang, Number::First), said(&detail.given), &detail.given),
                other: side(label(lang, Number::Second), said(&detail.taken), &detail.taken),
            }
        }
        Rule::ProfileAgainstVisit => {
            let listed = detail.listed?;
            let found = if listed == Signal::None { d.has_signal } else { d.no_signal };
            Sides {
                about: look.t().signal.to_owned(),
                one: side(d.listed, words::signal(lang, listed), &None),
                other: side(d.visited, found.to_owned(), &detail.taken),
            }
        }
        Rule::WrongDestination => Sides {
            about: String::new(),
            one: side(d.meant_for, goods::at(look, detail.to.as_ref()?), &detail.given),
            other: side(d.came_to, goods::at(look, detail.arrived.as_ref()?), &detail.taken),
        },
        Rule::FarFromTps => Sides {
            about: String::new(),
            one: side(d.position, d.listed.to_lowercase(), &None),
            other: side(d.reporter_at, format!("{} m {}", count(Number::Metres), d.from_tps), &detail.taken),
        },
        _ => return None,
    })
}

/// The wording of an item of the checklist of TPS.
fn question(look: Look<'_>, code: &str) -> String {
    let list = look.reference.checklist_for(pantau_protocol::checklist::Venue::Tps);
    let item = list.and_then(|list| list.items.iter().find(|item| item.code == code));
    item.map_or_else(|| code.to_owned(), |item| look.lang().pick(&item.id, &item.en).clone())
}
