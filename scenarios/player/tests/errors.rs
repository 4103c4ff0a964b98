//! What cannot be read is told with its line and with what was expected there.
#![allow(clippy::unwrap_used, reason = "tests")]

use pantau_scenario::play::play;

const HEAD: &str = "title: Satu\nwhy: Dua\nrule: SealBroken\ntps T1: 62.06.13.2002/001, 250 voters\n\
    officer Budi: logistics staff, 62.06.13\nofficer Eka: camat, 62.06.13\n";
const END: &str = "expect no findings\n";

/// The error of a file with these lines in its middle; the first of them is line 7.
fn error(middle: &str) -> String {
    play(&format!("{HEAD}{middle}\n{END}")).unwrap_err().to_string()
}

#[test]
fn a_file_without_a_fault_is_read() {
    let middle = "receive a: Budi, H-1 10.00\n  at: TPS T1\n  boxes: 5 good";
    play(&format!("{HEAD}{middle}\n{END}")).unwrap();
}

#[test]
fn each_fault_names_its_line_and_what_was_expected() {
    let cases = [
        ("terima a: Budi, H-1 10.00", "7: expected title, why, rule"),
        ("receive a: Budi", "7: expected `OFFICER, WHEN`"),
        ("receive a: Ani, H-1 10.00", "7: expected the name of an officer or phone, found `Ani`"),
        ("receive a: Budi, kemarin", "7: expected a moment such as `H-2 10.02`, found `kemarin`"),
        ("receive a: Budi, H-1 10.00, sampai H-1 11.00", "7: expected `arrives H-2 18.40`"),
        ("receive a: Budi, H-1 10.00", "7: expected a line `at: …` below"),
        ("receive a: Budi, H-1 10.00\n  at: gudang 62.06", "8: expected a point such as `PPK 62.06.13`"),
        (
            "receive a: Budi, H-1 10.00\n  at: TPS T9",
            "8: expected the name of a TPS of this file, found `T9`",
        ),
        ("receive a: Budi, H-1 10.00\n  at: TPS T1\n  box: 5", "9: expected one of at, dispatch, kits"),
        ("receive a: Budi, H-1 10.00\n  at: TPS T1\n  at: TPS T1", "9: expected `at` once"),
        (
            "receive a: Budi, H-1 10.00\n  at: TPS T1\n  boxes: lima good",
            "9: expected a number, found `lima`",
        ),
        ("receive a: Budi, H-1 10.00\n  at: TPS T1\n  boxes: 5 baik", "9: expected one of `good`, `damaged`"),
        ("receive a: Budi, H-1 10.00\n  at: TPS T1\n  boxes of T1: 5 good", "9: expected one of the kits"),
        ("receive a: Budi, H-1 10.00\n  at: TPS T1\n  seals: K1 utuh", "9: expected one of `intact`"),
        (
            "receive a: Budi, H-1 10.00\n  at: TPS T1\n  count Beras: 5 good",
            "9: expected how one item of the kit",
        ),
        (
            "receive a: Budi, H-1 10.00\n  at: TPS T1\n  dispatch: b",
            "9: expected the name of a record, found `b`",
        ),
        ("visit a: Eka, H-1 10.00\n  place: T1\n  answers: bangunan ok", "9: expected one of built, layout"),
        ("visit a: Eka, H-1 10.00\n  place: T1\n  way: deep", "9: expected one of `good`, `hard`, `cut`"),
        (
            "visit a: Budi, H-1 10.00\n  place: T1\n  way: good",
            "7: expected a record that the phone saves: Budi may not",
        ),
        (
            "turnout a: Eka, H 10.00\n  place: T1\n  hour: 30\n  voters: 1",
            "7: expected a record that the phone saves",
        ),
        ("correct b of a: Budi, H-1 10.00", "7: expected the name of a record, found `a`"),
        ("correct b: Budi, H-1 10.00", "7: expected `correct NAME of RECORD: OFFICER, WHEN`"),
        ("now: H-1 10.00\nnow: H-1 09.00", "8: expected no moment before H-1 10.00"),
        (
            "now: H-1 10.00\nvisit a: Eka, H-2 09.00\n  place: T1",
            "8: expected `arrives WHEN` after `H-2 09.00`",
        ),
        ("expect finding SealBrokn: T1", "7: expected one of `ShortAgainstDispatch`"),
        ("expect finding SealBroken", "7: expected after the rule what it is about"),
        ("expect finding SealBroken: T1\n  sentence: rusak", "8: expected a text between \"quotes\""),
        ("expect finding SealBroken: T1\n  records: x", "8: expected the name of a record, found `x`"),
        ("expect finding SealBroken: T1\n  berat: x", "8: expected one of severity"),
        ("expect T1", "7: expected lines below that say what is known"),
        ("expect T1\n  visited: 1", "8: expected `leg A -> B`"),
        ("expect T1\n  due: late", "8: expected one of `before`, `after`, `undetermined`"),
        ("phone Eka-2: of Ani", "7: expected the name of an officer above, found `Ani`"),
        ("officer Budi: camat, 62.06", "7: expected a name that is not used yet, found `Budi`"),
        ("packing T1: lima", "7: expected a number of boxes"),
        ("  at: TPS T1\n  x", "8: expected `key: value`, found `x`"),
    ];
    for (middle, told) in cases {
        let came = error(middle);
        assert!(came.starts_with(told), "{middle}\n  expected: {told}\n  came:     {came}");
    }
}

#[test]
fn records_that_name_each_other_are_refused() {
    let middle = "correct a of b: Budi, H-1 10.00\ncorrect b of a: Budi, H-1 10.05";
    assert!(error(middle).contains("expected no more than 16 corrections"), "{}", error(middle));
}

#[test]
fn a_file_says_what_it_is_about_and_ends_with_its_findings() {
    for (missing, told) in
        [("title", "1: expected a line `title: …`"), ("why", "1: expected a line `why: …`")]
    {
        let text: String =
            HEAD.lines().filter(|line| !line.starts_with(missing)).fold(String::new(), |t, l| t + l + "\n");
        assert_eq!(play(&format!("{text}{END}")).unwrap_err().to_string(), told);
    }
    let middle = "visit a: Eka, H-1 10.00\n  place: T1\n  way: good\nexpect T1\n  visits: 1\n";
    let came = play(&format!("{HEAD}{middle}")).unwrap_err().to_string();
    assert!(came.starts_with("10: expected at the end which findings there are"), "{came}");
}

#[test]
fn what_comes_out_otherwise_is_told() {
    use pantau_scenario::check::Came;
    let middle = "visit a: Eka, H-1 10.00\n  place: T1\n  way: good\nexpect T1\n  visits: 2\n  way: good\n  where: warehouse 62.06\n";
    let played = play(&format!("{HEAD}{middle}{END}")).unwrap();
    let came: Vec<&Came> = played.compared.iter().map(|compared| &compared.came).collect();
    let [differs, nowhere] = ["1", "unknown"].map(|came| Came::Differs(came.into()));
    assert_eq!(came, [&differs, &Came::Held, &nowhere, &Came::Held]);
}
