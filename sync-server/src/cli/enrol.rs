//! `enrol`: codes that let officers' phones in.

use std::io::IsTerminal as _;

use pantau_log::{DataDir, Server, ops};
use pantau_protocol::enrol::Invitation;

use super::{
    agree,
    args::Enrol,
    codes::{self, Batch},
    fail::{Done, Failure},
    out, qr,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Enrol) -> Done {
    if is_local(&args.url) {
        out::note("warning: only phones on this machine reach that address; name the public one with --url");
    }
    let server = super::open(dir)?;
    let valid_s = i64::from(args.hours) * 3600;
    match (args.officer, &args.out) {
        (Some(officer), None) => {
            show(&ops::enrol(&server, officer, &args.url, valid_s)?, officer, args.hours);
            Ok(())
        }
        (Some(officer), Some(path)) => to_files(&server, &[officer], args, path, valid_s),
        (None, Some(path)) => {
            to_files(&server, &ops::without_phone(server.access()?.reference(), None), args, path, valid_s)
        }
        (None, None) => Err(Failure::Usage("name --officer N, or --all with --out FILE".into())),
    }
}

/// Whether an address means the machine that asks, whichever that is.
fn is_local(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["localhost", "127.", "[::1]", "0.0.0.0", "[::]"].iter().any(|local| host.starts_with(local))
}

/// A code on the terminal: to scan, and to type.
fn show(invitation: &Invitation, officer: u32, hours: u32) {
    let text = invitation.to_text();
    if let Some(code) = qr::in_terminal(&text) {
        let is_terminal = std::io::stdout().is_terminal();
        out::picture(if is_terminal { qr::colours(&code) } else { code });
    }
    out::line(&text);
    let code = &invitation.code;
    out::note(format_args!(
        "Officer {officer}: scan the QR code, or type handle {} and secret {}. One phone, {hours} hours.",
        code.handle, code.secret
    ));
}

/// Codes into new files; nothing to write is no reason to make one.
fn to_files(server: &Server, officers: &[u32], args: &Enrol, table: &std::path::Path, valid_s: i64) -> Done {
    if officers.is_empty() {
        out::line("Every officer has a working phone; no code was made.");
        return Ok(());
    }
    let reading = agree::reading(server)?;
    let batch = Batch { server, url: &args.url, valid_s, reading };
    codes::to_files(&batch, officers, table, args.cards.as_deref())
}
