//! Officers with their grants and phones.

use pantau_protocol::{journal::DeviceId, place::Place, role::Role};

use super::{
    Look, href, short,
    tag::{Tag, Tone, tag},
};
use crate::{format::Moment, text::words};
use pantau_log::{import::Told, store::Usage};

/// One officer.
#[derive(Debug, Clone)]
pub(crate) struct OfficerView {
    /// Number.
    pub(crate) number: u32,
    /// Name.
    pub(crate) name: String,
    /// There is no name.
    pub(crate) gone: bool,
    /// Phone number; may be empty.
    pub(crate) phone: String,
    /// Roles with their places.
    pub(crate) grants: Vec<GrantView>,
    /// Phones.
    pub(crate) devices: Vec<DeviceView>,
}

/// A role with its place.
#[derive(Debug, Clone)]
pub(crate) struct GrantView {
    /// Role.
    pub(crate) role: String,
    /// Name of the place.
    pub(crate) place: String,
    /// Its page.
    pub(crate) href: String,
}

/// A phone.
#[derive(Debug, Clone)]
pub(crate) struct DeviceView {
    /// Its id, shortened.
    pub(crate) id: String,
    /// In use or revoked.
    pub(crate) state: Tag,
    /// `12 records`.
    pub(crate) records: String,
    /// When it was enrolled.
    pub(crate) enrolled: Option<Moment>,
    /// When the server last heard from it.
    pub(crate) seen: Option<Moment>,
}

/// A phone that used up its quota of a day.
#[derive(Debug, Clone)]
pub(crate) struct OverView {
    /// Whose it is; empty if nobody knows.
    pub(crate) officer: String,
    /// Where the officer stands in the list.
    pub(crate) href: String,
    /// Its id, shortened.
    pub(crate) id: String,
    /// In use or revoked.
    pub(crate) state: Tag,
    /// `20.000 records, 31 MB`.
    pub(crate) kept: String,
    /// When it was first turned away.
    pub(crate) since: Moment,
}

/// What the caller found out about a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceFacts {
    /// The device.
    pub(crate) device: DeviceId,
    /// Records held.
    pub(crate) records: u64,
    /// When it was enrolled, unix seconds.
    pub(crate) enrolled: Option<i64>,
    /// When it was last heard from, unix seconds.
    pub(crate) seen: Option<i64>,
}

/// One officer with grants and phones.
pub(crate) fn officer(
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

/// A phone over its quota, as the store counted it.
pub(crate) fn over(look: Look<'_>, usage: &Usage) -> OverView {
    let t = look.t();
    let officer = look.reference.officer(&usage.device);
    let (records, megabytes) = (look.reading.number(usage.records), usage.bytes.div_ceil(1 << 20));
    OverView {
        officer: officer.map(|n| look.officer(n)).unwrap_or_default(),
        href: officer.map_or_else(|| "/officers".to_owned(), |n| format!("/officers?who={n}")),
        id: short(&usage.device),
        state: state(look, usage.revoked),
        kept: format!("{records} {}, {} MB", t.records.to_lowercase(), look.reading.number(megabytes)),
        since: look.reading.moment(usage.over_since.unwrap_or_default()),
    }
}

fn state(look: Look<'_>, revoked: bool) -> Tag {
    let t = look.t();
    if revoked { tag(Tone::Bad, t.revoked) } else { tag(Tone::Good, t.active) }
}

fn grant(look: Look<'_>, role: Role, place: &Place) -> GrantView {
    GrantView { role: words::role(look.lang(), role), place: look.titled(place), href: href(place) }
}

fn device(look: Look<'_>, facts: &DeviceFacts) -> DeviceView {
    let t = look.t();
    DeviceView {
        id: short(&facts.device),
        state: state(look, look.reference.is_revoked(&facts.device)),
        records: format!("{} {}", look.reading.number(facts.records), t.records.to_lowercase()),
        enrolled: facts.enrolled.map(|at| look.reading.moment(at)),
        seen: facts.seen.map(|at| look.reading.moment(at)),
    }
}
