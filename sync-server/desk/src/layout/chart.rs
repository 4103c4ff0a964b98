//! Charts as files of their own, as askama knows them.

use askama::Template;

use crate::view::{curve::CurveView, tiles::TilesView};

/// What stands around a chart that is opened alone.
pub(crate) struct Frame {
    pub(crate) lang: &'static str,
    /// What it shows, and of which place.
    pub(crate) title: String,
    /// As of when, and up to where in the log.
    pub(crate) as_of: String,
    /// How it is read.
    pub(crate) help: &'static str,
    /// All figures in words.
    pub(crate) figures: String,
    /// That the data are made up; may be empty.
    pub(crate) warning: &'static str,
    /// That there is nothing to show; empty if there is.
    pub(crate) nothing: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

#[derive(Template)]
#[template(path = "chart_tiles.html")]
pub(crate) struct TilesChart {
    pub(crate) frame: Frame,
    pub(crate) tiles: TilesView,
}

#[derive(Template)]
#[template(path = "chart_turnout.html")]
pub(crate) struct TurnoutChart {
    pub(crate) frame: Frame,
    pub(crate) curve: CurveView,
}
