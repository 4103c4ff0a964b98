//! How the library that ships in an app is built: the profile `mobile` and the flags Cargo has no place for.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::command::{cargo, exit_code, succeeds, target};

/// For C: SQLite, zstd and ring. Of zstd neither the strategies that Pantau's two levels never come to
/// (`protocol/src/frame.rs`), nor variants of code that are only faster. Nothing unwinds through C.
const C: &str = "-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables \
    -DZSTD_EXCLUDE_DFAST_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_GREEDY_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_LAZY2_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTLAZY2_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_BTULTRA_BLOCK_COMPRESSOR -DHUF_FORCE_DECOMPRESS_X1=1 \
    -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT=1 -DZSTD_NO_INLINE=1 -DZSTD_STRIP_ERROR_STRINGS=1 -DDYNAMIC_BMI2=0";

/// What the library is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Measured here.
    Linux,
    /// minSdk 28.
    Android,
    /// iOS and macOS.
    Apple,
}

impl Platform {
    fn of(triple: &str) -> Self {
        match triple {
            t if t.contains("android") => Self::Android,
            t if t.contains("apple") => Self::Apple,
            _ => Self::Linux,
        }
    }

    /// Functions with the same code once; relocations packed.
    fn link(self) -> &'static [&'static str] {
        match self {
            Self::Linux => &["--icf=safe", "-z", "pack-relative-relocs"],
            // Android's own tags: its loader knows the standard ones from API 30 on. Pages of 16 KB, which newer
            // phones have, also with an older NDK.
            Self::Android => &[
                "--icf=safe",
                "--pack-dyn-relocs=relr",
                "--use-android-relr-tags",
                "-z",
                "max-page-size=16384",
            ],
            // Apple's linker folds by itself.
            Self::Apple => &[],
        }
    }
}

/// Adds the flags to a build for the targets `triples`; for this machine if there are none. The C flags go by the
/// target's name: plain ones would also reach what runs here, and cargo-ndk adds its own to the named ones.
pub(crate) fn small<'a>(build: &'a mut Command, platform: Platform, triples: &[&str]) -> &'a mut Command {
    let mut rust: Vec<String> = platform.link().iter().map(|word| format!("-Clink-arg=-Wl,{word}")).collect();
    rust.extend(sources().into_iter().map(|folder| format!("--remap-path-prefix={}/=", folder.display())));
    // The vector code is for x86_64 alone, which no phone is.
    rust.push("--cfg=curve25519_dalek_backend=\"serial\"".to_owned());
    let names = triples.iter().map(|triple| format!("CFLAGS_{}", triple.replace('-', "_")));
    build.envs(names.map(|name| (name, C))).env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"));
    if triples.is_empty() { build.env("CFLAGS", C) } else { build }
}

/// Where Cargo keeps the sources of dependencies. Their paths would stand in the library, for messages of panics:
/// long, and of the machine that built it.
fn sources() -> Vec<PathBuf> {
    let home = |of: &str, inside: &str| Some(PathBuf::from(std::env::var_os(of)?).join(inside));
    let cargo = home("CARGO_HOME", "").or_else(|| home("HOME", ".cargo"));
    let registries = cargo.and_then(|home| std::fs::read_dir(home.join("registry/src")).ok());
    registries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Build the library that ships, for one target
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rust's name of the target, such as aarch64-apple-ios; it goes to target/mobile-TRIPLE
    #[arg(long, value_name = "TRIPLE")]
    target: String,

    /// Cargo features of pantau-bindings, such as sqlcipher
    #[arg(long)]
    features: Option<String>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut build = cargo("build --locked --profile mobile --package pantau-bindings");
    build.args(["--target", &args.target]).arg("--target-dir");
    build.arg(target().join(format!("mobile-{}", args.target)));
    build.args(args.features.iter().flat_map(|features| ["--features", features]));
    exit_code("mobile", succeeds(small(&mut build, Platform::of(&args.target), &[&args.target])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triple_tells_its_platform() {
        assert_eq!(Platform::of("aarch64-apple-ios-sim"), Platform::Apple);
        assert_eq!(Platform::of("armv7-linux-androideabi"), Platform::Android);
        assert_eq!(Platform::of("x86_64-unknown-linux-gnu"), Platform::Linux);
    }
}
