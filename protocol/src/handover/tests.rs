//! Slips: what is signed, what fits, and what meets them from outside.

use proptest::prelude::*;

use super::*;
use crate::{
    body::{Body, Containers, Content as _, Dispatch, Loose, Packed, SealOut},
    note::{Note, Salt},
    place::Place,
};

fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n; 32])
}

fn note(field: Field, text: &str) -> CarriedNote {
    CarriedNote::Whole(Note { field, salt: Salt([field.number() as u8; 16]), text: text.into() })
}

/// The kit of one TPS: 7 containers, 24 items, and 60 seals one by one, no two of which follow each other.
fn full() -> Dispatch {
    let number = |n: u32| {
        let [a, b, c, ..] = hash::tagged("seal", &[&n.to_be_bytes()]);
        format!("K {:06}", u32::from_be_bytes([0, a, b, c]) % 1_000_000)
    };
    Dispatch {
        packed: Packed::AsListed,
        containers: vec![Containers { count: 7, kit: Some(0) }],
        lines: (1..=24).map(|item| Loose { item, pieces: item * 37 % 620, kit: Some(0) }).collect(),
        seals: (0..60).map(|n| SealOut { number: number(n), kit: Some(0) }).collect(),
        ..Dispatch::sample()
    }
}

fn slip(body: &Dispatch) -> Slip {
    let body = Body::Dispatch(body.clone());
    let mut record = Record::new(1_707_800_000, Place::new("62.06.13").unwrap(), &body);
    record.fix = Some(crate::record::Fix { lat: -200_123, lon: 11_354_321, accuracy: 12, mock: false });
    let notes = vec![
        note(Field::Note, "Lewat Kasongan, jembatan lama."),
        note(Field::Vehicle, "Truk KH 8123 FA"),
        note(Field::Escort, "Sopir dan dua petugas"),
    ];
    Slip::sign(&key(1), 17, 41, record.to_payload(), notes)
}

#[test]
fn it_names_the_record_as_its_journal_does() {
    let slip = slip(&Dispatch::sample());
    let read = Slip::parse(&slip.to_text(limit::HANDOVER_BYTES).unwrap()).unwrap();
    assert_eq!(read, slip);
    let commitments: Commitments = slip.notes.iter().map(CarriedNote::commitment).collect();
    let digest = journal::digest(&key(1).public().device_id(), 41, &slip.payload, &commitments);
    assert_eq!((read.id(), read.is_signed()), (RecordId::of_digest(&digest), true));
}

#[test]
fn a_full_kit_fits_a_code_that_a_cheap_phone_reads() {
    for (name, body, most) in [("packed", Dispatch::sample(), 400), ("each seal", full(), 800)] {
        let text = slip(&body).to_text(800).unwrap();
        assert!(qr_bytes(text.len()) <= most, "{name}: {} bytes", qr_bytes(text.len()));
        assert!(text.bytes().all(|b| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(&b)));
    }
}

#[test]
fn texts_are_left_out_before_it_grows_too_long_and_it_stays_the_same_record() {
    let name = |n: u32| hash::hex(&hash::tagged("name", &[&n.to_be_bytes()]));
    let names: Vec<String> = (0..20).map(name).collect();
    let whole = slip(&full());
    let mut notes = whole.notes.clone();
    notes[2] = note(Field::Escort, &names.concat());
    let whole = Slip::sign(&key(1), 17, 41, whole.payload, notes);
    let read = Slip::parse(&whole.to_text(800).unwrap()).unwrap();
    let is_whole = |n: &CarriedNote| matches!(n, CarriedNote::Whole(_));
    assert_eq!(
        read.notes.iter().map(is_whole).collect::<Vec<_>>(),
        [false, true, false],
        "the vehicle goes last"
    );
    assert_eq!((read.id(), read.is_signed()), (whole.id(), true));
    let numbers = |n: u32| hash::hex(&hash::prefix::<6>(&hash::tagged("boat", &[&n.to_be_bytes()])));
    let seals = (0..512).map(|n| SealOut { number: numbers(n), kit: None }).collect();
    let boat = slip(&Dispatch { seals, ..full() });
    assert!(matches!(boat.to_text(800), Err(BadSlip::TooLong(_))));
}

#[test]
fn nothing_of_it_can_be_changed() {
    let good = slip(&full());
    let mut less = full();
    less.containers[0].count = 6;
    let changed = [
        ("count", Slip { payload: slip(&less).payload, ..good.clone() }),
        ("officer", Slip { officer: 18, ..good.clone() }),
        ("number", Slip { seq: 42, ..good.clone() }),
        ("notes", Slip { notes: good.notes[1..].to_vec(), ..good.clone() }),
        ("device", Slip { key: key(2).public(), ..good.clone() }),
    ];
    for (name, slip) in changed {
        let read = Slip::from_bytes(&slip.to_bytes()).unwrap();
        assert!(!read.is_signed(), "{name}");
    }
}

#[test]
fn each_damage_has_its_name() {
    let good = slip(&Dispatch::sample());
    let (text, bytes) = (good.to_text(800).unwrap(), good.to_bytes());
    let of = |payload: &[u8]| Slip { payload: payload.to_vec(), ..good.clone() }.to_bytes();
    assert_eq!(Slip::parse(&format!(" \r\n{text}\n ")).unwrap(), good);
    assert_eq!(Slip::parse("PANTAU1 K7QF"), Err(BadSlip::NotOurs));
    assert_eq!(Slip::parse(&format!("{text}!")), Err(BadSlip::Symbol));
    assert_eq!(Slip::parse(PREFIX), Err(BadSlip::Truncated));
    let long = limit::HANDOVER_BYTES + 2;
    assert_eq!(Slip::parse(&format!("{PREFIX}{}", "0".repeat(long / 2 * 3))), Err(BadSlip::TooLong(long)));
    assert_eq!(Slip::from_bytes(&bytes[..90]), Err(BadSlip::Truncated));
    assert_eq!(Slip::from_bytes(&[&[2], &bytes[1..]].concat()), Err(BadSlip::Version(2)));
    assert_eq!(Slip::from_bytes(&bytes[..bytes.len() - 1]), Err(BadSlip::Body));
    assert!(matches!(Slip::from_bytes(&of(&[0xA0, 0])), Err(BadSlip::Payload(_))));
    assert!(matches!(
        Slip::from_bytes(&of(&vec![0; limit::PAYLOAD_BYTES + 1])),
        Err(BadSlip::Payload(BadPayload::TooLong(_)))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn bytes_from_outside_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Slip::from_bytes(&bytes);
        let packed = [&[VERSION; 97][..], &frame::compress(DICTIONARY, &bytes)].concat();
        let _ = Slip::from_bytes(&packed);
        let text = base45::encode(&bytes);
        prop_assert!(!text.ends_with(' '), "whoever trims a text would take a symbol along");
        prop_assert_eq!(base45::decode(&text), Some(bytes));
    }

    #[test]
    fn text_from_outside_is_refused_or_read(text in "\\PC{0,60}") {
        let _ = Slip::parse(&text);
        let _ = Slip::parse(&format!("{PREFIX}{text}"));
        let _ = Code::typed(&text);
    }

    #[test]
    fn a_slip_with_one_wrong_bit_is_never_taken_for_another(bit in any::<prop::sample::Index>()) {
        let good = slip(&full());
        let mut bytes = good.to_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = Slip::from_bytes(&bytes) {
            // Some bits of a packed body mean nothing.
            prop_assert!(!read.is_signed() || read == good, "bit {}", bit);
        }
    }
}
