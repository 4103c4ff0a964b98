//! The places of the world: which kecamatan take part, their villages, their TPS.

use std::ops::Range;

use pantau_protocol::{body::Signal, place::Place};

use crate::plan::Post;

/// Where a small world begins: kecamatan without signal and with it lie side by side from here on.
const FIRST_DISTRICT: &str = "62.06.05";

/// Most kits that go from a PPK to a PPS together.
const BOAT: usize = 40;

/// A kabupaten or kota with its warehouse.
#[derive(Debug, Clone)]
pub struct Regency {
    /// Its code.
    pub place: Place,
    /// Its kecamatan.
    pub districts: Range<usize>,
}

/// A kecamatan with its PPK.
#[derive(Debug, Clone)]
pub struct District {
    /// Its code.
    pub place: Place,
    /// Number of its regency.
    pub regency: usize,
    /// Its villages.
    pub villages: Range<usize>,
    /// Its TPS.
    pub posts: Range<usize>,
    /// Whether more than a third of its TPS have no signal: then its officers are out of reach by day.
    pub is_dark: bool,
    /// Share of its TPS with strong signal.
    pub strong: f64,
}

/// A village with its PPS; of a village with many TPS, those that are supplied together.
#[derive(Debug, Clone)]
pub struct Village {
    /// Its code.
    pub place: Place,
    /// Number of its district.
    pub district: usize,
    /// Its TPS, which are its kits too.
    pub posts: Range<usize>,
}

/// Who lies in whom, by number. TPS are in the order of the list.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Kabupaten and kota.
    pub regencies: Vec<Regency>,
    /// Kecamatan.
    pub districts: Vec<District>,
    /// Villages.
    pub villages: Vec<Village>,
    /// TPS.
    pub posts: Vec<Post>,
}

impl Places {
    /// The first `districts` kecamatan of `all` TPS, all of them if there are no more.
    pub fn new(mut all: Vec<Post>, districts: usize) -> Self {
        all.sort_by(|a, b| a.place.cmp(&b.place));
        let chosen = chosen(&all, districts);
        let mut places = Self::default();
        for post in all.into_iter().filter(|p| chosen.contains(&p.place.district())) {
            places.add(post);
        }
        for district in &mut places.districts {
            let posts = places.posts.get(district.posts.clone()).unwrap_or_default();
            let count = |signal| posts.iter().filter(|p| p.signal == signal).count();
            district.is_dark = count(Signal::None) * 3 > posts.len();
            district.strong = count(Signal::Strong) as f64 / posts.len().max(1) as f64;
        }
        places
    }

    fn add(&mut self, post: Post) {
        let district = post.place.district();
        let regency = district.parent().unwrap_or_else(|| district.clone());
        let village = post.place.parent().unwrap_or_else(|| district.clone());
        let (posts, villages, districts) = (self.posts.len(), self.villages.len(), self.districts.len());
        if self.regencies.last().is_none_or(|r| r.place != regency) {
            self.regencies.push(Regency { place: regency, districts: districts..districts });
        }
        if self.districts.last().is_none_or(|d| d.place != district) {
            let regency = self.regencies.len() - 1;
            let (villages, posts) = (villages..villages, posts..posts);
            let (is_dark, strong) = (false, 0.0);
            self.districts.push(District { place: district, regency, villages, posts, is_dark, strong });
        }
        if self.villages.last().is_none_or(|v| v.place != village || v.posts.len() >= BOAT) {
            let district = self.districts.len() - 1;
            self.villages.push(Village { place: village, district, posts: posts..posts });
        }
        self.posts.push(post);
        let ends = (self.posts.len(), self.villages.len(), self.districts.len());
        if let Some(village) = self.villages.last_mut() {
            village.posts.end = ends.0;
        }
        if let Some(district) = self.districts.last_mut() {
            (district.posts.end, district.villages.end) = (ends.0, ends.1);
        }
        if let Some(regency) = self.regencies.last_mut() {
            regency.districts.end = ends.2;
        }
    }

    /// The TPS of a district, by number.
    pub fn posts_of(&self, district: usize) -> Range<usize> {
        self.districts.get(district).map_or(0..0, |d| d.posts.clone())
    }
}

/// Kecamatan side by side, so that whole kabupaten take part.
fn chosen(all: &[Post], wanted: usize) -> Vec<Place> {
    let mut districts: Vec<Place> = all.iter().map(|p| p.place.district()).collect();
    districts.dedup();
    let first = districts.iter().position(|d| d.as_str() == FIRST_DISTRICT).unwrap_or(0);
    let mut chosen: Vec<Place> =
        districts.iter().cycle().skip(first).take(wanted.min(districts.len())).cloned().collect();
    chosen.sort();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::province;

    #[test]
    fn the_whole_province_is_there_and_each_part_lies_in_its_whole() {
        let places = Places::new(province::posts().unwrap(), usize::MAX);
        let counts =
            (places.regencies.len(), places.districts.len(), places.villages.len(), places.posts.len());
        assert_eq!((counts.0, counts.1, counts.3), (14, 136, 7_830));
        for village in &places.villages {
            let posts = &places.posts[village.posts.clone()];
            assert!(!posts.is_empty() && posts.iter().all(|p| p.place.is_within(&village.place)));
        }
        for district in &places.districts {
            assert!(places.posts[district.posts.clone()].iter().all(|p| p.place.is_within(&district.place)));
            let villages = &places.villages[district.villages.clone()];
            assert!(villages.iter().all(|v| v.place.is_within(&district.place)));
            assert_eq!(villages.iter().map(|v| v.posts.len()).sum::<usize>(), district.posts.len());
        }
        let districts = places.regencies.iter().map(|r| r.districts.len()).sum::<usize>();
        assert_eq!(districts, 136);
    }

    #[test]
    fn a_small_world_has_kecamatan_with_and_without_signal() {
        let places = Places::new(province::posts().unwrap(), 12);
        assert_eq!((places.districts.len(), places.regencies.len()), (12, 2));
        assert!(places.districts.iter().filter(|d| d.is_dark).count() >= 2);
        assert!(places.districts.iter().filter(|d| d.strong > 0.7).count() >= 4);
    }
}
