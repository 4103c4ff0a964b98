//! The index by place, and what a projector keeps.

use super::*;

fn positions(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|r| r.position).collect()
}

/// Rows are found by place, by kind and by device, up to a position.
pub(super) fn rows_are_found_by_place_and_by_kind(store: &dyn Store) {
    start(store);
    let held = Entry {
        row: RowKind::Quarantined,
        quarantine: Some((Reason::Malformed, String::new())),
        ..entry(1, 3, &["62.06.13"], Kind::Visit)
    };
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62.06.13", "62.06.13.2001/003"], Kind::Visit)); // 1
        put(tx, &entry(1, 2, &["62.06"], Kind::Region)); // 2
        put(tx, &held); // 3
        put(tx, &entry(2, 1, &["62.06.13"], Kind::Grant)); // 4
        put(tx, &entry(2, 2, &["62.06.13"], Kind::Region)); // 5
        Ok(())
    })
    .unwrap();
    let at = |code: &str, through| positions(&read(store, |v| v.place_rows(&place(code), through)).unwrap());
    assert_eq!(at("62.06.13", u64::MAX), [1, 3, 4, 5]);
    assert_eq!(at("62.06.13", 3), [1, 3]);
    assert_eq!(at("62.06.13.2001/003", 9), [1]);
    assert_eq!(at("62", 9), [0; 0]);
    let after = |code: &str, limit| read(store, |v| v.places_after(code, limit)).unwrap();
    assert_eq!(after("", 9), [place("62.06"), place("62.06.13"), place("62.06.13.2001/003")]);
    assert_eq!(after("62.06", 1), [place("62.06.13")]);
    let kind = |kind, after, limit| positions(&read(store, |v| v.kind_rows(kind, after, limit)).unwrap());
    assert_eq!(kind(Kind::Region, 0, 9), [2, 5]);
    assert_eq!((kind(Kind::Region, 2, 9), kind(Kind::Region, 0, 1)), (vec![5], vec![2]));
    assert_eq!((kind(Kind::Grant, 0, 9), kind(Kind::Visit, 0, 9)), (vec![4], vec![]));
    assert_eq!(positions(&read(store, |v| v.rows_after(3, 1)).unwrap()), [4]);
    let wrote = |by| read(store, |v| v.wrote(&device(by), 9)).unwrap();
    assert!(wrote(1) && !wrote(2) && !wrote(3));
    assert!(!read(store, |v| v.wrote(&device(1), 0)).unwrap());
    let heard = |by| read(store, |v| v.heard(&device(by))).unwrap();
    assert_eq!(heard(1), Heard { records: 3, last_received_at: 200 });
    assert_eq!(heard(3), Heard::default());
    assert_eq!(positions(&read(store, |v| v.desk_quarantined(9)).unwrap()), [3]);
    assert_eq!(read(store, |v| v.desk_quarantined_count()).unwrap(), 1);
    let keys = read(store, |v| v.desk_quarantined_keys()).unwrap();
    let row = read(store, |v| v.desk_row(3)).unwrap().unwrap();
    assert!(!row.entry.keys.is_empty());
    assert_eq!(keys, [(3, row.entry.keys)]);
}

fn projection(generation: u64, status: Status) -> Projection {
    Projection {
        generation,
        version: 2,
        status,
        position: 7,
        received_at: 70,
        epoch: Epoch { created_at: 1, random: [1; 8] },
        after: Some("62.06".into()),
        folded: 3,
        looked_at: 7,
    }
}

fn listed(list: List, key: u8) -> Listed {
    Listed { list, key: vec![key], item: vec![key, key] }
}

fn folded(code: &str, listed: Vec<Listed>, visitors: Vec<u32>) -> FoldedPlace {
    let memory = (!visitors.is_empty()).then(|| vec![7; visitors.len()]);
    FoldedPlace { place: place(code), state: Some(code.as_bytes().to_vec()), listed, visitors, memory }
}

/// A place is kept with its entries and visitors, and replaces what was kept of it.
pub(super) fn a_projected_place_replaces_what_was_there(store: &dyn Store) {
    start(store);
    assert_eq!(read(store, |v| v.projections()).unwrap(), []);
    let (one, two) = (projection(1, Status::Serving), projection(2, Status::Building));
    write(store, |tx| {
        tx.put_projection(&two)?;
        tx.put_projection(&Projection { after: None, ..one.clone() })?;
        tx.put_projection(&one)?;
        let both = vec![listed(List::Incidents, 9), listed(List::Directives, 1)];
        tx.put_place(1, &folded("62.06.13.2001/001", both, vec![7, 8]))?;
        tx.put_place(1, &folded("62.06.13.2001/001", vec![listed(List::Incidents, 4)], vec![7]))?;
        tx.put_place(1, &folded("62.06.13.2002/001", vec![listed(List::Incidents, 2)], vec![7, 9]))?;
        tx.put_place(1, &folded("62.06.130", vec![listed(List::Incidents, 3)], vec![7]))?;
        tx.put_place(1, &folded("62.08", Vec::new(), Vec::new()))?;
        tx.put_place(1, &FoldedPlace { state: None, ..folded("62.08", Vec::new(), Vec::new()) })?;
        tx.put_place(2, &folded("62.06.13", vec![listed(List::Incidents, 1)], vec![1]))?;
        tx.put_rollup(1, &place("62.06"), Some(&[1]))?;
        tx.put_rollup(1, &place("62"), Some(&[2]))?;
        tx.put_rollup(1, &place("62"), Some(&[3]))?;
        tx.put_rollup(1, &place("62.07"), Some(&[4]))?;
        tx.put_rollup(1, &place("62.07"), None)
    })
    .unwrap();
    assert_eq!(read(store, |v| v.projections()).unwrap(), [one, two]);
    let state = |g, code: &str| read(store, |v| v.state(g, &place(code))).unwrap();
    assert_eq!(state(1, "62.06.130"), Some(b"62.06.130".to_vec()));
    assert_eq!((state(2, "62.06.130"), state(1, "62"), state(1, "62.08")), (None, None, None));
    let states = read(store, |v| v.states_after(1, "62.06.13.2001/001", 9)).unwrap();
    assert_eq!(
        states.iter().map(|(p, _)| p.as_str()).collect::<Vec<_>>(),
        ["62.06.13.2002/001", "62.06.130"]
    );
    assert_eq!(read(store, |v| v.rollup(1, &place("62"))).unwrap(), Some(vec![3]));
    assert_eq!(read(store, |v| v.rollup(2, &place("62"))).unwrap(), None);
    assert_eq!(read(store, |v| v.rollups(1)).unwrap(), [(place("62"), vec![3]), (place("62.06"), vec![1])]);
    let incidents = |within: Option<&str>, limit| {
        let within = within.map(place);
        let found = read(store, |v| v.listed(1, List::Incidents, within.as_ref(), limit)).unwrap();
        let count = read(store, |v| v.listed_count(1, List::Incidents, within.as_ref(), None)).unwrap();
        (found.into_iter().map(|(_, l)| l.key[0]).collect::<Vec<_>>(), count)
    };
    assert_eq!(incidents(None, 9), (vec![2, 3, 4], 3));
    assert_eq!(incidents(None, 1), (vec![2], 3));
    let below = |within: Option<&Place>, end: &[u8]| {
        read(store, |v| v.listed_count(1, List::Incidents, within, Some(end))).unwrap()
    };
    assert_eq!((below(None, &[4]), below(None, &[2]), below(Some(&place("62.06.13")), &[4])), (2, 0, 1));
    let distinct =
        |end: u8, part| read(store, |v| v.listed_distinct(1, List::Incidents, &[end], part)).unwrap();
    assert_eq!((distinct(9, 0..1), distinct(4, 0..1), distinct(9, 1..2), distinct(2, 0..1)), (3, 2, 1, 0));
    assert_eq!(incidents(Some("62.06.13"), 9), (vec![2, 4], 2));
    assert_eq!(incidents(Some("62.06.13.2001/001"), 9), (vec![4], 1));
    assert_eq!(read(store, |v| v.listed_count(1, List::Directives, None, None)).unwrap(), 0);
    assert_eq!(read(store, |v| v.visited(1, &place("62.06.13"))).unwrap(), [(7, 2), (9, 1)]);
    let memory = |generation, code: &str| read(store, |v| v.memory(generation, &place(code))).unwrap();
    assert_eq!(memory(1, "62.06.13.2001/001"), Some(vec![7]), "the newer one");
    assert_eq!(memory(1, "62.08"), None);
    assert_eq!(memory(2, "62.06.13.2001/001"), None);
}

/// A generation goes bit by bit, and only that one.
pub(super) fn a_generation_is_dropped_in_parts(store: &dyn Store) {
    start(store);
    write(store, |tx| {
        for generation in [1, 2] {
            tx.put_projection(&projection(generation, Status::Dropped))?;
            for n in 1..=5 {
                let entries = vec![listed(List::Incidents, n), listed(List::Uncounted, n)];
                tx.put_place(generation, &folded(&format!("62.06.13.2001/00{n}"), entries, vec![7]))?;
                tx.put_rollup(generation, &place(&format!("62.0{n}")), Some(&[n]))?;
            }
        }
        Ok(())
    })
    .unwrap();
    let steps = (1..100).find(|_| write(store, |tx| tx.drop_projection(1, 4)).unwrap());
    assert!(steps.is_some());
    let left: Vec<u64> = read(store, |v| v.projections()).unwrap().iter().map(|p| p.generation).collect();
    assert_eq!(left, [2]);
    assert_eq!(read(store, |v| v.states_after(1, "", 9)).unwrap(), []);
    assert_eq!(read(store, |v| v.states_after(2, "", 9)).unwrap().len(), 5);
    let first = place("62.06.13.2001/001");
    assert_eq!(read(store, |v| v.memory(1, &first)).unwrap(), None);
    assert_eq!(read(store, |v| v.memory(2, &first)).unwrap(), Some(vec![7]));
    assert_eq!(read(store, |v| v.listed_count(2, List::Uncounted, None, None)).unwrap(), 5);
    assert_eq!(read(store, |v| v.rollups(2)).unwrap().len(), 5);
}

/// A database of the schema before gets the index by place filled as if it had always been there.
#[test]
fn an_old_database_gets_the_index_by_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pantau.db");
    let store = SqliteStore::open(&path).unwrap();
    start(&store);
    let mut nowhere = entry(1, 3, &[], Kind::Other(0));
    (nowhere.row, nowhere.quarantine) = (RowKind::Quarantined, Some((Reason::Malformed, String::new())));
    let late =
        Entry { note: Some((Field::Note, 1)), row: RowKind::Note, ..entry(1, 1, &["62.06"], Kind::Visit) };
    write(&store, |tx| {
        put(tx, &entry(1, 1, &["62.06", "62.06.13.2001/003", "62.06"], Kind::Visit));
        put(tx, &entry(1, 2, &["62.06"], Kind::Region));
        put(tx, &nowhere);
        put(tx, &late);
        Ok(())
    })
    .unwrap();
    let told = |store: &SqliteStore| {
        let at = |code: &str| positions(&read(store, |v| v.place_rows(&place(code), u64::MAX)).unwrap());
        (
            at("62.06"),
            at("62.06.13.2001/003"),
            positions(&read(store, |v| v.kind_rows(Kind::Region, 0, 9)).unwrap()),
        )
    };
    let fresh = told(&store);
    assert_eq!(fresh, (vec![1, 2], vec![1], vec![2]));
    drop(store);
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(
        "DROP TABLE place_row; DROP INDEX log_kind; DROP INDEX held_position; DROP TABLE projection; \
         DROP TABLE place_state; DROP TABLE rollup; DROP TABLE listed; DROP TABLE visitor; \
         DROP TABLE read_token; DROP TABLE place_memory; DROP TABLE deed; DROP TABLE audit; DROP TABLE last_contact; \
         ALTER TABLE operator DROP COLUMN regions; ALTER TABLE operator DROP COLUMN totp_secret; \
         ALTER TABLE operator DROP COLUMN totp_step; ALTER TABLE operator DROP COLUMN totp_recovery; \
         ALTER TABLE operator DROP COLUMN rights; PRAGMA user_version = 2;",
    )
    .unwrap();
    drop(old);
    let upgraded = SqliteStore::open(&path).unwrap();
    assert_eq!(told(&upgraded), fresh);
    assert_eq!(upgraded.check(Depth::Full).unwrap(), []);
}
