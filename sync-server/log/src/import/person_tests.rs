//! A number that goes to another person, in the log.

use pantau_protocol::{
    body::{Access, Answer, Body, Device, Signal, Tps, Visit},
    enrol::EnrolOutcome,
    exchange::{Outcome, RowKind},
    frame::Sender,
    keys::SecretKey,
    role::Role,
};

use super::{Decided, Files, Source};
use crate::{
    ops,
    rig::{NOW, Phone, Rig, options, place, revoked, standby},
    store::MemoryStore,
};

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n";
const HERE: &str = "62.06.13";

fn import(rig: &Rig, officers: &str, decided: Decided) {
    import_with(rig, REGIONS, officers, decided);
}

fn import_with(rig: &Rig, regions: &str, officers: &str, decided: Decided) {
    let regions = Some(Source { name: "r", bytes: regions.as_bytes() });
    let officers = Some(Source { name: "o", bytes: officers.as_bytes() });
    let files = Files { regions, officers, ..Files::default() };
    let mut content = super::parse(&files).unwrap();
    content.decided = decided;
    let plan = super::plan(&content, &super::known(&rig.server.known().unwrap())).unwrap();
    super::apply(&rig.server, plan).unwrap();
}

fn officer(name: &str, phone: &str) -> String {
    officer_at(name, phone, HERE)
}

fn officer_at(name: &str, phone: &str, at: &str) -> String {
    format!("number,name,phone,role,place\n7,{name},{phone},Camat,{at}\n")
}

fn replace() -> Decided {
    Decided { replace: [7].into(), ..Decided::default() }
}

/// A phone of officer 7 as he is in the log.
fn enrolled(rig: &Rig, seed: u8) -> Phone {
    let mut phone = Phone::new(seed);
    let code = ops::enrol(&rig.server, 7, "http://localhost", 3600).unwrap();
    phone.certificate = phone.redeem(&rig.server, &code).certificate;
    phone
}

fn tps() -> Body {
    let (access, signal) = (Access::Regular, Signal::Weak);
    let (lat, lon, male, ended) = (None, None, None, None);
    Body::Tps(Tps { voters: 200, male, lat, lon, access, signal, ended, synthetic: false })
}

fn visit() -> Body {
    Body::Visit(Visit { checklist: 1, version: 1, answers: vec![Answer::Ok; 3], way: None })
}

fn words(rig: &Rig) -> u32 {
    rig.server.places().unwrap().state(&place(HERE)).unwrap().records
}

#[test]
fn phones_and_codes_of_the_one_before_do_not_get_the_role_of_the_next() {
    let rig = Rig::memory();
    import(&rig, &officer("Sari", "0811"), Decided::default());
    let mut phone = rig.phone(7, Role::Camat, HERE);
    phone.write(&standby(1), HERE);
    phone.sync(&rig.server);
    // A phone that follows it: once the first is revoked, nothing of this one would count.
    let mut next = Phone::new(90);
    next.certificate = phone.certificate.clone();
    let (key, first) = (SecretKey::from_seed(&[90; 32]).public(), phone.device());
    assert_eq!(key.device_id(), next.device());
    let follows = Device {
        device: next.device(),
        public_key: key.0,
        officer: 7,
        predecessor: Some(first),
        regions: vec![place(HERE)],
    };
    rig.say(Body::Device(follows), HERE);
    for n in 0..3 {
        next.write(&standby(n), HERE);
    }
    next.sync(&rig.server);
    let open = ops::enrol(&rig.server, 7, "http://localhost", 3600).unwrap();
    assert_eq!(words(&rig), 4);

    rig.clock.pass(60);
    import(&rig, &officer("Budi", "0812"), replace());
    assert_eq!(words(&rig), 4, "what was said stays said");
    for old in [&mut phone, &mut next] {
        assert!(rig.server.known().unwrap().reference().is_revoked(&old.device()));
        old.write(&standby(9), HERE);
        assert!(revoked(&old.sync(&rig.server)).is_some());
    }
    assert_eq!(words(&rig), 4, "what they say from now on counts nowhere");
    let late = Phone::new(91).redeem(&rig.server, &open);
    assert_eq!(late.outcome, EnrolOutcome::Expired, "a code that was made for the one before is void");

    let mut new = enrolled(&rig, 92);
    new.write(&standby(2), HERE);
    assert_eq!(revoked(&new.sync(&rig.server)), None);
    assert_eq!(words(&rig), 5);
}

#[test]
fn what_the_one_before_visited_is_no_visit_of_the_next() {
    let rig = Rig::memory();
    import(&rig, &officer("Sari", "0811"), Decided::default());
    let all = ["62.06.13.2002/001", "62.06.13.2002/002"];
    for at in all {
        rig.say(tps(), at);
    }
    let share = || {
        let places = rig.server.places().unwrap();
        (places.rollup(&place("62")).unwrap().visited, places.visited(&place(HERE)).unwrap())
    };
    let mut phone = enrolled(&rig, 7);
    phone.write(&visit(), all[0]);
    phone.sync(&rig.server);
    assert_eq!(share(), (1, vec![(7, 1)]));
    // The same second: the order of the desk's journal tells.
    import(&rig, &officer("Budi", "0812"), replace());
    assert_eq!(share(), (1, vec![]), "the place was visited, and not by the one who has the number now");
    let mut new = enrolled(&rig, 92);
    new.write(&visit(), all[0]);
    new.write(&visit(), all[1]);
    new.sync(&rig.server);
    assert_eq!(share(), (2, vec![(7, 2)]));
}

#[test]
fn the_next_one_writes_under_his_own_grants_only() {
    const THERE: &str = "62.06.14";
    let rig = Rig::memory();
    import(&rig, &officer("Sari", "0811"), Decided::default());
    let mut phone = enrolled(&rig, 7);
    let regions = format!("{REGIONS}{THERE},62.06,kecamatan,Sebelah\n");
    import_with(&rig, &regions, &officer_at("Budi", "0812", THERE), replace());
    // The clock was ahead at that, and is put right: the order of the desk's journal tells all the same.
    rig.clock.set(NOW - 60);
    let mut new = enrolled(&rig, 92);
    for at in [HERE, THERE] {
        new.write(&standby(1), at);
        phone.write(&standby(1), at);
    }
    assert_eq!(revoked(&new.sync(&rig.server)), None);
    assert!(revoked(&phone.sync(&rig.server)).is_some());
    let kinds = |phone: &Phone| rig.rows_of(phone).iter().map(|r| r.entry.row).collect::<Vec<_>>();
    assert_eq!(kinds(&new), [RowKind::Quarantined, RowKind::Record]);
    assert_eq!(kinds(&phone), [RowKind::Record, RowKind::Quarantined], "kept as evidence under his own");
    // A grant that comes later is his, too.
    rig.clock.set(NOW - 30);
    let both = format!("{}7,Budi,0812,Camat,{HERE}\n", officer_at("Budi", "0812", THERE));
    import_with(&rig, &regions, &both, Decided::default());
    new.write(&standby(2), HERE);
    new.sync(&rig.server);
    assert_eq!(kinds(&new)[2], RowKind::Record);
}

#[test]
fn a_certificate_of_the_one_before_brings_his_phone_back_without_the_role() {
    let rig = Rig::memory();
    import(&rig, &officer("Sari", "0811"), Decided::default());
    let mut phone = enrolled(&rig, 7);
    rig.clock.pass(60);
    // The same server, restored from before the phone was enrolled; the number went to another person since.
    let identity = rig.server.identity().clone();
    let store = Box::new(MemoryStore::default());
    let server = ops::init_with(&rig.env, store, identity, None, &options()).unwrap();
    let rig = Rig { server, ..rig };
    import(&rig, &officer("Sari", "0811"), Decided::default());
    import(&rig, &officer("Budi", "0812"), replace());
    phone.write(&standby(1), HERE);
    let (mut request, span) = phone.request(1, 1);
    request.certificate = phone.certificate.clone();
    phone.sender = Sender::Introduced;
    for _ in 0..2 {
        let reply = phone.send(&rig.server, &request, span.as_ref());
        assert!(revoked(&reply).is_some() && reply.page.is_empty(), "{reply:?}");
        assert!(
            reply.outcomes.iter().any(|o| matches!(o, Outcome::Stored | Outcome::Duplicate)),
            "{reply:?}"
        );
    }
    assert_eq!(rig.rows_of(&phone).len(), 1, "what he said is kept");
    assert_eq!(words(&rig), 0);
    let known = rig.server.known().unwrap();
    assert!(known.reference().is_revoked(&phone.device()) && !known.reference().is_present(&phone.device()));
    assert_eq!(known.reference().revocations(&phone.device()).len(), 1, "once");

    let mut new = enrolled(&rig, 92);
    new.write(&standby(2), HERE);
    assert_eq!(revoked(&new.sync(&rig.server)), None);
    assert_eq!(words(&rig), 1);
}
