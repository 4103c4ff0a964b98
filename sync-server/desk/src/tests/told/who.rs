//! Who may report of what, and how places and officers are found.

use super::*;

#[tokio::test]
async fn places_and_officers_are_found_as_people_write_them() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let open = async |typed: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("place", typed).finish();
        world.get(&format!("/report?{query}"), &cookie).await
    };
    for typed in [
        "62.06.13.2001/001",
        "62.06.13.2001/1",
        "6206132001001",
        "6206132001/1",
        "TPS 001 Tumbang Gagu",
        "tumbang gagu/1",
        "Tumbang Gagu 1",
        "tumbanggagu 1",
        "tps 1 tumbang gagu marikit",
    ] {
        let page = open(typed).await;
        assert!(
            page.body.contains("/report?place=62.06.13.2001/001&#38;kind=visit"),
            "{typed}: {}",
            page.body
        );
    }
    for (typed, code) in
        [("6206132001", "62.06.13.2001"), ("Kecamatan Marikit", "62.06.13"), ("Kab. Katingan", "62.06")]
    {
        let page = open(typed).await;
        assert!(
            page.body.contains(&format!("/report?place={code}&#38;kind=visit")),
            "{typed}: {}",
            page.body
        );
        assert!(!page.body.contains("kind=turnout"), "voters come to a TPS");
    }
    let several = open("ka").await;
    assert!(several.body.contains("Beberapa tempat cocok"), "{}", several.body);
    let nowhere = open("<Nirwana>").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.body.contains("value=\"&#60;Nirwana&#62;\""), "{}", nowhere.body);
    for officer in ["7", "no. 7", "7 · Siti", "siti", "Rahma siti"] {
        let fields = form(&world, &cookie, "standby").await;
        let all = [("officer", officer), ("present", "3"), ("team", "7")];
        let (_, record, _) = written(&world, &send(&world, &cookie, &typed(fields, &all)).await);
        assert_eq!(record.told.unwrap().officer, Some(7), "{officer}");
    }
}

#[tokio::test]
async fn who_only_reads_has_no_form() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    assert!(world.get("/incidents", &cookie).await.body.contains("href=\"/report\""));
    let tps = world.get("/tps/62.06.13.2001/001", &cookie).await.body;
    assert!(tps.contains("href=\"/report?place=62.06.13.2001/001\""), "{tps}");
    let sent =
        typed(form(&world, &cookie, "standby").await, &[("officer", "7"), ("present", "3"), ("team", "7")]);
    let (id, ..) = written(&world, &send(&world, &cookie, &sent).await);
    let with = |rights| {
        store::write(world.server.store(), |tx| {
            let operator = tx.operator("siti")?.unwrap();
            tx.put_operator(&store::Operator { rights, ..operator })
        })
        .unwrap();
    };
    with(Rights::Admin);
    assert!(!form(&world, &cookie, "standby").await.is_empty(), "an admin may do what an operator may");
    with(Rights::Viewer);
    let before = rows(&world);
    for path in ["/", "/tps/62.06.13.2001/001", "/incidents", &format!("/report?done={id}")] {
        let page = world.get(path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.body.contains("/report?correct") && !page.body.contains("class=\"report-link\""),
            "{path}"
        );
    }
    for path in
        ["/report", "/report?place=62.06", &format!("/report?correct={id}"), &format!("/report?retract={id}")]
    {
        let page = world.get(path, &cookie).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!page.body.contains("<form class=\"report\""), "{path}");
    }
    assert_eq!(send(&world, &cookie, &sent).await.status, StatusCode::FORBIDDEN);
    assert_eq!(rows(&world), before);
}

#[tokio::test]
async fn an_operator_reports_of_his_own_region_only() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let all = [("officer", "7"), ("present", "3"), ("team", "7")];
    let theirs = typed(form(&world, &cookie, "standby").await, &all);
    let (id, ..) = written(&world, &send(&world, &cookie, &theirs).await);
    let ask = fields_of(&world.get(&format!("/report?retract={id}"), &cookie).await);
    let own = pantau_protocol::place::Scope::new([place("62.06.13.2001/002")]);
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&store::Operator { scope: Some(own.clone()), ..operator })
    })
    .unwrap();
    let before = rows(&world);
    for path in
        [format!("/report?place={PLACE}"), format!("/report?correct={id}"), format!("/report?retract={id}")]
    {
        assert_eq!(world.get(&path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(world.get(&format!("/report?done={id}"), &cookie).await.status, StatusCode::NOT_FOUND);
    let again = typed(
        fields_of(&world.get("/report?place=Tumbang+Gagu/2&kind=standby", &cookie).await),
        &[("informant", "Pak Budi"), ("present", "3"), ("team", "7")],
    );
    written(&world, &send(&world, &cookie, &again).await);
    let before = before + 1;
    for sent in [theirs, typed(ask, &[]), again.replace("%2F002", "%2F001"), format!("{again}&correct={id}")]
    {
        let refused = send(&world, &cookie, &sent).await;
        assert!(refused.status.is_client_error(), "{sent}: {}", refused.status);
        assert_eq!(rows(&world), before, "{sent}");
    }
}

#[tokio::test]
async fn what_was_told_of_a_wider_place_is_not_put_right_by_one_of_its_regions() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let goods = [
        ("officer", "8"),
        ("at", "1"),
        ("to", "62.06.13"),
        ("to_kind", "2"),
        ("kits", PLACE),
        ("c-count", "3"),
    ];
    let page = world.get("/report?place=62&kind=dispatch", &cookie).await;
    let sent = send(&world, &cookie, &typed(fields_of(&page), &goods)).await;
    let (id, record, _) = written(&world, &sent);
    assert_eq!(record.place, place("62"));
    let keys = store::read(world.server.store(), |view| view.desk_record(&id)).unwrap()[0].entry.keys.clone();
    assert!(keys.contains(&place("62.06.13")) && keys.contains(&place(PLACE)), "{keys:?}");
    let ask = fields_of(&world.get(&format!("/report?retract={id}"), &cookie).await);
    let better = world.get(&format!("/report?place={PLACE}&kind=dispatch"), &cookie).await;
    let better = typed(fields_of(&better), &[&goods[..], &[("c-count", "4")]].concat());
    let better = format!("{better}&correct={id}").replace("&correct=&", "&");
    let scoped = |region: &str| {
        store::write(world.server.store(), |tx| {
            let operator = tx.operator("siti")?.unwrap();
            let scope = Some(pantau_protocol::place::Scope::new([place(region)]));
            tx.put_operator(&store::Operator { scope, ..operator })
        })
        .unwrap();
    };
    scoped("62.06");
    let before = rows(&world);
    let corrected = better.replace("officer=8", "officer=7");
    for (sent, status) in
        [(typed(ask.clone(), &[]), StatusCode::NOT_FOUND), (corrected, StatusCode::CONFLICT)]
    {
        let refused = send(&world, &cookie, &sent).await;
        assert_eq!((refused.status, rows(&world)), (status, before), "{sent}: {}", refused.body);
    }
    // Whoever has all of it may.
    scoped("62");
    written(&world, &send(&world, &cookie, &typed(ask, &[])).await);
}

#[tokio::test]
async fn whoever_sends_a_report_is_in_the_audit() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let forms = || {
        let all =
            store::read(world.server.store(), |view| view.desk_audit(i64::MIN, i64::MAX, None)).unwrap();
        let sent = all.into_iter().filter(|row| row.act == "form" && row.what == "/report");
        sent.map(|row| row.who).collect::<Vec<_>>()
    };
    let all = [("officer", "7"), ("present", "3"), ("team", "7")];
    let report = typed(form(&world, &cookie, "standby").await, &all);
    // One that is not of our page is not the operator's deed.
    send(&world, &cookie, &report.replacen("csrf=", "csrf=0", 1)).await;
    assert!(forms().is_empty());
    let (id, ..) = written(&world, &send(&world, &cookie, &report).await);
    assert_eq!(forms(), ["siti"]);
    let ask = fields_of(&world.get(&format!("/report?retract={id}"), &cookie).await);
    written(&world, &send(&world, &cookie, &typed(ask, &[])).await);
    assert_eq!(forms(), ["siti", "siti"], "to take one back, too");
}
