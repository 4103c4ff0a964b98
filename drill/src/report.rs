//! What the drill says: progress while it runs, a table at the end, one JSON line for machines.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::{compare::Compared, link::Tally};

/// One line of progress for whoever watches; standard output is for results.
#[expect(clippy::print_stderr, reason = "the one place that tells progress")]
pub fn tell(line: &str) {
    eprintln!("{line}");
}

/// Counts while the drill runs.
#[derive(Debug, Default)]
pub struct Counts {
    /// Records phones said were saved.
    pub captured: AtomicU64,
    /// Of them, visits.
    pub visits: AtomicU64,
    /// Syncs tried.
    pub syncs: AtomicU64,
    /// Syncs that reached the server.
    pub reached: AtomicU64,
    /// Requests of syncs that reached the server.
    pub requests: AtomicU64,
    /// Phones that died and came back.
    pub phone_restarts: AtomicU64,
    /// Times the server died and came back.
    pub server_restarts: AtomicU64,
    /// What the links did.
    pub link: std::sync::Arc<Tally>,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Phones that took part.
    pub phones: usize,
    /// Days played.
    pub days: usize,
    /// Seed.
    pub seed: u64,
    /// Records phones said were saved.
    pub captured: u64,
    /// Of them, visits.
    pub visits: u64,
    /// Of the captured, those the server holds.
    pub received: u64,
    /// Captured and not held by the server at the end, or said to be held and not.
    pub lost: u64,
    /// Held more than once.
    pub doubled: u64,
    /// Phones that show anything else than the server for the same scope and cursor.
    pub unequal: u64,
    /// Connections cut.
    pub cuts: u64,
    /// Connections stalled.
    pub stalls: u64,
    /// Replies lost.
    pub lost_replies: u64,
    /// Phones that died and came back.
    pub phone_restarts: u64,
    /// Times the server died and came back.
    pub server_restarts: u64,
    /// Bytes phones sent, counted on the socket, per record received.
    pub bytes_up_per_record: f64,
    /// Requests per sync that reached the server.
    pub requests_per_sync: f64,
    /// Wall clock seconds the drill took.
    pub seconds: f64,
    /// Faults that must have happened in this drill and did not.
    pub missing_faults: Vec<&'static str>,
    /// What was found against what is true; absent against a server that was started by hand.
    pub compared: Option<Compared>,
}

impl Report {
    /// Whether nothing was lost, doubled or unequal, and every kind of fault happened.
    pub fn passed(&self) -> bool {
        let is_whole = self.lost == 0 && self.doubled == 0 && self.unequal == 0;
        is_whole && self.missing_faults.is_empty() && self.compared.as_ref().is_none_or(Compared::is_right)
    }

    /// The last line for machines.
    pub fn json(&self) -> String {
        let round = |x: f64| (x * 100.0).round() / 100.0;
        let mut all = serde_json::json!({
            "captured": self.captured, "received": self.received, "lost": self.lost, "doubled": self.doubled,
            "unequal": self.unequal, "cuts": self.cuts, "stalls": self.stalls, "lost_replies": self.lost_replies,
            "phone_restarts": self.phone_restarts, "server_restarts": self.server_restarts,
            "bytes_up_per_record": round(self.bytes_up_per_record),
            "requests_per_sync": round(self.requests_per_sync), "seconds": round(self.seconds),
        });
        let findings = self.compared.as_ref().map(Compared::json);
        if let (Some(all), Some(serde_json::Value::Object(findings))) = (all.as_object_mut(), findings) {
            all.extend(findings);
        }
        all.to_string()
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let mut out = String::from("\n");
        let mut row = |name: &str, value: String| {
            let _ = writeln!(out, "  {name:<28}{value:>12}");
        };
        row("phones", self.phones.to_string());
        row("days", self.days.to_string());
        row("records captured", self.captured.to_string());
        row("  of them visits", self.visits.to_string());
        row("held by the server", self.received.to_string());
        row("lost", self.lost.to_string());
        row("doubled", self.doubled.to_string());
        row("phones unequal to server", self.unequal.to_string());
        row("connections cut", self.cuts.to_string());
        row("connections stalled", self.stalls.to_string());
        row("replies lost", self.lost_replies.to_string());
        row("phones restarted", self.phone_restarts.to_string());
        row("server restarted", self.server_restarts.to_string());
        row("bytes up per record", format!("{:.1}", self.bytes_up_per_record));
        row("requests per sync", format!("{:.2}", self.requests_per_sync));
        row("seconds", format!("{:.1}", self.seconds));
        let _ = writeln!(out, "  {:<28}{:>12}", "seed", self.seed);
        let is_whole = self.lost == 0 && self.doubled == 0 && self.unequal == 0;
        out.push_str(match is_whole {
            true => "\nNothing lost, nothing doubled, phones and server agree.\n",
            false => "\nFAILED: see lost, doubled and unequal above.\n",
        });
        if let Some(compared) = &self.compared {
            let _ = write!(out, "\n{}", compared.table());
            out.push_str(match compared.is_right() {
                true => "\nEverything that went wrong was found, and nobody was accused of anything else.\n",
                false => "\nFAILED: see what was missed and the false alarms above.\n",
            });
        }
        if !self.missing_faults.is_empty() {
            let missing = self.missing_faults.join(", ");
            let _ = writeln!(out, "\nFAILED: these faults never happened: {missing}.");
        }
        out
    }
}

impl Counts {
    /// One line of progress.
    pub fn line(&self, when: &str) -> String {
        let of = |n: &AtomicU64| n.load(Relaxed);
        format!(
            "{when}  captured {:>6}  syncs {:>5} ({} reached)  cut {} stalled {} replies lost {}  restarts {} phones {} server",
            of(&self.captured),
            of(&self.syncs),
            of(&self.reached),
            of(&self.link.cuts),
            of(&self.link.stalls),
            of(&self.link.lost_replies),
            of(&self.phone_restarts),
            of(&self.server_restarts),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compare::Tally, truth::Rule};

    fn report() -> Report {
        Report {
            phones: 2,
            days: 1,
            seed: 1,
            captured: 10,
            visits: 5,
            received: 10,
            lost: 0,
            doubled: 0,
            unequal: 0,
            cuts: 1,
            stalls: 1,
            lost_replies: 1,
            phone_restarts: 1,
            server_restarts: 1,
            bytes_up_per_record: 101.234,
            requests_per_sync: 1.0,
            seconds: 2.0,
            missing_faults: vec![],
            compared: Some(Compared::default()),
        }
    }

    #[test]
    fn anything_lost_doubled_unequal_or_untried_fails() {
        assert!(report().passed());
        assert!(!Report { lost: 1, ..report() }.passed());
        assert!(!Report { doubled: 1, ..report() }.passed());
        assert!(!Report { unequal: 1, ..report() }.passed());
        assert!(!Report { missing_faults: vec!["stalls"], ..report() }.passed());
        for wrong in [Tally { missed: 1, ..Tally::default() }, Tally { false_alarms: 1, ..Tally::default() }]
        {
            let compared = Compared { rules: [(Rule::Late, wrong)].into(), told: Vec::new() };
            assert!(!Report { compared: Some(compared), ..report() }.passed(), "{wrong:?}");
        }
        let table = Report { lost: 1, missing_faults: vec!["stalls"], ..report() }.table();
        assert!(table.contains("see lost") && table.contains("never happened: stalls"), "{table}");
    }

    #[test]
    fn the_json_line_has_the_agreed_keys() {
        let value: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
        let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut agreed = vec![
            "captured",
            "received",
            "lost",
            "doubled",
            "unequal",
            "cuts",
            "stalls",
            "lost_replies",
            "phone_restarts",
            "server_restarts",
            "bytes_up_per_record",
            "requests_per_sync",
            "seconds",
            "planted",
            "found",
            "missed",
            "false_alarms",
            "rules",
        ];
        agreed.sort_unstable();
        assert_eq!(keys, agreed);
    }
}
