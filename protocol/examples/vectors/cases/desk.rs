//! Payloads of what the desk says: directives and daily reports.

use pantau_protocol::{body::*, limit, record::Record, role::Role};

use super::{NOW, bodies::payload};

fn daily_report() -> DailyReport {
    let figures =
        Figures { tps: 58, voters: 15_000, visited: 40, arrived: 50, complete: 31, ..Figures::default() };
    let row = |part: &str| DailyRow { part: part.into(), figures };
    let (number, office) = (Some("270/12/DP/II/2024".into()), Some("Sekretaris Desk Pemilu".into()));
    let rows = vec![row("2001"), row("2002")];
    DailyReport { at: NOW, number, office, fold: 8, total: figures, rows }
}

/// What can be read and can be.
pub fn good() -> Vec<(&'static str, Body)> {
    vec![
        ("directive to one", Body::Directive(Directive { officer: Some(17), role: None, due: NOW + 3600 })),
        (
            "directive to a role",
            Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: NOW + 3600 }),
        ),
        ("daily report", Body::DailyReport(daily_report())),
        (
            "daily report without letterhead",
            Body::DailyReport(DailyReport { number: None, office: None, rows: vec![], ..daily_report() }),
        ),
    ]
}

/// What can be read and cannot be.
pub fn impossible() -> Vec<Record> {
    let daily_of = |change: &dyn Fn(&mut DailyReport)| {
        let mut report = daily_report();
        change(&mut report);
        payload(&Body::DailyReport(report))
    };
    let long = "x".repeat(limit::LABEL_BYTES + 1);
    vec![
        daily_of(&|r| r.number = Some(long.clone())),
        daily_of(&|r| r.office = Some(long.clone())),
        daily_of(&|r| r.rows = vec![r.rows[0].clone(); limit::DAILY_ROWS + 1]),
        daily_of(&|r| r.rows[1] = r.rows[0].clone()),
        daily_of(&|r| r.rows[1].part = "20.1".into()),
    ]
}
