//! A number that goes to another person, in the log.

use pantau_protocol::{
    body::{Body, Device},
    enrol::EnrolOutcome,
    keys::SecretKey,
    role::Role,
};

use super::{Decided, Files, Source};
use crate::{
    ops,
    rig::{Phone, Rig, place, revoked, standby},
};

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n";
const HERE: &str = "62.06.13";

fn import(rig: &Rig, officers: &str, decided: Decided) {
    let source = |name, text: &'static str| Some(Source { name, bytes: text.as_bytes() });
    let officers: &'static str = Box::leak(officers.to_owned().into_boxed_str());
    let files = Files { regions: source("r", REGIONS), officers: source("o", officers), ..Files::default() };
    let mut content = super::parse(&files).unwrap();
    content.decided = decided;
    let plan = super::plan(&content, &super::known(&rig.server.known().unwrap())).unwrap();
    super::apply(&rig.server, plan).unwrap();
}

fn officer(name: &str, phone: &str) -> String {
    format!("number,name,phone,role,place\n7,{name},{phone},Camat,{HERE}\n")
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
    let replace = Decided { replace: [7].into(), ..Decided::default() };
    import(&rig, &officer("Budi", "0812"), replace);
    assert_eq!(words(&rig), 4, "what was said stays said");
    for old in [&mut phone, &mut next] {
        assert!(rig.server.known().unwrap().reference().is_revoked(&old.device()));
        old.write(&standby(9), HERE);
        assert!(revoked(&old.sync(&rig.server)).is_some());
    }
    assert_eq!(words(&rig), 4, "what they say from now on counts nowhere");
    let late = Phone::new(91).redeem(&rig.server, &open);
    assert_eq!(late.outcome, EnrolOutcome::Expired, "a code that was made for the one before is void");

    let mut new = Phone::new(92);
    let code = ops::enrol(&rig.server, 7, "http://localhost", 3600).unwrap();
    new.certificate = new.redeem(&rig.server, &code).certificate;
    new.write(&standby(2), HERE);
    assert_eq!(revoked(&new.sync(&rig.server)), None);
    assert_eq!(words(&rig), 5);
}
