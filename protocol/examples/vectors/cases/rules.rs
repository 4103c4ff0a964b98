//! Projection: the rules that are easily read in two ways, one case each.

use pantau_protocol::{
    body::*,
    checklist::{Checklist, Item, Venue},
    journal::RecordId,
    place::{Place, Scope},
    projection::VERSION,
    record::{Basis, ToldBy},
    role::Role,
};
use serde_json::{Value, json};

use super::fold::{case, correct, fact, retract, revoke, say, small::*};

/// Item numbers of the shipped profile, and one that no kit has.
const BALLOTS: u32 = 10;
const BEYOND: u32 = 999;

struct Case {
    name: &'static str,
    facts: Vec<Say>,
    /// Scopes of which the digest is told, too.
    within: Vec<Vec<&'static str>>,
}

fn of(name: &'static str, facts: Vec<Say>) -> Case {
    Case { name, facts, within: Vec::new() }
}

fn neighbour() -> Place {
    place("62.06.13.2001/004")
}

fn incident(severity: Severity) -> Body {
    Body::Incident(Incident { category: Category::Access, severity })
}

fn goods() -> Vec<Case> {
    let counted = [(BALLOTS, LineState::Counted, 300)];
    let at = |kind, kits: &[Place], rest, lines: &[(u32, LineState, u32)]| {
        receive_with(rest, lines, |r| (r.at, r.kits) = (kind, kits.to_vec()))
    };
    let both = [tps(), neighbour()];
    let here = at(CustodyKind::Tps, &[], Rest::CountedAsExpected, &counted);
    let except = at(CustodyKind::Tps, &both, Rest::SealedAsDispatched, &[(BALLOTS, LineState::Counted, 299)]);
    let pps = at(CustodyKind::Pps, &[tps()], Rest::CountedAsExpected, &counted);
    let landing = at(CustodyKind::Transit, &[tps()], Rest::NotChecked, &[]);
    let newer = at(CustodyKind::Tps, &[], Rest::Other(9), &[(BALLOTS, LineState::Other(9), 300)]);
    let beyond = at(CustodyKind::Tps, &[], Rest::CountedAsExpected, &[(BEYOND, LineState::Counted, 3)]);
    let unseen = at(CustodyKind::Tps, &[], Rest::CountedAsExpected, &[(BALLOTS, LineState::NotChecked, 300)]);
    let seal = |number: &str, state| Seal { number: number.into(), state, kit: None };
    let damaged = receive_with(Rest::NotChecked, &counted, |r| {
        r.lines[0].damaged = 6;
        let states = [SealState::Intact, SealState::Broken, SealState::Missing, SealState::Other(9)];
        r.seals = states.into_iter().map(|state| seal("K 1", state)).collect();
    });
    let kits = |lines: &[(LineState, u32, Option<u32>)]| {
        let Body::Receive(mut r) = at(CustodyKind::Tps, &both, Rest::SealedAsDispatched, &[]) else {
            unreachable!()
        };
        let line = |(state, good, kit)| Line { item: BALLOTS, state, good, damaged: 0, missing: 0, kit };
        r.lines = lines.iter().copied().map(line).collect();
        let broken = |number: &str, kit| Seal { number: number.into(), state: SealState::Broken, kit };
        r.seals =
            vec![broken("K 1", Some(0)), broken("K 2", Some(1)), broken("K 3", Some(1)), broken("K 4", None)];
        Body::Receive(r)
    };
    let by_kit = kits(&[(LineState::Counted, 299, Some(1))]);
    let mixed = kits(&[(LineState::Sealed, 1, None), (LineState::Counted, 298, Some(1))]);
    let stray = kits(&[(LineState::Counted, 297, Some(2))]);
    let sent = Body::Dispatch(Dispatch {
        from: CustodyKind::Pps,
        from_label: None,
        to: Point {
            kind: CustodyKind::Transit,
            place: place("62.06.13.2002"),
            label: Some("Dermaga".into()),
        },
        kits: both.to_vec(),
        packed: Packed::AsPacked,
        containers: vec![],
        lines: vec![],
        seals: vec![],
        due: Some(TEN + HOUR),
    });
    let packed = Body::Packing(Packing { containers: 5, seals: vec!["K 1".into()], lines: vec![] });
    let village = place("62.06.13.2001");
    let from_village =
        |seq, minutes, body: &Body| Say::new(OFFICER, seq, TEN + minutes * MINUTE, &village, body);
    vec![
        of("counted at the PPS: where the kit is, and no items", vec![from_village(1, 0, &pps)]),
        of(
            "counted at the TPS, later seen at a landing: items and arrival stay",
            vec![say(OFFICER, 1, 0, &here), from_village(2, 120, &landing)],
        ),
        of("a line that was not checked says nothing, whatever the rest", vec![say(OFFICER, 1, 0, &unseen)]),
        of("damaged pieces, and seals broken or missing", vec![say(OFFICER, 1, 0, &damaged)]),
        of("an exception among the kits of two TPS", vec![from_village(1, 0, &except)]),
        of(
            "an exception among several kits does not undo a count",
            vec![say(OFFICER, 1, 0, &here), from_village(2, 120, &except)],
        ),
        of("lines and seals that name their kit are of that TPS alone", vec![from_village(1, 0, &by_kit)]),
        of(
            "an exception somewhere, and a kit with a line of its own",
            vec![say(OFFICER, 1, 0, &here), from_village(2, 120, &mixed)],
        ),
        of("a kit that is no index, in a record that was never checked", vec![from_village(1, 0, &stray)]),
        of(
            "a dispatch is a word of where it leaves, where it goes and of each kit",
            vec![from_village(1, 0, &sent)],
        ),
        of("a packing list is no word", vec![say(DESK, 20, 0, &packed)]),
        of("line state and rest of a newer version", vec![say(OFFICER, 1, 0, &newer)]),
        of("an item beyond the kit is known by its line alone", vec![say(OFFICER, 1, 0, &beyond)]),
        of(
            "a TPS that nobody registered: counted as expected says nothing without voters",
            vec![Say::new(OFFICER, 1, TEN, &neighbour(), &here)],
        ),
    ]
}

/// What was counted stays what it was, whatever the lists say by now, and belongs to its election.
fn plans() -> Vec<Case> {
    let expected = receive(Rest::CountedAsExpected, &[(BALLOTS + 1, LineState::Counted, 300)]);
    let both = receive_with(Rest::CountedAsExpected, &[], |r| r.kits = vec![neighbour(), tps()]);
    let listed = |seq, minutes, voters| say(DESK, seq, minutes, &station(voters));
    let raised = || {
        let mut second = profile("pemilu-2024");
        second.version = 2;
        second.kit[0].quantity.base += 1;
        second
    };
    let counted = || say(OFFICER, 1, 0, &expected);
    vec![
        of(
            "the list grew after a count that names it",
            vec![counted().against(1, &[300]), listed(20, 60, 320)],
        ),
        of(
            "counted by an older list than the one that stood",
            vec![listed(20, -60, 320), counted().against(1, &[300])],
        ),
        of("an older phone's count is by the list that stood then", vec![counted(), listed(20, 60, 320)]),
        of(
            "an older phone's count before the first list is by the first",
            vec![Say::new(OFFICER, 1, TEN - 20 * HOUR, &tps(), &expected), listed(20, 60, 320)],
        ),
        of(
            "of several kits each has its own voters",
            vec![say(OFFICER, 1, 0, &both).against(1, &[10, 290]), listed(20, 60, 320)],
        ),
        of(
            "a version of the profile that came afterwards",
            vec![counted().against(1, &[300]), set_down(20, TEN + HOUR, raised())],
        ),
        of(
            "an older phone's count, and a later version",
            vec![counted(), set_down(20, TEN + HOUR, raised())],
        ),
        of("against a version that is not known, nothing follows", vec![counted().against(9, &[300])]),
        of(
            "records of the election before count no more, those of the one in force do",
            vec![
                counted().against(1, &[300]),
                say(CAMAT, 1, 0, &visit(&[Answer::Ok])),
                set_down(20, TEN + HOUR, profile("pilkada-2024")),
                say(OFFICER, 2, 90, &expected).against(2, &[300]).of_election(2),
            ],
        ),
        of("an election that is not in force yet", vec![counted().of_election(2)]),
        of(
            "a correction supersedes across elections",
            vec![counted(), say(OFFICER, 2, 90, &correct(counted().id(), &expected)).of_election(2)],
        ),
    ]
}

fn visits() -> Vec<Case> {
    let visit_of = |version, answers: &[Answer]| {
        Body::Visit(Visit { checklist: 1, version, answers: answers.to_vec(), way: None })
    };
    let item = |code: &str| Item { code: code.into(), id: code.into(), en: code.into() };
    let list = Body::Checklist(Checklist {
        number: 1,
        version: 1,
        venue: Venue::Tps,
        items: vec![item("kotak"), item("surat")],
    });
    let list = Say::new(DESK, 9, TEN - HOUR, &place("62"), &list);
    let (ok, not_ok) = (visit(&[Answer::Ok]), visit(&[Answer::NotOk]));
    let first = say(CAMAT, 1, 0, &not_ok);
    let based = |device, seq, minutes, basis, body: &Body| {
        let mut said = say(device, seq, minutes, body);
        said.record.basis = basis;
        said
    };
    let with_way = |way| Body::Visit(Visit { checklist: 1, version: 1, answers: vec![], way: Some(way) });
    let reported = say(CAMAT, 1, 0, &incident(Severity::High));
    vec![
        of("a visit with no answers and no way", vec![say(CAMAT, 1, 0, &visit_of(1, &[]))]),
        of(
            "a document outranks what was told in the hour, a basis of a newer version counts as told",
            vec![
                based(CAMAT, 1, 5, Basis::Document, &not_ok),
                based(OFFICER, 1, 30, Basis::ToldOnPaper, &ok),
                based(DESK, 20, 50, Basis::Other(9), &ok),
            ],
        ),
        of(
            "the way is that of the latest visit that told it",
            vec![say(CAMAT, 1, 0, &with_way(Way::Hard)), say(CAMAT, 2, 90, &ok)],
        ),
        of(
            "answers by code, beyond the checklist and of an unknown version by #n from 1",
            vec![
                list,
                say(CAMAT, 1, 0, &visit_of(1, &[Answer::Ok, Answer::NotOk, Answer::Ok])),
                say(CAMAT, 2, 60, &visit_of(2, &[Answer::NotOk])),
            ],
        ),
        of(
            "two standing corrections of one visit: one visit, two words",
            vec![
                first.clone(),
                say(CAMAT, 2, 5, &correct(first.id(), &ok)),
                say(DESK, 20, 90, &correct(first.id(), &visit(&[Answer::NotApplicable]))),
            ],
        ),
        of(
            "two standing corrections of one incident: the latest",
            vec![
                reported.clone(),
                say(CAMAT, 2, 5, &correct(reported.id(), &incident(Severity::Low))),
                say(DESK, 20, 90, &correct(reported.id(), &incident(Severity::Medium))),
            ],
        ),
    ]
}

fn copies() -> Vec<Case> {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let absent: RecordId = say(CAMAT, 77, 0, &visit(&[Answer::Ok])).id();
    let claimed = |device, of| say(device, 1, 70, &visit(&[Answer::Ok])).copy_of(of);
    let theirs = claimed(OFFICER, visited.id());
    vec![
        of(
            "a copy of somebody else's record that is here does not count",
            vec![visited.clone(), theirs.clone()],
        ),
        of(
            "whoever takes such a copy back takes nothing else back",
            vec![visited.clone(), theirs.clone(), say(OFFICER, 2, 80, &retract(theirs.id()))],
        ),
        of(
            "copies of one missing record by two authors count both",
            vec![claimed(CAMAT, absent), claimed(OFFICER, absent)],
        ),
    ]
}

/// Devices in a row, the first after the camat's.
fn heirs(count: u8) -> Vec<Say> {
    let after = |n: u8| if n == 0 { CAMAT } else { 119 + n };
    (0..count).map(|n| register(30 + u64::from(n), 120 + n, 1, Some(after(n)))).collect()
}

fn devices() -> Vec<Case> {
    let most = u8::try_from(pantau_protocol::limit::PREDECESSORS).unwrap();
    let visited = |n: u8| say(119 + n, 1, i64::from(n), &visit(&[Answer::Ok]));
    let row = |n: u8| [heirs(n), vec![visited(n - 1), visited(n)]].concat();
    let revoked = say(DESK, 20, 600, &revoke(CAMAT, &[]));
    let again = register(40, 11, 2, None);
    let said = say(11, 1, 70, &visit(&[Answer::Ok]));
    vec![
        of("a device that follows 64 others counts, one that follows 65 does not", row(most + 1)),
        of(
            "the first of 65 is revoked: nothing of those that follow it counts",
            [row(most + 1), vec![revoked.clone()]].concat(),
        ),
        of(
            "registered twice: it is the officer of the latest, and follows whom the first one received says",
            vec![register(9, 11, 1, Some(CAMAT)), again.clone(), said.clone()],
        ),
        of(
            "registered twice, and the device it followed at first is revoked",
            vec![register(9, 11, 1, Some(CAMAT)), again, said, revoked],
        ),
    ]
}

/// Answers that officers told to the desk.
fn answers() -> Vec<Case> {
    let order = Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: TEN + HOUR });
    let given = say(DESK, 20, 0, &order);
    let says = |progress| {
        Body::IncidentUpdate(IncidentUpdate { target: given.id(), target_places: vec![tps()], progress })
    };
    let told = |device, seq, minutes, officer, progress| {
        let mut said = say(device, seq, minutes, &says(progress));
        said.record.basis = Basis::ToldByPhone;
        said.record.told = Some(ToldBy { officer, at: TEN + minutes * MINUTE });
        said
    };
    vec![
        of(
            "answers told to the desk are those of the officers who told them",
            vec![
                given.clone(),
                told(DESK, 21, 5, Some(17), Progress::Working),
                told(DESK, 22, 6, Some(18), Progress::Done),
                told(DESK, 23, 7, None, Progress::Seen),
            ],
        ),
        of(
            "one officer answers himself and by the desk: the latest",
            vec![
                given.clone(),
                say(CAMAT, 1, 5, &says(Progress::Working)),
                told(DESK, 21, 90, Some(17), Progress::Done),
            ],
        ),
        of(
            "what somebody outside of the desk was told is his own answer",
            vec![given.clone(), told(CAMAT, 1, 5, Some(18), Progress::Done)],
        ),
    ]
}

/// Digests within scopes.
fn scopes() -> Vec<Case> {
    let order = Body::Directive(Directive { officer: None, role: None, due: TEN + HOUR });
    let outside = place("62.07.01");
    let facts = vec![
        say(CAMAT, 1, 0, &incident(Severity::Low)),
        Say::new(CAMAT, 2, TEN + MINUTE, &outside, &incident(Severity::High)),
        Say::new(DESK, 20, TEN, &place("62.06"), &order),
        Say::new(DESK, 21, TEN, &outside, &order),
    ];
    let within = vec![vec!["62.06.13"], vec!["62"], vec!["62.07"], vec![]];
    vec![Case { name: "only places that the scope sees count, those above it included", facts, within }]
}

pub fn projection() -> Value {
    let province = province();
    let all = [goods(), plans(), visits(), copies(), devices(), answers(), scopes()];
    let cases: Vec<Value> = all
        .iter()
        .flatten()
        .map(|c| {
            let fold = fold(province.iter().chain(&c.facts));
            let mut told = case(c.name, &c.facts, &fold);
            if !c.within.is_empty() {
                let within = |roots: &Vec<&str>| {
                    let scope = Scope::new(roots.iter().map(|r| place(r)));
                    json!({ "roots": roots, "digest": fold.digest_within(&scope).to_string() })
                };
                told["within"] = c.within.iter().map(within).collect();
            }
            told
        })
        .collect();
    json!({
        "version": VERSION,
        "facts_of_every_case": province.iter().map(fact).collect::<Vec<_>>(),
        "cases": cases,
    })
}
