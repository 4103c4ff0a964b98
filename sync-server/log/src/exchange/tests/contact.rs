//! What is kept of a call: when, how far the phone had read, and what it had not sent.

use pantau_protocol::role::Role;

use super::HERE;
use crate::{
    limit::CONTACT_REST_S,
    ops::{self, Revoked},
    rig::{Phone, Rig, standby},
    store::{self, LastContact},
};

fn kept(rig: &Rig, phone: &Phone) -> Option<LastContact> {
    store::read(rig.server.store(), |view| view.last_contact(&phone.device())).unwrap()
}

#[test]
fn a_call_says_how_far_the_phone_had_read_and_what_it_held_back() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    assert_eq!(kept(&rig, &phone), None, "an enrolment is no call");
    (0..3).for_each(|n| _ = phone.write(&standby(n), HERE));
    // Two of three: the head says that there is a third one.
    phone.push(&rig.server, 1, 2);
    let first = kept(&rig, &phone).unwrap();
    assert_eq!((first.at, first.unsent), (rig.clock.now(), 1));
    rig.clock.pass(5);
    phone.push(&rig.server, 3, 3);
    let second = kept(&rig, &phone).unwrap();
    assert_eq!((second.at, second.unsent), (rig.clock.now(), 0), "news is kept at once");

    // The page was sent, and nothing shows yet that it arrived.
    let new = rig.say(standby(9), HERE);
    let position = rig.rows().iter().find(|row| row.entry.id == new).unwrap().position;
    let epoch = rig.server.epoch().unwrap();
    phone.sync(&rig.server);
    assert!(!kept(&rig, &phone).unwrap().has_read(&epoch, position));
    phone.sync(&rig.server);
    let read = kept(&rig, &phone).unwrap();
    assert!(read.has_read(&epoch, position), "{read:?}");
    assert!(!LastContact { epoch: [0; 8], ..read }.has_read(&epoch, position), "another log");

    // A phone that polls makes the server write once a while.
    rig.clock.pass(CONTACT_REST_S - 1);
    phone.sync(&rig.server);
    assert_eq!(kept(&rig, &phone).unwrap().at, read.at);
    rig.clock.pass(1);
    phone.sync(&rig.server);
    assert_eq!(kept(&rig, &phone).unwrap().at, rig.clock.now());
}

#[test]
fn a_revoked_phone_is_seen_to_call_and_has_read_nothing_more() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.sync(&rig.server);
    phone.sync(&rig.server);
    ops::revoke(&rig.server, Revoked::Device(phone.device()), None).unwrap();
    let new = rig.say(standby(9), HERE);
    let position = rig.rows().iter().find(|row| row.entry.id == new).unwrap().position;
    rig.clock.pass(CONTACT_REST_S);
    phone.sync(&rig.server);
    phone.sync(&rig.server);
    let call = kept(&rig, &phone).unwrap();
    assert_eq!(call.at, rig.clock.now());
    assert!(!call.has_read(&rig.server.epoch().unwrap(), position));
}
