//! Honest parts put together anew: headers, signatures and bodies of different frames, segments that say
//! something else than was signed, signatures from other contexts and other keys, the past told again.

use fastrand::Rng;
use pantau_log::{enrol, exchange};
use pantau_protocol::{
    exchange::{Outcome, Succession},
    frame, hash,
    keys::{SecretKey, Sig},
    note::SaltSeed,
    segment::{Segment, Span},
};
use pantau_tests::Campaign;

use crate::rig::{Hand, Rig, play};

/// Every domain the protocol signs or hashes in.
pub(crate) const DOMAINS: [&str; 12] = [
    "pantau/1/frame",
    "pantau/1/reply",
    "pantau/1/request",
    "pantau/1/receipt",
    "pantau/1/certificate",
    "pantau/1/succession",
    "pantau/1/record",
    "pantau/1/link",
    "pantau/1/journal",
    "pantau/1/note",
    "pantau/1/device",
    "pantau/2/frame",
];

#[test]
fn parts_of_honest_frames_make_no_new_one() {
    let campaign = Campaign::new("forge_splices", 12);
    let splices = play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (a, b) = two_hands(&rig, &mut rng);
        let mut frames = vec![a.push(1, 3), a.push(4, 6), a.push(1, 6), a.push(1, 0)];
        frames.extend([b.push(1, 3), b.push(4, 6), b.push(1, 0)]);
        let parts: Vec<_> = frames.iter().map(|f| cut(f)).collect();
        let (before, mut count) = (rig.held(), 0);
        for (h, (header, ..)) in parts.iter().enumerate() {
            for (s, (_, signature, _)) in parts.iter().enumerate() {
                for (b, (.., body)) in parts.iter().enumerate() {
                    if (h, h) != (s, b) {
                        let forged = [*header, *signature, *body].concat();
                        assert!(!rig.believes(&forged), "header {h}, signature {s}, body {b}");
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(rig.held(), before);
        takes(&rig, &a);
        takes(&rig, &b);
        count
    });
    assert!(splices >= 4_000);
}

#[test]
fn a_signature_of_another_context_or_key_is_refused() {
    let campaign = Campaign::new("forge_contexts", 8);
    let forged = play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (a, b) = two_hands(&rig, &mut rng);
        let (before, sealed, mut count) = (rig.held(), a.push(1, 6), 0);
        let (header, _, body) = cut(&sealed);
        let (body_hash, again) =
            (frame::parse(&sealed).unwrap().evidence().body_hash, frame::request_hash(&sealed));
        let mut refuse = |signature: Sig| {
            assert!(!rig.believes(&[header, &signature.0[..], body].concat()));
            count += 1;
        };
        // The right hash under every other key around.
        let honest = frame::parse(&sealed).unwrap().evidence().signed_hash();
        let identity = rig.server.identity();
        for key in [&b.key, &Hand::new(&mut rng).key, identity.signing_key(), identity.desk_key()] {
            refuse(key.sign(&honest));
        }
        // The right key over the right parts in every other domain, and over other parts in the right one.
        for domain in DOMAINS.iter().skip(1) {
            refuse(a.key.sign(&hash::tagged(domain, &[header, &body_hash])));
            refuse(a.key.sign(&hash::tagged(domain, &[header, &body_hash, &again])));
        }
        for parts in [&[header, body][..], &[&body_hash, header], &[header], &[&body_hash], &[&sealed]] {
            refuse(a.key.sign(&hash::tagged(DOMAINS[0], parts)));
        }
        refuse(a.key.sign(&again));
        refuse(a.key.sign(&body_hash));
        assert_eq!(rig.held(), before);
        takes(&rig, &a);
        count
    });
    assert!(forged >= 200);
}

#[test]
fn a_segment_is_what_its_link_says_or_nothing() {
    let campaign = Campaign::new("forge_segments", 60);
    play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (mut a, b) = two_hands(&rig, &mut rng);
        takes(&rig, &a);
        takes(&rig, &b);
        a.write(&mut rng, 6);
        let before = rig.held();
        let forged = segments(&a, &b, &mut rng);
        for (what, segment, span) in &forged {
            let mut request = a.request(7, 12).0;
            request.segment = Some(segment.clone());
            let reply = rig.send(&a.seal(&request, Some(span)));
            let taken = reply.outcomes.iter().any(|o| matches!(o, Outcome::Stored | Outcome::Duplicate));
            assert!(!taken, "{what}: {:?}", reply.outcomes);
            assert!(rig.proves(&a, &reply).is_none_or(|last| last <= 6), "{what}: a receipt beyond");
            assert_eq!(rig.held(), before, "{what}");
        }
        takes(&rig, &a);
        forged.len() as u64
    });
}

/// Segments that a phone signs although they do not fit its signed link, after six records that are held.
fn segments(a: &Hand, b: &Hand, rng: &mut Rng) -> Vec<(&'static str, Segment, Span)> {
    let (request, span) = a.request(7, 12);
    let (honest, span) = (request.segment.unwrap(), span.unwrap());
    let mut forged = Vec::new();
    let mut with = |what, change: &mut dyn FnMut(&mut Segment, &mut Span)| {
        let (mut segment, mut span) = (honest.clone(), span);
        change(&mut segment, &mut span);
        assert!(what == "of another link" || segment != honest || span.count != 6 || span.first != 7);
        span.count = segment.records.len() as u64;
        forged.push((what, segment, span));
    };
    let (i, j) = (rng.usize(0..3), rng.usize(3..6));
    with("reordered", &mut |s, _| s.records.swap(i, j));
    with("one dropped", &mut |s, _| drop(s.records.remove(j)));
    with("the last dropped", &mut |s, _| drop(s.records.pop()));
    with("one twice", &mut |s, _| s.records.insert(i, s.records[i].clone()));
    with("one of another journal among them", &mut |s, _| s.records.insert(j, b.records[i].clone()));
    with("one of another journal instead", &mut |s, _| s.records[j] = b.records[j].clone());
    with("all of another journal", &mut |s, _| s.records = b.records.clone());
    with("the base of another journal", &mut |s, _| s.base = b.links[6].short());
    with("an earlier base", &mut |s, _| s.base = a.links[5].short());
    with("other salts", &mut |s, _| {
        let (salts, field) = (SaltSeed([rng.u8(..); 16]), pantau_protocol::note::Field::Note);
        s.seed = Some(salts);
        for (n, record) in s.records.iter_mut().enumerate() {
            let pantau_protocol::note::CarriedNote::Whole(note) = &mut record.notes[0] else {
                unreachable!()
            };
            note.salt = salts.after(n as u64).salt(field);
        }
    });
    with("a note left out", &mut |s, _| s.records[i].notes.clear());
    with("a payload with one more byte", &mut |s, _| s.records[j].payload.push(0));
    with("counted from elsewhere", &mut |_, span| span.first = 6);
    with("counted beyond", &mut |_, span| span.first = 8);
    with("of another link", &mut |_, span| span.link = b.links[6]);
    with("another journal whole", &mut |s, span| {
        let (request, theirs) = b.request(1, 6);
        (*s, *span) = (request.segment.unwrap(), theirs.unwrap());
    });
    forged
}

#[test]
fn the_past_told_again_changes_nothing() {
    let campaign = Campaign::new("forge_history", 12);
    play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let mut history = Vec::new();
        let mut hands = Vec::new();
        for officer in [1, 2, 3] {
            let (mut hand, code) = (Hand::new(&mut rng), rig.code(officer));
            let redeem = hand.redemption(&code);
            enrol::answer(&rig.server, &redeem).unwrap();
            history.push((redeem, true));
            hand.write(&mut rng, 12);
            let mut sent = 0;
            while sent < 12 {
                let last = rng.u64(sent + 1..=12);
                let frame = hand.push(sent + 1, last);
                assert_eq!(rig.proves(&hand, &rig.send(&frame)), Some(last));
                (history, sent) = ([history, vec![(frame, false)]].concat(), last);
            }
            hands.push(hand);
        }
        let mut next = Hand::new(&mut rng);
        next.write(&mut rng, 2);
        let (mut request, span) = next.request(1, 2);
        request.succession = Some(Succession::sign(&hands[0].key, &next.key.public()));
        let frame = next.seal(&request, span.as_ref());
        assert_eq!(rig.proves(&next, &rig.send(&frame)), Some(2));
        history.push((frame, false));

        let before = rig.held();
        for _ in 0..8 {
            rng.shuffle(&mut history);
            for (frame, is_redemption) in &history {
                let answer = if *is_redemption { enrol::answer } else { exchange::answer };
                answer(&rig.server, frame).unwrap();
            }
            assert_eq!(rig.held(), before);
        }
        history.len() as u64 * 8
    });
}

#[test]
fn only_the_old_key_names_its_successor() {
    let campaign = Campaign::new("forge_successions", 20);
    play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (a, b) = two_hands(&rig, &mut rng);
        let (next, stranger) = (Hand::new(&mut rng), Hand::new(&mut rng));
        let (old, new) = (a.device(), next.key.public());
        let by = |key: &SecretKey| Succession {
            predecessor: old,
            signature: key.sign(&Succession::hash(&old, &new)),
        };
        let desk = rig.server.identity().desk_key();
        let mut forged = vec![by(&b.key), by(&next.key), by(&stranger.key), by(desk)];
        forged.push(by(rig.server.identity().signing_key()));
        forged.push(Succession::sign(&a.key, &stranger.key.public()));
        forged.push(Succession { predecessor: b.device(), ..Succession::sign(&a.key, &new) });
        forged.push(Succession::sign(&stranger.key, &new));
        // The desk's own journal has no phone that could follow it.
        forged.push(Succession::sign(desk, &new));
        forged.extend(DOMAINS.iter().filter(|d| !d.ends_with("succession")).map(|domain| {
            let hash = hash::tagged(domain, &[&old.0, &new.0]);
            Succession { predecessor: old, signature: a.key.sign(&hash) }
        }));
        let before = rig.held();
        let (mut request, _) = next.request(1, 0);
        for succession in &forged {
            request.succession = Some(succession.clone());
            assert!(!rig.believes(&next.seal(&request, None)), "{succession:?}");
        }
        assert_eq!(rig.held(), before);
        request.succession = Some(Succession::sign(&a.key, &new));
        assert!(rig.send(&next.seal(&request, None)).certificate.is_some());
        forged.len() as u64
    });
}

/// Two enrolled phones with six records each that were not sent.
pub(crate) fn two_hands(rig: &Rig, rng: &mut Rng) -> (Hand, Hand) {
    let (mut a, mut b) = (rig.hand(1, rng), rig.hand(2, rng));
    a.write(rng, 6);
    b.write(rng, 6);
    (a, b)
}

/// The honest frame is taken all the same.
fn takes(rig: &Rig, hand: &Hand) {
    let reply = rig.send(&hand.push(1, hand.last()));
    assert_eq!(rig.proves(hand, &reply), Some(hand.last()), "{:?}", reply.outcomes);
}

/// A frame's header, signature and body.
pub(crate) fn cut(frame: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let header = frame::parse(frame).unwrap().evidence().header.len();
    (&frame[..header], &frame[header..header + 64], &frame[header + 64..])
}
