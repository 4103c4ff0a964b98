//! Handover without a server, as apps do it: the giver shows, the receiver answers, the giver takes the answer in.

use std::{sync::Arc, time::SystemTime};

use pantau_core::NewRecord;
use pantau_protocol::{body, journal::RecordId};

use crate::{
    changes::Change,
    error::PantauError,
    goods::Dispatch,
    mirror::Acceptance,
    runtime::disk,
    shared::Shared,
    state::time,
    statement::{Body, NoteText, Statement, record_id},
};

/// What is made of a dispatch that is to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum GiveOutcome {
    /// Show it.
    Ready {
        /// The text of the QR code, for its alphanumeric mode.
        text: String,
        /// Bytes the QR code takes for it.
        bytes: u32,
    },
    /// A later record of this officer supersedes it: show that one.
    Superseded,
    /// It names too much for a QR code: hand over as packed, or in parts, or without a code.
    TooLong {
        /// Bytes it would have.
        bytes: u32,
    },
}

/// Something odd about what was shown, which does not stand in its way.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Doubt {
    /// Not verified: nothing on this phone says whose device signed it.
    UnknownDevice,
    /// The device is registered for another officer.
    OtherOfficer {
        /// That officer's number.
        registered: u32,
    },
    /// The desk does not trust the device any more.
    NotTrusted,
    /// Older than a handover should be, by this phone's clock.
    Old {
        /// Its age in seconds.
        seconds: u64,
    },
    /// For places outside this officer's grants: meant for somebody else, or brought to a wrong place.
    OutsideGrants {
        /// Their codes.
        places: Vec<String>,
    },
    /// About another election than the one in force.
    OtherElection,
    /// Somebody else answered this dispatch already.
    AnsweredByOther {
        /// His record.
        receive: String,
        /// His number, if known here.
        officer: Option<u32>,
    },
}

/// What was read from a giver's QR code.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
#[expect(clippy::large_enum_variant, reason = "made once for each code that is scanned")]
pub enum LookOutcome {
    /// A dispatch.
    Offered {
        /// What was sent, by whom, and what is odd about it.
        offered: Offered,
    },
    /// Something of it was changed: none of it is to be believed. Goods that are there are received like any others.
    Altered,
    /// This phone's own: the other one must read it.
    Own {
        /// The dispatch.
        dispatch: String,
    },
    /// Another record's, such as an answer.
    NotAnOffer,
}

/// A dispatch as its giver's phone shows it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Offered {
    /// Id of the dispatch's record.
    pub id: String,
    /// The giver's device.
    pub device: String,
    /// The giver's officer number, as he says: verified unless a doubt says otherwise.
    pub officer: u32,
    /// Claimed time.
    pub at: SystemTime,
    /// Code of the place where it left.
    pub place: String,
    /// What was sent.
    pub dispatch: Dispatch,
    /// Texts that came along: vehicle, escort.
    pub notes: Vec<NoteText>,
    /// What is odd about it.
    pub doubts: Vec<Doubt>,
    /// This phone's answer to it, if it gave one already.
    pub answered: Option<String>,
    /// The answer that takes all of it as sent and sealed, to be changed where something is not: of the kits that this
    /// officer's grants cover.
    pub as_sent: Statement,
}

/// What was made of a receiver's answer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum TakeOutcome {
    /// It is saved.
    Taken {
        /// For the giver's phone.
        answer: HandoverAnswer,
    },
    /// This phone answered before, and nothing more was saved. To put that answer right, correct its record.
    AlreadyTaken {
        /// For the giver's phone.
        answer: HandoverAnswer,
    },
    /// Something of what the giver shows was changed; nothing was saved.
    Altered,
    /// It is this phone's own; nothing was saved.
    Own,
    /// It is another record's, such as an answer; nothing was saved.
    NotAnOffer,
}

/// A receiver's answer, for the giver's phone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandoverAnswer {
    /// The receiver's record.
    pub receive: String,
    /// The dispatch it answers.
    pub dispatch: String,
    /// How it takes it.
    pub acceptance: Acceptance,
    /// The text of the QR code; absent where the record is too long for one.
    pub text: Option<String>,
    /// 12 symbols to be read aloud, in three groups.
    pub code: String,
}

/// What was made of an answer at the giver's phone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ConfirmOutcome {
    /// The handover is saved.
    Confirmed {
        /// It.
        now: Confirmation,
    },
    /// This answer was taken in before, and nothing more was saved.
    AlreadyKnown {
        /// The handover.
        known: Confirmation,
    },
    /// The handover is saved. Another receiver had answered the same dispatch before: a part each, or a mistake.
    SecondReceiver {
        /// The new one.
        now: Confirmation,
        /// The one before.
        before: Confirmation,
    },
    /// It answers no dispatch of this phone; nothing was saved.
    OtherPhone,
    /// Something of it was changed; nothing was saved.
    Altered,
    /// It is another record's, such as an offer; nothing was saved.
    NotAnAnswer,
}

/// A handover as the giver's journal has it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Confirmation {
    /// Its record.
    pub handover: String,
    /// The giver's dispatch.
    pub dispatch: String,
    /// The receiver's record; absent where a code told it and the record did not come yet.
    pub receive: Option<String>,
    /// How the receiver took it.
    pub acceptance: Acceptance,
    /// The receiver's officer number, as he says; of a code its lowest 14 bits.
    pub officer: Option<u32>,
    /// What is odd about the answer.
    pub doubts: Vec<Doubt>,
}

impl From<pantau_core::GiveOutcome> for GiveOutcome {
    fn from(o: pantau_core::GiveOutcome) -> Self {
        match o {
            pantau_core::GiveOutcome::Ready(pantau_core::Offer { dispatch: _, text, bytes }) => {
                Self::Ready { text, bytes: small(bytes) }
            }
            pantau_core::GiveOutcome::Superseded => Self::Superseded,
            pantau_core::GiveOutcome::TooLong { bytes } => Self::TooLong { bytes: small(bytes) },
        }
    }
}

fn small(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl From<pantau_core::Doubt> for Doubt {
    fn from(d: pantau_core::Doubt) -> Self {
        match d {
            pantau_core::Doubt::UnknownDevice => Self::UnknownDevice,
            pantau_core::Doubt::OtherOfficer { registered } => Self::OtherOfficer { registered },
            pantau_core::Doubt::NotTrusted => Self::NotTrusted,
            pantau_core::Doubt::Old { seconds } => Self::Old { seconds: seconds.unsigned_abs() },
            pantau_core::Doubt::OutsideGrants { places } => {
                Self::OutsideGrants { places: places.iter().map(ToString::to_string).collect() }
            }
            pantau_core::Doubt::OtherElection => Self::OtherElection,
            pantau_core::Doubt::AnsweredByOther { receive, officer } => {
                Self::AnsweredByOther { receive: receive.to_string(), officer }
            }
        }
    }
}

fn doubts(all: Vec<pantau_core::Doubt>) -> Vec<Doubt> {
    all.into_iter().map(Into::into).collect()
}

impl From<pantau_core::LookOutcome> for LookOutcome {
    fn from(o: pantau_core::LookOutcome) -> Self {
        match o {
            pantau_core::LookOutcome::Offered(offered) => Self::Offered { offered: (*offered).into() },
            pantau_core::LookOutcome::Altered => Self::Altered,
            pantau_core::LookOutcome::Own { dispatch } => Self::Own { dispatch: dispatch.to_string() },
            pantau_core::LookOutcome::NotAnOffer => Self::NotAnOffer,
        }
    }
}

impl From<pantau_core::Offered> for Offered {
    fn from(o: pantau_core::Offered) -> Self {
        let pantau_core::Offered {
            id,
            device,
            officer,
            at,
            place,
            dispatch,
            notes,
            doubts,
            answered,
            as_sent,
        } = o;
        let note =
            |(field, text): (pantau_protocol::note::Field, String)| NoteText { field: field.into(), text };
        let (to, body) = (as_sent.place.to_string(), Body::from(&as_sent.body));
        let (basis, notes_of, position, at_of, key) = Default::default();
        Self {
            id: id.to_string(),
            device: device.to_string(),
            officer,
            at: time(at),
            place: place.to_string(),
            dispatch: Dispatch::from(&dispatch),
            notes: notes.into_iter().map(note).collect(),
            doubts: self::doubts(doubts),
            answered: answered.as_ref().map(RecordId::to_string),
            as_sent: Statement { place: to, body, basis, notes: notes_of, position, at: at_of, key },
        }
    }
}

impl From<pantau_core::Answer> for HandoverAnswer {
    fn from(a: pantau_core::Answer) -> Self {
        let pantau_core::Answer { receive, dispatch, acceptance, text, code } = a;
        Self {
            receive: receive.to_string(),
            dispatch: dispatch.to_string(),
            acceptance: acceptance.into(),
            text,
            code,
        }
    }
}

impl From<pantau_core::TakeOutcome> for TakeOutcome {
    fn from(o: pantau_core::TakeOutcome) -> Self {
        match o {
            pantau_core::TakeOutcome::Taken(answer) => Self::Taken { answer: answer.into() },
            pantau_core::TakeOutcome::AlreadyTaken(answer) => Self::AlreadyTaken { answer: answer.into() },
            pantau_core::TakeOutcome::Altered => Self::Altered,
            pantau_core::TakeOutcome::Own => Self::Own,
            pantau_core::TakeOutcome::NotAnOffer => Self::NotAnOffer,
        }
    }
}

impl From<pantau_core::Confirmation> for Confirmation {
    fn from(c: pantau_core::Confirmation) -> Self {
        let pantau_core::Confirmation { handover, dispatch, receive, acceptance, officer, doubts } = c;
        Self {
            handover: handover.to_string(),
            dispatch: dispatch.to_string(),
            receive: receive.as_ref().map(RecordId::to_string),
            acceptance: acceptance.into(),
            officer,
            doubts: self::doubts(doubts),
        }
    }
}

impl From<pantau_core::ConfirmOutcome> for ConfirmOutcome {
    fn from(o: pantau_core::ConfirmOutcome) -> Self {
        match o {
            pantau_core::ConfirmOutcome::Confirmed(now) => Self::Confirmed { now: now.into() },
            pantau_core::ConfirmOutcome::AlreadyKnown(known) => Self::AlreadyKnown { known: known.into() },
            pantau_core::ConfirmOutcome::SecondReceiver { now, before } => {
                Self::SecondReceiver { now: now.into(), before: before.into() }
            }
            pantau_core::ConfirmOutcome::OtherPhone => Self::OtherPhone,
            pantau_core::ConfirmOutcome::Altered => Self::Altered,
            pantau_core::ConfirmOutcome::NotAnAnswer => Self::NotAnAnswer,
        }
    }
}

/// Hands goods over between two phones, without a server. From any thread; all read or write disk, none uses the
/// network. Neither side waits for the other: goods that cannot be shown are dispatched and received as ever.
#[derive(uniffi::Object)]
pub struct Handovers(pub(crate) Arc<Shared>);

#[uniffi::export]
impl Handovers {
    /// The giver: an own dispatch as a QR code. Disk.
    pub async fn give(&self, dispatch: String) -> Result<GiveOutcome, PantauError> {
        let (phone, id) = (self.0.phone.clone(), record_id("handover.dispatch", &dispatch)?);
        disk(move || phone.give(id)).await.map(Into::into)
    }

    /// The receiver: what the giver's phone shows. Saves nothing. Disk.
    pub async fn look(&self, text: String) -> Result<LookOutcome, PantauError> {
        let phone = self.0.phone.clone();
        disk(move || phone.look(&text)).await.map(Into::into)
    }

    /// The receiver: saves his answer, a `Receive`, to what the giver's phone shows, and gives it as QR code and as
    /// code to be read aloud. Disk.
    pub async fn take(&self, text: String, statement: Statement) -> Result<TakeOutcome, PantauError> {
        let (phone, new) = (self.0.phone.clone(), NewRecord::try_from(statement)?);
        let place = new.place.to_string();
        let kits = match &new.body {
            body::Body::Receive(r) => r.kits.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        let outcome = self.0.noted("handover", disk(move || phone.take(&text, new)).await)?;
        if matches!(outcome, pantau_core::TakeOutcome::Taken(_)) {
            let about = kits.into_iter().chain([place]).map(|code| Change::Place { code });
            self.0.changes.tell(about.chain([Change::Journal]));
        }
        Ok(outcome.into())
    }

    /// The giver: takes the receiver's answer in, be it the text of his QR code or the 12 symbols he reads aloud. Disk.
    pub async fn confirm(&self, text: String) -> Result<ConfirmOutcome, PantauError> {
        let phone = self.0.phone.clone();
        let outcome = self.0.noted("handover", disk(move || phone.confirm(&text)).await)?;
        self.0.changes.tell([Change::Places, Change::Journal]);
        Ok(outcome.into())
    }
}
