//! Connections to the database, all set up alike.

use std::path::Path;

use rusqlite::{Connection, config::DbConfig};

use super::{cipher, file::FILE};
use crate::{error::Error, limit, private, vault::Vault};

/// Opens the database at `path`, made if it is not there, as every connection of this phone is set up.
pub(super) fn connect(path: &Path, vault: &Vault) -> Result<Connection, Error> {
    private::ensure(path)?;
    let connection = Connection::open(path)?;
    cipher::give_key(&connection, vault)?;
    connection.busy_timeout(limit::BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A plan that holds for every value: else SQLite plans some statements anew at every call.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: what was called saved survives a power cut. MEMORY: Android has no temp folder.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn connect_reader(dir: &Path, vault: &Vault) -> Result<Connection, Error> {
    let reader = connect(&dir.join(FILE), vault)?;
    reader.pragma_update(None, "query_only", true)?;
    Ok(reader)
}

/// Looks at every page of the file.
pub(super) fn check(connection: &Connection) -> Result<(), Error> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Damaged(verdict)) }
}
