//! `export`: the log as one JSON object a line, for archives and other programs.

use std::io::BufWriter;

use pantau_log::{DataDir, Error, ops};

use super::{args::Export, fail::Done, out};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Export) -> Done {
    let server = super::open_to_read(dir)?;
    match &args.out {
        Some(path) => {
            let rows = ops::export(&server, BufWriter::new(super::private_file(path)?))?;
            out::note(format_args!("{rows} rows written to {}; it holds personal data.", path.display()));
        }
        None => match ops::export(&server, BufWriter::new(std::io::stdout().lock())) {
            // Whoever reads the pipe has seen enough.
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::BrokenPipe => {}
            other => {
                other?;
            }
        },
    }
    Ok(())
}
