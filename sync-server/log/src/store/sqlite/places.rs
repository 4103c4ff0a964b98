//! The projection in SQLite.

use std::ops::Range;

use pantau_protocol::{place::Place, receipt::Epoch};
use rusqlite::params;

use super::{
    rows::{blob, damaged, from_blob, number, small, text},
    view::Session,
};
use crate::store::{FoldedPlace, List, Listed, PlacesTx, PlacesView, Projection, Status, Stored, inside};

/// What a row of the projection takes beside its state or item, with its share of the indexes.
const ROW_BYTES: u64 = 256;

/// Room that a row of the projection with so many bytes takes.
fn projected(bytes: usize) -> u64 {
    ROW_BYTES + bytes as u64
}

/// A place code.
pub(super) fn place(r: &rusqlite::Row<'_>, column: usize) -> Stored<Place> {
    Place::new(text(r, column)?).map_err(|_| damaged("place"))
}

fn with_place(r: &rusqlite::Row<'_>) -> Stored<(Place, Vec<u8>)> {
    Ok((place(r, 0)?, blob(r, 1)?.to_vec()))
}

fn projection(r: &rusqlite::Row<'_>) -> Stored<Projection> {
    Ok(Projection {
        generation: number(r, 0)?,
        version: small(r, 1)?,
        status: Status::from_number(r.get(2)?).ok_or_else(|| damaged("status of a projection"))?,
        position: number(r, 3)?,
        received_at: r.get(4)?,
        epoch: Epoch { created_at: r.get(5)?, random: from_blob(r, 6, |b| b.try_into().ok())? },
        after: r.get(7)?,
        folded: number(r, 8)?,
        looked_at: r.get(9)?,
    })
}

impl PlacesView for Session<'_> {
    fn projections(&self) -> Stored<Vec<Projection>> {
        self.list(
            "SELECT generation, version, status, position, received_at, epoch_created_at, epoch_random, after, \
             folded, looked_at FROM projection ORDER BY generation",
            [],
            projection,
        )
    }

    fn state(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>> {
        self.one(
            "SELECT state FROM place_state WHERE generation = ? AND place = ?",
            params![generation.cast_signed(), place.as_str()],
            |r| Ok(blob(r, 0)?.to_vec()),
        )
    }

    fn memory(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>> {
        self.one(
            "SELECT memory FROM place_memory WHERE generation = ? AND place = ?",
            params![generation.cast_signed(), place.as_str()],
            |r| Ok(blob(r, 0)?.to_vec()),
        )
    }

    fn states_after(&self, generation: u64, after: &str, limit: usize) -> Stored<Vec<(Place, Vec<u8>)>> {
        self.list(
            "SELECT place, state FROM place_state WHERE generation = ? AND place > ? ORDER BY place LIMIT ?",
            params![generation.cast_signed(), after, limit as i64],
            with_place,
        )
    }

    fn rollup(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>> {
        self.one(
            "SELECT sums FROM rollup WHERE generation = ? AND place = ?",
            params![generation.cast_signed(), place.as_str()],
            |r| Ok(blob(r, 0)?.to_vec()),
        )
    }

    fn rollups(&self, generation: u64) -> Stored<Vec<(Place, Vec<u8>)>> {
        self.list(
            "SELECT place, sums FROM rollup WHERE generation = ? ORDER BY place",
            [generation.cast_signed()],
            with_place,
        )
    }

    fn listed(
        &self,
        generation: u64,
        list: List,
        within: Option<&Place>,
        limit: usize,
    ) -> Stored<Vec<(Place, Listed)>> {
        let make = |r: &rusqlite::Row<'_>| {
            Ok((place(r, 0)?, Listed { list, key: blob(r, 1)?.to_vec(), item: blob(r, 2)?.to_vec() }))
        };
        let (generation, number, limit) =
            (generation.cast_signed(), list.number(), i64::try_from(limit).unwrap_or(i64::MAX));
        match within {
            None => self.list(
                "SELECT place, key, item FROM listed WHERE generation = ? AND list = ? ORDER BY key, place LIMIT ?",
                params![generation, number, limit],
                make,
            ),
            Some(root) => {
                let (least, end) = inside(root);
                self.list(
                    "SELECT place, key, item FROM listed WHERE generation = ? AND list = ? \
                     AND (place = ? OR place >= ? AND place < ?) ORDER BY key, place LIMIT ?",
                    params![generation, number, root.as_str(), least, end, limit],
                    make,
                )
            }
        }
    }

    fn listed_count(
        &self,
        generation: u64,
        list: List,
        within: Option<&Place>,
        end: Option<&[u8]>,
    ) -> Stored<u64> {
        let (generation, list) = (generation.cast_signed(), list.number());
        let count = |r: &rusqlite::Row<'_>| number(r, 0);
        let found = match within {
            None => self.one(
                "SELECT count(*) FROM listed WHERE generation = ?1 AND list = ?2 AND (?3 IS NULL OR key < ?3)",
                params![generation, list, end],
                count,
            )?,
            Some(root) => {
                let (least, beyond) = inside(root);
                self.one(
                    "SELECT count(*) FROM listed WHERE generation = ?1 AND list = ?2 AND (?3 IS NULL OR key < ?3) \
                     AND (place = ?4 OR place >= ?5 AND place < ?6)",
                    params![generation, list, end, root.as_str(), least, beyond],
                    count,
                )?
            }
        };
        Ok(found.unwrap_or(0))
    }

    fn listed_distinct(&self, generation: u64, list: List, end: &[u8], part: Range<usize>) -> Stored<u64> {
        let length = i64::try_from(part.len()).unwrap_or(i64::MAX);
        let start = i64::try_from(part.start).unwrap_or(i64::MAX).saturating_add(1);
        let found = self.one(
            "SELECT count(DISTINCT substr(key, ?4, ?5)) FROM listed WHERE generation = ?1 AND list = ?2 AND key < ?3",
            params![generation.cast_signed(), list.number(), end, start, length],
            |r| number(r, 0),
        )?;
        Ok(found.unwrap_or(0))
    }

    fn visited(&self, generation: u64, within: &Place) -> Stored<Vec<(u32, u64)>> {
        let (least, end) = inside(within);
        self.list(
            "SELECT officer, count(*) FROM visitor WHERE generation = ? AND (place = ? OR place >= ? AND place < ?) \
             GROUP BY officer ORDER BY officer",
            params![generation.cast_signed(), within.as_str(), least, end],
            |r| Ok((small(r, 0)?, number(r, 1)?)),
        )
    }
}

impl Session<'_> {
    /// Keeps what is known of a place in a table, or deletes it.
    fn keep(
        &mut self,
        put: &str,
        delete: &str,
        (generation, place, bytes): (i64, &str, Option<&[u8]>),
    ) -> Stored<()> {
        match bytes {
            Some(bytes) => {
                self.take_room(projected(bytes.len()))?;
                self.run(put, params![generation, place, bytes])?;
            }
            None => _ = self.run(delete, params![generation, place])?,
        }
        Ok(())
    }
}

impl PlacesTx for Session<'_> {
    fn put_projection(&mut self, p: &Projection) -> Stored<()> {
        self.run(
            "INSERT OR REPLACE INTO projection (generation, version, status, position, received_at, \
             epoch_created_at, epoch_random, after, folded, looked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                p.generation.cast_signed(),
                p.version,
                p.status.number(),
                p.position.cast_signed(),
                p.received_at,
                p.epoch.created_at,
                p.epoch.random.as_slice(),
                p.after,
                p.folded.cast_signed(),
                p.looked_at,
            ],
        )?;
        Ok(())
    }

    fn put_place(&mut self, generation: u64, folded: &FoldedPlace) -> Stored<()> {
        let (generation, place) = (generation.cast_signed(), folded.place.as_str());
        self.keep(
            "INSERT INTO place_state (generation, place, state) VALUES (?, ?, ?) \
             ON CONFLICT (generation, place) DO UPDATE SET state = excluded.state",
            "DELETE FROM place_state WHERE generation = ? AND place = ?",
            (generation, place, folded.state.as_deref()),
        )?;
        self.keep(
            "INSERT INTO place_memory (generation, place, memory) VALUES (?, ?, ?) \
             ON CONFLICT (generation, place) DO UPDATE SET memory = excluded.memory",
            "DELETE FROM place_memory WHERE generation = ? AND place = ?",
            (generation, place, folded.memory.as_deref()),
        )?;
        // Left to itself, SQLite deletes by the primary key, and reads the whole table for each place.
        self.run(
            "DELETE FROM listed INDEXED BY listed_place WHERE generation = ? AND place = ?",
            params![generation, place],
        )?;
        for Listed { list, key, item } in &folded.listed {
            self.take_room(projected(key.len() + item.len()))?;
            self.run(
                "INSERT OR REPLACE INTO listed (generation, list, key, place, item) VALUES (?, ?, ?, ?, ?)",
                params![generation, list.number(), key, place, item],
            )?;
        }
        self.run("DELETE FROM visitor WHERE generation = ? AND place = ?", params![generation, place])?;
        for officer in &folded.visitors {
            self.take_room(projected(0))?;
            self.run(
                "INSERT OR REPLACE INTO visitor (generation, place, officer) VALUES (?, ?, ?)",
                params![generation, place, officer],
            )?;
        }
        Ok(())
    }

    fn put_rollup(&mut self, generation: u64, place: &Place, sums: Option<&[u8]>) -> Stored<()> {
        self.keep(
            "INSERT OR REPLACE INTO rollup (generation, place, sums) VALUES (?, ?, ?)",
            "DELETE FROM rollup WHERE generation = ? AND place = ?",
            (generation.cast_signed(), place.as_str(), sums),
        )
    }

    fn drop_projection(&mut self, generation: u64, limit: usize) -> Stored<bool> {
        let (generation, limit) = (generation.cast_signed(), i64::try_from(limit).unwrap_or(i64::MAX));
        let mut deleted = 0;
        for sql in [
            "DELETE FROM place_state WHERE no IN \
             (SELECT no FROM place_state WHERE generation = ? ORDER BY place LIMIT ?)",
            "DELETE FROM place_memory WHERE no IN \
             (SELECT no FROM place_memory WHERE generation = ? ORDER BY place LIMIT ?)",
            "DELETE FROM rollup WHERE (generation, place) IN \
             (SELECT generation, place FROM rollup WHERE generation = ? LIMIT ?)",
            "DELETE FROM listed WHERE (generation, list, key, place) IN \
             (SELECT generation, list, key, place FROM listed WHERE generation = ? LIMIT ?)",
            "DELETE FROM visitor WHERE (generation, place, officer) IN \
             (SELECT generation, place, officer FROM visitor WHERE generation = ? LIMIT ?)",
        ] {
            deleted += self.run(sql, params![generation, limit])?;
        }
        if deleted == 0 {
            self.run("DELETE FROM projection WHERE generation = ?", [generation])?;
        }
        Ok(deleted == 0)
    }
}
