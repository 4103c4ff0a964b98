//! What needs attention: one matter with the reason for its rank, who had it last, whom to call, who is on it.

use super::{by::By, tag::Tag, tps_list::Callee};
use crate::format::Moment;

/// One matter.
#[derive(Debug, Clone)]
pub(crate) struct MatterView {
    /// Its name in forms.
    pub(crate) name: String,
    /// What kind of matter it is.
    pub(crate) title: String,
    /// How grave.
    pub(crate) tag: Tag,
    /// What happened.
    pub(crate) sentence: String,
    /// Its page.
    pub(crate) href: String,
    /// Why it stands where it does.
    pub(crate) reason: &'static str,
    /// Who had it last, or who says so.
    pub(crate) hands: Option<By>,
    /// Whom to call.
    pub(crate) callee: Option<Callee>,
    /// Who works on it.
    pub(crate) owner: Option<OwnerView>,
    /// What was noted last, or said when it was handed over.
    pub(crate) note: Option<NoteLine>,
}

/// What an operator noted about a matter.
#[derive(Debug, Clone)]
pub(crate) struct NoteLine {
    pub(crate) operator: String,
    pub(crate) text: String,
    pub(crate) at: Moment,
}

/// Who works on a matter.
#[derive(Debug, Clone)]
pub(crate) struct OwnerView {
    /// The operator.
    pub(crate) operator: String,
    /// Since when.
    pub(crate) since: Moment,
    /// It is the visitor.
    pub(crate) is_me: bool,
}

/// One deed about a matter.
#[derive(Debug, Clone)]
pub(crate) struct DeedView {
    /// The matter, in words.
    pub(crate) matter: String,
    /// Its page.
    pub(crate) href: String,
    /// What was done.
    pub(crate) deed: String,
    /// What was noted; may be empty.
    pub(crate) note: String,
    /// When.
    pub(crate) at: Moment,
}
