//! What a case starts from, and how it is told.

use pantau_protocol::{
    enrol::{Certificate, CertifiedGrant},
    exchange::{Counted, LogRow, Reply, RowKind},
    journal::{DeviceId, Link},
    keys::{SecretKey, Sig},
    place::{Place, Scope, ScopeDigest},
    receipt::{self, Epoch, OldReceipt, Receipt, ReceiptContext, Statement},
    role::Role,
    time::{Anchor, Envelope},
};

use crate::{
    identity::JournalState,
    sync::address::Addresses,
    sync::plan::{Ends, Gain, Known, Next, Plan, Speaker, Step, plan},
};

pub(super) const NOW: i64 = 1_000;
pub(super) const ADDRESS: &str = "https://desk.example";
pub(super) const OFFSET: i64 = 5;
pub(super) const EPOCH: Epoch = Epoch { created_at: 500, random: [1; 8] };
pub(super) const OLDER: Epoch = Epoch { created_at: 400, random: [9; 8] };
pub(super) const NEWER: Epoch = Epoch { created_at: 600, random: [0; 8] };

pub(super) fn server_key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

pub(super) fn phone_key() -> SecretKey {
    SecretKey::from_seed(&[2; 32])
}

pub(super) fn scope(code: &str) -> ScopeDigest {
    Scope::new([Place::new(code).unwrap()]).digest()
}

pub(super) fn link(seq: u64) -> Link {
    Link([seq as u8; 32])
}

/// An open journal of five records, three of them held; the request carried the other two, and asked for a page.
pub(super) fn known() -> Known {
    Known {
        now: NOW,
        addresses: Addresses { asked: ADDRESS.into(), settled: ADDRESS.into(), next: None },
        span: Some((4, 5)),
        is_page_next: true,
        epoch: Some(EPOCH),
        server: Some(server_key().public().server_id()),
        keys: vec![server_key().public()],
        scope: Some(scope("62.06")),
        position: 40,
        shows_receipts: false,
        speaker: Some(Speaker {
            device: phone_key().public().device_id(),
            state: JournalState::Open,
            head_seq: 5,
            held: 3,
            notes_through: 3,
            links: (0..=5).map(|seq| (seq, link(seq))).collect(),
            first_wanted: None,
        }),
    }
}

/// Nothing was done and nothing is new.
pub(super) fn reply() -> Reply {
    Reply {
        server_time: NOW + OFFSET,
        anchor_mac: [8; 8],
        scope: scope("62.06"),
        position: 40,
        min_version: 1,
        ..Reply::of(EPOCH, Vec::new())
    }
}

/// A receipt up to `last` over the link that the phone has there.
pub(super) fn receipt_of(last: u64, notes_through: u64, epoch: Epoch) -> Receipt {
    signed(last, notes_through, epoch, link(last), &server_key())
}

pub(super) fn signed(last: u64, notes_through: u64, epoch: Epoch, link: Link, key: &SecretKey) -> Receipt {
    let steps = vec![receipt::Step { first: 4, last, received_at: 900 }];
    let statement = Statement { branch: 0, last, notes_through, steps, position: 41 };
    let (server, device) = (server_key().public().server_id(), phone_key().public().device_id());
    Receipt::sign(statement, &ReceiptContext { server, epoch, device, link }, key)
}

pub(super) fn counts(receipt: Receipt, epoch: Epoch, before: u64, held: u64, notes_through: u64) -> Step {
    let link = link(receipt.statement.last);
    Step::Receipt { receipt: Box::new(OldReceipt { epoch, link, receipt }), before, held, notes_through }
}

pub(super) fn certificate_of(device: &SecretKey, server: &SecretKey) -> Certificate {
    let place = Place::new("62.06").unwrap();
    let unsigned = Certificate {
        device_key: device.public(),
        officer: 7,
        grants: vec![CertifiedGrant { role: Role::Camat, place }],
        predecessor: None,
        issued_at: 900,
        server: server_key().public().server_id(),
        signature: Sig([0; 64]),
    };
    unsigned.sign(server)
}

pub(super) fn row(kind: RowKind) -> LogRow {
    LogRow {
        position: 41,
        kind,
        device: DeviceId([3; 16]),
        branch: 0,
        seq: 1,
        envelope: Envelope { received_at: 900, not_before: 0 },
        payload: Vec::new(),
        notes: Vec::new(),
    }
}

pub(super) fn answered() -> Vec<Step> {
    vec![Step::Answered { at: NOW, offset: OFFSET, min_version: 1 }]
}

pub(super) fn anchor() -> Step {
    Step::Anchor(Anchor { time: NOW + OFFSET, mac: [8; 8] })
}

/// How the steps of a reply begin that was spoken to a known key.
pub(super) fn begin() -> Vec<Step> {
    [answered(), vec![anchor(), Step::Introduced]].concat()
}

pub(super) fn standing(revoked: bool, counted: &[Counted]) -> Step {
    Step::Standing { revoked, counted: counted.to_vec() }
}

/// How they end where the page was the last.
pub(super) fn read(position: u64) -> Vec<Step> {
    vec![standing(false, &[]), Step::Page, Step::Cursor { position, pulled: true }, Step::Sweep, through()]
}

pub(super) fn through() -> Step {
    Step::Through { backoff_s: 0 }
}

pub(super) fn go_on(moved: bool, ends: Option<Ends>) -> Next {
    Next::GoOn { moved, ends }
}

pub(super) const fn gain(held: u64, receipts: u32, received: u64, more: bool) -> Gain {
    Gain { held, receipts, received, more, offset: OFFSET }
}

pub(super) const NONE: Gain = gain(0, 0, 0, false);
pub(super) const DONE: Option<Ends> = Some(Ends::Done);

/// One case of the table: what is changed of [`reply`] and [`known`], rows of the page, and what must follow.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) given: fn(&mut Reply, &mut Known),
    pub(super) rows: Vec<RowKind>,
    pub(super) steps: Vec<Step>,
    pub(super) gain: Gain,
    pub(super) next: Next,
}

pub(super) fn case(
    name: &'static str,
    given: fn(&mut Reply, &mut Known),
    steps: impl IntoIterator<Item = Vec<Step>>,
    gain: Gain,
    next: Next,
) -> Case {
    let steps = steps.into_iter().flatten().collect();
    Case { name, given, rows: Vec::new(), steps, gain, next }
}

pub(super) fn assert_all(cases: impl IntoIterator<Item = Case>) {
    for case in cases {
        let (mut reply, mut known) = (reply(), known());
        (case.given)(&mut reply, &mut known);
        let rows: Vec<LogRow> = case.rows.into_iter().map(row).collect();
        let expected = Plan { steps: case.steps, gain: case.gain, next: case.next };
        assert_eq!(plan(&reply, &rows, &known), expected, "{}", case.name);
    }
}

pub(super) fn speaker(known: &mut Known) -> &mut Speaker {
    known.speaker.as_mut().unwrap()
}
