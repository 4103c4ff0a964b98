//! What a reply says of this phone's own journal.

use pantau_protocol::{
    exchange::{Head, Outcome},
    journal::Link,
    limit::WANT_NOTES,
    note::Field,
};

use super::given::*;
use crate::{identity::JournalState, sync::plan::Step};

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
