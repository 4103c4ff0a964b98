//! One request on a connection of its own, as the desk's pages are asked for.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// An answer that takes longer counts as none.
const LONGEST: Duration = Duration::from_secs(30);

/// An answer. Its body is as it came: packed where that was asked for.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The values of a header.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// What it says, where it is not packed.
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The text between two others.
    pub(super) fn between(&self, before: &str, after: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    }
}

/// `GET`, with headers of whoever asks, each on a line.
pub(super) async fn get(to: SocketAddr, path: &str, headers: &str) -> io::Result<Answer> {
    ask(to, format!("GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{headers}\r\n")).await
}

/// `POST` of a form.
pub(super) async fn post(to: SocketAddr, path: &str, headers: &str, form: &str) -> io::Result<Answer> {
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let head = format!("POST {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{headers}{kind}\r\n");
    ask(to, format!("{head}Content-Length: {}\r\n\r\n{form}", form.len())).await
}

async fn ask(to: SocketAddr, request: String) -> io::Result<Answer> {
    let whole = async {
        let mut line = TcpStream::connect(to).await?;
        line.write_all(request.as_bytes()).await?;
        let mut came = Vec::new();
        line.read_to_end(&mut came).await?;
        Ok::<_, io::Error>(came)
    };
    let came = timeout(LONGEST, whole).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    read(came).ok_or_else(|| io::Error::other("no answer of a server"))
}

fn read(mut came: Vec<u8>) -> Option<Answer> {
    let end = came.windows(4).position(|four| four == b"\r\n\r\n")?;
    let body = came.split_off(end + 4);
    let head = String::from_utf8(came).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let came = b"HTTP/1.1 303 See Other\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n<p>x</p>".to_vec();
        let answer = read(came).unwrap();
        assert_eq!((answer.status, answer.all("set-cookie").collect::<Vec<_>>()), (303, vec!["a=1", "b=2"]));
        assert_eq!(answer.between("<p>", "</p>").as_deref(), Some("x"));
        assert!(read(b"nothing".to_vec()).is_none());
    }
}
