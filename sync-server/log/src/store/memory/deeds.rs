//! Deeds in memory.

use std::collections::BTreeMap;

use super::State;
use crate::store::{Deed, DeedsTx, DeedsView, Stored};

impl DeedsView for State {
    fn deeds(&self, matter: &str) -> Stored<Vec<Deed>> {
        Ok(self.deeds.iter().filter(|deed| deed.matter == matter).cloned().collect())
    }

    fn desk_owners(&self) -> Stored<Vec<Deed>> {
        let moving = self.deeds.iter().enumerate().filter(|(_, deed)| deed.kind.moves());
        let latest: BTreeMap<&str, usize> = moving.map(|(n, deed)| (deed.matter.as_str(), n)).collect();
        let mut latest: Vec<usize> = latest.into_values().collect();
        latest.sort_unstable();
        Ok(latest.into_iter().filter_map(|n| self.deeds.get(n).cloned()).collect())
    }

    fn desk_deeds_of(&self, operator: &str, from: i64, limit: usize) -> Stored<Vec<Deed>> {
        let of = self.deeds.iter().filter(|deed| deed.operator == operator && deed.at >= from);
        let all: Vec<Deed> = of.cloned().collect();
        Ok(all.get(all.len().saturating_sub(limit)..).unwrap_or_default().to_vec())
    }
}

impl DeedsTx for State {
    fn add_deed(&mut self, deed: &Deed) -> Stored<()> {
        self.deeds.push(deed.clone());
        Ok(())
    }
}
