//! The frame: what travels in one HTTP body, either way.
//!
//! ```text
//! "PT" | version 1 | kind 1 | dictionary 1 | flags 1
//!      | device 16, or with flag KEY its public key 32 (requests)
//!      | with flag KEY the server's public key 32 (answers to an enrolment)
//!      | first, count as CBOR integers, link 32 (flag SPAN) | signature 64 | body
//! ```
//!
//! A phone sends its whole key where the server may not know it yet: at enrolment, when it presents its
//! certificate, and when it succeeds another device. The server sends its key with the answer to an
//! enrolment: the phone holds it against the fingerprint of the QR code before it trusts anything else.
//!
//! The body is a zstd frame without its 4 magic bytes. The signature covers everything but itself and
//! is verified before anything is decompressed. Nothing here depends on HTTP headers.

use std::{io::Read, sync::OnceLock};

use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::{
    hash::{self, Tagged},
    journal::{DeviceId, Link},
    keys::{PublicKey, SecretKey, Sig},
    limit,
    segment::Span,
};

const MAGIC: &[u8; 2] = b"PT";
/// Version of the frame layout.
pub const VERSION: u8 = 1;
/// The newest dictionary this version knows; number 1 is supported for ever, 0 means none.
pub const DICTIONARY: u8 = 1;
const DICTIONARY_1: &[u8] = include_bytes!("../assets/dictionary-1.zdict");
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Level of short bodies, where each byte counts, and of long ones: for those higher levels save little and
/// cost half as much again.
const LEVELS: [i32; 2] = [15, 6];
/// Bytes from which on a body is long.
const LONG: usize = 16 << 10;
const FLAG_SPAN: u8 = 1;
const FLAG_KEY: u8 = 2;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A phone's half of the exchange.
    Request = 1,
    /// The server's half.
    Reply = 2,
    /// A phone that redeems an enrolment.
    Enrol = 3,
    /// The server's answer to that.
    EnrolReply = 4,
}

/// Why bytes are no frame. All of it comes from outside; none of it panics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Not a Pantau frame at all: a captive portal, a proxy's error page.
    #[error("not a Pantau frame")]
    NotAFrame,
    /// A version this side does not speak.
    #[error("frame version {0} is not supported")]
    Version(u8),
    /// Ends too early or holds an impossible number.
    #[error("frame header is damaged")]
    Header,
    /// Over [`limit::FRAME_BYTES`].
    #[error("frame of {0} bytes is over the limit")]
    TooLong(usize),
    /// The signature does not fit.
    #[error("frame signature does not verify")]
    Signature,
    /// A dictionary this side does not have.
    #[error("dictionary {0} is not known")]
    Dictionary(u8),
    /// The body does not decompress within the limits.
    #[error("frame body does not decompress within the limits")]
    Body,
}

/// A frame taken apart, not yet verified.
#[derive(Debug, Clone)]
pub struct Parsed<'a> {
    /// What it is.
    pub kind: FrameKind,
    /// Dictionary of the body.
    pub dictionary: u8,
    /// Sender; only requests name one.
    pub device: Option<DeviceId>,
    /// Sender's key, where it put it in.
    pub key: Option<PublicKey>,
    /// The records it carries, as signed.
    pub span: Option<Span>,
    /// The signature.
    pub signature: Sig,
    header: &'a [u8],
    body: &'a [u8],
}

/// What must be kept of a frame to prove later who sent the records in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// All bytes before the signature.
    pub header: Vec<u8>,
    /// BLAKE3 of the body as sent.
    pub body_hash: [u8; 32],
    /// The signature.
    pub signature: Sig,
}

impl Evidence {
    /// The hash that the device signed.
    pub fn signed_hash(&self) -> [u8; 32] {
        signed_hash(&self.header, None, &self.body_hash)
    }
}

/// Whether bytes are meant as a frame, be it a damaged one or one of another version.
pub fn is_frame(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Hash of a whole request frame, which the reply's signature covers.
pub fn request_hash(frame: &[u8]) -> [u8; 32] {
    hash::tagged("pantau/1/request", &[frame])
}

/// How a phone names itself in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// By device id: the server knows the key.
    Known,
    /// By public key.
    Introduced,
}

/// Seals a phone's frame.
pub fn seal(
    kind: FrameKind,
    key: &SecretKey,
    sender: Sender,
    span: Option<&Span>,
    dictionary: u8,
    body: &[u8],
) -> Vec<u8> {
    let (flag, name) = match sender {
        Sender::Known => (0, key.public().device_id().0.to_vec()),
        Sender::Introduced => (FLAG_KEY, key.public().0.to_vec()),
    };
    let mut header = start(kind, dictionary, flag | if span.is_some() { FLAG_SPAN } else { 0 });
    header.extend_from_slice(&name);
    if let Some(span) = span {
        header.extend_from_slice(&crate::cbor::to_vec(&span.first));
        header.extend_from_slice(&crate::cbor::to_vec(&span.count));
        header.extend_from_slice(&span.link.0);
    }
    finish(header, key, None, dictionary, body)
}

/// Seals the server's answer to the request with this hash. The answer to an enrolment carries the key.
pub fn seal_reply(
    kind: FrameKind,
    key: &SecretKey,
    request: &[u8; 32],
    dictionary: u8,
    body: &[u8],
) -> Vec<u8> {
    let mut header = start(kind, dictionary, if kind == FrameKind::EnrolReply { FLAG_KEY } else { 0 });
    if kind == FrameKind::EnrolReply {
        header.extend_from_slice(&key.public().0);
    }
    finish(header, key, Some(request), dictionary, body)
}

fn start(kind: FrameKind, dictionary: u8, flags: u8) -> Vec<u8> {
    let [p, t] = *MAGIC;
    vec![p, t, VERSION, kind as u8, dictionary, flags]
}

fn finish(
    header: Vec<u8>,
    key: &SecretKey,
    request: Option<&[u8; 32]>,
    dictionary: u8,
    body: &[u8],
) -> Vec<u8> {
    let packed = compress(dictionary, body);
    let signature = key.sign(&signed_hash(&header, request, blake3::hash(&packed).as_bytes()));
    let mut out = header;
    out.extend_from_slice(&signature.0);
    out.extend_from_slice(&packed);
    out
}

fn signed_hash(header: &[u8], request: Option<&[u8; 32]>, body_hash: &[u8; 32]) -> [u8; 32] {
    let mut h = Tagged::new(if request.is_some() { "pantau/1/reply" } else { "pantau/1/frame" });
    h.part(header).part(body_hash);
    if let Some(request) = request {
        h.part(request);
    }
    h.finish()
}

/// Takes a frame apart without trusting any of it.
pub fn parse(bytes: &[u8]) -> Result<Parsed<'_>, BadFrame> {
    if bytes.len() > limit::FRAME_BYTES {
        return Err(BadFrame::TooLong(bytes.len()));
    }
    let rest = bytes.strip_prefix(MAGIC).ok_or(BadFrame::NotAFrame)?;
    let (&[version, kind, dictionary, flags], mut rest) =
        rest.split_first_chunk::<4>().ok_or(BadFrame::NotAFrame)?;
    if version != VERSION {
        return Err(BadFrame::Version(version));
    }
    let kind = match kind {
        1 => FrameKind::Request,
        2 => FrameKind::Reply,
        3 => FrameKind::Enrol,
        4 => FrameKind::EnrolReply,
        _ => return Err(BadFrame::Header),
    };
    if flags & !(FLAG_SPAN | FLAG_KEY) != 0 {
        return Err(BadFrame::Header);
    }
    let (mut device, mut key) = (None, None);
    match kind {
        FrameKind::Request | FrameKind::Enrol if flags & FLAG_KEY != 0 => {
            let named = PublicKey(take::<32>(&mut rest)?);
            (device, key) = (Some(named.device_id()), Some(named));
        }
        FrameKind::Request => device = Some(DeviceId(take::<16>(&mut rest)?)),
        FrameKind::Reply if flags == 0 => {}
        FrameKind::EnrolReply if flags == FLAG_KEY => key = Some(PublicKey(take::<32>(&mut rest)?)),
        FrameKind::Enrol | FrameKind::Reply | FrameKind::EnrolReply => return Err(BadFrame::Header),
    }
    let mut span = None;
    if flags & FLAG_SPAN != 0 && kind != FrameKind::Request {
        return Err(BadFrame::Header);
    }
    if flags & FLAG_SPAN != 0 {
        let mut d = minicbor::Decoder::new(rest);
        let (first, count) = (d.u64().map_err(|_| BadFrame::Header)?, d.u64().map_err(|_| BadFrame::Header)?);
        rest = rest.get(d.position()..).ok_or(BadFrame::Header)?;
        let link = Link(take::<32>(&mut rest)?);
        let sound = first > 0
            && (1..=limit::SEGMENT_RECORDS as u64).contains(&count)
            // Stores keep sequence numbers as signed integers.
            && first.checked_add(count).is_some_and(|end| i64::try_from(end).is_ok());
        if !sound {
            return Err(BadFrame::Header);
        }
        span = Some(Span { first, count, link });
    }
    let header = bytes.get(..bytes.len() - rest.len()).ok_or(BadFrame::Header)?;
    let signature = Sig(take::<64>(&mut rest)?);
    Ok(Parsed { kind, dictionary, device, key, span, signature, header, body: rest })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BadFrame> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(BadFrame::Header)?;
    *rest = tail;
    Ok(*head)
}

impl Parsed<'_> {
    /// Verifies a phone's frame under the device's key and returns the body.
    ///
    /// # Errors
    /// [`BadFrame::Signature`] also when the key is not the device the frame names.
    pub fn open(&self, key: &PublicKey) -> Result<Vec<u8>, BadFrame> {
        let evidence = self.evidence();
        if self.device != Some(key.device_id()) || !key.verify(&evidence.signed_hash(), &self.signature) {
            return Err(BadFrame::Signature);
        }
        decompress(self.dictionary, self.body)
    }

    /// Verifies a server's answer to the request with this hash and returns the body.
    pub fn open_reply(&self, keys: &[PublicKey], request: &[u8; 32]) -> Result<Vec<u8>, BadFrame> {
        let hash = signed_hash(self.header, Some(request), blake3::hash(self.body).as_bytes());
        if self.device.is_some() || !keys.iter().any(|k| k.verify(&hash, &self.signature)) {
            return Err(BadFrame::Signature);
        }
        decompress(self.dictionary, self.body)
    }

    /// What proves later who sent this.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            header: self.header.to_vec(),
            body_hash: *blake3::hash(self.body).as_bytes(),
            signature: self.signature,
        }
    }
}

fn dictionary_bytes(number: u8) -> Option<&'static [u8]> {
    match number {
        0 => Some(&[]),
        1 => Some(DICTIONARY_1),
        _ => None,
    }
}

/// Whether this version can use dictionary `number`.
pub fn knows_dictionary(number: u8) -> bool {
    dictionary_bytes(number).is_some()
}

fn encoder(number: u8, body: usize) -> &'static EncoderDictionary<'static> {
    static NONE: [OnceLock<EncoderDictionary<'static>>; 2] = [OnceLock::new(), OnceLock::new()];
    static ONE: [OnceLock<EncoderDictionary<'static>>; 2] = [OnceLock::new(), OnceLock::new()];
    let [short, long] = if number == 1 { &ONE } else { &NONE };
    let (cell, level) = if body < LONG { (short, LEVELS[0]) } else { (long, LEVELS[1]) };
    cell.get_or_init(|| EncoderDictionary::copy(dictionary_bytes(number).unwrap_or_default(), level))
}

fn decoder(number: u8) -> &'static DecoderDictionary<'static> {
    static NONE: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    static ONE: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    let cell = if number == 1 { &ONE } else { &NONE };
    cell.get_or_init(|| DecoderDictionary::copy(dictionary_bytes(number).unwrap_or_default()))
}

/// The body as one zstd frame without its magic bytes.
pub(crate) fn compress(dictionary: u8, body: &[u8]) -> Vec<u8> {
    let packed = zstd::bulk::Compressor::with_prepared_dictionary(encoder(dictionary, body.len())).and_then(
        |mut c| {
            c.include_dictid(false)?;
            c.include_checksum(false)?;
            c.include_contentsize(false)?;
            c.compress(body)
        },
    );
    // zstd fails only when memory is out; an empty body then reads as damaged, never as something else.
    let packed = packed.unwrap_or_default();
    packed.strip_prefix(&ZSTD_MAGIC).map(<[u8]>::to_vec).unwrap_or_default()
}

/// Counterpart of [`compress`].
pub(crate) fn decompress(dictionary: u8, body: &[u8]) -> Result<Vec<u8>, BadFrame> {
    if dictionary_bytes(dictionary).is_none() {
        return Err(BadFrame::Dictionary(dictionary));
    }
    let unpack = || -> std::io::Result<Option<Vec<u8>>> {
        let input = ZSTD_MAGIC.as_slice().chain(body);
        let mut d = zstd::Decoder::with_prepared_dictionary(input, decoder(dictionary))?.single_frame();
        d.window_log_max(limit::WINDOW_LOG)?;
        let mut out = Vec::new();
        d.by_ref().take(limit::DECODED_BYTES as u64 + 1).read_to_end(&mut out)?;
        let fits = out.len() <= limit::DECODED_BYTES;
        // Bytes after the frame are not ours: a signature covers them, yet nothing would read them.
        let whole = fits && d.finish().into_inner().1.is_empty();
        Ok(whole.then_some(out))
    };
    unpack().ok().flatten().ok_or(BadFrame::Body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SecretKey {
        SecretKey::from_seed(&[n; 32])
    }

    #[test]
    fn a_sealed_frame_opens_under_its_key_only() {
        let span = Span { first: 300, count: 2, link: Link([9; 32]) };
        for dictionary in [0, 1] {
            let bytes = seal(FrameKind::Request, &key(1), Sender::Known, Some(&span), dictionary, b"body");
            let parsed = parse(&bytes).unwrap();
            assert_eq!(parsed.span, Some(span));
            assert_eq!(parsed.open(&key(1).public()).unwrap(), b"body");
            assert_eq!(parsed.open(&key(2).public()), Err(BadFrame::Signature));
        }
    }

    #[test]
    fn a_body_may_repeat_itself_but_has_an_end() {
        let body = vec![b'x'; limit::DECODED_BYTES];
        let bytes = seal(FrameKind::Request, &key(1), Sender::Known, None, 1, &body);
        assert_eq!(parse(&bytes).unwrap().open(&key(1).public()), Ok(body.clone()));
        let longer = [body, vec![b'x']].concat();
        let bytes = seal(FrameKind::Request, &key(1), Sender::Known, None, 1, &longer);
        assert_eq!(parse(&bytes).unwrap().open(&key(1).public()), Err(BadFrame::Body));
    }

    #[test]
    fn a_reply_fits_its_request_only() {
        let bytes = seal_reply(FrameKind::Reply, &key(3), &[1; 32], 1, b"answer");
        let parsed = parse(&bytes).unwrap();
        assert_eq!(parsed.open_reply(&[key(4).public(), key(3).public()], &[1; 32]).unwrap(), b"answer");
        assert_eq!(parsed.open_reply(&[key(3).public()], &[2; 32]), Err(BadFrame::Signature));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let span = Span { first: 1, count: 1, link: Link([9; 32]) };
        let good = seal(
            FrameKind::Request,
            &key(1),
            Sender::Introduced,
            Some(&span),
            1,
            b"some body that is worth a signature",
        );
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let opened = parse(&bad).and_then(|p| p.open(&key(1).public()));
            assert!(opened.is_err(), "bit {bit} flipped and accepted");
        }
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut packed = compress(1, b"fine");
        packed.extend_from_slice(b"more");
        assert_eq!(decompress(1, &packed), Err(BadFrame::Body));
    }

    #[test]
    fn a_portal_page_is_not_a_frame() {
        assert_eq!(parse(b"<html>Login</html>").unwrap_err(), BadFrame::NotAFrame);
        assert_eq!(parse(b"").unwrap_err(), BadFrame::NotAFrame);
    }
}
