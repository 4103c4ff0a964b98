//! What the server writes about its work: logs, counters, error replies.

use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock},
};

use pantau_core::transport::{HttpTransport, Post, Transport as _};
use pantau_log::{enrol, ops};
use pantau_protocol::{
    cbor,
    frame::{self, FrameKind, Sender},
    hash::hex,
};
use tracing_subscriber::{filter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{Aviary, BIRD, HERE, canary};
use crate::{
    hand::{redeem, redemption},
    web,
};

/// The whole log of this process, as the server would write it at its most talkative.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Log::default();
        let ours = filter::filter_fn(|m| m.target().starts_with("pantau") || m.target() == "canary");
        let writer = log.clone();
        let layer = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        tracing_subscriber::registry().with(ours).with(layer).init();
        log
    });
    log.clone()
}

/// The forms in which bytes get into a log: as text, in hexadecimal, as a list of numbers.
fn forms(text: &str) -> [String; 3] {
    let bytes = text.as_bytes();
    let list = bytes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    [text.to_owned(), hex(bytes), list]
}

fn hears(where_: &str, heard: &str, secrets: &[String]) {
    for secret in std::iter::once(BIRD.to_owned()).chain(secrets.iter().cloned()) {
        for form in forms(&secret) {
            let line = heard.lines().find(|l| l.contains(&form));
            assert!(line.is_none(), "{where_} says {secret:?}: {line:?}");
        }
    }
}

/// Requests of every bad kind, all of them with a canary inside.
async fn provoke(aviary: &mut Aviary, url: &str, to: std::net::SocketAddr) -> String {
    let http = HttpTransport::new().unwrap();
    let post = async |call: &str, body: Vec<u8>| {
        let within = std::time::Duration::from_secs(30);
        let post = Post { url: format!("{url}/v1/{call}"), body, within, strict_dates: false };
        http.post(post).await.map(|a| String::from_utf8_lossy(&a.body).into_owned()).unwrap_or_default()
    };
    let key = &aviary.hand.key;
    let text = canary("rusak").into_bytes();
    let sealed = |kind, sender, body: &[u8]| frame::seal(kind, key, sender, None, 1, body);
    let mut wrong = sealed(FrameKind::Request, Sender::Known, &text);
    let mut replies = String::new();
    for call in ["exchange", "enrol", "nowhere"] {
        replies += &post(call, text.clone()).await;
        replies += &post(call, sealed(FrameKind::Request, Sender::Known, &text)).await;
        replies += &post(call, sealed(FrameKind::Enrol, Sender::Introduced, &text)).await;
        replies +=
            &post(call, sealed(FrameKind::Enrol, Sender::Introduced, &cbor::to_vec(&canary("isi")))).await;
        wrong[80] ^= 1;
        replies += &post(call, wrong.clone()).await;
        replies += &post(call, [text.clone(), vec![0; 2 << 20]].concat()).await;
    }
    let name = canary("operator").replace(' ', "+");
    for at in [
        format!("/search?q={name}"),
        format!("/region/{name}"),
        format!("/{name}"),
        format!("/officers?who={name}"),
    ] {
        replies += &web::get(to, &at, &format!("pantau_session={BIRD}; pantau_lang={BIRD}")).await.body;
    }
    let form = web::get(to, "/sign-in", "").await;
    let sent = format!("csrf={}&username={name}&password={}", form.csrf(), canary("sandi").replace(' ', "+"));
    let answer = web::ask(to, "POST", "/sign-in", &form.cookies(), Some(&sent)).await.body;
    // The name stays filled in for whoever typed it; nothing else of it comes back.
    replies + &answer.replacen(&canary("operator"), "", 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_number_or_text_is_heard() {
    let log = listen();
    tracing::info!(target: "canary", "the log is listening");
    let mut aviary = Aviary::new(101).await;
    let rig = &aviary.rig;
    web::operator(rig, "siti", false);
    let (running, cookie) = (rig.serve().await, web::signed_in(rig, "siti"));
    let (to, url) = (running.addr().unwrap(), format!("http://{}", running.addr().unwrap()));
    let code = enrol::invite(&rig.server, 1, &url, 3600).unwrap().code;
    let key = pantau_protocol::keys::SecretKey::from_seed(&[5; 32]);
    redeem(&rig.server, &key, &code);
    enrol::answer(&rig.server, &redemption(&key, &code)).unwrap();
    let mut secrets = vec![code.secret.clone(), cookie.replace("pantau_session=", "")];
    secrets.extend(aviary.nests().iter().map(|(_, note)| hex(&note.salt.0)));
    assert_eq!(secrets.len(), 2 + 16, "every field has its canary");

    // It is where it belongs: the desk reads it.
    let page = web::get(to, &format!("/tps/{HERE}"), &cookie).await;
    for what in ["kunjungan", "pelapor", "kebutuhan", "penerima", "perintah", "terlambat", "nama"] {
        assert!(page.body.contains(&canary(what)), "{what}");
    }
    let replies = provoke(&mut aviary, &url, to).await;
    // The sign-in page gives back nothing of the password, the errors nothing of what was sent.
    hears("an answer", &replies, &secrets);
    let erased = aviary.nests().swap_remove(0);
    ops::erase(&aviary.rig.server, erased.0, erased.1.field).unwrap();
    ops::revoke(&aviary.rig.server, ops::Revoked::Officer(2), None).unwrap();
    let _ = aviary
        .phone
        .sync(pantau_core::Budget::PLENTY, &pantau_core::Silent, &pantau_core::Cancel::new())
        .await;

    let metrics = web::get(running.monitor().unwrap(), "/metrics", "").await.body;
    assert!(metrics.contains("pantau_exchanges_total"));
    hears("/metrics", &metrics, &secrets);
    hears("/healthz", &web::get(to, "/healthz", "").await.body, &secrets);
    hears("stats", &serde_json::to_string(&ops::stats(&aviary.rig.server).unwrap()).unwrap(), &secrets);
    running.shutdown().await;
    let heard = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(heard.contains("the log is listening") && heard.contains("enrolment"), "nothing was heard");
    hears("the log", &heard, &secrets);
}
