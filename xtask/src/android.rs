//! `cargo xtask android`: the native libraries and the sources of the Android module, and its AAR.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    bindings::android_sources,
    command::{cargo, exit_code, root, succeeds, target},
    mobile::{Platform, small},
    tools::runs,
};

/// Android's names of what is built, and Rust's.
const ABIS: [(&str, &str); 3] = [
    ("arm64-v8a", "aarch64-linux-android"),
    ("armeabi-v7a", "armv7-linux-androideabi"),
    ("x86_64", "x86_64-linux-android"),
];
const LIBRARY: &str = "libpantau_core_ffi.so";
/// Least alignment of a segment: newer phones have pages of 16 KB.
const PAGE: u64 = 16 << 10;
/// The oldest Android that the module's `minSdk` allows.
const API: &str = "28";

/// Build the Android module: native libraries, sources, AAR (needs the Android SDK and NDK)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the Kotlin sources only: needs neither SDK nor NDK
    #[arg(long)]
    sources_only: bool,

    /// Cargo features of pantau-bindings, such as sqlcipher
    #[arg(long)]
    features: Option<String>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let out = target().join("android");
    let done = if args.sources_only { android_sources(&out.join("kotlin")) } else { build(args, &out) };
    if let Ok(true) = done {
        println!("written: {}", out.display());
    }
    exit_code("android", done)
}

fn build(args: &Args, out: &Path) -> io::Result<bool> {
    check_tools()?;
    let libraries = out.join("jniLibs");
    let _ = fs::remove_dir_all(&libraries);
    let mut ndk = cargo("ndk");
    ndk.args(ABIS.iter().flat_map(|(abi, _)| ["-t", abi]));
    ndk.args(["--platform", API, "-o"]).arg(&libraries);
    ndk.args(["build", "--locked", "--profile", "mobile", "--package", "pantau-bindings", "--target-dir"]);
    ndk.arg(target().join("mobile-android"));
    ndk.args(args.features.iter().flat_map(|features| ["--features", features]));
    if !succeeds(small(&mut ndk, Platform::Android, &ABIS.map(|(_, triple)| triple)))? {
        return Ok(false);
    }
    for (abi, _) in ABIS {
        check_library(&libraries.join(abi))?;
    }
    if !android_sources(&out.join("kotlin"))? {
        return Ok(false);
    }
    // Gradle strips what it packs.
    let mut gradle = Command::new("gradle");
    succeeds(gradle.arg("assembleRelease").current_dir(root().join("bindings/kotlin/android")))
}

/// What is missing and where it comes from, all at once.
fn check_tools() -> io::Result<()> {
    let mut missing = Vec::new();
    if ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT", "ANDROID_HOME", "ANDROID_SDK_ROOT"]
        .iter()
        .all(|name| env::var_os(name).is_none())
    {
        missing
            .push("ANDROID_HOME is not set: install Android Studio, its SDK and the NDK r28 or newer".into());
    }
    if !runs(&mut cargo("ndk --version")) {
        missing.push("cargo-ndk 4: cargo install --locked cargo-ndk".into());
    }
    if !runs(Command::new("gradle").arg("--version")) {
        missing.push("Gradle 8.11 or newer (gradle) with a JDK 17".into());
    }
    let there = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let there = there.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let lacking = ABIS.iter().map(|(_, triple)| *triple).filter(|t| !there.lines().any(|line| line == *t));
    let lacking: Vec<&str> = lacking.collect();
    if !lacking.is_empty() {
        missing.push(format!("targets of Rust: rustup target add {}", lacking.join(" ")));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!("missing:\n  {}", missing.join("\n  "))))
}

/// One library alone, and one that loads: cargo-ndk copies whatever else it finds.
fn check_library(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.file_name().is_none_or(|name| name != LIBRARY) {
            fs::remove_file(path)?;
        }
    }
    let path = folder.join(LIBRARY);
    match least_alignment(&fs::read(&path)?) {
        Some(least) if least < PAGE => {
            Err(io::Error::other(format!("{}: a segment is aligned to {least} bytes only", path.display())))
        }
        Some(_) => Ok(()),
        None => Err(io::Error::other(format!("{}: not a library", path.display()))),
    }
}

/// Least alignment of the segments that are loaded. A library for 32 bits runs on pages of 4 KB only, and counts as
/// aligned. `None` if this is no ELF file.
fn least_alignment(elf: &[u8]) -> Option<u64> {
    const LOAD: u32 = 1;
    let number = |at: usize, bytes: usize| {
        let field = elf.get(at..at.checked_add(bytes)?)?;
        Some(field.iter().rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte)))
    };
    if !elf.starts_with(b"\x7fELF") {
        return None;
    }
    match elf.get(4)? {
        1 => return Some(PAGE),
        2 => {}
        _ => return None,
    }
    let (table, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let mut least = None;
    for n in 0..count {
        let at = usize::try_from(table.checked_add(n.checked_mul(size)?)?).ok()?;
        if number(at, 4)? == u64::from(LOAD) {
            let alignment = number(at.checked_add(48)?, 8)?;
            least = Some(least.map_or(alignment, |known: u64| known.min(alignment)));
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a library for 64 bits with two segments, one of them loaded.
    fn library(alignment: u64) -> Vec<u8> {
        let mut elf = vec![0; 64 + 2 * 56];
        elf[..5].copy_from_slice(b"\x7fELF\x02");
        (elf[32], elf[54], elf[56]) = (64, 56, 2);
        elf[64] = 6;
        elf[64 + 56] = 1;
        elf[64 + 56 + 48..].copy_from_slice(&alignment.to_le_bytes());
        elf
    }

    #[test]
    fn a_segment_on_small_pages_is_noticed() {
        assert_eq!(least_alignment(&library(PAGE)), Some(PAGE));
        assert_eq!(least_alignment(&library(4_096)), Some(4_096));
        assert_eq!(least_alignment(b"\x7fELF\x01"), Some(PAGE));
    }

    #[test]
    fn what_is_cut_short_or_no_library_is_refused() {
        let whole = library(PAGE);
        for end in 0..whole.len() {
            assert_eq!(least_alignment(&whole[..end]), None, "{end}");
        }
        assert_eq!(least_alignment(b"<html>"), None);
    }
}
