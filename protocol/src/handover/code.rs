//! An answer in 12 symbols, to be read aloud in rain and darkness.
//!
//! ```text
//! acceptance 2 bits | officer 14 | receipt 12 | MAC 27 | check symbol 5
//! ```
//!
//! The MAC is keyed with the signature of the offer, which only who saw the giver's QR code has: no server and no
//! record knows it. It shows that whoever made the code had just this dispatch before him and answered so; it does not
//! show who that was.

use crate::{
    body::Acceptance,
    enrol::{self, ALPHABET},
    hash,
    journal::RecordId,
    keys::Sig,
};

/// Symbols, the check symbol included.
const SYMBOLS: usize = 12;
/// Lowest bits of the receiver's officer number that it carries.
pub const OFFICER_BITS: u32 = 14;
/// Lowest bits of the id of the receiver's record that it carries.
const RECEIPT_BITS: u32 = 12;
const MAC_BITS: u32 = 27;
/// Symbols between two dashes.
const GROUP: usize = 4;

/// An answer that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// How the receiver took what was sent.
    pub acceptance: Acceptance,
    /// The lowest [`OFFICER_BITS`] of the receiver's officer number.
    pub officer: u32,
    receipt: u32,
    mac: u32,
}

/// Why a text is no spoken answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSpoken {
    /// Not 12 symbols of the alphabet.
    #[error("not 12 symbols")]
    Symbols,
    /// The check symbol does not fit: one symbol was misheard, or two changed their places.
    #[error("the check symbol does not fit")]
    Check,
}

const fn low(bits: u32) -> u32 {
    (1 << bits) - 1
}

/// The bits of a record's id that a code carries.
fn hint(id: &RecordId) -> u32 {
    let [.., high, last] = *id.as_bytes();
    u32::from(u16::from_be_bytes([high, last])) & low(RECEIPT_BITS)
}

/// What stands before the MAC.
fn said(acceptance: Acceptance, officer: u32, receipt: u32) -> u32 {
    (acceptance.number() & 3) << (OFFICER_BITS + RECEIPT_BITS) | officer << RECEIPT_BITS | receipt
}

fn mac(offer: &Sig, said: u32) -> u32 {
    let key = hash::tagged("pantau/1/handover-code", &[&offer.0]);
    let [a, b, c, d, ..] = *blake3::keyed_hash(&key, &said.to_be_bytes()).as_bytes();
    u32::from_be_bytes([a, b, c, d]) >> (u32::BITS - MAC_BITS)
}

impl Code {
    /// The answer of an officer to the offer with this signature, by this record.
    pub fn new(offer: &Sig, acceptance: Acceptance, officer: u32, receive: &RecordId) -> Self {
        let (officer, receipt) = (officer & low(OFFICER_BITS), hint(receive));
        Self { acceptance, officer, receipt, mac: mac(offer, said(acceptance, officer, receipt)) }
    }

    /// Whether it answers the offer with this signature.
    pub fn answers(&self, offer: &Sig) -> bool {
        self.mac == mac(offer, said(self.acceptance, self.officer, self.receipt))
    }

    /// Whether it may speak of this record: one of 4,096 others fits, too.
    pub fn may_name(&self, receive: &RecordId) -> bool {
        self.receipt == hint(receive)
    }

    /// Its 60 bits, the first symbol highest.
    pub fn number(&self) -> u64 {
        let data =
            u64::from(said(self.acceptance, self.officer, self.receipt)) << MAC_BITS | u64::from(self.mac);
        data << 5 | u64::from(check(data))
    }

    /// From 60 bits.
    ///
    /// # Errors
    /// [`BadSpoken`].
    pub fn from_number(number: u64) -> Result<Self, BadSpoken> {
        let data = number >> 5;
        if data >> (5 * (SYMBOLS - 1)) != 0 {
            return Err(BadSpoken::Symbols);
        }
        if u64::from(check(data)) != number & 31 {
            return Err(BadSpoken::Check);
        }
        let bits = |from: u32, bits: u32| u32::try_from(data >> from & u64::from(low(bits))).unwrap_or(0);
        Ok(Self {
            acceptance: Acceptance::from_number(bits(MAC_BITS + RECEIPT_BITS + OFFICER_BITS, 2)),
            officer: bits(MAC_BITS + RECEIPT_BITS, OFFICER_BITS),
            receipt: bits(MAC_BITS, RECEIPT_BITS),
            mac: bits(0, MAC_BITS),
        })
    }

    /// As it is read aloud: `K7QF-2M9X-0RTD`.
    pub fn to_text(&self) -> String {
        let number = self.number();
        let symbol = |n: usize| {
            let index = usize::try_from(number >> (5 * (SYMBOLS - 1 - n)) & 31).unwrap_or(0);
            ALPHABET.get(index).map_or('0', |b| char::from(*b))
        };
        let mut text = String::new();
        for n in 0..SYMBOLS {
            if n > 0 && n % GROUP == 0 {
                text.push('-');
            }
            text.push(symbol(n));
        }
        text
    }

    /// Reads what somebody heard and typed: case and what separates groups do not matter; O is 0, I and L are 1.
    ///
    /// # Errors
    /// [`BadSpoken`].
    pub fn typed(text: &str) -> Result<Self, BadSpoken> {
        let symbols = enrol::symbols(text, SYMBOLS).ok_or(BadSpoken::Symbols)?;
        let digit = |b: u8| ALPHABET.iter().position(|s| *s == b).and_then(|n| u64::try_from(n).ok());
        let digits: Option<Vec<u64>> = symbols.bytes().map(digit).collect();
        Self::from_number(digits.ok_or(BadSpoken::Symbols)?.into_iter().fold(0, |n, d| n << 5 | d))
    }
}

/// The check symbol: over the field of 32 elements (x⁵ + x² + 1) the symbols, each times x to the number of symbols
/// that follow it, sum up to zero. So one wrong symbol is noticed, and any two that changed their places.
fn check(data: u64) -> u8 {
    let times_x = |n: u8| (n << 1) ^ if n & 16 == 0 { 0 } else { 0b10_0101 };
    (0..SYMBOLS - 1).rev().fold(0, |sum, n| {
        let symbol = u8::try_from(data >> (5 * n) & 31).unwrap_or(0);
        // By Horner: the last symbol of the data has one symbol after it.
        times_x(sum ^ symbol)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(n: u8) -> Code {
        let id = RecordId::from_bytes([n; 16]);
        Code::new(&Sig([n; 64]), Acceptance::WithExceptions, 0x1_2345, &id)
    }

    #[test]
    fn it_is_typed_as_it_is_heard() {
        for n in 0..=255 {
            let text = code(n).to_text();
            assert_eq!((text.len(), Code::typed(&text)), (14, Ok(code(n))));
            let heard = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " . ");
            assert_eq!(Code::typed(&heard), Ok(code(n)), "{heard}");
        }
        for short in ["", "K7QF-2M9X", "K7QF-2M9X-0RTDD", "K7QF-2M9X-0RTU", "K7QF-2M9X-0RT€"] {
            assert_eq!(Code::typed(short), Err(BadSpoken::Symbols), "{short}");
        }
        assert_eq!(Code::from_number(1 << 60), Err(BadSpoken::Symbols));
    }

    #[test]
    fn one_symbol_misheard_or_two_exchanged_are_noticed() {
        for n in 0..32 {
            let text: Vec<u8> = code(n).to_text().bytes().filter(|b| *b != b'-').collect();
            let read = |symbols: &[u8]| Code::typed(std::str::from_utf8(symbols).unwrap());
            for at in 0..SYMBOLS {
                for other in ALPHABET.iter().filter(|s| **s != text[at]) {
                    let mut wrong = text.clone();
                    wrong[at] = *other;
                    assert_eq!(read(&wrong), Err(BadSpoken::Check));
                }
                for with in (0..SYMBOLS).filter(|with| text[*with] != text[at]) {
                    let mut turned = text.clone();
                    turned.swap(at, with);
                    assert_eq!(read(&turned), Err(BadSpoken::Check));
                }
            }
        }
    }

    #[test]
    fn it_answers_its_offer_only_and_says_what_it_says() {
        let (good, id) = (code(7), RecordId::from_bytes([7; 16]));
        assert!(good.answers(&Sig([7; 64])) && good.may_name(&id));
        assert!(!good.answers(&Sig([8; 64])) && !good.may_name(&RecordId::from_bytes([8; 16])));
        assert_eq!((good.officer, good.acceptance), (0x2345, Acceptance::WithExceptions));
        let other = Code { acceptance: Acceptance::AsSent, ..good };
        assert!(!other.answers(&Sig([7; 64])), "what was said is no part of the code");
        assert!(!Code { officer: 5, ..good }.answers(&Sig([7; 64])));
        assert!(!Code { receipt: 5, ..good }.answers(&Sig([7; 64])));
    }
}
