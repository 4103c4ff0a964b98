//! What needs attention: its order, who takes what, handing over a shift.

use pantau_log::store::{Operator, Rights};

use super::*;
use crate::auth::password;

const OTHER: &str = "62.06.13.2001/002";

fn incident(severity: Severity) -> Body {
    Body::Incident(Incident { category: Category::Weather, severity })
}

/// A desk with a grave and a light incident, and a second operator.
async fn two_at_work() -> (World, String, String) {
    let (world, mut phone) = World::with_data();
    say(&mut phone, &world, NOW - 600, TPS, &incident(Severity::Medium), &[]);
    say(&mut phone, &world, NOW - 60, OTHER, &incident(Severity::High), &[]);
    for (name, rights) in [("budi", Rights::Desk), ("tamu", Rights::Viewer)] {
        let hash = password::hash(world::PASSWORD, &[8; 16]).unwrap();
        let operator = Operator::new(name, hash, NOW, rights);
        store::write(world.server.store(), |tx| tx.put_operator(&operator)).unwrap();
    }
    let siti = world.sign_in().await;
    let budi = world.sign_in_as("budi").await;
    (world, siti, budi)
}

/// The fields of the form of a row with this act, as a browser sends them.
fn form(page: &Answer, row: usize, act: &str) -> String {
    let forms = page.body.split("<form ").filter(|form| form.contains(&format!("value=\"{act}\"")));
    let form = forms.filter(|form| form.contains("name=\"matter\"")).nth(row).expect("a form");
    let form = form.split("</form>").next().unwrap();
    let mut fields = form_urlencoded::Serializer::new(String::new());
    for name in ["csrf", "matter", "next", "from"] {
        if let Some((_, rest)) = form.split_once(&format!("name=\"{name}\" value=\"")) {
            fields.append_pair(name, &rest.split('"').next().unwrap().replace("&#38;", "&"));
        }
    }
    fields.append_pair("act", act).finish()
}

#[tokio::test]
async fn what_endangers_the_vote_comes_first_with_its_reason_and_somebody_to_call() {
    let (world, siti, _) = two_at_work().await;
    let page = world.get("/attention", &siti).await;
    let rows: Vec<&str> = page.body.split("<tr id=\"").skip(1).collect();
    assert!(
        rows[0].contains("TPS 002") && rows[0].contains("membahayakan pemungutan suara, belum ditangani")
    );
    assert!(rows[1].contains("TPS 001"), "{}", rows[1]);
    assert!(rows[0].contains("href=\"tel:0811\""), "the camat who said so can be called");
    let first = world.get("/", &siti).await;
    assert!(first.body.contains("TPS 002") && first.body.contains("data-take"));
}

#[tokio::test]
async fn two_who_take_one_matter_hear_of_each_other() {
    let (world, siti, budi) = two_at_work().await;
    let (hers, his) = (world.get("/attention", &siti).await, world.get("/attention", &budi).await);
    let taken = world.post("/attention", &siti, &form(&hers, 0, "take")).await;
    assert_eq!((taken.status, taken.location()), (StatusCode::SEE_OTHER, "/attention"));
    let late = world.post("/attention", &budi, &form(&his, 0, "take")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("Sudah ditangani oleh siti"), "{}", late.body);
    assert!(world.get("/attention?of=mine", &siti).await.body.contains("TPS 002"));
    assert!(!world.get("/attention?of=free", &siti).await.body.contains("TPS 002"));
    // Who sees her name may take it over.
    let his = world.get("/attention", &budi).await;
    assert!(his.body.contains("Ambil alih"));
    world.post("/attention", &budi, &form(&his, 0, "take")).await;
    assert!(world.get("/attention?of=mine", &budi).await.body.contains("TPS 002"));
    let hers = world.get("/attention", &siti).await;
    assert!(hers.body.contains("budi"));
}

#[tokio::test]
async fn an_outcome_is_kept_and_an_empty_one_is_told() {
    let (world, siti, budi) = two_at_work().await;
    let page = world.get("/attention", &siti).await;
    let note = form(&page, 0, "note");
    let empty = world.post("/attention", &siti, &format!("{note}&note=+")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("Tulis dahulu hasilnya"));
    world.post("/attention", &siti, &format!("{note}&note=%3Cb%3Etidak+diangkat")).await;
    let colleague = world.get("/attention", &budi).await;
    assert!(colleague.body.contains("siti: &#60;b&#62;tidak diangkat"), "whoever calls next sees it");
    let shift = world.get("/shift", &siti).await;
    assert!(
        shift.body.contains("&#60;b&#62;tidak diangkat") && shift.body.contains("mencatat"),
        "{}",
        shift.body
    );
}

#[tokio::test]
async fn a_shift_is_handed_over_with_all_that_is_open() {
    let (world, siti, budi) = two_at_work().await;
    for _ in 0..2 {
        let page = world.get("/attention?of=free", &siti).await;
        world.post("/attention", &siti, &form(&page, 0, "take")).await;
    }
    let shift = world.get("/shift", &siti).await;
    assert!(shift.body.contains("<option>budi</option>") && !shift.body.contains("<option>tamu</option>"));
    let csrf = format!("csrf={}", shift.csrf());
    let wrong = world.post("/shift", &siti, &format!("{csrf}&to=nobody&note=janji")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("janji"), "what was typed is still there");
    world.post("/shift", &siti, &format!("{csrf}&to=budi&note=janji")).await;
    let his = world.get("/attention?of=mine", &budi).await;
    assert!(his.body.contains("TPS 001") && his.body.contains("TPS 002"));
    assert!(his.body.contains("siti: janji"), "the message of the handover");
    let hers = world.get("/shift", &siti).await;
    assert!(
        hers.body.contains("Tidak ada perkara pada Anda") && hers.body.contains("menyerahkan kepada budi")
    );
}

#[tokio::test]
async fn who_only_reads_takes_nothing() {
    let (world, siti, _) = two_at_work().await;
    let guest = world.sign_in_as("tamu").await;
    let page = world.get("/attention", &guest).await;
    assert!(page.body.contains("TPS 002") && !page.body.contains("data-take"));
    let mine = world.get("/attention", &siti).await;
    let hers = form(&mine, 0, "take");
    let matter = hers.split('&').find(|f| f.starts_with("matter=")).unwrap();
    let sent = world.post("/attention", &guest, &format!("csrf={}&{matter}&act=take", page.csrf())).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
    for bad in ["matter=x&act=take", "act=take", "matter=finding-00&act=burn"] {
        let sent = world.post("/attention", &siti, &format!("csrf={}&{bad}", mine.csrf())).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

#[tokio::test]
async fn what_lies_outside_or_is_nowhere_is_nobodys_work() {
    let (world, siti, budi) = two_at_work().await;
    let page = world.get("/attention", &siti).await;
    let take = form(&page, 0, "take");
    let matter = |id: &str| format!("csrf={}&act=take&matter={id}", page.csrf());
    let nowhere = format!("incident-{}", "0".repeat(32));
    let sent = world.post("/attention", &siti, &matter(&nowhere)).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(store::read(world.server.store(), |view| view.desk_owners()).unwrap().is_empty());
    world.post("/attention", &siti, &take).await;
    // An operator of another region hears neither of the matter nor of who has it.
    let scope = Some(pantau_protocol::place::Scope::new([place("62.07")]));
    let budi_now = store::read(world.server.store(), |view| view.operator("budi")).unwrap().unwrap();
    store::write(world.server.store(), |tx| {
        tx.put_operator(&Operator { scope: scope.clone(), ..budi_now.clone() })
    })
    .unwrap();
    let his = world.get("/attention", &budi).await;
    let (_, named) = take.split_once("matter=").unwrap();
    let named = named.split('&').next().unwrap();
    let sent = world
        .post("/attention", &budi, &format!("csrf={}&act=take&from=siti&matter={named}", his.csrf()))
        .await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!sent.body.contains("siti"), "{}", sent.body);
    let owner = store::read(world.server.store(), |view| view.desk_owners()).unwrap();
    assert_eq!(owner.last().unwrap().owner(), Some("siti"));
    assert!(!world.get("/shift", &siti).await.body.contains("<option>budi</option>"));
}
