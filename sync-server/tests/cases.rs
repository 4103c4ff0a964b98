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
        assert!(self.export() == before, "{args:?} wrote something");
        said(&output)
    }

    /// All rows of the log; the last line says when they were exported.
    fn export(&self) -> String {
        let mut all = String::from_utf8(self.run(&["export"]).stdout).unwrap();
        all.truncate(all.rfind("{\"pantau_export_end\"").unwrap());
        all
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

#[test]
fn what_a_spreadsheet_broke_is_named_by_line_and_column() {
    let desk = Desk::new();
    let import = |what: &str, name: &str| desk.refused(3, &["import", what, &case(name)]);
    let told = import("--officers", "officers-4-two-phone-columns.csv");
    has(&told, &["line 1, column 4: column \"phone\" is there twice, also as column 3"]);
    let told = import("--officers", "officers-5-phone-eaten-by-spreadsheet.csv");
    has(&told, &["line 2, column 3 (phone): \"6.28123E+12\" was cut short by a spreadsheet"]);
    has(&import("--tps", "tps-header-only.csv"), &["has no rows"]);
    let told = import("--regions", "regions-blank-name-and-empty-row.csv");
    has(&told, &["line 4, column 4 (name): holds nothing but blanks", "one problem"]);
}

#[test]
fn tables_are_read_as_spreadsheets_of_any_setting_write_them() {
    let desk = Desk::new();
    let table = "number,name,phone,role,place\n3,Désa Contoh,0811,Camat,62.01.01\n";
    let wide: Vec<u8> = table.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let tables = [
        desk.write("comma.csv", table),
        desk.write("semicolon.csv", table.replace(',', ";")),
        desk.write("sep.csv", format!("sep=;\r\n{}", table.replace(',', ";").replace('\n', "\r\n"))),
        desk.write("tab.txt", table.replace(',', "\t")),
        desk.write("unicode.txt", [b"\xFF\xFE", &wide[..]].concat()),
        desk.write("no-dots.csv", table.replace("62.01.01", "620101")),
        desk.write("decomposed.csv", table.replace('é', "e\u{301}")),
    ];
    desk.done(&["import", "--officers", &tables[0]]);
    for file in &tables {
        has(&desk.done(&["import", "--officers", file]), &["1 unchanged", "nothing was written"]);
    }
    let unmarked = desk.write("unmarked.txt", &wide);
    has(
        &desk.refused(3, &["import", "--officers", &unmarked]),
        &["looks like UTF-16; save the file as UTF-8"],
    );
    let late = desk.write("late.csv", "sep=;\n\nnumber;name;phone;role;place\n;;;;\n4;;0811;Boss;62\n");
    let told = desk.refused(3, &["import", "--officers", &late]);
    has(&told, &["late.csv, line 5, column 4 (role)", "one problem"]);
    let rows = desk.write("rows.csv", format!("{table},,,,\n , , ,\u{A0},\n"));
    has(
        &desk.done(&["import", "--officers", &rows]),
        &["2 rows without any text left out, the first on line 3"],
    );
}

#[test]
fn names_of_operators_differ_in_more_than_case() {
    let desk = Desk::new();
    desk.done(&["operator", "add", "siti"]);
    for name in ["Siti", "SITI", "siti"] {
        has(&desk.refused(2, &["operator", "add", name]), &["an operator siti already"]);
    }
    has(&desk.done(&["operator", "password", "Siti"]), &["Operator:  siti"]);

    // A server of before may have all three: each is reached by its own writing.
    let db = rusqlite::Connection::open(desk.dir.path().join("data/pantau.db")).unwrap();
    db.execute("UPDATE operator SET username = 'Siti' WHERE username = 'admin'", []).unwrap();
    drop(db);
    has(&desk.done(&["operator", "password", "Siti"]), &["Operator:  Siti"]);
    has(&desk.done(&["operator", "disable", "siti", "--yes"]), &["siti can no longer"]);
    has(&desk.refused(2, &["operator", "enable", "SITI"]), &["no operator SITI"]);
}

#[test]
fn a_backup_opens_with_what_the_keyboard_of_another_machine_writes() {
    let desk = Desk::new();
    let first = desk.write("first.txt", "\u{FEFF}kopi pahit di De\u{301}sa \r\n");
    desk.done(&["backup", "b.pantau", "--passphrase-file", &first]);
    let second = desk.write("second.txt", "kopi pahit di D\u{E9}sa");
    let restore = ["--data", "restored", "restore", "b.pantau", "--passphrase-file", &second];
    let output = Command::new(env!("CARGO_BIN_EXE_pantau-server"))
        .args(restore)
        .current_dir(desk.dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let blank = desk.write("blank.txt", format!("{}short\n", " ".repeat(12)));
    has(&desk.refused(2, &["backup", "c.pantau", "--passphrase-file", &blank]), &["fewer than 12"]);
}

#[test]
fn a_village_that_moved_ends_with_its_successor_and_leaves_the_counts() {
    let desk = Desk::new();
    let (regions, tps) = (case("region-village-moved.csv"), case("tps-moved.csv"));
    let both = ["import", "--regions", &regions, "--tps", &tps];
    let told = desk.done(&[&both[..], &["--check"]].concat());
    has(&told, &["62.01.02.2099 is new, and 62.01.02.2003 with 1 TPS has the same name"]);
    has(&told, &["add --moved 62.01.02.2003=62.01.02.2099"]);
    has(&told, &["6 regions of the log not in", "they stay; --retire missing ends them", "3 TPS of the log"]);

    let moved = [&both[..], &["--moved", "62.01.02.2003=6201022099"]].concat();
    has(&desk.done(&moved), &["5 records written"]);
    has(&desk.done(&["stats", "--json"]), &["\"places_ended\":2", "\"regions\":6", "\"tps\":4"]);
    has(
        &desk.export(),
        &["\"ended\":{\"successor\":\"62.01.02.2099\"}", "\"successor\":\"62.01.02.2099/001\""],
    );
    has(&desk.refused(3, &moved), &["no place in use has this code"]);
    has(&desk.done(&both), &["nothing was written"]);
    let late = ["directive", "--to", "place:62.01.02.2003/001", "--due", "2024-02-13 18:00", "x"];
    has(&desk.refused(2, &late), &["has ended; its successor is 62.01.02.2099/001"]);
    let inside = desk.write(
        "inside.csv",
        format!("{}\n62.01.02.2003,7,9,,,,,regular,weak\n", TPS.lines().next().unwrap()),
    );
    has(&desk.refused(3, &["import", "--tps", &inside]), &["62.01.02.2003 has ended"]);

    let back = desk.write("back.csv", "code,parent,level,name\n62.01.02.2003,62.01.02,desa,Sungai Cabang\n");
    desk.done(&["import", "--regions", &back]);
    has(&desk.done(&["stats", "--json"]), &["\"places_ended\":1"]);
}

#[test]
fn what_moves_must_be_there_and_must_fit() {
    let desk = Desk::new();
    let refused = |pair: &str, file: &str| desk.refused(3, &["import", "--tps", file, "--moved", pair]);
    let tps = desk.write("again.csv", TPS);
    has(&refused("62.01.02.2009=62.01.02.2003", &tps), &["62.01.02.2009 was named as moved: no place"]);
    has(&refused("62.01.02.2003=62.01.02.2009", &tps), &["moved to 62.01.02.2009: no place"]);
    has(&refused("62.01.02.2003=62.01.01", &tps), &["of another level"]);
    has(&refused("62.01.02.2003/001=62.01.01.1011/001", &tps), &["is in the file"]);
    has(
        &refused("62.01.02.2003=62.01.01.1011", &tps),
        &["62.01.02.2003/001 lies in 62.01.02.2003, which would end"],
    );
    // One becomes part of the other: that its TPS has the number of another says nothing.
    let merge = desk
        .write("one.csv", format!("{}\n62.01.01.1011,003,9,,,,,regular,weak\n", TPS.lines().next().unwrap()));
    desk.done(&["import", "--tps", &merge, "--moved", "62.01.02.2003=62.01.01.1011"]);
    has(&desk.export(), &["\"ended\":{\"successor\":\"62.01.01.1011\"}", "\"ended\":{\"successor\":null}"]);
}

#[test]
fn what_a_whole_file_lacks_ends_when_told_to() {
    let desk = Desk::new();
    let whole =
        desk.write("whole.csv", REGIONS.lines().take(6).map(|l| format!("{l}\n")).collect::<String>());
    let import = ["import", "--regions", &whole];
    let told = desk.done(&import);
    has(&told, &["1 region of the log not in", "62.01.02.2003 Sungai Cabang", "nothing was written"]);
    let told = desk.done(&[&import[..], &["--retire", "missing", "--yes"]].concat());
    has(&told, &["all of them end", "2 records written"]);
    has(&desk.done(&["stats", "--json"]), &["\"places_ended\":2", "\"tps\":2"]);
    assert!(!desk.done(&import).contains("Sungai Cabang"), "what has ended is not missing");
}

impl Desk {
    /// Whether pages say that TPS are made up.
    fn is_labelled(&self) -> bool {
        let dirs = pantau_log::DataDir::new(self.dir.path().join("data"));
        let server = pantau_log::ops::open(&dirs, &pantau_log::Env::real()).unwrap();
        let old =
            pantau_log::store::read(server.store(), |view| Ok(pantau_log::import::were_synthetic(view)));
        server.known().unwrap().has_synthetic() || old.unwrap().unwrap()
    }
}

#[test]
fn the_label_stays_while_one_row_is_made_up() {
    let desk = Desk::new();
    assert!(!desk.is_labelled());
    let tps = desk.write("tps.csv", TPS);
    has(&desk.done(&["import", "--tps", &tps, "--synthetic"]), &["3 records written"]);
    assert!(desk.is_labelled());
    has(&desk.done(&["import", "--tps", &tps]), &["nothing was written"]);
    has(&desk.done(&["import", "--tps", &case("one-tps-corrected.csv")]), &["1 records written"]);
    assert!(desk.is_labelled(), "the others are as they were");
    let real = desk.write("real.csv", TPS.replace(",regular,", ",remote,"));
    desk.done(&["import", "--tps", &real]);
    assert!(!desk.is_labelled(), "none is left");
}

#[test]
fn rows_that_an_earlier_version_labelled_in_one_go_keep_the_label() {
    let desk = Desk::new();
    let db = rusqlite::Connection::open(desk.dir.path().join("data/pantau.db")).unwrap();
    db.execute(
        "INSERT OR REPLACE INTO setting (name, value) VALUES ('desk.synthetic_tps', CAST('yes' AS BLOB))",
        [],
    )
    .unwrap();
    drop(db);
    assert!(desk.is_labelled());
    let told = desk.done(&["import", "--tps", &case("one-tps-corrected.csv")]);
    has(&told, &["made up", "3 records written"]);
    assert!(desk.is_labelled());
    has(&desk.done(&["import", "--tps", &case("one-tps-corrected.csv")]), &["nothing was written"]);
    let rest = desk.write(
        "rest.csv",
        TPS.replace("1011,001,271,140,131", "1011,001,272,141,131").replace(",regular,", ",remote,"),
    );
    desk.done(&["import", "--tps", &rest]);
    assert!(!desk.is_labelled());
}

#[test]
fn what_can_hardly_be_is_asked_about() {
    let desk = Desk::new();
    let told = desk.refused(2, &["import", "--tps", &case("tps-positions-elsewhere.csv")]);
    has(&told, &["line 2 (lat), 62.01.01.1011/001: -2.37970,111.93586 becomes 0,0"]);
    has(&told, &["where nobody lives"]);
    has(&told, &["line 3 (lat), 62.01.01.1011/002: -2.37971,111.93587 becomes 2.37970,111.93586, 529 km"]);
    has(&told, &["line 4 (lat), 62.01.01.1011/003: no position becomes -6.20000,106.80000", "--yes"]);
    let row = |voters: u32| {
        desk.write(
            "v.csv",
            format!("{}\n62.01.01.1011,1,{voters},,,,,regular,strong\n", TPS.lines().next().unwrap()),
        )
    };
    has(
        &desk.refused(2, &["import", "--tps", &row(1_999)]),
        &["v.csv, line 2 (voters)", "271 voters become 1999"],
    );
    has(&desk.refused(2, &["import", "--tps", &row(27)]), &["271 voters become 27"]);
    desk.done(&["import", "--tps", &row(299)]);
    desk.done(&["import", "--tps", &row(27), "--yes"]);
    let renamed = desk.write("r.csv", "code,parent,level,name\n62.01.01,62.01,kecamatan,Arut Utara\n");
    has(
        &desk.refused(2, &["import", "--regions", &renamed]),
        &["line 2 (name), 62.01.01: \"Kumai\" becomes \"Arut Utara\""],
    );
    let retire = desk.refused(2, &["import", "--tps", &row(27), "--retire", "missing"]);
    has(&retire, &["2 places end: is the file whole?"]);
}

#[test]
fn a_task_for_nobody_or_for_another_century_is_asked_about() {
    let desk = Desk::new();
    desk.done(&["import", "--officers", &case("officers-1-first.csv")]);
    let give =
        |to: &'static str, due: &'static str| ["directive", "--to", to, "--due", due, "Kunjungi semua TPS"];
    has(
        &desk.refused(2, &give("role:Camat@62.01.02", "2024-02-13 18:00")),
        &["no Camat has a grant in 62.01.02"],
    );
    has(&desk.refused(2, &give("place:62.01.02.2003", "2207-02-13 18:00")), &["more than a year from today"]);
    has(&desk.refused(2, &give("role:Camat@62.01", "0027-02-13 18:00")), &["more than a year from today"]);
    desk.done(&give("role:Camat@62.01", "2024-02-13 18:00"));
    desk.done(&[&give("role:Camat@62.01.02", "2024-02-13 18:00")[..], &["--yes"]].concat());
}

#[test]
fn another_election_is_asked_about_and_has_a_number_of_its_own() {
    let desk = Desk::new();
    let ask = desk.refused(2, &["import", "--profile", "pilkada-2024"]);
    has(&ask, &["the election changes from pemilu-2024 to pilkada-2024", "no longer counts", "--yes"]);
    let shipped = pantau_protocol::profile::Profile::shipped().remove(1);
    let named = |code: &str, election: u32| {
        let mut profile = shipped.clone();
        (profile.code, profile.election) = (code.into(), pantau_protocol::election::Election(election));
        desk.write(&format!("{code}.json"), serde_json::to_vec(&profile).unwrap())
    };
    let twin = desk.refused(3, &["import", "--yes", "--profile", &named("pemilu-2029", 1)]);
    has(&twin, &["\"election\" 1 is that of pemilu-2024"]);
    has(
        &desk.refused(3, &["import", "--profile", &named("pemilu-0", 0)]),
        &["\"election\" must be 1 or more"],
    );
    has(&desk.done(&["import", "--yes", "--profile", "pilkada-2024"]), &["1 records written"]);
    has(&desk.done(&["import", "--profile", "pemilu-2024"]), &["nothing was written"]);
}
