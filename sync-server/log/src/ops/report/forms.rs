//! Which forms wrote which records: the last ones, in one setting of the database, kept in the transaction that writes
//! the record.

use std::{fmt, str::FromStr};

use pantau_protocol::{hash, journal::RecordId};

use crate::{
    Error, limit,
    store::{Stored, Tx, View},
};

/// Setting of the database: the last forms, oldest first, each as its name, its content and its record.
const SETTING: &str = "told_forms";
/// Bytes of one of them.
const ENTRY: usize = 40;

/// The name of a form, random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormId(pub [u8; 16]);

impl fmt::Display for FormId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hash::hex(&self.0))
    }
}

impl FromStr for FormId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = hash::unhex(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| Error::Refused("not the name of a form: 32 hexadecimal digits".into()))
    }
}

/// The record that a form wrote, and whether it said the same.
pub(super) fn written(
    view: &(impl View + ?Sized),
    form: FormId,
    content: [u8; 8],
) -> Stored<Option<(RecordId, bool)>> {
    let all = view.setting(SETTING)?.unwrap_or_default();
    let (entries, _) = all.as_chunks::<ENTRY>();
    let found = entries.iter().rev().find(|entry| entry.starts_with(&form.0));
    Ok(found.and_then(|entry| {
        let record = entry.last_chunk::<16>()?;
        let is_same = entry.get(16..24) == Some(content.as_slice());
        Some((RecordId::from_bytes(*record), is_same))
    }))
}

/// Whether a form is remembered that wrote this record.
pub(super) fn is_named(view: &(impl View + ?Sized), record: RecordId) -> Stored<bool> {
    let all = view.setting(SETTING)?.unwrap_or_default();
    let (entries, _) = all.as_chunks::<ENTRY>();
    Ok(entries.iter().any(|entry| entry.ends_with(record.as_bytes())))
}

/// Remembers what a form wrote, and forgets the oldest one beyond [`limit::TOLD_FORMS`].
pub(super) fn keep(
    tx: &mut (impl Tx + ?Sized),
    form: FormId,
    content: [u8; 8],
    record: RecordId,
) -> Stored<()> {
    let all = tx.setting(SETTING)?.unwrap_or_default();
    let (entries, _) = all.as_chunks::<ENTRY>();
    let beyond = (entries.len() + 1).saturating_sub(limit::TOLD_FORMS);
    let mut kept: Vec<u8> = entries.iter().skip(beyond).flatten().copied().collect();
    kept.extend(form.0.iter().chain(&content).chain(record.as_bytes()));
    tx.set_setting(SETTING, &kept)
}
