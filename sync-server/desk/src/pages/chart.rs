//! The map of tiles and the curve of turnout as pictures that can be saved and read alone: with what they show, of
//! which place, as of when, and every figure in words.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use pantau_log::Error;
use pantau_protocol::place::Place;

use crate::{
    layout::chart::{Frame, TilesChart, TurnoutChart},
    page::Context,
    query::Query,
    reply,
    text::chart::text,
    view::{Look, Notes, tiles as squares},
};

/// Room around a drawing: left and right, above and below.
const AROUND: (u32, u32) = (24, 108);
/// Least width, so that what is written beside the drawing fits.
const LEAST_WIDTH: u32 = 720;

/// The place that a picture is asked for; nothing where that is no place of this visitor.
fn asked(c: &Context<'_>) -> Result<Option<Place>, Box<Response>> {
    let read = Query::read(c.asked, &["place", "lang"]).and_then(|query| query.place("place"));
    let Ok(only) = read else {
        return Err(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)).into());
    };
    if only.as_ref().is_some_and(|place| !c.is_known(place)) {
        return Err(c.not_found().into());
    }
    Ok(only.or_else(|| match c.places.roots().as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }))
}

/// What is written around a drawing of this size.
fn frame(c: &Context<'_>, of: Option<&Place>, what: &str, size: (u32, u32), figures: &[String]) -> Frame {
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let place = of.map_or_else(String::new, |place| format!(" · {}", look.titled(place)));
    let (now, position) = (look.reading.local(look.reading.now), look.reading.number(c.places.position()));
    Frame {
        lang: look.lang().code(),
        title: format!("{what}{place}"),
        as_of: format!("{} {now} · {} {position}", d.as_of, d.log),
        help: "",
        figures: figures.iter().map(|figure| format!("{figure}. ")).collect(),
        warning: if c.is_synthetic() { d.synthetic } else { "" },
        nothing: if figures.is_empty() { d.nothing } else { "" },
        width: (size.0 + AROUND.0).max(LEAST_WIDTH),
        height: size.1 + AROUND.1,
    }
}

/// `GET /chart/tiles.svg`: what lies in `?place=`, or in the region of the desk
pub(crate) fn tiles(c: &Context<'_>) -> Result<Response, Error> {
    let only = match asked(c) {
        Ok(only) => only,
        Err(refused) => return Ok(*refused),
    };
    let inside = only.as_ref().map_or_else(|| c.places.roots(), |place| c.places.children(place));
    let regions = super::tiled(c, inside)?;
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let drawn = squares::tiles(look, &regions);
    let figures: Vec<String> = drawn.tiles.iter().map(|tile| tile.label.clone()).collect();
    let frame = frame(c, only.as_ref(), d.tiles, (drawn.width, drawn.height), &figures);
    let frame = Frame { help: d.tiles_numbers, ..frame };
    Ok(file(look, only.as_ref(), look.lang().pick("ubin", "tiles"), &TilesChart { frame, tiles: drawn }))
}

/// `GET /chart/turnout.svg`: of `?place=`, or of the region of the desk
pub(crate) fn turnout(c: &Context<'_>) -> Result<Response, Error> {
    let only = match asked(c) {
        Ok(only) => only,
        Err(refused) => return Ok(*refused),
    };
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let (_, sums) = super::sums_of(c, only.as_ref())?;
    let curve = super::turnout::curve_of(look, &sums);
    let mut figures: Vec<String> = curve.dots.iter().map(|dot| dot.label.clone()).collect();
    if let Some(last) = sums.hours.last() {
        let reported = look.reading.number(sums.hours.at(last).tps);
        figures.push(format!("{reported} {} {} {}", look.t().of, look.reading.number(sums.tps), d.reported));
    }
    let frame = frame(c, only.as_ref(), d.turnout, (curve.width, curve.height), &figures);
    let frame = Frame { help: d.turnout_whole, ..frame };
    let name = look.lang().pick("partisipasi", "turnout");
    Ok(file(look, only.as_ref(), name, &TurnoutChart { frame, curve }))
}

/// A picture to be saved: its name says what, of which place and as of when.
fn file(look: Look<'_>, of: Option<&Place>, what: &str, picture: &impl Template) -> Response {
    let Ok(svg) = picture.render() else {
        tracing::error!("a picture could not be rendered");
        return reply::text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new());
    };
    let mut reply = reply::text(StatusCode::OK, "image/svg+xml", svg);
    let place = of.map_or_else(String::new, |place| format!("-{}", place.as_str().replace('/', "-")));
    let at = look.reading.typed(look.reading.now).replace(':', "").replace('T', "-");
    let name = format!("attachment; filename=\"pantau-{what}{place}-{at}.svg\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        reply.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    reply
}
