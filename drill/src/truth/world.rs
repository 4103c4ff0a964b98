//! The world of a drill: places, people, goods, what happened, what was reported of it.

use std::ops::Range;

use fastrand::Rng;
use pantau_protocol::{
    body::{Body, Receive, Situation, Standby},
    checklist::Checklist,
    place::Place,
    profile::Profile,
};

use super::{
    cause::{Answer, Cause, Leg, Passing, ReportNo},
    days::Days,
    fates::{self, Air, Fates},
    goods::{Goods, Happening, Kit},
    people::{self, Duty, Officer},
    places::Places,
    road, supply, visits, voting,
};
use crate::{
    plan::Post,
    reports::{Report, Says},
};

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Kecamatan that take part; those that there are, if there are fewer.
    pub districts: usize,
    /// Causes of each rule, at least.
    pub each: usize,
}

impl Size {
    /// The whole province.
    pub const WHOLE: Self = Self { districts: usize::MAX, each: 22 };
    /// A few kabupaten.
    pub const SMALL: Self = Self { districts: 12, each: 2 };

    /// As many kecamatan as that many phones serve, with causes in proportion.
    pub fn of_phones(phones: usize) -> Self {
        let districts = (phones / Duty::OF_DISTRICT.len()).max(1);
        Self { districts, each: (districts / 6).clamp(1, Self::WHOLE.each) }
    }
}

/// What the officers' app ships and the desk imports.
#[derive(Debug, Clone)]
pub struct Shipped {
    /// The election.
    pub profile: Profile,
    /// The questions of a visit.
    pub list: Checklist,
}

/// Everything that is true.
#[derive(Debug)]
pub struct World {
    /// Local time.
    pub days: Days,
    /// The election and the questions.
    pub shipped: Shipped,
    /// Who lies in whom.
    pub places: Places,
    /// Officers: those of the warehouses, then four for each district.
    pub officers: Vec<Officer>,
    /// The goods as they are at the end, and how they came to be so.
    pub goods: Goods,
    /// Who met which fate.
    pub fates: Fates,
    /// All reports, in no particular order.
    pub reports: Vec<Report>,
    /// The ways of the kits.
    pub legs: Vec<Leg>,
    /// When each kit truly reached its PPS or its TPS.
    pub there: Vec<Option<i64>>,
    /// What happened that the desk must learn of, apart from what follows from the times of [`World::legs`].
    pub causes: Vec<Cause>,
    /// What passes.
    pub passing: Vec<Passing>,
    pub(super) rng: Rng,
}

impl World {
    /// Makes a world: the same seed, the same world. `posts` are all TPS of the province.
    pub fn new(seed: u64, size: Size, posts: Vec<Post>, shipped: Shipped) -> Self {
        let mut rng = Rng::with_seed(seed);
        let places = Places::new(posts, size.districts);
        let fates = fates::draw(&places, size.each, &mut rng);
        let days = Days::of(&shipped.profile);
        let kit =
            |(n, post): (usize, &Post)| Kit::packed(n, post.place.clone(), post.voters, &shipped.profile);
        let goods = Goods { kits: places.posts.iter().enumerate().map(kit).collect(), ..Goods::default() };
        let there = vec![None; places.posts.len()];
        let mut world = Self {
            days,
            shipped,
            places,
            officers: Vec::new(),
            goods,
            fates,
            reports: Vec::new(),
            legs: Vec::new(),
            there,
            causes: Vec::new(),
            passing: Vec::new(),
            rng,
        };
        world.staff();
        supply::tell(&mut world, size.each);
        road::tell(&mut world);
        visits::tell(&mut world);
        voting::tell(&mut world);
        world.roll_calls();
        super::phones::tell(&mut world);
        world
    }

    /// Hires everybody, and gives each phone its moments with signal.
    fn staff(&mut self) {
        for regency in self.places.regencies.clone() {
            self.hire(Duty::Warehouse, regency.place, false);
        }
        for (n, district) in self.places.districts.clone().into_iter().enumerate() {
            let air = self.fates.air.get(n).copied().unwrap_or_default();
            for duty in Duty::OF_DISTRICT {
                let officer = self.hire(duty, district.place.clone(), district.is_dark);
                self.weather(air, duty, officer);
            }
        }
    }

    fn hire(&mut self, duty: Duty, place: Place, is_dark: bool) -> usize {
        let number = self.officers.len() + 1;
        let mut officer = Officer::new(number, duty, place, &mut self.rng);
        officer.contacts = people::contacts(duty, is_dark, self.days, &mut self.rng);
        self.officers.push(officer);
        number - 1
    }

    /// What the air of a kecamatan does to the phone of one of its officers.
    fn weather(&mut self, air: Air, duty: Duty, officer: usize) {
        let days = self.days;
        let late = days.at(0, 12, 35) + self.rng.i64(0..300);
        let night = days.at(0, 2, 10) + self.rng.i64(0..300);
        let Some(officer) = self.officers.get_mut(officer) else { return };
        match (air, duty) {
            (Air::MastDown, _) => {
                officer.cut_off(days.at(0, 6, 0), days.at(0, 12, 30));
                officer.touch(late);
            }
            (Air::FieldOut, Duty::Field) => {
                officer.cut_off(days.at(-1, 12, 0), days.at(0, 2, 0));
                officer.touch(night);
            }
            (Air::QuietPpk, Duty::Ppk) => {
                for day in -4..0 {
                    officer.cut_off(days.at(day, 0, 0), days.at(day, 21, 0));
                }
            }
            (Air::QuietPps, Duty::Pps) => officer.cut_off(days.at(-2, 0, 0), days.at(-1, 19, 30)),
            _ => {}
        }
    }

    /// The number of the officer of a district with a duty.
    pub fn officer_of(&self, district: usize, duty: Duty) -> usize {
        let of = Duty::OF_DISTRICT.iter().position(|d| *d == duty).unwrap_or(0);
        self.places.regencies.len() + district * Duty::OF_DISTRICT.len() + of
    }

    /// Puts a report down.
    pub(super) fn report(&mut self, report: Report) -> ReportNo {
        self.reports.push(report);
        self.reports.len() - 1
    }

    /// An officer says something that he saw.
    pub(super) fn says(&mut self, by: usize, at: i64, place: &Place, body: Body) -> ReportNo {
        self.report(Report::seen(by, at, place.clone(), Says::This(body)))
    }

    /// An officer receives; with `dispatch` he names what he answers.
    pub(super) fn receives(
        &mut self,
        by: usize,
        at: i64,
        place: &Place,
        receive: Receive,
        dispatch: Option<ReportNo>,
    ) -> ReportNo {
        let says = match dispatch {
            Some(dispatch) => Says::Answer(receive, dispatch),
            None => Says::This(Body::Receive(receive)),
        };
        self.report(Report::seen(by, at, place.clone(), says))
    }

    pub(super) fn begin(&mut self, kits: Vec<usize>, given: Option<ReportNo>, due: Option<i64>) -> usize {
        self.legs.push(Leg { kits, given, due, answers: Vec::new() });
        self.legs.len() - 1
    }

    pub(super) fn answer(&mut self, leg: usize, answer: Answer) {
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.answers.push(answer);
        }
    }

    pub(super) fn happen(&mut self, at: i64, what: Happening) {
        self.goods.happen(at, what);
    }

    /// The TPS of kits.
    pub fn tps_of(&self, kits: impl IntoIterator<Item = usize>) -> Vec<Place> {
        kits.into_iter().filter_map(|kit| self.goods.kits.get(kit)).map(|kit| kit.tps.clone()).collect()
    }

    /// What the list says of a TPS.
    pub fn post(&self, number: usize) -> Option<&Post> {
        self.places.posts.get(number)
    }

    /// The kits of a village.
    pub(super) fn kits_of(&self, village: usize) -> Range<usize> {
        self.places.villages.get(village).map_or(0..0, |v| v.posts.clone())
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.rng.f64() < share
    }

    pub(super) fn minutes(&mut self, range: Range<i64>) -> i64 {
        self.rng.i64(range) * 60 + self.rng.i64(0..60)
    }

    /// Camat and field officer call the roll of their team every morning and evening.
    fn roll_calls(&mut self) {
        for district in 0..self.places.districts.len() {
            for duty in [Duty::Field, Duty::Camat] {
                let officer = self.officer_of(district, duty);
                let Some(place) = self.officers.get(officer).map(|o| o.place.clone()) else { continue };
                for (day, hour) in (super::days::FIRST..=0).flat_map(|day| [(day, 7), (day, 19)]) {
                    let at = self.days.at(day, hour, 0) + self.rng.i64(0..900);
                    let team = self.rng.u32(5..14);
                    let body = Standby {
                        present: team - self.rng.u32(0..3),
                        team,
                        situation: Situation::Calm,
                        no_obstacle: self.rng.bool(),
                    };
                    self.says(officer, at, &place, Body::Standby(body));
                }
            }
        }
    }
}
