//! `directive`: a task for officers, written into the log like any record.

use pantau_desk::{Lang, Reading, read_local};
use pantau_log::{
    DataDir,
    author::{self, NewDeskRecord},
    ops::{self, Standing},
};
use pantau_protocol::{
    body::{Body, Directive},
    limit,
    note::Field,
    place::Place,
    role::Role,
};

use super::{
    agree, args,
    fail::{Done, Failure},
    out,
};

/// To whom a directive goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum To {
    /// One officer.
    Officer(u32),
    /// Everyone of a role in a place.
    Role(Role, Place),
    /// Everyone in a place.
    Place(Place),
}

impl std::str::FromStr for To {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let help = "use officer:7, role:Camat@62.06 or place:62.06.13";
        let place = |code: &str| Place::new(code).map_err(|e| format!("{e}; {help}"));
        match text.split_once(':') {
            Some(("officer", n)) => {
                n.parse().map(Self::Officer).map_err(|_| format!("{n:?} is no officer number; {help}"))
            }
            Some(("role", rest)) => {
                let (name, code) =
                    rest.split_once('@').ok_or_else(|| format!("no place in {rest:?}; {help}"))?;
                let role = Role::from_name(name).ok_or_else(|| {
                    let names: Vec<&str> = Role::ALL.iter().map(|r| r.name()).collect();
                    format!("{name:?} is none of {}", names.join(", "))
                })?;
                Ok(Self::Role(role, place(code)?))
            }
            Some(("place", code)) => place(code).map(Self::Place),
            _ => Err(help.to_owned()),
        }
    }
}

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &args::Directive) -> Done {
    match (&args.to, &args.retract) {
        (Some(to), _) => {
            let (due, text) = (args.due.as_deref(), args.text.as_deref());
            give(dir, to, due.unwrap_or_default(), text.unwrap_or_default())
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
fn give(dir: &DataDir, to: &To, due: &str, text: &str) -> Done {
    let text = text.trim();
    if text.is_empty() || text.len() > limit::NOTE_BYTES {
        return Err(Failure::Usage(format!("the text must have 1 to {} bytes", limit::NOTE_BYTES)));
    }
    let server = super::open(dir)?;
    let (record, local) = {
        let known = server.known()?;
        let reference = known.reference();
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
        if due <= server.now() {
            out::note(format_args!("warning: {} is in the past", reading.local(due)));
        }
        let (officer, role, place) = addressees(to, reference)?;
        let body = Body::Directive(Directive { officer, role, due });
        (NewDeskRecord::new(server.now(), place, body).with_note(Field::Note, text), reading.local(due))
    };
    for id in author::append(&server, vec![record])? {
        out::line(format_args!("Directive {id}, due {local}."));
    }
    Ok(())
}

/// Officer, role and place of a directive; all of them must be known.
fn addressees(
    to: &To,
    reference: &pantau_protocol::projection::Reference,
) -> Result<(Option<u32>, Option<Role>, Place), Failure> {
    let known = |place: &Place| {
        let is_known = reference.region(place).is_some() || reference.tps(place).is_some();
        match (is_known, reference.ended(place).map(|e| &e.successor)) {
            (false, _) => Err(Failure::Usage(format!("no region or TPS has the code {place}"))),
            (true, None) => Ok(place.clone()),
            (true, Some(None)) => Err(Failure::Usage(format!("{place} has ended"))),
            (true, Some(Some(next))) => {
                Err(Failure::Usage(format!("{place} has ended; its successor is {next}")))
            }
        }
    };
    match to {
        To::Officer(number) => {
            let grants = reference.grants(*number);
            let first = grants.into_iter().next();
            let first = first.ok_or_else(|| Failure::Usage(format!("officer {number} has no grant")))?;
            Ok((Some(*number), None, first.place))
        }
        To::Role(role, place) => Ok((None, Some(*role), known(place)?)),
        To::Place(place) => Ok((None, None, known(place)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addressees_are_read() {
        let place = |code| Place::new(code).unwrap();
        assert_eq!("officer:7".parse(), Ok(To::Officer(7)));
        assert_eq!("role:Camat@62.06".parse(), Ok(To::Role(Role::Camat, place("62.06"))));
        assert_eq!("place:62.06.13.2001/003".parse(), Ok(To::Place(place("62.06.13.2001/003"))));
        for bad in ["", "7", "officer:x", "role:Camat", "role:Bupati@62", "place:#"] {
            assert!(bad.parse::<To>().is_err(), "{bad}");
        }
    }
}
