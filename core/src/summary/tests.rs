//! Local days, lists that are cut, and the limit of a message.

use super::*;

fn words<'a>(reference: &'a Reference, lang: Lang) -> Words<'a> {
    Words { lang, reference, name: &|_| None }
}

fn section(head: &str, rows: usize, width: usize) -> Section {
    Section { head: head.into(), rows: (0..rows).map(|n| format!("{n:>width$}")).collect() }
}

#[test]
fn a_day_is_local() {
    // 2024-02-13 17:30 UTC is the 14th, half past midnight, in WIB.
    let (at, wib) = (1_707_845_400, 25_200);
    let day = Day::of(at, wib);
    assert_eq!(day.from, at - 1_800);
    assert!(day.has(at) && day.has(day.from) && !day.has(day.from - 1) && !day.has(day.to));
    assert_eq!(Day::of(day.from, wib).from, day.from);
    assert!(Day::of(i64::MIN, wib).from <= Day::of(i64::MAX, -wib).from, "no moment is too far");
}

#[test]
fn a_list_that_is_too_long_says_how_many_more() {
    let reference = Reference::default();
    let text = fitted(&words(&reference, Lang::Id), &[section("Belum ada laporan: 9 TPS.", 9, 3)]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + limit::SUMMARY_ROWS + 1);
    assert_eq!(lines.last(), Some(&"- dan 4 lagi"));
    let whole = fitted(&words(&reference, Lang::En), &[section("No report yet.", limit::SUMMARY_ROWS, 3)]);
    assert!(!whole.contains("more"), "{whole}");
}

#[test]
fn the_message_stays_within_its_limit() {
    let reference = Reference::default();
    for width in [1, 60, 400, 2_000] {
        for rows in [1, 5, 1_000] {
            let sections: Vec<Section> = (0..6).map(|_| section(&"é".repeat(90), rows, width)).collect();
            let text = fitted(&words(&reference, Lang::Id), &sections);
            assert!(text.chars().count() <= limit::SUMMARY_CHARS, "{rows} rows of {width}");
            let told = text.lines().filter(|l| l.starts_with("- ") && !l.contains("lagi")).count();
            let left: usize = text
                .lines()
                .filter_map(|l| l.strip_prefix("- dan ")?.strip_suffix(" lagi")?.parse::<usize>().ok())
                .sum();
            assert_eq!(told + left, 6 * rows, "every row is listed or counted");
        }
    }
}
