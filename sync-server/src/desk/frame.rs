//! The frame of every page, and the pages as askama knows them.

use askama::Template;

use super::{
    format::Reading,
    text::{Lang, Text},
    view::{
        directive::DirectiveView,
        incident::IncidentView,
        officer::{OfficerView, OverView},
        region::RegionView,
        timeline::RecordView,
        tps::TpsView,
    },
};
use crate::{
    desk::format::Moment,
    health::{Health, Trouble},
};

/// What stands around the content of a page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) lang: Lang,
    pub(super) t: &'static Text,
    pub(super) title: String,
    /// Who is signed in; nobody on the sign-in page.
    pub(super) who: Option<Who>,
    pub(super) nav: Vec<NavLink>,
    pub(super) crumbs: Vec<Crumb>,
    /// This page in the other language.
    pub(super) switch: String,
    /// What was searched for.
    pub(super) query: String,
    /// The page refreshes itself.
    pub(super) live: bool,
    /// When it was made.
    pub(super) iso: String,
    pub(super) clock: String,
    /// Up to where in the log it speaks; may be empty.
    pub(super) through: String,
    /// Why figures may be old; may be empty.
    pub(super) notice: String,
    /// The TPS are made up.
    pub(super) synthetic: bool,
    /// What is wrong with the server, before anything else.
    pub(super) alarms: Vec<Alarm>,
}

/// One trouble of the server.
#[derive(Debug, Clone)]
pub(super) struct Alarm {
    pub(super) text: &'static str,
    /// For whoever is signed in: what was found, in the words of the log.
    pub(super) details: String,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) operator: String,
    pub(super) csrf: String,
}

/// A link of the main menu.
#[derive(Debug, Clone)]
pub(super) struct NavLink {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) here: bool,
    pub(super) count: Option<String>,
}

/// One step of the way to this page; the last has no link.
#[derive(Debug, Clone)]
pub(super) struct Crumb {
    pub(super) label: String,
    pub(super) href: Option<String>,
}

impl Frame {
    /// A frame without menu and refresh, for whoever is not signed in.
    pub(super) fn bare(reading: &Reading, title: &str, switch: String) -> Self {
        Self {
            lang: reading.lang,
            t: reading.lang.text(),
            title: title.to_owned(),
            who: None,
            nav: Vec::new(),
            crumbs: Vec::new(),
            switch,
            query: String::new(),
            live: false,
            iso: reading.iso(reading.now),
            clock: reading.clock(),
            through: String::new(),
            notice: String::new(),
            synthetic: false,
            alarms: Vec::new(),
        }
    }

    /// The same frame with what is wrong with the server.
    pub(super) fn with_alarms(mut self, health: &Health) -> Self {
        let alarm = |(trouble, details)| {
            let text = match trouble {
                Trouble::Damage => self.t.alarm_damage,
                Trouble::CannotWrite => self.t.alarm_cannot_write,
            };
            Alarm { text, details }
        };
        self.alarms = health.troubles().into_iter().map(alarm).collect();
        self
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignInPage {
    pub(super) frame: Frame,
    pub(super) csrf: String,
    pub(super) next: String,
    pub(super) problem: String,
}

#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessagePage {
    pub(super) frame: Frame,
    pub(super) help: &'static str,
}

#[derive(Template)]
#[template(path = "region.html")]
pub(super) struct RegionPage {
    pub(super) frame: Frame,
    pub(super) view: RegionView,
}

#[derive(Template)]
#[template(path = "tps.html")]
pub(super) struct TpsPage {
    pub(super) frame: Frame,
    pub(super) view: TpsView,
}

#[derive(Template)]
#[template(path = "incidents.html")]
pub(super) struct IncidentsPage {
    pub(super) frame: Frame,
    pub(super) under: String,
    /// The place it is narrowed to; empty for all.
    pub(super) only: String,
    pub(super) list: Vec<IncidentView>,
    pub(super) cut: bool,
}

#[derive(Template)]
#[template(path = "directives.html")]
pub(super) struct DirectivesPage {
    pub(super) frame: Frame,
    pub(super) list: Vec<DirectiveView>,
    pub(super) cut: bool,
}

#[derive(Template)]
#[template(path = "officers.html")]
pub(super) struct OfficersPage {
    pub(super) frame: Frame,
    pub(super) under: String,
    /// What was searched for; empty for all.
    pub(super) who: String,
    /// Phones over their quota of the day.
    pub(super) over: Vec<OverView>,
    pub(super) list: Vec<OfficerView>,
    pub(super) cut: bool,
}

#[derive(Template)]
#[template(path = "quarantine.html")]
pub(super) struct QuarantinePage {
    pub(super) frame: Frame,
    pub(super) list: Vec<RecordView>,
    pub(super) cut: bool,
    /// Records that do not count for want of trust.
    pub(super) uncounted: Vec<RecordView>,
    pub(super) uncounted_cut: bool,
}

/// A place that a search found.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) under: String,
    pub(super) code: String,
    pub(super) last_word: Option<Moment>,
}

#[derive(Template)]
#[template(path = "search.html")]
pub(super) struct SearchPage {
    pub(super) frame: Frame,
    pub(super) list: Vec<Hit>,
    pub(super) cut: bool,
}
