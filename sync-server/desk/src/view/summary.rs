//! What a record says, in one line, and what is odd about it. Free text is not in it: that is a note and
//! shown as one.

use pantau_protocol::body::{Body, Visit};

use super::{Look, goods, short};
use crate::text::words;

/// One line for a body.
pub(crate) fn body(look: Look<'_>, body: &Body, received_at: Option<i64>) -> String {
    let lang = look.lang();
    let officer = |number| look.officer_then(number, received_at);
    match body {
        Body::Visit(v) => visit(look, v),
        Body::Dispatch(d) => goods::dispatch(look, d),
        Body::Receive(r) => goods::receive(look, r),
        Body::Handover(h) => words::acceptance(lang, h.acceptance),
        Body::Incident(i) => {
            format!("{}, {}", words::category(lang, i.category), words::severity(lang, i.severity))
        }
        Body::IncidentUpdate(u) => words::progress(lang, u.progress),
        Body::Turnout(t) => format!(
            "{}, {} {}",
            look.reading.slot(t.hour),
            look.reading.number(t.voters),
            look.t().voters_so_far.to_lowercase()
        ),
        Body::Standby(s) => format!(
            "{} {} {} {}, {}",
            s.present,
            look.t().of,
            s.team,
            look.t().present,
            words::situation(lang, s.situation)
        ),
        Body::Directive(d) => format!("{} {}", look.t().due.to_lowercase(), look.reading.local(d.due)),
        Body::DailyReport(r) => look.reading.local(r.at),
        Body::Region(r) => r.name.clone(),
        Body::Tps(t) => format!("{} {}", look.reading.number(t.voters), look.t().voters.to_lowercase()),
        Body::Packing(p) => goods::packing(look, p),
        Body::Profile(p) => lang.pick(&p.id, &p.en).clone(),
        Body::Checklist(c) => format!("no. {}, v{}", c.number, c.version),
        Body::Officer(o) => format!("no. {}", o.officer),
        Body::Device(d) => format!("{}, {}", short(&d.device), officer(d.officer)),
        Body::Grant(g) => format!("{}, {}", officer(g.officer), words::role(lang, g.role)),
        Body::Revoke(r) => short(&r.device),
        Body::ServerKeys(k) => k.keys.len().to_string(),
        Body::Erase(e) => words::field(lang, e.field),
        Body::Ruling(r) => format!("{}: {}", words::verdict(lang, r.verdict), r.records.len()),
        Body::Correct(_) | Body::Retract(_) | Body::Opaque(..) => String::new(),
    }
}

/// Answers by count, and the way: what is not in order comes first.
fn visit(look: Look<'_>, visit: &Visit) -> String {
    use pantau_protocol::body::Answer;
    let lang = look.lang();
    let count = |answer| visit.answers.iter().filter(|a| **a == answer).count();
    let mut parts: Vec<String> = [Answer::NotOk, Answer::Ok, Answer::NotApplicable]
        .into_iter()
        .map(|answer| (answer, count(answer)))
        .filter(|(_, n)| *n > 0)
        .map(|(answer, n)| format!("{n} {}", words::answer(lang, answer)))
        .collect();
    if let Some(way) = visit.way {
        parts.push(format!("{} {}", look.t().way.to_lowercase(), words::way(lang, way)));
    }
    parts.join(", ")
}

/// The name of a kit item.
pub(crate) fn item_name(look: Look<'_>, number: u32) -> String {
    let item = look.reference.profile().and_then(|p| p.item(number));
    item.map_or_else(|| format!("{} {number}", look.t().item), |i| look.lang().pick(&i.id, &i.en).clone())
}
