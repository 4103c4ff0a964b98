//! Enrolment: a code of the desk turns a fresh key into an officer's device. Single use, idempotent on
//! (handle, device key); wrong tries put the handle to sleep (design §5).

use pantau_protocol::{
    cbor,
    enrol::{Certificate, Code, EnrolOutcome, EnrolReply, EnrolRequest, Invitation, proof},
    frame::{self, BadFrame, FrameKind},
    keys::PublicKey,
    limit,
};

use crate::{
    Error, Server,
    exchange::NoAnswer,
    intake::Batch,
    registration,
    store::{self, Enrolment},
};

/// Draws of a fresh handle before giving up: half a million open codes would make one collide.
const DRAWS: usize = 64;

/// Makes a code for an officer.
///
/// # Errors
/// [`Error::NotFound`] for an officer without a grant; failures of the store.
pub fn invite(server: &Server, officer: u32, base_url: &str, valid_s: i64) -> Result<Invitation, Error> {
    if server.access()?.reference().grants(officer).is_empty() {
        return Err(Error::NotFound(format!("officer {officer} with a grant")));
    }
    let now = server.now();
    for _ in 0..DRAWS {
        let code = Code::from_random(&server.env().random()?);
        let enrolment = Enrolment {
            handle: code.handle.clone(),
            code_key: code.key(),
            officer,
            created_at: now,
            expires_at: now.saturating_add(valid_s),
            tries: 0,
            sleeps_until: 0,
            device: None,
            voided: false,
        };
        let is_new = store::write(server.store(), |tx| {
            let taken = tx.enrolment(&enrolment.handle)?;
            let is_free = taken.is_none_or(|e| e.device.is_none() && (e.voided || e.expires_at < now));
            if is_free {
                tx.put_enrolment(&enrolment)?;
            }
            Ok(is_free)
        })?;
        if is_new {
            let url = base_url.trim_end_matches('/').to_owned();
            return Ok(Invitation { url, fingerprint: server.identity().fingerprint(), code });
        }
    }
    Err(Error::Refused("no free handle: close the election or void old codes".into()))
}

/// Answers one redemption. Blocks until it is committed.
///
/// # Errors
/// [`NoAnswer`]: also for a frame whose signature does not fit, since nobody is there to be told.
pub fn answer(server: &Server, bytes: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    let parsed = frame::parse(bytes)?;
    let (FrameKind::Enrol, Some(key)) = (parsed.kind, parsed.key) else {
        return Err(BadFrame::Header.into());
    };
    let body = parsed.open(&key)?;
    let request: EnrolRequest = cbor::from_slice(&body).map_err(|_| BadFrame::Body)?;
    let redeemed = server.run(move |batch| redeem(batch, &request, &key))?;
    let reply = reply(server, &key, &redeemed)?;
    tell(server, &redeemed);
    let digest = frame::request_digest(bytes);
    let signing = server.identity().enrolment_key();
    let (kind, dictionary) = (FrameKind::EnrolReply, parsed.dictionary);
    Ok(frame::seal_reply(kind, signing, &digest, dictionary, &cbor::to_vec(&reply)))
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
fn redeem(batch: &mut Batch<'_>, request: &EnrolRequest, key: &PublicKey) -> Result<Redeemed, Error> {
    let Some(mut enrolment) = batch.tx.enrolment(&request.handle)? else {
        return Ok(ended(EnrolOutcome::WrongCode));
    };
    let device = key.device_id();
    let expected = blake3::Hash::from_bytes(proof(&enrolment.code_key, key));
    // `Hash` compares in constant time.
    let is_right = expected == blake3::Hash::from_bytes(request.proof);
    if is_right && enrolment.device == Some(device) {
        return Ok(ended(EnrolOutcome::Enrolled));
    }
    // A sleep far longer than any comes from a clock that was ahead, and is over.
    let sleep = enrolment.sleeps_until.saturating_sub(batch.now);
    if (1..=2 * limit::ENROL_SLEEP_MOST_S).contains(&sleep) {
        return Ok(asleep(sleep));
    }
    if !is_right {
        return wrong_try(batch, enrolment);
    }
    if enrolment.device.is_some() {
        return Ok(ended(EnrolOutcome::Used));
    }
    if enrolment.voided || batch.now >= enrolment.expires_at {
        return Ok(ended(EnrolOutcome::Expired));
    }
    registration::register(batch, key, enrolment.officer, None, Vec::new())?;
    enrolment.device = Some(device);
    batch.tx.put_enrolment(&enrolment)?;
    Ok(ended(EnrolOutcome::Enrolled))
}

fn wrong_try(batch: &mut Batch<'_>, mut enrolment: Enrolment) -> Result<Redeemed, Error> {
    enrolment.tries = enrolment.tries.saturating_add(1);
    let sleeps = enrolment.tries / limit::ENROL_TRIES;
    let is_awake = !enrolment.tries.is_multiple_of(limit::ENROL_TRIES);
    let doubled = limit::ENROL_SLEEP_S << sleeps.saturating_sub(1).min(16);
    let sleep = doubled.min(limit::ENROL_SLEEP_MOST_S);
    if !is_awake {
        enrolment.sleeps_until = batch.now.saturating_add(sleep);
    }
    batch.tx.put_enrolment(&enrolment)?;
    Ok(if is_awake { ended(EnrolOutcome::WrongCode) } else { asleep(sleep) })
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
        Some(admission.certificate(identity, server.now()))
    } else {
        None
    };
    Ok(EnrolReply {
        outcome: redeemed.outcome,
        server_key: identity.first_key(),
        keys: if is_in { identity.server_keys() } else { Vec::new() },
        certificate,
        epoch: server.epoch()?,
        server_time: server.now(),
        wait_s: redeemed.wait_s,
    })
}

fn tell(server: &Server, redeemed: &Redeemed) {
    let metrics = server.metrics();
    let is_in = redeemed.outcome == EnrolOutcome::Enrolled;
    if is_in {
        metrics.enrolments.add(1)
    } else {
        metrics.enrolments_refused.add(1)
    }
    tracing::info!(outcome = redeemed.outcome.name(), "enrolment");
}
