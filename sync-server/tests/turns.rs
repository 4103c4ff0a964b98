//! Several commands at once, beside a running server: what looks and then writes waits for its turn; the rest is safe
//! because each writes in one transaction. And a server that is told that its certificate was renewed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

const SERVER: &str = env!("CARGO_BIN_EXE_pantau-server");
const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.done(&["init"]);
        let officers = (7..27).fold("number,name,phone,role,place\n".to_owned(), |table, n| {
            table + &format!("{n},Petugas Contoh {n},,FieldOfficer,62.06.13\n")
        });
        std::fs::write(desk.path("o.csv"), officers).unwrap();
        std::fs::write(desk.path("r.csv"), REGIONS).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(SERVER);
        command.args(args).current_dir(self.dir.path()).env_remove("PANTAU_URL");
        command.env("PANTAU_DATA", self.path("data")).env("PANTAU_PASSPHRASE", "dua belas huruf");
        command
    }

    fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn stat(&self, name: &str) -> u64 {
        let stats: serde_json::Value = serde_json::from_str(&self.done(&["stats", "--json"])).unwrap();
        stats[name].as_u64().unwrap()
    }

    /// A server that runs until it is killed, and its next lines.
    fn serve(&self, args: &[&str]) -> (Running, impl Iterator<Item = String> + use<>) {
        let args = [&["serve", "--listen", "127.0.0.1:0"], args].concat();
        let mut child = self.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.by_ref().any(|l| l.starts_with("Desk:")));
        (Running(child), lines)
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn ended(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

const IMPORT: [&str; 5] = ["import", "--regions", "r.csv", "--officers", "o.csv"];

#[test]
fn two_imports_at_once_write_everything_once() {
    let alone = Desk::new();
    alone.done(&IMPORT);
    let desk = Desk::new();
    let all = [(); 4].map(|()| desk.spawn(&IMPORT)).map(ended);
    let wrote = all.iter().filter(|output| text(&output.stdout).contains("records written")).count();
    assert_eq!(wrote, 1, "{:?}", all.map(|output| text(&output.stdout)));
    assert_eq!(desk.stat("records"), alone.stat("records"));
}

#[test]
fn a_command_waits_for_the_one_before_it_and_says_so() {
    let desk = Desk::new();
    let file = std::fs::File::create(desk.path("data/pantau.lock")).unwrap();
    file.lock().unwrap();
    let mut waiting = desk.spawn(&IMPORT);
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.contains("Another command changes this server")));
    assert!(waiting.try_wait().unwrap().is_none());
    desk.done(&["stats"]);
    drop(file);
    assert!(lines.all(|line| !line.contains("error")));
    assert!(waiting.wait().unwrap().success());
}

#[test]
fn two_first_operators_of_one_name_are_one() {
    let desk = Desk::new();
    let both = [(); 2].map(|()| desk.spawn(&["operator", "add", "budi"]).wait_with_output().unwrap());
    let made = both.iter().filter(|output| output.status.success()).count();
    assert_eq!(made, 1, "the second is told that there is one: its password would not open anything");
    let desk = Desk { dir: tempfile::tempdir().unwrap() };
    let both = [(); 3].map(|()| desk.spawn(&["init"]).wait_with_output().unwrap());
    assert_eq!(both.iter().filter(|output| output.status.success()).count(), 1);
    desk.done(&["verify"]);
}

#[test]
fn commands_beside_a_running_server_lose_and_double_nothing() {
    let desk = Desk::new();
    desk.done(&IMPORT);
    let (running, _lines) = desk.serve(&[]);
    let before = desk.stat("records");
    let directive = |n: usize| {
        ["directive", "--to", "place:62.06", "--due", "2024-02-13 18:00"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("Kunjungi semua TPS, nomor {n}")])
            .collect::<Vec<_>>()
    };
    desk.done(&["import", "--profile", "pemilu-2024"]);
    let mut children = Vec::new();
    for n in 0..8 {
        let args = directive(n);
        children.push(desk.spawn(&args.iter().map(String::as_str).collect::<Vec<_>>()));
        let (out, officer) = (format!("codes-{n}.csv"), (7 + n).to_string());
        let url = ["--url", "https://pantau.example"];
        children.push(
            desk.spawn(
                &[&["enrol", "--officer", officer.as_str(), "--out", out.as_str()], &url[..]].concat(),
            ),
        );
        children.push(desk.spawn(&["erase", "--officer", officer.as_str(), "--yes"]));
    }
    // Of two backups at once the second is refused: one is enough here.
    children.push(desk.spawn(&["backup", "b.pantau"]));
    children.into_iter().for_each(|child| drop(ended(child)));
    drop(running);
    // A profile, eight directives, and one erasure for each of eight names.
    assert_eq!(desk.stat("records"), before + 1 + 8 + 8);
    let listed = desk.done(&["directive", "--list"]);
    assert!((0..8).all(|n| listed.matches(&format!("nomor {n}")).count() == 1), "{listed}");
    let handles: BTreeSet<String> = (0..8).map(|n| handle(&desk.path(&format!("codes-{n}.csv")))).collect();
    assert_eq!(handles.len(), 8, "each code is another");
    desk.done(&["verify"]);
    // The backup is whole, and what came after it is in the desk's own journal.
    let journal = desk.path("data/desk.journal").display().to_string();
    let restored =
        desk.command(&["--data", "again", "restore", "b.pantau", "--journal", &journal]).output().unwrap();
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let listed = text(&desk.command(&["--data", "again", "directive", "--list"]).output().unwrap().stdout);
    assert!((0..8).all(|n| listed.matches(&format!("nomor {n}")).count() == 1), "{listed}");
}

fn handle(table: &Path) -> String {
    let mut reader = csv::Reader::from_path(table).unwrap();
    reader.records().next().unwrap().unwrap()[4].to_owned()
}

#[test]
fn a_hangup_reads_the_certificate_again_and_ends_nothing() {
    let desk = Desk::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/testdata");
    for file in ["localhost.pem", "localhost.key"] {
        std::fs::copy(here.join(file), desk.path(file)).unwrap();
    }
    let tls = ["--tls-cert", "localhost.pem", "--tls-key", "localhost.key"];
    for (args, word) in [(&tls[..], "the certificate was read again"), (&[], "no certificate to read again")]
    {
        let (mut running, mut lines) = desk.serve(args);
        let id = rustix::process::Pid::from_child(&running.0);
        rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
        assert!(lines.any(|line| line.contains(word)), "{word}");
        assert!(running.0.try_wait().unwrap().is_none(), "it goes on");
    }
}
