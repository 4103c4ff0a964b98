//! The closing table: seconds and counts of each part, then the total.

use std::fmt::Write as _;
use std::time::Duration;

use crate::tally::Tally;

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) took: Duration,
    pub(crate) tally: Tally,
}

pub(crate) fn total(rows: &[Row]) -> Tally {
    rows.iter().map(|row| row.tally).sum()
}

/// Its last line is `N passed, N failed`: scripts read that one.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = format!("{:<10}{:>9}{:>9}{:>9}\n", "part", "seconds", "passed", "failed");
    for Row { name, took, tally } in rows {
        let seconds = took.as_secs_f64();
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{name:<10}{seconds:>9.1}{:>9}{:>9}", tally.passed, tally.failed);
    }
    let Tally { passed, failed } = total(rows);
    let _ = write!(table, "\n{passed} passed, {failed} failed");
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_with_the_total() {
        let row = |name, millis, passed, failed| Row {
            name,
            took: Duration::from_millis(millis),
            tally: Tally { passed, failed },
        };
        let table = table(&[row("fmt", 840, 1, 0), row("rust", 61_250, 128, 2)]);
        assert_eq!(
            table.lines().collect::<Vec<_>>(),
            [
                "part        seconds   passed   failed",
                "fmt             0.8        1        0",
                "rust           61.2      128        2",
                "",
                "129 passed, 2 failed",
            ]
        );
    }
}
