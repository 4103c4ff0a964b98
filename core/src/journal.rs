//! The journal page: what this phone said, newest first, and how far each record has come.

use std::collections::{BTreeMap, btree_map::Entry};

use pantau_protocol::{
    body::{Body, Kind},
    exchange::Reason,
    journal::{DeviceId, RecordId},
    note::Field,
    place::Place,
    projection::{Judgement, Reference},
    record::Basis,
};
use rusqlite::{Connection, params};

use crate::{
    error::Error,
    limit, places,
    row::{self, Stored},
    trust::OwnTrust,
};

/// How far a record has come: *tersimpan di HP, sedang dikirim, sudah di server, ditahan, tidak dihitung*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Saved on this phone.
    Saved,
    /// Sent, and no receipt yet.
    Sent {
        /// Last attempt, unix seconds by the phone's clock.
        at: i64,
    },
    /// Held by the server: a receipt says so.
    Held {
        /// Server time of first receipt, unix seconds.
        received_at: i64,
    },
    /// Held by the server and set aside for a person to look at.
    Quarantined {
        /// Why; `Other(0)` where the server's word on that was lost on the way.
        reason: Reason,
        /// The field that is wrong; empty if it is the whole.
        field: String,
    },
    /// Held by the server and not counted: the desk revoked the phone, and nothing says that this record
    /// counts all the same.
    Revoked {
        /// Server time of first receipt, unix seconds.
        received_at: i64,
    },
}

impl Delivery {
    /// Whether the server holds the record, be it set aside or not counted.
    pub fn is_held(&self) -> bool {
        match self {
            Self::Held { .. } | Self::Quarantined { .. } | Self::Revoked { .. } => true,
            Self::Saved | Self::Sent { .. } => false,
        }
    }
}

/// Where a page of the journal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalCursor(pub(crate) i64);

impl JournalCursor {
    /// The place it stands for, as a number that can be kept.
    pub fn number(self) -> i64 {
        self.0
    }

    /// From [`JournalCursor::number`]; any number is a place.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }
}

/// One own record.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalRow {
    /// Its id.
    pub id: RecordId,
    /// The journal it stands in.
    pub device: DeviceId,
    /// Its number there.
    pub seq: u64,
    /// Claimed time, unix seconds.
    pub at: i64,
    /// The place.
    pub place: Place,
    /// Kind of the body.
    pub kind: Kind,
    /// What it rests on.
    pub basis: Basis,
    /// What was said; absent where this version cannot read it.
    pub body: Option<Body>,
    /// Personal texts that were not erased.
    pub notes: Vec<(Field, String)>,
    /// A later record supersedes it.
    pub superseded: bool,
    /// It is about another election than the one in force, and does not count for that.
    pub other_election: bool,
    /// How far it has come.
    pub delivery: Delivery,
    /// To continue after this row.
    pub cursor: JournalCursor,
}

/// One page, newest first.
pub(crate) fn page(
    c: &Connection,
    reference: &Reference,
    after: Option<JournalCursor>,
    rows: u32,
) -> Result<Vec<JournalRow>, Error> {
    let rows = if rows == 0 { limit::PAGE_ROWS } else { rows.min(limit::LIST_ROWS) };
    let stored = row::select(
        c,
        if after.is_some() {
            "r.own > 0 AND (r.own, r.seq) < (SELECT own, seq FROM record WHERE row = ?1)"
        } else {
            "r.own > 0 AND ?1 IS NULL"
        },
        "r.own DESC, r.seq DESC LIMIT ?2",
        params![after.map(|c| c.0), rows],
    )?;
    let trust = OwnTrust::read(c, reference)?;
    let mut judgements = BTreeMap::new();
    stored.iter().map(|s| shown(c, reference, (&trust, &mut judgements), s)).collect()
}

/// A page speaks of few places, mostly of each in several rows.
type Judgements = BTreeMap<Place, Judgement>;

fn shown(
    c: &Connection,
    reference: &Reference,
    (trust, judgements): (&OwnTrust<'_>, &mut Judgements),
    stored: &Stored,
) -> Result<JournalRow, Error> {
    let record = stored.record();
    // An own payload was a record when it was written.
    let damaged = || Error::Damaged(format!("record {}", stored.id));
    let place = record.as_ref().map(|r| r.place.clone()).ok_or_else(damaged)?;
    let judgement = match judgements.entry(place.clone()) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(places::judged(c, reference, &row::at_place(c, &place)?)?),
    };
    Ok(JournalRow {
        id: stored.id,
        device: stored.device,
        seq: stored.seq,
        at: record.as_ref().map_or(0, |r| r.at),
        place,
        kind: record.as_ref().map_or(Kind::Other(0), |r| r.kind),
        basis: record.as_ref().map_or(Basis::Seen, |r| r.basis),
        body: record.as_ref().and_then(|r| r.decode_body().ok()),
        notes: row::texts(c, &stored.id)?,
        superseded: judgement.is_replaced(&stored.id),
        other_election: judgement.is_of_other_election(&stored.id),
        delivery: delivery(trust, stored),
        cursor: JournalCursor(stored.row),
    })
}

/// How far an own record has come.
pub(crate) fn delivery(trust: &OwnTrust<'_>, stored: &Stored) -> Delivery {
    match (&stored.quarantine, stored.held, stored.sent_at) {
        (Some((reason, field)), true, _) => {
            Delivery::Quarantined { reason: Reason::from_number(*reason), field: field.clone() }
        }
        (_, true, _) => {
            let received_at = stored.received_at.unwrap_or(0);
            if trust.counts(stored) {
                Delivery::Held { received_at }
            } else {
                Delivery::Revoked { received_at }
            }
        }
        (_, false, Some(at)) => Delivery::Sent { at },
        (_, false, None) => Delivery::Saved,
    }
}
