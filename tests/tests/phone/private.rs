//! Whose files a store's are: its owner's alone, whatever the umask, and those of earlier versions too.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use pantau_core::{OpenReport, Phone};

use crate::rig::{Keystore, World, visit};

const TPS: &str = "62.06.13.2001/001";

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a folder, itself included, that somebody else may do something with.
fn exposed(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = (mode(path) & 0o077 != 0).then(|| path.to_owned()).into_iter().collect();
    if path.is_dir() {
        found.extend(fs::read_dir(path).unwrap().flat_map(|entry| exposed(&entry.unwrap().path())));
    }
    found
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_file_is_its_owners_alone_whatever_the_umask() {
    let script = "umask 000; exec \"$0\" --exact private::under_any_umask --ignored --nocapture";
    let test = std::env::current_exe().unwrap();
    let ended = Command::new("sh").args(["-c", script]).arg(test).status().unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
#[ignore = "run by the test above, with an umask of its own"]
async fn under_any_umask() {
    let (world, root) = (World::new(), tempfile::tempdir().unwrap());
    let dir = root.path().join("in").join("here");
    let keys = Keystore::new(1);
    let open = |seed: u64, keys: &std::sync::Arc<Keystore>| {
        let mut options = keys.options();
        options.reserve_bytes = 4_096;
        Phone::open(&dir, world.env(seed), options).unwrap()
    };
    let phone = open(1, &keys);
    world.enrol(&phone).await;
    phone.capture(visit(TPS)).unwrap();
    let all = names(&dir);
    for name in ["pantau.db", "pantau.db-shm", "pantau.db-wal", "pantau.key", "pantau.lock", "pantau.reserve"]
    {
        assert!(all.iter().any(|n| n == name), "{all:?}");
    }
    assert_eq!(exposed(&dir), [""; 0].map(PathBuf::from));
    assert_eq!(mode(dir.parent().unwrap()), 0o700);
    // A page that is damaged: a new store is built, the old one stays beside it.
    phone.shutdown().unwrap();
    drop(phone);
    fs::write(dir.join("pantau.db"), [7; 9_000]).unwrap();
    let phone = open(2, &keys);
    assert!(phone.open_report().moved_aside.is_some());
    assert_eq!(exposed(&dir), [""; 0].map(PathBuf::from));
    // The key is lost: all of it is moved aside, and read from a copy at the next enrolment.
    phone.shutdown().unwrap();
    drop(phone);
    let lost = Phone::move_aside(&dir).unwrap();
    assert!(names(&lost).iter().any(|n| n == "pantau.db"));
    world.server().renew_code();
    let phone = open(3, &Keystore::new(2));
    world.enrol(&phone).await;
    assert_eq!(exposed(&dir), [""; 0].map(PathBuf::from));
}

#[tokio::test]
async fn a_store_of_before_is_mended_and_says_so() {
    let (world, root) = (World::new(), tempfile::tempdir().unwrap());
    let dir = root.path().join("store");
    let phone = world.open(&dir, 1);
    assert_eq!(phone.open_report().mended, [""; 0].map(PathBuf::from));
    phone.shutdown().unwrap();
    drop(phone);
    let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (old, other) = (dir.join("pantau.lost-1"), dir.join("photo.jpg"));
    fs::create_dir(&old).unwrap();
    for file in [&old.join("pantau.db"), &other] {
        fs::write(file, "old").unwrap();
        set(file, 0o644);
    }
    set(&dir.join("pantau.db"), 0o644);
    set(&old, 0o755);
    set(&dir, 0o755);
    let phone = world.open(&dir, 1);
    let OpenReport { mut mended, .. } = phone.open_report();
    mended.sort();
    let mut all = vec![dir.clone(), dir.join("pantau.db"), old.clone(), old.join("pantau.db")];
    all.sort();
    assert_eq!(mended, all);
    assert_eq!(exposed(&dir), [other], "what is not ours stays as it is");
}
