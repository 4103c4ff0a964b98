//! Signatures: Ed25519 over domain-separated hashes, verified strictly; server identity; words.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::hash;

crate::byte_id!(
    /// A server: first 16 bytes of `blake3(tag ‖ first signing key)`.
    ServerId, 16
);

crate::byte_id!(
    /// What a QR code pins: hash over the server's signing key at enrolment.
    Fingerprint, 32
);

crate::byte_id!(
    /// An Ed25519 public key.
    PublicKey, 32
);

crate::byte_id!(
    /// An Ed25519 signature.
    Sig, 64
);

/// A signing key. `Debug` shows only the public half.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// From 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The 32 bytes it was made from, to be stored wrapped.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a domain-separated hash ([`hash::tagged`]).
    pub fn sign(&self, hash: &[u8; 32]) -> Sig {
        Sig(self.0.sign(hash).to_bytes())
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

impl PublicKey {
    /// Whether `sig` is this key's signature of `hash`. Malleable forms are refused, and keys outside the
    /// group of prime order: implementations differ on what such a key signed.
    pub fn verify(&self, hash: &[u8; 32], sig: &Sig) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| {
            !key.is_weak()
                && key.to_edwards().is_torsion_free()
                && key.verify_strict(hash, &Signature::from_bytes(&sig.0)).is_ok()
        })
    }

    /// The server that first signed with this key.
    pub fn server_id(&self) -> ServerId {
        ServerId(hash::prefix(&hash::tagged("pantau/1/server", &[&self.0])))
    }

    /// What a QR code pins.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(hash::tagged("pantau/1/fingerprint", &[&self.0]))
    }

    /// The device that signs with this key.
    pub fn device_id(&self) -> crate::journal::DeviceId {
        crate::journal::DeviceId::of_key(&self.0)
    }
}

/// Six pronounceable words (72 bits) over the server's and the device's key. Both sides show them at a
/// typed enrolment, so that two people can compare by voice.
pub fn words(server: &PublicKey, device: &PublicKey) -> String {
    const CONSONANTS: &[u8; 16] = b"bcdghjklmnprstwy";
    const VOWELS: &[u8; 4] = b"aiuo";
    let hashed = hash::tagged("pantau/1/words", &[&server.0, &device.0]);
    let syllable = |bits: usize| {
        let consonant = CONSONANTS.get(bits >> 2 & 15).copied().unwrap_or(b'b');
        let vowel = VOWELS.get(bits & 3).copied().unwrap_or(b'a');
        [char::from(consonant), char::from(vowel)]
    };
    let bits: Vec<usize> = hashed
        .chunks_exact(3)
        .take(3)
        .flat_map(|c| {
            let n = c.iter().fold(0usize, |n, b| n << 8 | usize::from(*b));
            [n >> 18 & 63, n >> 12 & 63, n >> 6 & 63, n & 63]
        })
        .collect();
    bits.chunks_exact(2)
        .map(|pair| pair.iter().flat_map(|b| syllable(*b)).collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_its_hash_and_key_only() {
        let (a, b) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
        let sig = a.sign(&[7; 32]);
        assert!(a.public().verify(&[7; 32], &sig));
        assert!(!a.public().verify(&[8; 32], &sig));
        assert!(!b.public().verify(&[7; 32], &sig));
    }

    #[test]
    fn small_order_keys_are_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut sig = [0; 64];
        sig[0] = 1;
        assert!(!PublicKey(neutral).verify(&[0; 32], &Sig(sig)));
    }

    #[test]
    fn words_are_six_and_change_with_either_key() {
        let [a, b, c] = [1, 2, 3].map(|n| SecretKey::from_seed(&[n; 32]).public());
        assert_eq!(words(&a, &b).split(' ').count(), 6);
        assert!(words(&a, &b).split(' ').all(|w| w.len() == 4));
        assert_ne!(words(&a, &b), words(&a, &c));
        assert_ne!(words(&a, &b), words(&c, &b));
    }
}
