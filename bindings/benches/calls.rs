//! What a call costs through JNA and ctypes: hands over to `cargo xtask calls`, which builds library, server
//! and sources and starts both languages.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut calls = Command::new(cargo);
    calls.args(["xtask", "calls"]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    match calls.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
