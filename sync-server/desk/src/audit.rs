//! What operators did and read, kept in the store and never taken away: each form, and once an hour each page with
//! personal data. `pantau-server audit` lists it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use pantau_log::{
    caller::Source,
    store::{self, Audit, Store, Stored},
};

use crate::limit;

/// Written in place of an address once somebody read more in an hour than is listed one by one.
const MORE: &str = "*";

/// Who read what in this hour: what is in the store already.
#[derive(Debug, Default)]
pub(crate) struct Audits(Mutex<Hour>);

#[derive(Debug, Default)]
struct Hour {
    /// Hours since 1970.
    number: i64,
    read: HashMap<String, HashSet<String>>,
}

/// Who did something, when (unix seconds) and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By<'a> {
    pub(crate) who: &'a str,
    pub(crate) source: Source,
    pub(crate) now: i64,
}

impl By<'_> {
    /// The row of the store for it.
    pub(crate) fn did(self, act: &str, what: &str) -> Audit {
        let what: String = what.chars().take(limit::AUDIT_CHARS).collect();
        Audit {
            at: self.now,
            who: self.who.to_owned(),
            act: act.to_owned(),
            what,
            source: self.source.to_string(),
        }
    }
}

impl Audits {
    /// Keeps that somebody read something, once an hour. A server that cannot write is read all the same: the log says
    /// what is missing.
    pub(crate) fn read(&self, store: &dyn Store, by: By<'_>, what: &str) {
        let Some(what) = self.news(by, what) else { return };
        let row = by.did("read", &what);
        if let Err(error) = store::write(store, |tx| tx.add_audit(&row)) {
            tracing::warn!(%error, who = by.who, what, "that somebody read this is not kept");
            self.forget(by.who, &what);
        }
    }

    /// Keeps that somebody sends a form, before anything is done.
    ///
    /// # Errors
    /// Failures of the store: then nothing may be done.
    pub(crate) fn act(&self, store: &dyn Store, by: By<'_>, act: &str, what: &str) -> Stored<()> {
        let row = by.did(act, what);
        store::write(store, |tx| tx.add_audit(&row))
    }

    /// What to write of something that was read; nothing if it is written for this hour.
    fn news(&self, by: By<'_>, what: &str) -> Option<String> {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = by.now.div_euclid(3600);
        if hour.number != number {
            *hour = Hour { number, ..Hour::default() };
        }
        let read = hour.read.entry(by.who.to_owned()).or_default();
        let is_full = read.len() >= limit::AUDIT_READS_AN_HOUR && !read.contains(what);
        let what = if is_full { MORE } else { what };
        read.insert(what.to_owned()).then(|| what.to_owned())
    }

    fn forget(&self, who: &str, what: &str) {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hour.read.get_mut(who).map(|read| read.remove(what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantau_log::store::MemoryStore;

    fn rows(store: &MemoryStore) -> Vec<(String, String)> {
        let all = store::read(store, |view| view.desk_audit(i64::MIN, i64::MAX, None)).unwrap();
        all.into_iter().map(|a| (a.who, a.what)).collect()
    }

    #[test]
    fn a_page_is_written_once_an_hour_for_each_reader() {
        let (store, audits) = (MemoryStore::default(), Audits::default());
        let by = |who, now| By { who, source: Source::LOCAL, now };
        for now in [0, 1, 3_599] {
            audits.read(&store, by("siti", now), "/officers");
            audits.read(&store, by("budi", now), "/officers");
        }
        assert_eq!(rows(&store).len(), 2);
        audits.read(&store, by("siti", 3_600), "/officers");
        assert_eq!(rows(&store).len(), 3, "another hour");
    }

    #[test]
    fn whoever_reads_very_much_has_one_row_for_the_rest() {
        let (store, audits) = (MemoryStore::default(), Audits::default());
        let by = By { who: "siti", source: Source::LOCAL, now: 0 };
        for n in 0..limit::AUDIT_READS_AN_HOUR + 50 {
            audits.read(&store, by, &format!("/tps/{n}"));
        }
        let rows = rows(&store);
        assert_eq!(rows.len(), limit::AUDIT_READS_AN_HOUR + 1);
        assert_eq!(rows.iter().filter(|(_, what)| what == MORE).count(), 1);
    }
}
