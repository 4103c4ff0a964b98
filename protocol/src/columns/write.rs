//! Taking values apart.

use std::collections::HashMap;

use super::{
    At, Before, DISTINCT_BYTES, Edge, MIXED, Mode, Paths, ROOT, WORTH_TAKING_APART, WRITER_COLUMNS, index_of,
    put_number, zigzag,
};
use crate::{cbor, limit};

/// Numbers of a column on which a writer tries the modes: the rest are of the same kind.
const TRIED: usize = 4_096;

/// Fills columns.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    paths: Paths,
    columns: Vec<Column>,
    places: HashMap<Vec<u8>, u32>,
    place: u32,
    keeps_whole: bool,
}

#[derive(Debug, Default)]
struct Column {
    majors: Vec<u8>,
    numbers: Vec<u64>,
    stand: Vec<At>,
    contents: Vec<u8>,
    seen: HashMap<Vec<u8>, u64>,
}

impl Writer {
    /// For so many records. Of a few there is nothing to lay side by side: their payloads stay whole.
    pub(crate) fn new(records: usize) -> Self {
        Self { keeps_whole: records < WORTH_TAKING_APART, ..Self::default() }
    }

    /// A number in the column `root`; `index` tells apart what is compared with itself.
    pub(crate) fn number(&mut self, root: u8, n: u64, index: u64) {
        let id = self.column(ROOT, Edge::Root(root));
        self.put(id, 0, n, index);
    }

    /// A string in the column `root`.
    pub(crate) fn text(&mut self, root: u8, bytes: &[u8]) {
        let id = self.column(ROOT, Edge::Root(root));
        self.string(id, 2, bytes, 0);
    }

    /// Bytes that resemble nothing, in the column `root`; the reader must know how many.
    pub(crate) fn random(&mut self, root: u8, bytes: &[u8]) {
        let id = self.column(ROOT, Edge::Root(root));
        if let Some(column) = self.columns.get_mut(id) {
            column.contents.extend_from_slice(bytes);
        }
    }

    /// A payload below the column `root`: taken apart if it is a canonical map, else as a string.
    pub(crate) fn payload(&mut self, root: u8, bytes: &[u8]) {
        let id = self.column(ROOT, Edge::Root(root));
        let is_map = bytes.first().is_some_and(|b| b >> 5 == 5) && bytes.len() <= limit::PAYLOAD_BYTES;
        if !self.keeps_whole && is_map && self.paths.count() <= WRITER_COLUMNS && cbor::check(bytes).is_ok() {
            self.walk(bytes, 0, id, 0, 0);
        } else {
            self.string(id, 2, bytes, 0);
        }
    }

    fn column(&mut self, from: usize, edge: Edge) -> usize {
        let id = self.paths.follow(from, edge);
        if id >= self.columns.len() {
            self.columns.push(Column::default());
        }
        id
    }

    fn put(&mut self, id: usize, major: u8, n: u64, index: u64) {
        let at = At { place: self.place, index };
        if let Some(column) = self.columns.get_mut(id) {
            column.majors.push(major);
            column.numbers.push(n);
            column.stand.push(at);
        }
    }

    fn string(&mut self, id: usize, major: u8, bytes: &[u8], index: u64) {
        let Some(column) = self.columns.get_mut(id) else { return };
        let mut n = bytes.len() as u64 * 2;
        if bytes.len() <= DISTINCT_BYTES {
            match column.seen.get(bytes) {
                Some(known) => n = known * 2 + 1,
                None => {
                    column.seen.insert(bytes.to_vec(), column.seen.len() as u64);
                }
            }
        }
        if n & 1 == 0 {
            column.contents.extend_from_slice(bytes);
        }
        self.put(id, major, n, index);
    }

    /// Walks one value of checked CBOR; returns the index after it.
    fn walk(&mut self, bytes: &[u8], at: usize, id: usize, index: u64, depth: usize) -> usize {
        // Checked before: what cannot be read does not occur.
        let Ok((major, n, mut next)) = cbor::head(bytes, at) else { return bytes.len() };
        match major {
            2 | 3 => {
                let end = next + n as usize;
                self.string(id, major, bytes.get(next..end).unwrap_or_default(), index);
                return end;
            }
            4 => {
                self.put(id, major, n, index);
                for item in 0..n {
                    let inside = self.column(id, Edge::Item);
                    next = self.walk(bytes, next, inside, index_of(index, item), depth + 1);
                }
            }
            5 => {
                self.put(id, major, n, index);
                for _ in 0..n {
                    let keys = self.column(id, Edge::Keys);
                    let Ok((key_major, key, after)) = cbor::head(bytes, next) else { return bytes.len() };
                    self.put(keys, key_major, key, index);
                    let inside = self.column(id, Edge::Key(key_major, key));
                    next = self.walk(bytes, after, inside, index, depth + 1);
                    if (depth, key_major, key) == super::PLACE {
                        self.stand_at(bytes.get(after..next).unwrap_or_default());
                    }
                }
            }
            _ => self.put(id, major, n, index),
        }
        next
    }

    fn stand_at(&mut self, place: &[u8]) {
        let next = self.places.len() as u32 + 1;
        self.place = *self.places.entry(place.to_vec()).or_insert(next);
    }

    /// The columns in their wire form.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = Vec::new();
        put_number(&mut out, self.columns.len() as u64);
        let packed: Vec<(Mode, Vec<u8>)> =
            self.columns.iter().map(|c| c.shortest(self.columns.len())).collect();
        for (column, (mode, _)) in self.columns.iter().zip(&packed) {
            out.push(*mode as u8 | column.major() << 2);
        }
        for column in &self.columns {
            put_number(&mut out, column.numbers.len() as u64);
        }
        for column in self.columns.iter().filter(|c| matches!(c.major(), 2 | 3 | MIXED)) {
            put_number(&mut out, column.contents.len() as u64);
        }
        for column in self.columns.iter().filter(|c| c.major() == MIXED) {
            out.extend_from_slice(&column.majors);
        }
        for (_, numbers) in &packed {
            out.extend_from_slice(numbers);
        }
        for column in &self.columns {
            out.extend_from_slice(&column.contents);
        }
        out
    }
}

impl Column {
    /// The major type of all its values, or [`MIXED`].
    fn major(&self) -> u8 {
        // Bytes that resemble nothing have no head: a string column without numbers.
        let major = self.majors.first().copied().unwrap_or(2);
        if self.majors.iter().all(|m| *m == major) { major } else { MIXED }
    }

    /// The mode in which the numbers promise to pack best.
    fn shortest(&self, columns: usize) -> (Mode, Vec<u8>) {
        let first = self.numbers.first().copied().unwrap_or(0);
        if self.numbers.iter().all(|n| *n == first) {
            let mut one = Vec::new();
            put_number(&mut one, first);
            return (Mode::Constant, one);
        }
        let tried = [Mode::Plain, Mode::Before, Mode::Place];
        let best = tried.into_iter().min_by_key(|mode| promise(&self.in_mode(*mode, columns, TRIED)));
        let best = best.unwrap_or(Mode::Plain);
        (best, self.in_mode(best, columns, usize::MAX))
    }

    /// The first `most` numbers.
    fn in_mode(&self, mode: Mode, columns: usize, most: usize) -> Vec<u8> {
        let (mut out, mut before) = (Vec::with_capacity(self.numbers.len()), Before::one_of(columns));
        for (n, at) in self.numbers.iter().zip(&self.stand).take(most) {
            if mode == Mode::Plain {
                put_number(&mut out, *n);
            } else {
                put_number(&mut out, zigzag(n.wrapping_sub(before.expected(mode, *at))));
                before.note(mode, *at, *n);
            }
        }
        out
    }
}

/// Bits these bytes take if each is coded by how often it occurs: what a compressor makes of them at worst.
fn promise(bytes: &[u8]) -> u64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let all = bytes.len() as f64;
    let bits = |n: &u32| f64::from(*n) * (all / f64::from(*n)).log2();
    counts.iter().filter(|n| **n > 0).map(bits).sum::<f64>() as u64
}
