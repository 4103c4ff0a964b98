//! Incidents that are not settled, gravest first, with who is to be called and who answered.

use axum::{http::StatusCode, response::Response};
use pantau_log::Error;
use pantau_protocol::{
    body::Severity,
    place::{Level, Place},
    projection::IncidentState,
};

use crate::{
    layout::{IncidentsPage, List, directive::Choice, officer::Choices},
    limit,
    page::Context,
    query::Query,
    reply,
    text::{incident::text, words},
    view::{self, Look, Notes, paged},
};

const SEVERITY: [(&str, Option<Severity>); 4] = [
    ("high", Some(Severity::High)),
    ("medium", Some(Severity::Medium)),
    ("low", Some(Severity::Low)),
    ("", None),
];
const ANSWERED: [(&str, Option<bool>); 3] = [("yes", Some(true)), ("no", Some(false)), ("", None)];

/// What the list is narrowed to.
struct Wanted {
    severity: Option<Severity>,
    answered: Option<bool>,
    within: Option<Place>,
}

impl Wanted {
    fn read(query: &Query) -> Option<Self> {
        let within = query.text("place").map(str::trim).filter(|text| !text.is_empty());
        Some(Self {
            severity: query.choice("severity", &SEVERITY, None).ok()?,
            answered: query.choice("answered", &ANSWERED, None).ok()?,
            within: within.map(Place::typed).transpose().ok()?,
        })
    }

    fn has(&self, state: &IncidentState) -> bool {
        self.severity.is_none_or(|severity| severity == state.severity)
            && self.answered.is_none_or(|answered| answered == state.progress.is_some())
    }

    /// The address of the list, without the page.
    fn href(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let word = SEVERITY.iter().find(|(_, s)| *s == self.severity && s.is_some()).map(|(word, _)| *word);
        let answered =
            ANSWERED.iter().find(|(_, a)| *a == self.answered && a.is_some()).map(|(word, _)| *word);
        let place = self.within.as_ref().map(Place::as_str);
        for (name, value) in [("severity", word), ("answered", answered), ("place", place)] {
            value.map(|value| query.append_pair(name, value));
        }
        let query = query.finish();
        if query.is_empty() { "/incidents".to_owned() } else { format!("/incidents?{query}") }
    }
}

/// `GET /incidents`, narrowed by the conditions of its address
pub(crate) fn incidents(c: &Context<'_>) -> Result<Response, Error> {
    let read = Query::read(c.asked, &["severity", "answered", "place", "page", "lang"]).ok();
    let read = read.and_then(|q| Some((Wanted::read(&q)?, q.number("page", 1, limit::LIST_PAGES).ok()?)));
    let Some((wanted, number)) = read else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    if wanted.within.as_ref().is_some_and(|within| !c.sees(within)) {
        return Ok(c.not_found());
    }
    let mut all = c.places.incidents(wanted.within.as_ref(), limit::INCIDENTS)?;
    all.retain(|(_, incident)| wanted.has(incident));
    let shown = all.iter().skip((number - 1) * limit::LIST_ROWS).take(limit::LIST_ROWS);
    let shown: Vec<&(Place, IncidentState)> = shown.collect();
    let notes = c.notes(shown.iter().flat_map(|(_, i)| super::incident_marks(i)))?;
    let look = c.look(&notes);
    let t = look.t();
    let camats = super::region::camats(look);
    let row = |(place, incident): &&(Place, IncidentState)| {
        let around = std::iter::once(place.clone()).chain(place.ancestors());
        let kecamatan = around.into_iter().find(|p| p.level() == Some(Level::District));
        let camats = kecamatan.and_then(|p| camats.get(&p)).cloned().unwrap_or_default();
        view::incident::listed(look, place, incident, &camats)
    };
    let rows = shown.iter().map(row).collect();
    let here = wanted.href();
    let is_narrowed = here != "/incidents";
    let page = IncidentsPage {
        layout: c.layout(t.open_incidents.to_owned(), c.beside(t.open_incidents)),
        d: text(look.lang()),
        only: named(c, wanted.within.as_ref()),
        place: wanted.within.as_ref().map_or_else(String::new, Place::to_string),
        regions: super::typed_regions(c),
        choices: choices(look, &wanted),
        pager: paged::pager(look, &here, number, all.len()),
        list: List::new(rows, if is_narrowed { text(look.lang()).empty_filtered } else { t.empty_incidents })
            .under(format!("{} {}", look.reading.number(all.len() as u64), t.gravest_first)),
        is_narrowed,
    };
    Ok(reply::page(StatusCode::OK, &page))
}

fn named(c: &Context<'_>, place: Option<&Place>) -> String {
    let notes = Notes::new();
    place.map_or_else(String::new, |place| c.look(&notes).titled(place))
}

/// The fields of the form that narrows the list.
fn choices(look: Look<'_>, wanted: &Wanted) -> Vec<Choices> {
    let (d, t) = (text(look.lang()), look.t());
    let all = || (String::new(), t.all.to_owned(), false);
    let severity = SEVERITY.iter().filter_map(|(word, severity)| {
        let severity = (*severity)?;
        let text = words::severity(look.lang(), severity);
        Some(((*word).to_owned(), text, wanted.severity == Some(severity)))
    });
    let answered: [Choice; 2] = [("yes", d.answered, true), ("no", d.unanswered, false)]
        .map(|(word, text, is)| (word.to_owned(), text.to_owned(), wanted.answered == Some(is)));
    vec![
        Choices {
            name: "severity",
            label: t.severity,
            choices: std::iter::once(all()).chain(severity).collect(),
        },
        Choices {
            name: "answered",
            label: t.progress,
            choices: std::iter::once(all()).chain(answered).collect(),
        },
    ]
}
