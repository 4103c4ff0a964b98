//! What an administrator does: each function is one command, and may run beside a running server.

mod backup;
mod code;
mod daily;
mod directive;
mod export;
mod finding;
mod grant;
mod matter;
mod report;
mod restore;
mod sealed;
mod trust;

#[cfg(test)]
mod tests;

pub use crate::enrol::Earlier;
pub use backup::{backup, backup_unverified, backup_watched};
pub use code::{Issued, OpenCode, issue, issue_all, open_codes, withdraw_code, without_phone};
pub use daily::{Daily, Frozen, Letter, daily_reports, figures, freeze, is_settled};
pub use directive::{
    Given, NewDirective, NotAddressed, Standing, To, asked, camats_of, directives, give, is_unlikely_due,
    retract_directive, retract_directives, unfinished,
};
pub use export::export;
pub use finding::{Act, Decided, Evidence, Extent, FindingDecision, findings, rule};
pub use grant::{GrantChange, GrantEffect, GrantPrepared, prepare_grants};
pub use matter::{Done, Matter, Owner, Wish, attend, hand_over, may_inherit, owner};
pub use report::{FormId, Reported, TakenBack, ToldReport, report, take_back};
pub use restore::{Restored, restore, restore_unverified};
#[cfg(test)]
pub(crate) use sealed::fixed;
pub use sealed::{Key, Lock, meant};
pub(crate) use trust::leave_phones;
pub use trust::{
    Decision, Listed, Revoked, prepare_admission, prepare_reinstatement, prepare_revocation, told, uncounted,
};

use std::sync::Arc;

use pantau_protocol::{
    body::{Body, Device, Erase, Grant, Officer, ServerKeys},
    enrol::Invitation,
    journal::RecordId,
    keys::{Fingerprint, ServerId},
    note::Field,
    place::{Place, Scope},
    role::Role,
};

use crate::{
    DataDir, Env, Error, Identity, Server,
    author::{self, DESK_OFFICER, NewDeskRecord},
    enrol,
    server::erasure,
    store::{self, SqliteStore, Store, Totals},
};

/// Setting of the database: the server it belongs to.
pub(crate) const SERVER: &str = "server";

/// What a new server starts with.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// Regions the desk is responsible for: normally one province.
    pub regions: Vec<Place>,
    /// How the desk is called where authors are named.
    pub desk_name: String,
}

/// Makes a new server in an empty data directory: keys, database, and the first records of the desk.
///
/// # Errors
/// [`Error::Refused`] where a server lives already.
pub fn init(dirs: &DataDir, env: &Env, options: &InitOptions) -> Result<Arc<Server>, Error> {
    if options.regions.is_empty() {
        return Err(Error::Refused("name at least one region for the desk".into()));
    }
    for file in [dirs.db(), dirs.identity(), dirs.desk_journal()] {
        if file.exists() {
            return Err(Error::Refused(format!("{} is there already", file.display())));
        }
    }
    dirs.create()?;
    let identity = Identity::create(env)?;
    identity.save(&dirs.identity())?;
    let store = Box::new(SqliteStore::open(&dirs.db())?);
    init_with(env, store, identity, Some(dirs.clone()), options)
}

/// The same on any store: for tests and simulations in memory.
///
/// # Errors
/// [`Error::Refused`] if the store holds a log already.
pub fn init_with(
    env: &Env,
    store: Box<dyn Store>,
    identity: Identity,
    dirs: Option<DataDir>,
    options: &InitOptions,
) -> Result<Arc<Server>, Error> {
    let id = identity.server_id();
    if store::read(store.as_ref(), |view| view.epoch())?.is_some() {
        return Err(Error::Refused("the store holds a log already".into()));
    }
    let server = Server::new(env.clone(), store, identity, dirs)?;
    let options = options.clone();
    server.run(move |batch| {
        batch.tx.set_setting(SERVER, &id.0)?;
        batch.start_epoch(None)?;
        let mut records = vec![server_keys(batch.shared, batch.now, &options)?];
        records.extend(desk_device(batch.shared, batch.now, &options.regions)?);
        records.extend(desk_officer(batch.now, &options));
        author::append_in(batch, &records)
    })?;
    Ok(server)
}

fn first(regions: &[Place]) -> Result<Place, Error> {
    regions.first().cloned().ok_or_else(|| Error::Refused("the desk has no region".into()))
}

fn server_keys(
    shared: &crate::server::Shared,
    at: i64,
    options: &InitOptions,
) -> Result<NewDeskRecord, Error> {
    let keys = ServerKeys { keys: shared.identity.server_keys() };
    Ok(NewDeskRecord::new(at, first(&options.regions)?, Body::ServerKeys(keys)))
}

/// The record of the desk's own journal.
pub(crate) fn desk_device(
    shared: &crate::server::Shared,
    at: i64,
    regions: &[Place],
) -> Result<Option<NewDeskRecord>, Error> {
    let key = shared.identity.desk_key().public();
    let body = Device {
        device: key.device_id(),
        public_key: key.0,
        officer: DESK_OFFICER,
        predecessor: None,
        regions: regions.to_vec(),
    };
    Ok(Some(NewDeskRecord::new(at, first(regions)?, Body::Device(body))))
}

fn desk_officer(at: i64, options: &InitOptions) -> Vec<NewDeskRecord> {
    let grant = Grant { officer: DESK_OFFICER, role: Role::DeskAdmin, ended: false, new_person: false };
    let grants =
        options.regions.iter().map(|r| NewDeskRecord::new(at, r.clone(), Body::Grant(grant.clone())));
    let officer = options.regions.iter().take(1).map(|r| {
        let body = Body::Officer(Officer { officer: DESK_OFFICER });
        NewDeskRecord::new(at, r.clone(), body).with_note(Field::Name, options.desk_name.clone())
    });
    officer.chain(grants).collect()
}

/// Opens a data directory.
///
/// # Errors
/// [`Error::Identity`] if the identity file is missing or belongs to another database; [`Error::NoPermission`];
/// [`Error::Refused`] where no server lives.
pub fn open(dirs: &DataDir, env: &Env) -> Result<Arc<Server>, Error> {
    if !dirs.has_server()? {
        return Err(Error::Refused(format!(
            "{} is not there: initialise or restore first",
            dirs.db().display()
        )));
    }
    dirs.check_readable()?;
    let identity = Identity::load(&dirs.identity())?;
    let store = Box::new(SqliteStore::open(&dirs.db())?);
    let opened = open_with(env, store, identity, Some(dirs.clone())).map_err(|e| match e {
        Error::Identity(what) => {
            let file = dirs.identity();
            Error::Identity(format!(
                "{}: {what}; put the right file back or restore a backup",
                file.display()
            ))
        }
        other => other,
    });
    let server = opened?;
    // Before anybody calls: what the desk said last may be a revocation.
    server.run(author::catch_up)?;
    Ok(server)
}

/// Opens a data directory that may not be written, for reading alone. What stands in the desk's journal and not
/// in the database is not seen.
///
/// # Errors
/// As [`open`], and [`store::StoreError::Unmerged`].
pub fn open_to_read(dirs: &DataDir, env: &Env) -> Result<Arc<Server>, Error> {
    dirs.check_readable()?;
    let identity = Identity::load(&dirs.identity())?;
    let store = Box::new(SqliteStore::open_to_read(&dirs.db())?);
    open_with(env, store, identity, Some(dirs.clone()))
}

/// The same on any store that holds a log.
///
/// # Errors
/// As [`open`].
pub fn open_with(
    env: &Env,
    store: Box<dyn Store>,
    identity: Identity,
    dirs: Option<DataDir>,
) -> Result<Arc<Server>, Error> {
    let written_by = store::read(store.as_ref(), |view| view.setting(SERVER))?;
    match written_by.as_deref().and_then(ServerId::from_slice) {
        Some(id) if id == identity.server_id() => {}
        Some(_) => return Err(Error::Identity("the file belongs to another database".into())),
        None => return Err(Error::Refused("the database holds no log: initialise first".into())),
    }
    Server::new(env.clone(), store, identity, dirs)
}

/// Makes an enrolment code for an officer.
///
/// # Errors
/// [`Error::NotFound`] for an officer without a grant.
pub fn enrol(server: &Server, officer: u32, base_url: &str, valid_s: i64) -> Result<Invitation, Error> {
    enrol::invite(server, officer, base_url, valid_s)
}

/// Revokes devices at once: see [`prepare_revocation`], which also tells what it changes.
///
/// # Errors
/// As [`prepare_revocation`]; failures of the store.
pub fn revoke(server: &Server, whom: Revoked, through: Option<u64>) -> Result<(), Error> {
    prepare_revocation(server, whom, through)?.take(server, "").map(|_| ())
}

/// Erases a note: an `Erase` record goes into the log, text and salt go out of database, WAL, free pages
/// and the desk's file. Blocks until no trace is left.
///
/// # Errors
/// [`Error::NotFound`] for a record that is not held or has no such note; [`store::StoreError::Busy`] where
/// readers kept the file busy: the note is out of the log, and the next erasure overwrites it.
pub fn erase(server: &Server, record: RecordId, field: Field) -> Result<(), Error> {
    let rows = store::read(server.store(), |view| view.desk_record(&record))?;
    let Some(row) = rows.first() else { return Err(Error::NotFound(format!("record {record}"))) };
    if !row.entry.commitments.iter().any(|(f, _)| *f == field) {
        return Err(Error::NotFound(format!("note {} of record {record}", field.name())));
    }
    let mut places = row.entry.keys.iter();
    let place = match places.next() {
        Some(place) => place.clone(),
        None => server.run(|batch| crate::registration::desk_place(batch))?,
    };
    let target_places = row.entry.keys.clone();
    let body = Body::Erase(Erase { target: record, field, target_places });
    author::append(server, vec![NewDeskRecord::new(server.now(), place, body)])?;
    erasure::rewrite_desk_file(server.shared(), &[(record, field)])?;
    erasure::scrub(server.shared())
}

/// Facts about a server.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Stats {
    /// The server's id.
    pub server: String,
    /// When the present epoch began, unix seconds.
    pub epoch: i64,
    /// Counts over the log.
    #[serde(flatten)]
    pub totals: Totals,
    /// Officers with a grant in force, the desk not counted.
    pub officers: usize,
    /// Phones registered.
    pub devices_registered: usize,
    /// Phones revoked.
    pub devices_revoked: usize,
    /// Bytes of the database file.
    pub database_bytes: u64,
}

/// Facts about a server.
///
/// # Errors
/// Failures of the store.
pub fn stats(server: &Server) -> Result<Stats, Error> {
    let totals = store::read(server.store(), |view| view.desk_totals())?;
    let access = server.access()?;
    let reference = access.reference();
    // The desk itself is neither an officer with a phone nor a phone.
    let mut officers: std::collections::BTreeSet<u32> = reference.all_grants().map(|(o, ..)| o).collect();
    officers.remove(&DESK_OFFICER);
    let phones = || reference.devices().filter(|d| d.officer != DESK_OFFICER);
    let size = server.dirs().and_then(|d| std::fs::metadata(d.db()).ok());
    Ok(Stats {
        server: server.identity().server_id().to_string(),
        epoch: server.epoch()?.created_at,
        totals,
        officers: officers.len(),
        devices_registered: phones().count(),
        devices_revoked: phones().filter(|d| reference.is_revoked(&d.device)).count(),
        database_bytes: size.map_or(0, |m| m.len()),
    })
}

/// What phones pin: shown beside a typed enrolment.
pub fn fingerprint(server: &Server) -> Fingerprint {
    server.identity().fingerprint()
}

/// Roots of the desk's grants: the whole deployment.
///
/// # Errors
/// Failures of the store.
pub fn regions(server: &Server) -> Result<Scope, Error> {
    Ok(server.access()?.reference().scope(DESK_OFFICER))
}
