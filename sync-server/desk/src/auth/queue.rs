//! Who is judged next, where more wait than can be judged: one of each line in turn, so that many from one
//! source do not keep one from another waiting. Known browsers stand in lines of their own and come first.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use super::throttle::Who;
use crate::limit;

/// Everybody who waits.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    browsers: Lines<[u8; 16], T>,
    strangers: Lines<pantau_log::caller::Source, T>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            browsers: Lines::new(limit::SIGN_IN_WAITING_KNOWN),
            strangers: Lines::new(limit::SIGN_IN_WAITING),
        }
    }
}

impl<T> Queue<T> {
    /// Puts one at the end of its line. Returns whom there is no room for: itself, or the last of a longer line.
    pub(crate) fn push(&mut self, who: Who, item: T) -> Option<T> {
        match who {
            Who::Browser(id) => self.browsers.push(id, item),
            Who::Stranger(source) => self.strangers.push(source, item),
        }
    }

    /// The next.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.browsers.pop().or_else(|| self.strangers.pop())
    }
}

#[derive(Debug)]
struct Lines<K, T> {
    most: usize,
    len: usize,
    lines: HashMap<K, VecDeque<T>>,
    /// Every line that is not empty, in the order of their turns.
    turns: VecDeque<K>,
}

impl<K: Copy + Eq + Hash, T> Lines<K, T> {
    fn new(most: usize) -> Self {
        Self { most, len: 0, lines: HashMap::new(), turns: VecDeque::new() }
    }

    fn push(&mut self, key: K, item: T) -> Option<T> {
        let mine = self.lines.get(&key).map_or(0, VecDeque::len);
        if mine >= limit::SIGN_IN_WAITING_EACH {
            return Some(item);
        }
        let mut out = None;
        if self.len >= self.most {
            let longest = self.lines.iter().max_by_key(|(_, line)| line.len());
            let Some((longest, _)) = longest.filter(|(_, line)| line.len() > mine + 1) else {
                return Some(item);
            };
            // It stays in the order of turns: its line is not empty.
            out = self.lines.get_mut(&{ *longest }).and_then(VecDeque::pop_back);
            self.len -= 1;
        }
        if mine == 0 {
            self.turns.push_back(key);
        }
        self.lines.entry(key).or_default().push_back(item);
        self.len += 1;
        out
    }

    fn pop(&mut self) -> Option<T> {
        let key = self.turns.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let item = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        self.len -= usize::from(item.is_some());
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantau_log::caller::Source;

    fn from(n: u32) -> Who {
        Who::Stranger(Source::of(std::net::Ipv4Addr::from(0xC633_0000 + n).into()))
    }

    fn all(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn sources_take_turns_and_known_browsers_come_first() {
        let mut queue = Queue::default();
        for word in ["a1", "a2", "a3"] {
            assert_eq!(queue.push(from(1), word), None);
        }
        queue.push(from(2), "b1");
        queue.push(Who::Browser([1; 16]), "known");
        queue.push(from(3), "c1");
        queue.push(from(2), "b2");
        assert_eq!(all(&mut queue), ["known", "a1", "b1", "c1", "a2", "b2", "a3"]);
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn one_source_fills_only_its_line() {
        let mut queue = Queue::default();
        let turned_away = (0..100).filter(|_| queue.push(from(1), "a").is_some()).count();
        assert_eq!(turned_away, 100 - limit::SIGN_IN_WAITING_EACH);
        assert_eq!(queue.push(from(2), "b"), None);
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_last_in_the_longest_line() {
        let mut queue = Queue::default();
        let lines = u32::try_from(limit::SIGN_IN_WAITING / limit::SIGN_IN_WAITING_EACH).unwrap();
        for n in 0..lines {
            for _ in 0..limit::SIGN_IN_WAITING_EACH {
                assert_eq!(queue.push(from(n), "many"), None);
            }
        }
        assert_eq!(queue.push(from(99), "one"), Some("many"));
        assert_eq!(queue.push(Who::Browser([1; 16]), "known"), None);
        let served = all(&mut queue);
        assert_eq!(served.len(), limit::SIGN_IN_WAITING + 1);
        assert!(served.iter().position(|s| *s == "one").unwrap() <= 1 + lines as usize);
        // A line for each place: a newcomer has nobody to take it from.
        for n in 0..u32::try_from(limit::SIGN_IN_WAITING).unwrap() {
            assert_eq!(queue.push(from(n), "one each"), None);
        }
        assert_eq!(queue.push(from(9_999), "too late"), Some("too late"));
        assert_eq!(all(&mut queue).len(), limit::SIGN_IN_WAITING);
    }
}
