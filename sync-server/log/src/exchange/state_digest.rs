//! The digest that a phone compares its own projection with.

use pantau_protocol::{
    exchange::StateDigest,
    limit,
    projection::{Fact, Fold},
};

use crate::{
    Error, Server,
    intake::Push,
    store::{self, PageQuery, Row, Stretch},
};

/// Folds, from nothing, the rows of its scope that the phone has at `position`: clones of its journal
/// included, and of that journal the branch it is on. Quarantined rows are left out. The
/// phone must leave out its own quarantined ones, too, and give its own records the envelopes that
/// receipts and anchors tell.
///
/// `None` for more rows than [`ROWS`]: whoever sees a whole province compares by the desk.
pub(super) fn state(
    server: &Server,
    push: &Push,
    lineage: &[Stretch],
    position: u64,
) -> Result<Option<StateDigest>, Error> {
    let scope = &push.admission.scope;
    let mut fold = Fold::new();
    store::read(server.store(), |view| {
        let mut query = PageQuery {
            reader: push.device,
            own: lineage.to_vec(),
            after: 0,
            rows: limit::PAGE_ROWS,
            bytes: usize::MAX,
            scan: limit::PAGE_SCAN,
        };
        loop {
            let scan = view.page(scope, &query)?;
            scan.rows.iter().filter(|r| r.position <= position).for_each(|r| insert(&mut fold, r));
            query.after = scan.through;
            if fold.len() > ROWS {
                return Ok(());
            }
            if !scan.more || scan.through >= position {
                break;
            }
        }
        for Stretch { branch, first, last } in lineage {
            let own = view.journal_span(&push.device, *branch, *first, *last)?;
            // Written under an earlier grant, a record may be out of scope; the phone cannot tell the server
            // which of its older journals hold such records, so neither side counts them.
            let sees = |r: &&Row| r.position <= position && scope.sees(&r.entry.keys, r.is_from_above());
            own.iter().filter(sees).for_each(|r| insert(&mut fold, r));
        }
        Ok(())
    })?;
    Ok((fold.len() <= ROWS).then(|| fold.digest_within(scope)))
}

/// Most rows folded for one answer.
const ROWS: usize = 100_000;

fn insert(fold: &mut Fold, row: &Row) {
    let e = &row.entry;
    if !row.is_folded() {
        return;
    }
    if let Ok(fact) = Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload) {
        fold.insert(fact);
    }
}
