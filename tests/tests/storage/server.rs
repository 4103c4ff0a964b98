//! Crash images of the server's store, with the desk's own file beside it.

use std::{path::Path, sync::Arc};

use fastrand::Rng;
use pantau_core::Phone;
use pantau_log::{
    DataDir, Server,
    author::{self, NewDeskRecord},
    exchange, ops,
    store::Row,
};
use pantau_protocol::{
    body::{Body, Directive},
    note::Field,
    role::Role,
};
use pantau_shim::Watch;
use pantau_tests::{Campaign, fast_folder, place, visit, world};

use crate::{
    images::{Act, Files, History, files, lay, play},
    log::{are_still, log, sound},
    rig::{Rig, head, wait},
};

/// Images in CI; a day gives more than 1,000.
const IMAGES: u64 = 11_000;
/// Things done in a day.
const ACTS: u64 = 16;
/// One image in so many is crashed again while it is opened and gone on from.
const TWICE: u8 = 40;
/// What lies beside the database.
pub(crate) const DESK_FILE: &str = "desk.journal";

/// A day of a server, and what its log held after it.
struct Day {
    /// After each act: the head of the log, and the request it answered.
    history: History<(u64, Option<Vec<u8>>)>,
    /// Rows that were there before it.
    kept: u64,
    rows: Vec<Row>,
}

#[test]
fn what_a_server_acknowledged_survives_a_crash_at_any_write() {
    let campaign = Campaign::new("storage-server-images", IMAGES);
    play(&campaign, |seed, watch| {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::new(seed);
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

/// Opens the server in a folder.
pub(crate) fn open(rig: &Rig, folder: &Path, life: u64) -> Result<Arc<Server>, pantau_log::Error> {
    ops::open(&DataDir::new(folder), &rig.server_env(life))
}

/// Two phones bring records, the desk directs and erases, the server is restarted.
fn day(rig: &Rig, watch: &Watch, rng: &mut Rng) -> Day {
    lay(watch.path(), &Files::new());
    world::make(&DataDir::new(watch.path()), &rig.server_env(0));
    rig.up(open(rig, watch.path(), 1).unwrap());
    let homes = [fast_folder(), fast_folder()];
    let phones: Vec<Phone> =
        homes.iter().zip(1..).map(|(home, n)| rig.phone(home.path(), n, u64::from(n))).collect();
    rig.down();
    let start = files(watch.path());
    watch.record_with(&[DESK_FILE]);
    *rig.line.counter.lock().unwrap() = Some(watch.counter());
    rig.up(open(rig, watch.path(), 2).unwrap());
    let kept = head(&rig.line.server());
    let (mut acts, mut rows) = (Vec::new(), log(&rig.line.server()));
    for n in 0..ACTS {
        let done = Act::of(watch, || act(rig, watch, &phones, n, rng));
        let exchanges = std::mem::take(&mut *rig.line.answered.lock().unwrap());
        acts.extend(exchanges.into_iter().map(|a| Act {
            began: a.began,
            ended: a.ended,
            said: (a.said.head, Some(a.said.frame)),
        }));
        let server = rig.line.server();
        acts.push(Act { began: done.began, ended: done.ended, said: (head(&server), None) });
        rows.extend(log(&server).into_iter().skip(rows.len()));
    }
    rig.down();
    Day { history: History { start, events: watch.take(), acts }, kept, rows }
}

fn act(rig: &Rig, watch: &Watch, phones: &[Phone], n: u64, rng: &mut Rng) {
    rig.clock.pass(60);
    match rng.u8(..16) {
        ..10 => {
            let phone = &phones[rng.usize(..phones.len())];
            for one in 0..rng.u8(1..5) {
                visit(
                    phone,
                    "62.06.13.2002/003",
                    &format!("catatan {n}.{one}: {}", "air naik ".repeat(rng.usize(..40))),
                );
            }
            rig.line.lose.store(rng.u8(..4) == 0, std::sync::atomic::Ordering::SeqCst);
            wait(pantau_tests::sync(phone));
        }
        10..13 => direct(rig, &rig.line.server()),
        13..15 => {
            let server = rig.line.server();
            let noted: Vec<Row> = log(&server).into_iter().filter(|r| !r.notes.is_empty()).collect();
            if let Some(row) = rng.choice(&noted) {
                ops::erase(&server, row.entry.id, row.notes[0].field).unwrap();
            }
        }
        _ => {
            rig.down();
            rig.up(open(rig, watch.path(), 10 + n).unwrap());
        }
    }
}

/// The desk says something.
pub(crate) fn direct(rig: &Rig, server: &Server) {
    author::append(server, vec![directive(rig)]).unwrap();
}

/// Something for the desk to say.
pub(crate) fn directive(rig: &Rig) -> NewDeskRecord {
    let body =
        Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: rig.clock.now() + 60 });
    NewDeskRecord::new(rig.clock.now(), place("62"), body).with_note(Field::Note, "segera ke sana")
}

/// Opens an image with the server, looks at it, and goes on; the day that this was.
fn look(rig: &Rig, day: &Day, cut: usize, image: &Files, watch: &Watch, life: u64, at: &str) -> Day {
    lay(watch.path(), image);
    let server = open(rig, watch.path(), 100 + life).unwrap_or_else(|e| panic!("{at}: {e}"));
    let found = log(&server);
    let count = found.len() as u64;
    let least = day.history.acknowledged(cut).map(|(head, _)| *head).fold(day.kept, u64::max);
    let most = day.history.tried(cut).map(|(head, _)| *head).fold(day.kept, u64::max);
    assert!(count >= least, "{at}: {least} rows were acknowledged, {count} are there");
    assert!(count <= most, "{at}: {most} rows were tried, {count} are there");
    are_still(&found, &day.rows, &found).unwrap_or_else(|e| panic!("{at}: {e}"));
    assert_eq!(sound(&server, &found), Ok(()), "{at}");
    let mut acts = Vec::new();
    let mut said =
        |act: Act<()>| acts.push(Act { began: act.began, ended: act.ended, said: (head(&server), None) });
    said(Act::of(watch, || direct(rig, &server)));
    // The phone that waits for an answer asks again.
    let asked = day.history.tried(cut).filter_map(|(_, frame)| frame.as_ref()).last();
    if let Some(frame) = asked {
        let again = Act::of(watch, || exchange::answer(&server, frame).map(|_| ()));
        said(Act {
            began: again.began,
            ended: again.ended,
            said: again.said.unwrap_or_else(|e| panic!("{at}: {e}")),
        });
    }
    let after = log(&server);
    are_still(&after, &found, &after).unwrap_or_else(|e| panic!("{at}: after going on {e}"));
    assert_eq!(sound(&server, &after), Ok(()), "{at}: after going on");
    let history = History { start: image.clone(), events: Vec::new(), acts };
    let rows = [&found, &after[found.len()..]].concat();
    Day { history, kept: count, rows }
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
    watch.record_with(&[DESK_FILE]);
    let mut morning = look(rig, day, cut, image, watch, 1, at);
    morning.history.events = watch.take();
    let mut images = 0;
    morning.history.crash(rng, 1, |again, loss, image, _| {
        look(rig, &morning, again, image, watch, 2, &format!("{at}; again at {again}, {loss}"));
        images += 1;
    });
    images
}
