//! What becomes of the phones of the camats: dead clocks, copies, losses, new phones.

use super::{
    cause::{Cause, ReportNo},
    fates::Phone as Fate,
    people::{BadClock, Duty},
    rule::Rule,
    world::World,
};
use crate::reports::{Phone, Says};

/// Two years, in seconds.
const TWO_YEARS_S: i64 = 731 * 86_400;
/// Most records a phone loses at once.
const LOSES: usize = 3;

/// Lets each phone meet its fate, after all reports are written down.
pub(super) fn tell(world: &mut World) {
    for district in 0..world.places.districts.len() {
        let officer = world.officer_of(district, Duty::Camat);
        match world.fates.phones.get(district).copied().unwrap_or_default() {
            Fate::Calm => {}
            Fate::Clock1970 => clock(world, officer, |from| -from + 3_600),
            Fate::ClockAhead => clock(world, officer, |_| TWO_YEARS_S),
            Fate::Copied => copied(world, officer),
            Fate::Loses => loses(world, officer),
            Fate::SaidAgain => said_again(world, officer),
        }
    }
}

/// The reports of an officer from a moment on, in the order in which he writes them.
fn reports_from(world: &World, officer: usize, from: i64) -> Vec<ReportNo> {
    let mine = world.reports.iter().enumerate().filter(|(_, r)| r.by == officer && r.at >= from);
    let mut mine: Vec<(i64, ReportNo)> = mine.map(|(n, r)| (r.at, n)).collect();
    mine.sort_unstable();
    mine.into_iter().map(|(_, n)| n).collect()
}

fn named(world: &World, officer: usize) -> String {
    world.officers.get(officer).map(|o| o.name.clone()).unwrap_or_default()
}

fn clock(world: &mut World, officer: usize, off_s: impl Fn(i64) -> i64) {
    let (from, until) = (world.days.at(-2, 11, 0), world.days.at(-1, 11, 0));
    let bad = BadClock { from, until, off_s: off_s(from) };
    let wrong: Vec<ReportNo> =
        reports_from(world, officer, from).into_iter().filter(|n| at(world, *n) < until).collect();
    if let Some(officer) = world.officers.get_mut(officer) {
        officer.bad_clock = Some(bad);
    }
    let places = wrong.iter().filter_map(|n| world.reports.get(*n)).map(|r| r.place.clone());
    let story = format!("the battery of the clock of {} dies", named(world, officer));
    let cause = Cause::new(Rule::ImpossibleTime, places, story).of_phone(officer).shown_by(wrong);
    world.causes.push(cause);
}

fn at(world: &World, report: ReportNo) -> i64 {
    world.reports.get(report).map_or(0, |r| r.at)
}

fn copied(world: &mut World, officer: usize) {
    let from = world.days.at(-2, 9, 0);
    if let Some(officer) = world.officers.get_mut(officer) {
        officer.copied_at = Some(from);
    }
    let after = reports_from(world, officer, from);
    let on_copy: Vec<ReportNo> = after.iter().copied().skip(1).step_by(2).collect();
    for report in &on_copy {
        if let Some(report) = world.reports.get_mut(*report) {
            report.on = Phone::Copy;
        }
    }
    let own = after.into_iter().step_by(2);
    let story =
        format!("the phone of {} is restored onto another one, and both are used", named(world, officer));
    let cause = Cause::new(Rule::ForkedDevice, [], story).of_phone(officer).shown_by(own).shown_by(on_copy);
    world.causes.push(cause);
}

/// What was not sent yet when the phone is damaged is lost; the journal goes on behind it.
fn loses(world: &mut World, officer: usize) {
    let Some(contacts) = world.officers.get(officer).map(|o| o.contacts.clone()) else { return };
    let (from, until) = (world.days.at(-2, 9, 0), world.days.at(-1, 23, 0));
    for contact in contacts.iter().copied().filter(|c| (from..until).contains(c)) {
        let before = contacts.iter().copied().rev().find(|c| *c < contact).unwrap_or(from);
        let unsent = reports_from(world, officer, before);
        // A first report after the damage carries the news of it.
        let unsent: Vec<ReportNo> = unsent.into_iter().filter(|n| at(world, *n) + 120 < contact).collect();
        if unsent.is_empty() {
            continue;
        }
        let lost: Vec<ReportNo> = unsent.iter().rev().take(LOSES).copied().collect();
        let loses_at = lost.iter().map(|n| at(world, *n)).max().unwrap_or(before) + 60;
        for report in lost {
            if let Some(report) = world.reports.get_mut(report) {
                report.is_lost = true;
            }
        }
        if let Some(officer) = world.officers.get_mut(officer) {
            officer.loses_at = Some(loses_at);
        }
        let after = reports_from(world, officer, loses_at);
        let story = format!("the phone of {} loses records before they are sent", named(world, officer));
        world.causes.push(Cause::new(Rule::JournalHole, [], story).of_phone(officer).shown_by(after));
        return;
    }
}

/// He gets a new phone, says again on it what the old one had not sent, and goes on with it. The old one dries, and
/// sends after all.
fn said_again(world: &mut World, officer: usize) {
    let Some(contacts) = world.officers.get(officer).map(|o| o.contacts.clone()) else { return };
    let gone = world.days.at(-2, 16, 0);
    let before = contacts.iter().copied().rev().find(|c| *c < gone).unwrap_or(gone);
    let all = reports_from(world, officer, before);
    for (n, report) in all.iter().enumerate() {
        if at(world, *report) > gone {
            if let Some(report) = world.reports.get_mut(*report) {
                report.on = Phone::New;
            }
            continue;
        }
        let Some(old) = world.reports.get(*report).cloned() else { continue };
        let again = gone + 60 + n as i64;
        let says = Says::Again(*report);
        world.report(crate::reports::Report { at: again, on: Phone::New, says, ..old });
    }
}
