//! Backups and restores of a log that is not what was written.

use super::*;
use crate::ops::{backup::DATABASE, sealed::Sealing};

/// A server with one note, changed by SQL.
fn tampered() -> Rig {
    let rig = Rig::disk();
    directive(&rig, "Kunjungi semua TPS");
    let db = rusqlite::Connection::open(rig.dirs().db()).unwrap();
    assert_eq!(
        db.execute("UPDATE note SET text = 'Tinggal di rumah' WHERE text LIKE 'Kunjungi%'", []).unwrap(),
        1
    );
    rig
}

/// Names in a directory.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_damaged_log_is_never_backed_up_as_if_it_were_whole() {
    let rig = tampered();
    let kept = tempfile::tempdir().unwrap();
    let out = kept.path().join("b");
    let refused = backup(&rig.dirs(), &out, &lock()).unwrap_err();
    assert!(
        matches!(&refused, Error::Damaged(text) if text.contains("Note was changed")
        && text.contains("--unverified")),
        "{refused}"
    );
    assert!(!refused.to_string().contains("rumah"));
    assert_eq!(names(kept.path()), [""; 0]);
    assert!(!rig.dirs().path().join("backup.new").exists());
}

#[test]
fn a_damaged_server_can_be_saved_and_restored_on_demand_only() {
    let rig = tampered();
    let kept = tempfile::tempdir().unwrap();
    let out = kept.path().join("b.unverified");
    let found = backup_unverified(&rig.dirs(), &out, &lock()).unwrap();
    assert_eq!(found.total(), 1);
    // Another name does not make it a good one.
    let renamed = kept.path().join("b");
    std::fs::rename(&out, &renamed).unwrap();
    let dirs = DataDir::new(kept.path().join("new"));
    let refused = restore(&renamed, &key(), &dirs, &rig.env).unwrap_err();
    assert!(matches!(&refused, Error::Damaged(text) if text.contains("--unverified")), "{refused}");
    assert_eq!(names(dirs.path()), [""; 0], "the directory is as before");
    let restored = restore_unverified(&renamed, &key(), &dirs, &rig.env).unwrap();
    assert_eq!(restored.verified.total(), 1);
    assert_eq!(open(&dirs, &rig.env).unwrap().epoch().unwrap(), restored.epoch);
}

#[test]
fn a_damaged_backup_of_an_older_version_is_not_restored() {
    // Older versions verified nothing: the parts alone.
    let rig = tampered();
    let kept = tempfile::tempdir().unwrap();
    let copy = kept.path().join("copy.db");
    rig.server.store().copy_to(&copy).unwrap();
    let mut sealing = Sealing::start(Vec::new(), &lock()).unwrap();
    for (name, path) in [("identity.json", rig.dirs().identity()), (DATABASE, copy)] {
        let bytes = std::fs::read(path).unwrap();
        sealing.part(name, bytes.len() as u64, bytes.as_slice()).unwrap();
    }
    let file = kept.path().join("b");
    std::fs::write(&file, sealing.finish().unwrap()).unwrap();
    let dirs = DataDir::new(kept.path().join("new"));
    dirs.create().unwrap();
    std::fs::write(dirs.desk_journal(), std::fs::read(rig.dirs().desk_journal()).unwrap()).unwrap();
    let refused = restore(&file, &key(), &dirs, &rig.env).unwrap_err();
    assert!(matches!(&refused, Error::Damaged(text) if text.contains("nothing was restored")), "{refused}");
    assert_eq!(names(dirs.path()), ["desk.journal"], "the directory is as before");
}

#[test]
fn a_backup_has_its_name_only_when_it_is_whole() {
    let rig = Rig::disk();
    let kept = tempfile::tempdir().unwrap();
    let (out, partial) = (kept.path().join("b"), kept.path().join("b.partial"));
    // What a killed backup left is written over.
    std::fs::write(&partial, b"half").unwrap();
    std::fs::set_permissions(&partial, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::write(rig.dirs().path().join("backup.new"), b"half").unwrap();
    // One that is still being written is left alone, and so is its copy of the database.
    let running = std::fs::File::open(&partial).unwrap();
    running.lock().unwrap();
    assert!(matches!(backup(&rig.dirs(), &out, &lock()), Err(Error::Refused(_))));
    drop(running);
    let copying = std::fs::File::open(rig.dirs().path().join("backup.new")).unwrap();
    copying.lock().unwrap();
    assert!(matches!(backup(&rig.dirs(), &out, &lock()), Err(Error::Refused(_))));
    drop(copying);
    assert!(!out.exists());
    backup(&rig.dirs(), &out, &lock()).unwrap();
    assert_eq!(names(kept.path()), ["b"]);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&out).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(!rig.dirs().path().join("backup.new").exists());
    let dirs = DataDir::new(kept.path().join("new"));
    restore(&out, &key(), &dirs, &rig.env).unwrap();
}

#[test]
fn a_server_that_was_killed_is_backed_up_as_it_lies_there() {
    let rig = Rig::disk();
    directive(&rig, "hanya di WAL");
    let kept = tempfile::tempdir().unwrap();
    for with in [&["pantau.db-wal", "pantau.db-shm"][..], &["pantau.db-wal"][..]] {
        let dirs = DataDir::new(kept.path().join(format!("killed{}", with.len())));
        dirs.create().unwrap();
        for name in ["pantau.db", "identity.json", "desk.journal"].iter().chain(with) {
            std::fs::copy(rig.dirs().path().join(name), dirs.path().join(name)).unwrap();
        }
        let out = kept.path().join(format!("b{}", with.len()));
        let verified = backup(&dirs, &out, &lock()).unwrap();
        assert_eq!(verified.rows, rig.rows().len() as u64, "{with:?}");
    }
}
