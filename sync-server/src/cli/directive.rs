//! `directive`: a task for officers, written into the log like any record.

use pantau_desk::{Lang, Reading, read_local};
use pantau_log::{
    DataDir,
    ops::{self, Given, NewDirective, Standing, To},
};
use pantau_protocol::{limit, projection::Reference};

use super::{
    agree, args,
    fail::{Done, Failure},
    out,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &args::Directive) -> Done {
    match (&args.to, &args.retract) {
        (Some(to), _) => {
            let (due, text) = (args.due.as_deref(), args.text.as_deref());
            give(dir, to, due.unwrap_or_default(), text.unwrap_or_default(), args.yes)
        }
        (None, Some(id)) => retract(dir, id, args),
        (None, None) => list(dir),
    }
}

/// Shows the directives that stand.
fn list(dir: &DataDir) -> Done {
    let server = super::open(dir)?;
    let all = ops::directives(&server)?;
    let reading = agree::reading(&server)?;
    for standing in &all {
        out::line(described(&reading, standing));
    }
    if all.is_empty() {
        out::note("No directive stands.");
    }
    Ok(())
}

/// A directive on one line.
fn described(reading: &Reading, standing: &Standing) -> String {
    let Standing { place, state, text } = standing;
    let to = match (state.officer, state.role) {
        (Some(officer), _) => format!("officer {officer}"),
        (None, Some(role)) => format!("{} in {place}", role.name()),
        (None, None) => format!("everyone in {place}"),
    };
    let text = text.as_deref().unwrap_or("(text erased)");
    let answers = agree::counted(state.answers.len(), "answer");
    format!("{}  due {}  to {to}  {answers}  {text:?}", state.mark.record, reading.local(state.due))
}

/// Takes one back.
fn retract(dir: &DataDir, id: &str, args: &args::Directive) -> Done {
    let id = agree::record_id(id)?;
    let server = super::open(dir)?;
    let standing = ops::directives(&server)?.into_iter().find(|d| d.state.mark.record == id);
    let Some(standing) = standing else {
        return Err(Failure::Usage(format!("no directive {id} stands; see: directive --list")));
    };
    out::note(format_args!("  {}", described(&agree::reading(&server)?, &standing)));
    let question = "Retract it? Phones stop showing it at their next sync; to undo this, give it again.";
    agree::agree(args.yes, question, "retract")?;
    ops::retract_directive(&server, id, args.why.as_deref().unwrap_or_default())?;
    out::line(format_args!("Directive {id} is retracted."));
    Ok(())
}

/// Gives one.
fn give(dir: &DataDir, to: &To, due: &str, text: &str, yes: bool) -> Done {
    let server = super::open(dir)?;
    let (due, local) = {
        let known = server.known()?;
        let reference = known.reference();
        to.check(reference).map_err(|why| Failure::Usage(why.to_string()))?;
        let Some(profile) = reference.profile() else {
            return Err(Failure::Usage(
                "import an election profile first: it says which local time counts".into(),
            ));
        };
        let Some(due) = read_local(due, profile.utc_offset_s) else {
            return Err(Failure::Usage(format!("--due {due:?} is no time such as \"2024-02-13 18:00\"")));
        };
        let (zone, lang) = (profile.zone.clone(), Lang::En);
        let reading = Reading { now: server.now(), offset_s: profile.utc_offset_s, zone, lang };
        let far = || format!("due {}, more than a year from today and from the election", reading.local(due));
        let far = ops::is_unlikely_due(due, server.now(), profile).then(far);
        let doubts: Vec<String> = [far, nobody(to, reference)].into_iter().flatten().collect();
        for doubt in &doubts {
            out::note(format_args!("can this be? {doubt}"));
        }
        if !doubts.is_empty() {
            agree::agree(yes, "Give it all the same?", "give")?;
        } else if due <= server.now() {
            out::note(format_args!("warning: {} is in the past", reading.local(due)));
        }
        (due, reading.local(due))
    };
    let new = NewDirective { to: to.clone(), due, text: text.to_owned() };
    let (ids, what) = match ops::give(&server, &new)? {
        Given::Done(ids) => (ids, ""),
        Given::Already(ids) => (ids, " stood already; nothing was written"),
        Given::NoText | Given::TextTooLong => {
            return Err(Failure::Usage(format!("the text must have 1 to {} bytes", limit::NOTE_BYTES)));
        }
        Given::NotAddressed(why) => return Err(Failure::Usage(why.to_string())),
    };
    for id in ids {
        out::line(format_args!("Directive {id}, due {local}{what}."));
    }
    Ok(())
}

/// That nobody gets it: no officer has the role, or any role, in the place, above it or inside.
fn nobody(to: &To, reference: &Reference) -> Option<String> {
    let (who, place) = match to {
        To::Officer(_) | To::Officers(_) => return None,
        To::Role(role, place) => (role.name(), place),
        To::Place(place) => ("officer", place),
    };
    to.recipients(reference)
        .is_empty()
        .then(|| format!("no {who} has a grant in {place}, above it or inside"))
}
