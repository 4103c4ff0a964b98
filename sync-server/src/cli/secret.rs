//! Passphrases: from a file, the environment or the keyboard; never from the command line, which others
//! can see.

use pantau_log::ops::meant;

use super::{args::Passphrase, fail::Failure, out};

const VARIABLE: &str = "PANTAU_PASSPHRASE";
/// Shortest passphrase of a backup: it protects the server's keys against somebody with time.
const LEAST_CHARS: usize = 12;

/// The passphrase of an existing backup.
pub(crate) fn known(given: &Passphrase) -> Result<String, Failure> {
    read(given)?.map_or_else(|| asked("Passphrase of the backup:"), Ok)
}

/// The passphrase for a new backup: long enough, and typed twice.
pub(crate) fn new(given: &Passphrase) -> Result<String, Failure> {
    let passphrase = match read(given)? {
        Some(text) => text,
        None => {
            let first = asked("Passphrase for the backup:")?;
            if meant(&first) != meant(&asked("Once more:")?) {
                return Err(Failure::Usage("the two passphrases differ".into()));
            }
            first
        }
    };
    if meant(&passphrase).chars().count() < LEAST_CHARS {
        return Err(Failure::Usage(format!(
            "the passphrase has fewer than {LEAST_CHARS} characters; the backup holds the server's keys"
        )));
    }
    Ok(passphrase)
}

fn read(given: &Passphrase) -> Result<Option<String>, Failure> {
    let Some(path) = &given.passphrase_file else {
        let not_text = |_| Failure::Usage(format!("{VARIABLE} is not UTF-8"));
        return std::env::var_os(VARIABLE).map(|text| text.into_string().map_err(not_text)).transpose();
    };
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::Usage(format!("--passphrase-file {}: {e}", path.display())))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

fn asked(question: &str) -> Result<String, Failure> {
    out::ask_hidden(question).ok_or_else(|| {
        Failure::Usage(format!("no passphrase: set {VARIABLE}, or use --passphrase-file FILE"))
    })
}
