//! Why nothing that counts came back from the server, as far as a phone can tell: a wrong address and a missing bar of
//! signal need different people.
//!
//! All of it is a guess from what anybody on the way may have said, for a sentence to a person. Nothing is decided by
//! it but what is told: only a signature decides what a phone believes.

/// What seems to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No connection came about: no signal, no such name, nothing that listens.
    NoNetwork,
    /// The connection broke or stalled on the way, or an answer came damaged.
    Broken,
    /// The phone's address of the server is none that can be asked.
    WrongAddress,
    /// The address leads elsewhere: a redirect, which is never followed.
    Moved,
    /// A web page answered in plain HTTP: most likely a Wi-Fi that wants a sign-in first.
    Portal,
    /// Something before the server refuses whoever asks: 401, 403, 407, 451.
    Refused,
    /// Whoever answers at the address is no Pantau server.
    NotPantau,
    /// Another Pantau server answers: its signature is not that of this one.
    OtherServer,
    /// The server or a proxy before it is in trouble or overloaded: 429 and most of 5xx.
    ServerTrouble,
    /// The server has no room and cannot store now: 507.
    ServerFull,
    /// Whatever little is sent is refused as too long.
    TooLong,
    /// The server answers, and nothing moves.
    Stuck,
    /// This phone stopped it.
    Stopped,
}

/// No reply that counts came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoContact {
    /// What seems to be wrong.
    pub cause: Cause,
    /// More of it, for the log: in English, without addresses.
    pub detail: String,
}

impl std::fmt::Display for NoContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.cause, self.detail)
    }
}

impl NoContact {
    /// With a text for the log.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }
}
