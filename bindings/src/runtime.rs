//! The threads of the core: disk and network are used here, never on the caller's thread.

use std::{future::Future, sync::OnceLock};

use tokio::{
    runtime::Handle,
    task::{AbortHandle, JoinError},
};

use crate::error::{FailReason, PantauError};

/// One thread drives the network; disk work has threads of its own. A runtime of many workers would put every task
/// into the library twice.
fn runtime() -> Result<&'static Handle, PantauError> {
    static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();
    let failed = |e: &String| PantauError::Failed { reason: FailReason::Storage, detail: e.clone() };
    RUNTIME.get_or_init(|| start().map_err(|e| e.to_string())).as_ref().map_err(failed)
}

fn start() -> std::io::Result<Handle> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.max_blocking_threads(4).thread_name("pantau-disk").enable_all().build()?;
    let handle = runtime.handle().clone();
    let drive = move || runtime.block_on(std::future::pending::<()>());
    std::thread::Builder::new().name("pantau".into()).spawn(drive)?;
    Ok(handle)
}

/// Does disk work. Once begun it is ended, even if nobody waits for it any more.
pub(crate) async fn disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, pantau_core::Error> + Send + 'static,
) -> Result<T, PantauError> {
    joined(runtime()?.spawn_blocking(work).await)?.map_err(PantauError::from)
}

/// Does network work. It goes on if nobody waits for it: who starts it must be able to stop it.
pub(crate) async fn network<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, PantauError> {
    joined(runtime()?.spawn(work).await)
}

/// Does network work that may end at any step: it does when nobody waits for it any more, and when `running`
/// keeps the handle and uses it. The core's futures lose nothing by that.
pub(crate) async fn brittle<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    running: impl FnOnce(AbortHandle),
) -> Result<T, PantauError> {
    let task = runtime()?.spawn(work);
    let _waits = Waits(task.abort_handle());
    running(task.abort_handle());
    match task.await {
        Err(e) if e.is_cancelled() => Err(PantauError::stopped()),
        done => joined(done),
    }
}

/// Somebody waits; when it is dropped, nobody.
struct Waits(AbortHandle);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts something that goes on by itself.
pub(crate) fn background(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = runtime() {
        runtime.spawn(work);
    }
}

/// Calls out to the app on a thread that may block, so that a slow listener stops nobody.
pub(crate) fn call_out(call: impl FnOnce() + Send + 'static) {
    if let Ok(runtime) = runtime() {
        runtime.spawn_blocking(call);
    }
}

/// A panic goes on in the caller, where UniFFI makes an exception of it.
fn joined<T>(done: Result<T, JoinError>) -> Result<T, PantauError> {
    done.map_err(|e| match e.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => PantauError::Failed { reason: FailReason::Closed, detail: "the core has ended".into() },
    })
}
