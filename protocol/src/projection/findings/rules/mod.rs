//! The rules: one file each, with what it finds at a place, how it says so, and what the desk is to do.

mod bulk_need_uncovered;
mod far_from_tps;
mod impossible_time;
mod late;
mod late_undetermined;
mod not_received_in_time;
mod officers_differ;
mod over_against_dispatch;
mod received_without_dispatch;
mod seal_broken;
mod seal_missing;
mod seal_other;
mod short_against_dispatch;
mod short_against_kit;
mod turnout_above_voters;
mod turnout_falls;
mod wrong_destination;

pub(super) mod forked_device;
pub(super) mod journal_hole;
pub(super) mod profile_against_visit;
pub(super) mod silent;

use super::{Finding, Rule, Say, Sign, view::View};
use crate::{body::Kind, profile::Profile, projection::Fact};

/// A text in Indonesian and in English.
pub(super) type Both = (&'static str, &'static str);

/// All that the rules find at a place.
pub(super) fn all(view: &View<'_>) -> Vec<Sign> {
    let find: [fn(&View<'_>) -> Vec<Sign>; 19] = [
        short_against_dispatch::find,
        over_against_dispatch::find,
        short_against_kit::find,
        seal_broken::find,
        seal_missing::find,
        seal_other::find,
        received_without_dispatch::find,
        not_received_in_time::find,
        wrong_destination::find,
        officers_differ::find,
        profile_against_visit::find,
        late::find,
        late_undetermined::find,
        far_from_tps::find,
        impossible_time::find,
        turnout_falls::find,
        turnout_above_voters::find,
        silent::find,
        bulk_need_uncovered::find,
    ];
    find.into_iter().flat_map(|find| find(view)).collect()
}

/// When time alone may change what the rules find at a place, unix seconds.
pub(super) fn until(view: &View<'_>) -> Option<i64> {
    let moments = not_received_in_time::moments(view).into_iter();
    let moments = moments.chain(late_undetermined::moments(view)).chain(silent::moment(view));
    moments.filter(|moment| *moment > view.now).min()
}

/// Whether a fact can change what the rules find at a place: what officers say, and what takes it back.
pub(super) fn may_hear(fact: &Fact) -> bool {
    let kind = fact.statement.kind();
    kind == Kind::Retract || !kind.is_from_above()
}

/// Whether a fact may cure what was found: one about goods, a visit, a figure, a correction, a retraction; from the
/// opening of the polls on any word, which ends a silence.
pub(super) fn may_cure(fact: &Fact, profile: Option<&Profile>) -> bool {
    let is_telling = matches!(
        fact.body.kind(),
        Kind::Dispatch | Kind::Receive | Kind::Visit | Kind::Turnout | Kind::Correct | Kind::Retract
    );
    let opens_at = profile.map_or(i64::MAX, |p| p.opens_at);
    is_telling || fact.envelope.is_none_or(|e| e.received_at >= opens_at)
}

/// What happened, in one sentence.
pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    match finding.rule {
        Rule::ShortAgainstDispatch => short_against_dispatch::sentence(finding, say),
        Rule::OverAgainstDispatch => over_against_dispatch::sentence(finding, say),
        Rule::ShortAgainstKit => short_against_kit::sentence(finding, say),
        Rule::SealBroken => seal_broken::sentence(finding, say),
        Rule::SealMissing => seal_missing::sentence(finding, say),
        Rule::SealOther => seal_other::sentence(finding, say),
        Rule::ReceivedWithoutDispatch => received_without_dispatch::sentence(finding, say),
        Rule::NotReceivedInTime => not_received_in_time::sentence(finding, say),
        Rule::WrongDestination => wrong_destination::sentence(finding, say),
        Rule::OfficersDiffer => officers_differ::sentence(finding, say),
        Rule::ProfileAgainstVisit => profile_against_visit::sentence(finding, say),
        Rule::Late => late::sentence(finding, say),
        Rule::LateUndetermined => late_undetermined::sentence(finding, say),
        Rule::FarFromTps => far_from_tps::sentence(finding, say),
        Rule::ImpossibleTime => impossible_time::sentence(finding, say),
        Rule::TurnoutFalls => turnout_falls::sentence(finding, say),
        Rule::TurnoutAboveVoters => turnout_above_voters::sentence(finding, say),
        Rule::Silent => silent::sentence(finding, say),
        Rule::ForkedDevice => forked_device::sentence(finding, say),
        Rule::JournalHole => journal_hole::sentence(finding, say),
        Rule::BulkNeedUncovered => bulk_need_uncovered::sentence(finding, say),
        Rule::Other(_) => String::new(),
    }
}

/// The name of a rule for people, and what the desk is to do about a finding of it.
pub(super) fn texts(rule: Rule) -> (Both, Both) {
    match rule {
        Rule::ShortAgainstDispatch => (short_against_dispatch::TITLE, short_against_dispatch::ADVICE),
        Rule::OverAgainstDispatch => (over_against_dispatch::TITLE, over_against_dispatch::ADVICE),
        Rule::ShortAgainstKit => (short_against_kit::TITLE, short_against_kit::ADVICE),
        Rule::SealBroken => (seal_broken::TITLE, seal_broken::ADVICE),
        Rule::SealMissing => (seal_missing::TITLE, seal_missing::ADVICE),
        Rule::SealOther => (seal_other::TITLE, seal_other::ADVICE),
        Rule::ReceivedWithoutDispatch => {
            (received_without_dispatch::TITLE, received_without_dispatch::ADVICE)
        }
        Rule::NotReceivedInTime => (not_received_in_time::TITLE, not_received_in_time::ADVICE),
        Rule::WrongDestination => (wrong_destination::TITLE, wrong_destination::ADVICE),
        Rule::OfficersDiffer => (officers_differ::TITLE, officers_differ::ADVICE),
        Rule::ProfileAgainstVisit => (profile_against_visit::TITLE, profile_against_visit::ADVICE),
        Rule::Late => (late::TITLE, late::ADVICE),
        Rule::LateUndetermined => (late_undetermined::TITLE, late_undetermined::ADVICE),
        Rule::FarFromTps => (far_from_tps::TITLE, far_from_tps::ADVICE),
        Rule::ImpossibleTime => (impossible_time::TITLE, impossible_time::ADVICE),
        Rule::TurnoutFalls => (turnout_falls::TITLE, turnout_falls::ADVICE),
        Rule::TurnoutAboveVoters => (turnout_above_voters::TITLE, turnout_above_voters::ADVICE),
        Rule::Silent => (silent::TITLE, silent::ADVICE),
        Rule::ForkedDevice => (forked_device::TITLE, forked_device::ADVICE),
        Rule::JournalHole => (journal_hole::TITLE, journal_hole::ADVICE),
        Rule::BulkNeedUncovered => (bulk_need_uncovered::TITLE, bulk_need_uncovered::ADVICE),
        Rule::Other(_) => (("Temuan", "Finding"), ("", "")),
    }
}
