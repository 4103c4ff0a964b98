//! The form by which the desk closes a finding and opens it again.

use pantau_log::store::Rights;
use pantau_protocol::{
    body::{Containers, Dispatch, Found, Packed, Point},
    place::Place,
    projection::findings::{Finding, FindingId, Rule, Status},
};

use super::{
    findings::{a_box_is_missing, desk_says, short},
    world::Answer,
    *,
};
use pantau_log::ops;

const OTHER: &str = "62.06.13.2001/002";

/// The hidden fields of the form for an act, as a browser sends them; `None` where there is no such form.
fn form(page: &Answer, act: &str) -> Option<String> {
    let marked = format!("name=\"act\" value=\"{act}\"");
    let form = page.body.split("<form ").find(|form| form.contains(&marked))?;
    let field = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        let value = rest.split('"').next().unwrap();
        form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
    };
    Some(["csrf", "act", "evidence", "through", "sentence"].map(field).join("&"))
}

async fn page(world: &World, id: FindingId, cookie: &str) -> Answer {
    world.get(&format!("/finding/{id}"), cookie).await
}

async fn send(world: &World, id: FindingId, cookie: &str, form: &str) -> Answer {
    world.post(&format!("/finding/{id}"), cookie, form).await
}

/// A boat with the kits of two TPS lost a box of each.
fn two_boxes_are_missing(world: &World) {
    let dispatch = Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None },
        kits: vec![place(TPS), place(OTHER)],
        packed: Packed::AsListed,
        containers: [0, 1].map(|kit| Containers { count: 5, kit: Some(kit) }).to_vec(),
        lines: Vec::new(),
        seals: Vec::new(),
        due: None,
    };
    desk_says(world, "62.06.13", Body::Dispatch(dispatch));
    let receive = Receive {
        at: CustodyKind::Pps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: vec![place(TPS), place(OTHER)],
        containers: [0, 1].map(|kit| Found { good: 4, damaged: 0, missing: 1, kit: Some(kit) }).to_vec(),
        form: None,
    };
    desk_says(world, "62.06.13.2001", Body::Receive(receive));
}

/// What is short, in its parts.
fn parts(world: &World) -> Vec<Finding> {
    let all = ops::findings(&world.server).unwrap();
    all.into_iter().filter(|f| f.rule == Rule::ShortAgainstDispatch).collect()
}

#[tokio::test]
async fn a_finding_is_closed_with_a_reason_and_opened_again() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing(&world);
    let id = short(&world).id;
    let shown = page(&world, id, &cookie).await;
    assert!(form(&shown, "reopen").is_none(), "nothing was closed");
    assert!(!shown.body.contains("refresh.js"), "what is typed does not vanish");
    let close = form(&shown, "close").unwrap();
    for (why, told) in
        [("", "tulis alasannya"), ("+%0D%0A+", "tulis alasannya"), (&*"x".repeat(5_000), "terlalu panjang")]
    {
        let refused = send(&world, id, &cookie, &format!("{close}&extent=all&why={why}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
        assert!(short(&world).is_open());
    }
    let done = send(&world, id, &cookie, &format!("{close}&extent=all&why=Kotak+%3Cada%3E+di+gudang")).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, &*format!("/finding/{id}?done=close"))
    );
    assert!(matches!(short(&world).status, Status::Ruled { .. }));
    let shown = world.get(done.location(), &cookie).await;
    for told in ["Temuan ditutup.", "Kotak &#60;ada&#62; di gudang", "ditutup oleh desk", "siti"] {
        assert!(shown.body.contains(told), "{told}: {}", shown.body);
    }
    // Sent twice, it decides nothing, and the reason is still there.
    let twice = send(&world, id, &cookie, &format!("{close}&extent=all&why=Sekali+lagi")).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.body.contains("Sekali lagi"), "{}", twice.body);

    assert!(form(&shown, "close").is_none(), "nothing is open");
    let reopen = form(&shown, "reopen").unwrap();
    let done = send(&world, id, &cookie, &format!("{reopen}&extent=all&why=Keliru")).await;
    assert_eq!(done.location(), format!("/finding/{id}?done=reopen"));
    assert!(short(&world).is_open());
    assert!(form(&page(&world, id, &cookie).await, "close").is_some());
}

#[tokio::test]
async fn a_decision_on_older_evidence_is_refused_and_its_reason_kept() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing(&world);
    let id = short(&world).id;
    let close = form(&page(&world, id, &cookie).await, "close").unwrap();
    world.move_clock(60);
    a_box_is_missing(&world);
    let id_now = short(&world).id;
    assert_eq!(id, id_now, "the same cause");
    let refused = send(&world, id, &cookie, &format!("{close}&extent=all&why=Kotak+%22ada%22")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(short(&world).is_open(), "nothing was decided");
    for told in [
        "TIDAK disimpan",
        "buktinya berubah",
        "Kotak &#34;ada&#34;</textarea>",
        "Sebelumnya",
        "Catatan yang masuk sejak itu",
    ] {
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    let english = world.post(&format!("/finding/{id}?lang=en"), &cookie, &format!("{close}&why=x")).await;
    assert!(english.body.contains("The decision was NOT saved"), "{}", english.body);
    // The page that came back is of now.
    let again = form(&refused, "close").unwrap();
    assert_ne!(again, close);
    let done = send(&world, id, &cookie, &format!("{again}&extent=all&why=Kotak+ada")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(!short(&world).is_open());
    // A ruling is evidence, too: to open what somebody else closed anew is to look again.
    let other = form(&page(&world, id, &cookie).await, "reopen").unwrap();
    send(&world, id, &cookie, &format!("{other}&why=Keliru")).await;
    let shown = form(&page(&world, id, &cookie).await, "close").unwrap();
    send(&world, id, &cookie, &format!("{shown}&why=Benar")).await;
    assert_eq!(send(&world, id, &cookie, &format!("{other}&why=Lagi")).await.status, StatusCode::CONFLICT);
    assert!(!short(&world).is_open());
}

#[tokio::test]
async fn a_finding_is_split_by_closing_some_of_its_places() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    two_boxes_are_missing(&world);
    let [one] = &*parts(&world) else { panic!("one cause: {:?}", parts(&world)) };
    let id = one.id;
    assert_eq!(one.places.len(), 2);
    let close = form(&page(&world, id, &cookie).await, "close").unwrap();
    for chosen in
        ["", "&place=62.06.13.2001%2F009", "&place=62.06.13.2001%2F002&place=62.06.13.2001%2F009", "&place=x"]
    {
        let refused =
            send(&world, id, &cookie, &format!("{close}&extent=some{chosen}&why=Alasan+saya")).await;
        assert!(refused.status.is_client_error(), "{chosen}");
        assert!(refused.body.contains("Alasan saya</textarea>"), "{chosen}: {}", refused.body);
        assert_eq!(parts(&world).len(), 1, "{chosen}");
    }
    let some = format!("{close}&extent=some&place=62.06.13.2001%2F002&why=Ada+di+PPS");
    assert_eq!(send(&world, id, &cookie, &some).await.status, StatusCode::SEE_OTHER);
    let of = |is_open| -> Vec<Place> {
        let parts = parts(&world);
        parts.iter().filter(|f| f.is_open() == is_open).flat_map(|f| f.places.clone()).collect()
    };
    assert_eq!((of(true), of(false)), (vec![place(TPS)], vec![place(OTHER)]));
    let shown = page(&world, id, &cookie).await;
    assert!(form(&shown, "close").is_some() && form(&shown, "reopen").is_some());
    let reopen = form(&shown, "reopen").unwrap();
    send(&world, id, &cookie, &format!("{reopen}&extent=all&why=Keliru")).await;
    assert_eq!((parts(&world).len(), of(true).len()), (1, 2), "one finding again");
}

#[tokio::test]
async fn who_only_reads_has_no_form_and_decides_nothing() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    a_box_is_missing(&world);
    let id = short(&world).id;
    let close = form(&page(&world, id, &cookie).await, "close").unwrap();
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        tx.put_operator(&store::Operator { rights: Rights::Viewer, ..operator })
    })
    .unwrap();
    let shown = page(&world, id, &cookie).await;
    assert!(shown.status == StatusCode::OK && form(&shown, "close").is_none(), "{}", shown.body);
    let refused = send(&world, id, &cookie, &format!("{close}&extent=all&why=Alasan")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("hanya dapat membaca"), "{}", refused.body);
    assert!(short(&world).is_open());
}

#[tokio::test]
async fn who_sees_one_place_closes_a_finding_there_alone() {
    let (world, _) = World::with_data();
    two_boxes_are_missing(&world);
    let [one] = &*parts(&world) else { panic!("one cause: {:?}", parts(&world)) };
    let id = one.id;
    let cookie = world.sign_in().await;
    store::write(world.server.store(), |tx| {
        let operator = tx.operator("siti")?.unwrap();
        let scope = Some(pantau_protocol::place::Scope::new([place(OTHER)]));
        tx.put_operator(&store::Operator { scope, ..operator })
    })
    .unwrap();
    let shown = page(&world, id, &cookie).await;
    assert!(shown.body.contains(OTHER) && !shown.body.contains(TPS), "{}", shown.body);
    let close = form(&shown, "close").unwrap();
    let elsewhere = format!("{close}&extent=some&place=62.06.13.2001%2F001&why=Ada");
    assert_eq!(send(&world, id, &cookie, &elsewhere).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(parts(&world).len(), 1, "nothing is closed");
    let answer = send(&world, id, &cookie, &format!("{close}&extent=all&why=Ada+di+PPS")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let of = |is_open| -> Vec<Place> {
        let parts = parts(&world);
        parts.iter().filter(|f| f.is_open() == is_open).flat_map(|f| f.places.clone()).collect()
    };
    assert_eq!((of(true), of(false)), (vec![place(TPS)], vec![place(OTHER)]));
}
