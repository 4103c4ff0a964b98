//! Whether a TPS is heard as expected. On election day word is due at every full hour; without signal it is not, and
//! silence there says nothing.

use super::rules::profile_against_visit;
use crate::{
    body::Signal,
    place::Place,
    profile::Thresholds,
    projection::{AnswerState, Mark, Reference},
};

/// How a TPS is heard at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// No word is missed: it spoke, or none was due yet.
    Heard,
    /// Word is missed for fewer hours than make a finding.
    Late,
    /// Word is missed, and there is no signal to send it by.
    Expected,
    /// Word is missed although there is signal: a finding.
    Abnormal,
}

/// What the silence of a TPS in use follows from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearing {
    /// When it was heard last, unix seconds.
    last: i64,
    /// Whether word is expected of it: there is signal to send it by.
    pub(super) is_expected: bool,
    /// Opening and closing of the polls, unix seconds.
    polls: Option<(i64, i64)>,
    thresholds: Thresholds,
}

impl Hearing {
    /// Of a place that was heard last then and whose visits found this; `None` for what is no TPS in use.
    pub(super) fn of(
        place: &Place,
        reference: &Reference,
        last: Option<&Mark>,
        answers: &[AnswerState],
    ) -> Option<Self> {
        reference.tps(place).filter(|tps| tps.ended.is_none())?;
        let signal = profile_against_visit::signal(place, reference, answers);
        let profile = reference.profile();
        Some(Self {
            last: last.map_or(i64::MIN, |mark| mark.at),
            is_expected: matches!(signal, Some(Signal::Strong | Signal::Medium)),
            polls: profile.map(|p| (p.opens_at, p.closes_at)),
            thresholds: profile.map(|p| p.thresholds).unwrap_or_default(),
        })
    }

    /// How it is heard at a moment, unix seconds.
    pub(super) fn silence(&self, now: i64) -> Silence {
        match (self.hours_missed(now), self.is_expected) {
            (hours, true) if hours >= self.thresholds.silent_hours => Silence::Abnormal,
            (0, _) => Silence::Heard,
            (_, true) => Silence::Late,
            (_, false) => Silence::Expected,
        }
    }

    /// When time alone changes that next, unix seconds.
    pub(super) fn until(&self, now: i64) -> Option<i64> {
        let moments = [self.missed_at(1), self.abnormal_at()];
        moments.into_iter().flatten().filter(|moment| *moment > now).min()
    }

    /// When silence becomes abnormal where word is expected, if nobody speaks, unix seconds; `None` if so many hours
    /// are not left.
    pub(super) fn abnormal_at(&self) -> Option<i64> {
        self.missed_at(self.thresholds.silent_hours)
    }

    /// Reporting hours of election day that passed without anything heard. On the hour, as turnout is reported.
    fn hours_missed(&self, now: i64) -> u32 {
        let Some((opens_at, closes_at)) = self.polls else { return 0 };
        let until = now.saturating_sub(i64::from(self.thresholds.grace_s)).min(closes_at);
        let since = self.last.max(opens_at);
        let hours = until.div_euclid(3_600).saturating_sub(since.div_euclid(3_600));
        u32::try_from(hours).unwrap_or(0)
    }

    /// When so many reporting hours have passed without a word if nobody speaks, unix seconds; `None` if so many are
    /// not left.
    fn missed_at(&self, hours: u32) -> Option<i64> {
        let (opens_at, closes_at) = self.polls?;
        let hours = self.last.max(opens_at).div_euclid(3_600).saturating_add(i64::from(hours));
        let hour = hours.saturating_mul(3_600);
        (hour <= closes_at).then(|| hour.saturating_add(i64::from(self.thresholds.grace_s)))
    }
}
