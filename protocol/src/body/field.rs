//! What people in the field say.

use crate::{journal::RecordId, place::Place};

crate::int_enum!(
    /// Answer to one item of a checklist.
    Answer {
        /// In order.
        Ok = 1,
        /// Not in order.
        NotOk = 2,
        /// Does not apply here.
        NotApplicable = 3,
        /// Not answered.
        Blank = 4,
    }
);

crate::int_enum!(
    /// Condition of the way to the place.
    Way {
        /// Passable as usual.
        Good = 1,
        /// Passable with difficulty.
        Hard = 2,
        /// Not passable with goods.
        Cut = 3,
    }
);

/// A visit to a TPS or office. Note field: `Note`.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Visit {
    /// Number of the checklist that was answered.
    #[n(0)]
    pub checklist: u32,
    /// Its version.
    #[n(1)]
    pub version: u32,
    /// Answers in the order of the checklist's items.
    #[n(2)]
    pub answers: Vec<Answer>,
    /// How the way was.
    #[n(3)]
    pub way: Option<Way>,
}

crate::int_enum!(
    /// What kind of point on the way of goods this is (design §4).
    CustodyKind {
        /// Warehouse of KPU kabupaten/kota.
        Warehouse = 1,
        /// PPK, the kecamatan's committee.
        Ppk = 2,
        /// PPS, the village's committee.
        Pps = 3,
        /// The TPS itself.
        Tps = 4,
        /// On the way: a landing, a house for the night.
        Transit = 5,
    }
);

crate::int_enum!(
    /// What is said of everything that has no line of its own.
    Rest {
        /// Nothing: not looked at.
        NotChecked = 1,
        /// Counted, and as the kit or the dispatch says.
        CountedAsExpected = 2,
        /// Containers and seals as dispatched, not opened.
        SealedAsDispatched = 3,
    }
);

crate::int_enum!(
    /// How a line was checked.
    LineState {
        /// Contents counted.
        Counted = 1,
        /// Sealed and not opened: `good` counts containers.
        Sealed = 2,
        /// Not checked; the numbers say nothing.
        NotChecked = 3,
    }
);

/// One item of a `Receive`. An array on the wire: there may be many.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Line {
    /// Item number in the profile's kit.
    #[n(0)]
    pub item: u32,
    /// How it was checked.
    #[n(1)]
    pub state: LineState,
    /// Pieces in good condition.
    #[n(2)]
    pub good: u32,
    /// Pieces damaged or wet.
    #[n(3)]
    #[cbor(default, skip_if = "is_zero")]
    pub damaged: u32,
    /// Pieces missing, as the receiver says.
    #[n(4)]
    #[cbor(default, skip_if = "is_zero")]
    pub missing: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

crate::int_enum!(
    /// How a seal was found.
    SealState {
        /// Whole.
        Intact = 1,
        /// Broken.
        Broken = 2,
        /// Not there.
        Missing = 3,
    }
);

/// One seal.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Seal {
    /// Its printed number.
    #[n(0)]
    pub number: String,
    /// How it was found.
    #[n(1)]
    pub state: SealState,
}

/// Goods received at one hop. Note fields: `Note`, `Receiver`.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Receive {
    /// Kind of the point where they were received; its code is the record's place.
    #[n(0)]
    pub at: CustodyKind,
    /// Name of a transit point, such as a landing.
    #[n(1)]
    pub label: Option<String>,
    /// The dispatch this answers.
    #[n(2)]
    pub dispatch: Option<RecordId>,
    /// What holds for all without a line.
    #[n(3)]
    pub rest: Rest,
    /// Exceptions, or all items where each was counted.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Seals looked at.
    #[n(5)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
    /// TPS whose kits these are; empty means the record's place.
    #[n(6)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub kits: Vec<Place>,
}

crate::int_enum!(
    /// What an obstacle is about.
    Category {
        /// Logistics.
        Logistics = 1,
        /// Access: road, river, bridge.
        Access = 2,
        /// Weather, flood.
        Weather = 3,
        /// Power.
        Power = 4,
        /// Signal.
        SignalLoss = 5,
        /// Staff: illness, absence.
        Staff = 6,
        /// Security.
        Security = 7,
        /// Equipment.
        Equipment = 8,
        /// Anything else; the note says what.
        Else = 9,
    }
);

crate::int_enum!(
    /// How grave an obstacle is.
    Severity {
        /// Known, does not endanger the vote.
        Low = 1,
        /// Endangers the schedule.
        Medium = 2,
        /// Endangers the vote at this place.
        High = 3,
    }
);

/// An obstacle (kendala). Note fields: `Note`, `Need`.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Incident {
    /// What it is about.
    #[n(0)]
    pub category: Category,
    /// How grave.
    #[n(1)]
    pub severity: Severity,
}

crate::int_enum!(
    /// How far a matter has come.
    Progress {
        /// Seen, nothing done yet.
        Seen = 1,
        /// Being worked on.
        Working = 2,
        /// Done.
        Done = 3,
        /// Cannot be done; the note says why.
        Impossible = 4,
    }
);

/// Progress on an incident or on a directive. Note field: `Note`.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct IncidentUpdate {
    /// The `Incident` or `Directive`.
    #[n(0)]
    pub target: RecordId,
    /// Its places, copied in, so that whoever saw it sees this.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
    /// How far it has come.
    #[n(2)]
    pub progress: Progress,
}

/// Voters who have come so far.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Turnout {
    /// Hour of election day in the profile's zone that the count is for, 0 to 23.
    #[n(0)]
    pub hour: u32,
    /// Voters so far.
    #[n(1)]
    pub voters: u32,
}

crate::int_enum!(
    /// How things stand.
    Situation {
        /// Aman: calm.
        Calm = 1,
        /// Waspada: alert.
        Alert = 2,
        /// Ada kendala: an obstacle.
        Obstacle = 3,
    }
);

/// Roll call of a team. Note field: `Note`.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Standby {
    /// Members present.
    #[n(0)]
    pub present: u32,
    /// Members of the team.
    #[n(1)]
    pub team: u32,
    /// How things stand.
    #[n(2)]
    pub situation: Situation,
    /// "No obstacle so far", said outright: silence does not say it.
    #[n(3)]
    #[cbor(default, skip_if = "is_false")]
    pub no_obstacle: bool,
}

fn is_false(b: &bool) -> bool {
    !*b
}
