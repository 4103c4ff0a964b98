//! The server's store on a disk that fails: nothing is acknowledged that is not durable, and it goes on.

use std::sync::Arc;

use pantau_core::SyncEnd;
use pantau_log::{
    Error, Server, author,
    exchange::{self, NoAnswer},
    ops,
    store::{Row, StoreError},
};
use pantau_protocol::{body::Kind, note::Field};
use pantau_shim::{Fault, Trouble, Watch, watch};
use pantau_tests::{fast_folder, visit, world};

use crate::{
    faults::{everywhere, struck},
    images::{Files, files, lay},
    log::{are_still, log, sound},
    rig::{Rig, wait},
    server::{DESK_FILE, directive, open},
};

const SEED: u64 = 2;

/// A server's files as a dead process left them, and a request with three records that it never saw.
struct Scene {
    left: Files,
    rows: Vec<Row>,
    frame: Vec<u8>,
}

fn scene(rig: &Rig, watch: &Watch) -> Scene {
    world::make(&pantau_log::DataDir::new(watch.path()), &rig.server_env(0));
    rig.up(open(rig, watch.path(), 1).unwrap());
    let home = fast_folder();
    let phone = rig.phone(home.path(), 1, 0);
    visit(&phone, "62.06.13.2001/001", "sudah di server");
    assert_eq!(wait(pantau_tests::sync(&phone)), SyncEnd::Done);
    let (left, rows) = (files(watch.path()), log(&rig.line.server()));
    assert!(!left["pantau.db-wal"].is_empty());
    for n in 1..=3 {
        visit(&phone, &format!("62.06.13.2002/00{n}"), "belum di server");
    }
    *rig.line.counter.lock().unwrap() = Some(watch.counter());
    assert_eq!(wait(pantau_tests::sync(&phone)), SyncEnd::Done);
    let frame = rig.line.answered.lock().unwrap()[0].said.frame.clone();
    rig.down();
    Scene { left, rows, frame }
}

/// The errors that a failing disk may cause; a full one is called full.
fn check_error(error: &Error, fault: Fault, at: &str) {
    let is_typed = match fault.trouble {
        Trouble::DiskFull => matches!(error, Error::Store(StoreError::Full)),
        Trouble::IoError => matches!(error, Error::Store(StoreError::Other(_))),
    };
    assert!(is_typed, "{at}: {error:?}");
}

/// Opens the files: what was acknowledged is there, no other row than `tried` ones, and it goes on.
fn lives_on(rig: &Rig, watch: &Watch, rows: &[Row], tried: &[Row], scene: &Scene, at: &str) {
    let server = open(rig, watch.path(), 7).unwrap_or_else(|e| panic!("{at}: it does not open again: {e}"));
    let found = log(&server);
    assert!(found.len() >= rows.len(), "{at}: acknowledged rows are gone");
    assert!(found.len() <= rows.len().max(tried.len()), "{at}: rows that nobody sent");
    are_still(&found, rows, &found).unwrap_or_else(|e| panic!("{at}: {e}"));
    goes_on(rig, &server, &found, scene, at);
}

/// The phone asks again and the desk speaks: both arrive, once.
fn goes_on(rig: &Rig, server: &Server, before: &[Row], scene: &Scene, at: &str) {
    exchange::answer(server, &scene.frame).unwrap_or_else(|e| panic!("{at}: {e}"));
    author::append(server, vec![directive(rig)]).unwrap_or_else(|e| panic!("{at}: {e}"));
    let after = log(server);
    are_still(&after, before, &after).unwrap_or_else(|e| panic!("{at}: {e}"));
    assert_eq!(sound(server, &after), Ok(()), "{at}");
    let visits = after.iter().filter(|r| r.entry.kind == Kind::Visit && r.entry.note.is_none()).count();
    assert_eq!(visits, 4, "{at}: records of the phone");
}

#[test]
fn a_server_opens_or_says_why_not() {
    let (rig, folder) = (Rig::new(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let scene = scene(&rig, &watch);
    let struck = everywhere(|fault| {
        lay(watch.path(), &scene.left);
        let (failed, done) = struck(&watch, fault, &[DESK_FILE], || open(&rig, watch.path(), 1).map(drop));
        if let Err(e) = &done.said {
            check_error(e, fault, &done.at());
        }
        lives_on(&rig, &watch, &scene.rows, &[], &scene, &done.at());
        done.crash(watch.path());
        lives_on(&rig, &watch, &scene.rows, &[], &scene, &format!("{}, then a crash", done.at()));
        failed
    });
    eprintln!("{struck} calls failed");
}

/// Lets a server do something while each of its calls fails in turn. What it calls done is durable; what it
/// calls an error is not in the log if `is_exact`, or may be: a phone asks again, and is told the same.
fn acts(rig: &Rig, watch: &Watch, scene: &Scene, is_exact: bool, act: impl Fn(&Server) -> Result<(), Error>) {
    let struck = everywhere(|fault| {
        lay(watch.path(), &scene.left);
        let server: Arc<Server> = open(rig, watch.path(), 1).unwrap();
        let (failed, done) = struck(watch, fault, &[DESK_FILE], || act(&server));
        let at = done.at();
        let found = log(&server);
        let acknowledged = match &done.said {
            Ok(()) => found.clone(),
            Err(e) => {
                check_error(e, fault, &at);
                assert!(!is_exact || found.len() == scene.rows.len(), "{at}: stored and called an error");
                scene.rows.clone()
            }
        };
        assert!(done.said.is_err() || found.len() > scene.rows.len(), "{at}: called stored");
        goes_on(rig, &server, &found, scene, &at);
        drop(server);
        done.crash(watch.path());
        lives_on(rig, watch, &acknowledged, &found, scene, &format!("{at}, then a crash"));
        failed
    });
    eprintln!("{struck} calls failed");
}

#[test]
fn a_push_is_durable_or_not_answered() {
    let (rig, folder) = (Rig::new(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let scene = scene(&rig, &watch);
    acts(&rig, &watch, &scene, false, |server| match exchange::answer(server, &scene.frame) {
        Ok(_) => Ok(()),
        Err(NoAnswer::Failed(e)) => Err(e),
        Err(e) => panic!("{e}"),
    });
}

#[test]
fn a_word_of_the_desk_is_durable_or_an_error() {
    let (rig, folder) = (Rig::new(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let scene = scene(&rig, &watch);
    acts(&rig, &watch, &scene, true, |server| author::append(server, vec![directive(&rig)]).map(drop));
}

#[test]
fn what_is_called_erased_left_no_trace() {
    let (rig, folder) = (Rig::new(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let scene = scene(&rig, &watch);
    let row = scene.rows.iter().find(|r| r.entry.kind == Kind::Visit).unwrap();
    let (id, text) = (row.entry.id, row.notes[0].text.as_bytes());
    let is_in = |content: &Vec<u8>| content.windows(text.len()).any(|w| w == text);
    assert!(scene.left.values().any(is_in));
    acts(&rig, &watch, &scene, false, |server| {
        ops::erase(server, id, Field::Note)?;
        assert!(!files(watch.path()).values().any(is_in), "a trace is left");
        Ok(())
    });
}
