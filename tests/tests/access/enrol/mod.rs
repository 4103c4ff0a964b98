//! Codes: one phone a code, and no guessing.
//!
//! # A million guesses, by calculation
//!
//! A secret has 40 bits. Wrong tries count for a handle and the address they come from: after `ENROL_TRIES` = 5
//! this address sleeps at this handle for `ENROL_SLEEP_S` = 15 minutes, and for twice as long after every further
//! 5, up to `ENROL_SLEEP_MOST_S` = 4 hours; while it sleeps nothing is judged. Within the 72 hours that a code is
//! valid, whoever asks from one address without a pause is judged in 22 waking moments, 110 times. A handle as a
//! whole has 1,000 tries in all its validity, 100 at once and the rest evenly spread, so whoever asks from
//! everywhere has a chance of 1,000 / 2^40, below 2^-30. Of a million guesses all others are wasted.
//! [`guessing`] plays these 72 hours against the server and counts.

mod guessing;
mod phones;
mod racing;
