//! The arrows inside a crate: which room (a module that its `lib.rs` declares) may know which.
//!
//! Each table is in reading order from the bottom up. A row may name rows above it only, so no circle can be
//! written down. What the code does is read from its `crate::` and `super::` paths; test code may know everything.

use crate::arrows::{Arrow, Crate};

/// A room and those it may know.
type Row = (&'static str, &'static [&'static str]);

pub(crate) struct Plan {
    /// The folder of the crate.
    pub(crate) folder: &'static str,
    pub(crate) rows: &'static [Row],
}

pub(crate) const PLANS: &[Plan] = &[
    Plan { folder: "core", rows: CORE },
    Plan { folder: "sync-server/log", rows: LOG },
    Plan { folder: "sync-server/desk", rows: DESK },
    Plan { folder: "sync-server", rows: SERVER },
];

#[rustfmt::skip]
const CORE: &[Row] = &[
    ("limit", &[]),
    ("contact", &[]),
    ("error", &["contact"]),
    ("private", &[]),
    ("transport", &["contact", "error", "limit"]),
    ("env", &["error", "transport"]),
    ("vault", &["env", "error", "private"]),
    ("store", &["env", "error", "limit", "private", "vault"]),
    ("row", &["error", "store"]),
    ("identity", &["env", "error", "limit", "row", "store", "vault"]),
    ("reference", &["error", "row", "store"]),
    ("trust", &["error", "identity", "row", "store"]),
    ("places", &["error", "identity", "reference", "row", "store"]),
    ("outbox", &["error", "identity", "row"]),
    ("journal", &["error", "limit", "places", "row", "trust"]),
    ("directive", &["error", "identity", "places", "row"]),
    ("status", &["error", "identity", "store"]),
    ("draft", &["error", "limit"]),
    ("tps", &["error", "identity", "journal", "limit", "places", "row", "store", "trust"]),
    ("findings", &["error", "identity", "places", "row", "store", "tps"]),
    ("words", &["tps"]),
    ("summary", &["error", "identity", "limit", "outbox", "places", "row", "store", "tps", "words"]),
    ("capture", &["draft", "env", "error", "identity", "limit", "row", "store"]),
    ("handover", &["capture", "env", "error", "identity", "limit", "row", "vault"]),
    ("repeat", &["capture", "draft", "env", "error", "identity", "outbox", "row", "store", "vault"]),
    ("sync", &["contact", "env", "error", "identity", "limit", "outbox", "places", "reference", "row", "store", "transport", "vault"]),
    ("enrol", &["env", "error", "identity", "limit", "repeat", "store", "sync", "transport", "vault"]),
    ("phone", &["capture", "contact", "directive", "draft", "enrol", "env", "error", "findings", "handover", "journal", "outbox", "places", "reference", "repeat", "status", "store", "summary", "sync", "tps", "words"]),
];

#[rustfmt::skip]
const LOG: &[Row] = &[
    ("limit", &[]),
    ("tries", &[]),
    ("metrics", &[]),
    ("health", &[]),
    ("caller", &[]),
    ("files", &[]),
    ("store", &["files", "limit"]),
    ("error", &["files", "store"]),
    ("dirs", &["error", "files"]),
    ("env", &["error"]),
    ("identity", &["dirs", "env", "error"]),
    ("guard", &["health", "store"]),
    ("desk_file", &["dirs", "error", "store"]),
    ("desk_frame", &["error", "identity", "store"]),
    ("access", &["identity", "store"]),
    ("enrol_guard", &["caller", "limit", "store", "tries"]),
    ("projector", &["error", "limit", "store"]),
    ("server", &["access", "desk_file", "desk_frame", "dirs", "enrol_guard", "env", "error", "files", "guard", "health", "identity", "limit", "metrics", "projector", "store"]),
    ("intake", &["access", "error", "server", "store"]),
    ("author", &["access", "desk_file", "desk_frame", "error", "identity", "intake", "server", "store"]),
    ("registration", &["author", "error", "server"]),
    ("exchange", &["access", "error", "intake", "limit", "registration", "server", "store"]),
    ("enrol", &["caller", "enrol_guard", "error", "exchange", "registration", "server", "store"]),
    ("verify", &["author", "dirs", "error", "health", "identity", "limit", "server", "store"]),
    ("ops", &["author", "desk_file", "dirs", "enrol", "env", "error", "files", "identity", "limit", "projector", "registration", "server", "store", "verify"]),
    ("import", &["author", "enrol", "error", "limit", "ops", "projector", "server", "store"]),
];

#[rustfmt::skip]
const DESK: &[Row] = &[
    ("limit", &[]),
    ("text", &[]),
    ("format", &["text"]),
    ("auth", &["limit"]),
    ("visit", &["auth", "text"]),
    ("site", &[]),
    ("audit", &["limit"]),
    ("reply", &["site", "text", "visit"]),
    ("assets", &["reply"]),
    ("qr", &[]),
    ("problem", &["reply"]),
    ("query", &["problem", "visit"]),
    ("select", &["problem", "query"]),
    ("view", &["format", "limit", "select", "text"]),
    ("find", &["limit"]),
    ("kept", &["limit"]),
    ("layout", &["assets", "format", "text", "view"]),
    ("unchanged", &["visit"]),
    ("compare", &["limit"]),
    ("state", &["audit", "auth", "compare", "format", "kept", "limit", "site", "text"]),
    ("page", &["audit", "auth", "format", "layout", "limit", "reply", "state", "text", "unchanged", "view", "visit"]),
    ("live", &["limit", "page", "reply", "state", "visit"]),
    ("sent", &["find", "format", "limit", "visit"]),
    ("pages", &["find", "format", "layout", "limit", "page", "qr", "query", "reply", "select", "sent", "text", "view"]),
    ("act", &["audit", "auth", "find", "limit", "page", "pages", "reply", "sent", "state", "text", "visit"]),
    ("sign_in", &["audit", "auth", "layout", "limit", "page", "reply", "state", "text", "visit"]),
    ("reader", &["audit", "auth", "format", "problem", "state", "text", "visit"]),
    ("ask", &["page", "problem", "reader", "reply", "state", "visit"]),
    ("walk", &[]),
    ("api", &["ask", "limit", "page", "problem", "query", "reader", "reply", "state", "view", "visit", "walk"]),
    ("export", &["api", "ask", "limit", "page", "problem", "query", "reader", "reply", "select", "state", "view", "visit", "walk"]),
    ("spec", &["api", "ask", "export", "problem", "state", "visit"]),
];

#[rustfmt::skip]
const SERVER: &[Row] = &[
    ("limit", &[]),
    ("logs", &[]),
    ("serve", &["limit"]),
];

/// Rooms of the log that the pages may know: what they read, and who signs in. A page changes nothing of the log; a
/// form decides by the same function of `ops` as the command line.
pub(crate) const READ_BY_DESK: &[&str] = &[
    "author",
    "caller",
    "env",
    "error",
    "health",
    "identity",
    "import",
    "limit",
    "ops",
    "projector",
    "server",
    "store",
    "tries",
];

/// Arrows of the code that the plan does not allow.
pub(crate) fn forbidden(plan: &Plan, code: &Crate) -> Vec<String> {
    let is_planned =
        |a: &Arrow| plan.rows.iter().any(|(from, to)| *from == a.from && to.contains(&a.to.as_str()));
    let new = code.arrows.iter().filter(|a| !is_planned(a));
    new.map(|a| format!("{}: {} → {} ({})", plan.folder, a.from, a.to, a.file)).collect()
}

/// Rooms without a row, rows without a room, and rows that name one that is not above them.
pub(crate) fn misplanned(plan: &Plan, code: &Crate) -> Vec<String> {
    let mut faults = Vec::new();
    for room in code.rooms.iter().filter(|room| plan.rows.iter().all(|(name, _)| name != room)) {
        faults.push(format!("{}: {room} has no row", plan.folder));
    }
    for (index, (room, knows)) in plan.rows.iter().enumerate() {
        if !code.rooms.iter().any(|there| there == room) {
            faults.push(format!("{}: {room} is no room", plan.folder));
        }
        let is_above = |name: &str| plan.rows.iter().take(index).any(|(above, _)| *above == name);
        for name in knows.iter().filter(|name| !is_above(name)) {
            faults.push(format!("{}: {room} → {name} does not point up the table", plan.folder));
        }
    }
    faults
}

#[cfg(test)]
mod planted {
    use super::*;

    const PLAN: Plan = Plan { folder: "core", rows: &[("store", &[]), ("sync", &["store"])] };

    fn code(rooms: &[&str], arrows: &[(&str, &str)]) -> Crate {
        let arrow = |(from, to): &(&str, &str)| Arrow {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            file: format!("core/src/{from}.rs"),
        };
        Crate {
            rooms: rooms.iter().map(|room| (*room).to_owned()).collect(),
            arrows: arrows.iter().map(arrow).collect(),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn an_arrow_outside_of_the_table_is_found() {
        let code = code(&["store", "sync"], &[("sync", "store"), ("store", "sync")]);
        assert_eq!(forbidden(&PLAN, &code), ["core: store → sync (core/src/store.rs)"]);
    }

    #[test]
    fn a_circle_in_the_table_is_found() {
        let rows: &[Row] = &[("store", &["sync"]), ("sync", &["store", "sync"])];
        let found = misplanned(&Plan { folder: "core", rows }, &code(&["store", "sync"], &[]));
        let expected = [
            "core: store → sync does not point up the table",
            "core: sync → sync does not point up the table",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_room_without_a_row_and_a_row_without_a_room_are_found() {
        let found = misplanned(&PLAN, &code(&["store", "outbox"], &[]));
        assert_eq!(found, ["core: outbox has no row", "core: sync is no room"]);
    }
}
