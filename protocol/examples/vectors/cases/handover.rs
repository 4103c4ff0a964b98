//! Handovers without a server: slips, good and bad, and spoken codes.

use pantau_protocol::{
    body::Acceptance,
    handover::{BadSlip, Code, Slip},
    journal::RecordId,
    keys::Sig,
    note::{CarriedNote, Commitment, Field, Note, Salt},
};
use serde_json::{Value, json};

use super::{PHONE, bodies::payload, goods, hex_of, key};

fn whole(field: Field, text: &str) -> CarriedNote {
    CarriedNote::Whole(Note { field, salt: Salt([4; 16]), text: text.into() })
}

fn offer() -> Slip {
    let payload = payload(&goods::offered()).to_payload();
    let notes =
        vec![CarriedNote::Committed(Field::Note, Commitment([5; 32])), whole(Field::Vehicle, "Truk KH 8123")];
    Slip::sign(&key(PHONE), 17, 41, payload, notes)
}

fn slip_json(name: &str, slip: &Slip) -> Value {
    let notes = slip.notes.iter().map(|n| {
        let (field, commitment) = n.commitment();
        let text = match n {
            CarriedNote::Whole(n) => Some(n.text.clone()),
            CarriedNote::Committed(..) => None,
        };
        json!([field.number(), commitment.to_string(), text])
    });
    json!({
        "name": name,
        "text": slip.to_text(usize::MAX).expect(name),
        "bytes": hex_of(slip.to_bytes()),
        "key": hex_of(slip.key.0),
        "officer": slip.officer,
        "seq": slip.seq,
        "payload": hex_of(&slip.payload),
        "notes": notes.collect::<Vec<_>>(),
        "id": slip.id().to_string(),
        "signature": hex_of(slip.signature.0),
        "signed": slip.is_signed(),
    })
}

fn bad_reason(why: &BadSlip) -> &'static str {
    match why {
        BadSlip::NotOurs => "NotOurs",
        BadSlip::TooLong(_) => "TooLong",
        BadSlip::Symbol => "Symbol",
        BadSlip::Version(_) => "Version",
        BadSlip::Truncated => "Truncated",
        BadSlip::Body => "Body",
        BadSlip::Payload(_) => "Payload",
    }
}

pub fn handover() -> Value {
    let answer =
        Slip::sign(&key(super::OTHER_PHONE), 20_000, 7, payload(&goods::answer()).to_payload(), vec![]);
    let good = [
        ("an offer", offer()),
        ("an answer", answer.clone()),
        ("another officer than was signed", Slip { officer: 18, ..offer() }),
        ("another number than was signed", Slip { seq: 42, ..offer() }),
        ("another record than was signed", Slip { payload: answer.payload.clone(), ..offer() }),
    ];
    let text = offer().to_text(usize::MAX).expect("an offer");
    let symbols = &text["PANTAU1H:".len()..];
    let bad = [
        ("no slip", "PANTAU1 K7QF".to_owned()),
        ("small letters", text.to_lowercase()),
        ("a symbol that is none", format!("{text}!")),
        ("symbols that stand for no bytes", format!("PANTAU1H:GGW{symbols}")),
        ("nothing", "PANTAU1H:".to_owned()),
        ("another version", format!("PANTAU1H:{}{}", "BB8", &symbols[3..])),
        ("ends within the signature", text[.."PANTAU1H:".len() + 90].to_owned()),
        ("ends within the body", text[..text.len() - 30].to_owned()),
        ("over the limit", format!("PANTAU1H:{}", "0".repeat(2_403))),
    ];
    let bad = bad.iter().map(|(name, text)| {
        let why = Slip::parse(text).expect_err(name);
        json!({ "name": name, "text": text, "reason": bad_reason(&why) })
    });
    let receive = answer.id();
    let codes = [
        (Acceptance::AsSent, 17, receive),
        (Acceptance::WithExceptions, 20_000, receive),
        (Acceptance::NotChecked, 0, RecordId::from_slice(&[0xFF; 16]).expect("16 bytes")),
    ];
    let codes = codes.iter().map(|(acceptance, officer, receive)| {
        let code = Code::new(&offer().signature, *acceptance, *officer, receive);
        json!({
            "offer_signature": hex_of(offer().signature.0),
            "acceptance": acceptance.number(),
            "officer": officer,
            "receive": receive.to_string(),
            "number": code.number(),
            "text": code.to_text(),
            "answers_another_offer": code.answers(&Sig([1; 64])),
        })
    });
    let told = Code::new(&offer().signature, Acceptance::AsSent, 17, &receive).to_text();
    let turned = format!("{}{}{}", &told[1..2], &told[..1], &told[2..]);
    let typed =
        [told.to_lowercase(), told.replace('-', " "), told.replace('0', "o"), turned, told[..13].into()];
    let typed = typed
        .iter()
        .map(|text| json!({ "text": text, "number": Code::typed(text).ok().map(|c| c.number()) }));
    json!({
        "slips": good.iter().map(|(n, s)| slip_json(n, s)).collect::<Vec<_>>(),
        "bad": bad.collect::<Vec<_>>(),
        "codes": codes.collect::<Vec<_>>(),
        "typed": typed.collect::<Vec<_>>(),
    })
}
