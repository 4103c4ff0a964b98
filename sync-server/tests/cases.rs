//! Files that operators really made: sorted and numbered anew, half, from a spreadsheet. Each import does what its
//! operator would have wanted, or says why not. The files are in `tests/cases`; all names are invented.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::process::{Command, Output};

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n\
    62.01,62,kabupaten,Kabupaten Kotawaringin Barat\n62.01.01,62.01,kecamatan,Kumai\n\
    62.01.02,62.01,kecamatan,Arut Selatan\n62.01.01.1011,62.01.01,kelurahan,Candi\n\
    62.01.02.2003,62.01.02,desa,Sungai Cabang\n";
const TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
    62.01.01.1011,001,271,140,131,-2.37970,111.93586,regular,strong\n\
    62.01.01.1011,002,271,140,131,-2.37971,111.93587,regular,strong\n\
    62.01.02.2003,001,239,123,116,-2.36065,111.92701,regular,strong\n";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    /// A server with two kecamatan.
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.done(&["init"]);
        let (regions, tps) = (desk.write("regions.csv", REGIONS), desk.write("tps.csv", TPS));
        desk.done(&["import", "--regions", &regions, "--tps", &tps, "--profile", "pemilu-2024"]);
        desk
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pantau-server"))
            .args(["--data", "data"])
            .args(args)
            .current_dir(self.dir.path())
            .env_remove("PANTAU_URL")
            .output()
            .unwrap()
    }

    /// Runs a command that must succeed; what it said.
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        said(&output)
    }

    /// Runs a command that must fail with this code; what it said.
    fn refused(&self, code: i32, args: &[&str]) -> String {
        let before = self.export();
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert_eq!(self.export(), before, "nothing was written");
        said(&output)
    }

    fn export(&self) -> String {
        String::from_utf8(self.run(&["export"]).stdout).unwrap()
    }
}

/// Both outputs.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap()).concat()
}

fn case(name: &str) -> String {
    format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn officers_sorted_and_numbered_anew_are_refused() {
    let desk = Desk::new();
    desk.done(&["import", "--officers", &case("officers-1-first.csv")]);
    let anew = case("officers-2-sorted-and-numbered-anew.csv");
    let told = desk.refused(3, &["import", "--officers", &anew]);
    has(&told, &["line 2, column 1 (number): officer 1 would become another person"]);
    has(&told, &["\"Sari Contoh\" \"0811\" becomes \"Budi Contoh\" \"0812\"; that is officer 2 in the log"]);
    has(&told, &["line 3, column 1 (number): officer 2", "--replace-person 1", "--same-person 2"]);
    let half = desk.refused(3, &["import", "--officers", &anew, "--replace-person", "1"]);
    has(&half, &["line 3, column 1 (number): officer 2"]);
    let same =
        desk.refused(3, &["import", "--officers", &case("officers-1-first.csv"), "--replace-person", "1"]);
    has(&same, &["nobody to replace"]);

    desk.done(&["import", "--officers", &anew, "--replace-person", "1", "--replace-person", "2"]);
    has(&desk.done(&["import", "--officers", &anew]), &["nothing was written"]);
}

#[test]
fn an_officer_who_is_left_out_is_named_and_ended_when_told_to() {
    let desk = Desk::new();
    desk.done(&["import", "--officers", &case("officers-1-first.csv")]);
    let file = case("officers-3-budi-left-out.csv");
    let told = desk.done(&["import", "--officers", &file]);
    has(
        &told,
        &[
            "1 officer of the log not in",
            "--ended missing",
            "officer 2 \"Budi Contoh\" \"0812\": FieldOfficer 62.01.02",
        ],
    );
    has(&told, &["nothing was written"]);
    has(&desk.done(&["import", "--officers", &file, "--ended", "missing"]), &["1 records written"]);
    assert!(!desk.done(&["import", "--officers", &file]).contains("Budi"), "he has no grant any more");
    let stats = desk.done(&["stats", "--json"]);
    has(&stats, &["\"officers\":1"]);
}
