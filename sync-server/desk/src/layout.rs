//! The layout of every page, and the pages as askama knows them.

pub(crate) mod chart;
pub(crate) mod daily;
pub(crate) mod directive;
pub(crate) mod logistics;
pub(crate) mod officer;
pub(crate) mod turnout;

use askama::Template;

use crate::format::Moment;
use crate::{
    assets,
    format::Reading,
    text::{Lang, Text, overview, people, report},
    view::{
        finding::FindingView,
        incident::ListedIncident,
        matter::{DeedView, MatterView},
        overview::OverviewView,
        region::RegionView,
        silence::SilenceRow,
        timeline::RecordView,
        tps::TpsView,
        tps_list::{Filter, ListedTps, Pager, Part},
    },
};
use pantau_log::health::{Health, Trouble};

/// What stands around the content of a page.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) lang: Lang,
    pub(crate) t: &'static Text,
    pub(crate) title: String,
    /// Who is signed in; nobody on the sign-in page.
    pub(crate) who: Option<Who>,
    pub(crate) nav: Vec<NavLink>,
    pub(crate) crumbs: Vec<Crumb>,
    /// This page in the other language.
    pub(crate) switch: String,
    /// What was searched for.
    pub(crate) query: String,
    /// The page refreshes itself.
    pub(crate) live: bool,
    /// When the newest row of the log was received that it speaks of.
    pub(crate) newest: Option<Moment>,
    /// Words and offset from which the script of the page writes times.
    pub(crate) ages: String,
    pub(crate) offset_s: i32,
    /// Up to where in the log it speaks; may be empty.
    pub(crate) through: String,
    /// Why figures may be old; may be empty.
    pub(crate) notice: String,
    /// The TPS are made up.
    pub(crate) synthetic: bool,
    /// What is wrong with the server, before anything else.
    pub(crate) alarms: Vec<Alarm>,
    /// Where a report is entered, with the place of the page; empty for who may not.
    pub(crate) report_href: String,
}

/// One trouble of the server.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    pub(crate) text: &'static str,
    /// For whoever is signed in: what was found, in the words of the log.
    pub(crate) details: String,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) operator: String,
    pub(crate) csrf: String,
}

/// A link of the main menu.
#[derive(Debug, Clone)]
pub(crate) struct NavLink {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) here: bool,
    pub(crate) count: Option<String>,
}

/// One step of the way to this page; the last has no link.
#[derive(Debug, Clone)]
pub(crate) struct Crumb {
    pub(crate) label: String,
    pub(crate) href: Option<String>,
}

impl Layout {
    /// A layout without menu and refresh, for whoever is not signed in.
    pub(crate) fn bare(reading: &Reading, title: &str, switch: String) -> Self {
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
            newest: None,
            ages: reading.words_of_ages(),
            offset_s: reading.offset_s,
            through: String::new(),
            notice: String::new(),
            synthetic: false,
            alarms: Vec::new(),
            report_href: String::new(),
        }
    }

    /// The texts of the forms of reports.
    pub(crate) fn r(&self) -> &'static report::Text {
        report::text(self.lang)
    }

    /// Where browsers find an asset of this name.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The same layout with what is wrong with the server.
    pub(crate) fn with_alarms(mut self, health: &Health) -> Self {
        let alarm = |(trouble, details)| {
            let text = match trouble {
                Trouble::Damage => self.t.alarm_damage,
                Trouble::CannotWrite => self.t.alarm_cannot_write,
                Trouble::DiskLow => self.t.alarm_disk_low,
                Trouble::Certificate => self.t.alarm_certificate,
                Trouble::Clock => self.t.alarm_clock,
            };
            Alarm { text, details }
        };
        self.alarms = health.troubles().into_iter().map(alarm).collect();
        self
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) layout: Layout,
    pub(crate) p: &'static people::Text,
    pub(crate) csrf: String,
    pub(crate) next: String,
    pub(crate) problem: String,
    /// The name that was typed; empty on a new form.
    pub(crate) username: String,
    /// That the password was right and a one-time code is asked for; empty while the password is.
    pub(crate) half_in: String,
}

#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct MessagePage {
    pub(crate) layout: Layout,
    pub(crate) help: &'static str,
}

#[derive(Template)]
#[template(path = "region.html")]
pub(crate) struct RegionPage {
    pub(crate) layout: Layout,
    pub(crate) view: RegionView,
}

#[derive(Template)]
#[template(path = "tps.html")]
pub(crate) struct TpsPage {
    pub(crate) layout: Layout,
    pub(crate) view: TpsView,
}

/// The rows of a list page, and what stands around them.
pub(crate) struct List<T> {
    pub(crate) rows: Vec<T>,
    /// What is said where there are none.
    pub(crate) empty: &'static str,
    /// What is said of them; may be empty.
    pub(crate) under: String,
    /// That there are more rows than these; empty if there are not.
    pub(crate) more: &'static str,
}

impl<T> List<T> {
    /// All rows, with nothing to say of them.
    pub(crate) fn new(rows: Vec<T>, empty: &'static str) -> Self {
        Self { rows, empty, under: String::new(), more: "" }
    }

    /// The same with what is said of the rows.
    pub(crate) fn under(self, under: String) -> Self {
        Self { under, ..self }
    }

    /// The same, cut: `more` says so.
    pub(crate) fn cut(self, is_cut: bool, more: &'static str) -> Self {
        Self { more: if is_cut { more } else { "" }, ..self }
    }
}

#[derive(Template)]
#[template(path = "incidents.html")]
pub(crate) struct IncidentsPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static crate::text::incident::Text,
    /// The place it is narrowed to, and its code; empty for all.
    pub(crate) only: String,
    pub(crate) place: String,
    /// Regions that may be typed: code and name.
    pub(crate) regions: Vec<(String, String)>,
    pub(crate) choices: Vec<officer::Choices>,
    pub(crate) is_narrowed: bool,
    pub(crate) pager: Pager,
    pub(crate) list: List<ListedIncident>,
}

#[derive(Template)]
#[template(path = "findings.html")]
pub(crate) struct FindingsPage {
    pub(crate) layout: Layout,
    /// The place it is narrowed to; empty for all.
    pub(crate) only: String,
    /// Its code.
    pub(crate) place: String,
    /// Rules and severities to narrow it to: word, name, whether it is chosen.
    pub(crate) rules: Vec<(String, &'static str, bool)>,
    pub(crate) severities: Vec<(&'static str, String, bool)>,
    pub(crate) is_narrowed: bool,
    /// It lists closed ones.
    pub(crate) shows_closed: bool,
    /// The list of the others.
    pub(crate) other: String,
    /// The same list with something to tick; empty where there is none.
    pub(crate) pick_href: String,
    /// What became of a form; may be empty.
    pub(crate) told: String,
    /// The form for several findings at once.
    pub(crate) several: Option<Several>,
    /// What the export is asked for.
    pub(crate) export_query: String,
    /// Each with what is ticked, and whether it is.
    pub(crate) list: List<(FindingView, String, bool)>,
}

/// The form by which several findings are closed with one reason.
pub(crate) struct Several {
    pub(crate) csrf: String,
    /// The list that the form stands on.
    pub(crate) here: String,
    pub(crate) why: String,
    pub(crate) why_bytes: usize,
}

/// The first screen.
#[derive(Template)]
#[template(path = "overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) layout: Layout,
    pub(crate) o: &'static overview::Text,
    pub(crate) csrf: String,
    /// The visitor may take matters.
    pub(crate) may_act: bool,
    /// The address to come back to.
    pub(crate) here: String,
    pub(crate) view: OverviewView,
}

/// All that needs attention.
#[derive(Template)]
#[template(path = "attention.html")]
pub(crate) struct AttentionPage {
    pub(crate) layout: Layout,
    pub(crate) o: &'static overview::Text,
    pub(crate) csrf: String,
    pub(crate) may_act: bool,
    /// What was wrong with a form; may be empty.
    pub(crate) told: String,
    /// The matter that a note was typed for, and the note.
    pub(crate) typed: (String, String),
    pub(crate) note_bytes: usize,
    /// What the list is narrowed to.
    pub(crate) of: String,
    pub(crate) here: String,
    pub(crate) pager: Pager,
    pub(crate) list: List<MatterView>,
}

/// What is with an operator, to be handed over.
#[derive(Template)]
#[template(path = "shift.html")]
pub(crate) struct ShiftPage {
    pub(crate) layout: Layout,
    pub(crate) o: &'static overview::Text,
    pub(crate) csrf: String,
    pub(crate) may_act: bool,
    pub(crate) told: String,
    /// The moment of the page.
    pub(crate) now: String,
    pub(crate) note: String,
    pub(crate) note_bytes: usize,
    pub(crate) mine: Vec<MatterView>,
    /// Operators who may take it.
    pub(crate) heirs: Vec<String>,
    pub(crate) deeds: Vec<DeedView>,
}

#[derive(Template)]
#[template(path = "tps_list.html")]
pub(crate) struct TpsListPage {
    pub(crate) layout: Layout,
    /// The place it is narrowed to; empty for all.
    pub(crate) only: String,
    pub(crate) filter: Filter,
    /// How many have their goods in each state.
    pub(crate) tally: Vec<Part>,
    pub(crate) pager: Pager,
    /// The form of a directive to the camats of the list, and what its link says; `None` for nobody.
    pub(crate) directive: Option<(String, String)>,
    /// The same as a table.
    pub(crate) export: String,
    pub(crate) list: List<ListedTps>,
}

#[derive(Template)]
#[template(path = "silence.html")]
pub(crate) struct SilencePage {
    pub(crate) layout: Layout,
    /// The place it is narrowed to; empty for all.
    pub(crate) only: String,
    /// The title of the first column: the level of the regions.
    pub(crate) column: &'static str,
    /// The same table of the other level: its address and its name.
    pub(crate) other: (String, &'static str),
    /// What the export is asked for.
    pub(crate) export_query: String,
    pub(crate) list: List<SilenceRow>,
}

/// What is open of a finding, or was closed in one way, with the records behind it.
pub(crate) struct FindingPart {
    pub(crate) finding: FindingView,
    pub(crate) records: Vec<RecordView>,
}

#[derive(Template)]
#[template(path = "finding.html")]
pub(crate) struct FindingPage {
    pub(crate) layout: Layout,
    pub(crate) id: String,
    pub(crate) parts: Vec<FindingPart>,
    /// What became of the form that was sent; empty for none.
    pub(crate) outcome: String,
    /// What changed since the page that a form was filled in on; `None` without one that was refused for it.
    pub(crate) change: Option<Change>,
    /// A reason that was typed while there is no form to keep it in any more; empty for none.
    pub(crate) typed: String,
    pub(crate) forms: Vec<RulingForm>,
}

/// What changed since the page that a form was filled in on.
pub(crate) struct Change {
    /// The sentence on that page; may be empty.
    pub(crate) before: String,
    /// The sentence of now.
    pub(crate) now: String,
    /// Records that came in since.
    pub(crate) records: Vec<RecordView>,
}

/// A form by which the desk decides about a finding.
#[derive(Default)]
pub(crate) struct RulingForm {
    pub(crate) csrf: String,
    /// `close` or `reopen`.
    pub(crate) act: &'static str,
    pub(crate) title: &'static str,
    pub(crate) button: &'static str,
    /// What it is decided on.
    pub(crate) evidence: String,
    /// The row of the log up to which the page speaks.
    pub(crate) through: u64,
    /// The sentence of the page.
    pub(crate) sentence: String,
    /// The places that may be chosen.
    pub(crate) places: Vec<ChosenPlace>,
    /// Only some are chosen.
    pub(crate) only_some: bool,
    pub(crate) why: String,
    /// Most bytes of the reason.
    pub(crate) why_bytes: usize,
}

/// A place of a finding in a form.
pub(crate) struct ChosenPlace {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "quarantine.html")]
pub(crate) struct QuarantinePage {
    pub(crate) layout: Layout,
    pub(crate) list: List<RecordView>,
    /// Records that do not count for want of trust.
    pub(crate) uncounted: List<RecordView>,
}

/// A place that a search found.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) under: String,
    pub(crate) code: String,
    pub(crate) last_word: Option<Moment>,
}

#[derive(Template)]
#[template(path = "search.html")]
pub(crate) struct SearchPage {
    pub(crate) layout: Layout,
    pub(crate) list: List<Hit>,
}
