//! Logs of played fleets, then changed past the server: the verification finds each change, no backup comes
//! about, and what was exported before still proves itself.

use std::{ops::ControlFlow, os::unix::fs::FileExt as _, path::Path};

use fastrand::Rng;
use pantau_log::{
    DataDir, Error, ops,
    verify::{self, Extent, Report},
};
use pantau_tests::{Campaign, backup_lock};

use crate::{
    backup::Game,
    rig::{Template, copy, game},
};

/// Changes by SQL of the row at position ?1, and the kind of break that each must show.
const CHANGES: [(&str, &str); 9] = [
    (
        "UPDATE log SET payload = CAST(payload || x'00' AS BLOB) WHERE position = ?1 AND note IS NULL",
        "content",
    ),
    ("UPDATE log SET link = zeroblob(32) WHERE position = ?1 AND note IS NULL", "link"),
    ("UPDATE log SET id = zeroblob(16) WHERE position = ?1 AND note IS NULL", "id"),
    ("UPDATE log SET at = at + 60 WHERE position = ?1 AND note IS NULL", "column"),
    ("DELETE FROM log WHERE position = ?1", "no_row"),
    ("UPDATE note SET text = text || '!' WHERE position = ?1", "note"),
    ("DELETE FROM note WHERE position = ?1", "note_gone"),
    ("DELETE FROM log_key WHERE position = ?1", "tables"),
    (
        "UPDATE evidence SET signature = zeroblob(64) WHERE (device, branch, first) IN \
         (SELECT device, branch, seq FROM log WHERE position = ?1)",
        "signature",
    ),
];

fn verified(dir: &DataDir) -> Report {
    verify::directory(dir, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// Changes a row for which the change means something; its position.
fn change(database: &Path, sql: &str, rng: &mut Rng) -> u64 {
    let db = rusqlite::Connection::open(database).unwrap();
    let head: u64 = db.query_row("SELECT value FROM counter", [], |r| r.get(0)).unwrap();
    loop {
        // The last row gone would be a counter that is ahead.
        let position = rng.u64(1..head);
        if db.execute(sql, [position]).unwrap() > 0 {
            return position;
        }
    }
}

async fn played(template: &Template, seed: u64) -> Game {
    let mut game = Game::new(template, seed);
    for _ in 0..game.rng.usize(10..30) {
        game.step().await;
    }
    game
}

#[test]
fn what_was_changed_past_the_server_is_found_and_never_backed_up() {
    let template = Template::get();
    for seed in Campaign::new("restore-tampering", 12).seeds() {
        game(seed, || async {
            let mut game = played(&template, seed).await;
            let file = game.fleet.path("log.ndjson");
            ops::export(&game.fleet.server(), std::fs::File::create(&file).unwrap()).unwrap();
            let exported = verify::file::export(&file, &mut |_| ControlFlow::Continue(())).unwrap().1;
            assert!(exported.is_clean(), "a false alarm: {}", exported.summary());
            game.fleet.stop();
            for (n, (sql, kind)) in CHANGES.into_iter().enumerate() {
                let dir = DataDir::new(game.fleet.path(&format!("diubah{n}")));
                copy(game.fleet.dir.path(), dir.path());
                let position = change(&dir.db(), sql, &mut game.rng);
                let found = verified(&dir);
                assert!(
                    found.counts.contains_key(kind),
                    "{sql} at {position} shows {:?} and no {kind}",
                    found.counts
                );
                not_backed_up(&dir);
            }
        });
    }
}

#[test]
fn a_lost_page_is_never_backed_up() {
    let template = Template::get();
    for seed in Campaign::new("restore-pages", 12).seeds() {
        game(seed, || async {
            let mut game = played(&template, seed).await;
            game.fleet.stop();
            let file = std::fs::OpenOptions::new().read(true).write(true).open(game.fleet.dir.db()).unwrap();
            let pages = file.metadata().unwrap().len() / 4096;
            let page = game.rng.u64(..pages);
            let mut junk = vec![0; 4096];
            game.rng.fill(&mut junk);
            file.write_all_at(&junk, page * 4096).unwrap();
            // A page that nothing used may hold anything.
            if !is_sound(&game.fleet.dir.db()) {
                assert!(!verified(&game.fleet.dir).is_clean(), "page {page} of {pages}");
                not_backed_up(&game.fleet.dir);
            }
        });
    }
}

/// Whether SQLite itself finds the file sound.
fn is_sound(database: &Path) -> bool {
    let db = rusqlite::Connection::open(database).unwrap();
    let found: Result<String, _> = db.query_row("PRAGMA integrity_check(1)", [], |r| r.get(0));
    found.is_ok_and(|line| line == "ok")
}

fn not_backed_up(dir: &DataDir) {
    let out = dir.path().join("cadangan");
    let refused = ops::backup(dir, &out, &backup_lock());
    assert!(matches!(refused, Err(Error::Damaged(_))), "{refused:?}");
    assert!(!out.exists());
}
