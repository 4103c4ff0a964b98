//! What happened in a game, as one number after each step: two plays of a game must agree on all of them.

use std::{
    hash::{DefaultHasher, Hasher as _},
    sync::{Mutex, MutexGuard},
};

/// The trace of one game.
#[derive(Default)]
pub(crate) struct Trace(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    so_far: DefaultHasher,
    marks: Vec<u64>,
}

impl Trace {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Something happened.
    pub(crate) fn add(&self, bytes: &[u8]) {
        let mut inner = self.inner();
        inner.so_far.write_usize(bytes.len());
        inner.so_far.write(bytes);
    }

    /// The same for what can only be shown.
    pub(crate) fn show(&self, what: &impl std::fmt::Debug) {
        self.add(format!("{what:?}").as_bytes());
    }

    /// A step is done.
    pub(crate) fn mark(&self) {
        let mut inner = self.inner();
        let now = inner.so_far.finish();
        inner.marks.push(now);
    }

    /// The number after each step.
    pub(crate) fn marks(&self) -> Vec<u64> {
        self.inner().marks.clone()
    }
}
