//! Role and scope of an officer.

use super::Content;
use crate::role::Role;

/// Role and scope of an officer; the scope is the record's place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Grant {
    /// The officer.
    #[n(0)]
    pub officer: u32,
    /// The role.
    #[n(1)]
    pub role: Role,
    /// `true` takes the same grant away again, for records from then on.
    #[n(2)]
    #[cbor(default, skip_if = "is_false")]
    pub ended: bool,
    /// With this grant the number goes to another person: whatever was registered or granted before it is the former
    /// one's.
    #[n(3)]
    #[cbor(default, skip_if = "is_false")]
    pub new_person: bool,
}

fn is_false(b: &bool) -> bool {
    !*b
}

impl Content for Grant {
    fn sample() -> Self {
        Self { officer: 17, role: Role::Camat, ended: true, new_person: true }
    }
}
