//! The policy, case by case: reply and what is known, and the steps that follow.

use pantau_protocol::{
    enrol::CertifiedGrant,
    exchange::{Page, Reason},
    keys::{SecretKey, Sig},
    place::{Place, Scope},
    receipt::{self, Receipt},
    role::Role,
    time::Envelope,
};

use super::*;

const NOW: i64 = 1_000;
const OFFSET: i64 = 5;
const EPOCH: Epoch = Epoch { created_at: 500, random: [1; 8] };
const OLDER: Epoch = Epoch { created_at: 400, random: [9; 8] };
const NEWER: Epoch = Epoch { created_at: 600, random: [0; 8] };

fn server_key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn phone_key() -> SecretKey {
    SecretKey::from_seed(&[2; 32])
}

fn scope(code: &str) -> ScopeDigest {
    Scope::new([Place::new(code).unwrap()]).digest()
}

fn link(seq: u64) -> Link {
    Link([seq as u8; 32])
}

/// An open journal of five records, three of them held; the request carried the other two, and asked for a page.
fn known() -> Known {
    Known {
        now: NOW,
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
fn reply() -> Reply {
    Reply {
        receipt: None,
        epoch: EPOCH,
        server_time: NOW + OFFSET,
        anchor_mac: [8; 8],
        outcomes: Vec::new(),
        want_notes: Vec::new(),
        page: Page::default(),
        scope: scope("62.06"),
        position: 40,
        more: false,
        backoff_s: 0,
        min_version: 1,
        dictionaries: Vec::new(),
        certificate: None,
        state_digest: None,
    }
}

/// A receipt up to `last` over the link that the phone has there.
fn receipt_of(last: u64, notes_through: u64, epoch: Epoch) -> Receipt {
    signed(last, notes_through, epoch, link(last), &server_key())
}

fn signed(last: u64, notes_through: u64, epoch: Epoch, link: Link, key: &SecretKey) -> Receipt {
    let steps = vec![receipt::Step { first: 4, last, received_at: 900 }];
    let statement = Statement { branch: 0, last, notes_through, steps, position: 41 };
    let (server, device) = (server_key().public().server_id(), phone_key().public().device_id());
    Receipt::sign(statement, &ReceiptContext { server, epoch, device, link }, key)
}

fn counts(receipt: Receipt, epoch: Epoch, before: u64, held: u64, notes_through: u64) -> Step {
    let link = link(receipt.statement.last);
    Step::Receipt { receipt: Box::new(OldReceipt { epoch, link, receipt }), before, held, notes_through }
}

fn certificate_of(device: &SecretKey, server: &SecretKey) -> Certificate {
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

fn row(kind: RowKind) -> LogRow {
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

fn answered() -> Vec<Step> {
    vec![Step::Answered { at: NOW, offset: OFFSET, min_version: 1 }]
}

fn anchor() -> Step {
    Step::Anchor(Anchor { time: NOW + OFFSET, mac: [8; 8] })
}

/// How the steps of a reply begin that was spoken to a known key.
fn begin() -> Vec<Step> {
    [answered(), vec![anchor(), Step::Introduced]].concat()
}

fn standing(revoked: bool, counted: &[Counted]) -> Step {
    Step::Standing { revoked, counted: counted.to_vec() }
}

/// How they end where the page was the last.
fn read(position: u64) -> Vec<Step> {
    vec![standing(false, &[]), Step::Page, Step::Cursor { position, pulled: true }, Step::Sweep, through()]
}

fn through() -> Step {
    Step::Through { backoff_s: 0 }
}

fn go_on(moved: bool, ends: Option<Ends>) -> Next {
    Next::GoOn { moved, ends }
}

const fn gain(held: u64, receipts: u32, received: u64, more: bool) -> Gain {
    Gain { held, receipts, received, more, offset: OFFSET }
}

const NONE: Gain = gain(0, 0, 0, false);
const DONE: Option<Ends> = Some(Ends::Done);

/// One case of the table: what is changed of [`reply`] and [`known`], rows of the page, and what must follow.
struct Case {
    name: &'static str,
    given: fn(&mut Reply, &mut Known),
    rows: Vec<RowKind>,
    steps: Vec<Step>,
    gain: Gain,
    next: Next,
}

fn case(
    name: &'static str,
    given: fn(&mut Reply, &mut Known),
    steps: impl IntoIterator<Item = Vec<Step>>,
    gain: Gain,
    next: Next,
) -> Case {
    let steps = steps.into_iter().flatten().collect();
    Case { name, given, rows: Vec::new(), steps, gain, next }
}

fn assert_all(cases: impl IntoIterator<Item = Case>) {
    for case in cases {
        let (mut reply, mut known) = (reply(), known());
        (case.given)(&mut reply, &mut known);
        let rows: Vec<LogRow> = case.rows.into_iter().map(row).collect();
        let expected = Plan { steps: case.steps, gain: case.gain, next: case.next };
        assert_eq!(plan(&reply, &rows, &known), expected, "{}", case.name);
    }
}

fn speaker(known: &mut Known) -> &mut Speaker {
    known.speaker.as_mut().unwrap()
}

#[test]
fn epochs() {
    let new = |had_one| vec![Step::NewEpoch { epoch: NEWER, had_one }];
    assert_all([
        case("nothing new", |_, _| {}, [begin(), read(40)], NONE, go_on(false, DONE)),
        case(
            "of an older log nothing counts, not even a receipt",
            |r, _| {
                r.epoch = OLDER;
                r.receipt = Some(receipt_of(5, 5, OLDER));
                r.outcomes = vec![Outcome::Stored, Outcome::Later { after_s: 9 }];
            },
            [vec![Step::ShowReceipts(true)]],
            NONE,
            Next::Older,
        ),
        case(
            "a newer log is read from its start",
            |r, _| (r.epoch, r.position) = (NEWER, 7),
            [new(true), begin(), read(7)],
            NONE,
            go_on(true, DONE),
        ),
        case(
            "the first log of a phone is no change of logs",
            |r, k| (r.epoch, r.position, k.epoch, k.scope, k.position) = (NEWER, 0, None, None, 0),
            [
                new(false),
                begin(),
                vec![standing(false, &[]), Step::Scope(scope("62.06")), Step::Page],
                vec![Step::Cursor { position: 0, pulled: true }, Step::Sweep, through()],
            ],
            NONE,
            go_on(false, DONE),
        ),
        case(
            "what the old log held the new one holds only as its receipt says",
            |r, _| {
                (r.epoch, r.position) = (NEWER, 7);
                r.receipt = Some(receipt_of(4, 2, NEWER));
            },
            [new(true), begin(), vec![counts(receipt_of(4, 2, NEWER), NEWER, 0, 4, 2)], read(7)],
            gain(4, 1, 0, false),
            go_on(true, DONE),
        ),
        case(
            "the journal is gone: no more than that the server answered",
            |r, k| {
                k.speaker = None;
                r.outcomes = vec![Outcome::Later { after_s: 9 }];
            },
            [answered(), vec![through()]],
            NONE,
            go_on(false, None),
        ),
    ]);
}

#[test]
fn receipts() {
    let unmoved = || [begin(), read(40)];
    assert_all([
        case(
            "all is held, notes too",
            |r, _| {
                r.receipt = Some(receipt_of(5, 5, EPOCH));
                r.outcomes = vec![Outcome::Stored];
            },
            [
                begin(),
                vec![counts(receipt_of(5, 5, EPOCH), EPOCH, 3, 5, 5), Step::Admitted { first: 4, last: 5 }],
                read(40),
            ],
            gain(2, 1, 0, false),
            go_on(true, DONE),
        ),
        case(
            "of another link",
            |r, _| r.receipt = Some(signed(5, 5, EPOCH, Link([77; 32]), &server_key())),
            unmoved(),
            NONE,
            go_on(false, DONE),
        ),
        case(
            "of a record that is not here",
            |r, _| r.receipt = Some(receipt_of(6, 6, EPOCH)),
            unmoved(),
            NONE,
            go_on(false, DONE),
        ),
        case(
            "of a key that is not the server's",
            |r, _| r.receipt = Some(signed(5, 5, EPOCH, link(5), &phone_key())),
            unmoved(),
            NONE,
            go_on(false, DONE),
        ),
        case(
            "of another epoch",
            |r, _| r.receipt = Some(receipt_of(5, 5, NEWER)),
            unmoved(),
            NONE,
            go_on(false, DONE),
        ),
        case(
            "one that was overtaken takes nothing back",
            |r, _| r.receipt = Some(receipt_of(2, 1, EPOCH)),
            [begin(), vec![counts(receipt_of(2, 1, EPOCH), EPOCH, 3, 3, 3)], read(40)],
            gain(0, 1, 0, false),
            go_on(false, DONE),
        ),
        case(
            "old receipts are shown once",
            |_, k| k.shows_receipts = true,
            [begin(), vec![Step::ShowReceipts(false)], read(40)],
            NONE,
            go_on(false, DONE),
        ),
    ]);
}

#[test]
fn wanted_notes() {
    let with = |wanted: Vec<(u64, Field)>, notes_through| {
        let counted = counts(receipt_of(5, 3, EPOCH), EPOCH, 3, 5, notes_through);
        [begin(), vec![counted, Step::Want(wanted)], read(40)]
    };
    assert_all([
        case(
            "a note that is here holds up those behind it",
            |r, k| {
                r.receipt = Some(receipt_of(5, 3, EPOCH));
                r.want_notes = vec![(4, Field::Note), (5, Field::Note)];
                speaker(k).first_wanted = Some(5);
            },
            with(vec![(4, Field::Note), (5, Field::Note)], 4),
            gain(2, 1, 0, false),
            go_on(true, DONE),
        ),
        case(
            "one that is not here holds up nothing",
            |r, _| {
                r.receipt = Some(receipt_of(5, 3, EPOCH));
                r.want_notes = vec![(4, Field::Note)];
            },
            with(vec![(4, Field::Note)], 5),
            gain(2, 1, 0, false),
            go_on(true, DONE),
        ),
        case(
            "where as many are named as can be, there may be more",
            |r, _| {
                r.receipt = Some(receipt_of(5, 3, EPOCH));
                r.want_notes = vec![(5, Field::Note); WANT_NOTES];
            },
            with(vec![(5, Field::Note); WANT_NOTES], 4),
            gain(2, 1, 0, false),
            go_on(true, DONE),
        ),
    ]);
}

#[test]
fn certificates() {
    let fits = || Step::Certified(Box::new(certificate_of(&phone_key(), &server_key())));
    assert_all([
        case(
            "a fresh key is known now",
            |r, k| {
                r.certificate = Some(certificate_of(&phone_key(), &server_key()));
                speaker(k).state = JournalState::Fresh;
            },
            [begin(), vec![fits()], read(40)],
            NONE,
            go_on(true, DONE),
        ),
        case(
            "a new one for a known key moves nothing",
            |r, _| r.certificate = Some(certificate_of(&phone_key(), &server_key())),
            [begin(), vec![fits()], read(40)],
            NONE,
            go_on(false, DONE),
        ),
        case(
            "one for another key",
            |r, _| r.certificate = Some(certificate_of(&server_key(), &server_key())),
            [begin(), read(40)],
            NONE,
            go_on(false, DONE),
        ),
        case(
            "one that the server did not sign",
            |r, _| r.certificate = Some(certificate_of(&phone_key(), &phone_key())),
            [begin(), read(40)],
            NONE,
            go_on(false, DONE),
        ),
    ]);
}

#[test]
fn journals_that_do_not_fit() {
    let back = |common| vec![Step::GoBack { common, head_seq: 5 }, Step::ShowReceipts(true)];
    let branch = || vec![Step::Branch { at: 4, branch: 1, head_seq: 5 }];
    let closed = || vec![Step::Succeed, standing(false, &[]), through()];
    assert_all([
        case(
            "a gap goes back to the last record both have",
            |r, _| {
                let heads = vec![Head::new(2, &link(2)), Head::new(3, &link(9)), Head::new(6, &link(6))];
                r.outcomes = vec![Outcome::Gap { heads }];
            },
            [begin(), back(2), read(40)],
            NONE,
            go_on(true, DONE),
        ),
        case(
            "a gap never goes forward",
            |r, _| r.outcomes = vec![Outcome::Gap { heads: vec![Head::new(5, &link(5))] }],
            [begin(), back(5), read(40)],
            NONE,
            go_on(false, DONE),
        ),
        case(
            "the server has nothing of it",
            |r, _| r.outcomes = vec![Outcome::Gap { heads: Vec::new() }],
            [begin(), back(0), read(40)],
            NONE,
            go_on(true, DONE),
        ),
        case(
            "a clone closes its journal once and reads nothing yet",
            |r, _| r.outcomes = vec![Outcome::Fork { at: 4, branch: 1 }, Outcome::Behind { have: 9 }],
            [begin(), branch(), closed()],
            NONE,
            go_on(true, None),
        ),
        case(
            "what was restored from a backup is closed, too",
            |r, _| r.outcomes = vec![Outcome::Behind { have: 9 }],
            [begin(), closed()],
            NONE,
            go_on(true, None),
        ),
        case(
            "a closed journal is not closed again",
            |r, k| {
                r.outcomes = vec![Outcome::Fork { at: 4, branch: 1 }];
                (speaker(k).state, k.is_page_next) = (JournalState::Closed, false);
            },
            [begin(), branch(), vec![through()]],
            NONE,
            go_on(false, None),
        ),
    ]);
}

#[test]
fn outcomes() {
    let of = |device: [u8; 16]| Counted { device: DeviceId(device), first: 1, last: 2 };
    let taken = || vec![Step::Admitted { first: 4, last: 5 }];
    assert_all([
        case(
            "records that are set aside",
            |r, _| {
                let held = Held { seq: 5, reason: Reason::OutsideGrants, field: "place".into() };
                r.outcomes = vec![Outcome::Duplicate, Outcome::Quarantined(vec![held])];
            },
            [
                begin(),
                taken(),
                vec![Step::SetAside {
                    seq: 5,
                    reason: Reason::OutsideGrants.number(),
                    field: "place".into(),
                }],
                read(40),
            ],
            NONE,
            go_on(false, DONE),
        ),
        case(
            "an unknown key shows its certificate, and reads nothing",
            |r, _| r.outcomes = vec![Outcome::Unknown],
            [answered(), vec![anchor(), Step::Introduce, through()]],
            NONE,
            go_on(false, None),
        ),
        case(
            "a refused request is made smaller",
            |r, _| r.outcomes = vec![Outcome::Refused],
            [begin()],
            NONE,
            Next::Smaller,
        ),
        case(
            "so is one that could not be read",
            |r, _| r.outcomes = vec![Outcome::Malformed],
            [begin()],
            NONE,
            Next::Smaller,
        ),
        case(
            "a server that is overloaded says nothing of the log",
            |r, _| r.outcomes = vec![Outcome::Later { after_s: 60 }],
            [begin()],
            NONE,
            Next::Wait { after_s: 60 },
        ),
        case(
            "whose quota is used up reads as ever, and waits then",
            |r, _| {
                r.receipt = Some(receipt_of(4, 4, EPOCH));
                r.outcomes = vec![Outcome::Stored, Outcome::Later { after_s: 60 }];
            },
            [begin(), vec![counts(receipt_of(4, 4, EPOCH), EPOCH, 3, 4, 4)], taken(), {
                let mut read = read(40);
                read.pop();
                read
            }],
            gain(1, 1, 0, false),
            Next::Wait { after_s: 60 },
        ),
        case(
            "a revoked phone is told what counts, and reads no more",
            |r, _| r.outcomes = vec![Outcome::Revoked { counted: vec![of_all()] }],
            [begin(), vec![standing(true, &[of([7; 16])]), through()]],
            NONE,
            go_on(false, Some(Ends::Revoked)),
        ),
        case(
            "a closed journal that was revoked says nothing of the phone",
            |r, k| {
                r.outcomes = vec![Outcome::Revoked { counted: vec![] }];
                (speaker(k).state, k.is_page_next) = (JournalState::Closed, false);
            },
            [begin(), vec![through()]],
            NONE,
            go_on(false, None),
        ),
        case(
            "an old app uploads only",
            |r, _| r.outcomes = vec![Outcome::Stored, Outcome::Upgrade { min: 2 }],
            [begin(), taken(), vec![standing(false, &[]), through()]],
            NONE,
            go_on(false, Some(Ends::Upgrade { min: 2 })),
        ),
        case(
            "an outcome of a newer server is ignored",
            |r, _| r.outcomes = vec![Outcome::Stored, Outcome::Other(99)],
            [begin(), taken(), read(40)],
            NONE,
            go_on(false, DONE),
        ),
    ]);
}

fn of_all() -> Counted {
    Counted { device: DeviceId([7; 16]), first: 1, last: 2 }
}

#[test]
fn pages() {
    let begun = || [begin(), vec![standing(false, &[])]].concat();
    let rows = vec![RowKind::Record, RowKind::Note, RowKind::Released, RowKind::Quarantined];
    let full = Case {
        rows,
        ..case(
            "records are counted; with more behind them nothing is swept",
            |r, _| (r.position, r.more) = (44, true),
            [begun(), vec![Step::Page, Step::Cursor { position: 44, pulled: false }, through()]],
            gain(0, 0, 2, true),
            go_on(true, None),
        )
    };
    assert_all([
        full,
        case(
            "a page that is not the next is left alone",
            |r, k| (r.position, k.is_page_next) = (44, false),
            [begin(), vec![through()]],
            NONE,
            go_on(false, None),
        ),
        case(
            "rows of another scope begin a new pull",
            |r, _| (r.scope, r.position) = (scope("62.07"), 12),
            [
                begun(),
                vec![Step::Scope(scope("62.07")), Step::StartOver, Step::Page],
                vec![Step::Cursor { position: 12, pulled: true }, Step::Sweep, through()],
            ],
            NONE,
            go_on(true, DONE),
        ),
        case(
            "a log that ends before what was read of it is read again",
            |r, _| r.position = 39,
            [begun(), vec![Step::StartOver, through()]],
            gain(0, 0, 0, true),
            go_on(true, None),
        ),
        case(
            "the server asks for a pause",
            |r, _| r.backoff_s = 300,
            [begin(), {
                let mut read = read(40);
                read.pop();
                read.push(Step::Through { backoff_s: 300 });
                read
            }],
            NONE,
            go_on(false, DONE),
        ),
    ]);
}
