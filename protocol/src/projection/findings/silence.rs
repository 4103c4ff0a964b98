//! Whether a TPS is heard as expected. On election day word is due at every full hour; without signal it is not, and
//! silence there says nothing.

use super::{rules::silent, view::View};
use crate::projection::words;

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

/// How the place is heard; `None` for what is no TPS in use.
pub(super) fn of(view: &View<'_>) -> Option<Silence> {
    if !view.is_tps() {
        return None;
    }
    let last = words::at(&view.cx).last.map_or(i64::MIN, |mark| mark.at);
    Some(match (silent::hours_missed(view, last), silent::is_expected(view)) {
        (hours, true) if hours >= view.thresholds.silent_hours => Silence::Abnormal,
        (0, _) => Silence::Heard,
        (_, true) => Silence::Late,
        (_, false) => Silence::Expected,
    })
}

/// When time alone changes that next, unix seconds.
pub(super) fn until(view: &View<'_>) -> Option<i64> {
    if !view.is_tps() {
        return None;
    }
    let moments = [silent::missed_at(view, 1), silent::missed_at(view, view.thresholds.silent_hours)];
    moments.into_iter().flatten().filter(|moment| *moment > view.now).min()
}
