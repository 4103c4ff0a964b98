//! A log with everything an honest one can hold, then changed past the server, by SQL or byte by byte.

mod bytes;
mod exported;
mod serving;
mod sql;

use std::{ops::ControlFlow, path::PathBuf};

use pantau_protocol::{
    body::{Body, Directive, Turnout},
    exchange::{LateNote, Lost},
    journal::RecordId,
    note::{CarriedNote, Field},
    record::Record,
    role::Role,
    time::Anchor,
};

use super::{Extent, Report, directory};
use crate::{
    author::{self, NewDeskRecord},
    ops::{
        self,
        fixed::{key, lock},
    },
    rig::{NOW, Phone, Rig, incident, place, standby},
};

pub(super) const HERE: &str = "62.06.13";
pub(super) const TPS: &str = "62.06.13.2001/003";
/// A word of a note, to find it in a database.
pub(super) const WORD: &str = "jembatan putus di km 12";

/// An honest server on disk.
pub(super) struct World {
    pub(super) rig: Rig,
    /// Wrote in several pushes: a turnout of 34, notes, one that came late, one that was erased, junk.
    pub(super) phone: Phone,
    /// Lost records 4 to 6 of 9.
    pub(super) lossy: Phone,
}

impl World {
    pub(super) fn new() -> Self {
        let rig = Rig::disk();
        let mut phone = rig.phone(7, Role::Camat, HERE);
        phone.write(&Body::Turnout(Turnout { hour: 9, voters: 34 }), TPS); // 1
        let note = phone.note(WORD);
        phone.write_with(&incident(), HERE, CarriedNote::Whole(note)); // 2
        let late = phone.note("menyusul");
        let (field, commitment) = CarriedNote::Whole(late.clone()).commitment();
        phone.write_with(&incident(), HERE, CarriedNote::Committed(field, commitment)); // 3
        phone.sync(&rig.server);
        let waiting = phone.note("belum datang");
        let (field, commitment) = CarriedNote::Whole(waiting).commitment();
        phone.write_with(&incident(), HERE, CarriedNote::Committed(field, commitment)); // 4
        let gone = phone.note("harus dihapus");
        let erased = phone.write_with(&incident(), HERE, CarriedNote::Whole(gone)); // 5
        phone.write_raw(b"junk".to_vec(), Vec::new()); // 6
        anchored(&rig, &mut phone); // 7
        let (mut request, span) = phone.request(2, phone.last());
        request.notes = vec![LateNote { seq: 3, note: late }];
        phone.send(&rig.server, &request, span.as_ref());
        // A copy of the phone goes on by itself: branch 1.
        let mut clone = phone.clone();
        (0..3).for_each(|n| _ = phone.write(&standby(n), HERE)); // 8 to 10
        phone.sync(&rig.server);
        (0..2).for_each(|n| _ = clone.write(&standby(50 + n), HERE));
        clone.sync(&rig.server);
        ops::erase(&rig.server, erased, Field::Note).unwrap();
        copied(&rig, &mut phone, erased); // 11
        directive(&rig, "Kunjungi semua TPS");
        let lossy = lossy(&rig);
        Self { rig, phone, lossy }
    }

    /// What a full verification finds.
    pub(super) fn verify(&self) -> Report {
        directory(&self.rig.dirs(), Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    /// Changes the database past the server.
    pub(super) fn sql(&self, sql: &str) {
        let changed = self.database().execute_batch(sql);
        changed.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    pub(super) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.rig.dirs().db()).unwrap()
    }

    /// Where a record of the first phone stands, as a condition.
    pub(super) fn at(&self, seq: u64) -> String {
        let device = self.phone.device();
        format!("device = (SELECT no FROM device WHERE id = x'{device}') AND branch = 0 AND seq = {seq}")
    }

    /// The position of a record of the first phone.
    pub(super) fn position(&self, seq: u64) -> u64 {
        let sql = format!("SELECT position FROM log WHERE note IS NULL AND {}", self.at(seq));
        self.database().query_row(&sql, [], |r| r.get(0)).unwrap()
    }

    /// A file beside the directory's own.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.rig.dirs().path().join(name)
    }
}

fn anchored(rig: &Rig, phone: &mut Phone) {
    let anchor = Anchor::new(rig.server.identity().anchor_key(), &phone.device(), NOW - 500);
    let record = Record { anchor: Some(anchor), ..Record::new(0, place(HERE), &standby(1)) };
    phone.write_raw(record.to_payload(), Vec::new());
}

/// Repeats a record whose note was erased: its own note is left out then.
fn copied(rig: &Rig, phone: &mut Phone, original: RecordId) {
    let mut record = Record::new(NOW, place(HERE), &incident());
    record.copy_of = Some(original);
    let note = phone.note("sekali lagi");
    phone.write_raw(record.to_payload(), vec![CarriedNote::Whole(note)]);
    phone.sync(&rig.server);
}

pub(super) fn directive(rig: &Rig, text: &str) -> RecordId {
    let body = Body::Directive(Directive { officer: None, role: None, due: NOW + 100 });
    let new = NewDeskRecord::new(NOW, place(HERE), body).with_note(Field::Note, text);
    author::append(&rig.server, vec![new]).unwrap()[0]
}

fn lossy(rig: &Rig) -> Phone {
    let mut phone = rig.phone(8, Role::Camat, HERE);
    (0..9).for_each(|n| _ = phone.write(&standby(n), HERE));
    phone.push(&rig.server, 1, 3);
    let (mut request, span) = phone.request(7, 9);
    request.lost = Some(Lost { first: 4, last: 6, link: phone.links[6] });
    phone.send(&rig.server, &request, span.as_ref());
    phone
}

#[test]
fn an_honest_log_is_whole() {
    let world = World::new();
    let report = world.verify();
    assert!(report.is_clean(), "{}", report.summary());
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(report.rows, world.rig.rows().len() as u64);
    assert_eq!(report.notes_to_come, 1);
    assert!(report.signatures > 8);
    for extent in [Extent::Quick, Extent::Tail] {
        let report = directory(&world.rig.dirs(), extent, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(report.is_clean(), "{extent:?}: {}", report.summary());
    }
}

#[test]
fn a_restored_server_is_whole() {
    let world = World::new();
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("b");
    ops::backup(&world.rig.dirs(), &file, &lock()).unwrap();
    directive(&world.rig, "sesudah cadangan");
    let dirs = crate::DataDir::new(kept.path().join("new"));
    dirs.create().unwrap();
    std::fs::copy(world.rig.dirs().desk_journal(), dirs.desk_journal()).unwrap();
    let restored = ops::restore(&file, &key(), &dirs, &world.rig.env).unwrap();
    assert!(restored.verified.is_clean() && restored.reapplied.len() == 1);
    let report = directory(&dirs, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(report.is_clean() && report.warnings.is_empty(), "{} {:?}", report.summary(), report.warnings);
}

#[test]
fn a_verification_can_be_stopped_and_is_not_clean_then() {
    let world = World::new();
    let report = directory(&world.rig.dirs(), Extent::Full, &mut |_| ControlFlow::Break(())).unwrap();
    assert!(report.is_stopped && !report.is_clean() && report.total() == 0);
}
