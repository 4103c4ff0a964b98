//! Every limit of the server, in one place; those of the protocol are in [`pantau_protocol::limit`]. Sizes in
//! bytes unless the name says otherwise. Each says what happens beyond it.

/// Idle readers of the store kept open; beyond, one is opened when it is needed and closed after.
pub(crate) const READERS: usize = 4;
