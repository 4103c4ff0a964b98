//! A log for the app's own: what was done and how it ended, never what anybody said.

use std::sync::Arc;

use crate::{error::CallbackError, runtime};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// As it should be.
    Info,
    /// Somebody may want to know.
    Warning,
}

/// Takes lines of log. They hold no personal data: no names, notes, places or keys. Called on a thread of the
/// core's.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// One line.
    fn line(&self, level: LogLevel, text: String) -> Result<(), CallbackError>;
}

/// Where lines go, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Option<Arc<dyn LogSink>>);

impl Log {
    pub(crate) fn info(&self, text: impl Into<String>) {
        self.line(LogLevel::Info, text.into());
    }

    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.line(LogLevel::Warning, text.into());
    }

    fn line(&self, level: LogLevel, text: String) {
        if let Some(sink) = self.0.clone() {
            // What a sink throws cannot be logged.
            runtime::call_out(move || drop(sink.line(level, text)));
        }
    }
}
