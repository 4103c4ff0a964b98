//! The one judgement against a naive one, and against what the state counts: in random histories with
//! corrections, retractions, copies, grants that end, revocations and forks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{Answer, Body, Correct, Kind, Retract, Ruling, Verdict},
    journal::{DeviceId, RecordId},
    projection::{Fact, Fold, Heard, Judged, judge, place_state},
    role::Role,
};
use proptest::prelude::*;
use samples::*;

/// A desk operator, whose grant ends in some games.
const OPERATOR: u8 = 50;
/// The camat's second phone.
const SECOND: u8 = 11;
/// A record that nobody wrote.
fn nobodys() -> RecordId {
    RecordId::from_bytes([0xEE; 16])
}

const SPEAKERS: [u8; 5] = [CAMAT, SECOND, OFFICER, OPERATOR, DESK];

/// Speaker, what, which earlier record it names, minute, number, branch.
type Act = (u8, u8, u8, i64, u8, u32);

/// Minute at which the operator's grant ends, a revocation with its speaker and last trusted number, the acts.
type Game = (Option<i64>, Option<(u8, u8)>, Vec<Act>);

fn games() -> impl Strategy<Value = Game> {
    let act = (0..5u8, 0..9u8, any::<u8>(), 0..90i64, 1..7u8, 0..2u32);
    let revoked = prop::option::weighted(0.4, (0..4u8, 0..6u8));
    (prop::option::weighted(0.6, 0..100i64), revoked, prop::collection::vec(act, 0..16))
}

fn history((ended, revoked, acts): &Game) -> Vec<Say> {
    let mut all = with(&[
        register(11, SECOND, 1, Some(CAMAT)),
        register(12, OPERATOR, 50, None),
        grant(13, 50, Role::DeskOperator, false, TEN - 9 * HOUR),
    ]);
    all.extend(ended.map(|minute| grant(14, 50, Role::DeskOperator, true, TEN + minute * MINUTE)));
    if let Some((who, through)) = revoked {
        let who = SPEAKERS[usize::from(*who)];
        let body = revoke(u64::from(*through), who, &[(0, u64::from(*through))]);
        all.push(Say::new(DESK, 15, TEN + 2 * HOUR, &place("62"), &body));
    }
    let mut said: Vec<Say> = Vec::new();
    for (who, what, which, minute, seq, branch) in acts {
        let who = SPEAKERS[usize::from(*who)];
        let named = said.get(usize::from(*which) % said.len().max(1)).map(Say::id);
        let named = named.unwrap_or_else(nobodys);
        let seq = u64::from(*seq) + if who == DESK { 100 } else { 0 };
        let plain = visit(&[Answer::from_number(u32::from(which % 3) + 1)]);
        let (kind, target_places) = (plain.kind(), vec![tps()]);
        let mut say = match what {
            0..=3 => say(who, seq, *minute, &plain),
            4 => say(who, seq, *minute, &plain).copy_of(named),
            5 | 6 => {
                let body = plain.encode();
                say(who, seq, *minute, &Body::Correct(Correct { target: named, target_places, kind, body }))
            }
            7 => {
                let body = Retract { target: named, target_places, kind: None };
                say(who, seq, *minute, &Body::Retract(body))
            }
            _ => {
                let records = vec![named];
                let ruling = Ruling { verdict: Verdict::Admit, records, target_places, closing: None };
                say(DESK, seq + 200, *minute, &Body::Ruling(ruling))
            }
        };
        say.branch = *branch;
        said.push(say);
    }
    all.extend(said);
    all
}

/// The same rule without any index, one record at a time.
struct Naive<'a> {
    fold: &'a Fold,
    facts: Vec<&'a Fact>,
}

type Author = (Option<u32>, Option<DeviceId>);

impl Naive<'_> {
    fn author(&self, fact: &Fact) -> Author {
        let officer = self.fold.reference().officer(&fact.device);
        (officer, officer.is_none().then_some(fact.device))
    }

    fn find(&self, id: RecordId) -> Option<&Fact> {
        self.facts.iter().copied().find(|f| f.id == id)
    }

    /// What a fact repeats in the end.
    fn word(&self, fact: &Fact) -> (RecordId, Author) {
        let (author, mut here, mut seen) = (self.author(fact), fact, BTreeSet::from([fact.id]));
        while let Some(original) = here.record.copy_of {
            match self.find(original) {
                None => return (original, author),
                Some(other) if self.author(other) != self.author(here) => break,
                Some(other) if !seen.insert(other.id) => break,
                Some(other) => here = other,
            }
        }
        (here.id, author)
    }

    fn was_desk(&self, fact: &Fact, ended: Option<i64>) -> bool {
        match self.author(fact).0 {
            Some(100) => true,
            Some(50) => ended.is_none_or(|minute| fact.effective_at() < TEN + minute * MINUTE),
            _ => false,
        }
    }

    fn is_superseded(&self, fact: &Fact, ended: Option<i64>) -> bool {
        self.facts.iter().copied().filter(|by| by.id != fact.id).any(|by| {
            let target = match &by.body {
                Body::Correct(b) => b.target,
                Body::Retract(b) => b.target,
                _ => return false,
            };
            let own = self.author(by);
            let word = self.find(target).map_or((target, own), |f| self.word(f));
            word == self.word(fact) && (word.1 == own || self.was_desk(by, ended))
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_is_judged_to_count_is_what_the_state_counts(game in games()) {
        let all = history(&game);
        let fold = fold(&all);
        let (reference, place) = (fold.reference(), tps());
        let facts: Vec<&Fact> = fold.facts_of(&place).collect();
        let judgement = judge(facts.iter().copied(), reference);
        let backwards = judge(facts.iter().rev().copied().chain(facts.iter().copied()), reference);
        prop_assert_eq!(&judgement, &backwards);

        let trusted = facts.iter().copied().filter(|f| reference.distrust(&f.id, f.author()).is_none());
        let naive = Naive { fold: &fold, facts: trusted.collect() };
        for fact in &facts {
            let becomes = judgement.of(&fact.id);
            let distrusted = reference.distrust(&fact.id, fact.author()).map(Judged::Untrusted);
            let superseded = matches!(becomes, Judged::Superseded { .. });
            match distrusted {
                Some(untrusted) => prop_assert_eq!(becomes, untrusted),
                None => prop_assert_eq!(superseded, naive.is_superseded(fact, game.0), "{:?}", fact),
            }
        }

        let counting = || facts.iter().copied().filter(|f| judgement.of(&f.id) == Judged::Counts);
        let visits = || counting().filter(|f| f.statement.kind() == Kind::Visit);
        let officers: BTreeSet<u32> = visits().filter_map(|f| reference.officer(&f.device)).collect();
        prop_assert_eq!(Heard::new(&place, facts.iter().copied(), reference).visitors(), officers);
        let state = place_state(&place, facts.iter().copied(), reference);
        prop_assert_eq!(state.visits > 0, visits().next().is_some());
        prop_assert!(state.visits as usize <= visits().count());
        prop_assert_eq!(state.records as usize, visits().count());
    }
}

#[test]
fn what_an_operator_took_back_stays_so_after_his_grant_ended() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let body = Retract { target: visited.id(), target_places: vec![tps()], kind: None };
    let all = with(&[
        register(12, OPERATOR, 50, None),
        grant(13, 50, Role::DeskOperator, false, TEN - 9 * HOUR),
        grant(14, 50, Role::DeskOperator, true, TEN + HOUR),
        visited.clone(),
        say(OPERATOR, 1, 10, &Body::Retract(body.clone())),
    ]);
    let judged = |all: &[Say], id| {
        let fold = fold(all);
        judge(fold.facts_of(&tps()), fold.reference()).of(&id)
    };
    assert!(matches!(judged(&all, visited.id()), Judged::Superseded { .. }));
    let later = Say::new(OPERATOR, 1, TEN + 2 * HOUR, &tps(), &Body::Retract(body));
    let mut too_late = all;
    too_late.pop();
    too_late.push(later);
    assert_eq!(judged(&too_late, visited.id()), Judged::Counts);
    assert_eq!(judged(&too_late, nobodys()), Judged::Quarantined);
}
