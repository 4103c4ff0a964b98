//! What an answer that is no reply, or none at all, seems to say of the way to the server.

use pantau_protocol::frame::{self, BadFrame};

use super::post::{Answer, TransportError};
use crate::contact::{Cause, NoContact};

/// Of an answer that is no reply. `url` is the address that was asked.
pub(crate) fn no_reply(url: &str, answer: &Answer, fault: &BadFrame) -> NoContact {
    let cause = cause(url, answer, fault);
    NoContact::new(cause, format!("status {}, {fault}", answer.status))
}

/// Of a transport that brought nothing. A certificate is no matter of contact.
pub(crate) enum Failure {
    /// Nothing came back.
    NoContact(NoContact),
    /// Whoever is at the other end could not show the server's certificate.
    Stranger(String),
}

impl From<TransportError> for Failure {
    fn from(e: TransportError) -> Self {
        Self::NoContact(match e {
            TransportError::NotReached(e) => NoContact::new(Cause::NoNetwork, e),
            TransportError::Cut(e) => NoContact::new(Cause::Broken, e),
            TransportError::Address(e) => NoContact::new(Cause::WrongAddress, e),
            TransportError::Certificate(e) => return Self::Stranger(e),
        })
    }
}

fn cause(url: &str, answer: &Answer, fault: &BadFrame) -> Cause {
    // Behind a certificate that fits the name nobody but the host itself answers.
    let is_plain = url.starts_with("http://");
    let is_page = answer.body.trim_ascii_start().starts_with(b"<");
    match answer.status {
        // A frame, whatever the status says.
        _ if frame::is_frame(&answer.body) => match fault {
            BadFrame::Signature => Cause::OtherServer,
            _ => Cause::Broken,
        },
        511 => Cause::Portal,
        302 | 303 | 307 if is_plain && leads_to_another_host(url, answer) => Cause::Portal,
        300..=399 => Cause::Moved,
        401 | 403 | 407 | 451 => Cause::Refused,
        // What this server says of a frame that came damaged, or too slowly.
        400 | 408 => Cause::Broken,
        413 => Cause::TooLong,
        507 => Cause::ServerFull,
        429 | 500..=599 => Cause::ServerTrouble,
        200..=299 if is_plain && is_page => Cause::Portal,
        _ => Cause::NotPantau,
    }
}

/// Whether a redirect names another host than the one that was asked; one that names none stays.
fn leads_to_another_host(url: &str, answer: &Answer) -> bool {
    let host = |url: &str| {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase())
    };
    // A name without its port: HTTP and HTTPS of one host have different ones.
    let name = |authority: String| authority.split(':').next().map(str::to_owned);
    let there = answer.location.as_deref().and_then(host).and_then(name);
    there.is_some() && there != host(url).and_then(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(url: &str, answer: Answer) -> Cause {
        let fault = frame::parse(&answer.body).map_or_else(|fault| fault, |_| BadFrame::Signature);
        no_reply(url, &answer, &fault).cause
    }

    fn status(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }

    fn to(status: u16, location: &str) -> Answer {
        Answer { status, location: Some(location.into()), ..Answer::default() }
    }

    fn body(status: u16, body: &[u8]) -> Answer {
        Answer { status, body: body.to_vec(), ..Answer::default() }
    }

    #[test]
    fn each_answer_that_is_no_reply_has_its_cause() {
        use Cause as C;
        const TLS: &str = "https://desk.example/v1/exchange";
        const PLAIN: &str = "http://desk.example:8413/v1/exchange";
        let page: &[u8] = b"\r\n<!doctype html><title>Wi-Fi</title>";
        for (url, answer, cause) in [
            (TLS, status(301), C::Moved),
            (TLS, to(302, "https://portal.example/"), C::Moved),
            (PLAIN, to(308, "https://other.example/"), C::Moved),
            (PLAIN, to(302, "https://desk.example/v1/exchange"), C::Moved),
            (PLAIN, to(303, "/sign-in"), C::Moved),
            (PLAIN, to(302, "http://portal.example/?from=desk.example"), C::Portal),
            (PLAIN, to(307, "http://desk.example@portal.example/"), C::Portal),
            (PLAIN, status(511), C::Portal),
            (TLS, status(511), C::Portal),
            (PLAIN, body(200, page), C::Portal),
            (TLS, body(200, page), C::NotPantau),
            (TLS, body(200, b"{}"), C::NotPantau),
            (PLAIN, body(200, b"ok"), C::NotPantau),
            (PLAIN, status(200), C::NotPantau),
            (TLS, body(404, page), C::NotPantau),
            (PLAIN, body(404, page), C::NotPantau),
            (TLS, status(405), C::NotPantau),
            (TLS, status(401), C::Refused),
            (TLS, body(403, page), C::Refused),
            (TLS, status(407), C::Refused),
            (TLS, status(400), C::Broken),
            (TLS, status(413), C::TooLong),
            (TLS, status(429), C::ServerTrouble),
            (TLS, status(500), C::ServerTrouble),
            (PLAIN, body(502, page), C::ServerTrouble),
            (TLS, status(503), C::ServerTrouble),
            (TLS, status(507), C::ServerFull),
            (TLS, status(999), C::NotPantau),
        ] {
            assert_eq!(judged(url, answer.clone()), cause, "{url} {answer:?}");
        }
    }

    #[test]
    fn a_frame_is_of_another_server_or_damaged() {
        let key = pantau_protocol::keys::SecretKey::from_seed(&[1; 32]);
        let frame = frame::seal_reply(frame::FrameKind::Reply, &key, &[0; 32], frame::DICTIONARY, &[0xa0]);
        assert_eq!(judged("http://desk.example", body(200, &frame)), Cause::OtherServer);
        assert_eq!(judged("http://desk.example", body(200, &frame[..20])), Cause::Broken);
    }
}
