//! Handover without a server: the giver's phone shows a dispatch, the receiver's phone answers it, the giver's phone
//! takes the answer in. Each half is a record of its own journal, and neither waits for the other: whatever is odd is
//! told as a [`Doubt`] and stands in nobody's way.

mod confirm;
mod doubt;
mod give;
mod outcome;
mod own;
mod take;

pub use self::outcome::{
    Answer, ConfirmOutcome, Confirmation, Doubt, GiveOutcome, LookOutcome, Offer, Offered, TakeOutcome,
};
pub(crate) use self::{
    confirm::confirm,
    give::give,
    take::{look, take},
};
