//! The server's own words: replies, receipts and certificates that were given to somebody else, at another
//! time, or by nobody.

use fastrand::Rng;
use pantau_log::exchange;
use pantau_protocol::{
    enrol::{Certificate, CertifiedGrant},
    exchange::Outcome,
    frame::{self, FrameKind},
    hash,
    journal::{Digest, Link},
    keys::{SecretKey, Sig},
    receipt::{Epoch, OldReceipt, Receipt, ReceiptContext, Statement, Step},
    role::Role,
    segment::Segment,
};
use pantau_tests::{Campaign, place};

use crate::{
    rig::{Hand, Rig, play},
    splices::{DOMAINS, cut, two_hands},
};

#[test]
fn a_reply_answers_its_own_request_only() {
    let campaign = Campaign::new("forge_replies", 16);
    play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (a, b) = two_hands(&rig, &mut rng);
        let elsewhere = Rig::new(!seed);
        let mut asked =
            vec![a.push(1, 3), a.push(4, 6), a.push(1, 6), b.push(1, 3), b.push(1, 6), a.push(1, 0)];
        asked.push(b.push(1, 0));
        // The same request a second time has the same answer, and that is all it has.
        let keys = rig.server.identity().signing_keys();
        let told: Vec<_> = asked.iter().map(|f| exchange::answer(&rig.server, f).unwrap()).collect();
        let theirs: Vec<_> = asked.iter().map(|f| exchange::answer(&elsewhere.server, f).unwrap()).collect();
        let opens = |got: &[u8], sent: &[u8]| {
            frame::parse(got).unwrap().open_reply(&keys, &frame::request_hash(sent)).is_ok()
        };
        let mut count = 0;
        for (n, sent) in asked.iter().enumerate() {
            for (m, got) in told.iter().enumerate() {
                assert_eq!(opens(got, sent), n == m, "reply {m} to request {n}");
            }
            assert!(theirs.iter().all(|got| !opens(got, sent)), "another server answers");
            assert!(!told.iter().any(|got| rig.believes(got)), "a reply sent as a request");
            count += 3 * asked.len() as u64;
        }
        count + contexts(&rig, &a, &asked[0], &told[0])
    });
}

/// A reply signed by the right key over other parts or in another domain, or by other keys.
fn contexts(rig: &Rig, a: &Hand, sent: &[u8], got: &[u8]) -> u64 {
    let (identity, digest) = (rig.server.identity(), frame::request_hash(sent));
    let keys = identity.signing_keys();
    let (header, _, body) = cut(got);
    let body_hash = frame::parse(got).unwrap().evidence().body_hash;
    let signed = |key: &SecretKey, domain: &str, parts: &[&[u8]]| {
        let signature: Sig = key.sign(&hash::tagged(domain, parts));
        let forged = [header, &signature.0[..], body].concat();
        frame::parse(&forged).unwrap().open_reply(&keys, &digest).is_ok()
    };
    let (right, key) = ([header, &body_hash[..], &digest[..]], identity.signing_key());
    assert!(signed(key, "pantau/1/reply", &right));
    for domain in DOMAINS.iter().filter(|d| **d != "pantau/1/reply") {
        assert!(!signed(key, domain, &right), "{domain}");
    }
    for parts in [&right[..2], &[&digest, header, &body_hash], &[header, body, &digest], &[&digest]] {
        assert!(!signed(key, "pantau/1/reply", parts));
    }
    for key in [&a.key, identity.desk_key()] {
        assert!(!signed(key, "pantau/1/reply", &right));
    }
    // What is sealed as an answer to an enrolment is none to an exchange, whoever sealed it.
    let own = frame::seal_reply(FrameKind::EnrolReply, &a.key, &digest, 1, b"x");
    assert!(frame::parse(&own).unwrap().open_reply(&keys, &digest).is_err());
    DOMAINS.len() as u64 + 6
}

#[test]
fn a_receipt_says_one_thing_of_one_journal() {
    let campaign = Campaign::new("forge_receipts", 60);
    play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (a, b) = two_hands(&rig, &mut rng);
        let reply = rig.send(&a.push(1, 3));
        let (receipt, keys) = (reply.receipt.clone().unwrap(), rig.server.identity().signing_keys());
        let context = rig.context(&a, &reply, 3).unwrap();
        assert!(receipt.verify(&context, &keys));
        let statements = altered(&receipt.statement, &mut rng);
        for statement in &statements {
            let forged = Receipt { statement: statement.clone(), ..receipt.clone() };
            assert!(!forged.verify(&context, &keys), "{statement:?}");
        }
        let epoch = Epoch { created_at: context.epoch.created_at + 1, ..context.epoch };
        let contexts = [
            ReceiptContext { link: a.links[2], ..context },
            ReceiptContext { link: b.links[3], ..context },
            ReceiptContext { device: b.device(), ..context },
            ReceiptContext { server: Rig::new(!seed).server.identity().server_id(), ..context },
            ReceiptContext { epoch, ..context },
            ReceiptContext { epoch: Epoch { random: [rng.u8(..); 8], ..context.epoch }, ..context },
        ];
        assert!(contexts.iter().all(|other| !receipt.verify(other, &keys)));
        let by = |key: &SecretKey| Receipt::sign(receipt.statement.clone(), &context, key);
        assert!(
            [&a.key, &b.key, rig.server.identity().desk_key()].iter().all(|k| !by(k).verify(&context, &keys))
        );
        old_receipts(&rig, &a, &receipt, &context, &statements);
        tails(&rig, &a, &OldReceipt { epoch: context.epoch, link: context.link, receipt });
        statements.len() as u64 + 9
    });
}

/// A receipt's statement with one field changed.
fn altered(said: &Statement, rng: &mut Rng) -> Vec<Statement> {
    let step = said.steps[0];
    let steps = |steps: Vec<Step>| Statement { steps, ..said.clone() };
    vec![
        Statement { branch: said.branch + 1, ..said.clone() },
        Statement { last: said.last + rng.u64(1..9), ..said.clone() },
        Statement { last: said.last - 1, ..said.clone() },
        Statement { notes_through: said.notes_through + 1, ..said.clone() },
        Statement { position: said.position + rng.u64(1..1 << 40), ..said.clone() },
        Statement { position: said.position - 1, ..said.clone() },
        steps(Vec::new()),
        steps(vec![Step { received_at: step.received_at - rng.i64(1..1_000_000), ..step }]),
        steps(vec![Step { last: step.last + 1, ..step }]),
        steps(vec![step, step]),
    ]
}

/// A server that lost its log takes first receipt times from old receipts, and a new epoch: not from forged
/// ones.
fn old_receipts(rig: &Rig, a: &Hand, honest: &Receipt, context: &ReceiptContext, forged: &[Statement]) {
    let now = rig.server.now() + 1_000;
    let restored = rig.emptied(now);
    let show = |receipt: Receipt, link: Link| OldReceipt { epoch: context.epoch, link, receipt };
    let (mut request, _) = a.request(1, 0);
    request.certificate = a.certificate.clone();
    assert!(restored.send(&a.seal(&request, None)).certificate.is_some());
    let epoch = restored.server.epoch().unwrap();
    let mut shown: Vec<OldReceipt> = Vec::new();
    for statement in forged {
        shown.push(show(Receipt { statement: statement.clone(), ..honest.clone() }, context.link));
    }
    let later = Epoch { created_at: epoch.created_at + 1, ..epoch };
    shown.push(OldReceipt { epoch: later, ..show(honest.clone(), context.link) });
    let (mut request, span) = a.request(1, 3);
    request.old_receipts = shown;
    let reply = restored.send(&a.seal(&request, span.as_ref()));
    assert_eq!(reply.epoch, epoch);
    let steps = reply.receipt.unwrap().statement.steps;
    assert!(steps.iter().all(|s| s.received_at == now), "{steps:?}");
    // The honest one is taken: the same journal on yet another restored server keeps its time.
    let again = rig.emptied(now);
    let (mut request, span) = a.request(1, 3);
    request.certificate = a.certificate.clone();
    request.old_receipts = vec![show(honest.clone(), context.link)];
    let reply = again.send(&a.seal(&request, span.as_ref()));
    let steps = reply.receipt.unwrap().statement.steps;
    assert!(steps.iter().all(|s| s.received_at < now), "{steps:?}");
}

/// A receipt that reaches further than the push counts with the digests in between, and with no others.
fn tails(rig: &Rig, a: &Hand, shown: &OldReceipt) {
    let now = rig.server.now() + 1_000;
    let segment = Segment { base: [0; 8], seed: None, records: a.records.clone() };
    let digests: Vec<Digest> =
        segment.chain(&a.device(), 1, &a.links[0]).iter().map(|chained| chained.digest).collect();
    let first_received = |tail: &[Digest]| {
        let (mut request, span) = a.request(1, 1);
        request.certificate = a.certificate.clone();
        (request.old_receipts, request.tail) = (vec![shown.clone()], tail.to_vec());
        let reply = rig.emptied(now).send(&a.seal(&request, span.as_ref()));
        reply.receipt.unwrap().statement.steps[0].received_at
    };
    let told = shown.receipt.statement.steps[0].received_at;
    assert_eq!(first_received(&digests[1..3]), told);
    assert_eq!(first_received(&digests[1..4]), told, "what follows does no harm");
    let mut spoilt = digests[1..3].to_vec();
    spoilt[1].0[7] ^= 1;
    let swapped = [digests[2], digests[1]];
    for tail in [&[], &digests[1..2], &digests[2..3], &digests[..3], &swapped[..], &spoilt[..]] {
        assert_eq!(first_received(tail), now, "{tail:?}");
    }
}

#[test]
fn a_certificate_is_the_servers_or_worth_nothing() {
    let campaign = Campaign::new("forge_certificates", 40);
    play(&campaign, |seed| {
        let (rig, mut rng) = (Rig::new(seed), Rng::with_seed(seed));
        let (a, b) = two_hands(&rig, &mut rng);
        let restored = rig.emptied(rig.server.now() + 10);
        let identity = rig.server.identity();
        let honest = a.certificate.clone().unwrap();
        let wide = CertifiedGrant { role: Role::DeskAdmin, place: place("62") };
        let mut forged = vec![
            Certificate { officer: honest.officer + 1, ..honest.clone() },
            Certificate { grants: Vec::new(), ..honest.clone() },
            Certificate { grants: vec![wide.clone()], ..honest.clone() },
            Certificate { grants: [honest.grants.clone(), vec![wide]].concat(), ..honest.clone() },
            Certificate { predecessor: Some(b.device()), ..honest.clone() },
            Certificate { issued_at: honest.issued_at + 1, ..honest.clone() },
            Certificate { signature: Sig([0; 64]), ..honest.clone() },
            Certificate { device_key: a.key.public(), ..b.certificate.clone().unwrap() },
            b.certificate.clone().unwrap(),
            // Of another server, signed by it or by us.
            Certificate { server: Rig::new(!seed).server.identity().server_id(), ..honest.clone() }
                .sign(identity.signing_key()),
            honest.clone().sign(Rig::new(!seed).server.identity().signing_key()),
        ];
        forged.extend([&a.key, &b.key, identity.desk_key()].map(|key| honest.clone().sign(key)));
        let (before, (mut request, _)) = (restored.held(), a.request(1, 0));
        for certificate in &forged {
            request.certificate = Some(certificate.clone());
            assert!(!restored.believes(&a.seal(&request, None)), "{certificate:?}");
        }
        // Nor does somebody else's frame gain by ours.
        let (mut other, _) = Hand::new(&mut rng).request(1, 0);
        other.certificate = Some(honest.clone());
        assert!(!restored.believes(&Hand::new(&mut rng).seal(&other, None)));
        assert_eq!(restored.held(), before);
        request.certificate = Some(honest);
        let reply = restored.send(&a.seal(&request, None));
        assert!(reply.certificate.is_some() && !reply.outcomes.contains(&Outcome::Unknown));
        forged.len() as u64 + 1
    });
}
