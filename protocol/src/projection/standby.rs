//! The roll call of a team.

use super::cx::{Cx, Said};
use crate::body::{Body, Standby};

pub(super) fn at(cx: &Cx<'_>) -> Option<Said<Standby>> {
    cx.latest(|b| if let Body::Standby(s) = b { Some(s.clone()) } else { None })
}
