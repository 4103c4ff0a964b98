//! `rebuild`: the state of all places worked out anew from the log.

use pantau_log::{DataDir, projector::Progress};

use super::{fail::Done, out};

/// Places between two lines.
const EVERY: u64 = 1_000;

/// Runs it.
pub(crate) fn run(dir: &DataDir) -> Done {
    let server = super::open(dir)?;
    let mut told = None;
    server.rebuild(&mut |Progress { folded, of }| {
        if told != Some(folded / EVERY) {
            told = Some(folded / EVERY);
            out::note(format_args!("{folded} of about {of} places …"));
        }
    })?;
    let places = server.places()?;
    out::line(format_args!("The state of all places was worked out anew, up to row {}.", places.position()));
    Ok(())
}
