//! Roles and regions of officers as the desk changes them: what a change would do can be seen before it is made.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{Body, Grant},
    hash,
    journal::RecordId,
    place::{Place, Scope},
    projection::Reference,
    role::Role,
};

use super::directive::{NotAddressed, Standing, asked, directives, in_use};
use crate::{
    Error, Server,
    author::{self, DESK_OFFICER, NewDeskRecord},
};

/// What is asked for an officer. To move somebody is to end one grant and to give another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantChange {
    /// The officer.
    pub officer: u32,
    /// A grant that ends.
    pub end: Option<(Role, Place)>,
    /// A grant that is given.
    pub give: Option<(Role, Place)>,
}

/// What a change of grants would do. Nothing was written.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantEffect {
    /// TPS that the officer sees now and would not.
    pub tps_lost: usize,
    /// TPS that he does not see now and would.
    pub tps_gained: usize,
    /// Directives that ask him now and would not any more.
    pub directives_lost: usize,
    /// He would have no grant left: his phone would be shown nothing, and no code could be made for him.
    pub leaves_none: bool,
    records: Vec<NewDeskRecord>,
    told: String,
}

/// What became of a change that was to be prepared.
#[derive(Debug, Clone, PartialEq)]
pub enum GrantPrepared {
    /// It would do this.
    Ready(Box<GrantEffect>),
    /// The grant that is to end is not in force.
    NoSuchGrant,
    /// The grant that is to be given is in force already.
    HasIt,
    /// The role is one of the desk, which has no phone.
    NoRole,
    /// The place cannot be granted.
    NoPlace(NotAddressed),
    /// There is no such officer.
    NoSuchOfficer,
    /// Neither an end nor a gift was asked for.
    Nothing,
}

/// Prepares a change of grants.
///
/// # Errors
/// Failures of the store.
pub fn prepare_grants(server: &Server, change: &GrantChange) -> Result<GrantPrepared, Error> {
    let known = server.known()?;
    let (reference, officer) = (known.reference(), change.officer);
    let is_known = !reference.grants_ever(officer).is_empty() || known.contacts().contains_key(&officer);
    if officer == DESK_OFFICER || !is_known {
        return Ok(GrantPrepared::NoSuchOfficer);
    }
    let held: Vec<(Role, Place)> =
        reference.grants(officer).into_iter().map(|grant| (grant.role, grant.place)).collect();
    let mut after = held.clone();
    let mut records = Vec::new();
    if let Some((role, place)) = &change.end {
        if !held.contains(&(*role, place.clone())) {
            return Ok(GrantPrepared::NoSuchGrant);
        }
        after.retain(|grant| *grant != (*role, place.clone()));
        records.push(record(server.now(), officer, *role, place.clone(), true));
    }
    if let Some((role, place)) = &change.give {
        if role.is_desk() || !Role::ALL.contains(role) {
            return Ok(GrantPrepared::NoRole);
        }
        match in_use(reference, place) {
            Ok(_) if after.contains(&(*role, place.clone())) => return Ok(GrantPrepared::HasIt),
            Ok(place) => after.push((*role, place)),
            Err(why) => return Ok(GrantPrepared::NoPlace(why)),
        }
        records.push(record(server.now(), officer, *role, place.clone(), false));
    }
    if records.is_empty() {
        return Ok(GrantPrepared::Nothing);
    }
    let standing = directives(server)?;
    Ok(GrantPrepared::Ready(Box::new(effect(reference, change, [&held, &after], &standing, records))))
}

fn record(now: i64, officer: u32, role: Role, place: Place, ended: bool) -> NewDeskRecord {
    NewDeskRecord::new(now, place, Body::Grant(Grant { officer, role, ended, new_person: false }))
}

fn effect(
    reference: &Reference,
    change: &GrantChange,
    [held, after]: [&[(Role, Place)]; 2],
    standing: &[Standing],
    records: Vec<NewDeskRecord>,
) -> GrantEffect {
    let seen = |grants: &[(Role, Place)]| -> BTreeSet<Place> {
        let scope = Scope::new(grants.iter().map(|(_, place)| place.clone()));
        let all = reference.all_tps().filter(|(_, tps)| tps.ended.is_none()).map(|(place, _)| place);
        all.filter(|place| scope.sees([*place], false)).cloned().collect()
    };
    let (before, then) = (seen(held), seen(after));
    let concerns = |d: &Standing, grants: &[(Role, Place)]| {
        grants.iter().any(|(role, at)| {
            d.state.role.is_none_or(|r| r == *role) && (at.is_within(&d.place) || d.place.is_within(at))
        })
    };
    let mine = standing.iter().filter(|d| asked(reference, &d.place, &d.state).contains(&change.officer));
    let lost = mine.filter(|d| concerns(d, held) && !concerns(d, after)).count();
    let told = format!("{change:?} {held:?} {} {} {lost}", before.len(), then.len());
    GrantEffect {
        tps_lost: before.difference(&then).count(),
        tps_gained: then.difference(&before).count(),
        directives_lost: lost,
        leaves_none: after.is_empty(),
        records,
        told,
    }
}

impl GrantEffect {
    /// What it would do, as a short text: another effect, another text. Whoever confirms one sends it back.
    pub fn version(&self) -> String {
        version(&self.told)
    }

    /// Makes the change.
    ///
    /// # Errors
    /// Failures of the store and of the desk's file.
    pub fn take(self, server: &Server) -> Result<Vec<RecordId>, Error> {
        author::append(server, self.records)
    }
}

/// A short text for a long one.
pub(super) fn version(told: &str) -> String {
    let hash = hash::tagged("pantau/desk/effect", &[told.as_bytes()]);
    hash::hex(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
}
