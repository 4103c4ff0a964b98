//! A running server verifies itself: the newest rows before anybody calls, the structure of the file right
//! after that, and everything on a schedule, on a thread of its own. What it finds is a trouble of the server,
//! which health, metrics, log and the desk's pages tell; what then goes on is said in the module `guard`.
//!
//! The start must be quick however long the log is, so only the newest rows are verified before the first
//! phone is answered: a server that died while it wrote, or a file that was put back in a hurry, shows there.

use std::{
    ops::ControlFlow,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use super::{finding::Report, log::Extent, whole::running};
use crate::{
    Error, Server,
    health::Trouble,
    limit,
    store::{self, Depth, Flaw, Store as _},
};

/// Hours between two full verifications, unless the administrator says otherwise.
pub const EVERY_HOURS: u32 = 24;
/// Setting of the database: end of the newest full verification and how many breaks it found, 16 bytes.
const SETTING: &str = "verify.last";
/// How often the schedule looks at the clock: a clock that is put right must not delay it for days.
const LOOK: Duration = Duration::from_secs(60);

/// The thread that verifies; ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Verifies the newest rows, then goes on verifying in the background; `every_hours` 0 leaves the full
/// verification out.
///
/// # Errors
/// Failures of the store other than damage; no thread.
pub fn start(server: &Arc<Server>, every_hours: u32) -> Result<Watch, Error> {
    recall(server)?;
    let report = running(server, Extent::Tail, &mut |_| ControlFlow::Continue(()))?;
    tell(server, &report);
    let (stop, stopped) = mpsc::channel();
    let server = Arc::clone(server);
    let run = move || work(&server, every_hours, &stopped);
    let thread = std::thread::Builder::new().name("verify".into()).spawn(run);
    let thread = thread.map_err(|e| Error::Refused(format!("no thread for the verification: {e}")))?;
    Ok(Watch { stop: Some(stop), thread: Some(thread) })
}

/// When the newest full verification ended, unix seconds, and how many breaks it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    at: i64,
    breaks: u64,
}

impl Last {
    fn read(server: &Server) -> Result<Option<Self>, Error> {
        let bytes = store::read(server.store(), |view| view.setting(SETTING))?;
        let parts = bytes.as_deref().and_then(|b| b.split_first_chunk::<8>());
        let last = parts.and_then(|(at, breaks)| {
            let breaks = u64::from_le_bytes(breaks.try_into().ok()?);
            Some(Self { at: i64::from_le_bytes(*at), breaks })
        });
        Ok(last)
    }

    fn write(self, server: &Server) -> Result<(), Error> {
        let mut bytes = self.at.to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.breaks.to_le_bytes());
        Ok(store::write(server.store(), |tx| tx.set_setting(SETTING, &bytes))?)
    }
}

/// Damage that was found before the server was restarted is damage still.
fn recall(server: &Server) -> Result<(), Error> {
    let Some(last) = Last::read(server)? else { return Ok(()) };
    if last.breaks == 0 {
        server.metrics().verify_last_ok.set(u64::try_from(last.at).unwrap_or(0));
        return Ok(());
    }
    server.metrics().verify_breaks.set(last.breaks);
    server.health().raise(
        Trouble::Damage,
        format!(
            "the newest full verification found {} breaks; `pantau-server verify` names them",
            last.breaks
        ),
    );
    Ok(())
}

/// Whether a full verification is due: after a whole period, at once where none was made or the newest one
/// found something, and where its time lies ahead of the clock.
fn is_due(last: Option<Last>, now: i64, every_hours: u32) -> bool {
    let Some(last) = last else { return true };
    now < last.at || now - last.at >= i64::from(every_hours) * 3_600
}

fn work(server: &Arc<Server>, every_hours: u32, stopped: &mpsc::Receiver<()>) {
    structure(server);
    let mut last = Last::read(server).ok().flatten().filter(|l| l.breaks == 0);
    loop {
        if every_hours > 0 && is_due(last, server.now(), every_hours) {
            match full(server, stopped) {
                Ok(report) if report.is_stopped => return,
                Ok(report) => last = Some(Last { at: server.now(), breaks: report.total() }),
                Err(error) => tracing::error!(%error, "the log could not be verified; it is tried again"),
            }
        }
        if stopped.recv_timeout(LOOK) != Err(mpsc::RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// The structure of the file; a flaw closes the store for writing, see `guard`.
fn structure(server: &Server) {
    match server.shared().store.check(Depth::Quick) {
        Ok(flaws) => {
            let told = |f: &Flaw| match f {
                Flaw::File(text) | Flaw::Tables(text) => text.clone(),
            };
            if let Some(first) = flaws.first() {
                server
                    .health()
                    .raise(Trouble::Damage, format!("the database file is broken: {}", told(first)));
            }
        }
        Err(error) => tracing::error!(%error, "the database file could not be checked"),
    }
}

/// One full verification of a running server: as much time as a snapshot takes is left to others after it.
/// What it found is told and remembered.
///
/// # Errors
/// Failures of the store other than damage.
fn full(server: &Server, stopped: &mpsc::Receiver<()>) -> Result<Report, Error> {
    let clock = &server.env().clock;
    let mut before = clock.monotonic();
    let report = running(server, Extent::Full, &mut |_| {
        let took = clock.monotonic().saturating_sub(before);
        let waited = stopped.recv_timeout(took.min(LOOK));
        before = clock.monotonic();
        if waited == Err(mpsc::RecvTimeoutError::Timeout) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    finished(server, &report);
    Ok(report)
}

/// Tells and remembers what a full verification found.
pub(crate) fn finished(server: &Server, report: &Report) {
    if report.is_stopped {
        return;
    }
    tell(server, report);
    let last = Last { at: server.now(), breaks: report.total() };
    server.metrics().verify_runs.add(1);
    if report.is_clean() {
        server.health().clear(Trouble::Damage);
        server.metrics().verify_breaks.set(0);
        server.metrics().verify_last_ok.set(u64::try_from(last.at).unwrap_or(0));
        tracing::info!(rows = report.rows, signatures = report.signatures, "the log is verified");
    }
    if let Err(error) = last.write(server) {
        tracing::error!(%error, "nobody will remember this verification");
    }
}

fn tell(server: &Server, report: &Report) {
    for found in report.breaks.iter().take(limit::BREAKS_LOGGED) {
        tracing::error!(kind = found.name(), %found, "the log is not what was written");
    }
    for found in &report.warnings {
        tracing::warn!(kind = found.name(), %found, "a verification warns");
    }
    if !report.counts.is_empty() {
        server.metrics().verify_breaks.set(report.total());
        server.health().raise(Trouble::Damage, report.summary());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_verification_is_due_after_a_period_and_whenever_nobody_knows() {
        let last = |at| Some(Last { at, breaks: 0 });
        assert!(is_due(None, 0, 24));
        assert!(!is_due(last(1_000), 1_000, 24) && !is_due(last(1_000), 1_000 + 86_399, 24));
        assert!(is_due(last(1_000), 1_000 + 86_400, 24));
        assert!(is_due(last(1_000), 999, 24), "the clock was ahead once");
    }
}
