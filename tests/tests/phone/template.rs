//! The files that every server of this suite begins with: two kecamatan, four TPS, four officers.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use pantau_env::{
    Clock,
    fake::{HandClock, SeededEntropy},
};
use pantau_log::{
    DataDir, Env, Identity,
    import::{self, Files, Source},
    ops::{self, InitOptions},
    store::SqliteStore,
};
use pantau_protocol::{checklist::Checklist, hash, profile::Profile};

use crate::rig::{START, place};

const REGIONS: &str = "code,parent,level,name
62,,province,Kalimantan Tengah
62.06,62,kabupaten,Katingan
62.06.13,62.06,kecamatan,Bukit Raya
62.06.13.2001,62.06.13,desa,Tumbang Gagu
62.06.14,62.06,kecamatan,Katingan Hulu
62.06.14.2001,62.06.14,desa,Tumbang Sanamang
62.06.15,62.06,kecamatan,Sanaman Mantikei
";
const TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal
62.06.13.2001,001,271,,,,,regular,none
62.06.13.2001,002,271,,,,,very_remote,none
62.06.13.2001,003,271,,,,,remote,none
62.06.14.2001,001,271,,,,,regular,none
";
const OFFICERS: &str = "number,name,phone,role,place
7,Petugas Contoh,0800-7,FieldOfficer,62.06.13
8,Ibu Yuliana,0800-8,FieldOfficer,62.06.13
9,Petugas Logistik,0800-9,LogisticsStaff,62.06.13
10,Operator Desk,0800-10,DeskOperator,62.06.13
";

/// The clock of the server: that of the phones, and some seconds.
pub(crate) struct Ahead {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) seconds: Arc<AtomicI64>,
}

impl Clock for Ahead {
    fn now(&self) -> i64 {
        self.clock.now() + self.seconds.load(SeqCst)
    }

    fn monotonic(&self) -> Duration {
        // Ahead from the start: that is no leap.
        self.clock.monotonic() + Duration::from_secs(self.seconds.load(SeqCst).unsigned_abs())
    }
}

/// Files of a new server, made once for all tests.
pub(crate) fn template(seed: u8) -> Arc<tempfile::TempDir> {
    static KEPT: Mutex<BTreeMap<u8, Weak<tempfile::TempDir>>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(made) = kept.get(&seed).and_then(Weak::upgrade) {
        return made;
    }
    let files = Arc::new(folder());
    make(&DataDir::new(files.path().join("server")), seed);
    kept.insert(seed, Arc::downgrade(&files));
    files
}

/// In memory where there is a place for that: no power is cut here.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The file of a server's keys, all of which follow from `seed`: stores of past versions know the first one.
pub(crate) fn identity(seed: u8, signing: &[(u8, bool)]) -> Identity {
    let secret = |n: u8| hash::hex(&[n; 32]);
    let keys: Vec<_> = signing
        .iter()
        .zip(1..)
        .map(|((n, retired), id)| serde_json::json!({ "id": id, "secret": secret(*n), "retired": retired }))
        .collect();
    let stored = serde_json::json!({
        "version": 1,
        "signing": keys,
        "sealing": [{ "id": 9, "secret": secret(seed ^ 0x40) }],
        "anchor": secret(seed ^ 0x60),
        "desk": [secret(seed ^ 0x20)],
    });
    Identity::from_bytes(stored.to_string().as_bytes()).unwrap()
}

fn make(dir: &DataDir, seed: u8) {
    dir.create().unwrap();
    let identity = identity(seed, &[(seed, false)]);
    identity.save(&dir.identity()).unwrap();
    let store = Box::new(SqliteStore::open(&dir.db()).unwrap());
    let options = InitOptions { regions: vec![place("62")], desk_name: "Desk Contoh".into() };
    let clock = Ahead { clock: Arc::new(HandClock::at(START)), seconds: Arc::default() };
    let env = Env { clock: Arc::new(clock), entropy: Arc::new(SeededEntropy::new(u64::from(seed), 1)) };
    let server = ops::init_with(&env, store, identity, Some(dir.clone()), &options).unwrap();
    let file = |name, text: &'static str| Some(Source { name, bytes: text.as_bytes() });
    let files = Files {
        regions: file("regions.csv", REGIONS),
        tps: file("tps.csv", TPS),
        officers: file("officers.csv", OFFICERS),
        ..Files::default()
    };
    let mut content = import::parse(&files).unwrap();
    content.profile = Profile::shipped().into_iter().next();
    content.checklists = Checklist::shipped();
    import::apply(&server, import::plan(&content, &import::Known::nothing()).unwrap()).unwrap();
}

/// Copies the files of a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
