//! Officers with their grants and phones.

use pantau_protocol::{journal::DeviceId, place::Place, projection::Distrust, role::Role};

use super::{
    Look, href, short,
    tag::{Tag, Tone, tag},
    tps_list::{Callee, callee},
};
use crate::{
    format::Moment,
    text::{officer::text, words},
};
use pantau_log::{
    import::Told,
    store::{LastContact, Usage},
};

/// One officer of a list.
#[derive(Debug, Clone)]
pub(crate) struct ListedOfficer {
    /// Number.
    pub(crate) number: u32,
    /// Name and phone number.
    pub(crate) callee: Callee,
    /// There is no name.
    pub(crate) gone: bool,
    /// The phone number was erased.
    pub(crate) erased: bool,
    /// Roles with their places.
    pub(crate) grants: Vec<GrantView>,
    /// Visits to TPS.
    pub(crate) visits: String,
    /// His phones, the one in use first.
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
    /// Both as a form sends them.
    pub(crate) word: String,
}

/// A phone.
#[derive(Debug, Clone)]
pub(crate) struct DeviceView {
    /// Its id, shortened.
    pub(crate) id: String,
    /// Its id, whole.
    pub(crate) whole: String,
    /// In use, a predecessor or revoked.
    pub(crate) state: Tag,
    /// Which phone goes on with its journal, or through which record it is trusted; empty for neither.
    pub(crate) more: String,
    /// `12 laporan`.
    pub(crate) records: String,
    /// When it was enrolled.
    pub(crate) enrolled: Option<Moment>,
    /// When it last called.
    pub(crate) contact: Option<Moment>,
    /// When something of it was last received.
    pub(crate) seen: Option<Moment>,
    /// Records that it had not sent when it last called; empty where none or nobody knows.
    pub(crate) unsent: String,
    /// It can be revoked.
    pub(crate) may_revoke: bool,
    /// A revocation of this very phone can be undone.
    pub(crate) may_reinstate: bool,
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
    /// The one whose journal it goes on with.
    pub(crate) predecessor: Option<DeviceId>,
    /// Records held.
    pub(crate) records: u64,
    /// When it was enrolled, unix seconds.
    pub(crate) enrolled: Option<i64>,
    /// When something of it was last received, unix seconds.
    pub(crate) seen: Option<i64>,
    /// Its last call.
    pub(crate) call: Option<LastContact>,
}

impl DeviceFacts {
    /// When it last called, as far as anything shows it, unix seconds.
    pub(crate) fn contact(&self) -> Option<i64> {
        self.call.map(|call| call.at).max(self.seen)
    }
}

/// One officer of a list. `devices` has the one in use first.
pub(crate) fn listed(
    look: Look<'_>,
    number: u32,
    grants: &[(Role, Place)],
    visits: u64,
    devices: &[DeviceFacts],
) -> ListedOfficer {
    let contact = look.contacts.get(&number);
    ListedOfficer {
        number,
        callee: callee(look, number),
        gone: !matches!(contact.map(|c| &c.name), Some(Told::Text(_))),
        erased: matches!(contact.map(|c| &c.phone), Some(Told::Erased)),
        grants: grants.iter().map(|(role, place)| grant(look, *role, place)).collect(),
        visits: look.reading.number(visits),
        devices: devices.iter().map(|d| device(look, d, devices)).collect(),
    }
}

/// A phone over its quota, as the store counted it.
pub(crate) fn over(look: Look<'_>, usage: &Usage) -> OverView {
    let t = look.t();
    let officer = look.reference.officer(&usage.device);
    let (records, megabytes) = (look.reading.number(usage.records), usage.bytes.div_ceil(1 << 20));
    OverView {
        officer: officer.map(|n| look.officer(n)).unwrap_or_default(),
        href: officer.map_or_else(|| "/officers".to_owned(), |n| format!("/officer/{n}")),
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

/// A role at a place.
pub(crate) fn grant(look: Look<'_>, role: Role, place: &Place) -> GrantView {
    GrantView {
        role: words::role(look.lang(), role),
        place: look.titled(place),
        href: href(place),
        word: format!("{}@{place}", role.name()),
    }
}

/// A phone among all of its officer. Of those that are trusted the first is in use; another may be followed by one, or
/// lie in a drawer and still be trusted.
fn device(look: Look<'_>, facts: &DeviceFacts, all: &[DeviceFacts]) -> DeviceView {
    let (d, reference) = (text(look.lang()), look.reference);
    let follower = all.iter().find(|other| other.predecessor == Some(facts.device));
    let standing = reference.standing(&facts.device);
    let trusted = |f: &&DeviceFacts| {
        !reference.is_revoked(&f.device) && !all.iter().any(|o| o.predecessor == Some(f.device))
    };
    let in_use = all.iter().find(trusted).map(|f| f.device);
    let state = match (standing, follower) {
        (Some(Distrust::Revoked(_)), _) => tag(Tone::Bad, d.revoked),
        (Some(Distrust::Follows(_) | Distrust::TooFar), _) => tag(Tone::Bad, d.distrusted),
        (None, Some(_)) => tag(Tone::Plain, d.predecessor),
        (None, None) if in_use == Some(facts.device) => tag(Tone::Good, d.in_use),
        (None, None) => tag(Tone::Warn, d.earlier),
    };
    let own = reference.revocations(&facts.device);
    let through = own.iter().map(|r| r.revoke.trusted.iter().map(|t| t.through).max().unwrap_or(0)).min();
    let more = match (through, follower) {
        (Some(through), _) => format!("{} {}", d.trusted_through, look.reading.number(through)),
        (None, Some(follower)) => format!("{} {}", d.followed_by, short(&follower.device)),
        (None, None) => String::new(),
    };
    let moment = |at: Option<i64>| at.map(|at| look.reading.moment(at));
    let unsent = facts.call.map_or(0, |call| call.unsent);
    DeviceView {
        id: short(&facts.device),
        whole: facts.device.to_string(),
        state,
        more,
        records: format!("{} {}", look.reading.number(facts.records), d.records),
        enrolled: moment(facts.enrolled),
        contact: moment(facts.contact()),
        seen: moment(facts.seen),
        unsent: if unsent > 0 { look.reading.number(unsent) } else { String::new() },
        may_revoke: own.is_empty(),
        may_reinstate: !own.is_empty(),
    }
}
