//! The network of a game: it carries frames to the server by a call, and does to them what real networks
//! do. Nothing here waits: a transfer rests a number of polls, so that a sync can be dropped in between.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::Poll,
};

use fastrand::Rng;
use pantau_core::transport::{Answer, BoxFuture, Post, Transport, TransportError};
use pantau_env::fake::HandClock;
use pantau_log::{Server, enrol, exchange};

use crate::trace::Trace;

/// Frames the network remembers, to deliver them late or again.
const MEMORY: usize = 24;

/// What all lines share.
#[derive(Default)]
pub(crate) struct Net {
    pub(crate) trace: Trace,
    server: Mutex<Option<Arc<Server>>>,
    faulty: AtomicBool,
    /// Requests whose sender gave up before they arrived.
    late: Mutex<VecDeque<Frame>>,
    /// Requests that arrived some time.
    seen: Mutex<VecDeque<Frame>>,
    /// Answers that were given to anybody.
    answers: Mutex<VecDeque<Answer>>,
}

#[derive(Clone)]
struct Frame {
    is_enrolment: bool,
    body: Vec<u8>,
}

impl Net {
    /// Faults begin or end.
    pub(crate) fn set_faulty(&self, faulty: bool) {
        self.faulty.store(faulty, SeqCst);
    }

    /// The server that answers from now on; `None` while it is down.
    pub(crate) fn set_server(&self, server: Option<Arc<Server>>) {
        *self.server.lock().unwrap() = server;
    }

    /// A request arrives whose sender has long given up.
    pub(crate) fn deliver_late(&self) -> bool {
        let frame = self.late.lock().unwrap().pop_front();
        frame.is_some_and(|f| self.answer(&f).is_some())
    }

    /// An old request arrives once more.
    pub(crate) fn replay(&self, rng: &mut Rng) -> bool {
        let frame = any(&self.seen, rng);
        frame.is_some_and(|f| self.answer(&f).is_some())
    }

    /// What the server says to a frame; `None` if it is down.
    fn answer(&self, frame: &Frame) -> Option<Answer> {
        let server = self.server.lock().unwrap().clone()?;
        let made = if frame.is_enrolment {
            enrol::answer(&server, &frame.body)
        } else {
            exchange::answer(&server, &frame.body)
        };
        let answer = match made {
            Ok(body) => Answer { status: 200, body, ..Answer::default() },
            Err(exchange::NoAnswer::NotAFrame(_)) => Answer { status: 400, ..Answer::default() },
            Err(exchange::NoAnswer::Failed(e)) => panic!("the server failed: {e}"),
        };
        self.trace.add(&answer.body);
        remember(&self.seen, frame.clone());
        remember(&self.answers, answer.clone());
        Some(answer)
    }
}

fn remember<T>(memory: &Mutex<VecDeque<T>>, one: T) {
    let mut memory = memory.lock().unwrap();
    memory.push_back(one);
    if memory.len() > MEMORY {
        memory.pop_front();
    }
}

fn any<T: Clone>(memory: &Mutex<VecDeque<T>>, rng: &mut Rng) -> Option<T> {
    let memory = memory.lock().unwrap();
    (!memory.is_empty()).then(|| memory[rng.usize(..memory.len())].clone())
}

/// What happens to one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    NotReached,
    RequestLost,
    RequestLate,
    RequestTwice,
    RequestCutShort,
    RequestSpoilt,
    ReplyLost,
    ReplyCutShort,
    ReplySpoilt,
    ReplyOfOther,
    Portal,
    Busy,
    TooLong,
}

const FAULTS: [Fault; 13] = [
    Fault::NotReached,
    Fault::RequestLost,
    Fault::RequestLate,
    Fault::RequestTwice,
    Fault::RequestCutShort,
    Fault::RequestSpoilt,
    Fault::ReplyLost,
    Fault::ReplyCutShort,
    Fault::ReplySpoilt,
    Fault::ReplyOfOther,
    Fault::Portal,
    Fault::Busy,
    Fault::TooLong,
];

/// The line of one phone.
pub(crate) struct Line {
    net: Arc<Net>,
    clock: Arc<HandClock>,
    rng: Mutex<Rng>,
}

impl Line {
    pub(crate) fn new(net: &Arc<Net>, clock: &Arc<HandClock>, seed: u64) -> Self {
        Self { net: Arc::clone(net), clock: Arc::clone(clock), rng: Mutex::new(Rng::with_seed(seed)) }
    }

    fn draw(&self) -> Fault {
        let mut rng = self.rng.lock().unwrap();
        let is_hit = self.net.faulty.load(SeqCst) && rng.u8(..5) < 2;
        if is_hit { FAULTS[rng.usize(..FAULTS.len())] } else { Fault::None }
    }

    /// One transfer, there and back.
    pub(crate) fn carry(&self, post: &Post) -> Result<Answer, TransportError> {
        let fault = self.draw();
        self.net.trace.show(&fault);
        let mut frame = Frame { is_enrolment: post.url.ends_with("/v1/enrol"), body: post.body.clone() };
        let cut = || Err(TransportError::Cut("told so".into()));
        match fault {
            Fault::NotReached => return Err(TransportError::NotReached("told so".into())),
            Fault::RequestLost => return cut(),
            Fault::RequestLate => {
                remember(&self.net.late, frame);
                return cut();
            }
            Fault::RequestTwice => drop(self.net.answer(&frame)),
            Fault::RequestCutShort => self.cut_short(&mut frame.body),
            Fault::RequestSpoilt => self.spoil(&mut frame.body),
            Fault::Portal => {
                let body = b"<html><body>Selamat datang di WiFi Gratis</body></html>".to_vec();
                return Ok(Answer { status: 200, body, ..Answer::default() });
            }
            Fault::Busy => {
                return Ok(Answer { status: 503, retry_after_s: Some(7), ..Answer::default() });
            }
            Fault::TooLong => return Ok(Answer { status: 413, ..Answer::default() }),
            Fault::ReplyOfOther => {
                let other = any(&self.net.answers, &mut self.rng.lock().unwrap());
                return other.map_or_else(cut, Ok);
            }
            Fault::None | Fault::ReplyLost | Fault::ReplyCutShort | Fault::ReplySpoilt => {}
        }
        let answer = self.net.answer(&frame);
        let mut answer = answer.ok_or_else(|| TransportError::NotReached("the server is down".into()))?;
        match fault {
            Fault::ReplyLost => return cut(),
            Fault::ReplyCutShort => self.cut_short(&mut answer.body),
            Fault::ReplySpoilt => self.spoil(&mut answer.body),
            _ => {}
        }
        Ok(answer)
    }

    fn cut_short(&self, body: &mut Vec<u8>) {
        body.truncate(self.rng.lock().unwrap().usize(..=body.len()));
    }

    fn spoil(&self, body: &mut [u8]) {
        let mut rng = self.rng.lock().unwrap();
        if !body.is_empty() {
            body[rng.usize(..body.len())] ^= 1 << rng.u8(..8);
        }
    }

    /// Polls to rest, and seconds that pass meanwhile.
    fn delay(&self) -> (u8, u32) {
        let mut rng = self.rng.lock().unwrap();
        (rng.u8(..3), if self.net.faulty.load(SeqCst) { rng.u32(..20) } else { 0 })
    }
}

/// Rests for this many polls. Nobody is woken: games poll by hand.
async fn rest(mut polls: u8) {
    let rested = poll_fn(|_| {
        let left = polls.checked_sub(1);
        polls = left.unwrap_or(0);
        if left.is_some() { Poll::Pending } else { Poll::Ready(()) }
    });
    rested.await;
}

impl Transport for Line {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let (polls, seconds) = self.delay();
            rest(polls).await;
            self.clock.pass(seconds.into());
            let answer = self.carry(&post);
            rest(self.delay().0).await;
            answer
        })
    }
}
