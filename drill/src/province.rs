//! The province that is played: the real regions of Kalimantan Tengah, the synthetic TPS, invented officers.

use fastrand::Rng;
use pantau_protocol::{
    body::{Access, Signal},
    place::Place,
    role::Role,
};

use crate::{plan::Post, say};

/// `data/regions.csv` (ODbL 1.0, see `data/README.md`).
pub const REGIONS_CSV: &str = include_str!("../../data/regions.csv");
/// `data/tps.csv` (synthetic, see `data/README.md`).
pub const TPS_CSV: &str = include_str!("../../data/tps.csv");

/// Why the shipped data cannot be read: a damaged build.
#[derive(Debug, thiserror::Error)]
#[error("the shipped data are damaged: {0}")]
pub struct Damaged(String);

impl From<csv::Error> for Damaged {
    fn from(e: csv::Error) -> Self {
        Self(e.to_string())
    }
}

/// An officer of the drill.
#[derive(Debug, Clone)]
pub struct Person {
    /// Number.
    pub number: u32,
    /// Role.
    pub role: Role,
    /// Kecamatan.
    pub place: Place,
}

/// All TPS, in the order of the file.
pub fn posts() -> Result<Vec<Post>, Damaged> {
    let mut reader = csv::Reader::from_reader(TPS_CSV.as_bytes());
    let mut posts = Vec::new();
    for row in reader.records() {
        let row = row?;
        let text = |n: usize| row.get(n).unwrap_or_default();
        let bad = || Damaged(format!("tps.csv: {row:?}"));
        let place = Place::new(&format!("{}/{}", text(0), text(1))).map_err(|_| bad())?;
        #[expect(clippy::cast_possible_truncation, reason = "degrees times 1e5 fit 32 bits")]
        let degrees = |n: usize| text(n).parse::<f64>().map(|d| (d * 1e5).round() as i32).map_err(|_| bad());
        posts.push(Post {
            place,
            voters: text(2).parse().map_err(|_| bad())?,
            lat: Some(degrees(5)?),
            lon: Some(degrees(6)?),
            access: match text(7) {
                "remote" => Access::Remote,
                "very_remote" => Access::VeryRemote,
                _ => Access::Regular,
            },
            signal: match text(8) {
                "strong" => Signal::Strong,
                "medium" => Signal::Medium,
                "weak" => Signal::Weak,
                _ => Signal::None,
            },
        });
    }
    Ok(posts)
}

/// A camat and a field officer for each of the first `phones / 2` kecamatan, spread over the province.
pub fn people(posts: &[Post], phones: usize) -> Vec<Person> {
    let mut districts: Vec<Place> = posts.iter().map(|p| p.place.district()).collect();
    districts.sort();
    districts.dedup();
    let wanted = phones.div_ceil(2).min(districts.len());
    // Every n-th one, so that a small drill still has towns and far rivers.
    let chosen = (0..wanted).filter_map(|i| districts.get(i * districts.len() / wanted.max(1)));
    chosen
        .flat_map(|d| [(Role::Camat, d.clone()), (Role::FieldOfficer, d.clone())])
        .take(phones)
        .zip(1..)
        .map(|((role, place), number)| Person { number, role, place })
        .collect()
}

/// The officers as the CSV that `pantau-server import --officers` takes. Names and phones are invented.
pub fn officers_csv(people: &[Person], rng: &mut Rng) -> String {
    let mut text = String::from("number,name,phone,role,place\n");
    for p in people {
        let name = say::name(rng);
        text += &format!("{},{name},0800-000-{:04},{},{}\n", p.number, p.number, p.role.name(), p.place);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_province_has_136_kecamatan_and_7830_tps() {
        let posts = posts().unwrap();
        assert_eq!(posts.len(), 7_830);
        let everyone = people(&posts, 272);
        assert_eq!(everyone.len(), 272);
        assert_eq!(people(&posts, 10_000).len(), 272);
        assert_eq!(everyone.iter().filter(|p| p.role == Role::Camat).count(), 136);
        assert_eq!(people(&posts, 7).len(), 7);
    }
}
