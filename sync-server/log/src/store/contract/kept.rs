//! What is kept beside the log.

use super::*;

pub(in crate::store) fn people_of_the_desk_are_kept(store: &dyn Store) {
    let operator = |name: &str| Operator::new(name, "$argon2id$", 1, Rights::Desk);
    let session =
        |n: u8, name: &str, expires_at| Session { id_hash: [n; 32], username: name.into(), expires_at };
    let code = |handle: &str, device| Enrolment {
        handle: handle.into(),
        code_key: [1; 32],
        officer: 7,
        created_at: 1,
        expires_at: 2,
        tries: 3,
        sleeps_until: 4,
        device,
        voided: false,
    };
    write(store, |tx| {
        tx.put_operator(&operator("siti"))?;
        tx.put_operator(&Operator { disabled: true, ..operator("siti") })?;
        for (n, name, expires_at) in [(1, "siti", 10), (2, "siti", 20), (3, "budi", 10), (4, "budi", 30)] {
            tx.put_session(&session(n, name, expires_at))?;
        }
        tx.delete_session(&[1; 32])?;
        tx.delete_sessions(None, Some(10))?;
        tx.put_enrolment(&code("AAAA", None))?;
        tx.put_enrolment(&code("BBBB", Some(device(1))))?;
        assert_eq!(tx.void_enrolments()?, 1);
        Ok(())
    })
    .unwrap();
    assert!(read(store, |v| v.operator("siti")).unwrap().unwrap().disabled);
    assert_eq!(read(store, |v| v.desk_operators()).unwrap().len(), 1);
    let alive = |n: u8| read(store, |v| v.session(&[n; 32])).unwrap().is_some();
    assert_eq!([1, 2, 3, 4].map(alive), [false, true, false, true]);
    assert!(read(store, |v| v.enrolment("AAAA")).unwrap().unwrap().voided);
    assert_eq!(read(store, |v| v.enrolment("BBBB")).unwrap(), Some(code("BBBB", Some(device(1)))));
    assert_eq!(read(store, |v| v.desk_enrolments()).unwrap().len(), 2);
    write(store, |tx| tx.delete_sessions(Some("siti"), None)).unwrap();
    assert_eq!([2, 4].map(alive), [false, true]);
    read_tokens_are_kept(store);
    deeds_are_kept(store);
}

fn deeds_are_kept(store: &dyn Store) {
    let deed = |matter: &str, at, operator: &str, kind, heir: &str| Deed {
        matter: matter.into(),
        at,
        operator: operator.into(),
        kind,
        heir: heir.into(),
        note: format!("pada {at}"),
    };
    let all = [
        deed("a", 1, "siti", DeedKind::Take, ""),
        deed("b", 2, "budi", DeedKind::Take, ""),
        deed("a", 3, "siti", DeedKind::Note, ""),
        deed("a", 4, "siti", DeedKind::HandOver, "budi"),
        deed("b", 5, "budi", DeedKind::Leave, ""),
        deed("a", 6, "siti", DeedKind::Note, ""),
    ];
    write(store, |tx| all.iter().try_for_each(|deed| tx.add_deed(deed))).unwrap();
    let of = |numbers: &[usize]| numbers.iter().map(|n| all[*n].clone()).collect::<Vec<_>>();
    assert_eq!(read(store, |v| v.deeds("a")).unwrap(), of(&[0, 2, 3, 5]));
    assert_eq!(read(store, |v| v.deeds("c")).unwrap(), of(&[]));
    assert_eq!(read(store, |v| v.desk_owners()).unwrap(), of(&[3, 4]));
    assert_eq!(read(store, |v| v.desk_deeds_of("siti", 3, 2)).unwrap(), of(&[3, 5]));
    assert_eq!(read(store, |v| v.desk_deeds_of("budi", 3, 9)).unwrap(), of(&[4]));
}

fn read_tokens_are_kept(store: &dyn Store) {
    let token = |id: &str, created_at| ReadToken {
        id: id.into(),
        name: "papan".into(),
        secret_hash: [3; 32],
        within: place("62.06"),
        names: true,
        created_at,
        expires_at: 90,
        revoked_at: None,
        used_on: None,
    };
    let used = ReadToken { used_on: Some(19_766), ..token("b", 2) };
    let revoked = ReadToken { revoked_at: Some(3), names: false, ..token("c", 2) };
    write(store, |tx| {
        [token("a", 1), token("b", 2), used.clone(), revoked.clone()]
            .iter()
            .try_for_each(|t| tx.put_read_token(t))
    })
    .unwrap();
    let kept = |id: &str| read(store, |v| v.read_token(id)).unwrap();
    assert_eq!([kept("b"), kept("x")], [Some(used.clone()), None]);
    assert_eq!(
        read(store, |v| v.desk_read_tokens()).unwrap(),
        [used.clone(), revoked.clone(), token("a", 1)]
    );
    assert_eq!(write(store, |tx| tx.revoke_read_tokens(7)).unwrap(), 2);
    assert_eq!(kept("b"), Some(ReadToken { revoked_at: Some(7), ..used }));
    assert_eq!(kept("c"), Some(revoked), "when it was first revoked stays");
}

pub(in crate::store) fn what_devices_added_is_kept_by_account(store: &dyn Store) {
    start(store);
    let usage = |by, revoked, over_since| Usage {
        records: 3,
        bytes: 1 << 40,
        branches: 1,
        over_since,
        day: 19_766,
        ..Usage::none(device(by), revoked)
    };
    let (mine, evidence, other) =
        (usage(1, false, Some(20)), usage(1, true, Some(10)), usage(2, false, None));
    write(store, |tx| {
        assert_eq!(tx.journal_usage(&device(1), false)?, None);
        tx.put_usage(&Usage { records: 9, ..mine })?;
        assert_eq!(tx.journal_usage(&device(1), false)?.map(|u| u.records), Some(9));
        [mine, evidence, other].iter().try_for_each(|u| tx.put_usage(u))
    })
    .unwrap();
    let kept = |by, revoked| read(store, |v| v.journal_usage(&device(by), revoked)).unwrap();
    assert_eq!([kept(1, false), kept(1, true), kept(2, false)], [Some(mine), Some(evidence), Some(other)]);
    assert_eq!(kept(2, true), None);
    assert_eq!(read(store, |v| v.desk_over_quota()).unwrap(), [evidence, mine]);
}

/// A journal with three branches is one that forked, not two.
pub(in crate::store) fn forked_journals_and_their_branches_are_counted(store: &dyn Store) {
    start(store);
    let branch = |number| Branch {
        number,
        parent: Some(0),
        starts: 2,
        last: 3,
        link: Link([number as u8; 32]),
        not_before: 0,
    };
    write(store, |tx| {
        put(tx, &entry(1, 1, &["62"], Kind::Visit));
        put(tx, &entry(2, 1, &["62"], Kind::Visit));
        put(tx, &entry(3, 1, &["62"], Kind::Visit));
        tx.put_branch(&device(1), &branch(1))?;
        tx.put_branch(&device(1), &branch(2))?;
        tx.put_branch(&device(2), &branch(1))
    })
    .unwrap();
    let totals = read(store, |v| v.desk_totals()).unwrap();
    assert_eq!((totals.devices, totals.forks, totals.forked_journals), (3, 3, 2));
}
