//! Wrong tries, counted by key. After some a key sleeps, longer each time: what is asked meanwhile is not
//! judged. Sign-in and enrolment count with it. Time is handed in.

use std::collections::HashMap;

/// How tries are counted.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Wrong tries before a key sleeps for the first time.
    pub free: u32,
    /// Wrong tries between two sleeps after that.
    pub again: u32,
    /// First sleep in seconds; doubled each further time.
    pub sleep_s: i64,
    /// Longest sleep in seconds.
    pub sleep_most_s: i64,
    /// Seconds without a try after which a key is forgotten. More than the longest sleep.
    pub forget_s: i64,
    /// Keys kept. Beyond, the one with the fewest tries goes, so that a flood of made-up keys does not wake
    /// one that sleeps.
    pub most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    wrong: u32,
    last: i64,
    awake_at: i64,
}

/// The tries under one policy.
#[derive(Debug)]
pub struct Tries {
    policy: Policy,
    table: HashMap<[u8; 32], Entry>,
}

impl Tries {
    /// Nobody has tried yet.
    pub fn new(policy: Policy) -> Self {
        Self { policy, table: HashMap::new() }
    }

    /// Seconds until the key is awake; 0 if it is.
    pub fn wait(&mut self, key: &[u8; 32], now: i64) -> i64 {
        let Some(entry) = self.fresh(key, now) else { return 0 };
        let wait = entry.awake_at.saturating_sub(now);
        // A sleep far longer than any comes from a clock that was ahead, and is over.
        if (1..=2 * self.policy.sleep_most_s).contains(&wait) { wait } else { 0 }
    }

    /// Counts a wrong try; the seconds the key sleeps from now on, 0 if it stays awake.
    pub fn count(&mut self, key: [u8; 32], now: i64) -> i64 {
        let policy = self.policy;
        if self.fresh(&key, now).is_none() {
            self.make_room(now);
        }
        let entry = self.table.entry(key).or_insert(Entry { wrong: 0, last: now, awake_at: i64::MIN });
        entry.wrong = entry.wrong.saturating_add(1);
        entry.last = now;
        let Some(beyond) = entry.wrong.checked_sub(policy.free) else { return 0 };
        if !beyond.is_multiple_of(policy.again) {
            return 0;
        }
        let doublings = (beyond / policy.again).min(16);
        let sleep = (policy.sleep_s << doublings).min(policy.sleep_most_s);
        entry.awake_at = now.saturating_add(sleep);
        sleep
    }

    /// Takes back the last try of a key: it was right after all, or nobody judged it.
    pub fn take_back(&mut self, key: &[u8; 32]) {
        if let Some(entry) = self.table.get_mut(key) {
            entry.wrong = entry.wrong.saturating_sub(1);
            entry.awake_at = i64::MIN;
        }
    }

    /// Forgets the tries of a key.
    pub fn clear(&mut self, key: &[u8; 32]) {
        self.table.remove(key);
    }

    /// The entry of a key, unless it is forgotten by now.
    fn fresh(&mut self, key: &[u8; 32], now: i64) -> Option<Entry> {
        let entry = *self.table.get(key)?;
        // Tries from the time to come were made under a clock that was ahead.
        if now.saturating_sub(entry.last).abs() < self.policy.forget_s {
            return Some(entry);
        }
        self.table.remove(key);
        None
    }

    fn make_room(&mut self, now: i64) {
        if self.table.len() < self.policy.most {
            return;
        }
        let forget_s = self.policy.forget_s;
        self.table.retain(|_, e| now.saturating_sub(e.last).abs() < forget_s);
        if self.table.len() >= self.policy.most {
            let least = self.table.iter().min_by_key(|(_, e)| (e.wrong, e.last)).map(|(k, _)| *k);
            least.and_then(|k| self.table.remove(&k));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [1; 32];

    fn tries(again: u32) -> Tries {
        Tries::new(Policy { free: 5, again, sleep_s: 30, sleep_most_s: 900, forget_s: 3600, most: 64 })
    }

    #[test]
    fn a_key_sleeps_after_its_free_tries_and_longer_each_time() {
        let mut tries = tries(1);
        let slept: Vec<i64> = (0..4).map(|n| tries.count(KEY, n)).collect();
        assert_eq!(slept, [0; 4]);
        assert_eq!(tries.count(KEY, 4), 30);
        assert_eq!((tries.wait(&KEY, 5), tries.wait(&[2; 32], 5)), (29, 0), "other keys are awake");
        assert_eq!((tries.wait(&KEY, 33), tries.wait(&KEY, 34)), (1, 0));
        assert_eq!(tries.count(KEY, 34), 60);
        let longest = (0..10).map(|n| tries.count(KEY, 100 + n)).max();
        assert_eq!(longest, Some(900));
    }

    #[test]
    fn a_key_may_have_several_tries_between_two_sleeps() {
        let mut tries = tries(5);
        let slept: Vec<i64> = (0..15).map(|n| tries.count(KEY, n)).collect();
        assert_eq!(slept, [0, 0, 0, 0, 30, 0, 0, 0, 0, 60, 0, 0, 0, 0, 120]);
    }

    #[test]
    fn tries_are_taken_back_cleared_and_forgotten() {
        let mut tries = tries(1);
        let sleep = |tries: &mut Tries, now| (0..5).map(|_| tries.count(KEY, now)).max().unwrap();
        assert_eq!(sleep(&mut tries, 0), 30);
        tries.take_back(&KEY);
        assert_eq!(tries.wait(&KEY, 0), 0);
        assert_eq!(tries.count(KEY, 0), 30, "one back, one more");
        tries.clear(&KEY);
        assert_eq!(tries.count(KEY, 1), 0);
        sleep(&mut tries, 1);
        assert!(tries.wait(&KEY, 2) > 0);
        assert_eq!(tries.wait(&KEY, 1 + 3600), 0, "forgotten after an hour");
        sleep(&mut tries, 1_000_000_000);
        assert_eq!(tries.wait(&KEY, 10), 0, "a sleep under a clock that was years ahead is over");
    }

    #[test]
    fn a_flood_of_keys_does_not_wake_one_that_sleeps() {
        let mut tries = tries(1);
        for n in 0..5 {
            tries.count(KEY, n);
        }
        for n in 0..3_000_u32 {
            tries.count(pantau_protocol::hash::tagged("flood", &[&n.to_le_bytes()]), 6);
        }
        assert!(tries.table.len() <= 64);
        assert!(tries.wait(&KEY, 7) > 0);
    }
}
