//! Devices into the log: redeemed codes, successors and devices that come back with their certificate.
//! Each is a `Device` record of the desk's journal.

use pantau_protocol::{
    body::{Body, Device, Grant},
    enrol::Certificate,
    exchange::Succession,
    journal::DeviceId,
    keys::PublicKey,
    place::{Place, Scope},
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
    intake::{Batch, quota::Cost},
};

/// Registers a device of an officer inside a transaction; does nothing if it is registered already.
pub(crate) fn register(
    batch: &mut Batch<'_>,
    key: &PublicKey,
    officer: u32,
    predecessor: Option<DeviceId>,
    extra: Vec<NewDeskRecord>,
) -> Result<(), Error> {
    let device = key.device_id();
    if batch.registered.contains(&device) || batch.shared.access()?.reference().device(&device).is_some() {
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
    records.push(NewDeskRecord::new(batch.now, place, body));
    author::append_in(batch, &records)?;
    batch.registered.insert(device);
    Ok(())
}

/// The first region of the desk's own grants: where records go that have no better place.
pub(crate) fn desk_place(batch: &Batch<'_>) -> Result<Place, Error> {
    let grants = batch.shared.access()?.reference().grants_ever(author::DESK_OFFICER);
    let first = grants.into_iter().next().map(|g| g.place);
    first.ok_or_else(|| Error::Refused("the desk has no region: initialise the server first".into()))
}

/// What became of a succession.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    /// The successor is registered.
    Yes,
    /// The succession does not hold.
    No,
    /// The quota of the day has no room for one more successor.
    OverQuota,
}

/// Registers the successor of a known device, signed for by both keys.
///
/// # Errors
/// Failures of the store.
pub(crate) fn succeed(server: &Server, key: PublicKey, succession: &Succession) -> Result<Followed, Error> {
    let Some(before) = server.admission(&succession.predecessor)? else { return Ok(Followed::No) };
    if !succession.verify(&before.key, &key) || before.officer == author::DESK_OFFICER {
        return Ok(Followed::No);
    }
    let (officer, predecessor) = (before.officer, succession.predecessor);
    let is_registered = server.run(move |batch| {
        if !batch.charge(&before, Cost::of_successor())? {
            return Ok(false);
        }
        register(batch, &key, officer, Some(predecessor), Vec::new())?;
        Ok(true)
    })?;
    if !is_registered {
        return Ok(Followed::OverQuota);
    }
    tracing::info!(device = %key.device_id(), %predecessor, "a device follows another");
    Ok(Followed::Yes)
}

/// Lets a device in again that a restored log does not know: its certificate says whose it is. `false` if
/// the certificate is not ours.
///
/// # Errors
/// Failures of the store.
pub(crate) fn readmit(server: &Server, key: PublicKey, certificate: &Certificate) -> Result<bool, Error> {
    let identity = server.identity();
    let is_ours = certificate.device_key == key
        && certificate.server == identity.server_id()
        && certificate.grants.len() <= pantau_protocol::limit::GRANTS
        && certificate.verify(&identity.signing_keys());
    if !is_ours {
        return Ok(false);
    }
    let certificate = certificate.clone();
    let device = certificate.device();
    server.run(move |batch| {
        let missing = missing_grants(batch, &certificate)?;
        register(batch, &key, certificate.officer, certificate.predecessor, missing)
    })?;
    tracing::warn!(%device, "a device came back with its certificate");
    Ok(true)
}

/// Grants of a certificate that the log knows nothing of, be it that they ended.
fn missing_grants(batch: &Batch<'_>, certificate: &Certificate) -> Result<Vec<NewDeskRecord>, Error> {
    let known = batch.shared.access()?.reference().grants_ever(certificate.officer);
    let is_known = |role, place: &Place| known.iter().any(|g| g.role == role && g.place == *place);
    let missing = certificate.grants.iter().filter(|g| !is_known(g.role, &g.place));
    let grant = |role| Body::Grant(Grant { officer: certificate.officer, role, ended: false });
    Ok(missing.map(|g| NewDeskRecord::new(batch.now, g.place.clone(), grant(g.role))).collect())
}
