//! Restore: a new epoch of the same server. Open codes are void, the desk starts a new journal, and every
//! record that the desk's file holds beyond the backup comes back (docs/adr/0008-desk-journal-file.md).

use std::{
    fs::{File, OpenOptions},
    io::BufReader,
    ops::ControlFlow,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use pantau_protocol::receipt::Epoch;

use super::{
    SERVER,
    backup::{DATABASE, DATABASE_WAL, IDENTITY, JOURNAL, UNVERIFIED},
    sealed::{self, Key},
};
use crate::{
    DataDir, Env, Error, Identity, Server,
    author::{self, Reapplied},
    desk_file::{DeskFile, FrameEntry},
    server::erasure,
    store::{self, SqliteStore},
    verify::{self, Extent, Report},
};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The new epoch.
    pub epoch: Epoch,
    /// Position of the last row.
    pub head: u64,
    /// Codes that nobody had redeemed.
    pub voided_codes: u64,
    /// Read tokens that were in force when the backup was made, or had been revoked since.
    pub revoked_tokens: u64,
    /// Records of the desk that the backup did not hold.
    pub reapplied: Vec<Reapplied>,
    /// What the verification of the backup found, before it was restored.
    pub verified: Report,
}

/// Restores a backup into a data directory that holds no database. A desk journal and an identity file
/// that survived there are used, too. The log in the backup is verified before anything is put in place.
///
/// # Errors
/// [`Error::Refused`] where a database is; [`Error::Backup`] for a wrong key or a damaged file;
/// [`Error::Damaged`] for a log that is not what was written, or that was never verified: the directory is
/// then as before.
pub fn restore(file: &Path, key: &Key, dirs: &DataDir, env: &Env) -> Result<Restored, Error> {
    restore_as(file, key, dirs, env, false)
}

/// The same whatever the verification finds: where no better backup is left. [`Restored::verified`] says what
/// is wrong, and the restored server goes on saying it.
///
/// # Errors
/// As [`restore`], but a damaged log is no error unless the database cannot be opened.
pub fn restore_unverified(file: &Path, key: &Key, dirs: &DataDir, env: &Env) -> Result<Restored, Error> {
    restore_as(file, key, dirs, env, true)
}

fn restore_as(
    file: &Path,
    key: &Key,
    dirs: &DataDir,
    env: &Env,
    takes_damage: bool,
) -> Result<Restored, Error> {
    if dirs.has_server()? {
        return Err(Error::Refused(format!("{} is there: move it away first", dirs.db().display())));
    }
    dirs.create()?;
    let unpacked = Unpacked::read(file, key, dirs)?;
    if unpacked.is_unverified && !takes_damage {
        return Err(Error::Damaged(
            "this backup was made with --unverified, from a damaged server: restore an older one if there is \
             one, or restore this one with --unverified"
                .into(),
        ));
    }
    let verified = verified(&unpacked, takes_damage)?;
    let identity = merged_identity(&unpacked, dirs, env)?;
    let saved = DeskFile::new(unpacked.path(JOURNAL)).entries()?;
    let survived = DeskFile::new(dirs.desk_journal()).entries()?;
    let entries = author::union(&identity, saved, survived)?;
    check(&unpacked.path(DATABASE), &identity)?;
    identity.save(&dirs.identity())?;
    set_aside_leftovers(dirs)?;
    rename(&unpacked.path(DATABASE), &dirs.db())?;
    let restored = start_over(env, dirs, identity, entries, verified);
    if restored.is_err() {
        // A database without its new epoch must not be served.
        let _ = std::fs::rename(dirs.db(), dirs.path().join("pantau.db.failed-restore"));
    }
    restored
}

/// The parts of a backup, in files of their own until all of them are there.
struct Unpacked {
    dir: PathBuf,
    /// Nobody verified what is in it.
    is_unverified: bool,
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Unpacked {
    fn read(file: &Path, key: &Key, dirs: &DataDir) -> Result<Self, Error> {
        let mut unpacked = Self { dir: dirs.path().join("restore.new"), is_unverified: false };
        let _ = std::fs::remove_dir_all(&unpacked.dir);
        DataDir::new(&unpacked.dir).create()?;
        let input = File::open(file).map_err(Error::io(file))?;
        sealed::open(BufReader::new(input), key, |name, content| {
            unpacked.is_unverified |= name == UNVERIFIED;
            // Names are compared, never taken: a part cannot choose where it goes.
            let Some(known) = [IDENTITY, DATABASE, DATABASE_WAL, JOURNAL].into_iter().find(|n| *n == name)
            else {
                return Ok(());
            };
            let path = unpacked.path(known);
            let mut options = OpenOptions::new();
            let mut out =
                options.write(true).create_new(true).mode(0o600).open(&path).map_err(Error::io(&path))?;
            // An error is the archive's as often as the disk's.
            std::io::copy(content, &mut out).map_err(|e| Error::Backup(format!("{name}: {e}")))?;
            out.sync_all().map_err(Error::io(&path))
        })?;
        for name in [IDENTITY, DATABASE] {
            if !unpacked.path(name).exists() {
                return Err(Error::Backup(format!("it holds no {name}")));
            }
        }
        Ok(unpacked)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Verifies the unpacked log; damage is an error unless it is taken.
fn verified(unpacked: &Unpacked, takes_damage: bool) -> Result<Report, Error> {
    let identity = Identity::load(&unpacked.path(IDENTITY))?;
    let every = &mut |_| ControlFlow::Continue(());
    let report = verify::database(&unpacked.path(DATABASE), &identity, None, Extent::Full, every)?;
    if report.is_clean() || takes_damage {
        return Ok(report);
    }
    Err(Error::Damaged(format!(
        "nothing was restored: the log in this backup is not what was written. {}. Restore an older backup if \
         there is one: phones send again what it lacks. With --unverified this one is restored as it is",
        report.summary()
    )))
}

/// Keys of the backup and of a surviving file, and a new desk journal.
fn merged_identity(unpacked: &Unpacked, dirs: &DataDir, env: &Env) -> Result<Identity, Error> {
    let saved = Identity::load(&unpacked.path(IDENTITY))?;
    let merged = match dirs.identity().exists() {
        true => saved.merged(&Identity::load(&dirs.identity())?)?,
        false => saved,
    };
    merged.with_new_desk_journal(env)
}

fn check(database: &Path, identity: &Identity) -> Result<(), Error> {
    let store = SqliteStore::open(database)?;
    let server = store::read(&store, |view| view.setting(SERVER))?;
    if server.as_deref() == Some(identity.server_id().0.as_slice()) {
        Ok(())
    } else {
        Err(Error::Backup("database and identity belong to different servers".into()))
    }
}

/// A WAL without its database would be taken for the restored one's: moved aside, never deleted.
fn set_aside_leftovers(dirs: &DataDir) -> Result<(), Error> {
    for suffix in ["wal", "shm"] {
        let left = dirs.path().join(format!("{DATABASE}-{suffix}"));
        if left.exists() {
            rename(&left, &dirs.path().join(format!("{DATABASE}-{suffix}.before-restore")))?;
        }
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    std::fs::rename(from, to).map_err(Error::io(from))?;
    crate::dirs::sync_parent(to)
}

fn start_over(
    env: &Env,
    dirs: &DataDir,
    identity: Identity,
    entries: Vec<FrameEntry>,
    verified: Report,
) -> Result<Restored, Error> {
    let store = Box::new(SqliteStore::open(&dirs.db())?);
    // What the file holds is taken in below, under the new epoch.
    let server = Server::new(env.clone(), store, identity, Some(dirs.clone()))?;
    let erased = author::erased_in(server.identity(), &entries)?;
    let (epoch, voided_codes, revoked_tokens, reapplied) = server.run(move |batch| {
        let epoch = batch.start_epoch(None)?;
        let voided = batch.tx.void_enrolments()?;
        batch.tx.delete_sessions(None, None)?;
        // Which of them were revoked after the backup nobody knows any more.
        let revoked = batch.tx.revoke_read_tokens(batch.now)?;
        let reapplied = author::replay(batch, &entries)?;
        if let Some(file) = &batch.shared.desk_file {
            file.rewrite(batch.tx, &entries)?;
        }
        Ok((epoch, voided, revoked, reapplied))
    })?;
    erasure::rewrite_desk_file(server.shared(), &erased)?;
    erasure::scrub(server.shared())?;
    begin_desk_journal(&server)?;
    let head = store::read(server.store(), |view| view.head())?;
    Ok(Restored { epoch, head, voided_codes, revoked_tokens, reapplied, verified })
}

/// The new journal introduces itself.
fn begin_desk_journal(server: &Arc<Server>) -> Result<(), Error> {
    let regions = super::regions(server)?.roots().to_vec();
    server.run(move |batch| {
        let device = super::desk_device(batch.shared, batch.now, &regions)?;
        author::append_in(batch, &device.into_iter().collect::<Vec<_>>())
    })?;
    Ok(())
}
