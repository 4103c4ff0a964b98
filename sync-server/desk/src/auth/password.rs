//! Passwords of operators: argon2id, and a fresh one where a person needs to be given one.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{Output, PasswordHash, PasswordHasher, SaltString},
};

use crate::limit;

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

/// Memory in which passwords are judged, kept from one to the next. It grows to what the hashes need, 19 MB for
/// those that [`hash`] makes, and not beyond [`limit::JUDGE_BLOCKS`].
#[derive(Default)]
pub struct Memory(Vec<Block>);

/// Whether the password fits the hash. Without a hash (nobody has that name) it works as long and says no,
/// so that the time tells nothing about names.
pub fn verify(password: &str, phc: Option<&str>) -> bool {
    verify_in(&mut Memory::default(), password, phc)
}

/// The same in memory that is used again.
pub(crate) fn verify_in(memory: &mut Memory, password: &str, phc: Option<&str>) -> bool {
    if password.len() > MOST_BYTES {
        return false;
    }
    let fits = phc.map(|text| PasswordHash::new(text).ok().and_then(|known| fits(memory, password, &known)));
    match fits.flatten() {
        Some(fits) => fits,
        None => {
            // Nobody, or a hash that cannot be judged.
            let (argon, salt, mut out) = (Argon2::default(), [0; 16], [0; 32]);
            let _ = fill(memory, &argon, password, &salt, &mut out);
            false
        }
    }
}

/// Whether it fits; `None` for a hash that cannot be judged.
fn fits(memory: &mut Memory, password: &str, known: &PasswordHash<'_>) -> Option<bool> {
    let expected: Output = known.hash?;
    let algorithm = Algorithm::try_from(known.algorithm).ok()?;
    let version = known.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let argon = Argon2::new(algorithm, version, Params::try_from(known).ok()?);
    let mut salt = [0; 64];
    let salt = known.salt?.decode_b64(&mut salt).ok()?;
    let got = Output::init_with(expected.len(), |out| {
        fill(memory, &argon, password, salt, out).ok_or(argon2::password_hash::Error::Crypto)
    });
    // `Output` compares in constant time.
    Some(got.ok()? == expected)
}

fn fill(memory: &mut Memory, argon: &Argon2<'_>, password: &str, salt: &[u8], out: &mut [u8]) -> Option<()> {
    let blocks = argon.params().block_count();
    if blocks > limit::JUDGE_BLOCKS {
        tracing::error!(blocks, "a password hash wants more memory than there is for it");
        return None;
    }
    if memory.0.len() < blocks {
        memory.0.reserve_exact(blocks - memory.0.len());
        memory.0.resize(blocks, Block::default());
    }
    let blocks = memory.0.get_mut(..blocks)?;
    argon.hash_password_into_with_memory(password.as_bytes(), salt, out, blocks).ok()
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
    fn memory_is_used_again_for_hashes_of_all_sizes() {
        let mut memory = Memory::default();
        let known = hash("tiang bendera", &[7; 16]).unwrap();
        let small = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let salt = SaltString::encode_b64(&[5; 16]).unwrap();
        let small = small.hash_password(b"tiang", &salt).unwrap().to_string();
        for _ in 0..2 {
            assert!(verify_in(&mut memory, "tiang", Some(&small)));
            assert!(!verify_in(&mut memory, "bendera", Some(&small)));
            assert!(verify_in(&mut memory, "tiang bendera", Some(&known)));
            assert!(!verify_in(&mut memory, "tiang", Some(&known)));
        }
        assert_eq!(memory.0.len(), Params::DEFAULT.block_count(), "and no more");
        let large = known.replace("m=19456", "m=1048576");
        assert!(!verify_in(&mut memory, "tiang bendera", Some(&large)), "more than there is for it");
        assert_eq!(memory.0.len(), Params::DEFAULT.block_count());
    }

    #[test]
    fn generated_passwords_are_easy_to_read_aloud() {
        assert_eq!(generate(&[0; 16]), "aaaa-aaaa-aaaa-aaaa");
        assert!(!ALPHABET.iter().any(|b| b"il1o0".contains(b)));
    }
}
