//! What the rules look at: the packages of the workspace and their Rust files.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

pub(crate) fn workspace() -> Result<Workspace, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What the rules read of `cargo metadata`.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// None for what is found by path, so for all of the workspace.
    pub(crate) source: Option<String>,
    /// What the manifest calls it, if not by its name.
    pub(crate) rename: Option<String>,
    /// None, `dev` or `build`.
    pub(crate) kind: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

pub(crate) struct Source {
    /// Relative to the workspace root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Workspace {
    /// Every Rust file of every package.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, Box<dyn Error>> {
        let mut paths = Vec::new();
        for package in &self.packages {
            let folder = package.manifest_path.parent().ok_or("a manifest without a folder")?;
            rust_files(folder, &mut paths)?;
        }
        paths.iter().map(|path| self.read(path)).collect()
    }

    /// Every package's manifest.
    pub(crate) fn manifests(&self) -> Result<Vec<Source>, Box<dyn Error>> {
        self.packages.iter().map(|package| self.read(&package.manifest_path)).collect()
    }

    fn read(&self, path: &Path) -> Result<Source, Box<dyn Error>> {
        let text = fs::read_to_string(path)?;
        Ok(Source { path: path.strip_prefix(&self.workspace_root)?.to_owned(), text })
    }
}

impl Package {
    pub(crate) fn arrows(&self) -> impl Iterator<Item = &str> {
        let inner = self.dependencies.iter().filter(|to| to.source.is_none());
        inner.map(|to| to.name.as_str())
    }
}

impl Source {
    pub(crate) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name == "target" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
