//! A server process on a disk that is full, and a phone that talks to it by HTTP: it is told so by status 507, keeps
//! everything, and sends it as soon as room is freed.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use pantau_core::{Budget, Cancel, Cause, Env as PhoneEnv, OpenOptions, Phone, Silent, SyncEnd};
use pantau_log::{DataDir, Env, Server, ops};
use pantau_tests::{fast_folder, visit, world};

use crate::{
    full::{ROOM, noise, on_a_small_disk},
    log::{log, sound},
};

const DISK: u64 = 14 << 20;

/// The process, killed at the latest when the test ends.
struct Served {
    dir: DataDir,
    child: Child,
    addr: SocketAddr,
}

impl Served {
    fn start(path: &Path) -> Self {
        let dir = DataDir::new(path.join("data"));
        world::make(&dir, &Env::real());
        let mut serve = Command::new(env!("CARGO_BIN_EXE_serve"));
        let mut child = serve.arg(dir.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.split_whitespace().next().unwrap().parse().unwrap();
        Self { dir, child, addr }
    }

    /// Its files, opened beside it.
    fn server(&self) -> std::sync::Arc<Server> {
        ops::open(&self.dir, &Env::real()).unwrap()
    }

    async fn phone(&self, folder: &Path) -> Phone {
        let phone = Phone::open(folder, PhoneEnv::real().unwrap(), OpenOptions::default()).unwrap();
        let code = ops::enrol(&self.server(), 1, &format!("http://{}", self.addr), 86_400).unwrap();
        phone.enrol(&code).await.unwrap();
        assert_eq!(pantau_tests::sync(&phone).await, SyncEnd::Done);
        phone
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// One sync, whatever the phone would wait for.
async fn sync(phone: &Phone) -> SyncEnd {
    phone.forget_backoff().unwrap();
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap().end
}

#[test]
fn a_server_process_without_room_says_so_and_loses_nothing() {
    on_a_small_disk("full_served::says_so", DISK);
}

#[tokio::test]
#[ignore = "run by the test above, with a disk of its own"]
async fn says_so() {
    let room = PathBuf::from(std::env::var_os(ROOM).expect("only as a child, with a disk of its own"));
    let (home, served) = (fast_folder(), Served::start(&room));
    let phone = served.phone(home.path()).await;
    // Somebody else fills the disk to the last page. What the server keeps back takes some more records.
    let _ = fs::write(room.join("ballast"), vec![1; usize::try_from(DISK).unwrap()]);
    let mut said = 0;
    let why = loop {
        for _ in 0..20 {
            said += 1;
            visit(&phone, "62.06.13.2001/001", &noise(said));
        }
        match sync(&phone).await {
            SyncEnd::Done => assert!(said < 5_000, "the disk does not fill"),
            SyncEnd::Offline(why) => break why,
            end => panic!("{end:?}"),
        }
    };
    eprintln!("{said} records said: {why}");
    assert_eq!(why.cause, Cause::ServerFull, "{why}");
    let waiting = phone.unsent().unwrap().records;
    assert!(waiting > 0, "what is not held stays on the phone");

    fs::remove_file(room.join("ballast")).unwrap();
    assert_eq!(sync(&phone).await, SyncEnd::Done, "in the same process, without anybody who tends to it");
    assert_eq!(phone.unsent().unwrap().records, 0);
    let (server, device) = (served.server(), phone.status().unwrap().device.unwrap());
    let rows = log(&server);
    let held = rows.iter().filter(|r| r.entry.device == device && r.entry.note.is_none()).count();
    assert_eq!(held as u64, said, "once each");
    assert_eq!(sound(&server, &rows), Ok(()));
}
