//! Tests of parsing and planning: every refusal names line and column, and nothing is planned by halves.

use pantau_protocol::{
    body::{Access, Body},
    checklist::Checklist,
    note::Field,
    profile::Profile,
    projection::{Fact, Fold},
    record::Record,
    role::Role,
};

use super::*;

pub(super) const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n";
pub(super) const TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
    62.06.13.2001,001,271,140,131,-1.23456,112.5,very_remote,none\n62.06.13.2001,2,200,,,,,remote,weak\n";
pub(super) const OFFICERS: &str = "number,name,phone,role,place\n7,Siti Rahma,0811,Camat,62.06.13\n\
    7,,,FieldOfficer,62.06.13.2001/001\n8,Budi,,Viewer,62\n";

fn source<'a>(name: &'a str, text: &'a str) -> Option<Source<'a>> {
    Some(Source { name, bytes: text.as_bytes() })
}

pub(super) fn files<'a>(regions: &'a str, tps: &'a str, officers: &'a str) -> Files<'a> {
    Files {
        regions: source("regions.csv", regions),
        tps: source("tps.csv", tps),
        officers: source("officers.csv", officers),
        ..Files::default()
    }
}

fn refused(files: &Files<'_>) -> Vec<String> {
    province(files).unwrap_err().list().iter().map(ToString::to_string).collect()
}

/// A log that took the plan in, as the fold sees it.
pub(super) fn log_of(plan: &Plan) -> Fold {
    let mut fold = Fold::new();
    for (n, s) in plan.statements.iter().enumerate() {
        let seq = n as u64 + 1;
        let record = Record::new(1, s.place.clone(), &s.body);
        let payload = record.to_payload();
        let device = pantau_protocol::journal::DeviceId([1; 16]);
        let digest = pantau_protocol::journal::digest(&device, seq, &payload, &[]);
        let id = pantau_protocol::journal::RecordId::of_digest(&digest);
        fold.insert(Fact::new(id, (device, 0, seq), None, &payload).unwrap());
    }
    fold
}

pub(super) fn contacts_of(plan: &Plan) -> std::collections::BTreeMap<u32, Contact> {
    let told = |s: &Statement, field| {
        s.notes.iter().find(|(f, _)| *f == field).map_or(Told::Absent, |(_, t)| Told::Text(t.clone()))
    };
    plan.statements
        .iter()
        .filter_map(|s| match &s.body {
            Body::Officer(o) => Some((
                o.officer,
                Contact { place: s.place.clone(), name: told(s, Field::Name), phone: told(s, Field::Phone) },
            )),
            _ => None,
        })
        .collect()
}

#[test]
fn a_whole_province_becomes_statements_in_order() {
    let plan = province(&files(REGIONS, TPS, OFFICERS)).unwrap();
    let kinds: Vec<&str> = plan.statements.iter().map(|s| s.body.kind().name()).collect();
    assert_eq!(kinds[..6], ["Region", "Region", "Region", "Region", "Tps", "Tps"]);
    assert_eq!(kinds[6..], ["Officer", "Grant", "Grant", "Officer", "Grant"]);
    let Body::Tps(first) = &plan.statements[4].body else { panic!() };
    assert_eq!((first.lat, first.lon, first.male), (Some(-123_456), Some(11_250_000), Some(140)));
    assert_eq!(first.access, Access::VeryRemote);
    assert_eq!(plan.statements[5].place.as_str(), "62.06.13.2001/002", "leading zeros come back");
}

#[test]
fn the_shipped_data_imports_whole() {
    let read = |name: &str| {
        std::fs::read_to_string(format!("{}/../../data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let (regions, tps) = (read("regions.csv"), read("tps.csv"));
    let plan = province(&Files {
        regions: source("regions.csv", &regions),
        tps: source("tps.csv", &tps),
        ..Files::default()
    })
    .unwrap();
    assert_eq!(plan.statements.len(), 1_722 + 7_830);
}

#[test]
fn errors_name_line_and_column() {
    let regions = "code,parent,level,name\n62,,province,Kalteng\n62.06,61,kabupaten,Katingan\n62.06.1,62.06,desa,X\n\
        62.07,62,pulau,Y\n62,,province,again\n";
    let tps = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
        62.06.13.2001,0,2001,1,1,-91,x,far,5G\n62.06.13,1,10,4,5,,,regular,weak\n";
    assert_eq!(
        refused(&files(regions, tps, "number,name,phone,role,place\n0,A,,Bupati,nowhere!\n")),
        [
            "regions.csv, line 3, column 2 (parent): must be \"62\", the code above 62.06",
            "regions.csv, line 4, column 1 (code): 62.06.1 is no code of a desa",
            "regions.csv, line 5, column 3 (level): \"pulau\" is none of province, kabupaten, kota, kecamatan, desa, kelurahan",
            "regions.csv, line 6, column 1 (code): 62 is already on line 2",
            "tps.csv, line 2, column 2 (number): \"0\" is no TPS number from 001 to 999",
            "tps.csv, line 2, column 3 (voters): \"2001\" is not a whole number from 0 to 2000",
            "tps.csv, line 2, column 6 (lat): \"-91\" is not a number of degrees from -90 to 90, such as -2.37970",
            "tps.csv, line 2, column 7 (lon): \"x\" is not a number of degrees from -180 to 180, such as -2.37970",
            "tps.csv, line 2, column 8 (access): \"far\" is none of regular, remote, very_remote",
            "tps.csv, line 2, column 9 (signal): \"5G\" is none of strong, medium, weak, none",
            "tps.csv, line 3, column 1 (village_code): \"62.06.13\" is no code of a desa or kelurahan, such as 62.06.13.2001",
            "officers.csv, line 2, column 1 (number): \"0\" is not a whole number from 1",
            "officers.csv, line 2, column 4 (role): \"Bupati\" is none of Camat, FieldOfficer, LogisticsStaff, Viewer, DeskOperator, DeskAdmin",
            "officers.csv, line 2, column 5 (place): not a place code: \"nowhere!\"",
        ]
    );
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    let orphan = "code,parent,level,name\n62,,province,Kalteng\n62.06.13,62.06,kecamatan,Marikit\n";
    let problems = refused(&files(orphan, TPS, OFFICERS));
    assert_eq!(
        problems[0],
        "regions.csv, line 3, column 2 (parent): 62.06, the region above 62.06.13, is unknown"
    );
    assert_eq!(
        problems[1],
        "tps.csv, line 2, column 1 (village_code): no desa or kelurahan has the code 62.06.13.2001"
    );
    let twins = "number,name,phone,role,place\n7,Siti,,Camat,62\n7,Other,,Camat,62\n9,,,Camat,62\n";
    assert_eq!(
        refused(&files(REGIONS, TPS, twins)),
        [
            "officers.csv, line 3, column 2 (name): differs from line 2 of the same number",
            "officers.csv, line 3, column 4 (role): the same grant is already on line 2",
            "officers.csv, line 4, column 2 (name): is empty; the first row of a number must have the name",
        ]
    );
}

#[test]
fn a_person_with_more_grants_than_a_certificate_holds_is_refused() {
    let mut officers = "number,name,phone,role,place\n".to_owned();
    for (n, place) in ["62", "62.06", "62.06.13", "62.06.13.2001"].into_iter().enumerate() {
        for role in ["Camat", "FieldOfficer", "LogisticsStaff", "Viewer", "DeskOperator"] {
            officers += &format!("7,{},,{role},{place}\n", if n == 0 { "Siti" } else { "" });
        }
    }
    let at_most: String = officers.lines().take(17).flat_map(|line| [line, "\n"]).collect();
    assert!(province(&files(REGIONS, TPS, &at_most)).is_ok());
    assert_eq!(
        refused(&files(REGIONS, TPS, &officers)),
        [
            "officers.csv, line 18, column 5 (place): officer 7 has more than 16 grants: name a region above them"
        ]
    );
}

#[test]
fn twenty_problems_are_listed_and_the_rest_counted() {
    let mut tps = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n".to_owned();
    tps.push_str(&"62.06.13.2001,1,x,,,,,regular,weak\n".repeat(25));
    let problems = province(&files(REGIONS, &tps, OFFICERS)).unwrap_err();
    assert_eq!((problems.list().len(), problems.count()), (20, 25));
    assert!(problems.to_string().ends_with("… and 5 more"));
}

#[test]
fn what_spreadsheets_write_is_read() {
    let text = "\u{FEFF}Code;Parent;Level;Name\r\n\r\n62;;province;\"Kalimantan; \"\"Tengah\"\"\"\r\n";
    let content = parse(&Files { regions: source("r", text), ..Files::default() }).unwrap();
    assert_eq!(content.regions[0].name, "Kalimantan; \"Tengah\"");
    assert_eq!(content.regions[0].line, 3, "empty lines and CRLF count as lines");

    let bad = "\u{FEFF}code,parent,level,name\r\n62,,province,Kalteng\r\n62.06,62,pulau,X\r\n";
    let problems = parse(&Files { regions: source("r", bad), ..Files::default() }).unwrap_err();
    assert_eq!((problems.list()[0].spot.line, problems.list()[0].spot.column), (3, 3));

    let names = "place,role,phone,name,number\n62.06.13,Camat,+62 811,=cmd|' /C calc'!A1,7\n";
    let plan = province(&files(REGIONS, TPS, names)).unwrap();
    let officer = plan.statements.iter().find(|s| matches!(s.body, Body::Officer(_))).unwrap();
    assert_eq!(officer.notes[0], (Field::Name, "=cmd|' /C calc'!A1".into()), "text stays text");
    assert_eq!(officer.notes[1], (Field::Phone, "+62 811".into()));
}

#[test]
fn tables_of_another_shape_are_refused() {
    let one = |text: &str| {
        let problems = parse(&Files { regions: source("r", text), ..Files::default() }).unwrap_err();
        problems.list()[0].to_string()
    };
    assert_eq!(one(""), "r: is empty; the first line must be code,parent,level,name");
    assert_eq!(
        one("code,name\n"),
        "r, line 1: column parent, level is missing; the first line must be code,parent,level,name"
    );
    assert_eq!(one("code,parent,level,name,x\n"), "r, line 1, column 5: unknown column \"x\"");
    assert_eq!(
        one("code,parent,level,name\n62,,province\n"),
        "r, line 2: has 3 columns, the first line has 4"
    );
    let bytes = b"code,parent,level,name\n62,,province,Kal\xE9\n";
    let file = Source { name: "r", bytes };
    let problems = parse(&Files { regions: Some(file), ..Files::default() }).unwrap_err();
    assert_eq!(problems.to_string(), "r, line 2, column 4 (name): is not UTF-8; save the file as UTF-8");
}

#[test]
fn json_errors_name_line_and_character() {
    let text = "{\n \"code\": \"x\",\n \"version\": \"one\"\n}";
    let problems = parse(&Files { profile: source("p.json", text), ..Files::default() }).unwrap_err();
    assert_eq!(problems.to_string(), "p.json, line 3, column 17: invalid type: string \"one\", expected u32");
    let lists = "[{\"number\":1,\"version\":1,\"venue\":\"Tps\",\"items\":[]}]";
    let problems = parse(&Files { checklists: source("c.json", lists), ..Files::default() }).unwrap_err();
    assert_eq!(problems.to_string(), "c.json: checklist 1 version 1 must have 1 to 64 items");
}

#[test]
fn importing_again_changes_nothing() {
    let files = files(REGIONS, TPS, OFFICERS);
    let mut content = parse(&files).unwrap();
    content.profile = Profile::shipped().into_iter().next();
    content.checklists = Checklist::shipped();
    let first = plan(&content, &Known::nothing()).unwrap();
    let fold = log_of(&first);
    let known = |contacts| Known {
        reference: std::borrow::Cow::Borrowed(fold.reference()),
        profiles: content.profile.clone().into_iter().collect(),
        contacts,
    };
    let again = plan(&content, &known(contacts_of(&first))).unwrap();
    assert_eq!(again.statements, []);
    assert_eq!(again.tallies.iter().find(|(n, _)| *n == "grants").unwrap().1.same, 3);

    // One row changed: one record.
    content.tps[0].tps.voters = 270;
    let third = plan(&content, &known(contacts_of(&first))).unwrap();
    assert_eq!(third.statements.len(), 1);

    // A changed checklist needs a new version.
    content.checklists[0].items.swap(0, 1);
    let problems = plan(&content, &known(contacts_of(&first))).unwrap_err();
    assert!(problems.to_string().contains("checklist 1 version 1 is in the log with another content"));
}

#[test]
fn a_grant_that_is_no_longer_listed_ends() {
    let first = province(&files(REGIONS, TPS, OFFICERS)).unwrap();
    let fold = log_of(&first);
    let known = Known {
        reference: std::borrow::Cow::Borrowed(fold.reference()),
        profiles: Vec::new(),
        contacts: contacts_of(&first),
    };
    let moved = OFFICERS.replace("7,,,FieldOfficer,62.06.13.2001/001\n", "");
    let second = plan(&parse(&files(REGIONS, TPS, &moved)).unwrap(), &known).unwrap();
    assert_eq!(second.statements.len(), 1);
    let Body::Grant(grant) = &second.statements[0].body else { panic!() };
    assert_eq!((grant.officer, grant.role, grant.ended), (7, Role::FieldOfficer, true));
}

#[test]
fn an_erased_name_does_not_come_back() {
    let first = province(&files(REGIONS, TPS, OFFICERS)).unwrap();
    let fold = log_of(&first);
    let mut contacts = contacts_of(&first);
    contacts.get_mut(&7).unwrap().name = Told::Erased;
    let known =
        Known { reference: std::borrow::Cow::Borrowed(fold.reference()), profiles: Vec::new(), contacts };
    let again = plan(&parse(&files(REGIONS, TPS, OFFICERS)).unwrap(), &known).unwrap();
    assert_eq!(again.statements, []);
}

#[test]
fn messages_never_repeat_names_or_phones() {
    let twins = "number,name,phone,role,place\n7,Kenari Rahasia,0811,Camat,62\n7,Beda,0812,Boss,62\n";
    let text = refused(&files(REGIONS, TPS, twins)).join("\n");
    assert!(!text.contains("Kenari") && !text.contains("0812") && !text.contains("Beda"), "{text}");
    let content = parse(&files(REGIONS, TPS, OFFICERS)).unwrap();
    assert!(!format!("{content:?}").contains("Siti"));
}

/// Plans an officers' file against a log that took another one.
fn after(first: &str, second: &str, decided: Decided) -> Result<Plan, Problems> {
    let first = province(&files(REGIONS, TPS, first)).unwrap();
    let fold = log_of(&first);
    let known = Known {
        reference: std::borrow::Cow::Borrowed(fold.reference()),
        profiles: Vec::new(),
        contacts: contacts_of(&first),
    };
    let mut content = parse(&files(REGIONS, TPS, second)).unwrap();
    content.decided = decided;
    plan(&content, &known)
}

#[test]
fn a_number_stays_with_its_person() {
    let head = "number,name,phone,role,place\n";
    let row = |name: &str, phone: &str| format!("{head}7,{name},{phone},Camat,62.06.13\n");
    let first = row("Sari", "0811 1");
    let is_refused = |second: &str| after(&first, second, Decided::default()).is_err();
    assert!(!is_refused(&row("Sari", "0899")), "a new phone number");
    assert!(!is_refused(&row("Sari Contoh", "+62 811-1")), "a new name, the number written otherwise");
    assert!(!is_refused(&row(" sari", "0899")), "the name written otherwise");
    assert!(is_refused(&row("Budi", "0899")));
    assert!(is_refused(&row("Budi", "")), "nothing says that it is the same person");

    // Two people of one name who swap their numbers, and one who moves to another's.
    let two = |a: &str, b: &str| format!("{head}7,Siti,{a},Camat,62.06.13\n8,Siti,{b},Viewer,62\n");
    let told = after(&two("0811", "0812"), &two("0812", "0811"), Decided::default()).unwrap_err().to_string();
    assert!(told.contains("that is officer 8 in the log") && told.contains("that is officer 7"), "{told}");

    let decided = Decided { same: [7].into(), ..Decided::default() };
    let plan = after(&first, &row("Budi", "0899"), decided).unwrap();
    assert_eq!((plan.statements.len(), plan.replaced.len()), (1, 0));
    let decided = Decided { replace: [7].into(), ..Decided::default() };
    let plan = after(&first, &row("Budi", "0899"), decided).unwrap();
    let ended = plan
        .statements
        .iter()
        .filter_map(|s| if let Body::Grant(g) = &s.body { Some(g.ended) } else { None });
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [true, false],
        "the same role ends for one and begins for the other"
    );
    assert!(plan.replaced.contains(&7) && plan.void_codes.contains(&7));
    for decided in [
        Decided { replace: [9].into(), ..Decided::default() },
        Decided { same: [9].into(), ..Decided::default() },
    ] {
        assert!(after(&first, &first, decided).is_err(), "a number nobody has");
    }
}

#[test]
fn another_person_gets_the_name_that_was_erased_of_the_one_before() {
    let first = province(&files(REGIONS, TPS, OFFICERS)).unwrap();
    let fold = log_of(&first);
    let mut contacts = contacts_of(&first);
    let siti = contacts.get_mut(&7).unwrap();
    (siti.name, siti.phone) = (Told::Erased, Told::Erased);
    let known =
        Known { reference: std::borrow::Cow::Borrowed(fold.reference()), profiles: Vec::new(), contacts };
    let mut content = parse(&files(REGIONS, TPS, &OFFICERS.replace("Siti Rahma,0811", "Baru,0899"))).unwrap();
    assert_eq!(plan(&content, &known).unwrap().statements, [], "who it is cannot be told any more");
    content.decided.replace.insert(7);
    let again = plan(&content, &known).unwrap();
    let officer = again.statements.iter().find(|s| matches!(s.body, Body::Officer(_))).unwrap();
    assert_eq!(officer.notes[0], (Field::Name, "Baru".into()));
}
