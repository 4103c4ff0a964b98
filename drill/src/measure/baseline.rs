//! What a user would pick instead: a plain SQLite insert, a plain zstd POST. Both as lean as they can be.

use std::{
    io::{BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use pantau_core::env::{Clock as _, SystemClock};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{child, workload};
use crate::stage::DrillError;

/// Longest body it takes, as a guard against a broken client.
const BODY_BYTES: usize = 64 << 20;

/// A table of texts in SQLite, one durable transaction a row.
#[derive(Debug)]
pub struct Plain(Connection);

impl Plain {
    /// Opens or makes the file: WAL, `synchronous=FULL`.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn open(file: &Path) -> Result<Self, DrillError> {
        let c = Connection::open(file).map_err(DrillError::around)?;
        c.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;",
        )
        .map_err(DrillError::around)?;
        Ok(Self(c))
    }

    /// Inserts one row durably.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn insert(&self, content: &str) -> Result<(), DrillError> {
        let mut q = self.0.prepare_cached("INSERT INTO record (content) VALUES (?1)");
        let done = q.as_mut().map(|q| q.execute(params![content]));
        match done {
            Ok(done) => done.map(|_| ()).map_err(DrillError::around),
            Err(e) => Err(DrillError::around(e)),
        }
    }

    fn insert_lines(&mut self, text: &str) -> Result<(), DrillError> {
        let tx = self.0.transaction().map_err(DrillError::around)?;
        for line in text.lines() {
            tx.prepare_cached("INSERT INTO record (content) VALUES (?1)")
                .and_then(|mut q| q.execute(params![line]))
                .map_err(DrillError::around)?;
        }
        tx.commit().map_err(DrillError::around)
    }
}

/// Takes zstd bodies of lines, one connection after the other, and answers when they are durable.
pub(super) fn serve(file: &Path, listen: SocketAddr) -> Result<(), DrillError> {
    let mut plain = Plain::open(file)?;
    let listener = TcpListener::bind(listen).map_err(DrillError::around)?;
    let addr = listener.local_addr().map_err(DrillError::around)?;
    child::say(&json!({ "addr": addr.to_string() }));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A broken client is its own fault; the next one is served.
            let _ = take(stream, &mut plain);
        }
    });
    for _ in child::commands() {
        child::say(&json!({ "peak_mb": child::peak_mb() }));
    }
    Ok(())
}

fn take(stream: TcpStream, plain: &mut Plain) -> Result<(), DrillError> {
    let mut reader = BufReader::new(stream.try_clone().map_err(DrillError::around)?);
    let body = read_message(&mut reader)?;
    let text = zstd::decode_all(body.as_slice()).map_err(DrillError::around)?;
    plain.insert_lines(&String::from_utf8_lossy(&text))?;
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").map_err(DrillError::around)
}

/// Reads one HTTP message and returns its body.
fn read_message(reader: &mut impl std::io::BufRead) -> Result<Vec<u8>, DrillError> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        let n = reader.read_line(&mut line).map_err(DrillError::around)?;
        if n == 0 {
            return Err(DrillError::around("the connection ended in a head"));
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    if length > BODY_BYTES {
        return Err(DrillError::around("a body over the limit"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).map_err(DrillError::around)?;
    Ok(body)
}

/// Posts lines as asked: `post LEVEL FROM COUNT`.
pub(super) fn post_all(to: SocketAddr, ndjson: Option<&Path>) -> Result<(), DrillError> {
    let all = workload::load(ndjson)?;
    let clock = SystemClock::new();
    child::say(&json!({}));
    for words in child::commands() {
        let number = |n: usize| words.get(n).and_then(|w| w.parse::<usize>().ok()).unwrap_or(0);
        let (level, from, count) = (number(1), number(2), number(3));
        let started = clock.monotonic();
        let lines: String = all.iter().skip(from).take(count).map(|c| format!("{}\n", c.json)).collect();
        let body = zstd::encode_all(lines.as_bytes(), i32::try_from(level).unwrap_or(9))
            .map_err(DrillError::around)?;
        let up = post(to, &body)?;
        let seconds = (clock.monotonic() - started).as_secs_f64();
        child::say(&json!({ "seconds": seconds, "up": up, "peak_mb": child::peak_mb() }));
    }
    Ok(())
}

/// Posts one body over a fresh connection; returns the bytes sent.
fn post(to: SocketAddr, body: &[u8]) -> Result<usize, DrillError> {
    let mut stream = TcpStream::connect(to).map_err(DrillError::around)?;
    let _ = stream.set_nodelay(true);
    stream.set_read_timeout(Some(Duration::from_secs(300))).map_err(DrillError::around)?;
    let head = format!(
        "POST /records HTTP/1.1\r\nhost: {to}\r\ncontent-encoding: zstd\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let message = [head.as_bytes(), body].concat();
    stream.write_all(&message).map_err(DrillError::around)?;
    read_message(&mut BufReader::new(stream))?;
    Ok(message.len())
}
