//! `pantau-drill`: see `--help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

fn main() {
    let dict = pantau_drill::train::dictionary().unwrap_or_default();
    let _ = std::fs::write("protocol/assets/dictionary-1.zdict", dict);
}
