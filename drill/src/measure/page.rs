//! `docs/PERFORMANCE.md`: figures between two marks, everything else is written by hand and stays.

use std::{fmt::Write as _, path::Path};

use super::table::Table;
use crate::stage::DrillError;

const OPEN: &str = "<!-- measured -->";
const CLOSE: &str = "<!-- /measured -->";

/// Writes the figures into the page; makes the page where there is none.
///
/// # Errors
/// A page without the marks, or one that cannot be written.
pub fn write(file: &Path, table: &Table) -> Result<(), DrillError> {
    let old = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => format!("# Performance\n\n{OPEN}\n{CLOSE}\n"),
        Err(e) => return Err(DrillError::around(format!("{}: {e}", file.display()))),
    };
    let new = fill(&old, &measured(table))
        .ok_or_else(|| DrillError::around(format!("{} lacks {OPEN} … {CLOSE}", file.display())))?;
    std::fs::write(file, new).map_err(|e| DrillError::around(format!("{}: {e}", file.display())))
}

fn fill(page: &str, measured: &str) -> Option<String> {
    let (before, rest) = page.split_once(OPEN)?;
    let (_, after) = rest.split_once(CLOSE)?;
    Some(format!("{before}{OPEN}\n{measured}{CLOSE}{after}"))
}

fn measured(table: &Table) -> String {
    let mut text = format!(
        "Measured on {} with `pantau-drill measure` on {}. Medians; the machine is shared, so trust ratios, bytes \
         and counts more than seconds.\n\n",
        chrono::Utc::now().format("%Y-%m-%d"),
        machine()
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
        let page = format!("# P\n\nby hand\n{OPEN}\nold\n{CLOSE}\nmore by hand\n");
        let new = fill(&page, "| new |\n").unwrap();
        assert_eq!(new, format!("# P\n\nby hand\n{OPEN}\n| new |\n{CLOSE}\nmore by hand\n"));
        assert_eq!(fill("no marks", "x"), None);
    }
}
