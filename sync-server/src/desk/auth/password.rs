//! Passwords of operators: argon2id, and a fresh one where a person needs to be given one.

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};

/// Symbols of a generated password: no letter that looks like another.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Symbols in a generated password: 79 bits.
pub const GENERATED: usize = 16;
/// Longest password looked at: hashing longer ones would only cost time.
pub const MOST_BYTES: usize = 256;
/// Shortest password an operator may choose.
pub const LEAST_CHARS: usize = 12;

/// A password from random bytes, in groups of four.
pub fn generate(random: &[u8; GENERATED]) -> String {
    let mut text = String::with_capacity(GENERATED + 3);
    for (n, byte) in random.iter().enumerate() {
        if n > 0 && n % 4 == 0 {
            text.push('-');
        }
        text.extend(ALPHABET.get(usize::from(byte % 31)).map(|b| char::from(*b)));
    }
    text
}

/// The argon2id hash of a password, as PHC text. Slow by design: never on an async thread.
///
/// # Errors
/// Only if the parameters of the algorithm were wrong.
pub fn hash(password: &str, salt: &[u8; 16]) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::encode_b64(salt)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

/// Whether the password fits the hash. Without a hash (nobody has that name) it works as long and says no,
/// so that the time tells nothing about names.
pub fn verify(password: &str, phc: Option<&str>) -> bool {
    if password.len() > MOST_BYTES {
        return false;
    }
    match phc.and_then(|text| PasswordHash::new(text).ok()) {
        Some(known) => Argon2::default().verify_password(password.as_bytes(), &known).is_ok(),
        None => {
            let _ = hash(password, &[0; 16]);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let phc = hash("tiang bendera", &[7; 16]).unwrap();
        assert!(phc.starts_with("$argon2id$"));
        assert!(verify("tiang bendera", Some(&phc)));
        assert!(!verify("tiang", Some(&phc)));
        assert!(!verify("tiang bendera", None));
        assert!(!verify("x", Some("not a hash")));
    }

    #[test]
    fn generated_passwords_are_easy_to_read_aloud() {
        assert_eq!(generate(&[0; 16]), "aaaa-aaaa-aaaa-aaaa");
        assert!(!ALPHABET.iter().any(|b| b"il1o0".contains(b)));
    }
}
