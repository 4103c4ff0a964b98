//! The API as an app team sees it: the signatures of the generated sources, kept in `bindings/api.txt`, so that a
//! change of the API is seen in review and never made by accident.

use std::{
    fs, io,
    path::Path,
    process::{Command, ExitCode},
};

use crate::bindings;
use crate::command::{root, succeeds};
use crate::tally::Tally;

/// Where the signatures are kept.
const FILE: &str = "bindings/api.txt";

/// Compare the API with bindings/api.txt
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Keep the API as it is now
    #[arg(long)]
    bless: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match check(args.bless) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("api: {error}");
            ExitCode::from(2)
        }
    }
}

/// As a part of the tests.
pub(crate) fn part() -> io::Result<Tally> {
    check(false).map(Tally::one)
}

fn check(bless: bool) -> io::Result<bool> {
    // The test hooks are no part of it.
    let Some(sources) = bindings::shipped_sources()? else { return Ok(false) };
    let now = signatures(&sources.join("swift"))?;
    let kept = root().join(FILE);
    if bless {
        fs::write(&kept, now)?;
        return Ok(true);
    }
    if fs::read_to_string(&kept).is_ok_and(|kept| kept == now) {
        return Ok(true);
    }
    let found = sources.join("api.txt");
    fs::write(&found, now)?;
    succeeds(Command::new("diff").args(["--unified", FILE]).arg(&found).current_dir(root()))?;
    eprintln!("api: the API is not as kept in {FILE}; if that is meant: cargo xtask api --bless");
    Ok(false)
}

/// The public declarations of the generated Swift, which is the most compact of the three languages: without
/// comments, bodies and what UniFFI needs for itself.
fn signatures(swift: &Path) -> io::Result<String> {
    let mut files: Vec<_> = fs::read_dir(swift)?.collect::<Result<_, _>>()?;
    files.retain(|f| f.path().extension().is_some_and(|e| e == "swift"));
    files.sort_by_key(fs::DirEntry::file_name);
    let mut all = String::new();
    for file in files {
        let source = fs::read_to_string(file.path())?;
        // What UniFFI needs for itself comes first.
        let own = source.lines().skip_while(|line| !line.starts_with("public protocol "));
        for line in own.filter(|line| is_declaration(line)) {
            all.push_str(line.trim_end().trim_end_matches('{').trim_end());
            all.push('\n');
        }
    }
    Ok(all)
}

fn is_declaration(line: &str) -> bool {
    const INTERNAL: &[&str] = &[
        "FfiConverter",
        "uniffi",
        "RustBuffer",
        "Pointer",
        "Handle",
        "UniFFI",
        "static func",
        "errorDescription",
    ];
    let words = line.trim_start();
    let is_shallow = line.len() - words.len() <= 4;
    let starts = ["public ", "func ", "case "].iter().any(|start| words.starts_with(start));
    is_shallow && starts && !INTERNAL.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_app_sees_is_kept() {
        assert!(is_declaration("    func status() async throws  -> Status"));
        assert!(is_declaration("public struct Saved: Equatable, Hashable {"));
        assert!(!is_declaration("        case .saved:"));
        assert!(!is_declaration("public struct FfiConverterTypeSaved: FfiConverterRustBuffer {"));
        assert!(!is_declaration("    public static func lift(_ value: Int8) throws -> Bool {"));
        assert!(!is_declaration("    // public"));
    }
}
