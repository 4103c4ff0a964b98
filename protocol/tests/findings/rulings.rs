//! What the desk decided holds on its evidence alone; time changes findings only when it is said; nothing panics.

use pantau_protocol::{
    body::{Body, Closing, Ruling, Share, Turnout, Verdict},
    projection::{
        Fold,
        findings::{self, Sign, Status},
    },
};
use proptest::prelude::*;

use super::{
    NOW, config,
    samples::{kit::*, *},
};

fn signs(fold: &Fold, now: i64) -> Vec<Sign> {
    findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), now).signs
}

/// The decision of the desk on a sign, said after all else.
fn decide(sign: &Sign, verdict: Verdict, seq: u64) -> Say {
    let shares = vec![Share { place: sign.place.clone(), version: sign.version() }];
    let closing = Some(Closing { rule: sign.rule, finding: sign.finding(), shares });
    let body = Body::Ruling(Ruling { verdict, records: vec![], target_places: vec![tps()], closing });
    Say::new(DESK, seq, TEN + 28 * HOUR + seq as i64, &tps(), &body)
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_ruling_holds_on_its_evidence_alone(acts in wide_acts(24), pick in any::<usize>()) {
        let mut all = with(&wide_says(&acts));
        let open: Vec<Sign> = signs(&fold(&all), NOW).into_iter().filter(Sign::is_open).collect();
        prop_assume!(!open.is_empty());
        let sign = &open[pick % open.len()];
        let same = |s: &Sign| (s.rule, &s.about) == (sign.rule, &sign.about);
        let of = |all: &[Say]| signs(&fold(all), NOW).into_iter().find(|s| same(s));
        let close = decide(sign, Verdict::Close, 400);
        all.push(close.clone());
        let closed = of(&all).expect("a ruling takes no finding away");
        prop_assert_eq!(closed.status, Status::Ruled { by: close.id() });
        let turnout = Body::Turnout(Turnout { hour: 8, voters: 60_000 });
        all.push(say(OFFICER, 90, 29 * 60, &turnout));
        if let Some(now) = of(&all) {
            let is_same = now.version() == sign.version();
            prop_assert_eq!(matches!(now.status, Status::Ruled { .. }), is_same);
        }
        all.pop();
        all.push(decide(sign, Verdict::Reopen, 401));
        prop_assert_eq!(of(&all).map(|s| s.status), Some(Status::Open));
    }

    #[test]
    fn nothing_changes_before_it_is_said(acts in wide_acts(24), hour in 0..40i64) {
        let fold = fold(&with(&wide_says(&acts)));
        let now = TEN + hour * HOUR - 20 * HOUR;
        let see = |at| findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), at);
        let seen = see(now);
        let until = seen.until.unwrap_or(now + 72 * HOUR);
        prop_assert!(until > now);
        for at in [now + (until - now) / 3, now + (until - now) / 2, until - 1] {
            let then = see(at);
            prop_assert_eq!(&then.signs, &seen.signs, "at {} of {}..{}", at, now, until);
            prop_assert_eq!(then.silence, seen.silence, "at {} of {}..{}", at, now, until);
        }
    }

    #[test]
    fn hostile_times_never_panic(acts in wide_acts(20), now in any::<i64>(), at in any::<i64>(), heard in any::<i64>()) {
        let mut all = with(&wide_says(&acts));
        let wild = Body::Turnout(Turnout { hour: u32::MAX, voters: u32::MAX });
        all.push(Say { record: pantau_protocol::record::Record::new(at, tps(), &wild), ..say(CAMAT, 70, 0, &wild) }.received(heard, at));
        for now in [now, i64::MIN, i64::MAX] {
            let _ = findings::all(&fold(&all), now);
        }
    }
}
