//! Writes `docs/TRANSCRIPT.md`: `cargo run -p pantau-log --example transcript`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for developers")]

mod play;

fn main() -> std::io::Result<()> {
    let scratch = tempfile::tempdir()?;
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/TRANSCRIPT.md");
    let new = play::transcript(scratch.path());
    let old = std::fs::read_to_string(&page).unwrap_or_default();
    println!("TRANSCRIPT.md: {}", if old == new { "unchanged" } else { "written" });
    std::fs::write(page, new)
}
