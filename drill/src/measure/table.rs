//! The figures with their targets.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{report::tell, stage::DrillError};

/// A figure that is taken.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its key in the JSON.
    pub key: &'static str,
    /// What it says.
    pub about: &'static str,
    /// What must be reached.
    pub target: f64,
    /// What would be better.
    pub stretch: Option<f64>,
    /// More is better.
    pub more: bool,
}

const fn most(key: &'static str, about: &'static str, target: f64, stretch: f64) -> Figure {
    Figure { key, about, target, stretch: Some(stretch), more: false }
}

const fn zero(key: &'static str, about: &'static str) -> Figure {
    Figure { key, about, target: 0.0, stretch: None, more: false }
}

/// All figures, in the order in which they are shown.
pub const FIGURES: [Figure; 29] = [
    Figure {
        key: "capture_ratio",
        about: "durable captures ÷ plain SQLite inserts a second",
        target: 0.80,
        stretch: Some(0.95),
        more: true,
    },
    most("capture_fsyncs", "fsyncs a capture", 1.0, 1.0),
    most("up_bytes_1", "body bytes up a check-in, 1 at a time", 280.0, 215.0),
    most("up_bytes_50", "the same, 50 at a time", 60.0, 48.0),
    most("up_bytes_1000", "the same, 1,000 at a time", 50.0, 40.0),
    most("exchange_bytes_50", "whole exchange of 50 check-ins, both ways, HTTP included", 3_500.0, 2_800.0),
    most("requests_per_sync", "requests of a sync that pushes and pulls", 1.0, 1.0),
    most("idle_bytes", "nothing new, both ways, HTTP included", 500.0, 400.0),
    most("slow_link_ratio", "50 check-ins over 2G ÷ plain zstd -19 POST", 1.1, 0.8),
    most("push_1000_ratio", "push of 1,000 ÷ plain zstd -9 POST into SQLite", 2.0, 1.2),
    Figure {
        key: "intake_per_s",
        about: "records a second, 2 cores shared with the senders",
        target: 20_000.0,
        stretch: Some(50_000.0),
        more: true,
    },
    most("pull_10000_s", "a fresh phone pulls 10,000 records, seconds", 1.0, 0.5),
    most("pull_bytes", "bytes down a pulled record", 60.0, 45.0),
    most("open_100k_ms", "opening a store of 100,000 records, ms", 20.0, 10.0),
    most("rss_phone_mb", "peak memory of a phone that pushes 1,000, MB", 20.0, 12.0),
    most("rss_server_mb", "peak memory of its server, MB", 40.0, 25.0),
    most("resent_ratio", "bytes sent again after a cut ÷ bytes of the push", 1.1, 1.0),
    zero("lost", "records lost at any cut"),
    zero("doubled", "records doubled at any cut"),
    zero("false_acks", "records called held that are not"),
    most(
        "first_sync_bytes",
        "first sync of a camat with 58 TPS over 2G, bytes both ways",
        20_000.0,
        10_000.0,
    ),
    most("first_sync_s", "the same, seconds", 15.0, 8.0),
    most("handover_bytes", "QR code of a kit with contents and 60 seals one by one, bytes", 800.0, 600.0),
    Figure {
        key: "fold_per_s",
        about: "records a second of which the projection of 1,000,000 is made anew, until pages are served from it",
        target: 100_000.0,
        stretch: Some(300_000.0),
        more: true,
    },
    most("fold_rss_mb", "peak memory of a process that makes it, MB", 150.0, 100.0),
    most("fold_one_us", "one more record in a province of 1,000,000, µs", 2_000.0, 500.0),
    most("rss_server_1m_mb", "peak memory of a server with 1,000,000 records, MB", 200.0, 100.0),
    most("start_1m_ms", "its start until it answers, ms", 2_000.0, 500.0),
    most(
        "overview_p99_ms_7830",
        "its overview of 7,830 TPS while 200 records a second arrive, 99th percentile, ms",
        50.0,
        20.0,
    ),
];

/// Those of `pantau-drill load`, taken in one run.
pub const UNDER_LOAD: [Figure; 3] = [
    most(
        "load_overview_p99_ms",
        "the overview of 7,830 TPS while 200 records a second arrive, 200 pages are open and 20 people a second sign \
         in, 99th percentile, ms",
        50.0,
        20.0,
    ),
    most(
        "load_page_p99_s",
        "from the receipt of a record to the event that brings it to an open page, 99th percentile, s",
        2.0,
        1.5,
    ),
    most("load_sign_in_p99_ms", "a sign-in meanwhile, 99th percentile, ms", 1_000.0, 300.0),
];

/// What was measured.
#[derive(Debug)]
pub struct Table {
    figures: &'static [Figure],
    only: Vec<String>,
    values: BTreeMap<&'static str, Measured>,
}

/// One figure as measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The median; `None` where this machine does not allow the measurement.
    pub value: Option<f64>,
    /// Least and most, how many runs, or why there is none.
    pub note: String,
}

impl Table {
    /// For these keys of [`FIGURES`], or for all.
    ///
    /// # Errors
    /// A key that is none.
    pub fn new(only: &[String]) -> Result<Self, DrillError> {
        Self::of(&FIGURES, only)
    }

    /// The same for other figures.
    ///
    /// # Errors
    /// A key that is none.
    pub fn of(figures: &'static [Figure], only: &[String]) -> Result<Self, DrillError> {
        if let Some(strange) = only.iter().find(|key| !figures.iter().any(|f| f.key == *key)) {
            let known: Vec<&str> = figures.iter().map(|f| f.key).collect();
            return Err(DrillError::around(format!("no figure {strange}; known: {}", known.join(", "))));
        }
        Ok(Self { figures, only: only.to_vec(), values: BTreeMap::new() })
    }

    /// Whether any of these figures is wanted.
    pub fn wants(&self, keys: &[&str]) -> bool {
        self.only.is_empty() || keys.iter().any(|key| self.only.iter().any(|o| o == key))
    }

    /// Keeps the median of several runs.
    pub fn put(&mut self, key: &'static str, mut runs: Vec<f64>) {
        runs.sort_by(f64::total_cmp);
        let (first, last) = (runs.first().copied(), runs.last().copied());
        let note = match (first, last) {
            (Some(a), Some(b)) if runs.len() > 1 => {
                format!("{} to {}, {} runs", short(a), short(b), runs.len())
            }
            _ => "1 run".to_owned(),
        };
        let value = runs.get(runs.len() / 2).copied();
        tell(&format!("{key}: {} ({note})", value.map_or("–".to_owned(), short)));
        self.values.insert(key, Measured { value, note });
    }

    /// Keeps one value with a word about it.
    pub fn put_one(&mut self, key: &'static str, value: f64, note: String) {
        tell(&format!("{key}: {} ({note})", short(value)));
        self.values.insert(key, Measured { value: Some(value), note });
    }

    /// Notes that a figure cannot be taken here.
    pub fn skip(&mut self, key: &'static str, why: &str) {
        tell(&format!("{key}: skipped: {why}"));
        self.values.insert(key, Measured { value: None, note: format!("skipped: {why}") });
    }

    /// The value of a figure.
    pub fn get(&self, key: &str) -> Option<f64> {
        self.values.get(key).and_then(|m| m.value)
    }

    /// A line a figure: figure, measured, target, stretch, verdict, note.
    pub fn rows(&self) -> Vec<[String; 6]> {
        let taken = self.figures.iter().filter_map(|f| self.values.get(f.key).map(|m| (f, m)));
        taken
            .map(|(f, m)| {
                let sign = if f.more { "≥ " } else { "≤ " };
                [
                    format!("{} (`{}`)", f.about, f.key),
                    m.value.map_or("–".to_owned(), short),
                    format!("{sign}{}", short(f.target)),
                    f.stretch.map_or("–".to_owned(), |s| format!("{sign}{}", short(s))),
                    m.value.map_or("skipped", |v| f.verdict(v)).to_owned(),
                    m.note.clone(),
                ]
            })
            .collect()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for [about, value, target, stretch, verdict, note] in self.rows() {
            let _ = writeln!(text, "{value:>10}  {target:>9} {stretch:>9}  {verdict:<14} {about}; {note}");
        }
        text
    }

    /// One line for programs: every key, `null` where it was skipped, and the targets that are met or missed.
    pub fn json(&self) -> String {
        let mut all = serde_json::Map::new();
        let (mut met, mut missed) = (Vec::new(), Vec::new());
        for f in self.figures {
            let Some(m) = self.values.get(f.key) else { continue };
            all.insert(f.key.into(), m.value.map_or(Value::Null, |v| json!((v * 1e4).round() / 1e4)));
            match m.value {
                Some(v) if f.is_met(v) => met.push(f.key),
                Some(_) => missed.push(f.key),
                None => {}
            }
        }
        all.insert("targets_met".into(), json!(met));
        all.insert("targets_missed".into(), json!(missed));
        Value::Object(all).to_string()
    }

    /// Whether nothing was lost, doubled or falsely called held.
    pub fn is_sound(&self) -> bool {
        ["lost", "doubled", "false_acks"].iter().all(|key| self.get(key).is_none_or(|v| v == 0.0))
    }
}

impl Figure {
    fn is_met(&self, value: f64) -> bool {
        if self.more { value >= self.target } else { value <= self.target }
    }

    fn verdict(&self, value: f64) -> &'static str {
        let reaches = |bound: f64| if self.more { value >= bound } else { value <= bound };
        match (reaches(self.target), self.stretch.is_none_or(reaches)) {
            (true, true) => "stretch met",
            (true, false) => "target met",
            (false, _) => "TARGET MISSED",
        }
    }
}

/// A number as short as its size allows.
fn short(n: f64) -> String {
    match n.abs() {
        n if n >= 1_000.0 => format!("{n:.0}"),
        n if n >= 20.0 => format!("{n:.1}"),
        _ => format!("{n:.2}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_called_so_and_unknown_keys_are_refused() {
        let mut table = Table::new(&[]).unwrap();
        table.put("up_bytes_50", vec![70.0, 61.0, 62.0]);
        table.put("intake_per_s", vec![60_000.0]);
        table.put("lost", vec![1.0]);
        table.skip("slow_link_ratio", "no namespaces");
        let verdicts: Vec<String> = table.rows().into_iter().map(|[_, _, _, _, v, _]| v).collect();
        assert_eq!(verdicts, ["TARGET MISSED", "skipped", "stretch met", "TARGET MISSED"]);
        assert!(table.json().contains("\"slow_link_ratio\":null"));
        assert!(!table.is_sound());
        assert!(Table::new(&["no_such".into()]).is_err());
    }
}
