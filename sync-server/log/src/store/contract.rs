//! One suite for every store: whatever passes it may be put under a server.

mod kept;
mod projected;

use pantau_protocol::{
    body::Kind,
    exchange::{Reason, RowKind},
    frame::Evidence,
    journal::{DeviceId, Link, RecordId},
    keys::Sig,
    note::{Field, Note, Salt},
    place::{Place, Scope},
    receipt::Epoch,
    time::Envelope,
};

mod sound;

use self::sound::{an_honest_store_has_no_flaw, proofs_and_branches_are_told_with_their_spans};
use super::*;
use kept::{
    forked_journals_and_their_branches_are_counted, people_of_the_desk_are_kept,
    the_last_call_of_a_device_is_kept, what_devices_added_is_kept_by_account,
};
use projected::{
    a_generation_is_dropped_in_parts, a_projected_place_replaces_what_was_there,
    rows_are_found_by_place_and_by_kind,
};

fn stretch(branch: u32, first: u64, last: u64) -> Stretch {
    Stretch { branch, first, last }
}

fn device(n: u8) -> DeviceId {
    DeviceId([n; 16])
}

fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

fn scope(code: &str) -> Scope {
    Scope::new([place(code)])
}

fn entry(by: u8, seq: u64, keys: &[&str], kind: Kind) -> Entry {
    let id = blake3::hash(&[&[by][..], &seq.to_be_bytes()].concat());
    Entry {
        device: device(by),
        branch: 0,
        seq,
        link: Link(*id.as_bytes()),
        id: RecordId::from_slice(&id.as_bytes()[..16]).unwrap(),
        row: RowKind::Record,
        kind,
        at: 100,
        keys: keys.iter().map(|k| place(k)).collect(),
        envelope: Envelope { received_at: 200, not_before: 50 },
        carrier: 0,
        payload: vec![by, seq as u8],
        commitments: Vec::new(),
        note: None,
        quarantine: None,
    }
}

fn branch(by: &Entry) -> Branch {
    let (number, starts, last, link) = (by.branch, 1, by.seq, by.link);
    Branch { number, parent: None, starts, last, link, not_before: 0 }
}

fn put(tx: &mut dyn Tx, entry: &Entry) -> u64 {
    let position = tx.append(entry).unwrap();
    if entry.note.is_none() {
        tx.put_branch(&entry.device, &branch(entry)).unwrap();
    }
    position
}

fn note(n: u8, text: &str) -> Note {
    Note { field: Field::Note, salt: Salt([n; 16]), text: text.into() }
}

fn start(store: &dyn Store) {
    write(store, |tx| tx.start_epoch(Epoch { created_at: 1, random: [1; 8] })).unwrap();
}

fn query(by: u8, after: u64) -> PageQuery {
    PageQuery { reader: device(by), own: Vec::new(), after, rows: 100, bytes: 1 << 20, scan: 1_000 }
}

fn seen(store: &dyn Store, scope: &Scope, by: u8) -> Vec<u64> {
    let scan = read(store, |v| v.page(scope, &query(by, 0))).unwrap();
    assert!(!scan.more);
    scan.rows.iter().map(|r| r.position).collect()
}

pub(super) fn a_row_comes_back_as_it_was_written(store: &dyn Store) {
    start(store);
    let mut full = entry(1, 1, &["62.06", "62.06.13.2001/003"], Kind::Visit);
    full.commitments = vec![(Field::Note, note(1, "catatan").commitment())];
    full.quarantine = Some((Reason::Impossible, "turnout.hour".into()));
    full.row = RowKind::Quarantined;
    let position = write(store, |tx| {
        let position = put(tx, &full);
        tx.put_note(position, &note(1, "catatan"))?;
        Ok(position)
    });
    let row = read(store, |v| v.desk_row(position.unwrap())).unwrap().unwrap();
    assert_eq!((row.position, row.epoch.created_at), (1, 1));
    assert_eq!(row.entry, full);
    assert_eq!(row.notes, [note(1, "catatan")]);
    assert_eq!(read(store, |v| v.desk_record(&full.id)).unwrap(), std::slice::from_ref(&row));
    assert_eq!(read(store, |v| v.desk_notes(&full.id)).unwrap(), row.notes);
    assert_eq!(read(store, |v| v.desk_row(2)).unwrap(), None);
}

pub(super) fn positions_have_no_gap_and_a_failed_write_leaves_nothing(store: &dyn Store) {
    start(store);
    write(store, |tx| Ok(put(tx, &entry(1, 1, &["62"], Kind::Visit)))).unwrap();
    let failed = write(store, |tx| -> Stored<()> {
        put(tx, &entry(1, 2, &["62"], Kind::Visit));
        tx.set_setting("x", b"y")?;
        Err(StoreError::Busy)
    });
    assert!(matches!(failed, Err(StoreError::Busy)));
    let position = write(store, |tx| Ok(put(tx, &entry(1, 2, &["62"], Kind::Visit)))).unwrap();
    assert_eq!(position, 2);
    assert_eq!(read(store, |v| v.head()).unwrap(), 2);
    assert_eq!(read(store, |v| v.setting("x")).unwrap(), None);
}

pub(super) fn a_place_of_a_journal_is_taken_once(store: &dyn Store) {
    start(store);
    let first = entry(1, 1, &["62"], Kind::Visit);
    write(store, |tx| Ok(put(tx, &first))).unwrap();
    assert!(write(store, |tx| tx.append(&first)).is_err());
    let other = Entry { branch: 1, ..first };
    write(store, |tx| Ok(put(tx, &other))).unwrap();
    let rows = read(store, |v| v.journal_at(&device(1), 1)).unwrap();
    assert_eq!(rows.iter().map(|r| r.entry.branch).collect::<Vec<_>>(), [0, 1]);
}

pub(super) fn a_journal_is_read_by_span_and_branch(store: &dyn Store) {
    start(store);
    write(store, |tx| {
        for seq in 1..=5 {
            put(tx, &entry(1, seq, &["62"], Kind::Visit));
            put(tx, &entry(2, seq, &["62"], Kind::Visit));
        }
        Ok(())
    })
    .unwrap();
    let span = |d, b, f, l| {
        let rows = read(store, |v| v.journal_span(&device(d), b, f, l)).unwrap();
        rows.into_iter().map(|r| r.entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(span(1, 0, 2, 4), [2, 3, 4]);
    assert_eq!(span(1, 0, 4, u64::MAX), [4, 5]);
    assert_eq!(span(1, 1, 1, 9), [0; 0]);
    assert_eq!(span(9, 0, 1, 9), [0; 0]);
    assert_eq!(read(store, |v| v.journal_branches(&device(2))).unwrap().len(), 1);
}

pub(super) fn a_scope_sees_inside_and_the_desk_from_above(store: &dyn Store) {
    start(store);
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62.06.13.2001/003"], Kind::Visit)); // 1: inside
        put(tx, &entry(1, 2, &["62.06.14.2001"], Kind::Visit)); // 2: the neighbour's
        put(tx, &entry(1, 3, &["62.06"], Kind::Visit)); // 3: above, not the desk's
        put(tx, &entry(1, 4, &["62.06"], Kind::Directive)); // 4: above, the desk's
        put(tx, &entry(1, 5, &["62"], Kind::Profile)); // 5: above, the desk's
        put(tx, &entry(1, 6, &["62.06.14", "62.06.13.2002"], Kind::Receive)); // 6: one key inside
        put(tx, &entry(1, 7, &["62.06.130"], Kind::Visit)); // 7: alike in letters only
        Ok(())
    })
    .unwrap();
    assert_eq!(seen(store, &scope("62.06.13"), 9), [1, 4, 5, 6]);
    assert_eq!(seen(store, &scope("62.06.13.2001"), 9), [1, 4, 5]);
    assert_eq!(seen(store, &scope("62.06.13.2001/003"), 9), [1, 4, 5]);
    assert_eq!(seen(store, &scope("62.06"), 9), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(seen(store, &scope("62"), 9), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(seen(store, &scope("63"), 9), [0; 0]);
    assert_eq!(seen(store, &Scope::nothing(), 9), [0; 0]);
    let two = Scope::new([place("62.06.13.2002"), place("62.06.14.2001")]);
    assert_eq!(seen(store, &two, 9), [2, 4, 5, 6]);
}

pub(super) fn a_reader_gets_no_own_rows_but_notices(store: &dyn Store) {
    start(store);
    let held = |by, seq| Entry {
        row: RowKind::Quarantined,
        quarantine: Some((Reason::Malformed, String::new())),
        ..entry(by, seq, &["62.06.13"], Kind::Visit)
    };
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62.06.13"], Kind::Visit));
        put(tx, &held(1, 2));
        put(tx, &entry(2, 1, &["62.06.13"], Kind::Visit));
        put(tx, &held(2, 2));
        Ok(())
    })
    .unwrap();
    let seen = |scope: &Scope, by| {
        let query = PageQuery { own: vec![stretch(0, 1, 2)], ..query(by, 0) };
        let scan = read(store, |v| v.page(scope, &query)).unwrap();
        scan.rows.iter().map(|r| r.position).collect::<Vec<_>>()
    };
    for scope in [scope("62.06.13"), scope("62")] {
        assert_eq!(seen(&scope, 1), [2, 3]);
        assert_eq!(seen(&scope, 2), [1, 4]);
        assert_eq!(seen(&scope, 3), [1, 3]);
    }
    assert_eq!(seen(&scope("62.99.01"), 1), [2], "a notice reaches its author wherever he may read");
}

pub(super) fn a_clone_is_news_to_its_original(store: &dyn Store) {
    start(store);
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62.06.13"], Kind::Visit));
        put(tx, &entry(1, 2, &["62.06.13"], Kind::Visit));
        put(tx, &Entry { branch: 1, ..entry(1, 2, &["62.06.13"], Kind::Visit) });
        Ok(())
    })
    .unwrap();
    let seen = |own: Vec<Stretch>| {
        let query = PageQuery { own, ..query(1, 0) };
        let scan = read(store, |v| v.page(&scope("62.06.13"), &query)).unwrap();
        scan.rows.iter().map(|r| r.position).collect::<Vec<_>>()
    };
    assert_eq!(seen(vec![stretch(0, 1, 2)]), [3]);
    assert_eq!(seen(vec![stretch(1, 2, 2), stretch(0, 1, 1)]), [2]);
    assert_eq!(seen(Vec::new()), [1, 2, 3], "what a phone is not known to have is sent");
}

pub(super) fn pages_add_up_and_name_how_far_they_came(store: &dyn Store) {
    start(store);
    write(store, |tx| {
        for seq in 1..=3_000u64 {
            let at = if seq % 3 == 0 { "62.06.13" } else { "62.07.01" };
            put(tx, &entry(1, seq, &[at], Kind::Visit));
        }
        Ok(())
    })
    .unwrap();
    for scope in [scope("62.06.13"), scope("62")] {
        for (rows, bytes, scan) in [(7, 1 << 20, 100), (1_000, 300, 1_000), (4_000, 1 << 20, 50_000)] {
            let mut query = PageQuery { rows, bytes, scan, ..query(9, 0) };
            let mut all = Vec::new();
            loop {
                let page = read(store, |v| v.page(&scope, &query)).unwrap();
                assert!(page.rows.len() <= rows && page.through > query.after || !page.more);
                all.extend(page.rows.iter().map(|r| r.position));
                query.after = page.through;
                if !page.more {
                    break;
                }
            }
            let expected: Vec<u64> =
                (1..=3_000).filter(|p| scope.roots()[0].as_str() == "62" || p % 3 == 0).collect();
            assert_eq!(all, expected);
            assert_eq!(query.after, 3_000);
        }
    }
}

pub(super) fn a_cursor_beyond_the_head_is_brought_back(store: &dyn Store) {
    start(store);
    write(store, |tx| Ok(put(tx, &entry(1, 1, &["62"], Kind::Visit)))).unwrap();
    for scope in [scope("62.06.13"), scope("62")] {
        let page = read(store, |v| v.page(&scope, &query(9, 77))).unwrap();
        assert_eq!((page.rows.len(), page.through, page.more), (0, 1, false));
    }
}

pub(super) fn a_late_note_is_a_row_and_stands_with_its_record(store: &dyn Store) {
    start(store);
    let mut record = entry(1, 1, &["62.06.13"], Kind::Visit);
    record.commitments = vec![(Field::Note, note(1, "terlambat").commitment())];
    let missing = MissingNote { branch: 0, seq: 1, field: Field::Note };
    write(store, |tx| {
        let position = put(tx, &record);
        tx.put_missing(&device(1), &missing)?;
        assert_eq!(tx.journal_missing_notes(&device(1), 9)?, std::slice::from_ref(&missing));
        assert!(tx.take_missing(&device(1), &missing)?);
        assert!(!tx.take_missing(&device(1), &missing)?);
        assert!(tx.put_note(position, &note(1, "terlambat"))?);
        assert!(!tx.put_note(position, &note(1, "terlambat"))?);
        let row = Entry {
            row: RowKind::Note,
            payload: Vec::new(),
            note: Some((Field::Note, position)),
            ..record.clone()
        };
        put(tx, &row);
        Ok(())
    })
    .unwrap();
    let page = read(store, |v| v.page(&scope("62.06.13"), &query(9, 0))).unwrap();
    assert_eq!(page.rows.len(), 2);
    assert!(page.rows.iter().all(|r| r.notes == [note(1, "terlambat")]));
}

pub(super) fn an_erased_note_is_gone_and_refused(store: &dyn Store) {
    start(store);
    let mut record = entry(1, 1, &["62.06.13"], Kind::Visit);
    record.commitments = vec![(Field::Note, note(77, "rahasia").commitment())];
    let fork = Entry { branch: 1, ..record.clone() };
    write(store, |tx| {
        for entry in [&record, &fork] {
            let position = put(tx, entry);
            tx.put_note(position, &note(77, "rahasia"))?;
        }
        assert!(!tx.is_erased(&record.id, Field::Note)?);
        assert_eq!(tx.erase(&record.id, Field::Note)?.len(), 2);
        Ok(())
    })
    .unwrap();
    store.scrub(&[b"rahasia".to_vec(), vec![77; 16]]).unwrap();
    assert!(read(store, |v| v.is_erased(&record.id, Field::Note)).unwrap());
    assert!(!read(store, |v| v.is_erased(&record.id, Field::Name)).unwrap());
    let rows = read(store, |v| v.desk_record(&record.id)).unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|r| r.notes.is_empty()));
}

pub(super) fn the_greatest_epoch_counts_and_rows_keep_theirs(store: &dyn Store) {
    start(store);
    write(store, |tx| Ok(put(tx, &entry(1, 1, &["62"], Kind::Visit)))).unwrap();
    write(store, |tx| tx.start_epoch(Epoch { created_at: 9, random: [0; 8] })).unwrap();
    write(store, |tx| tx.start_epoch(Epoch { created_at: 5, random: [0; 8] })).unwrap();
    write(store, |tx| Ok(put(tx, &entry(1, 2, &["62"], Kind::Visit)))).unwrap();
    assert_eq!(read(store, |v| v.epoch()).unwrap().unwrap().created_at, 9);
    let rows = read(store, |v| v.desk_rows(0, 9)).unwrap();
    assert_eq!(rows.iter().map(|r| r.epoch.created_at).collect::<Vec<_>>(), [1, 9]);
}

pub(super) fn reference_rows_are_found_alone(store: &dyn Store) {
    start(store);
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62"], Kind::Visit));
        put(tx, &entry(1, 2, &["62"], Kind::Device));
        put(tx, &entry(1, 3, &["62"], Kind::Region));
        put(tx, &entry(1, 4, &["62"], Kind::Grant));
        let quarantine = Some((Reason::NotYourRole, String::new()));
        put(tx, &Entry { row: RowKind::Quarantined, quarantine, ..entry(1, 5, &["62"], Kind::Grant) });
        Ok(())
    })
    .unwrap();
    let rows = read(store, |v| v.reference_rows(0, 9)).unwrap();
    assert_eq!(rows.iter().map(|r| r.position).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(read(store, |v| v.reference_rows(2, 9)).unwrap().len(), 1);
}

pub(super) fn holes_branches_and_evidence_are_kept(store: &dyn Store) {
    start(store);
    let hole = Hole { branch: 0, first: 2, last: 4, link: Link([3; 32]) };
    let evidence = Evidence { header: vec![1, 2], body_hash: [4; 32], signature: Sig([5; 64]) };
    let fork = Branch { number: 1, parent: Some(0), starts: 2, last: 3, link: Link([6; 32]), not_before: 44 };
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62"], Kind::Visit));
        tx.put_hole(&device(1), &hole)?;
        tx.put_branch(&device(1), &fork)?;
        tx.put_evidence(&device(1), 0, (1, 9), &evidence)
    })
    .unwrap();
    assert_eq!(read(store, |v| v.journal_holes(&device(1))).unwrap(), std::slice::from_ref(&hole));
    assert_eq!(read(store, |v| v.desk_holes()).unwrap(), [(device(1), hole)]);
    assert_eq!(read(store, |v| v.desk_forks()).unwrap(), [(device(1), fork.clone())]);
    assert_eq!(read(store, |v| v.journal_branches(&device(1))).unwrap()[1], fork);
    assert_eq!(read(store, |v| v.desk_evidence(&device(1), 0, 5)).unwrap(), Some(evidence));
    assert_eq!(read(store, |v| v.desk_evidence(&device(1), 0, 10)).unwrap(), None);
    let totals = read(store, |v| v.desk_totals()).unwrap();
    assert_eq!((totals.records, totals.devices, totals.forks, totals.holes), (1, 1, 1, 1));
}

/// Readers that poll while writers write see every row once, in order.
pub(super) fn a_cursor_never_skips(store: &dyn Store) {
    start(store);
    const WRITERS: u8 = 4;
    const EACH: u64 = 25;
    let follow = || {
        let (mut after, mut count) = (0, 0);
        while count < u64::from(WRITERS) * EACH {
            for row in read(store, |v| v.desk_rows(after, 10)).unwrap() {
                assert_eq!(row.position, after + 1);
                after = row.position;
                count += 1;
            }
        }
    };
    std::thread::scope(|threads| {
        for by in 1..=WRITERS {
            threads.spawn(move || {
                for seq in 1..=EACH {
                    let given_up = write(store, |tx| -> Stored<()> {
                        put(tx, &entry(by, seq, &["62"], Kind::Visit));
                        if seq % 10 == 0 { Err(StoreError::Busy) } else { Ok(()) }
                    });
                    if given_up.is_err() {
                        write(store, |tx| Ok(put(tx, &entry(by, seq, &["62"], Kind::Visit)))).unwrap();
                    }
                }
            });
        }
        threads.spawn(follow);
        threads.spawn(follow);
    });
}

macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $test() { super::$test(&crate::store::MemoryStore::default()); })+
        }
        mod sqlite {
            $(#[test] fn $test() {
                let dir = tempfile::tempdir().unwrap();
                super::$test(&crate::store::SqliteStore::open(&dir.path().join("pantau.db")).unwrap());
            })+
        }
    };
}

contract!(
    a_row_comes_back_as_it_was_written,
    positions_have_no_gap_and_a_failed_write_leaves_nothing,
    a_place_of_a_journal_is_taken_once,
    a_journal_is_read_by_span_and_branch,
    a_scope_sees_inside_and_the_desk_from_above,
    a_reader_gets_no_own_rows_but_notices,
    a_clone_is_news_to_its_original,
    pages_add_up_and_name_how_far_they_came,
    a_cursor_beyond_the_head_is_brought_back,
    a_late_note_is_a_row_and_stands_with_its_record,
    an_erased_note_is_gone_and_refused,
    the_greatest_epoch_counts_and_rows_keep_theirs,
    reference_rows_are_found_alone,
    holes_branches_and_evidence_are_kept,
    forked_journals_and_their_branches_are_counted,
    people_of_the_desk_are_kept,
    what_devices_added_is_kept_by_account,
    the_last_call_of_a_device_is_kept,
    an_honest_store_has_no_flaw,
    proofs_and_branches_are_told_with_their_spans,
    a_cursor_never_skips,
    rows_are_found_by_place_and_by_kind,
    a_projected_place_replaces_what_was_there,
    a_generation_is_dropped_in_parts,
);

#[test]
fn a_bucket_is_the_kecamatan_or_the_place_itself() {
    for (code, expected) in [
        ("62", "62"),
        ("62.06", "62.06"),
        ("62.06.13", "62.06.13"),
        ("62.06.13.2001", "62.06.13"),
        ("62.06.13.2001/003", "62.06.13"),
        ("62/003", "62/003"),
    ] {
        assert_eq!(bucket(code), expected);
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pantau.db");
    drop(SqliteStore::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 99, known: 10 }), "{refused}");
}
