//! Reads `docs/TRANSCRIPT.md` as whoever writes a client would: takes the frames from the page, verifies them, unpacks
//! them, and follows journal and receipts.

use std::collections::BTreeMap;

use super::{
    cbor::{self, Value},
    wire::{self, Frame, h},
};

/// The blocks of bytes, in the order of the page.
fn blocks() -> Vec<Vec<u8>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/TRANSCRIPT.md");
    let page = std::fs::read_to_string(path).unwrap();
    let inside = page.split("```\n").skip(1).step_by(2).filter(|b| !b.starts_with("PANTAU1"));
    let of = |line: &str| {
        let digits = line.split(' ').next().unwrap();
        (0..digits.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
            .collect::<Vec<_>>()
    };
    inside.map(|block| block.lines().flat_map(of).collect()).collect()
}

/// A frame of the page with its unpacked body, which stands in the block after it.
fn opened<'a>(frame: &'a [u8], body: &[u8]) -> (Frame<'a>, Value) {
    let taken = wire::frame(frame);
    let packed = [&[0x28, 0xB5, 0x2F, 0xFD], taken.body].concat();
    assert_eq!(zstd::decode_all(packed.as_slice()).unwrap(), body, "the body as it is told");
    (taken, cbor::whole(body).unwrap())
}

/// What is known of a device while the page is read.
struct Device {
    key: Vec<u8>,
    /// Links that the page shows, by number: of two branches, those sent last.
    links: BTreeMap<u64, [u8; 32]>,
}

/// Follows the segment of a request along the journal.
fn follow(device: &mut Device, id: &[u8], frame: &Frame<'_>, request: &Value) {
    let Some((first, count, signed)) = frame.span else { return };
    let (base, records) = wire::segment(&cbor::bytes(request.at(2).unwrap())).unwrap();
    assert_eq!(records.len() as i128, count);
    let first = first as u64;
    // A gap: what it stands on was not shown yet.
    let Some(mut link) = device.links.get(&(first - 1)).copied() else { return };
    assert_eq!(base, link[..8]);
    for ((payload, notes), seq) in records.iter().zip(first..) {
        link = wire::link(&link, &wire::digest(id, seq, payload, notes));
        device.links.insert(seq, link);
    }
    assert_eq!(link, signed);
}

#[test]
fn the_transcript_can_be_followed_by_the_page_alone() {
    let blocks = blocks();
    let mut devices: BTreeMap<Vec<u8>, Device> = BTreeMap::new();
    let (mut server_key, mut sent, mut receipts, mut codes) = (vec![], None, 0, Vec::new());
    let mut frames = blocks.chunks(2);
    while let Some([frame, body]) = frames.next() {
        let (taken, value) = opened(frame, body);
        if matches!(taken.kind, 1 | 3) {
            let named = &taken.header[6..];
            let id = if taken.header[5] & 2 == 0 {
                named[..16].to_vec()
            } else {
                let key = named[..32].to_vec();
                let id = wire::first16(h("pantau/1/device", &[&key])).to_vec();
                let links = BTreeMap::from([(0, h("pantau/1/journal", &[&key]))]);
                devices.entry(id.clone()).or_insert(Device { key, links });
                id
            };
            let device = devices.get_mut(&id).unwrap();
            assert!(wire::is_signed(&device.key, &wire::signed_hash(&taken, None), taken.signature));
            if taken.kind == 1 {
                follow(device, &id, &taken, &value);
            }
            sent = Some((id, h("pantau/1/request", &[frame])));
            continue;
        }
        let (id, request) = sent.take().expect("an answer stands behind its request");
        if taken.kind == 4 {
            server_key = taken.header[6..38].to_vec();
            assert_eq!(value.at(1).unwrap().raw::<32>(), server_key[..]);
        }
        assert!(wire::is_signed(&server_key, &wire::signed_hash(&taken, Some(&request)), taken.signature));
        if taken.kind == 4 {
            continue;
        }
        codes.push(value.items(4).iter().map(|o| o.opt(0).unwrap()).collect::<Vec<_>>());
        let Some(receipt) = value.at(0) else { continue };
        let statement = receipt.at(0).unwrap();
        let link = devices[&id].links[&(statement.opt(1).unwrap() as u64)];
        let epoch = value.at(1).unwrap();
        let marked =
            [&(epoch.opt(0).unwrap() as i64).to_be_bytes()[..], &epoch.at(1).unwrap().raw::<8>()].concat();
        let server = wire::first16(h("pantau/1/server", &[&server_key]));
        let hash = h("pantau/1/receipt", &[&server, &marked, &id, &link, &cbor::bytes(statement)]);
        assert!(wire::is_signed(&server_key, &hash, &receipt.at(1).unwrap().raw::<64>()));
        receipts += 1;
    }
    // Stored; duplicate after the lost reply; gap; stored; fork; nothing said to the successor; stored; unknown; stored.
    let told: [&[i128]; 9] = [&[1], &[2], &[3], &[1], &[1, 5], &[], &[1], &[8], &[1]];
    assert_eq!(codes, told);
    assert!(receipts >= 7, "{receipts}");
}
