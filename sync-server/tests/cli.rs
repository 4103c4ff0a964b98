//! The commands as a person runs them: one server directory from `init` to `restore`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use pantau_protocol::{
    cbor,
    enrol::{EnrolRequest, Invitation},
    frame::{self, FrameKind, Sender},
    keys::SecretKey,
};

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n";
const TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
    62.06.13.2001,001,271,140,131,-1.23456,112.5,very_remote,none\n";
const OFFICERS: &str =
    "number,name,phone,role,place\n7,Kenari Rahasia,0811999888,Camat,62.06.13\n8,Budi,,Viewer,62\n";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    fn run_in(&self, data: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pantau-server"))
            .arg("--data")
            .arg(self.path(data))
            .args(args)
            .current_dir(self.dir.path())
            .env("PANTAU_PASSPHRASE", "dua belas huruf")
            .env_remove("PANTAU_URL")
            .output()
            .unwrap()
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_in("data", args)
    }

    /// Runs a command that must succeed; what it printed.
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// A server with a province in it.
    fn with_province() -> Self {
        let desk = Self::new();
        desk.done(&["init", "--operator", "siti"]);
        let (r, t, o) =
            (desk.write("r.csv", REGIONS), desk.write("t.csv", TPS), desk.write("o.csv", OFFICERS));
        desk.done(&["import", "--regions", &r, "--tps", &t, "--officers", &o, "--profile", "pemilu-2024"]);
        desk
    }

    fn records(&self) -> u64 {
        let stats: serde_json::Value = serde_json::from_str(&self.done(&["stats", "--json"])).unwrap();
        stats["records"].as_u64().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Whether any file of a directory holds these bytes.
fn holds(dir: &Path, needle: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        bytes.windows(needle.len()).any(|w| w == needle.as_bytes())
    })
}

#[test]
fn init_prints_the_password_once_and_keeps_it_nowhere() {
    let desk = Desk::new();
    let printed = desk.done(&["init", "--operator", "siti"]);
    let password = printed.lines().find_map(|l| l.strip_prefix("Password:")).unwrap().trim().to_owned();
    assert_eq!(password.len(), 19);
    assert!(!holds(&desk.path("data"), &password));
    assert_eq!(mode(&desk.path("data/identity.json")), 0o600);
    let again = desk.run(&["init"]);
    assert_eq!(again.status.code(), Some(1), "a second init touches nothing");
    assert!(!desk.done(&["operator", "list"]).contains(&password));
}

#[test]
fn a_file_does_not_command_the_terminal() {
    let desk = Desk::with_province();
    let name = "odd\u{1b}[2J\u{202e}x\u{200b}.csv";
    let regions = desk.write(name, "code,parent,level,name\n62.06.14,62.06,de\u{202e}sa,Marikit\n");
    let refused = desk.run(&["import", "--regions", &regions]);
    assert_eq!(refused.status.code(), Some(3));
    let said = text(&refused.stderr);
    assert!(!said.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{said:?}");
    assert!(said.contains("␛[2J"), "{said}");
}

#[test]
fn a_wrong_import_says_where_and_writes_nothing() {
    let desk = Desk::with_province();
    let before = desk.records();
    let tps = desk.write(
        "bad.csv",
        &format!("{TPS}62.06.13.2001,002,many,,,,,regular,strong\n62.06.13.2009,1,1,,,,,regular,strong\n"),
    );
    let officers = desk.write("o2.csv", "number,name,phone,role,place\n9,Baru,,Camat,62.06.13\n");
    let refused = desk.run(&["import", "--tps", &tps, "--officers", &officers]);
    assert_eq!(refused.status.code(), Some(3));
    let said = text(&refused.stderr);
    assert!(said.contains("bad.csv, line 3, column 3 (voters): \"many\" is not a whole number"), "{said}");
    assert!(said.contains("nothing was written"), "{said}");
    assert_eq!(desk.records(), before);

    let tps = desk.write("far.csv", &format!("{TPS}62.06.13.2009,1,1,,,,,regular,strong\n"));
    let refused = desk.run(&["import", "--tps", &tps, "--officers", &officers]);
    assert!(text(&refused.stderr).contains("far.csv, line 3, column 1 (village_code)"));
    assert_eq!(desk.records(), before);
}

#[test]
fn importing_again_writes_only_what_changed() {
    let desk = Desk::with_province();
    let before = desk.records();
    let again = |officers: &str, extra: &[&str]| {
        let o = desk.write("o.csv", officers);
        let (r, t) = (desk.path("r.csv").display().to_string(), desk.path("t.csv").display().to_string());
        desk.done(&[&["import", "--regions", &r, "--tps", &t, "--officers", &o], extra].concat())
    };
    assert!(again(OFFICERS, &[]).contains("nothing was written"));
    assert_eq!(desk.records(), before);
    let moved = OFFICERS.replace("Viewer,62\n", "Viewer,62.06\n");
    assert!(again(&moved, &["--check"]).contains("Checked; nothing was written."));
    assert_eq!(desk.records(), before);
    again(&moved, &[]);
    assert_eq!(desk.records(), before + 3, "a new place, a new grant, an ended grant");
}

#[test]
fn names_and_phones_are_never_printed() {
    let desk = Desk::with_province();
    let twins = desk.write(
        "twins.csv",
        "number,name,phone,role,place\n7,Kenari Rahasia,,Camat,62\n7,Lain Rahasia,,Boss,62\n",
    );
    for args in [
        &["import", "--officers", &twins][..],
        &["import", "--officers", "o.csv"],
        &["stats"],
        &["enrol", "--officer", "7"],
        &["directive", "--to", "officer:7", "--due", "2024-02-13 18:00", "Rahasia negara"],
    ] {
        let output = desk.run(args);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("Rahasia") && !said.contains("0811999888"), "{args:?}: {said}");
    }
}

#[test]
fn stats_count_officers_and_phones_without_the_desk() {
    let desk = Desk::with_province();
    let stats: serde_json::Value = serde_json::from_str(&desk.done(&["stats", "--json"])).unwrap();
    assert_eq!((stats["officers"].as_u64(), stats["devices_registered"].as_u64()), (Some(2), Some(0)));
}

#[test]
fn a_code_is_shown_to_scan_and_to_type() {
    let desk = Desk::with_province();
    let url = "https://pantau.example";
    let shown = desk.done(&["enrol", "--officer", "7", "--url", url]);
    assert!(Invitation::parse(shown.lines().last().unwrap()).is_ok() && shown.contains('█'));
    assert_eq!(desk.run(&["enrol", "--officer", "99", "--url", url]).status.code(), Some(1));
}

#[test]
fn a_backup_comes_back_and_needs_its_passphrase() {
    let desk = Desk::with_province();
    desk.done(&["directive", "--to", "role:Camat@62", "--due", "2024-02-13 18:00", "Kunjungi semua TPS"]);
    desk.done(&["backup", "b.pantau"]);
    assert!(!holds(desk.dir.path(), "Kunjungi semua TPS"), "the backup is encrypted");
    desk.done(&["directive", "--to", "place:62.06", "--due", "2024-02-13 18:00", "Sesudah cadangan"]);
    let wrong = desk.write("wrong.txt", "bukan ini, sungguh\n");
    let refused = desk.run_in("other", &["restore", "b.pantau", "--passphrase-file", &wrong]);
    assert_eq!(refused.status.code(), Some(1));
    let journal = desk.path("data/desk.journal").display().to_string();
    let restored = desk.run_in("restored", &["restore", "b.pantau", "--journal", &journal]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert!(text(&restored.stdout).contains("1 records of the desk came back"), "{}", text(&restored.stdout));
    let log = text(&desk.run_in("restored", &["export"]).stdout);
    assert!(log.contains("Kunjungi semua TPS") && log.contains("Sesudah cadangan"));
    assert!(log.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()));
}

#[test]
fn a_backup_for_a_key_needs_no_passphrase_and_that_key() {
    let desk = Desk::with_province();
    let public = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    desk.done(&["backup", "b.pantau", "--recipient", public]);
    let secret = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    let file = desk.write("key.txt", &format!("# public key: {public}\n{secret}\n"));
    assert_eq!(desk.run_in("other", &["restore", "b.pantau"]).status.code(), Some(1));
    let restored = desk.run_in("restored", &["restore", "b.pantau", "--identity", &file]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let refused = desk.run(&["backup", "c.pantau", "--recipient", "age1nobody"]);
    assert!(text(&refused.stderr).contains("no recipient"), "{}", text(&refused.stderr));
}

#[test]
fn an_erased_name_is_gone_from_every_file() {
    let desk = Desk::with_province();
    assert!(holds(&desk.path("data"), "Kenari Rahasia") || desk.done(&["export"]).contains("Kenari Rahasia"));
    assert_eq!(desk.run(&["erase", "--officer", "7"]).status.code(), Some(2), "nobody was there to confirm");
    desk.done(&["erase", "--officer", "7", "--yes"]);
    assert!(!desk.done(&["export"]).contains("Kenari Rahasia"));
    assert!(!holds(&desk.path("data"), "Kenari Rahasia") && !holds(&desk.path("data"), "0811999888"));
    let officers = desk.path("o.csv").display().to_string();
    let again = desk.done(&["import", "--officers", &officers]);
    assert!(again.contains("nothing was written"), "an import does not bring it back: {again}");
}

/// Enrols a phone for officer 7 beside the commands; its device id.
fn phone_of_officer_7(desk: &Desk) -> String {
    let shown = desk.done(&["enrol", "--officer", "7", "--url", "https://pantau.example"]);
    let invitation = Invitation::parse(shown.lines().last().unwrap()).unwrap();
    let key = SecretKey::from_seed(&[7; 32]);
    let (handle, proof) = (invitation.code.handle.clone(), invitation.code.proof(&key.public()));
    let body = cbor::to_vec(&EnrolRequest { handle, proof });
    let frame = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, frame::DICTIONARY, &body);
    let dirs = pantau_log::DataDir::new(desk.path("data"));
    let server = pantau_log::ops::open(&dirs, &pantau_log::Env::real()).unwrap();
    pantau_log::enrol::answer(&server, &frame).unwrap();
    key.public().device_id().to_string()
}

#[test]
fn a_revocation_is_asked_for_and_taken_back() {
    let desk = Desk::with_province();
    let device = phone_of_officer_7(&desk);
    let short = &device[..8];
    let before = desk.records();
    let unasked = desk.run(&["revoke", "--device", short]);
    assert_eq!(unasked.status.code(), Some(2), "nobody was there to agree");
    assert!(text(&unasked.stderr).contains("1 phone no longer trusted") && desk.records() == before);
    assert!(desk.done(&["revoke", "--device", short, "--yes"]).contains("is revoked"));
    assert!(
        desk.done(&["revoke", "--device", short, "--yes"]).contains("revoked already, trusted through 0")
    );
    assert_eq!(desk.records(), before + 1);
    assert_eq!(desk.run(&["revoke", "--officer", "7", "--undo"]).status.code(), Some(2));
    assert!(desk.done(&["revoke", "--officer", "7", "--undo", "--yes"]).contains("is trusted again"));
    assert!(desk.done(&["revoke", "--officer", "7", "--undo", "--yes"]).contains("is not revoked"));
    assert_eq!(desk.done(&["uncounted"]), "");
    let unknown = desk.run(&["admit", "--record", &"0".repeat(32), "--yes"]);
    assert!(text(&unknown.stderr).contains("record"), "{}", text(&unknown.stderr));
}

#[test]
fn a_directive_is_listed_and_taken_back() {
    let desk = Desk::with_province();
    desk.done(&["directive", "--to", "role:Camat@62.06", "--due", "2024-02-13 18:00", "Kunjungi semua TPS"]);
    let listed = desk.done(&["directive", "--list"]);
    assert!(listed.contains("Camat in 62.06") && listed.contains("Kunjungi semua TPS"), "{listed}");
    let id = listed.split_whitespace().next().unwrap();
    let unasked = desk.run(&["directive", "--retract", id]);
    assert_eq!(unasked.status.code(), Some(2));
    assert!(text(&unasked.stderr).contains("Kunjungi semua TPS"), "what it takes back is shown");
    assert!(desk.done(&["directive", "--retract", id, "--yes", "--why", "salah"]).contains("is retracted"));
    assert_eq!(desk.done(&["directive", "--list"]), "");
    let again = desk.run(&["directive", "--retract", id, "--yes"]);
    assert!(text(&again.stderr).contains("no directive"), "{}", text(&again.stderr));
}

#[test]
fn an_operator_is_disabled_after_a_question_and_enabled_again() {
    let desk = Desk::with_province();
    let unasked = desk.run(&["operator", "disable", "siti"]);
    assert_eq!(unasked.status.code(), Some(2));
    assert!(text(&unasked.stderr).contains("Nobody else can sign in"), "{}", text(&unasked.stderr));
    assert!(desk.done(&["operator", "list"]).contains("active"));
    desk.done(&["operator", "disable", "siti", "--yes"]);
    assert!(desk.done(&["operator", "list"]).contains("disabled"));
    desk.done(&["operator", "enable", "siti"]);
    assert!(desk.done(&["operator", "list"]).contains("active"));
}

#[test]
fn wrong_usage_says_what_to_do() {
    let desk = Desk::new();
    let nowhere = desk.run(&["stats"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(text(&nowhere.stderr).contains("make one with `init`"));
    let desk = Desk::with_province();
    for (args, hint) in [
        (&["import", "--profile", "pemilu-1955"][..], "pemilu-2024, pilkada-2024"),
        (&["directive", "--to", "place:62.99", "--due", "2024-02-13 18:00", "x"], "62.99"),
        (&["directive", "--to", "place:62", "--due", "besok", "x"], "2024-02-13 18:00"),
        (&["revoke", "--device", "ffffffff"], "no device id begins"),
        (&["operator", "add", "siti"], "operator password siti"),
        (&["operator", "disable", "nobody"], "operator list"),
    ] {
        let output = desk.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(hint), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_changed_log_is_told_by_verify_and_not_backed_up() {
    let desk = Desk::with_province();
    let whole = desk.done(&["verify"]);
    assert!(whole.contains("all as it was written"), "{whole}");
    assert!(desk.done(&["verify", "--quick"]).contains("all as it was written"));
    desk.done(&["export", "--out", "log.ndjson"]);
    let said = text(&desk.run_in("nowhere", &["verify", "log.ndjson"]).stdout);
    assert!(said.contains("fingerprint  ") && said.contains("all as it was written"), "{said}");
    assert!(!desk.path("nowhere").exists(), "no server is needed");

    let db = rusqlite::Connection::open(desk.path("data/pantau.db")).unwrap();
    assert_eq!(db.execute("UPDATE note SET text = 'Budi' WHERE text = 'Kenari Rahasia'", []).unwrap(), 1);
    let found = desk.run(&["verify"]);
    assert_eq!(found.status.code(), Some(4));
    let said = text(&found.stdout);
    assert!(said.contains("Name was changed") && said.contains("NOT as it was written"), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&desk.run(&["verify", "--json"]).stdout).unwrap();
    assert_eq!((json["clean"].as_bool(), json["counts"]["note"].as_u64()), (Some(false), Some(1)));
    let refused = desk.run(&["backup", "b.pantau"]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(text(&refused.stderr).contains("no backup was written"), "{}", text(&refused.stderr));
    assert!(!desk.path("b.pantau").exists() && !desk.path("b.pantau.partial").exists());
    desk.done(&["backup", "--unverified", "b.pantau"]);
    let refused = desk.run_in("restored", &["restore", "b.pantau.unverified"]);
    assert_eq!(refused.status.code(), Some(4));
    let restored = desk.run_in("restored", &["restore", "--unverified", "b.pantau.unverified"]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert!(text(&restored.stderr).contains("damaged: "), "{}", text(&restored.stderr));

    let log = std::fs::read_to_string(desk.path("log.ndjson")).unwrap();
    std::fs::write(desk.path("log2.ndjson"), log.replace("Kenari Rahasia", "Budi")).unwrap();
    let found = desk.run_in("nowhere", &["verify", "log2.ndjson"]);
    assert_eq!(found.status.code(), Some(4), "{}", text(&found.stdout));
}

#[test]
fn an_address_that_never_works_is_refused_with_its_reason() {
    let desk = Desk::with_province();
    let said = |args: &[&str]| {
        let output = desk.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        text(&output.stderr)
    };
    let never = include_str!("cases/enrol-urls-that-never-work.txt");
    let reasons = ["a page", "after `?`", "after `#`", "user name", "after `?`"];
    assert_eq!(never.lines().count(), reasons.len());
    for (url, reason) in never.lines().zip(reasons) {
        for args in [
            &["enrol", "--officer", "7", "--url", url][..],
            &["serve", "--listen", "127.0.0.1:0", "--url", url],
            &["serve", "--listen", "127.0.0.1:0", "--moving-to", url],
        ] {
            let told = said(args);
            assert!(told.contains(args[args.len() - 2]) && told.contains(reason), "{args:?}: {told}");
        }
    }
    let path = said(&["serve", "--listen", "127.0.0.1:0", "--url", "https://kpu.example/caf\u{e9}"]);
    assert!(path.contains("letters a to z"), "{path}");
    let shown = desk.done(&["enrol", "--officer", "7", "--url", "HTTPS://KPU.example/pantau/"]);
    assert_eq!(Invitation::parse(shown.lines().last().unwrap()).unwrap().url, "https://kpu.example/pantau");
}
