//! Time-based one-time codes (RFC 6238: SHA-1, six digits, thirty seconds), as every authenticator app makes them, and
//! the recovery codes for whoever lost the app.

use pantau_log::store::Totp;
use pantau_protocol::hash;
use ring::hmac;

use crate::limit;

/// Seconds of a time step.
const STEP_S: i64 = 30;
/// How many recovery codes there are.
pub const RECOVERY: usize = 10;
/// The letters of secrets: base32 of RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// New codes of an operator: what the server keeps, and the recovery codes as they are printed once. A recovery code has
/// 80 bits, so a plain hash keeps it secret.
pub fn make(secret: [u8; 20], random: &[[u8; 10]; RECOVERY]) -> (Totp, Vec<String>) {
    let codes: Vec<String> = random.iter().map(|bytes| grouped(&base32(bytes))).collect();
    let recovery = codes.iter().map(|code| recovery_hash(code)).collect();
    (Totp { secret, step: i64::MIN, recovery }, codes)
}

/// What an authenticator app reads: `otpauth://totp/…`.
pub fn uri(operator: &str, server: &str, totp: &Totp) -> String {
    // Apps show a plus as it stands.
    let escaped = |text: &str| -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let (label, issuer) = (escaped(&format!("{server}:{operator}")), escaped(server));
    format!("otpauth://totp/{label}?secret={}&issuer={issuer}", base32(&totp.secret))
}

/// The codes as they are after `typed` was used at `now`, unix seconds; `None` if it is none of them, is used up, or is of
/// another time. Spaces and hyphens do not count, nor does the case of letters.
pub(crate) fn used(totp: &Totp, typed: &str, now: i64) -> Option<Totp> {
    let typed: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let step = now.div_euclid(STEP_S);
    for step in step - limit::TOTP_SKEW..=step + limit::TOTP_SKEW {
        if step > totp.step && is_same(&code(&totp.secret, step), &typed) {
            return Some(Totp { step, ..totp.clone() });
        }
    }
    let hash = recovery_hash(&typed);
    let left: Vec<[u8; 32]> = totp.recovery.iter().copied().filter(|known| *known != hash).collect();
    (left.len() < totp.recovery.len()).then(|| Totp { recovery: left, ..totp.clone() })
}

/// The code of a time step.
pub fn code(secret: &[u8; 20], step: i64) -> String {
    // SHA-1 is what the apps know; as a keyed hash it is sound.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or_default() & 15);
    let four = bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

fn is_same(code: &str, typed: &str) -> bool {
    // In constant time, by the hash that compares so.
    blake3::hash(code.as_bytes()) == blake3::hash(typed.as_bytes())
}

/// The hash of a recovery code. What people mistake is read as it is meant: there is no 0, 1 or 8 in one.
fn recovery_hash(code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    hash::tagged("pantau/desk/recovery", &[plain.to_ascii_uppercase().as_bytes()])
}

fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Bytes as base32; a whole number of five bytes has no padding.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5);
    for five in bytes.chunks(5) {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let count = five.len() * 8 / 5;
        for n in (0..count).rev() {
            let letter = usize::try_from(bits >> (n * 5) & 31).unwrap_or_default();
            text.push(BASE32.get(letter).map_or('A', |b| char::from(*b)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totp() -> (Totp, Vec<String>) {
        make(*b"12345678901234567890", &std::array::from_fn(|n| [u8::try_from(n).unwrap(); 10]))
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six digits.
        let secret = b"12345678901234567890";
        for (at, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, at / 30), expected, "{at}");
        }
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "RFC 4648");
        let (totp, _) = totp();
        assert_eq!(
            uri("siti", "Desk Kalteng", &totp),
            "otpauth://totp/Desk+Kalteng%3Asiti?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Desk+Kalteng"
                .replace('+', "%20")
        );
    }

    #[test]
    fn a_code_is_used_once_and_only_near_its_time() {
        let (totp, _) = totp();
        let now = 1_111_111_109;
        let mine = code(&totp.secret, now / 30);
        for (late, is_taken) in [(-60, false), (-30, true), (0, true), (30, true), (61, false)] {
            assert_eq!(used(&totp, &mine, now + late).is_some(), is_taken, "{late}");
        }
        let after = used(&totp, &format!("{} {}", &mine[..3], &mine[3..]), now).unwrap();
        assert!(used(&after, &mine, now).is_none(), "used up");
        assert!(used(&after, &code(&totp.secret, now / 30 - 1), now).is_none(), "so are those before it");
        assert!(used(&after, &code(&totp.secret, now / 30 + 1), now).is_some());
        for bad in ["", "000000", "0818041", "81804", "abcdef"] {
            assert!(used(&totp, bad, now).is_none(), "{bad}");
        }
    }

    #[test]
    fn each_recovery_code_opens_once() {
        let (totp, codes) = totp();
        assert_eq!((codes.len(), totp.recovery.len()), (RECOVERY, RECOVERY));
        assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
        let after = used(&totp, &codes[3].to_lowercase().replace('-', ""), 0).unwrap();
        assert_eq!(after.recovery.len(), RECOVERY - 1);
        assert!(used(&after, &codes[3], 0).is_none());
        assert!(used(&after, &codes[4], 0).is_some());
    }
}
