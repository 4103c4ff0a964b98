//! The command line of `pantau-drill`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::measure::{Measure, child::Role};

/// Plays a province: the real server, one real core per camat and field officer, links as bad as the
/// signal at each place.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  pantau-drill                         the whole province, 5 days, then the desk page stays up
  pantau-drill --quick --exit --json   half a minute, for a check
  pantau-drill officers > officers.csv
  pantau-drill --server http://127.0.0.1:8413 --codes codes.txt --day-seconds 20")]
pub struct Cli {
    /// What to do instead of playing.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to play.
    #[command(flatten)]
    pub play: Play,
}

/// What the drill does beside playing.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints an officers file for `pantau-server import`: a camat and a field officer per kecamatan, names
    /// invented.
    Officers {
        /// How many officers, two per kecamatan.
        #[arg(long, default_value_t = 272)]
        phones: usize,
    },
    /// Measures what a record costs in bytes and seconds, beside a plain SQLite insert and a plain zstd POST in
    /// the same run. Takes some minutes; the figures over 2G need root, python3 and iproute2 and are skipped
    /// where they cannot be had.
    Measure(Measure),
    /// A phone or a server of a measurement.
    #[command(hide = true)]
    MeasureChild {
        /// Which.
        #[command(subcommand)]
        role: Role,
    },
    /// Trains the compression dictionary that ships in `protocol/assets` on the drill's own records.
    TrainDictionary {
        /// Where to write it.
        #[arg(default_value = "protocol/assets/dictionary-1.zdict")]
        out: PathBuf,
    },
}

/// How to play.
#[derive(Debug, Clone, Args)]
pub struct Play {
    /// A small drill: at least 2,000 records in less than half a minute.
    #[arg(long)]
    pub quick: bool,
    /// End when the table is printed, instead of keeping the desk page up.
    #[arg(long)]
    pub exit: bool,
    /// Print the result as one JSON line at the end.
    #[arg(long)]
    pub json: bool,
    /// Seed of plans, words, faults and keys.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Phones, two per kecamatan [default: 272, with --quick 40].
    #[arg(long)]
    pub phones: Option<usize>,
    /// Days, the last one being election day [default: 5, with --quick 2].
    #[arg(long)]
    pub days: Option<u32>,
    /// Keep the server's and the phones' files in this folder instead of a temporary one.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Drive a server that was started by hand, with a real clock.
    #[arg(long, requires = "codes")]
    pub server: Option<String>,
    /// QR texts, one a line, as `pantau-server enrol --all --out FILE` writes them.
    #[arg(long, requires = "server")]
    pub codes: Option<PathBuf>,
    /// With --server: real seconds a simulated day takes.
    #[arg(long, default_value_t = 20)]
    pub day_seconds: i64,
}

impl Play {
    /// Phones to play with.
    pub fn phones(&self) -> usize {
        self.phones.unwrap_or(if self.quick { 40 } else { 272 }).max(1)
    }

    /// Days to play.
    pub fn days(&self) -> u32 {
        self.days.unwrap_or(if self.quick { 2 } else { 5 }).clamp(1, 60)
    }
}
