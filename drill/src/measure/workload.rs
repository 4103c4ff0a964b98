//! The workload: check-ins as the peers were given them, told as records.

use std::{io::Read as _, path::Path};

use pantau_core::NewRecord;
use pantau_protocol::{
    body::{Answer, Body, CustodyKind, Line, LineState, Receive, Rest, Seal, SealState, Visit},
    note::Field,
    place::Place,
    record::Fix,
};
use serde_json::Value;

use crate::stage::DrillError;

/// The first 10,000 lines of the workload.
const FIXTURE: &[u8] = include_bytes!("../../assets/checkins-10000.ndjson.zst");

/// Number and version of the checklist that is published for it.
const CHECKLIST: (u32, u32) = (1, 1);
/// Its items, in order.
const ITEMS: [&str; 12] = [
    "kotak_suara",
    "bilik_suara",
    "surat_suara",
    "tinta",
    "segel",
    "formulir_c",
    "dpt_dipajang",
    "akses_difabel",
    "saksi_hadir",
    "kpps_lengkap",
    "listrik",
    "jaringan",
];
/// What a line is about, and its number in the kit of `pemilu-2024`.
const KIT: [(&str, u32); 9] = [
    ("SS-PPWP", 10),
    ("SS-DPR", 11),
    ("SS-DPD", 12),
    ("SS-DPRD1", 13),
    ("SS-DPRD2", 14),
    ("KOTAK", 1),
    ("BILIK", 20),
    ("TINTA", 21),
    ("SEGEL", 22),
];

/// One check-in.
#[derive(Debug, Clone)]
pub struct CheckIn {
    /// When it was made, unix seconds.
    pub at: i64,
    /// The record.
    pub record: NewRecord,
    /// The line as the peers were given it.
    pub json: String,
}

/// Reads a file of check-ins, or the fixture.
///
/// # Errors
/// A file that cannot be read; a line that is no check-in, by its number.
pub fn load(file: Option<&Path>) -> Result<Vec<CheckIn>, DrillError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|e| DrillError::around(format!("{}: {e}", path.display())))?,
        None => {
            let mut text = String::new();
            let unpacked = zstd::Decoder::new(FIXTURE).and_then(|mut d| d.read_to_string(&mut text));
            unpacked.map_err(DrillError::around)?;
            text
        }
    };
    let read = |(n, line): (usize, &str)| {
        check_in(line).ok_or_else(|| DrillError::around(format!("line {n} is no check-in of this workload")))
    };
    (1..).zip(text.lines()).map(read).collect()
}

/// One line of the workload; `None` if it is none.
pub fn check_in(line: &str) -> Option<CheckIn> {
    let v: Value = serde_json::from_str(line).ok()?;
    let at = chrono::DateTime::parse_from_rfc3339(v["captured_at"].as_str()?).ok()?.timestamp();
    let (village, number) = v["tps"].as_str()?.rsplit_once('-')?;
    let place = Place::new(&format!("{village}/{number}")).ok()?;
    let (body, note) = match v["kind"].as_str()? {
        "visit" => (visit(&v["checklist"])?, (Field::Note, v["note"].as_str()?)),
        "logistics" => (receive(&v)?, (Field::Receiver, v["receiver"].as_str()?)),
        _ => return None,
    };
    let mut record = NewRecord::new(place, body);
    record.at = Some(at);
    record.fix = Some(fix(&v["location"])?);
    record.notes = vec![(note.0, note.1.to_owned())];
    Some(CheckIn { at, record, json: line.to_owned() })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "degrees and metres are small")]
fn fix(v: &Value) -> Option<Fix> {
    let degrees = |v: &Value| v.as_f64().map(|d| (d * 1e5).round() as i32);
    let accuracy = v["accuracy_m"].as_f64()?.round() as u32;
    Some(Fix { lat: degrees(&v["lat"])?, lon: degrees(&v["lon"])?, accuracy, mock: false })
}

fn visit(answers: &Value) -> Option<Body> {
    let answer = |item: &&str| match answers[*item].as_str()? {
        "ok" => Some(Answer::Ok),
        "not_ok" => Some(Answer::NotOk),
        "na" => Some(Answer::NotApplicable),
        _ => None,
    };
    let answers: Option<Vec<Answer>> = ITEMS.iter().map(answer).collect();
    Some(Body::Visit(Visit { checklist: CHECKLIST.0, version: CHECKLIST.1, answers: answers?, way: None }))
}

fn receive(v: &Value) -> Option<Body> {
    let line = |l: &Value| {
        let (_, item) = KIT.iter().find(|(name, _)| l["item"] == *name)?;
        let received = u32::try_from(l["received"].as_u64()?).ok()?;
        let (good, damaged) = if l["condition"] == "baik" { (received, 0) } else { (0, received) };
        Some(Line { item: *item, state: LineState::Counted, good, damaged, missing: 0, kit: None })
    };
    let lines: Option<Vec<Line>> = v["lines"].as_array()?.iter().map(line).collect();
    let seal = Seal { number: v["seal"].as_str()?.to_owned(), state: SealState::Intact, kit: None };
    Some(Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: lines?,
        seals: vec![seal],
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    }))
}

/// The places of a workload as the files that a server imports: regions, TPS, checklist, officers.
#[derive(Debug)]
pub struct Province {
    /// As `--regions`.
    pub regions: String,
    /// As `--tps`.
    pub tps: String,
    /// As `--checklists`.
    pub checklists: String,
    /// As `--officers`: number 1 and, up to `officers`, further ones of the same kabupaten.
    pub officers: String,
}

/// Makes the province of a workload: its kabupaten, kecamatan, villages and TPS.
pub fn province(all: &[CheckIn], officers: u32) -> Province {
    let mut places: Vec<&Place> = all.iter().map(|c| &c.record.place).collect();
    places.sort();
    places.dedup();
    let mut regions = "code,parent,level,name\n62,,province,Kalimantan Tengah\n".to_owned();
    let mut tps = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n".to_owned();
    let levels = ["kabupaten", "kecamatan", "desa"];
    let mut told = std::collections::BTreeSet::new();
    for place in places {
        let Some((village, number)) = place.as_str().split_once('/') else { continue };
        let cuts = village.match_indices('.').map(|(at, _)| at).skip(1).chain([village.len()]);
        for (end, level) in cuts.zip(levels) {
            let code = village.get(..end).unwrap_or(village);
            let parent = code.rsplit_once('.').map_or("", |(parent, _)| parent);
            if told.insert(code.to_owned()) {
                regions += &format!("{code},{parent},{level},{level} {code}\n");
            }
        }
        tps += &format!("{village},{number},300,150,150,-2.20000,113.90000,regular,medium\n");
    }
    let item = |code: &&str| serde_json::json!({ "code": code, "id": code, "en": code });
    let items: Vec<Value> = ITEMS.iter().map(item).collect();
    let list = serde_json::json!([
        { "number": CHECKLIST.0, "version": CHECKLIST.1, "venue": "Tps", "items": items }
    ]);
    let officer = |n| format!("{n},Petugas {n},0800-{n},FieldOfficer,62.71\n");
    let officers: String = (1..=officers).map(officer).collect();
    Province {
        regions,
        tps,
        checklists: list.to_string(),
        officers: format!("number,name,phone,role,place\n{officers}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_has_10_000_check_ins_at_60_tps() {
        let all = load(None).unwrap();
        assert_eq!(all.len(), 10_000);
        let visits = all.iter().filter(|c| matches!(c.record.body, Body::Visit(_))).count();
        assert!((5_800..6_200).contains(&visits), "{visits}");
        assert_eq!(province(&all, 3).tps.lines().count(), 61);
    }
}
