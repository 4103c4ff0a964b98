//! Enrolment: a code of the desk turns a fresh key into an officer's device. Single use, idempotent on
//! (handle, device key). Wrong tries count by source and by handle (`enrol/guard.rs`), and whoever does not hold the
//! code is answered the same, in content, length and work, whether the handle exists, sleeps, was used or not.

use std::{collections::BTreeSet, sync::PoisonError};

use pantau_protocol::{
    address, cbor,
    enrol::{Certificate, Code, EnrolOutcome, EnrolReply, EnrolRequest, Invitation, proof},
    frame::{self, BadFrame, FrameKind},
    keys::PublicKey,
};

use crate::{
    Error, Server,
    caller::Source,
    enrol_guard::{self, Guard},
    exchange::NoAnswer,
    registration,
    server::Batch,
    store::{self, Enrolment, Stored, Tx},
};

/// Draws of a fresh handle before giving up: half a million open codes would make one collide.
const DRAWS: usize = 64;
/// The row that counts tries at handles that do not exist: no code has this one, it is too short.
const NO_HANDLE: &str = "-";

/// What becomes of the codes that an officer has, when he gets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// They stay as they are.
    Stay,
    /// Those that nobody redeemed are voided: only the new one is good.
    End,
}

/// Makes a code for an officer.
///
/// # Errors
/// As [`invite_all`].
pub fn invite(server: &Server, officer: u32, base_url: &str, valid_s: i64) -> Result<Invitation, Error> {
    let made = invite_all(server, &[officer], base_url, valid_s, Earlier::Stay)?;
    made.into_iter().next().ok_or(Error::Closed)
}

/// Makes a code for each of some officers, in their order: all of them or none.
///
/// # Errors
/// [`Error::NotFound`] for an officer without a grant; [`Error::Refused`] for an address at which no phone could
/// ask, or where no handle is free; failures of the store. Then no code was made and none voided.
pub fn invite_all(
    server: &Server,
    officers: &[u32],
    base_url: &str,
    valid_s: i64,
    earlier: Earlier,
) -> Result<Vec<Invitation>, Error> {
    let access = server.access()?;
    if let Some(officer) = officers.iter().find(|officer| access.reference().grants(**officer).is_empty()) {
        return Err(Error::NotFound(format!("officer {officer} with a grant")));
    }
    let url = address::read(base_url).map_err(|e| Error::Refused(format!("address of the server: {e}")))?;
    let now = server.now();
    let draw = || Ok::<_, Error>(Code::from_random(&server.env().random()?));
    let mut codes = officers.iter().map(|_| draw()).collect::<Result<Vec<Code>, Error>>()?;
    for _ in 0..DRAWS {
        let taken = store::write(server.store(), |tx| {
            let (mut handles, mut taken) = (BTreeSet::new(), Vec::new());
            for (index, code) in codes.iter().enumerate() {
                let held = tx.enrolment(&code.handle)?;
                let is_free = held.is_none_or(|e| e.device.is_none() && (e.voided || e.expires_at < now));
                if !is_free || !handles.insert(&code.handle) {
                    taken.push(index);
                }
            }
            if !taken.is_empty() {
                return Ok(taken);
            }
            if earlier == Earlier::End {
                void_in(tx, &officers.iter().copied().collect())?;
            }
            for (officer, code) in officers.iter().zip(&codes) {
                tx.put_enrolment(&Enrolment {
                    handle: code.handle.clone(),
                    code_key: code.key(),
                    officer: *officer,
                    created_at: now,
                    expires_at: now.saturating_add(valid_s),
                    tries: 0,
                    sleeps_until: 0,
                    device: None,
                    voided: false,
                })?;
            }
            Ok(taken)
        })?;
        if taken.is_empty() {
            let fingerprint = server.identity().fingerprint();
            let made = codes.into_iter().map(|code| Invitation { url: url.clone(), fingerprint, code });
            return Ok(made.collect());
        }
        for index in taken {
            if let Some(code) = codes.get_mut(index) {
                *code = draw()?;
            }
        }
    }
    Err(Error::Refused("no free handle: close the election or void old codes".into()))
}

/// Voids the codes of these officers that nobody redeemed. Returns how many.
///
/// # Errors
/// Failures of the store.
pub fn void_codes(server: &Server, officers: &BTreeSet<u32>) -> Result<usize, Error> {
    if officers.is_empty() {
        return Ok(0);
    }
    Ok(store::write(server.store(), |tx| void_in(tx, officers))?)
}

/// The same in a transaction.
fn void_in(tx: &mut (impl Tx + ?Sized), officers: &BTreeSet<u32>) -> Stored<usize> {
    let all = tx.desk_enrolments()?;
    let open = all.into_iter().filter(|e| officers.contains(&e.officer) && e.device.is_none() && !e.voided);
    let mut voided = 0;
    for enrolment in open {
        tx.put_enrolment(&Enrolment { voided: true, ..enrolment })?;
        voided += 1;
    }
    Ok(voided)
}

/// Answers one redemption of a caller in this process; see [`answer_to`].
///
/// # Errors
/// As [`answer_to`].
pub fn answer(server: &Server, bytes: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    answer_to(server, Source::LOCAL, bytes)
}

/// Answers one redemption from somewhere. Blocks until it is committed.
///
/// # Errors
/// [`NoAnswer`]: also for a frame whose signature does not fit, since nobody is there to be told.
pub fn answer_to(server: &Server, source: Source, bytes: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    let parsed = frame::parse(bytes)?;
    let (FrameKind::Enrol, Some(key)) = (parsed.kind, parsed.key) else {
        return Err(BadFrame::Header.into());
    };
    let body = parsed.open(&key)?;
    let request: EnrolRequest = cbor::from_slice(&body).map_err(|_| BadFrame::Body)?;
    let redeemed = server.run(move |batch| redeem(batch, &request, &key, source))?;
    let reply = reply(server, &key, &redeemed)?;
    tell(server, source, &redeemed);
    let request_hash = frame::request_hash(bytes);
    let signing = server.identity().enrolment_key();
    let (kind, dictionary) = (FrameKind::EnrolReply, parsed.dictionary);
    Ok(frame::seal_reply(kind, signing, &request_hash, dictionary, &cbor::to_vec(&reply)))
}

/// How a redemption ended.
struct Redeemed {
    outcome: EnrolOutcome,
    wait_s: u32,
}

fn ended(outcome: EnrolOutcome) -> Redeemed {
    Redeemed { outcome, wait_s: 0 }
}

/// Judges a redemption and, if it is good, registers the device in the same transaction: of two phones
/// that race, the second finds the first.
fn redeem(
    batch: &mut Batch<'_>,
    request: &EnrolRequest,
    key: &PublicKey,
    source: Source,
) -> Result<Redeemed, Error> {
    let known = batch.tx.enrolment(&request.handle)?.filter(|e| e.handle != NO_HANDLE);
    let device = key.device_id();
    // A handle that does not exist is compared, too: with a key that no code has.
    let code_key = known.as_ref().map_or([0; 32], |e| e.code_key);
    let expected = blake3::Hash::from_bytes(proof(&code_key, key));
    // `Hash` compares in constant time.
    let is_right = expected == blake3::Hash::from_bytes(request.proof) && known.is_some();
    if is_right && known.as_ref().is_some_and(|e| e.device == Some(device)) {
        return Ok(ended(EnrolOutcome::Enrolled));
    }
    let wait = guard(batch).wait(&request.handle, source, batch.now);
    if wait > 0 {
        return Ok(asleep(wait));
    }
    let is_judged = known.as_ref().is_some_and(|e| enrol_guard::may_be_judged(e, batch.now));
    match known {
        Some(enrolment) if is_judged && is_right => redeem_right(batch, enrolment, key),
        known => wrong_try(batch, known, is_judged, &request.handle, source),
    }
}

/// The secret is right: whoever proves it may hear what became of the code.
fn redeem_right(batch: &mut Batch<'_>, mut enrolment: Enrolment, key: &PublicKey) -> Result<Redeemed, Error> {
    if enrolment.device.is_some() {
        return Ok(ended(EnrolOutcome::Used));
    }
    if enrolment.voided || batch.now >= enrolment.expires_at {
        return Ok(ended(EnrolOutcome::Expired));
    }
    registration::register(batch, key, enrolment.officer, None, Vec::new())?;
    enrolment.device = Some(key.device_id());
    batch.tx.put_enrolment(&enrolment)?;
    Ok(ended(EnrolOutcome::Enrolled))
}

/// Counts a try that was wrong or not judged. A row is written in any case: one that is not would tell by the
/// time it takes that there is no such handle. After a failure of the transaction the work may run again and
/// the source is counted twice, which errs on the safe side.
fn wrong_try(
    batch: &mut Batch<'_>,
    known: Option<Enrolment>,
    is_judged: bool,
    handle: &str,
    source: Source,
) -> Result<Redeemed, Error> {
    let mut row = match known {
        Some(enrolment) => enrolment,
        None => batch.tx.enrolment(NO_HANDLE)?.unwrap_or_else(no_handle),
    };
    if is_judged || row.handle == NO_HANDLE {
        row.tries = row.tries.saturating_add(1);
    }
    batch.tx.put_enrolment(&row)?;
    let wait = guard(batch).count(handle, source, batch.now);
    Ok(if wait > 0 { asleep(wait) } else { ended(EnrolOutcome::WrongCode) })
}

fn no_handle() -> Enrolment {
    Enrolment {
        handle: NO_HANDLE.to_owned(),
        code_key: [0; 32],
        officer: 0,
        created_at: 0,
        expires_at: 0,
        tries: 0,
        sleeps_until: 0,
        device: None,
        voided: true,
    }
}

/// The wrong tries so far. Nothing in them is ever half changed, so a panic elsewhere does not spoil them.
fn guard<'a>(batch: &Batch<'a>) -> std::sync::MutexGuard<'a, Guard> {
    batch.shared.enrol_guard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn asleep(seconds: i64) -> Redeemed {
    Redeemed { outcome: EnrolOutcome::Asleep, wait_s: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

fn reply(server: &Server, key: &PublicKey, redeemed: &Redeemed) -> Result<EnrolReply, Error> {
    let identity = server.identity();
    let is_in = redeemed.outcome == EnrolOutcome::Enrolled;
    let certificate: Option<Certificate> = if is_in {
        let admission = server.admission(&key.device_id())?;
        let admission = admission.ok_or_else(|| Error::NotFound("the device just enrolled".into()))?;
        Some(admission.certificate(identity, server.vouched_now()?))
    } else {
        None
    };
    Ok(EnrolReply {
        outcome: redeemed.outcome,
        server_key: identity.first_key(),
        keys: if is_in { identity.server_keys() } else { Vec::new() },
        certificate,
        epoch: server.epoch()?,
        server_time: server.vouched_now()?,
        wait_s: redeemed.wait_s,
    })
}

fn tell(server: &Server, source: Source, redeemed: &Redeemed) {
    let metrics = server.metrics();
    let is_in = redeemed.outcome == EnrolOutcome::Enrolled;
    if is_in {
        metrics.enrolments.add(1)
    } else {
        metrics.enrolments_refused.add(1)
    }
    tracing::info!(outcome = redeemed.outcome.name(), %source, "enrolment");
}
