//! The files of this crate form a tree of rooms: none knows one that knows it, be it over others.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Path of a module below the crate, as `["sync", "reply"]`.
type Module = Vec<String>;

fn sources(dir: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.push(path);
        }
    }
}

/// The module of a file; `None` for `lib.rs`, which names them all.
fn module(root: &Path, file: &Path) -> Option<Module> {
    let inner = file.strip_prefix(root).unwrap().with_extension("");
    let mut parts: Module = inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    (parts != ["lib"]).then_some(parts)
}

/// The code of a file without its comments and its own tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let shipped = text.split("#[cfg(test)]\n").next().unwrap();
    shipped.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Paths that begin with `from` in a text, groups in braces taken apart.
fn paths(text: &str, from: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(from) {
        // `self::super` and the tail of a longer name are no beginning.
        if !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            tree(&text[at + from.len()..], &Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one path or one group; returns what follows it.
fn tree<'t>(text: &'t str, above: &Module, found: &mut Vec<Module>) -> &'t str {
    let mut text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        text = group.trim_start();
        while !text.starts_with('}') {
            text = tree(text, above, found).trim_start().trim_start_matches(',').trim_start();
        }
        return &text[1..];
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut path = above.clone();
    if &text[..end] != "self" {
        path.push(text[..end].to_owned());
    }
    match text[end..].strip_prefix("::") {
        Some(below) => tree(below, &path, found),
        None => {
            found.push(path);
            &text[end..]
        }
    }
}

/// Which file knows which.
fn arrows() -> BTreeMap<Module, BTreeSet<Module>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let modules: BTreeMap<Module, &PathBuf> =
        files.iter().filter_map(|f| Some((module(&root, f)?, f))).collect();
    let mut arrows = BTreeMap::new();
    for (from, file) in &modules {
        let code = code(file);
        let parent: Module = from[..from.len() - 1].to_vec();
        let mut named = paths(&code, "crate::");
        named.extend(paths(&code, "super::").into_iter().map(|path| [parent.clone(), path].concat()));
        // What a room itself declares it may show to those outside.
        let shown = code.lines().filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
        named.extend(shown.map(|child| [from.clone(), vec![child.to_owned()]].concat()));
        let known = named.into_iter().filter_map(|mut path| {
            while !path.is_empty() && !modules.contains_key(&path) {
                path.pop();
            }
            Some(path).filter(|path| !path.is_empty() && path != from)
        });
        arrows.insert(from.clone(), known.collect());
    }
    arrows
}

/// What is left when everything is taken away that knows nothing that is left: circles, and what stands on them.
fn circles(mut left: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let is_lowest = |known: &BTreeSet<String>| known.is_empty();
        let lowest: Vec<String> =
            left.iter().filter(|(_, known)| is_lowest(known)).map(|(name, _)| name.clone()).collect();
        if lowest.is_empty() {
            return left.iter().map(|(name, known)| format!("{name} -> {known:?}")).collect();
        }
        left.retain(|name, _| !lowest.contains(name));
        left.values_mut().for_each(|known| known.retain(|name| !lowest.contains(name)));
    }
}

#[test]
fn no_file_knows_one_that_knows_it() {
    let arrows = arrows();
    assert!(arrows.len() > 40, "the files were not found");
    let of = |path: &[&str]| path.iter().map(|part| (*part).to_owned()).collect::<Module>();
    assert!(arrows[&of(&["phone"])].contains(&of(&["store", "setting"])), "arrows were not read");
    let names = |known: BTreeSet<Module>| known.iter().map(|path| path.join("::")).collect();
    let left = circles(arrows.into_iter().map(|(from, known)| (from.join("::"), names(known))).collect());
    assert!(left.is_empty(), "{left:#?}");
}

/// A room is one file, or a folder of files.
#[test]
fn no_room_knows_one_that_knows_it() {
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, known) in arrows() {
        let known = known.into_iter().map(|path| path[0].clone()).filter(|room| *room != from[0]);
        rooms.entry(from[0].clone()).or_default().extend(known);
    }
    let left = circles(rooms);
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn a_circle_is_found() {
    let knows = |from: &str, to: &str| (from.to_owned(), [to.to_owned()].into());
    let left =
        circles(BTreeMap::from([knows("a", "b"), knows("b", "c"), knows("c", "b"), ("d".into(), [].into())]));
    assert_eq!(left.len(), 3);
}
