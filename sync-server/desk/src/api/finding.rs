//! A finding as programs read it: what it is, why, and what became of it.

use std::collections::BTreeMap;

use pantau_log::{
    Error,
    import::Told,
    projector::name_now,
    store::{Row, View},
};
use pantau_protocol::{
    journal::RecordId,
    note::Field,
    projection::findings::{Finding as Found, Lang, Say, Sign, Status},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::said::{Said, Time, mark_of, word};
use crate::{ask::Ask, page};

/// One cause that shows at some places, as long as they share a status: the open places of a cause, those that one
/// ruling closed and those that one record cured are parts of one finding, with one `id`. A part is cut to the places
/// that are asked for and may be read; numbers, records and sentence speak of these.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Finding {
    /// 32 hexadecimal digits; the same for as long as the cause is the same.
    pub(super) id: String,
    /// What it is: `short_against_dispatch`, `over_against_dispatch`, `short_against_kit`, `seal_broken`, `seal_missing`,
    /// `seal_other`, `received_without_dispatch`, `not_received_in_time`, `wrong_destination`, `officers_differ`,
    /// `profile_against_visit`, `late`, `late_undetermined`, `far_from_tps`, `impossible_time`, `turnout_falls`,
    /// `turnout_above_voters`, `silent`, `forked_device`, `journal_hole` or `bulk_need_uncovered`; `other_N` of a newer
    /// version.
    rule: String,
    /// `low`, to know; `medium`, to ask; `high`, to act on.
    severity: &'static str,
    /// Whether it is open, and if not, why.
    status: FindingStatus,
    /// Codes of its places, sorted. Empty for a finding about a phone.
    places: Vec<String>,
    /// Ids of the phones that it is about; empty for all but findings about phones.
    devices: Vec<String>,
    /// Its arithmetic over all places, in pieces, containers, seals, voters or metres: `sent`, `received`, `open` (nobody can account
    /// for), `over`, `damaged`, `missing`, `broken`, `other`, `expected`, `packed`, `good`, `short`, `first` and `second`
    /// (what two officers counted), `before`, `voters`, `registered`, `ballots`, `needed`, `counted`, `metres`. What its
    /// rule does not speak of is not there.
    numbers: BTreeMap<&'static str, i64>,
    /// Ids of the records behind it, those of other regions, too.
    records: Vec<String>,
    /// Who had the missing thing last; `null` where that is no question.
    last_hands: Option<Said>,
    /// Since when it can be known: the server had the newest record of its evidence, and what it waits for was due.
    /// `null` where it rests on no record.
    since: Option<Time>,
    /// Its name in Indonesian.
    title_id: &'static str,
    /// Its name in English.
    title_en: &'static str,
    /// What happened, in one Indonesian sentence. Officers by number for a token without names.
    sentence_id: String,
    /// The same in English.
    sentence_en: String,
    /// What the desk is to do, in Indonesian.
    advice_id: &'static str,
    /// The same in English.
    advice_en: &'static str,
}

/// Whether a finding is open, and if not, why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingStatus {
    /// `open`; `ruled`, closed by the desk; `cured`, its cause is gone.
    state: &'static str,
    /// Id of the ruling, or of the record that cured it; `null` while it is open.
    record: Option<String>,
    /// Who wrote that record, and when; `null` while it is open.
    by: Option<Said>,
    /// Why the desk closed it; `null` unless it did, where the text was erased, and for a token without names: it is
    /// free text.
    reason: Option<String>,
    /// User name of the operator who closed it at the desk; `null` as `reason` is, and for a ruling by a command.
    operator: Option<String>,
}

/// The word for a state.
pub(crate) fn state(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Ruled { .. } => "ruled",
        Status::Cured { .. } => "cured",
    }
}

impl Finding {
    pub(super) fn of(ask: &Ask<'_>, found: &Found) -> Result<Self, Error> {
        let (id, en) = (text(ask, found, Lang::Id), text(ask, found, Lang::En));
        Ok(Self {
            id: found.id.to_string(),
            rule: word(found.rule.name(), found.rule.number()),
            severity: found.severity.name(),
            status: FindingStatus::of(ask, found.status)?,
            places: found.places.iter().map(ToString::to_string).collect(),
            devices: found.devices.iter().map(ToString::to_string).collect(),
            numbers: found.numbers.iter().map(|(name, number)| (name.name(), *number)).collect(),
            records: found.records.iter().map(ToString::to_string).collect(),
            last_hands: found.last_hands.as_ref().map(|mark| Said::of(ask, mark)),
            since: since(ask.view, &found.signs, ask.now)?.map(Time::of),
            title_id: id.title,
            title_en: en.title,
            sentence_id: id.sentence,
            sentence_en: en.sentence,
            advice_id: id.advice,
            advice_en: en.advice,
        })
    }
}

/// What a finding says in one language.
pub(crate) struct Text {
    pub(crate) title: &'static str,
    pub(crate) sentence: String,
    pub(crate) advice: &'static str,
}

/// A finding in words, for whoever asks: names of officers only for those who may read them.
pub(crate) fn text(ask: &Ask<'_>, found: &Found, lang: Lang) -> Text {
    let contacts = ask.places.known().contacts();
    let named = |officer| name_now(contacts, officer).filter(|_| ask.reader.names).map(str::to_owned);
    let say = Say { lang, reference: ask.places.reference(), names: &named };
    Text { title: found.title(&say), sentence: found.sentence(&say), advice: found.advice(&say) }
}

/// What became of a finding that is not open.
pub(crate) struct Closed {
    /// The ruling, or the record that cured it.
    pub(crate) by: RecordId,
    /// Its row, where the log has it.
    row: Option<Row>,
}

impl Closed {
    /// What closed it; `None` while it is open.
    pub(crate) fn of(view: &dyn View, status: Status) -> Result<Option<Self>, Error> {
        let by = match status {
            Status::Open => return Ok(None),
            Status::Ruled { by } | Status::Cured { by } => by,
        };
        Ok(Some(Self { by, row: view.desk_record(&by)?.into_iter().next() }))
    }

    /// Who wrote it.
    pub(crate) fn said(&self, ask: &Ask<'_>) -> Option<Said> {
        self.mark(ask).map(|mark| Said::of(ask, &mark))
    }

    /// The same as a mark.
    pub(crate) fn mark(&self, ask: &Ask<'_>) -> Option<pantau_protocol::projection::Mark> {
        self.row.as_ref().and_then(|row| mark_of(ask, row))
    }

    /// A note of it, for those who may read names.
    pub(crate) fn note(&self, ask: &Ask<'_>, field: Field) -> Result<Option<String>, Error> {
        let Some(row) = self.row.as_ref().filter(|_| ask.reader.names) else { return Ok(None) };
        let told = page::told(ask.view, row)?.into_iter().find(|(known, _)| *known == field);
        Ok(match told {
            Some((_, Told::Text(text))) => Some(text),
            Some((_, Told::Absent | Told::Erased)) | None => None,
        })
    }
}

impl FindingStatus {
    fn of(ask: &Ask<'_>, status: Status) -> Result<Self, Error> {
        let closed = Closed::of(ask.view, status)?;
        let ruling = closed.as_ref().filter(|_| matches!(status, Status::Ruled { .. }));
        let note = |field| ruling.map_or(Ok(None), |ruling| ruling.note(ask, field));
        Ok(Self {
            state: state(status),
            record: closed.as_ref().map(|closed| closed.by.to_string()),
            by: closed.as_ref().and_then(|closed| closed.said(ask)),
            reason: note(Field::Note)?,
            operator: note(Field::Name)?,
        })
    }
}

/// Since when some signs can be known, unix seconds: the newest record behind them was received, and what they wait
/// for was due. `None` where they rest on no record.
pub(crate) fn since<'s>(
    view: &dyn View,
    signs: impl IntoIterator<Item = &'s Sign>,
    now: i64,
) -> Result<Option<i64>, Error> {
    let mut newest = None;
    for sign in signs {
        let cure = match sign.status {
            Status::Cured { by } => Some(by),
            Status::Open | Status::Ruled { .. } => None,
        };
        for record in sign.records.iter().filter(|record| Some(**record) != cure) {
            let rows = view.desk_record(record)?;
            newest = newest.max(rows.iter().map(|row| row.entry.envelope.received_at).min());
        }
        if newest.is_some() {
            newest = newest.max(sign.detail.due.filter(|due| *due <= now));
        }
    }
    Ok(newest)
}
