//! Who says so, on what basis, and how old it is: beside every number.

use pantau_protocol::projection::Mark;

use super::Look;
use crate::{
    format::Moment,
    text::{report, words},
};

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
    let author = match mark.officer {
        Some(number) => look.officer_then(number, mark.received_at),
        None => look.author(&mark.device, mark.received_at),
    };
    let told_by = mark.told_by.map(|officer| look.officer_then(officer, mark.received_at));
    By {
        author: match told_by {
            Some(officer) => format!("{author}, {} {officer}", report::text(look.lang()).on_word_of),
            None => author,
        },
        basis: words::basis(look.lang(), mark.basis),
        at: look.reading.moment(mark.at),
        flag: if mark.impossible_time { look.t().flag_time } else { "" },
    }
}
