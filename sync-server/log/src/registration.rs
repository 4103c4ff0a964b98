//! Devices into the log: redeemed codes, successors and devices that come back with their certificate.
//! Each is a `Device` record of the desk's journal.

use pantau_protocol::{
    body::{Body, Device, Grant, Revoke},
    enrol::Certificate,
    exchange::Succession,
    journal::DeviceId,
    keys::PublicKey,
    limit,
    place::{Place, Scope},
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
    server::Batch,
};

/// Registers a device of an officer inside a transaction; does nothing if it is registered already.
pub(crate) fn register(
    batch: &mut Batch<'_>,
    key: &PublicKey,
    officer: u32,
    predecessor: Option<DeviceId>,
    extra: Vec<NewDeskRecord>,
) -> Result<(), Error> {
    register_since(batch, (key, batch.now), officer, predecessor, extra)
}

/// As [`register`], for a key that was an officer's device from that time on, unix seconds.
fn register_since(
    batch: &mut Batch<'_>,
    (key, at): (&PublicKey, i64),
    officer: u32,
    predecessor: Option<DeviceId>,
    extra: Vec<NewDeskRecord>,
) -> Result<(), Error> {
    let device = key.device_id();
    if is_registered(batch, &device)? {
        return Ok(());
    }
    let granted = batch.shared.access()?.reference().grants_ever(officer);
    let places = granted.into_iter().map(|g| g.place).chain(extra.iter().map(|r| r.place.clone()));
    let regions = Scope::new(places).roots().to_vec();
    let place = match regions.first() {
        Some(place) => place.clone(),
        None => desk_place(batch)?,
    };
    let body = Body::Device(Device { device, public_key: key.0, officer, predecessor, regions });
    let mut records = extra;
    records.push(NewDeskRecord::new(at, place, body));
    author::append_in(batch, &records)?;
    batch.registered.insert(device, predecessor);
    Ok(())
}

fn is_registered(batch: &Batch<'_>, device: &DeviceId) -> Result<bool, Error> {
    Ok(batch.registered.contains_key(device) || batch.shared.access()?.reference().device(device).is_some())
}

/// The first region of the desk's own grants: where records go that have no better place.
pub(crate) fn desk_place(batch: &Batch<'_>) -> Result<Place, Error> {
    let grants = batch.shared.access()?.reference().grants_ever(author::DESK_OFFICER);
    let first = grants.into_iter().next().map(|g| g.place);
    first.ok_or_else(|| Error::Refused("the desk has no region: initialise the server first".into()))
}

/// What became of a succession.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Succeeded {
    /// The successor is registered.
    Registered,
    /// The device it follows is not known, or did not sign for it.
    Unknown,
    /// The device it follows is not trusted, or has had as many successors as there may be: nothing was
    /// written. Its phone must be enrolled anew.
    Refused,
}

/// Registers the successor of a known device, signed for by both keys. Every neighbour reads such a
/// registration, so an enrolment brings forth only so many.
///
/// # Errors
/// Failures of the store.
pub(crate) fn succeed(server: &Server, key: PublicKey, succession: &Succession) -> Result<Succeeded, Error> {
    let Some(before) = server.admission(&succession.predecessor)? else { return Ok(Succeeded::Unknown) };
    if !succession.verify(&before.key, &key) || before.officer == author::DESK_OFFICER {
        return Ok(Succeeded::Unknown);
    }
    let (officer, predecessor) = (before.officer, succession.predecessor);
    // Inside the transaction: a revocation, or another successor, may be in the same batch.
    let succeeded = server.run(move |batch| {
        if !may_be_followed(batch, &predecessor)? {
            return Ok(Succeeded::Refused);
        }
        register(batch, &key, officer, Some(predecessor), Vec::new())?;
        Ok(Succeeded::Registered)
    })?;
    match succeeded {
        Succeeded::Refused => tracing::warn!(%predecessor, "a successor was refused"),
        _ => tracing::info!(device = %key.device_id(), %predecessor, "a device follows another"),
    }
    Ok(succeeded)
}

/// Whether a device is trusted and its enrolment has brought forth fewer devices than it may.
fn may_be_followed(batch: &Batch<'_>, device: &DeviceId) -> Result<bool, Error> {
    let access = batch.shared.access()?;
    let reference = access.reference();
    let Some(family) = reference.family(device).filter(|_| !reference.is_revoked(device)) else {
        return Ok(false);
    };
    let follows = |before: &&Option<DeviceId>| before.is_some_and(|before| family.contains(&before));
    let just_now = batch.registered.values().filter(follows).count();
    // The enrolled device itself is one of the family and no successor.
    Ok(family.len() - 1 + just_now < limit::SUCCESSORS)
}

/// Lets a device in again that a restored log does not know: its certificate says whose it is. `false` if
/// the certificate is not ours.
///
/// Of somebody whose number went to another person since, the device is registered and revoked in one go: what it
/// sends is kept, counts only where it is admitted, and gives it none of the next one's roles.
///
/// # Errors
/// Failures of the store.
pub(crate) fn readmit(server: &Server, key: PublicKey, certificate: &Certificate) -> Result<bool, Error> {
    let identity = server.identity();
    let is_ours = certificate.device_key == key
        && certificate.server == identity.server_id()
        && certificate.grants.len() <= limit::GRANTS
        && certificate.verify(&identity.signing_keys());
    if !is_ours {
        return Ok(false);
    }
    let certificate = certificate.clone();
    let device = certificate.device();
    server.run(move |batch| {
        let officer = certificate.officer;
        let since = batch.shared.access()?.reference().person_since(officer);
        if since.is_some_and(|since| certificate.issued_at < since) {
            return readmit_former(batch, &certificate);
        }
        let missing = missing_grants(batch, &certificate)?;
        register(batch, &key, officer, certificate.predecessor, missing)
    })?;
    tracing::warn!(%device, "a device came back with its certificate");
    Ok(true)
}

fn readmit_former(batch: &mut Batch<'_>, certificate: &Certificate) -> Result<(), Error> {
    let (key, officer) = (&certificate.device_key, certificate.officer);
    let regions = Scope::new(certificate.grants.iter().map(|g| g.place.clone())).roots().to_vec();
    let place = regions.first().cloned().map_or_else(|| desk_place(batch), Ok)?;
    let (device, at) = (certificate.device(), certificate.issued_at);
    if is_registered(batch, &device)? {
        return Ok(());
    }
    register_since(batch, (key, at), officer, certificate.predecessor, Vec::new())?;
    let revoke = Revoke { device, seq: 0, link: [0; 32], trusted: Vec::new(), regions };
    author::append_in(batch, &[NewDeskRecord::new(batch.now, place, Body::Revoke(revoke))])?;
    tracing::warn!(%device, officer, "it is of somebody whose number went to another person: revoked");
    Ok(())
}

/// Grants of a certificate that the log knows nothing of, be it that they ended.
fn missing_grants(batch: &Batch<'_>, certificate: &Certificate) -> Result<Vec<NewDeskRecord>, Error> {
    let known = batch.shared.access()?.reference().grants_ever(certificate.officer);
    let is_known = |role, place: &Place| known.iter().any(|g| g.role == role && g.place == *place);
    let missing = certificate.grants.iter().filter(|g| !is_known(g.role, &g.place));
    let grant =
        |role| Body::Grant(Grant { officer: certificate.officer, role, ended: false, new_person: false });
    Ok(missing.map(|g| NewDeskRecord::new(batch.now, g.place.clone(), grant(g.role))).collect())
}
