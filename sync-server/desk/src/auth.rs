//! Who is looking: sign-in, sessions, forms. Pure tables with the time handed in, and the threads of
//! [`judge`]; the handlers are in [`super::sign_in`].

pub mod form;
pub(crate) mod judge;
pub(crate) mod known;
pub mod password;
pub(crate) mod queue;
pub mod session;
pub(crate) mod throttle;
pub mod token;
pub mod totp;

/// Hexadecimal text of 32 bytes, as cookies and form fields carry it.
pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    pantau_protocol::hash::hex(bytes)
}

/// 32 bytes from hexadecimal text; `None` for anything else.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    pantau_protocol::hash::unhex(text)?.try_into().ok()
}
