//! Stores whose key is lost: what they hold that no server is known to have. Each is read from a copy, so that
//! it stays as it was found. An encrypted one says nothing without its key.

use std::{fs, path::Path};

use pantau_protocol::{journal::RecordId, keys::PublicKey, note::Field, record::Record};
use rusqlite::Connection;

use super::{
    FILE,
    aside::LOST,
    cipher::Form,
    migrate, remove_left_over,
    setting::{self, get, get_or},
};
use crate::{
    draft::{self, Draft},
    error::Error,
    identity, outbox, row,
};

/// The copy that is read.
pub(super) const COPY: &str = "pantau.db.lost";

/// What one lost store holds.
#[derive(Debug)]
pub(crate) struct Lost {
    /// Its folder.
    pub(crate) name: String,
    /// The folders that it took over in its turn.
    pub(crate) taken: Vec<String>,
    pub(crate) server: PublicKey,
    pub(crate) officer: u32,
    /// In the order they were saved.
    pub(crate) records: Vec<Unsent>,
    pub(crate) drafts: Vec<Draft>,
}

/// A record that its server is not known to have, or not with all its texts.
#[derive(Debug)]
pub(crate) struct Unsent {
    pub(crate) id: RecordId,
    pub(crate) record: Record,
    pub(crate) texts: Vec<(Field, String)>,
}

/// The lost stores beside the one in `dir`, but for those named in `taken`, the latest first. What cannot be
/// read, or was written by a newer version, is left out.
pub(super) fn all(dir: &Path, taken: &[String]) -> Result<Vec<Lost>, Error> {
    let mut numbers: Vec<u32> = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|n| n.strip_prefix(LOST)?.strip_prefix('-'));
        numbers.extend(number.and_then(|n| n.parse::<u32>().ok()));
    }
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let mut found = Vec::new();
    for name in numbers.into_iter().map(|n| format!("{LOST}-{n}")).filter(|n| !taken.contains(n)) {
        match from_copy(dir, name) {
            Ok(lost) => found.extend(lost),
            Err(Error::DiskFull) => return Err(Error::DiskFull),
            Err(_) => {}
        }
    }
    Ok(found)
}

fn from_copy(dir: &Path, name: String) -> Result<Option<Lost>, Error> {
    let from = dir.join(&name);
    if Form::of(&from.join(FILE))? != Form::Plain {
        return Ok(None);
    }
    remove_left_over(dir, COPY)?;
    let found = copy(dir, &from).and_then(|()| read(&dir.join(COPY), name));
    remove_left_over(dir, COPY)?;
    found
}

/// SQLite makes the index of the log anew.
fn copy(dir: &Path, from: &Path) -> Result<(), Error> {
    for suffix in ["-wal", ""] {
        let file = from.join(format!("{FILE}{suffix}"));
        if file.exists() {
            fs::copy(file, dir.join(format!("{COPY}{suffix}")))?;
        }
    }
    Ok(())
}

fn read(copy: &Path, name: String) -> Result<Option<Lost>, Error> {
    let mut c = Connection::open(copy)?;
    migrate::migrate(&mut c)?;
    let (server, certificate) = (get(&c, &setting::SERVER_KEY)?, identity::certificate(&c)?);
    let Some((server, certificate)) = server.zip(certificate) else { return Ok(None) };
    Ok(Some(Lost {
        name,
        taken: get_or(&c, &setting::TAKEN, Vec::new())?,
        server,
        officer: certificate.officer,
        records: unsent(&c)?,
        drafts: draft::all(&c)?,
    }))
}

fn unsent(c: &Connection) -> Result<Vec<Unsent>, Error> {
    let mut records = Vec::new();
    for stored in outbox::due(c)? {
        if let Some(record) = stored.record() {
            records.push(Unsent { id: stored.id, record, texts: row::texts(c, &stored.id)? });
        }
    }
    Ok(records)
}
