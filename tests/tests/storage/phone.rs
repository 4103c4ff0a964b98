//! Crash images of the phone's store.

use std::{path::Path, sync::atomic::Ordering::SeqCst};

use fastrand::Rng;
use pantau_core::Phone;
use pantau_log::ops;
use pantau_protocol::{body::Kind, journal::RecordId, note::Field};
use pantau_shim::Watch;
use pantau_tests::{Campaign, place, visit};

use crate::{
    images::{Act, Files, History, files, lay, play},
    journal::{Own, journal},
    rig::{Rig, wait},
    server,
};

/// Images in CI; a day gives more than 1,000.
const IMAGES: u64 = 11_000;
/// Things done in a day.
const ACTS: u64 = 16;
/// One image in so many is crashed again while it is opened and gone on from.
const TWICE: u8 = 40;

/// What the phone said about an act.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    /// A record is saved.
    Saved,
    /// After a sync: so many records are held by the server.
    Held(u64),
    /// Anything else.
    Done,
}

/// A day of a phone, and what it said of its records.
struct Day {
    history: History<Said>,
    /// Before this event the phone need not be enrolled.
    enrolled: usize,
    /// Records that were there before it, and how many of them were held.
    kept: usize,
    held: u64,
    rows: Vec<Own>,
    /// Records whose note the desk erased at some time.
    erased: Vec<RecordId>,
}

#[test]
fn what_a_phone_called_saved_survives_a_crash_at_any_write() {
    let campaign = Campaign::new("storage-phone-images", IMAGES);
    play(&campaign, |seed, watch| {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::in_memory(seed);
        let day = day(&rig, watch, &mut rng);
        let mut images = 0;
        day.history.crash(&mut rng, 2, |cut, loss, image, rng| {
            let at = format!("seed {seed}, cut at {cut}, {loss}");
            if rng.u8(..TWICE) == 0 {
                images += look_twice(&rig, &day, cut, image, watch, rng, &at);
            } else {
                look(&rig, &day, cut, image, watch, 1, &at);
            }
            images += 1;
        });
        images
    });
}

/// Records, drafts, syncs, pauses, and a desk that directs and erases.
fn day(rig: &Rig, watch: &Watch, rng: &mut Rng) -> Day {
    lay(watch.path(), &Files::new());
    // Some days begin with a store that is not there yet.
    let is_fresh = rng.u8(..4) == 0;
    if is_fresh {
        watch.record();
    }
    let phone = rig.phone(watch.path(), 1, 0);
    let enrolled = watch.recorded();
    let mut start = Files::new();
    if !is_fresh {
        phone.pause().unwrap();
        start = files(watch.path());
        watch.record();
        phone.resume().unwrap();
    }
    let (mut acts, mut rows, mut erased) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..ACTS {
        acts.push(Act::of(watch, || act(rig, &phone, watch.path(), n, rng, &mut erased)));
        rows.extend(journal(watch.path()).rows.into_iter().skip(rows.len()));
    }
    let events = watch.take();
    phone.shutdown().unwrap();
    Day { history: History { start, events, acts }, enrolled, kept: 0, held: 0, rows, erased }
}

fn act(rig: &Rig, phone: &Phone, folder: &Path, n: u64, rng: &mut Rng, erased: &mut Vec<RecordId>) -> Said {
    let tps = format!("62.06.13.200{}/00{}", rng.u8(1..3), rng.u8(1..6));
    let newest = journal(folder).rows.pop();
    match (rng.u8(..16), newest) {
        (0, Some(newest)) => match phone.retract(newest.id, Some("keliru".into()), None) {
            Ok(_) => Said::Saved,
            Err(pantau_core::Error::Field { .. }) => Said::Done,
            Err(e) => panic!("{e}"),
        },
        (..8, _) => {
            visit(phone, &tps, &format!("catatan {n}: {}", "air naik ".repeat(rng.usize(..40))));
            Said::Saved
        }
        (8, _) => {
            phone.save_draft(Kind::Visit, &place(&tps), &[7; 900]).unwrap();
            Said::Done
        }
        (9, _) => {
            phone.pause().unwrap();
            phone.resume().unwrap();
            Said::Done
        }
        (10, _) => {
            server::direct(rig, &rig.line.server());
            Said::Done
        }
        (11, Some(newest)) => {
            if ops::erase(&rig.line.server(), newest.id, Field::Note).is_ok() {
                erased.push(newest.id);
            }
            Said::Done
        }
        (kind, _) => {
            rig.clock.pass(60);
            rig.line.lose.store(kind == 12, SeqCst);
            wait(pantau_tests::sync(phone));
            rig.line.lose.store(false, SeqCst);
            Said::Held(journal(folder).held)
        }
    }
}

impl Day {
    /// How many records are saved for sure when the power goes after `cut` events, how many at most, and how
    /// many the phone may still call held.
    fn expects(&self, cut: usize) -> (usize, usize, u64) {
        let saved = |said: &&Said| **said == Said::Saved;
        let held = self.history.acknowledged(cut).map(|s| if let Said::Held(n) = s { *n } else { 0 });
        (
            self.kept + self.history.acknowledged(cut).filter(saved).count(),
            self.kept + self.history.tried(cut).filter(saved).count(),
            held.fold(self.held, u64::max),
        )
    }
}

/// Opens an image with the core, looks at it, and goes on; the day that this was.
fn look(rig: &Rig, day: &Day, cut: usize, image: &Files, watch: &Watch, life: u64, at: &str) -> Day {
    lay(watch.path(), image);
    let phone = rig.open(watch.path(), life).unwrap_or_else(|e| panic!("{at}: {e}"));
    assert_eq!(phone.open_report().moved_aside, None, "{at}: a crash is no damage");
    if phone.status().unwrap().device.is_none() {
        assert!(cut < day.enrolled, "{at}: the phone was enrolled");
        let history = History { start: image.clone(), events: Vec::new(), acts: Vec::new() };
        return Day { history, enrolled: usize::MAX, kept: 0, held: 0, rows: Vec::new(), erased: Vec::new() };
    }
    let found = journal(watch.path());
    let (least, most, held) = day.expects(cut);
    let count = found.rows.len();
    assert!(count >= least, "{at}: {least} records were saved, {count} are there");
    assert!(count <= most, "{at}: {most} records were tried, {count} are there");
    for (row, said) in found.rows.iter().zip(&day.rows) {
        let is_erased = row.notes.is_empty() && day.erased.contains(&row.id);
        let notes = if is_erased { Vec::new() } else { said.notes.clone() };
        assert_eq!(*row, Own { notes, ..said.clone() }, "{at}: another record");
    }
    assert!(found.is_whole(), "{at}: the chain is broken");
    assert!(found.held >= held, "{at}: {held} were held, {} are now", found.held);
    let Act { began, ended, said: saved } =
        Act::of(watch, || visit(&phone, "62.06.13.2002/004", &format!("sesudah mati, {life}")));
    let after = journal(watch.path());
    assert_eq!(saved.seq, count as u64 + 1, "{at}: a number was left out or used again");
    assert!(after.is_whole() && after.rows.starts_with(&found.rows), "{at}: going on changed what was there");
    assert_eq!(after.rows.last().map(|r| r.id), Some(saved.id), "{at}");
    let history = History {
        start: image.clone(),
        events: Vec::new(),
        acts: vec![Act { began, ended, said: Said::Saved }],
    };
    Day { history, enrolled: 0, kept: count, held: found.held, rows: after.rows, erased: day.erased.clone() }
}

/// The same, and the power goes once more at each write of it; the number of images.
fn look_twice(
    rig: &Rig,
    day: &Day,
    cut: usize,
    image: &Files,
    watch: &Watch,
    rng: &mut Rng,
    at: &str,
) -> u64 {
    watch.record();
    let mut morning = look(rig, day, cut, image, watch, 1, at);
    morning.history.events = watch.take();
    let mut images = 0;
    morning.history.crash(rng, 1, |again, loss, image, _| {
        look(rig, &morning, again, image, watch, 2, &format!("{at}; again at {again}, {loss}"));
        images += 1;
    });
    images
}
