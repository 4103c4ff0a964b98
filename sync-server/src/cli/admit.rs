//! `admit` and `uncounted`: single records of a phone that is not trusted.

use pantau_log::{DataDir, ops};
use pantau_protocol::body::Verdict;
use serde_json::json;

use super::{
    agree::{self, agree, counted, show},
    args::{Admit, Uncounted},
    fail::Done,
    out,
};

/// Runs `admit`.
pub(crate) fn admit(dir: &DataDir, args: &Admit) -> Done {
    let server = super::open(dir)?;
    let ids = args.record.iter().map(|id| agree::record_id(id)).collect::<Result<Vec<_>, _>>()?;
    let verdict = if args.decide.undo { Verdict::Dismiss } else { Verdict::Admit };
    let decision = ops::prepare_admission(&server, &ids, verdict)?;
    for line in &decision.unchanged {
        out::line(format_args!("{line}."));
    }
    if decision.is_empty() {
        out::note("Nothing was written.");
        return Ok(());
    }
    show(&server, "These count from now on", &decision.starts)?;
    show(&server, "These stop counting", &decision.stops)?;
    let (question, word) = match args.decide.undo {
        true => ("End their admission?", "dismiss"),
        false => ("Let them count although their phone is not trusted?", "admit"),
    };
    agree(args.decide.yes, question, word)?;
    let (starts, stops) = (decision.starts.len(), decision.stops.len());
    decision.take(&server, args.decide.why.as_deref().unwrap_or_default())?;
    match args.decide.undo {
        true => out::line(format_args!("{} no longer admitted.", counted(stops, "record"))),
        false => out::line(format_args!("{} admitted.", counted(starts, "record"))),
    }
    Ok(())
}

/// Runs `uncounted`.
pub(crate) fn uncounted(dir: &DataDir, args: &Uncounted) -> Done {
    let server = super::open(dir)?;
    let all = ops::uncounted(&server)?;
    let reading = agree::reading(&server)?;
    for (listed, why) in &all {
        if args.json {
            out::line(json!({
                "record": listed.record.to_string(), "device": listed.device.to_string(), "seq": listed.seq,
                "kind": listed.kind.name(), "place": listed.place, "at": listed.at, "why": ops::told(*why),
            }));
        } else {
            out::line(format_args!("{}  {}", agree::line(&reading, listed), ops::told(*why)));
        }
    }
    if all.is_empty() {
        out::note("Every record counts that is not quarantined.");
    }
    Ok(())
}
