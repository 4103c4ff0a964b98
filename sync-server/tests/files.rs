//! Whose files they are: nobody but the owner reads what a server writes, whatever the umask, and where nothing
//! may be written, what only reads still works.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

const SERVER: &str = env!("CARGO_BIN_EXE_pantau-server");

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The server's command under a shell that runs `before` first.
    fn command(&self, before: &str, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{before} exec \"$0\" \"$@\""), SERVER]);
        self.in_place(command, args)
    }

    fn in_place(&self, mut command: Command, args: &[&str]) -> Command {
        command.args(args).current_dir(self.dir.path());
        command.env("PANTAU_DATA", self.data()).env("PANTAU_PASSPHRASE", "dua belas huruf");
        command
    }

    fn run(&self, before: &str, args: &[&str]) -> Output {
        self.command(before, args).output().unwrap()
    }

    fn done(&self, before: &str, args: &[&str]) -> (String, String) {
        let output = self.run(before, args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{args:?}: {err}");
        (out, err)
    }

    /// A server that runs until it is killed.
    fn serve(&self, before: &str) -> Running {
        let mut child = self
            .command(before, &["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let listens = lines.by_ref().map(Result::unwrap).find(|l| l.starts_with("Desk:"));
        assert!(listens.is_some());
        Running { child, _lines: Box::new(lines) }
    }

    fn mode(&self, mode: u32) {
        fs::set_permissions(self.data(), fs::Permissions::from_mode(mode)).unwrap();
    }
}

struct Running {
    child: Child,
    _lines: Box<dyn Iterator<Item = std::io::Result<String>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn is_root(path: &Path) -> bool {
    fs::metadata(path).unwrap().uid() == 0
}

/// Everything below a directory, itself included, that somebody else may do something with.
fn exposed(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mode = fs::symlink_metadata(dir).unwrap().mode();
    if mode & 0o077 != 0 {
        found.push(format!("{} {:o}", dir.display(), mode & 0o777));
    }
    if dir.is_dir() {
        found.extend(fs::read_dir(dir).unwrap().flat_map(|entry| exposed(&entry.unwrap().path())));
    }
    found
}

#[test]
fn every_file_is_its_owners_alone_whatever_the_umask() {
    let desk = Desk::new();
    let open = "umask 000;";
    desk.done(open, &["init"]);
    fs::write(desk.dir.path().join("o.csv"), "number,name,phone,role,place\n7,Kenari,0811,Camat,62\n")
        .unwrap();
    fs::write(desk.dir.path().join("r.csv"), "code,parent,level,name\n62,,province,Kalteng\n").unwrap();
    desk.done(open, &["import", "--officers", "o.csv", "--regions", "r.csv", "--profile", "pemilu-2024"]);
    let running = desk.serve(open);
    desk.done(open, &["enrol", "--all", "--out", "codes.txt"]);
    desk.done(open, &["export", "--out", "log.ndjson"]);
    desk.done(open, &["backup", "all.backup"]);
    let names: Vec<String> =
        fs::read_dir(desk.data()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    for name in ["pantau.db", "pantau.db-wal", "pantau.db-shm", "identity.json", "desk.journal"] {
        assert!(names.iter().any(|n| n == name), "{names:?}");
    }
    assert_eq!(exposed(&desk.data()), [""; 0]);
    drop(running);
    // One that another program copied, with another mode.
    let journal = desk.dir.path().join("copied.journal");
    fs::copy(desk.data().join("desk.journal"), &journal).unwrap();
    fs::set_permissions(&journal, fs::Permissions::from_mode(0o644)).unwrap();
    let args = ["--data", "other", "restore", "all.backup", "--journal", "copied.journal"];
    desk.done(open, &args);
    assert_eq!(exposed(&desk.dir.path().join("other")), [""; 0]);
    for name in ["codes.txt", "log.ndjson", "all.backup"] {
        assert_eq!(exposed(&desk.dir.path().join(name)), [""; 0]);
    }
}

#[test]
fn a_directory_of_before_is_mended_with_a_word() {
    let desk = Desk::new();
    desk.done("", &["init"]);
    desk.mode(0o755);
    let db = desk.data().join("pantau.db");
    fs::set_permissions(&db, fs::Permissions::from_mode(0o644)).unwrap();
    let (_, said) = desk.done("", &["stats"]);
    for path in [desk.data(), db] {
        assert!(
            said.contains(&format!("other users could read {}; now they cannot", path.display())),
            "{said}"
        );
    }
    assert_eq!(exposed(&desk.data()), [""; 0]);
    assert!(!desk.done("", &["stats"]).1.contains("other users"), "said once");
}

#[test]
fn a_directory_that_is_not_a_servers_own_is_refused() {
    let desk = Desk::new();
    fs::create_dir(desk.data()).unwrap();
    fs::write(desk.data().join("letter.txt"), "something else lives here").unwrap();
    let refused = |mode: u32| {
        desk.mode(mode);
        let output = desk.run("", &["init"]);
        let (said, path) = (text(&output.stderr), desk.data().display().to_string());
        assert!(!output.status.success() && said.contains(&format!("chmod 700 {path}")), "{said}");
        assert_eq!(fs::read_dir(desk.data()).unwrap().count(), 1);
    };
    refused(0o755);
    refused(0o710);
    desk.mode(0o700);
    desk.done("", &["init"]);
    if is_root(&desk.data()) {
        desk.mode(0o755);
        std::os::unix::fs::chown(desk.data(), Some(65_534), None).unwrap();
        let output = desk.run("", &["enrol", "--officer", "7"]);
        assert!(text(&output.stderr).contains("chmod 700"), "somebody else's directory is not changed");
        assert!(desk.run("", &["stats"]).status.success(), "reading makes nothing worse");
    } else {
        eprintln!("not root: a directory of another user was not tried");
    }
}

#[test]
fn files_of_another_user_are_told_as_such() {
    let desk = Desk::new();
    desk.done("", &["init"]);
    let root = is_root(&desk.data());
    let told = |args: &[&str], file: &Path| {
        let mut command = Command::new(if root { "setpriv" } else { SERVER });
        if root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", SERVER]);
        }
        let output = desk.in_place(command, args).output().expect("setpriv is needed here");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains(&format!("no permission for {}", file.display())), "{args:?}: {said}");
        assert!(said.contains("it belongs to ") && !said.contains("make one with"), "{args:?}: {said}");
        assert!(!root || said.contains("it belongs to root, and this runs as nobody"), "{said}");
    };
    fs::set_permissions(desk.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // One file of the directory is left with the user who restored it; or the directory is.
    for name in ["pantau.db", "identity.json", "desk.journal"] {
        let file = desk.data().join(name);
        if root {
            std::os::unix::fs::chown(desk.data(), Some(65_534), None).unwrap();
            for entry in fs::read_dir(desk.data()).unwrap() {
                std::os::unix::fs::chown(entry.unwrap().path(), Some(65_534), None).unwrap();
            }
            std::os::unix::fs::chown(&file, Some(0), None).unwrap();
        } else {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        }
        for args in
            [["stats"].as_slice(), &["serve", "--listen", "127.0.0.1:0"], &["enrol", "--officer", "7"]]
        {
            told(args, &file);
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    if root {
        std::os::unix::fs::chown(desk.data(), Some(0), None).unwrap();
    } else {
        desk.mode(0o000);
    }
    told(&["serve", "--listen", "127.0.0.1:0"], &desk.data());
    desk.mode(0o700);
}

/// How to run something where the data directory may not be written.
#[derive(Debug, Clone, Copy)]
enum Barred {
    /// The file system is read-only.
    Mount,
    /// The directory and its files may be read only.
    Mode,
}

impl Desk {
    fn run_barred(&self, how: Barred, args: &[&str]) -> Output {
        let (data, root) = (self.data().display().to_string(), is_root(self.dir.path()));
        match how {
            Barred::Mount => {
                let mut command = Command::new("unshare");
                command.args(if root { ["-m"].as_slice() } else { &["-U", "-r", "-m"] });
                let script = format!(
                    "mount --bind '{data}' '{data}' && mount -o remount,ro,bind '{data}' && exec \"$0\" \"$@\""
                );
                command.args(["sh", "-c", &script, SERVER]);
                self.in_place(command, args).output().expect("unshare and mount are needed here")
            }
            Barred::Mode => {
                let set = |dir: u32, file: u32| {
                    for entry in fs::read_dir(self.data()).unwrap() {
                        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(file)).unwrap();
                    }
                    self.mode(dir);
                };
                set(0o500, 0o400);
                // Root may write anywhere unless that right is taken from it.
                let mut command = Command::new(if root { "setpriv" } else { SERVER });
                if root {
                    command.args(["--bounding-set", "-dac_override", "--inh-caps", "-dac_override", SERVER]);
                }
                let output = self.in_place(command, args).output().expect("setpriv is needed here");
                self.mode(0o700);
                set(0o700, 0o600);
                output
            }
        }
    }
}

/// What was printed, without the last line of an export, which says when it was made.
fn timeless(printed: &str) -> String {
    printed.lines().filter(|line| !line.contains("pantau_export_end")).collect()
}

#[test]
fn where_nothing_may_be_written_what_reads_works_and_the_rest_names_the_file() {
    for how in [Barred::Mount, Barred::Mode] {
        let desk = Desk::new();
        desk.done("", &["init"]);
        let reads = [["stats"].as_slice(), &["export"], &["operator", "list"]];
        let check = |state: &str| {
            for args in reads {
                let output = desk.run_barred(how, args);
                assert!(output.status.success(), "{how:?}, {state}: {args:?}: {}", text(&output.stderr));
                let printed = timeless(&text(&output.stdout));
                assert_eq!(printed, timeless(&desk.done("", args).0), "{how:?}, {state}: {args:?}");
            }
            let writes = [
                ["operator", "add", "x"].as_slice(),
                &["enrol", "--officer", "7"],
                &["serve", "--listen", "127.0.0.1:0"],
            ];
            for args in writes {
                let output = desk.run_barred(how, args);
                let said = text(&output.stderr);
                assert_eq!(output.status.code(), Some(1), "{how:?}, {state}: {args:?}: {said}");
                assert!(said.contains("data/pantau.db") && said.contains("cannot be written"), "{said}");
            }
        };
        check("closed");
        let running = desk.serve("");
        desk.done("", &["operator", "add", "budi"]);
        drop(running);
        let wal = desk.data().join("pantau.db-wal");
        assert!(fs::metadata(&wal).unwrap().len() > 0, "a server that was killed leaves its log");
        let output = desk.run_barred(how, &["operator", "list"]);
        assert!(text(&output.stdout).contains("budi"), "{how:?}: {}", text(&output.stderr));
        // As a copy by another program may be.
        fs::remove_file(desk.data().join("pantau.db-shm")).unwrap();
        let output = desk.run_barred(how, &["operator", "list"]);
        assert!(!output.status.success(), "{}", text(&output.stdout));
        let said = text(&output.stderr);
        assert!(
            said.contains("pantau.db-wal holds records") && said.contains("copy the whole directory"),
            "{said}"
        );
        assert!(desk.done("", &["operator", "list"]).0.contains("budi"));
        check("closed again");
    }
}
