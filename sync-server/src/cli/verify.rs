//! `verify`: whether a log, or an exported file, is still what was written.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use pantau_log::{
    DataDir,
    verify::{self, Extent, Progress, Report, file::Exported},
};

use super::{
    fail::{Done, Failure},
    out,
};

/// What `help verify` says below the options.
pub(crate) const HELP: &str = "Examples:\n  pantau-server verify\n  pantau-server verify --quick\n  \
    pantau-server verify log.ndjson\n\n\
    Without FILE: recomputes every link and id, verifies every signature, holds every note against its \
    commitment, and has the database check itself. The server may be running; nothing is changed. One line for \
    each break names device and record. --quick looks at the newest records and the structure of the file.\n\n\
    With FILE, an export: needs no server and no directory. It proves that every record was signed by the \
    device that the file registers, that nothing was changed or removed in the middle of a journal or of the \
    log, and that the file is as the server with the printed fingerprint wrote it. It cannot prove that the \
    server exported its newest records or every device, nor the times of receipt, which no phone signs. \
    Compare the fingerprint with that of a QR code.\n\n\
    Exit code 0: all is whole; 4: it is not. Then delete nothing, save the directory \
    (`backup --unverified`), and restore the newest backup that verifies: phones send again what it lacks.";

/// Options of `verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// An exported file; the server's own directory if none.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only the newest records and the structure of the database file.
    #[arg(long, conflicts_with = "file")]
    quick: bool,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Options) -> Done {
    let report = match &args.file {
        Some(file) => exported(file, args.json)?,
        None => directory(dir, args)?,
    };
    if args.json {
        out::line(json(&report));
    } else {
        lines(&report);
    }
    if report.is_clean() { Ok(()) } else { Err(Failure::Damage(report.total())) }
}

/// Shows how far a verification has come.
pub(crate) fn progress(progress: Progress) -> ControlFlow<()> {
    out::progress("Verified rows", progress.done, progress.all);
    ControlFlow::Continue(())
}

fn directory(dir: &DataDir, args: &Options) -> Result<Report, Failure> {
    if !dir.has_server()? {
        return Err(Failure::Usage(format!(
            "there is no server in {}; name its directory with --data, or an exported file",
            dir.path().display()
        )));
    }
    let extent = if args.quick { Extent::Quick } else { Extent::Full };
    Ok(verify::directory(dir, extent, &mut progress)?)
}

fn exported(file: &Path, quiet: bool) -> Result<Report, Failure> {
    let (exported, report) = verify::file::export(file, &mut progress)?;
    if !quiet {
        said(&exported);
    }
    Ok(report)
}

fn said(exported: &Exported) {
    out::line(format_args!("server       {}", exported.server));
    out::line(format_args!("fingerprint  {}", exported.fingerprint));
    out::line(format_args!("through      position {}", exported.head));
}

fn lines(report: &Report) {
    for found in report.breaks.iter().chain(&report.warnings) {
        out::line(found);
    }
    let more = report.total().saturating_sub(report.breaks.len() as u64);
    if more > 0 {
        out::line(format_args!("and {more} more"));
    }
    let verdict = if report.is_clean() { "all as it was written" } else { "NOT as it was written" };
    out::line(format_args!(
        "{} rows, {} records, {} signatures, {} notes ({} to come): {verdict}",
        report.rows, report.records, report.signatures, report.notes, report.notes_to_come
    ));
}

fn json(report: &Report) -> serde_json::Value {
    let told = |all: &[verify::Break]| -> Vec<serde_json::Value> {
        all.iter().map(|b| serde_json::json!({"kind": b.name(), "text": b.to_string()})).collect()
    };
    serde_json::json!({
        "clean": report.is_clean(), "rows": report.rows, "records": report.records,
        "signatures": report.signatures, "notes": report.notes, "notes_to_come": report.notes_to_come,
        "total": report.total(), "counts": report.counts,
        "breaks": told(&report.breaks), "warnings": told(&report.warnings),
    })
}
