//! A phone of a game: its folder, its clock, its line, and what it said.

use std::{
    collections::BTreeSet,
    future::Future,
    path::PathBuf,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use pantau_core::{Env, Error, JournalRow, OpenOptions, Phone, Saved};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_protocol::{enrol::Invitation, journal::RecordId};

use crate::{
    disk,
    net::{Line, Net},
};

/// Polls after which a call of a phone counts as stuck.
const PATIENCE: u32 = 200_000;

/// A phone that was enrolled when its game began, as files.
pub(crate) struct Template {
    pub(crate) officer: u32,
    pub(crate) files: disk::Folder,
}

/// One phone.
pub(crate) struct Handset {
    pub(crate) officer: u32,
    pub(crate) clock: Arc<HandClock>,
    /// Ids of the records that its folder holds.
    pub(crate) said: BTreeSet<RecordId>,
    /// Those of them that were said before the phone was revoked and enrolled anew: evidence, never said again.
    evidence: BTreeSet<RecordId>,
    /// Its folder was copied from or replaced by another: old receipts may be elsewhere.
    pub(crate) is_copied: bool,
    dir: PathBuf,
    line: Arc<Line>,
    seed: u64,
    number: u64,
    opens: u64,
    phone: Option<Phone>,
    copies: Vec<Copy>,
}

/// A copy of a phone's folder, and what is known of the records in it.
struct Copy {
    files: disk::Folder,
    said: BTreeSet<RecordId>,
    evidence: BTreeSet<RecordId>,
}

impl Handset {
    /// Phone `number` of a game, in folder `dir`.
    pub(crate) fn new(
        (seed, number): (u64, u64),
        (officer, files): (u32, &disk::Folder),
        net: &Arc<Net>,
        dir: PathBuf,
    ) -> Self {
        files.write(&dir);
        let clock = Arc::new(HandClock::at(pantau_tests::world::START + 60));
        let line = Arc::new(Line::new(net, &clock, seed ^ number.wrapping_mul(0x9E37_79B9)));
        let mut phone = Self {
            officer,
            clock,
            said: BTreeSet::new(),
            evidence: BTreeSet::new(),
            is_copied: false,
            dir,
            line,
            seed,
            number,
            opens: 0,
            phone: None,
            copies: Vec::new(),
        };
        phone.open();
        phone
    }

    pub(crate) fn phone(&self) -> &Phone {
        self.phone.as_ref().expect("an open phone")
    }

    fn open(&mut self) {
        self.opens += 1;
        // Randomness does not repeat after a restart.
        let who = self.number << 32 | self.opens;
        let env = Env {
            clock: Arc::<HandClock>::clone(&self.clock),
            entropy: Arc::new(SeededEntropy::new(self.seed, who)),
            transport: Arc::<Line>::clone(&self.line),
        };
        let mut options = OpenOptions::default();
        options.reserve_bytes = 0;
        let phone = Phone::open(&self.dir, env, options).unwrap();
        assert_eq!(phone.open_report().moved_aside, None, "the store was found damaged");
        self.phone = Some(phone);
    }

    /// The app dies and is started again.
    pub(crate) fn restart(&mut self) {
        self.phone = None;
        self.open();
    }

    /// The folder as it is now. The phone goes on.
    fn copy(&mut self) -> Copy {
        self.phone().pause().unwrap();
        let files = disk::Folder::read(&self.dir);
        self.phone().resume().unwrap();
        Copy { files, said: self.said.clone(), evidence: self.evidence.clone() }
    }

    /// Keeps a copy of the folder.
    pub(crate) fn keep(&mut self) {
        let copy = self.copy();
        self.copies.push(copy);
    }

    /// Puts an old copy of the folder in place of it. `false` if there is none.
    pub(crate) fn restore(&mut self, which: usize) -> bool {
        if self.copies.is_empty() {
            return false;
        }
        self.phone = None;
        let copy = &self.copies[which % self.copies.len()];
        copy.files.write(&self.dir);
        self.said.clone_from(&copy.said);
        self.evidence.clone_from(&copy.evidence);
        self.is_copied = true;
        self.open();
        true
    }

    /// Another phone on a copy of this one's folder.
    pub(crate) fn clone_to(&mut self, number: u64, net: &Arc<Net>, dir: PathBuf) -> Self {
        let Copy { files, said, evidence } = self.copy();
        let mut clone = Self::new((self.seed, number), (self.officer, &files), net, dir);
        clone.clock.set(self.clock.now());
        (clone.said, clone.evidence) = (said, evidence);
        (clone.is_copied, self.is_copied) = (true, true);
        clone
    }

    /// The platform loses the key of the store, which is moved aside. How many records are to be said again: what
    /// was said before a revocation is evidence, and stays where it is.
    pub(crate) fn lose_key(&mut self) -> usize {
        let journal = self.journal();
        self.note_evidence(&journal);
        let is_due = |row: &&JournalRow| !row.delivery.is_held() && !self.evidence.contains(&row.id);
        let unsent = journal.iter().filter(is_due).count();
        self.phone = None;
        Phone::move_aside(&self.dir).unwrap();
        self.open();
        unsent
    }

    /// Enrolled again, it has said again what was not sent, and has nothing else of its own.
    pub(crate) fn check_repeated(&mut self, unsent: usize) {
        let again = self.journal();
        assert!(again.len() >= unsent, "{} of {unsent} unsent records are said again", again.len());
        self.said = again.iter().map(|row| row.id).collect();
    }

    /// Takes down what was saved. A field that is refused is no fault: the phone may not know the place.
    pub(crate) fn note(&mut self, saved: Result<Saved, Error>) -> Option<RecordId> {
        match saved {
            Ok(saved) => {
                assert!(self.said.insert(saved.id), "record {} was saved twice", saved.id);
                Some(saved.id)
            }
            Err(Error::Field { .. }) => None,
            Err(e) => panic!("a capture failed: {e}"),
        }
    }

    /// All that the phone shows of what it said.
    pub(crate) fn journal(&self) -> Vec<JournalRow> {
        self.phone().journal(None, 500).unwrap()
    }

    fn note_evidence(&mut self, journal: &[JournalRow]) {
        if self.phone().status().unwrap().revoked {
            self.evidence.extend(journal.iter().map(|row| row.id));
        }
    }

    /// Redeems a code; a lost reply is no fault.
    pub(crate) fn enrol(&mut self, code: &Invitation) -> String {
        self.note_evidence(&self.journal());
        format!("{:?}", finish(self.phone().enrol(code), |_| true))
    }
}

/// Polls a call of a phone by hand until it is done. `each` is told the number of the poll that follows;
/// `false` drops the call there.
pub(crate) fn finish<T>(work: impl Future<Output = T>, mut each: impl FnMut(u32) -> bool) -> Option<T> {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    for poll in 0..PATIENCE {
        if !each(poll) {
            return None;
        }
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return Some(done);
        }
    }
    panic!("a call of a phone never ends");
}
