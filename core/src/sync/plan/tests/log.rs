//! What a reply says of the log and of the phone as a whole.

use pantau_protocol::{
    exchange::{Counted, Held, Outcome, Reason, RowKind},
    journal::DeviceId,
};

use super::given::*;
use crate::{
    identity::JournalState,
    sync::address::Change,
    sync::plan::{Ends, Next, Step},
};

const MOVED: &str = "https://new.example";

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
            "a server that moves says where to",
            |r, _| r.address = Some(MOVED.into()),
            [
                answered(),
                vec![Step::Address(Change::Next(MOVED.into())), anchor(), Step::Introduced],
                read(40),
            ],
            NONE,
            go_on(false, DONE),
        ),
        case(
            "of an older log the address counts as little",
            |r, _| (r.epoch, r.address) = (OLDER, Some(MOVED.into())),
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
