//! Canonical CBOR: the generic walk that checks it, raw values that are never re-encoded,
//! and integer enumerations that keep cases they do not know.
//!
//! Canonical here: shortest integers and lengths, map keys strictly ascending integers,
//! definite lengths, valid UTF-8, no floats, no tags, no trailing bytes.

use minicbor::{
    decode::{Decoder, Error as DecodeError},
    encode::{Encoder, Error as EncodeError, Write},
};

use crate::limit;

/// Why bytes are not canonical CBOR.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Ends in the middle of a value.
    #[error("truncated at byte {0}")]
    Truncated(usize),
    /// A longer form than needed, an indefinite length, a float or a tag.
    #[error("not the shortest plain form at byte {0}")]
    Form(usize),
    /// A map key that is no integer, out of order or doubled.
    #[error("map key out of order at byte {0}")]
    Key(usize),
    /// Text that is not UTF-8.
    #[error("text is not UTF-8 at byte {0}")]
    Text(usize),
    /// Nested deeper than [`limit::CBOR_DEPTH`].
    #[error("nested too deeply at byte {0}")]
    Depth(usize),
    /// Bytes after the value.
    #[error("{0} bytes after the value")]
    Trailing(usize),
}

/// Checks that `bytes` hold exactly one canonical CBOR value.
pub fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    let end = walk(bytes, 0, 0)?;
    match bytes.len() - end {
        0 => Ok(()),
        n => Err(NotCanonical::Trailing(n)),
    }
}

/// Walks one value starting at `at`; returns the index after it.
fn walk(bytes: &[u8], at: usize, depth: usize) -> Result<usize, NotCanonical> {
    if depth > limit::CBOR_DEPTH {
        return Err(NotCanonical::Depth(at));
    }
    let (major, value, mut next) = head(bytes, at)?;
    match major {
        0 | 1 => Ok(next),
        2 | 3 => {
            let len = usize::try_from(value).map_err(|_| NotCanonical::Truncated(at))?;
            let end = next.checked_add(len).ok_or(NotCanonical::Truncated(at))?;
            let content = bytes.get(next..end).ok_or(NotCanonical::Truncated(at))?;
            if major == 3 && std::str::from_utf8(content).is_err() {
                return Err(NotCanonical::Text(at));
            }
            Ok(end)
        }
        4 => {
            for _ in 0..value {
                next = walk(bytes, next, depth + 1)?;
            }
            Ok(next)
        }
        5 => {
            let mut last: Option<(u8, u64)> = None;
            for _ in 0..value {
                let (key_major, key, after) = head(bytes, next)?;
                // Unsigned before negative, each ascending: the order of the encoded bytes.
                if key_major > 1 || last.is_some_and(|l| l >= (key_major, key)) {
                    return Err(NotCanonical::Key(next));
                }
                last = Some((key_major, key));
                next = walk(bytes, after, depth + 1)?;
            }
            Ok(next)
        }
        // false, true, null; floats, undefined and simple values have no place here.
        7 if (20..=22).contains(&value) && next == at + 1 => Ok(next),
        _ => Err(NotCanonical::Form(at)),
    }
}

/// Reads one head: major type, argument, index after it; refuses any but the shortest form.
pub(crate) fn head(bytes: &[u8], at: usize) -> Result<(u8, u64, usize), NotCanonical> {
    let first = *bytes.get(at).ok_or(NotCanonical::Truncated(at))?;
    let (major, info) = (first >> 5, first & 31);
    let width = match info {
        0..=23 => return Ok((major, u64::from(info), at + 1)),
        24..=27 => 1usize << (info - 24),
        _ => return Err(NotCanonical::Form(at)),
    };
    let end = at + 1 + width;
    let raw = bytes.get(at + 1..end).ok_or(NotCanonical::Truncated(at))?;
    let value = raw.iter().fold(0u64, |v, b| (v << 8) | u64::from(*b));
    let shortest = match width {
        1 => 24,
        2 => 1 << 8,
        4 => 1 << 16,
        _ => 1 << 32,
    };
    if value < shortest {
        return Err(NotCanonical::Form(at));
    }
    Ok((major, value, end))
}

/// One CBOR value kept as the bytes it came in, embedded as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Raw(pub Vec<u8>);

impl<C> minicbor::Encode<C> for Raw {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.writer_mut().write_all(&self.0).map_err(EncodeError::write)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Raw {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let start = d.position();
        d.skip()?;
        let bytes = d.input().get(start..d.position());
        bytes.map(|b| Self(b.to_vec())).ok_or_else(DecodeError::end_of_input)
    }
}

/// A vector of bytes as a byte string, not as an array.
pub(crate) fn encode_bytes<C, W: Write>(
    v: &[u8],
    e: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), EncodeError<W::Error>> {
    e.bytes(v)?.ok()
}

/// See [`encode_bytes`].
pub(crate) fn decode_bytes<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Vec<u8>, DecodeError> {
    Ok(d.bytes()?.to_vec())
}

/// Encodes a value to bytes. Writing to memory cannot fail for our own types.
pub fn to_vec<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    match minicbor::encode(value, &mut out) {
        Ok(()) => out,
        // `Error<Infallible>` still has a `message` case; none of our impls makes one.
        Err(_) => Vec::new(),
    }
}

/// Decodes a value that must fill `bytes` exactly.
pub fn from_slice<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, DecodeError> {
    let mut d = Decoder::new(bytes);
    let value = d.decode()?;
    if d.position() == bytes.len() { Ok(value) } else { Err(DecodeError::message("trailing bytes")) }
}

/// Fixed-length byte strings, for `#[cbor(with = "crate::cbor::bytes")]`.
pub mod bytes {
    use super::{DecodeError, Decoder, EncodeError, Encoder, Write};

    /// Writes a byte string.
    pub fn encode<C, const N: usize, W: Write>(
        v: &[u8; N],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(v)?.ok()
    }

    /// Reads a byte string of exactly `N` bytes.
    pub fn decode<C, const N: usize>(d: &mut Decoder<'_>, _: &mut C) -> Result<[u8; N], DecodeError> {
        let position = d.position();
        d.bytes()?.try_into().map_err(|_| DecodeError::message("wrong length of a byte string").at(position))
    }
}

/// Reads a list of at most `MOST` items. They are counted while they are read, not afterwards: many small
/// items take far more memory than bytes.
pub fn at_most<'b, C, T: minicbor::Decode<'b, C>, const MOST: usize>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Vec<T>, DecodeError> {
    let mut items = Vec::new();
    for item in d.array_iter_with(ctx)? {
        if items.len() == MOST {
            return Err(DecodeError::message("too long a list"));
        }
        items.push(item?);
    }
    Ok(items)
}

/// Declares a newtype over `[u8; N]` that is a CBOR byte string and shows itself as hexadecimal.
#[macro_export]
macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $n:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $n]);

        impl $name {
            /// From a slice of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// From hexadecimal text.
            pub fn from_hex(text: &str) -> Option<Self> {
                Self::from_slice(&$crate::hash::unhex(text)?)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::hash::hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                $crate::cbor::bytes::decode(d, ctx).map(Self)
            }
        }
    };
}

/// Declares an enumeration that is an integer on the wire and keeps cases it does not know as `Other(n)`.
#[macro_export]
macro_rules! int_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $n:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A case of a newer version, kept as its number.
            Other(u32),
        }

        impl $name {
            /// The cases this version knows, in order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number on the wire.
            pub fn number(self) -> u32 {
                match self { $(Self::$variant => $n,)+ Self::Other(n) => n }
            }

            /// The case with this number.
            pub fn from_number(n: u32) -> Self {
                match n { $($n => Self::$variant,)+ n => Self::Other(n) }
            }

            /// The name used in exports and logs.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ Self::Other(_) => "Other" }
            }

            /// The case with this name; `None` if unknown.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.name() == name)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u32(self.number())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Ok(Self::from_number(d.u32()?))
            }
        }
    };
}
