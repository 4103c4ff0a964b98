//! What an administrator does, on real files.

mod damage;

use std::{ops::ControlFlow, path::Path, sync::Arc};

use pantau_protocol::{
    body::{Body, Directive, Grant},
    enrol::{Code, EnrolOutcome, Invitation},
    exchange::{LateNote, Outcome},
    journal::RecordId,
    limit,
    note::{CarriedNote, Field},
    record::Record,
    role::Role,
};

use super::{
    fixed::{key, lock},
    *,
};
use crate::{
    author::NewDeskRecord,
    rig::{NOW, Phone, Rig, gather, has, incident, options, place, revoked, standby},
    store,
    verify::{self, Extent},
};

const HERE: &str = "62.06.13";

fn directive(rig: &Rig, text: &str) -> RecordId {
    direct(&rig.server, rig.clock.now(), text)
}

fn direct(server: &Arc<Server>, at: i64, text: &str) -> RecordId {
    let body = Body::Directive(Directive { officer: None, role: None, due: NOW + 100 });
    let new = NewDeskRecord::new(at, place(HERE), body).with_note(Field::Note, text);
    author::append(server, vec![new]).unwrap()[0]
}

/// Every file under a directory that holds these bytes.
fn files_with(dir: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if std::fs::read(&path).unwrap().windows(needle.len()).any(|w| w == needle) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn init_happens_once_and_the_identity_belongs_to_its_database() {
    let rig = Rig::disk();
    assert!(matches!(init(&rig.dirs(), &rig.env, &options()), Err(Error::Refused(_))));
    let other = Rig::disk_of(2);
    drop(rig.server);
    let dirs = DataDir::new(rig.dir.as_ref().unwrap().path());
    open(&dirs, &rig.env).unwrap();
    std::fs::copy(other.dirs().identity(), dirs.identity()).unwrap();
    assert!(matches!(open(&dirs, &rig.env), Err(Error::Identity(_))));
    std::fs::remove_file(dirs.identity()).unwrap();
    let refused = open(&dirs, &rig.env).unwrap_err();
    assert!(refused.to_string().contains("is missing"), "{refused}");
}

#[test]
fn the_identity_file_is_private_and_shows_nothing_of_itself() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = Rig::disk();
    for file in [rig.dirs().identity(), rig.dirs().desk_journal()] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let identity = Identity::load(&rig.dirs().identity()).unwrap();
    assert_eq!(format!("{identity:?}"), format!("Identity({})", identity.server_id()));
    assert_eq!(identity.server_keys().len(), 2);
}

#[test]
fn two_phones_race_for_one_code_and_one_wins() {
    let rig = Rig::disk();
    rig.grant(7, Role::Camat, HERE);
    let invitation = enrol(&rig.server, 7, "https://desk.example/", 3600).unwrap();
    assert_eq!(Invitation::parse(&invitation.to_text()), Ok(invitation.clone()));
    let outcomes = gather(8, |n| {
        let phone = Phone::new(100 + n as u8);
        (n, phone.redeem(&rig.server, &invitation).outcome)
    });
    let won: Vec<usize> =
        outcomes.iter().filter(|(_, o)| *o == EnrolOutcome::Enrolled).map(|(n, _)| *n).collect();
    assert_eq!(won.len(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|(n, o)| won.contains(n) || *o == EnrolOutcome::Used));
    // A lost reply costs nothing, and registers nothing twice.
    let winner = Phone::new(100 + won[0] as u8);
    let before = rig.rows().len();
    rig.clock.pass(1_000_000);
    let again = winner.redeem(&rig.server, &invitation);
    assert_eq!(again.outcome, EnrolOutcome::Enrolled);
    assert_eq!(again.certificate.unwrap().officer, 7);
    assert_eq!(rig.rows().len(), before);
}

#[test]
fn a_handle_sleeps_after_wrong_tries_and_a_code_expires() {
    let rig = Rig::memory();
    rig.grant(7, Role::Camat, HERE);
    let good = enrol(&rig.server, 7, "http://x", 10_000).unwrap();
    let code = Code { secret: "00000000".into(), ..good.code.clone() };
    let bad = Invitation { code, ..good.clone() };
    let phone = Phone::new(5);
    for _ in 1..limit::ENROL_TRIES {
        assert_eq!(phone.redeem(&rig.server, &bad).outcome, EnrolOutcome::WrongCode);
    }
    let asleep = phone.redeem(&rig.server, &bad);
    assert_eq!((asleep.outcome, asleep.wait_s), (EnrolOutcome::Asleep, limit::ENROL_SLEEP_S as u32));
    rig.clock.pass(limit::ENROL_SLEEP_S - 1);
    assert_eq!(phone.redeem(&rig.server, &good).wait_s, 1);
    rig.clock.pass(1);
    assert_eq!(phone.redeem(&rig.server, &good).outcome, EnrolOutcome::Enrolled);
    let late = enrol(&rig.server, 7, "http://x", 10).unwrap();
    rig.clock.pass(10);
    assert_eq!(Phone::new(6).redeem(&rig.server, &late).outcome, EnrolOutcome::Expired);
    let nobody = Code { handle: "ZZZZ".into(), ..late.code.clone() };
    let unknown = Phone::new(6).redeem(&rig.server, &Invitation { code: nobody, ..late });
    assert_eq!(unknown.outcome, EnrolOutcome::WrongCode);
    assert!(matches!(enrol(&rig.server, 99, "http://x", 10), Err(Error::NotFound(_))));
}

#[test]
fn an_erased_note_leaves_no_trace_and_does_not_come_back() {
    const CANARY: &str = "kenari-62061320010003 bapak Anu sakit keras di rumah";
    let rig = Rig::disk();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    let note = phone.note(CANARY);
    let id = phone.write_with(&incident(), HERE, CarriedNote::Whole(note.clone()));
    for n in 0..200 {
        let filler = phone.note(&format!("isi {n} {}", "x".repeat(300)));
        phone.write_with(&standby(n % 90), HERE, CarriedNote::Whole(filler));
    }
    phone.sync(&rig.server);
    let desk = directive(&rig, CANARY);
    let dir = rig.dirs();
    assert!(!files_with(dir.path(), CANARY.as_bytes()).is_empty());
    // While it still stands everywhere, a backup is taken.
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("before.pantau");
    backup(&dir, &file, &lock()).unwrap();

    erase(&rig.server, id, Field::Note).unwrap();
    erase(&rig.server, desk, Field::Note).unwrap();
    assert!(matches!(erase(&rig.server, id, Field::Name), Err(Error::NotFound(_))));
    let clean = |dir: &Path, server: &Server| {
        for needle in [CANARY.as_bytes(), &CANARY.as_bytes()[..20], &note.salt.0] {
            assert_eq!(files_with(dir, needle), [""; 0]);
        }
        let mut exported = Vec::new();
        export(server, &mut exported).unwrap();
        assert!(!String::from_utf8(exported).unwrap().contains("kenari"));
    };
    clean(dir.path(), &rig.server);

    // Neither with the record again, nor late, nor as part of the whole journal.
    let (mut request, span) = phone.request(1, 10);
    request.notes = vec![LateNote { seq: 1, note: note.clone() }];
    let reply = phone.send(&rig.server, &request, span.as_ref());
    assert!(has(&reply, &Outcome::Duplicate) && reply.want_notes.is_empty());
    assert_eq!(reply.receipt.unwrap().statement.notes_through, 10, "erased counts as held");
    clean(dir.path(), &rig.server);

    // A restore of the older backup re-applies the erasure, whether the newer desk file is there or not.
    let survived = std::fs::read(dir.desk_journal()).unwrap();
    drop(rig.server);
    let fresh = tempfile::tempdir().unwrap();
    let dirs = DataDir::new(fresh.path());
    std::fs::write(dirs.desk_journal(), survived).unwrap();
    restore(&file, &key(), &dirs, &rig.env).unwrap();
    let server = open(&dirs, &rig.env).unwrap();
    clean(fresh.path(), &server);
    assert!(store::read(server.store(), |v| v.desk_notes(&id)).unwrap().is_empty());
}

#[test]
fn an_erased_note_does_not_come_back_with_a_record_that_is_said_again() {
    let rig = Rig::memory();
    let mut lost = rig.phone(7, Role::Camat, HERE);
    let note = lost.note("bapak Anu sakit keras");
    let id = lost.write_with(&incident(), HERE, CarriedNote::Whole(note.clone()));
    lost.sync(&rig.server);
    let mut phone = rig.phone(8, Role::Camat, HERE);
    let mut again = |text: &str| {
        let mut record = Record::new(NOW, place(HERE), &incident());
        record.copy_of = Some(id);
        let copy = phone.write_raw(record.to_payload(), vec![CarriedNote::Whole(phone.note(text))]);
        let reply = phone.sync(&rig.server);
        let last = phone.last();
        assert_eq!(reply.receipt.unwrap().statement.notes_through, last, "left out, it counts as held");
        store::read(rig.server.store(), |v| v.desk_notes(&copy)).unwrap().len()
    };
    assert_eq!(again("bapak Anu sakit keras"), 1);
    erase(&rig.server, id, Field::Note).unwrap();
    assert_eq!(again("bapak Anu sakit keras lagi"), 0);
}

#[test]
fn a_restore_is_a_new_epoch_of_the_same_server_and_brings_the_desk_back() {
    let rig = Rig::disk();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&standby(1), HERE);
    let first = phone.sync(&rig.server);
    directive(&rig, "sebelum");
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("b.pantau");
    backup(&rig.dirs(), &file, &lock()).unwrap();
    assert!(backup(&rig.dirs(), &file, &lock()).is_err(), "never over another file");

    // After the backup: a record, an officer, his phone, a directive, an open code.
    rig.clock.pass(100);
    phone.write(&standby(2), HERE);
    phone.sync(&rig.server);
    let mut later = rig.phone(8, Role::FieldOfficer, HERE);
    later.write(&incident(), HERE);
    later.sync(&rig.server);
    let after = directive(&rig, "sesudah");
    let code = enrol(&rig.server, 8, "http://x", 99_999).unwrap();
    let survived = std::fs::read(rig.dirs().desk_journal()).unwrap();
    let identity = rig.server.identity().clone();
    drop(rig.server);

    let fresh = tempfile::tempdir().unwrap();
    let dirs = DataDir::new(fresh.path());
    assert!(matches!(restore(&file, &Key::passphrase("salah"), &dirs, &rig.env), Err(Error::Backup(_))));
    assert!(!dirs.db().exists());
    std::fs::write(dirs.desk_journal(), survived).unwrap();
    std::fs::write(dirs.path().join("pantau.db-wal"), b"left behind").unwrap();
    rig.clock.pass(1_000);
    let restored = restore(&file, &key(), &dirs, &rig.env).unwrap();
    assert!(restored.epoch > first.epoch);
    let kinds: Vec<&str> = restored.reapplied.iter().map(|r| r.kind.as_str()).collect();
    assert_eq!(kinds, ["Officer", "Grant", "Device", "Directive"]);
    assert!(restored.reapplied.iter().any(|r| r.id == after.to_string() && r.received_at == NOW + 100));
    assert!(restore(&file, &key(), &dirs, &rig.env).is_err(), "never over a database");

    let server = open(&dirs, &rig.env).unwrap();
    assert_eq!(server.identity().server_id(), identity.server_id());
    assert_ne!(server.identity().desk_key().public(), identity.desk_key().public());
    assert_eq!(Phone::new(77).redeem(&server, &code).outcome, EnrolOutcome::WrongCode);
    let notes = store::read(server.store(), |v| v.desk_notes(&after)).unwrap();
    assert_eq!(notes[0].text, "sesudah");

    // The phones notice, and bring back what is missing with the times first signed.
    let reply = phone.push(&server, 1, 0);
    assert_eq!(reply.epoch, restored.epoch);
    assert_eq!(reply.receipt.as_ref().unwrap().statement.last, 1);
    let (mut request, span) = phone.request(2, 2);
    request.old_receipts = phone.receipts.clone();
    let reply = phone.send(&server, &request, span.as_ref());
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert_eq!(reply.receipt.unwrap().statement.steps[0].received_at, NOW + 100);
    assert_eq!(later.sync(&server).outcomes, [Outcome::Stored], "its device came back with the desk's file");

    // The desk goes on under its new journal.
    let body = Body::Grant(Grant { officer: 9, role: Role::Camat, ended: false, new_person: false });
    author::append(&server, vec![NewDeskRecord::new(rig.clock.now(), place(HERE), body)]).unwrap();
    let board = server.known().unwrap();
    assert!(board.reference().is_desk(&server.identity().desk_key().public().device_id()));
}

#[test]
fn the_desks_file_holds_both_pasts_after_two_restores() {
    let rig = Rig::disk();
    let kept = tempfile::tempdir().unwrap();
    let [older, newer] = ["a", "b"].map(|name| kept.path().join(name));
    backup(&rig.dirs(), &older, &lock()).unwrap();
    let between = directive(&rig, "antara dua cadangan");
    backup(&rig.dirs(), &newer, &lock()).unwrap();
    drop(rig.server);

    // The whole disk is lost, and the older backup is what is found first.
    let first = DataDir::new(kept.path().join("pertama"));
    restore(&older, &key(), &first, &rig.env).unwrap();
    let server = open(&first, &rig.env).unwrap();
    let since: Vec<_> = (0..9).map(|n| direct(&server, NOW, &format!("sesudah {n}"))).collect();
    drop(server);

    // Then the newer one turns up, and what the desk said since survives in its file, which is the longer one.
    let second = DataDir::new(kept.path().join("kedua"));
    second.create().unwrap();
    std::fs::copy(first.desk_journal(), second.desk_journal()).unwrap();
    std::fs::copy(first.identity(), second.identity()).unwrap();
    let restored = restore(&newer, &key(), &second, &rig.env).unwrap();
    assert!(since.iter().all(|id| restored.reapplied.iter().any(|r| r.id == id.to_string())));
    let server = open(&second, &rig.env).unwrap();
    assert!(!store::read(server.store(), |v| v.desk_record(&between)).unwrap().is_empty());
    let report = verify::running(&server, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(report.is_clean() && report.warnings.is_empty(), "{} {:?}", report.summary(), report.warnings);
}

#[test]
fn a_backup_alone_restores_and_voids_open_codes() {
    let rig = Rig::disk();
    rig.grant(7, Role::Camat, HERE);
    let code = enrol(&rig.server, 7, "http://x", 99_999).unwrap();
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("b");
    backup(&rig.dirs(), &file, &lock()).unwrap();
    assert_eq!(files_with(kept.path(), b"Meja KPU"), [""; 0], "the backup is encrypted");
    let dirs = DataDir::new(kept.path().join("new"));
    let restored = restore(&file, &key(), &dirs, &rig.env).unwrap();
    assert_eq!((restored.voided_codes, restored.reapplied.len()), (1, 0));
    let server = open(&dirs, &rig.env).unwrap();
    assert_eq!(Phone::new(7).redeem(&server, &code).outcome, EnrolOutcome::Expired);
}

#[test]
fn two_processes_share_one_directory() {
    let rig = Rig::disk();
    let beside = open(&rig.dirs(), &rig.env).unwrap();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&incident(), HERE);
    phone.sync(&rig.server);
    let servers = [&rig.server, &beside];
    gather(8, |n| {
        for k in 0..10 {
            let text = format!("{n} {k}");
            let body = Body::Directive(Directive { officer: None, role: None, due: NOW });
            let new = NewDeskRecord::new(NOW, place(HERE), body).with_note(Field::Note, text);
            author::append(servers[n % 2], vec![new]).unwrap();
        }
    });
    for server in servers {
        let places = server.places().unwrap();
        assert_eq!(places.state(&place(HERE)).unwrap().directives.len(), 80);
    }
    // A code made beside is redeemed here; a revocation made beside counts here at once.
    let code = enrol(&beside, 7, "http://x", 60).unwrap();
    assert_eq!(Phone::new(88).redeem(&rig.server, &code).outcome, EnrolOutcome::Enrolled);
    revoke(&beside, Revoked::Device(phone.device()), None).unwrap();
    assert!(revoked(&phone.push(&rig.server, 1, 0)).is_some());
    // The desk's file holds one chain without gap: it alone brings everything back.
    let kept = tempfile::tempdir().unwrap();
    let dirs = DataDir::new(kept.path());
    let identity = Identity::load(&rig.dirs().identity()).unwrap();
    let entries = crate::desk_file::DeskFile::new(rig.dirs().desk_journal()).entries().unwrap();
    dirs.create().unwrap();
    let empty = Box::new(SqliteStore::open(&dirs.db()).unwrap());
    let server = Server::new(rig.env.clone(), empty, identity, None).unwrap();
    let back = server.run(move |batch| {
        batch.start_epoch(None)?;
        author::replay(batch, &entries)
    });
    assert_eq!(back.unwrap().len(), rig.rows().iter().filter(|r| r.entry.device != phone.device()).count());
}

#[test]
fn what_only_the_desk_file_holds_is_taken_in_and_a_torn_end_is_cut_off() {
    let rig = Rig::disk();
    directive(&rig, "satu");
    let dirs = rig.dirs();
    let kept = tempfile::tempdir().unwrap();
    let old = kept.path().join("old.db");
    rig.server.store().copy_to(&old).unwrap();
    let two = directive(&rig, "dua");
    drop(rig.server);
    // The process died between file and commit: the database is the older one; then half an entry.
    for name in ["pantau.db", "pantau.db-wal", "pantau.db-shm"] {
        let _ = std::fs::remove_file(dirs.path().join(name));
    }
    std::fs::copy(&old, dirs.db()).unwrap();
    let mut bytes = std::fs::read(dirs.desk_journal()).unwrap();
    bytes.extend_from_slice(&[9, 0, 0, 0, 1, 2, 3]);
    std::fs::write(dirs.desk_journal(), &bytes).unwrap();
    let server = open(&dirs, &rig.env).unwrap();
    let body = Body::Directive(Directive { officer: None, role: None, due: 1 });
    author::append(&server, vec![NewDeskRecord::new(NOW, place(HERE), body)]).unwrap();
    let notes = store::read(server.store(), |v| v.desk_notes(&two)).unwrap();
    assert_eq!(notes[0].text, "dua");
    assert_eq!(server.places().unwrap().state(&place(HERE)).unwrap().directives.len(), 3);
    let entries = crate::desk_file::DeskFile::new(dirs.desk_journal()).entries().unwrap();
    assert_eq!(entries.len(), 4, "init, one, two, three");
}

#[test]
fn a_wrong_desk_record_writes_nothing() {
    let rig = Rig::disk();
    let before = (rig.rows().len(), std::fs::read(rig.dirs().desk_journal()).unwrap());
    let turnout = |hour| {
        let body = Body::Turnout(pantau_protocol::body::Turnout { hour, voters: 1 });
        NewDeskRecord::new(NOW, place("62.06.13.2001/003"), body)
    };
    let refused = author::append(&rig.server, vec![turnout(9), turnout(24)]).unwrap_err();
    let Error::Field { index, field } = refused else { panic!("{refused}") };
    assert_eq!((index, field.field.as_str()), (1, "turnout.hour"));
    let long = turnout(9).with_note(Field::Note, "x".repeat(limit::NOTE_BYTES + 1));
    assert!(author::append(&rig.server, vec![long]).is_err());
    let mut told = turnout(9);
    told.basis = pantau_protocol::record::Basis::ToldByPhone;
    assert!(author::append(&rig.server, vec![told.clone()]).is_err());
    assert_eq!((rig.rows().len(), std::fs::read(rig.dirs().desk_journal()).unwrap()), before);
    author::append(&rig.server, vec![told.with_note(Field::Informant, "Bu RT")]).unwrap();
}

#[test]
fn many_records_of_the_desk_go_in_at_once() {
    let rig = Rig::disk();
    let tps = |n: u32| {
        let body = pantau_protocol::body::Tps {
            voters: 200,
            male: None,
            lat: None,
            lon: None,
            access: pantau_protocol::body::Access::Regular,
            signal: pantau_protocol::body::Signal::Weak,
            ended: None,
            synthetic: false,
        };
        NewDeskRecord::new(NOW, place(&format!("62.06.13.2001/{n:03}")), Body::Tps(body))
    };
    let ids = author::append(&rig.server, (1..=900).map(tps).collect()).unwrap();
    assert_eq!(ids.len(), 900);
    let board = rig.server.places().unwrap();
    let rollup = board.rollup(&place("62")).unwrap();
    assert_eq!((rollup.tps, rollup.voters, rollup.silent), (900, 180_000, 900));
    assert_eq!(board.children(&place("62.06.13")), [place("62.06.13.2001")]);
    let stats = stats(&rig.server).unwrap();
    assert_eq!(stats.totals.records, 904);
}

#[test]
fn an_export_tells_everything_that_is_in_the_log() {
    let rig = Rig::disk();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    let note = phone.note("air naik");
    phone.write_with(&incident(), HERE, CarriedNote::Whole(note));
    phone.write_raw(b"junk".to_vec(), Vec::new());
    phone.sync(&rig.server);
    let mut out = Vec::new();
    let count = export(&rig.server, &mut out).unwrap();
    let lines: Vec<serde_json::Value> =
        String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let ends = |l: &serde_json::Value| l.get("position").is_none();
    assert_eq!(lines[0]["pantau_export"], 1);
    let lines: Vec<serde_json::Value> = lines.into_iter().filter(|l| !ends(l)).collect();
    assert_eq!((lines.len() as u64, count), (rig.rows().len() as u64, rig.rows().len() as u64));
    assert!(lines.iter().enumerate().all(|(n, l)| l["position"] == n + 1));
    let ours: Vec<_> = lines.iter().filter(|l| l["device"] == phone.device().to_string()).collect();
    assert_eq!(ours[0]["record"]["body"]["category"], "Weather");
    assert_eq!(ours[0]["notes"][0]["text"], "air naik");
    assert_eq!(ours[1]["quarantined"]["reason"], "Malformed");
    assert_eq!(ours[1]["payload"], "6a756e6b");
}

#[test]
fn what_was_sent_can_be_proven_later() {
    let rig = Rig::disk();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    for n in 0..6 {
        phone.write(&standby(n), HERE);
    }
    phone.push(&rig.server, 1, 2);
    phone.push(&rig.server, 1, 6);
    for seq in 1..=6 {
        let evidence = store::read(rig.server.store(), |v| v.desk_evidence(&phone.device(), 0, seq));
        let evidence = evidence.unwrap().unwrap();
        assert!(phone.key.public().verify(&evidence.signed_hash(), &evidence.signature), "record {seq}");
    }
}
