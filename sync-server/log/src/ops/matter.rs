//! Matters that need somebody at the desk: who works on which, what came of it, and handing over at the end of a
//! shift.

use std::{fmt, str::FromStr};

use pantau_protocol::{body::FindingId, journal::RecordId, limit};

use crate::{
    Error, Server,
    store::{self, Deed, DeedKind, Operator, Rights, Tx, View},
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
            "incident" => id.parse().ok().map(Self::Incident),
            "directive" => id.parse().ok().map(Self::Directive),
            _ => None,
        });
        read.ok_or_else(|| {
            Error::Refused("not a matter: finding-, incident- or directive- and its id".into())
        })
    }
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
    /// Nobody of this name may work on it: no operator, one who only reads, or one who does not see what the giver sees.
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

/// Hands several matters over at once: all that the operator still works on, or none. What somebody else took meanwhile
/// is with him already.
///
/// # Errors
/// Failures of the store.
pub fn hand_over(
    server: &Server,
    matters: &[Matter],
    operator: &str,
    to: &str,
    note: &str,
) -> Result<Done, Error> {
    let note = note.trim();
    if note.len() > limit::NOTE_BYTES {
        return Ok(Done::NoteTooLong);
    }
    let (at, wish) = (server.now(), Wish::HandOver { to: to.to_owned() });
    let done = store::write(server.store(), |tx| {
        for matter in matters {
            let done = attend_in(tx, matter, (operator, at), &wish, note)?;
            // The first decides for all: whether there is such an operator.
            if !matches!(done, Done::Done | Done::NotYours) {
                return Ok(done);
            }
        }
        Ok(Done::Done)
    })?;
    Ok(done)
}

/// Whether an operator may take over what another works on: he may act, and sees all that the other sees.
pub fn may_inherit(heir: &Operator, giver: &Operator) -> bool {
    let sees_all = match (&heir.scope, &giver.scope) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(heir), Some(giver)) => giver.roots().iter().all(|root| heir.covers(root)),
    };
    !heir.disabled && heir.rights >= Rights::Desk && heir.username != giver.username && sees_all
}

fn attend_in(
    tx: &mut dyn Tx,
    matter: &Matter,
    (operator, at): (&str, i64),
    wish: &Wish,
    note: &str,
) -> store::Stored<Done> {
    let name = matter.to_string();
    let deeds = tx.deeds(&name)?;
    let is_again = |deed: &Deed| {
        (deed.kind, deed.operator.as_str(), deed.note.as_str()) == (DeedKind::Note, operator, note)
    };
    if *wish == Wish::Note && deeds.last().is_some_and(is_again) {
        // A form that was sent twice.
        return Ok(Done::Done);
    }
    let latest = deeds.into_iter().rfind(|deed| deed.kind.moves());
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
        Wish::HandOver { to } => match (tx.operator(to)?, tx.operator(operator)?) {
            (Some(heir), Some(giver)) if may_inherit(&heir, &giver) => (DeedKind::HandOver, heir.username),
            _ => return Ok(Done::NoSuchOperator),
        },
    };
    let (operator, note) = (operator.to_owned(), note.to_owned());
    tx.add_deed(&Deed { matter: name, at, operator, kind, heir, note })?;
    Ok(Done::Done)
}

#[cfg(test)]
mod tests {
    use pantau_protocol::place::{Place, Scope};

    use super::*;
    use crate::rig::Rig;

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
    fn nobody_inherits_what_he_may_not_see_or_act_on() {
        let scope = |code: &str| Some(Scope::new([Place::new(code).unwrap()]));
        let operator = |name: &str, rights, scope| Operator { scope, ..Operator::new(name, "", 1, rights) };
        let giver = operator("siti", Rights::Desk, scope("62.06"));
        for (heir, may) in [
            (operator("a", Rights::Desk, None), true),
            (operator("a", Rights::Admin, scope("62.06")), true),
            (operator("a", Rights::Desk, scope("62.06.13")), false),
            (operator("a", Rights::Desk, scope("62.07")), false),
            (operator("a", Rights::Viewer, None), false),
            (Operator { disabled: true, ..operator("a", Rights::Desk, None) }, false),
            (giver.clone(), false),
        ] {
            assert_eq!(may_inherit(&heir, &giver), may, "{:?} {:?}", heir.rights, heir.scope);
        }
        assert!(!may_inherit(&giver, &operator("b", Rights::Desk, None)));
    }

    #[test]
    fn a_note_that_is_sent_twice_is_one_and_a_handover_is_whole() {
        let rig = desk(&["siti", "budi"]);
        let all = [matter(6), matter(7)];
        for matter in &all {
            attend(&rig.server, matter, "siti", &Wish::Take { from: None }, "").unwrap();
            for _ in 0..2 {
                attend(&rig.server, matter, "siti", &Wish::Note, "tidak diangkat").unwrap();
            }
        }
        assert_eq!(hand_over(&rig.server, &all, "siti", "nobody", "").unwrap(), Done::NoSuchOperator);
        assert_eq!(hand_over(&rig.server, &all, "siti", "budi", "janji").unwrap(), Done::Done);
        for matter in &all {
            let deeds = store::read(rig.server.store(), |view| view.deeds(&matter.to_string())).unwrap();
            let kinds: Vec<DeedKind> = deeds.iter().map(|deed| deed.kind).collect();
            assert_eq!(kinds, [DeedKind::Take, DeedKind::Note, DeedKind::HandOver]);
        }
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
