//! Reports that came by phone, radio, message or paper, entered at the desk.

mod doubtful;
mod hostile;
mod kits;
mod lost;
mod who;

use std::collections::BTreeMap;

use pantau_log::{author::DESK_OFFICER, store::Rights};
use pantau_protocol::{
    body::{
        Containers, Correct, Dispatch, Found, Kind, Loose, Packed, Point, Retract, Seal, SealOut, SealState,
    },
    journal::RecordId,
    record::{Basis, Record, ToldBy},
};

use super::{world::Answer, *};

const PLACE: &str = "62.06.13.2001/001";

/// Fields of a form with what is typed into them.
type Typed<'a> = &'a [(&'a str, &'a str)];

/// The fields of the form on a page, as a browser sends them untouched.
fn fields_of(page: &Answer) -> BTreeMap<String, String> {
    let form = page.body.split("<form class=\"report\" method=\"post\"").nth(1);
    let form = form.unwrap_or_else(|| panic!("no form: {}", page.body)).split("</form>").next().unwrap();
    let mut all = BTreeMap::new();
    for input in form.split("<input ").skip(1) {
        let (tag, _) = input.split_once('>').unwrap();
        let of = |name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            Some(unescaped(rest.split('"').next().unwrap()))
        };
        let is_sent = !tag.contains("type=\"checkbox\"") || tag.contains(" checked");
        if is_sent && let Some(name) = of(" name").or_else(|| of("name")) {
            all.insert(name, of("value").unwrap_or_default());
        }
    }
    for area in form.split("<textarea ").skip(1) {
        let (tag, rest) = area.split_once('>').unwrap();
        let (_, name) = tag.split_once("name=\"").unwrap();
        let text = rest.split("</textarea>").next().unwrap();
        let text = text.strip_prefix('\n').unwrap_or(text);
        all.insert(name.split('"').next().unwrap().to_owned(), unescaped(text));
    }
    for select in form.split("<select ").skip(1) {
        let (_, name) = select.split_once("name=\"").unwrap();
        let (inside, _) = select.split_once("</select>").unwrap();
        let (options, chosen): (Vec<&str>, _) =
            (inside.split("<option value=\"").skip(1).collect(), " selected>");
        let chosen = options.iter().find(|o| o.contains(chosen)).or(options.first());
        let value = chosen.map_or("", |o| o.split('"').next().unwrap());
        all.insert(name.split('"').next().unwrap().to_owned(), unescaped(value));
    }
    all
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    text.replace("&#39;", "'").replace("&#38;", "&")
}

/// A form with some fields typed, as a body of a request.
fn typed(mut fields: BTreeMap<String, String>, typed: &[(&str, &str)]) -> String {
    for (name, value) in typed {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(fields.iter()).finish()
}

async fn form(world: &World, cookie: &str, kind: &str) -> BTreeMap<String, String> {
    let page = world.get(&format!("/report?place={PLACE}&kind={kind}"), cookie).await;
    assert_eq!(page.status, StatusCode::OK, "{kind}: {}", page.body);
    fields_of(&page)
}

async fn send(world: &World, cookie: &str, form: &str) -> Answer {
    world.post("/report", cookie, form).await
}

/// The record that was written, by where the browser is sent.
fn written(world: &World, answer: &Answer) -> (RecordId, Record, Vec<(Field, String)>) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let id: RecordId = answer.location().strip_prefix("/report?done=").unwrap().parse().unwrap();
    let rows = store::read(world.server.store(), |view| view.desk_record(&id)).unwrap();
    let notes = rows[0].notes.iter().map(|note| (note.field, note.text.clone())).collect();
    (id, Record::from_payload(&rows[0].entry.payload).unwrap(), notes)
}

fn rows(world: &World) -> u64 {
    store::read(world.server.store(), |view| view.head()).unwrap()
}

/// What every report of these tests has: Siti, by phone, at the time of the form.
const WHO: [(&str, &str); 1] = [("officer", "7")];

#[tokio::test]
async fn each_kind_is_written_as_it_was_told() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    let incident = world.server.places().unwrap().state(&place(TPS)).unwrap().incidents[0].mark.record;
    let target = incident.to_string();
    let kit =
        |item, good, damaged| Line { item, state: LineState::Counted, good, damaged, missing: 0, kit: None };
    let seal = |number: &str, state| Seal { number: number.into(), state, kit: None };
    let mut answers = vec![Said::Blank; pantau_protocol::checklist::Checklist::shipped()[0].items.len()];
    (answers[0], answers[1]) = (Said::Ok, Said::NotOk);
    let cases: [(&str, Typed<'_>, Body); 7] = [
        (
            "visit",
            &[("a-1", "1"), ("a-2", "2"), ("way", "2"), ("note", "jalan licin")],
            Body::Visit(Visit { checklist: 1, version: 1, answers, way: Some(Way::Hard) }),
        ),
        (
            "receive",
            &[
                ("rest", "3"),
                ("c-good", "4"),
                ("c-missing", "1"),
                ("seals-intact", "K 1\r\n K 2 \r\n"),
                ("seals-broken", "K 3"),
                ("i-1-good", "4"),
                ("i-1-damaged", "1"),
                ("bttb", "17/2024"),
                ("receiver", "Pak RT"),
            ],
            Body::Receive(Receive {
                at: CustodyKind::Tps,
                label: None,
                dispatch: None,
                rest: Rest::SealedAsDispatched,
                lines: vec![kit(1, 4, 1)],
                seals: vec![
                    seal("K 1", SealState::Intact),
                    seal("K 2", SealState::Intact),
                    seal("K 3", SealState::Broken),
                ],
                kits: vec![],
                containers: vec![Found { good: 4, damaged: 0, missing: 1, kit: None }],
                form: Some("17/2024".into()),
            }),
        ),
        (
            "dispatch",
            &[
                ("at", "5"),
                ("label", "Dermaga"),
                ("to", "Desa tumbang gagu"),
                ("to_kind", "3"),
                ("kits", "62.06.13.2001/1-2"),
                ("c-count", "10"),
                ("i-1-good", "9"),
                ("seals-intact", "K 9"),
                ("due", "2024-02-13T18:00"),
                ("vehicle", "KM Sejahtera"),
            ],
            Body::Dispatch(Dispatch {
                from: CustodyKind::Transit,
                from_label: Some("Dermaga".into()),
                to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None },
                kits: vec![place(TPS), place("62.06.13.2001/002")],
                packed: Packed::AsPacked,
                containers: vec![Containers { count: 10, kit: None }],
                lines: vec![Loose { item: 1, pieces: 9, kit: None }],
                seals: vec![SealOut { number: "K 9".into(), kit: None }],
                due: Some(1_707_822_000),
            }),
        ),
        (
            "incident",
            &[("category", "2"), ("severity", "3"), ("note", "jembatan putus"), ("need", "perahu")],
            Body::Incident(Incident { category: Category::Access, severity: Severity::High }),
        ),
        (
            "progress",
            &[("target", &target), ("progress", "3")],
            Body::IncidentUpdate(IncidentUpdate {
                target: incident,
                target_places: vec![place(TPS)],
                progress: Progress::Done,
            }),
        ),
        ("turnout", &[("hour", "10"), ("voters", "131")], Body::Turnout(Turnout { hour: 10, voters: 131 })),
        (
            "standby",
            &[("present", "5"), ("team", "7"), ("situation", "2"), ("no_obstacle", "1")],
            Body::Standby(Standby { present: 5, team: 7, situation: Situation::Alert, no_obstacle: true }),
        ),
    ];
    for (n, (kind, said, body)) in cases.into_iter().enumerate() {
        let channel = [("channel", ["phone", "radio", "message", "paper"][n % 4])];
        let basis = [Basis::ToldByPhone, Basis::ToldByRadio, Basis::ToldByMessage, Basis::ToldOnPaper][n % 4];
        let all = [&WHO[..], &channel, said].concat();
        let sent = send(&world, &cookie, &typed(form(&world, &cookie, kind).await, &all)).await;
        let (_, record, notes) = written(&world, &sent);
        // The form has the time of now to the minute.
        let now = NOW - NOW % 60;
        let expected = Record {
            basis,
            told: Some(ToldBy { officer: Some(7), at: now }),
            election: record.election,
            against: record.against.clone(),
            ..Record::new(now, place(PLACE), &body)
        };
        assert_eq!(record, expected, "{kind}");
        assert_eq!(record.decode_body().unwrap(), body, "{kind}");
        let noted = |field| notes.iter().find(|(f, _)| *f == field).map(|(_, text)| text.as_str());
        assert_eq!(noted(Field::Informant), Some("<b>Siti & Rahma</b> (no. 7)"), "{kind}");
        assert_eq!(noted(Field::Name), Some("siti"), "{kind}");
        let texts = [
            ("note", Field::Note),
            ("need", Field::Need),
            ("receiver", Field::Receiver),
            ("vehicle", Field::Vehicle),
        ];
        for (input, field) in texts {
            let wanted = said.iter().find(|(name, _)| *name == input).map(|(_, text)| *text);
            assert_eq!(noted(field), wanted, "{kind} {input}");
        }
    }
}

#[tokio::test]
async fn who_told_it_when_and_for_when_is_kept_and_shown() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let fields = form(&world, &cookie, "turnout").await;
    let told = [
        ("informant", "Pak Budi, ketua KPPS"),
        ("channel", "radio"),
        ("called", "2024-02-13T11:30"),
        ("held", "2024-02-13T10:05"),
        ("voters", "131"),
    ];
    let (id, record, notes) = written(&world, &send(&world, &cookie, &typed(fields, &told)).await);
    let at = |text| crate::read_local(text, 25_200).unwrap();
    assert_eq!(record.at, at("2024-02-13 10:05"));
    assert_eq!(record.told, Some(ToldBy { officer: None, at: at("2024-02-13 11:30") }));
    assert!(notes.contains(&(Field::Informant, "Pak Budi, ketua KPPS".into())));
    let done = world.get(&format!("/report?done={id}"), &cookie).await.body;
    for told in
        ["Laporan tersimpan", "/tps/62.06.13.2001/001", "Catat lagi untuk tempat ini", "Tarik kembali", "131"]
    {
        assert!(done.contains(told), "{told}: {done}");
    }
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await.body;
    for told in [
        "atas keterangan Pak Budi, ketua KPPS, diterima pukul 11.30 WIB",
        "dicatat oleh siti",
        "melalui radio",
    ] {
        assert!(tps.contains(told), "{told}: {tps}");
    }
    // The same of an officer stands beside the figure, too.
    let again = form(&world, &cookie, "standby").await;
    send(&world, &cookie, &typed(again, &[("officer", "Siti"), ("present", "3"), ("team", "7")])).await;
    let tps = world.get("/tps/62.06.13.2001/001?lang=en", &cookie).await.body;
    assert!(tps.contains("on the word of &#60;b&#62;Siti"), "{tps}");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_what_was_typed_comes_back() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let before = rows(&world);
    let cases: [(&str, Typed<'_>, &str, &str); 16] = [
        ("turnout", &[("officer", ""), ("voters", "131")], "officer", "harus diisi"),
        ("turnout", &[("officer", "Bambang"), ("voters", "131")], "officer", "tidak ada petugas yang cocok"),
        ("turnout", &[("informant", "Pak Budi"), ("voters", "131")], "informant", "salah satu"),
        ("turnout", &[("voters", "")], "voters", "harus diisi"),
        ("turnout", &[("voters", "seratus")], "voters", "bilangan bulat"),
        ("turnout", &[("voters", "99999999999")], "voters", "terlalu besar"),
        ("turnout", &[("voters", "1000001")], "voters", "terlalu besar"),
        ("turnout", &[("voters", "1"), ("called", "kemarin")], "called", "bukan waktu"),
        ("turnout", &[("voters", "1"), ("called", "2031-01-01T00:00")], "called", "masa depan"),
        ("turnout", &[("voters", "1"), ("held", "2031-01-01T00:00")], "held", "sesudah"),
        ("standby", &[("present", "8"), ("team", "7")], "present", "terlalu besar"),
        (
            "standby",
            &[("present", "8"), ("team", "9"), ("situation", "3"), ("no_obstacle", "1")],
            "no_obstacle",
            "bertentangan",
        ),
        ("incident", &[("category", "")], "category", "harus diisi"),
        ("receive", &[("i-1-damaged", "2")], "i-1-good", "jumlah yang baik"),
        ("receive", &[("kits", "Desa Entah")], "kits", "Desa Entah"),
        ("dispatch", &[("to", "Nirwana"), ("kits", PLACE)], "to", "Nirwana"),
    ];
    for (kind, wrong, input, told) in cases {
        let all = [&WHO[..], &[("note", "catatan <panjang> \"saya\"")], wrong].concat();
        let sent = send(&world, &cookie, &typed(form(&world, &cookie, kind).await, &all)).await;
        let what = format!("{kind} {wrong:?}: {}", sent.body);
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(sent.body.contains(&format!("href=\"#{input}\"")), "{what}");
        let (_, problem) =
            sent.body.split_once(&format!("id=\"{input}-problem\">")).unwrap_or_else(|| panic!("{what}"));
        assert!(problem.split("</p>").next().unwrap().contains(told), "{what}");
        let kept = fields_of(&sent);
        for (name, value) in all.into_iter().collect::<BTreeMap<_, _>>() {
            let is_there = kind != "turnout" || name != "note";
            assert!(!is_there || kept.get(name).map(String::as_str) == Some(value), "{name}: {what}");
        }
    }
    assert_eq!(rows(&world), before, "nothing was written");
}

#[tokio::test]
async fn a_second_press_writes_nothing_and_another_report_is_not_swallowed() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let fields = form(&world, &cookie, "turnout").await;
    let all = |voters| [&WHO[..], &[("hour", "9"), ("voters", voters)]].concat();
    let one = typed(fields.clone(), &all("88"));
    let (id, ..) = written(&world, &send(&world, &cookie, &one).await);
    let before = rows(&world);
    let twice = send(&world, &cookie, &one).await;
    assert_eq!(written(&world, &twice).0, id);
    assert_eq!(rows(&world), before);
    // Back in the browser, another number, and sent again.
    let other = send(&world, &cookie, &typed(fields.clone(), &all("98"))).await;
    assert_eq!((other.status, rows(&world)), (StatusCode::CONFLICT, before));
    assert!(other.body.contains("BELUM disimpan") && other.body.contains(&format!("/report?done={id}")));
    let again = fields_of(&other);
    assert_eq!(again["voters"], "98");
    assert_ne!(again["form"], fields["form"]);
    written(&world, &send(&world, &cookie, &typed(again, &[])).await);
}

#[tokio::test]
async fn a_told_report_is_corrected_and_taken_back_from_its_row() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    let fields = form(&world, &cookie, "incident").await;
    let said = [
        &WHO[..],
        &[("category", "2"), ("severity", "3"), ("note", "jembatan <putus>"), ("held", "2024-02-13T10:05")],
    ]
    .concat();
    let (first, old, _) = written(&world, &send(&world, &cookie, &typed(fields, &said)).await);
    let row = |page: &Answer, id: RecordId| {
        let (_, row) = page.body.split_once(&format!("id=\"r-{id}\"")).unwrap();
        row.split("</tr>").next().unwrap().to_owned()
    };
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await;
    assert!(row(&tps, first).contains(&format!("/report?correct={first}")));
    assert_eq!(tps.body.matches("/report?correct=").count(), 1, "no other row was told");
    let page = world.get(&format!("/report?correct={first}"), &cookie).await;
    let filled = fields_of(&page);
    let kept = ["category", "severity", "note", "officer", "held"].map(|name| filled[name].clone());
    assert_eq!(kept, ["2", "3", "jembatan <putus>", "7", "2024-02-13T10:05"].map(str::to_owned));
    let sent = send(&world, &cookie, &typed(filled, &[("severity", "1")])).await;
    let (second, record, _) = written(&world, &sent);
    let Body::Correct(Correct { target, kind, body, .. }) = record.decode_body().unwrap() else {
        panic!("{record:?}")
    };
    assert_eq!((target, kind, record.at, record.told), (first, Kind::Incident, old.at, old.told));
    let Ok(Body::Incident(incident)) = Body::decode(kind, &body) else { panic!("an incident") };
    assert_eq!((incident.category, incident.severity), (Category::Access, Severity::Low));
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await;
    assert!(!row(&tps, first).contains("/report?correct="), "it is superseded");

    let ask = world.get(&format!("/report?retract={second}"), &cookie).await;
    let asked = fields_of(&ask);
    let back = typed(asked, &[("why", "salah <tempat>")]);
    let (by, record, notes) = written(&world, &send(&world, &cookie, &back).await);
    let Body::Retract(Retract { target, .. }) = record.decode_body().unwrap() else { panic!("{record:?}") };
    assert_eq!(
        (target, notes),
        (second, vec![(Field::Note, "salah <tempat>".into()), (Field::Name, "siti".into())])
    );
    assert_eq!(written(&world, &send(&world, &cookie, &back).await).0, by, "a second press");
    let state = world.server.places().unwrap().state(&place(TPS)).unwrap();
    assert!(state.incidents.iter().all(|i| i.mark.officer != Some(DESK_OFFICER)), "{state:?}");
    // What a phone said is not the desk's to put right here.
    let theirs = state.incidents[0].mark.record;
    for path in [format!("/report?correct={theirs}"), format!("/report?retract={theirs}")] {
        assert_eq!(world.get(&path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
