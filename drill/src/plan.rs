//! The plan of one phone: what its owner does when, from the TPS list the phone itself holds.

use fastrand::Rng;
use pantau_protocol::{
    body::{Access, Signal},
    place::Place,
    role::Role,
};

/// A TPS as the plan needs it.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its code.
    pub place: Place,
    /// Registered voters.
    pub voters: u32,
    /// Latitude in 1e-5 degrees.
    pub lat: Option<i32>,
    /// Longitude in 1e-5 degrees.
    pub lon: Option<i32>,
    /// How hard it is to reach.
    pub access: Access,
    /// What signal it has.
    pub signal: Signal,
}

/// One thing the owner does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Visits post number `n` of the list.
    Visit(usize),
    /// Confirms the arrival at a post.
    Receive(usize),
    /// Reports an obstacle at a post.
    Incident(usize),
    /// Says that the oldest open incident of this phone is done.
    CloseIncident,
    /// Reports turnout of an hour at a post.
    Turnout(usize, u32),
    /// Reports the roll call of the team.
    Standby,
    /// Corrects an earlier visit.
    Correct,
    /// Retracts an earlier record.
    Retract,
    /// Answers the directives that wait.
    Answer,
    /// Tries to sync over a link of this class.
    Sync(Signal),
    /// The phone dies and starts again.
    Restart,
    /// Writes a report of the world, by its number.
    Report(usize),
    /// Has signal in the world, and tries until the line holds.
    Contact(Signal),
    /// The phone is restored from a backup onto a second one, and both are used.
    Copy,
    /// The phone loses these reports of the world before they are sent.
    Lose(Vec<usize>),
}

/// An act with its time, unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: i64,
    /// What.
    pub act: Act,
}

/// The days of a drill: local midnights, the last one that of election day.
#[derive(Debug, Clone)]
pub struct Calendar {
    midnights: Vec<i64>,
    /// Seconds of one simulated day; 86,400 unless the drill runs on a real clock.
    day_seconds: i64,
}

impl Calendar {
    /// `days` days that end with the day whose local midnight is `election_midnight`.
    pub fn simulated(election_midnight: i64, days: u32) -> Self {
        let back = |d: u32| election_midnight - i64::from(days - 1 - d) * 86_400;
        Self { midnights: (0..days.max(1)).map(back).collect(), day_seconds: 86_400 }
    }

    /// `days` days of `day_seconds` each, from now on.
    pub fn compressed(now: i64, days: u32, day_seconds: i64) -> Self {
        Self { midnights: (0..i64::from(days.max(1))).map(|d| now + d * day_seconds).collect(), day_seconds }
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.midnights.len()
    }

    /// The moment `seconds` after local midnight of day `d`.
    pub fn at(&self, day: usize, seconds: i64) -> i64 {
        let midnight = self.midnights.get(day).copied().unwrap_or_default();
        midnight + seconds * self.day_seconds / 86_400
    }

    /// Start of the first day.
    pub fn start(&self) -> i64 {
        self.at(0, 0)
    }

    /// End of the last day.
    pub fn end(&self) -> i64 {
        self.at(self.days().saturating_sub(1), 86_400)
    }
}

const HOUR: i64 = 3600;

/// Makes the plan. Camats visit every post of theirs once, field officers confirm every arrival.
pub fn plan(role: Role, posts: &[Post], calendar: &Calendar, rng: &mut Rng) -> Vec<Event> {
    let mut events = Vec::new();
    let last = calendar.days().saturating_sub(1);
    let town = town_signal(posts);
    // Where most of a kecamatan has no signal, its people are out of reach for two days at a time.
    let dark = posts.iter().filter(|p| p.signal == Signal::None).count() * 2 > posts.len();
    for day in 0..=last {
        let mut push = |seconds: i64, act: Act| events.push(Event { at: calendar.at(day, seconds), act });
        push(6 * HOUR + 1800 + rng.i64(0..1800), Act::Sync(town));
        push(7 * HOUR + rng.i64(0..900), Act::Standby);
        push(7 * HOUR + 1200, Act::Answer);
        let share: Vec<usize> = (0..posts.len()).filter(|n| day_of(*n, posts.len(), last, day)).collect();
        rounds(role, posts, &share, &mut push, rng);
        if day == last && role == Role::FieldOfficer {
            for hour in 8..=13 {
                for n in 0..posts.len().min(8) {
                    push(i64::from(hour) * HOUR + 60 * n as i64, Act::Turnout(n, hour));
                }
                push(i64::from(hour) * HOUR + 1500, Act::Sync(town));
            }
        }
        if rng.f64() < 0.1 {
            push(rng.i64(8 * HOUR..18 * HOUR), Act::Restart);
        }
        push(18 * HOUR, Act::CloseIncident);
        push(19 * HOUR, Act::Standby);
        if !dark || day % 2 == 1 || day == last {
            push(20 * HOUR + rng.i64(0..HOUR), Act::Sync(town));
        }
    }
    events.sort_by_key(|e| e.at);
    events
}

/// Posts are shared out over the days; those of the last quarter also on the morning of election day.
fn day_of(n: usize, posts: usize, last: usize, day: usize) -> bool {
    let days = last.max(1);
    n * days / posts.max(1) == day.min(days.saturating_sub(1)) && (day < days || last == 0)
}

fn rounds(role: Role, posts: &[Post], share: &[usize], push: &mut impl FnMut(i64, Act), rng: &mut Rng) {
    let step = 9 * HOUR / (share.len().max(1) as i64 + 1);
    for (i, n) in share.iter().enumerate() {
        let Some(post) = posts.get(*n) else { continue };
        let at = 8 * HOUR + step * i as i64 + rng.i64(0..step.max(1));
        push(at, if role == Role::Camat { Act::Visit(*n) } else { Act::Receive(*n) });
        if rng.f64() < 0.04 {
            push(at + 120, Act::Incident(*n));
        }
        if role == Role::Camat && rng.f64() < 0.015 {
            push(at + 300, Act::Correct);
        }
        if rng.f64() < 0.004 {
            push(at + 360, Act::Retract);
        }
        if post.signal != Signal::None && i % 6 == 5 {
            push(at + 240, Act::Sync(post.signal));
        }
    }
}

/// The signal of the kecamatan's town: the best its posts have, at most medium.
pub(crate) fn town_signal(posts: &[Post]) -> Signal {
    let best = posts.iter().map(|p| p.signal.number()).min().unwrap_or(Signal::Weak.number());
    match Signal::from_number(best) {
        Signal::Strong | Signal::Medium => Signal::Medium,
        _ => Signal::Weak,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts(n: usize) -> Vec<Post> {
        (1..=n)
            .map(|i| Post {
                place: Place::new(&format!("62.06.13.2001/{i:03}")).unwrap(),
                voters: 250,
                lat: None,
                lon: None,
                access: Access::Remote,
                signal: if i % 2 == 0 { Signal::None } else { Signal::Weak },
            })
            .collect()
    }

    #[test]
    fn every_post_is_visited_once_however_many_days() {
        for days in 1..=6 {
            for count in [1, 3, 58, 275] {
                let calendar = Calendar::simulated(1_707_843_600, days);
                let events = plan(Role::Camat, &posts(count), &calendar, &mut Rng::with_seed(7));
                let mut visited: Vec<usize> = events
                    .iter()
                    .filter_map(|e| if let Act::Visit(n) = e.act { Some(n) } else { None })
                    .collect();
                visited.sort_unstable();
                assert_eq!(visited, (0..count).collect::<Vec<_>>(), "{days} days, {count} posts");
                assert!(events.iter().all(|e| e.at >= calendar.start() && e.at < calendar.end()));
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_plan() {
        let calendar = Calendar::simulated(1_707_843_600, 5);
        let make = |seed| plan(Role::FieldOfficer, &posts(40), &calendar, &mut Rng::with_seed(seed));
        assert_eq!(make(3), make(3));
        assert_ne!(make(3), make(4));
    }
}
