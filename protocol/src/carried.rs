//! A record and its notes as segments and pages carry them.
//!
//! ```text
//! payload, [note, …]      note: [field, text] | [field, text, salt] | [field, commitment]
//! ```
//!
//! A note without a salt has the one that follows from the segment's seed.

use minicbor::{
    Decoder, Encoder,
    data::Type,
    decode,
    encode::{self, Write},
};

use crate::{
    limit,
    note::{CarriedNote, Commitment, Field, Note, Salt, SaltSeed},
};

/// Notes of one record that are read.
const NOTES: u64 = 2 * limit::NOTES_PER_RECORD as u64;

/// Writes one record. `seed` stands at this record, if salts follow from one.
pub(crate) fn put<W: Write>(
    e: &mut Encoder<W>,
    payload: &[u8],
    notes: &[CarriedNote],
    seed: Option<&SaltSeed>,
) -> Result<(), encode::Error<W::Error>> {
    e.bytes(payload)?.array(notes.len() as u64)?;
    for note in notes {
        match note {
            CarriedNote::Committed(field, commitment) => {
                e.array(2)?.u32(field.number())?.bytes(&commitment.0)?;
            }
            CarriedNote::Whole(n) if seed.is_some_and(|s| s.salt(n.field) == n.salt) => {
                e.array(2)?.u32(n.field.number())?.str(&n.text)?;
            }
            CarriedNote::Whole(n) => {
                e.array(3)?.u32(n.field.number())?.str(&n.text)?.bytes(&n.salt.0)?;
            }
        }
    }
    Ok(())
}

/// Counterpart of [`put`].
pub(crate) fn take(
    d: &mut Decoder<'_>,
    seed: Option<&SaltSeed>,
) -> Result<(Vec<u8>, Vec<CarriedNote>), decode::Error> {
    let payload = d.bytes()?.to_vec();
    // More than a record may have: what is over the limit is told by name later, but not without end.
    let count = at_most(d, NOTES)?;
    let notes = (0..count).map(|_| note(d, seed)).collect::<Result<_, _>>()?;
    Ok((payload, notes))
}

fn note(d: &mut Decoder<'_>, seed: Option<&SaltSeed>) -> Result<CarriedNote, decode::Error> {
    let parts = at_most(d, 3)?;
    let field = Field::from_number(d.u32()?);
    if d.datatype()? == Type::Bytes && parts == 2 {
        return fixed(d).map(|bytes| CarriedNote::Committed(field, Commitment(bytes)));
    }
    let text = d.str()?.to_owned();
    let salt = match (parts, seed) {
        (3, _) => Salt(fixed(d)?),
        (2, Some(seed)) => seed.salt(field),
        _ => return Err(decode::Error::message("a note without a salt")),
    };
    Ok(CarriedNote::Whole(Note { field, salt, text }))
}

/// The length of a list, which must be told and be no more than `most`.
pub(crate) fn at_most(d: &mut Decoder<'_>, most: u64) -> Result<u64, decode::Error> {
    let count = d.array()?.ok_or_else(|| decode::Error::message("a list without a length"))?;
    if count > most { Err(decode::Error::message("too long a list")) } else { Ok(count) }
}

fn fixed<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], decode::Error> {
    d.bytes()?.try_into().map_err(|_| decode::Error::message("a string of a wrong length"))
}
