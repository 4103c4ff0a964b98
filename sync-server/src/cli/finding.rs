//! `finding`: what disagrees, is missing or is silent, and the decision of the desk about it.

use std::collections::BTreeSet;

use pantau_log::{
    DataDir, Server,
    ops::{self, Act, Decided, Evidence, Extent, FindingDecision},
    projector::name_now,
};
use pantau_protocol::{
    body::FindingId,
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
        (Some(id), _) => rule(dir, id, Act::Close, args),
        (None, Some(id)) => rule(dir, id, Act::Reopen, args),
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

fn rule(dir: &DataDir, id: FindingId, act: Act, args: &args::Finding) -> Done {
    let server = super::open(dir)?;
    let all = ops::findings(&server)?;
    let meant: Vec<&Finding> = all.iter().filter(|f| f.id == id).collect();
    if meant.is_empty() {
        return Err(Failure::Usage(format!("there is no finding {id}; see: finding --list --all")));
    }
    described(&server, &meant, &mut |line| out::note(format_args!("  {line}")))?;
    let (question, word, done) = match act {
        Act::Reopen => ("Open it again?", "reopen", "open again"),
        Act::Close => ("Close it? New evidence opens it again.", "close", "closed"),
    };
    // What is decided is what was just shown.
    let seen = Evidence::of(&all, id, act).ok_or_else(|| nothing(id, act))?;
    agree::agree(args.yes, question, word)?;
    let only: BTreeSet<_> = args.place.iter().cloned().collect();
    let extent = if only.is_empty() { Extent::All } else { Extent::Only(only) };
    let why = args.why.clone().unwrap_or_default();
    match ops::rule(&server, &FindingDecision { id, act, extent, seen, why, scope: None, operator: None })? {
        Decided::Done(records) => {
            for record in records {
                out::line(format_args!("Finding {id} is {done} by ruling {record}."));
            }
            Ok(())
        }
        Decided::NoReason | Decided::ReasonTooLong => {
            Err(Failure::Usage(format!("--why must have 1 to {} bytes", limit::NOTE_BYTES)))
        }
        Decided::NotItsPlaces(places) => {
            let places: Vec<String> = places.iter().map(ToString::to_string).collect();
            Err(Failure::Usage(format!(
                "--place: nothing of finding {id} to {word} at {}",
                places.join(", ")
            )))
        }
        Decided::Stale => Err(Failure::Usage(format!(
            "the evidence of finding {id} changed meanwhile and nothing was decided; look again: finding --list --all"
        ))),
        Decided::NoSuchFinding | Decided::NothingToDecide => Err(nothing(id, act)),
    }
}

fn nothing(id: FindingId, act: Act) -> Failure {
    let state = match act {
        Act::Close => "is open",
        Act::Reopen => "was closed by the desk",
    };
    Failure::Usage(format!("nothing of finding {id} {state}; see: finding --list --all"))
}
