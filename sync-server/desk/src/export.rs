//! Exports for spreadsheets: one line a TPS, a hop of its kit, a place of a finding, or a region. Written as they are
//! read: some at a time, each part from one snapshot, so that neither a province in memory nor a slow reader holds the
//! store.

mod cell;
pub(crate) mod custody;
pub(crate) mod findings;
pub(crate) mod officers;
pub(crate) mod silence;
pub(crate) mod tps;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::get,
};
use http_body_util::channel::Channel;
use pantau_log::Error;
use pantau_protocol::{place::Place, projection::PlaceState};

use crate::{
    ask::{self, Ask},
    limit, page,
    problem::{Code, Problem, Refusal},
    query::Query,
    reader::{self, Reader},
    reply,
    select::{self, Selection},
    state::{Desk, blocking},
    visit::Asked,
    walk::{self, Kind},
};
use cell::Sheet;

/// The routes of the exports.
pub(crate) fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/export/tps.csv", get(tps::tps))
        .route("/export/custody.csv", get(custody::custody))
        .route("/export/findings.csv", get(findings::findings))
        .route("/export/silence.csv", get(silence::silence))
        .route("/export/officers.csv", get(officers::officers))
}

/// A table that can be exported.
struct Table {
    /// Name of the file without its ending.
    name: &'static str,
    /// Names of the columns.
    columns: &'static [&'static str],
    /// It can be narrowed as the list of TPS is.
    has_conditions: bool,
    /// Writes its lines.
    lines: Lines,
}

/// Writes some lines of a table: those behind what the lines before ended with, an empty text for the first ones, only
/// of what is selected. Says what these end with; `None` after the last ones.
type Lines = fn(&Ask<'_>, &Selection, &str, &mut Sheet) -> Result<Option<String>, Error>;

/// Writes the lines of places of a kind, some at a time, by code.
fn by_place(
    ask: &Ask<'_>,
    within: Option<&Place>,
    (kind, after): (Kind, &str),
    mut lines: impl FnMut(&Place, &PlaceState) -> Result<(), Error>,
) -> Result<Option<String>, Error> {
    let page = walk::page(ask.places, within, kind, after, limit::EXPORT_PLACES)?;
    page.places.iter().try_for_each(|(place, state)| lines(place, state))?;
    Ok(page.next)
}

/// What is exported to whom.
struct Job {
    desk: Arc<Desk>,
    reader: Reader,
    selection: Selection,
    table: &'static Table,
}

/// UTF-8 says so: spreadsheets of one maker take text without for something older.
const BOM: &str = "\u{feff}";

/// Answers with a table. Whoever is not signed in and has no token is a person with a browser: led to the sign-in.
async fn serve(desk: Arc<Desk>, asked: Asked, table: &'static Table) -> Response {
    let work = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        move || Ok(begin(&desk, &asked, table))
    };
    match blocking(work).await {
        Ok(Ok(begun)) => begun.reply(desk),
        Ok(Err(Refusal::Problem(problem))) if problem.is_not_signed_in() => page::to_sign_in(&asked),
        Ok(Err(refusal)) => refusal.told().reply(),
        Err(error) => Refusal::Failed(error).told().reply(),
    }
}

/// An export with its first lines: what can be refused is refused before anything is sent.
struct Begun {
    job: Job,
    first: Vec<u8>,
    next: Option<String>,
    place: tokio::sync::OwnedSemaphorePermit,
}

fn begin(desk: &Arc<Desk>, asked: &Asked, table: &'static Table) -> Result<Begun, Refusal> {
    let reader = reader::admit(desk, asked)?;
    let conditions = if table.has_conditions { select::NAMES.as_slice() } else { &["within"] };
    let query = Query::read(asked, &[conditions, &["bom", "lang"]].concat())?;
    let mut selection = Selection::read(&query)?;
    selection.within = reader.narrowed(selection.within)?;
    let has_bom = query.choice("bom", &[("1", true), ("0", false)], false)?;
    let place = Arc::clone(&desk.exports).try_acquire_owned();
    let place = place.map_err(|_| Problem::new(Code::TooManyExports))?;
    let job = Job { desk: Arc::clone(desk), reader, selection, table };
    let mut first = if has_bom { BOM.as_bytes().to_vec() } else { Vec::new() };
    let mut head = Sheet::default();
    table.columns.iter().for_each(|name| head.text(name));
    head.end();
    first.extend(head.into_bytes()?);
    let (lines, next) = job.lines("")?;
    first.extend(lines);
    job.reader.reads(desk, asked);
    Ok(Begun { job, first, next, place })
}

impl Job {
    /// The lines behind what those before ended with, and what these end with.
    fn lines(&self, after: &str) -> Result<(Vec<u8>, Option<String>), Refusal> {
        ask::on_snapshot(&self.desk, &self.reader, |ask| {
            if !self.reader.is_still_let_in(ask.view, ask.now).map_err(Error::from)? {
                return Err(Problem::new(Code::NotSignedIn).into());
            }
            let mut sheet = Sheet::default();
            let next = (self.table.lines)(ask, &self.selection, after, &mut sheet)?;
            Ok((sheet.into_bytes()?, next))
        })
    }

    fn file_name(&self) -> String {
        let within = self.selection.within.as_ref().map_or_else(String::new, |place| format!("-{place}"));
        format!("pantau-{}{}.csv", self.table.name, within.replace('/', "-"))
    }
}

impl Begun {
    /// Sends the first lines and makes the rest as the reader takes them. One that fails midway is cut, so that half a
    /// table does not look like a whole one.
    fn reply(self, desk: Arc<Desk>) -> Response {
        let Self { job, first, mut next, place } = self;
        let (mut sender, body) = Channel::<Bytes, Error>::new(1);
        let mut reply =
            reply::text(StatusCode::OK, "text/csv; charset=utf-8; header=present", Body::new(body));
        let name = format!("attachment; filename=\"{}\"", job.file_name());
        if let Ok(name) = HeaderValue::from_str(&name) {
            reply.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        let job = Arc::new(job);
        tokio::spawn(async move {
            let mut lines = first;
            loop {
                if sender.send_data(lines.into()).await.is_err() {
                    break;
                }
                let Some(after) = next.take() else { break };
                let job = Arc::clone(&job);
                match blocking(move || Ok(job.lines(&after))).await {
                    Ok(Ok((more, behind))) => (lines, next) = (more, behind),
                    Ok(Err(refusal)) => return sender.abort(cut(refusal)),
                    Err(error) => return sender.abort(cut(Refusal::Failed(error))),
                }
            }
            drop((place, desk));
        });
        reply
    }
}

/// Why an export ends before its end, for the log.
fn cut(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Failed(error) => {
            tracing::error!(%error, "an export was cut");
            error
        }
        Refusal::Problem(problem) => {
            tracing::info!(?problem, "an export was cut");
            Error::Closed
        }
    }
}
