//! Holds the desk's own file against the log: whether a restore could rely on it.

use std::{collections::HashSet, path::Path};

use crate::{Error, Identity, desk_file, desk_frame, store::View};

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileFault {
    /// It is damaged, or says what the log does not hold.
    Broken(String),
    /// It lacks this many records of the log.
    Lacks(u64),
}

/// Compares the file with a snapshot of the log. The file may be newer than the snapshot: what was appended
/// since is left out, and of a file that was written anew since only the signatures are verified.
///
/// # Errors
/// Failures of the store, and of reading the file.
pub(crate) fn audit(view: &dyn View, identity: &Identity, path: &Path) -> Result<Vec<FileFault>, Error> {
    let (generation, length) = desk_file::known(view)?;
    let content = match desk_file::read(path) {
        Err(Error::DeskJournal(what)) => return Ok(vec![FileFault::Broken(what)]),
        content => content?,
    };
    let is_same = content.generation == generation;
    let mut faults = Vec::new();
    if is_same && content.sound < length && content.length > content.sound {
        faults.push(FileFault::Broken(format!("it cannot be read behind byte {}", content.sound)));
    }
    let mut found = HashSet::new();
    for (end, entry) in content.entries.iter().filter(|(end, _)| !is_same || *end <= length) {
        let ids = match desk_frame::ids(identity, &entry.frame) {
            Err(Error::DeskJournal(what)) => {
                faults.push(FileFault::Broken(format!("the frame that ends at byte {end}: {what}")));
                continue;
            }
            ids => ids?,
        };
        for id in ids {
            if !view.desk_record(&id)?.is_empty() {
                found.insert(id);
            } else if is_same {
                faults.push(FileFault::Broken(format!("it holds record {id}, which the log does not")));
            }
        }
    }
    let lacking = own_records(view, identity)?.saturating_sub(found.len() as u64);
    if lacking > 0 {
        faults.push(FileFault::Lacks(lacking));
    }
    Ok(faults)
}

/// Records of all journals that the desk ever had. They have neither branches nor holes.
fn own_records(view: &dyn View, identity: &Identity) -> Result<u64, Error> {
    let mut records = 0;
    for key in identity.desk_keys() {
        let branches = view.journal_branches(&key.public().device_id())?;
        records += branches.iter().map(|b| (b.last + 1).saturating_sub(b.starts)).sum::<u64>();
    }
    Ok(records)
}
