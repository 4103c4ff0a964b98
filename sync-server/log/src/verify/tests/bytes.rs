//! Bytes changed in the database file itself.

use std::os::unix::fs::FileExt as _;

use super::*;
use crate::{DataDir, Error};

/// A copy of a world's directory with one whole database file.
fn copy(world: &World) -> (tempfile::TempDir, DataDir) {
    let kept = tempfile::tempdir().unwrap();
    let dirs = DataDir::new(kept.path());
    world.rig.server.store().copy_to(&dirs.db()).unwrap();
    std::fs::copy(world.rig.dirs().identity(), dirs.identity()).unwrap();
    std::fs::copy(world.rig.dirs().desk_journal(), dirs.desk_journal()).unwrap();
    (kept, dirs)
}

fn integrity(dirs: &DataDir) -> bool {
    let db = rusqlite::Connection::open(dirs.db()).unwrap();
    let mut lines = Vec::new();
    let found = db.prepare("PRAGMA integrity_check").and_then(|mut s| {
        let mut rows = s.query([])?;
        while let Some(r) = rows.next()? {
            lines.push(r.get::<_, String>(0)?);
        }
        Ok(())
    });
    found.is_ok() && lines == ["ok"]
}

/// Damage is found wherever SQLite finds it, and then no backup comes about.
fn damaged(dirs: &DataDir, what: &str) -> bool {
    let is_sound = integrity(dirs);
    let report = directory(dirs, Extent::Full, &mut |_| ControlFlow::Continue(()));
    let clean = report.is_ok_and(|r| r.is_clean());
    assert!(is_sound || !clean, "{what}: SQLite finds damage, the verification does not");
    let out = dirs.path().join("out.backup");
    let backup = ops::backup(dirs, &out, &lock());
    assert_eq!(backup.is_ok(), clean, "{what}: {backup:?}");
    assert_eq!(out.exists(), clean, "{what}");
    assert!(!dirs.path().join("out.backup.partial").exists(), "{what}");
    let _ = std::fs::remove_file(&out);
    !clean
}

#[test]
fn flipped_bytes_and_lost_pages_never_pass_for_whole() {
    let world = World::new();
    let (_kept, dirs) = copy(&world);
    let whole = std::fs::read(dirs.db()).unwrap();
    let mut found = 0;
    let mut drawn = blake3::Hasher::new().update(b"places").finalize_xof();
    for n in 0..40 {
        std::fs::write(dirs.db(), &whole).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(dirs.db()).unwrap();
        let mut number = [0; 8];
        drawn.fill(&mut number);
        let at = u64::from_le_bytes(number) % whole.len() as u64;
        let what = if n % 2 == 0 {
            file.write_at(&[whole[at as usize] ^ (1 << (n % 8))], at).unwrap();
            format!("byte {at}")
        } else {
            let mut page = vec![0; 4096];
            drawn.fill(&mut page);
            let at = at / 4096 * 4096;
            file.write_at(&page, at).unwrap();
            format!("page at {at}")
        };
        drop(file);
        found += usize::from(damaged(&dirs, &what));
    }
    assert!(found >= 20, "every page and some bytes: {found}");
}

#[test]
fn a_file_that_is_no_database_is_damage_and_can_still_be_saved() {
    let world = World::new();
    let (_kept, dirs) = copy(&world);
    std::fs::write(dirs.db(), vec![7; 8192]).unwrap();
    let report = directory(&dirs, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(report.counts.contains_key("file"));
    let out = dirs.path().join("out");
    assert!(matches!(ops::backup(&dirs, &out, &lock()), Err(Error::Damaged(_))));
    let report = ops::backup_unverified(&dirs, &out, &lock()).unwrap();
    assert!(!report.is_clean() && out.exists());
}
