//! Drafts: one per (kind of body, place), saved at every answer, gone with the record they became.

use pantau_protocol::{body::Kind, place::Place, validate::Problem};
use rusqlite::{Connection, Row, params};

use crate::{error::Error, limit};

/// A statement that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Kind of the body.
    pub kind: Kind,
    /// The place.
    pub place: Place,
    /// What the app wrote, as it wrote it.
    pub content: Vec<u8>,
    /// When it was saved, unix seconds by the phone's clock.
    pub saved_at: i64,
}

/// Saves a draft over the one before.
pub(crate) fn save(c: &Connection, draft: &Draft) -> Result<(), Error> {
    if draft.content.len() > limit::DRAFT_BYTES {
        return Err(Error::field("draft", Problem::TooLong));
    }
    c.prepare_cached(
        "INSERT INTO draft (kind, place, content, saved_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (kind, place) DO UPDATE SET content = excluded.content, saved_at = excluded.saved_at",
    )?
    .execute(params![draft.kind.number(), draft.place.as_str(), draft.content, draft.saved_at])?;
    Ok(())
}

fn from_row(r: &Row<'_>) -> rusqlite::Result<Option<Draft>> {
    let (place, content, saved_at): (String, _, _) = (r.get(1)?, r.get(2)?, r.get(3)?);
    let kind = Kind::from_number(r.get(0)?);
    Ok(Place::new(&place).ok().map(|place| Draft { kind, place, content, saved_at }))
}

/// All drafts, the latest first.
pub(crate) fn all(c: &Connection) -> Result<Vec<Draft>, Error> {
    let mut q =
        c.prepare_cached("SELECT kind, place, content, saved_at FROM draft ORDER BY saved_at DESC, place")?;
    let drafts: Vec<Option<Draft>> = q.query_map([], from_row)?.collect::<Result<_, _>>()?;
    Ok(drafts.into_iter().flatten().collect())
}

/// The draft of this kind about this place.
pub(crate) fn get(c: &Connection, kind: Kind, place: &Place) -> Result<Option<Draft>, Error> {
    let mut q =
        c.prepare_cached("SELECT kind, place, content, saved_at FROM draft WHERE kind = ?1 AND place = ?2")?;
    let mut rows = q.query_map(params![kind.number(), place.as_str()], from_row)?;
    Ok(rows.next().transpose()?.flatten())
}

/// Throws a draft away.
pub(crate) fn discard(c: &Connection, kind: Kind, place: &Place) -> Result<(), Error> {
    c.prepare_cached("DELETE FROM draft WHERE kind = ?1 AND place = ?2")?
        .execute(params![kind.number(), place.as_str()])?;
    Ok(())
}
