//! The façade: one cheap handle for the app. Every method is a few lines over the modules beneath.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pantau_protocol::{
    body::{self, Kind},
    checklist::{Checklist, Venue},
    enrol::Invitation,
    exchange::{Cursor, Reply, StateDigest},
    journal::RecordId,
    place::Place,
    projection::{Reference, findings::Lang},
};

use crate::{
    capture::{self, NewRecord, Saved},
    contact::{Cause, NoContact},
    directive::{self, Directives},
    draft::{self, Draft},
    enrol::{self, EnrolOutcome},
    env::Env,
    error::Error,
    findings::{self, FindingWords},
    handover::{self, ConfirmOutcome, GiveOutcome, LookOutcome, TakeOutcome},
    journal::{self, JournalCursor, JournalRow},
    outbox::{self, Unsent},
    places,
    reference::{self, Known},
    repeat,
    status::{self, Status},
    store::{self, Db, OpenOptions, OpenReport, setting},
    summary,
    sync::{self, Budget, Cancel, Comparison, Progress, Silent, SyncEnd, SyncReport, Task},
    tps::{self, TpsCard, TpsQuery, TpsRow},
    words::{self, CardWords},
};

/// A phone. Clones share one store. Calls that read or write block for as long as SQLite takes; none waits
/// for the network but `enrol`, `enrol_typed`, `sync` and `compare`.
#[derive(Debug, Clone)]
pub struct Phone(Arc<Inner>);

/// What all clones share.
#[derive(Debug)]
struct Inner {
    db: Db,
    env: Env,
    /// One sync at a time.
    syncing: tokio::sync::Mutex<()>,
    /// Cancelled by a pause, so that no request outlives it; made anew by a resume.
    halt: Mutex<Cancel>,
    report: OpenReport,
    reference: Known,
}

impl Inner {
    /// What a pause cancels.
    fn halt(&self) -> Cancel {
        self.halt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn reference(&self) -> Arc<Reference> {
        self.reference.get()
    }

    async fn sync(
        &self,
        budget: Budget,
        progress: &dyn Progress,
        cancel: &Cancel,
        want_digest: bool,
    ) -> Result<(SyncReport, Option<Reply>), Error> {
        let _only_one = self.syncing.lock().await;
        let task = Task { budget, progress, cancel, halt: &self.halt(), want_digest };
        sync::sync(&self.db, &self.env, &self.reference, &task).await
    }
}

impl Phone {
    /// Opens or creates the store in `dir`. Disk.
    ///
    /// # Errors
    /// [`Error::InUse`] while another process or handle has it open, [`Error::NewerStore`],
    /// [`Error::DiskFull`], [`Error::Storage`]; [`Error::KeyLost`], [`Error::KeyUnavailable`],
    /// [`Error::KeyNeeded`], [`Error::Encrypted`], with nothing changed. A damaged store is moved aside: see
    /// [`Phone::open_report`].
    pub fn open(dir: &Path, env: Env, options: OpenOptions) -> Result<Self, Error> {
        let (db, mut report, reference) =
            Db::open(dir, &options, env.clock.now(), &env.entropy, places::rederive, reference::read)?;
        // Nothing of it is needed to work; what fails is done at the next open.
        report.repeated = repeat::repeat(&db, &env).unwrap_or(0);
        let (halt, reference) = (Mutex::new(Cancel::new()), Known::new(reference));
        let syncing = tokio::sync::Mutex::new(());
        Ok(Self(Arc::new(Inner { db, env, syncing, halt, report, reference })))
    }

    /// Moves the store in `dir` and its key aside, untouched, into a folder in `dir`, and says where: the way
    /// back from [`Error::KeyLost`]. The next [`Phone::open`] makes a new store, to be enrolled again. Unless
    /// SQLCipher had encrypted it, that enrolment takes over the drafts, and says again under the new key what
    /// was not sent, for the same officer at the same server. Disk.
    ///
    /// # Errors
    /// [`Error::InUse`] while another process or handle has it open; [`Error::Storage`] where there is none.
    pub fn move_aside(dir: &Path) -> Result<PathBuf, Error> {
        store::move_aside(dir)
    }

    /// What happened when the store was opened.
    pub fn open_report(&self) -> OpenReport {
        self.0.report.clone()
    }

    /// Redeems a QR code. Network. May be repeated: a lost reply costs nothing.
    ///
    /// # Errors
    /// [`Error::Offline`], [`Error::NotTrusted`] when the server's key is not the pinned one,
    /// [`Error::OtherServer`], storage errors.
    pub async fn enrol(&self, invitation: &Invitation) -> Result<EnrolOutcome, Error> {
        enrol::by_qr(&self.0.db, &self.0.env, invitation).await
    }

    /// Redeems a typed code over TLS that verifies. Network.
    ///
    /// # Errors
    /// As [`Phone::enrol`]; [`Error::Field`] `code` when handle or secret is mistyped.
    pub async fn enrol_typed(&self, url: &str, handle: &str, secret: &str) -> Result<EnrolOutcome, Error> {
        enrol::typed(&self.0.db, &self.0.env, url, handle, secret).await
    }

    /// Saves a draft over the one before. Disk.
    ///
    /// # Errors
    /// [`Error::Field`] `draft` over [`crate::limit::DRAFT_BYTES`]; storage errors.
    pub fn save_draft(&self, kind: Kind, place: &Place, content: &[u8]) -> Result<(), Error> {
        let saved_at = self.0.env.clock.now();
        let draft = Draft { kind, place: place.clone(), content: content.to_vec(), saved_at };
        self.0.db.write(|tx| draft::save(tx, &draft))
    }

    /// The draft of this kind about this place. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn draft(&self, kind: Kind, place: &Place) -> Result<Option<Draft>, Error> {
        self.0.db.read(|c| draft::get(c, kind, place))
    }

    /// All drafts, the latest first. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn drafts(&self) -> Result<Vec<Draft>, Error> {
        self.0.db.read(draft::all)
    }

    /// Throws a draft away. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn discard_draft(&self, kind: Kind, place: &Place) -> Result<(), Error> {
        self.0.db.write(|tx| draft::discard(tx, kind, place))
    }

    /// Saves a statement: when this returns `Ok` it survives a power cut. Its draft goes. Disk.
    ///
    /// # Errors
    /// [`Error::Field`] names what is wrong; [`Error::NotEnrolled`]; [`Error::DiskFull`]. Nothing is
    /// written then.
    pub fn capture(&self, new: NewRecord) -> Result<Saved, Error> {
        self.0.db.write(|tx| capture::capture(tx, &self.0.env, &self.0.reference(), &new))
    }

    /// Says how far an incident or a directive has come: this is how a directive is answered; once for each
    /// `key`, as [`NewRecord::key`] has it. Disk.
    ///
    /// # Errors
    /// As [`Phone::capture`]; [`Error::Field`] `target` for a record that is not here.
    pub fn report_progress(
        &self,
        target: RecordId,
        progress: body::Progress,
        note: Option<String>,
        key: Option<String>,
    ) -> Result<Saved, Error> {
        self.0.db.write(|tx| {
            let reference = self.0.reference();
            let told = (note.clone(), key.clone());
            capture::report_progress(tx, &self.0.env, &reference, &target, progress, told)
        })
    }

    /// Supersedes an own record with a whole new statement. Disk.
    ///
    /// # Errors
    /// As [`Phone::capture`]; [`Error::Field`] `target` for a record that is not here or not one's own.
    pub fn correct(&self, target: RecordId, new: NewRecord) -> Result<Saved, Error> {
        self.0.db.write(|tx| capture::correct(tx, &self.0.env, &self.0.reference(), &target, &new))
    }

    /// Supersedes an own record with nothing; once for each `key`, as [`NewRecord::key`] has it. Disk.
    ///
    /// # Errors
    /// As [`Phone::correct`].
    pub fn retract(
        &self,
        target: RecordId,
        why: Option<String>,
        key: Option<String>,
    ) -> Result<Saved, Error> {
        let told = || (why.clone(), key.clone());
        self.0.db.write(|tx| capture::retract(tx, &self.0.env, &self.0.reference(), &target, told()))
    }

    /// An own dispatch as a QR code, for the receiver's phone. Disk.
    ///
    /// # Errors
    /// [`Error::Field`] `handover.dispatch` for what is no dispatch of this phone; storage errors.
    pub fn give(&self, dispatch: RecordId) -> Result<GiveOutcome, Error> {
        self.0.db.read(|c| handover::give(c, self.0.db.vault(), &dispatch))
    }

    /// What the giver's phone shows. Writes nothing. Disk.
    ///
    /// # Errors
    /// [`Error::Field`] `handover.text`, `handover.version`, `handover.body`, `handover.record` or one of the
    /// dispatch's own names what is wrong with the text; [`Error::NotEnrolled`]; storage errors.
    pub fn look(&self, text: &str) -> Result<LookOutcome, Error> {
        self.0.db.read(|c| handover::look(c, &self.0.env, &self.0.reference(), text))
    }

    /// Saves the answer to what the giver's phone shows: a `Receive` that names the dispatch. Disk.
    ///
    /// # Errors
    /// As [`Phone::look`] and [`Phone::capture`]; [`Error::Field`] `body` for another body. Nothing is written then.
    pub fn take(&self, text: &str, new: NewRecord) -> Result<TakeOutcome, Error> {
        let vault = self.0.db.vault();
        self.0.db.write(|tx| handover::take(tx, vault, &self.0.env, &self.0.reference(), (text, &new)))
    }

    /// Takes in the receiver's answer, be it the text of his QR code or the 12 symbols he reads aloud. Disk.
    ///
    /// # Errors
    /// As [`Phone::look`]; [`Error::Field`] `handover.code` where a symbol was misheard. Nothing is written then.
    pub fn confirm(&self, text: &str) -> Result<ConfirmOutcome, Error> {
        let vault = self.0.db.vault();
        self.0.db.write(|tx| handover::confirm(tx, vault, &self.0.env, &self.0.reference(), text))
    }

    /// One page of the list of polling stations. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn tps_list(&self, query: &TpsQuery) -> Result<Vec<TpsRow>, Error> {
        let reference = self.0.reference();
        self.0.db.read(|c| tps::list(c, &reference, query))
    }

    /// All about one place. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn tps_card(&self, place: &Place) -> Result<TpsCard, Error> {
        let reference = self.0.reference();
        self.0.db.read(|c| tps::card(c, &reference, place))
    }

    /// The card in words: the custody line of the kit, where two officers differ, and why a record does not count.
    /// Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn card_words(&self, place: &Place, lang: Lang) -> Result<CardWords, Error> {
        let reference = self.0.reference();
        let card = self.0.db.read(|c| tps::card(c, &reference, place))?;
        Ok(words::card(&card, &reference, lang))
    }

    /// Open findings as this phone knew them when it last heard of the server, the gravest first: of one place, or of all
    /// places of the officer's scope, which reads every one of them. Disk.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`]; storage errors.
    pub fn findings(&self, place: Option<&Place>, lang: Lang) -> Result<Vec<FindingWords>, Error> {
        let (reference, now) = (self.0.reference(), self.0.env.clock.now());
        self.0.db.read(|c| findings::of(c, &reference, place, now, lang))
    }

    /// A short plain text for a messenger on the local day that `at`, unix seconds, lies in: what this phone knows of
    /// its own scope, at most [`crate::limit::SUMMARY_CHARS`] characters. Open incidents, kits on the way and what
    /// waits to be sent are those of now. Reads every place of the scope. Disk.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`]; storage errors.
    pub fn day_summary(&self, at: i64, lang: Lang) -> Result<String, Error> {
        self.0.db.read(|c| summary::of(c, &self.0.reference(), at, lang))
    }

    /// The checklist for this kind of place, as the server has it; before the first sync the one shipped with
    /// this version. No I/O.
    pub fn checklist(&self, venue: Venue) -> Option<Checklist> {
        let shipped = || Checklist::shipped().into_iter().find(|c| c.venue == venue);
        self.0.reference().checklist_for(venue).cloned().or_else(shipped)
    }

    /// One page of what this phone said, newest first; `limit` 0 means 50. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn journal(&self, after: Option<JournalCursor>, limit: u32) -> Result<Vec<JournalRow>, Error> {
        let reference = self.0.reference();
        self.0.db.read(|c| journal::page(c, &reference, after, limit))
    }

    /// Tasks of the desk for this officer. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn directives(&self) -> Result<Directives, Error> {
        self.0.db.read(|c| directive::list(c, &self.0.reference()))
    }

    /// What still has to go out. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn unsent(&self) -> Result<Unsent, Error> {
        self.0.db.read(outbox::unsent)
    }

    /// How this phone stands with its server. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn status(&self) -> Result<Status, Error> {
        self.0.db.read(|c| status::read(c, &self.0.reference()))
    }

    /// Sends and reads until nothing is left or the budget is used up. Network and disk, never both at
    /// once. Dropping the future is as safe as cancelling.
    ///
    /// # Errors
    /// Storage errors only: whatever the network does is a [`crate::SyncEnd`].
    pub async fn sync(
        &self,
        budget: Budget,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<SyncReport, Error> {
        self.0.sync(budget, progress, cancel, false).await.map(|(report, _)| report)
    }

    /// Lets the next sync start at once, whatever delay was set: somebody pressed a button. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn forget_backoff(&self) -> Result<(), Error> {
        self.0.db.write(|tx| sync::backoff::forget(tx))
    }

    /// Digest of what this phone shows of its scope, with the cursor it stands for; `None` before the first
    /// sync. Reads every record. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn state_digest(&self) -> Result<Option<(Cursor, StateDigest)>, Error> {
        self.0.db.read(|c| match setting::cursor(c)? {
            Some(cursor) => Ok(Some((cursor, places::digest(c)?))),
            None => Ok(None),
        })
    }

    /// Syncs, and asks the server for its digest of the same rows. Network and disk.
    ///
    /// # Errors
    /// [`Error::Offline`] when the sync did not come to its end, [`Error::NotTrusted`]; storage errors.
    pub async fn compare(&self) -> Result<Comparison, Error> {
        let (report, last) = self.0.sync(Budget::PLENTY, &Silent, &Cancel::new(), true).await?;
        let server = last.and_then(|r| r.state_digest);
        match (report.end, server, self.state_digest()?) {
            (SyncEnd::Done, Some(server), Some((cursor, own))) => Ok(Comparison { own, server, cursor }),
            (SyncEnd::Offline(why), ..) => Err(Error::Offline(why)),
            (SyncEnd::NotTrusted(why), ..) => Err(Error::NotTrusted(why)),
            (end, ..) => {
                Err(Error::Offline(NoContact::new(Cause::Stopped, format!("no comparison: {end:?}"))))
            }
        }
    }

    /// Releases every lock and file: iOS kills apps that hold one while suspended. Calls in between give
    /// [`Error::Paused`]; a running sync ends at its next step. May be repeated.
    ///
    /// # Errors
    /// None today; kept for storage errors.
    pub fn pause(&self) -> Result<(), Error> {
        self.0.halt().cancel();
        self.0.db.pause();
        Ok(())
    }

    /// The system says that room is short: gives back what the log of the database takes. The reserve stays,
    /// so that records still fit; commits are slower until the next open. Disk.
    ///
    /// # Errors
    /// Storage errors.
    pub fn low_disk(&self) -> Result<(), Error> {
        self.0.db.shrink()
    }

    /// Takes locks and files again. May be repeated.
    ///
    /// # Errors
    /// [`Error::Closed`] after `shutdown`, [`Error::InUse`], [`Error::KeyLost`] and [`Error::KeyNeeded`] if
    /// meanwhile somebody else moved the store aside or sealed it, storage errors.
    pub fn resume(&self) -> Result<(), Error> {
        self.0.db.resume()?;
        // As at an open.
        let _ = repeat::repeat(&self.0.db, &self.0.env);
        *self.0.halt.lock().unwrap_or_else(PoisonError::into_inner) = Cancel::new();
        Ok(())
    }

    /// Releases everything for good. May be repeated; saved records need no farewell.
    ///
    /// # Errors
    /// None today; kept for storage errors.
    pub fn shutdown(&self) -> Result<(), Error> {
        self.0.halt().cancel();
        self.0.db.shutdown();
        Ok(())
    }
}
