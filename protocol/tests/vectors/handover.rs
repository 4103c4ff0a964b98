//! Handovers.

use pantau_protocol::{
    body::Acceptance,
    handover::{Code, Slip},
    journal::RecordId,
    keys::Sig,
};

use super::{AGAIN, Read, array, file};

#[test]
fn slips_are_read_and_only_those_signed_count() {
    let file = file("handover.json");
    for case in file.list("slips") {
        let slip = Slip::parse(case.str("text")).unwrap();
        assert_eq!(Slip::from_bytes(&case.hex("bytes")).unwrap(), slip, "{AGAIN}");
        assert_eq!((i64::from(slip.officer), slip.seq as i64), (case.int("officer"), case.int("seq")));
        assert_eq!((slip.payload.clone(), slip.key.0.to_vec()), (case.hex("payload"), case.hex("key")));
        assert_eq!(slip.id().to_string(), case.str("id"));
        assert_eq!(slip.is_signed(), case["signed"].as_bool().unwrap(), "{case}");
        assert_eq!(slip.notes.len(), case.list("notes").len());
    }
    for case in file.list("bad") {
        let why = format!("{:?}", Slip::parse(case.str("text")).expect_err(case.str("name")));
        assert_eq!(why.split('(').next().unwrap(), case.str("reason"), "{case}");
    }
}

#[test]
fn codes_say_what_they_say() {
    let file = file("handover.json");
    for case in file.list("codes") {
        let offer = Sig(array(&case.hex("offer_signature")));
        let receive = RecordId(case.str("receive").parse().unwrap());
        let acceptance = Acceptance::from_number(case.int("acceptance") as u32);
        let code = Code::new(&offer, acceptance, case.int("officer") as u32, &receive);
        assert_eq!((code.number() as i64, code.to_text().as_str()), (case.int("number"), case.str("text")));
        assert!(code.answers(&offer) && code.may_name(&receive));
    }
    for case in file.list("typed") {
        let read = Code::typed(case.str("text")).ok().map(|c| c.number() as i64);
        assert_eq!(read, case.opt("number"), "{case}");
    }
}
