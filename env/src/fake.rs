//! Time and randomness that a test or a simulation holds in its hands.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    time::Duration,
};

use crate::{Clock, Entropy, NoEntropy, SystemClock};

/// A clock that stands still until it is moved, and can be set wrong.
#[derive(Debug)]
pub struct HandClock {
    /// Unix seconds.
    wall: AtomicI64,
    /// Milliseconds that were told to pass.
    told: AtomicU64,
    /// Goes on by itself.
    real: Option<SystemClock>,
}

impl HandClock {
    /// Both clocks stand until they are told to move: wall clock at `now`, monotonic clock at zero.
    pub fn at(now: i64) -> Self {
        Self { wall: AtomicI64::new(now), told: AtomicU64::new(0), real: None }
    }

    /// Monotonic time goes on by itself, too, for code that measures how long its own work takes.
    pub fn beside_real_time(now: i64) -> Self {
        Self { real: Some(SystemClock::new()), ..Self::at(now) }
    }

    /// Wall clock, unix seconds.
    pub fn now(&self) -> i64 {
        self.wall.load(SeqCst)
    }

    /// `seconds` pass, on both clocks. A negative number turns only the wall clock back.
    pub fn pass(&self, seconds: i64) {
        self.wall.fetch_add(seconds, SeqCst);
        if let Ok(seconds) = u64::try_from(seconds) {
            self.wait(Duration::from_secs(seconds));
        }
    }

    /// Monotonic time passes, and the wall clock stands.
    pub fn wait(&self, time: Duration) {
        self.told.fetch_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), SeqCst);
    }

    /// Somebody sets the wall clock, in unix seconds.
    pub fn set(&self, now: i64) {
        self.wall.store(now, SeqCst);
    }

    /// Time passes on both clocks until the wall clock shows `at`, in unix seconds; never back.
    pub fn advance_to(&self, at: i64) {
        let before = self.wall.fetch_max(at, SeqCst);
        self.wait(Duration::from_secs(u64::try_from(at.saturating_sub(before)).unwrap_or(0)));
    }
}

impl Clock for HandClock {
    fn now(&self) -> i64 {
        Self::now(self)
    }

    fn monotonic(&self) -> Duration {
        let told = Duration::from_millis(self.told.load(SeqCst));
        self.real.as_ref().map_or(told, |clock| told + clock.monotonic())
    }
}

/// Bytes that follow from a seed: different at each draw, the same at each run. Anybody can guess them.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    who: u64,
    /// How many blocks were drawn so far.
    drawn: AtomicU64,
}

/// Bytes of one draw of [`SeededEntropy`]; a longer request takes several draws.
pub const BLOCK: usize = 32;

impl SeededEntropy {
    /// A stream of its own for `who` under `seed`.
    pub fn new(seed: u64, who: u64) -> Self {
        Self { seed, who, drawn: AtomicU64::new(0) }
    }

    /// What the `n`th draw gives, from 1.
    pub fn draw(seed: u64, who: u64, n: u64) -> [u8; BLOCK] {
        let stream = mixed(mixed(seed) ^ who);
        let mut block = [0; BLOCK];
        for (word, i) in block.chunks_exact_mut(8).zip(0_u64..) {
            word.copy_from_slice(&mixed(stream ^ mixed(n.wrapping_mul(4).wrapping_add(i))).to_le_bytes());
        }
        block
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(BLOCK) {
            let n = self.drawn.fetch_add(1, SeqCst).wrapping_add(1);
            chunk.iter_mut().zip(Self::draw(self.seed, self.who, n)).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

/// SplitMix64's output function: each input bit moves about half of the output bits.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_hand_clock_moves_only_when_it_is_told() {
        let clock = HandClock::at(100);
        clock.pass(5);
        clock.wait(Duration::from_millis(250));
        assert_eq!((clock.now(), clock.monotonic()), (105, Duration::from_millis(5_250)));
        clock.pass(-50);
        clock.set(7);
        clock.advance_to(3);
        assert_eq!((clock.now(), clock.monotonic()), (7, Duration::from_millis(5_250)));
    }

    #[test]
    fn a_seed_gives_the_same_bytes_again_and_no_bytes_twice() {
        let take = |seed, who| {
            let (entropy, mut bytes) = (SeededEntropy::new(seed, who), vec![0; 3_200]);
            entropy.fill(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(take(1, 2), take(1, 2));
        assert_eq!(take(1, 2).get(32..64), Some(SeededEntropy::draw(1, 2, 2).as_slice()));
        let streams = [(1, 2), (2, 1), (1, 3), (0, 0), (u64::MAX, 1)];
        let all: Vec<u8> = streams.iter().flat_map(|(seed, who)| take(*seed, *who)).collect();
        let words: BTreeSet<&[u8]> = all.chunks(8).collect();
        assert_eq!(words.len(), all.len() / 8);
    }
}
