//! The kit on the card: through whose hands it went, in fields and in words; and the day in a short text.

use pantau_core::{Error, NewRecord, SyncEnd};
use pantau_protocol::{
    body::{Body, Containers, CustodyKind, Dispatch, Found, Packed, Packing, Point, Receive, Rest},
    note::Field,
    projection::{
        Judged, Whereabouts,
        findings::{Lang, Rule},
    },
};

use crate::{
    colleague::note,
    rig::{START, World, incident, place, visit},
    server::LOGISTICS,
};

const KIT: &str = "62.06.13.2001/001";
const VILLAGE: &str = "62.06.13.2001";
const DISTRICT: &str = "62.06.13";

fn sent() -> NewRecord {
    let body = Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place(VILLAGE), label: None },
        kits: vec![place(KIT)],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: Some(0) }],
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    };
    NewRecord::new(place(DISTRICT), Body::Dispatch(body))
}

fn taken(good: u32) -> Body {
    Body::Receive(Receive {
        at: CustodyKind::Pps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: vec![place(KIT)],
        containers: vec![Found { good, damaged: 0, missing: 0, kit: Some(0) }],
        form: None,
    })
}

#[tokio::test]
async fn the_card_follows_a_kit_from_hand_to_hand() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    world.server().officer = LOGISTICS;
    let packing = Packing { containers: 6, seals: vec!["K 1".into()], lines: Vec::new() };
    world.server().say(KIT, Body::Packing(packing.clone()));
    let phone = world.phone(dir.path(), 1).await;
    let card = || phone.tps_card(&place(KIT)).unwrap();
    assert_eq!((card().custody, card().packing), (None, Some(packing)));
    assert_eq!(phone.card_words(&place(KIT), Lang::Id).unwrap(), pantau_core::CardWords::default());

    let left = phone.capture(sent()).unwrap();
    let line = card().custody.unwrap();
    assert!(matches!(&line.at, Whereabouts::OnTheWay { since, .. } if since.record == left.id));
    assert_eq!((line.last_hands.officer, line.last_hands.device), (Some(LOGISTICS), left.device));
    assert_eq!(
        (line.legs[0].boxes.sent, line.legs[0].boxes.received),
        (Some(5), None),
        "not counted is not zero"
    );
    let told = phone.card_words(&place(KIT), Lang::Id).unwrap();
    assert!(told.custody[0].starts_with("Kit: dalam perjalanan PPK "), "{told:?}");
    assert!(told.custody.contains(&"   koli: 5 dikirim, ? diterima".to_owned()), "{told:?}");
    assert!(told.differences.is_empty(), "{told:?}");
    assert_eq!(phone.tps_card(&place(DISTRICT)).unwrap().custody, None, "a kecamatan has no kit");

    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let mut server = world.server();
    let (colleague, real) = server.colleague();
    let came = colleague.say(real, VILLAGE, &taken(4), vec![note(Field::Note, "rahasia")]);
    drop(server);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let line = card().custody.unwrap();
    assert_eq!((line.legs.len(), line.legs[0].boxes.open()), (1, Some(1)));
    assert_eq!(line.last_hands.record, came);
    let told = phone.card_words(&place(KIT), Lang::Id).unwrap();
    let hands = told.custody.iter().find(|l| l.starts_with("Terakhir di tangan")).unwrap();
    assert!(hands.contains("Ibu Yuliana (petugas 8)") && hands.contains(&came.to_string()), "{hands}");
    assert!(told.custody.contains(&"   koli: 5 dikirim, 4 diterima, 1 belum jelas".to_owned()), "{told:?}");
    let [difference] = told.differences.as_slice() else { panic!("{told:?}") };
    assert!(difference.contains(": 5 dikirim; Ibu Yuliana, H-2 "), "{difference}");
    let found = phone.findings(Some(&place(KIT)), Lang::Id).unwrap();
    let short = found.iter().find(|f| f.rule == Rule::ShortAgainstDispatch).expect("a box is missing");
    assert!(
        short.sentence.contains("4 diterima oleh Ibu Yuliana pukul ")
            && short.sentence.contains("1 belum jelas"),
        "{short:?}"
    );
    assert!(short.advice.contains("menghitung ulang"), "{short:?}");
    assert!(phone.findings(None, Lang::En).unwrap().iter().any(|f| f.id == short.id), "it is in his scope");
    let english = phone.card_words(&place(KIT), Lang::En).unwrap();
    assert!(english.differences[0].contains("4 received, 1 not accounted for."), "{english:?}");

    // A giver who takes his word back is told so, beside the record.
    let back = phone.retract(left.id, None, None).unwrap();
    let row = card().timeline.into_iter().find(|r| r.id == left.id).unwrap();
    assert_eq!(row.judged, Some(Judged::Superseded { by: back.id }));
    let told = phone.card_words(&place(KIT), Lang::Id).unwrap();
    let [words] = told.not_counted.as_slice() else { panic!("{told:?}") };
    assert_eq!(words.record, left.id);
    assert!(words.text.starts_with("Tidak dihitung: ditarik oleh "), "{}", words.text);
}

#[tokio::test]
async fn the_day_is_told_in_a_short_text() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let new = world.open(dir.path(), 3);
    assert!(matches!(new.day_summary(START, Lang::Id), Err(Error::NotEnrolled)));
    drop(new);
    world.server().officer = LOGISTICS;
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(sent()).unwrap();
    world.sync(&phone).await;
    let mut server = world.server();
    let (colleague, real) = server.colleague();
    let other = "62.06.13.2001/002";
    colleague.say(real, other, &visit(other).body, Vec::new());
    colleague.say(real, other, &incident(other, "").body, vec![note(Field::Note, "rahasia keluarga")]);
    let now = server.now();
    drop(server);
    world.sync(&phone).await;
    let told = |at: i64| phone.day_summary(at, Lang::Id).unwrap();
    let text = told(now);
    for line in [
        "Kunjungan: 1 TPS hari itu; 1 dari 3 TPS sudah dikunjungi.",
        "Kit dikirim: 1 kit (5 koli); diterima: 0 kit.",
        "Dalam perjalanan, belum diterima: 1 kit.",
        "Kendala terbuka: 1.",
        "Semua catatan HP ini sudah di server.",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
    assert!(text.starts_with("Pantau 12/02/2024 (H-2): "), "{text}");
    assert!(text.contains("- Akses (berat) TPS 002 Tumbang Gagu, sejak H-2 "), "{text}");
    assert!(text.contains("Ibu Yuliana") && !text.contains("rahasia"), "names of officers, no note: {text}");
    assert_eq!(text, told(now), "the order is stable");
    assert!(text.chars().count() <= pantau_core::limit::SUMMARY_CHARS);
    // The day before nobody had been anywhere; what is open is open.
    let before = told(now - 86_400);
    assert!(before.contains("Kunjungan: 0 TPS hari itu; 0 dari 3 TPS"), "{before}");
    assert!(before.contains("Kit dikirim: 0 kit;") && before.contains("Kendala terbuka: 1."), "{before}");
    phone.capture(sent()).unwrap();
    assert!(told(now).contains("Belum terkirim: 1 catatan HP ini, sejak H-2 "), "{}", told(now));
    assert!(phone.day_summary(now, Lang::En).unwrap().contains("Not sent yet: 1 records"));
}
