//! The store key: what lies on disk without it, who may open a store, and the way back when it is lost.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use pantau_core::{Error, KeyError, OpenOptions, Phone, Retry, SyncEnd};
use pantau_env::fake::SeededEntropy;
use pantau_protocol::exchange::Outcome;

use crate::{
    rig::{Keystore, World, file, incident, lay_out, visit},
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/001";
const V1: &str = include_str!("fixtures/v1.sql");

/// The bytes of all files of a store, but for what a reader leaves.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let (path, name) = entry.map(|e| (e.path(), e.file_name().into_string().unwrap())).unwrap();
        if path.is_file() && name != "pantau.lock" && !name.ends_with("-shm") {
            files.insert(name, std::fs::read(path).unwrap());
        }
    }
    files
}

/// Files that hold one of these secrets.
fn files_with(dir: &Path, secrets: &[[u8; 32]]) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(32).any(|w| secrets.iter().any(|s| s == w));
    files(dir).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name).collect()
}

fn open(world: &World, dir: &Path, keys: &Arc<Keystore>) -> Result<Phone, Error> {
    Phone::open(dir, world.env(50), keys.options())
}

/// An enrolled phone, shut down with one record that was not sent.
async fn sealed(world: &World, dir: &Path, keys: &Arc<Keystore>) {
    let phone = open(world, dir, keys).unwrap();
    world.enrol(&phone).await;
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    phone.capture(incident(TPS, "jembatan putus")).unwrap();
    phone.shutdown().unwrap();
}

#[tokio::test]
async fn no_file_holds_a_seed_and_the_platform_is_asked_once() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    assert_eq!(keys.asked(), 2, "to wrap, and to see that it can be unwrapped");
    let phone = open(&world, dir.path(), &keys).unwrap();
    // A fork makes a second key while the first still signs.
    world.server().turns.push_back(Turn::Away(Outcome::Behind { have: 0 }));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(keys.asked(), 3);
    // Everything that was ever random here, whatever it was for.
    let secrets: Vec<[u8; 32]> = (1..200).map(|n| SeededEntropy::draw(50, 0, n)).collect();
    assert_eq!(files_with(dir.path(), &secrets), [""; 0]);
    phone.shutdown().unwrap();
    assert_eq!(files_with(dir.path(), &secrets), [""; 0]);
    let journals: u32 =
        file(dir.path(), &keys).query_row("SELECT count(*) FROM journal", [], |r| r.get(0)).unwrap();
    assert_eq!(journals, 2);
}

fn plain_seed(dir: &Path) -> [u8; 32] {
    let plain = rusqlite::Connection::open(dir.join("pantau.db")).unwrap();
    plain.query_row("SELECT seed FROM journal", [], |r| r.get(0)).unwrap()
}

/// Leaves copies of the seed on pages that are free again, as where nothing wiped them.
fn leave_a_trace(dir: &Path) {
    let plain = rusqlite::Connection::open(dir.join("pantau.db")).unwrap();
    plain
        .execute_batch(
            "PRAGMA secure_delete = OFF;
             WITH RECURSIVE n (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM n WHERE n < 200)
             INSERT INTO journal (number, device, seed, state, head_link, certificate)
             SELECT n, randomblob(16), seed, 2, head_link, zeroblob(900) FROM journal, n;
             DELETE FROM journal WHERE number >= 100;",
        )
        .unwrap();
}

#[tokio::test]
async fn a_plain_store_is_sealed_at_its_first_open_with_a_key() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    lay_out(dir.path(), V1);
    let seed = plain_seed(dir.path());
    leave_a_trace(dir.path());
    assert!(!files_with(dir.path(), &[seed]).is_empty());
    let phone = open(&world, dir.path(), &keys).unwrap();
    assert_eq!(phone.open_report().moved_aside, None);
    assert_eq!(files_with(dir.path(), &[seed]), [""; 0], "while it is open");
    assert_eq!((phone.unsent().unwrap().records, phone.drafts().unwrap().len()), (2, 1));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(phone.unsent().unwrap().records, 0);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
    phone.shutdown().unwrap();
    assert_eq!(files_with(dir.path(), &[seed]), [""; 0]);
    open(&world, dir.path(), &keys).unwrap().capture(visit(TPS)).unwrap();
}

#[tokio::test]
async fn sealing_goes_on_where_a_dead_process_left_it() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    // The key was made, and the store not sealed yet.
    let other = tempfile::tempdir().unwrap();
    open(&world, other.path(), &keys).unwrap().shutdown().unwrap();
    std::fs::copy(other.path().join("pantau.key"), dir.path().join("pantau.key")).unwrap();
    lay_out(dir.path(), V1);
    let seed = plain_seed(dir.path());
    assert_eq!(Phone::open(dir.path(), world.env(3), OpenOptions::default()).unwrap_err(), Error::KeyNeeded);
    open(&world, dir.path(), &keys).unwrap().shutdown().unwrap();
    assert_eq!(files_with(dir.path(), &[seed]), [""; 0]);
    // Sealed, and not swept yet.
    let left = file(dir.path(), &keys);
    left.execute_batch("PRAGMA secure_delete = OFF; INSERT INTO setting VALUES ('sweep', x'f5')").unwrap();
    left.execute("INSERT INTO setting VALUES ('trace', ?1)", [[vec![0; 5_000], seed.to_vec()].concat()])
        .unwrap();
    left.execute_batch("DELETE FROM setting WHERE name = 'trace'").unwrap();
    drop(left);
    open(&world, dir.path(), &keys).unwrap().shutdown().unwrap();
    assert_eq!(files_with(dir.path(), &[seed]), [""; 0]);
}

#[tokio::test]
async fn a_key_that_redeems_a_code_is_sealed_too() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    let phone = open(&world, dir.path(), &keys).unwrap();
    world.wire.next(crate::rig::Line::CutDown);
    let invitation = world.server().invitation();
    assert!(matches!(phone.enrol(&invitation).await, Err(Error::Offline(_))));
    phone.shutdown().unwrap();
    let secrets: Vec<[u8; 32]> = (1..50).map(|n| SeededEntropy::draw(50, 0, n)).collect();
    assert_eq!(files_with(dir.path(), &secrets), [""; 0]);
    // The same key redeems again.
    let phone = open(&world, dir.path(), &keys).unwrap();
    world.enrol(&phone).await;
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
}

#[tokio::test]
async fn a_sealed_store_opens_with_its_provider_only_and_is_not_changed() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    let before = files(dir.path());
    let without = Phone::open(dir.path(), world.env(3), OpenOptions::default());
    assert_eq!(without.unwrap_err(), Error::KeyNeeded);
    assert_eq!(open(&world, dir.path(), &Keystore::new(2)).unwrap_err(), Error::KeyLost);
    keys.fail(Some(KeyError::Unavailable("locked".into())));
    let locked = open(&world, dir.path(), &keys).unwrap_err();
    assert_eq!((&locked, locked.retry()), (&Error::KeyUnavailable("locked".into()), Retry::Now));
    assert_eq!(files(dir.path()), before);
    keys.fail(None);
    assert_eq!(open(&world, dir.path(), &keys).unwrap().unsent().unwrap().records, 1);
}

#[tokio::test]
async fn a_lost_key_changes_nothing_and_there_is_a_way_back() {
    let other = tempfile::tempdir().unwrap();
    sealed(&World::new(), other.path(), &Keystore::new(1)).await;
    let foreign = std::fs::read(other.path().join("pantau.key")).unwrap();
    for case in ["the platform says so", "no file", "another store's file", "a damaged file"] {
        let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
        let phone = Phone::open(dir.path(), world.env(51), keys.options()).unwrap();
        world.enrol(&phone).await;
        phone.capture(incident(TPS, "jembatan putus")).unwrap();
        phone.shutdown().unwrap();
        let key = dir.path().join("pantau.key");
        match case {
            "the platform says so" => keys.fail(Some(KeyError::Lost)),
            "no file" => std::fs::remove_file(key).unwrap(),
            "another store's file" => std::fs::write(key, &foreign).unwrap(),
            _ => std::fs::write(key, b"pantau key 1\nhalf").unwrap(),
        }
        let before = files(dir.path());
        for _ in 0..2 {
            assert_eq!(open(&world, dir.path(), &keys).unwrap_err(), Error::KeyLost, "{case}");
        }
        assert_eq!(files(dir.path()), before, "{case}");
        let lost = Phone::move_aside(dir.path()).unwrap();
        assert_eq!(lost, dir.path().join("pantau.lost-1"));
        let moved = files(&lost);
        assert!(moved.iter().all(|(name, bytes)| before.get(name) == Some(bytes)), "{case}");
        assert!(moved.contains_key("pantau.db") && moved.contains_key("pantau.db-wal"), "{case}");
        keys.fail(None);
        let phone = open(&world, dir.path(), &keys).unwrap();
        assert_eq!(phone.open_report(), Default::default());
        world.server().renew_code();
        world.enrol(&phone).await;
        phone.capture(visit(TPS)).unwrap();
        assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
        if !cfg!(feature = "sqlcipher") {
            let plain = rusqlite::Connection::open(lost.join("pantau.db")).unwrap();
            let said: String = plain.query_row("SELECT text FROM note", [], |r| r.get(0)).unwrap();
            assert_eq!(said, "jembatan putus");
        }
    }
}

#[test]
fn a_store_with_no_seed_yet_keeps_to_its_key_too() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    let other = tempfile::tempdir().unwrap();
    for (seed, dir) in [(50, &dir), (51, &other)] {
        Phone::open(dir.path(), world.env(seed), keys.options()).unwrap().shutdown().unwrap();
    }
    std::fs::copy(other.path().join("pantau.key"), dir.path().join("pantau.key")).unwrap();
    let before = files(dir.path());
    assert_eq!(open(&world, dir.path(), &keys).unwrap_err(), Error::KeyLost);
    assert_eq!(files(dir.path()), before);
}

#[tokio::test]
async fn a_store_that_is_half_moved_aside_is_never_opened() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    let before = files(dir.path());
    let part = dir.path().join("pantau.lost.part");
    std::fs::create_dir(&part).unwrap();
    std::fs::rename(dir.path().join("pantau.db"), part.join("pantau.db")).unwrap();
    let phone = open(&world, dir.path(), &keys).unwrap();
    assert_eq!(phone.status().unwrap().server, None);
    let moved = files(&dir.path().join("pantau.lost-1"));
    for name in ["pantau.db", "pantau.db-wal", "pantau.key"] {
        assert_eq!(moved.get(name), before.get(name), "{name}");
    }
    phone.shutdown().unwrap();
    assert_eq!(Phone::move_aside(dir.path()).unwrap(), dir.path().join("pantau.lost-2"));
    assert!(matches!(Phone::move_aside(dir.path()), Err(Error::Storage(_))), "there is none left");
}

#[tokio::test]
async fn a_store_moved_aside_during_a_pause_is_not_made_anew() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    let phone = open(&world, dir.path(), &keys).unwrap();
    world.enrol(&phone).await;
    phone.pause().unwrap();
    Phone::move_aside(dir.path()).unwrap();
    assert_eq!(phone.resume().unwrap_err(), Error::KeyLost);
    assert!(!dir.path().join("pantau.db").exists());
}

#[tokio::test]
async fn a_damaged_sealed_store_is_salvaged_with_its_key() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    // The first page, but not its first bytes: these say which key it is.
    let path = dir.path().join("pantau.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..3_000].fill(0xAA);
    std::fs::write(&path, &bytes).unwrap();
    let _ = std::fs::remove_file(dir.path().join("pantau.db-wal"));
    assert_eq!(open(&world, dir.path(), &Keystore::new(2)).unwrap_err(), Error::KeyLost);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let phone = open(&world, dir.path(), &keys).unwrap();
    assert!(phone.open_report().moved_aside.is_some());
    world.server().renew_code();
    world.enrol(&phone).await;
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
}

#[cfg(not(feature = "sqlcipher"))]
#[tokio::test]
async fn a_build_without_sqlcipher_leaves_an_encrypted_store_alone() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    let bytes = [&b"Pantau1\0"[..], &[0x5A; 8_184]].concat();
    std::fs::write(dir.path().join("pantau.db"), bytes).unwrap();
    let before = files(dir.path());
    assert_eq!(open(&world, dir.path(), &keys).unwrap_err(), Error::Encrypted);
    let without = Phone::open(dir.path(), world.env(3), OpenOptions::default());
    assert_eq!(without.unwrap_err(), Error::Encrypted);
    assert_eq!(files(dir.path()), before);
}

#[cfg(feature = "sqlcipher")]
#[tokio::test]
async fn an_encrypted_store_is_nothing_but_noise() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    let bytes = files(dir.path());
    assert!(bytes["pantau.db"].starts_with(b"Pantau1\0"));
    for word in ["jembatan", "SQLite format", "CREATE TABLE", TPS] {
        let holds = |bytes: &Vec<u8>| bytes.windows(word.len()).any(|w| w == word.as_bytes());
        assert!(!bytes.values().any(holds), "{word}");
    }
    // Nothing says that a plain store needs no key: this build makes none.
    let fresh = tempfile::tempdir().unwrap();
    let without = Phone::open(fresh.path(), world.env(3), OpenOptions::default());
    assert_eq!(without.unwrap_err(), Error::KeyNeeded);
    assert_eq!(files(fresh.path()), BTreeMap::new());
}

/// Another process that has the store open.
fn held_by_another_process(dir: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "vault::hold_a_store", "--ignored", "--nocapture"])
        .env("PANTAU_HELD", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.map_while(Result::ok).any(|line| line.contains("held")));
    child
}

/// SQLCipher would write there by itself, and on a phone that is a log that others read.
#[tokio::test]
async fn a_broken_store_says_nothing_on_standard_error() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    let path = dir.path().join("pantau.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20_000..30_000].fill(0xAA);
    std::fs::write(&path, &bytes).unwrap();
    std::fs::write(dir.path().join("pantau.suspect"), []).unwrap();
    let mut child = held_by_another_process(dir.path());
    child.kill().unwrap();
    let said = child.wait_with_output().unwrap().stderr;
    assert_eq!(String::from_utf8_lossy(&said), "");
}

#[tokio::test]
async fn another_process_that_has_it_open_is_in_the_way() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Keystore::new(1));
    sealed(&world, dir.path(), &keys).await;
    let mut child = held_by_another_process(dir.path());
    assert_eq!(open(&world, dir.path(), &keys).unwrap_err(), Error::InUse);
    assert_eq!(Phone::move_aside(dir.path()).unwrap_err(), Error::InUse);
    // It dies as a killed app does, and nothing of its lock stays.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(open(&world, dir.path(), &keys).unwrap().unsent().unwrap().records, 1);
}

/// The other process: holds a store until its end.
#[test]
#[ignore = "run by another test, as a process of its own"]
fn hold_a_store() {
    let Some(dir) = std::env::var_os("PANTAU_HELD") else { return };
    let phone = open(&World::new(), Path::new(&dir), &Keystore::new(1)).unwrap();
    println!("held: {:?}", phone.unsent());
    let _ = std::io::stdin().read_line(&mut String::new());
}
