//! One worked sync: the real server in this process, and a phone driven by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "fixed input")]
#![allow(unreachable_pub, reason = "shared by an example and a test")]

#[path = "phone.rs"]
mod phone;
#[path = "show.rs"]
mod show;

use std::{path::Path, sync::Arc};

use age::secrecy::ExposeSecret as _;
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    DataDir, Env, Server,
    author::{self, NewDeskRecord},
    ops,
};
use pantau_protocol::{
    body::{Body, Category, Grant, Incident, Officer, Severity, Turnout},
    exchange::Outcome,
    place::Place,
    role::Role,
};
use phone::{Exchanged, Phone};

/// When the transcript begins, unix seconds: 13 February 2024, 17:00 UTC.
const BEGIN: i64 = 1_707_843_600;
const OPENING: &str = "\
# One worked sync

Every byte of a small story between a phone and a server: enrolment, a push, a lost reply, a gap, a fork, a server that was restored.
It is written by `cargo run -p pantau-log --example transcript`, which drives the real server in one process with fixed keys, a fixed
clock and fixed randomness; a test fails when it differs. What the bytes mean is told in [PROTOCOL.md](PROTOCOL.md).

On the left the bytes, in hexadecimal, on the right what they say; what is longer than a line goes on below it. Frames use
dictionary 0. A body is shown twice: as it was sent, compressed, and unpacked.
";

/// The story while it is told.
struct Story {
    clock: Arc<HandClock>,
    env: Env,
    page: String,
}

impl Story {
    fn tell(&mut self, text: &str) {
        self.page += "\n";
        text.trim().lines().for_each(|line| wrap(&mut self.page, line));
    }

    /// A minute passes.
    fn wait(&mut self, phone: &mut Phone) {
        self.clock.pass(60);
        phone.now = self.clock.now();
    }

    fn show(&mut self, exchanged: Exchanged, outcomes: &[Outcome]) {
        assert_eq!(exchanged.reply.outcomes, outcomes);
        self.tell(&exchanged.told);
    }
}

/// Most letters on a line of prose.
const WIDTH: usize = 130;

/// Breaks a long line between words; lines of bytes are short enough.
fn wrap(page: &mut String, line: &str) {
    let mut width = 0;
    if line.len() <= WIDTH {
        *page += line;
    } else {
        for word in line.split(' ') {
            let breaks = width > 0 && width + 1 + word.len() > WIDTH;
            *page += if breaks {
                "\n"
            } else if width > 0 {
                " "
            } else {
                ""
            };
            width = if breaks { word.len() } else { width + 1 + word.len() };
            *page += word;
        }
    }
    *page += "\n";
}

fn place(code: &str) -> Place {
    code.parse().unwrap()
}

fn turnout(voters: u32) -> Body {
    Body::Turnout(Turnout { hour: 9, voters })
}

/// The page.
pub fn transcript(scratch: &Path) -> String {
    let clock = Arc::new(HandClock::at(BEGIN));
    let env = Env { clock: Arc::clone(&clock) as _, entropy: Arc::new(SeededEntropy::new(1, 0)) };
    let mut story = Story { clock, env, page: OPENING.to_owned() };
    let dirs = DataDir::new(scratch.join("server"));
    let options = ops::InitOptions { regions: vec![place("62")], desk_name: "Meja KPU".into() };
    let server = ops::init(&dirs, &story.env, &options).unwrap();
    let officer = Officer { officer: 7 };
    let grant = Grant { officer: 7, role: Role::FieldOfficer, ended: false, new_person: false };
    let said = |body| NewDeskRecord::new(BEGIN, place("62.06.13"), body);
    author::append(&server, vec![said(Body::Officer(officer)), said(Body::Grant(grant))]).unwrap();
    let mut phone = Phone::new(1, BEGIN);
    enrolment(&mut story, &server, &mut phone);
    push(&mut story, &server, &mut phone);
    let backup = backup(&dirs, scratch);
    let as_it_was = phone.clone();
    gap(&mut story, &server, &mut phone);
    let mut heir = fork(&mut story, &server, as_it_was);
    drop(server);
    let restored = restored(&story, &backup, scratch);
    after_restore(&mut story, &restored, &mut heir);
    story.page
}

fn enrolment(story: &mut Story, server: &Server, phone: &mut Phone) {
    let invitation = ops::enrol(server, 7, "https://pantau.example", 3_600).unwrap();
    let text = format!(
        "## Enrolment\n\nThe desk shows a code:\n\n```\n{}\n```\n\nThe phone makes its key from 32 bytes `01`: {}. It sends to \
         `/v1/enrol`:",
        invitation.to_text(),
        show::key_of(&phone.key.public())
    );
    story.tell(&text);
    let told = phone.enrol(server, &invitation);
    story.tell(&told);
}

fn push(story: &mut Story, server: &Server, phone: &mut Phone) {
    story.wait(phone);
    let tps = place("62.06.13.2001/003");
    let incident = Body::Incident(Incident { category: Category::Access, severity: Severity::High });
    phone.write(&tps, &incident, Some("jalan putus"));
    phone.write(&tps, &turnout(80), None);
    story.tell(
        "## Push\n\nTwo records are written: an incident with a note, and a turnout. They go to `/v1/exchange`, with no cursor \
         yet. The salt of the note follows from the seed. The answer brings the receipt, the certificate that is due \
         without a cursor, and the first page: what the desk has said.",
    );
    let request = phone.request(1, 2);
    let exchanged = phone.send(server, &request, false);
    story.show(exchanged, &[Outcome::Stored]);
    story.wait(phone);
    phone.write(&tps, &turnout(120), None);
    story.tell(
        "## Lost reply\n\nA third record, which carries the anchor of the last reply. It is stored, and the reply is lost on the \
         way:",
    );
    let request = phone.request(3, 3);
    let exchanged = phone.send(server, &request, true);
    story.show(exchanged, &[Outcome::Stored]);
    story.wait(phone);
    story.tell(
        "A minute later the phone sends it again. All of it is held, and the receipt tells the time of the first \
         receipt, not of this one:",
    );
    let request = phone.request(3, 3);
    let exchanged = phone.send(server, &request, false);
    story.show(exchanged, &[Outcome::Duplicate]);
}

fn gap(story: &mut Story, server: &Server, phone: &mut Phone) {
    story.wait(phone);
    let tps = place("62.06.13.2001/003");
    phone.write(&tps, &turnout(160), None);
    phone.write(&tps, &turnout(190), None);
    story.tell(
        "## Gap\n\nTwo more records. Somebody's proxy answered 200 to the first one, and a phone that takes this for a receipt \
         sends only record 5. The server does not hold what it stands on, and says what it holds:",
    );
    let request = phone.request(5, 5);
    let exchanged = phone.send(server, &request, false);
    let Some(Outcome::Gap { heads }) = exchanged.reply.outcomes.first().cloned() else { panic!("no gap") };
    assert_eq!(heads[0].seq, 3);
    story.show(exchanged, &[Outcome::Gap { heads }]);
    story.tell("Record 3 is the newest that both have, so it sends from record 4 on:");
    let request = phone.request(4, 5);
    let exchanged = phone.send(server, &request, false);
    story.show(exchanged, &[Outcome::Stored]);
}

/// The phone is restored to what it was, and goes on under a new key.
fn fork(story: &mut Story, server: &Server, mut phone: Phone) -> Phone {
    story.wait(&mut phone);
    phone.write(&place("62.06.13.2001/003"), &turnout(210), None);
    story.tell(
        "## Fork\n\nThe phone is set back to a copy of itself from before the gap, and writes another record 4. It stands on \
         record 3, which is held, and is stored beside the first record 4, as branch 1. No page comes: the phone must \
         go on under another key. Its cursor stays where it was.",
    );
    let request = phone.request(4, 4);
    let exchanged = phone.send(server, &request, false);
    story.show(exchanged, &[Outcome::Stored, Outcome::Fork { at: 4, branch: 1 }]);
    let mut heir = phone.successor(2);
    let text = format!(
        "It makes a new key from 32 bytes `02`: {}. The old key signs for it, and the new one sends the whole key and that \
         signature. The new journal is empty; its head is `link(0)`. The answer brings a certificate, and the page from the \
         start with what the old key wrote.",
        show::key_of(&heir.key.public())
    );
    story.tell(&text);
    let (mut request, span) = heir.request(1, 0);
    request.succession = Some(heir.follow(&phone));
    let exchanged = heir.send(server, &(request, span), false);
    assert!(heir.certificate.is_some());
    story.show(exchanged, &[]);
    heir.write(&place("62.06.13.2001/003"), &turnout(230), None);
    story.tell("Under the new key it says what the voters are by now:");
    let request = heir.request(1, 1);
    let exchanged = heir.send(server, &request, false);
    story.show(exchanged, &[Outcome::Stored]);
    heir
}

/// A backup of the server as it is.
struct Backup {
    file: std::path::PathBuf,
    key: ops::Key,
}

fn backup(dirs: &DataDir, scratch: &Path) -> Backup {
    let identity = age::x25519::Identity::generate();
    let lock = ops::Lock::recipients(&[identity.to_public().to_string()]).unwrap();
    let file = scratch.join("backup.age");
    ops::backup(dirs, &file, &lock).unwrap();
    Backup { file, key: ops::Key::identities(identity.to_string().expose_secret()).unwrap() }
}

fn restored(story: &Story, backup: &Backup, scratch: &Path) -> Arc<Server> {
    story.clock.pass(3_600);
    let dirs = DataDir::new(scratch.join("restored"));
    ops::restore(&backup.file, &backup.key, &dirs, &story.env).unwrap();
    ops::open(&dirs, &story.env).unwrap()
}

fn after_restore(story: &mut Story, server: &Server, heir: &mut Phone) {
    story.wait(heir);
    story.tell(
        "## Restore\n\nThe server breaks, and an hour later it is restored from a backup that was made after the lost reply: \
         without the records of the gap and the fork, and without the new key. Its epoch is another. The phone asks what \
         is new, and the server does not know it. `scope` and `position` of this answer say nothing; the epoch does, and the \
         phone drops its cursor:",
    );
    let request = heir.request(1, 0);
    let exchanged = heir.send(server, &request, false);
    story.show(exchanged, &[Outcome::Unknown]);
    story.tell(
        "In the new epoch nothing is known to be held, so the record is unsent again. It goes out with the certificate, \
         under the whole key, and with the receipt of the old epoch. The step of the new receipt tells the time that \
         the old one proves:",
    );
    let (mut request, span) = heir.request(1, 1);
    request.certificate.clone_from(&heir.certificate);
    request.old_receipts = heir.receipts().into_iter().filter(|r| r.receipt.statement.last > 0).collect();
    let first = request.old_receipts[0].receipt.statement.steps[0].received_at;
    let exchanged = heir.send(server, &(request, span), false);
    let steps = &exchanged.reply.receipt.as_ref().unwrap().statement.steps;
    assert_eq!(steps[0].received_at, first);
    story.show(exchanged, &[Outcome::Stored]);
}
