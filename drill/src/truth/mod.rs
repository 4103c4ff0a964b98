//! The truth of a drill: goods, people, weather, clocks, boats. What goes wrong goes wrong in the world, and officers
//! report what they see of it; the engine gets their reports alone, and what it finds is held against the truth.
//!
//! [`places`] and [`people`] are who and where, [`goods`] what is in the boxes, [`fates`] who meets which fate. The story
//! is told in [`world`]: bulk goods ([`supply`]), the way of the kits ([`road`], [`arrivals`], [`door`]), visits
//! ([`visits`]), the day of the election ([`voting`]), what becomes of phones ([`phones`]). It leaves [`cause`]s;
//! [`settle`] adds what follows from the times at which reports reached the server.

mod arrivals;
pub mod cause;
pub mod days;
mod door;
pub mod fates;
pub mod goods;
pub mod people;
mod phones;
pub mod places;
mod road;
pub mod rule;
pub mod settle;
mod supply;
mod visits;
mod voting;
pub mod world;

pub use cause::{Cause, Passing};
pub use rule::Rule;
pub use world::{Shipped, Size, World};

#[cfg(test)]
mod tests;
