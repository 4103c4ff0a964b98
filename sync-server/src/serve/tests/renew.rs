//! Certificates that are renewed while the server runs.

use std::{path::Path, sync::Arc};

use pantau_log::{health::Trouble, rig::NOW};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;

use super::*;
use crate::limit::CERTIFICATE_DAYS;

const DAY: i64 = 86_400;

/// A certificate for `localhost`, signed by itself and valid until then.
struct Made {
    certificate: CertificateDer<'static>,
    pem: String,
    key: String,
}

fn made(until: i64) -> Made {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let at = |at: i64| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(at.cast_unsigned());
    (params.not_before, params.not_after) = (at(NOW - DAY), at(until));
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Made { certificate: certificate.der().clone(), pem: certificate.pem(), key: key.serialize_pem() }
}

fn files(dir: &Path) -> TlsFiles {
    TlsFiles { certificates: dir.join("chain.pem"), key: dir.join("key.pem") }
}

/// Puts new files in place of the old ones, as programs that renew do.
fn put(files: &TlsFiles, certificate: &str, key: &str) {
    for (path, text) in [(&files.key, key), (&files.certificates, certificate)] {
        let new = path.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, path).unwrap();
    }
}

/// Whether a client that trusts this certificate alone gets through. It believes in the time of the tests.
async fn presents(running: &Running, made: &Made) -> bool {
    #[derive(Debug)]
    struct Then;
    impl rustls::time_provider::TimeProvider for Then {
        fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
            Some(rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(NOW.cast_unsigned())))
        }
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_details(provider, Arc::new(Then))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(running.addr().unwrap()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    connector.connect("localhost".try_into().unwrap(), stream).await.is_ok()
}

fn told(rig: &Rig) -> Option<String> {
    let troubles = rig.server.health().troubles();
    troubles.into_iter().find(|(t, _)| *t == Trouble::Certificate).map(|(_, details)| details)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_taken_up_and_a_bad_one_changes_nothing() {
    let (rig, dir) = (Rig::memory(), tempfile::tempdir().unwrap());
    let files = files(dir.path());
    let [old, new, newest] = [90, 91, 92].map(|days| made(NOW + days * DAY));
    put(&files, &old.pem, &old.key);
    let config =
        ServeConfig { tls: Some(files.clone()), poll: Duration::from_millis(5), ..ServeConfig::default() };
    let running = running(&rig, config).await;
    assert!(presents(&running, &old).await && !presents(&running, &new).await);
    assert_eq!(told(&rig), None);

    put(&files, &new.pem, &new.key);
    // The files are watched: nobody says anything.
    while !presents(&running, &new).await {}
    assert!(!presents(&running, &old).await);

    for (certificate, key) in [("no certificate", &new.key), (&newest.pem, &new.key)] {
        put(&files, certificate, key);
        running.renew_certificates();
        let details = told(&rig).unwrap();
        assert!(
            details.contains("the old one is") && details.contains(dir.path().to_str().unwrap()),
            "{details}"
        );
        assert!(presents(&running, &new).await, "{details}");
    }
    std::fs::remove_file(&files.certificates).unwrap();
    running.renew_certificates();
    assert!(told(&rig).is_some() && presents(&running, &new).await);

    put(&files, &newest.pem, &newest.key);
    running.renew_certificates();
    assert!(presents(&running, &newest).await);
    assert_eq!(told(&rig), None, "and all is well again");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_ends_soon_is_told_of() {
    let (rig, dir) = (Rig::memory(), tempfile::tempdir().unwrap());
    let files = files(dir.path());
    let soon = made(NOW + CERTIFICATE_DAYS * DAY + 60);
    put(&files, &soon.pem, &soon.key);
    let running = running(&rig, ServeConfig { tls: Some(files.clone()), ..ServeConfig::default() }).await;
    let days_left = || {
        let text = rig.server.metrics().render();
        let line = text.lines().find_map(|l| l.strip_prefix("pantau_certificate_days_left "));
        line.map(|n| n.parse::<i64>().unwrap())
    };
    assert_eq!((told(&rig), days_left()), (None, Some(CERTIFICATE_DAYS)));
    rig.clock.pass(DAY);
    running.renew_certificates();
    let details = told(&rig).unwrap();
    assert!(details.contains("valid for 20 more days"), "{details}");
    assert!(rig.server.health().is_fit(), "it works as long as it is valid");
    rig.clock.pass(CERTIFICATE_DAYS * DAY);
    running.renew_certificates();
    assert!(told(&rig).unwrap().contains("no longer valid"), "{:?}", told(&rig));
    assert_eq!(days_left(), Some(-1));
    let new = made(NOW + 200 * DAY);
    put(&files, &new.pem, &new.key);
    running.renew_certificates();
    assert_eq!(told(&rig), None);
    running.shutdown().await;
    let plain = Rig::memory();
    assert!(
        !plain.server.metrics().render().contains("certificate_days"),
        "without TLS there is nothing to say"
    );
}
