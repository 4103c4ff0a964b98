//! After an erasure: no byte of text or salt in any file of the server, in what it exports, in new backups,
//! on any page or on any phone.

use std::{fs, path::Path, sync::Arc};

use pantau_core::SyncEnd;
use pantau_env::fake::HandClock;
use pantau_log::{DataDir, ops};
use pantau_protocol::{
    hash::hex,
    note::{Field, Note},
};
use pantau_tests::{backup_key, backup_lock, sync};

use super::{Aviary, BIRD, HERE};
use crate::{rig::env, web};

/// Every file under a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    all
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

/// What a file still holds of notes.
fn traces(bytes: &[u8], notes: &[Note]) -> Vec<String> {
    let mut found = Vec::new();
    if holds(bytes, BIRD.as_bytes()) || holds(bytes, hex(BIRD.as_bytes()).as_bytes()) {
        found.push("a text".to_owned());
    }
    for note in notes {
        let salt = note.salt.0;
        if holds(bytes, &salt) || holds(bytes, hex(&salt).as_bytes()) {
            found.push(format!("a salt of {:?}", note.field));
        }
    }
    found
}

fn is_clean(folder: &Path, notes: &[Note]) {
    for (name, bytes) in files(folder) {
        assert_eq!(traces(&bytes, notes), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_was_erased() {
    let aviary = Aviary::new(102).await;
    let (rig, nests) = (&aviary.rig, aviary.nests());
    let notes: Vec<Note> = nests.iter().map(|(_, note)| note.clone()).collect();
    let dirs = rig.server.dirs().unwrap().clone();
    let (reader, _) = rig.phone(1, &Arc::new(HandClock::at(rig.clock.now()))).await;
    let old_backup = rig.files.path().join("before.backup");
    ops::backup(&dirs, &old_backup, &backup_lock()).unwrap();
    // All of it is there before, or the search would prove nothing.
    let before: Vec<u8> = files(dirs.path()).into_iter().flat_map(|f| f.1).collect();
    assert_eq!(notes.len(), 16);
    for note in &notes {
        assert!(holds(&before, &note.salt.0) && holds(&before, note.text.as_bytes()), "{note:?}");
    }
    assert!(!traces(&fs::read(dirs.desk_journal()).unwrap(), &notes).is_empty());
    let on_phones = || files(rig.files.path()).into_iter().filter(|f| f.0.contains("phone-"));
    assert!(on_phones().any(|f| !traces(&f.1, &notes).is_empty()));
    let salts: Vec<_> = aviary.seeds.iter().map(|seed| seed.salt(Field::Note)).collect();
    assert!(notes.iter().any(|n| salts.contains(&n.salt)), "the seeds are not those of the salts");

    for (id, note) in &nests {
        ops::erase(&rig.server, *id, note.field).unwrap();
    }
    is_clean(dirs.path(), &notes);
    let mut export = Vec::new();
    ops::export(&rig.server, &mut export).unwrap();
    assert_eq!(traces(&export, &notes), Vec::<String>::new(), "the export");
    pages_are_clean(&aviary, &notes).await;

    // A new backup, and the old one with the desk's file that survived.
    let new_backup = rig.files.path().join("after.backup");
    ops::backup(&dirs, &new_backup, &backup_lock()).unwrap();
    let [fresh, old] = ["restored", "restored-old"].map(|n| DataDir::new(rig.files.path().join(n)));
    let environment = env(&rig.clock, 103);
    ops::restore(&new_backup, &backup_key(), &fresh, &environment).unwrap();
    is_clean(fresh.path(), &notes);
    old.create().unwrap();
    fs::copy(dirs.desk_journal(), old.desk_journal()).unwrap();
    fs::copy(dirs.identity(), old.identity()).unwrap();
    ops::restore(&old_backup, &backup_key(), &old, &environment).unwrap();
    is_clean(old.path(), &notes);

    // The phones, the author's too, once they have heard of it; and what a phone sends again is refused.
    for phone in [&aviary.phone, &reader] {
        assert_eq!(sync(phone).await, SyncEnd::Done);
        let both = phone.compare().await.unwrap();
        assert_eq!(both.own, both.server);
    }
    let server = ops::open(&old, &environment).unwrap();
    aviary.direct.point(Some(&server));
    assert_eq!(sync(&aviary.phone).await, SyncEnd::Done);
    aviary.phone.shutdown().unwrap();
    reader.shutdown().unwrap();
    for (name, bytes) in on_phones() {
        assert_eq!(traces(&bytes, &notes), Vec::<String>::new(), "{name}");
        assert!(!aviary.seeds.iter().any(|s| holds(&bytes, &s.0)), "{name} holds what salts follow from");
    }
    drop(server);
    is_clean(old.path(), &notes);
}

/// The desk says that something was erased, and no longer what.
async fn pages_are_clean(aviary: &Aviary, notes: &[Note]) {
    web::operator(&aviary.rig, "siti", false);
    let (running, cookie) = (aviary.rig.serve().await, web::signed_in(&aviary.rig, "siti"));
    let to = running.addr().unwrap();
    for at in ["/", "/officers", "/quarantine", "/directives", "/incidents", &format!("/tps/{HERE}")] {
        let page = web::get(to, at, &cookie).await;
        assert_eq!(page.status, 200, "{at}");
        assert_eq!(traces(page.body.as_bytes(), notes), Vec::<String>::new(), "{at}");
    }
    running.shutdown().await;
}
