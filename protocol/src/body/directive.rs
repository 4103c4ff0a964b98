//! A task from the desk.

use super::Content;
use crate::{note::Field, role::Role};

/// A task. The record's place says where; it goes to everyone there unless officer or role narrow it.
/// Its text is a note.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Directive {
    /// Only this officer.
    #[n(0)]
    pub officer: Option<u32>,
    /// Only this role.
    #[n(1)]
    pub role: Option<Role>,
    /// When it must be done, unix seconds.
    #[n(2)]
    pub due: i64,
}

impl Content for Directive {
    const NOTES: &'static [Field] = &[Field::Note];

    fn sample() -> Self {
        Self { officer: Some(17), role: Some(Role::Camat), due: 1_707_868_800 }
    }
}
