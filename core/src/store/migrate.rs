//! Migrations: an ordered slice of numbered SQL, one transaction each, `user_version` in the same
//! transaction. A newer store is refused. Published files are never edited.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Error;

const STEPS: &[&str] = &[
    include_str!("../../migrations/001_first.sql"),
    include_str!("../../migrations/002_salts.sql"),
    include_str!("../../migrations/003_fewer_pages.sql"),
    include_str!("../../migrations/004_fold_at_reading.sql"),
    include_str!("../../migrations/005_capture_keys.sql"),
];

/// Brings a store to the newest version; returns the version before if it was an older store.
pub(super) fn migrate(connection: &mut Connection) -> Result<Option<u32>, Error> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(Error::NewerStore { found, known });
    }
    for (version, sql) in (1..).zip(STEPS).skip(found as usize) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok((found > 0 && found < known).then_some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(c: &Connection) -> Vec<String> {
        let mut q = c.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        q.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_past_version_upgrades_to_the_fresh_schema() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        for past in 0..=STEPS.len() {
            let mut old = Connection::open_in_memory().unwrap();
            for sql in &STEPS[..past] {
                old.execute_batch(sql).unwrap();
            }
            old.pragma_update(None, "user_version", past as u32).unwrap();
            migrate(&mut old).unwrap();
            assert_eq!(schema(&old), schema(&fresh), "from version {past}");
        }
    }

    #[test]
    fn a_newer_store_is_refused_and_left_alone() {
        let mut c = Connection::open_in_memory().unwrap();
        c.pragma_update(None, "user_version", 99).unwrap();
        let known = STEPS.len() as u32;
        assert_eq!(migrate(&mut c), Err(Error::NewerStore { found: 99, known }));
        assert!(schema(&c).is_empty());
    }
}
