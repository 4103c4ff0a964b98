//! The day of the election: voters come, and the field officer tells how many.

use pantau_protocol::{
    body::{Body, Signal, Turnout},
    record::Basis,
};

use super::{
    cause::{Cause, Passing},
    fates::{Air, Post},
    people::Duty,
    rule::Rule,
    world::World,
};
use crate::reports::{Report, Says};

/// Hours at which figures are told, with the share of voters who have come by then, in percent. A word every two
/// hours is enough: nobody is silent before three hours have passed.
const HOURS: [(u32, u32); 3] = [(8, 18), (10, 45), (12, 72)];
/// The hour at which the polls close.
const CLOSE: u32 = 13;

/// Tells the figures of every TPS.
pub(super) fn tell(world: &mut World) {
    for district in 0..world.places.districts.len() {
        let posts = world.places.posts_of(district);
        let (count, air) = (posts.len().max(1), world.fates.air.get(district).copied().unwrap_or_default());
        let field = world.officer_of(district, Duty::Field);
        for (n, post) in posts.enumerate() {
            // All of a kecamatan within a quarter of an hour.
            let after_s = 60 + (n * 900 / count) as i64;
            day(world, field, post, after_s);
        }
        if air == Air::MastDown {
            mast(world, district);
        }
    }
}

fn is_heard(world: &World, post: usize, fate: Post) -> bool {
    let listed = world.post(post).is_some_and(|p| p.signal != Signal::None);
    // Where the list is wrong the visit has said so.
    if fate == Post::ListWrong { !listed } else { listed }
}

fn day(world: &mut World, field: usize, post: usize, after_s: i64) {
    let fate = world.fates.posts.get(post).copied().unwrap_or_default();
    let Some(is) = world.post(post).cloned() else { return };
    let place = [is.place.clone()];
    if !is_heard(world, post, fate) || fate == Post::Mute {
        let tells_later = world.chance(0.5);
        if fate == Post::Mute {
            let story = format!("the phone of the chairman of {} is broken", is.place);
            world.causes.push(Cause::new(Rule::Silent, place, story).mended(tells_later));
        }
        if tells_later {
            let at = world.days.at(0, 16, 0) + after_s;
            tells(world, field, post, at, CLOSE, is.voters * 80 / 100, Basis::ToldInPerson);
        }
        return;
    }
    for (hour, percent) in HOURS {
        let at = world.days.at(0, i64::from(hour), 0) + after_s;
        let voters = is.voters * percent / 100;
        let figure = match (fate, hour) {
            (Post::DigitLost | Post::SlipTurnout, 10) => voters / 10,
            (Post::DigitMore, 12) => voters * 10 + 7,
            _ => voters,
        };
        let told = tells(world, field, post, at, hour, figure, Basis::Seen);
        if figure == voters {
            continue;
        }
        match fate {
            Post::SlipTurnout => {
                let body = Body::Turnout(Turnout { hour, voters });
                let says = Says::Correct(told, Box::new(Says::This(body)));
                world.report(Report::seen(field, at + 240, is.place.clone(), says));
                let story = format!("a figure of {} is put right", is.place);
                world.passing.push(Passing::new(Rule::TurnoutFalls, place.clone(), story));
            }
            Post::DigitLost => {
                let story = format!("a figure of {} loses a digit", is.place);
                world.causes.push(Cause::new(Rule::TurnoutFalls, place.clone(), story).shown_by([told]));
            }
            _ => {
                let story = format!("a figure of {} gains a digit", is.place);
                world
                    .causes
                    .push(Cause::new(Rule::TurnoutAboveVoters, place.clone(), story).shown_by([told]));
            }
        }
    }
}

fn tells(
    world: &mut World,
    field: usize,
    post: usize,
    at: i64,
    hour: u32,
    voters: u32,
    basis: Basis,
) -> usize {
    let Some(place) = world.post(post).map(|p| p.place.clone()) else { return 0 };
    let says = Says::This(Body::Turnout(Turnout { hour, voters }));
    world.report(Report { basis, ..Report::seen(field, at, place, says) })
}

/// No word from any TPS with signal.
fn mast(world: &mut World, district: usize) {
    let posts = world.places.posts_of(district);
    let heard = |n: &usize| world.post(*n).is_some_and(|p| p.signal == Signal::Strong);
    let places: Vec<_> = posts.filter(heard).filter_map(|n| world.post(n)).map(|p| p.place.clone()).collect();
    let Some(name) = world.places.districts.get(district).map(|d| d.place.clone()) else { return };
    let story = format!("the mast of {name} is down in the morning of election day");
    world.causes.push(Cause::new(Rule::Silent, places, story).mended(true));
}
