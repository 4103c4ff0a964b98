//! Findings on the pages: the list, one with its records, the TPS; open, closed and opened again.

use pantau_log::ops::{self, Act, Decided, Evidence, Extent, FindingDecision};
use pantau_protocol::{
    body::{Containers, Dispatch, Found, Packed, Point},
    projection::findings::{Finding, Lang, Rule, Say},
};

use super::*;

pub(super) fn desk_says(world: &World, at: &str, body: Body) {
    author::append(&world.server, vec![NewDeskRecord::new(world.server.now(), place(at), body)]).unwrap();
}

/// Five boxes leave the PPK, four reach the TPS.
pub(super) fn a_box_is_missing(world: &World) {
    a_box_is_missing_at(world, TPS);
}

/// The same of another TPS.
pub(super) fn a_box_is_missing_at(world: &World, tps: &str) {
    let to = Point { kind: CustodyKind::Tps, place: place(tps), label: None };
    let dispatch = Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to,
        kits: vec![place(tps)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    };
    desk_says(world, "62.06.13", Body::Dispatch(dispatch));
    let receive = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: vec![Found { good: 4, damaged: 0, missing: 1, kit: None }],
        form: None,
    };
    desk_says(world, tps, Body::Receive(receive));
}

pub(super) fn short(world: &World) -> Finding {
    let all = ops::findings(&world.server).unwrap();
    all.into_iter().find(|f| f.rule == Rule::ShortAgainstDispatch).expect("a box is missing")
}

#[tokio::test]
async fn a_missing_box_is_told_with_who_what_and_what_to_do() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let empty = world.get("/findings", &cookie).await.body;
    assert!(empty.contains("Tidak ada temuan terbuka"), "{empty}");
    a_box_is_missing(&world);
    let id = short(&world).id;
    for page in ["/findings", &format!("/finding/{id}"), &format!("/tps/{TPS}")] {
        let page = world.get(page, &cookie).await.body;
        for told in ["Kurang dari surat jalan", "5 dikirim oleh", "4 diterima oleh", "1 belum jelas"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(page.contains("minta keduanya menghitung ulang"), "what to do: {page}");
    }
    let english = world.get(&format!("/finding/{id}?lang=en"), &cookie).await.body;
    assert!(english.contains("1 unaccounted for between PPK"), "{english}");
    assert!(world.get("/", &cookie).await.body.contains("Temuan"), "the menu leads there");
    assert_eq!(world.get("/finding/1234", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_desk_closes_a_finding_with_a_reason_and_new_evidence_opens_it() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing(&world);
    let id = short(&world).id;
    let rule = |act, why: &str| {
        let all = ops::findings(&world.server).unwrap();
        let Some(seen) = Evidence::of(&all, id, act) else { return false };
        let why = why.to_owned();
        let decision =
            FindingDecision { id, act, extent: Extent::All, seen, why, scope: None, operator: None };
        matches!(ops::rule(&world.server, &decision).unwrap(), Decided::Done(_))
    };
    assert!(rule(Act::Close, "Kotak kelima <ada> di gudang"));
    let open = world.get("/findings", &cookie).await.body;
    assert!(!open.contains("Kurang dari surat jalan"), "{open}");
    let closed = world.get("/findings?closed=1", &cookie).await.body;
    assert!(closed.contains("ditutup oleh desk"), "{closed}");
    let page = world.get(&format!("/finding/{id}"), &cookie).await.body;
    assert!(page.contains("Kotak kelima &#60;ada&#62; di gudang"), "the reason: {page}");
    assert!(!rule(Act::Close, "lagi"), "nothing is open");

    assert!(rule(Act::Reopen, "Keliru ditutup"));
    assert!(short(&world).is_open());
    assert!(rule(Act::Close, "Benar ditutup"));
    assert!(!short(&world).is_open());
    a_box_is_missing(&world);
    assert!(short(&world).is_open(), "other records are other evidence");
}

#[test]
fn sentences_and_pages_call_a_point_the_same() {
    let (world, _) = World::with_data();
    let known = world.server.known().unwrap();
    for (lang, of_page) in [(Lang::Id, crate::Lang::Id), (Lang::En, crate::Lang::En)] {
        let say = Say { lang, reference: known.reference(), names: &|_| None };
        for kind in [CustodyKind::Warehouse, CustodyKind::Ppk, CustodyKind::Pps, CustodyKind::Transit] {
            let told = say.point(&Point { kind, place: place("62.06.13"), label: None });
            let word = crate::text::words::custody(of_page, kind);
            assert!(told.starts_with(&format!("{word} ")), "{told}: {word}");
        }
    }
}
