//! The custody board: what each stop holds, what is on its way and since when, and what nobody reported.

use pantau_protocol::body::{Containers, Dispatch, Packed, Point};

use super::*;

const OTHER: &str = "62.06.13.2001/002";

fn desk_says(world: &World, at: i64, code: &str, body: Body) {
    author::append(&world.server, vec![NewDeskRecord::new(at, place(code), body)]).unwrap();
}

/// Kits that go from the PPK to the PPS of the village, or goods without one.
fn sent(kits: &[&str], due: Option<i64>) -> Body {
    Body::Dispatch(Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None },
        kits: kits.iter().map(|code| place(code)).collect(),
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: (!kits.is_empty()).then_some(0) }],
        lines: Vec::new(),
        seals: Vec::new(),
        due,
    })
}

fn came(at: CustodyKind, kits: &[&str]) -> Body {
    let Body::Receive(receive) = arrival() else { panic!("a receipt") };
    let kits = kits.iter().map(|code| place(code)).collect();
    Body::Receive(Receive { at, kits, lines: Vec::new(), rest: Rest::NotChecked, ..receive })
}

/// The cells of the row of a table that begins with a word, without their tags.
pub(super) fn row(page: &str, begins: &str) -> Vec<String> {
    let plain = |cell: &str| {
        let text: String =
            cell.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text)).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let rows = page.split("<tr>").skip(1).filter_map(|row| row.split("</tr>").next());
    let mut rows = rows.map(|row| {
        let cells = row.replace("<th", "\0<th").replace("<td", "\0<td");
        cells.split('\0').map(plain).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    });
    rows.find(|cells| cells.first().is_some_and(|cell| cell.starts_with(begins))).unwrap_or_default()
}

#[tokio::test]
async fn what_nobody_reported_is_not_zero() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = world.get("/logistics", &cookie).await.body;
    assert_eq!(row(&page, "Belum ada laporan"), ["Belum ada laporan", "2"]);
    assert_eq!(row(&page, "Jumlah"), ["Jumlah", "2"]);
    assert_eq!(row(&page, "Gudang KPU")[1..3], ["0", "0"]);
    assert!(page.contains("Tidak ada kiriman dalam perjalanan"), "{page}");
    assert!(page.contains("/export/custody.csv?bom=1"), "{page}");
    let empty = World::empty();
    let cookie = empty.sign_in().await;
    let page = empty.get("/logistics", &cookie).await.body;
    assert!(page.contains("Belum ada TPS di wilayah ini."), "{page}");
}

#[tokio::test]
async fn a_consignment_is_listed_until_it_is_received_and_is_past_due_when_its_time_has_passed() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    desk_says(&world, NOW, "62.06.13", sent(&[TPS, OTHER], Some(NOW + 3600)));
    world.move_clock(1800);
    let page = world.get("/logistics", &cookie).await.body;
    assert_eq!(row(&page, "PPK"), ["PPK", "0", "2", "30 mnt lalu", "0", "0"]);
    assert_eq!(row(&page, "Belum ada laporan")[1], "0");
    let one = row(&page, "PPK Marikit → PPS");
    assert!(one[1].starts_with("2 kit, 5 + ? koli") && one[1].contains("TPS 001 Tumbang Gagu"), "{one:?}");
    assert!(one[2].starts_with("Meja KPU") && one[3] == "Meja KPU", "{one:?}");
    assert!(one[4].starts_with("belum tenggat") && one[4].contains(" WIB"), "{one:?}");
    assert!(page.contains("<a href=\"/tps/62.06.13.2001/001\">"), "{page}");
    // Kabupaten, kecamatan, desa, TPS: where the kits are is told at every level.
    for (at, name) in
        [("", "Kabupaten Katingan"), ("?place=62.06", "Marikit"), ("?place=62.06.13", "Tumbang Gagu")]
    {
        let page = world.get(&format!("/logistics{at}"), &cookie).await.body;
        assert_eq!(row(&page, name)[1..], ["2", "0", "0", "0", "0", "2", "0", "0", "0"], "{at}");
    }
    world.move_clock(1801);
    let page = world.get("/logistics", &cookie).await.body;
    assert_eq!(row(&page, "PPK")[4], "2");
    assert!(page.contains("Logistik (2)"), "the menu counts them: {page}");
    assert!(row(&page, "PPK Marikit → PPS")[4].starts_with("melewati tenggat"));
    desk_says(&world, NOW + 3600, "62.06.13.2001", came(CustodyKind::Pps, &[TPS]));
    let page = world.get("/logistics", &cookie).await.body;
    assert_eq!(row(&page, "PPK")[1..5], ["0", "1", "1 jam lalu", "1"]);
    assert_eq!(row(&page, "PPS")[1..3], ["1", "0"]);
    assert!(
        row(&page, "PPK Marikit → PPS")[1].starts_with("1 kit, ? koli"),
        "the other one's boxes were not counted"
    );
    let village = world.get("/logistics?place=62.06.13.2001", &cookie).await.body;
    assert_eq!(row(&village, "TPS 001")[1..], ["1", "0", "0", "1", "0", "0", "0", "0", "0"]);
    assert_eq!(row(&village, "TPS 002")[1..], ["1", "0", "0", "0", "0", "1", "0", "0", "1"]);
    desk_says(&world, NOW + 3601, "62.06.13.2001", came(CustodyKind::Pps, &[OTHER]));
    let page = world.get("/logistics", &cookie).await.body;
    assert!(page.contains("Tidak ada kiriman dalam perjalanan") && !page.contains("Logistik ("), "{page}");
}

#[tokio::test]
async fn a_kit_that_was_at_its_tps_is_on_its_way_back_and_goods_without_a_kit_are_listed() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    desk_says(&world, NOW - 7200, TPS, came(CustodyKind::Tps, &[TPS]));
    let Body::Dispatch(back) = sent(&[TPS], None) else { panic!("a dispatch") };
    desk_says(&world, NOW - 3600, TPS, Body::Dispatch(Dispatch { from: CustodyKind::Tps, ..back }));
    desk_says(&world, NOW - 1800, "62.06.13", sent(&[], None));
    let page = world.get("/logistics?lang=en", &cookie).await.body;
    assert_eq!(row(&page, "TPS")[1..3], ["0", "1"]);
    assert_eq!(
        row(&page, "Kabupaten Katingan")[7..9],
        ["1", "1"],
        "one on the way back, of one nobody spoke"
    );
    assert!(row(&page, "PPK Marikit → PPS")[1].starts_with("goods without a kit, 5 containers"), "{page}");
    let first = page.find("TPS 001 Tumbang Gagu → PPS").unwrap();
    assert!(first < page.find("PPK Marikit → PPS").unwrap(), "the oldest first");
    desk_says(&world, NOW, "62.06.13.2001", came(CustodyKind::Pps, &[TPS]));
    let page = world.get("/logistics?lang=en", &cookie).await.body;
    assert_eq!(row(&page, "PPS (back)")[1..3], ["1", "0"]);
}

#[tokio::test]
async fn a_kit_that_stands_at_the_ppk_is_late_once_the_goods_are_due_and_other_places_are_not_there() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    desk_says(&world, NOW, "62.06.13", came(CustodyKind::Ppk, &[TPS]));
    assert_eq!(row(&world.get("/logistics", &cookie).await.body, "PPK")[1..], ["1", "0", "–", "0", "0"]);
    let due = world.server.known().unwrap().reference().profile().unwrap().logistics_due;
    world.move_clock(due + 1 - world.server.now());
    let cookie = world.sign_in().await;
    let page = world.get("/logistics", &cookie).await.body;
    assert_eq!(row(&page, "PPK")[1..], ["1", "0", "–", "1", "0"]);
    assert_eq!(row(&page, "Kabupaten Katingan")[9], "1");
    // What leaves on the way back has no due time by law.
    let Body::Dispatch(back) = sent(&[OTHER], None) else { panic!("a dispatch") };
    desk_says(&world, due + 1, OTHER, Body::Dispatch(Dispatch { from: CustodyKind::Tps, ..back }));
    let page = world.get("/logistics", &cookie).await.body;
    assert_eq!(row(&page, "TPS")[1..], ["0", "1", "baru saja", "0", "1"]);
    assert!(row(&page, "TPS 002 Tumbang Gagu → PPS")[4].starts_with("tanpa tenggat"), "{page}");
    for (at, status) in [("place=62.07", 404), ("page=0", 400), ("where=62", 400)] {
        assert_eq!(world.get(&format!("/logistics?{at}"), &cookie).await.status.as_u16(), status, "{at}");
    }
}
