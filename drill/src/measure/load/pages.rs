//! An open page: it is told of news on a stream, and asks for itself again.

use std::{
    io,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use pantau_core::env::Clock as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    time::timeout,
};

use super::{AFTER, Seen, ask};

/// The words before the row of the log up to which a page speaks.
const THROUGH: &str = "isi log sampai baris ";

/// Keeps the overview open until nothing arrives any more and, where it reads how far the page speaks, until it shows
/// all that arrived.
pub(super) async fn stay(seen: Arc<Seen>, cookie: String, reads: bool) {
    let (told, mut news) = watch::channel(Duration::ZERO);
    let listening = tokio::spawn(listen(Arc::clone(&seen), cookie.clone(), told));
    // A browser takes pages packed; a reader cannot unpack them.
    let headers = format!("Cookie: {cookie}\r\n{}", if reads { "" } else { "Accept-Encoding: gzip, br\r\n" });
    let mut shown = 0;
    while timeout(AFTER, news.changed()).await.is_ok_and(|more| more.is_ok()) {
        let told_at = *news.borrow_and_update();
        if let Some(through) = look(&seen, &headers, reads).await {
            shown = settle(&seen, shown, through, told_at);
        }
        let is_over = seen.is_over.load(SeqCst);
        if is_over && (!reads || shown == seen.accepted().len()) {
            listening.abort();
            return;
        }
    }
    listening.abort();
    if reads && shown < seen.accepted().len() {
        seen.fail(&format!("an open page never showed {} of what arrived", seen.accepted().len() - shown));
    }
}

/// Asks for the overview; up to which row it speaks, where that is read.
async fn look(seen: &Seen, headers: &str, reads: bool) -> Option<u64> {
    let started = seen.clock.monotonic();
    let page = match ask::get(seen.addr, "/", headers).await {
        Ok(page) if page.status == 200 && !page.body.is_empty() => page,
        Ok(page) => {
            seen.fail(&format!("an overview: status {}", page.status));
            return None;
        }
        Err(error) => {
            seen.fail(&format!("an overview: {error}"));
            return None;
        }
    };
    Seen::add(&seen.overview_ms, (seen.clock.monotonic() - started).as_secs_f64() * 1e3);
    if !reads {
        return None;
    }
    // Before the first record it speaks of nothing.
    page.text().split_once(THROUGH).and_then(|(_, rest)| number(rest))
}

/// `12.345` at the start of a text.
fn number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.get(..end)?.replace('.', "").parse().ok()
}

/// Of what arrived and is shown now for the first time, the seconds until the event that told of it.
fn settle(seen: &Seen, shown: usize, through: u64, told_at: Duration) -> usize {
    let all = seen.accepted();
    let new = all.iter().skip(shown).take_while(|accepted| accepted.position <= through);
    let waited = new.map(|accepted| told_at.saturating_sub(accepted.at).as_secs_f64());
    waited.map(|seconds| Seen::add(&seen.page_s, seconds)).count() + shown
}

/// Tells when news came, until the stream ends.
async fn listen(seen: Arc<Seen>, cookie: String, told: watch::Sender<Duration>) {
    if let Err(error) = follow(&seen, &cookie, &told).await {
        seen.fail(&format!("a stream of news: {error}"));
    }
}

async fn follow(seen: &Seen, cookie: &str, told: &watch::Sender<Duration>) -> io::Result<()> {
    let mut line = TcpStream::connect(seen.addr).await?;
    let head = format!("GET /live HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", seen.addr);
    line.write_all(head.as_bytes()).await?;
    let (mut came, mut part, mut is_open) = (String::new(), vec![0; 4 << 10], false);
    loop {
        let n = line.read(&mut part).await?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        came += &String::from_utf8_lossy(part.get(..n).unwrap_or_default());
        if !is_open && came.contains("\r\n\r\n") {
            is_open = came.starts_with("HTTP/1.1 200");
            if came.starts_with("HTTP/1.1 503") {
                seen.refused.fetch_add(1, SeqCst);
                return Ok(());
            }
            if !is_open {
                return Err(io::Error::other(came.lines().next().unwrap_or_default().to_owned()));
            }
        }
        // An event ends with an empty line; what is read is done with.
        while let Some(end) = came.find("\n\n") {
            if came.get(..end).is_some_and(|event| event.contains("event: news")) {
                told.send_replace(seen.clock.monotonic());
            }
            came.drain(..end + 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_how_far_it_speaks() {
        assert_eq!(number("12.345<span"), Some(12_345));
        assert_eq!(number("7"), Some(7));
        assert_eq!(number("<b>"), None);
    }
}
