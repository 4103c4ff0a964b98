//! Whether this server is fit: what `/healthz` answers, what `/metrics` counts and what the desk's pages say
//! before anything else. Whoever finds a trouble raises it here; whoever sees that it is over clears it.

use std::{collections::BTreeMap, fmt::Write as _, sync::Mutex};

/// What is wrong with a server. Names are stable: monitoring reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The log, or the database below it, is not what was written.
    Damage,
    /// A write does not work.
    CannotWrite,
    /// Little room is left on the disk; see [`crate::limit::DISK_LOW_BYTES`].
    DiskLow,
    /// The TLS certificate ends soon, or a new one cannot be used.
    Certificate,
    /// The server's clock is behind what the log knows, or leapt ahead.
    Clock,
}

impl Trouble {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Damage, Self::CannotWrite, Self::DiskLow, Self::Certificate, Self::Clock];

    /// The name that monitoring reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damage => "damage",
            Self::CannotWrite => "cannot_write",
            Self::DiskLow => "disk_low",
            Self::Certificate => "certificate",
            Self::Clock => "clock",
        }
    }

    /// Whether the server cannot do its work any more; the others are warnings of what will keep it from its work
    /// if nobody does something.
    pub fn stops(self) -> bool {
        match self {
            Self::Damage | Self::CannotWrite => true,
            Self::DiskLow | Self::Certificate | Self::Clock => false,
        }
    }
}

/// The troubles that were found and are not over.
#[derive(Debug, Default)]
pub struct Health(Mutex<BTreeMap<Trouble, String>>);

impl Health {
    /// Raises a trouble, or says more about it; `details` names no person.
    pub fn raise(&self, trouble: Trouble, details: impl Into<String>) {
        let details = details.into();
        if let Ok(mut troubles) = self.0.lock() {
            let is_known = troubles.insert(trouble, details.clone()).is_some_and(|old| old == details);
            if !is_known {
                match trouble.stops() {
                    true => tracing::error!(trouble = trouble.name(), details, "the server is not fit"),
                    false => tracing::warn!(trouble = trouble.name(), details, "the server needs somebody"),
                }
            }
        }
    }

    /// The trouble is over.
    pub fn clear(&self, trouble: Trouble) {
        if let Ok(mut troubles) = self.0.lock()
            && troubles.remove(&trouble).is_some()
        {
            tracing::info!(trouble = trouble.name(), "this trouble is over");
        }
    }

    /// All troubles with their details, by name.
    pub fn troubles(&self) -> Vec<(Trouble, String)> {
        let all = self.0.lock().map(|t| t.iter().map(|(k, v)| (*k, v.clone())).collect());
        all.unwrap_or_default()
    }

    /// Whether there is none that stops it.
    pub fn is_fit(&self) -> bool {
        self.0.lock().is_ok_and(|t| t.keys().all(|trouble| !trouble.stops()))
    }

    /// A gauge for each trouble, in Prometheus' text form: 1 while it stands.
    pub fn render(&self) -> String {
        let name = "pantau_trouble";
        let mut out =
            format!("# HELP {name} What is wrong with the server: 1 while it stands.\n# TYPE {name} gauge\n");
        let standing = self.troubles();
        for trouble in Trouble::ALL {
            let is_standing = standing.iter().any(|(t, _)| t == trouble);
            // Writing into a text does not fail.
            let _ = writeln!(out, "{name}{{trouble=\"{}\"}} {}", trouble.name(), u8::from(is_standing));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_stays_until_it_is_over() {
        let health = Health::default();
        assert!(health.is_fit());
        health.raise(Trouble::Damage, "one");
        health.raise(Trouble::Damage, "two");
        assert_eq!(health.troubles(), [(Trouble::Damage, "two".to_owned())]);
        health.clear(Trouble::CannotWrite);
        assert!(!health.is_fit());
        health.clear(Trouble::Damage);
        assert!(health.is_fit());
    }

    #[test]
    fn a_warning_is_told_and_stops_nothing() {
        let health = Health::default();
        health.raise(Trouble::DiskLow, "little");
        assert!(health.is_fit());
        let told = health.render();
        assert!(told.contains("pantau_trouble{trouble=\"disk_low\"} 1\n"), "{told}");
        assert!(told.contains("pantau_trouble{trouble=\"damage\"} 0\n"), "{told}");
    }
}
