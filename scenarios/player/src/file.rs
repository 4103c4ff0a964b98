//! A scenario file as a whole: what it is about, who plays, and what happens in which order.

use std::collections::BTreeSet;

use crate::{
    block::{Bad, Block, Field, at, blocks},
    cast::Cast,
    expect::{self, Expectation},
    say::STATEMENTS,
    words,
};

/// A file that was read.
#[derive(Debug)]
pub struct Scenario {
    /// What happens, in one line.
    pub title: String,
    /// Why it matters: what the desk must be told, or whom it must not accuse.
    pub why: String,
    /// The rule it is about, be it that the rule must be silent.
    pub rule: String,
    /// Who and where.
    pub cast: Cast,
    /// What happens, in the order in which the server learns of it.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// A record reaches the server.
    Said(Told),
    /// A record reaches the server once more.
    Again(String),
    /// A phone is copied: from here on the copy goes its own way.
    Copied(String),
    /// The desk looks at this moment, unix seconds.
    Now(i64),
    /// What must be known by now.
    Expect(Expectation),
}

/// A record as the file tells it.
#[derive(Debug, Clone)]
pub struct Told {
    /// Line of its head.
    pub line: usize,
    /// What is done: `dispatch`, `correct` and so on.
    pub verb: String,
    /// How other lines call it.
    pub name: String,
    /// The record that it corrects, takes back or copies.
    pub target: Option<String>,
    /// Name of the phone.
    pub who: String,
    /// Claimed time, unix seconds.
    pub at: i64,
    /// When the server receives it, unix seconds.
    pub arrives: i64,
    /// What it says.
    pub fields: Vec<Field>,
}

/// Verbs that name the record they are about.
const ABOUT: [&str; 3] = ["correct", "retract", "copy"];

/// Other verbs beside [`STATEMENTS`].
const ALONE: [&str; 3] = ["ruling", "revoke", "lost"];

/// Reads a file.
///
/// # Errors
/// The first line that cannot be read.
pub fn read(text: &str) -> Result<Scenario, Bad> {
    let blocks = blocks(text)?;
    let said = |key: &str| -> Vec<&Block> { blocks.iter().filter(|block| block.head == [key]).collect() };
    let must = |key: &str| match said(key).as_slice() {
        [one] if !one.value.is_empty() => Ok((one.line, one.value.clone())),
        [_, more, ..] => at(more.line, Err(format!("expected `{key}:` once"))),
        _ => at(1, Err(format!("expected a line `{key}: …`"))),
    };
    let (_, title) = must("title")?;
    let why = said("why").iter().map(|block| block.value.as_str()).collect::<Vec<_>>().join(" ");
    let why = if why.is_empty() { at(1, Err("expected a line `why: …`".into()))? } else { why };
    let (line, rule) = must("rule")?;
    let rule = at(line, expect::rule(&rule))?;
    let profile = said("profile").first().map_or((1, "pemilu-2024"), |block| (block.line, &block.value));
    let cast = at(profile.0, Cast::new(profile.1))?;
    let names = names(&blocks)?;
    let mut reader = Reader { names, cast, steps: Vec::new(), last: i64::MIN };
    for block in &blocks {
        if !matches!(block.words().as_slice(), ["title" | "why" | "rule" | "profile"]) {
            reader.take(block)?;
        }
    }
    let ends = reader.steps.iter().rev().take_while(|step| matches!(step, Step::Expect(_)));
    if !ends.clone().any(|step| matches!(step, Step::Expect(e) if is_about_findings(e))) {
        let last = blocks.last().map_or(1, |block| block.line);
        return at(last, Err("expected at the end which findings there are, or `expect no findings`".into()));
    }
    Ok(Scenario { title, why, rule, cast: reader.cast, steps: reader.steps })
}

/// Whether it says something about findings.
pub fn is_about_findings(expectation: &Expectation) -> bool {
    use expect::Expected::{Finding, NoFinding, NoFindings};
    matches!(expectation.what, Finding(_) | NoFinding(_) | NoFindings)
}

/// The names of all records, so that one may be named before it arrives.
fn names(blocks: &[Block]) -> Result<BTreeSet<String>, Bad> {
    let mut names = BTreeSet::new();
    for block in blocks {
        if let [verb, name, ..] = block.words().as_slice()
            && is_verb(verb)
            && !names.insert((*name).to_owned())
        {
            return at(block.line, Err(format!("expected a name that no other record has, found `{name}`")));
        }
    }
    Ok(names)
}

fn is_verb(word: &str) -> bool {
    STATEMENTS.contains(&word) || ABOUT.contains(&word) || ALONE.contains(&word)
}

struct Reader {
    names: BTreeSet<String>,
    cast: Cast,
    steps: Vec<Step>,
    /// The latest moment the file has come to.
    last: i64,
}

impl Reader {
    fn take(&mut self, block: &Block) -> Result<(), Bad> {
        if self.cast.take(block)? {
            let copied = block
                .head
                .get(1..)
                .map(|name| name.join(" "))
                .filter(|_| block.head.first().is_some_and(|w| w == "phone"));
            let copied =
                copied.filter(|name| self.cast.phones.get(name).is_some_and(|p| p.clone_of.is_some()));
            self.steps.extend(copied.map(Step::Copied));
            return Ok(());
        }
        let step = match block.words().as_slice() {
            ["now"] => Step::Now(self.later(block.line, &block.value)?),
            ["expect", ..] => {
                Step::Expect(expect::expectation(block, &self.cast, &|name| self.names.contains(name))?)
            }
            ["again", name] => {
                let came =
                    self.steps.iter().any(|step| matches!(step, Step::Said(told) if told.name == *name));
                if !came {
                    return at(
                        block.line,
                        Err(format!("expected the name of a record above, found `{name}`")),
                    );
                }
                let when = block.value.strip_prefix("arrives ");
                let when = at(block.line, when.ok_or_else(|| "expected `arrives H-2 18.40`".to_owned()))?;
                self.later(block.line, when)?;
                Step::Again((*name).to_owned())
            }
            [verb, name] if STATEMENTS.contains(verb) || ALONE.contains(verb) => {
                Step::Said(self.told(block, verb, name, None)?)
            }
            [verb, name, "of", target] if ABOUT.contains(verb) => {
                let known = self.names.contains(*target).then(|| (*target).to_owned());
                let known = known.ok_or_else(|| format!("expected the name of a record, found `{target}`"));
                let target = at(block.line, known)?;
                Step::Said(self.told(block, verb, name, Some(target))?)
            }
            [verb, ..] if ABOUT.contains(verb) => {
                return at(block.line, Err(format!("expected `{verb} NAME of RECORD: OFFICER, WHEN`")));
            }
            [verb, ..] if is_verb(verb) => {
                return at(block.line, Err(format!("expected `{verb} NAME: OFFICER, WHEN`")));
            }
            _ => {
                let told = "expected title, why, rule, profile, now, tps, region, officer, phone, packing, again, expect";
                let verbs = [STATEMENTS.as_slice(), &ABOUT, &ALONE].concat().join(", ");
                return at(block.line, Err(format!("{told}, {verbs}; found `{}`", block.head.join(" "))));
            }
        };
        self.steps.push(step);
        Ok(())
    }

    /// A moment that is not before what came before in the file.
    fn later(&mut self, line: usize, text: &str) -> Result<i64, Bad> {
        let moment = at(line, self.cast.moment(text))?;
        if moment < self.last {
            let last = words::shown(self.last, self.cast.midnight);
            return at(
                line,
                Err(format!("expected no moment before {last}, to which the file has come, found `{text}`")),
            );
        }
        self.last = moment;
        Ok(moment)
    }

    fn told(&mut self, block: &Block, verb: &str, name: &str, target: Option<String>) -> Result<Told, Bad> {
        let line = block.line;
        let parts = words::list(&block.value);
        let (who, when, arrives) = match parts.as_slice() {
            [who, when] => (who, when, None),
            [who, when, arrives] => {
                let told = || format!("expected `arrives H-2 18.40`, found `{arrives}`");
                (who, when, Some(at(line, arrives.strip_prefix("arrives ").ok_or_else(told))?))
            }
            _ => return at(line, Err("expected `OFFICER, WHEN` or `OFFICER, WHEN, arrives WHEN`".into())),
        };
        at(line, self.cast.phone(who))?;
        let claimed = at(line, self.cast.moment(when))?;
        let arrives = match arrives {
            Some(arrives) => self.later(line, arrives)?,
            // Sent at once: a minute later it is there.
            None => {
                if claimed + 60 < self.last {
                    let last = words::shown(self.last, self.cast.midnight);
                    let told = format!("expected `arrives WHEN` after `{when}`: the file has come to {last}");
                    return at(line, Err(told));
                }
                self.last = claimed + 60;
                self.last
            }
        };
        let (verb, name, who) = (verb.to_owned(), name.to_owned(), (*who).to_owned());
        let fields = block.fields.clone();
        Ok(Told { line, verb, name, target, who, at: claimed, arrives, fields })
    }
}
