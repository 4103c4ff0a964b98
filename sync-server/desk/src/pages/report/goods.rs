//! The forms of goods: what left, what came.

use pantau_protocol::body::{CustodyKind, Packed, Rest};

use super::{
    fields::{Field, Group, Input, Maker},
    forms::{item_name, with_zone},
};
use crate::{
    page::Context,
    text::{report as words_of, words},
};

/// What came.
pub(super) fn receive(c: &Context<'_>, make: Maker<'_>) -> Vec<Group> {
    let r = words_of::text(c.reading.lang);
    let rest = make.cases(("rest", r.rest), None, Rest::ALL, |rest| {
        let label = match rest {
            Rest::NotChecked => r.rest_unchecked,
            Rest::CountedAsExpected => r.rest_counted,
            Rest::SealedAsDispatched => r.rest_sealed,
            Rest::Other(_) => "",
        };
        (rest.number(), label.to_owned())
    });
    let fields = vec![
        point(c, make, ("at", r.goods_at)).required(),
        make.field("label", r.label, Input::Text).hint(r.label_hint),
        make.field("kits", r.kits, Input::Area).hint(r.kits_hint),
        rest.required(),
        make.field("receiver", r.receiver, Input::Text),
        make.field("bttb", r.form, Input::Text),
        make.field("note", r.note, Input::Area),
    ];
    let counts = [("good", r.good), ("damaged", r.damaged), ("missing", r.missing)];
    let containers = counts.map(|(of, label)| make.field(&format!("c-{of}"), label, Input::Number)).to_vec();
    let seals = [
        ("seals-intact", r.seals_intact),
        ("seals-broken", r.seals_broken),
        ("seals-missing", r.seals_missing),
    ];
    let seals = seals.map(|(name, label)| make.field(name, label, Input::Area)).to_vec();
    vec![
        Group::new(r.step_report, fields),
        Group::new(r.containers, containers).folded(),
        Group::new(r.seals, seals).hint(r.seals_hint).folded(),
        Group::new(r.exceptions, items(c, make, &counts)).hint(r.exceptions_hint).folded(),
    ]
}

/// What left.
pub(super) fn dispatch(c: &Context<'_>, make: Maker<'_>) -> Vec<Group> {
    let r = words_of::text(c.reading.lang);
    let packed = make.cases(("packed", r.packed), None, Packed::ALL, |packed| {
        let label = if packed == Packed::AsPacked { r.packed_as_packed } else { r.packed_as_listed };
        (packed.number(), label.to_owned())
    });
    let fields = vec![
        point(c, make, ("at", r.goods_from)).required(),
        make.field("label", r.label, Input::Text).hint(r.label_hint),
        make.field("to", r.goods_to, Input::Text).hint(r.place_hint).required(),
        point(c, make, ("to_kind", r.goods_to_kind)).required(),
        make.field("to_label", r.label, Input::Text).hint(r.label_hint),
        make.field("kits", r.kits, Input::Area).hint(r.kits_hint),
        packed.required(),
        make.field("due", &with_zone(c, r.due), Input::Time),
        make.field("vehicle", r.vehicle, Input::Text),
        make.field("escort", r.escort, Input::Text),
        make.field("note", r.note, Input::Area),
    ];
    vec![
        Group::new(r.step_report, fields),
        Group::new(r.containers, vec![make.field("c-count", r.count, Input::Number)]).folded(),
        Group::new(r.seals, vec![make.field("seals-intact", r.seals, Input::Area)])
            .hint(r.seals_hint)
            .folded(),
        Group::new(r.exceptions, items(c, make, &[("good", r.count)])).hint(r.exceptions_hint).folded(),
    ]
}

/// A point on the way of goods.
fn point(c: &Context<'_>, make: Maker<'_>, named: (&str, &str)) -> Field {
    make.cases(named, None, CustodyKind::ALL, |kind| (kind.number(), words::custody(c.reading.lang, kind)))
}

/// A field for each item of the kit and each of these counts.
fn items(c: &Context<'_>, make: Maker<'_>, counts: &[(&str, &str)]) -> Vec<Field> {
    let kit = c.places.reference().profile().map_or(&[][..], |profile| &profile.kit);
    let of = |number: u32| {
        let name = item_name(c, number);
        counts.iter().map(move |(of, label)| {
            make.field(
                &format!("i-{number}-{of}"),
                &format!("{name}: {}", label.to_lowercase()),
                Input::Number,
            )
        })
    };
    kit.iter().flat_map(|item| of(item.number)).collect()
}
