//! The daily report: a preview, frozen once, the same on reopening, each figure down to its records.

use pantau_log::{ops, store::Rights};
use pantau_protocol::{body::Figures, hash::hex};

use super::{world::arrival, *};

/// The part of a page between two texts.
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {page}"));
    rest.split_once(to).map_or(rest, |(part, _)| part)
}

fn letter(page: &str) -> String {
    between(page, "<article class=\"card letter\">", "</article>").to_owned()
}

/// Figures of the total, in the order of the table.
fn totals(page: &str) -> Vec<String> {
    let foot = between(page, "<tfoot>", "</tfoot>");
    let cells = foot.split("<td").skip(1).map(|cell| {
        let text: String =
            cell.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
        text.trim().to_owned()
    });
    cells.collect()
}

/// `region=62&at=…` of a moment, as the form sends it.
fn asked(world: &World, region: &str, at: i64) -> String {
    let offset_s = world.server.known().unwrap().reference().profile().unwrap().utc_offset_s;
    let local = chrono::DateTime::from_timestamp(at + i64::from(offset_s), 0).unwrap();
    format!("region={region}&at={}", local.format("%Y-%m-%dT%H:%M"))
}

/// The latest full minute that can be reported.
fn settled(world: &World) -> i64 {
    world.move_clock(300);
    (world.server.now() - 60).div_euclid(60) * 60
}

async fn frozen(world: &World, cookie: &str, region: &str, at: i64, letter: &str) -> Answer {
    let csrf = world.get("/daily", cookie).await.csrf();
    world.post("/daily", cookie, &format!("csrf={csrf}&{}&{letter}", asked(world, region, at))).await
}

#[tokio::test]
async fn a_report_is_frozen_once_and_stays_as_it_was() {
    let (world, mut phone) = World::with_data();
    world.grant_field_officer();
    say(&mut phone, &world, NOW, TPS, &arrival(), &[]);
    let cookie = world.sign_in().await;
    let at = settled(&world);
    let preview = world.get(&format!("/daily?{}", asked(&world, "62", at)), &cookie).await;
    assert!(preview.body.contains("Belum dibekukan"), "{}", preview.body);
    let done =
        frozen(&world, &cookie, "62", at, "number=270%2F12&office=Sekretaris&name=Budi&remark=Hujan%20lebat")
            .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let here = done.location().to_owned();
    let first = world.get(&here, &cookie).await.body;
    assert_eq!(totals(&first), totals(&preview.body));
    for text in ["270/12", "Sekretaris", "Budi", "Hujan lebat", "semua angka sama"] {
        assert!(first.contains(text), "{text}: {first}");
    }
    // The figures are those of the log.
    let known = world.server.known().unwrap();
    let stands = store::read(world.server.store(), |view| ops::daily_reports(view, &known)).unwrap();
    let sums = world.server.places().unwrap().sums(&place("62")).unwrap();
    assert_eq!((stands.len(), stands[0].report.total), (1, Figures::from(&sums)));
    assert_eq!(stands[0].report.total.arrived, 1);
    // The same once more is not written.
    let again = frozen(&world, &cookie, "62", at, "").await;
    assert_eq!(again.location(), format!("{here}?told=already"));
    // Whatever comes later: the letter is the same to the byte, and what came is told.
    say(&mut phone, &world, NOW + 1, "62.06.13.2001/002", &arrival(), &[]);
    let later = world.get(&here, &cookie).await.body;
    assert_eq!(letter(&later), letter(&first));
    assert!(later.contains("Menerima logistik +1") && !first.contains("Menerima logistik +1"), "{later}");
    assert!(later.contains("semua angka sama"), "{later}");
    let list = world.get("/daily", &cookie).await.body;
    assert!(list.contains(&format!("href=\"{here}\"")), "{list}");
}

#[tokio::test]
async fn each_figure_opens_to_the_records_behind_it() {
    let (world, mut phone) = World::with_data();
    world.grant_field_officer();
    say(&mut phone, &world, NOW, TPS, &arrival(), &[]);
    let state = world.server.places().unwrap().state(&place(TPS)).unwrap();
    let record = state.arrival.as_ref().unwrap().mark.record;
    let cookie = world.sign_in().await;
    let at = settled(&world);
    let here = frozen(&world, &cookie, "62", at, "").await.location().to_owned();
    let page = async |query: &str| world.get(&format!("{here}/records?{query}"), &cookie).await;
    let above = page("figure=arrived&place=62").await.body;
    assert!(above.contains("place=62.06\">"), "{above}");
    let tps = page("figure=arrived&place=62.06.13").await.body;
    assert!(tps.contains(&format!("/search?q={record}")) && tps.contains("/tps/62.06.13.2001/001"), "{tps}");
    assert!(!tps.contains("/tps/62.06.13.2001/002"), "{tps}");
    let none = page("figure=not-arrived&place=62.06.13").await.body;
    assert!(none.contains("/tps/62.06.13.2001/002") && none.contains("tanpa laporan"), "{none}");
    // What came later is not behind it.
    say(&mut phone, &world, NOW + 1, "62.06.13.2001/002", &arrival(), &[]);
    assert!(!page("figure=arrived&place=62.06.13").await.body.contains("/tps/62.06.13.2001/002"));
    for bad in ["figure=x&place=62", "figure=arrived&place=63", "figure=arrived", "place=62"] {
        assert_eq!(page(bad).await.status, StatusCode::NOT_FOUND, "{bad}");
    }
}

#[tokio::test]
async fn what_cannot_be_reported_says_why_and_nothing_is_written() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let at = settled(&world);
    let now = world.server.now();
    let long = "9".repeat(200);
    for (region, at, letter, why) in [
        ("62", now + 60, String::new(), "Waktu itu belum lewat"),
        ("63", at, String::new(), "di luar wilayah desk ini"),
        ("62.06.13.2001", at, String::new(), "di luar wilayah desk ini"),
        ("62", at, format!("number={long}&remark=Tetap%20ada"), "Nomor surat: Terlalu panjang"),
    ] {
        let reply = frozen(&world, &cookie, region, at, &letter).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(reply.body.contains(why), "{why}: {}", reply.body);
        assert!(
            letter.is_empty() || reply.body.contains("Tetap ada"),
            "what was typed is kept: {}",
            reply.body
        );
    }
    let known = world.server.known().unwrap();
    let stands = store::read(world.server.store(), |view| ops::daily_reports(view, &known)).unwrap();
    assert!(stands.is_empty());
    let nowhere = hex(&[7; 16]);
    assert_eq!(world.get(&format!("/daily/{nowhere}"), &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_text_for_a_messenger_is_short_and_whole() {
    let (world, mut phone) = World::with_data();
    world.grant_field_officer();
    say(&mut phone, &world, NOW, TPS, &arrival(), &[]);
    let cookie = world.sign_in().await;
    let at = settled(&world);
    let remark = "x".repeat(1_500);
    let here = frozen(&world, &cookie, "62", at, &format!("remark={remark}")).await.location().to_owned();
    let page = world.get(&here, &cookie).await.body;
    let (_, message) = between(&page, "<pre", "</pre>").split_once('>').unwrap();
    assert!(message.chars().count() <= 1_000 && message.contains("Logistik: 1 dari"), "{message}");
    assert!(!message.contains("xxx"), "a sentence is carried whole or not at all: {message}");
    assert!(page.contains(&remark), "the letter has all of it");
}

#[tokio::test]
async fn a_desk_reports_of_its_own_region_only_and_a_viewer_freezes_nothing() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let at = settled(&world);
    let here = frozen(&world, &cookie, "62", at, "").await.location().to_owned();
    store::write(world.server.store(), |tx| {
        let desk = tx.operator("siti")?.unwrap();
        let scope = Some(pantau_protocol::place::Scope::new([place("62.06.13")]));
        tx.put_operator(&store::Operator { username: "katingan".into(), scope, ..desk.clone() })?;
        tx.put_operator(&store::Operator { username: "pembaca".into(), rights: Rights::Viewer, ..desk })
    })
    .unwrap();
    let theirs = world.sign_in_as("katingan").await;
    assert_eq!(world.get(&here, &theirs).await.status, StatusCode::NOT_FOUND);
    assert!(!world.get("/daily", &theirs).await.body.contains(&here));
    assert_eq!(frozen(&world, &theirs, "62", at, "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(frozen(&world, &theirs, "62.06.13", at, "").await.status, StatusCode::SEE_OTHER);
    let reader = world.sign_in_as("pembaca").await;
    assert_eq!(world.get(&here, &reader).await.status, StatusCode::OK);
    assert_eq!(frozen(&world, &reader, "62.06.13", at, "").await.status, StatusCode::FORBIDDEN);
}
