//! What people say: statements on the way in, bodies on the way out.

use std::time::SystemTime;

use pantau_core::NewRecord;
use pantau_protocol::{body, journal::RecordId, place::Place, record::Fix, validate::Problem};

use crate::{
    error::PantauError,
    goods::{Dispatch, Found, Line, Seal, kits_of},
    mirror::{
        Acceptance, Answer, Basis, Category, CustodyKind, NoteField, Progress, Rest, Severity, Situation, Way,
    },
    state::{seconds, time},
};

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Body {
    /// A visit to a TPS or office.
    Visit {
        /// Number of the checklist that was answered.
        checklist: u32,
        /// Its version.
        version: u32,
        /// Answers in the order of the checklist's items.
        answers: Vec<Answer>,
        /// How the way was.
        way: Option<Way>,
    },
    /// Goods handed over at one hop.
    Dispatch {
        /// What, from where and where to.
        dispatch: Dispatch,
    },
    /// Goods received at one hop.
    Receive {
        /// Kind of the point; its code is the statement's place.
        at: CustodyKind,
        /// Name of a transit point, such as a landing.
        label: Option<String>,
        /// The dispatch this answers: a record id.
        dispatch: Option<String>,
        /// What holds for all without a line.
        rest: Rest,
        /// Exceptions, or all items where each was counted.
        lines: Vec<Line>,
        /// Seals looked at.
        seals: Vec<Seal>,
        /// TPS whose kits these are; empty means the place itself.
        kits: Vec<String>,
        /// Containers, where they were counted.
        #[uniffi(default)]
        containers: Vec<Found>,
        /// Number of the paper receipt (BTTB), where there is one.
        #[uniffi(default)]
        form: Option<String>,
    },
    /// The receiver's answer to a dispatch, as this phone was shown or told it; made by `Handovers.confirm` alone.
    Handover {
        /// The dispatch: a record id.
        dispatch: String,
        /// How the receiver took it.
        acceptance: Acceptance,
        /// The receiver's record; absent where the answer was told as a code.
        receive: Option<String>,
        /// The receiver's officer number, as he says; of a code its lowest 14 bits.
        officer: Option<u32>,
    },
    /// An obstacle (kendala).
    Incident {
        /// What it is about.
        category: Category,
        /// How grave.
        severity: Severity,
    },
    /// Progress on an incident or a directive.
    IncidentUpdate {
        /// Its record id.
        target: String,
        /// How far it has come.
        progress: Progress,
    },
    /// Voters so far.
    Turnout {
        /// Hour of election day, local, 0 to 23.
        hour: u32,
        /// Voters so far.
        voters: u32,
    },
    /// Roll call of a team.
    Standby {
        /// Members present.
        present: u32,
        /// Members of the team.
        team: u32,
        /// How things stand.
        situation: Situation,
        /// "No obstacle so far", said outright.
        no_obstacle: bool,
    },
    /// A directive of the desk. Not for capture.
    Directive {
        /// When it must be done.
        due: SystemTime,
    },
    /// A correction and what it says instead. Not for capture: see `correct`.
    Correction {
        /// The record it supersedes.
        target: String,
        /// Kind number of what it says instead.
        kind: u32,
    },
    /// A retraction. Not for capture: see `retract`.
    Retraction {
        /// The record it supersedes.
        target: String,
    },
    /// Reference data, or a kind of a newer version. Not for capture.
    Other {
        /// Kind number.
        kind: u32,
    },
}

/// A position, as the platform claims it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres.
    pub accuracy: u32,
    /// The platform says that it is made up.
    pub mock: bool,
}

/// A personal text.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NoteText {
    /// Which.
    pub field: NoteField,
    /// The text.
    pub text: String,
}

/// What somebody has to say.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Statement {
    /// Code of the place it is about, such as `62.06.13.2001/001`.
    pub place: String,
    /// What is said.
    pub body: Body,
    /// What it rests on.
    #[uniffi(default)]
    pub basis: Option<Basis>,
    /// Personal texts, one a field. Where the basis is told, the informant.
    #[uniffi(default)]
    pub notes: Vec<NoteText>,
    /// Where the author was. Capture never waits for one.
    #[uniffi(default)]
    pub position: Option<Position>,
    /// Claimed time; now when absent.
    #[uniffi(default)]
    pub at: Option<SystemTime>,
    /// What the app calls this capture, such as a random name made with the form: saved again under the same key, as
    /// after a double tap or a kill, it is the record that is there. 64 bytes at most.
    #[uniffi(default)]
    pub key: Option<String>,
}

impl TryFrom<Statement> for NewRecord {
    type Error = PantauError;

    fn try_from(s: Statement) -> Result<Self, PantauError> {
        let Statement { place, body, basis, notes, position, at, key } = s;
        let mut new = Self::new(place_of("place", &place)?, body.try_into()?);
        if let Some(basis) = basis {
            new.basis = basis.into();
        }
        new.notes = notes.into_iter().map(|n| (n.field.into(), n.text)).collect();
        new.fix = position.and_then(fix);
        new.at = at.map(seconds);
        new.key = key;
        Ok(new)
    }
}

/// The position, or none where it cannot be: what was seen counts without it.
fn fix(p: Position) -> Option<Fix> {
    let Position { latitude, longitude, accuracy, mock } = p;
    let degrees = |value: f64, most: f64| {
        let is_possible = value.is_finite() && value.abs() <= most;
        is_possible.then(|| (value * 1e5).round() as i32)
    };
    let fix = Fix { lat: degrees(latitude, 90.0)?, lon: degrees(longitude, 180.0)?, accuracy, mock };
    fix.is_possible().then_some(fix)
}

impl TryFrom<Body> for body::Body {
    type Error = PantauError;

    fn try_from(b: Body) -> Result<Self, PantauError> {
        Ok(match b {
            Body::Visit { checklist, version, answers, way } => Self::Visit(body::Visit {
                checklist,
                version,
                answers: answers.into_iter().map(Into::into).collect(),
                way: way.map(Into::into),
            }),
            Body::Dispatch { dispatch } => Self::Dispatch(dispatch.try_into()?),
            Body::Receive { at, label, dispatch, rest, lines, seals, kits, containers, form } => {
                Self::Receive(body::Receive {
                    at: at.into(),
                    label,
                    dispatch: dispatch.map(|id| record_id("receive.dispatch", &id)).transpose()?,
                    rest: rest.into(),
                    lines: lines.into_iter().map(Into::into).collect(),
                    seals: seals.into_iter().map(Into::into).collect(),
                    kits: kits_of("receive", &kits)?,
                    containers: containers.into_iter().map(Into::into).collect(),
                    form,
                })
            }
            Body::Incident { category, severity } => {
                Self::Incident(body::Incident { category: category.into(), severity: severity.into() })
            }
            Body::IncidentUpdate { target, progress } => Self::IncidentUpdate(body::IncidentUpdate {
                target: record_id("target", &target)?,
                // The core copies the target's places in.
                target_places: Vec::new(),
                progress: progress.into(),
            }),
            Body::Turnout { hour, voters } => Self::Turnout(body::Turnout { hour, voters }),
            Body::Standby { present, team, situation, no_obstacle } => {
                Self::Standby(body::Standby { present, team, situation: situation.into(), no_obstacle })
            }
            Body::Directive { .. }
            | Body::Handover { .. }
            | Body::Correction { .. }
            | Body::Retraction { .. }
            | Body::Other { .. } => {
                return Err(PantauError::invalid("body", Problem::NotAllowed));
            }
        })
    }
}

impl From<&body::Body> for Body {
    fn from(b: &body::Body) -> Self {
        match b {
            body::Body::Visit(body::Visit { checklist, version, answers, way }) => Self::Visit {
                checklist: *checklist,
                version: *version,
                answers: answers.iter().map(|a| (*a).into()).collect(),
                way: way.map(Into::into),
            },
            body::Body::Dispatch(d) => Self::Dispatch { dispatch: d.into() },
            body::Body::Receive(r) => r.into(),
            body::Body::Handover(h) => Self::Handover {
                dispatch: h.dispatch.to_string(),
                acceptance: h.acceptance.into(),
                receive: h.receive.map(|id| id.to_string()),
                officer: h.officer,
            },
            body::Body::Incident(body::Incident { category, severity }) => {
                Self::Incident { category: (*category).into(), severity: (*severity).into() }
            }
            body::Body::IncidentUpdate(body::IncidentUpdate { target, target_places: _, progress }) => {
                Self::IncidentUpdate { target: target.to_string(), progress: (*progress).into() }
            }
            body::Body::Turnout(body::Turnout { hour, voters }) => {
                Self::Turnout { hour: *hour, voters: *voters }
            }
            body::Body::Standby(body::Standby { present, team, situation, no_obstacle }) => Self::Standby {
                present: *present,
                team: *team,
                situation: (*situation).into(),
                no_obstacle: *no_obstacle,
            },
            body::Body::Directive(body::Directive { officer: _, role: _, due }) => {
                Self::Directive { due: time(*due) }
            }
            body::Body::Correct(body::Correct { target, target_places: _, kind, body: _ }) => {
                Self::Correction { target: target.to_string(), kind: kind.number() }
            }
            body::Body::Retract(body::Retract { target, target_places: _, kind: _ }) => {
                Self::Retraction { target: target.to_string() }
            }
            body::Body::Region(_)
            | body::Body::Tps(_)
            | body::Body::Profile(_)
            | body::Body::Checklist(_)
            | body::Body::Officer(_)
            | body::Body::Device(_)
            | body::Body::Grant(_)
            | body::Body::Revoke(_)
            | body::Body::Ruling(_)
            | body::Body::ServerKeys(_)
            | body::Body::Erase(_)
            | body::Body::Packing(_)
            | body::Body::DailyReport(_)
            | body::Body::Opaque(..) => Self::Other { kind: b.kind().number() },
        }
    }
}

/// A place by its code.
pub(crate) fn place_of(field: &str, code: &str) -> Result<Place, PantauError> {
    Place::new(code).map_err(|_| PantauError::invalid(field, Problem::Unknown))
}

/// A record by its id.
pub(crate) fn record_id(field: &str, id: &str) -> Result<RecordId, PantauError> {
    let parsed = uuid::Uuid::parse_str(id).map(|u| RecordId::from_bytes(u.into_bytes()));
    parsed.map_err(|_| PantauError::invalid(field, Problem::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::{LineState, SealState};

    const TPS: &str = "62.06.13.2001/003";
    const ID: &str = "01234567-89ab-8def-8123-456789abcdef";

    fn bodies() -> Vec<Body> {
        vec![
            Body::Visit {
                checklist: 1,
                version: 2,
                answers: vec![Answer::Ok, Answer::Other { number: 9 }],
                way: Some(Way::Cut),
            },
            Body::Receive {
                at: CustodyKind::Transit,
                label: Some("Dermaga".into()),
                dispatch: Some(ID.into()),
                rest: Rest::SealedAsDispatched,
                lines: vec![Line {
                    item: 3,
                    state: LineState::Counted,
                    good: 4,
                    damaged: 1,
                    missing: 2,
                    kit: Some(0),
                }],
                seals: vec![Seal { number: "A-17".into(), state: SealState::Broken, kit: Some(0) }],
                kits: vec![TPS.into()],
                containers: vec![Found { good: 4, damaged: 0, missing: 1, kit: Some(0) }],
                form: Some("17/2024".into()),
            },
            Body::Incident { category: Category::Else, severity: Severity::High },
            Body::IncidentUpdate { target: ID.into(), progress: Progress::Impossible },
            Body::Turnout { hour: 9, voters: 120 },
            Body::Standby { present: 6, team: 7, situation: Situation::Alert, no_obstacle: true },
        ]
    }

    #[test]
    fn what_is_captured_is_what_is_shown() {
        for said in bodies() {
            let core = body::Body::try_from(said.clone()).unwrap();
            assert_eq!(Body::from(&core), said);
        }
    }

    #[test]
    fn what_is_not_for_capture_is_refused_by_name() {
        let due = std::time::UNIX_EPOCH;
        for said in [
            Body::Directive { due },
            Body::Correction { target: ID.into(), kind: 1 },
            Body::Retraction { target: ID.into() },
            Body::Other { kind: 41 },
        ] {
            let refused = body::Body::try_from(said).unwrap_err();
            assert_eq!(refused, PantauError::invalid("body", Problem::NotAllowed));
        }
    }

    fn statement(position: Option<Position>, at: Option<SystemTime>) -> Statement {
        let body = Body::Turnout { hour: 9, voters: 120 };
        let notes = vec![NoteText { field: NoteField::Informant, text: "x".into() }];
        Statement { place: TPS.into(), body, basis: Some(Basis::ToldByRadio), notes, position, at, key: None }
    }

    #[test]
    fn a_statement_keeps_all_it_says() {
        let here = Position { latitude: -1.234_567, longitude: 113.9, accuracy: 12, mock: true };
        let before = std::time::UNIX_EPOCH - std::time::Duration::from_secs(5);
        let new = NewRecord::try_from(statement(Some(here), Some(before))).unwrap();
        assert_eq!(new.place.as_str(), TPS);
        assert_eq!(new.basis, pantau_protocol::record::Basis::ToldByRadio);
        assert_eq!(new.fix, Some(Fix { lat: -123_457, lon: 11_390_000, accuracy: 12, mock: true }));
        assert_eq!((new.at, new.notes.len()), (Some(-5), 1));
    }

    #[test]
    fn an_impossible_position_is_left_out_and_never_cut_to_fit() {
        for (latitude, longitude, accuracy) in [
            (90.1, 1.0, 1),
            (f64::NAN, 1.0, 1),
            (1.0, f64::NAN, 1),
            (1.0, -180.1, 1),
            (1.0, f64::INFINITY, 1),
            (0.0, 0.0, 1),
            (1.0, 1.0, u32::MAX),
        ] {
            let there = Position { latitude, longitude, accuracy, mock: false };
            let new = NewRecord::try_from(statement(Some(there), None)).unwrap();
            assert_eq!((new.fix, new.place.as_str()), (None, TPS), "{latitude} {longitude} {accuracy}");
        }
    }

    #[test]
    fn codes_and_ids_that_are_none_are_named() {
        assert_eq!(place_of("place", "no place"), Err(PantauError::invalid("place", Problem::Unknown)));
        assert_eq!(record_id("target", "17"), Err(PantauError::invalid("target", Problem::Unknown)));
    }
}
