//! The quick parts of `cargo xtask test` that look at files and build nothing of ours.

use std::io;
use std::process::Command;

use crate::command::{root, succeeds};
use crate::planted;
use crate::tally::Tally;
use crate::tools::{MACHETE, TYPOS};

/// Dependencies that a manifest names and no file uses.
pub(crate) fn unused() -> io::Result<Tally> {
    succeeds(&mut MACHETE.command("--skip-target-dir")).map(Tally::one)
}

/// Words known to be misspelt. Our Indonesian words are in `typos.toml`.
pub(crate) fn spelling() -> io::Result<Tally> {
    succeeds(&mut TYPOS.command("--format brief")).map(Tally::one)
}

/// Whether each fault of `tests/planted` can still be planted: one that does not apply proves nothing, and
/// `cargo xtask planted` takes hours to say so.
pub(crate) fn patches() -> io::Result<Tally> {
    let mut tally = Tally::default();
    for file in planted::files()? {
        let applies =
            succeeds(Command::new("git").args(["apply", "--check"]).arg(&file).current_dir(root()))?;
        if !applies {
            eprintln!("patches: {} does not apply", file.display());
        }
        tally += Tally::one(applies);
    }
    Ok(tally)
}
