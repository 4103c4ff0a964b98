//! Putting values together again. The bytes come from outside: whatever they say, what is built stays
//! within its limit, and nothing panics.

use std::collections::HashMap;

use super::{At, Before, DISTINCT_BYTES, Edge, MIXED, Mode, Paths, ROOT, index_of, unzigzag};
use crate::{cbor, limit};

/// The columns do not say what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

impl From<Damaged> for minicbor::decode::Error {
    fn from(_: Damaged) -> Self {
        Self::message("columns are damaged")
    }
}

/// Empties columns in the order in which they were filled.
#[derive(Debug)]
pub(crate) struct Reader<'b> {
    paths: Paths,
    columns: Vec<Column<'b>>,
    places: HashMap<Vec<u8>, u32>,
    place: u32,
    /// Bytes that may still be built.
    left: usize,
}

#[derive(Debug)]
struct Column<'b> {
    mode: Mode,
    major: u8,
    majors: &'b [u8],
    numbers: &'b [u8],
    constant: u64,
    left: u64,
    before: Before,
    contents: &'b [u8],
    seen: Vec<&'b [u8]>,
}

impl<'b> Reader<'b> {
    /// Reads the heads of all columns.
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Self, Damaged> {
        let mut rest = bytes;
        let count = take_number(&mut rest)?;
        if count > limit::COLUMNS as u64 {
            return Err(Damaged);
        }
        let heads = take(&mut rest, usize::try_from(count).map_err(|_| Damaged)?)?;
        let mut columns =
            heads.iter().map(|head| Column::new(*head, heads.len())).collect::<Result<Vec<_>, _>>()?;
        for column in &mut columns {
            column.left = take_number(&mut rest)?;
        }
        let mut lengths = Vec::with_capacity(columns.len());
        for column in &columns {
            let has_strings = matches!(column.major, 2 | 3 | MIXED);
            lengths.push(if has_strings { take_number(&mut rest)? } else { 0 });
        }
        for column in columns.iter_mut().filter(|c| c.major == MIXED) {
            column.majors = take(&mut rest, usize::try_from(column.left).map_err(|_| Damaged)?)?;
        }
        for column in &mut columns {
            column.take_numbers(&mut rest)?;
        }
        for (column, length) in columns.iter_mut().zip(lengths) {
            column.contents = take(&mut rest, usize::try_from(length).map_err(|_| Damaged)?)?;
        }
        if !rest.is_empty() {
            return Err(Damaged);
        }
        let (paths, places) = (Paths::default(), HashMap::new());
        Ok(Self { paths, columns, places, place: 0, left: limit::DECODED_BYTES })
    }

    /// Counterpart of [`super::Writer::number`].
    pub(crate) fn number(&mut self, root: u8, index: u64) -> Result<u64, Damaged> {
        let id = self.paths.follow(ROOT, Edge::Root(root));
        let (major, n) = self.next(id, index)?;
        if major == 0 { Ok(n) } else { Err(Damaged) }
    }

    /// Counterpart of [`super::Writer::text`].
    pub(crate) fn text(&mut self, root: u8) -> Result<Vec<u8>, Damaged> {
        let id = self.paths.follow(ROOT, Edge::Root(root));
        let (major, n) = self.next(id, 0)?;
        let bytes = self.string(id, n)?.to_vec();
        if major == 2 { Ok(bytes) } else { Err(Damaged) }
    }

    /// Counterpart of [`super::Writer::random`].
    pub(crate) fn random<const N: usize>(&mut self, root: u8) -> Result<[u8; N], Damaged> {
        let id = self.paths.follow(ROOT, Edge::Root(root));
        let column = self.columns.get_mut(id).ok_or(Damaged)?;
        take(&mut column.contents, N)?.try_into().map_err(|_| Damaged)
    }

    /// Counterpart of [`super::Writer::payload`].
    pub(crate) fn payload(&mut self, root: u8) -> Result<Vec<u8>, Damaged> {
        let id = self.paths.follow(ROOT, Edge::Root(root));
        let mut out = Vec::new();
        match self.next(id, 0)? {
            (2, n) => out.extend_from_slice(self.string(id, n)?),
            (5, n) => self.map(&mut out, id, n, 0, 0)?,
            _ => return Err(Damaged),
        }
        Ok(out)
    }

    /// Says whether all columns are empty: nothing may be left that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Damaged> {
        let is_used = self.paths.count() == self.columns.len();
        let is_empty = |c: &Column<'_>| c.left == 0 && c.contents.is_empty();
        if is_used && self.columns.iter().all(is_empty) { Ok(()) } else { Err(Damaged) }
    }

    fn next(&mut self, id: usize, index: u64) -> Result<(u8, u64), Damaged> {
        let at = At { place: self.place, index };
        self.columns.get_mut(id).ok_or(Damaged)?.next(at)
    }

    fn string(&mut self, id: usize, n: u64) -> Result<&'b [u8], Damaged> {
        let bytes = self.columns.get_mut(id).ok_or(Damaged)?.string(n)?;
        self.spend(bytes.len())?;
        Ok(bytes)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Damaged> {
        self.left = self.left.checked_sub(bytes).ok_or(Damaged)?;
        Ok(())
    }

    fn walk(&mut self, out: &mut Vec<u8>, id: usize, index: u64, depth: usize) -> Result<(), Damaged> {
        if depth > limit::CBOR_DEPTH || self.paths.count() > self.columns.len() {
            return Err(Damaged);
        }
        let (major, n) = self.next(id, index)?;
        match major {
            2 | 3 => {
                let bytes = self.string(id, n)?;
                self.head(out, major, bytes.len() as u64)?;
                out.extend_from_slice(bytes);
            }
            4 => {
                self.head(out, major, n)?;
                for item in 0..n {
                    let inside = self.paths.follow(id, Edge::Item);
                    self.walk(out, inside, index_of(index, item), depth + 1)?;
                }
            }
            5 => self.map(out, id, n, index, depth)?,
            _ => self.head(out, major, n)?,
        }
        Ok(())
    }

    fn map(&mut self, out: &mut Vec<u8>, id: usize, n: u64, index: u64, depth: usize) -> Result<(), Damaged> {
        self.head(out, 5, n)?;
        for _ in 0..n {
            let keys = self.paths.follow(id, Edge::Keys);
            let (key_major, key) = self.next(keys, index)?;
            self.head(out, key_major, key)?;
            let inside = self.paths.follow(id, Edge::Key(key_major, key));
            let after = out.len();
            self.walk(out, inside, index, depth + 1)?;
            if (depth, key_major, key) == super::PLACE {
                self.stand_at(out.get(after..).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn stand_at(&mut self, place: &[u8]) {
        let next = self.places.len() as u32 + 1;
        self.place = *self.places.entry(place.to_vec()).or_insert(next);
    }

    fn head(&mut self, out: &mut Vec<u8>, major: u8, n: u64) -> Result<(), Damaged> {
        let before = out.len();
        cbor::put_head(out, major, n);
        self.spend(out.len() - before)
    }
}

impl<'b> Column<'b> {
    fn new(head: u8, columns: usize) -> Result<Self, Damaged> {
        let mode = *Mode::ALL.get(usize::from(head & 3)).ok_or(Damaged)?;
        let major = head >> 2;
        if major > MIXED {
            return Err(Damaged);
        }
        let before = Before::one_of(columns);
        let (majors, numbers, contents) = (&[][..], &[][..], &[][..]);
        Ok(Self { mode, major, majors, numbers, constant: 0, left: 0, before, contents, seen: Vec::new() })
    }

    fn take_numbers(&mut self, rest: &mut &'b [u8]) -> Result<(), Damaged> {
        if self.mode == Mode::Constant {
            self.constant = take_number(rest)?;
            return Ok(());
        }
        self.numbers = *rest;
        // Each takes a byte: a count of more than there are ends at the first that is not.
        (0..self.left).try_for_each(|_| take_number(rest).map(|_| ()))
    }

    fn next(&mut self, at: At) -> Result<(u8, u64), Damaged> {
        self.left = self.left.checked_sub(1).ok_or(Damaged)?;
        let major = match self.major {
            MIXED => {
                let [major] = *take(&mut self.majors, 1)? else { return Err(Damaged) };
                major
            }
            major => major,
        };
        let n = match self.mode {
            Mode::Constant => self.constant,
            Mode::Plain => take_number(&mut self.numbers)?,
            Mode::Before | Mode::Place => {
                let step = unzigzag(take_number(&mut self.numbers)?);
                let n = self.before.expected(self.mode, at).wrapping_add(step);
                self.before.note(self.mode, at, n);
                n
            }
        };
        Ok((major, n))
    }

    fn string(&mut self, n: u64) -> Result<&'b [u8], Damaged> {
        let which = usize::try_from(n >> 1).map_err(|_| Damaged)?;
        if n & 1 == 1 {
            return self.seen.get(which).copied().ok_or(Damaged);
        }
        let bytes = take(&mut self.contents, which)?;
        if bytes.len() <= DISTINCT_BYTES {
            self.seen.push(bytes);
        }
        Ok(bytes)
    }
}

fn take<'b>(rest: &mut &'b [u8], n: usize) -> Result<&'b [u8], Damaged> {
    let (head, tail) = rest.split_at_checked(n).ok_or(Damaged)?;
    *rest = tail;
    Ok(head)
}

fn take_number(rest: &mut &[u8]) -> Result<u64, Damaged> {
    let mut n = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = *take(rest, 1)? else { return Err(Damaged) };
        n |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(n);
        }
    }
    Err(Damaged)
}
