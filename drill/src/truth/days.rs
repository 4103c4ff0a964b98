//! The days of the world: local time around the day of the election.

use pantau_protocol::profile::Profile;

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

/// Days before the election on which the story begins: bulk goods reach the warehouses.
pub const FIRST: i64 = -4;

/// Local time, as unix seconds.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    midnight: i64,
}

impl Days {
    /// The days around the election of a profile.
    pub fn of(profile: &Profile) -> Self {
        let offset = i64::from(profile.utc_offset_s);
        Self { midnight: (profile.opens_at + offset).div_euclid(DAY_S) * DAY_S - offset }
    }

    /// A moment of a day; day 0 is the day of the election, -1 the day before.
    pub fn at(self, day: i64, hour: i64, minute: i64) -> i64 {
        self.midnight + day * DAY_S + hour * HOUR_S + minute * 60
    }

    /// When the world begins.
    pub fn start(self) -> i64 {
        self.at(FIRST, 0, 0)
    }

    /// When it ends: the day of the election is over.
    pub fn end(self) -> i64 {
        self.at(1, 0, 0)
    }

    /// How people write a moment: `H-2 10.02`.
    pub fn told(self, at: i64) -> String {
        let (day, second) = ((at - self.midnight).div_euclid(DAY_S), (at - self.midnight).rem_euclid(DAY_S));
        let sign = if day == 0 { String::new() } else { format!("{day:+}") };
        format!("H{sign} {:02}.{:02}", second / HOUR_S, second % HOUR_S / 60)
    }
}
