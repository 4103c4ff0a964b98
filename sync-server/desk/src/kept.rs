//! Forms that were sent when the session had ended: kept for a while for the browser that sent them, until somebody
//! signed in there. In memory, and bounded: whoever has no session can send them, too.

use std::collections::VecDeque;

use pantau_log::caller::Source;

use crate::limit;

/// The kept forms, oldest first.
#[derive(Default)]
pub(crate) struct Kept(VecDeque<One>);

struct One {
    /// What its browser has as a cookie.
    key: [u8; 32],
    source: Source,
    until: i64,
    form: Vec<u8>,
}

impl Kept {
    /// Keeps a form, as it was sent; whether there is room for one of this length.
    pub(crate) fn put(&mut self, key: [u8; 32], source: Source, form: &[u8], now: i64) -> bool {
        if form.len() > limit::KEPT_FORM_BYTES {
            return false;
        }
        self.0.retain(|one| one.until > now && one.until <= now + limit::KEPT_FORM_S && one.key != key);
        if self.of(source) >= limit::KEPT_FORMS_EACH {
            self.forget(source);
        } else if self.0.len() >= limit::KEPT_FORMS
            && let Some(busiest) = self.0.iter().map(|one| one.source).max_by_key(|source| self.of(*source))
        {
            self.forget(busiest);
        }
        self.0.push_back(One { key, source, until: now + limit::KEPT_FORM_S, form: form.to_vec() });
        true
    }

    /// The form of a browser.
    pub(crate) fn get(&self, key: &[u8; 32], now: i64) -> Option<Vec<u8>> {
        self.0.iter().find(|one| one.key == *key && one.until > now).map(|one| one.form.clone())
    }

    /// Forgets the form of a browser, which was written meanwhile.
    pub(crate) fn done(&mut self, key: &[u8; 32]) {
        self.0.retain(|one| one.key != *key);
    }

    fn of(&self, source: Source) -> usize {
        self.0.iter().filter(|one| one.source == source).count()
    }

    /// Forgets the oldest form of a source.
    fn forget(&mut self, source: Source) {
        if let Some(at) = self.0.iter().position(|one| one.source == source) {
            self.0.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(n: u8) -> Source {
        Source::of([192, 0, 2, n].into())
    }

    fn key(n: usize) -> [u8; 32] {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&(n as u64).to_be_bytes());
        key
    }

    #[test]
    fn a_form_is_there_for_its_browser_alone_and_for_an_hour() {
        let mut kept = Kept::default();
        assert!(kept.put(key(1), source(1), b"a=b", 100));
        assert_eq!(kept.get(&key(1), 100 + limit::KEPT_FORM_S - 1).as_deref(), Some(&b"a=b"[..]));
        assert_eq!(kept.get(&key(1), 100 + limit::KEPT_FORM_S), None);
        assert_eq!(kept.get(&key(2), 100), None);
        assert!(!kept.put(key(3), source(1), &vec![0; limit::KEPT_FORM_BYTES + 1], 100));
        kept.done(&key(1));
        assert_eq!(kept.get(&key(1), 100), None);
    }

    #[test]
    fn who_floods_it_drives_out_his_own() {
        let mut kept = Kept::default();
        kept.put(key(1), source(1), b"mine", 0);
        for n in 2..1_000 {
            kept.put(key(n), source(u8::try_from(2 + n % 3).unwrap()), b"x", 0);
        }
        assert!(kept.0.len() <= limit::KEPT_FORMS);
        assert!(kept.get(&key(1), 1).is_some());
        for n in 1_000..1_200 {
            kept.put(key(n), source(1), b"x", 0);
        }
        assert!(kept.get(&key(1), 1).is_none(), "one source has its share only");
        assert_eq!(kept.of(source(1)), limit::KEPT_FORMS_EACH);
    }
}
