//! What follows from the times at which reports reached the server: which causes anybody could know of, and what was
//! late, silent or unproven because nobody got through in time.

use std::collections::BTreeSet;

use pantau_protocol::{body::Signal, place::Place, time::Envelope};

use super::{
    cause::{Answer, Cause, Leg, Passing, ReportNo},
    fates::Boat,
    rule::Rule,
    world::World,
};

/// When each report reached the server, and between which moments it was written for sure; `None` for one that did not.
pub type Heard = [Option<Envelope>];

/// What the desk must have found, and what it may have found meanwhile.
#[derive(Debug, Default)]
pub struct Truth {
    /// Causes that something that reached the server contradicts.
    pub causes: Vec<Cause>,
    /// What passed.
    pub passing: Vec<Passing>,
    /// Causes that nobody could know of.
    pub unheard: Vec<Cause>,
}

/// Without a word for so long a TPS with signal is silent.
const SILENT_FROM_S: i64 = 3 * 3_600 + 900;
/// Slack around the hours at which reports are expected.
const SLACK_S: i64 = 3_600;

fn received(heard: &Heard, report: ReportNo) -> Option<i64> {
    heard.get(report).copied().flatten().map(|e| e.received_at)
}

/// Settles the truth of a world.
pub fn settle(world: &World, heard: &Heard) -> Truth {
    let mut truth = Truth { passing: world.passing.clone(), ..Truth::default() };
    for cause in &world.causes {
        let shown = |group: &Vec<ReportNo>| group.iter().any(|report| received(heard, *report).is_some());
        let is_shown = cause.shown_by.iter().all(shown);
        let leg = cause.leg.and_then(|leg| world.legs.get(leg));
        let is_overdue = leg.is_none_or(|leg| leg.kits.iter().all(|kit| is_overdue(world, heard, leg, *kit)));
        let known = if is_shown && is_overdue { &mut truth.causes } else { &mut truth.unheard };
        known.push(cause.clone());
    }
    legs(world, heard, &mut truth);
    kits(world, heard, &mut truth);
    silence(world, heard, &mut truth);
    truth
}

fn limit(world: &World, leg: &Leg) -> i64 {
    leg.due.unwrap_or(world.shipped.profile.logistics_due)
}

/// When the server first heard that a kit had come to the end of a leg.
fn answered(heard: &Heard, leg: &Leg, kit: usize) -> Option<i64> {
    let about = |answer: &&Answer| answer.kits.contains(&kit);
    leg.answers.iter().filter(about).filter_map(|answer| received(heard, answer.report)).min()
}

/// Whether there was a moment at which the server knew of the departure of a kit, its time had passed, and nobody had
/// said that it came.
fn is_overdue(world: &World, heard: &Heard, leg: &Leg, kit: usize) -> bool {
    let Some(given) = leg.given.and_then(|report| received(heard, report)) else { return false };
    let until = answered(heard, leg, kit).unwrap_or(i64::MAX);
    until > limit(world, leg) && until > given
}

/// Delays of words: what was received in time and told later, or sent and told later.
fn legs(world: &World, heard: &Heard, truth: &mut Truth) {
    for leg in &world.legs {
        let overdue: Vec<usize> =
            leg.kits.iter().copied().filter(|kit| is_overdue(world, heard, leg, *kit)).collect();
        if !overdue.is_empty() {
            let story = "the word of the arrival came after its time";
            truth.passing.push(Passing::new(Rule::NotReceivedInTime, world.tps_of(overdue), story));
        }
        let Some(given) = leg.given else { continue };
        let given = received(heard, given).unwrap_or(i64::MAX);
        let unnamed = leg.answers.iter().filter(|a| !a.is_named);
        for answer in unnamed.filter(|a| received(heard, a.report).is_some_and(|at| at < given)) {
            let tps = world.tps_of(answer.kits.iter().copied());
            let story = "the word of the departure came after that of the arrival";
            truth.passing.push(Passing::new(Rule::ReceivedWithoutDispatch, tps, story));
        }
    }
}

/// Kits that were late, or of which nothing proves that they were not.
fn kits(world: &World, heard: &Heard, truth: &mut Truth) {
    let (due, opens) = (world.shipped.profile.logistics_due, world.shipped.profile.opens_at);
    let mut words: Vec<Vec<(Envelope, bool)>> = vec![Vec::new(); world.goods.kits.len()];
    for answer in world.legs.iter().flat_map(|leg| &leg.answers).filter(|a| a.is_there) {
        let Some(envelope) = heard.get(answer.report).copied().flatten() else { continue };
        for kit in &answer.kits {
            if let Some(words) = words.get_mut(*kit) {
                words.push((envelope, answer.is_at_tps));
            }
        }
    }
    for village in 0..world.places.villages.len() {
        let fate = world.fates.boats.get(village).copied().unwrap_or_default();
        if fate == Boat::Sinks {
            continue;
        }
        for kit in world.kits_of(village) {
            let words = words.get(kit).map(Vec::as_slice).unwrap_or_default();
            let tps = world.tps_of([kit]);
            let name = tps.first().map(ToString::to_string).unwrap_or_default();
            let is_proved = words.iter().any(|(e, _)| e.received_at <= due);
            let is_after = |(e, _): &(Envelope, bool)| e.not_before > due;
            let is_late = world.there.get(kit).copied().flatten().is_some_and(|at| at > due);
            let at_tps = words.iter().filter(|(_, is)| *is).map(|(e, _)| e.received_at).min();
            if !is_proved && is_late && !words.is_empty() && words.iter().all(is_after) {
                truth.causes.push(Cause::new(
                    Rule::Late,
                    tps.clone(),
                    format!("the kit of {name} comes late"),
                ));
                let story = format!("before anybody said that {name} got its kit, nobody knew");
                truth.passing.push(Passing::new(Rule::LateUndetermined, tps, story));
            } else if !is_proved {
                let story = format!("nothing proves that {name} had its kit in time");
                truth.causes.push(Cause::new(Rule::LateUndetermined, tps, story));
            } else if at_tps.is_none() {
                let story = format!("nobody writes down that the kit of {name} left the PPS and came");
                truth.causes.push(Cause::new(Rule::LateUndetermined, tps, story));
            } else if at_tps.is_some_and(|at| at > opens) {
                let story = format!("the word that {name} has its kit came after the polls had opened");
                truth.passing.push(Passing::new(Rule::LateUndetermined, tps, story));
            }
        }
    }
}

/// TPS with signal of which the server heard nothing for hours of election day.
fn silence(world: &World, heard: &Heard, truth: &mut Truth) {
    let (opens, closes) = (world.shipped.profile.opens_at, world.shipped.profile.closes_at);
    let mut words: std::collections::BTreeMap<&Place, BTreeSet<i64>> = Default::default();
    for (n, report) in world.reports.iter().enumerate() {
        if let Some(at) = received(heard, n) {
            words.entry(&report.place).or_default().insert(at);
        }
    }
    let planted: BTreeSet<Place> = world
        .causes
        .iter()
        .filter(|c| c.rule == Rule::Silent)
        .flat_map(|c| c.places.iter().cloned())
        .collect();
    for post in world.places.posts.iter().filter(|p| !planted.contains(&p.place)) {
        let ticks = words.get(&post.place).into_iter().flatten().copied();
        let mut moments: Vec<i64> = ticks.filter(|at| (opens..closes + SLACK_S).contains(at)).collect();
        moments.push(closes + SLACK_S);
        let mut last = opens;
        let mut widest = 0;
        for at in moments {
            widest = widest.max(at - last);
            last = at;
        }
        if post.signal != Signal::None && widest > SILENT_FROM_S - SLACK_S {
            let story = "no word for hours, since no phone got through";
            truth.passing.push(Passing::new(Rule::Silent, [post.place.clone()], story));
        }
    }
}
