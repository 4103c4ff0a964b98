//! Writes `docs/openapi.json`, the description of the read API: `cargo run -p pantau-desk --example openapi`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json"), pantau_desk::openapi())
}
