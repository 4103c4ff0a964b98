//! The phone: store, capture, outbox, sync client.
//!
//! A camat or a field officer writes for days without signal; whatever link turns up later carries the
//! records to the server, and others' back. [`Phone`] is the whole of it for an app:
//!
//! ```no_run
//! # use pantau_core::{Budget, Cancel, Env, Error, NewRecord, OpenOptions, Phone, Silent};
//! # use pantau_protocol::{body::*, enrol::Invitation, place::Place};
//! # async fn story(dir: &std::path::Path, qr: &Invitation, tps: Place) -> Result<(), Error> {
//! let phone = Phone::open(dir, Env::real()?, OpenOptions::default())?;
//! phone.enrol(qr).await?;
//! phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await?;
//! // … hours later, far from any road:
//! let incident = Incident { category: Category::Access, severity: Severity::High };
//! phone.capture(NewRecord::new(tps, Body::Incident(incident)))?;
//! assert_eq!(phone.unsent()?.records, 1);
//! // … and at the next bar of signal:
//! phone.sync(Budget { seconds: 25, bytes: 200_000 }, &Silent, &Cancel::new()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The modules follow a record. `draft` keeps what is not finished. `capture` checks a statement, names the
//! field that is wrong or writes record, chain, notes and states in one transaction, so that what was called
//! saved survives a power cut. `identity` holds the keys: one journal each, one open, closed ones only empty
//! their outbox; [`vault`] what seals them on disk. `outbox` is no table but the question what no receipt
//! covers yet. `sync` asks and answers: `request` builds one frame, [`transport`] carries it, `reply` applies
//! what the server signed and nothing else, `page` takes others' records in, `run` goes round until nothing
//! is left. `reference` has what the desk says of regions, stations and officers; `places` folds the state of each
//! place anew with the same code as the server, and `tps`, `directive`, `journal`, `status` show what is there;
//! `findings` has what disagrees or is missing in the officer's places; `words` tells the card in Indonesian or English, `summary` the day; `trust` knows which of the phone's own words
//! count; `repeat` says again what a store whose key was lost had not sent; `handover` does without a server what two
//! phones can settle between them.
//!
//! The modules form a tree: each knows only those below it, which `tests/tests/layering` checks. At the bottom are
//! `limit`, `error`, `env` and the store, which knows nothing of what is kept in it; at the top is `phone`.
//!
//! What holds throughout:
//!
//! - Nothing a person wrote is ever deleted here but a note that the desk erased.
//! - Only a receipt over the phone's own link counts a record as held.
//! - No transaction is open while the network is used; the store is locked for one query at a time.
//! - Clock, randomness and transport come from [`mod@env`]; nothing else knows the time.

pub mod env;
pub mod error;
pub mod limit;
pub mod transport;
pub mod vault;

mod capture;
mod contact;
mod directive;
mod draft;
mod enrol;
mod findings;
mod handover;
mod identity;
mod journal;
mod outbox;
mod phone;
mod places;
mod private;
#[cfg(test)]
mod query_plans;
mod reference;
mod repeat;
mod row;
mod status;
mod store;
mod summary;
mod sync;
mod tps;
mod trust;
mod words;

pub use capture::{NewRecord, Saved};
pub use contact::{Cause, NoContact};
pub use directive::{DirectiveRow, Directives};
pub use draft::Draft;
pub use enrol::{EnrolOutcome, Enrolled};
pub use env::Env;
pub use error::{Error, Retry};
pub use findings::FindingWords;
pub use handover::{
    Answer, ConfirmOutcome, Confirmation, Doubt, GiveOutcome, LookOutcome, Offer, Offered, TakeOutcome,
};
pub use journal::{Delivery, JournalCursor, JournalRow};
pub use outbox::Unsent;
pub use phone::Phone;
pub use status::Status;
pub use store::{OpenOptions, OpenReport};
pub use sync::{Advance, Budget, Cancel, Comparison, Progress, Silent, SyncEnd, SyncReport};
pub use tps::{TimelineRow, TpsCard, TpsQuery, TpsRow};
pub use vault::{KeyError, KeyProvider};
pub use words::{CardWords, RecordWords};
