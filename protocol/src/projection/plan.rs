//! The plan: what the kit of a TPS asks for, and what it asked for when somebody compared goods with it. A list that
//! is corrected afterwards changes what is needed, never what was counted.

use std::collections::BTreeMap;

use super::{Fact, Reference, cx::Cx};
use crate::{
    body::{Body, Receive, Rest},
    election::Election,
    place::Place,
    profile::Profile,
    record::{Against, Record},
};

/// What a kit asks for, by item; unknown where the voters are.
pub(super) type Kit = BTreeMap<u32, Option<u32>>;

pub(super) fn kit(profile: Option<&Profile>, voters: Option<u32>) -> Kit {
    let items = profile.map_or(&[][..], |p| &p.kit);
    items.iter().map(|i| (i.number, voters.map(|voters| i.quantity.of(voters)))).collect()
}

/// What the kit of the place asked for when a `Receive` was written: by the plan that it carries, or else by the
/// lists as they stood then.
pub(super) fn meant(cx: &Cx<'_>, fact: &Fact, receive: &Receive) -> Kit {
    let (reference, record, at) = (cx.reference, &fact.record, fact.effective_at());
    let Some(election) = reference.election_of(record, at) else { return Kit::new() };
    match &record.against {
        Some(plan) => {
            let nth = receive.kit_of(cx.place).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            kit(reference.profile_of(election, plan.profile), plan.voters.get(nth).copied())
        }
        None => kit(reference.profile_at(election, at), reference.voters_at(cx.place, at)),
    }
}

/// The kits that a statement about a place compares with the plan, in order; `None` where nothing is relative.
fn compared_kits<'a>(place: &'a Place, statement: &'a Body) -> Option<&'a [Place]> {
    let Body::Receive(receive) = statement else { return None };
    let kits = if receive.kits.is_empty() { std::slice::from_ref(place) } else { &receive.kits };
    (receive.rest == Rest::CountedAsExpected).then_some(kits)
}

impl Reference {
    /// The plan that a statement about a place is made against, by the lists of now: what whoever writes a record
    /// puts into it. `None` where nothing is relative, or where the lists do not say.
    pub fn plan_of(&self, place: &Place, statement: &Body) -> Option<Against> {
        let kits = compared_kits(place, statement)?;
        let voters: Option<Vec<u32>> = kits.iter().map(|kit| Some(self.tps(kit)?.voters)).collect();
        Some(Against { profile: self.profile()?.version, voters: voters? })
    }

    /// The election that a correction of `old` is about, and the plan it is made against, where it says `statement`
    /// about `place`. What is put right was counted then, whatever the lists say by now.
    pub fn relation_of_correction(
        &self,
        old: &Record,
        place: &Place,
        statement: &Body,
    ) -> (Option<Election>, Option<Against>) {
        let election = self.election_of(old, old.at);
        let (kits, said) = (compared_kits(place, statement), old.statement().ok());
        let is_same =
            kits.is_some() && kits == said.as_ref().and_then(|said| compared_kits(&old.place, said));
        let against = match is_same {
            true => old.against.clone(),
            false => self.plan_of(place, statement).filter(|_| election == self.election()),
        };
        (election, against)
    }
}
