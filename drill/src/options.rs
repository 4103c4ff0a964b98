//! The command line of `pantau-drill`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    measure::{Measure, child::Role, load::Load},
    truth::Size,
};

/// Plays a province: the real server, one real core per officer, links as bad as the signal at each place. Things go
/// wrong, officers report what they see of it, and what the engine finds is held against what is true.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  pantau-drill                         the whole province up to the eve, 18.05, then the desk page stays up
  pantau-drill --to-the-end            the same with election day, and what was found against what is true
  pantau-drill --quick --exit --json   a minute, for a check
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
    /// Plays worlds without phones and server, one for each seed, and compares what is found with what is true.
    Truth {
        /// First seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many seeds.
        #[arg(long, default_value_t = 20)]
        seeds: u64,
        /// Small worlds.
        #[arg(long)]
        quick: bool,
    },
    /// Measures what a record costs in bytes and seconds, beside a plain SQLite insert and a plain zstd POST in
    /// the same run. Takes some minutes; the figures over 2G need root, python3 and iproute2 and are skipped
    /// where they cannot be had.
    Measure(Measure),
    /// Loads a server of the whole province: phones that send, open pages, sign-ins, all at once for a minute. Says how
    /// long the overview, the news on a page and a sign-in took. Fails where a request did.
    Load(Load),
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
    /// A small drill: some kecamatan, at least 2,000 records.
    #[arg(long)]
    pub quick: bool,
    /// Play to the end, print the table and end, instead of keeping the desk page up.
    #[arg(long)]
    pub exit: bool,
    /// Play election day as well, and hold what was found against what is true. Without it the story stops on the eve at
    /// 18.05: the desk page is up, the clock runs, boats are on their way, and phones go on reporting.
    #[arg(long)]
    pub to_the_end: bool,
    /// Simulated seconds that a second takes once the desk page is up on the eve.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=3_600))]
    pub pace: i64,
    /// Print the result as one JSON line at the end.
    #[arg(long)]
    pub json: bool,
    /// Seed of plans, words, faults and keys.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Phones: four per kecamatan, and one per warehouse besides; with --server two per kecamatan [default: the whole
    /// province, with --quick 48].
    #[arg(long)]
    pub phones: Option<usize>,
    /// With --server: days, the last one being election day. The world of the drill has its own five.
    #[arg(long, requires = "server", default_value_t = 5)]
    pub days: u32,
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
    /// Whether the story stops on the eve, for somebody who looks at the desk page.
    pub fn stops_on_the_eve(&self) -> bool {
        !self.exit && !self.to_the_end && self.server.is_none()
    }

    /// How large the world is.
    pub fn size(&self) -> Size {
        match (self.phones, self.quick) {
            (Some(phones), _) => Size::of_phones(phones),
            (None, true) => Size::SMALL,
            (None, false) => Size::WHOLE,
        }
    }
}
