//! Nobody sees or says anything beyond what he was given: every route, every kind of record, all kecamatan.
//!
//! `admins` has those who hand rights out; `desk` the desk of one region at every route; `matrix` has who may say and see what, written down once more and by hand; `pairs` all 136 kecamatan
//! against each other; `routes` every address of the server; `pages` what people wrote, on every page;
//! `phones` the same from where an officer stands.

mod admins;
mod desk;
mod matrix;
mod pages;
mod pairs;
mod phones;
mod routes;
mod said;
