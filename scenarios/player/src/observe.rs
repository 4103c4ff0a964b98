//! The one seam to the engine: what it says of a place. What it cannot say yet is [`Part::NotBuilt`], and whoever
//! builds it fills that part in here.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::Point,
    journal::{DeviceId, RecordId},
    place::Place,
    projection::{
        self, DeadlineVerdict, Fold, Judgement, PlaceState,
        findings::{Lang, Say, Status},
        judge,
    },
};

/// A part of what is observed.
#[derive(Debug, Clone)]
pub enum Part<T> {
    /// The engine has no such thing yet: nothing is compared with it, and the report says so.
    NotBuilt,
    /// The engine says this.
    Built(T),
}

/// What the desk looks at.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Everything that has arrived.
    pub fold: &'a Fold,
    /// The moment the desk looks, unix seconds.
    pub now: i64,
    /// Names of officers by their number, for sentences: in records they are notes.
    pub names: &'a BTreeMap<u32, String>,
}

/// What the engine says of a place.
#[derive(Debug)]
pub struct Observed {
    /// Its state.
    pub state: PlaceState,
    /// Whether all of its kit was counted or vouched for, and nothing is short.
    pub is_complete: bool,
    /// Which of its records count.
    pub judgement: Judgement,
    /// Its custody line, if it has one.
    pub custody: Part<Option<Custody>>,
}

/// The custody line of a kit, in the words of a scenario file.
#[derive(Debug, Clone, Default)]
pub struct Custody {
    /// Oldest first.
    pub legs: Vec<Leg>,
    /// Number of the officer who had it last, and the record that says so.
    pub last_hands: Option<(u32, RecordId)>,
    /// Where it is.
    pub at: Option<Whereabouts>,
    /// Whether it was in time: `before`, `after` or `undetermined`.
    pub due: String,
}

/// Where a kit is.
#[derive(Debug, Clone)]
pub enum Whereabouts {
    /// Received at a point.
    At(Point),
    /// Handed over by a record, and not received yet.
    OnTheWay {
        /// Where it left.
        from: Point,
        /// Where it goes.
        to: Point,
        /// The record by which it left.
        since: RecordId,
    },
}

/// One leg of a custody line.
#[derive(Debug, Clone)]
pub struct Leg {
    /// Where it left, unless only a receiver spoke.
    pub from: Option<Point>,
    /// Where it went.
    pub to: Point,
    /// The giver's word.
    pub given: Option<RecordId>,
    /// The receiver's word.
    pub taken: Option<RecordId>,
    /// The balance, by the names of a scenario file (`boxes sent`, `seals broken`, `21 good` of item 21); `None` is
    /// not known.
    pub balance: BTreeMap<String, Option<u32>>,
}

/// A finding, in the words of a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable id, so that one finding about many places is seen once.
    pub id: String,
    /// Name of the rule.
    pub rule: String,
    /// The places it lists.
    pub places: BTreeSet<Place>,
    /// The devices it is about, where it is about devices.
    pub devices: BTreeSet<DeviceId>,
    /// `low`, `medium` or `high`.
    pub severity: String,
    /// The records behind it.
    pub records: BTreeSet<RecordId>,
    /// Its arithmetic: `sent` 5, `received` 4, `open` 1.
    pub facts: BTreeMap<String, i64>,
    /// In Indonesian.
    pub sentence: String,
    /// Number of the officer who had it last, and the record that says so.
    pub last_hands: Option<(u32, RecordId)>,
    /// The record that cured its cause.
    pub closed_by: Option<RecordId>,
    /// The ruling that closed it.
    pub ruled_by: Option<RecordId>,
}

/// Asks the engine about a place.
pub fn observe(scene: &Scene<'_>, place: &Place) -> Observed {
    let reference = scene.fold.reference();
    let state = scene.fold.state(place);
    let is_complete = state.is_complete(reference);
    let judgement = judge(scene.fold.facts_of(place), reference);
    let custody = projection::custody(place, scene.fold.facts_of(place), reference);
    let custody = Part::Built(Some(custody.map_or_else(nothing, |custody| shown(&custody))));
    Observed { state, is_complete, judgement, custody }
}

/// Asks the engine for all findings, closed ones too.
pub fn findings(scene: &Scene<'_>) -> Part<Vec<Finding>> {
    let names = |officer: u32| scene.names.get(&officer).cloned();
    let say = Say { lang: Lang::Id, reference: scene.fold.reference(), names: &names };
    let all = projection::findings::all(scene.fold, scene.now);
    Part::Built(all.iter().map(|finding| told(finding, &say)).collect())
}

fn told(finding: &projection::findings::Finding, say: &Say<'_>) -> Finding {
    let (closed_by, ruled_by) = match finding.status {
        Status::Open => (None, None),
        Status::Cured { by } => (Some(by), None),
        Status::Ruled { by } => (None, Some(by)),
    };
    Finding {
        id: format!("{} {:?}", finding.id, finding.status),
        rule: finding.rule.name().to_owned(),
        places: finding.places.clone(),
        // A finding about reports of a phone lists their places; one about the phone alone lists the phone.
        devices: finding.devices.clone(),
        severity: finding.severity.name().to_owned(),
        records: finding.records.clone(),
        facts: finding.numbers.iter().map(|(name, n)| (name.name().to_owned(), *n)).collect(),
        sentence: finding.sentence(say),
        last_hands: finding.last_hands.as_ref().and_then(|mark| Some((mark.officer?, mark.record))),
        closed_by,
        ruled_by,
    }
}

/// The custody line of a kit that nobody spoke of.
fn nothing() -> Custody {
    Custody { due: due(DeadlineVerdict::Undetermined), ..Custody::default() }
}

fn due(verdict: DeadlineVerdict) -> String {
    match verdict {
        DeadlineVerdict::Before => "before",
        DeadlineVerdict::After => "after",
        DeadlineVerdict::Undetermined => "undetermined",
    }
    .into()
}

fn shown(custody: &projection::Custody) -> Custody {
    let at = match &custody.at {
        projection::Whereabouts::At(point) => Whereabouts::At(point.clone()),
        projection::Whereabouts::OnTheWay { from, to, since } => {
            Whereabouts::OnTheWay { from: from.clone(), to: to.clone(), since: since.record }
        }
    };
    let last = &custody.last_hands;
    Custody {
        legs: custody.legs.iter().map(leg).collect(),
        last_hands: last.officer.map(|officer| (officer, last.record)),
        at: Some(at),
        due: due(custody.in_time),
    }
}

fn leg(leg: &projection::Leg) -> Leg {
    let (boxes, seals) = (&leg.boxes, &leg.seals);
    let count = |all: &Option<Vec<String>>| all.as_ref().and_then(|all| u32::try_from(all.len()).ok());
    let mut balance: BTreeMap<String, Option<u32>> = [
        ("boxes sent", boxes.sent),
        ("boxes received", boxes.received),
        ("boxes damaged", boxes.damaged),
        ("boxes missing", boxes.missing),
        ("boxes open", boxes.open()),
        ("seals sent", count(&seals.sent)),
        ("seals intact", count(&seals.intact)),
        ("seals broken", count(&seals.broken)),
        ("seals missing", count(&seals.missing)),
        ("seals other", count(&seals.other)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for item in &leg.items {
        let of = [
            ("sent", item.sent),
            ("good", item.good),
            ("damaged", item.damaged),
            ("missing", item.missing),
            ("open", item.open()),
        ];
        balance.extend(of.map(|(name, value)| (format!("{} {name}", item.item), value)));
    }
    Leg {
        from: leg.from.clone(),
        to: leg.to.clone(),
        given: leg.given.as_ref().map(|mark| mark.record),
        taken: leg.taken.as_ref().map(|mark| mark.record),
        balance,
    }
}
