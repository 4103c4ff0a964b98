//! TLS from PEM files: rustls with ring, HTTP/1.1 only, resumption by tickets.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio_rustls::TlsAcceptor;

use pantau_log::Error;

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain, the server's own first.
    pub certificates: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// An acceptor for these files.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Error> {
    let bad = |path: &PathBuf| {
        let path = path.display().to_string();
        move |e: rustls::pki_types::pem::Error| Error::Tls(format!("{path}: {e}"))
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificates)
        .and_then(Iterator::collect)
        .map_err(bad(&files.certificates))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(bad(&files.key))?;
    let unusable = |e: rustls::Error| Error::Tls(e.to_string());
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
    Ok(TlsAcceptor::from(Arc::new(config)))
}
