//! `cargo xtask size`: how large the library is that ships in an app, and what it is made of.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    command::{cargo, exit_code, succeeds, target},
    mobile::{Platform, small},
};

/// Ceiling for the library without SQLCipher, in bytes: 4.3 MB (design: x86_64 Linux, mobile profile).
const CEILING: u64 = 4_300_000;

/// Measure the library that ships in an app (mobile profile, stripped)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,

    /// Do not build the variant with SQLCipher: OpenSSL alone takes minutes
    #[arg(long)]
    plain_only: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let outcome = measure(args).map(|found| {
        let Some(found) = found else { return false };
        println!("{}", if args.json { found.json() } else { found.table() });
        if found.plain > CEILING {
            eprintln!("size: {} bytes, the ceiling is {CEILING}", found.plain);
        }
        found.plain <= CEILING
    });
    exit_code("size", outcome)
}

struct Found {
    plain: u64,
    sqlcipher: Option<u64>,
    /// The largest ten, in bytes of code and constants.
    crates: Vec<(String, u64)>,
}

impl Found {
    fn json(&self) -> String {
        let crates: Vec<String> =
            self.crates.iter().map(|(name, bytes)| format!("\"{name}\":{bytes}")).collect();
        let sqlcipher = self.sqlcipher.map_or("null".to_owned(), |bytes| bytes.to_string());
        format!(
            "{{\"plain_bytes\":{},\"sqlcipher_bytes\":{sqlcipher},\"ceiling_bytes\":{CEILING},\"crates\":{{{}}}}}",
            self.plain,
            crates.join(",")
        )
    }

    fn table(&self) -> String {
        let mut table =
            format!("{:<24}{:>12}\n{:<24}{:>12}\n", "bytes, plain", self.plain, "ceiling", CEILING);
        if let Some(bytes) = self.sqlcipher {
            // Writing to a String cannot fail.
            let _ = writeln!(table, "{:<24}{bytes:>12}", "bytes, SQLCipher");
        }
        for (name, bytes) in &self.crates {
            let _ = writeln!(table, "  {name:<22}{bytes:>12}");
        }
        table
    }
}

fn measure(args: &Args) -> io::Result<Option<Found>> {
    let Some(library) = build(&[], "mobile-plain")? else { return Ok(None) };
    let (plain, crates) = (stripped(&library)?, largest(&library)?);
    let sqlcipher = match args.plain_only {
        true => None,
        false => match build(&["--features", "sqlcipher"], "mobile-sqlcipher")? {
            Some(library) => Some(stripped(&library)?),
            None => return Ok(None),
        },
    };
    Ok(Some(Found { plain, sqlcipher, crates }))
}

/// Builds the library in a target folder of its own, so that the variants do not undo each other.
fn build(features: &[&str], folder: &str) -> io::Result<Option<PathBuf>> {
    let folder = target().join(folder);
    let mut build = cargo("build --locked --profile mobile --package pantau-bindings --target-dir");
    let built = succeeds(small(build.arg(&folder).args(features), Platform::Linux, &[]))?;
    Ok(built.then(|| folder.join("mobile").join("libpantau_core_ffi.so")))
}

/// Bytes of the copy that ships.
fn stripped(library: &Path) -> io::Result<u64> {
    let copy = library.with_extension("shipped.so");
    if !succeeds(Command::new("strip").arg("-o").arg(&copy).arg(library))? {
        return Err(io::Error::other("strip failed (package binutils)"));
    }
    Ok(copy.metadata()?.len())
}

/// The ten crates with the most bytes, by the symbols of the library before it is stripped.
fn largest(library: &Path) -> io::Result<Vec<(String, u64)>> {
    let listed = Command::new("nm").args(["--print-size", "--demangle=rust"]).arg(library).output()?;
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let mut words = line.splitn(4, ' ').skip(1);
        let (Some(size), Some(_), Some(name)) = (words.next(), words.next(), words.next()) else { continue };
        if let Ok(size) = u64::from_str_radix(size, 16) {
            *sizes.entry(owner(name)).or_default() += size;
        }
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    sizes.truncate(10);
    Ok(sizes)
}

/// The crate a symbol comes from, as far as its name tells.
fn owner(symbol: &str) -> String {
    const C: &[(&str, &str)] = &[
        ("sqlite3", "sqlite (C)"),
        ("ZSTD", "zstd (C)"),
        ("HUF_", "zstd (C)"),
        ("FSE_", "zstd (C)"),
        ("ring_core", "ring (C)"),
        ("uniffi_", "uniffi scaffolding"),
    ];
    if let Some((_, name)) = C.iter().find(|(prefix, _)| symbol.starts_with(prefix)) {
        return (*name).to_owned();
    }
    if !symbol.contains("::") {
        return "other C and data".into();
    }
    let path = symbol.trim_start_matches(['<', '&', '(', '*', '[']);
    let path = ["mut ", "dyn ", "const "].iter().fold(path, |p, word| p.trim_start_matches(word));
    let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() { "other".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_tells_its_crate() {
        for (symbol, name) in [
            ("sqlite3VdbeExec", "sqlite (C)"),
            ("<&mut tokio::net::TcpStream as core::fmt::Debug>::fmt", "tokio"),
            ("pantau_core::capture::save", "pantau_core"),
            ("_init", "other C and data"),
        ] {
            assert_eq!(owner(symbol), name);
        }
    }
}
