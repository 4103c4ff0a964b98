//! The pages about directives, as askama knows them.

use askama::Template;

use super::{Layout, List};
use crate::{
    text::directive::Text,
    view::{
        incident::ProgressView,
        task::{AskedView, TaskView},
        tps_list::{Callee, Pager},
    },
};

/// A state that the list may be narrowed to.
pub(crate) struct StateLink {
    pub(crate) label: &'static str,
    pub(crate) count: String,
    pub(crate) href: String,
    pub(crate) here: bool,
}

#[derive(Template)]
#[template(path = "directives.html")]
pub(crate) struct DirectivesPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    /// What was done; empty for nothing.
    pub(crate) told: &'static str,
    pub(crate) may_give: bool,
    pub(crate) states: Vec<StateLink>,
    pub(crate) pager: Pager,
    pub(crate) list: List<TaskView>,
}

#[derive(Template)]
#[template(path = "directive.html")]
pub(crate) struct DirectivePage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) id: String,
    pub(crate) csrf: String,
    /// What was done, or why it was not; empty for nothing.
    pub(crate) told: &'static str,
    pub(crate) is_refused: bool,
    pub(crate) may_give: bool,
    /// How many said nothing.
    pub(crate) silent: usize,
    pub(crate) why: String,
    /// Most bytes of a reason.
    pub(crate) why_bytes: usize,
    /// Answers of officers who are not asked.
    pub(crate) also: Vec<ProgressView>,
    pub(crate) pager: Pager,
    pub(crate) head: TaskView,
    pub(crate) rows: Vec<AskedView>,
}

/// One of several things that may be chosen: its word in the form, its text, chosen.
pub(crate) type Choice = (String, String, bool);

/// A field of a form that is wrong, and why.
pub(crate) struct Fault {
    /// The id of the field.
    pub(crate) field: &'static str,
    pub(crate) text: String,
}

#[derive(Template)]
#[template(path = "directive_new.html")]
pub(crate) struct NewDirectivePage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) csrf: String,
    pub(crate) faults: Vec<Fault>,
    pub(crate) to: Vec<Choice>,
    pub(crate) officer: String,
    pub(crate) roles: Vec<Choice>,
    pub(crate) place: String,
    /// Regions that may be typed: code and name.
    pub(crate) regions: Vec<(String, String)>,
    /// The conditions of a filtered list; empty for none.
    pub(crate) conditions: String,
    /// The directive whose silent officers are meant; empty for none.
    pub(crate) of: String,
    pub(crate) text: String,
    pub(crate) text_bytes: usize,
    pub(crate) due: String,
    /// Who will get it; `None` before that is known.
    pub(crate) preview: Option<Preview>,
}

/// Who will get a directive.
pub(crate) struct Preview {
    pub(crate) count: String,
    pub(crate) people: Vec<Callee>,
    /// How many are not shown; empty for none.
    pub(crate) more: String,
    /// Another text for other people.
    pub(crate) who: String,
}

impl NewDirectivePage {
    /// The first thing that is wrong with a field.
    pub(crate) fn fault(&self, field: &str) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.field == field)
    }
}
