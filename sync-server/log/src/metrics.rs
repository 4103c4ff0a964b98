//! Counters in Prometheus' text form. No label names a person, a place or a device.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Sets it.
    pub fn set(&self, n: u64) {
        self.0.store(n, Relaxed);
    }

    /// One more.
    pub fn up(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// One less.
    pub fn down(&self) {
        self.0.fetch_sub(1, Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that may be below zero, or not known: then it is not told.
#[derive(Debug)]
pub struct Level(AtomicI64);

impl Default for Level {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Level {
    /// Sets it.
    pub fn set(&self, n: i64) {
        self.0.store(n, Relaxed);
    }

    fn render(&self, out: &mut String, name: &str, help: &str) {
        let n = self.0.load(Relaxed);
        if n != i64::MIN {
            header(out, name, "gauge", help);
            let _ = writeln!(out, "{name} {n}");
        }
    }
}

/// Upper bounds of the buckets of [`Histogram`], in milliseconds.
const BOUNDS_MS: [u64; 10] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// How long something took.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS_MS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Histogram {
    /// Adds one duration.
    pub fn observe(&self, took: std::time::Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS_MS) {
            if us <= bound * 1_000 {
                bucket.fetch_add(1, Relaxed);
            }
        }
        self.count.fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }
}

/// How tries to sign in ended.
#[derive(Debug, Default)]
pub struct SignIns {
    /// Signed in.
    pub ok: Counter,
    /// Name or password was wrong.
    pub wrong: Counter,
    /// Not judged: too many wrong ones before.
    pub throttled: Counter,
    /// Not judged: too many were waiting.
    pub queue_full: Counter,
}

macro_rules! metrics {
    ($($field:ident: $kind:ident = $name:literal, $help:literal;)+) => {
        /// All counters of a server.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $(#[doc = $help] pub $field: $kind,)+
        }

        impl Metrics {
            /// The text that `/metrics` answers.
            pub fn render(&self) -> String {
                let mut out = String::with_capacity(4096);
                $(self.$field.render(&mut out, $name, $help);)+
                out
            }
        }
    };
}

metrics! {
    exchanges: Counter = "pantau_exchanges_total", "Exchanges answered.";
    exchange_time: Histogram = "pantau_exchange_seconds", "Time from a whole request to its reply.";
    enrolments: Counter = "pantau_enrolments_total", "Devices enrolled.";
    enrolments_refused: Counter = "pantau_enrolments_refused_total", "Enrolments not granted.";
    bytes_in: Counter = "pantau_request_bytes_total", "Bytes of request frames.";
    bytes_out: Counter = "pantau_reply_bytes_total", "Bytes of reply frames.";
    stored: Counter = "pantau_records_stored_total", "Records stored for the first time.";
    duplicates: Counter = "pantau_records_duplicate_total", "Records that were held before.";
    quarantined: Counter = "pantau_records_quarantined_total", "Records set aside.";
    late_notes: Counter = "pantau_late_notes_total", "Notes that came after their record.";
    rows_sent: Counter = "pantau_rows_sent_total", "Rows sent in pages.";
    gaps: Counter = "pantau_gaps_total", "Pushes that stood on nothing the server holds.";
    forks: Counter = "pantau_forks_total", "New branches of a journal.";
    refused: Counter = "pantau_refused_total", "Requests whose signature or links did not fit.";
    unknown: Counter = "pantau_unknown_total", "Requests of devices that are not known.";
    not_frames: Counter = "pantau_not_frames_total", "Bodies that were no frame.";
    overloaded: Counter = "pantau_overloaded_total", "Requests turned away.";
    over_quota: Counter = "pantau_over_quota_total", "Times a device was turned away because its quota of the day was used up.";
    failures: Counter = "pantau_failures_total", "Requests that failed inside the server.";
    commits: Counter = "pantau_commits_total", "Transactions of the intake writer.";
    commit_time: Histogram = "pantau_commit_seconds", "Time of one transaction of the intake writer.";
    jobs: Counter = "pantau_jobs_total", "Pieces of work in these transactions.";
    head: Gauge = "pantau_log_position", "Position of the last row of the log.";
    connections: Gauge = "pantau_connections", "Open connections.";
    connections_shed: Counter = "pantau_connections_shed_total", "Connections closed to make room for others.";
    connections_refused: Counter = "pantau_connections_refused_total", "Connections of addresses that had all they may.";
    sign_ins: SignIns = "pantau_sign_ins_total", "Tries to sign in at the desk, by how they ended.";
    token_tries: SignIns = "pantau_token_tries_total", "Requests with a read token, by how they ended.";
    verify_runs: Counter = "pantau_verify_runs_total", "Full verifications of the log that came to their end.";
    verify_breaks: Gauge = "pantau_verify_breaks", "What the newest verification found wrong.";
    verify_last_ok: Gauge = "pantau_verify_last_ok_seconds", "When a full verification last found all whole, unix seconds; 0 for never.";
    disk_free: Gauge = "pantau_disk_free_bytes", "Bytes free on the disk of the data directory.";
    certificate_days: Level = "pantau_certificate_days_left", "Whole days the TLS certificate is still valid; below zero it is not.";
    scrub_pending: Gauge = "pantau_scrub_pending", "Erased notes whose traces are not yet overwritten.";
}

fn header(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

impl Counter {
    fn render(&self, out: &mut String, name: &str, help: &str) {
        header(out, name, "counter", help);
        let _ = writeln!(out, "{name} {}", self.get());
    }
}

impl SignIns {
    fn render(&self, out: &mut String, name: &str, help: &str) {
        header(out, name, "counter", help);
        let Self { ok, wrong, throttled, queue_full } = self;
        let all = [("ok", ok), ("wrong", wrong), ("throttled", throttled), ("queue_full", queue_full)];
        for (outcome, counter) in all {
            let _ = writeln!(out, "{name}{{outcome=\"{outcome}\"}} {}", counter.get());
        }
    }
}

impl Gauge {
    fn render(&self, out: &mut String, name: &str, help: &str) {
        header(out, name, "gauge", help);
        let _ = writeln!(out, "{name} {}", self.get());
    }
}

impl Histogram {
    fn render(&self, out: &mut String, name: &str, help: &str) {
        header(out, name, "histogram", help);
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS_MS) {
            let (seconds, rest) = (bound / 1_000, bound % 1_000);
            let _ = writeln!(out, "{name}_bucket{{le=\"{seconds}.{rest:03}\"}} {}", bucket.load(Relaxed));
        }
        let count = self.count.load(Relaxed);
        let sum = self.sum_us.load(Relaxed);
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(out, "{name}_sum {}.{:06}", sum / 1_000_000, sum % 1_000_000);
        let _ = writeln!(out, "{name}_count {count}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_into_every_bucket_above() {
        let metrics = Metrics::default();
        metrics.commit_time.observe(std::time::Duration::from_micros(4_500));
        let text = metrics.render();
        assert!(text.contains("pantau_commit_seconds_bucket{le=\"0.002\"} 0\n"), "{text}");
        assert!(text.contains("pantau_commit_seconds_bucket{le=\"0.005\"} 1\n"), "{text}");
        assert!(text.contains("pantau_commit_seconds_sum 0.004500\n"), "{text}");
    }
}
