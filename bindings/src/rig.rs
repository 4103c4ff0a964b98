//! What the tests of this crate share: an app that says what it was asked to do, and a way to wait.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use crate::{
    error::CallbackError,
    log::{LogLevel, LogSink},
    transport::{HttpPost, Transport},
};

/// Waits for the end of a call, as an app's executor would: on a thread of its own, outside the core's runtime.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// What comes next; a test that waits for what never comes fails instead of hanging.
pub(crate) fn next<T>(told: &Receiver<T>) -> T {
    told.recv_timeout(Duration::from_secs(60)).unwrap()
}

/// What the core asked the app's transport to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Asked {
    /// A slow `post` was called, and waits.
    Begun(u64),
    Post(u64, HttpPost),
    Abort(u64),
}

/// A transport that only notes what it is asked.
pub(crate) struct App {
    asked: Mutex<Sender<Asked>>,
    /// What `post` waits for before it returns, where it is slow.
    gate: Option<Mutex<Receiver<()>>>,
    fails: bool,
}

impl App {
    pub(crate) fn new() -> (Arc<Self>, Receiver<Asked>) {
        Self::made(None, false)
    }

    /// One whose `post` throws.
    pub(crate) fn failing() -> (Arc<Self>, Receiver<Asked>) {
        Self::made(None, true)
    }

    /// One whose `post` returns when the sender is dropped.
    pub(crate) fn slow() -> (Arc<Self>, Receiver<Asked>, Sender<()>) {
        let (open, gate) = channel();
        let (app, asked) = Self::made(Some(Mutex::new(gate)), false);
        (app, asked, open)
    }

    fn made(gate: Option<Mutex<Receiver<()>>>, fails: bool) -> (Arc<Self>, Receiver<Asked>) {
        let (asked, told) = channel();
        (Arc::new(Self { asked: Mutex::new(asked), gate, fails }), told)
    }

    fn note(&self, asked: Asked) {
        let _ = self.asked.lock().unwrap().send(asked);
    }
}

impl Transport for App {
    fn post(&self, id: u64, post: HttpPost) -> Result<(), CallbackError> {
        if let Some(gate) = &self.gate {
            self.note(Asked::Begun(id));
            let _ = gate.lock().unwrap().recv();
        }
        self.note(Asked::Post(id, post));
        if self.fails { Err(CallbackError::Failed { detail: "thrown".into() }) } else { Ok(()) }
    }

    fn abort(&self, id: u64) -> Result<(), CallbackError> {
        self.note(Asked::Abort(id));
        Ok(())
    }
}

/// A log sink that hands lines on.
pub(crate) struct Lines(Mutex<Sender<(LogLevel, String)>>);

impl Lines {
    pub(crate) fn new() -> (Arc<Self>, Receiver<(LogLevel, String)>) {
        let (lines, told) = channel();
        (Arc::new(Self(Mutex::new(lines))), told)
    }
}

impl LogSink for Lines {
    fn line(&self, level: LogLevel, text: String) -> Result<(), CallbackError> {
        let _ = self.0.lock().unwrap().send((level, text));
        Ok(())
    }
}
