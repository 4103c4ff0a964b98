//! Kinds of records as conditions of SQL. They are literals, since only so does SQLite see that a partial index
//! serves a query.

use std::{ops::Range, sync::LazyLock};

use pantau_protocol::body::Kind;

/// Of the kinds that the desk writes, as in the index `log_kind`.
pub(super) static FROM_ABOVE: LazyLock<String> = LazyLock::new(|| between(Kind::FROM_ABOVE));

/// Of the kinds that are not reference data, nor decide whom to trust.
pub(super) static NOT_REFERENCE: LazyLock<String> = LazyLock::new(|| {
    format!("NOT ({}) AND kind NOT IN ({})", between(Kind::REFERENCE), numbers(Kind::decides_trust))
});

/// Of the kinds that decide who may do what.
pub(super) static DECIDES_TRUST: LazyLock<String> =
    LazyLock::new(|| format!("kind IN ({})", numbers(Kind::decides_trust)));

fn between(range: Range<u32>) -> String {
    format!("kind BETWEEN {} AND {}", range.start, range.end - 1)
}

fn numbers(which: impl Fn(Kind) -> bool) -> String {
    let kinds = Kind::ALL.iter().filter(|kind| which(**kind)).map(|kind| kind.number().to_string());
    kinds.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_kinds_is_of_those_that_the_desk_writes() {
        assert!(
            include_str!("schema-3.sql").contains(&format!("WHERE {} AND", *FROM_ABOVE)),
            "{}",
            *FROM_ABOVE
        );
    }

    #[test]
    fn every_kind_is_reference_data_or_not() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        for kind in Kind::ALL {
            let sql = format!("SELECT {} FROM (SELECT {} AS kind)", *NOT_REFERENCE, kind.number());
            let is_not: bool = db.query_row(&sql, [], |r| r.get(0)).unwrap();
            assert_eq!(is_not, !kind.is_reference(), "{kind:?}");
        }
    }
}
