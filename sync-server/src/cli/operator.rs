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
    let all = store::read(server.store(), |view| view.desk_operators())?;
    if let Some(known) = all.iter().map(|o| &o.username).find(|known| known.eq_ignore_ascii_case(name)) {
        return Err(Failure::Usage(format!(
            "there is an operator {known} already, and case makes no difference; give a new password with: \
             operator password {known}"
        )));
    }
    let (text, hash) = fresh(server.env())?;
    let operator = Operator { scope, ..Operator::new(name, hash, server.now(), rights) };
    keep(server, &operator, "operator add", false)?;
    tell(name, &text);
    Ok(())
}

/// Keeps an operator, and that a command did; with `ends_sessions`, whoever is signed in as him is no more.
fn keep(server: &Server, operator: &Operator, act: &str, ends_sessions: bool) -> Done {
    let name = &operator.username;
    let row = Audit {
        at: server.now(),
        who: "command".to_owned(),
        act: act.to_owned(),
        what: format!("{name}: {}, {}", word(operator.rights), where_to(operator.scope.as_ref())),
        source: String::new(),
    };
    store::write(server.store(), |tx| {
        if ends_sessions {
            tx.delete_sessions(Some(name), None)?;
        }
        tx.add_audit(&row)?;
        tx.put_operator(operator)
    })?;
    Ok(())
}

/// Gives an operator one-time codes and prints them, once; or takes them away.
fn codes(server: &Server, name: &str, remove: bool, yes: bool) -> Done {
    let Some(known) = find(server, name)? else { return Err(unknown(name)) };
    let name = known.username.clone();
    if remove {
        agree(yes, &format!("{name} will sign in by the password alone."), "remove")?;
        keep(server, &Operator { totp: None, ..known }, "operator totp --remove", true)?;
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
    keep(server, &Operator { totp: Some(made), ..known }, "operator totp", true)?;
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
    let renewed = Operator { password_hash: hash, disabled: false, ..known };
    keep(server, &renewed, "operator password", true)?;
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
    keep(server, &Operator { disabled: true, ..known }, "operator disable", true)?;
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
    keep(server, &Operator { disabled: false, ..known }, "operator enable", false)?;
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
    keep(server, &Operator { rights, ..known }, "operator rights", false)?;
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
    keep(server, &Operator { scope, ..known }, "operator scope", false)?;
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
