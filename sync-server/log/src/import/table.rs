//! CSV tables: bytes to rows of text, with the line and column of whatever does not fit.
//!
//! Takes what spreadsheets write: a byte order mark, UTF-16, CRLF, quotes, and `;` or a tab where they separate
//! with it. Cells stay text; a name that begins with `=` is a name.

use super::{Problems, Spot, text};

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

/// Reads a table that must have `columns`, in any order. Rows that do not fit are reported and left out; those
/// without any text are left out and counted in `remarks`.
pub(super) fn read(
    file: &Source<'_>,
    columns: &[&'static str],
    remarks: &mut Vec<String>,
    problems: &mut Problems,
) -> Vec<Row> {
    let bytes = match text::decode(file.bytes) {
        Ok(bytes) => bytes,
        Err(why) => {
            problems.add(file.name, Spot::default(), "", why);
            return Vec::new();
        }
    };
    let Layout { delimiter, start } = layout(&bytes);
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(bytes.get(start..).unwrap_or_default());
    let mut lines = Lines { bytes: &bytes, start, offset: 0, line: 1 };
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
    let (mut rows, mut found, mut empty) = (Vec::new(), 0_usize, Vec::new());
    loop {
        match records.read_byte_record(&mut record) {
            Ok(true) if is_empty(&record) => empty.push(lines.at(&record)),
            Ok(true) => {
                found += 1;
                rows.extend(row(file, lines.at(&record), &record, width, &wanted, problems));
            }
            Ok(false) => break,
            Err(e) => {
                problems.add(file.name, Spot::line(lines.line), "", e.to_string());
                return rows;
            }
        }
    }
    if found == 0 {
        let text = "has no rows: nothing stands below the line of column names";
        problems.add(file.name, Spot::default(), "", text);
    }
    if let Some(first) = empty.first() {
        remarks.push(format!(
            "{}: {} without any text left out, the first on line {first}",
            file.name,
            rows_of(empty.len())
        ));
    }
    rows
}

fn rows_of(n: usize) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{n} rows") }
}

/// Whether no cell of a row has anything to read.
fn is_empty(record: &csv::ByteRecord) -> bool {
    let is_blank = |cell: &[u8]| std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty());
    record.len() > 1 && record.iter().all(is_blank)
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
        let first = record.iter().position(|other| other.eq_ignore_ascii_case(cell)).unwrap_or(n);
        if first < n {
            let text = format!(
                "column {:?} is there twice, also as column {}",
                String::from_utf8_lossy(cell),
                first + 1
            );
            problems.add(file.name, Spot::at(line, n + 1), "", text);
            return None;
        }
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

/// How a table is written.
struct Layout {
    delimiter: u8,
    /// Where the line of column names begins.
    start: usize,
}

/// `;` or a tab where the first line has one and no comma: spreadsheets of an Indonesian locale write the one, those
/// that are told to write "text" or "Unicode text" the other. A line `sep=;` before it says so itself.
fn layout(bytes: &[u8]) -> Layout {
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii();
        if let [s, e, p, b'=', delimiter] = text
            && [*s, *e, *p].eq_ignore_ascii_case(b"sep")
            && delimiter.is_ascii_punctuation()
        {
            return Layout { delimiter: *delimiter, start: start + line.len() };
        }
        // The blank between "sep=" and the end of the line is the tab itself.
        if line.len() >= 5 && text.eq_ignore_ascii_case(b"sep=") && line.contains(&b'\t') {
            return Layout { delimiter: b'\t', start: start + line.len() };
        }
        if !text.is_empty() {
            let alone = |delimiter: &u8| text.contains(delimiter) && !text.contains(&b',');
            let delimiter = [b';', b'\t'].into_iter().find(alone).unwrap_or(b',');
            return Layout { delimiter, start: 0 };
        }
        start += line.len();
    }
    Layout { delimiter: b',', start: 0 }
}

/// Counts lines by offset: the CSV reader's own count is off after CRLF and after empty lines.
struct Lines<'a> {
    bytes: &'a [u8],
    /// Where the reader began.
    start: usize,
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins. Records must be asked in order.
    fn at(&mut self, record: &csv::ByteRecord) -> u64 {
        let position = record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(usize::MAX));
        let start = position.saturating_add(self.start);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let end = start + blank;
        let passed = self.bytes.get(self.offset..end).unwrap_or_default();
        self.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.offset = end.max(self.offset);
        self.line
    }
}
