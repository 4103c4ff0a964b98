//! A plain store becomes an encrypted one at its first open with SQLCipher.
//!
//! It is copied into a file beside it, whole and on disk before that takes its place by one rename. Its log is
//! taken in first: a plain log beside an encrypted database would be read as part of it. Whatever stops this,
//! the next open finds the plain store whole and begins again, or finds the encrypted one.

use std::{fs::File, path::Path};

use rusqlite::{Connection, OpenFlags, params};

use super::{
    cipher::{Form, SIDE, give_key},
    connect,
    file::{FILE, remove_left_over},
    wal,
};
use crate::{error::Error, limit, private, vault::Vault};

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The log is taken in.
    Alone,
    /// The copy is made, but not sure to be on disk.
    Copied,
    /// The copy is on disk.
    Synced,
    /// The copy has taken the plain store's place.
    Replaced,
}

/// Encrypts the store in `dir` if it is plain.
pub(super) fn convert(dir: &Path, vault: &Vault) -> Result<(), Error> {
    convert_by_steps(dir, vault, &mut |_| ())
}

fn convert_by_steps(dir: &Path, vault: &Vault, at: &mut dyn FnMut(Step)) -> Result<(), Error> {
    let (plain, side) = (dir.join(FILE), dir.join(SIDE));
    remove_left_over(dir, SIDE)?;
    if Form::of(&plain)? != Form::Plain {
        return Ok(());
    }
    let from = Connection::open(&plain)?;
    from.busy_timeout(limit::BUSY)?;
    from.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA temp_store = MEMORY; PRAGMA fullfsync = ON;")?;
    wal::end(&from)?;
    at(Step::Alone);
    copy(&from, &side, vault)?;
    drop(from);
    at(Step::Copied);
    check(&side, vault)?;
    File::open(&side)?.sync_all()?;
    // The log's end first, or a power cut could bring it back beside the encrypted database.
    File::open(dir)?.sync_all()?;
    at(Step::Synced);
    std::fs::rename(&side, &plain)?;
    File::open(dir)?.sync_all()?;
    at(Step::Replaced);
    Ok(())
}

fn copy(from: &Connection, side: &Path, vault: &Vault) -> Result<(), Error> {
    let raw = vault.raw().ok_or(Error::KeyNeeded)?;
    private::ensure(side)?;
    let side = side.to_str().ok_or_else(|| Error::Storage("a path that is no text".into()))?;
    let version: u32 = from.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    from.execute("ATTACH ?1 AS encrypted KEY ?2", params![side, raw.as_str()])?;
    from.query_row("SELECT sqlcipher_export('encrypted')", [], |_| Ok(()))?;
    from.pragma_update(Some("encrypted"), "user_version", version)?;
    Ok(from.execute_batch("DETACH encrypted")?)
}

/// What takes the place of the only copy must open.
fn check(side: &Path, vault: &Vault) -> Result<(), Error> {
    let copy = Connection::open_with_flags(side, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    give_key(&copy, vault)?;
    connect::check(&copy)
}

#[cfg(test)]
mod tests {
    use std::{
        path::PathBuf,
        sync::{Arc, Mutex},
    };

    use super::*;
    use crate::{
        env::{Entropy, SystemEntropy},
        store::{cipher::unlock, connect::connect},
        vault::tests::Mirror,
    };

    const TEXT: &str = "jembatan putus di hulu";

    fn plain_store(dir: &Path) -> Connection {
        let c = Connection::open(dir.join(FILE)).unwrap();
        c.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE said (text TEXT); PRAGMA user_version = 7;")
            .unwrap();
        c.execute("INSERT INTO said VALUES (?1)", [TEXT]).unwrap();
        c
    }

    fn opened(dir: &Path) -> Vault {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        unlock(dir, Some(&Mirror), &entropy).unwrap()
    }

    fn image(from: &Path) -> tempfile::TempDir {
        let to = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.path().join(file.file_name())).unwrap();
        }
        to
    }

    fn files(dir: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect()
    }

    /// Opens what a dead process left, and finds what was said, encrypted and nowhere plain.
    fn assert_comes_through(dir: &Path, what: &str) {
        let vault = opened(dir);
        convert(dir, &vault).unwrap();
        let c = connect(&dir.join(FILE), &vault).unwrap();
        let said: String = c.query_row("SELECT text FROM said", [], |r| r.get(0)).unwrap();
        let version: u32 = c.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
        assert_eq!((said.as_str(), version), (TEXT, 7), "{what}");
        for file in files(dir) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(TEXT.len()).any(|w| w == TEXT.as_bytes()), "{what}: {file:?}");
        }
        assert!(!dir.join(SIDE).exists(), "{what}");
    }

    #[test]
    fn whenever_it_dies_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let writer = plain_store(dir.path());
        // As a process leaves it that dies at once: all is still in the log.
        let dead = image(dir.path());
        assert!(std::fs::metadata(dead.path().join("pantau.db-wal")).unwrap().len() > 0);
        drop(writer);
        let images = Mutex::new(vec![("before", image(dead.path()))]);
        let vault = opened(dead.path());
        images.lock().unwrap().push(("key made", image(dead.path())));
        let mut at = |step| {
            let name = match step {
                Step::Alone => "log taken in",
                Step::Copied => "copied",
                Step::Synced => "on disk",
                Step::Replaced => "replaced",
            };
            images.lock().unwrap().push((name, image(dead.path())));
        };
        convert_by_steps(dead.path(), &vault, &mut at).unwrap();
        // Half a copy, with a journal of its own.
        let half = image(images.lock().unwrap()[2].1.path());
        std::fs::write(half.path().join(SIDE), [7; 5_000]).unwrap();
        std::fs::write(half.path().join(format!("{SIDE}-journal")), [7; 600]).unwrap();
        images.lock().unwrap().push(("half copied", half));
        let images = images.into_inner().unwrap();
        assert_eq!(images.len(), 7);
        for (name, image) in &images {
            assert_comes_through(image.path(), name);
        }
    }
}
