//! `operator`: who may sign in to the desk.

use std::io::IsTerminal as _;

use pantau_desk::auth::{password, totp};
use pantau_log::{
    DataDir, Env, Server,
    store::{self, Audit, Operator, Rights, named},
};

use pantau_protocol::place::{Place, Scope};

use super::{
    agree::agree,
    args,
    fail::{Done, Failure},
    out, qr,
};

/// Longest user name.
const NAME_BYTES: usize = 64;

/// Runs it.
pub(crate) fn run(dir: &DataDir, command: &args::Operator) -> Done {
    let server = match command {
        args::Operator::List => super::open_to_read(dir)?,
        _ => super::open(dir)?,
    };
    match command {
        args::Operator::Add(args) => {
            add(&server, &args.name, rights_of(args), scope(&server, &args.regions)?)
        }
        args::Operator::Password { name } => renew(&server, name),
        args::Operator::Disable { name, yes } => disable(&server, name, *yes),
        args::Operator::Enable { name } => enable(&server, name),
        args::Operator::Totp { name, remove, yes } => codes(&server, name, *remove, *yes),
        args::Operator::Scope { name, regions, .. } => limit(&server, name, scope(&server, regions)?),
        args::Operator::Rights { name, rights } => give(&server, name, *rights),
        args::Operator::List => list(&server),
    }
}

fn rights_of(args: &args::AddOperator) -> Rights {
    match (args.admin, args.viewer) {
        (true, _) => Rights::Admin,
        (false, true) => Rights::Viewer,
        (false, false) => Rights::Desk,
    }
}

/// The scope of these regions; `None` for everything. Each must be there: a mistyped code would show an empty desk.
fn scope(server: &Server, regions: &[Place]) -> Result<Option<Scope>, Failure> {
    if regions.is_empty() {
        return Ok(None);
    }
    let known = server.known()?;
    if let Some(unknown) = regions.iter().find(|region| known.reference().region(region).is_none()) {
        return Err(Failure::Usage(format!("--region {unknown}: no region has this code")));
    }
    Ok(Some(Scope::new(regions.iter().cloned())))
}

/// Adds an operator and prints the password, once.
pub(crate) fn add(server: &Server, name: &str, rights: Rights, scope: Option<Scope>) -> Done {
    check_name(name)?;
    let (text, hash) = fresh(server.env())?;
    let operator = Operator { scope, ..Operator::new(name, hash, server.now(), rights) };
    let row = audit(server, &operator, "operator add");
    // Two commands at the same time must not make two of one name.
    let known = store::write(server.store(), |tx| {
        let mut all = tx.desk_operators()?.into_iter().map(|o| o.username);
        if let Some(known) = all.find(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(Some(known));
        }
        tx.add_audit(&row)?;
        tx.put_operator(&operator)?;
        Ok(None)
    })?;
    if let Some(known) = known {
        return Err(Failure::Usage(format!(
            "there is an operator {known} already, and case makes no difference; give a new password with: \
             operator password {known}"
        )));
    }
    tell(name, &text);
    Ok(())
}

fn audit(server: &Server, operator: &Operator, act: &str) -> Audit {
    let what =
        format!("{}: {}, {}", operator.username, word(operator.rights), where_to(operator.scope.as_ref()));
    Audit { at: server.now(), who: "command".to_owned(), act: act.to_owned(), what, source: String::new() }
}

/// Changes an operator as he is now, and keeps that a command did; with `ends_sessions`, whoever is signed in as him is no
/// more. He was read before, perhaps before a question was answered, and meanwhile another command may have changed the
/// rest of him: `change` sets only what this one means.
fn keep(
    server: &Server,
    name: &str,
    act: &str,
    ends_sessions: bool,
    change: impl FnOnce(Operator) -> Operator,
) -> Done {
    let is_there = store::write(server.store(), |tx| {
        let Some(operator) = tx.operator(name)? else { return Ok(false) };
        let operator = change(operator);
        if ends_sessions {
            tx.delete_sessions(Some(name), None)?;
        }
        tx.add_audit(&audit(server, &operator, act))?;
        tx.put_operator(&operator)?;
        Ok(true)
    })?;
    if is_there { Ok(()) } else { Err(unknown(name)) }
}

/// Gives an operator one-time codes and prints them, once; or takes them away.
fn codes(server: &Server, name: &str, remove: bool, yes: bool) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    let name = known.username.clone();
    if remove {
        agree(yes, &format!("{name} will sign in by the password alone."), "remove")?;
        keep(server, &name, "operator totp --remove", true, |now| Operator { totp: None, ..now })?;
        out::line(format_args!("{name} has no one-time codes."));
        return Ok(());
    }
    if known.totp.is_some() {
        agree(yes, &format!("The codes that {name} has now will end."), "replace")?;
    }
    let env = server.env();
    let mut random = [[0; 10]; totp::RECOVERY];
    for bytes in &mut random {
        *bytes = env.random()?;
    }
    let (made, recovery) = totp::make(env.random()?, &random);
    let uri = totp::uri(&name, "Pantau", &made);
    keep(server, &name, "operator totp", true, |now| Operator { totp: Some(made), ..now })?;
    if let Some(code) = qr::in_terminal(&uri) {
        let is_terminal = std::io::stdout().is_terminal();
        out::picture(if is_terminal { qr::colours(&code) } else { code });
    }
    out::line(format_args!("Operator:  {name}\nApp:       {uri}"));
    for code in recovery {
        out::line(format_args!("Recovery:  {code}"));
    }
    out::note("Scan the picture, then write the recovery codes down; none of it is shown again.");
    Ok(())
}

/// Whether this can be a user name.
pub(crate) fn check_name(name: &str) -> Done {
    let fits = !name.is_empty()
        && name.len() <= NAME_BYTES
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@'));
    if fits {
        return Ok(());
    }
    let text = format!("{name:?} is no user name: use up to {NAME_BYTES} letters, digits and . - _ @");
    Err(Failure::Usage(text))
}

fn renew(server: &Server, name: &str) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    let (name, (text, hash)) = (known.username.clone(), fresh(server.env())?);
    // A new password lets in whoever was disabled, but not whoever is disabled at this very moment.
    let renewed =
        |now: Operator| Operator { password_hash: hash, disabled: now.disabled && !known.disabled, ..now };
    keep(server, &name, "operator password", true, renewed)?;
    tell(&name, &text);
    Ok(())
}

fn disable(server: &Server, name: &str, yes: bool) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    let name = known.username.clone();
    if known.disabled {
        out::line(format_args!("{name} is disabled already."));
        return Ok(());
    }
    let all = store::read(server.store(), |view| view.desk_operators())?;
    let others = all.iter().filter(|o| !o.disabled && o.username != name).count();
    if others == 0 {
        out::note("Nobody else can sign in: the desk's pages will be closed to everyone.");
    }
    agree(yes, &format!("{name} will be signed out everywhere and kept from signing in."), "disable")?;
    keep(server, &name, "operator disable", true, |now| Operator { disabled: true, ..now })?;
    out::line(format_args!("{name} can no longer sign in; open sessions ended."));
    out::note(format_args!("To take this back: operator enable {name}."));
    Ok(())
}

fn enable(server: &Server, name: &str) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    if !known.disabled {
        out::line(format_args!("{name} is active already."));
        return Ok(());
    }
    let name = known.username.as_str();
    keep(server, name, "operator enable", false, |now| Operator { disabled: false, ..now })?;
    out::line(format_args!("{name} can sign in again, with the password from before."));
    Ok(())
}

fn give(server: &Server, name: &str, rights: args::RightsArg) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    let rights = match rights {
        args::RightsArg::Viewer => Rights::Viewer,
        args::RightsArg::Desk => Rights::Desk,
        args::RightsArg::Admin => Rights::Admin,
    };
    let name = known.username.clone();
    keep(server, &name, "operator rights", false, |now| Operator { rights, ..now })?;
    out::line(format_args!("{name}: {}.", word(rights)));
    Ok(())
}

/// What an operator may do, in words.
fn word(rights: Rights) -> &'static str {
    match rights {
        Rights::Viewer => "reads only",
        Rights::Desk => "reads and decides",
        Rights::Admin => "reads, decides, looks after people and phones",
    }
}

/// Where an operator may do it, in words.
fn where_to(scope: Option<&Scope>) -> String {
    match scope {
        None => "everywhere".to_owned(),
        Some(scope) => {
            let roots: Vec<&str> = scope.roots().iter().map(Place::as_str).collect();
            format!("in {}", roots.join(", "))
        }
    }
}

fn limit(server: &Server, name: &str, scope: Option<Scope>) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    let (name, told) = (known.username.clone(), where_to(scope.as_ref()));
    keep(server, &name, "operator scope", false, |now| Operator { scope, ..now })?;
    out::line(format_args!("{name}: {told}."));
    Ok(())
}

fn list(server: &Server) -> Done {
    for operator in store::read(server.store(), |view| view.desk_operators())? {
        let state = if operator.disabled { "disabled" } else { "active" };
        let rights = word(operator.rights);
        let place = where_to(operator.scope.as_ref());
        let codes = if operator.totp.is_some() { ", with one-time codes" } else { "" };
        out::line(format_args!("{:<24} {state:<8} {rights}, {place}{codes}", operator.username));
    }
    Ok(())
}

fn find(server: &Server, name: &str) -> Result<Option<Operator>, Failure> {
    let all = store::read(server.store(), |view| view.desk_operators())?;
    Ok(named(&all, name).cloned())
}

fn unknown(name: &str) -> Failure {
    Failure::Usage(format!("there is no operator {name}; see: operator list"))
}

/// A password and its hash.
fn fresh(env: &Env) -> Result<(String, String), Failure> {
    let text = password::generate(&env.random()?);
    let hash = password::hash(&text, &env.random()?)
        .map_err(|e| Failure::Usage(format!("the password could not be hashed: {e}")))?;
    Ok((text, hash))
}

/// The only place where a password is shown.
fn tell(name: &str, password: &str) {
    out::line(format_args!("Operator:  {name}\nPassword:  {password}"));
    out::note("Write the password down now; it is not shown again.");
}

#[cfg(test)]
mod tests {
    use pantau_log::rig::{NOW, Rig};

    use super::*;

    #[test]
    fn a_command_changes_only_what_it_means_of_an_operator_as_he_is_now() {
        let Rig { server, .. } = Rig::memory();
        let read = |name: &str| store::read(server.store(), |view| view.operator(name)).unwrap();
        let put = |operator: &Operator| store::write(server.store(), |tx| tx.put_operator(operator)).unwrap();
        let before = Operator::new("siti", "$argon2id$1", NOW, Rights::Admin);
        put(&before);
        let known = find(&server, "siti").unwrap().unwrap();
        // Another command, between the reading and the keeping of this one.
        let meanwhile = Operator {
            password_hash: "$argon2id$2".into(),
            disabled: true,
            scope: Some(Scope::new([Place::new("62.06").unwrap()])),
            ..before
        };
        put(&meanwhile);
        let viewer = |now| Operator { rights: Rights::Viewer, ..now };
        keep(&server, &known.username, "operator rights", false, viewer).unwrap();
        assert_eq!(read("siti"), Some(Operator { rights: Rights::Viewer, ..meanwhile }));
        let all = store::read(server.store(), |view| view.desk_audit(i64::MIN, i64::MAX, None)).unwrap();
        assert_eq!(all.last().unwrap().what, "siti: reads only, in 62.06", "what he is now");
        assert!(keep(&server, "budi", "operator rights", false, viewer).is_err() && read("budi").is_none());
    }
}
