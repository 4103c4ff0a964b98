//! Deeds in SQLite.

use rusqlite::params;

use super::view::Session;
use crate::store::{Deed, DeedKind, DeedsTx, DeedsView, StoreError, Stored};

const DEED: &str = "matter, at, operator, kind, heir, note";

impl DeedsView for Session<'_> {
    fn deeds(&self, matter: &str) -> Stored<Vec<Deed>> {
        self.list(&format!("SELECT {DEED} FROM deed WHERE matter = ? ORDER BY number"), [matter], deed)
    }

    fn desk_owners(&self) -> Stored<Vec<Deed>> {
        let latest = "SELECT max(number) FROM deed WHERE kind <> ? GROUP BY matter";
        let sql = format!("SELECT {DEED} FROM deed WHERE number IN ({latest}) ORDER BY number");
        self.list(&sql, [DeedKind::Note.number()], deed)
    }

    fn desk_deeds_of(&self, operator: &str, from: i64, limit: usize) -> Stored<Vec<Deed>> {
        let latest = "SELECT * FROM deed WHERE operator = ? AND at >= ? ORDER BY number DESC LIMIT ?";
        let sql = format!("SELECT {DEED} FROM ({latest}) ORDER BY number");
        self.list(&sql, params![operator, from, i64::try_from(limit).unwrap_or(i64::MAX)], deed)
    }
}

impl DeedsTx for Session<'_> {
    fn add_deed(&mut self, d: &Deed) -> Stored<()> {
        self.run(
            &format!("INSERT INTO deed ({DEED}) VALUES (?, ?, ?, ?, ?, ?)"),
            params![d.matter, d.at, d.operator, d.kind.number(), d.heir, d.note],
        )?;
        Ok(())
    }
}

fn deed(r: &rusqlite::Row<'_>) -> Stored<Deed> {
    let number: i64 = r.get(3)?;
    let kind = DeedKind::ALL.into_iter().find(|kind| kind.number() == number);
    Ok(Deed {
        matter: r.get(0)?,
        at: r.get(1)?,
        operator: r.get(2)?,
        kind: kind.ok_or_else(|| StoreError::Other(format!("a deed of the unknown kind {number}")))?,
        heir: r.get(4)?,
        note: r.get(5)?,
    })
}
