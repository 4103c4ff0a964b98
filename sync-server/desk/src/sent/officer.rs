//! The forms by which the desk acts on an officer, as a browser sends them.

use pantau_log::ops::GrantChange;
use pantau_protocol::{journal::DeviceId, place::Place, role::Role};

use super::Fields;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Make an enrolment code.
    Code,
    /// Withdraw one.
    Withdraw,
    /// Give, move or end a grant.
    Grants,
    /// Revoke a phone.
    Revoke,
    /// Undo that.
    Reinstate,
}

impl Act {
    const ALL: [Self; 5] = [Self::Code, Self::Withdraw, Self::Grants, Self::Revoke, Self::Reinstate];

    /// The word of an act in a form.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Withdraw => "withdraw",
            Self::Grants => "grants",
            Self::Revoke => "revoke",
            Self::Reinstate => "reinstate",
        }
    }
}

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) act: String,
    pub(crate) hours: String,
    pub(crate) url: String,
    pub(crate) handle: String,
    pub(crate) device: String,
    pub(crate) role: String,
    pub(crate) place: String,
    /// The grant that ends, as `Camat@62.06.13`.
    pub(crate) end: String,
    pub(crate) why: String,
    /// The effect that was shown and is confirmed; empty while it was not shown.
    pub(crate) seen: String,
    /// Of cards: the region, and how many officers the page showed.
    pub(crate) within: String,
    pub(crate) count: String,
}

impl Sent {
    pub(crate) fn read(fields: &Fields) -> Self {
        let get = |name| fields.get(name).trim().to_owned();
        Self {
            act: get("act"),
            hours: get("hours"),
            url: get("url"),
            handle: get("handle"),
            device: get("device"),
            role: get("role"),
            place: get("place"),
            end: get("end"),
            why: fields.text("why"),
            seen: get("seen"),
            within: get("within"),
            count: get("count"),
        }
    }

    /// What is asked; `None` for no act of ours.
    pub(crate) fn act(&self) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.word() == self.act)
    }

    /// The phone that is meant.
    pub(crate) fn device(&self) -> Option<DeviceId> {
        pantau_protocol::hash::unhex(&self.device).and_then(|bytes| DeviceId::from_slice(&bytes))
    }

    /// The change of grants; the name of the field that cannot be one.
    pub(crate) fn grants(&self, officer: u32) -> Result<GrantChange, &'static str> {
        let place = |text: &str| Place::typed(text).map_err(|_| "place");
        let role = |name: &str| Role::from_name(name).ok_or("role");
        let end = match self.end.split_once('@') {
            Some((name, code)) => Some((role(name)?, place(code)?)),
            None if self.end.is_empty() => None,
            None => return Err("role"),
        };
        let give = match (self.role.as_str(), self.place.as_str()) {
            ("", "") => None,
            (name, code) => Some((role(name)?, place(code)?)),
        };
        Ok(GrantChange { officer, end, give })
    }
}
