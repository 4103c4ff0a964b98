//! A place looked at with what an earlier look remembered shows what a look from scratch does, whatever came between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    cbor,
    projection::{
        Fold, Heard,
        findings::{self, Memory, Status},
    },
};
use proptest::prelude::*;
use samples::{kit::*, *};

fn when(say: &Say) -> i64 {
    say.envelope.map_or(i64::MAX, |e| e.received_at)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_look_with_a_memory_is_a_look_from_scratch(acts in wide_acts(60), each in 1..5usize) {
        let mut all = with(&wide_says(&acts));
        all.sort_by_key(when);
        let mut fold = Fold::new();
        let mut memory: Option<Memory> = None;
        for part in all.chunks(each) {
            part.iter().for_each(|say| _ = fold.insert(say.fact()));
            // What a projector does: where the tables changed, it forgets.
            if part.iter().any(|say| say.fact().statement.kind().is_reference()) {
                memory = None;
            }
            let now = part.iter().map(when).filter(|at| *at < i64::MAX).max().unwrap_or(TEN + 30 * HOUR);
            let here = tps();
            let facts = || fold.facts_of(&here);
            let (seen, next) = findings::look_on(&Heard::new(&tps(), facts(), fold.reference()), now, memory.clone());
            prop_assert_eq!(&seen, &findings::look(&tps(), facts(), fold.reference(), now));
            let open = seen.signs.iter().filter(|sign| !matches!(sign.status, Status::Cured { .. }));
            let now = findings::look_now(&Heard::new(&tps(), facts(), fold.reference()), now);
            prop_assert_eq!(open.cloned().collect::<Vec<_>>(), now.signs);
            memory = next.map(|memory| cbor::from_slice(&cbor::to_vec(&memory)).unwrap());
        }
    }

    #[test]
    fn a_memory_of_other_records_is_not_used(one in wide_acts(40), other in wide_acts(40)) {
        let (one, other) = (fold(&with(&wide_says(&one))), fold(&with(&wide_says(&other))));
        let now = TEN + 30 * HOUR;
        let (_, memory) = findings::look_on(&Heard::new(&tps(), one.facts_of(&tps()), one.reference()), now, None);
        let (seen, _) = findings::look_on(&Heard::new(&tps(), other.facts_of(&tps()), other.reference()), now, memory);
        prop_assert_eq!(seen, findings::look(&tps(), other.facts_of(&tps()), other.reference(), now));
    }
}
