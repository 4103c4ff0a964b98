//! `enrol`: codes that let officers' phones in.

use std::io::{IsTerminal as _, Write as _};

use pantau_log::{DataDir, Error, Server, author::DESK_OFFICER, ops};
use pantau_protocol::enrol::Invitation;

use super::{
    args::{Enrol, LOCAL_URL},
    fail::{self, Done, Failure},
    out, qr,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Enrol) -> Done {
    let url = fail::address("--url", &args.url)?;
    if args.url == LOCAL_URL {
        out::note("warning: only phones on this machine reach that address; name the public one with --url");
    }
    let server = super::open(dir)?;
    let valid_s = i64::from(args.hours) * 3600;
    match (args.officer, &args.out) {
        (Some(officer), None) => {
            show(&ops::enrol(&server, officer, &url, valid_s)?, officer, args.hours);
            Ok(())
        }
        (Some(officer), Some(path)) => to_file(&server, &[officer], path, &url, valid_s),
        (None, Some(path)) => to_file(&server, &without_phone(&server)?, path, &url, valid_s),
        (None, None) => Err(Failure::Usage("name --officer N, or --all with --out FILE".into())),
    }
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

/// Codes into a file that only its owner may read, one QR text a line.
fn to_file(server: &Server, officers: &[u32], path: &std::path::Path, url: &str, valid_s: i64) -> Done {
    let failed = |e: std::io::Error| Failure::Usage(format!("{}: {e}", path.display()));
    let mut file = super::private_file(path)?;
    for (done, officer) in (1_u64..).zip(officers) {
        let invitation = ops::enrol(server, *officer, url, valid_s)?;
        writeln!(file, "{}", invitation.to_text()).map_err(failed)?;
        out::progress("codes", done, officers.len() as u64);
    }
    file.sync_all().map_err(failed)?;
    out::line(format_args!("{} codes in {}; whoever reads it can enrol.", officers.len(), path.display()));
    Ok(())
}

/// Officers with a grant and no phone that is still trusted. The desk itself needs none.
fn without_phone(server: &Server) -> Result<Vec<u32>, Error> {
    let access = server.access()?;
    let reference = access.reference();
    let mut officers: std::collections::BTreeSet<u32> = reference.all_grants().map(|(o, ..)| o).collect();
    officers.remove(&DESK_OFFICER);
    for device in reference.devices().filter(|d| !reference.is_revoked(&d.device)) {
        officers.remove(&device.officer);
    }
    Ok(officers.into_iter().collect())
}
