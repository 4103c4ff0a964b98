//! Who may say what where: the one rule of phone and server, so that nothing is written on a phone only to
//! be set aside by the server.

use crate::{
    body::Body,
    exchange::Reason,
    place::{Place, Scope},
    role::Role,
};

/// Why an officer may not say something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason:?}")]
pub struct Denied {
    /// [`Reason::OutsideGrants`] or [`Reason::NotYourRole`].
    pub reason: Reason,
    /// Name of the field as in `docs/PROTOCOL.md`, such as `receive.kits[2]`.
    pub field: String,
}

fn outside(field: impl Into<String>) -> Denied {
    Denied { reason: Reason::OutsideGrants, field: field.into() }
}

/// Whether some of these grants covers `place` and lets its role say `body`, which states `statement`. Every
/// place that is named must be seen from the grants, too: the record becomes part of what is known there.
///
/// # Errors
/// The first field that is not covered, or `kind` where no role allows it.
pub fn permit(grants: &[(Role, &Place)], place: &Place, body: &Body, statement: &Body) -> Result<(), Denied> {
    let scope = Scope::new(grants.iter().map(|(_, place)| (*place).clone()));
    // What is asked of a whole region may be answered there, and the answer put right or taken back.
    let from_above = matches!(statement, Body::IncidentUpdate(_) | Body::Retract(_));
    if !scope.sees([place], from_above) {
        return Err(outside("place"));
    }
    let (name, kits) = match statement {
        Body::Receive(r) => ("receive", r.kits.as_slice()),
        Body::Dispatch(d) => ("dispatch", d.kits.as_slice()),
        _ => ("", &[][..]),
    };
    if let Some(n) = kits.iter().position(|k| !scope.covers(k)) {
        return Err(outside(format!("{name}.kits[{n}]")));
    }
    // Goods go down into one's own region, or back up to whom one had them from.
    if let Body::Dispatch(d) = statement
        && !scope.sees([&d.to.place], true)
    {
        return Err(outside("dispatch.to"));
    }
    if !body.places().into_iter().chain(statement.places()).all(|p| scope.sees([p], true)) {
        return Err(outside("places"));
    }
    let allows = |(role, at): &(Role, &Place)| {
        body.may_be_written_by(*role) && Scope::new([(*at).clone()]).sees([place], from_above)
    };
    if grants.iter().any(allows) {
        Ok(())
    } else {
        Err(Denied { reason: Reason::NotYourRole, field: "kind".into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{
        Answer, Content as _, Correct, Dispatch, IncidentUpdate, Point, Receive, Standby, Visit,
    };

    fn at(code: &str) -> Place {
        Place::new(code).unwrap()
    }

    fn ask(grants: &[(Role, &str)], place: &str, body: &Body) -> Result<(), (Reason, String)> {
        let places: Vec<(Role, Place)> = grants.iter().map(|(role, code)| (*role, at(code))).collect();
        let grants: Vec<(Role, &Place)> = places.iter().map(|(role, place)| (*role, place)).collect();
        let statement = match body {
            Body::Correct(c) => Body::decode(c.kind, &c.body).unwrap(),
            other => other.clone(),
        };
        permit(&grants, &at(place), body, &statement).map_err(|d| (d.reason, d.field))
    }

    #[test]
    fn a_grant_must_cover_the_place_and_its_role_the_kind() {
        let roll_call = Body::Standby(Standby::sample());
        let visit = Body::Visit(Visit { answers: vec![Answer::Ok], ..Visit::sample() });
        let (inside, outside) = ("62.06.13.2001/001", "62.06.14.2001/001");
        let camat = [(Role::Camat, "62.06.13")];
        let staff = [(Role::LogisticsStaff, "62.06")];
        let cases = [
            (&camat[..], inside, &visit, Ok(())),
            (&camat[..], outside, &visit, Err((Reason::OutsideGrants, "place"))),
            (&camat[..], "62.06", &visit, Err((Reason::OutsideGrants, "place"))),
            (&staff[..], outside, &roll_call, Ok(())),
            (&staff[..], inside, &visit, Err((Reason::NotYourRole, "kind"))),
            (&[], inside, &visit, Err((Reason::OutsideGrants, "place"))),
        ];
        for (grants, place, body, wanted) in cases {
            let wanted = wanted.map_err(|(reason, field): (Reason, &str)| (reason, field.to_owned()));
            assert_eq!(ask(grants, place, body), wanted, "{grants:?} {place} {:?}", body.kind());
        }
    }

    #[test]
    fn two_grants_do_not_lend_each_other_their_roles() {
        let grants = [(Role::LogisticsStaff, "62.06.13"), (Role::Camat, "62.06.14")];
        let visit = Body::Visit(Visit::sample());
        let refused = Err((Reason::NotYourRole, "kind".to_owned()));
        assert_eq!(ask(&grants, "62.06.13.2001/001", &visit), refused);
        assert_eq!(ask(&grants, "62.06.14.2001/001", &visit), Ok(()));
    }

    #[test]
    fn what_is_asked_of_a_region_is_answered_there_and_named_places_are_seen() {
        let camat = [(Role::Camat, "62.06.13")];
        let answer = |places: &[&str]| {
            let target_places = places.iter().map(|p| at(p)).collect();
            Body::IncidentUpdate(IncidentUpdate { target_places, ..IncidentUpdate::sample() })
        };
        assert_eq!(ask(&camat, "62.06", &answer(&["62.06"])), Ok(()));
        let refused = Err((Reason::OutsideGrants, "places".to_owned()));
        assert_eq!(ask(&camat, "62.06.13", &answer(&["62.07"])), refused);
        // A correction is asked for by what it says instead.
        let inner = answer(&[]);
        let (kind, body) = (inner.kind(), inner.encode());
        let correct = Body::Correct(Correct { target_places: vec![], kind, body, ..Correct::sample() });
        assert_eq!(ask(&camat, "62.06", &correct), Ok(()));
        let staff = [(Role::LogisticsStaff, "62.06.13")];
        let correct = Body::Correct(Correct::sample());
        assert_eq!(ask(&staff, "62.06.13", &correct), Err((Reason::NotYourRole, "kind".to_owned())));
    }

    #[test]
    fn the_kit_that_is_not_his_is_named() {
        let kits = vec![at("62.06.13.2001/001"), at("62.06.14.2001/001")];
        let receive = Body::Receive(Receive { kits, ..Receive::sample() });
        let refused = Err((Reason::OutsideGrants, "receive.kits[1]".to_owned()));
        assert_eq!(ask(&[(Role::FieldOfficer, "62.06.13")], "62.06.13", &receive), refused);
    }

    #[test]
    fn goods_leave_from_ones_own_places_and_go_down_or_back_up() {
        let officer = [(Role::FieldOfficer, "62.06.13")];
        let warehouse = [(Role::LogisticsStaff, "62.06")];
        let dispatch = |to: &str, kit: &str| {
            let kits = vec![at("62.06.13.2001/001"), at(kit)];
            let to = Point { place: at(to), ..Dispatch::sample().to };
            Body::Dispatch(Dispatch { to, kits, ..Dispatch::sample() })
        };
        let (mine, theirs) = ("62.06.13.2001/002", "62.06.14.2001/001");
        let outside = |field: &str| Err((Reason::OutsideGrants, field.to_owned()));
        let cases = [
            (&warehouse, "62.06", dispatch("62.06.13", theirs), Ok(())),
            (&officer, "62.06.13", dispatch("62.06.13.2001", mine), Ok(())),
            (&officer, "62.06.13", dispatch("62.06", mine), Ok(())),
            (&officer, "62.06", dispatch("62.06.13", mine), outside("place")),
            (&officer, "62.06.13", dispatch("62.06.14", mine), outside("dispatch.to")),
            (&officer, "62.06.13", dispatch("62.06", theirs), outside("dispatch.kits[1]")),
            (
                &[(Role::Camat, "62.06.13")],
                "62.06.13",
                dispatch("62.06", mine),
                Err((Reason::NotYourRole, "kind".to_owned())),
            ),
        ];
        for (n, (grants, from, body, wanted)) in cases.into_iter().enumerate() {
            assert_eq!(ask(grants, from, &body), wanted, "case {n}");
        }
    }
}
