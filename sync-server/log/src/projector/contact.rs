//! How an officer can be called: notes, which can be erased.

use pantau_protocol::place::Place;

/// What is known of an officer beside the grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Place of the officer's record.
    pub place: Place,
    /// Name.
    pub name: Told,
    /// Phone number.
    pub phone: Told,
}

/// A note as the log holds it.
#[derive(Clone, PartialEq, Eq)]
pub enum Told {
    /// The text.
    Text(String),
    /// There never was one.
    Absent,
    /// Erased: an import does not bring it back.
    Erased,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Absent => "Absent",
            Self::Erased => "Erased",
        })
    }
}
