//! From a request to a page: who asks, the picture of this moment, the layout around the content.

use std::sync::Arc;

use axum::{
    extract::{RawPathParams, State},
    http::StatusCode,
    response::Response,
    routing::{MethodRouter, get},
};
use pantau_protocol::{
    journal::RecordId,
    place::{Level, Place},
};

use crate::{
    audit::By,
    auth::session,
    format::Reading,
    layout::{Crumb, Layout, MessagePage, NavLink, Who},
    limit, reply,
    state::{Desk, blocking, lock},
    text::{Text, people},
    unchanged,
    view::{Look, Notes, href},
    visit::{Asked, Visitor},
};
use pantau_log::{
    Error,
    import::{self, Told},
    ops::FormId,
    projector::{Places, Then},
    store::{self, Rights, StoreError},
};

/// A page for whoever is signed in. Reading is all it does: what changes something is a form with a route of its
/// own.
pub struct Page {
    /// Its address, as axum matches it.
    pub route: &'static str,
    /// Its entry in the main menu, if it has one.
    pub(crate) menu: Option<Menu>,
    /// Makes it from what the parts of its address in braces stand for.
    pub(crate) make: fn(&Context<'_>, &[String]) -> Result<Response, Error>,
}

/// An entry of the main menu.
pub(crate) struct Menu {
    pub(crate) label: fn(&Text) -> &'static str,
    /// How many wait there; 0 is not shown.
    pub(crate) waiting: fn(&Context<'_>) -> Result<u64, Error>,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.route)
    }
}

/// All that the content of a page is made from.
pub(crate) struct Context<'a> {
    desk: &'a Desk,
    /// All pages, for the main menu.
    pages: &'static [Page],
    /// The address of this one, as in the table; empty for none of them.
    route: &'static str,
    pub(crate) asked: &'a Asked,
    pub(crate) visitor: Visitor,
    /// The snapshot that the whole page is made from.
    pub(crate) view: &'a dyn store::View,
    pub(crate) places: Places<'a>,
    pub(crate) reading: Reading,
    synthetic: bool,
}

/// Answers requests for one of the pages.
pub(crate) fn serve(pages: &'static [Page], page: &'static Page) -> MethodRouter<Arc<Desk>> {
    get(async move |State(desk): State<Arc<Desk>>, parts: RawPathParams, asked: Asked| {
        let parts: Vec<String> = parts.iter().map(|(_, value)| value.to_owned()).collect();
        show(desk, asked, (pages, page.route), move |c| (page.make)(c, &parts)).await
    })
}

/// Any other address.
pub(crate) async fn nowhere(pages: &'static [Page], State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, (pages, ""), |c| Ok(c.not_found())).await
}

/// Makes a page for somebody who is signed in; sends everyone else to the sign-in page.
pub(crate) async fn show(
    desk: Arc<Desk>,
    asked: Asked,
    (pages, route): (&'static [Page], &'static str),
    content: impl FnOnce(&Context<'_>) -> Result<Response, Error> + Send + 'static,
) -> Response {
    let work = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        move || {
            let Some(visitor) = visitor(&desk, &asked)? else { return Ok((to_sign_in(&asked), None)) };
            let (who, source) = (visitor.operator.clone(), asked.caller.source);
            let forms =
                (visitor.session, desk.forms.token(&visitor.session), desk.form_token(&visitor.session)?);
            desk.server.follow_for_page()?;
            let made = on_snapshot(desk.store(), |view| {
                let places = desk.server.places_at(view)?.seen_by(visitor.scope.clone());
                let reading = reading(&desk, &asked, &places);
                let synthetic = places.known().has_synthetic() || import::were_synthetic(view)?;
                content(&Context {
                    desk: &desk,
                    pages,
                    route,
                    asked: &asked,
                    visitor,
                    view,
                    places,
                    reading,
                    synthetic,
                })
            });
            let made = made?;
            if made.status() == StatusCode::OK {
                let by = By { who: &who, source, now: desk.env().now() };
                desk.audits.read(desk.store(), by, asked.path());
            }
            Ok((made, Some(forms)))
        }
    };
    let mut reply = match blocking(work).await {
        Ok((reply, None)) => reply,
        Ok((reply, Some((session, token, masked)))) => {
            unchanged::tagged(reply, &asked, &session, (&token, &masked), desk.env().now()).await
        }
        Err(e) => failed(&desk, &asked, &e),
    };
    if let Some(lang) = asked.chosen_lang() {
        reply::keep_lang(&mut reply, lang, &desk.site);
    }
    reply
}

/// Makes a page on one snapshot, so that all its figures belong together.
pub(crate) fn on_snapshot<T>(
    store: &dyn store::Store,
    make: impl FnOnce(&dyn store::View) -> Result<T, Error>,
) -> Result<T, Error> {
    let (mut make, mut made) = (Some(make), None);
    store.read(&mut |view| match make.take().map(|make| make(view)) {
        // The store is told: it may be damage.
        Some(Err(Error::Store(error))) => Err(error),
        other => {
            made = other;
            Ok(())
        }
    })?;
    made.ok_or_else(|| Error::Store(StoreError::Other("the store did not run the work".into())))?
}

/// Something failed that the visitor cannot help. Said once in the log, and in plain words on the page.
pub(crate) fn failed(desk: &Desk, asked: &Asked, error: &Error) -> Response {
    tracing::error!(%error, "a desk page failed");
    let t = asked.lang().text();
    message(desk, asked, StatusCode::INTERNAL_SERVER_ERROR, t.failed, t.failed_help)
}

/// Who may not do what a form does, and why.
pub(crate) fn may_not(
    desk: &Desk,
    asked: &Asked,
    says: fn(&people::Text) -> (&'static str, &'static str),
) -> Response {
    let (title, help) = says(people::text(asked.lang()));
    message(desk, asked, StatusCode::FORBIDDEN, title, help)
}

/// Who reads only sent a form.
pub(crate) fn only_reads(desk: &Desk, asked: &Asked) -> Response {
    let t = asked.lang().text();
    message(desk, asked, StatusCode::FORBIDDEN, t.only_reads, t.only_reads_help)
}

/// A form without the right token.
pub(crate) fn refused(desk: &Desk, asked: &Asked) -> Response {
    let t = asked.lang().text();
    message(desk, asked, StatusCode::FORBIDDEN, t.refused, t.refused_help)
}

fn message(desk: &Desk, asked: &Asked, status: StatusCode, title: &str, help: &'static str) -> Response {
    let reading = desk.plain_reading(asked.lang());
    let layout = Layout::bare(&reading, title, asked.switched()).with_alarms(desk.server.health());
    reply::page(status, &MessagePage { layout, help })
}

/// Who is signed in, if anybody.
///
/// # Errors
/// Failures of the store.
pub(crate) fn visitor(desk: &Desk, asked: &Asked) -> Result<Option<Visitor>, Error> {
    let Some(id) = asked.cookie_bytes(&desk.session_cookie()) else { return Ok(None) };
    let now = desk.env().now();
    let found = store::read(desk.store(), |view| {
        let Some(session) = session::find(view, &id, now)? else { return Ok(None) };
        let Some(operator) = view.operator(&session.username)? else { return Ok(None) };
        let (rights, scope, has_codes) = (operator.rights, operator.scope, operator.totp.is_some());
        let (operator, session) = (session.username, session.id_hash);
        Ok(Some(Visitor { operator, session, has_codes, rights, scope }))
    })?;
    if found.is_some() {
        asked.caller.is_known();
    }
    Ok(found)
}

/// To the sign-in, and from there back to the address that was asked for.
pub(crate) fn to_sign_in(asked: &Asked) -> Response {
    sign_in_for(&asked.here())
}

/// The same for a form, which cannot be asked for: back to the page that it stood on.
pub(crate) fn form_to_sign_in(desk: &Desk, asked: &Asked) -> Response {
    sign_in_for(&asked.came_from(&desk.site.prefix))
}

fn sign_in_for(here: &str) -> Response {
    if here == "/" {
        return reply::go("/sign-in");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_');
    let next: String = here
        .bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    reply::go(&format!("/sign-in?next={next}"))
}

/// Times are written in the zone of the election profile; before there is one, in that of the province.
pub(crate) fn reading(desk: &Desk, asked: &Asked, places: &Places<'_>) -> Reading {
    desk.plain_reading(asked.lang()).in_zone_of(places.reference().profile())
}

impl Context<'_> {
    /// What views look things up in.
    pub(crate) fn look<'a>(&'a self, notes: &'a Notes) -> Look<'a> {
        Look {
            reading: &self.reading,
            reference: self.places.reference(),
            contacts: self.places.known().contacts(),
            names: self.places.known().names(),
            notes,
        }
    }

    /// The notes of these records.
    pub(crate) fn notes(&self, ids: impl IntoIterator<Item = RecordId>) -> Result<Notes, Error> {
        notes(self.view, ids)
    }

    /// Looks rows up in the store.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&dyn store::View) -> store::Stored<T>,
    ) -> Result<T, Error> {
        Ok(work(self.view)?)
    }

    /// Whether the TPS are made up, or were once.
    pub(crate) fn is_synthetic(&self) -> bool {
        self.synthetic
    }

    /// The public address of the server, if it knows it.
    pub(crate) fn site_address(&self) -> Option<&str> {
        self.desk.site.address.as_deref()
    }

    /// The address at which this very browser reached the server.
    pub(crate) fn asked_address(&self) -> String {
        let scheme = if self.desk.site.secure { "https" } else { "http" };
        self.asked.host().map_or_else(String::new, |host| format!("{scheme}://{host}"))
    }

    /// The token of the forms on this page.
    pub(crate) fn csrf(&self) -> String {
        self.desk.forms.token(&self.visitor.session)
    }

    /// A count that takes long, worked out once for all who see the same in the same minute. `of` says of what, where
    /// that differs from page to page.
    pub(crate) fn counted(
        &self,
        name: &'static str,
        of: &str,
        count: impl FnOnce() -> Result<u64, Error>,
    ) -> Result<u64, Error> {
        let scope = self.places.scope().map_or_else(String::new, |scope| format!("{scope:?}"));
        let key = (name, self.places.version(), format!("{of} {scope}"), self.reading.now / 60);
        if let Some(known) = lock(&self.desk.counts).get(&key) {
            return Ok(*known);
        }
        let counted = count()?;
        let mut counts = lock(&self.desk.counts);
        if counts.len() >= limit::COUNTS {
            counts.clear();
        }
        counts.insert(key, counted);
        Ok(counted)
    }

    /// The sums of an earlier moment, unix seconds; `None` while they are worked out.
    pub(crate) fn compare(&self, at: i64, is_chosen: bool) -> Option<Arc<Then>> {
        self.desk.compare.then(&self.desk.server, at, is_chosen)
    }

    /// The layout of a page.
    pub(crate) fn layout(&self, title: String, crumbs: Vec<Crumb>) -> Layout {
        let layout = Layout::bare(&self.reading, &title, self.asked.switched());
        let mut layout = layout.with_alarms(self.desk.server.health());
        layout.who = Some(Who { operator: self.visitor.operator.clone(), csrf: self.csrf() });
        layout.nav = self.nav();
        layout.crumbs = crumbs;
        layout.live = true;
        layout.synthetic = self.synthetic;
        layout.newest = self.places.received_at().map(|at| self.reading.moment(at));
        layout.through = self.through();
        layout.notice = self.notice();
        if self.visitor.rights >= Rights::Desk {
            layout.report_href = "/report".to_owned();
        }
        // After what is said of the figures.
        if layout.notice.is_empty() && self.visitor.rights >= Rights::Admin && !self.visitor.has_codes {
            layout.notice = people::text(self.reading.lang).no_codes.to_owned();
        }
        layout
    }

    /// The layout of the page of a place, which says so if the place is in no table.
    pub(crate) fn layout_of(&self, place: &Place, title: String, crumbs: Vec<Crumb>) -> Layout {
        let mut layout = self.layout(title, crumbs);
        if !self.is_known(place) && self.notice().is_empty() {
            layout.notice = self.reading.lang.text().not_listed.to_owned();
        }
        if !layout.report_href.is_empty() && self.is_known(place) {
            layout.report_href = format!("/report?place={place}");
        }
        layout
    }

    /// Whether there is such a region or TPS that the visitor may see.
    pub(crate) fn is_known(&self, place: &Place) -> bool {
        let reference = self.places.reference();
        self.sees(place) && (reference.region(place).is_some() || reference.tps(place).is_some())
    }

    /// Whether the visitor may see a place. States, sums and lists of [`Context::places`] are cut to that; whoever goes
    /// through reference data or rows of the log asks here.
    pub(crate) fn sees(&self, place: &Place) -> bool {
        self.places.sees(place)
    }

    /// The page that says there is none.
    pub(crate) fn not_found(&self) -> Response {
        self.message(StatusCode::NOT_FOUND, |t| (t.not_found, t.not_found_help))
    }

    /// A page that says only this: a title and what to do.
    pub(crate) fn message(
        &self,
        status: StatusCode,
        says: fn(&Text) -> (&'static str, &'static str),
    ) -> Response {
        let (title, help) = says(self.reading.lang.text());
        self.says(status, title, help)
    }

    /// The same with texts of its own.
    pub(crate) fn says(&self, status: StatusCode, title: &str, help: &'static str) -> Response {
        let layout = self.layout(title.to_owned(), Vec::new());
        reply::page(status, &MessagePage { layout, help })
    }

    /// The name of a new form.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub(crate) fn new_form(&self) -> Result<FormId, Error> {
        Ok(FormId(self.desk.env().random()?))
    }

    /// The form that this browser sent when its session had ended, as it was sent.
    pub(crate) fn kept_form(&self) -> Option<Vec<u8>> {
        let key = self.asked.cookie_bytes(&self.desk.kept_cookie())?;
        lock(&self.desk.kept).get(&key, self.desk.env().now())
    }

    /// Up to which row of the log the page speaks.
    fn through(&self) -> String {
        let t = self.reading.lang.text();
        format!("{} {}", t.log_through, self.reading.number(self.places.position()))
    }

    /// That places are being folded again, and how far that is; empty if they are not.
    fn notice(&self) -> String {
        let t = self.reading.lang.text();
        let Some(progress) = self.places.progress() else { return String::new() };
        let (n, of) = (self.reading.number(progress.folded), self.reading.number(progress.of));
        format!("{} ({n} {} {of}). {}", t.folding_again, t.of, t.folding_help)
    }

    fn nav(&self) -> Vec<NavLink> {
        let link = |page: &Page| {
            let menu = page.menu.as_ref()?;
            let waiting = (menu.waiting)(self).unwrap_or(0);
            Some(NavLink {
                href: page.route,
                label: (menu.label)(self.reading.lang.text()),
                here: page.route == self.route,
                count: (waiting > 0).then(|| self.reading.number(waiting)),
            })
        };
        self.pages.iter().filter_map(link).collect()
    }

    /// The way from the province down to a place.
    pub(crate) fn crumbs(&self, place: &Place) -> Vec<Crumb> {
        let notes = Notes::new();
        let look = self.look(&notes);
        let mut above: Vec<Place> = place.ancestors().collect();
        above.reverse();
        let mut crumbs: Vec<Crumb> = above
            .iter()
            .map(|p| {
                let to = if p.level() == Some(Level::Province) { "/".to_owned() } else { href(p) };
                Crumb { label: look.place(p), href: self.is_known(p).then_some(to) }
            })
            .collect();
        let label = match place.level() {
            Some(Level::Tps) => look.place(place).chars().take(7).collect(),
            _ => look.place(place),
        };
        crumbs.push(Crumb { label, href: None });
        crumbs
    }

    /// The way to a page that stands beside the overview.
    pub(crate) fn beside(&self, title: &str) -> Vec<Crumb> {
        let overview = self.reading.lang.text().overview.to_owned();
        vec![
            Crumb { label: overview, href: Some("/".to_owned()) },
            Crumb { label: title.to_owned(), href: None },
        ]
    }
}

/// The notes of these records.
pub(crate) fn notes(view: &dyn store::View, ids: impl IntoIterator<Item = RecordId>) -> Result<Notes, Error> {
    let mut notes = Notes::new();
    for id in ids {
        let Some(row) = view.desk_record(&id)?.into_iter().next() else { continue };
        notes.insert(id, told(view, &row)?);
    }
    Ok(notes)
}

/// Every note a record commits to: its text, or why there is none.
pub(crate) fn told(
    view: &dyn store::View,
    row: &store::Row,
) -> store::Stored<Vec<(pantau_protocol::note::Field, Told)>> {
    let id = row.entry.id;
    row.entry
        .commitments
        .iter()
        .map(|(field, _)| {
            let text = row.notes.iter().find(|n| n.field == *field);
            let told = match text {
                Some(note) => Told::Text(note.text.clone()),
                None if view.is_erased(&id, *field)? => Told::Erased,
                None => Told::Absent,
            };
            Ok((*field, told))
        })
        .collect()
}
