//! Enrolment codes for a whole table of officers: whose each is, who may read the files, and what stays of a batch
//! that stops midway.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Output},
};

use pantau_protocol::enrol::Invitation;

const SERVER: &str = env!("CARGO_BIN_EXE_pantau-server");
const URL: &str = "https://pantau.example/pantau";
const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,\"Marikit <Hulu>\"\n";
const OFFICERS: &str = "number,name,phone,role,place\n7,\"<b>Kenari & \"\"Siti\"\"</b>, S.H.\",0811999888,Camat,62.06.13\n\
    8,\"=HYPERLINK(1)\",,Viewer,62\n8,\"=HYPERLINK(1)\",,FieldOfficer,62.06.13\n";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn with(officers: &str) -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.done(&["init"]);
        std::fs::write(desk.path("r.csv"), REGIONS).unwrap();
        std::fs::write(desk.path("o.csv"), officers).unwrap();
        desk.done(&["import", "--regions", "r.csv", "--officers", "o.csv", "--profile", "pemilu-2024"]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs a command under a shell that does `before` first.
    fn run(&self, before: &str, args: &[&str]) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{before} exec \"$0\" \"$@\""), SERVER]).args(args);
        command.current_dir(self.dir.path()).env("PANTAU_DATA", self.path("data")).env_remove("PANTAU_URL");
        command.output().unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.run("", args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The cells of a table as a spreadsheet reads them.
fn cells(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

const ALL: [&str; 8] = ["enrol", "--all", "--out", "codes.csv", "--cards", "cards.html", "--url", URL];

#[test]
fn the_files_say_whose_each_code_is_and_their_owner_alone_reads_them() {
    let desk = Desk::with(OFFICERS);
    desk.done(&ALL);
    for file in ["codes.csv", "cards.html"] {
        assert_eq!(std::fs::metadata(desk.path(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let rows = cells(&desk.read("codes.csv"));
    assert_eq!(rows[0], ["number", "name", "role", "place", "handle", "qr_text"]);
    assert_eq!(rows.len(), 3, "the desk itself needs none");
    let told: Vec<&[String]> = rows[1..].iter().map(|row| &row[..4]).collect();
    assert_eq!(told[0], ["7", "<b>Kenari & \"Siti\"</b>, S.H.", "Camat", "Marikit <Hulu> (62.06.13)"]);
    assert_eq!(told[1][..2], ["8", "'=HYPERLINK(1)"], "a spreadsheet takes it for no formula");
    assert!(told[1][2].contains("Pimpinan") && told[1][2].contains("Petugas lapangan"), "{:?}", told[1]);
    assert!(told[1][3].contains("Kalimantan Tengah (62)") && told[1][3].contains("Marikit"), "{:?}", told[1]);

    let cards = desk.read("cards.html");
    for row in &rows[1..] {
        let invitation = Invitation::parse(&row[5]).unwrap();
        assert_eq!((invitation.url.as_str(), &invitation.code.handle), (URL, &row[4]));
        assert!(cards.contains(&format!("{} {}", invitation.code.handle, invitation.code.secret)));
    }
    assert_eq!((cards.matches("<section").count(), cards.matches("<svg").count()), (2, 2));
    assert_eq!(cards.matches("Berlaku sampai").count(), 2, "how long each is valid");
    assert!(cards.contains(" WIB") && cards.contains("Valid until"), "in the time of the profile");
    assert!(cards.contains("&lt;b&gt;Kenari &amp; &quot;Siti&quot;&lt;/b&gt;, S.H."), "{cards}");
    assert!(cards.contains("Marikit &lt;Hulu&gt;") && !cards.contains("<b>") && !cards.contains("<?xml"));
    for foreign in ["http-equiv", "src=", "href=", "<script", "url(", "@import"] {
        assert!(!cards.contains(foreign), "the page needs {foreign}");
    }
}

#[test]
fn no_file_is_overwritten_and_no_code_made_for_it() {
    let desk = Desk::with(OFFICERS);
    std::fs::write(desk.path("cards.html"), "mine").unwrap();
    let refused = desk.run("", &ALL);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("cards.html"), "{}", text(&refused.stderr));
    assert_eq!(desk.read("cards.html"), "mine");
    assert!(!desk.path("codes.csv").exists(), "the other file is not left empty");
    std::fs::remove_file(desk.path("cards.html")).unwrap();
    desk.done(&ALL);
    let (codes, cards) = (desk.read("codes.csv"), desk.read("cards.html"));
    assert_eq!(desk.run("", &ALL).status.code(), Some(1));
    assert_eq!((desk.read("codes.csv"), desk.read("cards.html")), (codes, cards));
    let alone = desk.run("", &["enrol", "--officer", "7", "--cards", "x.html", "--url", URL]);
    assert_eq!(alone.status.code(), Some(2), "cards go with a table");
}

#[test]
fn a_batch_that_stops_leaves_whole_cards_and_rows_and_says_where() {
    let officers = (7..207).fold("number,name,phone,role,place\n".to_owned(), |table, n| {
        table + &format!("{n},Petugas Contoh {n},,FieldOfficer,62.06.13\n")
    });
    let desk = Desk::with(&officers);
    // No file of this process may be longer: as on a disk that is full.
    let kilobytes = 2 * std::fs::metadata(desk.path("data/pantau.db")).unwrap().len().div_ceil(1024);
    let before = format!("trap '' XFSZ; ulimit -f {kilobytes};");
    let stopped = desk.run(&before, &ALL);
    let said = text(&stopped.stderr);
    assert_eq!(stopped.status.code(), Some(1), "{said}");
    let rows = cells(&desk.read("codes.csv"));
    let done = rows.len() - 1;
    assert!((1..200).contains(&done), "{done} of 200: {said}");
    assert!(said.contains(&format!("Stopped at officer {}: {done} of 200 codes", 7 + done)), "{said}");
    assert!(rows[1..].iter().all(|row| Invitation::parse(&row[5]).is_ok()));
    let cards = desk.read("cards.html");
    assert_eq!(cards.matches("<section").count(), cards.matches("</section>\n").count());
    assert!(cards.ends_with("</section>\n") && cards.matches("<section").count() >= done);
    assert!(desk.run("", &["enrol", "--all", "--out", "rest.csv", "--url", URL]).status.success());
}
