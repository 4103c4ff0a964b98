//! `docs/TRANSCRIPT.md` is what the server and a phone driven by hand say to each other today.

#[path = "../examples/transcript/play.rs"]
mod play;

#[test]
fn the_transcript_is_up_to_date() {
    let scratch = tempfile::tempdir().unwrap();
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/TRANSCRIPT.md");
    let written = std::fs::read_to_string(page).unwrap();
    assert!(
        play::transcript(scratch.path()) == written,
        "docs/TRANSCRIPT.md is out of date: run `cargo run -p pantau-log --example transcript` if that is wanted"
    );
}
