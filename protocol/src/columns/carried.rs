//! Records and their notes in columns: what segments and pages have in common.

use super::{Damaged, Reader, Writer};
use crate::{
    limit,
    note::{CarriedNote, Commitment, Field, Note, Salt, SaltSeed},
};

const PAYLOAD: u8 = 0;
/// One number a note and a 0 after the last: 1 + form + 3 × field.
const NOTE: u8 = 1;
const TEXT: u8 = 2;
const SALT: u8 = 3;
const COMMITMENT: u8 = 4;
/// First column of whoever has more to say of a record.
pub(crate) const OWN: u8 = 8;

const COMMITTED: u64 = 0;
const SALTED: u64 = 1;
/// The salt follows from the seed.
const SEEDED: u64 = 2;

/// Writes one record. `seed` stands at this record, if salts follow from one.
pub(crate) fn put(w: &mut Writer, payload: &[u8], notes: &[CarriedNote], seed: Option<&SaltSeed>) {
    w.payload(PAYLOAD, payload);
    for note in notes {
        let (field, form) = match note {
            CarriedNote::Committed(field, _) => (field, COMMITTED),
            CarriedNote::Whole(n) if seed.is_some_and(|s| s.salt(n.field) == n.salt) => (&n.field, SEEDED),
            CarriedNote::Whole(n) => (&n.field, SALTED),
        };
        w.number(NOTE, 1 + form + 3 * u64::from(field.number()), 0);
        match note {
            CarriedNote::Committed(_, commitment) => w.random(COMMITMENT, &commitment.0),
            CarriedNote::Whole(n) => {
                w.text(TEXT, n.text.as_bytes());
                if form == SALTED {
                    w.random(SALT, &n.salt.0);
                }
            }
        }
    }
    w.number(NOTE, 0, 0);
}

/// Counterpart of [`put`].
pub(crate) fn take(
    r: &mut Reader<'_>,
    seed: Option<&SaltSeed>,
) -> Result<(Vec<u8>, Vec<CarriedNote>), Damaged> {
    let payload = r.payload(PAYLOAD)?;
    let mut notes = Vec::new();
    loop {
        let Some(code) = r.number(NOTE, 0)?.checked_sub(1) else { return Ok((payload, notes)) };
        // Far more than a record may have: what is over the limit is told by name later.
        if notes.len() > 4 * limit::NOTES_PER_RECORD {
            return Err(Damaged);
        }
        let field = Field::from_number(u32::try_from(code / 3).map_err(|_| Damaged)?);
        if code % 3 == COMMITTED {
            notes.push(CarriedNote::Committed(field, Commitment(r.random(COMMITMENT)?)));
            continue;
        }
        let text = String::from_utf8(r.text(TEXT)?).map_err(|_| Damaged)?;
        let salt = match code % 3 {
            SALTED => Salt(r.random(SALT)?),
            _ => seed.ok_or(Damaged)?.salt(field),
        };
        notes.push(CarriedNote::Whole(Note { field, salt, text }));
    }
}
