//! The command line of `audit`.

use clap::Args;

/// Options of `audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Only what this operator did: a user name, `token ID` for a read token, or `command`.
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Only this day in local time, such as 2026-11-28.
    #[arg(long, value_name = "DAY")]
    pub(crate) day: Option<String>,
}
