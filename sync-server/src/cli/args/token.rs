//! The command line of `token`.

use clap::{Args, Subcommand};
use pantau_protocol::place::Place;

/// Most days a token is in force: whoever still needs it then says so.
const MOST_DAYS: i64 = 400;

/// Commands about read tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token; its text is printed once
    #[command(
        after_long_help = "Examples:\n  pantau-server token new --name papan-katingan --within 62.06\n  \
        pantau-server token new --name dasbor --within 62 --days 14 --names\n\n\
        A program sends it as `Authorization: Bearer pantau_…` to /api/v1/… and /export/…csv and reads that \
        region and what lies in it, nothing else. Without --names it gets numbers of officers and no names. \
        The server keeps a hash only: a token that is lost is revoked, and a new one made. After `restore` all \
        tokens are revoked. docs/API.md describes what can be read."
    )]
    New(NewToken),
    /// Show all tokens: what they read, until when, and the day they were last used
    List,
    /// Turn a token away from now on; this cannot be undone
    #[command(after_long_help = "Examples:\n  pantau-server token revoke papan-katingan\n  \
        pantau-server token revoke 0d9b1f3a9c224e51 --yes\n\n\
        Works at once, also in the running server. A new token may have the same name.")]
    Revoke {
        /// Name or id of the token.
        token: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Options of `token new`.
#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// What to call it: letters, digits and . - _ @, such as the program that uses it.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Code of the region or TPS that it may read.
    #[arg(long, value_name = "CODE")]
    pub(crate) within: Place,
    /// Days until it ends by itself.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=MOST_DAYS))]
    pub(crate) days: u32,
    /// It may read names of officers: personal data.
    #[arg(long)]
    pub(crate) names: bool,
}
