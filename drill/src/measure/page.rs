//! `docs/PERFORMANCE.md`: figures between two marks, everything else is written by hand and stays.

use std::{fmt::Write as _, path::Path};

use super::table::Table;
use crate::stage::DrillError;

/// Figures of a page that are taken together, between two marks of their own.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    open: &'static str,
    close: &'static str,
    /// What takes them.
    command: &'static str,
    /// How they are to be read.
    about: &'static str,
}

/// Those of `pantau-drill measure`.
pub const FIGURES: Part = Part {
    open: "<!-- measured -->",
    close: "<!-- /measured -->",
    command: "pantau-drill measure",
    about: "Medians; the machine is shared, so trust ratios, bytes and counts more than seconds.",
};

/// Those of `pantau-drill load`.
pub const UNDER_LOAD: Part = Part {
    open: "<!-- measured under load -->",
    close: "<!-- /measured under load -->",
    command: "pantau-drill load",
    about: "One run of a minute; whoever loads the server shares the cores with it.",
};

/// Writes the figures into their part of the page; makes the page where there is none.
///
/// # Errors
/// A page without the marks, or one that cannot be written.
pub fn write(file: &Path, part: Part, table: &Table) -> Result<(), DrillError> {
    let Part { open, close, .. } = part;
    let old = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => format!("# Performance\n\n{open}\n{close}\n"),
        Err(e) => return Err(DrillError::around(format!("{}: {e}", file.display()))),
    };
    let new = fill(&old, part, &measured(part, table))
        .ok_or_else(|| DrillError::around(format!("{} lacks {open} … {close}", file.display())))?;
    std::fs::write(file, new).map_err(|e| DrillError::around(format!("{}: {e}", file.display())))
}

fn fill(page: &str, Part { open, close, .. }: Part, measured: &str) -> Option<String> {
    let (before, rest) = page.split_once(open)?;
    let (_, after) = rest.split_once(close)?;
    Some(format!("{before}{open}\n{measured}{close}{after}"))
}

fn measured(part: Part, table: &Table) -> String {
    let mut text = format!(
        "Measured on {} with `{}` on {}. {}\n\n",
        chrono::Utc::now().format("%Y-%m-%d"),
        part.command,
        machine(),
        part.about
    );
    text +=
        "| figure | measured | target | stretch | verdict | runs |\n| --- | --- | --- | --- | --- | --- |\n";
    for row in table.rows() {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// Cores, processor, kernel: what a reader needs to judge seconds by.
fn machine() -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|l| l.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |m| m.trim_start_matches(['\t', ' ', ':']));
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores ({model}), Linux {}", kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_hand_stays() {
        let parts = |(figures, load)| {
            let [a, b] = [(FIGURES, figures), (UNDER_LOAD, load)]
                .map(|(part, said)| format!("{}\n{said}{}", part.open, part.close));
            format!("# P\n\nby hand\n{a}\nmore by hand\n{b}\n")
        };
        let new = fill(&parts(("old\n", "| of load |\n")), FIGURES, "| new |\n").unwrap();
        assert_eq!(new, parts(("| new |\n", "| of load |\n")));
        let new = fill(&new, UNDER_LOAD, "| newer |\n").unwrap();
        assert_eq!(new, parts(("| new |\n", "| newer |\n")));
        assert_eq!(fill("no marks", FIGURES, "x"), None);
    }
}
