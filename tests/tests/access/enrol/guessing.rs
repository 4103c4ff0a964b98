//! Guesses against the real endpoint, at a clock that the test moves.

use fastrand::Rng;
use pantau_log::{caller::Source, enrol, store};
use pantau_protocol::{
    enrol::{ALPHABET, Code, EnrolOutcome, SECRET_SYMBOLS},
    keys::SecretKey,
    limit::{ENROL_SLEEP_MOST_S, ENROL_SLEEP_S, ENROL_TRIES, ENROL_VALID_S},
};
use pantau_tests::Campaign;

use super::racing::over_http;
use crate::{
    hand::{redeem, redeem_from, redemption},
    rig::Rig,
};

fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n; 32])
}

/// One of many addresses.
fn source(n: u32) -> Source {
    Source::of(std::net::Ipv4Addr::from(0x0A00_0000 + n).into())
}

/// Tries at a handle that were judged and wrong, as the store counts them.
fn judged(rig: &Rig, code: &Code) -> u32 {
    store::read(rig.server.store(), |view| view.enrolment(&code.handle)).unwrap().unwrap().tries
}

/// The same handle with another secret.
fn guess(code: &Code, rng: &mut Rng) -> Code {
    loop {
        let symbol = || char::from(ALPHABET[rng.usize(0..32)]);
        let secret: String = std::iter::repeat_with(symbol).take(SECRET_SYMBOLS).collect();
        if secret != code.secret {
            return Code { handle: code.handle.clone(), secret };
        }
    }
}

#[test]
fn whoever_guesses_for_the_whole_time_is_judged_110_times() {
    for seed in Campaign::new("enrol-guesses", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::memory(rng.u64(..));
        let code = enrol::invite(&rig.server, 1, "http://here", ENROL_VALID_S).unwrap().code;
        let end = rig.clock.now() + ENROL_VALID_S;
        let (mut judged, mut guesses) = (0u64, 0u64);
        while rig.clock.now() < end {
            // As many as one likes while it sleeps: none is judged, not even the right one.
            for n in 0..40 {
                let right = guesses > 0 && n == 20;
                let sent = if right { code.clone() } else { guess(&code, &mut rng) };
                let reply = redeem(&rig.server, &key(1), &sent);
                guesses += 1;
                match reply.outcome {
                    EnrolOutcome::WrongCode => judged += 1,
                    EnrolOutcome::Asleep if n + 1 == ENROL_TRIES => judged += 1,
                    EnrolOutcome::Asleep if n >= ENROL_TRIES => {
                        assert!(
                            (1..=ENROL_SLEEP_MOST_S).contains(&i64::from(reply.wait_s)),
                            "{}",
                            reply.wait_s
                        );
                    }
                    other => panic!("guess {guesses}: {other:?}"),
                }
            }
            let wait = i64::from(redeem(&rig.server, &key(2), &guess(&code, &mut rng)).wait_s);
            assert!(wait > 0, "awake after 40 wrong tries");
            // A second before it wakes it sleeps, for everybody.
            rig.clock.pass(wait - 1);
            assert_eq!(redeem(&rig.server, &key(3), &code).outcome, EnrolOutcome::Asleep);
            rig.clock.pass(1);
        }
        assert_eq!(judged, 110);
        let chance = judged as f64 / 2f64.powi(5 * SECRET_SYMBOLS as i32);
        assert!(chance < 2f64.powi(-30), "{chance:e}");
        assert_eq!(redeem(&rig.server, &key(1), &code).outcome, EnrolOutcome::Expired);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_guesses_at_once_are_judged_five_times() {
    for seed in Campaign::new("enrol-flood", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::sqlite(rng.u64(..));
        let running = rig.serve().await;
        let to = running.addr().unwrap();
        let code = enrol::invite(&rig.server, 1, "http://here", 3600).unwrap().code;
        let mut flood = tokio::task::JoinSet::new();
        for n in 0..20 {
            // From as many keys as there are callers: what counts is the handle and where they call from.
            let guesses: Vec<Code> = (0..150).map(|_| guess(&code, &mut rng)).collect();
            flood.spawn(async move {
                let mut ended = Vec::new();
                for guess in &guesses {
                    ended.push(over_http(to, &key(n), guess).await);
                }
                ended
            });
        }
        let ended: Vec<EnrolOutcome> = flood.join_all().await.into_iter().flatten().collect();
        let wrong = ended.iter().filter(|e| **e == EnrolOutcome::WrongCode).count();
        let asleep = ended.iter().filter(|e| **e == EnrolOutcome::Asleep).count();
        assert_eq!((wrong, asleep), (ENROL_TRIES as usize - 1, 3_000 + 1 - ENROL_TRIES as usize));
        rig.clock.pass(ENROL_SLEEP_S);
        assert_eq!(over_http(to, &key(1), &code).await, EnrolOutcome::Enrolled, "it wakes as it was");
        running.shutdown().await;
    }
}

#[test]
fn a_stranger_keeps_nobody_out_but_himself() {
    for seed in Campaign::new("enrol-stranger", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::memory(rng.u64(..));
        let code = enrol::invite(&rig.server, 1, "http://here", ENROL_VALID_S).unwrap().code;
        for _ in 0..ENROL_TRIES {
            redeem_from(&rig.server, source(1), &key(1), &guess(&code, &mut rng));
        }
        // He goes on polling; the true phone has another address.
        for _ in 0..100 {
            let reply = redeem_from(&rig.server, source(1), &key(1), &guess(&code, &mut rng));
            assert_eq!(reply.outcome, EnrolOutcome::Asleep);
        }
        assert_eq!(redeem_from(&rig.server, source(1), &key(1), &code).outcome, EnrolOutcome::Asleep);
        assert_eq!(redeem_from(&rig.server, source(2), &key(2), &code).outcome, EnrolOutcome::Enrolled);
        // Whoever has it may ask again from anywhere, also from where somebody guessed.
        assert_eq!(redeem_from(&rig.server, source(1), &key(2), &code).outcome, EnrolOutcome::Enrolled);
    }
}

#[test]
fn whoever_guesses_from_everywhere_is_judged_a_thousand_times() {
    for seed in Campaign::new("enrol-everywhere", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::memory(rng.u64(..));
        let start = rig.clock.now();
        let code = enrol::invite(&rig.server, 1, "http://here", ENROL_VALID_S).unwrap().code;
        // A new address for each guess: 400 at once, and then a few every ten minutes for three days.
        let mut address = 0;
        let mut from_anew = |rig: &Rig, code: &Code| {
            address += 1;
            redeem_from(&rig.server, source(address), &key(1), code)
        };
        let first = from_anew(&rig, &guess(&code, &mut rng));
        for _ in 0..400 {
            let next = from_anew(&rig, &guess(&code, &mut rng));
            assert_eq!(next, first, "judged or not, the answer is the same");
        }
        assert_eq!(judged(&rig, &code), 100);
        assert_eq!(from_anew(&rig, &code), first, "nor is the right one judged");
        while rig.clock.now() < start + ENROL_VALID_S {
            for _ in 0..5 {
                from_anew(&rig, &guess(&code, &mut rng));
            }
            rig.clock.pass(600);
        }
        from_anew(&rig, &guess(&code, &mut rng));
        let judged = judged(&rig, &code);
        assert!((950..=1_000).contains(&judged), "{judged}");
        let chance = f64::from(judged) / 2f64.powi(5 * SECRET_SYMBOLS as i32);
        assert!(chance < 2f64.powi(-30), "{chance:e}");
    }
}

#[test]
fn answers_do_not_tell_which_handles_exist() {
    for seed in Campaign::new("enrol-equal", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::memory(rng.u64(..));
        let new = |valid_s| enrol::invite(&rig.server, 1, "http://here", valid_s).unwrap().code;
        let [open, used, expired, busy, voided] = [3_600, 3_600, 1, 3_600, 3_600].map(new);
        redeem_from(&rig.server, source(900), &key(9), &used);
        for n in 0..200 {
            redeem_from(&rig.server, source(1_000 + n), &key(1), &guess(&busy, &mut rng));
        }
        store::write(rig.server.store(), |tx| {
            let enrolment = tx.enrolment(&voided.handle)?.unwrap();
            tx.put_enrolment(&store::Enrolment { voided: true, ..enrolment })
        })
        .unwrap();
        rig.clock.pass(2);
        let mut absent = guess(&open, &mut rng);
        absent.handle = "----".into();
        let all = [&open, &used, &expired, &busy, &voided, &absent];
        // As many tries as put a source to sleep, each handle from a source of its own.
        for n in 0..ENROL_TRIES + 2 {
            let ask = |(at, code): (usize, &&Code)| {
                let sent = redemption(&key(1), &guess(code, &mut Rng::with_seed(seed + u64::from(n))));
                let from = source(5_000 + at as u32);
                let got = enrol::answer_to(&rig.server, from, &sent).unwrap();
                (got.len(), crate::hand::redeemed(&sent, &got))
            };
            let answers: Vec<_> = all.iter().enumerate().map(ask).collect();
            assert!(answers.iter().all(|a| *a == answers[0]), "try {n}: {answers:?}");
        }
        // Whoever proves the secret may hear what became of the code.
        let told = |code: &Code| redeem_from(&rig.server, source(7_000), &key(1), code).outcome;
        assert_eq!(told(&used), EnrolOutcome::Used);
        assert_eq!((told(&expired), told(&voided)), (EnrolOutcome::Expired, EnrolOutcome::Expired));
        assert_eq!((told(&busy), told(&open)), (EnrolOutcome::WrongCode, EnrolOutcome::Enrolled));
        let wrong = |at: u32, handle: &str| {
            let code = Code { handle: handle.into(), secret: "00000000".into() };
            redeem_from(&rig.server, source(8_000), &key(at as u8), &code).outcome
        };
        // A source that tries very many handles sleeps at all of them, there or not.
        let many = (0..1_000).filter(|n| wrong(*n, &format!("{n:04}")) == EnrolOutcome::WrongCode).count();
        assert_eq!(many, 299);
        assert_eq!(redeem_from(&rig.server, source(8_000), &key(1), &busy).outcome, EnrolOutcome::Asleep);
    }
}

#[test]
fn a_handle_sleeps_for_itself_alone() {
    for seed in Campaign::new("enrol-handles", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::memory(rng.u64(..));
        let codes: Vec<Code> =
            (0..20).map(|_| enrol::invite(&rig.server, 1, "http://here", 1 << 30).unwrap().code).collect();
        // One phone tries all of them, many phones try one: neither makes another handle sleep.
        for code in &codes[..19] {
            for _ in 0..ENROL_TRIES {
                redeem(&rig.server, &key(1), &guess(code, &mut rng));
            }
            assert_eq!(redeem(&rig.server, &key(1), code).outcome, EnrolOutcome::Asleep);
        }
        assert_eq!(redeem(&rig.server, &key(1), &codes[19]).outcome, EnrolOutcome::Enrolled);
        // Handles that nobody made are answered like wrong secrets, cost nothing and open nothing.
        let wrong = redeem(&rig.server, &key(9), &guess(&codes[19], &mut rng));
        let absent = Code { handle: "ZZZZ".into(), ..guess(&codes[19], &mut rng) };
        assert!(codes.iter().all(|c| c.handle != absent.handle));
        assert_eq!(redeem(&rig.server, &key(9), &absent), wrong);
        let rows = rig.rows().len();
        for n in 0..2_000u32 {
            let code = Code { handle: format!("{n:04}"), secret: "00000000".into() };
            if codes.iter().all(|c| c.handle != code.handle) {
                let reply = redeem_from(&rig.server, source(n % 50), &key(9), &code);
                assert_eq!(reply.outcome, EnrolOutcome::WrongCode);
            }
        }
        assert_eq!(rig.rows().len(), rows);
        // Each sleep lasts longer, up to the longest.
        let mut expected = ENROL_SLEEP_S;
        for _ in 0..7 {
            let wait = i64::from(redeem(&rig.server, &key(1), &guess(&codes[0], &mut rng)).wait_s);
            assert_eq!(wait, expected);
            rig.clock.pass(wait);
            for _ in 1..ENROL_TRIES {
                let reply = redeem(&rig.server, &key(1), &guess(&codes[0], &mut rng));
                assert_eq!(reply.outcome, EnrolOutcome::WrongCode);
            }
            redeem(&rig.server, &key(1), &guess(&codes[0], &mut rng));
            expected = (expected * 2).min(ENROL_SLEEP_MOST_S);
        }
        rig.clock.pass(expected);
        assert_eq!(redeem(&rig.server, &key(1), &codes[0]).outcome, EnrolOutcome::Enrolled);
    }
}

#[test]
fn no_handle_sleeps_until_a_year_that_was_a_mistake() {
    for seed in Campaign::new("enrol-clock", 1).seeds() {
        let mut rng = Rng::with_seed(seed);
        let rig = Rig::memory(rng.u64(..));
        let now = rig.clock.now();
        let code = enrol::invite(&rig.server, 1, "http://here", ENROL_VALID_S).unwrap().code;
        // The server's clock is years ahead while somebody guesses, and then put right.
        for years in [1, 36, 75] {
            rig.clock.set(now + years * 31_557_600);
            for _ in 0..ENROL_TRIES {
                redeem(&rig.server, &key(1), &guess(&code, &mut rng));
            }
            assert_eq!(redeem(&rig.server, &key(1), &code).outcome, EnrolOutcome::Asleep);
            rig.clock.set(now);
            assert_eq!(
                redeem(&rig.server, &key(1), &guess(&code, &mut rng)).outcome,
                EnrolOutcome::WrongCode
            );
            // Put back by less than a sleep, it sleeps on.
            for _ in 1..ENROL_TRIES {
                redeem(&rig.server, &key(1), &guess(&code, &mut rng));
            }
            rig.clock.set(now - 60);
            assert_eq!(redeem(&rig.server, &key(1), &code).outcome, EnrolOutcome::Asleep);
            rig.clock.set(now);
        }
        rig.clock.pass(ENROL_SLEEP_S - 1);
        assert_eq!(redeem(&rig.server, &key(1), &code).outcome, EnrolOutcome::Asleep);
        rig.clock.set(now - 2 * ENROL_SLEEP_MOST_S);
        assert_eq!(redeem(&rig.server, &key(1), &code).outcome, EnrolOutcome::Enrolled);
    }
}
