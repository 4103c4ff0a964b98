//! Whether what a new statement names is in the lists: places, checklists, items of the kit.

use std::cmp::Ordering;

use super::Reference;
use crate::{
    body::{Body, Visit},
    place::Place,
    problem::{FieldError, Problem, fail},
};

impl Reference {
    /// Whether there is such a region or TPS.
    pub fn has_place(&self, place: &Place) -> bool {
        self.region(place).is_some() || self.tps(place).is_some()
    }

    /// Whether what a statement about `place` names is in these lists: asked at capture only, by whoever has whole
    /// lists. A record that names what is not known is never refused for it.
    ///
    /// # Errors
    /// The first field that names what there is not.
    pub fn check_named(&self, place: &Place, statement: &Body) -> Result<(), FieldError> {
        if !self.has_place(place) {
            return fail("place", Problem::Unknown);
        }
        match statement {
            Body::Visit(visit) => self.check_checklist(visit),
            Body::Receive(receive) => {
                self.check_kits(&receive.kits, "receive")?;
                self.check_items(receive.lines.iter().map(|l| l.item), "receive")
            }
            Body::Dispatch(dispatch) => {
                if !self.has_place(&dispatch.to.place) {
                    return fail("dispatch.to", Problem::Unknown);
                }
                self.check_kits(&dispatch.kits, "dispatch")?;
                self.check_items(dispatch.lines.iter().map(|l| l.item), "dispatch")
            }
            _ => Ok(()),
        }
    }

    fn check_checklist(&self, visit: &Visit) -> Result<(), FieldError> {
        let Some(list) = self.checklist(visit.checklist, visit.version) else {
            return fail("visit.checklist", Problem::Unknown);
        };
        match visit.answers.len().cmp(&list.items.len()) {
            // Nothing answered, and only the way told.
            Ordering::Less if visit.answers.is_empty() => Ok(()),
            Ordering::Less => fail("visit.answers", Problem::Missing),
            Ordering::Greater => fail("visit.answers", Problem::TooLong),
            Ordering::Equal => Ok(()),
        }
    }

    fn check_kits(&self, kits: &[Place], body: &str) -> Result<(), FieldError> {
        match kits.iter().position(|kit| !self.has_place(kit)) {
            Some(n) => fail(format!("{body}.kits[{n}]"), Problem::Unknown),
            None => Ok(()),
        }
    }

    fn check_items(&self, mut items: impl Iterator<Item = u32>, body: &str) -> Result<(), FieldError> {
        let Some(profile) = self.profile() else { return Ok(()) };
        match items.position(|item| profile.item(item).is_none()) {
            Some(n) => fail(format!("{body}.lines[{n}].item"), Problem::Unknown),
            None => Ok(()),
        }
    }
}
