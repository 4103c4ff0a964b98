//! What a payload's own content may not be: over a limit, or impossible. The phone checks at capture and
//! says which field; the server checks again and quarantines. Clocks and unknown things are never refused.

use crate::{
    body::{Answer, Body, Kind, Receive},
    exchange::Reason,
    limit,
    record::{Basis, Record},
};

/// A field and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem:?}")]
pub struct FieldError {
    /// Name of the field as in `docs/PROTOCOL.md`, such as `receive.lines[3].good`.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Must be there.
    Missing,
    /// Longer or more than the limit.
    TooLong,
    /// Larger than can be.
    TooLarge,
    /// Smaller than can be.
    TooSmall,
    /// Contradicts another field.
    Contradiction,
    /// Named twice.
    Doubled,
    /// Not known here: a place, a checklist, an item.
    Unknown,
    /// The author's role may not write this.
    NotAllowed,
}

impl Problem {
    /// The reason a server gives when it sets the record aside.
    pub fn reason(self) -> Reason {
        match self {
            Self::TooLong => Reason::OverLimit,
            Self::NotAllowed => Reason::NotYourRole,
            Self::Missing
            | Self::TooLarge
            | Self::TooSmall
            | Self::Contradiction
            | Self::Doubled
            | Self::Unknown => Reason::Impossible,
        }
    }
}

fn fail(field: impl Into<String>, problem: Problem) -> Result<(), FieldError> {
    Err(FieldError { field: field.into(), problem })
}

fn at_most(field: &str, value: u32, most: u32) -> Result<(), FieldError> {
    if value > most { fail(field, Problem::TooLarge) } else { Ok(()) }
}

fn short(field: &str, text: &str) -> Result<(), FieldError> {
    if text.len() > limit::LABEL_BYTES { fail(field, Problem::TooLong) } else { Ok(()) }
}

/// Checks a record and its body.
pub fn record(record: &Record, body: &Body) -> Result<(), FieldError> {
    if let Some(fix) = &record.fix {
        if fix.lat.unsigned_abs() > 9_000_000 {
            return fail("fix.lat", Problem::TooLarge);
        }
        if fix.lon.unsigned_abs() > 18_000_000 {
            return fail("fix.lon", Problem::TooLarge);
        }
        at_most("fix.accuracy", fix.accuracy, limit::ACCURACY_M)?;
    }
    let inside = match body {
        Body::Correct(c) => Body::decode(c.kind, &c.body).ok(),
        _ => None,
    };
    let named = body.places().iter().chain(inside.iter().flat_map(Body::places));
    let keys: std::collections::BTreeSet<_> = named.chain([&record.place]).collect();
    if keys.len() > limit::PLACE_KEYS || body.places().len() > limit::PLACE_KEYS {
        return fail("places", Problem::TooLong);
    }
    content(body)
}

fn content(body: &Body) -> Result<(), FieldError> {
    match body {
        Body::Visit(v) => {
            if v.answers.len() > limit::CHECKLIST_ITEMS {
                return fail("visit.answers", Problem::TooLong);
            }
            let said_nothing = v.answers.iter().all(|a| *a == Answer::Blank) && v.way.is_none();
            if said_nothing && !v.answers.is_empty() {
                fail("visit.answers", Problem::Missing)
            } else {
                Ok(())
            }
        }
        Body::Receive(r) => receive(r),
        Body::Turnout(t) => {
            at_most("turnout.hour", t.hour, 23)?;
            at_most("turnout.voters", t.voters, limit::COUNT)
        }
        Body::Standby(s) => {
            at_most("standby.team", s.team, limit::COUNT)?;
            if s.team == 0 {
                return fail("standby.team", Problem::TooSmall);
            }
            if s.present > s.team {
                return fail("standby.present", Problem::TooLarge);
            }
            if s.no_obstacle && s.situation == crate::body::Situation::Obstacle {
                return fail("standby.no_obstacle", Problem::Contradiction);
            }
            Ok(())
        }
        Body::Region(r) => short("region.name", &r.name),
        Body::Tps(t) => at_most("tps.voters", t.voters, limit::VOTERS),
        Body::Profile(p) if p.kit.len() > limit::KIT_ITEMS => fail("profile.kit", Problem::TooLong),
        Body::Checklist(c) if c.items.len() > limit::CHECKLIST_ITEMS => {
            fail("checklist.items", Problem::TooLong)
        }
        Body::Correct(c) => {
            if matches!(c.kind, Kind::Correct | Kind::Retract) || c.kind.is_reference() {
                return fail("correct.kind", Problem::NotAllowed);
            }
            match Body::decode(c.kind, &c.body) {
                Ok(inner) => content(&inner),
                Err(_) => fail("correct.body", Problem::Contradiction),
            }
        }
        Body::Ruling(r) if r.records.is_empty() => fail("ruling.records", Problem::Missing),
        Body::Ruling(r) if r.records.len() > limit::RULING_RECORDS => {
            fail("ruling.records", Problem::TooLong)
        }
        Body::Profile(_)
        | Body::Checklist(_)
        | Body::Ruling(_)
        | Body::Incident(_)
        | Body::IncidentUpdate(_)
        | Body::Directive(_)
        | Body::Officer(_)
        | Body::Device(_)
        | Body::Grant(_)
        | Body::Revoke(_)
        | Body::ServerKeys(_)
        | Body::Erase(_)
        | Body::Retract(_)
        | Body::Opaque(..) => Ok(()),
    }
}

fn receive(r: &Receive) -> Result<(), FieldError> {
    if r.lines.len() > limit::RECEIVE_LINES {
        return fail("receive.lines", Problem::TooLong);
    }
    if r.seals.len() > limit::SEALS {
        return fail("receive.seals", Problem::TooLong);
    }
    if let Some(label) = &r.label {
        short("receive.label", label)?;
    }
    let mut items = std::collections::BTreeSet::new();
    for (i, line) in r.lines.iter().enumerate() {
        if !items.insert(line.item) {
            return fail(format!("receive.lines[{i}].item"), Problem::Doubled);
        }
        at_most(&format!("receive.lines[{i}].good"), line.good, limit::COUNT)?;
        at_most(&format!("receive.lines[{i}].damaged"), line.damaged, limit::COUNT)?;
        at_most(&format!("receive.lines[{i}].missing"), line.missing, limit::COUNT)?;
    }
    for (i, seal) in r.seals.iter().enumerate() {
        short(&format!("receive.seals[{i}].number"), &seal.number)?;
    }
    Ok(())
}

/// Checks that a told report names its informant: at capture only, since the note may be erased later.
pub fn informant(basis: Basis, has_informant: bool) -> Result<(), FieldError> {
    if basis.is_told() && !has_informant { fail("informant", Problem::Missing) } else { Ok(()) }
}
