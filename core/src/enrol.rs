//! Enrolment: a code of the desk turns a fresh key into an officer's device.

use pantau_protocol::{
    address,
    body::{self, KeyState, KeyUse},
    cbor,
    enrol::{self, CertifiedGrant, Code, EnrolReply, EnrolRequest, Invitation},
    frame::{self, FrameKind, Sender},
    keys::{self, Fingerprint, PublicKey, SecretKey},
    validate::Problem,
};
use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::{
    env::Env,
    error::Error,
    identity, limit,
    repeat::repeat,
    store::{
        Db,
        setting::{self, Candidate, get, set},
    },
    sync::backoff,
    transport::{Answer, Failure, Post, no_reply},
    vault::Vault,
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
    /// Records of a store whose key was lost that are to be sent again: see [`crate::Phone::move_aside`].
    pub repeated: u64,
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
    let url = address::read(url).map_err(|_| Error::field("address", Problem::Contradiction))?;
    if !url.starts_with("https://") {
        return Err(Error::NotTrusted("a typed code needs an https address".into()));
    }
    let code = Code::typed(handle, secret).map_err(|_| Error::field("code", Problem::Contradiction))?;
    redeem(db, env, &url, &code, None).await
}

/// The key is stored before it is used: a lost reply costs nothing, the same key redeems again.
async fn redeem(
    db: &Db,
    env: &Env,
    url: &str,
    code: &Code,
    pinned: Option<Fingerprint>,
) -> Result<EnrolOutcome, Error> {
    let seed = db.write(|tx| candidate(tx, db.vault(), env, &code.handle))?;
    let key = SecretKey::from_seed(&seed);
    let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&key.public()) };
    let body = cbor::to_vec(&request);
    let frame = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, frame::DICTIONARY, &body);
    let request_hash = frame::request_hash(&frame);
    let post = Post {
        url: format!("{url}/v1/enrol"),
        body: frame,
        within: limit::ENROL,
        strict_dates: pinned.is_none(),
    };
    let answer = env.transport.post(post).await.map_err(|e| match Failure::from(e) {
        Failure::Stranger(e) => Error::NotTrusted(e),
        Failure::NoContact(e) => Error::Offline(e),
    })?;
    let reply = open(&answer, url, &request_hash, pinned)?;
    match reply.outcome {
        enrol::EnrolOutcome::Enrolled => {
            let mut enrolled = db.write(|tx| keep(tx, db.vault(), url, &reply, &seed))?;
            // What fails now is done at the next open; the phone is enrolled.
            enrolled.repeated = repeat(db, env).unwrap_or(0);
            Ok(EnrolOutcome::Enrolled(enrolled))
        }
        enrol::EnrolOutcome::WrongCode => Ok(EnrolOutcome::WrongCode),
        enrol::EnrolOutcome::Asleep => Ok(EnrolOutcome::Asleep { wait_s: reply.wait_s }),
        enrol::EnrolOutcome::Used => Ok(EnrolOutcome::Used),
        enrol::EnrolOutcome::Expired => Ok(EnrolOutcome::Expired),
        enrol::EnrolOutcome::Other(n) => Ok(EnrolOutcome::Other(n)),
    }
}

/// Opens the reply under the key in its header, which must be the pinned one.
fn open(
    answer: &Answer,
    url: &str,
    request_hash: &[u8; 32],
    pinned: Option<Fingerprint>,
) -> Result<EnrolReply, Error> {
    let strange = |e: frame::BadFrame| Error::Offline(no_reply(url, answer, &e));
    let parsed = frame::parse(&answer.body).map_err(strange)?;
    let (FrameKind::EnrolReply, Some(key)) = (parsed.kind, parsed.key) else {
        return Err(strange(frame::BadFrame::Header));
    };
    if pinned.is_some_and(|p| p != key.fingerprint()) {
        return Err(Error::NotTrusted("the server has another key than the code says".into()));
    }
    let body = parsed.open_reply(&[key], request_hash).map_err(strange)?;
    let reply: EnrolReply = cbor::from_slice(&body).map_err(|_| strange(frame::BadFrame::Body))?;
    if reply.server_key != key {
        return Err(Error::NotTrusted("the reply names another key than it is signed with".into()));
    }
    Ok(reply)
}

/// Seed of the key for this code: the one made before if the code was tried before.
fn candidate(c: &Connection, vault: &Vault, env: &Env, handle: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    if let Some(known) = get(c, &setting::CANDIDATE)?.filter(|k| k.handle == handle) {
        return vault.open(&known.place(), &known.seed);
    }
    let mut seed = Zeroizing::new([0; 32]);
    env.entropy.fill(&mut *seed)?;
    let mut candidate = Candidate { handle: handle.to_owned(), seed: Vec::new() };
    candidate.seed = vault.seal(&candidate.place(), &seed)?;
    set(c, &setting::CANDIDATE, &candidate)?;
    Ok(seed)
}

/// Keeps what the server said: its keys, the certificate, and the candidate as the open journal.
fn keep(
    c: &Connection,
    vault: &Vault,
    url: &str,
    reply: &EnrolReply,
    seed: &[u8; 32],
) -> Result<Enrolled, Error> {
    if get(c, &setting::SERVER_KEY)?.is_some_and(|known| known != reply.server_key) {
        return Err(Error::OtherServer);
    }
    let key = SecretKey::from_seed(seed).public();
    // The frame was signed with the first key; the others are what it vouches for.
    let signing = |k: &body::ServerKey| {
        (k.used_for == KeyUse::Signing && k.state == KeyState::Active).then_some(PublicKey(k.public_key))
    };
    let mut server_keys: Vec<PublicKey> = reply.keys.iter().filter_map(signing).collect();
    if server_keys.is_empty() {
        server_keys.push(reply.server_key);
    }
    let certificate = reply
        .certificate
        .as_ref()
        .filter(|c| c.device_key == key && c.verify(&server_keys))
        .ok_or_else(|| Error::NotTrusted("the certificate does not fit".into()))?;
    set(c, &setting::URL, &url.to_owned())?;
    setting::clear(c, &setting::NEXT_URL)?;
    set(c, &setting::SERVER_KEY, &reply.server_key)?;
    set(c, &setting::SERVER_KEYS, &server_keys)?;
    identity::keep_evidence(c)?;
    set(c, &setting::REVOKED, &false)?;
    identity::enrolled(c, vault, seed, certificate)?;
    // What was read is of another scope. Without a cursor the server sends the certificate that goes with the next
    // page, even if by then the officer has again the scope that was read.
    if get(c, &setting::SCOPE)?.is_some_and(|read| read != certificate.scope().digest()) {
        setting::clear(c, &setting::SCOPE)?;
        // What is to be known of the new scope is not here yet: it bars no capture.
        set(c, &setting::PULLED, &false)?;
    }
    backoff::forget(c)?;
    Ok(Enrolled {
        officer: certificate.officer,
        grants: certificate.grants.clone(),
        words: keys::words(&reply.server_key, &key),
        repeated: 0,
    })
}
