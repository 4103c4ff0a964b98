//! Handover without a server: what the giver's phone shows, what the receiver's phone answers (docs/PROTOCOL.md#handover).
//!
//! A [`Slip`] is one record of a device under that device's own signature, as the text of a QR code: a `Dispatch` as
//! the offer, a `Receive` as the answer. The record's id follows from it, so each side can name the other's record
//! before any server saw either. Where no camera reads, the answer is a [`Code`] of 12 symbols to be read aloud.

mod base45;
mod code;

use crate::{
    carried, frame, hash,
    journal::{self, DeviceId, Digest, RecordId},
    keys::{PublicKey, SecretKey, Sig},
    limit,
    note::{CarriedNote, Commitments, Field},
    record::{BadPayload, Record},
};

pub use code::{BadSpoken, Code, OFFICER_BITS};

/// What the text of a slip begins with.
const PREFIX: &str = "PANTAU1H:";
/// Version of the layout.
const VERSION: u8 = 1;
/// The dictionary its body is packed with.
const DICTIONARY: u8 = 1;
/// Texts that are left out of a slip that would grow too long, the first of them first; their commitments stay.
const LEFT_OUT: [Field; 4] = [Field::Note, Field::Receiver, Field::Escort, Field::Vehicle];

/// One record under the signature of the device that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The device's key.
    pub key: PublicKey,
    /// Its signature over the record and the officer.
    pub signature: Sig,
    /// The officer who holds the device, as he says.
    pub officer: u32,
    /// The record's number in its journal.
    pub seq: u64,
    /// The record, as it was written.
    pub payload: Vec<u8>,
    /// Its notes, in field order.
    pub notes: Vec<CarriedNote>,
}

/// Why a text or bytes are no slip. All of it comes from outside; none of it panics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSlip {
    /// Does not begin with `PANTAU1H:`.
    #[error("not a slip of a handover")]
    NotOurs,
    /// Over [`limit::HANDOVER_BYTES`].
    #[error("a slip of {0} bytes is over the limit")]
    TooLong(usize),
    /// Not Base45: a symbol was misread or is missing.
    #[error("a symbol of the slip is damaged")]
    Symbol,
    /// A version this side does not speak.
    #[error("slip version {0} is not supported")]
    Version(u8),
    /// Ends too early.
    #[error("the slip ends too early")]
    Truncated,
    /// The body does not decompress within the limits, or is not of its shape.
    #[error("the body of the slip is damaged")]
    Body,
    /// What it carries is no record.
    #[error("the slip carries no record: {0}")]
    Payload(BadPayload),
}

/// What is signed: the record as its journal has it, and the officer who shows it.
fn signed_hash(digest: &Digest, officer: u32) -> [u8; 32] {
    hash::tagged("pantau/1/handover", &[&digest.0, &officer.to_be_bytes()])
}

impl Slip {
    /// Signs record `seq` of the journal of `key` for its officer.
    pub fn sign(key: &SecretKey, officer: u32, seq: u64, payload: Vec<u8>, notes: Vec<CarriedNote>) -> Self {
        let mut slip = Self { key: key.public(), signature: Sig([0; 64]), officer, seq, payload, notes };
        slip.signature = key.sign(&signed_hash(&slip.digest(), officer));
        slip
    }

    /// The device that wrote the record.
    pub fn device(&self) -> DeviceId {
        self.key.device_id()
    }

    /// The digest of the record.
    pub fn digest(&self) -> Digest {
        let commitments: Commitments = self.notes.iter().map(CarriedNote::commitment).collect();
        journal::digest(&self.device(), self.seq, &self.payload, &commitments)
    }

    /// The id of the record.
    pub fn id(&self) -> RecordId {
        RecordId::of_digest(&self.digest())
    }

    /// Whether the device signed just this: no count, no seal, no name of it was changed. It does not say whose
    /// device it is.
    pub fn is_signed(&self) -> bool {
        self.key.verify(&signed_hash(&self.digest(), self.officer), &self.signature)
    }

    /// The record.
    ///
    /// # Errors
    /// [`BadSlip::Payload`].
    pub fn record(&self) -> Result<Record, BadSlip> {
        Record::from_payload(&self.payload).map_err(BadSlip::Payload)
    }

    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let mut e = minicbor::Encoder::new(&mut body);
        let put = |e: &mut minicbor::Encoder<&mut Vec<u8>>| {
            e.u32(self.officer)?.u64(self.seq)?;
            carried::put(e, &self.payload, &self.notes, None)
        };
        // Writing to memory cannot fail.
        let _: Result<(), _> = put(&mut e);
        [&[VERSION][..], &self.key.0, &self.signature.0, &frame::compress(DICTIONARY, &body)].concat()
    }

    /// The text of its QR code, all of it symbols of the alphanumeric mode. Of texts beside the record as many are
    /// in it as leave it within `most` bytes.
    ///
    /// # Errors
    /// [`BadSlip::TooLong`] where the record alone takes more than [`limit::HANDOVER_BYTES`].
    pub fn to_text(&self, most: usize) -> Result<String, BadSlip> {
        let mut slip = self.clone();
        let mut bytes = slip.to_bytes();
        for field in LEFT_OUT {
            if bytes.len() <= most.min(limit::HANDOVER_BYTES) {
                break;
            }
            for note in slip.notes.iter_mut().filter(|n| n.field() == field) {
                let (field, commitment) = note.commitment();
                *note = CarriedNote::Committed(field, commitment);
            }
            bytes = slip.to_bytes();
        }
        match bytes.len() {
            len if len > limit::HANDOVER_BYTES => Err(BadSlip::TooLong(len)),
            _ => Ok(format!("{PREFIX}{}", base45::encode(&bytes))),
        }
    }

    /// Reads the text of a QR code. Who signed it is asked by [`Slip::is_signed`].
    ///
    /// # Errors
    /// [`BadSlip`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, BadSlip> {
        // A blank is a symbol of Base45, and never the last one: what forms put around a text is no part of it.
        let symbols = text.trim().strip_prefix(PREFIX).ok_or(BadSlip::NotOurs)?;
        if symbols.len() > base45::symbols(limit::HANDOVER_BYTES) {
            return Err(BadSlip::TooLong(base45::bytes(symbols.len())));
        }
        Self::from_bytes(&base45::decode(symbols).ok_or(BadSlip::Symbol)?)
    }

    /// Reads it from bytes.
    ///
    /// # Errors
    /// As [`Slip::parse`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadSlip> {
        if bytes.len() > limit::HANDOVER_BYTES {
            return Err(BadSlip::TooLong(bytes.len()));
        }
        let (&version, rest) = bytes.split_first().ok_or(BadSlip::Truncated)?;
        if version != VERSION {
            return Err(BadSlip::Version(version));
        }
        let (key, rest) = rest.split_first_chunk::<32>().ok_or(BadSlip::Truncated)?;
        let (signature, packed) = rest.split_first_chunk::<64>().ok_or(BadSlip::Truncated)?;
        let body = frame::decompress(DICTIONARY, packed).map_err(|_| BadSlip::Body)?;
        let mut d = minicbor::Decoder::new(&body);
        let mut take = || -> Result<Self, minicbor::decode::Error> {
            let (officer, seq) = (d.u32()?, d.u64()?);
            let (payload, notes) = carried::take(&mut d, None)?;
            Ok(Self { key: PublicKey(*key), signature: Sig(*signature), officer, seq, payload, notes })
        };
        let slip = take().map_err(|_| BadSlip::Body)?;
        if d.position() != body.len() {
            return Err(BadSlip::Body);
        }
        slip.record().map(|_| slip)
    }
}

/// Bytes that a QR code takes for a text of `symbols` symbols of its alphanumeric mode, 11 bits for every two.
pub fn qr_bytes(symbols: usize) -> usize {
    (symbols * 11).div_ceil(16)
}

#[cfg(test)]
mod tests;
