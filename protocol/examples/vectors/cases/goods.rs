//! Payloads of goods on their way: dispatches, receipts that name kits, packing lists.

use pantau_protocol::{
    body::*,
    journal::{DeviceId, RecordId},
    limit,
    place::Place,
    record::Record,
};

use super::{
    NOW,
    bodies::{payload, receive},
    place, tps,
};

fn neighbour() -> Place {
    place("62.06.13.2001/004")
}

/// Two kits and some ink, from the PPK to the PPS.
fn dispatch() -> Dispatch {
    let containers = |kit| Containers { count: 5, kit };
    let loose = |item, pieces, kit| Loose { item, pieces, kit };
    let seal = |number: &str, kit| SealOut { number: number.into(), kit };
    Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None },
        kits: vec![tps(), neighbour()],
        packed: Packed::AsListed,
        containers: vec![containers(Some(0)), containers(Some(1)), containers(None)],
        lines: vec![loose(10, 305, Some(0)), loose(10, 310, Some(1)), loose(13, 12, None)],
        seals: vec![seal("K 000123", Some(0)), seal("K 000124", Some(1)), seal("K 000125", None)],
        due: Some(NOW + 6 * 3600),
    }
}

/// The answer to it, by kit.
fn by_kit() -> Receive {
    let found = |good, missing, kit| Found { good, damaged: 0, missing, kit };
    let line = |good, kit| Line { good, kit, ..receive().lines[0].clone() };
    Receive {
        at: CustodyKind::Pps,
        lines: vec![line(300, Some(0)), line(299, Some(1)), line(12, None)],
        seals: vec![
            Seal { number: "K 000123".into(), state: SealState::Intact, kit: Some(0) },
            Seal { number: "K 000124".into(), state: SealState::Broken, kit: Some(1) },
        ],
        kits: vec![tps(), neighbour()],
        containers: vec![found(5, 0, Some(0)), found(4, 1, Some(1)), found(1, 0, None)],
        form: Some("BTTB 17/2024".into()),
        ..receive()
    }
}

/// What a slip offers, and what answers it.
pub fn offered() -> Body {
    Body::Dispatch(dispatch())
}

pub fn answer() -> Body {
    Body::Receive(by_kit())
}

fn packing() -> Packing {
    let line = |item, pieces| PackedItem { item, pieces };
    Packing {
        containers: 5,
        seals: vec!["K 000123".into(), "K 000126".into()],
        lines: vec![line(10, 305), line(11, 2)],
    }
}

fn handover() -> Handover {
    Handover {
        dispatch: receive().dispatch.expect("a dispatch is answered"),
        acceptance: Acceptance::WithExceptions,
        receive: RecordId::from_slice(&[9; 16]),
        device: Some(DeviceId([7; 16])),
        officer: Some(17),
        slip: vec![1, 2, 3],
        code: None,
        target_places: vec![tps(), neighbour()],
    }
}

fn told() -> Handover {
    let code = Some(0x0abc_def0_1234_5678);
    Handover {
        receive: None,
        device: None,
        slip: vec![],
        code,
        acceptance: Acceptance::Other(9),
        ..handover()
    }
}

/// What can be, named.
pub fn good() -> Vec<(&'static str, Body)> {
    let as_packed = Dispatch {
        from: CustodyKind::Transit,
        from_label: Some("Dermaga Kereng Bangkirai".into()),
        to: Point { kind: CustodyKind::Transit, place: tps(), label: Some("Balai desa".into()) },
        packed: Packed::AsPacked,
        containers: vec![],
        lines: vec![],
        seals: vec![],
        due: None,
        ..dispatch()
    };
    let loose = Dispatch {
        kits: vec![],
        containers: vec![],
        lines: vec![Loose { item: 13, pieces: 12, kit: None }],
        seals: vec![],
        ..dispatch()
    };
    let newer = Dispatch { packed: Packed::Other(9), from: CustodyKind::Other(300), ..loose.clone() };
    let correct = |inner: &Body| Correct {
        target: receive().dispatch.expect("a dispatch is answered"),
        target_places: vec![tps()],
        kind: inner.kind(),
        body: inner.encode(),
    };
    let one = Receive { kits: vec![tps()], ..by_kit() };
    let one = Receive {
        lines: vec![Line { kit: Some(0), damaged: 0, missing: 6, ..receive().lines[0].clone() }],
        seals: vec![],
        containers: vec![],
        form: None,
        ..one
    };
    vec![
        ("dispatch of two kits and of loose goods", Body::Dispatch(dispatch())),
        ("dispatch of two kits as packed, from a landing", Body::Dispatch(as_packed)),
        ("dispatch of loose goods", Body::Dispatch(loose)),
        ("dispatch, cases nobody knows yet", Body::Dispatch(newer)),
        ("receive of two kits, by kit", Body::Receive(by_kit())),
        ("receive, a line that names its kit writes what it could leave out", Body::Receive(one)),
        ("packing list", Body::Packing(packing())),
        ("packing list, contents not counted", Body::Packing(Packing { lines: vec![], ..packing() })),
        ("handover, the answer was scanned", Body::Handover(handover())),
        ("handover, the answer was told as a code", Body::Handover(told())),
        ("correct with a dispatch", Body::Correct(correct(&Body::Dispatch(dispatch())))),
    ]
}

fn dispatch_of(change: &dyn Fn(&mut Dispatch)) -> Record {
    let mut d = dispatch();
    change(&mut d);
    payload(&Body::Dispatch(d))
}

fn receive_of(change: &dyn Fn(&mut Receive)) -> Record {
    let mut r = by_kit();
    change(&mut r);
    payload(&Body::Receive(r))
}

fn handover_of(change: &dyn Fn(&mut Handover)) -> Record {
    let mut h = handover();
    change(&mut h);
    payload(&Body::Handover(h))
}

fn packing_of(change: &dyn Fn(&mut Packing)) -> Record {
    let mut p = packing();
    change(&mut p);
    payload(&Body::Packing(p))
}

/// What can be read and cannot be.
pub fn impossible() -> Vec<Record> {
    let long = || "x".repeat(limit::LABEL_BYTES + 1);
    let over = limit::COUNT + 1;
    let loose = |item| Loose { item, pieces: 1, kit: None };
    let seal = |n: usize| SealOut { number: n.to_string(), kit: None };
    let many = |n: usize| (0..n).map(|i| place(&format!("62.06.13.2001/{i}"))).collect::<Vec<_>>();
    let item = PackedItem { item: 1, pieces: 1 };
    vec![
        receive_of(&|r| r.form = Some(long())),
        receive_of(&|r| r.lines[1].kit = Some(0)),
        receive_of(&|r| r.lines[1].kit = Some(2)),
        receive_of(&|r| r.seals[1].kit = Some(2)),
        receive_of(&|r| r.seals[1].number = "K 000123".into()),
        receive_of(&|r| r.kits[1] = r.kits[0].clone()),
        receive_of(&|r| r.containers[0].good = over),
        receive_of(&|r| r.containers[1].damaged = over),
        receive_of(&|r| r.containers[2].missing = over),
        receive_of(&|r| r.containers[0].kit = Some(2)),
        receive_of(&|r| r.containers[1].kit = Some(0)),
        receive_of(&|r| r.kits = vec![]),
        dispatch_of(&|d| d.lines = (1..).map(loose).take(limit::DISPATCH_LINES + 1).collect()),
        dispatch_of(&|d| d.seals = (0..=limit::DISPATCH_SEALS).map(seal).collect()),
        dispatch_of(&|d| d.from_label = Some(long())),
        dispatch_of(&|d| d.to.label = Some(long())),
        dispatch_of(&|d| d.seals[2].number = long()),
        dispatch_of(&|d| (d.kits, d.containers, d.lines) = Default::default()),
        dispatch_of(&|d| {
            *d = Dispatch { kits: vec![], containers: vec![], packed: Packed::AsPacked, ..d.clone() };
        }),
        dispatch_of(&|d| d.to = Point { kind: d.from, place: tps(), label: None }),
        dispatch_of(&|d| d.kits[1] = d.kits[0].clone()),
        dispatch_of(&|d| d.kits = many(limit::PLACE_KEYS - 1)),
        dispatch_of(&|d| d.seals[1].number = "K 000123".into()),
        dispatch_of(&|d| d.containers[0].count = over),
        dispatch_of(&|d| d.containers[0].kit = Some(2)),
        dispatch_of(&|d| d.containers[1].kit = Some(0)),
        dispatch_of(&|d| d.lines[0].pieces = over),
        dispatch_of(&|d| d.lines[0].kit = Some(2)),
        dispatch_of(&|d| d.lines[1].kit = Some(0)),
        dispatch_of(&|d| d.seals[0].kit = Some(2)),
        handover_of(&|h| h.receive = None),
        handover_of(&|h| h.slip = vec![0; limit::HANDOVER_BYTES + 1]),
        handover_of(&|h| h.code = Some(1 << 60)),
        packing_of(&|p| p.containers = over),
        packing_of(&|p| p.seals = vec!["K 1".into(); limit::SEALS + 1]),
        packing_of(&|p| p.seals[1] = long()),
        packing_of(&|p| p.seals[1] = "K 000123".into()),
        packing_of(&|p| p.lines = vec![item; limit::KIT_ITEMS + 1]),
        packing_of(&|p| p.lines[1].pieces = over),
        packing_of(&|p| p.lines[1].item = 10),
    ]
}
