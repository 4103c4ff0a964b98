//! `audit`: what operators did and read at the desk.

use pantau_desk::{Lang, Reading, read_local};
use pantau_log::{DataDir, Server, store};

use super::{
    args,
    fail::{Done, Failure},
    out,
};

const DAY_S: i64 = 86_400;

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &args::Audit) -> Done {
    let server = super::open_to_read(dir)?;
    let reading = reading(&server)?;
    let (from, to) = match &args.day {
        None => (i64::MIN, i64::MAX),
        Some(day) => {
            let start = read_local(&format!("{day} 00:00"), reading.offset_s);
            let start =
                start.ok_or_else(|| Failure::Usage(format!("--day {day:?} is no day such as 2026-11-28")))?;
            (start, start + DAY_S)
        }
    };
    let all = store::read(server.store(), |view| view.desk_audit(from, to, args.operator.as_deref()))?;
    for row in &all {
        let at = reading.iso(row.at);
        out::line(format_args!("{at}  {:<24} {:<16} {}  {}", row.who, row.act, row.what, row.source));
    }
    if all.is_empty() {
        out::note("Nothing of that is written down.");
    }
    Ok(())
}

/// Times in the zone of the election profile; before there is one, in UTC.
fn reading(server: &Server) -> Result<Reading, Failure> {
    let known = server.known()?;
    let zone = known.reference().profile().map(|profile| (profile.utc_offset_s, profile.zone.clone()));
    let (offset_s, zone) = zone.unwrap_or((0, "UTC".to_owned()));
    Ok(Reading { now: server.now(), offset_s, zone, lang: Lang::En })
}
