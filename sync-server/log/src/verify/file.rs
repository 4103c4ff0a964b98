//! Verifies an exported file by itself: no server, no database, no keys but those in the file.
//!
//! # What it proves
//!
//! Every record was signed by the device whose key a record of the file registers, nothing in it was changed
//! since, every note is what the record commits to, no record is missing in the middle of a journal or of the
//! log, and the whole file is what the server with the named fingerprint exported.
//!
//! # What it cannot prove
//!
//! That the server exported everything: it can leave out a device with all that names it, or the newest end
//! of the log, before it signs the file. That the fingerprint is the right one: compare it with the one on a
//! QR code of an enrolment. The times of receipt, which no device signs.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    ops::ControlFlow,
    path::Path,
};

use pantau_protocol::{
    hash,
    keys::{PublicKey, Sig},
};
use serde_json::Value;

use super::{
    finding::{Break, Report},
    line::{self, Line},
    log::{Progress, Watcher},
    script::Script,
    walk::Walk,
};
use crate::{Error, limit};

/// Version of the form of the file.
pub(crate) const VERSION: u64 = 1;

/// What the signature of the last line covers: the hash of all lines before it.
pub(crate) fn sealed_hash(lines: &blake3::Hasher) -> [u8; 32] {
    hash::tagged("pantau/1/export", &[lines.finalize().as_bytes()])
}

/// What a file said of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Id of the server, in hexadecimal.
    pub server: String,
    /// Fingerprint of its first key, in hexadecimal: to compare with a QR code.
    pub fingerprint: String,
    /// Position of its last row.
    pub head: u64,
    /// Server time of the export, unix seconds.
    pub exported_at: i64,
}

/// Verifies an exported file. It is read twice.
///
/// # Errors
/// [`Error::Io`] where it cannot be read; [`Error::Refused`] for one that does not begin as an export does.
pub fn export(path: &Path, watcher: Watcher<'_>) -> Result<(Exported, Report), Error> {
    let mut walk = Walk::behind(0, None);
    let mut exported = Exported::default();
    let mut script = Script::default();
    let mut seal = Seal::default();
    for line in Lines::open(path)? {
        let (number, bytes) = line?;
        seal.before(&bytes);
        match line::parse(&bytes) {
            Ok(Line::First(first)) if number == 1 => {
                first_line(path, &first, &mut exported, &mut seal)?;
            }
            _ if number == 1 => return Err(not_an_export(path)),
            Ok(Line::Row(row, _)) => script.survey(&row, &mut walk),
            Ok(Line::Branch(device, branch)) => script.branch(device, branch),
            Ok(Line::Hole(device, hole)) => script.hole(device, hole),
            Ok(Line::End(end)) => {
                exported.head = line::number(&end, "head").unwrap_or(0);
                exported.exported_at = end.get("exported_at").and_then(Value::as_i64).unwrap_or(0);
                seal.end(number, &end);
            }
            Ok(Line::First(_)) => walk.report.add(bad(number, "a second first line")),
            Err(what) => walk.report.add(bad(number, &what)),
        }
    }
    rows(path, &mut walk, &mut script, exported.head, watcher)?;
    let branches = script.all_branches();
    walk.finish(&branches, exported.head, &script)?;
    seal.judge(&mut walk.report);
    Ok((exported, walk.report))
}

/// The second reading: row by row, now that all keys, branches and holes are known.
fn rows(
    path: &Path,
    walk: &mut Walk,
    script: &mut Script,
    head: u64,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    for line in Lines::open(path)? {
        let (number, bytes) = line?;
        let Ok(Line::Row(row, extra)) = line::parse(&bytes) else { continue };
        if number % limit::VERIFY_ROWS as u64 == 0 && watcher(Progress { done: number, all: head }).is_break()
        {
            walk.report.is_stopped = true;
            return Ok(());
        }
        script.at(&row, extra);
        walk.take(&row, script)?;
        script.passed(&row);
    }
    let _: ControlFlow<()> = watcher(Progress { done: head, all: head });
    Ok(())
}

fn bad(line: u64, what: &str) -> Break {
    Break::Export { line, what: what.to_owned() }
}

fn not_an_export(path: &Path) -> Error {
    Error::Refused(format!(
        "{} is no export that this version can verify; exports of versions before this one carry no signatures",
        path.display()
    ))
}

fn first_line(path: &Path, first: &Value, exported: &mut Exported, seal: &mut Seal) -> Result<(), Error> {
    if line::number(first, "pantau_export") != Ok(VERSION) {
        return Err(not_an_export(path));
    }
    exported.server = first.get("server").and_then(Value::as_str).unwrap_or_default().to_owned();
    let keys = first.get("signing_keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().filter_map(|k| PublicKey::from_hex(k.as_str()?));
    seal.keys = keys.collect();
    // Computed, not believed: the fingerprint is what a person compares.
    let own = seal.keys.first().ok_or_else(|| not_an_export(path))?;
    exported.fingerprint = own.fingerprint().to_string();
    if own.server_id().to_string() != exported.server {
        seal.problem = Some(bad(1, "the first key is not that of the server it names"));
    }
    Ok(())
}

/// The signature over the whole file.
#[derive(Default)]
struct Seal {
    keys: Vec<PublicKey>,
    hasher: blake3::Hasher,
    /// Hash of the lines before the line in hand.
    before: [u8; 32],
    lines: u64,
    end: Option<(u64, bool)>,
    problem: Option<Break>,
}

impl Seal {
    fn before(&mut self, line: &[u8]) {
        self.before = sealed_hash(&self.hasher);
        self.hasher.update(line);
        self.lines += 1;
    }

    fn end(&mut self, line: u64, end: &Value) {
        let signature = end.get("signature").and_then(Value::as_str).and_then(hash::unhex);
        let signature = signature.and_then(|bytes| Sig::from_slice(&bytes));
        let fits = signature.is_some_and(|sig| self.keys.iter().any(|key| key.verify(&self.before, &sig)));
        self.end = Some((line, fits));
    }

    fn judge(self, report: &mut Report) {
        if let Some(problem) = self.problem {
            report.add(problem);
        }
        match self.end {
            None => report.add(bad(self.lines, "the file ends too early: its last line is missing")),
            Some((line, _)) if line != self.lines => {
                report.add(bad(line, "there are lines behind the last one"))
            }
            Some((line, false)) => {
                report.add(bad(
                    line,
                    "the server's signature does not fit: the file was changed after the export",
                ));
            }
            Some((_, true)) => {}
        }
    }
}

/// The lines of a file with their numbers, each with its end.
struct Lines {
    path: std::path::PathBuf,
    file: BufReader<File>,
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io(path))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), number: 0 })
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::new();
        // A longer line is cut here, so that neither part of it can be read.
        let mut limited = self.file.by_ref().take(limit::EXPORT_LINE_BYTES);
        match limited.read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) => {
                self.number += 1;
                Some(Ok((self.number, bytes)))
            }
            Err(e) => Some(Err(Error::io(&self.path)(e))),
        }
    }
}
