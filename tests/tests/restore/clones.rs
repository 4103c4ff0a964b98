//! Phones that were copied, or overwritten with an old copy of themselves: found at the first contact, all
//! branches kept, and each goes on in the same sync under a key of its own.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use pantau_core::{JournalRow, SyncEnd};
use pantau_log::store::{self, Row};
use pantau_protocol::{exchange::Reason, exchange::RowKind, journal::DeviceId, journal::RecordId};
use pantau_tests::Campaign;

use crate::rig::{
    Fleet, Member, Template, copy, fates, game, ids, is_held, journal, say, shows_its_scope, sync, sync_with,
};

/// A phone and all that was ever made of it.
struct Game {
    fleet: Fleet,
    copies: Vec<Member>,
    rng: Rng,
    /// Folders that were put away, to be laid over a phone later.
    kept: Vec<String>,
    drawn: usize,
}

impl Game {
    fn new(template: &Template, seed: u64) -> Self {
        let fleet = Fleet::new(template, seed);
        let copies = vec![fleet.open("camat")];
        Self { fleet, copies, rng: Rng::with_seed(seed), kept: Vec::new(), drawn: 0 }
    }

    fn name(&mut self) -> String {
        self.drawn += 1;
        format!("salinan{}", self.drawn)
    }

    fn write(&mut self, n: usize) {
        let text = format!("tulisan {}", self.name());
        // Places of the other kecamatan are refused.
        while say(&self.copies[n], &mut self.rng, &text).is_none() {}
    }

    /// Copies a phone's folder as a backup tool would: the app is not running.
    fn put_away(&mut self, n: usize) -> String {
        let name = self.name();
        let member = &self.copies[n];
        member.phone.pause().unwrap();
        copy(&self.fleet.path(&member.name), &self.fleet.path(&name));
        member.phone.resume().unwrap();
        name
    }

    async fn step(&mut self) {
        let n = self.rng.usize(..self.copies.len());
        match self.rng.u8(..20) {
            0..9 => self.write(n),
            9..12 => self.sync(n, false).await,
            12..15 => self.sync(n, true).await,
            15..17 => {
                let name = self.put_away(n);
                self.kept.push(name);
            }
            17..19 if self.copies.len() < 7 => {
                let name = self.put_away(n);
                self.copies.push(self.fleet.open(&name));
            }
            19 if !self.kept.is_empty() => {
                let old = self.kept.swap_remove(self.rng.usize(..self.kept.len()));
                self.copies[n].phone.shutdown().unwrap();
                self.copies[n] = self.fleet.open(&old);
            }
            _ => self.fleet.pass(self.rng.i64(1..900)),
        }
    }

    /// Ids a device has on the first branch in the log, and in a phone: who came first stays there.
    fn both(&self, n: usize, device: &DeviceId) -> (BTreeSet<RecordId>, BTreeSet<RecordId>) {
        let log = self.fleet.log();
        let theirs = log.iter().filter(|r| r.entry.device == *device && !r.entry.payload.is_empty());
        let theirs = theirs.filter(|r| r.entry.branch == 0);
        let own = journal(&self.copies[n].phone);
        let own = own.iter().filter(|r| r.device == *device).map(|r| r.id).collect();
        (theirs.map(|r| r.entry.id).collect(), own)
    }

    /// Syncs, and checks that the phone leaves its journal exactly if somebody else wrote in it.
    async fn sync(&mut self, n: usize, badly: bool) {
        let device = self.copies[n].phone.status().unwrap().device.unwrap();
        let (theirs, own) = self.both(n, &device);
        let is_forked = !theirs.is_subset(&own);
        let plan = if badly { fates(&mut self.rng) } else { Vec::new() };
        let end = sync_with(&self.copies[n], plan).await;
        if end != SyncEnd::Done {
            assert!(badly, "{}: {end:?}", self.copies[n].name);
            return;
        }
        let after = self.copies[n].phone.status().unwrap().device.unwrap();
        if is_forked {
            assert_ne!(after, device, "{} goes on where another one writes", self.copies[n].name);
        } else if !badly {
            assert_eq!(after, device, "{} left a journal of its own", self.copies[n].name);
        }
        let rows = journal(&self.copies[n].phone);
        assert!(rows.iter().all(is_held), "{} holds something back", self.copies[n].name);
    }

    async fn finish(mut self) {
        for round in 0..2 {
            let mut order: Vec<usize> = (0..self.copies.len()).collect();
            self.rng.shuffle(&mut order);
            for n in order {
                // What makes two copies different: each says something of its own.
                self.write(n);
                self.sync(n, false).await;
                self.write(n);
                assert_eq!(sync(&self.copies[n]).await, SyncEnd::Done, "round {round}");
            }
        }
        let mut devices = BTreeSet::new();
        for member in &self.copies {
            assert_eq!(sync(member).await, SyncEnd::Done);
            let device = member.phone.status().unwrap().device.unwrap();
            assert!(devices.insert(device), "two phones under one key");
        }
        let log = self.fleet.log();
        let held = ids(&log);
        for member in &self.copies {
            for row in journal(&member.phone) {
                assert!(is_held(&row) && held.contains(&row.id), "{}: {} is lost", member.name, row.seq);
            }
            shows_its_scope(member, &log).await;
        }
        self.desk_sees(&log);
    }

    /// Every branch is a branch of the log, whole from where it left its parent, and beyond the fourth it is
    /// set aside and still there.
    fn desk_sees(&self, log: &[Row]) {
        let server = self.fleet.server();
        let forks = store::read(server.store(), |view| view.desk_forks()).unwrap();
        let totals = store::read(server.store(), |view| view.desk_totals()).unwrap();
        assert_eq!(totals.forks as usize, forks.len());
        let mut spans: BTreeMap<(DeviceId, u32), Vec<u64>> = BTreeMap::new();
        for e in log.iter().map(|r| &r.entry).filter(|e| !e.payload.is_empty()) {
            spans.entry((e.device, e.branch)).or_default().push(e.seq);
            let is_beyond = e.branch >= pantau_protocol::limit::BRANCHES;
            assert_eq!(e.row == RowKind::Quarantined, is_beyond, "{:?}", e.quarantine);
            assert!(!is_beyond || e.quarantine.as_ref().is_some_and(|(r, _)| *r == Reason::TooManyBranches));
        }
        for ((device, branch), seqs) in &spans {
            let fork = forks.iter().find(|(d, b)| d == device && b.number == *branch).map(|(_, b)| b);
            let starts = fork.map_or(1, |b| b.starts);
            assert_eq!(fork.is_some(), *branch > 0, "the desk does not see branch {branch}");
            assert!(seqs.iter().copied().eq(starts..starts + seqs.len() as u64), "a hole in a branch");
        }
    }
}

#[test]
fn copies_of_a_phone_lose_nothing_and_part_at_the_first_contact() {
    let template = Template::get();
    for seed in Campaign::new("restore-clones", 300).seeds() {
        game(seed, || async {
            let mut game = Game::new(&template, seed);
            for _ in 0..game.rng.usize(10..40) {
                game.step().await;
            }
            game.finish().await;
        });
    }
}

/// A chain of copies: the successor is copied, and its successor.
#[test]
fn a_successor_of_a_successor_is_a_phone_like_any_other() {
    let template = Template::get();
    game(7, || async {
        let mut game = Game::new(&template, 7);
        game.write(0);
        game.sync(0, false).await;
        for depth in 2..=4 {
            let last = game.copies.len() - 1;
            let name = game.put_away(last);
            game.copies.push(game.fleet.open(&name));
            game.write(last);
            game.sync(last, false).await;
            game.write(last + 1);
            game.sync(last + 1, false).await;
            assert_eq!(game.copies[last + 1].phone.status().unwrap().journals.len(), depth);
        }
        game.finish().await;
    });
}

/// Six phones of one journal: two of the six branches are set aside, none is lost, and all phones work.
#[test]
fn branches_beyond_the_fourth_are_set_aside_and_kept() {
    let template = Template::get();
    game(8, || async {
        let mut game = Game::new(&template, 8);
        game.write(0);
        for _ in 0..5 {
            let name = game.put_away(0);
            game.copies.push(game.fleet.open(&name));
        }
        for n in 0..6 {
            game.write(n);
            game.sync(n, false).await;
            game.write(n);
            game.sync(n, false).await;
        }
        let totals = store::read(game.fleet.server().store(), |view| view.desk_totals()).unwrap();
        assert_eq!((totals.forks, totals.quarantined), (5, 2));
        let set_aside = |n: usize| -> Vec<JournalRow> {
            let rows = journal(&game.copies[n].phone);
            let is_aside = |r: &JournalRow| matches!(r.delivery, pantau_core::Delivery::Quarantined { .. });
            rows.into_iter().filter(is_aside).collect()
        };
        let counts: Vec<usize> = (0..6).map(|n| set_aside(n).len()).collect();
        assert_eq!(counts, [0, 0, 0, 0, 1, 1], "each author is told which of his records is set aside");
        game.finish().await;
    });
}
