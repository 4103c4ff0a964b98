//! Keys at rest: under a key of the platform, lost keys, and plain stores that get a vault.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use pantau_core::{Error, KeyError, KeyProvider, OpenOptions, Phone, TpsQuery};
use pantau_protocol::hash;

use crate::rig::{World, incident, visit};

const TPS: &str = "62.06.13.2001/001";

/// The platform's key store: good, locked, or bereft of its key.
#[derive(Default)]
pub(crate) struct Keystore {
    fails_with: Mutex<Option<KeyError>>,
    /// Another key than before.
    other: bool,
    asked: Mutex<u32>,
}

impl Keystore {
    fn mask(&self) -> u8 {
        if self.other { 0x3c } else { 0xa5 }
    }

    fn works(&self) -> Result<(), KeyError> {
        *self.asked.lock().unwrap() += 1;
        self.fails_with.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl KeyProvider for Keystore {
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.works()?;
        Ok(secret.iter().map(|b| b ^ self.mask()).collect())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyError> {
        self.works()?;
        Ok(zeroize::Zeroizing::new(wrapped.iter().map(|b| b ^ self.mask()).collect()))
    }
}

fn with(keys: &Arc<Keystore>) -> OpenOptions {
    let mut options = OpenOptions::default();
    options.keys = Some(keys.clone());
    options
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let name = |e: &std::fs::DirEntry| e.file_name().into_string().unwrap();
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap).filter(|e| e.path().is_file());
    let mut files: Vec<_> = entries.map(|e| (name(&e), std::fs::read(e.path()).unwrap())).collect();
    files.sort();
    files
}

/// Names and digests of the files a store consists of. The index of its log is memory.
fn store(dir: &Path) -> Vec<(String, String)> {
    let is_part = |name: &str| ["pantau.key", "pantau.db", "pantau.db-wal"].contains(&name);
    let parts = files(dir).into_iter().filter(|(name, _)| is_part(name));
    parts.map(|(name, content)| (name, hash::hex(&hash::tagged("", &[&content])))).collect()
}

/// The files that hold `what`.
#[cfg(not(feature = "sqlcipher"))]
fn holding(dir: &Path, what: &[u8]) -> Vec<String> {
    let has = |content: &[u8]| content.windows(what.len()).any(|w| w == what);
    files(dir).into_iter().filter(|(_, content)| has(content)).map(|(name, _)| name).collect()
}

/// The seed of the only journal of a plain store.
#[cfg(not(feature = "sqlcipher"))]
fn seed(dir: &Path) -> Vec<u8> {
    let file = rusqlite::Connection::open(dir.join("pantau.db")).unwrap();
    file.query_row("SELECT seed FROM journal", [], |r| r.get(0)).unwrap()
}

#[tokio::test]
async fn a_store_lives_on_under_the_key_of_the_platform() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Arc::<Keystore>::default());
    let open = || Phone::open(dir.path(), world.env(1), with(&keys)).unwrap();
    let phone = open();
    world.enrol(&phone).await;
    world.sync(&phone).await;
    phone.capture(visit(TPS)).unwrap();
    phone.shutdown().unwrap();
    let asked = *keys.asked.lock().unwrap();
    let phone = open();
    assert_eq!(*keys.asked.lock().unwrap(), asked + 1, "the platform is asked once an open");
    phone.capture(incident(TPS, "jembatan putus")).unwrap();
    world.sync(&phone).await;
    assert_eq!(phone.unsent().unwrap().records, 0);
    phone.pause().unwrap();
    phone.resume().unwrap();
    assert_eq!(phone.tps_list(&TpsQuery::default()).unwrap().len(), 3);
}

#[cfg(not(feature = "sqlcipher"))]
#[tokio::test]
async fn a_plain_store_gets_a_vault_and_nothing_of_its_seed_stays() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Arc::<Keystore>::default());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    phone.shutdown().unwrap();
    let plain = seed(dir.path());
    assert_eq!((plain.len(), holding(dir.path(), &plain).len()), (32, 1));
    let phone = Phone::open(dir.path(), world.env(1), with(&keys)).unwrap();
    assert_eq!(holding(dir.path(), &plain), Vec::<String>::new());
    world.sync(&phone).await;
    assert_eq!(phone.unsent().unwrap().records, 0);
    phone.shutdown().unwrap();
    assert_eq!(holding(dir.path(), &plain), Vec::<String>::new());
    assert!(seed(dir.path()).len() > 32);
    // Never again without it.
    let before = store(dir.path());
    let refused = Phone::open(dir.path(), world.env(1), OpenOptions::default()).unwrap_err();
    assert!(matches!(refused, Error::KeyUnavailable(_)), "{refused:?}");
    assert_eq!(store(dir.path()), before);
}

#[tokio::test]
async fn a_key_that_is_lost_or_away_or_another_changes_nothing() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Arc::<Keystore>::default());
    let phone = Phone::open(dir.path(), world.env(1), with(&keys)).unwrap();
    world.enrol(&phone).await;
    phone.shutdown().unwrap();
    let before = store(dir.path());
    let opened = |keys: &Arc<Keystore>| Phone::open(dir.path(), world.env(1), with(keys)).unwrap_err();
    let failing = |e| Arc::new(Keystore { fails_with: Mutex::new(Some(e)), ..Keystore::default() });
    assert_eq!(opened(&failing(KeyError::Lost)), Error::KeyLost);
    let away = KeyError::Unavailable("belum dibuka".into());
    assert_eq!(opened(&failing(away)), Error::KeyUnavailable("belum dibuka".into()));
    assert_eq!(opened(&Arc::new(Keystore { other: true, ..Keystore::default() })), Error::KeyLost);
    assert_eq!(store(dir.path()), before);
    // Not even where the wrapped key itself is gone: a new one would open nothing.
    std::fs::rename(dir.path().join("pantau.key"), dir.path().join("elsewhere")).unwrap();
    assert_eq!(opened(&keys), Error::KeyLost);
    std::fs::rename(dir.path().join("elsewhere"), dir.path().join("pantau.key")).unwrap();
    assert_eq!(store(dir.path()), before);
    Phone::open(dir.path(), world.env(1), with(&keys)).unwrap();
}

#[tokio::test]
async fn after_a_lost_key_the_store_is_kept_and_the_phone_enrols_anew() {
    let (world, dir, keys) = (World::new(), tempfile::tempdir().unwrap(), Arc::<Keystore>::default());
    let phone = Phone::open(dir.path(), world.env(1), with(&keys)).unwrap();
    world.enrol(&phone).await;
    world.sync(&phone).await;
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(Phone::move_aside(dir.path()).unwrap_err(), Error::InUse);
    phone.shutdown().unwrap();
    let kept = store(dir.path());
    let aside = Phone::move_aside(dir.path()).unwrap();
    assert_eq!(store(&aside), kept);
    let new = Arc::new(Keystore { other: true, ..Keystore::default() });
    let phone = Phone::open(dir.path(), world.env(2), with(&new)).unwrap();
    assert!(phone.status().unwrap().device.is_none());
    // The desk gives a new code.
    world.server().redeemed = None;
    world.enrol(&phone).await;
    world.sync(&phone).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    assert_eq!(phone.unsent().unwrap().records, 0);
    // A second time it finds a folder of its own.
    phone.shutdown().unwrap();
    assert_ne!(Phone::move_aside(dir.path()).unwrap(), aside);
}
