//! The policy, case by case: reply and what is known, and the steps that follow.

mod given;
mod journal;
mod log;
