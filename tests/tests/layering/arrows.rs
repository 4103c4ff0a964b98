//! Reads the rooms of a crate and the arrows between them from the text of its source files.
//!
//! No parser: `crate::x`, `crate::{x, y::z}` and the `super::` paths that mean the same suffice, since rustfmt keeps
//! the shape of the rest. What is declared under `#[cfg(test)]` and what stands in a comment line does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::workspace::Source;

pub(crate) struct Crate {
    /// The modules that `lib.rs` declares.
    pub(crate) rooms: Vec<String>,
    pub(crate) arrows: Vec<Arrow>,
    /// Paths whose first name is neither a room nor re-exported from one.
    pub(crate) unknown: Vec<String>,
}

/// One file of `from` that names `to`; of several files the first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) file: String,
}

/// `folder` is that of the crate, relative to the workspace.
pub(crate) fn read(folder: &str, sources: &[Source]) -> Crate {
    let src = Path::new(folder).join("src");
    let mut files: Vec<(Vec<String>, String, String)> = Vec::new();
    for source in sources {
        if let Ok(path) = source.path.strip_prefix(&src) {
            files.push((module(path), code(&source.text), source.shown()));
        }
    }
    files.sort();
    let tests: BTreeSet<Vec<String>> =
        files.iter().flat_map(|(module, text, _)| test_modules(module, text)).collect();
    let root = src.join("lib.rs").display().to_string();
    let lib = files.iter().find(|(_, _, file)| *file == root).map_or("", |(_, text, _)| text);
    let rooms: Vec<String> =
        declared(lib).filter(|name| !tests.contains(&vec![(*name).to_owned()])).map(str::to_owned).collect();
    let exported = exported(lib);

    let (mut arrows, mut unknown): (Vec<Arrow>, _) = (Vec::new(), Vec::new());
    for (module, text, file) in &files {
        let Some(from) = module.first().filter(|room| rooms.contains(room)) else { continue };
        if (1..=module.len()).any(|n| tests.contains(module.get(..n).unwrap_or_default())) {
            continue;
        }
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for name in named(text, module.len()) {
            let to = exported.get(name).copied().unwrap_or(name);
            if !rooms.iter().any(|room| room == to) {
                unknown.push(format!("{file}: crate::{name}"));
            } else if to != from && !arrows.iter().any(|a| a.from == *from && a.to == to) {
                arrows.push(Arrow { from: from.clone(), to: to.to_owned(), file: file.clone() });
            }
        }
    }
    Crate { rooms, arrows, unknown }
}

/// The rooms of another crate that the sources in `folder` name by `name::`.
pub(crate) fn abroad(folder: &str, name: &str, lib: &str, sources: &[Source]) -> BTreeSet<String> {
    let src = Path::new(folder).join("src");
    let exported = exported(lib);
    let here = sources.iter().filter(|source| source.path.starts_with(&src));
    let here = here.filter(|source| !source.path.iter().any(|part| part == "tests" || part == "tests.rs"));
    let mut rooms = BTreeSet::new();
    for source in here {
        let text = code(&source.text);
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for rest in text.split(&format!("{name}::")).skip(1) {
            rooms.extend(
                first_names(rest).into_iter().map(|n| exported.get(n).copied().unwrap_or(n).to_owned()),
            );
        }
    }
    rooms
}

/// `sync/page.rs` is sync::page, `store/mod.rs` is store, `lib.rs` is nothing.
fn module(path: &Path) -> Vec<String> {
    let path = path.with_extension("");
    let mut parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    parts
}

/// Without comment lines and indentation.
fn code(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn test_modules<'a>(module: &'a [String], text: &'a str) -> impl Iterator<Item = Vec<String>> + 'a {
    let is_test = |line: &str| line == "#[cfg(test)]" || line.starts_with("#[cfg(any(test, ");
    let after = text.lines().zip(text.lines().skip(1)).filter(move |(line, _)| is_test(line));
    let names = after.filter_map(|(_, next)| module_name(next));
    names.map(move |name| [module, &[name.to_owned()]].concat())
}

fn declared(lib: &str) -> impl Iterator<Item = &str> {
    lib.lines().filter_map(module_name)
}

/// Of `mod x;`, public or not.
fn module_name(line: &str) -> Option<&str> {
    let (before, name) = line.strip_suffix(';')?.split_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

/// Which room a name of the crate's root comes from.
fn exported(lib: &str) -> BTreeMap<&str, &str> {
    let mut rooms = BTreeMap::new();
    for line in lib.split(';').filter_map(|statement| statement.trim().strip_prefix("pub use ")) {
        if let Some((room, names)) = line.split_once("::") {
            let names = names.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            rooms.extend(names.filter(|name| !name.is_empty()).map(|name| (name, room)));
        }
    }
    rooms
}

/// The first names of all paths from the crate's root, seen from a module `depth` below it.
fn named(text: &str, depth: usize) -> Vec<&str> {
    let from_here = "super::".repeat(depth);
    let mut names = Vec::new();
    for root in ["crate::", from_here.as_str()] {
        for (at, _) in text.match_indices(root) {
            let (before, after) = text.split_at(at);
            let is_whole = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$'));
            if is_whole && let Some(after) = after.strip_prefix(root) {
                names.extend(first_names(after));
            }
        }
    }
    names.retain(|name| !matches!(*name, "super" | "self"));
    names
}

/// `a` of `a::b`; `a` and `c` of `{a::{self, b}, c}`.
fn first_names(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else { return first_name(path).into_iter().collect() };
    let (mut depth, mut names, mut expects) = (0_usize, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects = true,
            _ if expects && !c.is_whitespace() => {
                names.extend(group.get(at..).and_then(first_name));
                expects = false;
            }
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> Option<&str> {
    path.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod planted {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.to_owned() }
    }

    const LIB: &str = "//! A crate.\npub mod store;\nmod row;\nmod sync;\nmod outbox;\n#[cfg(test)]\nmod rig;\n\npub use store::{Store,\n    Error};\n";

    fn arrows(path: &str, text: &str) -> Vec<String> {
        let read = read("core", &[source("core/src/lib.rs", LIB), source(path, text)]);
        assert_eq!(read.rooms, ["store", "row", "sync", "outbox"]);
        assert_eq!(read.unknown, Vec::<String>::new());
        read.arrows.iter().map(|a| format!("{} → {}", a.from, a.to)).collect()
    }

    #[test]
    fn every_way_to_name_a_room_is_found() {
        let one = ["sync → store"];
        assert_eq!(arrows("core/src/sync.rs", "use crate::store::Row;"), one);
        assert_eq!(arrows("core/src/sync.rs", "fn f() -> crate::store::Row {}"), one);
        assert_eq!(arrows("core/src/sync.rs", "use super::store;"), one);
        assert_eq!(arrows("core/src/sync/mod.rs", "use crate::Error;"), one);
        assert_eq!(arrows("core/src/sync/page.rs", "use super::super::store;"), one);
        let both = "use crate::{\n    row::{self, Row}, store::{Tx, sync},\n};";
        assert_eq!(arrows("core/src/sync.rs", both), ["sync → row", "sync → store"]);
    }

    #[test]
    fn neighbours_comments_and_tests_are_no_arrows() {
        let none = Vec::<String>::new();
        assert_eq!(arrows("core/src/sync/page.rs", "use super::store;"), none);
        assert_eq!(arrows("core/src/sync.rs", "/// See [`crate::store`].\nuse crate::sync::page;"), none);
        assert_eq!(arrows("core/src/sync.rs", "#[cfg(test)]\nmod tests {\n    use crate::store;\n}"), none);
        assert_eq!(arrows("core/src/rig.rs", "use crate::store;"), none);
        assert_eq!(arrows("core/src/sync.rs", "use $crate::store; use other_crate::store;"), none);
    }

    #[test]
    fn a_test_module_in_a_file_of_its_own_is_no_arrow() {
        let files = [
            source("core/src/lib.rs", LIB),
            source("core/src/sync.rs", "mod page;\n#[cfg(test)]\nmod flood;\n"),
            source("core/src/sync/page.rs", "use crate::row;"),
            source("core/src/sync/flood.rs", "use crate::store;"),
            source("core/src/sync/flood/deep.rs", "use crate::outbox;"),
        ];
        let found = read("core", &files).arrows;
        assert_eq!(found.iter().map(|a| a.to.as_str()).collect::<Vec<_>>(), ["row"]);
    }

    #[test]
    fn a_name_that_leads_nowhere_is_told() {
        let files = [source("core/src/lib.rs", LIB), source("core/src/sync.rs", "use crate::gone;")];
        assert_eq!(read("core", &files).unknown, ["core/src/sync.rs: crate::gone"]);
    }
}
