//! To whom a directive goes.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use pantau_protocol::{
    place::Place,
    projection::{DirectiveState, Reference},
    role::Role,
};

use crate::author::DESK_OFFICER;

/// To whom a directive goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// One officer.
    Officer(u32),
    /// Everyone of a role in a place.
    Role(Role, Place),
    /// Everyone in a place.
    Place(Place),
    /// These officers, each with a directive of his own.
    Officers(BTreeSet<u32>),
}

/// Why nobody can be addressed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAddressed {
    /// The officer has no grant in force.
    #[error("officer {0} has no grant")]
    NoGrant(u32),
    /// No region or TPS has this code.
    #[error("no region or TPS has the code {0}")]
    NoSuchPlace(Place),
    /// The place has ended; what took its part, if anything did.
    #[error("{0} has ended{next}", next = .1.as_ref().map_or_else(String::new, |p| format!("; its successor is {p}")))]
    Ended(Place, Option<Place>),
    /// No officer was chosen.
    #[error("no officer is named")]
    Nobody,
}

/// Officer, role and place of one record.
pub(super) type Address = (Option<u32>, Option<Role>, Place);

impl FromStr for To {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let help = "use officer:7, role:Camat@62.06 or place:62.06.13";
        let place = |code: &str| Place::typed(code).map_err(|e| format!("{e}; {help}"));
        match text.split_once(':') {
            Some(("officer", n)) => {
                n.parse().map(Self::Officer).map_err(|_| format!("{n:?} is no officer number; {help}"))
            }
            Some(("role", rest)) => {
                let (name, code) =
                    rest.split_once('@').ok_or_else(|| format!("no place in {rest:?}; {help}"))?;
                let role = Role::from_name(name).ok_or_else(|| {
                    let names: Vec<&str> = Role::ALL.iter().map(|r| r.name()).collect();
                    format!("{name:?} is none of {}", names.join(", "))
                })?;
                Ok(Self::Role(role, place(code)?))
            }
            Some(("place", code)) => place(code).map(Self::Place),
            _ => Err(help.to_owned()),
        }
    }
}

impl To {
    /// The officers that it reaches, by number: those whom their phones show it.
    pub fn recipients(&self, reference: &Reference) -> BTreeSet<u32> {
        match self {
            Self::Officer(number) => BTreeSet::from([*number]),
            Self::Officers(numbers) => numbers.clone(),
            Self::Role(role, place) => concerned(reference, Some(*role), place),
            Self::Place(place) => concerned(reference, None, place),
        }
    }

    /// Whether it can be addressed so.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, reference: &Reference) -> Result<(), NotAddressed> {
        self.addresses(reference).map(|_| ())
    }

    /// The records that it takes, one each.
    pub(super) fn addresses(&self, reference: &Reference) -> Result<Vec<Address>, NotAddressed> {
        match self {
            Self::Officer(number) => Ok(vec![to_officer(reference, *number)?]),
            Self::Officers(numbers) if numbers.is_empty() => Err(NotAddressed::Nobody),
            Self::Officers(numbers) => numbers.iter().map(|n| to_officer(reference, *n)).collect(),
            Self::Role(role, place) => Ok(vec![(None, Some(*role), in_use(reference, place)?)]),
            Self::Place(place) => Ok(vec![(None, None, in_use(reference, place)?)]),
        }
    }
}

/// A directive to one officer stands at the first place of his grants.
fn to_officer(reference: &Reference, number: u32) -> Result<Address, NotAddressed> {
    let first = reference.grants(number).into_iter().next().filter(|_| number != DESK_OFFICER);
    let first = first.ok_or(NotAddressed::NoGrant(number))?;
    Ok((Some(number), None, first.place))
}

/// The place, if it is on the tables and has not ended.
pub(in crate::ops) fn in_use(reference: &Reference, place: &Place) -> Result<Place, NotAddressed> {
    if reference.region(place).is_none() && reference.tps(place).is_none() {
        return Err(NotAddressed::NoSuchPlace(place.clone()));
    }
    match reference.ended(place) {
        None => Ok(place.clone()),
        Some(ended) => Err(NotAddressed::Ended(place.clone(), ended.successor.clone())),
    }
}

/// Whose grants lie in a place or around it, of one role or of any; the desk itself is none of them.
fn concerned(reference: &Reference, role: Option<Role>, place: &Place) -> BTreeSet<u32> {
    let concerns = |of: Role, at: &Place| {
        role.is_none_or(|role| role == of) && (at.is_within(place) || place.is_within(at))
    };
    let all = reference.all_grants().filter(|(n, of, at)| *n != DESK_OFFICER && concerns(*of, at));
    all.map(|(officer, ..)| officer).collect()
}

/// Who is asked by a directive that stands at a place.
pub fn asked(reference: &Reference, place: &Place, state: &DirectiveState) -> BTreeSet<u32> {
    match state.officer {
        Some(number) => BTreeSet::from([number]),
        None => concerned(reference, state.role, place),
    }
}

/// The camats of these TPS, each with how many of them: officers with that role whose scope has them.
pub fn camats_of<'p>(
    reference: &Reference,
    tps: impl IntoIterator<Item = &'p Place>,
) -> BTreeMap<u32, usize> {
    let mut by_place: BTreeMap<&Place, BTreeSet<u32>> = BTreeMap::new();
    for (officer, role, place) in reference.all_grants() {
        if role == Role::Camat && officer != DESK_OFFICER {
            by_place.entry(place).or_default().insert(officer);
        }
    }
    let mut counts = BTreeMap::new();
    for place in tps {
        let around = std::iter::once(place.clone()).chain(place.ancestors());
        let camats: BTreeSet<u32> = around.filter_map(|at| by_place.get(&at)).flatten().copied().collect();
        camats.into_iter().for_each(|officer| *counts.entry(officer).or_default() += 1);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addressees_are_read() {
        let place = |code| Place::new(code).unwrap();
        assert_eq!("officer:7".parse(), Ok(To::Officer(7)));
        assert_eq!("role:Camat@62.06".parse(), Ok(To::Role(Role::Camat, place("62.06"))));
        assert_eq!("place:62.06.13.2001/003".parse(), Ok(To::Place(place("62.06.13.2001/003"))));
        for bad in ["", "7", "officer:x", "role:Camat", "role:Bupati@62", "place:#"] {
            assert!(bad.parse::<To>().is_err(), "{bad}");
        }
    }
}
