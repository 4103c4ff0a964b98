//! Which input of the form a field of the protocol came from.

use pantau_protocol::body::{Body, SealState};

/// The input of a field that the protocol found wrong, such as `receive.lines[3].good`.
pub(super) fn input_of(field: &str, body: &Body) -> String {
    let name = field.split_once('.').map_or(field, |(_, name)| name);
    let (list, rest) = name.split_once('[').unwrap_or((name, ""));
    let (index, part) = rest.split_once(']').unwrap_or(("", ""));
    let (index, part) = (index.parse::<usize>().unwrap_or(usize::MAX), part.trim_start_matches('.'));
    match (list, body) {
        ("answers", _) => "a-1".to_owned(),
        ("lines", Body::Receive(r)) if r.lines.get(index).is_some() => {
            let item = r.lines.get(index).map_or(0, |line| line.item);
            format!("i-{item}-{}", if matches!(part, "damaged" | "missing") { part } else { "good" })
        }
        ("lines", Body::Dispatch(d)) if d.lines.get(index).is_some() => {
            format!("i-{}-good", d.lines.get(index).map_or(0, |line| line.item))
        }
        ("seals", Body::Receive(r)) => match r.seals.get(index).map(|seal| seal.state) {
            Some(SealState::Broken) => "seals-broken".to_owned(),
            Some(SealState::Missing) => "seals-missing".to_owned(),
            _ => "seals-intact".to_owned(),
        },
        ("seals", _) => "seals-intact".to_owned(),
        ("containers", Body::Dispatch(_)) => "c-count".to_owned(),
        ("containers", _) => {
            format!("c-{}", if matches!(part, "damaged" | "missing") { part } else { "good" })
        }
        ("lines" | "places" | "kits" | "voters", Body::Receive(_) | Body::Dispatch(_)) => "kits".to_owned(),
        ("form", _) => "bttb".to_owned(),
        ("from_label", _) => "label".to_owned(),
        ("to.label", _) => "to_label".to_owned(),
        ("told", _) => "officer".to_owned(),
        ("checklist" | "version", _) => "list".to_owned(),
        (other, _) => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantau_protocol::body::{Content as _, Dispatch, Receive, Standby};

    #[test]
    fn fields_of_the_protocol_have_their_inputs() {
        let receive = Body::Receive(Receive::sample());
        let dispatch = Body::Dispatch(Dispatch::sample());
        let standby = Body::Standby(Standby::sample());
        for (field, body, input) in [
            ("receive.lines[1].damaged", &receive, "i-11-damaged"),
            ("receive.lines[0].item", &receive, "i-10-good"),
            ("receive.seals[0].number", &receive, "seals-broken"),
            ("receive.containers[0].missing", &receive, "c-missing"),
            ("receive.form", &receive, "bttb"),
            ("places", &receive, "kits"),
            ("dispatch.to.label", &dispatch, "to_label"),
            ("dispatch.to", &dispatch, "to"),
            ("dispatch.kits[3]", &dispatch, "kits"),
            ("dispatch.lines[0].pieces", &dispatch, "i-10-good"),
            ("standby.no_obstacle", &standby, "no_obstacle"),
            ("note", &standby, "note"),
            ("informant", &standby, "informant"),
        ] {
            assert_eq!(input_of(field, body), input, "{field}");
        }
    }
}
