//! The desk's own journal: what the desk says becomes records like any others, signed, chained and taken
//! in by the same writer. Each is also kept, synced, in a file apart from the database, so that a restore
//! of an old database loses none of them (docs/adr/0008-desk-journal-file.md).

mod audit;
mod replay;

pub use crate::access::DESK_OFFICER;
pub(crate) use audit::{FileFault, audit};
pub use replay::Reapplied;
pub(crate) use replay::{erased_in, replay, union};

use std::sync::Arc;

use pantau_protocol::{
    body::Body,
    election::Election,
    exchange::Outcome,
    journal::{RecordId, first_link},
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    projection::Reference,
    record::{Against, Basis, Record, ToldBy},
    segment::SentRecord,
    validate,
};

use crate::{
    Error, Server,
    access::Admission,
    desk_file::{self, FrameEntry},
    desk_frame::{self, seal_segment},
    intake::{Push, check, push},
    server::Batch,
};

/// Most records in one frame of the desk.
const FRAME_RECORDS: usize = 500;
/// Most bytes in one frame of the desk before compression; one record always fits.
const FRAME_BYTES: usize = 512 << 10;

/// Number of whole entries in the bytes of a desk journal, see [`crate::desk_file`].
///
/// # Errors
/// [`Error::DeskJournal`] for bytes that start as no desk journal does.
pub fn entries_in(bytes: &[u8]) -> Result<usize, Error> {
    Ok(desk_file::parse(bytes)?.len())
}

/// Something the desk wants to say.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDeskRecord {
    /// When it was so, unix seconds: now, or the time of the call for reports told by phone.
    pub at: i64,
    /// The place it is about.
    pub place: Place,
    /// What it rests on.
    pub basis: Basis,
    /// What it says.
    pub body: Body,
    /// Texts beside it.
    pub notes: Vec<(Field, String)>,
    /// Who told it and when, where somebody did.
    pub told: Option<ToldBy>,
    election: Option<Election>,
    against: Option<Against>,
}

impl NewDeskRecord {
    /// A record without notes, seen by the desk itself.
    pub fn new(at: i64, place: Place, body: Body) -> Self {
        let (basis, notes) = (Basis::Seen, Vec::new());
        Self { at, place, basis, body, notes, told: None, election: None, against: None }
    }

    /// The same as somebody told it to the desk, who is named by the note `Informant`.
    #[must_use]
    pub fn told(self, basis: Basis, told: ToldBy) -> Self {
        Self { basis, told: Some(told), ..self }
    }

    /// The same with the election it is about and the plan it was made against: of a correction, which takes both
    /// from what it corrects. A statement gets those of now when it is appended.
    #[must_use]
    pub(crate) fn about(self, (election, against): (Option<Election>, Option<Against>)) -> Self {
        Self { election, against, ..self }
    }

    /// Adds a note; an empty text adds none.
    #[must_use]
    pub fn with_note(mut self, field: Field, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.notes.push((field, text));
        }
        self
    }

    pub(crate) fn record(&self) -> Record {
        Record {
            basis: self.basis,
            told: self.told,
            election: self.election,
            against: self.against.clone(),
            ..Record::new(self.at, self.place.clone(), &self.body)
        }
    }

    /// Says which election it is about and the plan it was made against, where it is a statement.
    fn relate(&mut self, reference: &Reference) {
        if self.body.kind().is_of_an_election() {
            self.election = reference.election();
            self.against = reference.plan_of(&self.place, &self.body);
        }
    }
}

/// Appends records to the desk's journal: all of them or none. They are in the log, and synced in the
/// desk's own file, when this returns. Blocks.
///
/// # Errors
/// [`Error::Field`] for a record that is wrong; failures of store and file.
pub fn append(server: &Server, mut records: Vec<NewDeskRecord>) -> Result<Vec<RecordId>, Error> {
    prepare(server, &mut records)?;
    server.run(move |batch| append_in(batch, &records))
}

/// Makes records ready for [`append_in`]: says which election they are about, and checks them.
///
/// # Errors
/// [`Error::Field`] for a record that is wrong; failures of the store.
pub(crate) fn prepare(server: &Server, records: &mut [NewDeskRecord]) -> Result<(), Error> {
    if records.iter().any(|r| r.body.kind().is_of_an_election()) {
        let known = server.known()?;
        records.iter_mut().for_each(|r| r.relate(known.reference()));
    }
    validated(records)
}

/// Checks records as a phone would at capture.
fn validated(records: &[NewDeskRecord]) -> Result<(), Error> {
    for (index, new) in records.iter().enumerate() {
        let wrong = |field| Error::Field { index, field };
        validate::record(&new.record(), &new.body).map_err(wrong)?;
        let has_informant = new.notes.iter().any(|(f, _)| *f == Field::Informant);
        validate::informant(new.basis, has_informant).map_err(wrong)?;
        if let Some((field, _)) =
            new.notes.iter().find(|(_, text)| text.len() > pantau_protocol::limit::NOTE_BYTES)
        {
            let field = field.name().to_lowercase();
            return Err(wrong(validate::FieldError { field, problem: validate::Problem::TooLong }));
        }
    }
    Ok(())
}

/// The same inside a transaction of the writer.
pub(crate) fn append_in(batch: &mut Batch<'_>, records: &[NewDeskRecord]) -> Result<Vec<RecordId>, Error> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    catch_up(batch)?;
    let mut frames = Vec::new();
    let mut ids = Vec::with_capacity(records.len());
    let sent: Result<Vec<SentRecord>, Error> = records.iter().map(|r| sent(batch, r)).collect();
    for chunk in chunks(sent?) {
        let frame = seal(batch, chunk)?;
        let entry = FrameEntry { received_at: batch.now, frame };
        ids.extend(take(batch, &entry)?);
        frames.push(entry);
    }
    if let Some(file) = &batch.shared.desk_file {
        file.append(batch.tx, &frames)?;
    }
    Ok(ids)
}

/// Splits records so that each part fits a frame.
fn chunks(records: Vec<SentRecord>) -> Vec<Vec<SentRecord>> {
    let (mut all, mut bytes) = (vec![Vec::new()], 0);
    for record in records {
        let note = |n: &CarriedNote| if let CarriedNote::Whole(n) = n { n.text.len() + 24 } else { 40 };
        let size = record.payload.len() + record.notes.iter().map(note).sum::<usize>();
        let is_full = all.last().is_some_and(|c: &Vec<_>| {
            c.len() >= FRAME_RECORDS || bytes + size > FRAME_BYTES && !c.is_empty()
        });
        if is_full {
            all.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(last) = all.last_mut() {
            last.push(record);
        }
    }
    all
}

/// Takes in what stands in the file and not in the log: the process that wrote it died before its commit, or
/// an older database was put back.
pub(crate) fn catch_up(batch: &mut Batch<'_>) -> Result<(), Error> {
    let Some(file) = &batch.shared.desk_file else { return Ok(()) };
    let unfinished = file.unfinished(batch.tx)?;
    for entry in &unfinished {
        tracing::warn!(received_at = entry.received_at, "a record of the desk was in its file only");
        take(batch, entry)?;
    }
    Ok(())
}

/// Payload and salted notes of one record.
fn sent(batch: &Batch<'_>, new: &NewDeskRecord) -> Result<SentRecord, Error> {
    let mut notes = Vec::with_capacity(new.notes.len());
    for (field, text) in &new.notes {
        let salt = Salt(batch.shared.env.random()?);
        notes.push(CarriedNote::Whole(Note { field: *field, salt, text: text.clone() }));
    }
    notes.sort_by_key(|n| n.field().number());
    Ok(SentRecord { payload: new.record().to_payload(), notes })
}

/// A signed frame of records that follow the desk's last.
fn seal(batch: &Batch<'_>, records: Vec<SentRecord>) -> Result<Vec<u8>, Error> {
    let key = batch.shared.identity.desk_key();
    let device = key.public().device_id();
    let branches = batch.tx.journal_branches(&device)?;
    let head = branches.iter().find(|b| b.number == 0);
    let (seq, base) = head.map_or((0, first_link(&key.public().0)), |b| (b.last, b.link));
    Ok(seal_segment(key, seq, &base, records))
}

/// Takes a frame of the desk into the log; ids of its records. Records that are held already stay as
/// they are.
pub(crate) fn take(batch: &mut Batch<'_>, entry: &FrameEntry) -> Result<Vec<RecordId>, Error> {
    let opened = desk_frame::open(&batch.shared.identity, &entry.frame)?;
    let device = opened.key.device_id();
    let admission = Arc::new(Admission::own_desk(opened.key));
    let mut desk = Push::new(device, Arc::clone(&admission), opened.evidence);
    let numbered = (opened.span.first..).zip(opened.segment.records);
    desk.records = numbered.map(|(seq, sent)| check(&device, seq, sent, &admission)).collect();
    desk.base = opened.segment.base;
    desk.span = Some(opened.span);
    desk.received_at = Some(entry.received_at);
    let ids = desk.records.iter().map(|r| r.id).collect();
    let pushed = push(batch, &desk)?;
    let fits = pushed.outcomes.iter().all(|o| matches!(o, Outcome::Stored | Outcome::Duplicate));
    if fits {
        Ok(ids)
    } else {
        Err(Error::DeskJournal(format!("a frame does not fit: {:?}", pushed.outcomes)))
    }
}
