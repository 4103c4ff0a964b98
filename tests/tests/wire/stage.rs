//! A scene that can be played again from its start: one server, one phone with unsent records, and a copy of
//! the files of both. Putting both back forks nothing: neither has written anything the other remembers.

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use pantau_core::{Delivery, EnrolOutcome, Phone, Saved, SyncEnd, transport::HttpTransport};
use pantau_protocol::{enrol::Invitation, journal::RecordId};
use pantau_tests::{World, sync, visit};

use crate::proxy::Proxy;

/// The scene.
pub(crate) struct Stage {
    pub(crate) world: World,
    /// Records the phone has not sent.
    pub(crate) saved: Vec<Saved>,
    phone: Option<Phone>,
}

const PHONE: &str = "camat";

impl Stage {
    /// A phone of this world that is enrolled and has read everything says one more thing for each note.
    pub(crate) async fn set(mut world: World, phone: Phone, notes: impl Iterator<Item = String>) -> Self {
        let say = |(n, note): (usize, String)| {
            visit(&phone, &format!("62.06.13.200{}/00{}", n % 2 + 1, n / 2 % 5 + 1), &note)
        };
        let saved = notes.enumerate().map(say).collect();
        phone.shutdown().unwrap();
        world.stop().await;
        copy(&world.path(PHONE), &world.path("kept-phone"));
        copy(&world.path("server"), &world.path("kept-server"));
        world.start().await;
        Self { world, saved, phone: None }
    }

    /// The phone as it was at the start.
    pub(crate) fn phone(&mut self) -> Phone {
        if let Some(phone) = self.phone.take() {
            phone.shutdown().unwrap();
        }
        copy(&self.world.path("kept-phone"), &self.world.path(PHONE));
        let phone = self.world.open(PHONE, Arc::new(HttpTransport::new().unwrap()));
        self.phone.insert(phone).clone()
    }

    /// The server as it was at the start.
    pub(crate) async fn put_server_back(&mut self) {
        self.world.stop().await;
        copy(&self.world.path("kept-server"), &self.world.path("server"));
        self.world.start().await;
    }

    /// How often the log holds each of the records.
    pub(crate) fn held(&self) -> Vec<usize> {
        let mut times: HashMap<RecordId, usize> = HashMap::new();
        for id in self.world.ids() {
            *times.entry(id).or_default() += 1;
        }
        self.saved.iter().map(|s| times.get(&s.id).copied().unwrap_or(0)).collect()
    }

    /// Whether the log holds every record `times` times.
    pub(crate) fn holds_each(&self, times: usize) -> bool {
        self.held().iter().all(|t| *t == times)
    }
}

/// Notes on every fourth of so many records.
pub(crate) fn few_notes(records: usize) -> impl Iterator<Item = String> {
    (0..records).map(|n| if n % 4 == 0 { format!("catatan {n}") } else { String::new() })
}

/// A phone of an officer behind a middlebox, enrolled and with its list pulled.
pub(crate) async fn enrolled(world: &World, name: &str, officer: u32, proxy: &Proxy) -> Phone {
    let phone = unread(world, name, officer, proxy).await;
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    phone
}

/// The same before it has read anything.
pub(crate) async fn unread(world: &World, name: &str, officer: u32, proxy: &Proxy) -> Phone {
    let phone = world.open(name, Arc::new(HttpTransport::new().unwrap()));
    let code = Invitation { url: format!("http://{}", proxy.addr), ..world.code(officer).await };
    assert!(matches!(phone.enrol(&code).await, Ok(EnrolOutcome::Enrolled(_))));
    phone
}

/// Whether the phone calls every record held, at the time the log says.
pub(crate) fn calls_all_held(stage: &Stage, phone: &Phone) -> bool {
    let log = stage.world.log();
    let rows = phone.journal(None, 500).unwrap();
    let times: HashMap<RecordId, i64> =
        log.iter().map(|r| (r.entry.id, r.entry.envelope.received_at)).collect();
    stage.saved.iter().all(|saved| {
        let row = rows.iter().find(|r| r.id == saved.id).unwrap();
        row.delivery == Delivery::Held { received_at: times[&saved.id] }
    })
}

/// Makes one folder like another.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        assert!(entry.file_type().unwrap().is_file());
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
