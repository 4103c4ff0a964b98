//! How a command fails: what, where, what to do; and its exit code.

use std::process::ExitCode;

use pantau_log::Error;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server's library says so.
    Server(Error),
    /// The command was used wrongly.
    Usage(String),
    /// A verification found damage, which was listed.
    Damage(u64),
    /// An import was refused; the problems were listed.
    Import(pantau_log::import::Problems),
}

/// Result of a command.
pub(crate) type Done = Result<(), Failure>;

impl Failure {
    /// The code of the process.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Damage(_) | Self::Server(Error::Damaged(_)) => 4,
            Self::Server(Error::Store(e)) if e.is_damage() => 4,
            Self::Server(_) => 1,
            Self::Usage(_) => 2,
            Self::Import(_) => 3,
        })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(Error::Store(e)) if e.is_damage() => {
                write!(f, "error: {e}. Delete nothing; `pantau-server help verify` says what to do.")
            }
            Self::Server(e) => write!(f, "error: {e}"),
            Self::Usage(text) => write!(f, "error: {text}"),
            Self::Damage(breaks) => write!(
                f,
                "error: {breaks} things are not what was written. Delete nothing; \
                 `pantau-server help verify` says what to do."
            ),
            Self::Import(problems) => write!(
                f,
                "{problems}\nerror: {} in the files; nothing was written. Correct them and import again.",
                if problems.count() == 1 {
                    "one problem".to_owned()
                } else {
                    format!("{} problems", problems.count())
                }
            ),
        }
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self::Server(e)
    }
}

impl From<pantau_log::store::StoreError> for Failure {
    fn from(e: pantau_log::store::StoreError) -> Self {
        Self::Server(e.into())
    }
}

impl From<pantau_log::import::Problems> for Failure {
    fn from(problems: pantau_log::import::Problems) -> Self {
        Self::Import(problems)
    }
}

/// The address of a server as an option gives it, as phones ask it.
pub(crate) fn address(option: &str, url: &str) -> Result<String, Failure> {
    let wrong = |e| Failure::Usage(format!("{option} {url:?}: {e}. A phone could never reach it"));
    pantau_protocol::address::read(url).map_err(wrong)
}
