//! A small province for the tests: a server in memory, a clock that only tests move, an officer's phone.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body as HttpBody, to_bytes},
    http::{Request as HttpRequest, Response, StatusCode, header},
};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_protocol::{
    body::{Body, Device},
    cbor,
    exchange::{Head, Request},
    frame::{self, FrameKind, Sender},
    journal::{Link, first_link},
    keys::SecretKey,
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    record::Record,
    segment::{Segment, SentRecord, Span},
};
use tower::ServiceExt as _;

use crate::auth::password;
use pantau_log::{
    Env, Identity, Server,
    author::{self, NewDeskRecord},
    import::{self, Files, Source},
    ops::{self, InitOptions},
    store::{self, MemoryStore, Operator},
};

pub(super) const NOW: i64 = 1_707_800_000;
pub(super) const PASSWORD: &str = "tiang bendera merah";
pub(super) const CAMAT: u32 = 7;

pub(super) struct World {
    pub(super) server: Arc<Server>,
    pub(super) clock: Arc<HandClock>,
    pub(super) router: Router,
}

/// The phone of one officer.
pub(super) struct Phone {
    pub(super) key: SecretKey,
    seq: u64,
    link: Link,
}

pub(super) fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Kabupaten Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n";
const TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
    62.06.13.2001,001,271,140,131,,,very_remote,none\n62.06.13.2001,002,200,,,,,remote,weak\n";
const OFFICERS: &str =
    "number,name,phone,role,place\n7,<b>Siti & Rahma</b>,0811,Camat,62.06.13\n8,Budi,,Viewer,62\n";

impl World {
    /// A server with an operator and nothing else.
    pub(super) fn empty() -> Self {
        let clock = Arc::new(HandClock::at(NOW));
        let env = Env { clock: clock.clone(), entropy: Arc::new(SeededEntropy::new(0, 0)) };
        let identity = Identity::create(&env).unwrap();
        let memory = Box::new(MemoryStore::default());
        let options = InitOptions { regions: vec![place("62")], desk_name: "Desk Kalteng".into() };
        let server = ops::init_with(&env, memory, identity, None, &options).unwrap();
        let operator = Operator {
            username: "siti".into(),
            password_hash: password::hash(PASSWORD, &[7; 16]).unwrap(),
            created_at: NOW,
            disabled: false,
        };
        store::write(server.store(), |tx| tx.put_operator(&operator)).unwrap();
        let router = crate::router(Arc::clone(&server), false).unwrap();
        Self { server, clock, router }
    }

    /// The same with a province, its camat and a phone that has reported.
    pub(super) fn with_data() -> (Self, Phone) {
        let world = Self::empty();
        world.import(REGIONS, TPS, OFFICERS);
        let phone = world.enrol(CAMAT);
        (world, phone)
    }

    pub(super) fn import(&self, regions: &str, tps: &str, officers: &str) {
        let source = |name, text: &'static str| Some(Source { name, bytes: text.as_bytes() });
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let files = Files {
            regions: source("regions", leak(regions)),
            tps: source("tps", leak(tps)),
            officers: source("officers", leak(officers)),
            ..Files::default()
        };
        let mut content = import::parse(&files).unwrap();
        content.decided.synthetic = true;
        content.profile = pantau_protocol::profile::Profile::shipped().into_iter().next();
        content.checklists = pantau_protocol::checklist::Checklist::shipped();
        let plan = {
            let known = self.server.known().unwrap();
            import::plan(&content, &import::known(&known)).unwrap()
        };
        import::apply(&self.server, plan).unwrap();
    }

    pub(super) fn enrol(&self, officer: u32) -> Phone {
        let key = SecretKey::from_seed(&[officer as u8; 32]);
        let public = key.public();
        let body = Body::Device(Device {
            device: public.device_id(),
            public_key: public.0,
            officer,
            predecessor: None,
            regions: vec![place("62.06.13")],
        });
        author::append(&self.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), body)]).unwrap();
        Phone { link: first_link(&public.0), key, seq: 0 }
    }

    pub(super) fn move_clock(&self, seconds: i64) {
        self.clock.pass(seconds);
    }

    /// Sends a request as a browser would.
    pub(super) async fn send(&self, request: HttpRequest<HttpBody>) -> Answer {
        let reply = self.router.clone().oneshot(request).await.unwrap();
        Answer::read(reply).await
    }

    pub(super) async fn get(&self, path: &str, cookies: &str) -> Answer {
        let request = HttpRequest::get(path).header(header::COOKIE, cookies);
        self.send(request.body(HttpBody::empty()).unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, cookies: &str, form: &str) -> Answer {
        let request = HttpRequest::post(path)
            .header(header::COOKIE, cookies)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(HttpBody::from(form.to_owned())).unwrap()).await
    }

    /// Signs in and returns the cookie.
    pub(super) async fn sign_in(&self) -> String {
        let form = self.get("/sign-in", "").await;
        let sent = format!("csrf={}&username=siti&password={}", form.csrf(), PASSWORD.replace(' ', "+"));
        let answer = self.post("/sign-in", &form.cookie(), &sent).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.cookie()
    }
}

impl Phone {
    /// Records bodies at a place, with notes, and delivers them.
    pub(super) fn say(&mut self, world: &World, at: i64, code: &str, body: &Body, notes: &[(Field, &str)]) {
        let notes: Vec<Note> = notes
            .iter()
            .map(|(field, text)| Note {
                field: *field,
                salt: Salt([self.seq as u8; 16]),
                text: (*text).into(),
            })
            .collect();
        let payload = Record::new(at, place(code), body).to_payload();
        let sent = SentRecord { payload, notes: notes.into_iter().map(CarriedNote::Whole).collect() };
        let segment = Segment { base: self.link.short(), seed: None, records: vec![sent] };
        let chain = segment.chain(&self.key.public().device_id(), self.seq + 1, &self.link);
        self.seq += 1;
        self.link = chain.last().unwrap().link;
        let span = Span { first: self.seq, count: 1, link: self.link };
        let mut request = Request::new(Head::new(self.seq, &self.link), world.server.now());
        request.segment = Some(segment);
        let bytes = cbor::to_vec(&request);
        let sealed =
            frame::seal(FrameKind::Request, &self.key, Sender::Known, Some(&span), frame::DICTIONARY, &bytes);
        pantau_log::exchange::answer(&world.server, &sealed).unwrap();
    }
}

/// A reply, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: String,
}

impl Answer {
    async fn read(reply: Response<HttpBody>) -> Self {
        let (parts, body) = reply.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.unwrap();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// All cookies it sets, as the browser would send them back.
    pub(super) fn cookie(&self) -> String {
        let all = self.headers.get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap());
        all.map(|v| v.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    /// The form token of the page.
    pub(super) fn csrf(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    pub(super) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}
