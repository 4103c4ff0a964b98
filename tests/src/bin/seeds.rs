//! Writes the seed corpus of `fuzz/`: of each decoder the shortest golden vectors it can read.
//!
//! `cargo run -p pantau-tests --bin seeds` writes `fuzz/seeds/` anew.
#![allow(clippy::unwrap_used, reason = "a command for developers")]

use std::{fs, path::Path};

use pantau_tests::decoders::{ALL, vectors};

/// Seeds of one decoder.
const SEEDS: usize = 24;

fn main() {
    let mut corpus = vectors();
    corpus.sort_by_key(Vec::len);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    for (name, decode) in ALL {
        let to = folder.join(name);
        let _ = fs::remove_dir_all(&to);
        fs::create_dir_all(&to).unwrap();
        let readable: Vec<_> = corpus.iter().filter(|bytes| decode(bytes)).collect();
        // Spread over all lengths, or there would be only the shortest.
        let step = readable.len().div_ceil(SEEDS).max(1);
        for (n, bytes) in readable.iter().step_by(step).enumerate() {
            fs::write(to.join(format!("{n:02}")), bytes).unwrap();
        }
    }
}
