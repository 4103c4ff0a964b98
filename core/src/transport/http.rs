//! HTTP/1.1 over reqwest: no redirects, no proxies of the environment, few headers, and no time limit
//! beyond the caller's budget but two that notice a dead line.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use pantau_protocol::limit::FRAME_BYTES;
use reqwest::{Client, redirect};

use super::{
    post::{Answer, BoxFuture, Post, Transport, TransportError},
    tls,
};
use crate::{error::Error, limit};

/// The transport of a real phone.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    forgiving: Client,
    strict: Client,
    bent: Arc<AtomicBool>,
}

impl HttpTransport {
    /// With the built-in roots.
    ///
    /// # Errors
    /// [`Error::Storage`] when the TLS library cannot be set up.
    pub fn new() -> Result<Self, Error> {
        Self::with_roots(&[])
    }

    /// With further root certificates (DER), for a deployment with its own authority.
    ///
    /// # Errors
    /// [`Error::NotTrusted`] for a root that cannot be read.
    pub fn with_roots(extra: &[Vec<u8>]) -> Result<Self, Error> {
        Self::with_patience(extra, limit::CONNECT, limit::STALL)
    }

    /// The same with other times until a connection counts as dead: to connect, and without a byte.
    ///
    /// # Errors
    /// As [`HttpTransport::with_roots`].
    pub fn with_patience(extra: &[Vec<u8>], connect: Duration, stall: Duration) -> Result<Self, Error> {
        let bad = |e: rustls::Error| Error::NotTrusted(e.to_string());
        let roots = tls::roots(extra).map_err(bad)?;
        let bent = Arc::new(AtomicBool::new(false));
        let client = |tls| client(tls, connect, stall);
        let forgiving = client(tls::forgiving(roots.clone(), bent.clone()).map_err(bad)?)?;
        let strict = client(tls::strict(roots).map_err(bad)?)?;
        Ok(Self { forgiving, strict, bent })
    }
}

fn client(tls: rustls::ClientConfig, connect: Duration, stall: Duration) -> Result<Client, Error> {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .http1_only()
        .connect_timeout(connect)
        .read_timeout(stall)
        .build()
        .map_err(|e| Error::Storage(e.to_string()))
}

impl Transport for HttpTransport {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let client = if post.strict_dates { &self.strict } else { &self.forgiving };
            let sent = client.post(&post.url).timeout(post.within).body(post.body).send().await;
            let mut response = sent.map_err(|e| failure(&e))?;
            let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::trim);
            let mut answer = Answer {
                status: response.status().as_u16(),
                retry_after_s: header("retry-after").and_then(|v| v.parse().ok()),
                location: header("location").map(str::to_owned),
                body: Vec::new(),
                dates_bent: self.bent.load(Ordering::Relaxed),
            };
            while let Some(chunk) = response.chunk().await.map_err(|e| failure(&e))? {
                if answer.body.len() + chunk.len() > FRAME_BYTES {
                    return Err(TransportError::Cut("answer is over the limit".to_owned()));
                }
                answer.body.extend_from_slice(&chunk);
            }
            Ok(answer)
        })
    }
}

/// What an error means for a retry. Addresses are left out of the text: it ends up in logs.
fn failure(error: &reqwest::Error) -> TransportError {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(e) = cause {
        if let Some(rustls::Error::InvalidCertificate(why)) = e.downcast_ref::<rustls::Error>() {
            return TransportError::Certificate(format!("{why:?}"));
        }
        text = e.to_string();
        // The outer io::Error hides its own cause from `source` where it wraps one.
        let inner = e.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => e.source(),
        };
    }
    if error.is_timeout() && !error.is_connect() {
        text = "timed out".to_owned();
    }
    if error.is_builder() {
        TransportError::Address(text)
    } else if error.is_connect() {
        TransportError::NotReached(text)
    } else {
        TransportError::Cut(text)
    }
}
