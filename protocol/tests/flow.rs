//! Where a kit stands on its way out and back, and what was given away and not received yet.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Body, Containers, Dispatch, Packed, Point, Receive, Rest},
    journal::RecordId,
    projection::{Flow, Fold, Heard, Rollup, Stand, Stop, Whereabouts, custody},
};
use proptest::prelude::*;
use samples::{kit::*, *};

fn flow(fold: &Fold) -> Flow {
    Heard::new(&tps(), fold.facts_of(&tps()), fold.reference()).flow()
}

fn sums(fold: &Fold) -> Rollup {
    let mut rollup = Rollup::default();
    rollup.add(&tps(), &fold.state(&tps()), fold.reference());
    rollup.add_flow(&flow(fold));
    rollup
}

fn gives(from: &Point, to: &Point, due: Option<i64>) -> Body {
    Body::Dispatch(Dispatch {
        from: from.kind,
        from_label: from.label.clone(),
        to: to.clone(),
        kits: vec![tps()],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: vec![],
        seals: vec![],
        due,
    })
}

fn takes(at: &Point, dispatch: Option<RecordId>) -> Body {
    let answers = |r: &mut Receive| {
        (r.at, r.label, r.dispatch, r.kits) = (at.kind, at.label.clone(), dispatch, vec![tps()])
    };
    receive_with(Rest::NotChecked, &[], answers)
}

#[test]
fn a_kit_stands_at_one_stop_on_its_way_out_and_back() {
    let [warehouse, ppk, landing, pps, tps_point] = points();
    let way = [
        (&warehouse, &ppk, Stop::Warehouse, Stop::Ppk),
        (&ppk, &pps, Stop::Ppk, Stop::Pps),
        (&pps, &tps_point, Stop::Pps, Stop::Tps),
        (&tps_point, &pps, Stop::Tps, Stop::PpsBack),
        (&pps, &ppk, Stop::PpsBack, Stop::PpkBack),
        (&ppk, &warehouse, Stop::PpkBack, Stop::WarehouseBack),
    ];
    assert_eq!(flow(&fold(&with(&[]))), Flow::default());
    let nothing = sums(&fold(&with(&[])));
    assert_eq!(
        (nothing.kits.known(), nothing.kits_untold()),
        (0, 1),
        "what nobody said is nowhere, and not zero"
    );
    let mut said = Vec::new();
    for (n, (from, to, left, came)) in (0..).zip(way) {
        let at = TEN + n * HOUR;
        said.push(Say::new(CAMAT, said.len() as u64 + 1, at, &from.place, &gives(from, to, None)));
        let away = fold(&with(&said));
        assert_eq!(flow(&away).kit, Some(Stand { stop: left, is_away: true }), "{left:?}");
        let [one] = flow(&away).underway.try_into().unwrap();
        assert_eq!((&one.from, &one.to, one.kit, one.boxes), (from, to, Some(left), Some(5)));
        assert_eq!((sums(&away).kits.left(left), sums(&away).kits.known()), (1, 1));
        // A landing on the way is no stop: it is still on the way, in other hands.
        let passed = Say::new(
            OFFICER,
            90,
            at + 10 * MINUTE,
            &landing.place,
            &takes(&landing, Some(said[said.len() - 1].id())),
        );
        let seen = flow(&fold(&with(&[said.clone(), vec![passed]].concat())));
        assert_eq!(seen.kit, Some(Stand { stop: left, is_away: true }));
        assert_eq!(seen.underway[0].last_hands().officer, Some(2));
        said.push(Say::new(CAMAT, said.len() as u64 + 1, at + 30 * MINUTE, &to.place, &takes(to, None)));
        let there = fold(&with(&said));
        assert_eq!(flow(&there), Flow { kit: Some(Stand { stop: came, is_away: false }), underway: vec![] });
        assert_eq!((sums(&there).kits.at(came), sums(&there).kits.known()), (1, 1), "{came:?}");
    }
}

#[test]
fn what_is_on_its_way_is_past_due_by_the_giver_or_the_law_and_undetermined_once_it_was_answered() {
    let [warehouse, ppk, ..] = points();
    let of = |at: i64, due: Option<i64>, more: &dyn Fn(&Say) -> Vec<Say>| {
        let given = Say::new(CAMAT, 1, at, &warehouse.place, &gives(&warehouse, &ppk, due));
        let more = more(&given);
        let flow = flow(&fold(&with(&[vec![given], more].concat())));
        (flow.underway[0].past_due_at(), flow.underway[0].is_answered)
    };
    let law = profile("pemilu-2024").logistics_due;
    let nothing = |_: &Say| Vec::new();
    assert_eq!(of(law - HOUR, Some(law - 60), &nothing), (Some(law - 60), false), "as the giver said");
    assert_eq!(of(law - HOUR, None, &nothing), (Some(law), false), "or by the end of T-1");
    assert_eq!(of(law + HOUR, None, &nothing), (None, false), "on the way back there is no law");
    let answered = |given: &Say| {
        vec![Say::new(CAMAT, 2, given.record.at + 60, &warehouse.place, &handover(given.id(), 1))]
    };
    assert_eq!(of(law - HOUR, None, &answered), (None, true), "the receiver's word lies on his phone");
}

#[test]
fn goods_without_a_kit_are_listed_where_they_go() {
    let [warehouse, ppk, ..] = points();
    let Body::Dispatch(sent) = gives(&warehouse, &ppk, None) else { panic!("a dispatch") };
    let loose = Body::Dispatch(Dispatch { kits: vec![], ..sent });
    let fold = fold(&with(&[Say::new(CAMAT, 1, TEN, &warehouse.place, &loose)]));
    let there = Heard::new(&ppk.place, fold.facts_of(&ppk.place), fold.reference()).flow();
    assert_eq!((there.kit, there.underway.len(), there.underway[0].kit), (None, 1, None));
    assert_eq!(flow(&fold), Flow::default(), "it is no kit");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_kit_is_counted_once_wherever_it_is(acts in acts()) {
        let fold = fold(&with(&says(&acts)));
        let (flow, sums) = (flow(&fold), sums(&fold));
        let line = custody(&tps(), fold.facts_of(&tps()), fold.reference());
        prop_assert_eq!(flow.kit.is_some(), line.is_some());
        prop_assert_eq!(sums.kits.known() + sums.kits_untold(), 1);
        let is_away = flow.kit.is_some_and(|stand| stand.is_away);
        let of_kit = flow.underway.iter().filter(|share| share.kit.is_some()).count();
        prop_assert_eq!(of_kit, usize::from(is_away));
        if let Some(Whereabouts::OnTheWay { .. }) = line.map(|line| line.at) {
            prop_assert!(is_away);
        }
    }
}
