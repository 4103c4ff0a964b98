//! Who says so, on what basis, and how old it is: beside every number.

use pantau_protocol::projection::Mark;

use super::Look;
use crate::{format::Moment, text::words};

/// Author, basis and age of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct By {
    /// Author.
    pub(crate) author: String,
    /// What it rests on.
    pub(crate) basis: String,
    /// When.
    pub(crate) at: Moment,
    /// What is odd about it; empty if nothing.
    pub(crate) flag: &'static str,
}

/// Makes it from a mark.
pub(crate) fn by(look: Look<'_>, mark: &Mark) -> By {
    By {
        author: match mark.officer {
            Some(number) => look.officer_then(number, mark.received_at),
            None => look.author(&mark.device, mark.received_at),
        },
        basis: words::basis(look.lang(), mark.basis),
        at: look.reading.moment(mark.at),
        flag: if mark.impossible_time { look.t().flag_time } else { "" },
    }
}
