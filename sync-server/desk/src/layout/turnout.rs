//! The page of turnout, as askama knows it.

use askama::Template;

use super::Layout;
use crate::{
    text::turnout::Text,
    view::{
        curve::CurveView,
        finding::FindingView,
        turnout::{HourView, RegionTurnout},
    },
};

#[derive(Template)]
#[template(path = "turnout.html")]
pub(crate) struct TurnoutPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    /// The place it is narrowed to; empty for all.
    pub(crate) only: String,
    /// Why there is nothing to see; empty where there is.
    pub(crate) empty: String,
    /// What is known by the latest hour, in words.
    pub(crate) sentence: String,
    pub(crate) curve: CurveView,
    pub(crate) hours: Vec<HourView>,
    /// The title of the first column of the regions.
    pub(crate) column: &'static str,
    /// Titles of the columns of the latest hour and the one before.
    pub(crate) now: String,
    pub(crate) before: String,
    /// The address of the page, to which `sort=` is added, and the word for its order.
    pub(crate) here: String,
    pub(crate) sort: &'static str,
    pub(crate) regions: Vec<RegionTurnout>,
    /// Open findings about figures that cannot be.
    pub(crate) findings: Vec<FindingView>,
    /// There are more of them; empty if not.
    pub(crate) more: &'static str,
    /// Where the picture of the curve is, and what its link says.
    pub(crate) picture: String,
    pub(crate) save: &'static str,
}
