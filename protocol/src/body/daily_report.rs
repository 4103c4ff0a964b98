//! The daily report (Laporan Harian): the figures of a region as they stood at a moment, set down by the desk. They
//! follow from the log, so that whoever holds it can work them out again.

use std::collections::BTreeSet;

use super::{Content, kits};
use crate::{
    limit,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, fail, short},
    projection::Rollup,
};

/// The figures of a region at a moment. An array on the wire; a figure that a later version adds has a default
/// there and is skipped here.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct Figures {
    /// TPS in use.
    #[n(0)]
    pub tps: u32,
    /// Registered voters.
    #[n(1)]
    pub voters: u64,
    /// TPS with a visit that counts.
    #[n(2)]
    pub visited: u32,
    /// TPS where something arrived.
    #[n(3)]
    pub arrived: u32,
    /// Of these, known by hearsay.
    #[n(4)]
    pub arrived_told: u32,
    /// Of these, known by a document.
    #[n(5)]
    pub arrived_document: u32,
    /// TPS whose kit was counted and is complete.
    #[n(6)]
    pub complete: u32,
    /// TPS where a counted item is short.
    #[n(7)]
    pub short: u32,
    /// TPS with a broken or missing seal at the latest arrival.
    #[n(8)]
    pub bad_seals: u32,
    /// Incidents that are not settled.
    #[n(9)]
    pub open_incidents: u32,
    /// Of these, those that endanger the vote.
    #[n(10)]
    pub grave_incidents: u32,
    /// TPS nobody said anything about.
    #[n(11)]
    pub never_heard: u32,
    /// TPS without signal where word is missed, which says nothing.
    #[n(12)]
    pub silent_expected: u32,
    /// TPS with signal where word is missed.
    #[n(13)]
    pub silent_abnormal: u32,
    /// Voters so far, of the TPS that reported turnout.
    #[n(14)]
    pub turnout: u64,
    /// TPS that reported turnout.
    #[n(15)]
    pub turnout_tps: u32,
    /// Registered voters of these.
    #[n(16)]
    pub turnout_voters: u64,
}

impl Figures {
    /// TPS that received something of which nobody knows whether it is complete.
    pub fn uncounted(&self) -> u32 {
        self.arrived.saturating_sub(self.complete).saturating_sub(self.short)
    }

    /// TPS of which nobody said that something has arrived.
    pub fn not_arrived(&self) -> u32 {
        self.tps.saturating_sub(self.arrived)
    }

    /// Of the TPS where something arrived, those where the author of the report stood.
    pub fn arrived_seen(&self) -> u32 {
        self.arrived.saturating_sub(self.arrived_told).saturating_sub(self.arrived_document)
    }
}

impl From<&Rollup> for Figures {
    fn from(sums: &Rollup) -> Self {
        Self {
            tps: sums.tps,
            voters: sums.voters,
            visited: sums.visited,
            arrived: sums.arrived,
            arrived_told: sums.arrived_told,
            arrived_document: sums.arrived_document,
            complete: sums.complete,
            short: sums.short,
            bad_seals: sums.bad_seals,
            open_incidents: sums.open_incidents,
            grave_incidents: sums.grave_incidents,
            never_heard: sums.silent,
            silent_expected: sums.silent_expected,
            silent_abnormal: sums.silent_abnormal,
            turnout: sums.turnout,
            turnout_tps: sums.turnout_tps,
            turnout_voters: sums.turnout_voters,
        }
    }
}

/// A region of the report with its figures. An array on the wire.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct DailyRow {
    /// The part of its code that follows the code of the report's region: `06` in `62`.
    #[n(0)]
    pub part: String,
    /// What is known of it.
    #[n(1)]
    pub figures: Figures,
}

impl DailyRow {
    /// The region inside the one of the report; `None` where the code cannot be.
    pub fn region(&self, of: &Place) -> Option<Place> {
        Place::new(&format!("{of}.{}", self.part)).ok()
    }
}

/// The daily report of the record's place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DailyReport {
    /// The moment of the figures, unix seconds: all that the server had received by then counts.
    #[n(0)]
    pub at: i64,
    /// Number of the letter, as the office numbers its letters.
    #[n(1)]
    pub number: Option<String>,
    /// The office of who signs.
    #[n(2)]
    pub office: Option<String>,
    /// Version of the fold that made the figures: [`crate::projection::VERSION`].
    #[n(3)]
    pub fold: u32,
    /// The figures of the whole.
    #[n(4)]
    pub total: Figures,
    /// The regions directly inside, in the order of their codes.
    #[n(5)]
    pub rows: Vec<DailyRow>,
}

impl Content for DailyReport {
    const NOTES: &'static [Field] = &[Field::Note, Field::Name];

    fn check(&self) -> Result<(), FieldError> {
        for (field, text) in [("daily_report.number", &self.number), ("daily_report.office", &self.office)] {
            text.as_deref().map_or(Ok(()), |text| short(field, text))?;
        }
        if self.rows.len() > limit::DAILY_ROWS {
            return fail("daily_report.rows", Problem::TooLong);
        }
        let mut parts = BTreeSet::new();
        for (i, row) in self.rows.iter().enumerate() {
            let field = format!("daily_report.rows[{i}].part");
            if row.part.is_empty()
                || row.part.len() > limit::PART_DIGITS
                || !row.part.bytes().all(|b| b.is_ascii_digit())
            {
                return fail(field, Problem::Unknown);
            }
            kits::once(&mut parts, &row.part, field)?;
        }
        Ok(())
    }

    fn sample() -> Self {
        let figures = Figures {
            tps: 7,
            voters: 1_900,
            visited: 5,
            arrived: 6,
            complete: 3,
            short: 1,
            ..Figures::default()
        };
        Self {
            at: 1_707_822_000,
            number: Some("270/12/DP/II/2024".into()),
            office: Some("Sekretaris Desk Pemilu".into()),
            fold: crate::projection::VERSION,
            total: figures,
            rows: vec![DailyRow { part: "01".into(), figures }, DailyRow { part: "02".into(), figures }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut DailyReport)) -> (String, Problem) {
        let mut report = DailyReport::sample();
        change(&mut report);
        let error = report.check().unwrap_err();
        (error.field, error.problem)
    }

    #[test]
    fn each_refusal_names_its_field() {
        let long = || Some("9".repeat(limit::LABEL_BYTES + 1));
        let cases = [
            (refused(|r| r.number = long()), "daily_report.number", Problem::TooLong),
            (refused(|r| r.office = long()), "daily_report.office", Problem::TooLong),
            (
                refused(|r| r.rows = vec![r.rows[0].clone(); limit::DAILY_ROWS + 1]),
                "daily_report.rows",
                Problem::TooLong,
            ),
            (refused(|r| r.rows[1].part = "6x".into()), "daily_report.rows[1].part", Problem::Unknown),
            (refused(|r| r.rows[1].part = "00000".into()), "daily_report.rows[1].part", Problem::Unknown),
            (refused(|r| r.rows[1] = r.rows[0].clone()), "daily_report.rows[1].part", Problem::Doubled),
        ];
        for (got, field, problem) in cases {
            assert_eq!(got, (field.to_owned(), problem));
        }
    }

    #[test]
    fn a_row_is_of_a_region_inside() {
        let row = DailyRow { part: "06".into(), figures: Figures::default() };
        let province = Place::new("62").unwrap();
        assert_eq!(row.region(&province).map(|p| p.to_string()), Some("62.06".to_owned()));
    }

    #[test]
    fn the_parts_sum_to_the_whole() {
        let f = DailyReport::sample().total;
        assert_eq!(f.complete + f.short + f.uncounted() + f.not_arrived(), f.tps);
        let f = Figures { arrived_told: 2, arrived_document: 1, ..f };
        assert_eq!(f.arrived_seen() + f.arrived_told + f.arrived_document, f.arrived);
    }

    #[test]
    fn the_largest_report_fits_a_payload() {
        let most =
            Figures { voters: u64::from(u32::MAX), turnout: u64::from(u32::MAX), ..Figures::default() };
        let row = |n: usize| DailyRow { part: format!("{n:04}"), figures: most };
        let report = DailyReport { rows: (0..limit::DAILY_ROWS).map(row).collect(), ..DailyReport::sample() };
        report.check().unwrap();
        assert!(crate::cbor::to_vec(&report).len() < limit::PAYLOAD_BYTES / 2);
    }
}
