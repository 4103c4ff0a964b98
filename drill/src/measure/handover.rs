//! What the QR code of a handover has to hold.

use pantau_protocol::{
    body::{Body, Containers, CustodyKind, Dispatch, Loose, Packed, Point, SealOut},
    handover::{Slip, qr_bytes},
    hash,
    keys::SecretKey,
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    profile::Profile,
    record::{Fix, Record},
};

use super::{NOW, table::Table};
use crate::stage::DrillError;

/// Containers of the largest usual kit.
const CONTAINERS: u32 = 7;
/// Its seals.
const SEALS: u32 = 60;
/// Kits that are shown.
const RUNS: u32 = 20;

/// Bytes of the largest usual kit with its contents, and its seals named one by one: the worst that an officer would
/// show. As packed it has about half.
///
/// # Errors
/// A kit that no QR code holds.
pub fn handover(table: &mut Table) -> Result<(), DrillError> {
    if table.wants(&["handover_bytes"]) {
        let bytes = (0..RUNS).map(|run| shown(&listed(run)?, run)).collect::<Result<Vec<f64>, _>>()?;
        // What does not fit is no use, however well the others do: the largest counts.
        table.put("handover_bytes", vec![bytes.into_iter().fold(0.0, f64::max)]);
    }
    Ok(())
}

fn place(code: &str) -> Result<Place, DrillError> {
    Place::new(code).map_err(DrillError::around)
}

/// A number that follows from nothing a compressor knows.
fn any(run: u32, n: u32) -> u32 {
    let [a, b, c, ..] = hash::tagged("pantau/drill/handover", &[&run.to_be_bytes(), &n.to_be_bytes()]);
    u32::from_be_bytes([0, a, b, c])
}

fn listed(run: u32) -> Result<Dispatch, DrillError> {
    let kit = place(&format!("62.06.13.{}/{:03}", 2001 + run, run + 1))?;
    let profile = Profile::shipped().into_iter().next();
    let items = profile.iter().flat_map(|p| &p.kit).map(|item| item.number);
    Ok(Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place(&format!("62.06.13.{}", 2001 + run))?, label: None },
        kits: vec![kit],
        packed: Packed::AsListed,
        containers: vec![Containers { count: CONTAINERS, kit: None }],
        lines: items.map(|item| Loose { item, pieces: any(run, item) % 620, kit: None }).collect(),
        seals: (0..SEALS)
            .map(|n| SealOut { number: format!("K {:06}", any(run, 1_000 + n) % 1_000_000), kit: None })
            .collect(),
        due: Some(NOW + 3_600),
    })
}

/// Bytes of the QR code that a giver shows, with the lorry.
fn shown(dispatch: &Dispatch, run: u32) -> Result<f64, DrillError> {
    let mut record = Record::new(NOW, place("62.06.13")?, &Body::Dispatch(dispatch.clone()));
    record.fix = Some(Fix { lat: -200_123, lon: 11_354_321, accuracy: 12, mock: false });
    let lorry = Note {
        field: Field::Vehicle,
        salt: Salt([9; 16]),
        text: format!("Truk KH {} FA", any(run, 1) % 9_999),
    };
    let key = SecretKey::from_seed(&hash::tagged("pantau/drill/handover", &[&run.to_be_bytes()]));
    let slip =
        Slip::sign(&key, 17, u64::from(run) + 300, record.to_payload(), vec![CarriedNote::Whole(lorry)]);
    let text = slip.to_text(usize::MAX).map_err(DrillError::around)?;
    Ok(qr_bytes(text.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_as_packed_has_half_of_one_that_is_listed() {
        let listed = listed(3).unwrap();
        let packed = Dispatch { packed: Packed::AsPacked, lines: vec![], seals: vec![], ..listed.clone() };
        let (listed, packed) = (shown(&listed, 3).unwrap(), shown(&packed, 3).unwrap());
        assert!(listed <= 800.0 && packed <= listed / 2.0, "{packed} of {listed}");
    }
}
