//! Writes the golden vectors (`protocol/vectors/*.json`) and the generated tables of `docs/PROTOCOL.md`:
//! `cargo run -p pantau-protocol --example vectors`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a tool for developers")]

mod cases;

fn main() -> std::io::Result<()> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("vectors");
    std::fs::create_dir_all(&folder)?;
    for (name, content) in cases::files() {
        let path = folder.join(name);
        let text = cases::pretty(&content);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        println!("{name}: {}", if old == text { "unchanged" } else { "written" });
        std::fs::write(path, text)?;
    }
    let page = root.join("../docs/PROTOCOL.md");
    let old = std::fs::read_to_string(&page)?;
    let new = cases::tables::fill(&old);
    println!("PROTOCOL.md: {}", if old == new { "unchanged" } else { "written" });
    std::fs::write(page, new)
}
