//! Who meets which fate. Fates are drawn before the story is told, and so that no two touch the same kit, or the same
//! phone: then it is known of each finding which cause it must have.

use fastrand::Rng;
use pantau_protocol::body::Signal;

use super::places::Places;

/// What becomes of the boat that brings the kits of a village from the PPK, and of those who meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Boat {
    /// Nothing happens.
    #[default]
    Calm,
    /// A box falls into the river.
    Overboard,
    /// A box of this village is put onto the boat of the next one.
    Misloaded {
        /// Number of the village that gets it.
        onto: usize,
    },
    /// A box of another village comes along.
    Stray,
    /// Rain breaks seals.
    Rain,
    /// Somebody opens a box on the way and seals it anew.
    Resealed,
    /// The clerk of the PPK writes no waybill.
    NoWaybill,
    /// The engine dies; the boat arrives on the next day.
    EngineDies,
    /// The boat sinks.
    Sinks,
    /// The skipper goes to another village than the waybill says.
    WrongVillage {
        /// Number of that village.
        to: usize,
    },
    /// Two officers count at one door, and one of them counts wrong.
    TwoCounts,
    /// It leaves so late that it arrives after midnight of election day.
    Stuck,
    /// The kits stay overnight at the PPS, and in the rush of the morning nobody writes down that they came.
    MorningUntold,
    /// Honest: high water, it turns back and leaves again the next morning.
    TurnsBack,
    /// Honest: it arrives after its time, and on the same day.
    Slow,
    /// Honest: two officers see the same.
    TwoAgree,
    /// Honest: a second boat brings the rest an hour later.
    TwoLoads,
    /// Honest: somebody tells by radio that it has come, and the receipt follows.
    Radio,
    /// Honest: the receiver types one box too few and corrects himself.
    SlipCount,
    /// Honest: the receiver taps "broken" by mistake and corrects himself.
    SlipSeal,
    /// Honest: it stops at a landing.
    Landing,
    /// Honest: the kits stay at the PPS overnight.
    Overnight,
}

/// What happens at one TPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Post {
    /// Nothing.
    #[default]
    Calm,
    /// The warehouse packed one booth too few.
    OneBooth,
    /// Ballots get wet on the way to the TPS.
    Wet,
    /// A seal is torn off on the way to the TPS.
    Torn,
    /// The list of TPS is wrong about its signal.
    ListWrong,
    /// The camat writes "seen" from kilometres away.
    FarVisit,
    /// A figure loses a digit.
    DigitLost,
    /// A figure gains a digit.
    DigitMore,
    /// The phone of its chairman is broken: no figure comes from there.
    Mute,
    /// Camat and field officer see it otherwise in the same hour.
    GuardsDiffer,
    /// Honest: a figure is put right by its author.
    SlipTurnout,
    /// Honest: a visit is put right by its author.
    SlipVisit,
    /// Honest: the camat's phone is 200 m off.
    TwoHundredMetres,
}

/// What becomes of a camat's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phone {
    /// Nothing.
    #[default]
    Calm,
    /// The battery of its clock dies: it is 1970.
    Clock1970,
    /// The battery of its clock dies: it is two years later.
    ClockAhead,
    /// It is restored from a backup onto a second phone, and both are used.
    Copied,
    /// It loses records before they are sent.
    Loses,
    /// Honest: he gets a new phone, and says again what the old one had not sent.
    SaidAgain,
}

/// What becomes of a whole kecamatan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Air {
    /// Nothing.
    #[default]
    Calm,
    /// The mast is down in the morning of election day.
    MastDown,
    /// The field officer is out of reach from noon before until two in the night.
    FieldOut,
    /// Honest: the phone of the PPK is in touch only late in the evening.
    QuietPpk,
    /// Honest: that of the PPS is in touch two days later.
    QuietPps,
}

/// All fates, by number.
#[derive(Debug, Clone, Default)]
pub struct Fates {
    /// Of the boats to each village.
    pub boats: Vec<Boat>,
    /// Of each TPS.
    pub posts: Vec<Post>,
    /// Of the camat's phone of each district.
    pub phones: Vec<Phone>,
    /// Of each district.
    pub air: Vec<Air>,
}

/// Draws `each` or a few more of every fate.
pub fn draw(places: &Places, each: usize, rng: &mut Rng) -> Fates {
    let mut fates = Fates {
        boats: vec![Boat::Calm; places.villages.len()],
        posts: vec![Post::Calm; places.posts.len()],
        phones: vec![Phone::Calm; places.districts.len()],
        air: vec![Air::Calm; places.districts.len()],
    };
    let half = each / 2 + 1;
    air(places, &mut fates, half, rng);
    phones(places, &mut fates, half, each, rng);
    boats(places, &mut fates, half, each, rng);
    posts(places, &mut fates, half, each, rng);
    fates
}

fn shuffled(all: impl Iterator<Item = usize>, rng: &mut Rng) -> Vec<usize> {
    let mut all: Vec<usize> = all.collect();
    rng.shuffle(&mut all);
    all
}

/// Gives a fate to the first `wanted` that are free and fit.
fn give<F: Copy + Default + PartialEq>(
    of: &mut [F],
    from: &[usize],
    wanted: usize,
    fate: F,
    fits: impl Fn(usize) -> bool,
) {
    let mut left = wanted;
    for n in from {
        if left == 0 {
            return;
        }
        if let Some(is) = of.get_mut(*n).filter(|is| **is == F::default() && fits(*n)) {
            *is = fate;
            left -= 1;
        }
    }
}

fn air(places: &Places, fates: &mut Fates, half: usize, rng: &mut Rng) {
    let all = shuffled(0..places.districts.len(), rng);
    let of = |n: usize| places.districts.get(n);
    let is_strong = |n: usize| of(n).is_some_and(|d| d.strong > 0.7);
    give(&mut fates.air, &all, half, Air::MastDown, is_strong);
    // The small ones, so that one silent phone does not hide half of the province.
    let mut small = all.clone();
    small.sort_by_key(|n| of(*n).map_or(0, |d| d.posts.len()));
    give(&mut fates.air, &small, half / 6 + 1, Air::FieldOut, |_| true);
    give(&mut fates.air, &all, half / 2 + 1, Air::QuietPpk, |_| true);
    give(&mut fates.air, &all, half / 2 + 1, Air::QuietPps, |_| true);
}

fn phones(places: &Places, fates: &mut Fates, half: usize, each: usize, rng: &mut Rng) {
    let all = shuffled(0..places.districts.len(), rng);
    let large = |n: usize| places.districts.get(n).is_some_and(|d| d.posts.len() >= 12);
    give(&mut fates.phones, &all, half, Phone::Clock1970, large);
    give(&mut fates.phones, &all, half, Phone::ClockAhead, large);
    give(&mut fates.phones, &all, each, Phone::Copied, large);
    give(&mut fates.phones, &all, each, Phone::Loses, large);
    give(&mut fates.phones, &all, half / 3 + 1, Phone::SaidAgain, large);
}

fn boats(places: &Places, fates: &mut Fates, half: usize, each: usize, rng: &mut Rng) {
    let all = shuffled(0..places.villages.len(), rng);
    let air = |n: usize| {
        let district = places.villages.get(n).map(|v| v.district);
        district.and_then(|d| fates.air.get(d)).copied().unwrap_or_default()
    };
    let is_reachable = |n: usize| !matches!(air(n), Air::MastDown | Air::FieldOut);
    let is_plain = |n: usize| matches!(air(n), Air::Calm);
    // Another village of the same district that has met no fate yet.
    let neighbour = |boats: &[Boat], n: usize| {
        let here = places.villages.get(n)?.district;
        let mut near = places.districts.get(here)?.villages.clone();
        near.find(|m| *m != n && boats.get(*m) == Some(&Boat::Calm))
    };
    let boats = &mut fates.boats;
    let mut left = each;
    for n in all.iter().copied().filter(|n| is_plain(*n)) {
        if left == 0 {
            break;
        }
        let free = boats.get(n) == Some(&Boat::Calm);
        if let Some(onto) = neighbour(boats, n).filter(|_| free) {
            set(boats, n, Boat::Misloaded { onto });
            set(boats, onto, Boat::Stray);
            left -= 1;
        }
    }
    let mut left = each;
    for n in all.iter().copied().filter(|n| is_plain(*n)) {
        let here = places.villages.get(n).map(|v| v.district);
        let mut near = here.and_then(|d| places.districts.get(d)).map_or(0..0, |d| d.villages.clone());
        let free = left > 0 && boats.get(n) == Some(&Boat::Calm);
        let name = |n: usize| places.villages.get(n).map(|v| &v.place);
        if let Some(to) = near.find(|m| name(*m) != name(n)).filter(|_| free) {
            set(boats, n, Boat::WrongVillage { to });
            left -= 1;
        }
    }
    give(boats, &all, each, Boat::MorningUntold, is_reachable);
    give(boats, &all, each, Boat::Stuck, is_plain);
    give(boats, &all, each, Boat::NoWaybill, is_plain);
    give(boats, &all, half, Boat::EngineDies, is_plain);
    give(boats, &all, half, Boat::Sinks, is_plain);
    give(boats, &all, half, Boat::Overboard, |_| true);
    give(boats, &all, each, Boat::Rain, |_| true);
    give(boats, &all, each, Boat::Resealed, |_| true);
    give(boats, &all, half, Boat::TwoCounts, is_plain);
    for honest in [Boat::TurnsBack, Boat::Slow, Boat::TwoLoads, Boat::Radio, Boat::Landing] {
        give(boats, &all, half, honest, is_plain);
    }
    for honest in [Boat::TwoAgree, Boat::SlipCount, Boat::SlipSeal] {
        give(boats, &all, half, honest, |_| true);
    }
    let free = boats.iter().filter(|b| **b == Boat::Calm).count();
    give(boats, &all, free / 4, Boat::Overnight, is_reachable);
}

fn set(boats: &mut [Boat], n: usize, fate: Boat) {
    if let Some(boat) = boats.get_mut(n) {
        *boat = fate;
    }
}

fn posts(places: &Places, fates: &mut Fates, half: usize, each: usize, rng: &mut Rng) {
    let all = shuffled(0..places.posts.len(), rng);
    let village = |n: usize| places.villages.partition_point(|v| v.posts.end <= n);
    let district = |n: usize| places.villages.get(village(n)).map_or(0, |v| v.district);
    let signal = |n: usize| places.posts.get(n).map_or(Signal::None, |p| p.signal);
    let boat = |n: usize| fates.boats.get(village(n)).copied().unwrap_or_default();
    let air = |n: usize| fates.air.get(district(n)).copied().unwrap_or_default();
    let is_calm = |n: usize| boat(n) == Boat::Calm && matches!(air(n), Air::Calm | Air::QuietPpk);
    let is_heard = |n: usize| is_calm(n) && signal(n) == Signal::Strong;
    let posts = &mut fates.posts;
    give(posts, &all, half, Post::ListWrong, |n| is_calm(n) && signal(n) == Signal::None);
    give(posts, &all, half, Post::ListWrong, |n| is_calm(n) && signal(n) == Signal::Strong);
    give(posts, &all, each, Post::FarVisit, is_calm);
    give(posts, &all, half, Post::GuardsDiffer, is_calm);
    give(posts, &all, half, Post::OneBooth, is_calm);
    give(posts, &all, half, Post::Wet, is_calm);
    give(posts, &all, each, Post::Torn, is_calm);
    give(posts, &all, each, Post::DigitLost, is_heard);
    give(posts, &all, each, Post::DigitMore, is_heard);
    give(posts, &all, half, Post::Mute, is_heard);
    give(posts, &all, half, Post::SlipTurnout, is_heard);
    give(posts, &all, half, Post::SlipVisit, is_calm);
    give(posts, &all, each, Post::TwoHundredMetres, is_calm);
}
