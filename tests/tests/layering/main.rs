//! The layering of the workspace, enforced:
//! `bindings → core → protocol ← log ← desk ← server`; all but `protocol` → `env`; `scenario` → `protocol`; `drill`,
//! `tests` → all; nothing else.
//! Inside `core` and the crates of the server the modules have arrows of their own: `rooms`.

mod arrows;
mod files;
mod rooms;
mod rules;
mod workspace;

use std::error::Error;
use std::path::Path;

use crate::workspace::workspace;

#[test]
fn workspace_arrows_follow_the_design() -> Result<(), Box<dyn Error>> {
    let offenders = rules::forbidden_arrows(&workspace()?.packages);
    assert_none("a workspace dependency the layering does not allow", &offenders);
    Ok(())
}

#[test]
fn the_server_never_sees_the_core() -> Result<(), Box<dyn Error>> {
    let packages = workspace()?.packages;
    for package in ["pantau-log", "pantau-desk", "pantau-server"] {
        let offenders = rules::uses(&packages, package, &["pantau-core"]);
        assert_none(&format!("{package} depends on the phone's code"), &offenders);
    }
    Ok(())
}

#[test]
fn the_core_never_sees_server_or_binding_frameworks() -> Result<(), Box<dyn Error>> {
    let frameworks = ["axum", "askama", "uniffi"];
    let offenders = rules::uses(&workspace()?.packages, "pantau-core", &frameworks);
    assert_none("the core depends on a framework of the layers around it", &offenders);
    Ok(())
}

#[test]
fn the_protocol_stays_pure() -> Result<(), Box<dyn Error>> {
    let offenders = rules::beyond_the_protocol(&workspace()?.packages);
    assert_none("the protocol depends on more than it may", &offenders);
    Ok(())
}

#[test]
fn rooms_inside_a_crate_form_a_tree() -> Result<(), Box<dyn Error>> {
    let sources = workspace()?.sources()?;
    for plan in rooms::PLANS {
        let code = arrows::read(plan.folder, &sources);
        assert!(!code.arrows.is_empty(), "{}: hardly an arrow was read", plan.folder);
        assert_none("the table of tests/layering/rooms.rs is wrong", &rooms::misplanned(plan, &code));
        assert_none("a module knows one it may not know", &rooms::forbidden(plan, &code));
        assert_none("a path to nothing that lib.rs declares or exports", &code.unknown);
    }
    Ok(())
}

#[test]
fn pages_know_the_reading_side_of_the_log_only() -> Result<(), Box<dyn Error>> {
    let sources = workspace()?.sources()?;
    let lib = sources.iter().find(|source| source.path == Path::new("sync-server/log/src/lib.rs"));
    let lib = lib.map(|source| source.text.as_str()).ok_or("no lib.rs")?;
    let known = arrows::abroad("sync-server/desk", "pantau_log", lib, &sources);
    let mut allowed: Vec<&str> = rooms::READ_BY_DESK.to_vec();
    allowed.sort_unstable();
    assert_eq!(known.iter().map(String::as_str).collect::<Vec<_>>(), allowed);
    Ok(())
}

#[test]
fn files_inside_a_crate_form_a_tree() -> Result<(), Box<dyn Error>> {
    let sources = workspace()?.sources()?;
    for folder in files::TREES {
        let arrows = files::arrows(folder, &sources);
        let known = arrows.values().map(std::collections::BTreeSet::len).sum::<usize>();
        assert!(known > arrows.len(), "{folder}: hardly an arrow was read");
        assert_none("files that know each other, be it over others", &files::circles(arrows));
    }
    Ok(())
}

#[test]
fn no_file_refers_to_a_document_that_is_not_here() -> Result<(), Box<dyn Error>> {
    let offenders = rules::unpublished(&workspace()?.sources()?);
    assert_none("cites sections of a design that is not in the repository: link docs/ instead", &offenders);
    Ok(())
}

#[test]
fn unsafe_code_stays_in_the_layer_under_sqlite() -> Result<(), Box<dyn Error>> {
    let workspace = workspace()?;
    assert_none("does not take the workspace's lints", &rules::unlinted(&workspace.manifests()?));
    assert_none("uses the layer under SQLite", &rules::shipped_shims(&workspace.packages));
    Ok(())
}

#[test]
fn no_package_is_named_core() -> Result<(), Box<dyn Error>> {
    let offenders = rules::named_core(&workspace()?.packages);
    assert_none("a crate named `core` hides the `::core` of macros", &offenders);
    Ok(())
}

#[test]
fn files_are_named_after_what_they_do() -> Result<(), Box<dyn Error>> {
    assert_none("a name that says nothing", &rules::empty_names(&workspace()?.sources()?));
    Ok(())
}

#[test]
fn files_stay_short() -> Result<(), Box<dyn Error>> {
    let rule = format!("over {} lines: split by idea, not by line", rules::MAX_LINES);
    assert_none(&rule, &rules::too_long(&workspace()?.sources()?));
    Ok(())
}

#[test]
fn every_file_says_what_it_is_for() -> Result<(), Box<dyn Error>> {
    let offenders = rules::unexplained(&workspace()?.sources()?);
    assert_none("does not open with `//!`", &offenders);
    Ok(())
}

#[test]
fn the_workspace_and_its_files_are_read() -> Result<(), Box<dyn Error>> {
    let workspace = workspace()?;
    let mut names = workspace.packages.iter().map(|package| &package.name);
    assert!(names.any(|name| name == "pantau-tests"));
    let this = Path::new("tests/tests/layering/main.rs");
    let sources = workspace.sources()?;
    assert!(sources.iter().any(|source| source.path == this));
    Ok(())
}

#[track_caller]
fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}
