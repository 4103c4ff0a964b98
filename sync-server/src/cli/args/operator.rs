//! The command line of `operator`.

use clap::{Subcommand, ValueEnum};

/// Commands about operators.
#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Add an operator; the password is printed once
    Add {
        /// User name.
        name: String,
        /// Reads everything and decides nothing: no form is shown or taken.
        #[arg(long)]
        viewer: bool,
    },
    /// Give an operator a new password, printed once; enables the name again
    Password {
        /// User name.
        name: String,
    },
    /// Keep an operator from signing in; open sessions end
    Disable {
        /// User name.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Let a disabled operator sign in again, with the old password
    Enable {
        /// User name.
        name: String,
    },
    /// Say what an operator may do at the desk
    Rights {
        /// User name.
        name: String,
        /// What the operator may do.
        rights: RightsArg,
    },
    /// Show who may sign in, and what each may do
    List,
}

/// What an operator may do, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RightsArg {
    /// Read everything, decide nothing.
    Viewer,
    /// Decide about findings, too.
    Desk,
}
