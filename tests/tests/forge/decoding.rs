//! Every decoder under damaged input. `cargo xtask fuzz` looks further with the same functions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use pantau_protocol::hash::hex;
use pantau_tests::{
    Campaign,
    decoders::{self, ALL, mutate, vectors},
};

use crate::rig::play;

/// Inputs of one game, shared by all decoders.
const INPUTS: usize = 2_000;

#[test]
fn no_decoder_panics_or_breaks_a_promise() {
    let (corpus, campaign) = (vectors(), Campaign::new("forge_decoding", 40));
    for (name, decode) in ALL {
        let read = corpus.iter().filter(|bytes| decode(bytes)).count();
        assert!(read > 0, "{name} reads nothing of the corpus: what is mutated would never get far");
    }
    let good = ALL.map(|(_, decode)| corpus.iter().filter(|bytes| decode(bytes)).collect::<Vec<_>>());
    play(&campaign, |seed| {
        let mut rng = Rng::with_seed(seed);
        for _ in 0..INPUTS {
            let which = rng.usize(0..ALL.len());
            let (name, decode) = ALL[which];
            // What it reads gets far; what others read may be read in a way nobody thought of.
            let bytes = if rng.u8(0..8) > 0 {
                *rng.choice(&good[which]).unwrap()
            } else {
                rng.choice(&corpus).unwrap()
            };
            let other = rng.choice(&corpus).unwrap();
            let damaged = mutate(&mut rng, bytes, other);
            let done = catch_unwind(AssertUnwindSafe(|| decode(&damaged)));
            assert!(done.is_ok(), "{name} fails on {}", hex(&damaged));
        }
        INPUTS as u64
    });
}

#[test]
fn few_bytes_of_columns_stay_few() {
    // One record whose payload is {2: [0, 0, 0 ...]}: constant columns, so that the list costs no byte.
    let bomb = |items: u64| {
        let mut bytes = vec![1];
        number(&mut bytes, 5);
        // Columns: payload, its keys, the list, the items, notes: all constant, each with its major type.
        bytes.extend_from_slice(&[5, 0, 4, 0, 0].map(|major: u8| major << 2 | 3));
        for left in [1, 1, 1, items, 1] {
            number(&mut bytes, left);
        }
        for constant in [1, 2, items, 0, 0] {
            number(&mut bytes, constant);
        }
        bytes
    };
    assert!(decoders::columns(&bomb(1_000)));
    assert!(!decoders::columns(&bomb(9 << 20)));
    assert!(!decoders::columns(&bomb(u64::MAX >> 1)));
}

/// LEB128.
fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}
