//! The arrows between the files of a crate: none knows one that knows it, be it over others.
//!
//! Finer than the rooms, and without a table: only circles are faults. A path counts for the longest part of it
//! that is a file; what a file declares as its module it may show to those outside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::workspace::Source;

/// Folders of the crates that this holds for.
pub(crate) const TREES: &[&str] = &["core"];

/// Path of a module below the crate, as `["sync", "reply"]`.
type Module = Vec<String>;

/// Which file knows which, as `sync::reply`. `folder` is that of the crate, relative to the workspace.
pub(crate) fn arrows(folder: &str, sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let src = Path::new(folder).join("src");
    let inside = sources.iter().filter_map(|s| Some((module(s.path.strip_prefix(&src).ok()?)?, &s.text)));
    let modules: BTreeMap<Module, &String> = inside.collect();
    let mut arrows = BTreeMap::new();
    for (from, text) in &modules {
        let code = code(text);
        let parent: Module = from.iter().take(from.len() - 1).cloned().collect();
        let mut named = paths(&code, "crate::");
        named.extend(paths(&code, "super::").into_iter().map(|path| [parent.clone(), path].concat()));
        let declared = code.lines().filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
        named.extend(declared.map(|child| [from.clone(), vec![child.to_owned()]].concat()));
        let known = named.into_iter().filter_map(|mut path| {
            while !path.is_empty() && !modules.contains_key(&path) {
                path.pop();
            }
            Some(path).filter(|path| !path.is_empty() && path != from)
        });
        arrows.insert(from.join("::"), known.map(|path| path.join("::")).collect());
    }
    arrows
}

/// What is left when everything is taken away that knows nothing that is left: circles, and what stands on them.
pub(crate) fn circles(mut left: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let is_lowest = |known: &BTreeSet<String>| known.is_empty();
        let lowest: Vec<String> =
            left.iter().filter(|(_, known)| is_lowest(known)).map(|(name, _)| name.clone()).collect();
        if lowest.is_empty() {
            return left.iter().map(|(name, known)| format!("{name} → {known:?}")).collect();
        }
        left.retain(|name, _| !lowest.contains(name));
        left.values_mut().for_each(|known| known.retain(|name| !lowest.contains(name)));
    }
}

/// The module of a file; `None` for `lib.rs` and `main.rs`, which name them all.
fn module(file: &Path) -> Option<Module> {
    let inner = file.with_extension("");
    let mut parts: Module = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.pop_if(|last| last == "mod");
    (parts != ["lib"] && parts != ["main"]).then_some(parts)
}

/// The code of a file without its comments and its own tests.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\n").next().unwrap_or_default();
    shipped.lines().filter_map(|line| line.split("//").next()).collect::<Vec<_>>().join("\n")
}

/// Paths that begin with `from` in a text, groups in braces taken apart.
fn paths(text: &str, from: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(from) {
        let (before, after) = text.split_at(at);
        // `self::super` and the tail of a longer name are no beginning.
        if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            && let Some(path) = after.strip_prefix(from)
        {
            tree(path, &Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one path or one group; returns what follows it.
fn tree<'t>(text: &'t str, above: &Module, found: &mut Vec<Module>) -> &'t str {
    let mut text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        text = group.trim_start();
        while !text.is_empty() && !text.starts_with('}') {
            text = tree(text, above, found).trim_start().trim_start_matches(',').trim_start();
        }
        return text.strip_prefix('}').unwrap_or_default();
    }
    let (name, after) =
        text.split_at(text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len()));
    let mut path = above.clone();
    path.extend(Some(name).filter(|name| !matches!(*name, "self" | "")).map(str::to_owned));
    match after.strip_prefix("::") {
        Some(below) => tree(below, &path, found),
        None => {
            found.push(path);
            // A sign that no path has: `*` after the last `::`.
            after.strip_prefix('*').unwrap_or(after)
        }
    }
}

#[cfg(test)]
mod planted {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let source = |(path, text): &(&str, &str)| Source { path: path.into(), text: (*text).to_owned() };
        circles(arrows("core", &files.iter().map(source).collect::<Vec<_>>()))
    }

    #[test]
    fn a_circle_over_a_third_file_is_found() {
        let files = [
            ("core/src/lib.rs", "mod a; mod b;"),
            ("core/src/a.rs", "use crate::{b::{self, Row}, c::*};"),
            ("core/src/b/mod.rs", "mod d;"),
            ("core/src/b/d.rs", "use super::super::c;\nuse crate::c::Thing;"),
            ("core/src/c.rs", "fn f(_: &crate::a::Name) {}"),
        ];
        assert_eq!(found(&files).len(), 4);
    }

    #[test]
    fn a_tree_comments_and_tests_are_no_circle() {
        let files = [
            ("core/src/a.rs", "use crate::b; // see crate::a"),
            ("core/src/b.rs", "//! crate::a\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}"),
            ("sync-server/src/b.rs", "use crate::a;"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }
}
