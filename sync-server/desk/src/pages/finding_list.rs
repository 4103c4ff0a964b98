//! The list of findings: narrowed by place, rule and severity; and, for whoever decides about several at once, with
//! something to tick.

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    ops::{Act, Evidence},
    store::Rights,
};
use pantau_protocol::{
    limit::NOTE_BYTES,
    place::Place,
    projection::findings::{Finding, Rule, Severity},
};

use crate::{
    layout::{FindingsPage, List, Several},
    page::Context,
    reply,
    view::{self, Look, Notes},
};

/// What a form about several findings came to, where it was not taken whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Again {
    /// What became of it, in words.
    pub(crate) told: String,
    pub(crate) status: StatusCode,
    /// What is still ticked: finding and evidence.
    pub(crate) picks: Vec<String>,
    pub(crate) why: String,
}

/// What the list is narrowed to.
struct Wanted {
    only: Option<Place>,
    shows_closed: bool,
    rule: Option<Rule>,
    severity: Option<Severity>,
}

const SEVERITIES: [Severity; 3] = [Severity::High, Severity::Medium, Severity::Low];

impl Wanted {
    fn read(c: &Context<'_>) -> Self {
        let word = |name: &str| c.asked.parameter(name).unwrap_or_default();
        let (rule, severity) = (word("rule"), word("severity"));
        Self {
            only: super::narrowed(c),
            shows_closed: c.asked.parameter("closed").is_some(),
            rule: Rule::ALL.iter().copied().find(|known| known.number().to_string() == rule),
            severity: SEVERITIES.into_iter().find(|known| known.name() == severity),
        }
    }

    fn has(&self, finding: &Finding) -> bool {
        finding.is_open() != self.shows_closed
            && self.rule.is_none_or(|rule| finding.rule == rule)
            && self.severity.is_none_or(|severity| finding.severity == severity)
    }

    /// The address of the list, with or without something else of it.
    fn href(&self, closed: bool, pick: bool) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let place = self.only.as_ref().map(Place::to_string);
        let rule = self.rule.map(|rule| rule.number().to_string());
        let severity = self.severity.map(|severity| severity.name().to_owned());
        let one = |is: bool| is.then(|| "1".to_owned());
        let all = [
            ("place", place),
            ("rule", rule),
            ("severity", severity),
            ("closed", one(closed)),
            ("pick", one(pick)),
        ];
        for (name, value) in all {
            value.map(|value| query.append_pair(name, &value));
        }
        let query = query.finish();
        if query.is_empty() { "/findings".to_owned() } else { format!("/findings?{query}") }
    }
}

/// `GET /findings`, all or those of `?place=`, `?rule=`, `?severity=`; with `?closed=1` those that are closed, with
/// `?pick=1` to decide about several.
pub(crate) fn findings(c: &Context<'_>, again: &Again) -> Result<Response, Error> {
    let wanted = Wanted::read(c);
    let all = c.places.findings(wanted.only.as_ref())?;
    let chosen: Vec<&Finding> = all.iter().filter(|finding| wanted.has(finding)).collect();
    let notes = Notes::new();
    let look = c.look(&notes);
    let t = look.t();
    let may_pick = c.visitor.rights >= Rights::Desk && !wanted.shows_closed && !chosen.is_empty();
    let picks = may_pick && (c.asked.parameter("pick").is_some() || !again.told.is_empty());
    let shown = chosen.iter().take(super::ROWS);
    let rows = shown.map(|finding| {
        let pick = picks.then(|| Evidence::of(&all, finding.id, Act::Close)).flatten();
        let pick = pick.map_or_else(String::new, |evidence| format!("{}.{evidence}", finding.id));
        let is_picked = again.picks.contains(&pick);
        (view::finding::finding(look, finding), pick, is_picked)
    });
    let rows = rows.collect();
    let count = look.reading.number(chosen.len() as u64);
    let (under, empty) = match wanted.shows_closed {
        true => (t.findings_closed, t.empty_findings_closed),
        false => (t.findings_gravest, t.empty_findings),
    };
    let title = t.findings;
    let mut layout = c.layout(title.to_owned(), c.beside(title));
    // What is ticked and typed must not vanish.
    layout.live = !picks;
    let done = c.asked.parameter("done").and_then(|n| n.parse::<u32>().ok());
    let page = FindingsPage {
        layout,
        only: super::narrowed_name(c, wanted.only.as_ref()),
        place: wanted.only.as_ref().map_or_else(String::new, Place::to_string),
        rules: rules(look, all.iter().filter(|f| f.is_open() != wanted.shows_closed), wanted.rule),
        severities: severities(look, wanted.severity),
        is_narrowed: wanted.rule.is_some() || wanted.severity.is_some(),
        shows_closed: wanted.shows_closed,
        other: wanted.href(!wanted.shows_closed, false),
        pick_href: if may_pick && !picks { wanted.href(false, true) } else { String::new() },
        told: match done {
            Some(n) => format!("{} {}", look.reading.number(n), t.several_closed),
            None => again.told.clone(),
        },
        several: picks.then(|| Several {
            csrf: c.csrf(),
            here: wanted.href(false, true),
            why: again.why.clone(),
            why_bytes: NOTE_BYTES,
        }),
        export_query: super::export_query(wanted.only.as_ref()),
        list: List::new(rows, empty)
            .under(format!("{count} {under}"))
            .cut(chosen.len() > super::ROWS, t.shown_first),
    };
    Ok(reply::page(if done.is_some() { StatusCode::OK } else { again.status }, &page))
}

/// The rules that found something here, each with its name.
fn rules<'f>(
    look: Look<'_>,
    all: impl Iterator<Item = &'f Finding>,
    chosen: Option<Rule>,
) -> Vec<(String, &'static str, bool)> {
    let mut found: Vec<(&'static str, Rule)> =
        all.map(|finding| (view::finding::title(look, finding), finding.rule)).collect();
    found.sort_by_key(|(title, rule)| (*title, rule.number()));
    found.dedup();
    let row = |(title, rule): (&'static str, Rule)| (rule.number().to_string(), title, chosen == Some(rule));
    found.into_iter().map(row).collect()
}

fn severities(look: Look<'_>, chosen: Option<Severity>) -> Vec<(&'static str, String, bool)> {
    let row = |severity: Severity| {
        let name = view::finding::severity(look.lang(), severity).text;
        (severity.name(), name, chosen == Some(severity))
    };
    SEVERITIES.into_iter().map(row).collect()
}
