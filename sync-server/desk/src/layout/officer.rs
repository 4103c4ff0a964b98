//! The pages about officers, their phones and codes, as askama knows them.

use askama::Template;

use super::{
    Layout, List,
    directive::{Choice, Fault},
};
use crate::{
    format::Moment,
    text::officer::Text,
    view::{
        officer::{ListedOfficer, OverView},
        task::TaskView,
        timeline::RecordView,
        tps_list::Pager,
    },
};

/// A field of the form that narrows the list.
pub(crate) struct Choices {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "officers.html")]
pub(crate) struct OfficersPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    /// What was searched for; empty for all.
    pub(crate) who: String,
    /// The place it is narrowed to; empty for all.
    pub(crate) within: String,
    /// Regions that may be typed: code and name.
    pub(crate) regions: Vec<(String, String)>,
    pub(crate) choices: Vec<Choices>,
    pub(crate) is_narrowed: bool,
    /// Lists that are often wanted: name and address.
    pub(crate) quick: Vec<(&'static str, String)>,
    pub(crate) may_change: bool,
    pub(crate) cards: String,
    pub(crate) export: String,
    /// Phones over their quota of the day.
    pub(crate) over: Vec<OverView>,
    pub(crate) pager: Pager,
    pub(crate) list: List<ListedOfficer>,
}

/// A code that may still be redeemed.
pub(crate) struct CodeRow {
    pub(crate) handle: String,
    pub(crate) made: Moment,
    pub(crate) until: Moment,
}

/// What the officer page must know to make a code.
pub(crate) struct CodeForm {
    pub(crate) hours: String,
    pub(crate) hours_most: u32,
    /// The address is asked for: the server does not know its own.
    pub(crate) asks_url: bool,
    pub(crate) url: String,
}

#[derive(Template)]
#[template(path = "officer.html")]
pub(crate) struct OfficerPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) csrf: String,
    /// What was done; empty for nothing.
    pub(crate) told: &'static str,
    pub(crate) faults: Vec<Fault>,
    pub(crate) may_change: bool,
    pub(crate) officer: ListedOfficer,
    pub(crate) codes: Vec<CodeRow>,
    pub(crate) code: CodeForm,
    /// Roles that may be given.
    pub(crate) roles: Vec<Choice>,
    /// The grant that another takes the place of, as a form sends it.
    pub(crate) instead: String,
    pub(crate) place: String,
    pub(crate) regions: Vec<(String, String)>,
    pub(crate) directives: Vec<TaskView>,
    pub(crate) records: Vec<RecordView>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) csrf: String,
    /// Where the form goes to, and where its cancellation leads.
    pub(crate) action: String,
    pub(crate) faults: Vec<Fault>,
    /// What it does, a sentence each.
    pub(crate) effects: Vec<String>,
    /// Fields that the form sends on as they are.
    pub(crate) hidden: Vec<(&'static str, String)>,
    /// A reason is asked for.
    pub(crate) asks_why: bool,
    pub(crate) why: String,
    pub(crate) why_bytes: usize,
}

/// A card with a code, for one officer.
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) number: u32,
    pub(crate) roles: String,
    pub(crate) places: String,
    /// The code as a picture: an element made here, of nothing that anybody typed.
    pub(crate) picture: String,
    pub(crate) handle: String,
    pub(crate) secret: String,
    /// The server, as a phone shows it beside a typed code.
    pub(crate) fingerprint: String,
    pub(crate) url: String,
    pub(crate) until: Moment,
}

#[derive(Template)]
#[template(path = "codes.html")]
pub(crate) struct CodesPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    /// Where to go on.
    pub(crate) back: String,
    pub(crate) cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "cards.html")]
pub(crate) struct CardsPage {
    pub(crate) layout: Layout,
    pub(crate) d: &'static Text,
    pub(crate) csrf: String,
    pub(crate) faults: Vec<Fault>,
    pub(crate) within: String,
    pub(crate) region: String,
    pub(crate) regions: Vec<(String, String)>,
    /// Officers there without a phone and without a code that is still valid.
    pub(crate) count: usize,
    /// Officers there without a phone who have such a code.
    pub(crate) waiting: usize,
    /// How many cards are made at once.
    pub(crate) made: usize,
    /// That these are not all; empty if they are.
    pub(crate) more: String,
    pub(crate) code: CodeForm,
}
