//! A browser of few words: one request on a connection of its own.

use std::net::SocketAddr;

use pantau_desk::auth::session;
use pantau_log::store::{self, Operator, Rights};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::rig::Rig;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Page {
    /// A header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|l| l.split_once(": "));
        pairs.filter(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v).next()
    }

    /// All cookies it sets, as a browser sends them back.
    pub(crate) fn cookies(&self) -> String {
        let lines = self.head.lines().filter_map(|l| l.split_once(": "));
        let set = lines.filter(|(k, _)| k.eq_ignore_ascii_case("set-cookie"));
        set.map(|(_, v)| v.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    /// The form token in it.
    pub(crate) fn csrf(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

/// Sends a request as it is written and reads until the server closes.
pub(crate) async fn ask(
    to: SocketAddr,
    method: &str,
    target: &str,
    cookies: &str,
    form: Option<&str>,
) -> Page {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: desk\r\nconnection: close\r\n");
    if !cookies.is_empty() {
        text += &format!("cookie: {cookies}\r\n");
    }
    if let Some(form) = form {
        text +=
            &format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", form.len());
    }
    text += "\r\n";
    text += form.unwrap_or_default();
    let mut stream = TcpStream::connect(to).await.unwrap();
    // A server that refuses early may close before it has read all.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    read(&answer)
}

/// Reads as a program with a token does.
pub(crate) async fn read_by(to: SocketAddr, target: &str, token: &str) -> Page {
    // Cookies are the last header of the request.
    ask(to, "GET", target, &format!("a=b\r\nauthorization: Bearer {token}"), None).await
}

/// Reads a page.
pub(crate) async fn get(to: SocketAddr, target: &str, cookies: &str) -> Page {
    ask(to, "GET", target, cookies, None).await
}

fn read(answer: &[u8]) -> Page {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut body = answer.get(end + 4..).unwrap_or_default().to_vec();
    let head_lower = head.to_ascii_lowercase();
    if head_lower.contains("transfer-encoding: chunked") {
        assert!(head_lower.contains("content-type: text/csv"), "pages have a length");
        body = whole(&body).unwrap_or_else(|| panic!("the answer was cut:\n{head}"));
    }
    Page { status, head, body: String::from_utf8_lossy(&body).into_owned() }
}

/// A body in chunks; `None` for one without its end.
fn whole(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + length)?);
        rest = rest.get(end + 4 + length..)?;
    }
}

/// Lets somebody work at the desk.
pub(crate) fn operator(rig: &Rig, username: &str, disabled: bool) {
    operator_with(rig, username, disabled, Rights::Desk);
}

/// The same with some rights.
pub(crate) fn operator_with(rig: &Rig, username: &str, disabled: bool, rights: Rights) {
    let operator = Operator {
        disabled,
        ..Operator::new(
            username,
            "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            rig.clock.now(),
            rights,
        )
    };
    store::write(rig.server.store(), |tx| tx.put_operator(&operator)).unwrap();
}

/// Signs somebody in without asking for a password; the cookie.
pub(crate) fn signed_in(rig: &Rig, username: &str) -> String {
    let id: [u8; 32] = rig.server.env().random().unwrap();
    let now = rig.clock.now();
    store::write(rig.server.store(), |tx| session::open(tx, &id, username, now)).unwrap();
    format!("pantau_session={}", pantau_protocol::hash::hex(&id))
}
