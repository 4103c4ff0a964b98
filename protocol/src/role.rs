//! Roles. Which role may write which kind stands in the registry of kinds ([`crate::body`]).

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

/// Who visits polling stations and tells the turnout.
pub(crate) const VISITORS: &[Role] = &[Role::Camat, Role::FieldOfficer, Role::DeskOperator, Role::DeskAdmin];

/// Who hands goods over and receives them.
pub(crate) const HANDLERS: &[Role] =
    &[Role::FieldOfficer, Role::LogisticsStaff, Role::DeskOperator, Role::DeskAdmin];

/// Whoever reports: all in the field, and the desk for reports that came by phone or paper.
pub(crate) const REPORTERS: &[Role] =
    &[Role::Camat, Role::FieldOfficer, Role::LogisticsStaff, Role::DeskOperator, Role::DeskAdmin];

/// The desk.
pub(crate) const DESK: &[Role] = &[Role::DeskOperator, Role::DeskAdmin];

/// Who keeps places, officers and devices.
pub(crate) const ADMIN: &[Role] = &[Role::DeskAdmin];
