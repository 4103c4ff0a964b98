//! What a handover may come to. All of it is told as a value: none of it stands in anybody's way.

use pantau_protocol::{
    body::{Acceptance, Dispatch},
    journal::{DeviceId, RecordId},
    note::Field,
    place::Place,
};

use crate::capture::NewRecord;

/// What a giver's phone makes of a dispatch that is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GiveOutcome {
    /// It can be shown.
    Ready(Offer),
    /// A later record of this officer supersedes it: show that one.
    Superseded,
    /// It names too much for a QR code: hand over as packed, or in parts, or without a code.
    TooLong {
        /// Bytes its slip would have.
        bytes: usize,
    },
}

/// A dispatch as a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The dispatch.
    pub dispatch: RecordId,
    /// The text of the QR code, for its alphanumeric mode.
    pub text: String,
    /// Bytes the QR code takes for it.
    pub bytes: usize,
}

/// Something odd about a slip, which does not stand in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Not verified: nothing here says whose device signed it.
    UnknownDevice,
    /// The device is registered for another officer than the slip says.
    OtherOfficer {
        /// That officer's number.
        registered: u32,
    },
    /// The desk does not trust the device any more, or not this record of it.
    NotTrusted,
    /// Older than [`pantau_protocol::limit::HANDOVER_OLD_S`] by this phone's clock.
    Old {
        /// Its age in seconds.
        seconds: i64,
    },
    /// It is for places outside this officer's grants: meant for somebody else, or brought to a wrong place.
    OutsideGrants {
        /// Those places.
        places: Vec<Place>,
    },
    /// It is about another election than the one in force.
    OtherElection,
    /// Somebody else answered this dispatch already.
    AnsweredByOther {
        /// His record.
        receive: RecordId,
        /// Officer number, if known here.
        officer: Option<u32>,
    },
}

/// What a receiver's phone reads from a giver's QR code.
#[derive(Debug, Clone, PartialEq)]
pub enum LookOutcome {
    /// A dispatch, signed by the device it names.
    Offered(Box<Offered>),
    /// The signature does not fit: something of it was changed, and none of it is to be believed. Goods that are
    /// there are received like any others.
    Altered,
    /// This phone's own dispatch: the other one must read it.
    Own {
        /// The dispatch.
        dispatch: RecordId,
    },
    /// The slip of another record, such as an answer.
    NotAnOffer,
}

/// A dispatch as its giver's phone shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The dispatch's record.
    pub id: RecordId,
    /// The giver's device.
    pub device: DeviceId,
    /// The giver's officer number, as he says: verified unless a [`Doubt`] says otherwise.
    pub officer: u32,
    /// Claimed time, unix seconds.
    pub at: i64,
    /// Where it left.
    pub place: Place,
    /// What was sent.
    pub dispatch: Dispatch,
    /// Texts that came along: vehicle, escort.
    pub notes: Vec<(Field, String)>,
    /// What is odd about it.
    pub doubts: Vec<Doubt>,
    /// This phone's answer to it, if it gave one already.
    pub answered: Option<RecordId>,
    /// The answer that takes all of it as sent and sealed, of the kits that this officer's grants cover.
    pub as_sent: NewRecord,
}

/// What a receiver's phone makes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeOutcome {
    /// It is saved.
    Taken(Answer),
    /// This phone answered before, and nothing more was saved. To put that answer right, correct its record.
    AlreadyTaken(Answer),
    /// As [`LookOutcome::Altered`]; nothing was saved.
    Altered,
    /// As [`LookOutcome::Own`]; nothing was saved.
    Own,
    /// As [`LookOutcome::NotAnOffer`]; nothing was saved.
    NotAnOffer,
}

/// A receiver's answer, for the giver's phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The receiver's record.
    pub receive: RecordId,
    /// The dispatch it answers.
    pub dispatch: RecordId,
    /// How it takes it.
    pub acceptance: Acceptance,
    /// The text of the QR code, for its alphanumeric mode; absent where the record is too long for one.
    pub text: Option<String>,
    /// 12 symbols to be read aloud.
    pub code: String,
}

/// What a giver's phone makes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// The handover is saved.
    Confirmed(Confirmation),
    /// This answer was taken in before, and nothing more was saved.
    AlreadyKnown(Confirmation),
    /// The handover is saved. Another receiver had answered the same dispatch before: a part each, or a mistake.
    SecondReceiver {
        /// The new one.
        now: Confirmation,
        /// The one before.
        before: Confirmation,
    },
    /// It answers no dispatch of this phone; nothing was saved.
    OtherPhone,
    /// The signature does not fit; nothing was saved.
    Altered,
    /// The slip of another record, such as an offer; nothing was saved.
    NotAnAnswer,
}

/// A handover as the giver's journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Its record.
    pub handover: RecordId,
    /// The giver's dispatch.
    pub dispatch: RecordId,
    /// The receiver's record; absent where a code told it and the record did not come yet.
    pub receive: Option<RecordId>,
    /// How the receiver took it.
    pub acceptance: Acceptance,
    /// The receiver's officer number, as the answer says; of a code its lowest 14 bits.
    pub officer: Option<u32>,
    /// What is odd about the answer; of a code nothing can be told, and of one that was known nothing is.
    pub doubts: Vec<Doubt>,
}
