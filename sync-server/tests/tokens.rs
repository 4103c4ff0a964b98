//! Read tokens as an administrator handles them, beside the server that runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n";
const TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
    62.06.13.2001,001,271,140,131,,,very_remote,none\n";

struct Desk(tempfile::TempDir);

impl Desk {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pantau-server"));
        command.arg("--data").arg(self.0.path().join("data")).args(args).current_dir(self.0.path());
        command.env("PANTAU_PASSPHRASE", "dua belas huruf").env_remove("PANTAU_URL");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A new token's text.
    fn token(&self, args: &[&str]) -> String {
        let printed = self.done(&[&["token", "new"], args].concat());
        printed.strip_prefix("Token:  ").unwrap().trim().to_owned()
    }
}

/// A server in a process of its own, and where it listens.
struct Serving(Child, String);

impl Serving {
    fn of(desk: &Desk) -> Self {
        let mut child =
            desk.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let listens = lines.find(|line| line.starts_with("Desk:")).unwrap();
        // Whoever does not read what a process writes stops it.
        std::thread::spawn(move || lines.count());
        let addr = listens.split("http://").nth(1).unwrap().split_whitespace().next().unwrap();
        Self(child, addr.to_owned())
    }

    /// Status and body of an answer.
    fn read(&self, path: &str, token: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        write!(stream, "{head}authorization: Bearer {token}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_token_is_made_listed_and_revoked_beside_the_running_server() {
    let desk = Desk(tempfile::tempdir().unwrap());
    desk.done(&["init", "--operator", "siti"]);
    std::fs::write(desk.0.path().join("r.csv"), REGIONS).unwrap();
    std::fs::write(desk.0.path().join("t.csv"), TPS).unwrap();
    desk.done(&["import", "--regions", "r.csv", "--tps", "t.csv", "--profile", "pemilu-2024"]);
    // A server that only just started says that it is not ready while it works states out for the first time.
    desk.done(&["rebuild"]);
    for bad in [
        &["--name", "papan", "--within", "62.07"][..],
        &["--name", "papan kami", "--within", "62"],
        &["--name", "papan", "--within", "62", "--days", "0"],
        &["--name", "papan", "--within", "62", "--days", "401"],
    ] {
        assert_eq!(desk.run(&[&["token", "new"], bad].concat()).status.code(), Some(2), "{bad:?}");
    }
    let serving = Serving::of(&desk);
    let text = desk.token(&["--name", "papan", "--within", "62.06", "--days", "7"]);
    let secret = text.rsplit('_').next().unwrap();
    let again = desk.run(&["token", "new", "--name", "papan", "--within", "62"]);
    assert_eq!(again.status.code(), Some(2), "the name is taken");
    assert!(desk.done(&["token", "list"]).contains("never used"));
    let (status, body) = serving.read("/api/v1/places/62.06.13.2001/001", &text);
    assert!(status == 200 && body.contains("\"voters\":271"), "{status}: {body}");
    let (status, body) = serving.read("/export/tps.csv", &text);
    assert!(
        status == 200 && body.contains("62.06.13.2001/001,62.06.13.2001,Tumbang Gagu"),
        "{status}: {body}"
    );
    let listed = desk.done(&["token", "list"]);
    assert!(
        listed.contains("papan") && listed.contains("62.06") && listed.contains("last used 20"),
        "{listed}"
    );
    assert!(!listed.contains(secret), "{listed}");
    let kept = std::fs::read(desk.0.path().join("data/pantau.db-wal")).unwrap();
    assert!(!kept.windows(secret.len()).any(|w| w == secret.as_bytes()), "the secret is kept");
    assert_eq!(desk.run(&["token", "revoke", "papan"]).status.code(), Some(2), "nobody was there to agree");
    assert_eq!(serving.read("/api/v1/rollups", &text).0, 200);
    assert!(desk.done(&["token", "revoke", "papan", "--yes"]).contains("is revoked"));
    let (status, body) = serving.read("/api/v1/rollups", &text);
    assert!(status == 401 && body.contains("token_revoked"), "{status}: {body}");
    assert!(desk.done(&["token", "list"]).contains("revoked 20"));
    // The name is free again; the old token stays what it is.
    let second = desk.token(&["--name", "papan", "--within", "62"]);
    assert_eq!(
        (serving.read("/api/v1/rollups", &second).0, serving.read("/api/v1/rollups", &text).0),
        (200, 401)
    );
    drop(serving);
    desk.done(&["backup", "all.backup"]);
    std::fs::rename(desk.0.path().join("data"), desk.0.path().join("before")).unwrap();
    let restored = desk.done(&["restore", "all.backup"]);
    assert!(restored.contains("1 read tokens are revoked"), "{restored}");
}
