//! How many passed and failed.

use std::iter::Sum;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// A part that is no test suite counts as one.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// Sets what the suites printed against how the command ended: a failure none of
    /// them reported (a compile error, a crash) and a run without a test are failures.
    pub(crate) fn confirmed(self, succeeded: bool) -> Self {
        let believable = if succeeded { self.passed > 0 } else { self.failed > 0 };
        Self { failed: self.failed + u64::from(!believable), ..self }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut total, tally| {
            total += tally;
            total
        })
    }
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`, the line with which
/// libtest closes each suite; any other line is none.
pub(crate) fn result_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = counts.split("; ");
    let passed = counts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = counts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Tally { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_closing_line_of_a_suite() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(result_line(line), Some(Tally { passed: 12, failed: 3 }));
    }

    #[test]
    fn passes_over_other_lines() {
        for line in ["", "running 4 tests", "test a ... ok", "test result: ok. many passed"] {
            assert_eq!(result_line(line), None, "{line}");
        }
    }

    #[test]
    fn a_failure_that_no_suite_reported_counts_once() {
        let green = Tally { passed: 5, failed: 0 };
        let red = Tally { passed: 5, failed: 2 };
        assert_eq!(green.confirmed(true), green);
        assert_eq!(green.confirmed(false), Tally { passed: 5, failed: 1 });
        assert_eq!(red.confirmed(false), red);
        assert_eq!(Tally::default().confirmed(true), Tally { passed: 0, failed: 1 });
    }
}
