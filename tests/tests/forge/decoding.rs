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
fn a_list_that_announces_more_than_there_may_be_is_refused_unread() {
    // {0: base, 2: records}: records, or notes of one, without end.
    let base = [&[0xA2, 0x00, 0x48][..], &[0; 8], &[0x02]].concat();
    let announced = |inside: &[u8], most: u64| {
        [&base[..], inside, &[0x9B], &most.to_be_bytes(), &[0x40, 0x80].repeat(40)].concat()
    };
    for most in [1 << 20, 1 << 40, u64::MAX] {
        assert!(!decoders::segment(&announced(&[], most)), "{most} records");
        assert!(!decoders::segment(&announced(&[0x82, 0x40], most)), "{most} notes");
    }
    let two = [&base[..], &[0x84, 0x40, 0x80, 0x40, 0x80]].concat();
    assert!(decoders::segment(&two));
    let odd = [&base[..], &[0x83, 0x40, 0x80, 0x40]].concat();
    assert!(!decoders::segment(&odd), "a record without a list of notes");
}
