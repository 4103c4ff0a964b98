//! `token`: programs that read what the desk knows.

use pantau_desk::{Reading, auth::token};
use pantau_log::{
    DataDir, Server,
    store::{self, ReadToken},
};

use super::{
    agree::agree,
    args,
    fail::{Done, Failure},
    operator, out,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, command: &args::Token) -> Done {
    let server = match command {
        args::Token::List => super::open_to_read(dir)?,
        _ => super::open(dir)?,
    };
    match command {
        args::Token::New(args) => new(&server, args),
        args::Token::List => list(&server),
        args::Token::Revoke { token, yes } => revoke(&server, token, *yes),
    }
}

/// Makes a token and prints its text, once.
fn new(server: &Server, args: &args::NewToken) -> Done {
    operator::check_name(&args.name)?;
    let known = server.known()?;
    let places = known.reference();
    if places.region(&args.within).is_none() && places.tps(&args.within).is_none() {
        return Err(Failure::Usage(format!("--within {}: no region or TPS has this code", args.within)));
    }
    let now = server.now();
    if let Some(other) = all(server)?.iter().find(|t| t.name == args.name && in_force(t, now)) {
        return Err(Failure::Usage(format!(
            "there is a token {} in force already; revoke it first with: token revoke {}, or use another name",
            other.name, other.id
        )));
    }
    let wanted = token::Wanted {
        name: args.name.clone(),
        within: args.within.clone(),
        names: args.names,
        days: args.days,
    };
    let (token, text) = token::make(server.env(), wanted)?;
    store::write(server.store(), |tx| tx.put_read_token(&token))?;
    out::line(format_args!("Token:  {text}"));
    out::note(format_args!(
        "It reads {}{} until {}. Write it down now; it is not shown again.",
        token.within,
        if token.names { ", with names of officers," } else { "" },
        date(token.expires_at)
    ));
    Ok(())
}

fn list(server: &Server) -> Done {
    let now = server.now();
    for t in all(server)? {
        let state = match t.revoked_at {
            Some(at) => format!("revoked {}", date(at)),
            None if t.expires_at <= now => format!("expired {}", date(t.expires_at)),
            None => format!("until {}", date(t.expires_at)),
        };
        let used = t
            .used_on
            .map_or_else(|| "never used".to_owned(), |day| format!("last used {}", date(day * 86_400)));
        let names = if t.names { "names" } else { "no names" };
        out::line(format_args!("{}  {:<24} {:<16} {names:<8}  {state}, {used}", t.id, t.name, t.within));
    }
    Ok(())
}

fn revoke(server: &Server, asked: &str, yes: bool) -> Done {
    let now = server.now();
    let all = all(server)?;
    // By name only what is in force: an ended one may have had the same.
    let found =
        all.iter().find(|t| t.id == asked).or(all.iter().find(|t| t.name == asked && in_force(t, now)));
    let Some(found) = found else {
        return Err(Failure::Usage(format!("there is no token {asked} in force; see: token list")));
    };
    if let Some(at) = found.revoked_at {
        out::line(format_args!("{} is revoked since {}.", found.name, date(at)));
        return Ok(());
    }
    let who = format!("{} ({})", found.name, found.id);
    agree(
        yes,
        &format!("Whoever reads with the token {who} is turned away from now on, for ever."),
        "revoke",
    )?;
    store::write(server.store(), |tx| {
        tx.put_read_token(&ReadToken { revoked_at: Some(now), ..found.clone() })
    })?;
    out::line(format_args!("{who} is revoked."));
    Ok(())
}

fn all(server: &Server) -> Result<Vec<ReadToken>, Failure> {
    Ok(store::read(server.store(), |view| view.desk_read_tokens())?)
}

fn in_force(token: &ReadToken, now: i64) -> bool {
    token.revoked_at.is_none() && token.expires_at > now
}

/// The day of a time in UTC: `2026-11-28`.
fn date(at: i64) -> String {
    let reading = Reading { now: at, offset_s: 0, zone: "UTC".into(), lang: pantau_desk::Lang::En };
    reading.iso(at).chars().take(10).collect()
}
