//! A server that a proxy keeps under a path: `http://host/pantau`. The proxy takes the path off before it asks. A
//! phone enrols and sends by a code with that address, and a browser that follows every link of the desk never
//! leaves the path.

use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use pantau_core::{EnrolOutcome, SyncEnd, transport::HttpTransport};
use pantau_desk::{Site, auth::password};
use pantau_log::store::{self, Operator, Rights};
use pantau_protocol::enrol::Invitation;
use pantau_server::serve::{self, ServeConfig};
use pantau_tests::{World, sync, visit};

use crate::proxy::{Message, Proxy, Rule, ask};

const PREFIX: &str = "/pantau";
const PASSWORD: &str = "tiang bendera merah";

/// Takes the path off; what is not under it belongs to another program of that host.
fn strip() -> Rule {
    let up = |request: &Message| {
        let mut request = request.clone();
        let (method, target) = request.first.split_once(' ').unwrap();
        let inside = target.strip_prefix(PREFIX).filter(|rest| rest.starts_with('/'));
        let target = inside.unwrap_or("/another-program HTTP/1.1");
        request.first = format!("{method} {target}");
        vec![request.bytes()]
    };
    Rule::rewrite(up, |_, answer| answer.bytes())
}

/// What a browser asks for, by the address it sees.
async fn browse(to: SocketAddr, method: &str, path: &str, cookies: &str, form: &str) -> Message {
    let request = Message { first: format!("{method} {path} HTTP/1.1"), ..Message::default() };
    let request = request.with("host", "kpu.example").with("cookie", cookies).with("connection", "close");
    let request = request.with("content-type", "application/x-www-form-urlencoded");
    ask(to, &request.with_body(form.as_bytes().to_vec()).bytes()).await.unwrap()
}

fn header<'a>(answer: &'a Message, name: &str) -> Vec<&'a str> {
    let fits = answer.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    fits.map(|(_, value)| value.as_str()).collect()
}

fn cookies(answer: &Message) -> String {
    let set = header(answer, "set-cookie");
    assert!(set.iter().all(|c| c.contains("; Path=/pantau;") && c.starts_with("__Secure-")), "{set:?}");
    set.iter().map(|c| c.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

fn body(answer: &Message) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The values of an attribute on a page.
fn links(page: &str, attribute: &str) -> Vec<String> {
    let start = format!(" {attribute}=\"");
    let parts = page.split(&start).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&")).collect()
}

fn is_status(answer: &Message, status: &str) -> bool {
    answer.first.split(' ').nth(1) == Some(status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_under_a_path_serves_phones_and_browsers() {
    let world = World::in_memory(1).await;
    let server = world.server();
    let site = Site::new(Some("https://kpu.example/pantau/"), false).unwrap();
    let pages = pantau_desk::router(Arc::clone(&server), site).unwrap();
    let listener = serve::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let config = ServeConfig { drain: Duration::ZERO, ..ServeConfig::default() };
    let running = serve::start(Arc::clone(&server), config, vec![listener], Some(pages)).unwrap();
    let proxy = Proxy::open(running.addr().unwrap()).await;
    proxy.obey(strip());

    let phone = world.open("camat", Arc::new(HttpTransport::new().unwrap()));
    let url = format!("http://{}{PREFIX}", proxy.addr);
    let code = Invitation { url, ..world.code(1).await };
    let code = Invitation::parse(&code.to_text()).unwrap();
    assert!(matches!(phone.enrol(&code).await, Ok(EnrolOutcome::Enrolled(_))));
    visit(&phone, "62.06.13.2001/001", "jembatan baik");
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    assert_eq!(phone.unsent().unwrap().records, 0);

    let operator = Operator::new("siti", password::hash(PASSWORD, &[7; 16]).unwrap(), 0, Rights::Desk);
    store::write(server.store(), |tx| tx.put_operator(&operator)).unwrap();
    server.follow().unwrap();
    let session = signed_in(proxy.addr).await;
    every_link_stays(proxy.addr, &session).await;
    running.shutdown().await;
}

/// Signs in as a browser does, by the form that the page names; the cookies.
async fn signed_in(to: SocketAddr) -> String {
    let sent = browse(to, "GET", "/pantau/tps/62.06.13.2001/001", "", "").await;
    let way = header(&sent, "location")[0].to_owned();
    assert_eq!(way, "/pantau/sign-in?next=/tps/62.06.13.2001/001");
    let form = browse(to, "GET", &way, "", "").await;
    let page = body(&form);
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let token = rest.split('"').next().unwrap();
    let action = links(&page, "action").into_iter().next().unwrap();
    assert_eq!(action, "/pantau/sign-in");
    let sent = format!(
        "csrf={token}&next=/tps/62.06.13.2001/001&username=siti&password={}",
        PASSWORD.replace(' ', "+")
    );
    let welcome = browse(to, "POST", &action, &cookies(&form), &sent).await;
    assert_eq!(header(&welcome, "location"), ["/pantau/tps/62.06.13.2001/001"], "{}", body(&welcome));
    cookies(&welcome)
}

/// Follows every link that can be reached.
async fn every_link_stays(to: SocketAddr, session: &str) {
    let first = "/pantau/".to_owned();
    let (mut seen, mut next) = (BTreeSet::from([first.clone()]), VecDeque::from([first]));
    while let Some(path) = next.pop_front() {
        // Whoever is signed in is sent on from the sign-in.
        let session = if path.starts_with("/pantau/sign-in") { "" } else { session };
        let answer = browse(to, "GET", &path, session, "").await;
        assert!(is_status(&answer, "200"), "{path}: {}", answer.first);
        let is_page = header(&answer, "content-type").iter().any(|kind| kind.starts_with("text/html"));
        let page = if is_page { body(&answer) } else { String::new() };
        for action in links(&page, "action") {
            assert!(action.starts_with("/pantau/"), "{path}: {action}");
        }
        for live in links(&page, "hx-sse:connect") {
            assert_eq!(live, "/pantau/live", "{path}");
        }
        for link in links(&page, "href").into_iter().chain(links(&page, "src")) {
            if link.starts_with('#') || link.starts_with("tel:") {
                continue;
            }
            assert!(link.starts_with("/pantau/"), "{path}: {link}");
            if seen.insert(link.clone()) {
                next.push_back(link);
            }
        }
    }
    for page in ["/pantau/tps/62.06.13.2001/001", "/pantau/officers"] {
        assert!(seen.contains(page), "{page} was not reached: {seen:?}");
    }
    let is_style = |path: &String| path.starts_with("/pantau/assets/") && path.ends_with("/desk.css");
    assert!(seen.iter().any(is_style), "the style sheet was not reached: {seen:?}");
}
