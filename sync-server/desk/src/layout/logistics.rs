//! The custody board, as askama knows it.

use askama::Template;

use super::{Layout, List};
use crate::{
    text::logistics::Text,
    view::{
        logistics::{ConsignmentView, RegionKits, StopView},
        tps_list::Pager,
    },
};

#[derive(Template)]
#[template(path = "logistics.html")]
pub(crate) struct LogisticsPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    /// The place it is narrowed to; empty for all.
    pub(crate) only: String,
    /// Kits of all TPS, of those with a word and of those without.
    pub(crate) kits: String,
    pub(crate) stops: Vec<StopView>,
    pub(crate) untold: String,
    /// The title of the first column of the regions.
    pub(crate) column: &'static str,
    pub(crate) regions: Vec<RegionKits>,
    pub(crate) export_query: String,
    pub(crate) pager: Pager,
    pub(crate) list: List<ConsignmentView>,
}
