//! Findings, and how the desk closes one or opens it again: the one way for the pages and for the command line.

use std::{collections::BTreeSet, fmt, str::FromStr};

use pantau_protocol::{
    body::{Body, Closing, Ruling, Share, Verdict},
    hash,
    journal::RecordId,
    limit,
    note::Field,
    place::{Place, Scope},
    projection::findings::{Finding, FindingId, Sign, Status},
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
};

/// All findings, closed ones too, the gravest open ones first.
///
/// # Errors
/// Failures of the store.
pub fn findings(server: &Server) -> Result<Vec<Finding>, Error> {
    server.places()?.findings(None)
}

/// What is asked of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Close what is open, on the evidence of now. New evidence opens it again.
    Close,
    /// Open again what the desk closed.
    Reopen,
}

impl Act {
    fn verdict(self) -> Verdict {
        match self {
            Self::Close => Verdict::Close,
            Self::Reopen => Verdict::Reopen,
        }
    }

    /// Whether a share is in the state that this changes.
    fn concerns(self, sign: &Sign) -> bool {
        match (self, sign.status) {
            (Self::Close, Status::Open) | (Self::Reopen, Status::Ruled { .. }) => true,
            (Self::Close | Self::Reopen, Status::Open | Status::Ruled { .. } | Status::Cured { .. }) => false,
        }
    }
}

/// The places of a finding that a decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// All that are in the state that it changes.
    All,
    /// These; the others stay as they are.
    Only(BTreeSet<Place>),
}

/// What a decision about a finding is made on: its places that are in the state that the decision changes, with their
/// evidence and rulings. Another record, another number, another place: another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence([u8; 16]);

impl Evidence {
    /// Of a finding; `None` where nothing of it is in the state that the decision changes.
    pub fn of(findings: &[Finding], id: FindingId, act: Act) -> Option<Self> {
        let signs = shares(findings, id, act);
        if signs.is_empty() {
            return None;
        }
        let mut all: Vec<Vec<u8>> = signs.into_iter().map(told).collect();
        all.sort_unstable();
        let parts: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        hash::tagged("pantau/desk/evidence", &parts).first_chunk().copied().map(Self)
    }
}

/// A share as bytes: place, version of the evidence, ruling.
fn told(sign: &Sign) -> Vec<u8> {
    let place = sign.place.as_ref().map_or("", |place| place.as_str());
    let ruling = match sign.status {
        Status::Ruled { by } => by.to_string(),
        Status::Open | Status::Cured { .. } => String::new(),
    };
    format!("{place} {} {ruling}", hash::hex(&sign.version().0)).into_bytes()
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hash::hex(&self.0))
    }
}

impl FromStr for Evidence {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = hash::unhex(text).and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| Error::Refused("not the version of a finding: 32 hexadecimal digits".into()))
    }
}

/// A decision about a finding.
#[derive(Debug, Clone)]
pub struct FindingDecision {
    /// Which finding.
    pub id: FindingId,
    /// What is asked.
    pub act: Act,
    /// For which of its places.
    pub extent: Extent,
    /// The evidence that whoever decides has seen.
    pub seen: Evidence,
    /// The reason, kept as a note.
    pub why: String,
    /// The regions whose places he decides about; `None` for all.
    pub scope: Option<Scope>,
    /// User name of the operator who decides; `None` for a command.
    pub operator: Option<String>,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It stands, by these rulings: a finding with very many places takes several.
    Done(Vec<RecordId>),
    /// There is no finding with this id.
    NoSuchFinding,
    /// Nothing of it is open and so to be closed, or closed by the desk and so to be opened again.
    NothingToDecide,
    /// Its evidence is not what was seen.
    Stale,
    /// No place was chosen, or these are not among those that the decision would change.
    NotItsPlaces(BTreeSet<Place>),
    /// There is no reason.
    NoReason,
    /// The reason has more bytes than a note may: [`limit::NOTE_BYTES`].
    ReasonTooLong,
}

/// Decides about a finding. What changes between the look at it and the ruling does no harm: the ruling names the
/// evidence, and does not hold for other evidence.
///
/// # Errors
/// [`Error::NotFound`] for a finding about a phone while no region is known; failures of the store.
pub fn rule(server: &Server, decision: &FindingDecision) -> Result<Decided, Error> {
    let FindingDecision { id, act, scope, .. } = decision;
    let all = server.places()?.seen_by(scope.clone()).findings(None)?;
    let Some(rule) = all.iter().find(|f| f.id == *id).map(|f| f.rule) else {
        return Ok(Decided::NoSuchFinding);
    };
    let Some(evidence) = Evidence::of(&all, *id, *act) else { return Ok(Decided::NothingToDecide) };
    if evidence != decision.seen {
        return Ok(Decided::Stale);
    }
    let shares = shares(&all, *id, *act);
    let chosen = match &decision.extent {
        Extent::All => shares,
        Extent::Only(only) => match some(&shares, only) {
            Ok(chosen) => chosen,
            Err(others) => return Ok(Decided::NotItsPlaces(others)),
        },
    };
    let why = decision.why.trim();
    if why.is_empty() {
        return Ok(Decided::NoReason);
    }
    if why.len() > limit::NOTE_BYTES {
        return Ok(Decided::ReasonTooLong);
    }
    let province = server.known()?.roots().into_iter().next();
    let mut records = Vec::new();
    for some in chosen.chunks(limit::PLACE_KEYS) {
        let places: Vec<Place> = some.iter().filter_map(|sign| sign.place.clone()).collect();
        let at = places.first().cloned().or_else(|| province.clone());
        let at = at.ok_or_else(|| Error::NotFound("a region to rule in: import regions first".into()))?;
        let shares =
            some.iter().map(|sign| Share { place: sign.place.clone(), version: sign.version() }).collect();
        let closing = Some(Closing { rule, finding: *id, shares });
        let verdict = act.verdict();
        let body = Body::Ruling(Ruling { verdict, records: Vec::new(), target_places: places, closing });
        let record = NewDeskRecord::new(server.now(), at, body).with_note(Field::Note, why);
        records.push(record.with_note(Field::Name, decision.operator.clone().unwrap_or_default()));
    }
    Ok(Decided::Done(author::append(server, records)?))
}

/// The shares of a finding that a decision is about.
fn shares(findings: &[Finding], id: FindingId, act: Act) -> Vec<&Sign> {
    let of = findings.iter().filter(|f| f.id == id).flat_map(|f| &f.signs);
    of.filter(|sign| act.concerns(sign)).collect()
}

/// Those of some places; the places that have none, if there are such or none was chosen.
fn some<'s>(shares: &[&'s Sign], only: &BTreeSet<Place>) -> Result<Vec<&'s Sign>, BTreeSet<Place>> {
    let has = |place: &&Place| shares.iter().any(|sign| sign.place.as_ref() == Some(*place));
    let others: BTreeSet<Place> = only.iter().filter(|place| !has(place)).cloned().collect();
    if !others.is_empty() || only.is_empty() {
        return Err(others);
    }
    let chosen = |sign: &&&Sign| sign.place.as_ref().is_some_and(|place| only.contains(place));
    Ok(shares.iter().filter(chosen).copied().collect())
}
