//! `stats`: how much the server holds.

use pantau_log::{DataDir, ops};

use super::{args::Stats, fail::Done, out};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Stats) -> Done {
    let server = super::open_to_read(dir)?;
    let stats = ops::stats(&server)?;
    let known = server.known()?;
    let reference = known.reference();
    let regions = reference.regions().filter(|(_, r)| r.ended.is_none()).count();
    let tps = reference.all_tps().filter(|(_, t)| t.ended.is_none()).count();
    let ended = reference.regions().count() + reference.all_tps().count() - regions - tps;
    let profile = reference.profile().map(|p| format!("{} version {}", p.code, p.version));
    if args.json {
        let mut value = serde_json::to_value(&stats).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.insert("regions".into(), regions.into());
            object.insert("tps".into(), tps.into());
            object.insert("places_ended".into(), ended.into());
            object.insert("profile".into(), profile.into());
        }
        out::line(value);
        return Ok(());
    }
    let totals = &stats.totals;
    let rows: [(&str, String); 18] = [
        ("server", stats.server.clone()),
        ("profile", profile.unwrap_or_else(|| "none yet".into())),
        ("regions", regions.to_string()),
        ("TPS", tps.to_string()),
        ("places ended", ended.to_string()),
        ("officers", stats.officers.to_string()),
        ("phones enrolled", stats.devices_registered.to_string()),
        ("phones revoked", stats.devices_revoked.to_string()),
        ("rows in the log", totals.head.to_string()),
        ("records", totals.records.to_string()),
        ("quarantined", totals.quarantined.to_string()),
        ("notes", totals.notes.to_string()),
        ("notes to come", totals.missing_notes.to_string()),
        ("notes erased", totals.erased_notes.to_string()),
        ("forked journals", totals.forked_journals.to_string()),
        ("their branches", totals.forks.to_string()),
        ("holes", totals.holes.to_string()),
        ("database", format!("{} KiB", stats.database_bytes.div_ceil(1024))),
    ];
    for (name, value) in rows {
        out::line(format_args!("{name:<16} {value}"));
    }
    Ok(())
}
