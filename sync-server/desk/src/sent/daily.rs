//! The form by which a daily report is frozen, as a browser sends it.

use pantau_log::ops::Letter;

use super::Fields;
use crate::format::read_local;

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) region: String,
    /// The moment, as a browser writes it.
    pub(crate) at: String,
    pub(crate) letter: Letter,
}

impl Sent {
    pub(crate) fn read(fields: &Fields) -> Self {
        Self {
            region: fields.get("region").to_owned(),
            at: fields.get("at").to_owned(),
            letter: Letter {
                number: fields.text("number"),
                office: fields.text("office"),
                name: fields.text("name"),
                remark: fields.text("remark"),
            },
        }
    }

    /// The moment, unix seconds, in a zone with this offset, seconds; `None` where it is none.
    pub(crate) fn moment(&self, offset_s: i32) -> Option<i64> {
        read_local(&self.at, offset_s)
    }
}
