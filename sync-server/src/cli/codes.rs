//! Enrolment codes for many officers: a table, and a sheet of cards to print. Both say whose each code is, and only
//! their owner may read them. What was written when a batch stops midway is whole and can be used.

use std::{
    fs::File,
    io::{Seek as _, Write as _},
    path::{Path, PathBuf},
};

use pantau_desk::{Lang, Reading, role_name};
use pantau_log::{Error, Server, ops, projector::Known};

use super::{cards, fail::Done, out};

/// First line of the table.
const COLUMNS: [&str; 6] = ["number", "name", "role", "place", "handle", "qr_text"];

/// What codes are made with.
pub(crate) struct Batch<'a> {
    pub(crate) server: &'a Server,
    pub(crate) url: &'a str,
    /// Seconds that a code is valid.
    pub(crate) valid_s: i64,
    /// How times are written.
    pub(crate) reading: Reading,
}

/// One code and whose it is, as it may be shown.
pub(crate) struct Issued {
    pub(crate) officer: u32,
    /// Empty where none is known.
    pub(crate) name: String,
    /// Every role and place of the officer, in Indonesian and in English.
    pub(crate) roles: [String; 2],
    pub(crate) places: String,
    pub(crate) handle: String,
    pub(crate) secret: String,
    pub(crate) qr_text: String,
    /// Until when, local time of the profile, in Indonesian and in English.
    pub(crate) valid_until: [String; 2],
}

/// Makes a code for each officer, one after the other, each in the files before the next is made.
pub(crate) fn to_files(batch: &Batch<'_>, officers: &[u32], table: &Path, sheet: Option<&Path>) -> Done {
    let mut table = Target::new(table)?;
    let mut sheet = match sheet.map(Target::new).transpose() {
        Ok(sheet) => sheet,
        Err(error) => {
            // It is ours and empty.
            let _ = std::fs::remove_file(&table.path);
            return Err(error.into());
        }
    };
    let known = batch.server.known()?;
    table.add(&row(&COLUMNS.map(str::to_owned)))?;
    if let Some(sheet) = &mut sheet {
        sheet.add(cards::HEAD.as_bytes())?;
    }
    for (done, officer) in (1_u64..).zip(officers) {
        let written = issue(batch, &known, *officer).and_then(|issued| {
            if let Some(sheet) = &mut sheet {
                sheet.add(cards::card(&issued)?.as_bytes())?;
            }
            table.add(&row(&cells(&issued)))
        });
        if let Err(error) = written {
            stopped(&table, done - 1, officers.len(), *officer);
            return Err(error.into());
        }
        out::progress("codes", done, officers.len() as u64);
    }
    let all = [Some(&table), sheet.as_ref()];
    for target in all.into_iter().flatten() {
        target.file.sync_all().map_err(Error::io(&target.path))?;
        let path = target.path.display();
        out::line(format_args!("{} codes in {path}; whoever reads it can enrol.", officers.len()));
    }
    Ok(())
}

fn stopped(table: &Target, done: u64, all: usize, officer: u32) {
    let path = table.path.display();
    out::note(format_args!(
        "Stopped at officer {officer}: {done} of {all} codes are in {path} and work. When the cause is mended, \
         make the others with `enrol --officer N`, or all anew with `enrol --all` into another file; codes \
         that nobody used end by themselves."
    ));
}

/// Makes one code.
fn issue(batch: &Batch<'_>, known: &Known, officer: u32) -> Result<Issued, Error> {
    let made = ops::issue(batch.server, known, officer, batch.url, batch.valid_s)?;
    let said = [Lang::Id, Lang::En];
    let named = |lang| made.roles.iter().map(|role| role_name(lang, *role)).collect::<Vec<_>>().join("; ");
    Ok(Issued {
        officer,
        name: made.name,
        roles: said.map(named),
        places: made.places.join("; "),
        qr_text: made.invitation.to_text(),
        handle: made.invitation.code.handle,
        secret: made.invitation.code.secret,
        valid_until: said.map(|lang| Reading { lang, ..batch.reading.clone() }.local(made.valid_until)),
    })
}

fn cells(issued: &Issued) -> [String; 6] {
    let Issued { officer, name, roles: [role, _], places, handle, qr_text, .. } = issued;
    [officer.to_string(), name.clone(), role.clone(), places.clone(), handle.clone(), qr_text.clone()]
}

/// One line of the table. A cell that a spreadsheet would take for a formula gets an apostrophe before it.
fn row(cells: &[String]) -> Vec<u8> {
    let is_formula = |cell: &String| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = cells.iter().map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.clone() });
    let quoted = safe.map(|cell| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    });
    let mut line = quoted.collect::<Vec<_>>().join(",").into_bytes();
    line.extend_from_slice(b"\r\n");
    line
}

/// A new file that grows by whole pieces.
struct Target {
    path: PathBuf,
    file: File,
}

impl Target {
    fn new(path: &Path) -> Result<Self, Error> {
        Ok(Self { path: path.to_owned(), file: super::private_file(path)? })
    }

    /// Adds a piece; one that does not fit on the disk is taken away again, so that what stands stays whole.
    fn add(&mut self, piece: &[u8]) -> Result<(), Error> {
        let start = self.file.stream_position().map_err(Error::io(&self.path))?;
        self.file.write_all(piece).map_err(|error| {
            let _ = self.file.set_len(start);
            Error::io(&self.path)(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        let cells = ["7", "=HYPERLINK(\"x\")", "a,b", "", "-1", "PANTAU1 x"].map(str::to_owned);
        let line = String::from_utf8(row(&cells)).unwrap();
        assert_eq!(line, "7,\"'=HYPERLINK(\"\"x\"\")\",\"a,b\",,'-1,PANTAU1 x\r\n");
    }
}
