//! Findings at the doors: each program is told of those in its region, and only who may decide decides.

use std::collections::BTreeSet;

use pantau_log::{
    ops::{self, Act, Decided, Evidence, Extent, FindingDecision},
    store::Rights,
};
use pantau_protocol::{
    body::{Body, CustodyKind, Receive, Rest},
    projection::findings::{Finding, FindingId, Rule},
};
use pantau_tests::place;
use serde_json::Value;

use crate::{
    api::{HERE, NEXT_DOOR, json, made, refused, served, world},
    rig::Rig,
    web::{self, ask, get, read_by},
};

/// Kits that nobody says he sent came to a TPS here, under a label that is a formula, and to one next door.
pub(crate) fn troubled(seed: u64) -> Rig {
    let rig = world(seed);
    for at in [HERE, NEXT_DOOR] {
        let receive = Receive {
            at: CustodyKind::Tps,
            label: Some("=1+1".into()),
            dispatch: None,
            rest: Rest::NotChecked,
            lines: Vec::new(),
            seals: Vec::new(),
            kits: Vec::new(),
            containers: Vec::new(),
            form: None,
        };
        rig.say(at, Body::Receive(receive));
    }
    rig
}

fn all(rig: &Rig) -> Vec<Finding> {
    ops::findings(&rig.server).unwrap()
}

/// The finding of a rule at a place.
pub(crate) fn at(rig: &Rig, rule: Rule, code: &str) -> Finding {
    let found = all(rig).into_iter().find(|f| f.rule == rule && f.places.contains(&place(code)));
    found.unwrap_or_else(|| panic!("{rule:?} at {code}: {:?}", all(rig)))
}

fn decide(rig: &Rig, id: FindingId, act: Act, why: &str) -> Decided {
    let seen = Evidence::of(&all(rig), id, act).unwrap();
    let operator = Some("siti".to_owned());
    let decision =
        FindingDecision { id, act, extent: Extent::All, seen, why: why.into(), scope: None, operator };
    ops::rule(&rig.server, &decision).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_of_the_findings_of_its_region() {
    let rig = troubled(81);
    let (running, to) = served(&rig).await;
    let (_, mine) = made(&rig, "62.06.13", false);
    let (_, whole) = made(&rig, "62", true);
    let here = at(&rig, Rule::ReceivedWithoutDispatch, "62.06.13.2001/002");
    let next_door = at(&rig, Rule::ReceivedWithoutDispatch, NEXT_DOOR);
    let list = async |query: &str, token: &str| {
        let page = json(&read_by(to, &format!("/api/v1/findings{query}"), token).await);
        let findings = page["findings"].as_array().unwrap_or_else(|| panic!("{query}: {page}")).clone();
        findings.iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let (mine_all, whole_all) = (list("", &mine).await, list("", &whole).await);
    assert!(mine_all.contains(&here.id.to_string()) && !mine_all.contains(&next_door.id.to_string()));
    assert!(whole_all.is_superset(&mine_all) && whole_all.contains(&next_door.id.to_string()));
    for path in ["/api/v1/findings", "/export/findings.csv"] {
        let page = read_by(to, path, &mine).await;
        assert!(page.status == 200 && page.body.contains("62.06.13.2001"), "{path}: {}", page.body);
        assert!(!page.body.contains("62.06.14"), "{path} shows what lies next door: {}", page.body);
    }
    let of = async |id: FindingId, token: &str| read_by(to, &format!("/api/v1/findings/{id}"), token).await;
    for id in [next_door.id.to_string(), "0".repeat(32), "x".into()] {
        let page = read_by(to, &format!("/api/v1/findings/{id}"), &mine).await;
        refused(&page, 404, "finding_not_found", "one of another region is not there");
    }
    let part = json(&of(here.id, &mine).await)["parts"][0].clone();
    assert_eq!(part["rule"], "received_without_dispatch");
    assert_eq!(
        part["status"],
        serde_json::json!({"state": "open", "record": null, "by": null, "reason": null, "operator": null})
    );
    assert_eq!(part["places"], serde_json::json!(["62.06.13.2001/002"]));
    assert_eq!(part["records"].as_array().unwrap().len(), 1, "{part}");
    assert_eq!(part["since"]["unix"], rig.clock.now(), "{part}");
    for text in ["title_id", "title_en", "sentence_id", "sentence_en", "advice_id", "advice_en"] {
        assert!(!part[text].as_str().unwrap().is_empty(), "{text}: {part}");
    }
    // What the filters leave.
    assert!(
        list("?rule=received_without_dispatch&within=62.06.14", &whole)
            .await
            .contains(&next_door.id.to_string())
    );
    assert!(list("?rule=silent", &whole).await.is_empty() && list("?state=ruled", &whole).await.is_empty());
    let by_severity = [
        list("?severity=low", &whole).await,
        list("?severity=medium", &whole).await,
        list("?severity=high", &whole).await,
    ];
    assert_eq!(by_severity.iter().map(BTreeSet::len).sum::<usize>(), whole_all.len());
    for (query, field) in [
        ("?state=x", "state"),
        ("?rule=x", "rule"),
        ("?severity=x", "severity"),
        ("?after=62", "after"),
        ("?limit=501", "limit"),
        ("?x=1", "x"),
    ] {
        let page = read_by(to, &format!("/api/v1/findings{query}"), &whole).await;
        refused(&page, 400, "bad_parameter", query);
        assert_eq!(json(&page)["field"], field);
    }
    // Every finding stands on one page.
    for limit in [1, 2, 500] {
        let (mut ids, mut after) = (Vec::new(), String::new());
        loop {
            let page = json(&read_by(to, &format!("/api/v1/findings?limit={limit}{after}"), &whole).await);
            ids.extend(
                page["findings"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next_after"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert!(ids.is_sorted(), "{ids:?}");
        assert_eq!(
            (ids.len(), ids.into_iter().collect::<BTreeSet<_>>()),
            (whole_all.len(), whole_all.clone()),
            "{limit}"
        );
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ruling_is_told_with_its_reason_to_those_who_may_read_names() {
    let rig = troubled(82);
    let (running, to) = served(&rig).await;
    let ((_, plain), (_, named)) = (made(&rig, "62", false), made(&rig, "62", true));
    let id = at(&rig, Rule::ReceivedWithoutDispatch, "62.06.13.2001/002").id;
    let Decided::Done(rulings) = decide(&rig, id, Act::Close, "=Kata Kenari") else { panic!("it is closed") };
    rig.server.follow().unwrap();
    let part = async |token: &str| {
        json(&read_by(to, &format!("/api/v1/findings/{id}"), token).await)["parts"][0].clone()
    };
    let (shown, hidden) = (part(&named).await, part(&plain).await);
    for part in [&shown, &hidden] {
        assert_eq!(part["status"]["state"], "ruled", "{part}");
        assert_eq!(part["status"]["record"], rulings[0].to_string(), "{part}");
        assert_eq!(
            (&part["status"]["by"]["officer"], &part["status"]["by"]["at"]["unix"]),
            (&0.into(), &rig.clock.now().into())
        );
    }
    assert_eq!(
        (&shown["status"]["reason"], &shown["status"]["operator"]),
        (&"=Kata Kenari".into(), &"siti".into())
    );
    assert_eq!((&hidden["status"]["reason"], &hidden["status"]["operator"]), (&Value::Null, &Value::Null));
    let csv = async |token: &str| read_by(to, "/export/findings.csv?bom=1", token).await.body;
    let (shown, hidden) = (csv(&named).await, csv(&plain).await);
    assert!(shown.starts_with('\u{feff}') && shown.contains(",'=Kata Kenari,siti,"), "{shown}");
    assert!(!hidden.contains("Kenari") && !hidden.contains(",siti,"), "{hidden}");
    ops::erase(&rig.server, rulings[0], pantau_protocol::note::Field::Note).unwrap();
    rig.server.follow().unwrap();
    assert_eq!(part(&named).await["status"]["reason"], Value::Null, "erased");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_a_line_for_each_place_and_no_formula() {
    let rig = troubled(83);
    let (running, to) = served(&rig).await;
    let (_, text) = made(&rig, "62", true);
    let body = read_by(to, "/export/findings.csv", &text).await.body;
    let mut table = csv::ReaderBuilder::new().from_reader(body.as_bytes());
    let columns = table.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
    let told: BTreeSet<(String, String)> =
        lines.iter().map(|line| (line[0].to_owned(), line[1].to_owned())).collect();
    let shares = all(&rig)
        .iter()
        .flat_map(|f| &f.signs)
        .filter_map(|s| Some((s.finding().to_string(), s.place.as_ref()?.to_string())))
        .collect();
    assert_eq!(told, shares);
    assert_eq!(told.len(), lines.len(), "each once");
    for line in &lines {
        assert_eq!(line.len(), columns.len());
        for cell in line {
            let is_number = cell.parse::<i64>().is_ok();
            assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    }
    let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
    assert!(lines.iter().any(|line| line[column("village_name")] == *"'-2+3|Desa"), "{body}");
    assert!(
        lines.iter().all(|line| !line[column("sentence_id")].is_empty() && line[column("state")] == *"open"),
        "{body}"
    );
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_decide_decides_and_only_by_a_form_of_ours() {
    let rig = troubled(84);
    let (running, to) = served(&rig).await;
    for (name, disabled, rights) in
        [("siti", false, Rights::Desk), ("budi", false, Rights::Viewer), ("bekas", true, Rights::Desk)]
    {
        web::operator_with(&rig, name, disabled, rights);
    }
    let id = at(&rig, Rule::ReceivedWithoutDispatch, "62.06.13.2001/002").id;
    let seen = Evidence::of(&all(&rig), id, Act::Close).unwrap();
    let path = format!("/finding/{id}");
    let (desk, other) = (web::signed_in(&rig, "siti"), web::signed_in(&rig, "siti"));
    let (viewer, former) = (web::signed_in(&rig, "budi"), web::signed_in(&rig, "bekas"));
    let csrf = async |cookie: &str| get(to, "/", cookie).await.csrf();
    let (of_desk, of_other, of_viewer) = (csrf(&desk).await, csrf(&other).await, csrf(&viewer).await);
    let rows = || rig.rows().len();
    let before = rows();
    for (who, cookie, own) in [
        ("the desk", &desk, &of_desk),
        ("a viewer", &viewer, &of_viewer),
        ("nobody", &String::new(), &of_desk),
        ("a former one", &former, &of_desk),
    ] {
        for (what, token) in
            [("none", ""), ("made up", "0"), ("another session's", &of_other), ("its own", own)]
        {
            if (who, what) == ("the desk", "its own") {
                continue;
            }
            let form = format!("csrf={token}&act=close&evidence={seen}&through=1&extent=all&why=Alasan");
            let page = ask(to, "POST", &path, cookie, Some(&form)).await;
            assert!(matches!(page.status, 403 | 303), "{who}, {what}: {}", page.status);
            assert!(page.status == 403 || page.header("location") == Some("/sign-in"), "{who}, {what}");
            assert_eq!(rows(), before, "{who}, {what}: nothing is written");
        }
    }
    assert!(get(to, &path, &desk).await.body.contains("name=\"evidence\""));
    assert!(!get(to, &path, &viewer).await.body.contains("name=\"evidence\""), "a viewer has no form");
    for wrong in [
        "act=admit",
        "act=",
        "evidence=0",
        "evidence=00000000000000000000000000000000",
        "extent=some&place=62",
        "why=+",
    ] {
        // Of two fields of one name the first counts.
        let form = format!("csrf={of_desk}&{wrong}&act=close&evidence={seen}&extent=all&why=Alasan");
        let page = ask(to, "POST", &path, &desk, Some(&form)).await;
        assert!(matches!(page.status, 409 | 422), "{wrong}: {}", page.status);
        assert_eq!(rows(), before, "{wrong}");
    }
    let form = format!("csrf={of_desk}&act=close&evidence={seen}&through=1&extent=all&why=Alasan");
    let page = ask(to, "POST", &path, &desk, Some(&form)).await;
    assert_eq!((page.status, page.header("location")), (303, Some(&*format!("{path}?done=close"))));
    assert_eq!(rows(), before + 1);
    assert!(!at(&rig, Rule::ReceivedWithoutDispatch, "62.06.13.2001/002").is_open());
    running.shutdown().await;
}
