//! What is wrong with an import, by file, line and column.

use std::fmt;

use pantau_protocol::legible::legible_line;

/// How many problems are listed; the rest is only counted.
const SHOWN: usize = 20;

/// Where something is wrong. Lines and columns count from 1; 0 means the whole file or the whole line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    /// Line of the file.
    pub line: u64,
    /// Column of the table, or character of the line in JSON.
    pub column: usize,
}

impl Spot {
    /// A whole line.
    pub fn line(line: u64) -> Self {
        Self { line, column: 0 }
    }

    /// A column of a line.
    pub fn at(line: u64, column: usize) -> Self {
        Self { line, column }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: String,
    /// Where in it.
    pub spot: Spot,
    /// Name of the column, if the file is a table.
    pub column_name: &'static str,
    /// What is wrong and what would be right.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.spot.line > 0 {
            write!(f, ", line {}", self.spot.line)?;
        }
        if self.spot.column > 0 {
            write!(f, ", column {}", self.spot.column)?;
        }
        if !self.column_name.is_empty() {
            write!(f, " ({})", self.column_name)?;
        }
        // The text quotes the file, which may hold anything.
        write!(f, ": {}", legible_line(&self.text))
    }
}

/// All that is wrong with an import: the first few, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    list: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// Notes a problem.
    pub fn add(&mut self, file: &str, spot: Spot, column_name: &'static str, text: impl Into<String>) {
        if self.list.len() < SHOWN {
            self.list.push(Problem { file: file.to_owned(), spot, column_name, text: text.into() });
        } else {
            self.more += 1;
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// The first of them.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// `value` if nothing is wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.list.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.list.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "\n… and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
