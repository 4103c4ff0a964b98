//! Turnout by hour and by region, the figures that cannot be, and the pictures that are saved.

use super::{logistics::row, *};

fn figure(world: &World, phone: &mut Phone, at: i64, (hour, voters): (u32, u32)) {
    say(phone, world, at, TPS, &Body::Turnout(Turnout { hour, voters }), &[]);
}

fn attribute<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).unwrap().to_str().unwrap()
}

#[tokio::test]
async fn before_the_polls_open_the_page_says_when_it_begins() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = world.get("/turnout", &cookie).await.body;
    assert!(page.contains("hari pemungutan suara, mulai 14 Feb pukul 07.00 WIB."), "{page}");
    assert!(!page.contains("<svg class=\"tiles\""), "there is no curve of nothing");
    let picture = world.get("/chart/turnout.svg", &cookie).await;
    assert!(picture.body.contains(">Belum ada data.</text>") && !picture.body.contains("<polyline"));
    let opens_at = world.server.known().unwrap().reference().profile().unwrap().opens_at;
    world.move_clock(opens_at - world.server.now());
    let cookie = world.sign_in().await;
    assert!(world.get("/turnout", &cookie).await.body.contains("Belum ada laporan partisipasi."));
    let empty = World::empty();
    let cookie = empty.sign_in().await;
    assert!(empty.get("/turnout", &cookie).await.body.contains("Belum ada TPS di wilayah ini."));
}

#[tokio::test]
async fn turnout_is_a_share_of_the_voters_of_those_that_reported_hour_by_hour() {
    let (world, mut phone) = World::with_data();
    figure(&world, &mut phone, NOW - 90, (9, 88));
    figure(&world, &mut phone, NOW - 60, (10, 120));
    let cookie = world.sign_in().await;
    let page = world.get("/turnout", &cookie).await.body;
    let sentence = "Sampai pukul 10.00: 44,2 % (120 dari 271 pemilih terdaftar di 1 TPS yang melapor, dari 2 TPS). \
                    Satu jam sebelumnya: 32,4 %.";
    assert!(page.contains(sentence), "{page}");
    assert_eq!(row(&page, "07.00"), ["07.00", "belum ada laporan", "0 dari 2", "0"]);
    assert_eq!(row(&page, "09.00"), ["09.00", "32,4 %", "88 dari 271", "+88", "1 dari 2", "1"]);
    assert_eq!(row(&page, "10.00"), ["10.00", "44,2 %", "120 dari 271", "+32", "1 dari 2", "1"]);
    assert!(page.contains("aria-label=\"Kurva partisipasi: 09.00: 32,4 %; 10.00: 44,2 %\""), "{page}");
    assert!(page.contains("Tidak ada angka yang turun"), "{page}");
    let village = world.get("/turnout?place=62.06.13.2001&lang=en", &cookie).await.body;
    assert_eq!(
        row(&village, "TPS 001"),
        ["TPS 001 Tumbang Gagu", "44.2 %", "120 of 271", "32.4 %", "1 of 1", "0"]
    );
    assert_eq!(
        row(&village, "TPS 002"),
        ["TPS 002 Tumbang Gagu", "no report yet", "no report yet", "0 of 1", "0"]
    );
    let order = |page: &str| page.find(">TPS 002 Tumbang").unwrap() < page.find(">TPS 001 Tumbang").unwrap();
    assert!(order(&village), "of which nobody knows comes first");
    let named = world.get("/turnout?place=62.06.13.2001&sort=name", &cookie).await.body;
    assert!(!order(&named), "{named}");
    assert!(world.get("/", &cookie).await.body.contains("href=\"/turnout?place=62\""));
    for (at, status) in [("sort=worst", 400), ("place=62.07", 404)] {
        assert_eq!(world.get(&format!("/turnout?{at}"), &cookie).await.status.as_u16(), status, "{at}");
    }
}

#[tokio::test]
async fn figures_that_cannot_be_lead_to_their_findings() {
    let (world, mut phone) = World::with_data();
    figure(&world, &mut phone, NOW - 90, (9, 88));
    figure(&world, &mut phone, NOW - 60, (10, 12));
    let cookie = world.sign_in().await;
    let page = world.get("/turnout", &cookie).await.body;
    assert!(
        page.contains("<strong>Partisipasi turun</strong></a>") && page.contains("href=\"/finding/"),
        "{page}"
    );
    assert_eq!(row(&page, "Kabupaten Katingan").last().unwrap(), "1");
    assert!(page.contains("Sampai pukul 09.00: 32,4 %"), "what falls is in no sum: {page}");
}

#[tokio::test]
async fn pictures_are_saved_with_all_that_is_needed_to_read_them_alone() {
    let (world, mut phone) = World::with_data();
    figure(&world, &mut phone, NOW - 60, (10, 120));
    let cookie = world.sign_in().await;
    for (at, name, texts) in [
        (
            "tiles.svg",
            "pantau-ubin-62-2024-02-13-1153.svg",
            &["telah menerima logistik · Kalimantan Tengah", "Katingan: 0 dari 2"][..],
        ),
        (
            "tiles.svg?place=62.06&lang=en",
            "pantau-tiles-62.06-2024-02-13-1153.svg",
            &["received logistics · Kabupaten Katingan", "Marikit: 0 of 2"],
        ),
        (
            "turnout.svg",
            "pantau-partisipasi-62-2024-02-13-1153.svg",
            &["Partisipasi per jam · Kalimantan Tengah", "10.00: 44,2 %. 1 dari 2 TPS melapor"],
        ),
    ] {
        let picture = world.get(&format!("/chart/{at}"), &cookie).await;
        assert_eq!(picture.status, StatusCode::OK, "{at}");
        assert_eq!(attribute(&picture, "content-type"), "image/svg+xml");
        assert_eq!(attribute(&picture, "content-disposition"), format!("attachment; filename=\"{name}\""));
        let svg = &picture.body;
        assert!(
            svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"")
                && svg.contains("<title id=\"title\">")
        );
        for text in texts.iter().chain(&["13 Feb 2024 11"]) {
            assert!(svg.contains(text), "{text}: {svg}");
        }
        assert!(svg.contains("intetis") || svg.contains("Synthetic"), "{svg}");
        assert!(!svg.contains("href") && !svg.contains("class="), "it stands alone: {svg}");
        assert_eq!(svg.matches('<').count(), svg.matches('>').count(), "{svg}");
    }
    for page in ["/", "/turnout"] {
        let page = world.get(page, &cookie).await.body;
        assert!(page.contains("Simpan gambar (SVG)"), "{page}");
    }
    assert_eq!(world.get("/chart/tiles.svg?place=62.07", &cookie).await.status, StatusCode::NOT_FOUND);
}
