//! `backup` and `restore`.

use pantau_log::{
    DataDir, Env,
    ops::{self, Key, Lock},
};

use super::{
    args::{Backup, Restore},
    fail::{Done, Failure},
    out, secret,
};

/// Runs `backup`.
pub(crate) fn backup(dir: &DataDir, args: &Backup) -> Done {
    let lock = match args.recipient.as_slice() {
        [] => Lock::passphrase(&secret::new(&args.passphrase)?)?,
        keys => Lock::recipients(keys)?,
    };
    if args.unverified {
        return unverified(dir, args, &lock);
    }
    out::note("Verifying the log, then writing the backup …");
    let verified = ops::backup_watched(dir, &args.out, &lock, &mut super::verify::progress)?;
    for warning in &verified.warnings {
        out::note(format_args!("warning: {warning}"));
    }
    let opens = if args.recipient.is_empty() { "passphrase" } else { "private key" };
    out::line(format_args!("Backup in {}. Without the {opens} nobody can read it.", args.out.display()));
    Ok(())
}

/// Saves a damaged server as it is.
fn unverified(dir: &DataDir, args: &Backup, lock: &Lock) -> Done {
    let mut name = args.out.clone().into_os_string();
    if args.out.extension().is_none_or(|e| e != "unverified") {
        name.push(".unverified");
    }
    let file = std::path::PathBuf::from(name);
    let found = ops::backup_unverified(dir, &file, lock)?;
    for broken in &found.breaks {
        out::note(broken);
    }
    out::line(format_args!("What is there is saved in {}, unverified.", file.display()));
    out::note("Keep older backups. `restore` takes this one only with --unverified.");
    Ok(())
}

/// Runs `restore`.
pub(crate) fn restore(dir: &DataDir, args: &Restore) -> Done {
    let key = match &args.identity {
        None => Key::passphrase(&secret::known(&args.passphrase)?),
        Some(path) => {
            let failed = |e| Failure::Usage(format!("--identity {}: {e}", path.display()));
            Key::identities(&std::fs::read_to_string(path).map_err(failed)?)?
        }
    };
    if let Some(journal) = &args.journal {
        bring(journal, dir)?;
    }
    out::note("Restoring …");
    let restore = if args.unverified { ops::restore_unverified } else { ops::restore };
    let restored = restore(&args.from, &key, dir, &Env::real())?;
    for broken in &restored.verified.breaks {
        out::note(format_args!("damaged: {broken}"));
    }
    out::line(format_args!("Restored in {}, up to position {}.", dir.path().display(), restored.head));
    out::line(format_args!("{} records of the desk came back from its journal:", restored.reapplied.len()));
    for record in &restored.reapplied {
        out::line(format_args!("  {} {} at {}", record.id, record.kind, record.place));
    }
    if restored.voided_codes > 0 {
        out::line(format_args!("{} open enrolment codes are void; make new ones.", restored.voided_codes));
    }
    if restored.revoked_tokens > 0 {
        out::line(format_args!("{} read tokens are revoked; make new ones.", restored.revoked_tokens));
    }
    out::note("Phones send again what the backup lacks, at their next sync.");
    Ok(())
}

/// Puts a surviving journal where the restore looks for it.
fn bring(journal: &std::path::Path, dir: &DataDir) -> Done {
    let to = dir.desk_journal();
    if to.exists() {
        return Err(Failure::Usage(format!("{} is there already; leave --journal out", to.display())));
    }
    dir.create()?;
    let failed = |e| Failure::Usage(format!("{}: {e}", journal.display()));
    // Copied into a file of its own: one that is copied whole has the mode of the other.
    let mut from = std::fs::File::open(journal).map_err(failed)?;
    std::io::copy(&mut from, &mut super::private_file(&to)?).map_err(failed)?;
    Ok(())
}
