//! The keys of this phone: one journal for each. One is open, closed ones only empty their outbox.

use std::collections::BTreeSet;

use pantau_protocol::{
    cbor,
    enrol::{Certificate, CertifiedGrant},
    exchange::Succession,
    journal::{self, DeviceId, Link},
    keys::SecretKey,
    note::SaltSeed,
    place::Scope,
    projection::Reference,
    time::Anchor,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use zeroize::Zeroizing;

use crate::{env::Entropy, error::Error, limit, row::InOrder, store::setting, vault::Vault};

/// How a journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalState {
    /// The key is made; the server has not accepted it yet.
    Fresh,
    /// The server knows it.
    Open,
    /// Nothing is added any more.
    Closed,
}

/// A journal of this phone.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) number: i64,
    pub(crate) device: DeviceId,
    /// Of its key, sealed if the store is. The key is made only to sign: that costs more than all else a
    /// capture reads.
    seed: Zeroizing<Vec<u8>>,
    pub(crate) state: JournalState,
    pub(crate) succession: Option<Succession>,
    pub(crate) certificate: Option<Certificate>,
    /// The server does not know this key: the next request shows the certificate.
    pub(crate) introduce: bool,
    pub(crate) head_seq: u64,
    pub(crate) head_link: Link,
    pub(crate) branch: u32,
    pub(crate) held: u64,
    pub(crate) notes_through: u64,
    pub(crate) anchor: Option<Anchor>,
    pub(crate) carried_time: i64,
    /// What the salts of the newest records follow from.
    pub(crate) salts: Option<SaltRun>,
}

impl Journal {
    /// The key it is signed with.
    pub(crate) fn key(&self, vault: &Vault) -> Result<SecretKey, Error> {
        Ok(SecretKey::from_seed(&*vault.open(&self.device.0, &self.seed)?))
    }
}

/// Consecutive records whose salts follow from one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SaltRun {
    /// The first of them.
    first: u64,
    /// The seed that stands there.
    seed: SaltSeed,
    /// The seed of the record that comes next.
    pub(crate) next: SaltSeed,
}

impl SaltRun {
    /// The seed that stands at a record; `None` before the first.
    pub(crate) fn seed_at(&self, seq: u64) -> Option<SaltSeed> {
        seq.checked_sub(self.first).map(|records| self.seed.after(records))
    }
}

const COLUMNS: &str =
    "number, device, seed, state, succession, certificate, introduce, head_seq, head_link, branch, held,
                       notes_through, anchor_time, anchor_mac, carried_time, salt_first, salt_seed, salt_next";

/// In the order of [`COLUMNS`].
fn from_row(r: &Row<'_>) -> rusqlite::Result<Journal> {
    let mut columns = InOrder::of(r);
    Ok(Journal {
        number: columns.take()?,
        device: DeviceId(columns.take()?),
        seed: Zeroizing::new(columns.take()?),
        state: match columns.take()? {
            0i64 => JournalState::Fresh,
            1 => JournalState::Open,
            _ => JournalState::Closed,
        },
        succession: written(columns.take()?),
        certificate: written(columns.take()?),
        introduce: columns.take()?,
        head_seq: columns.take()?,
        head_link: Link(columns.take()?),
        branch: columns.take()?,
        held: columns.take()?,
        notes_through: columns.take()?,
        anchor: anchor(columns.take()?, columns.take()?),
        carried_time: columns.take()?,
        salts: salts(columns.take()?, columns.take()?, columns.take()?),
    })
}

fn written<T: for<'b> minicbor::Decode<'b, ()>>(bytes: Option<Vec<u8>>) -> Option<T> {
    bytes.and_then(|b| cbor::from_slice(&b).ok())
}

fn anchor(time: i64, mac: Option<[u8; 8]>) -> Option<Anchor> {
    mac.map(|mac| Anchor { time, mac })
}

fn salts(first: Option<u64>, seed: Option<[u8; 16]>, next: Option<[u8; 16]>) -> Option<SaltRun> {
    Some(SaltRun { first: first?, seed: SaltSeed(seed?), next: SaltSeed(next?) })
}

/// All journals, oldest first.
pub(crate) fn all(c: &Connection) -> Result<Vec<Journal>, Error> {
    let mut q = c.prepare_cached(&format!("SELECT {COLUMNS} FROM journal ORDER BY number"))?;
    Ok(q.query_map([], from_row)?.collect::<Result<_, _>>()?)
}

/// The journal with this number.
pub(crate) fn get(c: &Connection, number: i64) -> Result<Option<Journal>, Error> {
    let mut q = c.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE number = ?1"))?;
    Ok(q.query_row([number], from_row).optional()?)
}

/// The journal that new records go to: the newest.
pub(crate) fn newest(c: &Connection) -> Result<Option<Journal>, Error> {
    let mut q = c.prepare_cached(&format!("SELECT {COLUMNS} FROM journal ORDER BY number DESC LIMIT 1"))?;
    Ok(q.query_row([], from_row).optional()?)
}

/// The newest certificate: a successor has none until the server answered it, and lives on its predecessor's.
pub(crate) fn certificate(c: &Connection) -> Result<Option<Certificate>, Error> {
    let bytes: Option<Vec<u8>> = c
        .prepare_cached(
            "SELECT certificate FROM journal WHERE certificate IS NOT NULL ORDER BY number DESC LIMIT 1",
        )?
        .query_row([], |r| r.get(0))
        .optional()?;
    bytes.map(|b| cbor::from_slice(&b)).transpose().map_err(|e| Error::Storage(format!("certificate: {e}")))
}

/// What this phone may see; nothing before enrolment.
pub(crate) fn scope(c: &Connection) -> Result<Scope, Error> {
    Ok(certificate(c)?.map_or_else(Scope::nothing, |certificate| certificate.scope()))
}

/// This officer's number and grants: as the log has them now, else as the certificate had them. Enrolled anew for
/// another scope, nothing was read that the certificate is not newer than.
pub(crate) fn grants(c: &Connection, reference: &Reference) -> Result<(u32, Vec<CertifiedGrant>), Error> {
    let certificate = certificate(c)?.ok_or(Error::NotEnrolled)?;
    let was_read = setting::get(c, &setting::SCOPE)?.is_some();
    let current = if was_read { reference.grants(certificate.officer) } else { Vec::new() };
    let current: Vec<_> =
        current.into_iter().map(|g| CertifiedGrant { role: g.role, place: g.place }).collect();
    Ok((certificate.officer, if current.is_empty() { certificate.grants } else { current }))
}

/// Opens a journal under a key that the server has just enrolled; whatever was open is closed. Does nothing
/// but take the certificate if the journal is there.
pub(crate) fn enrolled(
    c: &Connection,
    vault: &Vault,
    seed: &[u8; 32],
    certificate: &Certificate,
) -> Result<(), Error> {
    let device = certificate.device();
    let known = c.prepare_cached("SELECT 1 FROM journal WHERE device = ?1")?.exists([device.0])?;
    if !known {
        c.execute("UPDATE journal SET state = 2", [])?;
        insert(c, vault, seed, JournalState::Open, None)?;
    }
    c.execute(
        "UPDATE journal SET certificate = ?2 WHERE device = ?1",
        params![device.0, cbor::to_vec(certificate)],
    )?;
    Ok(())
}

/// Journals of an officer. A successor that the server did not meet yet has no certificate, and the officer of the
/// one before.
pub(crate) fn journals_of(c: &Connection, officer: u32) -> Result<BTreeSet<i64>, Error> {
    let (mut his, mut last) = (BTreeSet::new(), None);
    for journal in all(c)? {
        last = journal.certificate.map(|certificate| certificate.officer).or(last);
        his.extend((last == Some(officer)).then_some(journal.number));
    }
    Ok(his)
}

/// Journals whose records are no more than evidence: their officer was revoked.
pub(crate) fn evidence(c: &Connection) -> Result<BTreeSet<i64>, Error> {
    let mut all: BTreeSet<i64> = setting::get_or(c, &setting::EVIDENCE, Vec::new())?.into_iter().collect();
    if setting::get_or(c, &setting::REVOKED, false)?
        && let Some(newest) = certificate(c)?
    {
        all.extend(journals_of(c, newest.officer)?);
    }
    Ok(all)
}

/// Remembers them, before an enrolment makes the phone a trusted one again.
pub(crate) fn keep_evidence(c: &Connection) -> Result<(), Error> {
    let all: Vec<i64> = evidence(c)?.into_iter().collect();
    if all.is_empty() { Ok(()) } else { setting::set(c, &setting::EVIDENCE, &all) }
}

/// Closes a journal and makes its successor's key, signed by the old one. Both keys are stored before
/// the new one is used.
pub(crate) fn succeed(
    c: &Connection,
    vault: &Vault,
    entropy: &dyn Entropy,
    old: &Journal,
) -> Result<(), Error> {
    c.execute("UPDATE journal SET state = 2 WHERE number = ?1", [old.number])?;
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(&mut *seed)?;
    insert(c, vault, &seed, JournalState::Fresh, Some(old))
}

fn insert(
    c: &Connection,
    vault: &Vault,
    seed: &[u8; 32],
    state: JournalState,
    old: Option<&Journal>,
) -> Result<(), Error> {
    let number: i64 = c.query_row("SELECT coalesce(max(number), 0) + 1 FROM journal", [], |r| r.get(0))?;
    if number > limit::JOURNALS {
        return Err(Error::Storage("too many journals on one phone".into()));
    }
    let key = SecretKey::from_seed(seed);
    let public = key.public();
    let device = public.device_id();
    let succession = match old {
        Some(old) => Some(cbor::to_vec(&Succession::sign(&old.key(vault)?, &public))),
        None => None,
    };
    c.execute(
        "INSERT INTO journal (number, device, seed, state, predecessor, succession, head_link)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            number,
            device.0,
            vault.seal(&device.0, seed)?,
            i64::from(state == JournalState::Open),
            old.map(|o| o.device.0),
            succession,
            journal::first_link(&public.0).0
        ],
    )?;
    Ok(())
}

/// Takes a certificate from a reply: a fresh key is known now.
pub(crate) fn certified(c: &Connection, number: i64, new: &Certificate) -> Result<(), Error> {
    c.execute(
        "UPDATE journal SET certificate = ?2, state = max(state, 1) WHERE number = ?1",
        params![number, cbor::to_vec(new)],
    )?;
    Ok(())
}

/// The server does not know a key: its certificate goes with the next request. If it has none yet, that of the key it
/// follows goes first, and then the succession: also where an enrolment closed the journal before it was told.
pub(crate) fn introduce(c: &Connection, journal: &Journal) -> Result<(), Error> {
    let vouching = if journal.certificate.is_some() {
        "number = ?1"
    } else {
        "device = (SELECT predecessor FROM journal WHERE number = ?1) AND certificate IS NOT NULL
         OR number = ?1 AND succession IS NOT NULL"
    };
    c.execute(&format!("UPDATE journal SET introduce = 1 WHERE {vouching}"), [journal.number])?;
    Ok(())
}

/// The server knows this key.
pub(crate) fn introduced(c: &Connection, number: i64) -> Result<(), Error> {
    c.prepare_cached("UPDATE journal SET introduce = 0 WHERE number = ?1 AND introduce = 1")?
        .execute([number])?;
    Ok(())
}

/// Keeps the newest anchor.
pub(crate) fn keep_anchor(c: &Connection, number: i64, anchor: Anchor) -> Result<(), Error> {
    c.prepare_cached(
        "UPDATE journal SET anchor_time = ?2, anchor_mac = ?3 WHERE number = ?1 AND anchor_time < ?2",
    )?
    .execute(params![number, anchor.time, anchor.mac])?;
    Ok(())
}

/// Forgets what the salts up to record `seq` follow from: with it a guess of an erased text could be tested.
pub(crate) fn forget_salts(c: &Connection, number: i64, seq: u64) -> Result<(), Error> {
    let run = get(c, number)?.and_then(|j| j.salts);
    if let Some(seed) = run.and_then(|run| run.seed_at(seq)) {
        c.prepare_cached("UPDATE journal SET salt_first = ?2, salt_seed = ?3 WHERE number = ?1")?
            .execute(params![number, seq + 1, seed.next().0])?;
    }
    Ok(())
}

/// Forgets what all salts follow from, once the server holds every note.
pub(crate) fn rest_salts(c: &Connection, number: i64) -> Result<(), Error> {
    c.prepare_cached(
        "UPDATE journal SET salt_first = NULL, salt_seed = NULL, salt_next = NULL
         WHERE number = ?1 AND notes_through >= head_seq AND salt_first IS NOT NULL",
    )?
    .execute([number])?;
    Ok(())
}

/// The link after record `seq` of a journal; `None` if that record is not here.
pub(crate) fn link_at(c: &Connection, journal: &Journal, seq: u64) -> Result<Option<Link>, Error> {
    if seq == journal.head_seq {
        return Ok(Some(journal.head_link));
    }
    if let (0, Some(certificate)) = (seq, &journal.certificate) {
        return Ok(Some(journal::first_link(&certificate.device_key.0)));
    }
    // The link after a record is also known as the base of the next one, where the record itself is lost.
    let link: Option<[u8; 32]> = c
        .prepare_cached(
            "SELECT link FROM record WHERE own = ?1 AND own > 0 AND seq = ?2
             UNION ALL SELECT base FROM record WHERE own = ?1 AND own > 0 AND seq = ?2 + 1 LIMIT 1",
        )?
        .query_row(params![journal.number, seq], |r| r.get(0))
        .optional()?;
    Ok(link.map(Link))
}
