//! A small server made of the protocol's own types: one log in memory, branches, receipts, pages. It keeps
//! no promise but those a phone can notice.

mod intake;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pantau_protocol::{
    body::{Access, Body, Device, Grant, Region, RegionLevel, Signal, Tps},
    cbor,
    checklist::Checklist,
    enrol::{Certificate, CertifiedGrant, Code, EnrolOutcome, EnrolReply, EnrolRequest, Invitation},
    exchange::{Counted, Head, LogRow, Outcome, Page, Reply, Request, RowKind, StateDigest},
    frame::{self, FrameKind},
    journal::{DeviceId, Link, RecordId},
    keys::{PublicKey, SecretKey, Sig},
    limit,
    note::{CarriedNote, Field, Note, Salt},
    place::{Place, Scope},
    profile::Profile,
    projection::{Fact, Fold},
    receipt::{Epoch, Receipt, ReceiptContext},
    record::Record,
    role::Role,
    time::{Anchor, Envelope},
};

use crate::rig::{START, place};

/// A record as the server holds it.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) row: LogRow,
    pub(crate) link: Link,
}

/// What the server does instead of its duty, once.
#[derive(Clone)]
pub(crate) enum Turn {
    /// Answers with this outcome and takes nothing.
    Away(Outcome),
    /// Takes all, and adds this outcome.
    Also(Outcome),
    /// Answers as another epoch.
    Epoch(Epoch),
    /// Signs a receipt over a link of its own.
    WrongLink,
    /// Signs with a key nobody knows.
    WrongKey,
    /// Sets these records of the push aside.
    Quarantine(Vec<pantau_protocol::exchange::Held>),
    /// Says that these notes are missing.
    Forget(Vec<(u64, Field)>),
    /// Asks to wait this long before the next sync.
    Backoff(u32),
}

/// A branch: its first own record, and all its records from 1.
pub(crate) type Branch = (u64, BTreeMap<u64, Held>);

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) first: SecretKey,
    pub(crate) key: SecretKey,
    pub(crate) now: i64,
    /// Seconds its clock is ahead of the phones'.
    pub(crate) ahead: i64,
    pub(crate) epoch: Epoch,
    pub(crate) code: Code,
    pub(crate) redeemed: Option<PublicKey>,
    pub(crate) devices: BTreeMap<DeviceId, PublicKey>,
    pub(crate) officer: u32,
    pub(crate) role: Role,
    pub(crate) grants: Vec<Place>,
    pub(crate) log: Vec<LogRow>,
    pub(crate) branches: BTreeMap<DeviceId, Vec<Branch>>,
    pub(crate) missing: BTreeSet<(DeviceId, u64, u32)>,
    pub(crate) page_rows: usize,
    pub(crate) revoked: bool,
    /// What counts all the same of a revoked officer.
    pub(crate) counted: Vec<Counted>,
    /// Opened requests, oldest first.
    pub(crate) seen: Vec<Request>,
    pub(crate) turns: VecDeque<Turn>,
    pub(crate) seqs: BTreeMap<DeviceId, u64>,
}

const ANCHOR_KEY: [u8; 32] = [3; 32];
pub(crate) const OFFICER: u32 = 7;

impl Server {
    pub(crate) fn new() -> Self {
        let mut server = Self {
            first: SecretKey::from_seed(&[1; 32]),
            key: SecretKey::from_seed(&[1; 32]),
            now: START,
            ahead: 0,
            epoch: Epoch { created_at: START - 1_000, random: [1; 8] },
            code: Code::typed("A1B2", "C3D4E5F6").unwrap(),
            redeemed: None,
            devices: BTreeMap::new(),
            officer: OFFICER,
            role: Role::FieldOfficer,
            grants: vec![place("62.06.13")],
            log: Vec::new(),
            branches: BTreeMap::new(),
            missing: BTreeSet::new(),
            page_rows: 1_000,
            revoked: false,
            counted: Vec::new(),
            seen: Vec::new(),
            turns: VecDeque::new(),
            seqs: BTreeMap::new(),
        };
        let device = Self::desk().public();
        let desk = Device {
            device: device.device_id(),
            public_key: device.0,
            officer: 1,
            predecessor: None,
            regions: vec![place("62")],
        };
        server.say("62", Body::Device(desk));
        server.say("62", Body::Grant(Grant { officer: 1, role: Role::DeskAdmin, ended: false }));
        for (code, level, name) in [
            ("62", RegionLevel::Province, "Kalimantan Tengah"),
            ("62.06", RegionLevel::Regency, "Katingan"),
            ("62.06.13", RegionLevel::District, "Bukit Raya"),
            ("62.06.13.2001", RegionLevel::Village, "Tumbang Gagu"),
            ("62.06.14", RegionLevel::District, "Katingan Hulu"),
        ] {
            server.say(code, Body::Region(Region { level, name: name.to_owned() }));
        }
        for (code, access) in [
            ("62.06.13.2001/001", Access::Regular),
            ("62.06.13.2001/002", Access::VeryRemote),
            ("62.06.13.2001/003", Access::Remote),
            ("62.06.14.2001/001", Access::Regular),
        ] {
            let tps = Tps { voters: 271, male: None, lat: None, lon: None, access, signal: Signal::None };
            server.say(code, Body::Tps(tps));
        }
        server.say("62", Body::Profile(Box::new(Profile::shipped().remove(0))));
        server.say("62", Body::Checklist(Checklist::shipped().remove(0)));
        server
    }

    pub(crate) fn desk() -> SecretKey {
        SecretKey::from_seed(&[2; 32])
    }

    /// Another code, which nobody redeemed.
    pub(crate) fn renew_code(&mut self) {
        self.redeemed = None;
        self.code = Code::typed("Z9Y8", "C3D4E5F6").unwrap();
    }

    pub(crate) fn invitation(&self) -> Invitation {
        let fingerprint = self.first.public().fingerprint();
        Invitation { url: "http://desk.example".into(), fingerprint, code: self.code.clone() }
    }

    /// A record of the desk.
    pub(crate) fn say(&mut self, at: &str, body: Body) -> RecordId {
        self.say_as(&Self::desk(), at, &body, vec![])
    }

    /// A record of somebody else, straight into the log.
    pub(crate) fn say_as(&mut self, who: &SecretKey, at: &str, body: &Body, notes: Vec<Note>) -> RecordId {
        let payload = Record::new(self.now, place(at), body).to_payload();
        self.put(who, payload, notes.into_iter().map(CarriedNote::Whole).collect())
    }

    /// A payload of somebody else, straight into the log.
    pub(crate) fn put(&mut self, who: &SecretKey, payload: Vec<u8>, notes: Vec<CarriedNote>) -> RecordId {
        let device = who.public().device_id();
        let seq = self.seqs.entry(device).or_default();
        *seq += 1;
        let envelope = Envelope { received_at: self.now, not_before: 0 };
        let (position, seq) = (self.log.len() as u64 + 1, *seq);
        let row =
            LogRow { position, kind: RowKind::Record, device, branch: 0, seq, envelope, payload, notes };
        let id = row.record_id();
        self.log.push(row);
        id
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::new(self.grants.iter().cloned())
    }

    fn context(&self, device: DeviceId, link: Link) -> ReceiptContext {
        ReceiptContext { server: self.first.public().server_id(), epoch: self.epoch, device, link }
    }

    pub(crate) fn answer(&mut self, url: &str, bytes: &[u8]) -> Vec<u8> {
        let digest = frame::request_digest(bytes);
        if url.ends_with("/v1/enrol") {
            let reply = cbor::to_vec(&self.enrol(bytes));
            return frame::seal_reply(FrameKind::EnrolReply, &self.first, &digest, 1, &reply);
        }
        let turn = self.turns.pop_front();
        let key = match &turn {
            Some(Turn::WrongKey) => SecretKey::from_seed(&[99; 32]),
            _ => self.key.clone(),
        };
        let reply = self.exchange(bytes, turn);
        frame::seal_reply(FrameKind::Reply, &key, &digest, 1, &cbor::to_vec(&reply))
    }

    fn enrol(&mut self, bytes: &[u8]) -> EnrolReply {
        let parsed = frame::parse(bytes).unwrap();
        let key = parsed.key.unwrap();
        let request: EnrolRequest = cbor::from_slice(&parsed.open(&key).unwrap()).unwrap();
        let good = request.handle == self.code.handle && request.proof == self.code.proof(&key);
        let outcome = match self.redeemed {
            _ if !good => EnrolOutcome::WrongCode,
            Some(other) if other != key => EnrolOutcome::Used,
            _ => EnrolOutcome::Enrolled,
        };
        if outcome == EnrolOutcome::Enrolled && self.redeemed.is_none() {
            self.redeemed = Some(key);
            self.register(key, None);
        }
        EnrolReply {
            outcome,
            server_key: self.first.public(),
            keys: vec![],
            certificate: (outcome == EnrolOutcome::Enrolled).then(|| self.certificate(key, None)),
            epoch: self.epoch,
            server_time: self.now,
            wait_s: 0,
        }
    }

    pub(crate) fn register(&mut self, key: PublicKey, predecessor: Option<DeviceId>) {
        let device = key.device_id();
        self.devices.insert(device, key);
        let (regions, public_key) = (self.grants.clone(), key.0);
        let at = regions[0].to_string();
        let record =
            Device { device, public_key, officer: self.officer, predecessor, regions: regions.clone() };
        self.say(&at, Body::Device(record));
        for region in regions {
            let grant = Grant { officer: self.officer, role: self.role, ended: false };
            self.say(region.as_str(), Body::Grant(grant));
        }
    }

    fn certificate(&self, device_key: PublicKey, predecessor: Option<DeviceId>) -> Certificate {
        let grant = |place: &Place| CertifiedGrant { role: self.role, place: place.clone() };
        let (grants, server) = (self.grants.iter().map(grant).collect(), self.first.public().server_id());
        let (issued_at, signature) = (self.now, Sig([0; 64]));
        let bare = Certificate {
            device_key,
            officer: self.officer,
            grants,
            predecessor,
            issued_at,
            server,
            signature,
        };
        bare.sign(&self.key)
    }

    fn exchange(&mut self, bytes: &[u8], turn: Option<Turn>) -> Reply {
        let parsed = frame::parse(bytes).unwrap();
        let device = parsed.device.unwrap();
        let mut reply = Reply {
            receipt: None,
            epoch: self.epoch,
            server_time: self.now,
            anchor_mac: Anchor::new(&ANCHOR_KEY, &device, self.now).mac,
            outcomes: vec![],
            want_notes: vec![],
            page: Page::default(),
            scope: Scope::nothing().digest(),
            position: 0,
            more: false,
            backoff_s: 0,
            min_version: 0,
            dictionaries: vec![],
            certificate: None,
            state_digest: None,
        };
        let Some(key) = self.devices.get(&device).copied().or(parsed.key) else {
            reply.outcomes.push(Outcome::Unknown);
            return reply;
        };
        let request: Request = cbor::from_slice(&parsed.open(&key).unwrap()).unwrap();
        self.seen.push(request.clone());
        if let Some(Turn::Away(outcome)) = turn {
            reply.outcomes.push(outcome);
            return reply;
        }
        if !self.admit(key, &request) {
            reply.outcomes.push(Outcome::Unknown);
            return reply;
        }
        let asks = request.certificate.is_some() || request.succession.is_some();
        self.settle_epoch(device, &request);
        reply.epoch = self.epoch;
        let reads_on = request.cursor.map(|c| c.is_of(&self.epoch, &self.scope().digest()));
        if asks || reads_on != Some(true) {
            reply.certificate = Some(self.certificate(key, None));
        }
        let quarantine = match &turn {
            Some(Turn::Quarantine(held)) => held.clone(),
            _ => vec![],
        };
        if let Some(Turn::Forget(fields)) = &turn {
            self.missing.extend(fields.iter().map(|(seq, f)| (device, *seq, f.number())));
        }
        let end = self.push(key, parsed.span, &request, &quarantine, &mut reply.outcomes);
        self.take_late(device, &request);
        if !quarantine.is_empty() {
            reply.outcomes.push(Outcome::Quarantined(quarantine));
        }
        let branch = end.or_else(|| {
            let head = request.head.or(parsed.span.map(|s| Head::new(s.last(), &s.link)));
            head.and_then(|head| self.locate(key, &head, &mut reply.outcomes))
        });
        let gap = reply.outcomes.iter().any(|o| matches!(o, Outcome::Gap { .. } | Outcome::Behind { .. }));
        let wanted = request.segment.is_some()
            || !request.notes.is_empty()
            || request.lost.is_some()
            || reads_on != Some(true)
            || gap;
        if wanted {
            self.give_receipt(key, branch, parsed.span.map(|s| (s.first, s.last())), &mut reply);
        }
        match turn {
            Some(Turn::Also(outcome)) => reply.outcomes.push(outcome),
            Some(Turn::Epoch(epoch)) => reply.epoch = epoch,
            Some(Turn::WrongLink) => {
                if let Some(receipt) = &mut reply.receipt {
                    let context = self.context(device, Link([77; 32]));
                    *receipt = Receipt::sign(receipt.statement.clone(), &context, &self.key);
                }
            }
            Some(Turn::Backoff(s)) => reply.backoff_s = s,
            _ => {}
        }
        if self.revoked {
            reply.outcomes.push(Outcome::Revoked { counted: self.counted.clone() });
            return reply;
        }
        reply.scope = self.scope().digest();
        self.add_page(device, &request, &mut reply);
        if request.want_digest {
            reply.state_digest = Some(self.digest(device, branch, reply.position));
        }
        reply
    }

    fn admit(&mut self, key: PublicKey, request: &Request) -> bool {
        if self.devices.contains_key(&key.device_id()) {
            return true;
        }
        if let Some(succession) = &request.succession {
            let known = self.devices.get(&succession.predecessor);
            if known.is_some_and(|old| succession.verify(old, &key)) {
                self.register(key, Some(succession.predecessor));
                return true;
            }
        }
        let shown = request.certificate.as_ref();
        let good = shown.is_some_and(|c| c.device_key == key && c.verify(&[self.key.public()]));
        if good {
            self.register(key, None);
        }
        good
    }

    fn is_visible(&self, row: &LogRow, reader: DeviceId) -> bool {
        let keys = |row: &LogRow| {
            let record = Record::from_payload(&row.payload).ok()?;
            Some((record.place_keys(), record.is_from_above()))
        };
        let sees = |row: &LogRow| keys(row).is_some_and(|(k, above)| self.scope().sees(&k, above));
        let about = |row: &LogRow| {
            let same = |r: &&LogRow| r.kind == RowKind::Record && (r.device, r.seq) == (row.device, row.seq);
            self.log.iter().find(same).is_some_and(sees)
        };
        match row.kind {
            RowKind::Quarantined => row.device == reader,
            RowKind::Note => row.device != reader && about(row),
            _ => row.device != reader && sees(row),
        }
    }

    fn add_page(&self, reader: DeviceId, request: &Request, reply: &mut Reply) {
        let cursor = request.cursor.filter(|c| c.is_of(&self.epoch, &reply.scope));
        let after = cursor.map_or(0, |c| c.position).min(self.log.len() as u64);
        reply.position = after;
        if (request.time_guess - self.now).abs() > limit::CLOCK_SKEW_S {
            reply.more = true;
            return;
        }
        let mut rows = Vec::new();
        for row in &self.log[after as usize..] {
            if rows.len() == self.page_rows || request.budget_bytes == 0 {
                break;
            }
            if self.is_visible(row, reader) {
                rows.push(row.clone());
            }
            reply.position = row.position;
        }
        reply.more = reply.position < self.log.len() as u64;
        reply.page = Page::pack(&rows);
    }

    fn digest(&self, reader: DeviceId, branch: Option<usize>, position: u64) -> StateDigest {
        let mut fold = Fold::new();
        let own = branch.map(|n| self.branches[&reader][n].1.values().map(|h| h.row.clone()).collect());
        let own: Vec<LogRow> = own.unwrap_or_default();
        let others = self.log.iter().filter(|r| r.position <= position && self.is_visible(r, reader));
        for row in own.iter().chain(others).filter(|r| r.kind == RowKind::Record) {
            let author = (row.device, row.branch, row.seq);
            if let Ok(fact) = Fact::new(row.record_id(), author, Some(row.envelope), &row.payload) {
                fold.insert(fact);
            }
        }
        fold.digest_within(&self.scope())
    }

    /// Payloads held of a device on its longest branch, oldest first.
    pub(crate) fn held_of(&self, device: DeviceId) -> Vec<Held> {
        let longest = self.branches.get(&device).and_then(|all| all.iter().max_by_key(|b| b.1.len()));
        longest.map(|b| b.1.values().cloned().collect()).unwrap_or_default()
    }
}

/// A note with a salt of its own.
pub(crate) fn note(field: Field, text: &str) -> Note {
    Note { field, salt: Salt([text.len() as u8; 16]), text: text.to_owned() }
}
