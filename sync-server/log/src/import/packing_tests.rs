//! Tests of packing lists: what spreadsheets make of them, what is refused, what is asked.

use pantau_protocol::{
    body::{Body, PackedItem, Packing},
    place::Place,
    profile::Profile,
};

use super::{tests::*, *};

const HEAD: &str = "tps,containers,seals,items\n";

fn read(rows: &str) -> Result<Content, Problems> {
    let text = format!("{HEAD}{rows}");
    parse(&Files {
        packing: Some(Source { name: "packing.csv", bytes: text.as_bytes() }),
        ..Files::default()
    })
}

/// What is wrong with rows in a province of two TPS and the profile of 2024.
fn refused(rows: &str) -> String {
    let problems = match read(rows) {
        Ok(content) => planned(&content, &Known::nothing()).unwrap_err(),
        Err(problems) => problems,
    };
    problems.to_string()
}

fn planned(packing: &Content, known: &Known<'_>) -> Result<Plan, Problems> {
    let mut content = parse(&files(REGIONS, TPS, OFFICERS)).unwrap();
    content.profile = Profile::shipped().into_iter().next();
    (content.packing, content.names.packing) = (packing.packing.clone(), packing.names.packing.clone());
    plan(&content, known)
}

fn tally(plan: &Plan) -> Tally {
    plan.tallies.iter().find(|(what, _)| *what == "packing").unwrap().1
}

#[test]
fn a_table_becomes_packing_lists_however_a_spreadsheet_writes_it() {
    let wanted = Packing {
        containers: 5,
        seals: vec!["K1".into(), "K2".into()],
        lines: vec![PackedItem { item: 10, pieces: 277 }, PackedItem { item: 11, pieces: 0 }],
    };
    for row in [
        "62.06.13.2001/001,5,K1;K2,10=277;11=0",
        "6206132001001, 5 ,\"K2  K1;\",11=0 10=277",
        "62.06.13.2001/001,5,K1 ; K2,10=277 ;11=0\r",
    ] {
        let content = read(&format!("{row}\n")).unwrap();
        let found: Vec<_> = content.packing.iter().map(|p| (p.line, p.place.as_str(), &p.packing)).collect();
        assert_eq!(found, [(2, "62.06.13.2001/001", &wanted)], "{row}");
    }
    let text = "seals;items;tps;containers\nK1 K2;10=277 11=0;62.06.13.2001/001;5\n";
    let file = Source { name: "p.csv", bytes: text.as_bytes() };
    let content = parse(&Files { packing: Some(file), ..Files::default() }).unwrap();
    assert_eq!(content.packing[0].packing, wanted);
    let uncounted = read("62.06.13.2001/001,5,,\n").unwrap().packing.remove(0).packing;
    assert_eq!(uncounted, Packing { containers: 5, seals: vec![], lines: vec![] });
}

#[test]
fn whatever_is_wrong_is_told_by_line_and_column() {
    let many = |n: usize, word: fn(usize) -> String| (0..n).map(word).collect::<Vec<_>>().join(" ");
    let seals = many(65, |n| format!("K{n}"));
    let items = many(65, |n| format!("{n}=1"));
    let long = "9".repeat(61);
    let cases = [
        ("62.06.13,5,,".to_owned(), "packing.csv, line 2, column 1 (tps): \"62.06.13\" is no code of a TPS"),
        ("62.06.13.2001/001,lima,,".into(), "line 2, column 2 (containers): \"lima\" is not a whole number"),
        ("62.06.13.2001/001,1000001,,".into(), "line 2, column 2 (containers)"),
        ("62.06.13.2001/001,5,K1;K1,".into(), "line 2, column 3 (seals): seal \"K1\" is there twice"),
        (
            "62.06.13.2001/001,5,1.2E+11,".into(),
            "column 3 (seals): \"1.2E+11\" was cut short by a spreadsheet",
        ),
        (format!("62.06.13.2001/001,5,{seals},"), "column 3 (seals): names 65 seals"),
        (format!("62.06.13.2001/001,5,{long},"), "column 3 (seals)"),
        ("62.06.13.2001/001,5,K\u{202E}1,".into(), "column 3 (seals): has a sign that does not show"),
        ("62.06.13.2001/001,5,,10".into(), "column 4 (items): \"10\" is not an item number, =,"),
        ("62.06.13.2001/001,5,,10=x".into(), "column 4 (items): \"x\" is not a whole number"),
        ("62.06.13.2001/001,5,,10=1000001".into(), "column 4 (items)"),
        ("62.06.13.2001/001,5,,10=1;10=2".into(), "column 4 (items): item 10 is there twice"),
        (format!("62.06.13.2001/001,5,,{items}"), "column 4 (items): names 65 items"),
        (
            "62.06.13.2001/001,5,,9999=1".into(),
            "line 2, column 4 (items): the kit of pemilu-2024 has no item 9999",
        ),
        ("62.06.13.2001/009,5,,".into(), "line 2, column 1 (tps): no TPS has the code 62.06.13.2001/009"),
        (
            "62.06.13.2001/001,5,,\n6206132001001,5,,".into(),
            "line 3, column 1 (tps): 62.06.13.2001/001 is already on line 2",
        ),
    ];
    for (rows, wanted) in cases {
        let told = refused(&format!("{rows}\n"));
        assert!(told.contains(wanted), "{rows}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn one_seal_on_two_kits_is_asked_about() {
    let asks = |rows: &str| planned(&read(rows).unwrap(), &Known::nothing()).unwrap().asks;
    assert!(asks("62.06.13.2001/001,5,K1;K2,\n62.06.13.2001/002,5,K3,\n").is_empty());
    let asked = asks("62.06.13.2001/001,5,K1;K2,\n62.06.13.2001/002,5,K1;K2,\n");
    let wanted =
        "seal K1 is on the kits of 62.06.13.2001/001 and 62.06.13.2001/002, and 1 more seals like it";
    assert!(asked.len() == 1 && asked[0].contains(wanted), "{asked:?}");
}

#[test]
fn only_what_changed_is_written_again() {
    let content = read("62.06.13.2001/001,5,K1,10=277\n62.06.13.2001/002,4,K2,\n").unwrap();
    let first = planned(&content, &Known::nothing()).unwrap();
    assert_eq!(tally(&first), Tally { new: 2, changed: 0, same: 0 });
    let fold = log_of(&first);
    let known = Known {
        reference: std::borrow::Cow::Borrowed(fold.reference()),
        profiles: Profile::shipped().into_iter().take(1).collect(),
        contacts: contacts_of(&first),
    };
    let again = read("62.06.13.2001/001,5,K1,10=277\n62.06.13.2001/002,4,K2;K3,\n").unwrap();
    let again = planned(&again, &known).unwrap();
    assert_eq!(tally(&again), Tally { new: 0, changed: 1, same: 1 });
    let written: Vec<_> = again
        .statements
        .iter()
        .filter_map(|s| if let Body::Packing(p) = &s.body { Some((&s.place, p)) } else { None })
        .collect();
    assert_eq!(written.len(), 1);
    assert_eq!((written[0].0, written[0].1.seals.len()), (&Place::new("62.06.13.2001/002").unwrap(), 2));
}
