//! A server that moves says so in a signed reply: phones follow it, and come back where it is not there.

use std::sync::{Arc, Mutex};

use pantau_core::{
    Budget, Cancel, Env, Phone, Silent, SyncEnd, SyncReport,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};

use crate::{
    rig::{Wire, World, options, visit},
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/003";
const OLD: &str = "http://desk.example";
const NEW: &str = "http://new.example/pantau";

/// What is found at the two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    Server,
    Nothing,
    Page,
    Stranger,
}

/// The way to both addresses.
struct Roads {
    wire: Arc<Wire>,
    old: Mutex<There>,
    new: Mutex<There>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Roads {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let (base, _) = post.url.split_once("/v1/").unwrap();
        self.asked.lock().unwrap().push(base.to_owned());
        let there = *if base == NEW { &self.new } else { &self.old }.lock().unwrap();
        match there {
            There::Server => self.wire.post(post),
            There::Nothing => Box::pin(async { Err(TransportError::NotReached("nobody".into())) }),
            There::Stranger => Box::pin(async { Err(TransportError::Certificate("another name".into())) }),
            There::Page => {
                Box::pin(async { Ok(Answer { status: 404, body: b"<html>".to_vec(), ..Answer::default() }) })
            }
        }
    }
}

struct Moving {
    world: World,
    roads: Arc<Roads>,
    phone: Phone,
    _dir: tempfile::TempDir,
}

impl Moving {
    async fn new() -> Self {
        let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
        let roads = Roads {
            wire: Arc::clone(&world.wire),
            old: Mutex::new(There::Server),
            new: Mutex::new(There::Nothing),
            asked: Mutex::default(),
        };
        let roads = Arc::new(roads);
        let env = Env { transport: Arc::<Roads>::clone(&roads), ..world.env(1) };
        let phone = Phone::open(dir.path(), env, options()).unwrap();
        world.enrol(&phone).await;
        let moving = Self { world, roads, phone, _dir: dir };
        assert_eq!(moving.sync().await.end, SyncEnd::Done);
        assert_eq!(moving.took(), [OLD, OLD], "the code, and the first pull");
        moving
    }

    async fn sync(&self) -> SyncReport {
        self.world.clock.pass(10);
        self.phone.forget_backoff().unwrap();
        self.phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap()
    }

    /// The next reply tells this address.
    fn tells(&self, address: &str) {
        self.world.server().turns.push_back(Turn::Address(address.into()));
    }

    fn set(&self, old: There, new: There) {
        *self.roads.old.lock().unwrap() = old;
        *self.roads.new.lock().unwrap() = new;
    }

    /// Addresses asked since the last look.
    fn took(&self) -> Vec<String> {
        std::mem::take(&mut *self.roads.asked.lock().unwrap())
    }

    fn url(&self) -> String {
        self.phone.status().unwrap().url.unwrap()
    }
}

#[tokio::test]
async fn a_phone_follows_its_server_to_a_new_address() {
    let moving = Moving::new().await;
    moving.tells(NEW);
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    // Told is not settled: nothing answered there yet.
    assert_eq!((moving.url().as_str(), moving.took()), (OLD, vec![OLD.to_owned()]));
    moving.set(There::Nothing, There::Server);
    moving.phone.capture(visit(TPS)).unwrap();
    let report = moving.sync().await;
    assert_eq!((report.end, report.records_sent), (SyncEnd::Done, 1));
    assert_eq!(moving.url(), NEW);
    assert!(moving.took().iter().all(|asked| asked == NEW), "the old address is not asked first");
    moving.set(There::Page, There::Server);
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    assert!(moving.took().iter().all(|asked| asked == NEW), "nor ever again");
}

#[tokio::test]
async fn a_phone_goes_on_at_the_old_address_while_the_new_one_does_not_answer() {
    for there in [There::Nothing, There::Page, There::Stranger] {
        let moving = Moving::new().await;
        moving.tells(NEW);
        assert_eq!(moving.sync().await.end, SyncEnd::Done);
        moving.set(There::Server, there);
        moving.took();
        moving.phone.capture(visit(TPS)).unwrap();
        let report = moving.sync().await;
        assert_eq!((report.end, report.records_sent), (SyncEnd::Done, 1), "{there:?}");
        assert_eq!(moving.url(), OLD, "{there:?}");
        let asked = moving.took();
        assert_eq!(asked[..2], [NEW, OLD], "{there:?}");
        assert!(asked[2..].iter().all(|a| a == OLD), "{there:?}: {asked:?}");
        // For a while it costs no sync the time to find that out again.
        assert_eq!(moving.sync().await.end, SyncEnd::Done);
        assert!(moving.took().iter().all(|asked| asked == OLD), "{there:?}");
        // Then it is looked for again; a clock that jumped back changes nothing of it.
        moving.world.clock.pass(-100_000);
        assert_eq!(moving.sync().await.end, SyncEnd::Done);
        moving.world.clock.pass(100_000 + 3_700);
        moving.set(There::Server, There::Server);
        assert_eq!(moving.sync().await.end, SyncEnd::Done);
        assert_eq!(moving.url(), NEW, "{there:?}");
    }
}

#[tokio::test]
async fn a_new_address_that_was_put_off_is_asked_when_the_old_one_is_gone() {
    let moving = Moving::new().await;
    moving.tells(NEW);
    moving.sync().await;
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    moving.took();
    moving.set(There::Nothing, There::Server);
    moving.phone.capture(visit(TPS)).unwrap();
    assert_eq!(moving.sync().await.records_sent, 1);
    assert_eq!(
        (moving.took()[..2].to_vec(), moving.url()),
        (vec![OLD.to_owned(), NEW.to_owned()], NEW.to_owned())
    );
}

#[tokio::test]
async fn without_a_network_neither_address_is_given_up() {
    let moving = Moving::new().await;
    moving.tells(NEW);
    moving.sync().await;
    moving.set(There::Nothing, There::Nothing);
    moving.took();
    assert!(matches!(moving.sync().await.end, SyncEnd::Offline(_)));
    assert_eq!(moving.took(), [NEW, OLD]);
    moving.set(There::Nothing, There::Server);
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    assert_eq!(moving.took()[0], NEW);
}

#[tokio::test]
async fn only_the_server_moves_its_phones() {
    let moving = Moving::new().await;
    // What nobody could ask is not kept, nor what somebody else signed.
    moving.tells("http://new.example/?lang=id");
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    moving.world.server().turns.push_back(Turn::ForgedAddress(NEW.into()));
    moving.sync().await;
    moving.took();
    moving.set(There::Server, There::Server);
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    assert!(moving.took().iter().all(|asked| asked == OLD));
    // A new code says where the server is, whatever was told before.
    moving.tells(NEW);
    moving.sync().await;
    moving.world.server().renew_code();
    moving.world.enrol(&moving.phone).await;
    moving.took();
    assert_eq!(moving.sync().await.end, SyncEnd::Done);
    assert!(moving.took().iter().all(|asked| asked == OLD));
}
