//! `revoke`: a phone that is no longer trusted; and the way back.

use pantau_log::{
    DataDir, Server,
    import::Told,
    ops::{self, Decision, Revoked},
};
use pantau_protocol::journal::DeviceId;

use super::{
    agree::{agree, counted, show},
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
    let decision = match args.decide.undo {
        true => ops::prepare_reinstatement(&server, whom)?,
        false => ops::prepare_revocation(&server, whom, args.after)?,
    };
    for line in &decision.unchanged {
        out::line(format_args!("{line}."));
    }
    if decision.is_empty() {
        let hint = match args.decide.undo {
            true => "nothing to undo",
            false => "nothing to revoke; --after SEQ moves the last trusted number, --undo takes it back",
        };
        out::note(hint);
        return Ok(());
    }
    explain(&server, &decision, !args.decide.yes)?;
    let (question, word) = match args.decide.undo {
        true => ("Let these phones and their records count again?", "undo"),
        false => ("Revoke? The phones' later records are kept as evidence and count nowhere.", "revoke"),
    };
    agree(args.decide.yes, question, word)?;
    let named = decision.named.clone();
    decision.take(&server, args.decide.why.as_deref().unwrap_or_default())?;
    for device in named {
        let state = if args.decide.undo { "is trusted again" } else { "is revoked" };
        out::line(format_args!("{device} {state}."));
    }
    if !args.decide.undo {
        out::note("To take this back: revoke --undo. To let single records count: admit --record ID.");
    }
    Ok(())
}

/// Says what a decision changes; with the officers' names where a person is asked.
fn explain(server: &Server, decision: &Decision, names: bool) -> Done {
    for (devices, what) in [(&decision.lose, "no longer trusted"), (&decision.gain, "trusted again")] {
        if !devices.is_empty() {
            out::note(format_args!("{} {what}:", counted(devices.len(), "phone")));
        }
        for device in devices {
            out::note(format_args!("  {device}  {}", owner(server, device, names)?));
        }
    }
    show(server, "These stop counting", &decision.stops)?;
    show(server, "These count again", &decision.starts)?;
    if decision.stops.is_empty() && decision.starts.is_empty() {
        out::note("No record that is held now counts or stops counting by this.");
    }
    Ok(())
}

/// Whose a device is: number, and name if it is wanted.
fn owner(server: &Server, device: &DeviceId, names: bool) -> Result<String, Failure> {
    let known = server.known()?;
    let officer = known.reference().officer(device);
    Ok(officer.map_or_else(String::new, |n| {
        let name = known.contacts().get(&n).filter(|_| names).map(|c| &c.name);
        let name = if let Some(Told::Text(name)) = name { name.as_str() } else { "" };
        format!("officer {n} {name}").trim_end().to_owned()
    }))
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
