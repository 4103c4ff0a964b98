//! What must come out: of a place, of a record, and which findings there are.

mod aspect;

use std::collections::BTreeSet;

use pantau_protocol::{body::Point, place::Place};

use crate::{
    RULES,
    block::{Bad, Block, Field, Read, at},
    cast::Cast,
    words::{list, one_of, quoted},
};

/// One `expect` block.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Line of its head.
    pub line: usize,
    /// What is expected.
    pub what: Expected,
}

/// What is expected.
#[derive(Debug, Clone)]
pub enum Expected {
    /// No finding is open.
    NoFindings,
    /// No finding of this rule is open.
    NoFinding(String),
    /// A finding.
    Finding(Box<Wanted>),
    /// What becomes of a record: `counts`, `superseded`, `copy`, `untrusted`, `not allowed` or `other
    /// election`.
    Record(String, String),
    /// What is known of a place.
    Place(Place, Vec<Aspect>),
}

/// A finding that must be there.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Name of the rule.
    pub rule: String,
    /// Places it lists, exactly.
    pub places: BTreeSet<Place>,
    /// Phones it is about, exactly, by name.
    pub phones: BTreeSet<String>,
    /// Whether it is open, or what closed it.
    pub status: Status,
    /// `low`, `medium` or `high`, if it matters.
    pub severity: Option<String>,
    /// The records behind it, exactly, by name.
    pub records: Option<BTreeSet<String>>,
    /// Numbers of its arithmetic; there may be more.
    pub facts: Vec<(String, i64)>,
    /// Texts that its Indonesian sentence contains.
    pub sentence: Vec<String>,
    /// Who had it last: an officer, and by which record that is known.
    pub last_hands: Option<String>,
}

/// Whether a finding is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Status {
    /// It is.
    #[default]
    Open,
    /// The record with this name cured its cause.
    ClosedBy(String),
    /// The ruling with this name closed it.
    RuledBy(String),
}

/// One line about a place: what is asked, and the facts of the answer that must be so.
#[derive(Debug, Clone)]
pub struct Aspect {
    /// Its line.
    pub line: usize,
    /// What is asked.
    pub asks: Asks,
    /// Name and value; the name is empty where the answer is one value.
    pub facts: Vec<(String, String)>,
}

/// What is asked of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// The balance of one leg.
    Leg(Point, Point),
    /// Of the custody line: `legs`, `last hands`, `where`, `due`.
    Custody(&'static str),
    /// One item of the kit.
    Item(u32),
    /// The answer to an item of a checklist.
    Answer(String),
    /// Voters so far, by hour.
    Turnout(u32),
    /// One value of the state: the names are in `expect/aspect.rs`.
    Value(&'static str),
}

const JUDGED: &[(&str, ())] = &[
    ("counts", ()),
    ("superseded", ()),
    ("copy", ()),
    ("untrusted", ()),
    ("not allowed", ()),
    ("other election", ()),
];
const SEVERITIES: &[(&str, ())] = &[("low", ()), ("medium", ()), ("high", ())];

/// Reads an `expect` block. `is_record` says whether a record of the file has a name.
///
/// # Errors
/// What cannot be read, with its line.
pub fn expectation(block: &Block, cast: &Cast, is_record: &dyn Fn(&str) -> bool) -> Result<Expectation, Bad> {
    let line = block.line;
    let what = match block.words().as_slice() {
        ["expect", "no", "findings"] => bare(block, Expected::NoFindings)?,
        ["expect", "no", "finding", name] => {
            let name = at(line, rule(name))?;
            bare(block, Expected::NoFinding(name))?
        }
        ["expect", "finding", name] => {
            Expected::Finding(Box::new(finding(at(line, rule(name))?, block, cast, is_record)?))
        }
        ["expect", "record", name] => {
            at(line, known(name, is_record))?;
            at(line, one_of(&block.value, JUDGED))?;
            Expected::Record((*name).to_owned(), block.value.clone())
        }
        ["expect", place] if block.value.is_empty() => {
            let place = at(line, cast.place(place))?;
            let aspects = block.fields.iter().map(|field| {
                let (asks, facts) = at(field.line, aspect::read(field, cast, is_record))?;
                Ok(Aspect { line: field.line, asks, facts })
            });
            let aspects: Vec<Aspect> = aspects.collect::<Result<_, Bad>>()?;
            if aspects.is_empty() {
                return at(line, Err("expected lines below that say what is known of the place".into()));
            }
            Expected::Place(place, aspects)
        }
        _ => {
            let told = "expected `expect no findings`, `expect no finding RULE`, `expect finding RULE: T1`, \
                        `expect record NAME: counts` or `expect T1`";
            return at(line, Err(told.into()));
        }
    };
    Ok(Expectation { line, what })
}

fn bare(block: &Block, what: Expected) -> Result<Expected, Bad> {
    match block.fields.first() {
        _ if !block.value.is_empty() => {
            at(block.line, Err(format!("expected nothing after it, found `{}`", block.value)))
        }
        Some(field) => at(field.line, Err(format!("expected nothing below, found `{}`", field.key))),
        None => Ok(what),
    }
}

/// Reads the name of a rule.
///
/// # Errors
/// A name that no rule has.
pub fn rule(name: &str) -> Read<String> {
    let known: Vec<(&str, ())> = RULES.iter().map(|rule| (*rule, ())).collect();
    one_of(name, &known).map(|()| name.to_owned())
}

fn known(name: &str, is_record: &dyn Fn(&str) -> bool) -> Read<String> {
    if is_record(name) {
        Ok(name.to_owned())
    } else {
        Err(format!("expected the name of a record, found `{name}`"))
    }
}

fn finding(
    rule: String,
    block: &Block,
    cast: &Cast,
    is_record: &dyn Fn(&str) -> bool,
) -> Result<Wanted, Bad> {
    let mut wanted = Wanted { rule, ..Wanted::default() };
    for part in list(&block.value) {
        if cast.phones.contains_key(part) {
            wanted.phones.insert(part.to_owned());
        } else {
            wanted.places.insert(at(block.line, cast.place(part))?);
        }
    }
    if wanted.phones.is_empty() && wanted.places.is_empty() {
        return at(block.line, Err("expected after the rule what it is about, such as `T1, T2`".into()));
    }
    for Field { line, key, value } in &block.fields {
        let line = *line;
        match key.as_str() {
            "severity" => {
                at(line, one_of(value, SEVERITIES))?;
                wanted.severity = Some(value.clone());
            }
            "records" => {
                let names = list(value).into_iter().map(|name| known(name, is_record));
                wanted.records = Some(at(line, names.collect())?);
            }
            "facts" => wanted.facts = at(line, list(value).into_iter().map(fact).collect())?,
            "sentence" => {
                let parts = list(value).into_iter().map(|part| quoted(part).map(str::to_owned));
                wanted.sentence.extend(at(line, parts.collect::<Read<Vec<_>>>())?);
            }
            "last hands" => wanted.last_hands = Some(at(line, last_hands(value, cast, is_record))?),
            "closed by" => wanted.status = Status::ClosedBy(at(line, known(value, is_record))?),
            "ruled by" => wanted.status = Status::RuledBy(at(line, known(value, is_record))?),
            _ => {
                let told = "severity, records, facts, sentence, last hands, closed by, ruled by";
                return at(line, Err(format!("expected one of {told}, found `{key}`")));
            }
        }
    }
    Ok(wanted)
}

/// `sent 5` of the facts of a finding.
fn fact(text: &str) -> Read<(String, i64)> {
    let told = || format!("expected `sent 5`, found `{text}`");
    let (name, value) = text.rsplit_once(' ').ok_or_else(told)?;
    Ok((name.to_owned(), value.parse().map_err(|_| told())?))
}

/// `Budi in terima`: an officer, and the record by which he had it.
fn last_hands(text: &str, cast: &Cast, is_record: &dyn Fn(&str) -> bool) -> Read<String> {
    let (officer, record) =
        text.rsplit_once(" in ").ok_or_else(|| format!("expected `Budi in RECORD`, found `{text}`"))?;
    known(record, is_record)?;
    if cast.officers.contains_key(officer) {
        Ok(text.to_owned())
    } else {
        Err(format!("expected the name of an officer, found `{officer}`"))
    }
}
