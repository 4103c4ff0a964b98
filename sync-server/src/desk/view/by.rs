//! Who says so, on what basis, and how old it is: beside every number.

use pantau_protocol::projection::Mark;

use super::Look;
use crate::desk::{format::Moment, text::words};

/// Author, basis and age of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Author.
    pub author: String,
    /// What it rests on.
    pub basis: String,
    /// When.
    pub at: Moment,
    /// What is odd about it; empty if nothing.
    pub flag: &'static str,
}

/// Makes it from a mark.
pub fn by(look: Look<'_>, mark: &Mark) -> By {
    By {
        author: mark.officer.map_or_else(|| look.author(&mark.device), |n| look.officer(n)),
        basis: words::basis(look.lang(), mark.basis),
        at: look.reading.moment(mark.at),
        flag: if mark.impossible_time { look.t().flag_time } else { "" },
    }
}
