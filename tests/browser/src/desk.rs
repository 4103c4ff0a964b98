//! A server process of the real program, and the phone of one officer.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use pantau_core::{Env as PhoneEnv, NewRecord, OpenOptions, Phone, SyncEnd};
use pantau_desk::auth::password;
use pantau_env::fake::HandClock;
use pantau_log::{
    DataDir, Env,
    author::{self, NewDeskRecord},
    import::{self, Files, Source},
    ops,
    store::{self, Operator, Rights},
};
use pantau_protocol::body::{Body, Category, Incident, Severity};
use pantau_tests::{place, sync, visit, world};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::province;

/// The password of the operator `siti`.
pub const PASSWORD: &str = "tiang bendera merah";

/// A TPS of the small province.
const TPS: &str = "62.06.13.2001/001";

/// A server on loopback, killed when the test ends.
#[derive(Debug)]
pub struct Desk {
    files: TempDir,
    child: Option<Child>,
    /// Where it listens, after a restart too.
    pub addr: SocketAddr,
    phone: Option<Phone>,
}

impl Desk {
    /// Starts a server with fifteen TPS, six officers and one operator; officer 1 reported a visit.
    pub async fn start() -> Self {
        // An hour ago, so that a daily report can be made of a moment at which there was a province.
        let clock = HandClock::at(Env::real().now() - 3_600);
        let made = Env { clock: Arc::new(clock), ..Env::real() };
        let mut desk = Self::on(|dir| world::make(dir, &made));
        let phone = desk.new_phone("hp");
        let server = ops::open(&desk.dir(), &Env::real()).unwrap();
        let code = ops::enrol(&server, 1, &format!("http://{}", desk.addr), 86_400).unwrap();
        drop(server);
        phone.enrol(&code).await.unwrap();
        desk.phone = Some(phone);
        desk.says_visit("jalan baik").await;
        desk
    }

    /// Starts a server with all TPS of the province on the eve of the vote, of which the desk wrote much down, and one
    /// operator.
    pub fn of_the_province() -> Self {
        Self::on(province::make)
    }

    /// Starts a server on what is made, with the operator `siti`.
    fn on(make: impl FnOnce(&DataDir)) -> Self {
        let files = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let dir = DataDir::new(files.path().join("server"));
        make(&dir);
        let server = ops::open(&dir, &Env::real()).unwrap();
        let password_hash = password::hash(PASSWORD, &[7; 16]).unwrap();
        let operator = Operator::new("siti", password_hash, server.now(), Rights::Admin);
        store::write(server.store(), |tx| tx.put_operator(&operator)).unwrap();
        drop(server);
        // Free a moment ago; the server keeps it through a restart.
        let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut desk = Self { files, child: None, addr, phone: None };
        desk.up();
        desk
    }

    fn dir(&self) -> DataDir {
        DataDir::new(self.files.path().join("server"))
    }

    /// Lets another operator of the desk sign in, with the same password.
    pub fn another_operator(&self, name: &str) {
        let server = ops::open(&self.dir(), &Env::real()).unwrap();
        let password_hash = password::hash(PASSWORD, &[8; 16]).unwrap();
        let operator = Operator::new(name, password_hash, server.now(), Rights::Desk);
        store::write(server.store(), |tx| tx.put_operator(&operator)).unwrap();
    }

    /// The desk writes of a place, by another process than the server, as `pantau-server told` would.
    pub fn writes(&self, code: &str, body: Body) {
        let server = ops::open(&self.dir(), &Env::real()).unwrap();
        let new = NewDeskRecord::new(server.now(), place(code), body);
        author::append(&server, vec![new]).unwrap();
    }

    /// Takes people in from a list as the desk has it, from number 100 on: those whose name and phone number are ones
    /// to the import. How many those are.
    pub fn imports(&self, people: &[(&str, &str)]) -> usize {
        const HEAD: &str = "number,name,phone,role,place\n";
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let row = |((name, phone), number): (&(&str, &str), u32)| {
            format!("{number},{},{},FieldOfficer,62.06.14.2001\n", quoted(name), quoted(phone))
        };
        let read = |list: &str| {
            let source = Source { name: "officers.csv", bytes: list.as_bytes() };
            import::parse(&Files { officers: Some(source), ..Files::default() })
        };
        let rows: Vec<String> = people.iter().zip(100..).map(row).collect();
        let rows: Vec<&str> =
            rows.iter().map(String::as_str).filter(|row| read(&format!("{HEAD}{row}")).is_ok()).collect();
        let server = ops::open(&self.dir(), &Env::real()).unwrap();
        let mut content = read(&format!("{HEAD}{}", rows.concat())).unwrap();
        content.decided.synthetic = true;
        let plan = import::plan(&content, &import::known(&server.known().unwrap())).unwrap();
        import::apply(&server, plan).unwrap();
        rows.len()
    }

    /// A new phone in a folder of its own, not enrolled.
    pub fn new_phone(&self, name: &str) -> Phone {
        let (folder, env) = (self.files.path().join(name), PhoneEnv::real().unwrap());
        Phone::open(&folder, env, OpenOptions::default()).unwrap()
    }

    /// Starts the process and waits until it answers.
    pub fn up(&mut self) {
        let program =
            env::var("PANTAU_SERVER").expect("PANTAU_SERVER is set by `cargo xtask test --only browser`");
        let mut serve = Command::new(program);
        serve.arg("--data").arg(self.dir().path()).args(["serve", "--listen", &self.addr.to_string()]);
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = child.stderr.take().unwrap();
        self.child = Some(child);
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("Ctrl-C stops")), "the server did not start");
        // Read on, or the server would wait for us.
        std::thread::spawn(move || lines.for_each(drop));
    }

    fn pid(&self) -> Pid {
        Pid::from_child(self.child.as_ref().unwrap())
    }

    /// The server hangs: its connections stay, and nothing answers.
    pub fn freeze(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    /// It goes on.
    pub fn thaw(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// The server is gone at once.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The phone says that the officer visited a TPS, and sends it.
    pub async fn says_visit(&self, note: &str) {
        visit(self.phone(), TPS, note);
        assert_eq!(sync(self.phone()).await, SyncEnd::Done);
    }

    /// The phone tells of an incident at a TPS.
    pub async fn says_incident(&self, note: &str) {
        let body = Body::Incident(Incident { category: Category::Weather, severity: Severity::Medium });
        let mut new = NewRecord::new(place(TPS), body);
        new.note = Some(note.into());
        self.phone().capture(new).unwrap();
        assert_eq!(sync(self.phone()).await, SyncEnd::Done);
    }

    /// The phone says something of a place, and sends it.
    pub async fn says(&self, code: &str, body: Body) {
        self.phone().capture(NewRecord::new(place(code), body)).unwrap();
        assert_eq!(sync(self.phone()).await, SyncEnd::Done);
    }

    /// Unix seconds, by the clock of the server.
    pub fn now(&self) -> i64 {
        ops::open(&self.dir(), &Env::real()).unwrap().now()
    }

    /// The phone of officer 1.
    pub fn phone(&self) -> &Phone {
        self.phone.as_ref().unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
    }
}
