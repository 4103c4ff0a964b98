//! People of the desk as a store keeps them: operators, what they may do and see, and what they did.

use pantau_protocol::place::{Place, Scope};

use super::{StoreError, Stored};

/// Somebody who signs in at the desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// Name to sign in with.
    pub username: String,
    /// Argon2 hash in PHC form.
    pub password_hash: String,
    /// Unix seconds.
    pub created_at: i64,
    /// May no longer sign in.
    pub disabled: bool,
    /// What the operator may do at the desk.
    pub rights: Rights,
    /// The regions that the operator may see and act in, with all that lies in them; `None` for everything.
    pub scope: Option<Scope>,
    /// By what the operator proves himself beside the password; `None` for nothing.
    pub totp: Option<Totp>,
}

impl Operator {
    /// An operator who may sign in, sees everything and has no one-time codes. `created_at` is in unix seconds.
    pub fn new(
        username: impl Into<String>,
        password_hash: impl Into<String>,
        created_at: i64,
        rights: Rights,
    ) -> Self {
        Self {
            username: username.into(),
            password_hash: password_hash.into(),
            created_at,
            disabled: false,
            rights,
            scope: None,
            totp: None,
        }
    }
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operator(disabled: {}, {:?})", self.disabled, self.rights)
    }
}

/// What an operator may do at the desk. Each may do what those before may, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rights {
    /// Read everything, decide nothing.
    Viewer,
    /// Decide about findings, too.
    Desk,
    /// Look after people and phones, too: operators, enrolment codes, revocations, places of officers.
    Admin,
}

impl Rights {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Viewer => 0,
            Self::Desk => 1,
            Self::Admin => 2,
        }
    }

    /// Whoever has rights of a newer version only reads.
    pub(super) fn from_number(n: i64) -> Self {
        [Self::Viewer, Self::Desk, Self::Admin].into_iter().find(|r| r.number() == n).unwrap_or(Self::Viewer)
    }
}

/// Time-based one-time codes (RFC 6238) of an operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp {
    /// The key that server and authenticator share.
    pub secret: [u8; 20],
    /// Number of the time step of the last code that was used: an earlier one is used up.
    pub step: i64,
    /// Hashes of the recovery codes that are left, each good once.
    pub recovery: Vec<[u8; 32]>,
}

impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Totp({} recovery codes)", self.recovery.len())
    }
}

/// Something that somebody did or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// When, unix seconds.
    pub at: i64,
    /// User name of the operator, or id of the read token.
    pub who: String,
    /// What was done, in a word or two.
    pub act: String,
    /// With what: the address of a page, or a name.
    pub what: String,
    /// Where from.
    pub source: String,
}

/// The regions of a scope as a store keeps them.
pub(super) fn pack_scope(scope: &Scope) -> String {
    scope.roots().iter().map(Place::as_str).collect::<Vec<_>>().join(" ")
}

/// The scope that a store kept. One that cannot be read is damage, and never everything.
pub(super) fn unpack_scope(text: &str) -> Stored<Scope> {
    let roots: Result<Vec<Place>, _> = text.split_ascii_whitespace().map(Place::new).collect();
    roots.map(Scope::new).map_err(|_| StoreError::Damaged("a region of an operator is no place code".into()))
}
