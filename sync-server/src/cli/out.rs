//! What commands print: results on standard output, talk and progress on standard error. The only module
//! that prints. All of it is made legible: what came from a phone or a file must not command the terminal.
#![expect(clippy::print_stderr, reason = "the command line talks to people")]

use std::io::{IsTerminal as _, Write as _};

use pantau_protocol::legible::legible;

/// A result. A closed pipe is no error: `pantau-server stats | head` just ends.
pub(crate) fn line(text: impl std::fmt::Display) {
    picture(legible(&text.to_string()));
}

/// A picture that we drew ourselves and that may command the terminal: a QR code in its colours.
pub(crate) fn picture(drawn: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{drawn}");
}

/// Talk about what is going on.
pub(crate) fn note(text: impl std::fmt::Display) {
    eprintln!("{}", legible(&text.to_string()));
}

/// Progress of long work: overwrites itself on a terminal, and is silent elsewhere.
pub(crate) fn progress(what: &str, done: u64, all: u64) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let end = if done >= all { "\n" } else { "" };
    eprint!("\r{what}: {done} / {all}{end}");
    let _ = std::io::stderr().flush();
}

/// Asks a question on the terminal; `None` where nobody can answer.
pub(crate) fn ask(question: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    eprint!("{} ", legible(question));
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    Some(answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// Asks for something that must not show on the screen.
pub(crate) fn ask_hidden(question: &str) -> Option<String> {
    let _quiet = Quiet::start();
    let answer = ask(question);
    eprintln!();
    answer
}

/// Echo switched off until dropped.
struct Quiet;

impl Quiet {
    fn start() -> Self {
        Self::echo("-echo");
        Self
    }

    fn echo(mode: &str) {
        let _ = std::process::Command::new("stty").arg(mode).stdin(std::process::Stdio::inherit()).status();
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        Self::echo("echo");
    }
}
