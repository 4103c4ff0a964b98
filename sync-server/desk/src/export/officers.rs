//! `GET /export/officers.csv`: one line an officer.

use std::collections::{BTreeMap, HashMap};

use axum::{extract::State, response::Response};
use pantau_log::{
    Error,
    author::DESK_OFFICER,
    import::Told,
    store::{LastContact, Stored},
};
use pantau_protocol::{place::Place, role::Role};

use super::{Table, cell::Sheet, serve};
use crate::{
    api::{
        Desked,
        usual::{BOM, Csv, Problems, WITHIN},
    },
    ask::Ask,
    limit,
    visit::Asked,
};

/// Officers with a role within a place, as CSV
///
/// By number. A phone number is there for whoever is signed in and never for a token, a name only where the token may
/// read names. `visits` counts TPS; `unsent` are records that the phones had not sent when they last called, empty
/// where no phone has called. Otherwise as `/export/tps.csv`.
#[utoipa::path(
    get,
    path = "/export/officers.csv",
    operation_id = "export_officers",
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
pub(crate) async fn officers(State(desk): Desked, asked: Asked) -> Response {
    serve(desk, asked, &TABLE).await
}

static TABLE: Table = Table {
    name: "officers",
    has_conditions: false,
    columns: &[
        "number",
        "name",
        "phone",
        "roles",
        "places",
        "log_position",
        "visits",
        "trusted_phones",
        "last_contact_at",
        "last_contact_unix",
        "unsent",
    ],
    lines: |ask, selection, after, sheet| {
        let all = granted(ask, selection.within.as_ref());
        // The number that the lines before ended with; they began with the least.
        let after: Option<u32> = after.parse().ok();
        let mut left =
            all.into_iter().filter(|(number, _)| after.is_none_or(|after| *number > after)).peekable();
        let visits = visits(ask, selection.within.as_ref())?;
        let mut last = None;
        for (number, grants) in left.by_ref().take(limit::EXPORT_PLACES) {
            line(ask, number, &grants, visits.get(&number).copied().unwrap_or_default(), sheet)?;
            last = Some(number.to_string());
        }
        Ok(last.filter(|_| left.peek().is_some()))
    },
};

/// Officers with a grant within a place, and these grants.
fn granted(ask: &Ask<'_>, within: Option<&Place>) -> BTreeMap<u32, Vec<(Role, Place)>> {
    let mut all: BTreeMap<u32, Vec<(Role, Place)>> = BTreeMap::new();
    for (officer, role, place) in ask.places.reference().all_grants() {
        let is_meant = within.is_none_or(|within| place.is_within(within)) && ask.places.sees(place);
        if is_meant && officer != DESK_OFFICER {
            all.entry(officer).or_default().push((role, place.clone()));
        }
    }
    all
}

/// How many TPS within a place each officer visited.
fn visits(ask: &Ask<'_>, within: Option<&Place>) -> Result<HashMap<u32, u64>, Error> {
    let roots = within.map_or_else(|| ask.places.roots(), |place| vec![place.clone()]);
    let mut all: HashMap<u32, u64> = HashMap::new();
    for root in roots {
        for (officer, count) in ask.places.visited(&root)? {
            *all.entry(officer).or_default() += count;
        }
    }
    Ok(all)
}

fn line(
    ask: &Ask<'_>,
    number: u32,
    grants: &[(Role, Place)],
    visits: u64,
    sheet: &mut Sheet,
) -> Result<(), Error> {
    let contact = ask.places.known().contacts().get(&number);
    let text = |told: Option<&Told>| match told {
        Some(Told::Text(text)) => text.clone(),
        Some(Told::Absent | Told::Erased) | None => String::new(),
    };
    let joined = |parts: Vec<String>| parts.join(";");
    sheet.number(Some(number));
    sheet.text(&text(contact.map(|c| &c.name).filter(|_| ask.reader.names)));
    sheet.text(&text(contact.map(|c| &c.phone).filter(|_| ask.reader.is_person())));
    sheet.text(&joined(grants.iter().map(|(role, _)| role.name().to_owned()).collect()));
    sheet.text(&joined(grants.iter().map(|(_, place)| place.to_string()).collect()));
    sheet.number(i64::try_from(ask.places.position()).ok());
    sheet.number(i64::try_from(visits).ok());
    let reference = ask.places.reference();
    let trusted = reference.devices().filter(|d| d.officer == number && !reference.is_revoked(&d.device));
    let calls = trusted.map(|d| ask.view.last_contact(&d.device)).collect::<Stored<Vec<_>>>()?;
    sheet.number(i64::try_from(calls.len()).ok());
    let calls: Vec<LastContact> = calls.into_iter().flatten().collect();
    sheet.time(calls.iter().map(|call| call.at).max());
    let unsent = calls.iter().map(|call| call.unsent).reduce(u64::saturating_add);
    sheet.number(unsent.and_then(|n| i64::try_from(n).ok()));
    sheet.end();
    Ok(())
}
