//! Roles, and the one table that says which role may write which body (design §4).

use crate::body::{Body, Kind};

crate::int_enum!(
    /// What an officer is to the election desk.
    Role {
        /// Camat: head of a kecamatan.
        Camat = 1,
        /// Petugas lapangan: confirms arrivals, reports obstacles.
        FieldOfficer = 2,
        /// Petugas KPU, PPK, PPS: dispatches and receives.
        LogisticsStaff = 3,
        /// Pimpinan: reads, never writes.
        Viewer = 4,
        /// Desk clerk: rules, directs, enters reports that came by phone or paper.
        DeskOperator = 5,
        /// Desk administrator: also places, officers, grants, erasure.
        DeskAdmin = 6,
    }
);

impl Role {
    /// Whether this role belongs to the desk.
    pub fn is_desk(self) -> bool {
        matches!(self, Self::DeskOperator | Self::DeskAdmin)
    }

    /// Whether this role reports from the field.
    pub fn is_field(self) -> bool {
        matches!(self, Self::Camat | Self::FieldOfficer | Self::LogisticsStaff)
    }
}

/// Whether a role may write a body of this kind. A kind this version does not know is allowed to
/// whoever writes at all: a newer phone must not be silenced by an older server.
pub fn may_write(role: Role, kind: Kind) -> bool {
    match kind {
        Kind::Visit | Kind::Turnout => matches!(role, Role::Camat | Role::FieldOfficer) || role.is_desk(),
        Kind::Dispatch | Kind::Receive => {
            matches!(role, Role::LogisticsStaff | Role::FieldOfficer) || role.is_desk()
        }
        Kind::Incident | Kind::IncidentUpdate | Kind::Standby | Kind::Outreach | Kind::VoterListCheck => {
            role.is_field() || role.is_desk()
        }
        Kind::Correct | Kind::Retract => role.is_field() || role.is_desk(),
        Kind::Directive | Kind::Ruling | Kind::VipVisit | Kind::Budget => role.is_desk(),
        Kind::Region
        | Kind::Tps
        | Kind::Profile
        | Kind::Checklist
        | Kind::Officer
        | Kind::Device
        | Kind::Grant
        | Kind::Revoke
        | Kind::ServerKeys
        | Kind::Erase => matches!(role, Role::DeskAdmin),
        Kind::Other(_) => !matches!(role, Role::Viewer),
    }
}

/// Whether a role may write this body: also what a `Correct` carries, or a correction would be a way
/// around the table.
pub fn may_state(role: Role, body: &Body) -> bool {
    let inside = match body {
        Body::Correct(c) => may_write(role, c.kind),
        Body::Retract(r) => r.kind.is_none_or(|kind| may_write(role, kind)),
        // Whom to trust is decided by those who register devices.
        Body::Ruling(r) if r.verdict.is_about_trust() => role == Role::DeskAdmin,
        _ => true,
    };
    inside && may_write(role, body.kind())
}
