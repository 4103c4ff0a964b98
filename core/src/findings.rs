//! Open findings of the officer's scope, in words: what the desk will ask, told to him first. The same rules as on the
//! server, on what this phone holds; of places that it sees in part it finds what follows from that part.

use std::collections::BTreeSet;

use pantau_protocol::{
    place::Place,
    projection::{
        Reference,
        findings::{self, Finding, FindingId, Lang, Rule, Say, Severity, Sign},
    },
};
use rusqlite::Connection;

use crate::{error::Error, identity, places, row, store::setting, tps};

/// A finding that is open, as an officer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingWords {
    /// The same on every phone and on the server.
    pub id: FindingId,
    /// What it is.
    pub rule: Rule,
    /// How grave.
    pub severity: Severity,
    /// Its places that this phone knows of.
    pub places: Vec<Place>,
    /// What it is called.
    pub title: String,
    /// What happened, who had it last, what is missing.
    pub sentence: String,
    /// What to do.
    pub advice: String,
}

/// Open findings at a moment, unix seconds, the gravest first: of one place, or of all places of the scope. Nothing is
/// overdue or silent for want of what this phone has not heard: it looks as of its last contact with the server.
pub(crate) fn of(
    c: &Connection,
    reference: &Reference,
    place: Option<&Place>,
    now: i64,
    lang: Lang,
) -> Result<Vec<FindingWords>, Error> {
    let heard = setting::get(c, &setting::LAST_SYNC)?.unwrap_or(i64::MIN);
    let now = now.min(heard);
    let mut signs: Vec<Sign> = Vec::new();
    for place in asked(c, reference, place)? {
        let about = row::at_place(c, &place)?;
        signs.extend(places::signs(c, reference, &place, &about, now)?);
    }
    let names = |officer: u32| tps::name_of(c, officer, None).ok().flatten();
    let say = Say { lang, reference, names: &names };
    let open = findings::gather(signs).into_iter().filter(Finding::is_open);
    Ok(open.map(|finding| told(&finding, &say)).collect())
}

fn asked(c: &Connection, reference: &Reference, place: Option<&Place>) -> Result<BTreeSet<Place>, Error> {
    if let Some(place) = place {
        return Ok(BTreeSet::from([place.clone()]));
    }
    let scope = identity::scope(c)?;
    let listed = reference.all_tps().map(|(place, _)| place.clone());
    Ok(listed.chain(places::spoken_of(c)?).filter(|place| scope.covers(place)).collect())
}

fn told(finding: &Finding, say: &Say<'_>) -> FindingWords {
    FindingWords {
        id: finding.id,
        rule: finding.rule,
        severity: finding.severity,
        places: finding.places.iter().cloned().collect(),
        title: finding.title(say).to_owned(),
        sentence: finding.sentence(say),
        advice: finding.advice(say).to_owned(),
    }
}
