//! Drill.
fn main() {}
