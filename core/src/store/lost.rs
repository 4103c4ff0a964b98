//! Stores whose key is lost: what they hold that no server is known to have. Each is read from a copy, so that
//! it stays as it was found. An encrypted one says nothing without its key.

use std::{fs, io, path::Path};

use pantau_protocol::{journal::RecordId, keys::PublicKey, note::Field, record::Record};
use rusqlite::Connection;

use super::{
    FILE, aside,
    cipher::Form,
    migrate, private, remove_left_over,
    setting::{self, get, get_or},
};
use crate::{
    draft::{self, Draft},
    error::Error,
    identity, outbox,
    row::{self, Stored},
};

/// The copy that is read.
pub(super) const COPY: &str = "pantau.db.lost";

/// A lost store that an officer took over.
pub(crate) type Taken = (String, u32);

/// What one lost store holds of an officer.
#[derive(Debug)]
pub(crate) struct Lost {
    /// The stores that were taken over into it.
    pub(crate) taken: Vec<Taken>,
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

/// Folders of the lost stores in `dir`, the latest first.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, Error> {
    let mut numbers = aside::numbers(dir)?;
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    Ok(numbers.into_iter().map(aside::name).collect())
}

/// What the lost store in the folder `name` holds of this officer; `None` where it can never say anything of
/// him: it is encrypted or damaged, or of another server.
pub(super) fn read(dir: &Path, name: &str, server: &PublicKey, officer: u32) -> Result<Option<Lost>, Error> {
    let from = dir.join(name);
    if Form::of(&from.join(FILE))? != Form::Plain {
        return Ok(None);
    }
    remove_left_over(dir, COPY)?;
    let found = copy(dir, &from).and_then(|()| look(&dir.join(COPY), server, officer));
    remove_left_over(dir, COPY)?;
    match found {
        Err(Error::Damaged(_)) => Ok(None),
        other => other,
    }
}

/// But for the index of the log, which SQLite makes anew.
fn copy(dir: &Path, from: &Path) -> Result<(), Error> {
    for suffix in ["-journal", "-wal", ""] {
        let file = from.join(format!("{FILE}{suffix}"));
        if file.exists() {
            // Not with its mode: others may have been able to read it.
            let (mut from, to) = (fs::File::open(file)?, dir.join(format!("{COPY}{suffix}")));
            io::copy(&mut from, &mut private::create(&to)?)?;
        }
    }
    Ok(())
}

fn look(copy: &Path, server: &PublicKey, officer: u32) -> Result<Option<Lost>, Error> {
    let mut c = Connection::open(copy)?;
    // Texts belong in no file but the store's.
    c.execute_batch("PRAGMA temp_store = MEMORY")?;
    migrate::migrate(&mut c)?;
    if get(&c, &setting::SERVER_KEY)?.as_ref() != Some(server) {
        return Ok(None);
    }
    let is_his = identity::certificate(&c)?.is_some_and(|newest| newest.officer == officer);
    Ok(Some(Lost {
        taken: get_or(&c, &setting::TAKEN, Vec::new())?,
        records: unsent(&c, officer)?,
        drafts: if is_his { draft::all(&c)? } else { Vec::new() },
    }))
}

/// Several officers may have had the phone, one after the other. What a revoked key signed is evidence: it must not
/// become trusted.
fn unsent(c: &Connection, officer: u32) -> Result<Vec<Unsent>, Error> {
    let (his, evidence) = (identity::journals_of(c, officer)?, identity::evidence(c)?);
    let is_his = |stored: &Stored| his.contains(&stored.own) && !evidence.contains(&stored.own);
    let mut records = Vec::new();
    for stored in outbox::due(c)?.into_iter().filter(is_his) {
        if let Some(record) = stored.record() {
            records.push(Unsent { id: stored.id, record, texts: row::texts(c, &stored.id)? });
        }
    }
    Ok(records)
}
