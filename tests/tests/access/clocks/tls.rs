//! TLS under a clock that is wrong: dates alone are forgiven and said so, nothing else is.
//!
//! rustls asks the system for the time, so it is the certificates that are moved: one that is valid when the
//! phone's clock shows the right year, and is seen from a phone that lives so many years off.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use pantau_core::{
    Budget, Cancel, EnrolOutcome, Error, Phone, Silent, SyncEnd, SyncReport,
    env::Clock as _,
    env::SystemClock,
    transport::{Answer, BoxFuture, HttpTransport, Post, Transport, TransportError},
};
use pantau_env::fake::HandClock;
use pantau_log::enrol;
use pantau_protocol::journal::RecordId;
use pantau_server::serve::{self, Running, ServeConfig, TlsFiles};
use pantau_tests::{place, visit};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::rig::Rig;

const YEAR: i64 = 31_557_600;
const DAY: i64 = 86_400;

/// When a certificate is valid, in seconds from the system's now.
type Valid = (i64, i64);
const VALID: Valid = (-DAY, 90 * DAY);
const LONG: Valid = (-60 * YEAR, 60 * YEAR);

/// A certificate authority, and the certificates between it and the root.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    between: String,
}

fn params(name: &str, sans: &[&str], valid: Valid) -> CertificateParams {
    let sans: Vec<String> = sans.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(sans).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let at = |offset| {
        let since_1900 = SystemClock::new().now() + 2_208_988_800 + offset;
        rcgen::date_time_ymd(1900, 1, 1) + Duration::from_secs(u64::try_from(since_1900).unwrap())
    };
    (params.not_before, params.not_after) = (at(valid.0), at(valid.1));
    params
}

fn ca(name: &str, valid: Valid) -> CertificateParams {
    let mut params = params(name, &[], valid);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

impl Authority {
    fn root(valid: Valid) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(ca("Otoritas Contoh", valid), key).unwrap();
        Self { issuer, between: String::new() }
    }

    /// An authority that this one vouches for.
    fn under(&self, valid: Valid) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::signed_by(ca("Otoritas Antara", valid), key, &self.issuer).unwrap();
        let between = issuer.pem() + &self.between;
        Self { issuer, between }
    }

    fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// Certificate chain and key for these names, as files.
    fn issue(&self, dir: &Path, name: &str, valid: Valid) -> TlsFiles {
        let key = KeyPair::generate().unwrap();
        let certificate = params("Desk Contoh", &[name], valid).signed_by(&key, &self.issuer).unwrap();
        let files = TlsFiles { certificates: dir.join("cert.pem"), key: dir.join("key.pem") };
        std::fs::write(&files.certificates, certificate.pem() + &self.between).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }
}

/// A server on TLS and where it is.
async fn serve_tls(rig: &Rig, files: TlsFiles) -> (Running, String) {
    let listener = serve::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let config = ServeConfig { tls: Some(files), drain: Duration::ZERO, ..ServeConfig::default() };
    let running = serve::start(Arc::clone(&rig.server), config, vec![listener], None).unwrap();
    let url = format!("https://localhost:{}", running.addr().unwrap().port());
    (running, url)
}

/// A transport to wherever the server is now.
struct Moved {
    inner: HttpTransport,
    to: Mutex<String>,
}

impl Transport for Moved {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let (_, call) = post.url.rsplit_once("/v1/").unwrap();
        let url = format!("{}/v1/{call}", self.to.lock().unwrap());
        self.inner.post(Post { url, ..post })
    }
}

/// A phone enrolled over plain HTTP, with a record to send to `url`.
async fn phone(rig: &Rig, url: &str, root: Vec<u8>, clock: &Arc<HandClock>) -> (Phone, RecordId, Arc<Moved>) {
    let plain = rig.serve().await;
    let here = format!("http://{}", plain.addr().unwrap());
    let inner = HttpTransport::with_roots(&[root]).unwrap();
    let moved = Arc::new(Moved { inner, to: Mutex::new(here.clone()) });
    let phone = rig.open(clock, Arc::<Moved>::clone(&moved));
    let code = enrol::invite(&rig.server, 1, &here, 1 << 30).unwrap();
    assert!(matches!(phone.enrol(&code).await.unwrap(), EnrolOutcome::Enrolled(_)));
    assert_eq!(go(&phone).await.end, SyncEnd::Done);
    plain.shutdown().await;
    url.clone_into(&mut moved.to.lock().unwrap());
    let saved = visit(&phone, "62.06.13.2001/001", "lewat TLS");
    (phone, saved.id, moved)
}

async fn go(phone: &Phone) -> SyncReport {
    phone.forget_backoff().unwrap();
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap()
}

/// Clocks of a phone, as years from the true time: 1970, 2001, 2060 and some nearer ones.
const OFF: [i64; 6] = [-54, -23, -1, 1, 10, 36];

#[tokio::test(flavor = "multi_thread")]
async fn dates_alone_are_forgiven_and_said_so() {
    let rig = Rig::memory(81);
    let root = Authority::root(LONG);
    let right = Arc::new(HandClock::at(rig.clock.now()));
    for years in OFF {
        // Seen from a phone that is `years` off, a certificate of today lies that far the other way.
        let seen = |valid: Valid| (valid.0 - years * YEAR, valid.1 - years * YEAR);
        let clock = Arc::new(HandClock::at(rig.clock.now() + years * YEAR));
        sends(&rig, &root, &root, seen(VALID), &clock, true).await;
        // So does the authority in between, which is older than the certificate and outlives it.
        let between = root.under(seen((-300 * DAY, 700 * DAY)));
        sends(&rig, &root, &between, seen(VALID), &clock, true).await;
    }
    sends(&rig, &root, &root, VALID, &right, false).await;
    sends(&rig, &root, &root.under(VALID), VALID, &right, false).await;
    // Only the authority in between has run out.
    sends(&rig, &root, &root.under((-9 * YEAR, -30 * DAY)), (-60 * DAY, 60 * DAY), &right, true).await;
}

/// A phone gets its record out over such a certificate, and says whether dates were bent.
async fn sends(
    rig: &Rig,
    root: &Authority,
    by: &Authority,
    valid: Valid,
    clock: &Arc<HandClock>,
    bent: bool,
) {
    let (running, url) = serve_tls(rig, by.issue(rig.files.path(), "localhost", valid)).await;
    let (phone, id, moved) = phone(rig, &url, root.der(), clock).await;
    let report = go(&phone).await;
    assert_eq!((&report.end, report.dates_bent), (&SyncEnd::Done, bent), "{valid:?}");
    assert_eq!(report.records_sent, 1);
    assert_eq!(rig.rows().iter().filter(|r| r.entry.id == id).count(), 1);
    assert!(rig.server.places().unwrap().state(&place("62.06.13.2001/001")).unwrap().visits > 0);
    running.shutdown().await;
    // Where the dates hold again, nothing is said of them.
    let (running, url) = serve_tls(rig, root.issue(rig.files.path(), "localhost", VALID)).await;
    url.clone_into(&mut moved.to.lock().unwrap());
    let report = go(&phone).await;
    assert_eq!((&report.end, report.dates_bent), (&SyncEnd::Done, false), "{valid:?}");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_else_is_an_end_that_says_so() {
    let rig = Rig::memory(82);
    let [ours, theirs] = [LONG; 2].map(Authority::root);
    let young = (30 * YEAR, 31 * YEAR);
    let old = (-30 * YEAR, -29 * YEAR);
    // Who signed, for which name, valid when: each is wrong in more than its dates.
    let cases = [
        (&ours, "desk.example", VALID),
        (&ours, "desk.example", young),
        (&ours, "desk.example", old),
        (&theirs, "localhost", VALID),
        (&theirs, "localhost", young),
        (&theirs, "localhost", old),
        (&theirs, "desk.example", old),
        // Never valid together, at no time at all.
        (&ours.under((10 * YEAR, 12 * YEAR)), "localhost", young),
        (&ours.under((-9 * YEAR, -YEAR)), "localhost", VALID),
        (&theirs.under(VALID), "localhost", VALID),
    ];
    for (case, (by, name, valid)) in cases.into_iter().enumerate() {
        let files = by.issue(rig.files.path(), name, valid);
        let (running, url) = serve_tls(&rig, files).await;
        let clock = Arc::new(HandClock::at(rig.clock.now()));
        let (phone, id, _) = phone(&rig, &url, ours.der(), &clock).await;
        for _ in 0..2 {
            let report = go(&phone).await;
            assert!(matches!(report.end, SyncEnd::NotTrusted(_)), "case {case}: {:?}", report.end);
            assert!(!report.dates_bent && report.bytes_down == 0, "case {case}: {report:?}");
        }
        assert!(phone.status().unwrap().backoff_until.is_some(), "case {case}: it would ask on and on");
        assert_eq!(phone.unsent().unwrap().records, 1);
        assert!(rig.rows().iter().all(|r| r.entry.id != id), "case {case}: sent to a stranger");
        // Typed codes stand on TLS alone.
        let code = enrol::invite(&rig.server, 2, &url, 3600).unwrap().code;
        let outcome = phone.enrol_typed(&url, &code.handle, &code.secret).await;
        assert!(matches!(outcome, Err(Error::NotTrusted(_))), "case {case}: {outcome:?}");
        running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_enrolment_forgives_no_dates() {
    let rig = Rig::memory(83);
    let ca = Authority::root(LONG);
    let clock = Arc::new(HandClock::at(rig.clock.now()));
    for (valid, is_good) in [((YEAR, 2 * YEAR), false), ((-2 * YEAR, -YEAR), false), (VALID, true)] {
        let (running, url) = serve_tls(&rig, ca.issue(rig.files.path(), "localhost", valid)).await;
        let phone = rig.open(&clock, Arc::new(HttpTransport::with_roots(&[ca.der()]).unwrap()));
        let code = enrol::invite(&rig.server, 2, &url, 3600).unwrap().code;
        let outcome = phone.enrol_typed(&url, &code.handle, &code.secret).await;
        if is_good {
            let Ok(EnrolOutcome::Enrolled(enrolled)) = outcome else { panic!("{outcome:?}") };
            assert_eq!(enrolled.words.split_whitespace().count(), 6);
            assert_eq!(go(&phone).await.end, SyncEnd::Done);
        } else {
            assert!(matches!(outcome, Err(Error::NotTrusted(_))), "{valid:?}: {outcome:?}");
            assert_eq!(phone.status().unwrap().officer, None);
        }
        running.shutdown().await;
    }
}
