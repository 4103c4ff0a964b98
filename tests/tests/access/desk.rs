//! The desk's forms against real phones: a code of a page enrols one, a directive of a page reaches it and its answer
//! comes back, and after it was revoked on the page it reads nothing more.

use std::net::SocketAddr;

use pantau_core::{EnrolOutcome, NewRecord, Phone, SyncEnd};
use pantau_protocol::{
    body::{Body, Progress, Situation, Standby},
    role::Role,
};
use pantau_tests::{place, sync};

use crate::{
    rig::{Direct, Rig},
    web::{self, Page, ask, get},
};

const OFFICER: &str = "/officer/70";
const NEW: &str = "/directive/new";

/// The text behind a mark on a page, up to the next tag or quotation mark.
fn behind<'p>(page: &'p Page, mark: &str) -> &'p str {
    let (_, rest) = page.body.split_once(mark).unwrap_or_else(|| panic!("no {mark}: {}", page.body));
    rest.split(['<', '"']).next().unwrap()
}

fn value<'p>(page: &'p Page, name: &str) -> &'p str {
    behind(page, &format!("name=\"{name}\" value=\""))
}

async fn post(to: SocketAddr, at: &str, cookie: &str, form: &str) -> Page {
    ask(to, "POST", at, cookie, Some(form)).await
}

fn stands_by(phone: &Phone) {
    let body = Body::Standby(Standby { present: 7, team: 7, situation: Situation::Calm, no_obstacle: false });
    phone.capture(NewRecord::new(place("62.06.13"), body)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_enrolled_directed_and_revoked_from_the_desk() {
    let rig = Rig::memory(91);
    rig.officer(70, Role::Camat, "62.06.13");
    web::operator_with(&rig, "siti", false, pantau_log::store::Rights::Admin);
    let running = rig.serve().await;
    let to = running.addr().unwrap();
    let cookie = web::signed_in(&rig, "siti");

    // The code that the page shows is all that the phone is given.
    let page = get(to, OFFICER, &cookie).await;
    let form = format!("csrf={}&act=code&hours=72&url=https%3A%2F%2Fdesk.example", page.csrf());
    let made = post(to, OFFICER, &cookie, &form).await;
    assert_eq!(
        (made.status, made.header("cache-control"), made.header("etag")),
        (200, Some("no-store"), None)
    );
    let (handle, secret) = behind(&made, "mono code\">").split_once(' ').unwrap();
    let phone = rig.open(&rig.clock, Direct::to(&rig.server));
    let outcome = phone.enrol_typed("https://desk.example", handle, secret).await.unwrap();
    assert!(matches!(outcome, EnrolOutcome::Enrolled(ref who) if who.officer == 70), "{outcome:?}");
    assert_eq!(sync(&phone).await, SyncEnd::Done);

    // A directive of the page is a task of the phone.
    let form = get(to, NEW, &cookie).await;
    let due = behind(&form, "id=\"due\" name=\"due\" value=\"").replace(":", "%3A");
    let typed =
        format!("csrf={}&to=role&role=Camat&place=62.06.13&text=Kunjungi+semua+TPS&due={due}", form.csrf());
    let seen = post(to, NEW, &cookie, &typed).await;
    let (who, count) = (value(&seen, "who"), value(&seen, "count"));
    let given = post(to, NEW, &cookie, &format!("{typed}&step=give&who={who}&count={count}")).await;
    assert_eq!(given.status, 303, "{}", given.body);
    let at = given.header("location").unwrap().split('?').next().unwrap().to_owned();
    let row = async |to| {
        let page = get(to, &at, &cookie).await;
        page.body.split("<tr>").find(|row| row.contains("href=\"/officer/70\"")).map(str::to_owned).unwrap()
    };
    assert!(row(to).await.contains("belum dipastikan"), "nobody has seen it");
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    let tasks = phone.directives().unwrap().to_do;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].text.as_deref(), Some("Kunjungi semua TPS"));
    assert!(row(to).await.contains("belum dipastikan"), "it was sent, and nothing shows that it arrived");
    rig.clock.pass(1);
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    let confirmed = row(to).await;
    assert!(
        confirmed.contains("sudah diterima perangkat") && confirmed.contains("belum menjawab"),
        "{confirmed}"
    );
    phone.report_progress(tasks[0].id, Progress::Done, Some("sudah".into()), None).unwrap();
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    rig.server.follow().unwrap();
    let page = get(to, &at, &cookie).await;
    assert!(page.body.contains("tag good\">selesai"), "{}", page.body);

    // Revoked on the page, it is told so at its next call, and what it sends counts no more.
    stands_by(&phone);
    let page = get(to, OFFICER, &cookie).await;
    let device = value(&page, "device").to_owned();
    let form = format!("csrf={}&act=revoke&device={device}", page.csrf());
    let asked = post(to, OFFICER, &cookie, &form).await;
    let seen = value(&asked, "seen");
    let done = post(to, OFFICER, &cookie, &format!("{form}&seen={seen}&why=Hilang")).await;
    assert_eq!(done.header("location"), Some("/officer/70?done=revoke"), "{}", done.body);
    assert_eq!(sync(&phone).await, SyncEnd::Revoked);
    rig.server.follow().unwrap();
    let page = get(to, OFFICER, &cookie).await;
    assert!(page.body.contains("tag bad\">dicabut"), "{}", page.body);
    let state = rig.server.places().unwrap().state(&place("62.06.13")).unwrap();
    assert!(state.standby.is_none(), "evidence, which no figure has");
    running.shutdown().await;
}
