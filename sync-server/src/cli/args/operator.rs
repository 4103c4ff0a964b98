//! The command line of `operator`.

use clap::{Args, Subcommand, ValueEnum};
use pantau_protocol::place::Place;

/// Commands about operators.
#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Add an operator; the password is printed once
    #[command(after_long_help = "Examples:\n  pantau-server operator add budi\n  \
        pantau-server operator add tamu --viewer\n  \
        pantau-server operator add ani --admin --region 62.06\n\n\
        Without --viewer and --admin the operator decides about findings and enters reports. With --region the operator \
        sees and changes that region alone; give it again for another one.")]
    Add(AddOperator),
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
    /// Give an operator one-time codes for signing in (RFC 6238), shown once
    #[command(after_long_help = "Example:\n  pantau-server operator totp siti\n\n\
        Scan the picture with an authenticator app. From then on the sign-in asks for a code after the password. Ten \
        recovery codes are printed, each good once. Codes of before end, and so do open sessions. As soon as one \
        admin has codes, every admin needs them for what only admins may do.")]
    Totp {
        /// User name.
        name: String,
        /// Take the codes away instead.
        #[arg(long)]
        remove: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Say which regions an operator sees and acts in
    #[command(
        after_long_help = "Examples:\n  pantau-server operator scope ani --region 62.06 --region 62.07\n  \
        pantau-server operator scope ani --everything\n\n\
        It holds from the next page on, also for sessions that are open."
    )]
    Scope {
        /// User name.
        name: String,
        /// Code of a region, such as 62.06; may be given several times.
        #[arg(long = "region", value_name = "CODE", required_unless_present = "everything")]
        regions: Vec<Place>,
        /// No limit.
        #[arg(long, conflicts_with = "regions")]
        everything: bool,
    },
    /// Say what an operator may do at the desk
    Rights {
        /// User name.
        name: String,
        /// What the operator may do.
        rights: RightsArg,
    },
    /// Show who may sign in, what each may do, and where
    List,
}

/// Options of `operator add`.
#[derive(Debug, Args)]
pub(crate) struct AddOperator {
    /// User name.
    pub(crate) name: String,
    /// Reads and decides nothing: no form is shown or taken.
    #[arg(long, conflicts_with = "admin")]
    pub(crate) viewer: bool,
    /// Looks after people and phones, too: operators, enrolment codes, revocations, places of officers.
    #[arg(long)]
    pub(crate) admin: bool,
    /// Code of a region that the operator sees and acts in, such as 62.06; may be given several times. Without, everything.
    #[arg(long = "region", value_name = "CODE")]
    pub(crate) regions: Vec<Place>,
}

/// What an operator may do, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RightsArg {
    /// Read everything, decide nothing.
    Viewer,
    /// Decide about findings, too.
    Desk,
    /// Look after people and phones, too.
    Admin,
}
