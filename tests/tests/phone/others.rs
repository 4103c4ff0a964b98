//! What others said: the list, the card, directives, and what a phone keeps of things it does not know.

use pantau_core::{SyncEnd, TpsQuery};
use pantau_protocol::{
    body::{Body, Directive, IncidentUpdate, KeyState, KeyUse, Kind, Progress, ServerKey, ServerKeys},
    cbor::Raw,
    exchange::{LogRow, RowKind},
    journal::RecordId,
    keys::SecretKey,
    note::{CarriedNote, Field},
    record::{Basis, Record, ToldBy},
};

use pantau_log::{
    author::{self, NewDeskRecord},
    ops,
};

use crate::{
    colleague::note,
    rig::{START, World, incident, own_file, place, visit},
    server::OFFICER,
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/001";

fn numbers(phone: &pantau_core::Phone, query: &TpsQuery) -> Vec<String> {
    phone.tps_list(query).unwrap().into_iter().map(|r| r.number).collect()
}

#[tokio::test]
async fn the_list_searches_filters_and_pages() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let all = TpsQuery::default();
    assert_eq!(numbers(&phone, &all), ["001", "002", "003"]);
    let remote = TpsQuery { remote_first: true, ..all.clone() };
    assert_eq!(numbers(&phone, &remote), ["002", "003", "001"]);
    let mut paged = Vec::new();
    let mut query = TpsQuery { limit: 1, ..remote.clone() };
    while let Some(row) = phone.tps_list(&query).unwrap().pop() {
        query.after = Some(row.place.clone());
        paged.push(row.number);
    }
    assert_eq!(paged, ["002", "003", "001"]);
    let search = |text: &str| TpsQuery { search: Some(text.into()), ..all.clone() };
    assert_eq!(numbers(&phone, &search("tumbang 003")), ["003"]);
    assert!(numbers(&phone, &search("palangka")).is_empty());
    phone.capture(visit(TPS)).unwrap();
    phone.capture(incident("62.06.13.2001/002", "banjir")).unwrap();
    assert_eq!(numbers(&phone, &TpsQuery { not_visited: true, ..all.clone() }), ["002", "003"]);
    let rows = phone.tps_list(&all).unwrap();
    assert!(rows[0].visited && rows[0].provisional && rows[0].village == "Tumbang Gagu");
    assert_eq!((rows[1].open_incidents, rows[2].provisional), (1, false));
    world.sync(&phone).await;
    assert!(phone.tps_list(&all).unwrap().iter().all(|r| !r.provisional));
}

#[tokio::test]
async fn the_card_tells_who_said_what() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let own = phone.capture(visit(TPS)).unwrap();
    let mut server = world.server();
    let (colleague, real) = server.colleague();
    let theirs = colleague.say(real, TPS, &incident(TPS, "").body, vec![note(Field::Note, "jalan putus")]);
    drop(server);
    world.sync(&phone).await;
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert_eq!((card.name.as_deref(), card.state.visits), (Some("Tumbang Gagu"), 1));
    assert_eq!(card.tps.unwrap().voters, 271);
    let row = |id: RecordId| card.timeline.iter().find(|r| r.id == id).unwrap();
    let row_theirs = row(theirs);
    assert_eq!((row_theirs.officer, row_theirs.name.as_deref()), (Some(8), Some("Ibu Yuliana")));
    assert_eq!(row_theirs.notes, [(Field::Note, "jalan putus".to_owned())]);
    assert!(row_theirs.delivery.is_none() && row(own.id).delivery.is_some());
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn a_directive_is_to_do_until_it_is_answered() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let server = world.server();
    let task = |officer| Body::Directive(Directive { officer, role: None, due: START + 500 });
    let mine = server.say_with("62.06", task(None), "kunjungi semua TPS");
    server.say("62.06", task(Some(99)));
    drop(server);
    world.sync(&phone).await;
    let lists = phone.directives().unwrap();
    assert_eq!((lists.to_do.len(), lists.done.len()), (1, 0));
    assert_eq!(lists.to_do[0].text.as_deref(), Some("kunjungi semua TPS"));
    phone.report_progress(mine, Progress::Working, None, None).unwrap();
    assert_eq!(phone.directives().unwrap().to_do[0].my_answer, Some(Progress::Working));
    let answer = phone.report_progress(mine, Progress::Done, Some("selesai".into()), None).unwrap();
    let lists = phone.directives().unwrap();
    assert_eq!((lists.to_do.len(), lists.done.len()), (0, 1));
    world.sync(&phone).await;
    // The answer carries the task's place, so whoever gave the task sees it.
    let held = world.server().held_of(answer.device);
    let keys = Record::from_payload(&held[1].row.payload).unwrap().place_keys();
    assert_eq!(keys, [place("62.06"), place("62.06.13")]);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn what_the_officer_told_the_desk_by_phone_is_his_answer() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let server = world.server();
    let task = Body::Directive(Directive { officer: None, role: None, due: START + 500 });
    let task = server.say_with("62.06", task, "kunjungi semua TPS");
    for (officer, progress) in [(OFFICER, Progress::Done), (99, Progress::Working)] {
        let body = Body::IncidentUpdate(IncidentUpdate {
            target: task,
            target_places: vec![place("62.06")],
            progress,
        });
        let told = ToldBy { officer: Some(officer), at: server.now() };
        let said = NewDeskRecord::new(server.now(), place("62.06.13"), body).told(Basis::ToldByPhone, told);
        author::append(server.real(), vec![said.with_note(Field::Informant, "Camat")]).unwrap();
    }
    drop(server);
    world.sync(&phone).await;
    let lists = phone.directives().unwrap();
    assert_eq!((lists.to_do.len(), lists.done.len()), (0, 1));
    assert_eq!(lists.done[0].my_answer, Some(Progress::Done));
}

#[tokio::test]
async fn what_this_version_does_not_know_is_kept_to_the_byte() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    // A map with keys 0 and 9, of a kind of the future.
    let raw = Raw(vec![0xA2, 0x00, 0x18, 0x2A, 0x09, 0x43, 1, 2, 3]);
    let body = Body::Opaque(Kind::Other(17), raw.clone());
    let mut server = world.server();
    let (colleague, real) = server.colleague();
    let id = colleague.say(real, TPS, &body, vec![]);
    // And one that is no record at all for this version. The server sets it aside; one of a newer version sends it.
    let no_record = vec![0xA1, 0x00, 0x01];
    colleague.put(real, no_record.clone(), vec![]);
    let device = colleague.device();
    let row = server.held_of(device).pop().unwrap().row;
    assert_eq!((row.kind, &row.payload), (RowKind::Quarantined, &no_record));
    server.turns.push_back(Turn::AlsoRow(LogRow { kind: RowKind::Record, ..row }));
    drop(server);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let card = phone.tps_card(&place(TPS)).unwrap();
    let row = card.timeline.iter().find(|r| r.id == id).unwrap();
    assert_eq!((row.kind, row.body.clone()), (Kind::Other(17), Some(body)));
    let kept = "SELECT count(*) FROM record WHERE payload = ?1";
    let kept: u32 = own_file(dir.path()).query_row(kept, [no_record], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn late_notes_arrive_and_erased_ones_go_for_good() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let own = phone.capture(incident(TPS, "rahasia-sendiri")).unwrap();
    let text = note(Field::Note, "rahasia-rekan");
    let (field, commitment) = (text.field, text.commitment());
    let mut server = world.server();
    let payload = Record::new(server.now(), place(TPS), &incident(TPS, "").body).to_payload();
    let (colleague, real) = server.colleague();
    let theirs = colleague.put(real, payload, vec![CarriedNote::Committed(field, commitment)]);
    let device = colleague.device();
    let mut strange = server.held_of(device).pop().unwrap().row;
    drop(server);
    world.sync(&phone).await;
    let texts = |id| {
        let card = phone.tps_card(&place(TPS)).unwrap();
        card.timeline.into_iter().find(|r| r.id == id).unwrap().notes
    };
    assert!(texts(theirs).is_empty());
    // Somebody's text that the commitment in the record does not bind.
    (strange.kind, strange.payload) = (RowKind::Note, vec![]);
    strange.notes = vec![CarriedNote::Whole(note(Field::Note, "bukan ini"))];
    world.server().turns.push_back(Turn::AlsoRow(strange));
    world.sync(&phone).await;
    assert!(texts(theirs).is_empty());
    let mut server = world.server();
    let (colleague, real) = server.colleague();
    colleague.late(real, text);
    drop(server);
    world.sync(&phone).await;
    assert_eq!(texts(theirs), [(Field::Note, "rahasia-rekan".to_owned())]);
    for target in [own.id, theirs] {
        ops::erase(world.server().real(), target, Field::Note).unwrap();
    }
    world.sync(&phone).await;
    assert!(texts(theirs).is_empty() && texts(own.id).is_empty());
    phone.shutdown().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(8).any(|w| w == b"rahasia-"), "an erased text is still on disk");
    }
}

#[tokio::test]
async fn server_keys_rotate_by_record() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let key = |id, seed: u8, state| ServerKey {
        id,
        used_for: KeyUse::Signing,
        public_key: SecretKey::from_seed(&[seed; 32]).public().0,
        state,
    };
    let keys = vec![key(1, 1, KeyState::Active), key(2, 50, KeyState::Active)];
    world.server().say("62", Body::ServerKeys(ServerKeys { keys }));
    world.sync(&phone).await;
    let mut server = world.server();
    server.sign_with(&[(1, false), (50, false)]);
    server.say("62", Body::ServerKeys(ServerKeys { keys: vec![key(1, 1, KeyState::Retired)] }));
    drop(server);
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(world.sync(&phone).await.records_sent, 1);
    world.server().sign_with(&[(1, false)]);
    assert!(matches!(world.sync(&phone).await.end, SyncEnd::Offline(_)), "a retired key is still believed");
}
