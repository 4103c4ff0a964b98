//! The edge cases in which implementations of Ed25519 differ. Those that are signatures of nobody are refused,
//! so nobody can show two servers the same bytes and have only one believe them.

use fastrand::Rng;
use pantau_protocol::keys::{PublicKey, SecretKey, Sig};
use pantau_tests::Campaign;
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("ed25519.json")).unwrap()
}

fn hex<const N: usize>(v: &Value) -> [u8; N] {
    pantau_protocol::hash::unhex(v.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn joined(r: [u8; 32], s: [u8; 32]) -> Sig {
    Sig([r, s].concat().try_into().unwrap())
}

#[test]
fn the_many_eddsas_are_one() {
    let file = vectors();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 17);
    for case in cases {
        let (key, signature) = (PublicKey(hex(&case["key"])), Sig(hex(&case["signature"])));
        assert!(!key.verify(&hex(&case["message"]), &signature), "{}", case["name"]);
    }
}

#[test]
fn points_of_small_order_sign_nothing() {
    let (file, campaign) = (vectors(), Campaign::new("forge_small_order", 32));
    let points: Vec<[u8; 32]> = file["small_order"].as_array().unwrap().iter().map(hex).collect();
    for seed in campaign.seeds() {
        let mut rng = Rng::with_seed(seed);
        let (mut message, mut seed, mut s) = ([0; 32], [0; 32], [0; 32]);
        rng.fill(&mut message);
        rng.fill(&mut seed);
        rng.fill(&mut s[..31]);
        let honest = SecretKey::from_seed(&seed);
        let signed = honest.sign(&message);
        let half: [u8; 32] = *signed.0.last_chunk().unwrap();
        for r in &points {
            for scalar in [[0; 32], s, half] {
                for key in &points {
                    assert!(!PublicKey(*key).verify(&message, &joined(*r, scalar)), "{key:02x?} {r:02x?}");
                }
                assert!(!honest.public().verify(&message, &joined(*r, scalar)), "{r:02x?}");
            }
        }
        for key in &points {
            assert!(!PublicKey(*key).verify(&message, &signed), "{key:02x?}");
        }
    }
}

#[test]
fn a_signature_has_one_form() {
    let (file, campaign) = (vectors(), Campaign::new("forge_forms", 200));
    let order: [u8; 32] = hex(&file["group_order"]);
    for seed in campaign.seeds() {
        let mut rng = Rng::with_seed(seed);
        let (mut message, mut seed) = ([0; 32], [0; 32]);
        rng.fill(&mut message);
        rng.fill(&mut seed);
        let key = SecretKey::from_seed(&seed);
        let signed = key.sign(&message);
        let (r, mut s): ([u8; 32], [u8; 32]) =
            (*signed.0.first_chunk().unwrap(), *signed.0.last_chunk().unwrap());
        assert!(key.public().verify(&message, &joined(r, s)));
        // S is taken modulo the group order: there are fifteen more of it in 32 bytes.
        let mut more = 0;
        while let Some(next) = sum(&s, &order) {
            (s, more) = (next, more + 1);
            assert!(!key.public().verify(&message, &joined(r, s)), "S and {more} times the order");
        }
        assert!(more >= 14);
        let mut other = r;
        other[31] ^= 0x80;
        assert!(!key.public().verify(&message, &joined(other, s)));
    }
}

/// The sum of two little-endian numbers, if it fits.
fn sum(a: &[u8; 32], b: &[u8; 32]) -> Option<[u8; 32]> {
    let (mut out, mut carry) = ([0; 32], 0u16);
    for (o, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        let digit = u16::from(*a) + u16::from(*b) + carry;
        (*o, carry) = ((digit & 0xff) as u8, digit >> 8);
    }
    (carry == 0).then_some(out)
}
