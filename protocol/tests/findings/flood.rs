//! Thousands of words about one place: nothing panics, what is open is told, and the work is bounded. Earlier moments
//! are looked at again only as far as [`limit::FINDING_WORK`] goes, so that a flooded place has a shorter memory of what
//! cured a finding.

use pantau_protocol::{
    body::{Answer, Body, Found, Rest, Turnout},
    journal::RecordId,
    limit,
    projection::{
        Fold,
        findings::{self, Rule, Status},
    },
};

use super::{
    NOW,
    samples::{kit::*, *},
};

/// Words of one officer about the TPS, a second apart from ten o'clock on: visits, figures, receipts, dispatches of
/// the kit.
fn flood(many: u64) -> Vec<Say> {
    let word = |n: u64| {
        let pick = (n % 251) as u8;
        let (at, body) = match n % 5 {
            0 => (tps(), visit(&[Answer::from_number((n % 4) as u32 + 1), Answer::Ok])),
            1 => (tps(), Body::Turnout(Turnout { hour: (n % 10) as u32 + 7, voters: (n % 300) as u32 })),
            2 => receipt(pick, (n % 13) as u8, None),
            3 => dispatch(pick, (n % 17) as u8),
            _ => (tps(), handover(Say::new(OFFICER, n, TEN, &tps(), &station(1)).id(), pick)),
        };
        Say::new(OFFICER, 100 + n, TEN + n as i64, &at, &body)
    };
    with(&(0..many).map(word).collect::<Vec<_>>())
}

/// A consignment from one point to the next that is a box short, and the receipt of the box that comes after it, at
/// some minute.
fn cured_shortage(from: u8, left: i64, cured: i64) -> (Vec<Say>, RecordId) {
    let seq = 10 + 10 * u64::from(from);
    let to = points()[usize::from(from) + 1].clone();
    // An even number lists what leaves.
    let (at, mut body) = dispatch(if from.is_multiple_of(2) { from } else { from + 5 }, from + 1);
    if let Body::Dispatch(d) = &mut body {
        (d.containers[0].count, d.kits) = (5, vec![tps()]);
    }
    let gone = Say::new(CAMAT, seq, TEN + left * MINUTE, &at, &body);
    let comes = |seq, minute, good| {
        let body = receive_with(Rest::NotChecked, &[], |r| {
            (r.at, r.label, r.dispatch, r.kits) = (to.kind, to.label.clone(), Some(gone.id()), vec![tps()]);
            r.containers = vec![Found { good, damaged: 0, missing: 0, kit: Some(0) }];
        });
        Say::new(CAMAT, seq, TEN + minute * MINUTE, &to.place, &body)
    };
    let (short, rest) = (comes(seq + 1, left + 1, 4), comes(seq + 2, cured, 1));
    let by = rest.id();
    (vec![gone, short, rest], by)
}

fn cures(fold: &Fold) -> Vec<RecordId> {
    let signs = findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), NOW).signs;
    let cured = signs.iter().filter_map(|sign| match sign.status {
        Status::Cured { by } if sign.rule == Rule::ShortAgainstDispatch => Some(by),
        _ => None,
    });
    cured.collect()
}

#[test]
fn thousands_of_words_at_one_place_are_looked_through() {
    let mut all = flood(3_000);
    let (short, _) = cured_shortage(1, 24 * 60, 25 * 60);
    all.extend(short[..2].iter().cloned());
    let fold = fold(&all);
    let signs = findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), NOW).signs;
    let is_ours = |sign: &&findings::Sign| {
        sign.rule == Rule::ShortAgainstDispatch && sign.is_open() && sign.records.contains(&short[1].id())
    };
    assert!(signs.iter().any(|sign| is_ours(&sign)), "an open finding was not told");
    assert!(!findings::all(&fold, NOW).is_empty());
}

#[test]
fn a_flooded_place_remembers_the_last_cures_only() {
    // Quiet: what was cured in the morning is known in the evening.
    let (early, by_early) = cured_shortage(0, -120, -60);
    let (late, by_late) = cured_shortage(1, 24 * 60, 25 * 60);
    let quiet = fold(&with(&[early.clone(), late.clone()].concat()));
    let remembered = cures(&quiet);
    assert!(remembered.contains(&by_early) && remembered.contains(&by_late), "{remembered:?}");
    // Words that cure nothing take part of the memory all the same.
    let many = 900_u64;
    assert!(many > 2 * (limit::FINDING_WORK as u64 / many) && limit::FINDING_MOMENTS < 100);
    let noise = |n: u64| {
        let figure = Body::Turnout(Turnout { hour: 8, voters: 5 });
        Say::new(OFFICER, 100 + n, TEN + n as i64, &tps(), &figure)
    };
    let mut all = with(&[early, late].concat());
    all.extend((0..many).map(noise));
    let remembered = cures(&fold(&all));
    assert!(remembered.contains(&by_late), "{remembered:?}");
    assert!(!remembered.contains(&by_early), "the work at a flooded place has no bound");
}
