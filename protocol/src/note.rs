//! Notes: names, phone numbers and free text, kept beside the payload so that they can be erased
//! while the chain stays whole (docs/PROTOCOL.md#notes).

use crate::{hash, limit};

crate::int_enum!(
    /// Which note of a record.
    Field {
        /// Free text; the text of a directive.
        Note = 1,
        /// Who told it.
        Informant = 2,
        /// Who received the goods.
        Receiver = 3,
        /// An officer's name.
        Name = 4,
        /// An officer's phone number.
        Phone = 5,
        /// What is needed.
        Need = 6,
        /// What carries the goods: lorry or boat, number plate.
        Vehicle = 7,
        /// Who goes along: driver, guard.
        Escort = 8,
    }
);

crate::byte_id!(
    /// Random salt of a commitment: without it a short text could be guessed from its hash.
    Salt, 16
);

/// What the salts of consecutive records follow from, so that one seed travels for all of them.
///
/// It only goes forward: the seed of a record tells its salts and all later ones, never an earlier one.
/// Whoever holds it can test a guess of an erased text, so it is forgotten as soon as the notes it salts are
/// held, and moved beyond a record whose note is erased. Nobody but phones keeps one.
///
/// `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct SaltSeed(#[cbor(with = "crate::cbor::bytes")] pub [u8; 16]);

impl SaltSeed {
    /// The salt of a note of the record this seed stands at.
    pub fn salt(&self, field: Field) -> Salt {
        let [salt, _] = halves(hash::tagged("pantau/1/salt", &[&self.0, &field.number().to_be_bytes()]));
        Salt(salt)
    }

    /// The seed of the record after.
    #[must_use]
    pub fn next(&self) -> Self {
        let [next, _] = halves(hash::tagged("pantau/1/salt-next", &[&self.0]));
        Self(next)
    }

    /// The seed `records` further on.
    #[must_use]
    pub fn after(&self, records: u64) -> Self {
        (0..records).fold(*self, |seed, _| seed.next())
    }
}

impl std::fmt::Debug for SaltSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SaltSeed")
    }
}

fn halves(hash: [u8; 32]) -> [[u8; 16]; 2] {
    let mut out = [[0; 16]; 2];
    out.as_flattened_mut().copy_from_slice(&hash);
    out
}

crate::byte_id!(
    /// Commitment to one note: part of the digest, not of the payload.
    Commitment, 32
);

/// The text of one note with its salt.
///
/// `Debug` shows neither.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Note {
    /// Which note.
    #[n(0)]
    pub field: Field,
    /// Its salt.
    #[n(1)]
    pub salt: Salt,
    /// Its text, at most [`limit::NOTE_BYTES`].
    #[n(2)]
    pub text: String,
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({:?}, {} bytes)", self.field, self.text.len())
    }
}

impl Note {
    /// The commitment: `blake3(tag ‖ field ‖ salt ‖ text)`, every part length-prefixed.
    pub fn commitment(&self) -> Commitment {
        let field = self.field.number().to_be_bytes();
        Commitment(hash::tagged("pantau/1/note", &[&field, &self.salt.0, self.text.as_bytes()]))
    }

    /// Whether the text is within limits.
    pub fn fits(&self) -> bool {
        self.text.len() <= limit::NOTE_BYTES
    }
}

/// A record's commitments in field order: `(field, commitment)`.
pub type Commitments = Vec<(Field, Commitment)>;

/// The commitments of `notes`, in field order.
pub fn commitments(notes: &[Note]) -> Commitments {
    let mut all: Commitments = notes.iter().map(|n| (n.field, n.commitment())).collect();
    all.sort_by_key(|(field, _)| field.number());
    all
}

/// A note as it travels with its record: whole, or as its commitment when the text goes later,
/// was erased, or is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarriedNote {
    /// Salt and text; the receiver computes the commitment.
    Whole(Note),
    /// Only the commitment.
    Committed(Field, Commitment),
}

impl CarriedNote {
    /// Which note.
    pub fn field(&self) -> Field {
        match self {
            Self::Whole(n) => n.field,
            Self::Committed(f, _) => *f,
        }
    }

    /// Field and commitment, computed where the text is there.
    pub fn commitment(&self) -> (Field, Commitment) {
        match self {
            Self::Whole(n) => (n.field, n.commitment()),
            Self::Committed(f, c) => (*f, *c),
        }
    }
}

impl<C> minicbor::Encode<C> for CarriedNote {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Whole(n) => n.encode(e, ctx),
            Self::Committed(field, commitment) => {
                e.array(2)?;
                field.encode(e, ctx)?;
                commitment.encode(e, ctx)
            }
        }
    }
}

impl<'b, C> minicbor::Decode<'b, C> for CarriedNote {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        let len = d.array()?;
        let field = Field::decode(d, ctx)?;
        match len {
            Some(2) => Ok(Self::Committed(field, Commitment::decode(d, ctx)?)),
            Some(3) => {
                let salt = Salt::decode(d, ctx)?;
                Ok(Self::Whole(Note { field, salt, text: d.str()?.to_owned() }))
            }
            _ => Err(minicbor::decode::Error::message("a carried note has 2 or 3 parts").at(at)),
        }
    }
}
