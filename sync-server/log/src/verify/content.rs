//! One row by itself: the columns beside the payload against the payload. Pure.
//!
//! Columns follow from the payload by the rules of this version. A version that reads more out of the same
//! payload (place keys of a kind that was unknown before) must bring the columns of old rows up to date when
//! it opens the database, as the scope index needs that anyway.

use pantau_protocol::{
    body::{Body, Device, Erase, Kind},
    exchange::RowKind,
    journal::RecordId,
    record::Record,
};

use crate::store::Row;

/// What a record says, as far as the verification needs it.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Columns that are not what the payload says.
    pub(super) wrong: Vec<&'static str>,
    /// Time of the anchor it carries, if this server made that.
    pub(super) anchor: Option<i64>,
    /// The record it repeats.
    pub(super) copy_of: Option<RecordId>,
    /// The note it erases.
    pub(super) erases: Option<Erase>,
    /// The device it registers.
    pub(super) registers: Option<Device>,
}

/// Reads the record of a row. Without `anchor_key`, which only the server has, anchors say nothing.
pub(super) fn read(row: &Row, anchor_key: Option<&[u8; 32]>) -> Content {
    let e = &row.entry;
    let mut content = Content::default();
    let is_held = e.row == RowKind::Quarantined;
    let mut expect = |holds: bool, column| {
        if !holds {
            content.wrong.push(column);
        }
    };
    expect(
        is_held == e.quarantine.is_some() && matches!(e.row, RowKind::Record | RowKind::Quarantined),
        "row",
    );
    let Ok(record) = Record::from_payload(&e.payload) else {
        expect(is_held, "row");
        expect(e.kind == Kind::Other(0), "kind");
        expect(e.at == 0, "at");
        expect(e.keys.is_empty(), "keys");
        return content;
    };
    expect(e.kind == record.kind, "kind");
    expect(e.at == record.at, "at");
    expect(e.keys == record.place_keys(), "keys");
    let valid = record.anchor.filter(|a| anchor_key.is_some_and(|key| a.verify(key, &e.device)));
    content.anchor = valid.map(|a| a.time);
    content.copy_of = record.copy_of;
    if !is_held && matches!(record.kind, Kind::Erase | Kind::Device) {
        match record.decode_body() {
            Ok(Body::Erase(erase)) => content.erases = Some(erase),
            Ok(Body::Device(device)) => content.registers = Some(device),
            _ => {}
        }
    }
    content
}
