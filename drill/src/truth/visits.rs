//! Visits of the camat to his TPS.

use pantau_protocol::{
    body::{Access, Answer, Body, Signal, Visit, Way},
    record::{Basis, Fix},
};

use super::{
    cause::{Cause, Passing, ReportNo},
    door::position,
    fates::Post,
    people::Duty,
    rule::Rule,
    world::World,
};
use crate::reports::{Report, Says};

/// Kilometre by kilometre north, in 1e-5 degrees.
const KM: i32 = 900;

/// Every camat visits every TPS once, in the three days before the election.
pub(super) fn tell(world: &mut World) {
    for district in 0..world.places.districts.len() {
        let posts = world.places.posts_of(district);
        let camat = world.officer_of(district, Duty::Camat);
        let count = posts.len().max(1) as i64;
        for (n, post) in (0..).zip(posts) {
            let fate = world.fates.posts.get(post).copied().unwrap_or_default();
            // Three days of nine hours; whoever meets a fate is visited on the first of them.
            let minute = n * 3 * 9 * 60 / count;
            let is_first = is_fated(fate);
            let (day, minute) = if is_first { (0, minute / 3) } else { (minute / 540, minute % 540) };
            let at = world.days.at(day - 3, 8, minute) + world.rng.i64(0..60);
            visit(world, camat, post, fate, at);
        }
    }
}

fn is_fated(fate: Post) -> bool {
    matches!(
        fate,
        Post::ListWrong | Post::FarVisit | Post::GuardsDiffer | Post::SlipVisit | Post::TwoHundredMetres
    )
}

fn visit(world: &mut World, camat: usize, post: usize, fate: Post, at: i64) {
    let Some(is) = world.post(post).cloned() else { return };
    let told = match is.access {
        Access::VeryRemote => 0.55,
        Access::Remote => 0.3,
        Access::Regular | Access::Other(_) => 0.08,
    };
    let is_told = !is_fated(fate) && world.chance(told);
    let listed = is.signal != Signal::None;
    let has_signal = if fate == Post::ListWrong { !listed } else { listed };
    let answers = answers(world, has_signal);
    let fix = if is_told { None } else { stands(world, post, fate) };
    let basis = if is_told { Basis::ToldByPhone } else { Basis::Seen };
    let slip = fate == Post::SlipVisit;
    let first = if slip { with(world, &answers, "signal", !listed) } else { answers.clone() };
    let report = |world: &World, answers, says: &dyn Fn(Body) -> Says, at| {
        let body = Body::Visit(Visit {
            checklist: world.shipped.list.number,
            version: world.shipped.list.version,
            answers,
            way: Some(Way::Good),
        });
        Report { basis, fix, ..Report::seen(camat, at, is.place.clone(), says(body)) }
    };
    let report_first = report(world, first, &Says::This, at);
    let seen = world.report(report_first);
    let name = &is.place;
    let place = [is.place.clone()];
    match fate {
        Post::ListWrong => {
            let story = format!("the list of TPS is wrong about the signal at {name}");
            world.causes.push(Cause::new(Rule::ProfileAgainstVisit, place, story).shown_by([seen]));
        }
        Post::FarVisit => {
            let story = format!("the camat writes that he saw {name}, kilometres away from it");
            world.causes.push(Cause::new(Rule::FarFromTps, place, story).shown_by([seen]));
        }
        Post::SlipVisit => {
            let right =
                report(world, answers, &|body| Says::Correct(seen, Box::new(Says::This(body))), at + 400);
            world.report(right);
            let story = format!("the camat corrects what he tapped about the signal at {name}");
            world.passing.push(Passing::new(Rule::ProfileAgainstVisit, place, story));
        }
        Post::GuardsDiffer => guards(world, post, at + 1_200, seen),
        _ => {}
    }
}

/// Where the camat stands when he writes that he saw the TPS.
fn stands(world: &mut World, post: usize, fate: Post) -> Option<Fix> {
    let (lat, lon) = world.post(post).and_then(|p| p.lat.zip(p.lon))?;
    let km = world.rng.i32(6..12);
    match fate {
        Post::FarVisit => Some(Fix { lat: lat + km * KM, lon, accuracy: 20, mock: false }),
        Post::TwoHundredMetres => Some(Fix { lat: lat + KM / 5, lon, accuracy: 50, mock: false }),
        _ => position(world, post),
    }
}

/// What he finds: all in order, but for some things that are not yet.
fn answers(world: &mut World, has_signal: bool) -> Vec<Answer> {
    let items = world.shipped.list.items.clone();
    let answer = |world: &mut World, code: &str| match code {
        "signal" if has_signal => Answer::Ok,
        "signal" => Answer::NotOk,
        "guards" => Answer::Ok,
        _ => match world.rng.u32(..20) {
            0..17 => Answer::Ok,
            17 => Answer::NotOk,
            18 => Answer::NotApplicable,
            _ => Answer::Blank,
        },
    };
    items.iter().map(|item| answer(world, &item.code)).collect()
}

fn with(world: &World, answers: &[Answer], code: &str, is_ok: bool) -> Vec<Answer> {
    let items = &world.shipped.list.items;
    let said = if is_ok { Answer::Ok } else { Answer::NotOk };
    items.iter().zip(answers).map(|(item, was)| if item.code == code { said } else { *was }).collect()
}

/// The field officer comes twenty minutes later, and the guards have gone to eat.
fn guards(world: &mut World, post: usize, at: i64, seen: ReportNo) {
    let Some(is) = world.post(post).cloned() else { return };
    let district = world.places.districts.partition_point(|d| d.posts.end <= post);
    let field = world.officer_of(district, Duty::Field);
    let blank = vec![Answer::Blank; world.shipped.list.items.len()];
    let answers = with(world, &blank, "guards", false);
    let list = &world.shipped.list;
    let body = Body::Visit(Visit { checklist: list.number, version: list.version, answers, way: None });
    let fix = position(world, post);
    let report = Report { fix, ..Report::seen(field, at, is.place.clone(), Says::This(body)) };
    let other = world.report(report);
    let story = format!("camat and field officer see the guards of {} differently", is.place);
    let cause = Cause::new(Rule::OfficersDiffer, [is.place.clone()], story);
    world.causes.push(cause.shown_by([seen]).shown_by([other]));
}
