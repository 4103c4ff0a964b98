//! The API as an app team sees it: the signatures of the generated sources, kept in `bindings/api.txt`, so that a
//! change of the API is seen in review and never made by accident.

use std::{
    fs, io,
    path::Path,
    process::{Command, ExitCode},
};

use crate::bindings;
use crate::command::{exit_code, root, succeeds};
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
    exit_code("api", check(args.bless))
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
        for declaration in declarations(&fs::read_to_string(file.path())?) {
            all.push_str(&declaration);
            all.push('\n');
        }
    }
    Ok(all)
}

/// What an app sees of a source: each type and its parts, each function, one to a line.
fn declarations(source: &str) -> Vec<String> {
    let mut kept = Vec::new();
    // Whether the parts that follow belong to a type that is kept.
    let mut is_inside = false;
    for statement in statements(source) {
        let is_part = statement.starts_with(' ');
        let text = tidy(&statement);
        let text = text.strip_prefix("public ").unwrap_or(&text);
        if !is_part {
            let is_type = ["protocol ", "struct ", "enum "].iter().any(|kind| text.starts_with(kind));
            let is_public = statement.starts_with("public ") && !is_internal(text);
            is_inside = is_public && is_type;
            if is_public && (is_type || text.starts_with("func ")) {
                kept.push(text.to_owned());
            }
        } else if is_inside && is_seen(text) {
            kept.push(format!("    {text}"));
        }
    }
    kept
}

/// What UniFFI needs for itself.
fn is_internal(text: &str) -> bool {
    ["Ffi", "uniffi", "Uniffi", "UniFFI", "RustBuffer", "ForeignBytes"].iter().any(|word| text.contains(word))
}

/// Parts of a type: its methods, fields and cases, and an initializer where it has defaults.
fn is_seen(part: &str) -> bool {
    let is_named = ["func ", "let ", "case "].iter().any(|start| part.starts_with(start));
    is_named || part.starts_with("init(") && part.contains(" = ")
}

/// The lines of a source without comments; one that goes on, in brackets or after a lonely `public`, is joined.
/// Only the indentation of types and their parts is of interest: what lies deeper is a body.
fn statements(source: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let (mut open, mut is_joined) = (0_usize, false);
    for line in without_comments(source).lines() {
        let words = line.trim();
        let depth = line.len() - line.trim_start().len();
        if words.is_empty() || (open == 0 && !is_joined && depth > 4) {
            continue;
        }
        match all.last_mut().filter(|_| open > 0 || is_joined) {
            Some(last) => {
                last.push(' ');
                last.push_str(words);
            }
            None => all.push(format!("{}{words}", " ".repeat(depth))),
        }
        let (opened, closed) = (words.matches('(').count(), words.matches(')').count());
        open = (open + opened).saturating_sub(closed);
        is_joined = words == "public";
    }
    all
}

fn without_comments(source: &str) -> String {
    let mut code = String::new();
    for (n, piece) in source.split("/*").enumerate() {
        code.push_str(if n == 0 { piece } else { piece.split_once("*/").map_or("", |(_, after)| after) });
    }
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// One space between words, none inside brackets, and no body.
fn tidy(statement: &str) -> String {
    let words: Vec<_> = statement.trim_end_matches('{').split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")").replace(")async", ") async")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_app_sees_is_kept() {
        let source = r"
public struct Saved: Equatable, Hashable {
    /**
     * Its id (a UUID).
     */
    public let id: String

    public init(
        /**
         * Its id.
         */id: String) {
        self.id = id
    }
}

public struct Filter {
    public let search: String?
    public init(search: String? = nil) {
        self.search = search
    }
}

public
enum Oops: Swift.Error {

    // Not a declaration: func
    case Invalid(
        /**
         * Which.
         */field: String, 
        detail: String
    )
    public var errorDescription: String? {
        String(reflecting: self)
    }
}

public struct FfiConverterTypeOops: FfiConverterRustBuffer {
    public static func read() throws -> Oops {
        switch variant {
        case 1: return .Invalid
    }
    func internal()
}

public protocol Door: AnyObject {
    func open(with: String)async throws  -> Saved
}
open class RealDoor: Door {
    let handle: UInt64
}
public func FfiConverterTypeOops_lift(_ buf: RustBuffer) -> Oops {
}
public func explain(end: Oops)  -> String  {
    return try!  lift()
}
";
        assert_eq!(
            declarations(source),
            [
                "struct Saved: Equatable, Hashable",
                "    let id: String",
                "struct Filter",
                "    let search: String?",
                "    init(search: String? = nil)",
                "enum Oops: Swift.Error",
                "    case Invalid(field: String, detail: String)",
                "protocol Door: AnyObject",
                "    func open(with: String) async throws -> Saved",
                "func explain(end: Oops) -> String",
            ]
        );
    }
}
