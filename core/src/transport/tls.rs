//! TLS with the Mozilla roots built in. Chain and name must verify. If dates are the only fault, the
//! certificate is judged at its own time and the sync is flagged (docs/adr/0011-tls-forgives-dates.md): a phone whose clock stands at
//! 1970 must get its records out, and authenticity rests on the pinned server key, not on the carrier.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Certificates of a chain whose dates may be at fault one after another.
const DATE_FAULTS: usize = 4;

/// Roots: Mozilla's, and those a deployment adds.
pub(super) fn roots(extra: &[Vec<u8>]) -> Result<Arc<RootCertStore>, Error> {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for der in extra {
        store.add(CertificateDer::from(der.clone()))?;
    }
    Ok(Arc::new(store))
}

/// A client whose dates must hold.
pub(super) fn strict(roots: Arc<RootCertStore>) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// A client that forgives dates and says so in `bent`.
pub(super) fn forgiving(roots: Arc<RootCertStore>, bent: Arc<AtomicBool>) -> Result<ClientConfig, Error> {
    let inner = WebPkiServerVerifier::builder_with_provider(roots, provider())
        .build()
        .map_err(|e| Error::General(e.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let verifier = Arc::new(ForgivingDates { inner, bent });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[derive(Debug)]
struct ForgivingDates {
    inner: Arc<WebPkiServerVerifier>,
    bent: Arc<AtomicBool>,
}

impl ServerCertVerifier for ForgivingDates {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify =
            |at| self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at);
        let mut verdict = verify(now);
        for fault in 0..DATE_FAULTS {
            let own_time = match &verdict {
                Err(Error::InvalidCertificate(CertificateError::NotValidYetContext {
                    not_before, ..
                })) => *not_before,
                Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                    *not_after
                }
                Ok(_) | Err(_) => {
                    self.bent.store(fault > 0 && verdict.is_ok(), Ordering::Relaxed);
                    return verdict;
                }
            };
            verdict = verify(own_time);
        }
        self.bent.store(verdict.is_ok(), Ordering::Relaxed);
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
