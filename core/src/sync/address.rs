//! Where the server is asked. It can say in a signed reply that it moves: the phone asks the new address first, and
//! the old one where the new one does not answer as this very server. Only an answer from there settles it.

use pantau_protocol::address;
use rusqlite::Connection;

use crate::{
    error::Error,
    limit,
    store::setting::{self, NEXT_URL, NextUrl, URL, get, set},
};

/// The addresses that a phone knows when a reply comes.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    /// The one that this reply came from.
    pub(super) asked: String,
    /// The one that is settled.
    pub(super) settled: String,
    /// The one that was told.
    pub(super) next: Option<String>,
}

/// What a reply changes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The server answered at the address that it had told: there it is from now on.
    Settle(String),
    /// It tells another address.
    Next(String),
    /// It is where it was, and moves no more.
    Stay,
}

/// What follows from the address in a reply; `told` is what stands there.
pub(super) fn changes(known: &Addresses, told: Option<&str>) -> Vec<Change> {
    let Addresses { asked, settled, next } = known;
    let told = told.and_then(|text| address::read(text).ok()).filter(|told| is_as_safe(asked, told));
    let mut all = Vec::new();
    // One that calls the old address its own is not settled at the new one.
    if asked != settled && told.as_ref() != Some(settled) {
        all.push(Change::Settle(asked.clone()));
    }
    match told {
        Some(told) if told == *asked || told == *settled => {
            all.extend((next.is_some() && all.is_empty()).then_some(Change::Stay));
        }
        Some(told) if next.as_ref() != Some(&told) => all.push(Change::Next(told)),
        _ => {}
    }
    all
}

/// Whether what is said is not easier to overhear at the new address: pages and notes are not encrypted in a frame.
fn is_as_safe(old: &str, new: &str) -> bool {
    new.starts_with("https://") || !old.starts_with("https://")
}

/// Applies a change.
pub(super) fn apply(c: &Connection, change: &Change) -> Result<(), Error> {
    match change {
        Change::Settle(url) => {
            set(c, &URL, url)?;
            setting::clear(c, &NEXT_URL)
        }
        Change::Next(url) => set(c, &NEXT_URL, &NextUrl { url: url.clone(), not_before: 0 }),
        Change::Stay => setting::clear(c, &NEXT_URL),
    }
}

/// Which address to ask, where `failed` has just not answered; and whether there is yet another.
pub(super) fn choose(c: &Connection, now: i64, failed: Option<&str>) -> Result<(String, bool), Error> {
    let settled = get(c, &URL)?.ok_or(Error::NotEnrolled)?;
    let Some(next) = get(c, &NEXT_URL)? else { return Ok((settled, false)) };
    // A time further away than is ever set comes from a clock that was wrong.
    let is_put_off = (now..=now.saturating_add(limit::NEXT_URL_WAIT_S)).contains(&next.not_before);
    Ok(match failed {
        Some(failed) if failed == settled => (next.url, false),
        Some(_) => (settled, false),
        None if is_put_off => (settled, true),
        None => (next.url, true),
    })
}

/// The addresses, where `asked` answered.
pub(super) fn known(c: &Connection, asked: &str) -> Result<Addresses, Error> {
    let settled = get(c, &URL)?.ok_or(Error::NotEnrolled)?;
    Ok(Addresses { asked: asked.to_owned(), settled, next: get(c, &NEXT_URL)?.map(|next| next.url) })
}

/// The server was not found at the new address, but it was at the old one: for a while that is asked first.
pub(super) fn put_off(c: &Connection, failed: &str, now: i64) -> Result<(), Error> {
    match get(c, &NEXT_URL)?.filter(|next| next.url == failed) {
        Some(next) => {
            let not_before = now.saturating_add(limit::NEXT_URL_WAIT_S);
            set(c, &NEXT_URL, &NextUrl { not_before, ..next })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "https://old.example";
    const NEW: &str = "https://new.example/pantau";
    const THIRD: &str = "https://third.example";

    #[test]
    fn an_address_is_settled_by_an_answer_from_there() {
        let known = |asked: &str, next: Option<&str>| Addresses {
            asked: asked.into(),
            settled: OLD.into(),
            next: next.map(str::to_owned),
        };
        let next = |url: &str| Change::Next(url.to_owned());
        let settle = || Change::Settle(NEW.to_owned());
        for (about, known, told, expected) in [
            ("nothing is said", known(OLD, None), None, vec![]),
            ("it stays where it is", known(OLD, None), Some(OLD), vec![]),
            ("it moves", known(OLD, None), Some(NEW), vec![next(NEW)]),
            ("it said so before", known(OLD, Some(NEW)), Some(NEW), vec![]),
            ("it moves elsewhere", known(OLD, Some(NEW)), Some(THIRD), vec![next(THIRD)]),
            ("it moves no more", known(OLD, Some(NEW)), Some(OLD), vec![Change::Stay]),
            ("it said so once", known(OLD, Some(NEW)), None, vec![]),
            ("it is there", known(NEW, Some(NEW)), Some(NEW), vec![settle()]),
            ("it is there and says nothing", known(NEW, Some(NEW)), None, vec![settle()]),
            ("it is there and moves on", known(NEW, Some(NEW)), Some(THIRD), vec![settle(), next(THIRD)]),
            ("it goes back", known(NEW, Some(NEW)), Some(OLD), vec![Change::Stay]),
            ("no address", known(OLD, None), Some("https://new.example/?x"), vec![]),
            ("one that could be overheard", known(OLD, None), Some("http://new.example"), vec![]),
            ("with a slash", known(OLD, None), Some("https://old.example/"), vec![]),
        ] {
            assert_eq!(changes(&known, told), expected, "{about}");
        }
    }
}
