//! Own records, tasks, grants and checklists as an app shows them.

use std::time::SystemTime;

use pantau_core as core;
use pantau_protocol::{checklist, enrol::CertifiedGrant};

use crate::{
    mirror::{Basis, Progress, Role},
    state::{Delivery, ProgressState, texts, time},
    statement::{Body, NoteText},
};

/// One own record.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct JournalRow {
    /// Its id.
    pub id: String,
    /// The journal it stands in.
    pub device: String,
    /// Its number there.
    pub seq: u64,
    /// Claimed time.
    pub at: SystemTime,
    /// The place.
    pub place: String,
    /// Kind number.
    pub kind: u32,
    /// What it rests on.
    pub basis: Basis,
    /// What was said; absent where this version cannot read it.
    pub body: Option<Body>,
    /// Personal texts that were not erased.
    pub notes: Vec<NoteText>,
    /// A later record supersedes it.
    pub superseded: bool,
    /// How far it has come.
    pub delivery: Delivery,
}

impl From<core::JournalRow> for JournalRow {
    fn from(r: core::JournalRow) -> Self {
        let core::JournalRow {
            id,
            device,
            seq,
            at,
            place,
            kind,
            basis,
            body,
            notes,
            superseded,
            delivery,
            cursor: _,
        } = r;
        Self {
            id: id.to_string(),
            device: device.to_string(),
            seq,
            at: time(at),
            place: place.to_string(),
            kind: kind.number(),
            basis: basis.into(),
            body: body.as_ref().map(Into::into),
            notes: texts(notes),
            superseded,
            delivery: delivery.into(),
        }
    }
}

/// A task of the desk.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct DirectiveRow {
    /// Its id, the target of the answer.
    pub id: String,
    /// Where.
    pub place: String,
    /// Only this officer.
    pub officer: Option<u32>,
    /// Only this role.
    pub role: Option<Role>,
    /// When it must be done.
    pub due: SystemTime,
    /// When it was given.
    pub given_at: SystemTime,
    /// Its text, if here and not erased.
    pub text: Option<String>,
    /// What this officer answered last.
    pub my_answer: Option<Progress>,
    /// What each officer answered last.
    pub answers: Vec<ProgressState>,
}

impl From<core::DirectiveRow> for DirectiveRow {
    fn from(r: core::DirectiveRow) -> Self {
        let core::DirectiveRow { id, place, officer, role, due, given_at, text, my_answer, answers } = r;
        Self {
            id: id.to_string(),
            place: place.to_string(),
            officer,
            role: role.map(Into::into),
            due: time(due),
            given_at: time(given_at),
            text,
            my_answer: my_answer.map(Into::into),
            answers: answers.into_iter().map(Into::into).collect(),
        }
    }
}

/// All tasks that concern this officer.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Directives {
    /// Not answered with done or impossible; the earliest due first.
    pub to_do: Vec<DirectiveRow>,
    /// Answered so; the latest due first.
    pub done: Vec<DirectiveRow>,
}

impl From<core::Directives> for Directives {
    fn from(core::Directives { to_do, done }: core::Directives) -> Self {
        let rows = |all: Vec<core::DirectiveRow>| all.into_iter().map(Into::into).collect();
        Self { to_do: rows(to_do), done: rows(done) }
    }
}

/// Role and scope of this officer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Grant {
    /// Role.
    pub role: Role,
    /// Code of the region.
    pub place: String,
}

impl From<CertifiedGrant> for Grant {
    fn from(CertifiedGrant { role, place }: CertifiedGrant) -> Self {
        Self { role: role.into(), place: place.to_string() }
    }
}

/// One question of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChecklistItem {
    /// Short name, stable over versions.
    pub code: String,
    /// Indonesian wording.
    pub indonesian: String,
    /// English wording.
    pub english: String,
}

/// A checklist. Number and version name it in a visit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Checklist {
    /// Number.
    pub number: u32,
    /// Version.
    pub version: u32,
    /// Questions in the order of the answers.
    pub items: Vec<ChecklistItem>,
}

impl From<checklist::Checklist> for Checklist {
    fn from(c: checklist::Checklist) -> Self {
        let checklist::Checklist { number, version, venue: _, items } = c;
        let item = |checklist::Item { code, id, en }| ChecklistItem { code, indonesian: id, english: en };
        Self { number, version, items: items.into_iter().map(item).collect() }
    }
}
