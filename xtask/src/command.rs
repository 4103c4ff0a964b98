//! Child processes: started in the workspace root, their output passed on as it comes.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// `cargo` with these space-separated arguments, as if typed in the workspace root.
///
/// What `cargo run` told *us* about the package xtask is taken out: build scripts
/// that watch such variables (ring's does) would build anew at every change between
/// `cargo xtask test` and a plain `cargo test`.
pub(crate) fn cargo(args: &str) -> Command {
    typed(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args)
}

/// Like [`cargo`], for any program.
pub(crate) fn typed(program: impl AsRef<OsStr>, args: &str) -> Command {
    let mut command = Command::new(program);
    command.args(args.split(' ')).current_dir(root());
    for (name, _) in env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// The workspace root.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where build results go.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Runs to the end with our own output streams; whether it exited with 0.
pub(crate) fn succeeds(command: &mut Command) -> io::Result<bool> {
    Ok(command.status()?.success())
}

/// What a command of ours exits with: 0, or 1 if something failed, or 2 with the reason if it could not be tried.
pub(crate) fn exit_code(name: &str, outcome: io::Result<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::from(2)
        }
    }
}

/// The same command with what it says on standard error in its standard output, where [`stream`] reads it.
pub(crate) fn merged(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// Like [`succeeds`], and shows each line of standard output to `read` on its way.
pub(crate) fn stream(command: &mut Command, mut read: impl FnMut(&str)) -> io::Result<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while stdout.read_until(b'\n', &mut bytes)? > 0 {
            let line = String::from_utf8_lossy(&bytes);
            print!("{line}");
            read(line.trim_end());
            bytes.clear();
        }
    }
    Ok(child.wait()?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_each_line_and_the_outcome() {
        let mut lines = Vec::new();
        let script = ["-c", "echo one; echo; printf two; exit 3"];
        let succeeded = stream(Command::new("sh").args(script), |line| lines.push(line.to_owned())).unwrap();
        assert!(!succeeded);
        assert_eq!(lines, ["one", "", "two"]);
    }

    #[test]
    fn a_merged_command_is_read_whole() {
        let mut lines = Vec::new();
        let mut script = Command::new("sh");
        script.args(["-c", "echo \"$WORD in $(pwd)\" >&2"]).env("WORD", "said").current_dir("/");
        assert!(stream(&mut merged(&script), |line| lines.push(line.to_owned())).unwrap());
        assert_eq!(lines, ["said in /"]);
    }
}
