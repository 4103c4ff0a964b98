//! Directives from the desk: whom they reach, who answered, and how one is taken back.

use pantau_log::{
    ops::{self, Standing},
    store::Rights,
};
use pantau_protocol::{
    body::Kind,
    journal::RecordId,
    limit::NOTE_BYTES,
    record::{Basis, Record, ToldBy},
};

use super::{world::Answer, *};

/// The fields of the form on a page that a browser would send, with `typed` in place of what is there.
pub(super) fn filled(page: &Answer, action: &str, typed: &[(&str, &str)]) -> String {
    let of = |form: &&str| form.contains(&format!("method=\"post\" action=\"{action}\""));
    let form = page.body.split("<form ").skip(1).find(of).unwrap_or_else(|| panic!("{}", page.body));
    let form = form.split("</form>").next().unwrap();
    let mut sent = form_urlencoded::Serializer::new(String::new());
    for input in form.split("<input type=\"hidden\" ").skip(1) {
        let part = |name: &str| {
            let (_, rest) = input.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().replace("&#38;", "&").replace("&#34;", "\"")
        };
        let (name, value) = (part("name"), part("value"));
        if typed.iter().all(|(typed, _)| *typed != name) {
            sent.append_pair(&name, &value);
        }
    }
    sent.extend_pairs(typed).finish()
}

const NEW: &str = "/directive/new";
const DUE: &str = "2024-02-13T18:00";

/// A camat of the kecamatan and one more, both without a phone that was heard.
fn camats(world: &World) {
    world.import(
        "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Kabupaten Katingan\n\
         62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n62.06.14,62.06,kecamatan,Bukit Raya\n\
         62.06.14.2001,62.06.14,desa,Tumbang Gaei\n",
        "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
         62.06.13.2001,001,271,140,131,,,very_remote,none\n62.06.13.2001,002,200,,,,,remote,weak\n\
         62.06.14.2001,001,200,,,,,remote,weak\n",
        "number,name,phone,role,place\n7,Siti,0811,Camat,62.06.13\n9,Rahma,0812,Camat,62.06.14\n8,Budi,,Viewer,62\n",
    );
}

fn standing(world: &World) -> Vec<Standing> {
    ops::directives(&world.server).unwrap()
}

/// Gives a directive on the page as a clerk does: looks who will get it, then gives it.
async fn give(world: &World, cookie: &str, typed: &[(&str, &str)]) -> Answer {
    let form = world.get(NEW, cookie).await;
    let typed = [typed, &[("due", DUE)]].concat();
    let look = [typed.as_slice(), &[("step", "preview")]].concat();
    let seen = world.post(NEW, cookie, &filled(&form, NEW, &look)).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    let sent = [typed.as_slice(), &[("step", "give")]].concat();
    world.post(NEW, cookie, &filled(&seen, NEW, &sent)).await
}

fn id_of(answer: &Answer) -> RecordId {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let id = answer.location().strip_prefix("/directive/").unwrap().split('?').next().unwrap();
    id.parse().unwrap()
}

/// Answers a directive to the province, from a kecamatan.
fn answer(world: &World, phone: &mut Phone, target: RecordId, at: &str) {
    let (target_places, progress) = (vec![place("62")], Progress::Done);
    let body = Body::IncidentUpdate(IncidentUpdate { target, target_places, progress });
    say(phone, world, NOW + 5, at, &body, &[(Field::Note, "jawaban")]);
}

#[tokio::test]
async fn a_directive_of_a_page_is_one_record_and_not_written_twice() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let typed = [("to", "role"), ("role", "Camat"), ("place", "6206"), ("text", " Kunjungi <semua> TPS\r\n")];
    let given = give(&world, &cookie, &typed).await;
    let id = id_of(&given);
    let [one] = &*standing(&world) else { panic!("{:?}", standing(&world)) };
    assert_eq!(one.state.mark.record, id);
    assert_eq!((one.state.officer, one.state.role, one.place.as_str()), (None, Some(Role::Camat), "62.06"));
    assert_eq!(one.text.as_deref(), Some("Kunjungi <semua> TPS"));
    assert_eq!(one.state.due, crate::read_local("2024-02-13 18:00", 25_200).unwrap());
    let again = give(&world, &cookie, &typed).await;
    assert_eq!((id_of(&again), standing(&world).len()), (id, 1), "the button was pressed twice");
    assert!(again.location().ends_with("?done=already"));
    let page = world.get(again.location(), &cookie).await.body;
    assert!(
        page.contains("tidak ditulis dua kali") && page.contains("Kunjungi &#60;semua&#62; TPS"),
        "{page}"
    );
    // Another time or another text is another directive.
    give(&world, &cookie, &[("to", "officer"), ("officer", "siti"), ("text", "Kunjungi <semua> TPS")]).await;
    assert_eq!(standing(&world).len(), 2);
}

#[tokio::test]
async fn a_form_that_is_wrong_comes_back_with_what_was_typed_and_writes_nothing() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let form = world.get(NEW, &cookie).await;
    assert!(form.body.contains("value=\"2024-02-13T"), "a due time is offered: {}", form.body);
    let long = "x".repeat(NOTE_BYTES + 1);
    let right =
        [("to", "officer"), ("officer", "7"), ("text", "Hubungi \"desk\""), ("due", DUE), ("step", "give")];
    for (field, value, told) in [
        ("to", "", "Pilih kepada siapa"),
        ("to", "semua", "Pilih kepada siapa"),
        ("officer", "99", "Tidak ada petugas dengan nomor"),
        ("officer", "i", "Beberapa petugas cocok"),
        ("text", " ", "Tulis isi instruksi"),
        ("text", &long, "terlalu panjang"),
        ("due", "besok", "Tulis tenggat"),
        ("due", "2024-02-12 00:00", "Tenggat sudah lewat"),
        ("due", "2204-02-13 18:00", "lebih dari setahun"),
    ] {
        let typed: Vec<(&str, &str)> =
            right.iter().map(|(name, was)| (*name, if *name == field { value } else { was })).collect();
        let refused = world.post(NEW, &cookie, &filled(&form, NEW, &typed)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {told}");
        assert!(refused.body.contains(told), "{field} {told}: {}", refused.body);
        assert!(refused.body.contains("id=\"faults\""), "a summary of what is wrong");
        assert!(field == "text" || refused.body.contains("Hubungi &#34;desk&#34;"), "{field}");
    }
    for (field, value, told) in [
        ("place", "62.99", "Tidak ada wilayah"),
        ("role", "Bupati", "Pilih peran"),
        ("role", "FieldOfficer", "Tidak ada petugas yang akan menerimanya"),
    ] {
        let typed = [("to", "role"), ("role", "Camat"), ("place", "62"), ("text", "x"), ("due", DUE)];
        let typed: Vec<_> =
            typed.iter().map(|(n, was)| (*n, if *n == field { value } else { was })).collect();
        let refused = world.post(NEW, &cookie, &filled(&form, NEW, &typed)).await;
        assert!(refused.body.contains(told), "{field} {told}: {}", refused.body);
    }
    assert!(standing(&world).is_empty());
}

#[tokio::test]
async fn the_camats_of_a_filtered_list_are_those_of_now() {
    let world = World::empty();
    camats(&world);
    let cookie = world.sign_in().await;
    let list = world.get("/tps?access=remote", &cookie).await.body;
    assert!(list.contains("camat dalam daftar ini (2)"), "{list}");
    let only = world.get("/tps?access=very_remote", &cookie).await.body;
    let (_, link) = only.split_once("class=\"button\" href=\"").unwrap();
    let link = link.split('"').next().unwrap().replace("&#38;", "&");
    let form = world.get(&link, &cookie).await;
    assert!(
        form.body.contains("Akan diterima oleh 1 petugas") && form.body.contains("tel:0811"),
        "{}",
        form.body
    );
    let typed = [("to", "list"), ("text", "Laporkan"), ("due", DUE), ("step", "give")];
    let sent = filled(&form, NEW, &typed);
    // Meanwhile the kecamatan has got a second camat.
    let grant = Body::Grant(pantau_protocol::body::Grant {
        officer: 9,
        role: Role::Camat,
        ended: false,
        new_person: false,
    });
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), grant)]).unwrap();
    let refused = world.post(NEW, &cookie, &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("semula 1, kini 2") && refused.body.contains(">Laporkan</textarea>"),
        "{}",
        refused.body
    );
    assert!(standing(&world).is_empty());
    let id = id_of(&world.post(NEW, &cookie, &filled(&refused, NEW, &typed)).await);
    let all = standing(&world);
    let asked: std::collections::BTreeSet<_> = all.iter().map(|d| d.state.officer).collect();
    assert_eq!((all.len(), asked), (2, [Some(7), Some(9)].into()));
    // Both are one on the pages.
    let page = world.get(&format!("/directive/{id}"), &cookie).await.body;
    assert!(
        page.contains("0 dari 2 selesai") && page.contains("tel:0811") && page.contains("tel:0812"),
        "{page}"
    );
    let listed = world.get("/directives", &cookie).await.body;
    assert_eq!(listed.matches("<article").count(), 1, "{listed}");
    let bad = world.get("/directive/new?to=list&conditions=logistics%3Dgone", &cookie).await;
    assert!(bad.status == StatusCode::OK && !bad.body.contains("id=\"preview\""));
}

#[tokio::test]
async fn who_did_not_answer_comes_first_and_what_is_done_is_not_red() {
    let world = World::empty();
    camats(&world);
    let mut phone = world.enrol(CAMAT);
    let cookie = world.sign_in().await;
    let given =
        give(&world, &cookie, &[("to", "role"), ("role", "Camat"), ("place", "62"), ("text", "Siaga")]).await;
    let id = id_of(&given);
    let at = format!("/directive/{id}");
    let names = |body: &str| (body.find(">Rahma</a>").unwrap(), body.find(">Siti</a>").unwrap());
    answer(&world, &mut phone, id, "62.06.13");
    world.move_clock(7 * 3600);
    let page = world.get(&at, &cookie).await.body;
    assert!(page.contains("1 dari 2 selesai") && page.contains("tag bad\">melewati tenggat"), "{page}");
    assert!(page.contains("belum menjawab <strong>1</strong>"), "two asked, one answered");
    assert!(names(&page).0 < names(&page).1, "Rahma did not answer");
    assert!(page.contains("belum ada perangkat") && page.contains("sudah diterima perangkat"), "{page}");
    assert!(page.contains("Ingatkan yang belum menjawab (1)"));
    assert!(world.get("/directives?state=overdue", &cookie).await.body.contains("Siaga"));
    assert!(!world.get("/directives?state=done", &cookie).await.body.contains("Siaga"));
    // A reminder goes to her alone, with the text filled in.
    let reminder = world.get(&format!("{NEW}?to=waiting&of={id}"), &cookie).await;
    assert!(reminder.body.contains("Akan diterima oleh 1 petugas") && reminder.body.contains("Rahma"));
    assert!(reminder.body.contains(">Pengingat: Siaga</textarea>"), "{}", reminder.body);
    // The other camat answers by a phone of her own.
    let mut other = world.enrol(9);
    answer(&world, &mut other, id, "62.06.14");
    let page = world.get(&at, &cookie).await.body;
    assert!(page.contains("2 dari 2 selesai") && page.contains("tag good\">selesai"), "{page}");
    assert!(!page.contains("melewati tenggat") && !page.contains("Ingatkan"), "{page}");
    let list = world.get("/directives", &cookie).await.body;
    assert!(!list.contains("tag bad") && list.contains("melewati tenggat <strong>0"), "{list}");
    let gone = world.get(&format!("{NEW}?to=waiting&of={id}"), &cookie).await;
    assert!(!gone.body.contains("id=\"preview\""), "nobody is left to be reminded");
}

#[tokio::test]
async fn a_phone_that_says_who_told_it_answers_for_its_own_officer_alone() {
    let world = World::empty();
    camats(&world);
    let mut phone = world.enrol(CAMAT);
    let cookie = world.sign_in().await;
    let given =
        give(&world, &cookie, &[("to", "role"), ("role", "Camat"), ("place", "62"), ("text", "Siaga")]).await;
    let id = id_of(&given);
    let body = Body::IncidentUpdate(IncidentUpdate {
        target: id,
        target_places: vec![place("62")],
        progress: Progress::Done,
    });
    let told = Record {
        basis: Basis::ToldByPhone,
        told: Some(ToldBy { officer: Some(9), at: NOW }),
        ..Record::new(NOW + 5, place("62.06.13"), &body)
    };
    phone.write_raw(told.to_payload(), Vec::new());
    phone.push(&world.server, phone.last(), phone.last());
    let page = world.get(&format!("/directive/{id}"), &cookie).await.body;
    assert!(page.contains("1 dari 2 selesai"), "{page}");
    let silent = world.get(&format!("{NEW}?to=waiting&of={id}"), &cookie).await.body;
    assert!(silent.contains("Rahma") && !silent.contains("Siti"), "{silent}");
}

#[tokio::test]
async fn a_directive_is_taken_back_with_a_reason_once() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let id = id_of(&give(&world, &cookie, &[("to", "place"), ("place", "62"), ("text", "Siaga")]).await);
    let at = format!("/directive/{id}");
    let page = world.get(&at, &cookie).await;
    let refused = world.post(&at, &cookie, &filled(&page, &at, &[("why", " ")])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Tulis alasannya") && standing(&world).len() == 1);
    let sent = filled(&page, &at, &[("why", "Keliru")]);
    let done = world.post(&at, &cookie, &sent).await;
    assert_eq!(done.location(), "/directives?done=retract");
    assert!(standing(&world).is_empty());
    let rows = store::read(world.server.store(), |v| v.desk_rows(0, 100_000)).unwrap();
    let retract = rows.last().unwrap();
    assert_eq!((retract.entry.kind, retract.notes[0].text.as_str()), (Kind::Retract, "Keliru"));
    assert_eq!(world.post(&at, &cookie, &sent).await.location(), "/directives?done=gone");
    assert_eq!(world.get(&at, &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_directive_is_reached_page_by_page() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let one = |n: i64| {
        let body = Body::Directive(Directive { officer: Some(CAMAT), role: None, due: NOW + 60 * n });
        NewDeskRecord::new(NOW, place("62.06.13"), body).with_note(Field::Note, format!("nomor {n}."))
    };
    author::append(&world.server, (1..=320).map(one).collect()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=4 {
        let body = world.get(&format!("/directives?page={page}"), &cookie).await.body;
        let numbers = body.split("nomor ").skip(1).map(|rest| rest.split('.').next().unwrap().to_owned());
        seen.extend(numbers);
        assert_eq!(body.contains("rel=\"next\""), page < 4, "{page}");
    }
    assert_eq!(seen.len(), 320);
    assert!(world.get("/directives", &cookie).await.body.contains("320 instruksi"));
    for bad in ["/directives?page=0", "/directives?state=x", "/directives?stat=open"] {
        assert_eq!(world.get(bad, &cookie).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn who_only_reads_gives_nothing_and_takes_nothing_back() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let form = world.get(NEW, &cookie).await;
    let id = id_of(&give(&world, &cookie, &[("to", "place"), ("place", "62"), ("text", "Siaga")]).await);
    let at = format!("/directive/{id}");
    let back = filled(&world.get(&at, &cookie).await, &at, &[("why", "x")]);
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&store::Operator { rights: Rights::Viewer, ..operator })
    })
    .unwrap();
    assert_eq!(world.get(NEW, &cookie).await.status, StatusCode::FORBIDDEN);
    let sent = filled(
        &form,
        NEW,
        &[("to", "officer"), ("officer", "7"), ("text", "y"), ("due", DUE), ("step", "give")],
    );
    assert_eq!(world.post(NEW, &cookie, &sent).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post(&at, &cookie, &back).await.status, StatusCode::FORBIDDEN);
    assert_eq!(standing(&world).len(), 1);
    assert!(!world.get(&at, &cookie).await.body.contains("<textarea"));
}

/// Has the operator see one region alone.
fn scoped(world: &World, region: &str) {
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        let scope = Some(pantau_protocol::place::Scope::new([place(region)]));
        tx.put_operator(&store::Operator { scope, ..operator })
    })
    .unwrap();
}

/// [`camats`], of whom one has a grant for the province, too, and somebody who has only that.
fn with_grants_above(world: &World) {
    camats(world);
    for (officer, new_person) in [(CAMAT, false), (6, true)] {
        let role = Role::FieldOfficer;
        let grant = Body::Grant(pantau_protocol::body::Grant { officer, role, ended: false, new_person });
        author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62"), grant)]).unwrap();
    }
}

#[tokio::test]
async fn who_is_above_the_region_of_an_operator_is_counted_and_not_named() {
    let world = World::empty();
    with_grants_above(&world);
    let mut above = world.enrol(6);
    let cookie = world.sign_in().await;
    scoped(&world, "62.06");
    let form = world.get(NEW, &cookie).await;
    let typed = [("to", "place"), ("place", "62.06"), ("text", "Siaga"), ("due", DUE), ("step", "preview")];
    let seen = world.post(NEW, &cookie, &filled(&form, NEW, &typed)).await.body;
    let (_, preview) = seen.split_once("id=\"preview\"").unwrap();
    let preview = preview.split("</section>").next().unwrap();
    assert!(preview.contains("oleh 4 petugas") && preview.contains("dan lainnya: 2"), "{preview}");
    assert!(preview.contains("Siti") && preview.contains("Rahma"), "{preview}");
    assert_eq!(preview.matches("<li>").count(), 2, "{preview}");
    assert!(!preview.contains("Budi"), "{preview}");

    let id = id_of(&give(&world, &cookie, &typed[..3]).await);
    let progress = Progress::Working;
    let body =
        Body::IncidentUpdate(IncidentUpdate { target: id, target_places: vec![place("62.06")], progress });
    say(&mut above, &world, NOW + 5, "62", &body, &[(Field::Note, "jawaban dari provinsi")]);
    let at = format!("/directive/{id}");
    let page = world.get(&at, &cookie).await.body;
    assert!(page.contains("0 dari 2 selesai") && page.contains("Siti"), "{page}");
    for hidden in ["Budi", "jawaban dari provinsi", "Petugas lapangan", "/officer/6\""] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let report = world.get("/report?place=62.06.13&kind=standby", &cookie).await.body;
    assert!(report.contains("7 · Siti") && !report.contains("Petugas lapangan"), "{report}");
    // Whoever sees everything sees them.
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&store::Operator { scope: None, ..operator })
    })
    .unwrap();
    let page = world.get(&at, &cookie).await.body;
    for shown in ["Budi", "jawaban dari provinsi", "Petugas lapangan, "] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[tokio::test]
async fn what_needs_attention_counts_the_silent_as_their_own_page_does() {
    let world = World::empty();
    with_grants_above(&world);
    let cookie = world.sign_in().await;
    let id = id_of(&give(&world, &cookie, &[("to", "place"), ("place", "62.06"), ("text", "Siaga")]).await);
    world.move_clock(7 * 3600);
    for (region, silent) in [(None, 4), (Some("62.06"), 2)] {
        region.into_iter().for_each(|region| scoped(&world, region));
        let page = world.get(&format!("/directive/{id}"), &cookie).await.body;
        assert!(page.contains(&format!("belum menjawab <strong>{silent}</strong>")), "{silent}: {page}");
        let all = world.get("/attention", &cookie).await.body;
        assert!(all.contains(&format!(": {silent} belum menjawab")), "{silent}: {all}");
    }
}

#[tokio::test]
async fn the_menu_counts_what_is_overdue_once_a_minute() {
    let world = World::empty();
    camats(&world);
    let cookie = world.sign_in().await;
    let body = Body::Directive(Directive { officer: Some(CAMAT), role: None, due: NOW + 10 });
    author::append(&world.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), body)]).unwrap();
    let menu = async || {
        let page = world.get("/quarantine", &cookie).await.body;
        let (_, link) = page.split_once("<a href=\"/directives\">").unwrap();
        link.split("</a>").next().unwrap().to_owned()
    };
    assert_eq!(menu().await, "Instruksi");
    world.move_clock(20);
    assert_eq!(menu().await, "Instruksi", "of this minute");
    world.move_clock(60 - (NOW + 20).rem_euclid(60));
    assert_eq!(menu().await, "Instruksi (1)");
}
