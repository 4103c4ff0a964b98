//! Every decoder of bytes from outside, one function each: it takes anything, says whether it could read it,
//! and panics where what it read breaks a promise. Suites and the targets of `fuzz/` call the same functions.

mod corpus;

pub use corpus::{mutate, vectors};

use pantau_log::{
    author,
    import::{self, Files, Source},
};
use pantau_protocol::{
    body::Body,
    cbor,
    enrol::{Certificate, Code, EnrolReply, EnrolRequest, Invitation},
    exchange::{Page, Reply, Request},
    frame::{self, FrameKind, Sender},
    journal::{DeviceId, Link, RecordId},
    keys::{PublicKey, SecretKey},
    limit,
    note::CarriedNote,
    place::{Place, Scope},
    projection::Fact,
    receipt::{OldReceipt, Receipt, ReceiptContext},
    record::Record,
    segment::Segment,
    validate,
};

/// A decoder: whether it could read the bytes.
pub type Decoder = fn(&[u8]) -> bool;

/// All of them, by the names of the targets of `fuzz/`.
pub const ALL: [(&str, Decoder); 12] = [
    ("frame", frame),
    ("body", body),
    ("request", request),
    ("reply", reply),
    ("page", page),
    ("segment", segment),
    ("payload", payload),
    ("enrolment", enrolment),
    ("receipts", receipts),
    ("places", places),
    ("imports", imports),
    ("desk_journal", desk_journal),
];

/// A frame as it comes from the network.
pub fn frame(bytes: &[u8]) -> bool {
    let Ok(parsed) = frame::parse(bytes) else { return false };
    let evidence = parsed.evidence();
    assert!(evidence.header.len() + 64 <= bytes.len());
    if let Some(span) = parsed.span {
        assert!(span.first > 0 && span.count > 0 && i64::try_from(span.last()).is_ok());
    }
    let key = parsed.key.unwrap_or(SecretKey::from_seed(&[1; 32]).public());
    let _ = parsed.open(&key).is_ok() | parsed.open_reply(&[key], &[0; 32]).is_ok();
    true
}

/// The compressed body of a frame that is signed: what comes out is bounded. The first byte says which
/// dictionary.
pub fn body(bytes: &[u8]) -> bool {
    let Some((dictionary, packed)) = bytes.split_first() else { return false };
    let key = SecretKey::from_seed(&[1; 32]);
    let mut sealed = frame::seal(FrameKind::Request, &key, Sender::Introduced, None, 1, b"");
    let header = frame::parse(&sealed).unwrap().evidence().header.len();
    sealed.truncate(header + 64);
    sealed[4] = dictionary % 3;
    sealed.extend_from_slice(packed);
    let Ok(parsed) = frame::parse(&sealed) else { return false };
    let signature = key.sign(&parsed.evidence().signed_hash());
    sealed[header..header + 64].copy_from_slice(&signature.0);
    let opened = frame::parse(&sealed).unwrap().open(&key.public());
    if let Ok(out) = &opened {
        assert!(out.len() <= limit::DECODED_BYTES);
    }
    opened.is_ok()
}

/// A request.
pub fn request(bytes: &[u8]) -> bool {
    let Ok(request) = cbor::from_slice::<Request>(bytes) else { return false };
    if let Some(segment) = &request.segment {
        bounded(segment);
        for first in [1, u64::MAX] {
            let chained = segment.chain(&DeviceId([1; 16]), first, &Link([2; 32]));
            assert_eq!(chained.len(), segment.records.len());
        }
        let _ = segment.records.iter().all(pantau_protocol::segment::SentRecord::notes_are_sound);
    }
    assert_eq!(cbor::from_slice::<Request>(&cbor::to_vec(&request)).unwrap(), request);
    true
}

/// A reply.
pub fn reply(bytes: &[u8]) -> bool {
    let Ok(reply) = cbor::from_slice::<Reply>(bytes) else { return false };
    let _ = reply.page.unpack().is_ok();
    assert_eq!(cbor::from_slice::<Reply>(&cbor::to_vec(&reply)).unwrap(), reply);
    true
}

/// A page of rows.
pub fn page(bytes: &[u8]) -> bool {
    let Ok(rows) = cbor::from_slice::<Page>(bytes).and_then(|page| page.unpack()) else { return false };
    assert!(rows.len() <= limit::PAGE_ROWS);
    assert!(rows.iter().map(|r| r.payload.len() + texts(&r.notes)).sum::<usize>() <= limit::DECODED_BYTES);
    let ids = rows.iter().map(pantau_protocol::exchange::LogRow::record_id);
    assert_eq!(ids.count(), rows.len());
    assert_eq!(Page::pack(&rows).unpack().unwrap(), rows);
    true
}

/// The records of a segment.
pub fn segment(bytes: &[u8]) -> bool {
    let Ok(segment) = cbor::from_slice::<Segment>(bytes) else { return false };
    bounded(&segment);
    assert_eq!(cbor::from_slice::<Segment>(&cbor::to_vec(&segment)).unwrap(), segment);
    true
}

fn texts(notes: &[CarriedNote]) -> usize {
    let text = |n: &CarriedNote| if let CarriedNote::Whole(n) = n { n.text.len() } else { 0 };
    notes.iter().map(text).sum()
}

/// However small it came, a segment is never larger than a body may be.
fn bounded(segment: &Segment) {
    let total: usize = segment.records.iter().map(|r| r.payload.len() + texts(&r.notes)).sum();
    assert!(total <= limit::DECODED_BYTES, "{total} bytes out of a segment");
    assert!(segment.records.len() <= limit::SEGMENT_RECORDS);
}

/// A payload with its body, checked, folded.
pub fn payload(bytes: &[u8]) -> bool {
    let id = RecordId::from_bytes([3; 16]);
    let fact = Fact::new(id, (DeviceId([1; 16]), 0, 1), None, bytes).is_ok();
    let Ok(record) = Record::from_payload(bytes) else {
        assert!(!fact, "folded, though it is no record");
        return false;
    };
    assert!(bytes.len() <= limit::PAYLOAD_BYTES && cbor::check(bytes).is_ok(), "not canonical");
    let _ = record.place_keys();
    if let Ok(said) = record.statement() {
        let _ = validate::record(&record, &said).is_ok();
        assert_eq!(Body::decode(said.kind(), &said.encode()).unwrap(), said);
    }
    true
}

/// Texts and messages of an enrolment.
pub fn enrolment(bytes: &[u8]) -> bool {
    let mut read = false;
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(invitation) = Invitation::parse(text) {
            assert_eq!(Invitation::parse(&invitation.to_text()), Ok(invitation));
            read = true;
        }
        let middle = text.char_indices().map(|(i, _)| i).nth(4).unwrap_or(0);
        if let Ok(code) = Code::typed(&text[..middle], &text[middle..]) {
            assert_eq!(Code::typed(&code.handle, &code.secret), Ok(code));
            read = true;
        }
    }
    if let Ok(request) = cbor::from_slice::<EnrolRequest>(bytes) {
        assert_eq!(cbor::from_slice::<EnrolRequest>(&cbor::to_vec(&request)).unwrap(), request);
        read = true;
    }
    if let Ok(reply) = cbor::from_slice::<EnrolReply>(bytes) {
        assert_eq!(cbor::from_slice::<EnrolReply>(&cbor::to_vec(&reply)).unwrap(), reply);
        read = true;
    }
    read
}

fn nobody() -> [PublicKey; 1] {
    [SecretKey::from_seed(&[77; 32]).public()]
}

/// Receipts and certificates as they are shown again.
pub fn receipts(bytes: &[u8]) -> bool {
    let mut read = false;
    if let Ok(old) = cbor::from_slice::<OldReceipt>(bytes) {
        let server = nobody()[0].server_id();
        let context = ReceiptContext { server, epoch: old.epoch, device: DeviceId([1; 16]), link: old.link };
        assert!(!old.receipt.verify(&context, &nobody()));
        assert_eq!(cbor::from_slice::<OldReceipt>(&cbor::to_vec(&old)).unwrap(), old);
        read = true;
    }
    if let Ok(receipt) = cbor::from_slice::<Receipt>(bytes) {
        assert_eq!(cbor::from_slice::<Receipt>(&cbor::to_vec(&receipt)).unwrap(), receipt);
        read = true;
    }
    if let Ok(certificate) = cbor::from_slice::<Certificate>(bytes) {
        assert!(!certificate.verify(&nobody()));
        let _ = (certificate.device(), certificate.scope().digest());
        assert_eq!(cbor::from_slice::<Certificate>(&cbor::to_vec(&certificate)).unwrap(), certificate);
        read = true;
    }
    read
}

/// A place code.
pub fn places(bytes: &[u8]) -> bool {
    let Ok(place) = std::str::from_utf8(bytes).map_err(|_| ()).and_then(|t| Place::new(t).map_err(|_| ()))
    else {
        return false;
    };
    assert!(place.is_within(&place) && place.as_str().len() <= limit::PLACE_BYTES);
    assert!(place.ancestors().all(|above| place.is_within(&above) && above != place));
    assert!(place.is_within(&place.district()));
    let _ = place.level();
    let scope = Scope::new([place.clone(), place.district()]);
    assert!(scope.covers(&place));
    place.level().is_some()
}

/// The files of an import: each is read as CSV of every kind, and as JSON of every kind.
pub fn imports(bytes: &[u8]) -> bool {
    let source = Some(Source { name: "file", bytes });
    let nothing = Files::default();
    let all = [
        Files { regions: source, ..nothing },
        Files { tps: source, ..nothing },
        Files { officers: source, ..nothing },
        Files { profile: source, ..nothing },
        Files { checklists: source, ..nothing },
    ];
    all.iter().fold(false, |read, files| {
        let content = import::parse(files);
        if let Err(problems) = &content {
            assert!(problems.count() > 0, "refused without a reason");
        }
        read | content.is_ok_and(|c| import::plan(&c, &import::Known::nothing()).is_ok())
    })
}

/// The file of the desk's journal.
pub fn desk_journal(bytes: &[u8]) -> bool {
    author::entries_in(bytes).is_ok_and(|entries| entries > 0)
}
