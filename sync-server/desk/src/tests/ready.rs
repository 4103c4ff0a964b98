//! The page of a TPS: whether it is ready, what contradicts what, and how far away its visitors were.

use pantau_protocol::{
    body::{Access, Grant, Signal, Tps},
    record::{Fix, Record},
};

use super::*;

/// The text of the verdict of a page, without its tags.
fn verdict(page: &Answer) -> String {
    let (_, line) = page.body.split_once("<p class=\"verdict\">").unwrap();
    let line = line.split("</p>").next().unwrap();
    let text: String =
        line.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn may_receive(world: &World) {
    let grant = Grant { officer: CAMAT, role: Role::FieldOfficer, ended: false, new_person: false };
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), Body::Grant(grant))])
        .unwrap();
}

/// A visit that answers every item of the checklist, this one otherwise.
fn visited(but: Option<(usize, Said)>) -> Body {
    let list =
        pantau_protocol::checklist::Checklist::shipped().into_iter().find(|list| list.number == 1).unwrap();
    let mut answers = vec![Said::Ok; list.items.len()];
    if let Some((at, answer)) = but {
        answers[at] = answer;
    }
    Body::Visit(Visit { checklist: 1, version: list.version, answers, way: None })
}

fn counted(lines: Vec<Line>) -> Body {
    let Body::Receive(receive) = arrival() else { panic!("a receipt") };
    Body::Receive(Receive { lines, ..receive })
}

#[tokio::test]
async fn the_verdict_says_what_is_amiss_and_never_that_the_unknown_is_ready() {
    let (world, mut phone) = World::with_data();
    may_receive(&world);
    let cookie = world.sign_in().await;
    let page = async |lang: &str| verdict(&world.get(&format!("/tps/{TPS}{lang}"), &cookie).await);
    assert_eq!(page("").await, "Belum diketahui: belum ada laporan tentang TPS ini");
    // Item 10 of the checklist is the supervisor.
    say(&mut phone, &world, NOW - 900, TPS, &visited(Some((9, Said::NotOk))), &[]);
    assert_eq!(page("").await, "Belum dapat dinyatakan siap: Pengawas TPS hadir: belum; logistik belum tiba");
    let sealed = Body::Receive(Receive {
        rest: Rest::NotChecked,
        lines: vec![],
        ..match arrival() {
            Body::Receive(receive) => receive,
            _ => panic!("a receipt"),
        }
    });
    say(&mut phone, &world, NOW - 800, TPS, &sealed, &[]);
    assert_eq!(page("").await, "Siap, kecuali: Pengawas TPS hadir: belum; isi kit belum dihitung");
    say(&mut phone, &world, NOW - 700, TPS, &arrival(), &[]);
    assert!(
        page("?lang=en").await.starts_with("Ready, except: Supervisor present: no; "),
        "four of item 1 are short"
    );
    assert!(page("").await.contains("Pengawas TPS hadir: belum; Kotak suara kurang 1"), "{}", page("").await);
    say(&mut phone, &world, NOW - 600, TPS, &counted(vec![]), &[]);
    say(&mut phone, &world, NOW - 500, TPS, &visited(None), &[]);
    assert_eq!(page("").await, "Siap: semua butir dijawab siap dan kit lengkap");
    let grave = Body::Incident(Incident { category: Category::Access, severity: Severity::High });
    say(&mut phone, &world, NOW - 400, TPS, &grave, &[]);
    say(&mut phone, &world, NOW - 300, TPS, &visited(Some((0, Said::Blank))), &[]);
    assert_eq!(
        page("").await,
        "Siap, kecuali: 1 kendala berat belum selesai",
        "an answer that was left blank undoes none"
    );
}

#[tokio::test]
async fn what_contradicts_itself_stands_side_by_side() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    let figure = |hour, voters| Body::Turnout(Turnout { hour, voters });
    say(&mut phone, &world, NOW - 90, TPS, &figure(9, 88), &[]);
    say(&mut phone, &world, NOW - 60, TPS, &figure(10, 12), &[]);
    let page = world.get(&format!("/tps/{TPS}"), &cookie).await.body;
    let (_, sides) = page.split_once("<div class=\"sides\">").unwrap();
    let sides = sides.split("</dl>").next().unwrap();
    for told in
        ["<dt>sebelumnya</dt><dd><strong>88</strong>", "<dt>pemilih</dt><dd><strong>12</strong>", "Siti"]
    {
        assert!(sides.contains(told), "{told}: {sides}");
    }
    let quiet = world.get("/tps/62.06.13.2001/002", &cookie).await.body;
    assert!(!quiet.contains("class=\"sides\""), "{quiet}");
}

#[tokio::test]
async fn a_visit_tells_how_far_from_the_tps_it_was_made_and_how_sure_that_is() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    let visit = |at: i64, fix: Fix| {
        let mut record = Record::new(at, place(TPS), &visited(None));
        record.fix = Some(fix);
        record
    };
    // A thousandth of a degree of latitude is 111 m.
    let fix = Fix { lat: -153_214, lon: 11_321_456, accuracy: 30, mock: false };
    let push = |phone: &mut Phone, record: Record| {
        phone.write_raw(record.to_payload(), Vec::new());
        let last = phone.last();
        phone.push(&world.server, last, last);
    };
    push(&mut phone, visit(NOW - 900, fix));
    let told = "posisi tercatat; posisi TPS tidak ada di daftar (akurasi ±30 m)";
    assert!(world.get(&format!("/tps/{TPS}"), &cookie).await.body.contains(told));
    let listed = Tps {
        voters: 271,
        male: Some(140),
        lat: Some(fix.lat + 100),
        lon: Some(fix.lon),
        access: Access::VeryRemote,
        signal: Signal::None,
        ended: None,
        synthetic: true,
    };
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place(TPS), Body::Tps(listed))]).unwrap();
    push(&mut phone, visit(NOW - 800, Fix { lat: fix.lat - 10_000, accuracy: 1_500, ..fix }));
    let page = world.get(&format!("/tps/{TPS}"), &cookie).await.body;
    for told in ["111 m dari TPS (akurasi ±30 m)", "11,2 km dari TPS (akurasi ±1,5 km)"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let english = world.get(&format!("/tps/{TPS}?lang=en"), &cookie).await.body;
    assert!(english.contains("11.2 km from the TPS (accuracy ±1.5 km)"), "{english}");
}
