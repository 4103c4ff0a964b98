//! Random fleets whose server is restored from an arbitrary old backup: one sync of each phone brings back
//! all that any of them still holds, with the times it was first received at.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use pantau_core::{Delivery, EnrolOutcome, SyncEnd};
use pantau_log::{
    author::{self, NewDeskRecord},
    ops::{self, Revoked},
};
use pantau_protocol::{
    body::{Body, Directive, Grant},
    enrol::Invitation,
    journal::{DeviceId, RecordId},
    note::Field,
    role::Role,
};
use pantau_tests::{Campaign, backup_key, backup_lock, place};

use crate::rig::{
    CREW, Fleet, Member, Template, fates, game, ids, is_held, journal, say, shows_its_scope, sync, sync_with,
};

/// What the desk did that must outlive a restore.
#[derive(Debug, Clone, Default)]
struct Acts {
    erased: BTreeSet<RecordId>,
    revoked: BTreeSet<DeviceId>,
    said: BTreeSet<RecordId>,
}

impl Acts {
    fn and(mut self, other: Self) -> Self {
        self.erased.extend(other.erased);
        self.revoked.extend(other.revoked);
        self.said.extend(other.said);
        self
    }
}

/// A fleet with all that is known of it from outside.
pub(crate) struct Game {
    pub(crate) fleet: Fleet,
    pub(crate) members: Vec<Member>,
    pub(crate) rng: Rng,
    /// Texts that were written, by record.
    texts: BTreeMap<RecordId, String>,
    acts: Acts,
    codes: Vec<Invitation>,
    /// Backups with what the desk had done by then.
    backups: Vec<(String, Acts)>,
    /// Times of first receipt as receipts told them.
    first: BTreeMap<RecordId, i64>,
    drawn: usize,
}

impl Game {
    pub(crate) fn new(template: &Template, seed: u64) -> Self {
        let fleet = Fleet::new(template, seed);
        let members = CREW.iter().map(|(name, _)| fleet.open(name)).collect();
        Self {
            fleet,
            members,
            rng: Rng::with_seed(seed),
            texts: BTreeMap::new(),
            acts: Acts::default(),
            codes: Vec::new(),
            backups: Vec::new(),
            first: BTreeMap::new(),
            drawn: 0,
        }
    }

    fn text(&mut self) -> String {
        self.drawn += 1;
        format!("catatan nomor {} dari {}", self.drawn, self.fleet.seed)
    }

    /// One act of somebody.
    pub(crate) async fn step(&mut self) {
        let n = self.rng.usize(..self.members.len());
        match self.rng.u8(..40) {
            0..14 => {
                let text = self.text();
                let said = say(&self.members[n], &mut self.rng, &text);
                self.texts.extend(said.map(|s| (s.id, text)));
            }
            14..16 => self.supersede(n),
            16..24 => self.sync(n, false).await,
            24..28 => self.sync(n, true).await,
            28..30 => self.direct(),
            30..32 => self.erase(),
            32 if self.acts.revoked.is_empty() => self.revoke(n),
            32..34 => self.codes.push(self.fleet.code(2)),
            34 => self.enrol().await,
            35 => self.reassign(),
            _ => self.fleet.pass(self.rng.i64(1..3_000)),
        }
    }

    fn supersede(&mut self, n: usize) {
        let rows = journal(&self.members[n].phone);
        if !rows.is_empty() {
            let target = rows[self.rng.usize(..rows.len())].id;
            // Refused where the officer was moved away or the record is a retraction itself.
            let _ = self.members[n].phone.retract(target, None, None);
        }
    }

    async fn sync(&mut self, n: usize, badly: bool) {
        let plan = if badly { fates(&mut self.rng) } else { Vec::new() };
        sync_with(&self.members[n], plan).await;
        self.note_times();
    }

    /// Notes what receipts say. What one said before, no later one may deny; an older log that comes back may
    /// have held a record earlier, before a reply that was lost.
    pub(crate) fn note_times(&mut self) {
        for row in self.members.iter().flat_map(|m| journal(&m.phone)) {
            if let Delivery::Held { received_at } | Delivery::Revoked { received_at } = row.delivery {
                let first = self.first.entry(row.id).or_insert(received_at);
                let (id, seed) = (row.id, self.fleet.seed);
                assert!(received_at <= *first, "{id} received at {received_at}, not {first}; seed {seed}");
                *first = received_at;
            }
        }
    }

    fn append(&self, record: NewDeskRecord) -> RecordId {
        author::append(&self.fleet.server(), vec![record]).unwrap()[0]
    }

    fn direct(&mut self) {
        let (at, text) = (["62.06.13", "62.06.14", "62.06.13.2002"][self.rng.usize(..3)], self.text());
        let now = self.fleet.clock.now();
        let body = Body::Directive(Directive { officer: None, role: None, due: now + 9_000 });
        let id = self.append(NewDeskRecord::new(now, place(at), body).with_note(Field::Note, text.clone()));
        self.texts.insert(id, text);
        self.acts.said.insert(id);
    }

    fn erase(&mut self) {
        let held = ids(&self.fleet.log());
        let known: Vec<RecordId> = self.texts.keys().filter(|id| held.contains(id)).copied().collect();
        if !known.is_empty() {
            let target = known[self.rng.usize(..known.len())];
            ops::erase(&self.fleet.server(), target, Field::Note).unwrap();
            self.acts.erased.insert(target);
        }
    }

    fn revoke(&mut self, n: usize) {
        let device = self.members[n].phone.status().unwrap().device.unwrap();
        // A phone of a restored server may not be known again yet.
        if ops::revoke(&self.fleet.server(), Revoked::Device(device), None).is_ok() {
            self.acts.revoked.insert(device);
        }
    }

    async fn enrol(&mut self) {
        let code = self.fleet.code(2);
        let member = self.fleet.open(&format!("baru{}", self.members.len()));
        let outcome = member.phone.enrol(&code).await.unwrap();
        assert!(matches!(outcome, EnrolOutcome::Enrolled(_)), "{outcome:?}");
        self.members.push(member);
        self.codes.push(code);
    }

    /// Moves an officer to the other kecamatan, or back.
    fn reassign(&mut self) {
        let at = ["62.06.13", "62.06.14"];
        let from = usize::from(self.rng.bool());
        for (at, ended) in [(at[from], true), (at[1 - from], false)] {
            let body = Body::Grant(Grant { officer: 2, role: Role::FieldOfficer, ended, new_person: false });
            self.append(NewDeskRecord::new(self.fleet.clock.now(), place(at), body));
        }
    }

    fn back_up(&mut self) {
        let name = format!("cadangan{}", self.backups.len());
        ops::backup(&self.fleet.dir, &self.fleet.path(&name), &backup_lock()).unwrap();
        self.backups.push((name, self.acts.clone()));
    }

    /// The server is lost, perhaps with the desk's own disk, and restored from any backup there is.
    async fn lose_and_restore(&mut self) {
        self.note_times();
        self.fleet.stop();
        self.fleet.pass(self.rng.i64(1..9_000));
        let survives = self.rng.u8(..4) > 0;
        let lost = self.fleet.path(&format!("hilang{}", self.drawn));
        std::fs::rename(self.fleet.dir.path(), &lost).unwrap();
        if survives {
            self.fleet.dir.create().unwrap();
            for file in [self.fleet.dir.identity(), self.fleet.dir.desk_journal()] {
                std::fs::copy(lost.join(file.file_name().unwrap()), file).unwrap();
            }
        }
        let (name, then) = self.backups[self.rng.usize(..self.backups.len())].clone();
        // What only the lost disk knew of the desk's acts is gone, and no phone may bring it back.
        let known = if survives { std::mem::take(&mut self.acts) } else { Acts::default() };
        self.acts = then.and(known);
        let (dir, env) = (&self.fleet.dir, self.fleet.env());
        let restored = ops::restore(&self.fleet.path(&name), &backup_key(), dir, &env).unwrap();
        assert_eq!(restored.epoch.created_at, self.fleet.clock.now());
        self.fleet.start();
        self.codes_are_void().await;
        self.one_sync_brings_all().await;
    }

    async fn codes_are_void(&mut self) {
        for (n, code) in std::mem::take(&mut self.codes).into_iter().rev().take(2).enumerate() {
            let finder = self.fleet.open(&format!("penemu{}-{n}", self.drawn));
            let outcome = finder.phone.enrol(&code).await.unwrap();
            let is_void =
                matches!(outcome, EnrolOutcome::Expired | EnrolOutcome::Used | EnrolOutcome::WrongCode);
            assert!(is_void, "a code of before the restore still opens: {outcome:?}");
        }
    }

    async fn one_sync_brings_all(&mut self) {
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        self.rng.shuffle(&mut order);
        for n in order {
            let member = &self.members[n];
            let end = sync(member).await;
            assert!(matches!(end, SyncEnd::Done | SyncEnd::Revoked), "{}: {end:?}", member.name);
            assert!(journal(&member.phone).iter().all(is_held), "{} holds something back", member.name);
        }
        self.note_times();
        self.check_log();
    }

    /// What the log must hold and must not hold, whatever was restored.
    pub(crate) fn check_log(&self) {
        let log = self.fleet.log();
        let held = ids(&log);
        for row in self.members.iter().flat_map(|m| journal(&m.phone)).filter(is_held) {
            assert!(held.contains(&row.id), "lost: {}", row.id);
        }
        assert!(self.acts.said.iter().all(|id| held.contains(id)), "a record of the desk is lost");
        for row in &log {
            let e = &row.entry;
            if let Some(first) = self.first.get(&e.id).filter(|_| !e.payload.is_empty()) {
                assert_eq!(e.envelope.received_at, *first, "first receipt of {} in the log", e.id);
            }
            let is_erased = self.acts.erased.contains(&e.id);
            assert!(!is_erased || row.notes.is_empty(), "an erased note is back: {}", e.id);
        }
        let server = self.fleet.server();
        for device in &self.acts.revoked {
            assert!(server.access().unwrap().reference().is_revoked(device), "revoked no more: {device}");
        }
    }

    fn is_revoked(&self, member: &Member) -> bool {
        let device = member.phone.status().unwrap().device.unwrap();
        self.acts.revoked.contains(&device)
    }

    /// In the end phones and log show the same, and no file holds what was erased.
    pub(crate) async fn finish(mut self) {
        for _ in 0..2 {
            for member in &self.members {
                let end = sync(member).await;
                let told = if self.is_revoked(member) { SyncEnd::Revoked } else { SyncEnd::Done };
                assert_eq!(end, told, "{}", member.name);
            }
        }
        self.note_times();
        self.check_log();
        let log = self.fleet.log();
        for member in self.members.iter().filter(|m| !self.is_revoked(m)) {
            shows_its_scope(member, &log).await;
        }
        let erased: Vec<String> = self.acts.erased.iter().map(|id| self.texts[id].clone()).collect();
        for member in &self.members {
            let in_reach = !self.is_revoked(member);
            let officer = member.phone.status().unwrap().officer.unwrap();
            member.phone.shutdown().unwrap();
            // A revoked phone reads nothing, nor does one hear of what happens where it was moved away from.
            if in_reach && officer != 2 {
                holds_none(&self.fleet.path(&member.name), &erased);
            }
        }
        self.fleet.stop();
        holds_none(self.fleet.dir.path(), &erased);
    }
}

/// No file of a folder holds any of these texts.
fn holds_none(folder: &std::path::Path, texts: &[String]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for text in texts {
            let found = bytes.windows(text.len()).any(|w| w == text.as_bytes());
            assert!(!found, "{} holds the erased {text:?}", path.display());
        }
    }
}

#[test]
fn any_old_backup_costs_nothing_that_a_phone_still_holds() {
    let template = Template::get();
    let campaign = Campaign::new("restore-backup", 300);
    for seed in campaign.seeds() {
        game(seed, || async {
            let mut game = Game::new(&template, seed);
            let lives = 1 + usize::from(game.rng.u8(..4) == 0);
            for _ in 0..lives {
                for _ in 0..game.rng.usize(1..3) {
                    for _ in 0..game.rng.usize(4..14) {
                        game.step().await;
                    }
                    game.back_up();
                }
                for _ in 0..game.rng.usize(4..20) {
                    game.step().await;
                }
                game.lose_and_restore().await;
            }
            for _ in 0..game.rng.usize(..8) {
                game.step().await;
            }
            game.finish().await;
        });
    }
}
