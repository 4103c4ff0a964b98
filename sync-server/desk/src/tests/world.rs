//! A small province for the tests: a server in memory, a clock that only tests move, an officer's phone.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body as HttpBody, to_bytes},
    http::{Request as HttpRequest, Response, StatusCode, header},
};
use pantau_env::fake::HandClock;
use pantau_protocol::{
    body::{Body, CustodyKind, Device, Line, LineState, Receive, Rest},
    note::{CarriedNote, Field, Note},
    record::Record,
};
use tower::ServiceExt as _;

use crate::auth::password;
use pantau_log::{
    Server,
    author::{self, NewDeskRecord},
    import::{self, Files, Source},
    rig::{NOW, Phone, Rig, place},
    store::{self, Operator},
};

pub(super) const PASSWORD: &str = "tiang bendera merah";
pub(super) const CAMAT: u32 = 7;

pub(super) struct World {
    pub(super) server: Arc<Server>,
    pub(super) clock: Arc<HandClock>,
    pub(super) router: Router,
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
        let Rig { server, clock, .. } = Rig::memory();
        let operator =
            Operator::new("siti", password::hash(PASSWORD, &[7; 16]).unwrap(), NOW, store::Rights::Admin);
        store::write(server.store(), |tx| tx.put_operator(&operator)).unwrap();
        let router = crate::router(Arc::clone(&server), crate::Site::default()).unwrap();
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
        let phone = Phone::new(u8::try_from(officer).unwrap());
        let public = phone.key.public();
        let body = Body::Device(Device {
            device: phone.device(),
            public_key: public.0,
            officer,
            predecessor: None,
            regions: vec![place("62.06.13")],
        });
        author::append(&self.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), body)]).unwrap();
        phone
    }

    /// Lets the officer of the phone say what came.
    pub(super) fn grant_field_officer(&self) {
        let grant = pantau_protocol::body::Grant {
            officer: CAMAT,
            role: pantau_protocol::role::Role::FieldOfficer,
            ended: false,
            new_person: false,
        };
        author::append(&self.server, vec![NewDeskRecord::new(NOW, place("62.06.13"), Body::Grant(grant))])
            .unwrap();
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
        self.sign_in_as("siti").await
    }

    /// The same for another operator with that password.
    pub(super) async fn sign_in_as(&self, name: &str) -> String {
        let form = self.get("/sign-in", "").await;
        let sent = format!("csrf={}&username={name}&password={}", form.csrf(), PASSWORD.replace(' ', "+"));
        let answer = self.post("/sign-in", &form.cookie(), &sent).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.cookie()
    }
}

/// Records a body at a place, with notes, and delivers it.
pub(super) fn say(
    phone: &mut Phone,
    world: &World,
    at: i64,
    code: &str,
    body: &Body,
    notes: &[(Field, &str)],
) {
    let notes =
        notes.iter().map(|(field, text)| CarriedNote::Whole(Note { field: *field, ..phone.note(text) }));
    let notes = notes.collect();
    phone.write_raw(Record::new(at, place(code), body).to_payload(), notes);
    let last = phone.last();
    phone.push(&world.server, last, last);
}

/// Goods that came to a TPS and were counted: of item 1 four pieces are good and one is damaged.
pub(super) fn arrival() -> Body {
    Body::Receive(Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::CountedAsExpected,
        lines: vec![Line { item: 1, state: LineState::Counted, good: 4, damaged: 1, missing: 0, kit: None }],
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    })
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
