//! What a verification asks of a store.

use super::*;

/// An honest store finds no flaw in itself, at any depth.
pub(super) fn an_honest_store_has_no_flaw(store: &dyn Store) {
    for depth in [Depth::Quick, Depth::Full] {
        assert_eq!(store.check(depth).unwrap(), [], "an empty store");
    }
    start(store);
    let mut noted = entry(1, 1, &["62.06.13", "62.07"], Kind::Device);
    noted.commitments =
        vec![(Field::Note, note(1, "x").commitment()), (Field::Name, note(2, "y").commitment())];
    let mut held = entry(1, 2, &["62.06.13"], Kind::Visit);
    (held.row, held.quarantine) = (RowKind::Quarantined, Some((Reason::Malformed, String::new())));
    let missing = MissingNote { branch: 0, seq: 1, field: Field::Name };
    write(store, |tx| {
        let at = put(tx, &noted);
        put(tx, &held);
        assert!(tx.put_note(at, &note(1, "x"))?);
        tx.put_missing(&device(1), &missing)
    })
    .unwrap();
    for depth in [Depth::Quick, Depth::Full] {
        assert_eq!(store.check(depth).unwrap(), []);
    }
    let is_missing = |by: u8| read(store, |v| v.is_missing(&device(by), &missing)).unwrap();
    assert!(is_missing(1) && !is_missing(2));
    write(store, |tx| tx.erase(&noted.id, Field::Note)).unwrap();
    assert_eq!(store.check(Depth::Full).unwrap(), []);
}

/// A proof is told with the records it was kept for, and all branches can be told at once.
pub(super) fn proofs_and_branches_are_told_with_their_spans(store: &dyn Store) {
    start(store);
    let proof = |n: u8| Evidence { header: vec![n], body_hash: [n; 32], signature: Sig([n; 64]) };
    write(store, |tx| {
        (1..=5).for_each(|seq| _ = put(tx, &entry(1, seq, &["62"], Kind::Visit)));
        put(tx, &entry(2, 1, &["62"], Kind::Visit));
        tx.put_evidence(&device(1), 0, (1, 2), &proof(1))?;
        tx.put_evidence(&device(1), 0, (4, 5), &proof(2))
    })
    .unwrap();
    let told = |by: u8, branch: u32, seq: u64| {
        let proof = read(store, |v| v.desk_proof(&device(by), branch, seq)).unwrap();
        proof.map(|p| (p.first, p.last, p.evidence.header))
    };
    assert_eq!([told(1, 0, 1), told(1, 0, 2)], [Some((1, 2, vec![1])), Some((1, 2, vec![1]))]);
    assert_eq!(told(1, 0, 5), Some((4, 5, vec![2])));
    assert_eq!([told(1, 0, 3), told(1, 0, 6), told(1, 1, 1), told(2, 0, 1)], [None, None, None, None]);
    let all = read(store, |v| v.desk_branches()).unwrap();
    let all: Vec<(DeviceId, u32, u64)> = all.into_iter().map(|(d, b)| (d, b.number, b.last)).collect();
    assert_eq!(all, [(device(1), 0, 5), (device(2), 0, 1)]);
}
