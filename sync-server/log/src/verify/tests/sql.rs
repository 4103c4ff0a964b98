//! Changes by SQL: each is found, by its name.

use super::*;
use crate::verify::Break;

/// Swaps bytes in a payload.
fn payload(world: &World, seq: u64, from: &[u8], to: &[u8]) {
    let db = world.database();
    let row = format!("note IS NULL AND {}", world.at(seq));
    let bytes: Vec<u8> =
        db.query_row(&format!("SELECT payload FROM log WHERE {row}"), [], |r| r.get(0)).unwrap();
    let at = bytes.windows(from.len()).position(|w| w == from).expect("the bytes are there");
    let mut changed = bytes;
    changed.splice(at..at + from.len(), to.iter().copied());
    db.execute(&format!("UPDATE log SET payload = ? WHERE {row}"), [changed]).unwrap();
}

/// The kinds of break that a changed world shows.
fn found(change: impl FnOnce(&World)) -> Vec<&'static str> {
    let world = World::new();
    change(&world);
    world.verify().counts.keys().copied().collect()
}

fn by_sql(sql: impl Fn(&World) -> String) -> Vec<&'static str> {
    found(|world| world.sql(&sql(world)))
}

#[test]
fn a_changed_turnout_names_device_and_record() {
    let world = World::new();
    // 34 and 54 in CBOR.
    payload(&world, 1, &[0x18, 34], &[0x18, 54]);
    let report = world.verify();
    let [Break::Content(spot)] = report.breaks.as_slice() else { panic!("{:?}", report.breaks) };
    assert_eq!((spot.device, spot.branch, spot.seq), (world.phone.device(), 0, 1));
    assert_eq!(spot.position, world.position(1));
    let text = report.summary();
    assert!(text.contains(&world.phone.device().to_string()) && text.contains("record 1"), "{text}");
}

#[test]
fn a_changed_note_is_found_and_its_text_is_not_told() {
    let world = World::new();
    world.sql(&format!("UPDATE note SET text = 'jembatan aman sekali' WHERE text = '{WORD}'"));
    let report = world.verify();
    assert!(
        matches!(report.breaks.as_slice(), [Break::Note { field: Field::Note, .. }]),
        "{:?}",
        report.breaks
    );
    assert!(!report.summary().contains("jembatan"));
}

#[test]
fn a_record_deleted_in_the_middle_is_found() {
    let world = World::new();
    let position = world.position(2);
    let with = format!(
        "DELETE FROM log WHERE position = {position}; DELETE FROM log_key WHERE position = {position}; \
         DELETE FROM note WHERE position = {position};"
    );
    world.sql(&with);
    let report = world.verify();
    assert!(report.breaks.contains(&Break::NoRow { first: position, last: position }), "{:?}", report.breaks);
    assert!(report.breaks.iter().any(|b| matches!(b, Break::Gap { expected: 2, .. })), "{:?}", report.breaks);
}

#[test]
fn every_column_and_table_that_was_changed_is_found() {
    let w = |set: &'static str, seq: u64| {
        by_sql(move |world| format!("UPDATE log SET {set} WHERE note IS NULL AND {}", world.at(seq)))
    };
    let has = |kinds: Vec<&'static str>, kind: &str, what: &str| {
        assert!(kinds.contains(&kind), "{what}: {kinds:?}, expected {kind}");
    };
    has(w("link = zeroblob(32)", 2), "link", "a link");
    has(w("id = zeroblob(16)", 4), "id", "an id");
    has(w("keys = '62.07'", 4), "column", "place keys");
    has(w("keys = '62.07'", 4), "tables", "place keys without the index");
    has(w("kind = 77", 4), "column", "a kind");
    has(w("at = at + 1", 4), "column", "a claimed time");
    has(w("not_before = 5", 4), "column", "an anchor's time");
    has(w("not_before = 0", 8), "column", "an anchor's time taken away");
    has(w("row = 3", 4), "column", "set aside");
    has(w("row = 1, reason = NULL, reason_field = NULL", 6), "column", "let through");
    has(w("row = 3, reason = 1, reason_field = ''", 4), "tables", "set aside without the list");
    has(w("epoch = 99", 4), "tables", "an epoch that is not there");
    has(w("commitments = x''", 2), "content", "commitments");
    let s = |sql: &'static str| by_sql(move |_| sql.to_owned());
    has(s("UPDATE counter SET value = value + 1"), "counter", "the counter ahead");
    has(s("UPDATE counter SET value = value - 1"), "counter", "the counter behind");
    has(s("DELETE FROM counter"), "counter", "no counter");
    has(s("UPDATE evidence SET signature = zeroblob(64)"), "signature", "signatures");
    has(s("UPDATE evidence SET body_hash = zeroblob(32)"), "signature", "hashes of bodies");
    has(s("UPDATE evidence SET header = x'00'"), "signature", "headers");
    has(s("DELETE FROM evidence"), "unsigned", "no signatures");
    has(s("UPDATE evidence SET last = last + 1 WHERE last > first"), "evidence", "longer signatures");
    has(s("UPDATE branch SET last = last + 1"), "branch", "heads of branches");
    has(s("UPDATE branch SET link = zeroblob(32)"), "branch", "links of branches");
    has(s("UPDATE branch SET starts = starts + 1"), "branch", "starts of branches");
    has(s("UPDATE branch SET not_before = not_before + 1"), "branch", "times of branches");
    has(s("DELETE FROM branch WHERE number = 1"), "branch", "a branch less");
    has(s("UPDATE branch SET parent = NULL WHERE number = 1"), "base", "a branch without parent");
    has(s("DELETE FROM hole"), "gap", "a hole hidden");
    has(s("UPDATE hole SET link = zeroblob(32)"), "link", "another hole");
    has(s("DELETE FROM missing"), "note_gone", "a note that nobody waits for");
    has(s("DELETE FROM note"), "note_gone", "notes deleted");
    has(s("DELETE FROM erased"), "note_gone", "erasures forgotten");
    has(s("DELETE FROM reference"), "tables", "who may do what");
    has(s("DELETE FROM log_key WHERE position = 5"), "tables", "hidden from phones");
    has(s("INSERT INTO log_key SELECT '62.99', position FROM log LIMIT 1"), "tables", "shown to others");
    has(s("DELETE FROM place_row WHERE position = 5"), "tables", "left out of a state");
    has(
        s("INSERT INTO place_row SELECT '62.99', position FROM log LIMIT 1"),
        "tables",
        "put into another state",
    );
    has(s("DELETE FROM held"), "tables", "quarantine");
    has(s("UPDATE device SET id = zeroblob(16) WHERE no = 2"), "unregistered", "another device");
    has(s("DELETE FROM device WHERE no = 2"), "no_row", "no device");
    has(s("UPDATE log SET target = 1 WHERE note IS NOT NULL"), "note_row", "a late note of another record");
    has(s("DELETE FROM epoch"), "counter", "no epoch");
}

#[test]
fn a_note_passed_off_as_erased_is_found() {
    let kinds = by_sql(|world| {
        format!(
            "INSERT INTO erased SELECT id, 1 FROM log WHERE note IS NULL AND {}; \
             DELETE FROM note WHERE text = '{WORD}'",
            world.at(2)
        )
    });
    assert_eq!(kinds, ["not_erased"]);
}

#[test]
fn a_chain_that_was_made_anew_does_not_fit_what_was_signed() {
    let world = World::new();
    let time = |at: i64| u32::try_from(at).unwrap().to_be_bytes();
    payload(&world, 11, &time(NOW), &time(NOW + 1));
    remake(&world, 11);
    assert_eq!(world.verify().counts.keys().copied().collect::<Vec<_>>(), ["evidence"]);
}

/// Id and link of a journal's last record follow from its changed payload, and the branch ends there.
fn remake(world: &World, seq: u64) {
    use pantau_protocol::journal::{digest, next_link};
    let device = world.phone.device();
    let (row, before) = crate::store::read(world.rig.server.store(), |v| {
        Ok((
            v.journal_span(&device, 0, seq, seq)?.remove(0),
            v.journal_span(&device, 0, seq - 1, seq - 1)?.remove(0),
        ))
    })
    .unwrap();
    let digest = digest(&device, seq, &row.entry.payload, &row.entry.commitments);
    let link = next_link(&before.entry.link, &digest);
    let (id, keys) = (RecordId::of_digest(&digest), Record::from_payload(&row.entry.payload).unwrap());
    world.sql(&format!(
        "UPDATE log SET id = x'{}', link = x'{link}', at = {} WHERE note IS NULL AND {}; \
         UPDATE branch SET link = x'{link}' WHERE number = 0 AND device = (SELECT no FROM device WHERE id = x'{device}')",
        pantau_protocol::hash::hex(id.as_bytes()),
        keys.at,
        world.at(seq)
    ));
}

#[test]
fn records_cut_off_under_a_signature_are_found() {
    let world = World::new();
    let (last, device) = (world.lossy.last(), world.lossy.device());
    let before =
        crate::store::read(world.rig.server.store(), |v| v.journal_span(&device, 0, last - 1, last - 1));
    let link = before.unwrap()[0].entry.link;
    world.sql(&format!(
        "DELETE FROM log_key WHERE position = (SELECT value FROM counter); \
         DELETE FROM place_row WHERE position = (SELECT value FROM counter); \
         DELETE FROM log WHERE position = (SELECT value FROM counter); UPDATE counter SET value = value - 1; \
         UPDATE branch SET last = last - 1, link = x'{link}' WHERE device = \
         (SELECT no FROM device WHERE id = x'{device}')"
    ));
    assert_eq!(world.verify().counts.keys().copied().collect::<Vec<_>>(), ["cut"]);
}

#[test]
fn a_hole_made_up_to_hide_signed_records_is_found() {
    let kinds = found(|world| {
        let (device, link) = (world.phone.device(), world.phone.links[9]);
        world.sql(&format!(
            "INSERT INTO hole SELECT no, 0, 9, 9, x'{link}' FROM device WHERE id = x'{device}'; \
             DELETE FROM log WHERE note IS NULL AND {}",
            world.at(9)
        ));
    });
    assert!(kinds.contains(&"evidence") && kinds.contains(&"no_row"), "{kinds:?}");
}

#[test]
fn rows_that_changed_places_are_found() {
    let kinds = found(|world| {
        let (a, b) = (world.position(8), world.position(9));
        world.sql(&format!(
            "UPDATE log SET position = 100000 WHERE position = {a}; UPDATE log SET position = {a} WHERE \
             position = {b}; UPDATE log SET position = {b} WHERE position = 100000"
        ));
    });
    assert!(kinds.contains(&"gap") && kinds.contains(&"doubled"), "{kinds:?}");
}

#[test]
fn the_desks_file_is_held_against_the_log() {
    let world = World::new();
    let file = world.rig.dirs().desk_journal();
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    std::fs::write(&file, flipped).unwrap();
    assert!(world.verify().counts.contains_key("desk_file"));
    // Lost altogether, the log still has everything: a warning.
    std::fs::remove_file(&file).unwrap();
    let report = world.verify();
    assert!(report.is_clean());
    assert!(
        matches!(report.warnings.as_slice(), [Break::DeskFileLacks(n)] if *n > 5),
        "{:?}",
        report.warnings
    );
    std::fs::write(&file, whole).unwrap();
    assert!(world.verify().warnings.is_empty());
}
