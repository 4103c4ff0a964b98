//! The pages of a report as askama knows them.

use askama::Template;
use pantau_protocol::place::Place;

use super::fields::{Group, Input};
use crate::{
    layout::Layout,
    page::Context,
    text::report::Text,
    view::{Notes, href, timeline::RecordView},
};

/// The place of a report.
#[derive(Debug, Clone)]
pub(crate) struct PlaceView {
    pub(crate) name: String,
    pub(crate) under: String,
    pub(crate) code: String,
    pub(crate) href: String,
}

pub(super) fn place(c: &Context<'_>, place: &Place) -> PlaceView {
    let notes = Notes::new();
    let look = c.look(&notes);
    PlaceView {
        name: look.titled(place),
        under: look.under(place),
        code: place.to_string(),
        href: href(place),
    }
}

/// A place that a typed text fits.
#[derive(Debug, Clone)]
pub(crate) struct PlaceLink {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) under: String,
    pub(crate) code: String,
}

#[derive(Template)]
#[template(path = "report_place.html")]
pub(crate) struct PlacePage {
    pub(crate) layout: Layout,
    pub(crate) r: &'static Text,
    pub(crate) typed: String,
    /// That nothing fits; empty where something does.
    pub(crate) problem: String,
    pub(crate) links: Vec<PlaceLink>,
    /// There are more.
    pub(crate) more: bool,
    /// Names that are offered while one types.
    pub(crate) suggested: Vec<String>,
}

#[derive(Template)]
#[template(path = "report_kind.html")]
pub(crate) struct KindPage {
    pub(crate) layout: Layout,
    pub(crate) r: &'static Text,
    pub(crate) place: PlaceView,
    /// Address and name of each kind.
    pub(crate) kinds: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "report.html")]
pub(crate) struct ReportPage {
    pub(crate) layout: Layout,
    pub(crate) r: &'static Text,
    pub(crate) csrf: String,
    /// Name of the form, by which it is written once.
    pub(crate) form: String,
    pub(crate) place: PlaceView,
    pub(crate) kind: String,
    pub(crate) kind_word: &'static str,
    /// The record it corrects; empty for none.
    pub(crate) correct: String,
    /// The checklist that is answered; empty for none.
    pub(crate) list: String,
    /// What a second press confirms; empty for nothing.
    pub(crate) confirm: String,
    /// Why the form was not taken; empty for a new one.
    pub(crate) outcome: String,
    /// What is wrong, with the input; it may be empty.
    pub(crate) summary: Vec<SummaryLine>,
    pub(crate) link: Option<(String, &'static str)>,
    pub(crate) groups: Vec<Group>,
    pub(crate) button: &'static str,
}

/// A line of the summary of what is wrong.
#[derive(Debug, Clone)]
pub(crate) struct SummaryLine {
    /// Id of the field; empty for none.
    pub(crate) input: String,
    /// Name of the field; may be empty.
    pub(crate) label: String,
    pub(crate) text: String,
}

/// The summary of what is wrong, each line with the name of its field.
pub(super) fn summary(groups: &[Group], said: Vec<(String, String)>) -> Vec<SummaryLine> {
    let field = |input: &str| groups.iter().flat_map(|group| &group.fields).find(|field| field.name == input);
    let line = |(input, text): (String, String)| match field(&input) {
        Some(field) => SummaryLine { label: field.label.clone(), input, text },
        None => SummaryLine { input: String::new(), label: String::new(), text },
    };
    said.into_iter().map(line).collect()
}

#[derive(Template)]
#[template(path = "report_take_back.html")]
pub(crate) struct TakeBackPage {
    pub(crate) layout: Layout,
    pub(crate) r: &'static Text,
    pub(crate) csrf: String,
    pub(crate) form: String,
    pub(crate) id: String,
    pub(crate) outcome: String,
    pub(crate) place: PlaceView,
    pub(crate) record: Vec<RecordView>,
    /// The reason that was typed, escaped.
    pub(crate) why: String,
}

#[derive(Template)]
#[template(path = "report_done.html")]
pub(crate) struct DonePage {
    pub(crate) layout: Layout,
    pub(crate) r: &'static Text,
    pub(crate) title: &'static str,
    pub(crate) place: PlaceView,
    /// The page of the place.
    pub(crate) place_href: String,
    pub(crate) record: Vec<RecordView>,
    /// The record, where it may be corrected or taken back.
    pub(crate) id: Option<String>,
}
