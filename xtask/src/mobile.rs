//! How the library that ships in an app is built: the profile `mobile` and the flags Cargo has no place for.

use std::process::Command;

/// For C: SQLite, zstd and ring. Of zstd neither the strategies that Pantau's two levels never come to
/// (`protocol/src/frame.rs`), nor variants of code that are only faster. Nothing unwinds through C.
const C: &str = "-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables \
    -DZSTD_EXCLUDE_DFAST_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_GREEDY_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_LAZY2_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTLAZY2_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_BTULTRA_BLOCK_COMPRESSOR -DHUF_FORCE_DECOMPRESS_X1=1 \
    -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT=1 -DZSTD_NO_INLINE=1 -DZSTD_STRIP_ERROR_STRINGS=1 -DDYNAMIC_BMI2=0";

/// What the library is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Platform {
    /// Measured here.
    Linux,
}

/// Adds the flags to a build.
pub(crate) fn small(build: &mut Command, platform: Platform) -> &mut Command {
    // Functions with the same code once; relocations packed.
    let link: &[&str] = match platform {
        Platform::Linux => &["--icf=safe", "-z", "pack-relative-relocs"],
    };
    let link: Vec<String> = link.iter().map(|word| format!("-Clink-arg=-Wl,{word}")).collect();
    build.env("CFLAGS", C).env("RUSTFLAGS", link.join(" "))
}
