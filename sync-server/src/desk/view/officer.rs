//! Officers with their grants and phones.

use pantau_protocol::{journal::DeviceId, place::Place, role::Role};

use super::{
    Look, href, short,
    tag::{Tag, Tone, tag},
};
use crate::{
    desk::{format::Moment, text::words},
    import::Told,
};

/// One officer.
#[derive(Debug, Clone)]
pub struct OfficerView {
    /// Number.
    pub number: u32,
    /// Name.
    pub name: String,
    /// There is no name.
    pub gone: bool,
    /// Phone number; may be empty.
    pub phone: String,
    /// Roles with their places.
    pub grants: Vec<GrantView>,
    /// Phones.
    pub devices: Vec<DeviceView>,
}

/// A role with its place.
#[derive(Debug, Clone)]
pub struct GrantView {
    /// Role.
    pub role: String,
    /// Name of the place.
    pub place: String,
    /// Its page.
    pub href: String,
}

/// A phone.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// Its id, shortened.
    pub id: String,
    /// In use or revoked.
    pub state: Tag,
    /// `12 records`.
    pub records: String,
    /// When it was enrolled.
    pub enrolled: Option<Moment>,
    /// When the server last heard from it.
    pub seen: Option<Moment>,
}

/// What the caller found out about a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFacts {
    /// The device.
    pub device: DeviceId,
    /// Records held.
    pub records: u64,
    /// When it was enrolled, unix seconds.
    pub enrolled: Option<i64>,
    /// When it was last heard from, unix seconds.
    pub seen: Option<i64>,
}

/// One officer with grants and phones.
pub fn officer(
    look: Look<'_>,
    number: u32,
    grants: &[(Role, Place)],
    devices: &[DeviceFacts],
) -> OfficerView {
    let contact = look.contacts.get(&number);
    let phone = match contact.map(|c| &c.phone) {
        Some(Told::Text(phone)) => phone.clone(),
        Some(Told::Erased) => look.t().erased.to_owned(),
        _ => String::new(),
    };
    OfficerView {
        number,
        name: look.officer(number),
        gone: !matches!(contact.map(|c| &c.name), Some(Told::Text(_))),
        phone,
        grants: grants.iter().map(|(role, place)| grant(look, *role, place)).collect(),
        devices: devices.iter().map(|d| device(look, d)).collect(),
    }
}

fn grant(look: Look<'_>, role: Role, place: &Place) -> GrantView {
    GrantView { role: words::role(look.lang(), role), place: look.titled(place), href: href(place) }
}

fn device(look: Look<'_>, facts: &DeviceFacts) -> DeviceView {
    let t = look.t();
    let revoked = look.reference.is_revoked(&facts.device);
    DeviceView {
        id: short(&facts.device),
        state: if revoked { tag(Tone::Bad, t.revoked) } else { tag(Tone::Good, t.active) },
        records: format!("{} {}", look.reading.number(facts.records), t.records.to_lowercase()),
        enrolled: facts.enrolled.map(|at| look.reading.moment(at)),
        seen: facts.seen.map(|at| look.reading.moment(at)),
    }
}
