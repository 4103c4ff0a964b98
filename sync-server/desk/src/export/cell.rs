//! Cells of an exported table: RFC 4180, and no text that a spreadsheet would take for a formula.

use pantau_log::Error;
use pantau_protocol::projection::Mark;

use crate::{
    api::{Said, Time},
    ask::Ask,
};

/// Lines of a table.
pub(super) struct Sheet {
    out: csv::Writer<Vec<u8>>,
    line: csv::StringRecord,
    failed: Option<csv::Error>,
}

impl Default for Sheet {
    fn default() -> Self {
        let out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        Self { out, line: csv::StringRecord::new(), failed: None }
    }
}

impl Sheet {
    /// A cell with what somebody wrote.
    pub(super) fn text(&mut self, text: &str) {
        self.line.push_field(&defused(text));
    }

    /// The same, or an empty cell.
    pub(super) fn maybe_text(&mut self, text: Option<&str>) {
        self.text(text.unwrap_or_default());
    }

    /// A cell with a number; an empty one where it is unknown, and never 0.
    pub(super) fn number(&mut self, number: Option<impl Into<i64>>) {
        self.line.push_field(&number.map_or_else(String::new, |n| n.into().to_string()));
    }

    /// A cell with `yes` or `no`; an empty one where it is unknown.
    pub(super) fn yes(&mut self, is: Option<bool>) {
        self.line.push_field(is.map_or("", |is| if is { "yes" } else { "no" }));
    }

    /// Two cells with a moment: RFC 3339 and unix seconds.
    pub(super) fn time(&mut self, at: Option<i64>) {
        let time = at.map(Time::of);
        self.maybe_text(time.as_ref().and_then(|time| time.rfc3339.as_deref()));
        self.number(at);
    }

    /// Five cells with who says so: the moment, number and name of the officer, basis.
    pub(super) fn said(&mut self, ask: &Ask<'_>, mark: Option<&Mark>) {
        let said = mark.map(|mark| Said::of(ask, mark));
        let said = said.as_ref();
        self.time(mark.map(|mark| mark.at));
        self.number(said.and_then(|said| said.officer));
        self.maybe_text(said.and_then(|said| said.officer_name.as_deref()));
        self.maybe_text(said.map(|said| said.basis.as_str()));
    }

    /// Ends the line.
    pub(super) fn end(&mut self) {
        // Into memory: what can fail is a line of another length.
        if let Err(error) = self.out.write_record(&self.line) {
            self.failed.get_or_insert(error);
        }
        self.line.clear();
    }

    /// The lines as bytes.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>, Error> {
        let refused = |e: String| Error::Refused(format!("a table cannot be written: {e}"));
        match self.failed {
            Some(error) => Err(refused(error.to_string())),
            None => self.out.into_inner().map_err(|e| refused(e.to_string())),
        }
    }
}

/// Signs with which a cell becomes a formula in one spreadsheet or another (OWASP, "CSV Injection"), in full width, too.
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A text that no spreadsheet takes for a formula: an apostrophe stands before one that might be.
fn defused(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let mut sheet = Sheet::default();
        cells.iter().for_each(|cell| sheet.text(cell));
        sheet.end();
        String::from_utf8(sheet.into_bytes().unwrap()).unwrap()
    }

    #[test]
    fn no_text_is_a_formula() {
        assert_eq!(line(&["=1+1", "+1", "-1", "@SUM(A1)", "a=1"]), "'=1+1,'+1,'-1,'@SUM(A1),a=1\r\n");
        assert_eq!(line(&["\t=1", "\r=1", "x"]), "'\t=1,\"'\r=1\",x\r\n");
        assert_eq!(
            line(&["=HYPERLINK(\"http://x\",\"y\")", "\u{ff1d}1"]),
            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",'\u{ff1d}1\r\n"
        );
    }

    #[test]
    fn unknown_is_an_empty_cell_and_lines_have_one_length() {
        let mut sheet = Sheet::default();
        sheet.number(Some(-5));
        sheet.number(None::<u32>);
        sheet.number(Some(0u32));
        sheet.yes(None);
        sheet.time(Some(0));
        sheet.time(None);
        sheet.end();
        let bytes = sheet.into_bytes().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "-5,,0,,1970-01-01T00:00:00Z,0,,\r\n");
        let mut sheet = Sheet::default();
        sheet.text("a");
        sheet.end();
        sheet.text("a");
        sheet.text("b");
        sheet.end();
        assert!(sheet.into_bytes().is_err());
    }
}
