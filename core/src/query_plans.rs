//! Every statement that runs often is answered from an index: SQLite says so itself.

use std::sync::Arc;

use rusqlite::Connection;

use crate::{
    directive,
    env::{Entropy, SystemEntropy},
    error::Error,
    places, reference, row,
    store::{Db, OpenOptions},
    tps,
};

#[test]
fn every_hot_query_finds_its_index() {
    let dir = tempfile::tempdir().unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let opened = Db::open(dir.path(), &OpenOptions::default(), 0, &entropy, places::rederive, |_| Ok(()));
    let db = opened.unwrap().0;
    // A partial index serves only a query that repeats its condition: this is what goes wrong unseen.
    let scans = |c: &Connection, sql: &str| {
        let mut q = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let blanks = vec![None::<i64>; q.parameter_count()];
        let plan = q.query_map(rusqlite::params_from_iter(blanks), |r| r.get::<_, String>(3))?;
        let plan: Vec<String> = plan.collect::<Result<_, _>>()?;
        Ok::<_, Error>(
            plan.into_iter().filter(|l| l.starts_with("SCAN") && !l.contains("subquery")).collect(),
        )
    };
    for sql in SOURCES.iter().flat_map(|file| statements(file)).chain(of_kinds()) {
        let found: Vec<String> = db.read(|c| scans(c, &sql)).unwrap();
        let is_small = |l: &String| SMALL.iter().any(|t| l.starts_with(&format!("SCAN {t}")));
        assert!(found.iter().all(is_small), "{found:?} in {sql}");
    }
}

/// A kind may not leave the range that an index was made for: its records would no longer be found.
#[test]
fn the_indexes_are_those_of_the_kinds() {
    let first = include_str!("../migrations/001_first.sql");
    for index in [
        format!("CREATE INDEX record_kind ON record (kind) WHERE {};", row::from_above("kind")),
        format!("CREATE INDEX record_supersedes ON record (kind) WHERE {};", row::superseding("kind")),
    ] {
        assert!(first.contains(&index), "{index}");
    }
}

/// Tables of a few rows, which may be read whole.
const SMALL: &[&str] = &["journal", "j", "draft", "setting", "wanted", "w"];
const SOURCES: &[&str] = &[
    include_str!("capture.rs"),
    include_str!("capture/once.rs"),
    include_str!("draft.rs"),
    include_str!("handover/own.rs"),
    include_str!("identity.rs"),
    include_str!("journal.rs"),
    include_str!("places.rs"),
    include_str!("tps.rs"),
    include_str!("row.rs"),
    include_str!("sync/apply.rs"),
    include_str!("sync/page.rs"),
    include_str!("sync/request.rs"),
];

/// The statements that are built of numbers of kinds.
fn of_kinds() -> Vec<String> {
    let selected = |condition: String| format!("{} WHERE {condition}", row::SELECT);
    vec![directive::places_statement(), selected(reference::condition()), selected(tps::officers_condition())]
}

/// The literal statements of a source file, and its conditions for `row::select`.
fn statements(source: &str) -> Vec<String> {
    let literals = || source.split('"').filter(|s| !s.contains('{'));
    let is_sql = |s: &&str| ["SELECT ", "UPDATE ", "DELETE "].iter().any(|w| s.starts_with(w));
    // Folding all anew is to read all.
    let is_whole = |s: &&str| s.ends_with("UNION SELECT place FROM state");
    let is_begun = |s: &&str| s.trim_end().ends_with("FROM");
    let is_condition =
        |s: &&str| s.starts_with("r.") && [" = ", " > ", " BETWEEN "].iter().any(|o| s.contains(o));
    let whole = literals().filter(is_sql).filter(|s| !is_begun(s) && !is_whole(s)).map(str::to_owned);
    let built = literals().filter(is_condition).map(|s| format!("{} WHERE {s}", row::SELECT));
    whole.chain(built).chain([row::AT_PLACE.to_owned()]).collect()
}
