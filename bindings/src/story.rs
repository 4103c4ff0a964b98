//! The façade as an app uses it, without a server: a store opened, left and found again, and calls that are
//! stopped while they wait for the network.

use std::sync::{Arc, mpsc::Receiver};

use pantau_protocol::{
    enrol::{Code, Invitation},
    keys::Fingerprint,
};

use crate::{
    error::{FailReason, PantauError},
    keys::{KeyFailure, KeyProvider},
    log::LogLevel,
    rig::{App, Asked, Lines, next, wait},
    store::{Store, move_lost_store_aside, open_store},
    sync::SyncEnd,
};

const URL: &str = "https://desk.example:8443";

fn qr() -> String {
    let code = Code::from_random(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    Invitation { url: URL.into(), fingerprint: Fingerprint([7; 32]), code }.to_text()
}

/// A folder, its store, and what the app's transport is asked.
fn opened() -> (tempfile::TempDir, Arc<Store>, Receiver<Asked>) {
    let folder = tempfile::tempdir().unwrap();
    let (app, asked) = App::new();
    let store = wait(open_store(path(&folder), None, Some(app), None)).unwrap();
    (folder, store, asked)
}

fn path(folder: &tempfile::TempDir) -> String {
    folder.path().to_string_lossy().into_owned()
}

fn is_failed<T: std::fmt::Debug>(done: Result<T, PantauError>, expected: FailReason) -> bool {
    matches!(done, Err(PantauError::Failed { reason, .. }) if reason == expected)
}

/// Runs an enrolment on a thread of its own, until the app is asked for its POST.
fn enrolling(
    store: &Arc<Store>,
    asked: &Receiver<Asked>,
) -> (u64, std::thread::JoinHandle<Result<crate::store::EnrolOutcome, PantauError>>) {
    let theirs = Arc::clone(store);
    let call = std::thread::spawn(move || wait(theirs.enrol(qr())));
    let Asked::Post(id, post) = next(asked) else { panic!("no post") };
    assert_eq!(post.url, format!("{URL}/v1/enrol"));
    (id, call)
}

#[test]
fn cancel_ends_an_enrolment_that_waits_for_the_network() {
    let (_folder, store, asked) = opened();
    let (id, call) = enrolling(&store, &asked);
    store.sync().cancel();
    assert_eq!(next(&asked), Asked::Abort(id));
    assert!(matches!(call.join().unwrap(), Err(PantauError::Offline { .. })));
    // The store goes on.
    assert_eq!(wait(store.unsent()).unwrap().records, 0);
}

#[test]
fn a_pause_ends_what_waits_for_the_network_and_a_resume_goes_on() {
    let (_folder, store, asked) = opened();
    let (id, call) = enrolling(&store, &asked);
    wait(store.pause()).unwrap();
    assert_eq!(next(&asked), Asked::Abort(id));
    assert!(call.join().unwrap().is_err());
    assert!(is_failed(wait(store.status()), FailReason::Paused));
    wait(store.resume()).unwrap();
    assert_eq!(wait(store.status()).unwrap().officer, None);
}

#[test]
fn a_call_that_is_dropped_ends() {
    let (_folder, store, asked) = opened();
    let mut call = Box::pin(store.enrol(qr()));
    let waker = std::task::Waker::noop();
    let polled = call.as_mut().poll(&mut std::task::Context::from_waker(waker));
    assert!(polled.is_pending());
    let Asked::Post(id, _) = next(&asked) else { panic!("no post") };
    drop(call);
    assert_eq!(next(&asked), Asked::Abort(id));
}

#[test]
fn a_sync_before_enrolment_says_so_and_asks_nobody() {
    let (_folder, store, asked) = opened();
    let report = wait(store.sync().run(30, 100_000, None)).unwrap();
    assert_eq!((report.end, report.requests), (SyncEnd::NotEnrolled, 0));
    assert!(asked.try_recv().is_err());
}

#[test]
fn a_store_is_open_once_and_after_shutdown_not_at_all() {
    let (folder, store, _asked) = opened();
    let second = wait(open_store(path(&folder), None, None, None));
    assert!(matches!(second.err(), Some(PantauError::InUse { .. })));
    wait(store.shutdown()).unwrap();
    wait(store.shutdown()).unwrap();
    assert!(is_failed(wait(store.status()), FailReason::Closed));
    assert!(is_failed(wait(store.places().directives()), FailReason::Closed));
    assert!(wait(open_store(path(&folder), None, None, None)).is_ok());
}

/// A key store that can lose its key.
struct Keystore {
    is_lost: bool,
}

impl KeyProvider for Keystore {
    fn wrap(&self, secret: Vec<u8>) -> Result<Vec<u8>, KeyFailure> {
        Ok(secret.into_iter().rev().collect())
    }

    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyFailure> {
        if self.is_lost { Err(KeyFailure::Lost) } else { Ok(wrapped.into_iter().rev().collect()) }
    }
}

#[test]
fn a_lost_key_has_a_kind_and_a_way_back() {
    let folder = tempfile::tempdir().unwrap();
    let open = |is_lost| open_store(path(&folder), Some(Arc::new(Keystore { is_lost })), None, None);
    wait(wait(open(false)).unwrap().shutdown()).unwrap();
    assert!(matches!(wait(open(true)).err(), Some(PantauError::KeyLost { .. })));
    // Nothing was changed by that: were the key to come back, so would the store.
    wait(wait(open(false)).unwrap().shutdown()).unwrap();
    let aside = wait(move_lost_store_aside(path(&folder))).unwrap();
    assert!(std::path::Path::new(&aside).exists());
    assert!(wait(open(false)).is_ok());
}

#[test]
fn the_log_tells_what_was_done_and_nobodys_words() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, lines) = Lines::new();
    let (app, asked) = App::new();
    let store = wait(open_store(path(&folder), None, Some(app), Some(sink))).unwrap();
    assert_eq!(next(&lines), (LogLevel::Info, "opened".into()));
    wait(store.sync().run(30, 100_000, None)).unwrap();
    let (level, line) = next(&lines);
    assert_eq!((level, line.starts_with("sync: not enrolled, 0 requests")), (LogLevel::Info, true), "{line}");
    let (_, call) = enrolling(&store, &asked);
    store.sync().cancel();
    assert!(call.join().unwrap().is_err());
    let (level, line) = next(&lines);
    assert_eq!((level, line.as_str()), (LogLevel::Warning, "enrolment failed: Offline"));
}
