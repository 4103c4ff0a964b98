//! A small desk for tests: devices with fixed keys, facts made as an intake would make them.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

pub mod kit;
pub mod wide;

use pantau_protocol::{
    body::{Access, Signal},
    body::{
        Answer, Body, CustodyKind, Device, Grant, Line, LineState, Receive, Rest, Revoke, Tps, Trusted, Visit,
    },
    election::Election,
    journal::{self, DeviceId, RecordId},
    keys::SecretKey,
    place::Place,
    profile::Profile,
    projection::{Fact, Fold, PlaceState},
    record::{Against, Basis, Record},
    role::Role,
    time::Envelope,
};
use proptest::prelude::*;

/// A full hour, so that minutes added to it stay in one hour.
pub const TEN: i64 = 1_707_843_600;
pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3_600;

pub fn place(code: &str) -> Place {
    code.parse().expect("a place code of a test")
}

/// Place codes: real ones that often lie in each other, near misses, and anything that may be carried.
pub fn code() -> impl Strategy<Value = Place> {
    let odd = "[0-9A-Za-z./-]{1,24}";
    let real = "62(\\.0[1-3](\\.1[0-2](\\.200[1-3](/00[1-3])?)?)?)?";
    let near = "6[./]?[26][./]{0,2}6?[./]?";
    prop_oneof![3 => real, 1 => near, 1 => odd].prop_map(|c| Place::new(&c).unwrap())
}

pub fn tps() -> Place {
    place("62.06.13.2001/003")
}

/// The device whose key is made from `n`.
pub fn device(n: u8) -> DeviceId {
    SecretKey::from_seed(&[n; 32]).public().device_id()
}

pub const DESK: u8 = 100;
pub const CAMAT: u8 = 1;
pub const OFFICER: u8 = 2;

/// How a fact is to be made; the rest follows.
#[derive(Clone)]
pub struct Say {
    pub device: u8,
    pub branch: u32,
    pub seq: u64,
    pub envelope: Option<Envelope>,
    pub record: Record,
}

impl Say {
    /// `device` says `body` about `place` at `at`, received a minute later.
    pub fn new(device: u8, seq: u64, at: i64, place: &Place, body: &Body) -> Self {
        let envelope = Some(Envelope { received_at: at + MINUTE, not_before: 0 });
        Self { device, branch: 0, seq, envelope, record: Record::new(at, place.clone(), body) }
    }

    pub fn told(mut self) -> Self {
        self.record.basis = Basis::ToldByPhone;
        self
    }

    pub fn branch(mut self, branch: u32) -> Self {
        self.branch = branch;
        self
    }

    pub fn provisional(mut self) -> Self {
        self.envelope = None;
        self
    }

    pub fn received(mut self, received_at: i64, not_before: i64) -> Self {
        self.envelope = Some(Envelope { received_at, not_before });
        self
    }

    pub fn copy_of(mut self, original: RecordId) -> Self {
        self.record.copy_of = Some(original);
        self
    }

    /// Made against this version of the profile, and these voters of each kit.
    pub fn against(mut self, profile: u32, voters: &[u32]) -> Self {
        self.record.against = Some(Against { profile, voters: voters.to_vec() });
        self
    }

    pub fn of_election(mut self, number: u32) -> Self {
        self.record.election = Some(Election(number));
        self
    }

    pub fn id(&self) -> RecordId {
        let payload = self.record.to_payload();
        RecordId::of_digest(&journal::digest(&device(self.device), self.seq, &payload, &[]))
    }

    pub fn fact(&self) -> Fact {
        let key = (device(self.device), self.branch, self.seq);
        Fact::new(self.id(), key, self.envelope, &self.record.to_payload()).expect("a fact of a test")
    }
}

/// A fold of these.
pub fn fold<'a>(all: impl IntoIterator<Item = &'a Say>) -> Fold {
    let mut fold = Fold::new();
    for say in all {
        fold.insert(say.fact());
    }
    fold
}

/// The state of [`tps`] once all of these are known.
pub fn state(all: &[Say]) -> PlaceState {
    fold(all).state(&tps())
}

pub fn register(seq: u64, registered: u8, officer: u32, predecessor: Option<u8>) -> Say {
    let body = Body::Device(Device {
        device: device(registered),
        public_key: SecretKey::from_seed(&[registered; 32]).public().0,
        officer,
        predecessor: predecessor.map(device),
        regions: vec![],
    });
    Say::new(DESK, seq, TEN - 10 * HOUR + seq as i64, &place("62"), &body)
}

pub fn grant(seq: u64, officer: u32, role: Role, ended: bool, at: i64) -> Say {
    Say::new(DESK, seq, at, &place("62"), &Body::Grant(Grant { officer, role, ended, new_person: false }))
}

/// The TPS of the province with so many voters.
pub fn station(voters: u32) -> Body {
    Body::Tps(Tps {
        voters,
        male: None,
        lat: None,
        lon: None,
        access: Access::Remote,
        signal: Signal::None,
        ended: None,
        synthetic: false,
    })
}

/// A shipped profile.
pub fn profile(code: &str) -> Profile {
    Profile::shipped().into_iter().find(|p| p.code == code).expect("a shipped profile")
}

pub fn set_down(seq: u64, at: i64, profile: Profile) -> Say {
    Say::new(DESK, seq, at, &place("62"), &Body::Profile(Box::new(profile)))
}

/// The desk (officer 100), a camat (1), a field officer (2), the profile of 2024 and one TPS of 300 voters.
pub fn province() -> Vec<Say> {
    let early = TEN - 10 * HOUR;
    vec![
        register(1, DESK, 100, None),
        grant(2, 100, Role::DeskAdmin, false, early),
        register(3, CAMAT, 1, None),
        grant(4, 1, Role::Camat, false, early),
        register(5, OFFICER, 2, None),
        grant(6, 2, Role::FieldOfficer, false, early),
        set_down(7, early, profile("pemilu-2024")),
        Say::new(DESK, 8, early, &tps(), &station(300)),
    ]
}

pub fn visit(answers: &[Answer]) -> Body {
    Body::Visit(Visit { checklist: 1, version: 1, answers: answers.to_vec(), way: None })
}

pub fn receive(rest: Rest, lines: &[(u32, LineState, u32)]) -> Body {
    let lines = lines
        .iter()
        .map(|(item, state, good)| Line {
            item: *item,
            state: *state,
            good: *good,
            damaged: 0,
            missing: 0,
            kit: None,
        })
        .collect();
    Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest,
        lines,
        seals: vec![],
        kits: vec![],
        containers: Vec::new(),
        form: None,
    })
}

/// A `Receive` at the TPS, changed.
pub fn receive_with(rest: Rest, lines: &[(u32, LineState, u32)], change: impl FnOnce(&mut Receive)) -> Body {
    let Body::Receive(mut r) = receive(rest, lines) else { unreachable!("a receive") };
    change(&mut r);
    Body::Receive(r)
}

/// The province and more.
pub fn with(more: &[Say]) -> Vec<Say> {
    [province(), more.to_vec()].concat()
}

/// Something said of the TPS, so many minutes after ten.
pub fn say(device: u8, seq: u64, minutes: i64, body: &Body) -> Say {
    Say::new(device, seq, TEN + minutes * MINUTE, &tps(), body)
}

/// A revocation that trusts these branches up to these numbers.
pub fn revoke(seq: u64, revoked: u8, trusted: &[(u32, u64)]) -> Body {
    let trusted = trusted.iter().map(|(branch, through)| Trusted { branch: *branch, through: *through });
    Body::Revoke(Revoke {
        device: device(revoked),
        seq,
        link: [0; 32],
        trusted: trusted.collect(),
        regions: vec![],
    })
}
