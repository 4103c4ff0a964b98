//! The province that is played: the real regions of Kalimantan Tengah, the synthetic TPS, invented officers.

use std::collections::BTreeSet;

use fastrand::Rng;
use pantau_protocol::{
    body::{Access, Signal},
    place::Place,
    role::Role,
};

use crate::{
    plan::Post,
    say,
    truth::{
        World,
        goods::{BOXES, Kit},
    },
};

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

/// What the desk of a world imports: its TPS, its officers, its packing lists.
#[derive(Debug, Clone)]
pub struct Cast {
    /// `tps.csv`.
    pub tps: String,
    /// `officers.csv`.
    pub officers: String,
    /// `packing.csv`.
    pub packing: String,
    /// Numbers of the officers.
    pub numbers: Vec<u32>,
}

impl Cast {
    /// The cast of a world.
    pub fn of(world: &World) -> Self {
        let districts: BTreeSet<&str> = world.places.districts.iter().map(|d| d.place.as_str()).collect();
        let is_head = |n: usize| n == 0;
        let takes_part = |line: &str| line.get(..8).is_some_and(|code| districts.contains(code));
        let lines = TPS_CSV.lines().enumerate().filter(|(n, line)| is_head(*n) || takes_part(line));
        let tps = lines.map(|(_, line)| format!("{line}\n")).collect();
        let mut officers = String::from("number,name,phone,role,place\n");
        for officer in &world.officers {
            let (number, name, role) = (officer.number, &officer.name, officer.duty.role().name());
            officers += &format!("{number},{name},0800-000-{number:04},{role},{}\n", officer.place);
        }
        let mut packing = String::from("tps,containers,seals,items\n");
        for (n, kit) in world.goods.kits.iter().enumerate() {
            packing += &format!("{},{BOXES},{},\n", kit.tps, Kit::packing_seals(n).join(";"));
        }
        let numbers = world.officers.iter().map(|officer| officer.number).collect();
        Self { tps, officers, packing, numbers }
    }
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
