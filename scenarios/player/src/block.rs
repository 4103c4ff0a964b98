//! A scenario file as blocks: a line that starts at the margin, and the indented lines below it.
//!
//! ```text
//! receive terima: Budi, H-2 17.40       head `receive terima`, value `Budi, H-2 17.40`
//!     at: PPK 62.06.13                  a field
//! # a comment; empty lines say nothing
//! ```

/// Why a file cannot be read: the line, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {what}")]
pub struct Bad {
    /// Line of the file, from 1.
    pub line: usize,
    /// What was expected, and what stands there.
    pub what: String,
}

/// What was read, or in words what was expected.
pub type Read<T> = Result<T, String>;

/// Names the line of an error.
///
/// # Errors
/// The error of `read`, with its line.
pub fn at<T>(line: usize, read: Read<T>) -> Result<T, Bad> {
    read.map_err(|what| Bad { line, what })
}

/// One `key: value` below the head of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its line.
    pub line: usize,
    /// What stands before the first colon.
    pub key: String,
    /// What stands after it, trimmed.
    pub value: String,
}

/// A line at the margin with what is indented below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Line of the head.
    pub line: usize,
    /// Words before the first colon.
    pub head: Vec<String>,
    /// What stands after the colon, trimmed; empty if there is no colon.
    pub value: String,
    /// Fields, in the order of the file.
    pub fields: Vec<Field>,
}

impl Block {
    /// The words of the head as text slices, to match on.
    pub fn words(&self) -> Vec<&str> {
        self.head.iter().map(String::as_str).collect()
    }
}

/// Cuts a text into blocks.
///
/// # Errors
/// An indented line without a head above it or without a colon.
pub fn blocks(text: &str) -> Result<Vec<Block>, Bad> {
    let mut blocks: Vec<Block> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let colon = trimmed.split_once(':').map(|(key, value)| (key.trim(), value.trim()));
        if text.starts_with(char::is_whitespace) {
            let (key, value) =
                at(line, colon.ok_or_else(|| format!("expected `key: value`, found `{trimmed}`")))?;
            let above =
                blocks.last_mut().ok_or_else(|| "expected a line at the margin before this one".to_owned());
            at(line, above)?.fields.push(Field { line, key: key.to_owned(), value: value.to_owned() });
        } else {
            let (head, value) = colon.unwrap_or((trimmed, ""));
            let head = head.split_whitespace().map(str::to_owned).collect();
            blocks.push(Block { line, head, value: value.to_owned(), fields: Vec::new() });
        }
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_a_line_at_the_margin_and_what_is_indented_below_it() {
        let text = "# why\ntitle: Satu: dua\n\nexpect no findings\nvisit v: Ani, H-2 10:02\n  place: T1\n";
        let all = blocks(text).unwrap();
        assert_eq!(all.iter().map(|b| b.line).collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!((all[0].value.as_str(), all[2].value.as_str()), ("Satu: dua", "Ani, H-2 10:02"));
        assert_eq!(all[1].words(), ["expect", "no", "findings"]);
        assert_eq!(all[2].fields[0].key, "place");
    }

    #[test]
    fn what_is_no_block_is_told_with_its_line() {
        assert_eq!(blocks("\n  place: T1").unwrap_err().line, 2);
        let bad = blocks("title: x\n  place T1").unwrap_err();
        assert_eq!((bad.line, bad.what.as_str()), (2, "expected `key: value`, found `place T1`"));
    }
}
