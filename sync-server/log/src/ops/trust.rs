//! Whom the desk trusts: phones revoked and let back in, single records admitted. Each decision is a record of
//! the desk, and can be prepared first to see what it changes.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Body, Device, Kind, Revoke, Ruling, Trusted, Verdict},
    exchange::RowKind,
    journal::{DeviceId, RecordId},
    limit,
    note::Field,
    place::{Place, Scope},
    projection::{Distrust, Fact, Reference},
    time::Envelope,
};

use crate::{
    Error, Server,
    author::{self, DESK_OFFICER, NewDeskRecord},
    limit as server_limit, projector,
    store::{self, Row, View},
};

/// Whom a revocation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// One device.
    Device(DeviceId),
    /// All devices of an officer.
    Officer(u32),
}

/// A record in a list of what counts or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The record.
    pub record: RecordId,
    /// Its author's device.
    pub device: DeviceId,
    /// Its number in the device's journal.
    pub seq: u64,
    /// Kind of the body.
    pub kind: Kind,
    /// The place it is about.
    pub place: Place,
    /// When it counts or would count, unix seconds.
    pub at: i64,
}

impl Listed {
    fn of(fact: &Fact) -> Self {
        Self {
            record: fact.id,
            device: fact.device,
            seq: fact.seq,
            kind: fact.record.kind,
            place: fact.record.place.clone(),
            at: fact.effective_at(),
        }
    }
}

/// A decision that is not taken yet, with all that it changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Devices that it is about and for which it changes something.
    pub named: Vec<DeviceId>,
    /// Devices or records that it names and for which it changes nothing, each with why.
    pub unchanged: Vec<String>,
    /// Records that count now and will not.
    pub stops: Vec<Listed>,
    /// Records that do not count now and will.
    pub starts: Vec<Listed>,
    /// Devices that are trusted now and will not be, those that follow others included.
    pub lose: Vec<DeviceId>,
    /// Devices that are not trusted now and will be.
    pub gain: Vec<DeviceId>,
    records: Vec<NewDeskRecord>,
}

impl Decision {
    /// Whether it would write nothing.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What it changes, as a short text: another decision, another text. Whoever confirms one sends it back.
    pub fn version(&self) -> String {
        let ids = |all: &[Listed]| all.iter().map(|l| l.record.to_string()).collect::<Vec<_>>();
        super::grant::version(&format!("{:?} {:?} {:?}", self.named, ids(&self.stops), ids(&self.starts)))
    }

    /// Takes the decision. `why` goes along as a note of each record; an empty one is none.
    ///
    /// # Errors
    /// Failures of the store and of the desk's file.
    pub fn take(self, server: &Server, why: &str) -> Result<Vec<RecordId>, Error> {
        let records = self.records.into_iter().map(|r| r.with_note(Field::Note, why)).collect();
        author::append(server, records)
    }

    /// A decision with its consequences: the fold is asked what would count if it were taken.
    fn weigh(
        server: &Server,
        before: &Reference,
        records: Vec<NewDeskRecord>,
        (named, unchanged): (Vec<DeviceId>, Vec<String>),
    ) -> Result<Self, Error> {
        let mut after = before.clone();
        for (n, record) in records.iter().enumerate() {
            after.insert(&as_if_said(record, n, server.now()));
        }
        let differs =
            |fact: &&Fact| before.trusts(&fact.id, fact.author()) != after.trusts(&fact.id, fact.author());
        let concerned = store::read(server.store(), |view| concerned(view, before, &after))?;
        let changed: Vec<&Fact> = concerned.values().filter(differs).collect();
        let (stop, start): (Vec<&Fact>, Vec<&Fact>) =
            changed.into_iter().partition(|f| before.trusts(&f.id, f.author()));
        let list = |facts: Vec<&Fact>| {
            let mut all: Vec<Listed> = facts.into_iter().map(Listed::of).collect();
            all.sort_by_key(|l| (l.device, l.seq, l.record));
            all
        };
        let devices = || before.devices().map(|d| d.device);
        let is_lost = |d: &DeviceId| !before.is_revoked(d) && after.is_revoked(d);
        let is_gained = |d: &DeviceId| before.is_revoked(d) && !after.is_revoked(d);
        Ok(Self {
            named,
            unchanged,
            stops: list(stop),
            starts: list(start),
            lose: devices().filter(is_lost).collect(),
            gain: devices().filter(is_gained).collect(),
            records,
        })
    }
}

/// The facts that may count under one of the two and not under the other: all of devices of which different parts
/// are trusted, and records that only one of them admits.
fn concerned(
    view: &dyn View,
    before: &Reference,
    after: &Reference,
) -> store::Stored<BTreeMap<RecordId, Fact>> {
    let nothing = RecordId::of_digest(&pantau_protocol::journal::Digest([0; 32]));
    let mut rows = Vec::new();
    for (device, branch) in view.desk_branches()? {
        let ends = [0, u64::MAX].map(|seq| (device, branch.number, seq));
        let is_same = before.revocations(&device) == after.revocations(&device)
            && ends.into_iter().all(|at| before.trusts(&nothing, at) == after.trusts(&nothing, at));
        if !is_same {
            rows.extend(view.journal_span(&device, branch.number, 0, u64::MAX)?);
        }
    }
    let (old, new): (BTreeSet<&RecordId>, BTreeSet<&RecordId>) =
        (before.admitted().collect(), after.admitted().collect());
    for record in old.symmetric_difference(&new) {
        rows.extend(view.desk_record(record)?);
    }
    let mut facts: BTreeMap<RecordId, Fact> = BTreeMap::new();
    for fact in rows.iter().filter_map(projector::fact) {
        let known = facts.entry(fact.id).or_insert_with(|| fact.clone());
        if (fact.envelope, fact.branch) < (known.envelope, known.branch) {
            *known = fact;
        }
    }
    Ok(facts)
}

/// The fact that a record of the desk would be.
fn as_if_said(new: &NewDeskRecord, n: usize, now: i64) -> Fact {
    let record = new.record();
    let id = RecordId::of_digest(&pantau_protocol::journal::Digest([n.to_le_bytes()[0]; 32]));
    Fact {
        id,
        // Of a device that is nobody's: never revoked, and heard like the desk's own.
        device: DeviceId([0; 16]),
        branch: 0,
        seq: n as u64,
        envelope: Some(Envelope { received_at: now, not_before: 0 }),
        record,
        body: new.body.clone(),
        statement: new.body.clone(),
    }
}

fn devices_of(reference: &Reference, whom: Revoked) -> Result<Vec<Device>, Error> {
    let mine = reference.devices().filter(|d| match whom {
        Revoked::Device(device) => d.device == device,
        Revoked::Officer(officer) => d.officer == officer,
    });
    let devices: Vec<Device> = mine.cloned().collect();
    if devices.is_empty() {
        return Err(Error::NotFound(match whom {
            Revoked::Device(device) => format!("device {device}"),
            Revoked::Officer(officer) => format!("a phone of officer {officer}"),
        }));
    }
    if devices.iter().any(|d| d.officer == DESK_OFFICER) {
        return Err(Error::Refused("the desk's own journal cannot be revoked here".into()));
    }
    Ok(devices)
}

/// Prepares to revoke devices: what they wrote through `through` stays trusted, or all that is held now where
/// that is `None`; 0 trusts nothing. A device that is revoked already is revoked anew if `through` says
/// something else.
///
/// # Errors
/// [`Error::NotFound`] for a device or officer that is not known.
pub fn prepare_revocation(server: &Server, whom: Revoked, through: Option<u64>) -> Result<Decision, Error> {
    let known = server.known()?;
    let reference = known.reference();
    let devices = devices_of(reference, whom)?;
    let (mut records, mut named, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
    for device in &devices {
        let earlier = reference.revocations(&device.device);
        let trusted = store::read(server.store(), |view| trusted_part(view, &device.device, through))?;
        let audience = Audience::of(reference, device)?;
        let is_same = through.is_none() || earlier.iter().all(|r| r.revoke.trusted == trusted.spans());
        if !earlier.is_empty() && is_same {
            let stands = earlier.iter().flat_map(|r| &r.revoke.trusted).map(|t| t.through).min();
            let through = stands.unwrap_or(0);
            unchanged.push(format!("{} is revoked already, trusted through {through}", device.device));
            continue;
        }
        if !earlier.is_empty() {
            let undone = earlier.iter().map(|r| r.record).collect();
            records.push(reinstatement(&audience, undone, server.now()));
        }
        records.push(trusted.revocation(&audience, device, server.now()));
        named.push(device.device);
    }
    Decision::weigh(server, reference, records, (named, unchanged))
}

/// What makes the phones of an officer his no longer, because his number goes to another person: each is revoked,
/// and all they wrote that counts now goes on counting. A phone that follows another is untrusted with all it
/// wrote once the other is revoked; its records are admitted one by one.
///
/// # Errors
/// Failures of the store.
pub(crate) fn leave_phones(server: &Server, officer: u32) -> Result<Vec<NewDeskRecord>, Error> {
    let decision = match prepare_revocation(server, Revoked::Officer(officer), None) {
        Err(Error::NotFound(_)) => return Ok(Vec::new()),
        decision => decision?,
    };
    let mut rows = Vec::new();
    for listed in &decision.stops {
        rows.extend(
            store::read(server.store(), |view| view.desk_record(&listed.record))?.into_iter().take(1),
        );
    }
    let mut records = decision.records;
    records.extend(rulings(&rows, Verdict::Admit, server.now()));
    Ok(records)
}

/// What of a journal stays trusted: the first branch up to a number, and the link there.
struct TrustedPart {
    seq: u64,
    link: [u8; 32],
}

fn trusted_part(view: &dyn View, device: &DeviceId, through: Option<u64>) -> store::Stored<TrustedPart> {
    let branches = view.journal_branches(device)?;
    let held = branches.iter().find(|b| b.number == 0).map_or(0, |b| b.last);
    let seq = held.min(through.unwrap_or(u64::MAX));
    let rows = view.journal_span(device, 0, seq, seq)?;
    Ok(TrustedPart { seq, link: rows.first().map_or([0; 32], |r| r.entry.link.0) })
}

impl TrustedPart {
    fn spans(&self) -> Vec<Trusted> {
        if self.seq > 0 { vec![Trusted { branch: 0, through: self.seq }] } else { Vec::new() }
    }

    fn revocation(&self, at: &Audience, device: &Device, now: i64) -> NewDeskRecord {
        let body = Revoke {
            device: device.device,
            seq: self.seq,
            link: self.link,
            trusted: self.spans(),
            regions: at.regions.clone(),
        };
        NewDeskRecord::new(now, at.place.clone(), Body::Revoke(body))
    }
}

/// Where a decision about a device is told: at a place, and in the body all regions whose people may have seen its
/// records. Those are the regions of every grant its officer ever had, also of one that came after the device.
struct Audience {
    place: Place,
    regions: Vec<Place>,
}

impl Audience {
    fn of(reference: &Reference, device: &Device) -> Result<Self, Error> {
        let granted = reference.grants_ever(device.officer).into_iter().map(|g| g.place);
        let regions = Scope::new(granted.chain(device.regions.iter().cloned())).roots().to_vec();
        let desk = || reference.grants_ever(DESK_OFFICER).into_iter().next().map(|g| g.place);
        let place = regions.first().cloned().or_else(desk);
        let place = place
            .ok_or_else(|| Error::Refused("the desk has no region: initialise the server first".into()))?;
        Ok(Self { place, regions })
    }
}

fn reinstatement(at: &Audience, records: Vec<RecordId>, now: i64) -> NewDeskRecord {
    let ruling =
        Ruling { verdict: Verdict::Reinstate, records, target_places: at.regions.clone(), closing: None };
    NewDeskRecord::new(now, at.place.clone(), Body::Ruling(ruling))
}

/// Prepares to undo the revocations of devices: all they wrote counts again.
///
/// # Errors
/// [`Error::NotFound`] for a device or officer that is not known.
pub fn prepare_reinstatement(server: &Server, whom: Revoked) -> Result<Decision, Error> {
    let known = server.known()?;
    let reference = known.reference();
    let (mut records, mut named, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
    for device in devices_of(reference, whom)? {
        let revocations: Vec<RecordId> =
            reference.revocations(&device.device).iter().map(|r| r.record).collect();
        if !revocations.is_empty() {
            records.push(reinstatement(&Audience::of(reference, &device)?, revocations, server.now()));
            named.push(device.device);
            continue;
        }
        unchanged.push(match reference.standing(&device.device) {
            None => format!("{} is not revoked", device.device),
            Some(why) => format!("{} itself is not revoked: {}", device.device, told(why)),
        });
    }
    Decision::weigh(server, reference, records, (named, unchanged))
}

/// Prepares to let single records count although their device is not trusted, or to end that.
///
/// # Errors
/// [`Error::NotFound`] for a record that is not held; [`Error::Refused`] for one that is quarantined.
pub fn prepare_admission(server: &Server, ids: &[RecordId], verdict: Verdict) -> Result<Decision, Error> {
    let known = server.known()?;
    let reference = known.reference();
    let admitted: BTreeSet<&RecordId> = reference.admitted().collect();
    let (mut rows, mut unchanged) = (Vec::new(), Vec::new());
    for id in ids {
        let held = store::read(server.store(), |view| view.desk_record(id))?;
        let Some(row) = held.into_iter().next() else { return Err(Error::NotFound(format!("record {id}"))) };
        if row.entry.row == RowKind::Quarantined {
            return Err(Error::Refused(format!("record {id} is quarantined: that is not a matter of trust")));
        }
        let author = (row.entry.device, row.entry.branch, row.entry.seq);
        match verdict {
            Verdict::Admit if reference.trusts(id, author) => unchanged.push(format!("{id} counts already")),
            Verdict::Dismiss if !admitted.contains(id) => unchanged.push(format!("{id} was not admitted")),
            _ => rows.push(row),
        }
    }
    let records = rulings(&rows, verdict, server.now());
    Decision::weigh(server, reference, records, (Vec::new(), unchanged))
}

/// Rulings about these records, as few as the limits of a record allow.
fn rulings(rows: &[Row], verdict: Verdict, now: i64) -> Vec<NewDeskRecord> {
    let (mut all, mut records, mut places) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut close = |records: &mut Vec<RecordId>, places: &mut BTreeSet<Place>| {
        let Some(first) = places.pop_first() else { return };
        let target_places = std::mem::take(places).into_iter().collect();
        let ruling = Ruling { verdict, records: std::mem::take(records), target_places, closing: None };
        all.push(NewDeskRecord::new(now, first, Body::Ruling(ruling)));
    };
    for row in rows {
        let mut with = places.clone();
        with.extend(row.entry.keys.iter().cloned());
        if with.len() > limit::PLACE_KEYS || records.len() == limit::RULING_RECORDS {
            close(&mut records, &mut places);
            with = row.entry.keys.iter().cloned().collect();
        }
        places = with;
        records.push(row.entry.id);
    }
    close(&mut records, &mut places);
    all
}

/// Every record that is held and does not count for want of trust, with why, by device and number.
///
/// # Errors
/// Failures of the store.
pub fn uncounted(server: &Server) -> Result<Vec<(Listed, Distrust)>, Error> {
    let places = server.places()?;
    let mut all: Vec<(Listed, Distrust)> = Vec::new();
    for position in places.uncounted(server_limit::LISTED)? {
        let row = store::read(server.store(), |view| view.desk_row(position))?;
        let fact = row.as_ref().and_then(projector::fact);
        all.extend(
            fact.and_then(|f| Some((Listed::of(&f), places.reference().distrust(&f.id, f.author())?))),
        );
    }
    all.sort_by_key(|(l, _)| (l.device, l.seq, l.record));
    Ok(all)
}

/// Why a record does not count, in words for the command line.
pub fn told(why: Distrust) -> String {
    match why {
        Distrust::Revoked(record) => format!("revoked by record {record}"),
        Distrust::Follows(device) => format!("it follows {device}, which is revoked"),
        Distrust::TooFar => {
            format!("it follows more than {} others; enrol the phone anew", limit::PREDECESSORS)
        }
    }
}
