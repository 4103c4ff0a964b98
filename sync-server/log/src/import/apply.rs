//! What the log knows, and the one append that makes a plan part of it.

use std::borrow::Cow;

use super::{Known, Plan};
use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
    enrol, ops, projector, store,
};

/// The setting that says whether the TPS of this server are made up: `yes` or `no`.
pub const SYNTHETIC: &str = "desk.synthetic_tps";

/// Hash of the table of made-up TPS that comes with Pantau: whoever imports it need not say so.
const SHIPPED_TPS: &str = "5e4b92cf920df61a94af4c56212623ee3851e248a160156dae5181ce9e4b5a1a";

/// Whether this is the table of made-up TPS that comes with Pantau.
pub fn is_shipped_tps(bytes: &[u8]) -> bool {
    blake3::hash(bytes).to_hex().as_str() == SHIPPED_TPS
}

/// What the log knows, to plan against.
pub fn known(known: &projector::Known) -> Known<'_> {
    Known {
        reference: Cow::Borrowed(known.reference()),
        profiles: known.profiles().cloned().collect(),
        contacts: known.contacts().clone(),
    }
}

/// Appends the statements of a plan: all of them or none. Returns how many. Blocks.
///
/// Of a number that goes to another person the phones are revoked in the same go, so that none of them ever has
/// the new person's role. Its open enrolment codes are void before: one that was redeemed in between would be
/// revoked with the others.
///
/// # Errors
/// A statement the log refuses; failures of the store.
pub fn apply(server: &Server, plan: Plan) -> Result<usize, Error> {
    let at = server.now();
    enrol::void_codes(server, &plan.void_codes)?;
    let mut records = Vec::new();
    for officer in plan.replaced {
        records.extend(ops::leave_phones(server, officer)?);
    }
    records.extend(plan.statements.into_iter().map(|s| {
        let new = NewDeskRecord::new(at, s.place, s.body);
        s.notes.into_iter().fold(new, |new, (field, text)| new.with_note(field, text))
    }));
    Ok(author::append(server, records)?.len())
}

/// Remembers whether the TPS are made up, for the footnote of every page.
///
/// # Errors
/// Failures of the store.
pub fn mark_synthetic(server: &Server, synthetic: bool) -> Result<(), Error> {
    let value: &[u8] = if synthetic { b"yes" } else { b"no" };
    Ok(store::write(server.store(), |tx| tx.set_setting(SYNTHETIC, value))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_recognised() {
        let path = format!("{}/../../data/tps.csv", env!("CARGO_MANIFEST_DIR"));
        assert!(is_shipped_tps(&std::fs::read(path).unwrap()), "update SHIPPED_TPS");
        assert!(!is_shipped_tps(b"village_code,number\n"));
    }
}
