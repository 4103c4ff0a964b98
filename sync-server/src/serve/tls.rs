//! TLS from PEM files: rustls with ring, HTTP/1.1 only, resumption by tickets. The files are read again when they
//! change, or when somebody asks for it; connections that are open keep what they began with.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::limit;
use pantau_log::{Error, Server, health::Trouble};

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain, the server's own first.
    pub certificates: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// What connections are opened with, and the files it came from.
#[derive(Debug)]
pub(super) struct Certificates {
    files: TlsFiles,
    current: RwLock<Current>,
    /// The files as they were when they were last read, whether or not they could be used.
    seen: Mutex<Seen>,
    /// Why what the files hold now is not used.
    refused: Mutex<Option<String>>,
}

#[derive(Debug, Clone)]
struct Current {
    config: Arc<ServerConfig>,
    /// Until when the certificate is valid, unix seconds.
    not_after: i64,
}

/// What tells a file that was replaced or written from the one before.
type Seen = [Option<(SystemTime, u64, u64)>; 2];

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error::Tls`] for files that cannot be used.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, Error> {
        let seen = look(files);
        Ok(Self {
            files: files.clone(),
            current: RwLock::new(read(files)?),
            seen: Mutex::new(seen),
            refused: Mutex::default(),
        })
    }

    /// For the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current().config)
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up what the files hold now if they changed since, or in any case where somebody `asked`. New ones that
    /// cannot be used change nothing: the old certificate is better than none, and the server's health says so.
    pub(super) fn renew(&self, server: &Server, asked: bool) {
        {
            let now = look(&self.files);
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now && !asked {
                drop(seen);
                return self.tell(server);
            }
            *seen = now;
        }
        let refused = match read(&self.files) {
            Ok(new) => {
                tracing::info!(file = %self.files.certificates.display(), "the certificate was read again");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
                None
            }
            Err(error) => Some(format!("the new certificate is not used, the old one is: {error}")),
        };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        self.tell(server);
    }

    /// Says in health and metrics how long the certificate is valid, and what is wrong with a new one.
    pub(super) fn tell(&self, server: &Server) {
        let left_s = self.current().not_after.saturating_sub(server.now());
        let days = left_s.div_euclid(86_400);
        server.metrics().certificate_days.set(days);
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let file = self.files.certificates.display();
        let expires = match days {
            ..0 => Some(format!("the certificate in {file} is no longer valid")),
            0..limit::CERTIFICATE_DAYS => {
                Some(format!("the certificate in {file} is valid for {days} more days"))
            }
            _ => None,
        };
        let details: Vec<String> = expires.into_iter().chain(refused).collect();
        if details.is_empty() {
            server.health().clear(Trouble::Certificate);
        } else {
            server.health().raise(Trouble::Certificate, details.join("; "));
        }
    }
}

fn look(files: &TlsFiles) -> Seen {
    use std::os::unix::fs::MetadataExt as _;
    [&files.certificates, &files.key].map(|path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len(), found.ino()))
    })
}

fn read(files: &TlsFiles) -> Result<Current, Error> {
    let bad = |path: &Path| {
        let path = path.display().to_string();
        move |e: rustls::pki_types::pem::Error| Error::Tls(format!("{path}: {e}"))
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificates)
        .and_then(Iterator::collect)
        .map_err(bad(&files.certificates))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(bad(&files.key))?;
    let not_after = not_after(&certificates)
        .ok_or_else(|| Error::Tls(format!("{}: no certificate in it", files.certificates.display())))?;
    let unusable = |e: rustls::Error| Error::Tls(format!("{}: {e}", files.key.display()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed handshake costs a phone 1 KB less; one ticket is enough for one connection at a time.
    config.ticketer = ring::Ticketer::new().map_err(unusable)?;
    config.send_tls13_tickets = 1;
    Ok(Current { config: Arc::new(config), not_after })
}

/// The first end of validity in the chain, unix seconds.
fn not_after(certificates: &[CertificateDer<'_>]) -> Option<i64> {
    let ends = certificates.iter().map(|der| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(certificate.validity().not_after.timestamp())
    });
    ends.collect::<Option<Vec<i64>>>()?.into_iter().min()
}
