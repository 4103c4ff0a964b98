//! Clones of one phone that write and push in any order: nothing is lost, doubled or falsely receipted.

use std::collections::BTreeSet;

use pantau_protocol::{exchange::Outcome, journal::Link, role::Role};
use proptest::prelude::*;

use crate::rig::{Phone, Rig, standby};

#[derive(Debug, Clone)]
enum Step {
    /// This clone writes.
    Write(usize),
    /// This clone pushes some of its records, twice if the reply is lost.
    Push(usize, u64, u64, bool),
    /// This clone is restored from another one as it was at a record.
    Restore(usize, usize, u64),
}

const CLONES: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..CLONES).prop_map(Step::Write),
        3 => (0..CLONES, 0..12u64, 0..12u64, any::<bool>()).prop_map(|(c, a, b, l)| Step::Push(c, a, b, l)),
        1 => (0..CLONES, 0..CLONES, 0..12u64).prop_map(|(c, from, at)| Step::Restore(c, from, at)),
    ]
}

fn held(rig: &Rig, phone: &Phone) -> Vec<Link> {
    rig.rows_of(phone).iter().map(|r| r.entry.link).collect()
}

/// Pushes a span that is not empty; checks what the server says against what it holds.
fn push(rig: &Rig, phone: &mut Phone, first: u64, last: u64) {
    let before: BTreeSet<Link> = held(rig, phone).into_iter().collect();
    let reply = phone.push(&rig.server, first, last);
    let after = held(rig, phone);
    let base = phone.links[first as usize - 1];
    let is_gap = reply.outcomes.iter().any(|o| matches!(o, Outcome::Gap { .. }));
    assert_eq!(is_gap, first > 1 && !before.contains(&base), "a gap is said where the base is not held");
    let span = &phone.links[first as usize..=last as usize];
    if is_gap {
        assert_eq!(after.len(), before.len());
    } else {
        assert!(span.iter().all(|l| after.contains(l)), "what is not refused is held");
        assert!(phone.is_proof(&rig.server, &reply));
        assert_eq!(reply.receipt.as_ref().unwrap().statement.last, last);
    }
    let was_new = span.iter().any(|l| !before.contains(l));
    assert_eq!(reply.outcomes.contains(&Outcome::Stored), was_new && !is_gap);
    if phone.is_proof(&rig.server, &reply) {
        let last = reply.receipt.unwrap().statement.last as usize;
        assert!(
            phone.links[1..=last].iter().all(|l| after.contains(l)),
            "a receipt covers only what is held"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_doubled_or_falsely_receipted(steps in proptest::collection::vec(step(), 1..40)) {
        let rig = Rig::memory();
        let phone = rig.phone(7, Role::Camat, "62.06.13");
        let mut clones = vec![phone; CLONES];
        let mut written = 0;
        for step in steps {
            match step {
                Step::Write(c) => {
                    written += 1;
                    clones[c].write(&standby(written % 90), "62.06.13");
                }
                Step::Push(c, a, b, twice) => {
                    let last = clones[c].last();
                    let (first, end) = (a.min(b) + 1, (a.max(b) + 1).min(last));
                    if first <= end {
                        push(&rig, &mut clones[c], first, end);
                        if twice {
                            push(&rig, &mut clones[c], first, end);
                        }
                    }
                }
                Step::Restore(c, from, at) => {
                    let mut copy = clones[from].clone();
                    copy.records.truncate(at as usize);
                    copy.links.truncate(at as usize + 1);
                    clones[c] = copy;
                }
            }
        }
        for clone in &mut clones {
            let last = clone.last();
            if last > 0 {
                push(&rig, clone, 1, last);
            }
        }
        let all = held(&rig, &clones[0]);
        let distinct: BTreeSet<Link> = all.iter().copied().collect();
        prop_assert_eq!(all.len(), distinct.len(), "every link once");
        let rows = rig.rows();
        prop_assert!(rows.iter().zip(1..).all(|(r, n)| r.position == n));
    }
}
