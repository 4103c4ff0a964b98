//! `GET /export/silence.csv`: one line a kecamatan, desa or kelurahan.

use axum::{extract::State, response::Response};
use pantau_log::Error;
use pantau_protocol::place::{Level, Place};

use super::{Table, by_place, cell::Sheet, serve};
use crate::{
    api::{
        Desked,
        usual::{BOM, Csv, Problems, WITHIN},
    },
    ask::Ask,
    visit::Asked,
    walk::Kind,
};

/// How the TPS of every kecamatan, desa and kelurahan are heard, as CSV
///
/// `heard`, `word_late`, `silent_expected` and `silent_abnormal` add up to `tps`. The regions are in the order of their
/// codes; those of another level and those without a TPS are not there. Otherwise as `/export/tps.csv`.
#[utoipa::path(
    get,
    path = "/export/silence.csv",
    operation_id = "export_silence",
    tag = "export",
    params(
        ("within" = Option<String>, Query, description = WITHIN),
        ("bom" = Option<String>, Query, description = BOM),
    ),
    responses(
        Csv,
        Problems,
    ),
)]
pub(crate) async fn silence(State(desk): Desked, asked: Asked) -> Response {
    serve(desk, asked, &TABLE).await
}

static TABLE: Table = Table {
    name: "silence",
    has_conditions: false,
    columns: &[
        "code",
        "level",
        "name",
        "log_position",
        "tps",
        "heard",
        "word_late",
        "silent_expected",
        "silent_abnormal",
        "last_word_at",
        "last_word_unix",
        "last_word_age_s",
    ],
    lines: |ask, selection, after, sheet| {
        by_place(ask, selection.within.as_ref(), (Kind::Region, after), |place, _| line(ask, place, sheet))
    },
};

fn line(ask: &Ask<'_>, place: &Place, sheet: &mut Sheet) -> Result<(), Error> {
    let level = match place.level() {
        Some(Level::District) => "district",
        Some(Level::Village) => "village",
        Some(Level::Province | Level::Regency | Level::Tps) | None => return Ok(()),
    };
    let sums = ask.places.rollup(place)?;
    if sums.tps == 0 {
        return Ok(());
    }
    sheet.text(place.as_str());
    sheet.text(level);
    sheet.maybe_text(ask.places.reference().region(place).map(|region| region.name.as_str()));
    sheet.number(i64::try_from(ask.places.position()).ok());
    for count in [sums.tps, sums.heard(), sums.word_late, sums.silent_expected, sums.silent_abnormal] {
        sheet.number(Some(count));
    }
    sheet.time(sums.newest);
    sheet.number(sums.newest.map(|at| ask.now.saturating_sub(at)));
    sheet.end();
    Ok(())
}
