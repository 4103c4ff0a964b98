//! Verifies all that one server keeps: the log, and the desk's file against it.

use std::path::Path;

use super::{
    finding::{Break, Report},
    log::{self, Extent, Watcher},
};
use crate::{
    DataDir, Error, Identity, Server,
    author::{self, FileFault},
    store::{self, SqliteStore, Store, StoreError},
};

/// Verifies a data directory. The server may be running; nothing is written.
///
/// # Errors
/// [`Error::Identity`] without the server's keys; failures of store and files other than damage.
pub fn directory(dirs: &DataDir, extent: Extent, watcher: Watcher<'_>) -> Result<Report, Error> {
    let identity = Identity::load(&dirs.identity())?;
    database(&dirs.db(), &identity, Some(&dirs.desk_journal()), extent, watcher)
}

/// Verifies a running server.
///
/// # Errors
/// As [`directory`].
pub fn running(server: &Server, extent: Extent, watcher: Watcher<'_>) -> Result<Report, Error> {
    let file = server.dirs().map(DataDir::desk_journal);
    whole(server.store(), server.identity(), file.as_deref(), extent, watcher)
}

/// Verifies a database file, and a desk's file against it.
///
/// # Errors
/// Failures of store and files other than damage.
pub fn database(
    path: &Path,
    identity: &Identity,
    desk_file: Option<&Path>,
    extent: Extent,
    watcher: Watcher<'_>,
) -> Result<Report, Error> {
    match SqliteStore::open_to_read(path) {
        Ok(store) => whole(&store, identity, desk_file, extent, watcher),
        Err(StoreError::Damaged(what) | StoreError::Corrupt(what)) => {
            let mut report = Report::default();
            report.add(Break::File(what));
            Ok(report)
        }
        Err(e) => Err(e.into()),
    }
}

fn whole(
    store: &dyn Store,
    identity: &Identity,
    desk_file: Option<&Path>,
    extent: Extent,
    watcher: Watcher<'_>,
) -> Result<Report, Error> {
    let mut report = log::log(store, Some(identity.anchor_key()), extent, watcher)?;
    let Some(file) = desk_file.filter(|_| extent == Extent::Full && !report.is_stopped) else {
        return Ok(report);
    };
    let mut audited = Ok(Vec::new());
    let read = store::read(store, |view| {
        audited = author::audit(view, identity, file);
        Ok(())
    });
    match read.map_err(Error::from).and(audited) {
        Ok(faults) => faults.into_iter().for_each(|fault| {
            report.add(match fault {
                FileFault::Broken(what) => Break::DeskFile(what),
                FileFault::Lacks(records) => Break::DeskFileLacks(records),
            });
        }),
        Err(Error::Store(StoreError::Damaged(why) | StoreError::Corrupt(why))) => {
            report.add(Break::Unreadable { position: 0, why });
        }
        Err(e) => return Err(e),
    }
    Ok(report)
}
