//! Officers from the desk: the list, codes and cards, grants, phones.

use pantau_log::{
    enrol, ops,
    store::{LastContact, Rights},
};
use pantau_protocol::{
    body::Kind,
    cbor,
    enrol::{EnrolOutcome, EnrolReply, EnrolRequest, Invitation},
    frame::{self, FrameKind, Sender},
    keys::SecretKey,
};

use super::{directives::filled, world::Answer, *};

const SITI: &str = "/officer/7";

/// The code on a page.
fn code_on(page: &Answer) -> (String, String) {
    let (_, rest) = page.body.split_once("mono code\">").unwrap_or_else(|| panic!("{}", page.body));
    let (handle, secret) = rest.split('<').next().unwrap().split_once(' ').unwrap();
    (handle.to_owned(), secret.to_owned())
}

fn redeem(world: &World, handle: &str, secret: &str, seed: u8) -> EnrolOutcome {
    let key = SecretKey::from_seed(&[seed; 32]);
    let code = pantau_protocol::enrol::Code { handle: handle.into(), secret: secret.into() };
    let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&key.public()) };
    let sent = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, 1, &cbor::to_vec(&request));
    let got = enrol::answer(&world.server, &sent).unwrap();
    let keys = [world.server.identity().first_key()];
    let body = frame::parse(&got).unwrap().open_reply(&keys, &frame::request_hash(&sent)).unwrap();
    cbor::from_slice::<EnrolReply>(&body).unwrap().outcome
}

/// The form of an act: the first of the page that has it.
fn act(page: &Answer, act: &str, typed: &[(&str, &str)]) -> String {
    let marked = format!("name=\"act\" value=\"{act}\"");
    let form = page.body.split("<form ").find(|form| form.contains(&marked));
    let form = form.unwrap_or_else(|| panic!("no form {act}: {}", page.body));
    let whole = format!("<form {form}");
    let only = Answer { status: page.status, headers: page.headers.clone(), body: whole };
    filled(&only, SITI, &[typed, &[("act", act)]].concat())
}

/// What a page of consequences would send.
fn confirmed(page: &Answer, why: &str) -> String {
    filled(page, SITI, &[("why", why)])
}

fn newest(world: &World) -> store::Row {
    store::read(world.server.store(), |v| v.desk_rows(0, 100_000)).unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_code_of_a_page_enrols_one_phone_and_is_kept_nowhere() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = world.get(SITI, &cookie).await;
    let made = world
        .post(SITI, &cookie, &act(&page, "code", &[("hours", "72"), ("url", "https://desk.example")]))
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert_eq!(made.headers["cache-control"], "no-store");
    assert!(!made.headers.contains_key("etag"), "a tag is for asking again");
    assert!(made.body.contains("<svg") && made.body.contains("https://desk.example"));
    assert!(made.body.contains("16 Feb 2024 11.53 WIB"), "valid for 72 hours: {}", made.body);
    let (handle, secret) = code_on(&made);
    // The picture is the code: the same text makes the same picture.
    let fingerprint = ops::fingerprint(&world.server);
    let code = pantau_protocol::enrol::Code { handle: handle.clone(), secret: secret.clone() };
    let text = Invitation { url: "https://desk.example".into(), fingerprint, code }.to_text();
    assert!(made.body.contains(&crate::qr::as_svg(&text).unwrap()), "the picture says {text}");
    let later = world.get(SITI, &cookie).await;
    assert!(later.body.contains(&handle) && !later.body.contains(&secret), "a secret is shown once");
    assert_eq!(redeem(&world, &handle, &secret, 50), EnrolOutcome::Enrolled);
    assert_eq!(redeem(&world, &handle, &secret, 51), EnrolOutcome::Used);
    assert!(!world.get(SITI, &cookie).await.body.contains(&handle), "it is open no more");
}

#[tokio::test]
async fn a_code_that_was_withdrawn_enrols_nobody() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = world.get(SITI, &cookie).await;
    for (hours, url, told) in [
        ("0", "https://desk.example", "Masa berlaku"),
        ("745", "https://desk.example", "Masa berlaku"),
        ("x", "https://desk.example", "Masa berlaku"),
        ("1", "ftp://desk", "Alamat server tidak dapat"),
    ] {
        let refused = world.post(SITI, &cookie, &act(&page, "code", &[("hours", hours), ("url", url)])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{hours} {url}");
        assert!(refused.body.contains(told), "{hours} {url}: {}", refused.body);
    }
    let made = world
        .post(SITI, &cookie, &act(&page, "code", &[("hours", "1"), ("url", "https://desk.example")]))
        .await;
    let (handle, secret) = code_on(&made);
    let page = world.get(SITI, &cookie).await;
    let withdraw = act(&page, "withdraw", &[]);
    // Only a code of this very officer.
    let other = world.post("/officer/8", &cookie, &withdraw).await;
    assert_eq!(other.location(), "/officer/8?done=unwithdrawn");
    assert_eq!(world.post(SITI, &cookie, &withdraw).await.location(), "/officer/7?done=withdraw");
    assert_eq!(world.post(SITI, &cookie, &withdraw).await.location(), "/officer/7?done=unwithdrawn");
    assert_eq!(redeem(&world, &handle, &secret, 50), EnrolOutcome::Expired);
}

#[tokio::test]
async fn cards_are_made_for_those_without_a_phone() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let form = world.get("/officers/cards?within=62", &cookie).await;
    assert!(form.body.contains("<strong>1</strong> petugas tanpa perangkat"), "Budi: {}", form.body);
    let sent = filled(&form, "/officers/cards", &[("hours", "72"), ("url", "https://desk.example")]);
    let made = world.post("/officers/cards", &cookie, &sent).await;
    assert_eq!(made.headers["cache-control"], "no-store");
    assert_eq!(made.body.matches("class=\"enrol-card\"").count(), 1, "{}", made.body);
    assert!(made.body.contains("Budi") && made.body.contains("Pimpinan") && made.body.contains("(62)"));
    let (handle, secret) = code_on(&made);
    assert_eq!(redeem(&world, &handle, &secret, 60), EnrolOutcome::Enrolled);
    // He has one now: the page that was filled in says another number.
    let refused = world.post("/officers/cards", &cookie, &sent).await;
    assert!(refused.body.contains("Jumlah petugas berubah"), "{}", refused.body);
    assert!(world.get("/officers/cards", &cookie).await.body.contains("class=\"empty\""));
    assert_eq!(
        world.get("/officers/cards?within=99", &cookie).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn cards_made_again_are_for_the_rest() {
    let (world, _) = World::with_data();
    let people: String = (100..105 + crate::limit::CARDS)
        .map(|officer| format!("{officer},Petugas {officer},,FieldOfficer,62.06\n"))
        .collect();
    let people = format!(
        "number,name,phone,role,place\n7,<b>Siti & Rahma</b>,0811,Camat,62.06.13\n8,Budi,,Viewer,62\n{people}"
    );
    world.import(
        "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Kabupaten Katingan\n\
         62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n",
        "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
         62.06.13.2001,001,271,140,131,,,very_remote,none\n62.06.13.2001,002,200,,,,,remote,weak\n",
        &people,
    );
    let cookie = world.sign_in().await;
    let press = async || {
        let form = world.get("/officers/cards?within=62.06", &cookie).await;
        let sent = filled(&form, "/officers/cards", &[("hours", "1"), ("url", "https://desk.example")]);
        (world.post("/officers/cards", &cookie, &sent).await, sent)
    };
    let cards = |page: &Answer| page.body.matches("class=\"enrol-card\"").count();
    let open = || {
        let codes = store::read(world.server.store(), |v| v.desk_enrolments()).unwrap();
        let officers: std::collections::BTreeSet<u32> = codes.iter().map(|code| code.officer).collect();
        (codes.len(), officers.len())
    };
    let (first, sent) = press().await;
    assert_eq!(cards(&first), crate::limit::CARDS, "{}", first.body);
    let twice = world.post("/officers/cards", &cookie, &sent).await;
    assert!(twice.body.contains("Jumlah petugas berubah"), "{}", twice.body);
    let rest = world.get("/officers/cards?within=62.06", &cookie).await.body;
    assert!(rest.contains("<strong>5</strong> petugas tanpa perangkat"), "{rest}");
    assert!(rest.contains("<strong>100</strong> petugas lain belum punya perangkat"), "{rest}");
    let (second, _) = press().await;
    assert_eq!((cards(&second), open()), (5, (105, 105)), "nobody has two");
    let nobody = world.get("/officers/cards?within=62.06", &cookie).await.body;
    assert!(nobody.contains("class=\"empty\""), "{nobody}");
    // A code that ended is no reason to wait.
    world.move_clock(3_600);
    let again = world.get("/officers/cards?within=62.06", &cookie).await.body;
    assert!(again.contains("<strong>105</strong> petugas tanpa perangkat"), "{again}");
}

#[tokio::test]
async fn of_two_codes_of_an_officer_the_last_one_is_good() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let sent =
        act(&world.get(SITI, &cookie).await, "code", &[("hours", "72"), ("url", "https://desk.example")]);
    let (first, first_secret) = code_on(&world.post(SITI, &cookie, &sent).await);
    let (last, last_secret) = code_on(&world.post(SITI, &cookie, &sent).await);
    assert_ne!(first, last);
    assert_eq!(redeem(&world, &first, &first_secret, 50), EnrolOutcome::Expired);
    assert_eq!(redeem(&world, &last, &last_secret, 51), EnrolOutcome::Enrolled);
}

#[tokio::test]
async fn an_officer_is_moved_after_the_consequences_were_shown() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = world.get(SITI, &cookie).await;
    let before = newest(&world).position;
    let grants = |world: &World| {
        let known = world.server.known().unwrap();
        known.reference().grants(7).into_iter().map(|g| (g.role, g.place.to_string())).collect::<Vec<_>>()
    };
    let moved = [("end", "Camat@62.06.13"), ("role", "FieldOfficer"), ("place", "62.06")];
    for (field, value, told) in [
        ("place", "62.99", "Tidak ada wilayah"),
        ("place", "", "Tidak ada wilayah"),
        ("role", "DeskAdmin", "Pilih peran"),
        ("role", "Bupati", "Pilih peran"),
        ("end", "Camat@62.06.14", "tidak berlaku lagi"),
    ] {
        let typed: Vec<_> =
            moved.iter().map(|(n, was)| (*n, if *n == field { value } else { was })).collect();
        let refused = world.post(SITI, &cookie, &act(&page, "grants", &typed)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}: {}", refused.body);
        assert!(refused.body.contains(told), "{field}={value}: {}", refused.body);
    }
    let ask = world.post(SITI, &cookie, &act(&page, "grants", &moved)).await;
    assert_eq!(ask.status, StatusCode::OK);
    for told in
        ["Berakhir: Camat, Marikit (62.06.13)", "Diberikan: Petugas lapangan, Kabupaten Katingan (62.06)"]
    {
        assert!(ask.body.contains(told), "{told}: {}", ask.body);
    }
    assert_eq!(newest(&world).position, before, "nothing was written yet");
    let done = world.post(SITI, &cookie, &filled(&ask, SITI, &[])).await;
    assert_eq!(done.location(), "/officer/7?done=grants");
    assert_eq!(grants(&world), [(Role::FieldOfficer, "62.06".to_owned())]);
    // Sent twice it asks for what is not so any more.
    let twice = world.post(SITI, &cookie, &filled(&ask, SITI, &[])).await;
    assert!(twice.body.contains("tidak berlaku lagi"), "{}", twice.body);
    // To end the last grant leaves nothing to see.
    let page = world.get(SITI, &cookie).await;
    let ask = world.post(SITI, &cookie, &act(&page, "grants", &[("end", "FieldOfficer@62.06")])).await;
    assert!(
        ask.body.contains("tidak punya tugas lagi") && ask.body.contains("2 TPS tidak lagi terlihat"),
        "{}",
        ask.body
    );
    world.post(SITI, &cookie, &filled(&ask, SITI, &[])).await;
    assert!(grants(&world).is_empty());
    assert!(world.get("/officers", &cookie).await.body.contains("id=\"officer-7\""), "he stays in the list");
}

#[tokio::test]
async fn a_phone_is_revoked_with_a_reason_and_trusted_again() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    let held = phone.last();
    let call = LastContact { device: phone.device(), at: NOW, epoch: [0; 8], read_through: 0, unsent: 3 };
    store::write(world.server.store(), |tx| tx.put_last_contact(&call)).unwrap();
    let page = world.get(SITI, &cookie).await;
    assert!(page.body.contains("dipakai") && page.body.contains("menurut kontak terakhir"), "{}", page.body);
    let device = phone.device().to_string();
    let fields = |act: &str| format!("csrf={}&device={device}&act={act}", page.csrf());
    let ask = world.post(SITI, &cookie, &fields("revoke")).await;
    for told in [&*format!("Dipercaya sampai laporan no. {held}"), "3 laporan yang menurut kontak terakhir"] {
        assert!(ask.body.contains(told), "{told}: {}", ask.body);
    }
    let refused = world.post(SITI, &cookie, &confirmed(&ask, " ")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Tulis alasannya"));
    // Something came in since: other records would count.
    say(&mut phone, &world, NOW, TPS, &visit(), &[]);
    let is_revoked = |world: &World| world.server.known().unwrap().reference().is_revoked(&phone.device());
    assert!(!is_revoked(&world));
    let done = world.post(SITI, &cookie, &confirmed(&ask, "Hilang di <sungai>")).await;
    assert_eq!(done.location(), "/officer/7?done=revoke", "{}", done.body);
    let row = newest(&world);
    assert_eq!((row.entry.kind, row.notes[0].text.as_str()), (Kind::Revoke, "Hilang di <sungai>"));
    assert!(is_revoked(&world));
    let page = world.get(SITI, &cookie).await.body;
    assert!(page.contains("tag bad\">dicabut") && page.contains("Pulihkan kepercayaan"), "{page}");
    let ask = world.post(SITI, &cookie, &fields("reinstate")).await;
    let done = world.post(SITI, &cookie, &confirmed(&ask, "Ditemukan")).await;
    assert_eq!(done.location(), "/officer/7?done=reinstate");
    assert!(!is_revoked(&world));
    let row = newest(&world);
    assert_eq!((row.entry.kind, row.notes[0].text.as_str()), (Kind::Ruling, "Ditemukan"));
    let foreign = world.post("/officer/8", &cookie, &fields("revoke")).await;
    assert!(foreign.body.contains("bukan milik petugas ini"), "{}", foreign.body);
}

#[tokio::test]
async fn two_phones_of_one_officer_are_told_apart() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    world.move_clock(60);
    let second = Phone::new(99);
    let body = Body::Device(pantau_protocol::body::Device {
        device: second.device(),
        public_key: second.key.public().0,
        officer: CAMAT,
        predecessor: None,
        regions: vec![place("62.06.13")],
    });
    author::append(&world.server, vec![NewDeskRecord::new(NOW + 60, place("62.06.13"), body)]).unwrap();
    let call =
        LastContact { device: second.device(), at: NOW + 60, epoch: [0; 8], read_through: 0, unsent: 0 };
    store::write(world.server.store(), |tx| tx.put_last_contact(&call)).unwrap();
    let cookie = world.sign_in().await;
    let page = world.get(SITI, &cookie).await.body;
    assert_eq!(page.matches("tag good\">dipakai").count(), 1, "{page}");
    assert_eq!(page.matches("tag warn\">sebelumnya, masih dipercaya").count(), 1, "{page}");
    let (_, used) = page.split_once("id=\"device-").unwrap();
    assert!(
        second.device().to_string().starts_with(used.split('"').next().unwrap()),
        "the one that called last"
    );
}

#[tokio::test]
async fn the_list_is_narrowed_by_what_an_address_says() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    let numbers = async |query: &str| {
        let page = world.get(&format!("/officers{query}"), &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        let all =
            page.body.split("id=\"officer-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        all.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(numbers("").await, "7 8");
    assert_eq!(numbers("?role=Camat&visited=none").await, "7", "no visit yet");
    assert_eq!(numbers("?within=6206").await, "7");
    assert_eq!(numbers("?role=Viewer&within=62.06").await, "");
    assert_eq!(numbers("?phone=none").await, "8");
    assert_eq!(numbers("?phone=some&who=rahma").await, "7");
    assert_eq!(numbers("?who=Kecamatan+Marikit").await, "7");
    report(&world, &mut phone);
    assert_eq!(numbers("?role=Camat&visited=none").await, "");
    assert_eq!(numbers("?role=Camat&visited=some").await, "7");
    assert!(
        world.get("/officers", &cookie).await.body.contains("href=\"/officers?role=Camat&#38;visited=none\"")
    );
    assert!(world.get("/officers", &cookie).await.body.contains("href=\"tel:0811\""));
    for bad in ["?role=Bupati", "?within=62+or+1", "?page=0", "?visited=no", "?phone=x", "?whom=7"] {
        assert_eq!(
            world.get(&format!("/officers{bad}"), &cookie).await.status,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
    assert_eq!(world.get("/officer/9", &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/officer/x", &cookie).await.status, StatusCode::NOT_FOUND);
    let desk = format!("/officer/{}", author::DESK_OFFICER);
    assert_eq!(world.get(&desk, &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_only_reads_makes_no_code_and_changes_nothing() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let page = world.get(SITI, &cookie).await;
    let code = act(&page, "code", &[("hours", "1"), ("url", "https://desk.example")]);
    let grant = act(&page, "grants", &[("end", "Camat@62.06.13")]);
    let cards = filled(
        &world.get("/officers/cards", &cookie).await,
        "/officers/cards",
        &[("hours", "1"), ("url", "https://d.example")],
    );
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&store::Operator { rights: Rights::Viewer, ..operator })
    })
    .unwrap();
    let before = newest(&world).position;
    // Whoever decides about findings makes no codes either.
    for rights in [Rights::Viewer, Rights::Desk] {
        store::write(world.server.store(), |tx| {
            let operator = tx.operator("siti")?.unwrap();
            tx.put_operator(&store::Operator { rights, ..operator })
        })
        .unwrap();
        assert_eq!(world.post(SITI, &cookie, &code).await.status, StatusCode::FORBIDDEN, "{rights:?}");
    }
    for (at, form) in [(SITI, &code), (SITI, &grant), ("/officers/cards", &cards)] {
        assert_eq!(world.post(at, &cookie, form).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    assert_eq!(newest(&world).position, before);
    let codes = store::read(world.server.store(), |v| v.desk_enrolments()).unwrap();
    assert!(codes.is_empty());
    let page = world.get(SITI, &cookie).await;
    assert!(page.status == StatusCode::OK && !page.body.contains("action=\"/officer"), "{}", page.body);
    assert_eq!(world.get("/officers/cards", &cookie).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_table_of_officers_is_no_formula_and_leaves_unknown_empty() {
    let (world, phone) = World::with_data();
    world.import(
        "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Kabupaten Katingan\n\
         62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n",
        "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
         62.06.13.2001,001,271,140,131,,,very_remote,none\n62.06.13.2001,002,200,,,,,remote,weak\n",
        "number,name,phone,role,place\n7,=1+1,+62811,Camat,62.06.13\n8,Budi,,Viewer,62\n",
    );
    let call = LastContact { device: phone.device(), at: NOW, epoch: [0; 8], read_through: 0, unsent: 3 };
    store::write(world.server.store(), |tx| tx.put_last_contact(&call)).unwrap();
    let cookie = world.sign_in().await;
    let table = world.get("/export/officers.csv", &cookie).await.body;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[1].starts_with("7,'=1+1,'+62811,Camat,62.06.13,"), "{table}");
    assert!(lines[1].ends_with(",0,1,2024-02-13T04:53:20Z,1707800000,3"), "{table}");
    assert!(lines[2].starts_with("8,Budi,,Viewer,62,") && lines[2].ends_with(",0,0,,,"), "{table}");
    let inside = world.get("/export/officers.csv?within=62.06", &cookie).await.body;
    assert_eq!(inside.lines().count(), 2, "{inside}");
}

#[tokio::test]
async fn the_desk_of_a_kabupaten_acts_on_its_own_officers_alone() {
    let (world, phone) = World::with_data();
    let cookie = world.sign_in().await;
    let whole = world.get("/officer/8", &cookie).await;
    let code = format!("csrf={}&act=code&hours=1&url=https%3A%2F%2Fdesk.example", whole.csrf());
    let scoped = |region: &str| {
        store::write(world.server.store(), |tx| {
            let operator = tx.operator("siti")?.unwrap();
            let scope = Some(pantau_protocol::place::Scope::new([place(region)]));
            tx.put_operator(&store::Operator { scope, ..operator })
        })
        .unwrap();
    };
    scoped("62.06");
    let list = world.get("/officers", &cookie).await.body;
    assert!(list.contains("id=\"officer-7\"") && !list.contains("Budi"), "{list}");
    assert_eq!(world.get("/officer/8", &cookie).await.status, StatusCode::NOT_FOUND, "of the province");
    assert_eq!(world.post("/officer/8", &cookie, &code).await.location(), "/officers");
    let mine = world.get(SITI, &cookie).await;
    let beyond = [("end", "Camat@62.06.13"), ("role", "Camat"), ("place", "62")];
    let refused = world.post(SITI, &cookie, &act(&mine, "grants", &beyond)).await;
    assert!(refused.body.contains("Tidak ada wilayah"), "{}", refused.body);
    let form = world.get("/directive/new", &cookie).await;
    for (to, of, told) in
        [("place", ("place", "62"), "Tidak ada wilayah"), ("officer", ("officer", "8"), "Tidak ada petugas")]
    {
        let typed = [("to", to), of, ("text", "x"), ("due", "2024-02-13T18:00"), ("step", "give")];
        let refused = world.post("/directive/new", &cookie, &filled(&form, "/directive/new", &typed)).await;
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    assert_eq!(world.get("/export/officers.csv", &cookie).await.body.lines().count(), 2);
    scoped("62.01");
    assert_eq!(world.get(SITI, &cookie).await.status, StatusCode::NOT_FOUND);
    let device = phone.device();
    let revoke = format!("csrf={}&device={device}&act=revoke", mine.csrf());
    assert_eq!(world.post(SITI, &cookie, &revoke).await.location(), "/officers");
    assert!(!world.get("/officers", &cookie).await.body.contains("id=\"officer-"));
    assert!(store::read(world.server.store(), |v| v.desk_enrolments()).unwrap().is_empty());
    assert!(ops::directives(&world.server).unwrap().is_empty());
}
