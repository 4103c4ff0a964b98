//! CSV tables: bytes to rows of text, with the line and column of whatever does not fit.
//!
//! Takes what spreadsheets write: a byte order mark, CRLF, quotes, and `;` where the locale separates
//! with it. Cells stay text; a name that begins with `=` is a name.

use super::{Problems, Spot};

/// One file: its name for messages, and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// One row: its line and its cells in the order of the wanted columns.
pub(super) struct Row {
    pub(super) line: u64,
    cells: Vec<Cell>,
}

struct Cell {
    /// Column of the file, counted from 1.
    column: usize,
    name: &'static str,
    text: String,
}

/// Reads a table that must have `columns`, in any order. Rows that do not fit are reported and left out.
pub(super) fn read(file: &Source<'_>, columns: &[&'static str], problems: &mut Problems) -> Vec<Row> {
    let bytes = file.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file.bytes);
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(bytes))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut lines = Lines { bytes, offset: 0, line: 1 };
    let mut record = csv::ByteRecord::new();
    let Ok(true) = records.read_byte_record(&mut record) else {
        problems.add(
            file.name,
            Spot::default(),
            "",
            format!("is empty; the first line must be {}", columns.join(",")),
        );
        return Vec::new();
    };
    let header_line = lines.at(&record);
    let Some(wanted) = header(file, header_line, &record, columns, problems) else { return Vec::new() };
    let width = record.len();
    let mut rows = Vec::new();
    loop {
        match records.read_byte_record(&mut record) {
            Ok(true) => rows.extend(row(file, lines.at(&record), &record, width, &wanted, problems)),
            Ok(false) => return rows,
            Err(e) => {
                problems.add(file.name, Spot::line(lines.line), "", e.to_string());
                return rows;
            }
        }
    }
}

/// Finds the column of each wanted name.
fn header(
    file: &Source<'_>,
    line: u64,
    record: &csv::ByteRecord,
    columns: &[&'static str],
    problems: &mut Problems,
) -> Option<Vec<(usize, &'static str)>> {
    let place = |name: &str| record.iter().position(|cell| cell.eq_ignore_ascii_case(name.as_bytes()));
    let missing: Vec<&str> = columns.iter().copied().filter(|name| place(name).is_none()).collect();
    if !missing.is_empty() {
        let text =
            format!("column {} is missing; the first line must be {}", missing.join(", "), columns.join(","));
        problems.add(file.name, Spot::line(line), "", text);
        return None;
    }
    for (n, cell) in record.iter().enumerate() {
        if !columns.iter().any(|name| cell.eq_ignore_ascii_case(name.as_bytes())) {
            let text = format!("unknown column {:?}", String::from_utf8_lossy(cell));
            problems.add(file.name, Spot::at(line, n + 1), "", text);
        }
    }
    columns.iter().map(|name| place(name).map(|n| (n, *name))).collect()
}

fn row(
    file: &Source<'_>,
    line: u64,
    record: &csv::ByteRecord,
    width: usize,
    wanted: &[(usize, &'static str)],
    problems: &mut Problems,
) -> Option<Row> {
    if record.len() != width {
        let text = format!("has {} columns, the first line has {width}", record.len());
        problems.add(file.name, Spot::line(line), "", text);
        return None;
    }
    let mut cells = Vec::with_capacity(wanted.len());
    for (n, name) in wanted {
        match std::str::from_utf8(record.get(*n).unwrap_or_default()) {
            Ok(text) if !text.chars().any(char::is_control) => {
                cells.push(Cell { column: n + 1, name, text: text.to_owned() });
            }
            Ok(_) => problems.add(file.name, Spot::at(line, n + 1), name, "has a line break or control sign"),
            Err(_) => {
                problems.add(file.name, Spot::at(line, n + 1), name, "is not UTF-8; save the file as UTF-8")
            }
        }
    }
    (cells.len() == wanted.len()).then_some(Row { line, cells })
}

impl Row {
    /// The text of the `n`-th wanted column.
    pub(super) fn text(&self, n: usize) -> &str {
        self.cells.get(n).map_or("", |c| c.text.as_str())
    }

    /// Reports what is wrong with the `n`-th wanted column.
    pub(super) fn bad(&self, n: usize, file: &Source<'_>, problems: &mut Problems, text: impl Into<String>) {
        let (column, name) = self.cells.get(n).map_or((0, ""), |c| (c.column, c.name));
        problems.add(file.name, Spot::at(self.line, column), name, text);
    }

    /// The `n`-th wanted column, read by `parse`; its refusal is reported.
    pub(super) fn read<T>(
        &self,
        n: usize,
        file: &Source<'_>,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(self.text(n)).map_err(|text| self.bad(n, file, problems, text)).ok()
    }
}

/// A whole number from 0 to `most`.
pub(super) fn whole(text: &str, most: u32) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(n) if n <= most => Ok(n),
        _ => Err(format!("{text:?} is not a whole number from 0 to {most}")),
    }
}

/// `;` where the first line has one and no comma: spreadsheets of an Indonesian locale write that.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|b| *b == b'\n').find(|l| !l.trim_ascii().is_empty()).unwrap_or_default();
    if first.contains(&b';') && !first.contains(&b',') { b';' } else { b',' }
}

/// Counts lines by offset: the CSV reader's own count is off after CRLF and after empty lines.
struct Lines<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins. Records must be asked in order.
    fn at(&mut self, record: &csv::ByteRecord) -> u64 {
        let start = record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(usize::MAX));
        let rest = self.bytes.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let end = start + blank;
        let passed = self.bytes.get(self.offset..end).unwrap_or_default();
        self.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.offset = end.max(self.offset);
        self.line
    }
}
