//! Before something that changes what counts, or cannot be taken back: what it does is shown, and a person
//! types a word. Scripts say `--yes`.

use pantau_desk::{Lang, Reading, kind_name};
use pantau_log::{Server, ops::Listed};
use pantau_protocol::{body::Kind, place::Place};

use super::{fail::Failure, out};

/// Records shown in full; of more than these only the number is told.
const SHOWN: usize = 20;

/// Whether the person at the terminal types `word`, or said `--yes` before.
///
/// # Errors
/// [`Failure::Usage`] if not: nothing was done.
pub(crate) fn agree(yes: bool, question: &str, word: &str) -> Result<(), Failure> {
    let is_agreed = yes
        || out::ask(&format!("{question} Type {word} to go on:")).is_some_and(|answer| answer.trim() == word);
    if is_agreed {
        return Ok(());
    }
    Err(Failure::Usage(format!("nothing was done; answer \"{word}\", or use --yes")))
}

/// Shows records, the first ones in full.
pub(crate) fn show(server: &Server, title: &str, records: &[Listed]) -> Result<(), Failure> {
    if records.is_empty() {
        return Ok(());
    }
    out::note(format_args!("{title}: {}", counted(records.len(), "record")));
    let reading = reading(server)?;
    for listed in records.iter().take(SHOWN) {
        out::note(format_args!("  {}", line(&reading, listed)));
    }
    if records.len() > SHOWN {
        out::note(format_args!("  … and {} more", records.len() - SHOWN));
    }
    Ok(())
}

/// One record on one line: id, device and number, time, place, kind.
pub(crate) fn line(reading: &Reading, listed: &Listed) -> String {
    let Listed { record, device, seq, at, .. } = listed;
    let device: String = device.to_string().chars().take(12).collect();
    format!("{record}  {device} no. {seq}  {}  {}", reading.local(*at), what(listed.kind, &listed.place))
}

/// Kind and place of a record.
pub(crate) fn what(kind: Kind, place: &Place) -> String {
    format!("{} at {place}", kind_name(Lang::En, kind))
}

/// `1 record`, `2 records`.
pub(crate) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Times as the profile has them; in UTC before one is imported.
pub(crate) fn reading(server: &Server) -> Result<Reading, Failure> {
    let known = server.known()?;
    let profile = known.reference().profile();
    let (offset_s, zone) = profile.map_or((0, "UTC".to_owned()), |p| (p.utc_offset_s, p.zone.clone()));
    Ok(Reading { now: server.now(), offset_s, zone, lang: Lang::En })
}

/// A record's id, with or without dashes.
pub(crate) fn record_id(text: &str) -> Result<pantau_protocol::journal::RecordId, Failure> {
    text.parse().map_err(|_| Failure::Usage(format!("{text:?} is no record id")))
}
