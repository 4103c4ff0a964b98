//! Enrolment codes as the desk makes, lists and withdraws them: the one way for the pages and for the command line.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    enrol::Invitation, legible::legible_line, place::Place, projection::Reference, role::Role,
};

use crate::{
    Error, Server,
    author::DESK_OFFICER,
    enrol::{self, Earlier},
    projector::{Known, Told},
    store::{self, Enrolment},
};

/// One code and whose it is, as it may be shown.
#[derive(Debug)]
pub struct Issued {
    /// For whom.
    pub officer: u32,
    /// The officer's name; empty where none is known.
    pub name: String,
    /// Every role of the officer, each once.
    pub roles: Vec<Role>,
    /// Every place of the officer with its name and code, each once.
    pub places: Vec<String>,
    /// The code itself.
    pub invitation: Invitation,
    /// Until when it is valid, unix seconds.
    pub valid_until: i64,
}

/// Makes a code for an officer, valid for so many seconds, for phones that reach the server at `url`. Those that he has
/// stay good.
///
/// # Errors
/// As [`issue_all`].
pub fn issue(server: &Server, known: &Known, officer: u32, url: &str, valid_s: i64) -> Result<Issued, Error> {
    let made = issue_all(server, known, &[officer], (url, valid_s), Earlier::Stay)?;
    made.into_iter().next().ok_or(Error::Closed)
}

/// Makes a code for each of some officers, all of them or none, valid for so many seconds, for phones that reach the
/// server at the address.
///
/// # Errors
/// [`Error::NotFound`] for an officer without a grant; [`Error::Refused`] for an address at which no phone could ask;
/// failures of the store.
pub fn issue_all(
    server: &Server,
    known: &Known,
    officers: &[u32],
    (url, valid_s): (&str, i64),
    earlier: Earlier,
) -> Result<Vec<Issued>, Error> {
    // Taken before they are made: what is printed never promises more.
    let valid_until = server.now().saturating_add(valid_s);
    let made = enrol::invite_all(server, officers, url, valid_s, earlier)?;
    let all = officers.iter().zip(made);
    Ok(all.map(|(officer, invitation)| issued(known, *officer, invitation, valid_until)).collect())
}

fn issued(known: &Known, officer: u32, invitation: Invitation, valid_until: i64) -> Issued {
    let reference = known.reference();
    let place = |place: &Place| {
        let name = reference.region(place).map(|region| legible_line(&region.name).into_owned());
        name.map_or_else(|| place.to_string(), |name| format!("{name} ({place})"))
    };
    let name = match known.contacts().get(&officer).map(|contact| &contact.name) {
        Some(Told::Text(name)) => legible_line(name).into_owned(),
        Some(Told::Absent | Told::Erased) | None => String::new(),
    };
    let grants = reference.grants(officer);
    let mut roles: Vec<Role> = grants.iter().map(|grant| grant.role).collect();
    roles.dedup();
    let mut places: Vec<String> = grants.iter().map(|grant| place(&grant.place)).collect();
    places.dedup();
    Issued { officer, name, roles, places, invitation, valid_until }
}

/// Officers with a grant within a place, or with any grant, and no phone that is still trusted, by number. The desk
/// itself needs none.
pub fn without_phone(reference: &Reference, within: Option<&Place>) -> Vec<u32> {
    let is_meant = |place: &Place| within.is_none_or(|within| place.is_within(within));
    let granted = reference.all_grants().filter(|(.., place)| is_meant(place));
    let mut officers: BTreeSet<u32> = granted.map(|(officer, ..)| officer).collect();
    officers.remove(&DESK_OFFICER);
    for device in reference.devices().filter(|d| !reference.is_revoked(&d.device)) {
        officers.remove(&device.officer);
    }
    officers.into_iter().collect()
}

/// A code that a phone may still be enrolled by. The secret is nowhere but with whoever was given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCode {
    /// Names it.
    pub handle: String,
    /// When it was made, unix seconds.
    pub created_at: i64,
    /// Until when it is valid, unix seconds.
    pub expires_at: i64,
}

/// The codes that may still be redeemed, by officer, newest first.
///
/// # Errors
/// Failures of the store.
pub fn open_codes(view: &dyn store::View, now: i64) -> Result<BTreeMap<u32, Vec<OpenCode>>, Error> {
    let mut all: BTreeMap<u32, Vec<OpenCode>> = BTreeMap::new();
    for code in view.desk_enrolments()?.into_iter().filter(|code| is_open(code, now)) {
        let Enrolment { handle, officer, created_at, expires_at, .. } = code;
        all.entry(officer).or_default().push(OpenCode { handle, created_at, expires_at });
    }
    Ok(all)
}

/// Withdraws a code of an officer. Says whether there was one that could still be redeemed.
///
/// # Errors
/// Failures of the store.
pub fn withdraw_code(server: &Server, officer: u32, handle: &str) -> Result<bool, Error> {
    let now = server.now();
    Ok(store::write(server.store(), |tx| {
        let found = tx.enrolment(handle)?.filter(|code| code.officer == officer && is_open(code, now));
        let Some(code) = found else { return Ok(false) };
        tx.put_enrolment(&Enrolment { voided: true, ..code })?;
        Ok(true)
    })?)
}

fn is_open(code: &Enrolment, now: i64) -> bool {
    code.device.is_none() && !code.voided && code.expires_at > now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::{Rig, place};

    fn open(rig: &Rig) -> BTreeMap<u32, usize> {
        store::read(rig.server.store(), |view| Ok(open_codes(view, rig.server.now())))
            .unwrap()
            .unwrap()
            .into_iter()
            .map(|(officer, codes)| (officer, codes.len()))
            .collect()
    }

    fn make(rig: &Rig, officers: &[u32], earlier: Earlier) -> Result<Vec<Issued>, Error> {
        let known = rig.server.known().unwrap();
        issue_all(&rig.server, &known, officers, ("https://desk.example", 60), earlier)
    }

    #[test]
    fn codes_of_one_press_are_made_all_or_none() {
        let rig = Rig::memory();
        (1..=3).for_each(|officer| rig.grant(officer, Role::Camat, "62.06.13"));
        // The last one has no grant: nobody would see the codes of the others.
        assert!(matches!(make(&rig, &[1, 2, 99], Earlier::Stay), Err(Error::NotFound(_))));
        assert!(open(&rig).is_empty());
        let made = make(&rig, &[1, 2, 3], Earlier::Stay).unwrap();
        assert_eq!(made.iter().map(|issued| issued.officer).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(open(&rig), [(1, 1), (2, 1), (3, 1)].into());
        let handles: BTreeSet<_> = made.iter().map(|issued| &issued.invitation.code.handle).collect();
        assert_eq!(handles.len(), 3);
        assert!(without_phone(rig.server.known().unwrap().reference(), Some(&place("62"))).contains(&1));
    }

    #[test]
    fn a_new_code_ends_those_of_the_same_officer_only() {
        let rig = Rig::memory();
        (1..=2).for_each(|officer| rig.grant(officer, Role::Camat, "62.06.13"));
        make(&rig, &[1, 2], Earlier::Stay).unwrap();
        make(&rig, &[1], Earlier::Stay).unwrap();
        assert_eq!(open(&rig), [(1, 2), (2, 1)].into());
        let last = make(&rig, &[1], Earlier::End).unwrap();
        assert_eq!(open(&rig), [(1, 1), (2, 1)].into());
        let all = store::read(rig.server.store(), |view| Ok(open_codes(view, rig.server.now())));
        assert_eq!(all.unwrap().unwrap()[&1][0].handle, last[0].invitation.code.handle);
    }
}
