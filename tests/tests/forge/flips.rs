//! Every bit of sampled frames and papers, turned one at a time.

use fastrand::Rng;
use pantau_log::{enrol, exchange};
use pantau_protocol::{
    cbor,
    enrol::{Certificate, Invitation},
    exchange::{Reply, Request, Succession},
    frame::{self, FrameKind},
    receipt::{OldReceipt, ReceiptContext},
};
use pantau_tests::Campaign;

use crate::rig::{Hand, Rig, flipped, play, redeemed};

#[test]
fn a_turned_bit_is_never_believed() {
    let campaign = Campaign::new("forge_flips", 8);
    let flips = play(&campaign, game);
    eprintln!("{flips} bits turned");
    assert!(flips >= 500_000 * campaign.games() / 8, "only {flips} flips: the frames have become shorter");
}

/// One server, one frame of each kind; returns the number of bits turned.
fn game(seed: u64) -> u64 {
    let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
    let mut hand = rig.hand(1, &mut rng);
    let records = rng.usize(4..9);
    hand.write(&mut rng, records);
    let mut flips = requests(&rig, &hand, &mut rng);
    flips += enrolments(&rig, &mut rng);
    flips += papers(&rig, &hand, &mut rng);
    flips
}

/// Turns every bit of a frame; nothing may be believed, nothing stored.
fn turn(rig: &Rig, frame: &[u8], believes: impl Fn(&[u8]) -> bool) -> u64 {
    let (before, head) = (rig.held(), rig.head());
    for bit in 0..frame.len() * 8 {
        let forged = flipped(frame, bit);
        assert!(!believes(&forged), "bit {bit} of {} turned and believed", frame.len() * 8);
        assert_eq!(rig.head(), head, "bit {bit} turned and stored");
    }
    assert_eq!(rig.held(), before);
    frame.len() as u64 * 8
}

fn requests(rig: &Rig, hand: &Hand, rng: &mut Rng) -> u64 {
    let (half, last) = (hand.last() / 2, hand.last());
    let pushes = [hand.push(1, half), hand.push(half + 1, last), hand.push(1, 0)];
    let mut flips = 0;
    for push in &pushes {
        flips += turn(rig, push, |forged| rig.believes(forged));
        // The honest frame is taken all the same, and its reply is one more thing to forge.
        let reply = rig.send(push);
        flips += replies(rig, push, &exchange::answer(&rig.server, push).unwrap());
        let last = frame::parse(push).unwrap().span.map_or(hand.last(), |s| s.last());
        assert_eq!(rig.proves(hand, &reply), Some(last), "{:?}", reply.outcomes);
    }
    let mut next = Hand::new(rng);
    next.write(rng, 1);
    let (mut request, span) = next.request(1, 1);
    request.succession = Some(Succession::sign(&hand.key, &next.key.public()));
    let sealed = next.seal(&request, span.as_ref());
    flips += turn(rig, &sealed, |forged| rig.believes(forged));
    let reply = rig.send(&sealed);
    assert!(rig.proves(&next, &reply) == Some(1) && reply.certificate.is_some());
    flips
}

/// Turns every bit of a reply, as a phone would open it.
fn replies(rig: &Rig, sent: &[u8], got: &[u8]) -> u64 {
    let (keys, digest) = (rig.server.identity().signing_keys(), frame::request_hash(sent));
    let opens = |bytes: &[u8]| {
        let parsed = frame::parse(bytes).ok().filter(|p| p.kind == FrameKind::Reply);
        parsed.is_some_and(|p| p.open_reply(&keys, &digest).is_ok())
    };
    let flips = turn(rig, got, opens);
    assert!(opens(got));
    flips
}

fn enrolments(rig: &Rig, rng: &mut Rng) -> u64 {
    let (hand, invitation) = (Hand::new(rng), rig.code(2));
    let sent = hand.redemption(&invitation);
    // Not even a wrong try is counted: whoever spoils a frame on its way must not put the code to sleep.
    let mut flips = turn(rig, &sent, |forged| enrol::answer(&rig.server, forged).is_ok());
    let got = enrol::answer(&rig.server, &sent).unwrap();
    let digest = frame::request_hash(&sent);
    let opens = |bytes: &[u8]| opens_enrolment(bytes, &digest, &invitation);
    flips += turn(rig, &got, opens);
    assert!(opens(&got) && redeemed(&sent, &got).certificate.is_some());
    flips
}

/// What a phone asks of the answer to its redemption before it reads any of it.
fn opens_enrolment(bytes: &[u8], digest: &[u8; 32], invitation: &Invitation) -> bool {
    let Ok(parsed) = frame::parse(bytes) else { return false };
    let pinned = parsed.key.filter(|k| k.fingerprint() == invitation.fingerprint);
    parsed.kind == FrameKind::EnrolReply
        && pinned.is_some_and(|key| parsed.open_reply(&[key], digest).is_ok())
}

/// Certificate, old receipt and succession: what the server said once and is shown again.
fn papers(rig: &Rig, hand: &Hand, rng: &mut Rng) -> u64 {
    let keys = rig.server.identity().signing_keys();
    let certificate = hand.certificate.clone().unwrap();
    let mut flips =
        spoil(&cbor::to_vec(&certificate), |b| cbor::from_slice(b).ok(), |c: &Certificate| c.verify(&keys));

    let reply: Reply = rig.send(&hand.push(1, hand.last()));
    let receipt = reply.receipt.clone().unwrap();
    let context = rig.context(hand, &reply, receipt.statement.last).unwrap();
    let old = OldReceipt { epoch: reply.epoch, link: context.link, receipt };
    let honest = cbor::to_vec(&old);
    flips += spoil(
        &honest,
        |b| cbor::from_slice(b).ok(),
        |o: &OldReceipt| {
            let context = ReceiptContext { epoch: o.epoch, link: o.link, ..context };
            o.receipt.verify(&context, &keys)
        },
    );

    let next = Hand::new(rng);
    let succession = Succession::sign(&hand.key, &next.key.public());
    let (old_key, new_key) = (hand.key.public(), next.key.public());
    flips += spoil(
        &cbor::to_vec(&succession),
        |b| cbor::from_slice(b).ok(),
        |s: &Succession| s.verify(&old_key, &new_key),
    );

    // The same certificate in an honest frame of its device, to a server that lost its log.
    let restored = rig.emptied(rig.server.now() + 10);
    let bytes = cbor::to_vec(&certificate);
    let (before, (mut request, _)) = (restored.held(), hand.request(1, 0));
    for bit in 0..bytes.len() * 8 {
        let Ok(forged) = cbor::from_slice::<Certificate>(&flipped(&bytes, bit)) else { continue };
        if forged == certificate {
            continue;
        }
        request.certificate = Some(forged);
        assert!(!restored.believes(&hand.seal(&request, None)), "bit {bit} of a certificate turned");
        flips += 1;
    }
    assert_eq!(restored.held(), before);
    request.certificate = Some(certificate);
    let reply = restored.send(&hand.seal(&request, None));
    assert!(reply.certificate.is_some(), "{:?}", reply.outcomes);
    flips + spoilt_request(rig, hand)
}

/// Every bit of a paper: it no longer holds, or still says the same.
fn spoil<T: PartialEq + std::fmt::Debug>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
    holds: impl Fn(&T) -> bool,
) -> u64 {
    let honest = read(bytes).unwrap();
    assert!(holds(&honest));
    for bit in 0..bytes.len() * 8 {
        if let Some(forged) = read(&flipped(bytes, bit)) {
            assert!(forged == honest || !holds(&forged), "bit {bit} turned: {forged:?}");
        }
    }
    bytes.len() as u64 * 8
}

/// Every bit of a request inside a frame that its phone sealed honestly: it says something else, or cannot be
/// read, but what is stored is never records that do not end in the signed link.
fn spoilt_request(rig: &Rig, hand: &Hand) -> u64 {
    let mut fresh = hand.clone();
    let mut rng = Rng::with_seed(7);
    fresh.write(&mut rng, 1);
    let (request, span) = fresh.request(fresh.last(), fresh.last());
    let (bytes, before) = (cbor::to_vec(&request), rig.held());
    let mut flips = 0;
    for bit in 0..bytes.len() * 8 {
        let body = flipped(&bytes, bit);
        let told: Option<Request> = cbor::from_slice(&body).ok();
        if told.as_ref().is_some_and(|r| changes_no_record(r, &request)) {
            continue;
        }
        let sender = frame::Sender::Known;
        let sealed = frame::seal(FrameKind::Request, &fresh.key, sender, span.as_ref(), 1, &body);
        let reply = rig.send(&sealed);
        assert_eq!(rig.proves(&fresh, &reply).filter(|l| *l >= fresh.last()), None, "bit {bit}");
        flips += 1;
    }
    assert_eq!(rig.held(), before);
    flips
}

fn changes_no_record(told: &Request, honest: &Request) -> bool {
    told.segment.as_ref().map(|s| (s.base, &s.records))
        == honest.segment.as_ref().map(|s| (s.base, &s.records))
}
