//! `revoke`: a phone that is no longer trusted.

use pantau_protocol::journal::DeviceId;
use pantau_server::{
    DataDir, Server,
    ops::{self, Revoked},
};

use super::{
    args::Revoke,
    fail::{Done, Failure},
    out,
};

/// Shortest beginning of a device id that is looked for.
const LEAST: usize = 4;

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Revoke) -> Done {
    let server = super::open(dir)?;
    let whom = match (&args.device, args.officer) {
        (Some(text), _) => Revoked::Device(find(&server, text)?),
        (None, Some(officer)) => Revoked::Officer(officer),
        (None, None) => return Err(Failure::Usage("name --device ID or --officer N".into())),
    };
    for device in ops::revoke(&server, whom, args.after)? {
        out::line(format_args!("{device} is revoked."));
    }
    Ok(())
}

/// The one device whose id begins so.
fn find(server: &Server, text: &str) -> Result<DeviceId, Failure> {
    let text = text.to_ascii_lowercase();
    if text.len() < LEAST {
        return Err(Failure::Usage(format!("name at least {LEAST} characters of the device id")));
    }
    let access = server.access()?;
    let all: Vec<DeviceId> = access.reference().devices().map(|d| d.device).collect();
    let fits: Vec<DeviceId> = all.into_iter().filter(|d| d.to_string().starts_with(&text)).collect();
    match fits.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::Usage(format!("no device id begins with {text}"))),
        many => Err(Failure::Usage(format!("{} device ids begin with {text}; name more of it", many.len()))),
    }
}
