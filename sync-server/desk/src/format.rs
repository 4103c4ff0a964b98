//! How numbers and times are written: the profile's zone, two languages, an age for everything.

use chrono::{DateTime, FixedOffset};
use pantau_protocol::profile::Profile;

use super::text::Lang;

/// The moment a page is made at, and how its times are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Now, unix seconds.
    pub now: i64,
    /// Offset of local time from UTC in seconds.
    pub offset_s: i32,
    /// Name of the zone.
    pub zone: String,
    /// Language.
    pub lang: Lang,
}

/// A time as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Machine-readable.
    pub(crate) iso: String,
    /// Local date and time.
    pub(crate) local: String,
    /// How long ago.
    pub(crate) age: String,
}

const MONTHS: [(&str, &str); 12] = [
    ("Jan", "Jan"),
    ("Feb", "Feb"),
    ("Mar", "Mar"),
    ("Apr", "Apr"),
    ("Mei", "May"),
    ("Jun", "Jun"),
    ("Jul", "Jul"),
    ("Agu", "Aug"),
    ("Sep", "Sep"),
    ("Okt", "Oct"),
    ("Nov", "Nov"),
    ("Des", "Dec"),
];

const MONTHS_IN_FULL: [(&str, &str); 12] = [
    ("Januari", "January"),
    ("Februari", "February"),
    ("Maret", "March"),
    ("April", "April"),
    ("Mei", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("Agustus", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Desember", "December"),
];

const DAYS: [(&str, &str); 7] = [
    ("Senin", "Monday"),
    ("Selasa", "Tuesday"),
    ("Rabu", "Wednesday"),
    ("Kamis", "Thursday"),
    ("Jumat", "Friday"),
    ("Sabtu", "Saturday"),
    ("Minggu", "Sunday"),
];

impl Reading {
    /// The same in the zone of an election profile; without one as it is.
    #[must_use]
    pub(crate) fn in_zone_of(mut self, profile: Option<&Profile>) -> Self {
        if let Some(profile) = profile {
            self.offset_s = profile.utc_offset_s;
            self.zone.clone_from(&profile.zone);
        }
        self
    }

    /// A time with its age.
    pub(crate) fn moment(&self, at: i64) -> Moment {
        Moment { iso: self.iso(at), local: self.local(at), age: self.age(at) }
    }

    /// `2024-02-13T18:00:00+07:00`.
    pub fn iso(&self, at: i64) -> String {
        self.date(at).map_or_else(String::new, |d| d.format("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// `13 Feb 2024 18.00 WIB`; in English `18:00`.
    pub fn local(&self, at: i64) -> String {
        let Some(d) = self.date(at) else { return format!("{at} s") };
        format!("{} {} {} {}", self.day(&d), d.format("%Y"), self.clock(at), self.zone)
    }

    /// `18.05`; in English `18:05`.
    pub(crate) fn clock(&self, at: i64) -> String {
        let form = self.lang.pick("%H.%M", "%H:%M");
        self.date(at).map_or_else(String::new, |d| d.format(form).to_string())
    }

    /// `13 Feb pukul 18.05 WIB`; in English `13 Feb 18:05 WIB`.
    pub(crate) fn stamp(&self, at: i64) -> String {
        let Some(d) = self.date(at) else { return format!("{at} s") };
        let at_clock = self.lang.pick("pukul ", "");
        format!("{} {at_clock}{} {}", self.day(&d), self.clock(at), self.zone)
    }

    /// `Selasa, 13 Februari 2024 pukul 18.05 WIB`, as a letter has it; in English `Tuesday, 13 February 2024 18:05 WIB`.
    pub(crate) fn dated(&self, at: i64) -> String {
        use chrono::Datelike as _;
        let Some(d) = self.date(at) else { return format!("{at} s") };
        let of = |names: &[(&'static str, &'static str)], n: u32| {
            names.get(n as usize).map_or("", |(id, en)| self.lang.pick(*id, *en))
        };
        let day = of(&DAYS, d.weekday().num_days_from_monday());
        let month = of(&MONTHS_IN_FULL, d.month0());
        let at_clock = self.lang.pick("pukul ", "");
        format!("{day}, {} {month} {} {at_clock}{} {}", d.day(), d.year(), self.clock(at), self.zone)
    }

    /// `88,3 %`; in English `88.3 %`. A part that is not the whole is never shown as all, nor one that is there as none.
    pub(crate) fn percent(&self, part: u64, whole: u64) -> String {
        let per_mille = part.saturating_mul(1_000) / whole.max(1);
        let shown = if part > 0 { per_mille.max(1) } else { 0 };
        format!("{}{}{} %", shown / 10, self.lang.pick(',', '.'), shown % 10)
    }

    /// The full hour or quarter at or before a moment, unix seconds, in local time.
    pub(crate) fn floor(&self, at: i64, step_s: i64) -> i64 {
        let offset = i64::from(self.offset_s);
        (at + offset).div_euclid(step_s) * step_s - offset
    }

    /// `2024-02-13T18:00`, as the field of a form has it and [`read_local`] reads it.
    pub(crate) fn typed(&self, at: i64) -> String {
        self.date(at).map_or_else(String::new, |d| d.format("%Y-%m-%dT%H:%M").to_string())
    }

    /// `18.00 WIB`, of the day of now; with the date of any other.
    pub(crate) fn hour(&self, at: i64) -> String {
        let (Some(then), Some(now)) = (self.date(at), self.date(self.now)) else { return format!("{at} s") };
        let clock = format!("{} {}", self.clock(at), self.zone);
        if then.date_naive() == now.date_naive() { clock } else { format!("{clock}, {}", self.day(&then)) }
    }

    /// `120 m`, `1,2 km`; in English `1.2 km`.
    pub(crate) fn metres(&self, metres: f64) -> String {
        if metres < 999.5 {
            return format!("{metres:.0} m");
        }
        let km = format!("{:.1} km", metres / 1_000.0);
        self.lang.pick(km.replace('.', ","), km)
    }

    /// `09.00`, an hour of election day; in English `09:00`.
    pub(crate) fn slot(&self, hour: u32) -> String {
        format!("{hour:02}{}00", self.lang.pick('.', ':'))
    }

    /// The hour of the day of a moment in local time, 0 to 23.
    pub(crate) fn hour_of(&self, at: i64) -> u32 {
        let local = at.saturating_add(i64::from(self.offset_s)).rem_euclid(86_400);
        u32::try_from(local / 3_600).unwrap_or(0)
    }

    /// `13 Feb`.
    fn day(&self, d: &DateTime<FixedOffset>) -> String {
        use chrono::Datelike as _;
        let month = MONTHS.get(d.month0() as usize).map_or("", |(id, en)| self.lang.pick(*id, *en));
        format!("{} {month}", d.day())
    }

    /// `3 jam lalu`: whole units, rounded down; two where the larger one is small.
    pub fn age(&self, at: i64) -> String {
        let s = self.now.saturating_sub(at);
        if s < 0 {
            return self.ahead(s.saturating_neg());
        }
        if s < 60 {
            return self.lang.pick("baru saja", "just now").to_owned();
        }
        format!("{} {}", self.span(s), self.lang.pick("lalu", "ago"))
    }

    /// The words from which ages are made, for the script of the pages that lets them grow: now, ago, in, minute,
    /// hour, day.
    pub(crate) fn words_of_ages(&self) -> String {
        let words = [
            self.lang.pick("baru saja", "just now"),
            self.lang.pick("lalu", "ago"),
            self.lang.pick("dalam", "in"),
        ];
        [&words[..], &self.units()].concat().join("|")
    }

    /// Minute, hour and day.
    fn units(&self) -> [&'static str; 3] {
        [self.lang.pick("mnt", "min"), self.lang.pick("jam", "h"), self.lang.pick("hari", "d")]
    }

    fn ahead(&self, s: i64) -> String {
        format!("{} {}", self.lang.pick("dalam", "in"), self.span(s.max(60)))
    }

    /// A length of time in words.
    fn span(&self, s: i64) -> String {
        let [minute, hour, day] = self.units();
        match (s / 60, s / 3600, s / 86_400) {
            (m, 0, _) => format!("{m} {minute}"),
            (m, h, 0) if h < 6 && m % 60 > 0 => format!("{h} {hour} {} {minute}", m % 60),
            (_, h, 0) => format!("{h} {hour}"),
            (_, h, d) if d < 4 && h % 24 > 0 => format!("{d} {day} {} {hour}", h % 24),
            (_, _, d) => format!("{d} {day}"),
        }
    }

    /// `7.830` or `7,830`.
    pub fn number(&self, n: impl Into<u64>) -> String {
        let digits = n.into().to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i) % 3 == 0 {
                text.push(self.lang.pick('.', ','));
            }
            text.push(digit);
        }
        text
    }

    fn date(&self, at: i64) -> Option<DateTime<FixedOffset>> {
        let zone = FixedOffset::east_opt(self.offset_s)?;
        Some(DateTime::from_timestamp(at, 0)?.with_timezone(&zone))
    }
}

/// Reads a local date and time, `2024-02-13 18:00`, to unix seconds.
pub fn read_local(text: &str, offset_s: i32) -> Option<i64> {
    let text = text.trim().replace('T', " ");
    let local = chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").ok()?;
    Some(local.and_utc().timestamp() - i64::from(offset_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(lang: Lang) -> Reading {
        Reading { now: 1_707_868_800, offset_s: 25_200, zone: "WIB".into(), lang }
    }

    fn m_at() -> i64 {
        1_707_868_800 - 3 * 3600 - 120
    }

    #[test]
    fn a_share_is_neither_none_nor_all_unless_it_is() {
        let id = reading(Lang::Id);
        let shares = [(0, 10), (1, 7_830), (6_914, 7_830), (7_829, 7_830), (7_830, 7_830), (0, 0)];
        let shown = shares.map(|(part, whole)| id.percent(part, whole));
        assert_eq!(shown, ["0,0 %", "0,1 %", "88,3 %", "99,9 %", "100,0 %", "0,0 %"]);
        assert_eq!(reading(Lang::En).percent(1, 3), "33.3 %");
    }

    #[test]
    fn times_are_local_and_have_an_age() {
        let id = reading(Lang::Id);
        let m = id.moment(m_at());
        assert_eq!(m.local, "14 Feb 2024 03.58 WIB");
        assert_eq!(reading(Lang::En).local(m_at()), "14 Feb 2024 03:58 WIB");
        assert_eq!(id.stamp(m_at()), "14 Feb pukul 03.58 WIB");
        assert_eq!(
            (id.slot(9), reading(Lang::En).slot(13), id.hour_of(m_at())),
            ("09.00".into(), "13:00".into(), 3)
        );
        assert_eq!([999.4, 1_000.0, 12_360.0].map(|m| id.metres(m)), ["999 m", "1,0 km", "12,4 km"]);
        assert_eq!(id.floor(m_at(), 3_600), m_at() - 58 * 60);
        let day = id.floor(m_at(), 86_400);
        assert_eq!(id.clock(day), "00.00", "days begin at local midnight");
        assert_eq!(m.iso, "2024-02-14T03:58:00+07:00");
        assert_eq!(m.age, "3 jam 2 mnt lalu");
        assert_eq!(id.age(id.now - 30), "baru saja");
        assert_eq!(id.age(id.now - 2 * 86_400 - 4 * 3600), "2 hari 4 jam lalu");
        assert_eq!(id.age(id.now - 10 * 86_400 - 4 * 3600), "10 hari lalu");
        assert_eq!(id.age(id.now + 7200), "dalam 2 jam");
        assert_eq!(reading(Lang::En).age(id.now - 45 * 60), "45 min ago");
    }

    #[test]
    fn a_time_nobody_can_write_does_no_harm() {
        let id = reading(Lang::Id);
        assert_eq!(id.local(i64::MAX), format!("{} s", i64::MAX));
        assert!(!id.age(i64::MIN).is_empty());
        assert!(!id.age(i64::MAX).is_empty());
    }

    #[test]
    fn thousands_are_separated_as_the_language_does() {
        assert_eq!(reading(Lang::Id).number(1_935_126_u64), "1.935.126");
        assert_eq!(reading(Lang::En).number(1_935_126_u64), "1,935,126");
        assert_eq!(reading(Lang::En).number(999_u32), "999");
    }

    #[test]
    fn local_times_are_read() {
        assert_eq!(read_local("2024-02-14 07:00", 25_200), Some(1_707_868_800));
        assert_eq!(read_local("2024-02-14T07:00", 25_200), Some(1_707_868_800));
        assert_eq!(read_local("14/02/2024", 25_200), None);
    }
}
