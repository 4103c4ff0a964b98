//! A server process, an honest phone beside it, and what the process takes of memory.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use pantau_core::{Env as PhoneEnv, OpenOptions, Phone, SyncEnd};
use pantau_log::{DataDir, Env, ops, store};
use pantau_protocol::enrol::Invitation;
use pantau_tests::{sync, visit, world};

/// The server, killed at the latest when the test ends, and one phone of an honest officer.
pub(crate) struct Besieged {
    files: tempfile::TempDir,
    child: Child,
    pub(crate) addr: SocketAddr,
    /// Where it tells its metrics.
    pub(crate) monitor: SocketAddr,
    phone: Option<Phone>,
    said: u32,
}

impl Besieged {
    /// Starts it; it waits `seconds` for whoever is slow, or as long as it does by itself.
    pub(crate) async fn start(seconds: Option<u32>) -> Self {
        Self::start_with(seconds, None).await
    }

    /// The same with no more than so many descriptors.
    pub(crate) async fn start_with(seconds: Option<u32>, descriptors: Option<u32>) -> Self {
        let files = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let dir = DataDir::new(files.path().join("server"));
        world::make(&dir, &Env::real());
        let program = env!("CARGO_BIN_EXE_serve");
        let mut serve = match descriptors {
            None => Command::new(program),
            Some(most) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit -n {most}; exec \"$0\" \"$@\""), program]);
                shell
            }
        };
        serve.arg(dir.path()).args(seconds.map(|s| s.to_string())).stdout(Stdio::piped());
        let mut child = serve.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut addrs = line.split_whitespace().map(|a| a.parse().unwrap());
        let (addr, monitor) = (addrs.next().unwrap(), addrs.next().unwrap());
        let mut all = Self { files, child, addr, monitor, phone: None, said: 0 };
        let phone =
            Phone::open(&all.files.path().join("hp"), PhoneEnv::real().unwrap(), OpenOptions::default());
        let phone = phone.unwrap();
        phone.enrol(&all.code(1)).await.unwrap();
        all.phone = Some(phone);
        all.honest_phone_is_served("at the start").await;
        all
    }

    /// A code for an officer.
    pub(crate) fn code(&self, officer: u32) -> Invitation {
        let server = ops::open(&self.dir(), &Env::real()).unwrap();
        ops::enrol(&server, officer, &format!("http://{}", self.addr), 86_400).unwrap()
    }

    /// Where it keeps everything.
    pub(crate) fn dir(&self) -> DataDir {
        DataDir::new(self.files.path().join("server"))
    }

    /// The honest phone says something.
    pub(crate) fn says(&mut self, note: &str) {
        self.said += 1;
        visit(self.phone.as_ref().unwrap(), &format!("62.06.13.2001/00{}", self.said % 5 + 1), note);
    }

    /// The honest phone says something more, sends all, and reads.
    pub(crate) async fn honest_phone_is_served(&mut self, when: &str) {
        self.says("catatan");
        let phone = self.phone.as_ref().unwrap();
        assert_eq!(sync(phone).await, SyncEnd::Done, "{when}");
        assert_eq!(phone.unsent().unwrap().records, 0, "{when}");
    }

    /// Records in the log that came from phones; each must be there once.
    pub(crate) fn records_of_phones(&self) -> usize {
        let server = ops::open(&self.dir(), &Env::real()).unwrap();
        let rows = store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
        rows.iter().filter(|r| r.entry.kind.number() < 20).count()
    }

    /// Records the honest phone said.
    pub(crate) fn said(&self) -> usize {
        self.said as usize
    }

    /// Kilobytes of memory in use now.
    pub(crate) fn rss_kb(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Most kilobytes in use since [`Besieged::forget_peak`].
    pub(crate) fn peak_kb(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// Measures the peak anew.
    pub(crate) fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Besieged {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}
