//! The pages of the daily report as askama knows them.

use askama::Template;
use pantau_log::ops::Letter;

use super::{Layout, List};
use crate::{
    text::daily::Text,
    view::{
        by::By,
        daily::{FigureCell, LetterView, ListedDaily},
        tps_list::Pager,
    },
};

/// The list of reports, and the form of a new one.
#[derive(Template)]
#[template(path = "daily.html")]
pub(crate) struct DailyPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) csrf: String,
    pub(crate) may_freeze: bool,
    pub(crate) list: List<ListedDaily>,
    pub(crate) pager: Pager,
    /// Regions to choose from: code, name, whether it is chosen.
    pub(crate) regions: Vec<(String, String, bool)>,
    /// The moment, as a browser types it.
    pub(crate) at: String,
    /// Why nothing is shown, or nothing was frozen; may be empty.
    pub(crate) problem: String,
    /// What was typed of the letter.
    pub(crate) typed: Letter,
    pub(crate) preview: Option<LetterView>,
    /// Longest remark and longest label, bytes.
    pub(crate) most: (usize, usize),
}

/// A frozen report.
#[derive(Template)]
#[template(path = "daily_report.html")]
pub(crate) struct FrozenPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) letter: LetterView,
    pub(crate) frozen_at: String,
    pub(crate) operator_note: String,
    pub(crate) record: String,
    pub(crate) message: String,
    /// Whether the figures follow from the log, in words; and what differs.
    pub(crate) check: (&'static str, Vec<String>),
    /// What changed since.
    pub(crate) since: Vec<String>,
    /// The report before and what changed since that one.
    pub(crate) before: Option<(ListedDaily, Vec<String>)>,
}

/// A TPS that is counted in a figure.
pub(crate) struct Behind {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) under: String,
    /// The records that say so, each with its address.
    pub(crate) records: Vec<(String, String, By)>,
}

/// The records behind a figure.
#[derive(Template)]
#[template(path = "daily_records.html")]
pub(crate) struct BehindPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    /// The report.
    pub(crate) back: String,
    pub(crate) figure: &'static str,
    pub(crate) region: String,
    pub(crate) moment: String,
    pub(crate) n: String,
    /// The regions inside, each with its part.
    pub(crate) inside: Vec<(String, FigureCell)>,
    /// In a region with few TPS these.
    pub(crate) list: List<Behind>,
    /// The figures are still worked out.
    pub(crate) is_working: bool,
}
