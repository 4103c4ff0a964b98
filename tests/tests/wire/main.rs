//! What a bad line, a middlebox or a stranger on the wire can do: nothing is called held that is not,
//! nothing is lost, nothing doubled, and the next sync completes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod body_limit;
mod bomb;
mod cut;
mod doors;
mod encode;
mod mutate;
mod mutation;
mod prefix;
mod process;
mod proxy;
mod siege;
mod smuggle;
mod stage;
