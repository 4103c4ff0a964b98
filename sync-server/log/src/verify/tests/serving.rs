//! A running server that finds damage.

use pantau_protocol::exchange::Outcome;

use super::*;
use crate::{
    exchange,
    health::Trouble,
    store::{self, StoreError},
    verify::{running, watch},
};

fn full(rig: &Rig) -> Report {
    let report = running(&rig.server, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap();
    watch::finished(&rig.server, &report);
    report
}

#[test]
fn a_server_says_what_is_wrong_and_goes_on_taking_records() {
    let mut world = World::new();
    let _watch = watch::start(&world.rig.server, 0).unwrap();
    assert!(world.rig.server.health().is_fit());
    world.sql(&format!("UPDATE note SET text = 'lain' WHERE text = '{WORD}'"));
    assert!(!full(&world.rig).is_clean());
    let troubles = world.rig.server.health().troubles();
    assert!(
        matches!(troubles.as_slice(), [(Trouble::Damage, text)] if text.contains("record 2")),
        "{troubles:?}"
    );
    let metrics = world.rig.server.metrics().render();
    assert!(
        metrics.contains("pantau_verify_breaks 1\n") && metrics.contains("pantau_verify_last_ok_seconds 0\n")
    );
    // The journal with the changed note goes on all the same.
    world.phone.write(&standby(3), HERE);
    let last = world.phone.last();
    assert_eq!(world.phone.push(&world.rig.server, last, last).outcomes, [Outcome::Stored]);
    // Put right, and found to be: over.
    world.sql(&format!("UPDATE note SET text = '{WORD}' WHERE text = 'lain'"));
    assert!(full(&world.rig).is_clean());
    assert!(world.rig.server.health().is_fit());
    assert!(world.rig.server.metrics().render().contains(&format!("pantau_verify_last_ok_seconds {NOW}\n")));
}

#[test]
fn damage_among_the_newest_rows_is_told_before_anybody_calls() {
    let world = World::new();
    world.sql(&format!("UPDATE log SET payload = x'a0' WHERE note IS NULL AND {}", world.at(9)));
    let _watch = watch::start(&world.rig.server, 0).unwrap();
    assert!(matches!(world.rig.server.health().troubles().as_slice(), [(Trouble::Damage, _)]));
}

#[test]
fn damage_is_remembered_across_a_restart() {
    let world = World::new();
    let saved: Vec<u8> =
        world.database().query_row("SELECT link FROM log WHERE position = 2", [], |r| r.get(0)).unwrap();
    world.sql("UPDATE log SET link = zeroblob(32) WHERE position = 2");
    assert!(!full(&world.rig).is_clean());
    let again = ops::open(&world.rig.dirs(), &world.rig.env).unwrap();
    world.database().execute("UPDATE log SET link = ? WHERE position = 2", [saved]).unwrap();
    let watch = watch::start(&again, 0).unwrap();
    let told = again.health().troubles();
    assert!(
        matches!(told.as_slice(), [(Trouble::Damage, text)] if text.contains("pantau-server verify")),
        "{told:?}"
    );
    drop(watch);
}

#[test]
fn a_broken_file_is_written_to_no_more_and_phones_keep_everything() {
    let mut world = World::new();
    let path = world.rig.dirs().db();
    // All that is written lies in the file itself, then a page in its middle is lost.
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let root: u64 = world
        .database()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'log_journal'", [], |r| r.get(0))
        .unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_at(&file, &[0xFF; 4096], (root - 1) * 4096).unwrap();
    // Of a file that this very process has open, SQLite would not look again at pages it remembers.
    let broken = ops::open(&world.rig.dirs(), &world.rig.env);
    let server = match broken {
        Ok(server) => server,
        Err(error) => panic!("reading goes on: {error}"),
    };
    let report = running(&server, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap();
    watch::finished(&server, &report);
    assert!(report.counts.contains_key("file"), "{:?}", report.counts);
    let refused = store::write(server.store(), |tx| tx.set_setting("x", b"y"));
    assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
    world.phone.write(&standby(3), HERE);
    let last = world.phone.last();
    let (request, span) = world.phone.request(last, last);
    let answer = exchange::answer(&server, &world.phone.seal(&request, span.as_ref()));
    assert!(matches!(answer, Err(exchange::NoAnswer::Failed(crate::Error::Store(StoreError::Corrupt(_))))));
}
