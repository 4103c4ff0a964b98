//! Codes: one phone a code, and no guessing.
//!
//! # A million guesses, by calculation
//!
//! A secret has 40 bits. Wrong tries count for its handle, whoever makes them and from wherever: after
//! `ENROL_TRIES` = 5 the handle sleeps for `ENROL_SLEEP_S` = 15 minutes, and for twice as long after every
//! further 5, up to `ENROL_SLEEP_MOST_S` = 4 hours; while it sleeps nothing is judged. Within the 72 hours
//! that a code is valid, whoever asks without a pause is judged in 22 waking moments, 110 times: a chance of
//! 110 / 2^40, below 2^-33, where 2^-30 is allowed. Of a million guesses all others are wasted.
//! [`guessing`] plays these 72 hours against the server and counts.

mod guessing;
mod phones;
mod racing;
