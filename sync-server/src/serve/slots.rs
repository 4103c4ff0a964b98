//! The places for connections, and who has to leave when there are none.
//!
//! In this order: strangers that are idle, the longest first; strangers whose request comes slowly, from the
//! address with the most connections and the slowest first; strangers that only just came, the oldest first;
//! strangers whose request is worked on; known callers that are idle. Known callers at work are never closed,
//! and nobody is in the first [`limit::YOUNG_MS`] but for a newcomer from the same address.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::line::{Line, Phase};
use crate::limit;
use pantau_log::{
    Server,
    caller::{Proxies, Source},
};

const YOUNG: Duration = Duration::from_millis(limit::YOUNG_MS);
const SETTLED: Duration = Duration::from_millis(limit::SETTLED_MS);

/// All places of a server's public listeners, or of its monitoring listener.
#[derive(Debug)]
pub(super) struct Slots {
    most: usize,
    /// Most for strangers.
    strangers: usize,
    per_address: usize,
    proxies: Proxies,
    table: Mutex<Table>,
    /// Told when a place becomes free.
    pub(super) freed: Notify,
    /// Whose metrics tell of these connections; nobody's for the monitoring listener.
    told: Option<Arc<Server>>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Arc<Line>>,
    by_address: HashMap<Source, usize>,
}

/// A place that somebody has; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    number: u64,
    pub(super) line: Arc<Line>,
}

/// What a newcomer is told.
#[derive(Debug)]
pub(super) enum Place {
    /// Come in.
    Taken(Slot),
    /// There is no room, and there will be soon: ask again.
    Wait,
    /// Its address has all the places it may have.
    Refused,
}

impl Slots {
    /// `most` places, of which one address may take `per_address` unless it is one of the `proxies`.
    pub(super) fn new(most: usize, per_address: usize, proxies: Proxies, told: Option<Arc<Server>>) -> Self {
        let most = most.max(1);
        let strangers = (most - most / limit::KNOWN_SHARE).max(1);
        let (table, freed) = (Mutex::default(), Notify::new());
        Self { most, strangers, per_address: per_address.max(1), proxies, table, freed, told }
    }

    /// A place for a newcomer; closes others if that takes it.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr, now: Instant) -> Place {
        let (address, is_proxy) = (Source::of(peer), self.proxies.trusts(peer));
        let mut table = self.lock();
        let here = table.by_address.get(&address).copied().unwrap_or(0);
        if !is_proxy && here >= self.per_address && !self.make_room(&mut table, Some(address), now) {
            self.count(|m| m.connections_refused.add(1));
            return Place::Refused;
        }
        if table.open.len() >= self.strangers
            && self.is_full(&table)
            && !self.make_room(&mut table, None, now)
        {
            return Place::Wait;
        }
        let line = Arc::new(Line::new(address, is_proxy, now));
        let number = table.next;
        table.next += 1;
        table.open.insert(number, Arc::clone(&line));
        *table.by_address.entry(address).or_default() += 1;
        self.show(&table);
        Place::Taken(Slot { slots: Arc::clone(self), number, line })
    }

    /// Every newcomer is a stranger until it has shown something.
    fn is_full(&self, table: &Table) -> bool {
        let strangers = table.open.values().filter(|l| !l.is_known()).count();
        strangers >= self.strangers || table.open.len() >= self.most
    }

    /// Closes the worst connections, of one address or of all; whether there were any to close.
    fn make_room(&self, table: &mut Table, of: Option<Source>, now: Instant) -> bool {
        let among = table.open.iter().filter(|(_, l)| of.is_none_or(|of| l.peer == of && !l.is_proxy));
        let mut ranked: Vec<(Rank, u64)> = among
            .filter_map(|(number, line)| {
                let neighbours = table.by_address.get(&line.peer).copied().unwrap_or(0);
                let rank = rank(line, neighbours, now)?;
                let is_young = now.saturating_duration_since(line.state().1) < YOUNG;
                (of.is_some() || !is_young).then_some((rank, *number))
            })
            .collect();
        let count = (if of.is_some() { self.per_address } else { self.most } / limit::SHED_SHARE).max(1);
        if count < ranked.len() {
            ranked.select_nth_unstable(count);
            ranked.truncate(count);
        }
        for (_, number) in &ranked {
            if let Some(line) = table.remove(*number) {
                line.close.notify_one();
            }
        }
        self.count(|m| m.connections_shed.add(ranked.len() as u64));
        !ranked.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, table: &Table) {
        self.count(|m| m.connections.set(table.open.len() as u64));
    }

    fn count(&self, tell: impl FnOnce(&pantau_log::metrics::Metrics)) {
        if let Some(server) = &self.told {
            tell(server.metrics());
        }
    }
}

impl Table {
    fn remove(&mut self, number: u64) -> Option<Arc<Line>> {
        let line = self.open.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&line.peer) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&line.peer);
            }
        }
        Some(line)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut table = self.slots.lock();
        table.remove(self.number);
        self.slots.show(&table);
        drop(table);
        self.slots.freed.notify_one();
    }
}

/// The order in which connections are closed, smallest first.
type Rank = (u8, Reverse<usize>, u64);

/// The rank of a connection; `None` if it may not be closed. `neighbours` are all connections of its address.
fn rank(line: &Line, neighbours: usize, now: Instant) -> Option<Rank> {
    let (phase, since) = line.state();
    let age = now.saturating_duration_since(since);
    let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    let oldest_first = u64::MAX - age_ms;
    if line.is_known() {
        return (phase == Phase::Idle && age >= SETTLED).then_some((4, Reverse(0), oldest_first));
    }
    Some(match phase {
        Phase::Idle if age >= SETTLED => (0, Reverse(0), oldest_first),
        Phase::Receiving { bytes } if age >= SETTLED => {
            (1, Reverse(neighbours), bytes.saturating_mul(1_000) / age_ms.max(1))
        }
        Phase::Idle | Phase::Receiving { .. } => (2, Reverse(neighbours), oldest_first),
        Phase::Working | Phase::Answering => (3, Reverse(neighbours), oldest_first),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    fn slots(most: usize, per_address: usize) -> Arc<Slots> {
        let proxies = ["10.0.0.1".parse().unwrap()].into_iter().collect();
        Arc::new(Slots::new(most, per_address, proxies, None))
    }

    fn take(slots: &Arc<Slots>, from: &str, now: Instant) -> Option<Slot> {
        match slots.take(from.parse().unwrap(), now) {
            Place::Taken(slot) => Some(slot),
            Place::Wait | Place::Refused => None,
        }
    }

    fn is_open(slot: &Slot) -> bool {
        slot.slots.lock().open.contains_key(&slot.number)
    }

    #[test]
    fn the_longest_idle_leaves_first_then_the_slowest_of_the_most() {
        let (slots, mut now) = (slots(6, 6), Instant::now());
        let fast = take(&slots, "192.0.2.1", now).unwrap();
        let slow = take(&slots, "192.0.2.2", now).unwrap();
        let slower_but_alone = take(&slots, "192.0.2.3", now).unwrap();
        let beside_slow = take(&slots, "192.0.2.2", now).unwrap();
        for (slot, bytes) in [(&fast, 9_000), (&slow, 40), (&slower_but_alone, 10), (&beside_slow, 400)] {
            slot.line.received(bytes, now);
        }
        now += SETTLED;
        let idle = take(&slots, "192.0.2.4", now).unwrap();
        now += SETTLED;
        let idle_later = take(&slots, "192.0.2.5", now).unwrap();
        now += SETTLED;
        // Six places, none of them kept for the known ones.
        let mut newcomers = Vec::new();
        for gone in [&idle, &idle_later, &slow, &slower_but_alone] {
            assert!(is_open(gone));
            let newcomer = take(&slots, &format!("192.0.2.1{}", newcomers.len()), now).unwrap();
            assert!(!is_open(gone), "{:?}", gone.line);
            newcomer.line.received(1 << 20, now);
            newcomers.push(newcomer);
        }
        assert!(is_open(&fast) && is_open(&beside_slow));
    }

    #[test]
    fn one_address_takes_no_more_than_its_share() {
        let (slots, mut now) = (slots(100, 3), Instant::now());
        let all: Vec<Slot> = (0..3).map(|_| take(&slots, "192.0.2.1", now).unwrap()).collect();
        let fourth = take(&slots, "192.0.2.1", now).unwrap();
        assert_eq!(all.iter().filter(|s| is_open(s)).count(), 2, "one of its own had to leave");
        for slot in all.iter().chain([&fourth]) {
            slot.line.known.store(true, Relaxed);
        }
        assert!(matches!(slots.take("192.0.2.1".parse().unwrap(), now), Place::Refused), "all are known");
        assert!(take(&slots, "192.0.2.2", now).is_some(), "others are let in");
        now += SETTLED;
        let newcomer = take(&slots, "192.0.2.1", now).unwrap();
        assert!(is_open(&newcomer));
        let behind_proxy: Vec<Slot> = (0..50).map(|_| take(&slots, "10.0.0.1", now).unwrap()).collect();
        assert!(behind_proxy.iter().all(is_open), "a proxy speaks for many");
    }

    #[test]
    fn strangers_do_not_drive_known_callers_out() {
        let (slots, mut now) = (slots(16, 16), Instant::now());
        let known = take(&slots, "192.0.2.1", now).unwrap();
        known.line.known.store(true, Relaxed);
        now += Duration::from_secs(30);
        let mut strangers: Vec<Slot> = Vec::new();
        for n in 0..100 {
            strangers.extend(take(&slots, &format!("198.51.100.{n}"), now));
            now += YOUNG;
        }
        assert!(is_open(&known));
        let open = slots.lock().open.len();
        assert_eq!(open, 15, "two of sixteen are for known callers alone, one has come");
        for stranger in strangers.iter().filter(|s| is_open(s)) {
            stranger.line.known.store(true, Relaxed);
        }
        let last = take(&slots, "203.0.113.1", now).unwrap();
        last.line.known.store(true, Relaxed);
        known.line.working(now);
        // All places are taken by known ones: only those that do nothing make room.
        now += SETTLED;
        assert!(take(&slots, "203.0.113.2", now).is_some());
        assert!(is_open(&known));
    }

    #[test]
    fn where_all_only_just_came_a_newcomer_waits() {
        let (slots, now) = (slots(2, 2), Instant::now());
        let _first = take(&slots, "192.0.2.1", now).unwrap();
        let second = take(&slots, "192.0.2.2", now).unwrap();
        assert!(matches!(slots.take("192.0.2.3".parse().unwrap(), now), Place::Wait));
        drop(second);
        assert!(take(&slots, "192.0.2.3", now).is_some(), "a place was given back");
    }
}
