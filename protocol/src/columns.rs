//! Columns: what many records have in common, laid side by side so that it packs away.
//!
//! A segment or a page is a list of CBOR values of like shape. Written one after the other, a compressor
//! finds the same field again only a record later; written column by column, it finds runs. The bytes come
//! back exactly: only canonical CBOR is taken apart, and that has one form for each value. Anything else
//! travels as it is.
//!
//! ```text
//! count of columns | mode + 4 × major … | count … | length of contents … | majors … | numbers … | contents …
//! ```
//!
//! Each part holds its piece of every column before the next part begins: what is alike in all messages of
//! one kind then stands in one run. A length is there only where there can be strings, majors only where a
//! column mixes several.
//!
//! A column is the path of a value from the root: a map key, or any item of an array. Columns are numbered in
//! the order in which they are first used, so their names need not travel: writer and reader use them in the
//! same order. `major` is CBOR's major type, 8 where a column mixes several. Integers and lengths are LEB128;
//! of a string the number is twice its length, or twice its place among the strings of this column seen so
//! far, plus one. `mode` says what a number is a difference to: nothing, the number before at the same index,
//! the number before at the same index of the same place, or all are one and the same. Each column has an
//! equal share of [`limit::COLUMN_MEMORY`] for the indices and as much for the places it remembers; what comes
//! beyond is not remembered, by the reader as by the writer.

pub(crate) mod carried;
mod read;
mod write;

pub(crate) use read::{Damaged, Reader};
pub(crate) use write::Writer;

use std::{collections::HashMap, hash::Hash};

use foldhash::fast::RandomState;

use crate::limit;

/// Longest string that is looked for among those seen so far.
const DISTINCT_BYTES: usize = 96;
/// Records from which on columns are shorter, as measured with dictionary 1.
const WORTH_TAKING_APART: usize = 6;
/// Columns a writer fills before it takes no further payload apart: one of the longest adds fewer than the
/// rest of what a reader accepts.
const WRITER_COLUMNS: usize = limit::COLUMNS / 2;
/// The place of a record: at the top of its payload, under the key 1.
const PLACE: (usize, u8, u64) = (0, 0, 1);
/// Stands for "several" where a column has one major type.
const MIXED: u8 = 8;

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    /// Less the number before at the same index.
    Before,
    /// Less the number before at the same index of the same place, else as [`Mode::Before`].
    Place,
    /// All the same.
    Constant,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Plain, Self::Before, Self::Place, Self::Constant];
}

/// The step from a value to one inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// A column that the caller names.
    Root(u8),
    /// The keys of a map.
    Keys,
    /// The value of a map key: its major type and number.
    Key(u8, u64),
    /// Any item of an array.
    Item,
}

/// Which column a path leads to.
#[derive(Debug, Default)]
struct Paths {
    /// Of each column the ones inside it; the first entry stands for the root.
    inside: Vec<Vec<(Edge, usize)>>,
}

/// The root of all paths.
const ROOT: usize = usize::MAX;

impl Paths {
    /// The column that `edge` leads to; a new one gets the next number.
    fn follow(&mut self, from: usize, edge: Edge) -> usize {
        let next = self.inside.len().saturating_sub(1);
        let inside = from.wrapping_add(1);
        if self.inside.is_empty() {
            self.inside.push(Vec::new());
            return self.follow(from, edge);
        }
        let Some(known) = self.inside.get_mut(inside) else { return next };
        if let Some((_, id)) = known.iter().find(|(e, _)| *e == edge) {
            return *id;
        }
        known.push((edge, next));
        self.inside.push(Vec::new());
        next
    }

    fn count(&self) -> usize {
        self.inside.len().saturating_sub(1)
    }
}

/// Where a number stands: the place its record is about and its index within arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct At {
    place: u32,
    index: u64,
}

/// The index of item `n` of an array that stands at `index`.
fn index_of(index: u64, n: u64) -> u64 {
    index.wrapping_mul(67).wrapping_add(n).wrapping_add(1)
}

/// One look-up for every number on the wire: std's hasher took a third of the time.
type Numbers<K> = HashMap<K, u64, RandomState>;

/// The numbers before, as [`Mode::Before`] and [`Mode::Place`] look at them.
#[derive(Debug)]
struct Before {
    at_index: Numbers<u64>,
    at_place: Numbers<At>,
    most: usize,
}

impl Before {
    /// For one of so many columns.
    fn one_of(columns: usize) -> Self {
        let most = limit::COLUMN_MEMORY / columns.max(1);
        Self { at_index: Numbers::default(), at_place: Numbers::default(), most }
    }

    /// What the number at `at` is a difference to.
    fn expected(&self, mode: Mode, at: At) -> u64 {
        let of_place = if mode == Mode::Place { self.at_place.get(&at) } else { None };
        match mode {
            Mode::Plain | Mode::Constant => 0,
            Mode::Before | Mode::Place => {
                of_place.or_else(|| self.at_index.get(&at.index)).copied().unwrap_or(0)
            }
        }
    }

    fn note(&mut self, mode: Mode, at: At, n: u64) {
        if mode == Mode::Place {
            remember(&mut self.at_place, at, n, self.most);
        }
        if mode != Mode::Plain {
            remember(&mut self.at_index, at.index, n, self.most);
        }
    }
}

/// Little on the wire must not become much in memory.
fn remember<K: Eq + Hash>(known: &mut Numbers<K>, key: K, n: u64, most: usize) {
    if known.len() < most {
        known.insert(key, n);
    } else if let Some(last) = known.get_mut(&key) {
        *last = n;
    }
}

/// A difference with its sign in the lowest bit, so that small ones are short.
pub(crate) fn zigzag(n: u64) -> u64 {
    let signed = n.cast_signed();
    ((signed << 1) ^ (signed >> 63)).cast_unsigned()
}

/// Counterpart of [`zigzag`].
pub(crate) fn unzigzag(n: u64) -> u64 {
    (n >> 1) ^ (n & 1).wrapping_neg()
}

fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// {1: "nnnn", 2: [items …]}
    fn payload(place: u32, items: &[u8]) -> Vec<u8> {
        let mut out = vec![0xa2, 1, 0x64];
        out.extend_from_slice(format!("{place:04}").as_bytes());
        out.extend_from_slice(&[2, 0x98, items.len() as u8]);
        for item in items {
            out.extend_from_slice(&[0x18, 0x20 | item]);
        }
        out
    }

    #[test]
    fn what_is_too_much_to_remember_comes_back_all_the_same() {
        // Each place repeats itself and resembles no other: 4 × 500 records with 30 numbers each, after some
        // that show a writer how.
        let items = |place: u32| (0..30u32).map(move |n| ((place * 31 + n * place % 97) & 0x1f) as u8);
        let places = (0..100).map(|n| n % 10).chain((0..2_000).map(|n| n % 500));
        let records: Vec<Vec<u8>> = places.map(|p| payload(p, &items(p).collect::<Vec<_>>())).collect();
        let mut writer = Writer::new(records.len());
        records.iter().for_each(|r| writer.payload(0, r));
        let bytes = writer.finish();
        let heads = bytes.get(1..=usize::from(bytes[0])).unwrap();
        let of_place = heads.iter().filter(|head| *head & 3 == Mode::Place as u8).count();
        assert!(of_place > 0 && 15_000 > limit::COLUMN_MEMORY / heads.len(), "the case is none: {heads:?}");
        let mut reader = Reader::new(&bytes).unwrap();
        for record in &records {
            assert_eq!(&reader.payload(0).unwrap(), record);
        }
        reader.finish().unwrap();
    }
}
