//! `finding`: what disagrees, is missing or is silent, and the decision of the desk about it.

use std::collections::BTreeSet;

use pantau_log::{DataDir, Server, ops, projector::name_now};
use pantau_protocol::{
    body::{FindingId, Verdict},
    limit,
    projection::findings::{Finding, Lang, Say, Status},
};

use super::{
    agree, args,
    fail::{Done, Failure},
    out,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &args::Finding) -> Done {
    match (args.close, args.reopen) {
        (Some(id), _) => rule(dir, id, Verdict::Close, args),
        (None, Some(id)) => rule(dir, id, Verdict::Reopen, args),
        (None, None) => list(dir, args),
    }
}

fn list(dir: &DataDir, args: &args::Finding) -> Done {
    let server = super::open(dir)?;
    let all = server.places()?.findings(args.within.as_ref())?;
    let shown: Vec<&Finding> = all.iter().filter(|f| args.all || f.is_open()).collect();
    described(&server, &shown, &mut |line| out::line(line))?;
    if shown.is_empty() {
        out::note("No finding is open.");
    }
    Ok(())
}

/// Each finding on one line: id, state, severity, rule, and what happened.
fn described(server: &Server, findings: &[&Finding], told: &mut dyn FnMut(String)) -> Result<(), Failure> {
    let known = server.known()?;
    let named = |officer: u32| name_now(known.contacts(), officer).map(str::to_owned);
    let say = Say { lang: Lang::En, reference: known.reference(), names: &named };
    for finding in findings {
        let state = match finding.status {
            Status::Open => "open",
            Status::Ruled { .. } => "closed by the desk",
            Status::Cured { .. } => "cured",
        };
        let (severity, rule) = (finding.severity.name(), finding.rule.name());
        told(format!("{}  {state}  {severity}  {rule}  {}", finding.id, finding.sentence(&say)));
    }
    Ok(())
}

fn rule(dir: &DataDir, id: FindingId, verdict: Verdict, args: &args::Finding) -> Done {
    let why = args.why.as_deref().unwrap_or_default().trim();
    if why.is_empty() || why.len() > limit::NOTE_BYTES {
        return Err(Failure::Usage(format!("--why must have 1 to {} bytes", limit::NOTE_BYTES)));
    }
    let server = super::open(dir)?;
    let all = ops::findings(&server)?;
    let meant: Vec<&Finding> = all.iter().filter(|f| f.id == id).collect();
    if meant.is_empty() {
        return Err(Failure::Usage(format!("there is no finding {id}; see: finding --list --all")));
    }
    described(&server, &meant, &mut |line| out::note(format_args!("  {line}")))?;
    let (question, word, done) = match verdict {
        Verdict::Reopen => ("Open it again?", "reopen", "open again"),
        _ => ("Close it? New evidence opens it again.", "close", "closed"),
    };
    agree::agree(args.yes, question, word)?;
    let only: BTreeSet<_> = args.place.iter().cloned().collect();
    for record in ops::rule(&server, id, verdict, &only, why)? {
        out::line(format_args!("Finding {id} is {done} by ruling {record}."));
    }
    Ok(())
}
