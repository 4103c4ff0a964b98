//! Goods on their way, as the timelines tell them.

use pantau_protocol::body::{
    Containers, Dispatch, Found, Loose, Packed, PackedItem, Packing, Point, Seal, SealOut, SealState,
};

use super::*;

const OTHER: &str = "62.06.13.2001/002";
const BALLOTS: u32 = 10;

fn desk_says(world: &World, at: &str, body: Body, notes: &[(Field, &str)]) {
    let mut new = NewDeskRecord::new(NOW, place(at), body);
    new.notes = notes.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
    author::append(&world.server, vec![new]).unwrap();
}

fn dispatch() -> Dispatch {
    Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: Some("dermaga".into()) },
        kits: vec![place(TPS), place(OTHER)],
        packed: Packed::AsPacked,
        containers: vec![Containers { count: 5, kit: Some(0) }, Containers { count: 1_200, kit: None }],
        lines: vec![Loose { item: BALLOTS, pieces: 12, kit: Some(1) }],
        seals: ["K 1", "K 2", "K 3"].map(|n| SealOut { number: n.into(), kit: None }).into(),
        due: Some(NOW + 3600),
    }
}

fn receive() -> Receive {
    let seal = |number: &str, state, kit| Seal { number: number.into(), state, kit };
    let found = |good, damaged, missing, kit| Found { good, damaged, missing, kit };
    Receive {
        at: CustodyKind::Pps,
        label: None,
        dispatch: None,
        rest: Rest::SealedAsDispatched,
        lines: vec![Line {
            item: BALLOTS,
            state: LineState::Counted,
            good: 299,
            damaged: 2,
            missing: 0,
            kit: Some(1),
        }],
        seals: vec![
            seal("K 1", SealState::Intact, None),
            seal("<K 2>", SealState::Broken, Some(1)),
            seal("K 3", SealState::Missing, None),
        ],
        kits: vec![place(TPS), place(OTHER)],
        containers: vec![found(5, 0, 0, Some(0)), found(3, 1, 2, Some(1))],
        form: Some("17/2024".into()),
    }
}

/// What the timelines of a page say of records of one kind.
fn told(page: &str, kind: &str) -> Vec<String> {
    let rows = page.split("<tr").filter(|row| row.contains(kind));
    rows.map(|row| row.replace("&#60;", "<").replace("&#62;", ">")).collect()
}

#[tokio::test]
async fn goods_on_their_way_are_told_in_words_wherever_they_pass() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let notes = [(Field::Vehicle, "KH 1234 AB"), (Field::Escort, "Pak Budi")];
    desk_says(&world, "62.06.13", Body::Dispatch(dispatch()), &notes);
    desk_says(&world, "62.06.13.2001", Body::Receive(receive()), &[]);
    let lines = vec![PackedItem { item: BALLOTS, pieces: 277 }];
    let packing = Packing { containers: 5, seals: vec!["K 1".into()], lines };
    desk_says(&world, TPS, Body::Packing(packing), &[]);
    let sent = "PPK → PPS Tumbang Gagu, dermaga; 2 kit; isi sesuai daftar kemas; TPS 001: 5 koli; 1.200 koli; \
                TPS 002: Surat suara";
    for page in [TPS, OTHER] {
        let page = world.get(&format!("/tps/{page}"), &cookie).await.body;
        let rows = told(&page, "Pengiriman");
        assert!(rows.iter().any(|row| row.contains(sent)), "{rows:?}");
        let rows = rows.concat();
        assert!(rows.contains("12; 3 segel; tenggat "), "{rows}");
        assert!(rows.contains("Kendaraan") && rows.contains("KH 1234 AB"), "{rows}");
        assert!(rows.contains("Pengawal") && rows.contains("Pak Budi"), "{rows}");
        let rows = told(&page, "Penerimaan").concat();
        for part in [
            "PPS; TPS 001: 5 koli; TPS 002: 3 koli (1 rusak, 2 kurang); TPS 002: Surat suara",
            "299 (2 rusak); sisanya tersegel sesuai pengiriman; 1 segel utuh; TPS 002: segel <K 2> rusak; \
             segel K 3 tidak ada; 2 kit; BTTB no. 17/2024",
        ] {
            assert!(rows.contains(part), "{part}: {rows}");
        }
    }
    for region in ["62.06.13", "62.06.13.2001"] {
        let page = world.get(&format!("/region/{region}"), &cookie).await.body;
        assert!(told(&page, "Pengiriman").concat().contains("PPK → PPS"), "{region}");
    }
    let page = world.get(&format!("/tps/{TPS}?lang=en"), &cookie).await.body;
    assert!(
        told(&page, "Dispatch")
            .concat()
            .contains("contents as packed; TPS 001: 5 containers; 1,200 containers")
    );
    assert!(told(&page, "Packing list").concat().contains("5 containers; 1 seal; Ballots"), "{page}");
    assert!(!world.get(&format!("/tps/{OTHER}"), &cookie).await.body.contains("Daftar kemas"));
}

#[tokio::test]
async fn the_custody_line_says_who_had_it_and_what_is_missing() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = format!("/tps/{TPS}");
    let nothing = world.get(&page, &cookie).await.body;
    assert!(nothing.contains("Belum ada yang melaporkan kit TPS ini."), "{nothing}");
    let kits = vec![place(TPS)];
    let sent = Dispatch {
        kits: kits.clone(),
        containers: vec![Containers { count: 5, kit: None }],
        lines: Vec::new(),
        seals: ["K 1", "K 2"].map(|n| SealOut { number: n.into(), kit: None }).into(),
        ..dispatch()
    };
    desk_says(&world, "62.06.13", Body::Dispatch(sent), &[]);
    let left = world.get(&page, &cookie).await.body;
    for told in ["dalam perjalanan PPK", "koli: 5 dikirim, ? diterima<", "belum dapat dipastikan"] {
        assert!(left.contains(told), "{told}: {left}");
    }
    world.move_clock(3600);
    let seal = |number: &str, state| Seal { number: number.into(), state, kit: None };
    let came = Receive {
        kits,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        containers: vec![Found { good: 4, damaged: 0, missing: 1, kit: None }],
        seals: vec![
            seal("k-1", SealState::Intact),
            seal("K 2", SealState::Broken),
            seal("K 9", SealState::Intact),
        ],
        ..receive()
    };
    let mut new = NewDeskRecord::new(NOW + 3600, place("62.06.13.2001"), Body::Receive(came));
    new.notes = Vec::new();
    author::append(&world.server, vec![new]).unwrap();
    let came = world.get(&page, &cookie).await.body;
    let all = [
        "koli: 5 dikirim, 4 diterima, 1 belum jelas",
        "1 segel utuh",
        "segel K 2 rusak",
        "segel K 9 tidak ada dalam daftar",
        "Terakhir di tangan",
    ];
    for told in all {
        assert!(came.contains(told), "{told}: {came}");
    }
    assert!(!came.contains("dalam perjalanan"), "{came}");
}
