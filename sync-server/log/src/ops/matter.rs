//! Matters that need somebody at the desk: who works on which, what came of it, and handing over at the end of a
//! shift.

use std::{fmt, str::FromStr};

use pantau_protocol::{body::FindingId, hash, journal::RecordId, limit};

use crate::{
    Error, Server,
    store::{self, Deed, DeedKind, Tx, View},
};

/// What somebody may have to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matter {
    /// A finding.
    Finding(FindingId),
    /// An incident, by its first report.
    Incident(RecordId),
    /// A directive, by its first wording.
    Directive(RecordId),
}

impl fmt::Display for Matter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(id) => write!(f, "finding-{id}"),
            Self::Incident(id) => write!(f, "incident-{id}"),
            Self::Directive(id) => write!(f, "directive-{id}"),
        }
    }
}

impl FromStr for Matter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = text.split_once('-').and_then(|(kind, id)| match kind {
            "finding" => id.parse().ok().map(Self::Finding),
            "incident" => record(id).map(Self::Incident),
            "directive" => record(id).map(Self::Directive),
            _ => None,
        });
        read.ok_or_else(|| {
            Error::Refused("not a matter: finding-, incident- or directive- and its id".into())
        })
    }
}

/// A record id as it is written, with its hyphens.
fn record(text: &str) -> Option<RecordId> {
    RecordId::from_slice(&hash::unhex(&text.replace('-', ""))?)
}

/// Who works on a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The operator.
    pub operator: String,
    /// Since when, unix seconds.
    pub since: i64,
}

impl Owner {
    /// Who works on a matter after its latest deed.
    pub fn after(deed: &Deed) -> Option<Self> {
        Some(Self { operator: deed.owner()?.to_owned(), since: deed.at })
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To work on it. Names whom the operator saw working on it, if anybody: what changed meanwhile is not
    /// overruled.
    Take {
        /// The operator of whom it is taken over.
        from: Option<String>,
    },
    /// To leave it to others.
    Leave,
    /// To note what came of it, such as of a call.
    Note,
    /// To hand it over.
    HandOver {
        /// To whom.
        to: String,
    },
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was written, or was so already.
    Done,
    /// Somebody else works on it.
    Taken(Owner),
    /// The operator does not work on it, so cannot leave it or hand it over.
    NotYours,
    /// Nobody of this name may work at the desk.
    NoSuchOperator,
    /// A note without a text.
    NoNote,
    /// The text is longer than [`limit::NOTE_BYTES`].
    NoteTooLong,
}

/// Who works on a matter.
///
/// # Errors
/// Failures of the store.
pub fn owner(view: &dyn View, matter: &Matter) -> Result<Option<Owner>, Error> {
    let deeds = view.deeds(&matter.to_string())?;
    Ok(deeds.iter().rfind(|deed| deed.kind.moves()).and_then(Owner::after))
}

/// Does what an operator asks about a matter, in one transaction with the look at who works on it.
///
/// # Errors
/// Failures of the store.
pub fn attend(
    server: &Server,
    matter: &Matter,
    operator: &str,
    wish: &Wish,
    note: &str,
) -> Result<Done, Error> {
    let note = note.trim();
    if note.len() > limit::NOTE_BYTES {
        return Ok(Done::NoteTooLong);
    }
    if *wish == Wish::Note && note.is_empty() {
        return Ok(Done::NoNote);
    }
    let at = server.now();
    let done = store::write(server.store(), |tx| attend_in(tx, matter, (operator, at), wish, note))?;
    Ok(done)
}

fn attend_in(
    tx: &mut dyn Tx,
    matter: &Matter,
    (operator, at): (&str, i64),
    wish: &Wish,
    note: &str,
) -> store::Stored<Done> {
    let name = matter.to_string();
    let latest = tx.deeds(&name)?.into_iter().rfind(|deed| deed.kind.moves());
    let owner = latest.as_ref().and_then(Owner::after);
    let is_mine = owner.as_ref().is_some_and(|owner| owner.operator == operator);
    let (kind, heir) = match wish {
        Wish::Take { .. } if is_mine => return Ok(Done::Done),
        Wish::Take { from } => match owner {
            Some(owner) if from.as_ref() != Some(&owner.operator) => return Ok(Done::Taken(owner)),
            _ => (DeedKind::Take, String::new()),
        },
        Wish::Note => (DeedKind::Note, String::new()),
        Wish::Leave | Wish::HandOver { .. } if !is_mine => return Ok(Done::NotYours),
        Wish::Leave => (DeedKind::Leave, String::new()),
        Wish::HandOver { to } => match tx.operator(to)?.filter(|heir| !heir.disabled) {
            Some(heir) => (DeedKind::HandOver, heir.username),
            None => return Ok(Done::NoSuchOperator),
        },
    };
    let (operator, note) = (operator.to_owned(), note.to_owned());
    tx.add_deed(&Deed { matter: name, at, operator, kind, heir, note })?;
    Ok(Done::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rig::Rig,
        store::{Operator, Rights},
    };

    fn matter(n: u8) -> Matter {
        Matter::Finding(FindingId([n; 16]))
    }

    fn desk(names: &[&str]) -> Rig {
        let rig = Rig::memory();
        for name in names {
            let operator = Operator::new(*name, "$argon2id$", 1, Rights::Desk);
            store::write(rig.server.store(), |tx| tx.put_operator(&operator)).unwrap();
        }
        rig
    }

    #[test]
    fn the_second_who_takes_a_matter_hears_of_the_first() {
        let rig = desk(&["siti", "budi"]);
        let act = |who: &str, wish: Wish| attend(&rig.server, &matter(1), who, &wish, "").unwrap();
        let free = || Wish::Take { from: None };
        assert_eq!(act("siti", free()), Done::Done);
        let siti = Owner { operator: "siti".into(), since: rig.server.now() };
        rig.clock.pass(60);
        assert_eq!(act("budi", free()), Done::Taken(siti));
        assert_eq!(act("budi", Wish::Leave), Done::NotYours);
        assert_eq!(act("siti", free()), Done::Done, "it is hers already");
        assert_eq!(
            act("budi", Wish::Take { from: Some("siti".into()) }),
            Done::Done,
            "taken over with open eyes"
        );
        let now = store::read(rig.server.store(), |view| Ok(owner(view, &matter(1)).unwrap())).unwrap();
        assert_eq!(now.map(|owner| owner.operator).as_deref(), Some("budi"));
        assert_eq!(act("budi", Wish::Leave), Done::Done);
        assert_eq!(act("siti", Wish::Take { from: Some("budi".into()) }), Done::Done, "nobody has it");
    }

    #[test]
    fn a_matter_is_handed_over_to_somebody_who_may_work_here() {
        let rig = desk(&["siti", "budi"]);
        let act = |wish: Wish, note: &str| attend(&rig.server, &matter(2), "siti", &wish, note).unwrap();
        let to = |name: &str| Wish::HandOver { to: name.into() };
        assert_eq!(act(to("budi"), ""), Done::NotYours);
        act(Wish::Take { from: None }, "");
        assert_eq!(act(to("nobody"), ""), Done::NoSuchOperator);
        assert_eq!(act(Wish::Note, "  "), Done::NoNote);
        assert_eq!(act(Wish::Note, &"x".repeat(limit::NOTE_BYTES + 1)), Done::NoteTooLong);
        assert_eq!(act(Wish::Note, "tidak diangkat"), Done::Done);
        assert_eq!(act(to("budi"), "janji ditelepon pukul 19.00"), Done::Done);
        let deeds = store::read(rig.server.store(), |view| view.deeds(&matter(2).to_string())).unwrap();
        assert_eq!(
            deeds.iter().map(|deed| deed.kind).collect::<Vec<_>>(),
            [DeedKind::Take, DeedKind::Note, DeedKind::HandOver]
        );
        assert_eq!(deeds[2].owner(), Some("budi"));
    }

    #[test]
    fn a_matter_is_read_as_it_is_written() {
        for matter in [
            matter(3),
            Matter::Incident(RecordId::from_bytes([4; 16])),
            Matter::Directive(RecordId::from_bytes([5; 16])),
        ] {
            assert_eq!(matter.to_string().parse::<Matter>().unwrap(), matter);
        }
        for bad in ["", "finding", "finding-", "finding-xyz", "incident-00", "x-00", "finding-é"] {
            assert!(bad.parse::<Matter>().is_err(), "{bad}");
        }
    }
}
