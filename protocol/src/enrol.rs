//! Enrolment: a code of the desk turns a fresh key into an officer's device (docs/PROTOCOL.md#enrolment).
//! `POST /v1/enrol` carries one enrolment frame up and one reply frame down; it is idempotent on
//! (handle, device key).

use crate::{
    address::{self, BadAddress},
    body::ServerKey,
    hash::{self, Tagged},
    journal::DeviceId,
    keys::{Fingerprint, PublicKey, SecretKey, ServerId, Sig},
    place::{Place, Scope},
    receipt::Epoch,
    role::Role,
};

/// Symbols of handles and secrets: Crockford's base 32, which has no letter that looks like a digit.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a handle.
pub const HANDLE_SYMBOLS: usize = 4;
/// What people put between groups of a code beside blanks: none of it is a symbol.
const SEPARATORS: &[char] =
    &['-', '.', '_', '/', ':', '\u{B7}', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}'];
/// Symbols of a secret: 40 bits.
pub const SECRET_SYMBOLS: usize = 8;

/// What an officer types or scans. `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Names the enrolment; not secret.
    pub handle: String,
    /// Proves it; 40 bits.
    pub secret: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({}, secret)", self.handle)
    }
}

/// A QR text taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Base address of the server, as [`address::read`] gives it.
    pub url: String,
    /// Hash of the server's signing key.
    pub fingerprint: Fingerprint,
    /// Handle and secret.
    pub code: Code,
}

/// Why a text is no enrolment code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Does not start with `PANTAU1`, or has too few parts.
    #[error("not an enrolment text")]
    NotOurs,
    /// Handle or secret has the wrong length or a symbol that is not in the alphabet.
    #[error("handle or secret is mistyped")]
    Mistyped,
    /// The fingerprint is damaged.
    #[error("the server's fingerprint is damaged")]
    Fingerprint,
    /// No server can be asked at the address.
    #[error("the server's address is not usable: {0}")]
    Address(BadAddress),
}

/// The `len` symbols of a code as somebody typed it: case and what separates groups do not matter; O is 0, I and L
/// are 1.
pub(crate) fn symbols(text: &str, len: usize) -> Option<String> {
    let symbols: Option<String> = text
        .chars()
        .filter(|c| !(c.is_whitespace() || SEPARATORS.contains(c)))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            c if c.is_ascii() && ALPHABET.contains(&(c as u8)) => Some(c),
            _ => None,
        })
        .collect();
    symbols.filter(|s| s.len() == len)
}

impl Code {
    /// Reads what somebody typed: case and what separates groups do not matter, be it a blank, a dot or a dash; O is 0,
    /// I and L are 1.
    pub fn typed(handle: &str, secret: &str) -> Result<Self, BadCode> {
        match (symbols(handle, HANDLE_SYMBOLS), symbols(secret, SECRET_SYMBOLS)) {
            (Some(handle), Some(secret)) => Ok(Self { handle, secret }),
            _ => Err(BadCode::Mistyped),
        }
    }

    /// A code from random bytes.
    pub fn from_random(random: &[u8; HANDLE_SYMBOLS + SECRET_SYMBOLS]) -> Self {
        let symbols: String =
            random.iter().filter_map(|b| ALPHABET.get(usize::from(b & 31))).map(|b| char::from(*b)).collect();
        let (handle, secret) = symbols.split_at(HANDLE_SYMBOLS);
        Self { handle: handle.to_owned(), secret: secret.to_owned() }
    }

    /// The key both sides derive; the server stores only this.
    pub fn key(&self) -> [u8; 32] {
        hash::tagged("pantau/1/code", &[self.handle.as_bytes(), self.secret.as_bytes()])
    }

    /// Proof that whoever holds `device_key` knows the secret.
    pub fn proof(&self, device_key: &PublicKey) -> [u8; 32] {
        proof(&self.key(), device_key)
    }
}

/// The proof under a derived code key; see [`Code::proof`].
pub fn proof(code_key: &[u8; 32], device_key: &PublicKey) -> [u8; 32] {
    *blake3::keyed_hash(code_key, &device_key.0).as_bytes()
}

impl Invitation {
    /// The text of the QR code: `PANTAU1 HANDLE SECRET FINGERPRINT URL`.
    pub fn to_text(&self) -> String {
        format!("PANTAU1 {} {} {} {}", self.code.handle, self.code.secret, self.fingerprint, self.url)
    }

    /// Reads the text of a QR code.
    pub fn parse(text: &str) -> Result<Self, BadCode> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let &["PANTAU1", handle, secret, fingerprint, url] = parts.as_slice() else {
            return Err(BadCode::NotOurs);
        };
        Ok(Self {
            url: address::read(url).map_err(BadCode::Address)?,
            fingerprint: Fingerprint::from_hex(fingerprint).ok_or(BadCode::Fingerprint)?,
            code: Code::typed(handle, secret)?,
        })
    }
}

/// What a phone sends to redeem a code. The frame is signed by the new key, which stands in its header.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// The handle.
    #[n(0)]
    pub handle: String,
    /// See [`Code::proof`].
    #[n(1)]
    #[cbor(with = "crate::cbor::bytes")]
    pub proof: [u8; 32],
}

crate::int_enum!(
    /// How a redemption ended.
    EnrolOutcome {
        /// Enrolled, now or before with the same key.
        Enrolled = 1,
        /// Handle or secret is wrong, or there were too many tries at this handle from everywhere.
        WrongCode = 2,
        /// Too many wrong tries from this address: it has to wait.
        Asleep = 3,
        /// Another phone redeemed it.
        Used = 4,
        /// Past its validity, or voided by a restore.
        Expired = 5,
    }
);

/// The server's answer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct EnrolReply {
    /// How it ended.
    #[n(0)]
    pub outcome: EnrolOutcome,
    /// First signing key of the server: its fingerprint stands in the QR code.
    #[n(1)]
    pub server_key: PublicKey,
    /// All keys of the server.
    #[n(2)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub keys: Vec<ServerKey>,
    /// The device's certificate, when enrolled.
    #[n(3)]
    pub certificate: Option<Certificate>,
    /// Epoch of the log.
    #[n(4)]
    pub epoch: Epoch,
    /// Server time, unix seconds.
    #[n(5)]
    pub server_time: i64,
    /// Seconds until this address may try again, when asleep.
    #[n(6)]
    #[cbor(default, skip_if = "is_zero")]
    pub wait_s: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// One grant inside a certificate.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct CertifiedGrant {
    /// Role.
    #[n(0)]
    pub role: Role,
    /// Scope.
    #[n(1)]
    pub place: Place,
}

/// The server's word on a device: whose it is and what it may do. Presented to a restored server that
/// no longer knows the device.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Certificate {
    /// The device's public key.
    #[n(0)]
    pub device_key: PublicKey,
    /// The officer.
    #[n(1)]
    pub officer: u32,
    /// Grants at the time of issue.
    #[n(2)]
    #[cbor(decode_with = "crate::cbor::at_most::<_, _, { crate::limit::GRANTS }>")]
    pub grants: Vec<CertifiedGrant>,
    /// The device it follows.
    #[n(3)]
    pub predecessor: Option<DeviceId>,
    /// Server time of issue, unix seconds.
    #[n(4)]
    pub issued_at: i64,
    /// The server.
    #[n(5)]
    pub server: ServerId,
    /// Signature of a server key over the rest.
    #[n(6)]
    pub signature: Sig,
}

impl Certificate {
    /// The hash that the server signs.
    pub fn hash(&self) -> [u8; 32] {
        let mut unsigned = self.clone();
        unsigned.signature = Sig([0; 64]);
        let mut h = Tagged::new("pantau/1/certificate");
        h.part(&crate::cbor::to_vec(&unsigned));
        h.finish()
    }

    /// Puts the server's signature in.
    pub fn sign(mut self, key: &SecretKey) -> Self {
        self.signature = key.sign(&self.hash());
        self
    }

    /// Whether one of these keys signed it.
    pub fn verify(&self, keys: &[PublicKey]) -> bool {
        let hash = self.hash();
        keys.iter().any(|k| k.verify(&hash, &self.signature))
    }

    /// The device.
    pub fn device(&self) -> DeviceId {
        self.device_key.device_id()
    }

    /// What the device may see.
    pub fn scope(&self) -> Scope {
        Scope::new(self.grants.iter().map(|g| g.place.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_text_survives_the_round_trip() {
        let invitation = Invitation {
            url: "https://desk.example:8443".into(),
            fingerprint: Fingerprint([0xAB; 32]),
            code: Code::from_random(&[3, 40, 7, 255, 1, 2, 3, 4, 5, 6, 7, 8]),
        };
        assert_eq!(Invitation::parse(&invitation.to_text()), Ok(invitation));
    }

    #[test]
    fn typing_forgives_what_people_mistake() {
        let code = Code::typed("a1-b2", "oil0 zzzz").unwrap();
        assert_eq!((code.handle.as_str(), code.secret.as_str()), ("A1B2", "0110ZZZZ"));
        let dotted = Code::typed("A1.B2", "oil0\u{2013}zz\u{A0}zz.").unwrap();
        assert_eq!(dotted, code);
        assert_eq!(Code::typed("A1B", "00000000"), Err(BadCode::Mistyped));
        assert_eq!(Code::typed("A1BU", "00000000"), Err(BadCode::Mistyped));
    }

    #[test]
    fn damaged_texts_are_named() {
        assert_eq!(Invitation::parse("https://other.example"), Err(BadCode::NotOurs));
        assert_eq!(Invitation::parse("PANTAU1 A1B2 00000000 abcd https://x"), Err(BadCode::Fingerprint));
        let print = "ab".repeat(32);
        assert_eq!(
            Invitation::parse(&format!("PANTAU1 A1B2 00000000 {print} ftp://x")),
            Err(BadCode::Address(BadAddress::Scheme))
        );
    }
}
