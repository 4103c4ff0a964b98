//! Settings: what the phone knows about itself and its server, one CBOR value a name.

use pantau_protocol::{
    cbor,
    exchange::{Counted, Cursor},
    keys::{PublicKey, ServerId},
    place::ScopeDigest,
    receipt::Epoch,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{error::Error, vault::Mark};

/// A setting with its type.
#[derive(Debug)]
pub(crate) struct Setting<T>(&'static str, std::marker::PhantomData<fn() -> T>);

impl<T> Setting<T> {
    const fn new(name: &'static str) -> Self {
        Self(name, std::marker::PhantomData)
    }
}

pub(crate) const URL: Setting<String> = Setting::new("url");
/// Where the server says that it can be reached; it did not answer there yet.
pub(crate) const NEXT_URL: Setting<NextUrl> = Setting::new("next_url");
/// First signing key of the server: its fingerprint stood in the QR code.
pub(crate) const SERVER_KEY: Setting<PublicKey> = Setting::new("server_key");
/// All signing keys of the server.
pub(crate) const SERVER_KEYS: Setting<Vec<PublicKey>> = Setting::new("server_keys");
pub(crate) const EPOCH: Setting<Epoch> = Setting::new("epoch");
pub(crate) const SCOPE: Setting<ScopeDigest> = Setting::new("scope");
pub(crate) const POSITION: Setting<u64> = Setting::new("position");
/// Number of the pull that others' records must have come with to count.
pub(crate) const GENERATION: Setting<u64> = Setting::new("generation");
pub(crate) const PULLED: Setting<bool> = Setting::new("pulled");
/// Version of the fold that made the kept states.
pub(crate) const FOLD: Setting<u32> = Setting::new("fold");
pub(crate) const CLOCK_OFFSET: Setting<i64> = Setting::new("clock_offset");
pub(crate) const LAST_SYNC: Setting<i64> = Setting::new("last_sync");
pub(crate) const BACKOFF_UNTIL: Setting<i64> = Setting::new("backoff_until");
pub(crate) const FAILURES: Setting<u32> = Setting::new("failures");
/// Records of the next segment at most.
pub(crate) const SEGMENT: Setting<u64> = Setting::new("segment");
/// Bytes of the next page at most.
pub(crate) const PAGE: Setting<u32> = Setting::new("page");
/// A key that redeems a code, stored before it is used.
pub(crate) const CANDIDATE: Setting<Candidate> = Setting::new("candidate");
pub(crate) const MIN_VERSION: Setting<u32> = Setting::new("min_version");
pub(crate) const REVOKED: Setting<bool> = Setting::new("revoked");
/// What the server said, when it last said that this phone is revoked, of its officer's records that count.
pub(crate) const COUNTED: Setting<Vec<Counted>> = Setting::new("counted");
/// Journals written under a revoked key; more where [`REVOKED`] is set.
pub(crate) const EVIDENCE: Setting<Vec<i64>> = Setting::new("evidence");
/// The server lacks what it once held: the next request shows old receipts.
pub(crate) const SHOW_RECEIPTS: Setting<bool> = Setting::new("show_receipts");
/// Something was erased: the log of the database must be emptied.
pub(crate) const SCRUB: Setting<bool> = Setting::new("scrub");

/// A lost store that an officer took over: the name of its folder, and his number.
pub(crate) type Taken = (String, u32);
/// Lost stores that were taken over.
pub(crate) const TAKEN: Setting<Vec<Taken>> = Setting::new("taken");

/// The key that seeds are sealed with.
pub(crate) const SEALED: Setting<Mark> = Setting::new("sealed");
/// Seeds lay plain in the file once: it is still to be written anew.
pub(crate) const SWEEP: Setting<bool> = Setting::new("sweep");

/// A key that redeems a code. One code, one key: asked again after a lost reply, the server finds the same.
#[derive(Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(crate) struct Candidate {
    #[n(0)]
    pub(crate) handle: String,
    #[n(1)]
    /// Sealed if the store is.
    #[cbor(with = "minicbor::bytes")]
    pub(crate) seed: Vec<u8>,
}

impl Candidate {
    /// What its seed is sealed for.
    pub(crate) fn place(&self) -> Vec<u8> {
        [b"candidate ", self.handle.as_bytes()].concat()
    }
}

/// An address of the server that is to take the place of the one that is asked now.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(crate) struct NextUrl {
    #[n(0)]
    pub(crate) url: String,
    /// It did not answer as this server: not asked first before this time, unix seconds by the phone's clock.
    #[n(1)]
    pub(crate) not_before: i64,
}

/// Reads a setting.
pub(crate) fn get<T>(c: &Connection, s: &Setting<T>) -> Result<Option<T>, Error>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let bytes: Option<Vec<u8>> = c
        .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([s.0], |r| r.get(0))
        .optional()?;
    bytes.map(|b| cbor::from_slice(&b)).transpose().map_err(|e| Error::Storage(format!("{}: {e}", s.0)))
}

/// Reads a setting that has a default.
pub(crate) fn get_or<T>(c: &Connection, s: &Setting<T>, default: T) -> Result<T, Error>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    Ok(get(c, s)?.unwrap_or(default))
}

/// Writes a setting.
pub(crate) fn set<T: minicbor::Encode<()>>(c: &Connection, s: &Setting<T>, value: &T) -> Result<(), Error> {
    c.prepare_cached(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)
                      ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![s.0, cbor::to_vec(value)])?;
    Ok(())
}

/// Forgets a setting.
pub(crate) fn clear<T>(c: &Connection, s: &Setting<T>) -> Result<(), Error> {
    c.prepare_cached("DELETE FROM setting WHERE name = ?1")?.execute([s.0])?;
    Ok(())
}

/// The server this phone is enrolled with.
pub(crate) fn server(c: &Connection) -> Result<Option<ServerId>, Error> {
    Ok(get(c, &SERVER_KEY)?.map(|k| k.server_id()))
}

/// How far the log was read.
pub(crate) fn cursor(c: &Connection) -> Result<Option<Cursor>, Error> {
    let (epoch, scope) = (get(c, &EPOCH)?, get(c, &SCOPE)?);
    let position = get_or(c, &POSITION, 0)?;
    Ok(epoch.zip(scope).map(|(epoch, scope)| Cursor { epoch, scope, position }))
}
