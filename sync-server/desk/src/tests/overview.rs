//! The first screen: its figures are those of the lists that they lead to.

use super::{world::arrival, *};

/// The plain text of a card.
fn card<'a>(page: &'a Answer, title: &str) -> &'a str {
    let cards = page.body.split("<section class=\"figure\"").skip(1);
    let mut found = cards.filter(|card| card.contains(&format!(">{title}</a></h2>")));
    found.next().unwrap().split("</section>").next().unwrap()
}

async fn world_with_an_arrival() -> (World, Phone, String) {
    let (world, mut phone) = World::with_data();
    world.grant_field_officer();
    say(&mut phone, &world, NOW - 60, TPS, &arrival(), &[]);
    let cookie = world.sign_in().await;
    (world, phone, cookie)
}

#[tokio::test]
async fn the_sentence_says_what_the_sums_say() {
    let (world, _phone, cookie) = world_with_an_arrival().await;
    let page = world.get("/", &cookie).await;
    let (_, sentence) = page.body.split_once("id=\"sentence\" class=\"sentence\">").unwrap();
    let sentence = sentence.split("</p>").next().unwrap();
    // TPS 001 is very remote and has its goods; TPS 002 has none and is not.
    assert!(sentence.starts_with("1 dari 2 TPS (50,0 %) telah menerima logistik per "), "{sentence}");
    assert!(sentence.contains("; 1 belum, 0 di antaranya di daerah sangat terpencil."), "{sentence}");
    assert!(sentence.contains(" Tenggat "), "{sentence}");
    let english = world.get("/?lang=en", &cookie).await;
    assert!(english.body.contains("1 of 2 TPS (50.0 %) have received logistics as of"));
}

#[tokio::test]
async fn every_figure_opens_to_the_list_that_it_counts() {
    let (world, _phone, cookie) = world_with_an_arrival().await;
    let page = world.get("/", &cookie).await;
    let goods = card(&page, "Logistik di TPS");
    assert!(goods.contains("href=\"/tps?within=62&#38;logistics=none\""), "{goods}");
    assert!(goods.contains("disaksikan 1 · keterangan lisan 0 · dokumen 0"), "{goods}");
    let list = world.get("/tps?within=62&logistics=none", &cookie).await;
    assert!(list.body.contains("62.06.13.2001/002") && !list.body.contains("/tps/62.06.13.2001/001\""));
    let parts = card(&page, "Kelengkapan");
    let counts: Vec<u32> =
        parts.split("<strong>").skip(1).map(|p| p.split('<').next().unwrap().parse().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u32>(), 2, "the four parts are all TPS: {parts}");
    for card in page.body.split("<section class=\"figure\"").skip(1) {
        let card = card.split("</section>").next().unwrap();
        assert!(card.contains("Dasar: "), "{card}");
        assert!(card.contains("laporan terbaru") || card.contains("belum ada laporan"), "{card}");
    }
}

#[tokio::test]
async fn camats_without_any_visit_are_one_click_away() {
    let (world, mut phone, cookie) = world_with_an_arrival().await;
    let before = world.get("/", &cookie).await;
    assert!(card(&before, "Kunjungan camat").contains("<strong>1</strong> belum sama sekali"));
    say(&mut phone, &world, NOW - 30, TPS, &visit(), &[]);
    let after = world.get("/", &cookie).await;
    let card = card(&after, "Kunjungan camat");
    assert!(card.contains("<strong>0</strong> belum sama sekali"), "{card}");
    assert!(card.contains("href=\"/officers?role=Camat&#38;visited=none&#38;within=62\""), "{card}");
}

#[tokio::test]
async fn what_changed_since_is_counted_from_the_log_as_of_then() {
    let (world, mut phone, cookie) = world_with_an_arrival().await;
    world.move_clock(2 * 3_600);
    let quiet = world.get("/", &cookie).await;
    assert!(quiet.body.contains("Tidak ada perubahan."), "nothing came in the last hour");
    say(&mut phone, &world, NOW + 7_100, "62.06.13.2001/002", &arrival(), &[]);
    let page = world.get("/?since=hour", &cookie).await;
    assert!(page.body.contains("<li>+1 TPS menerima logistik</li>"), "{}", page.body);
    assert!(card(&page, "Logistik di TPS").contains("▲ 1 sejak pukul"));
    let evening = world.get("/?since=evening", &cookie).await;
    assert!(evening.body.contains("<li>+2 TPS menerima logistik</li>"));
    for odd in ["/?since=time&at=2044-01-01T00:00", "/?since=time&at=x", "/?since=time", "/?since=soon"] {
        let page = world.get(odd, &cookie).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Waktu pembanding tidak dikenal"), "{odd}");
    }
}

#[tokio::test]
async fn the_table_of_a_region_has_the_worst_first_and_can_be_sorted() {
    let world = World::empty();
    let regions = "code,parent,level,name\n62,,province,Kalimantan Tengah\n\
        62.06,62,kabupaten,Kabupaten Katingan\n62.06.13,62.06,kecamatan,Marikit\n\
        62.06.13.2001,62.06.13,desa,Anjir\n62.06.13.2002,62.06.13,desa,Bukit\n";
    let tps = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
        62.06.13.2001,001,271,140,131,,,remote,none\n62.06.13.2002,001,200,,,,,remote,weak\n";
    world.import(regions, tps, "number,name,phone,role,place\n7,Siti,0811,FieldOfficer,62.06.13\n");
    let mut phone = world.enrol(CAMAT);
    say(&mut phone, &world, NOW - 60, "62.06.13.2001/001", &arrival(), &[]);
    let cookie = world.sign_in().await;
    for (query, first) in [
        ("", "Bukit"),
        ("?sort=arrived", "Bukit"),
        ("?sort=name", "Anjir"),
        ("?sort=short", "Anjir"),
        ("?sort=x", "Bukit"),
    ] {
        let page = world.get(&format!("/region/62.06.13{query}"), &cookie).await;
        let (_, rows) = page.body.split_once("<tbody>").unwrap();
        let (_, row) = rows.split_once("<th scope=\"row\"><a href=\"").unwrap();
        assert!(row.split("</a>").next().unwrap().ends_with(first), "{query}: {row}");
        assert_eq!(page.body.matches("aria-sort=").count(), 1, "{query}");
    }
}

#[tokio::test]
async fn a_camat_of_two_kecamatan_is_one() {
    let world = World::empty();
    world.import(
        "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Kabupaten Katingan\n\
         62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n62.06.14,62.06,kecamatan,Bukit Raya\n\
         62.06.14.2001,62.06.14,desa,Tumbang Gaei\n",
        "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
         62.06.13.2001,001,271,140,131,,,very_remote,none\n62.06.14.2001,001,200,,,,,remote,weak\n",
        "number,name,phone,role,place\n7,Siti,0811,Camat,62.06.13\n7,Siti,0811,Camat,62.06.14\n",
    );
    let cookie = world.sign_in().await;
    let page = world.get("/", &cookie).await;
    let camats = card(&page, "Kunjungan camat");
    assert!(camats.contains("<strong>1</strong> belum sama sekali"), "{camats}");
}
