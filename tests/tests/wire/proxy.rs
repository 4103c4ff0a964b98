//! A middlebox: it reads one whole request, does as its rule says, and closes the connection.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use pantau_core::transport::BoxFuture;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A message taken apart: first line and headers as they came, and the body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// An answer with a body and little more than its length.
    pub(crate) fn answer(status: u16, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..Self::default() }.status(status).sized().closing()
    }

    /// Says what the middlebox does: nobody then sends the next request into a connection that ends.
    fn closing(self) -> Self {
        self.with("connection", "close")
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.first = format!("HTTP/1.1 {status} Anything");
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    /// With the length of the body it has now.
    pub(crate) fn sized(self) -> Self {
        let length = self.body.len().to_string();
        self.without("content-length").with("content-length", &length)
    }

    pub(crate) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self.sized()
    }

    /// With its body in chunks of at most `most` bytes.
    pub(crate) fn chunked(mut self, most: usize) -> Self {
        let mut body = Vec::new();
        for chunk in self.body.chunks(most) {
            body.extend_from_slice(format!("{:x};a=b\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\nx-trailer: ya\r\n\r\n");
        self.body = body;
        self.without("content-length").with("transfer-encoding", "chunked")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{}\r\n", self.first);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// What goes to the server, for a request of the phone.
type Up = Box<dyn Fn(&Message) -> Vec<Vec<u8>> + Send + Sync>;
/// What goes to the phone, given what the server said to each; `None` breaks the connection.
type Down = Box<dyn Fn(Message, Vec<Message>) -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync>;

/// What the middlebox does.
pub(crate) struct Rule {
    up: Up,
    down: Down,
}

impl Rule {
    pub(crate) fn new(up: Up, down: Down) -> Self {
        Self { up, down }
    }

    /// Everything passes.
    pub(crate) fn pass() -> Self {
        Self::change(|_, answer| answer.bytes())
    }

    /// The server never sees the request.
    pub(crate) fn instead(bytes: Vec<u8>) -> Self {
        Self::new(
            Box::new(|_| Vec::new()),
            Box::new(move |_, _| {
                let bytes = bytes.clone();
                Box::pin(async move { Some(bytes) })
            }),
        )
    }

    /// The answer is another than the server gave.
    pub(crate) fn change(change: impl Fn(&Message, Message) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::rewrite(|request| vec![request.bytes()], change)
    }

    /// The server gets other requests than the phone sent; the answer to the last one counts.
    pub(crate) fn rewrite(
        up: impl Fn(&Message) -> Vec<Vec<u8>> + Send + Sync + 'static,
        change: impl Fn(&Message, Message) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self::new(
            Box::new(up),
            Box::new(move |request, mut answers| {
                let bytes = answers.pop().map(|answer| change(&request, answer));
                Box::pin(async move { bytes })
            }),
        )
    }
}

/// The middlebox.
pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: Mutex<SocketAddr>,
    rule: Mutex<Arc<Rule>>,
    calls: AtomicU64,
    /// The last request that came, and the last answer of the server.
    last: Mutex<(Message, Message)>,
}

impl Proxy {
    pub(crate) async fn open(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            rule: Mutex::new(Arc::new(Rule::pass())),
            calls: AtomicU64::new(0),
            last: Mutex::default(),
        });
        let all = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                tokio::spawn(carry(phone, Arc::clone(&all)));
            }
        });
        Self { addr, shared }
    }

    /// From now on.
    pub(crate) fn obey(&self, rule: Rule) {
        *self.shared.rule.lock().unwrap() = Arc::new(rule);
    }

    /// The server is elsewhere now.
    pub(crate) fn aim(&self, target: SocketAddr) {
        *self.shared.target.lock().unwrap() = target;
    }

    /// Requests so far.
    pub(crate) fn calls(&self) -> u64 {
        self.shared.calls.load(SeqCst)
    }

    /// The last request that came, and the server's last answer.
    pub(crate) fn last(&self) -> (Message, Message) {
        self.shared.last.lock().unwrap().clone()
    }
}

async fn carry(mut phone: TcpStream, shared: Arc<Shared>) {
    let _ = phone.set_nodelay(true);
    let Some(request) = read(&mut phone).await else { return };
    shared.calls.fetch_add(1, SeqCst);
    shared.last.lock().unwrap().0 = request.clone();
    let rule = Arc::clone(&shared.rule.lock().unwrap());
    let target = *shared.target.lock().unwrap();
    let mut answers = Vec::new();
    for bytes in (rule.up)(&request) {
        let answer = ask(target, &bytes).await;
        if let Some(answer) = &answer {
            shared.last.lock().unwrap().1 = answer.clone();
        }
        answers.extend(answer.map(Message::closing));
    }
    if let Some(bytes) = (rule.down)(request, answers).await {
        let _ = phone.write_all(&bytes).await;
        let _ = phone.shutdown().await;
    }
}

/// One request on a connection of its own, and what came back.
pub(crate) async fn ask(target: SocketAddr, request: &[u8]) -> Option<Message> {
    let mut server = TcpStream::connect(target).await.ok()?;
    let _ = server.set_nodelay(true);
    // A server that turns a request away may close before it has read all of it.
    let _ = server.write_all(request).await;
    read(&mut server).await
}

/// Reads one message: up to its length, or to the end where it names none and is an answer.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let first = lines.next()?.to_owned();
    let headers = lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned()));
    let headers: Vec<_> = headers.collect();
    let length = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-length"));
    let length: Option<usize> = length.and_then(|(_, v)| v.parse().ok());
    let mut body = bytes.split_off(end + 4);
    while length.is_none_or(|length| body.len() < length) {
        if !matches!(stream.read_buf(&mut body).await, Ok(1..)) {
            break;
        }
    }
    Some(Message { first, headers, body })
}
