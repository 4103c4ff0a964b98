//! `pantau-drill measure`: what a record costs in bytes and seconds, beside what a user would pick instead, in
//! the same run.
//!
//! Phone and server are processes of their own ([`child`]); bytes are counted on the socket ([`proxy`]), fsyncs
//! by `strace`, the 2G link is a real one between two network namespaces ([`slow`]). [`figures`] takes each
//! figure, [`large`] those of a million records, [`handover`] that of a QR code, [`workload`] makes the check-ins, [`baseline`] is what they are compared with, [`table`] shows them,
//! [`page`] writes `docs/PERFORMANCE.md`. [`mod@load`] is a command of its own: a server on which everything comes at once.

#![allow(clippy::indexing_slicing, reason = "a JSON value indexed by name is null where there is none")]

pub mod baseline;
pub mod child;
pub mod figures;
pub mod handover;
pub mod large;
pub mod load;
pub mod page;
pub mod proxy;
pub mod pulls;
pub mod slow;
pub mod stage;
pub mod table;
pub mod workload;

use std::path::PathBuf;

use clap::Args;

use crate::stage::DrillError;

/// Server time of all measurements, unix seconds: after the last check-in of the workload.
pub const NOW: i64 = 1_868_000_000;

/// How to measure.
#[derive(Debug, Clone, Args)]
pub struct Measure {
    /// Print all figures as one JSON object in the last line.
    #[arg(long)]
    pub json: bool,
    /// Check-ins to use instead of the shipped 10,000 (another output of the same generator).
    #[arg(long, value_name = "FILE")]
    pub ndjson: Option<PathBuf>,
    /// Only these figures, by key; may be given several times.
    #[arg(long, value_name = "KEY")]
    pub only: Vec<String>,
    /// Write figures, targets and peers into this page; what is written by hand in it stays.
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
}

/// Takes all figures.
///
/// # Errors
/// A measurement that cannot be made. One that this machine does not allow is skipped with a word instead.
pub async fn measure(options: &Measure) -> Result<table::Table, DrillError> {
    let all = workload::load(options.ndjson.as_deref())?;
    let mut table = table::Table::new(&options.only)?;
    figures::bytes(&all, &mut table).await?;
    handover::handover(&mut table)?;
    figures::capture(&all, &mut table).await?;
    figures::speed(options, &all, &mut table)?;
    figures::cuts(&all, &mut table).await?;
    pulls::pulls(&all, &mut table).await?;
    large::large(&all, &mut table).await?;
    figures::slow_link(options, &all, &mut table).await?;
    Ok(table)
}
