//! Enrolment: a code of the desk turns a fresh key into an officer's device.

use pantau_protocol::{
    body::{KeyState, KeyUse},
    cbor,
    enrol::{self, CertifiedGrant, Code, EnrolReply, EnrolRequest, Invitation},
    frame::{self, FrameKind, Sender},
    keys::{self, Fingerprint, PublicKey, SecretKey},
};
use rusqlite::Connection;

use crate::{
    env::Env,
    error::Error,
    identity::{self, JournalState},
    limit,
    store::{
        Db,
        setting::{self, get, set},
    },
    transport::{Post, TransportError},
};

/// How a redemption ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrolOutcome {
    /// Enrolled, now or before with the same code.
    Enrolled(Enrolled),
    /// Handle or secret is wrong.
    WrongCode,
    /// Too many wrong tries.
    Asleep {
        /// Seconds until the handle wakes.
        wait_s: u32,
    },
    /// Another phone redeemed it.
    Used,
    /// Past its validity, or voided by a restore.
    Expired,
    /// An answer of a newer server.
    Other(u32),
}

/// What the phone became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Number of the officer.
    pub officer: u32,
    /// Roles and scopes.
    pub grants: Vec<CertifiedGrant>,
    /// Six words over both keys, to be compared by voice at a typed enrolment.
    pub words: String,
}

/// By QR code: the server's key is pinned by its fingerprint, so plain HTTP will do.
pub(crate) async fn by_qr(db: &Db, env: &Env, invitation: &Invitation) -> Result<EnrolOutcome, Error> {
    redeem(db, env, &invitation.url, &invitation.code, Some(invitation.fingerprint)).await
}

/// By typing: nothing pins the server's key but TLS.
pub(crate) async fn typed(
    db: &Db,
    env: &Env,
    url: &str,
    handle: &str,
    secret: &str,
) -> Result<EnrolOutcome, Error> {
    if !url.starts_with("https://") {
        return Err(Error::NotTrusted("a typed code needs an https address".into()));
    }
    let code = Code::typed(handle, secret)
        .map_err(|_| Error::field("code", pantau_protocol::validate::Problem::Contradiction))?;
    redeem(db, env, url.trim_end_matches('/'), &code, None).await
}

/// The key is stored before it is used: a lost reply costs nothing, the same key redeems again.
async fn redeem(
    db: &Db,
    env: &Env,
    url: &str,
    code: &Code,
    pinned: Option<Fingerprint>,
) -> Result<EnrolOutcome, Error> {
    let journal = db.write(|tx| identity::newest_or_first(tx, &*env.entropy))?;
    let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&journal.key.public()) };
    let body = cbor::to_vec(&request);
    let frame = frame::seal(FrameKind::Enrol, &journal.key, Sender::Introduced, None, 1, &body);
    let digest = frame::request_digest(&frame);
    let post = Post {
        url: format!("{url}/v1/enrol"),
        body: frame,
        within: limit::ENROL,
        strict_dates: pinned.is_none(),
    };
    let answer = env.transport.post(post).await.map_err(|e| match e {
        TransportError::Certificate(e) => Error::NotTrusted(e),
        TransportError::NotReached(e) | TransportError::Cut(e) => Error::Offline(e),
    })?;
    let reply = open(&answer.body, &digest, pinned)?;
    match reply.outcome {
        enrol::EnrolOutcome::Enrolled => {
            db.write(|tx| keep(tx, url, &reply, &journal.key).map(EnrolOutcome::Enrolled))
        }
        enrol::EnrolOutcome::WrongCode => Ok(EnrolOutcome::WrongCode),
        enrol::EnrolOutcome::Asleep => Ok(EnrolOutcome::Asleep { wait_s: reply.wait_s }),
        enrol::EnrolOutcome::Used => Ok(EnrolOutcome::Used),
        enrol::EnrolOutcome::Expired => Ok(EnrolOutcome::Expired),
        enrol::EnrolOutcome::Other(n) => Ok(EnrolOutcome::Other(n)),
    }
}

/// Opens the reply under the key in its header, which must be the pinned one.
fn open(bytes: &[u8], digest: &[u8; 32], pinned: Option<Fingerprint>) -> Result<EnrolReply, Error> {
    let strange = |e: frame::BadFrame| Error::Offline(e.to_string());
    let parsed = frame::parse(bytes).map_err(strange)?;
    let (FrameKind::EnrolReply, Some(key)) = (parsed.kind, parsed.key) else {
        return Err(strange(frame::BadFrame::Header));
    };
    if pinned.is_some_and(|p| p != key.fingerprint()) {
        return Err(Error::NotTrusted("the server has another key than the code says".into()));
    }
    let body = parsed.open_reply(&[key], digest).map_err(strange)?;
    let reply: EnrolReply = cbor::from_slice(&body).map_err(|e| Error::Offline(e.to_string()))?;
    if reply.server_key != key {
        return Err(Error::NotTrusted("the reply names another key than it is signed with".into()));
    }
    Ok(reply)
}

fn keep(c: &Connection, url: &str, reply: &EnrolReply, key: &SecretKey) -> Result<Enrolled, Error> {
    let certificate = reply
        .certificate
        .as_ref()
        .filter(|c| c.device_key == key.public() && c.verify(&[reply.server_key]))
        .ok_or_else(|| Error::NotTrusted("the certificate does not fit".into()))?;
    if get(c, &setting::SERVER_KEY)?.is_some_and(|known| known != reply.server_key) {
        return Err(Error::OtherServer);
    }
    let signing = |k: &pantau_protocol::body::ServerKey| {
        (k.used_for == KeyUse::Signing && k.state == KeyState::Active).then_some(PublicKey(k.public_key))
    };
    let mut server_keys = vec![reply.server_key];
    server_keys.extend(reply.keys.iter().filter_map(signing).filter(|k| *k != reply.server_key));
    set(c, &setting::URL, &url.to_owned())?;
    set(c, &setting::SERVER_KEY, &reply.server_key)?;
    set(c, &setting::SERVER_KEYS, &server_keys)?;
    set(c, &setting::CERTIFICATE, certificate)?;
    if let Some(journal) = identity::newest(c)?.filter(|j| j.state == JournalState::Fresh) {
        identity::accepted(c, journal.number)?;
    }
    Ok(Enrolled {
        officer: certificate.officer,
        grants: certificate.grants.clone(),
        words: keys::words(&reply.server_key, &key.public()),
    })
}
