//! What a server of a drill heard, held against the truth of the world.

use pantau_log::{Server, store};
use pantau_protocol::projection::{Fact, Fold, findings::Loss};

use crate::{
    compare::Compared,
    engine, fold_only,
    stage::{DrillError, Told},
    truth::settle::settle,
};

/// Rows read from the log at a time.
const ROWS: usize = 5_000;

/// Everything in the log, folded.
fn fold(server: &Server) -> Result<Fold, DrillError> {
    let (mut fold, mut after) = (Fold::new(), 0);
    loop {
        let rows =
            store::read(server.store(), |view| view.desk_rows(after, ROWS)).map_err(DrillError::around)?;
        let Some(last) = rows.last() else { break };
        after = last.position;
        for row in rows.iter().filter(|row| row.is_folded()) {
            let e = &row.entry;
            let fact = Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload);
            _ = fold.insert(fact.map_err(DrillError::around)?);
        }
    }
    let holes = store::read(server.store(), |view| view.desk_holes()).map_err(DrillError::around)?;
    for (device, hole) in holes {
        fold.insert_loss(Loss { device, first: hole.first, last: hole.last });
    }
    Ok(fold)
}

/// Compares what the engine finds in the log at a moment with what is true.
///
/// # Errors
/// A log that cannot be read, or a rule that the drill does not know.
pub fn compared(told: &Told, server: &Server, now: i64) -> Result<Compared, DrillError> {
    let (world, fold) = (&told.world, fold(server)?);
    let heard: Vec<_> = (0..world.reports.len()).map(|report| fold.envelope(&told.id(report)?)).collect();
    let truth = settle(world, &heard);
    let found = engine::findings(&fold, now, &fold_only::names(world)).map_err(DrillError::Around)?;
    let number = |officer: u32| (officer as usize).checked_sub(1);
    let devices = fold.reference().devices();
    let officers = devices.filter_map(|d| Some((d.device, number(d.officer)?))).collect();
    Ok(fold_only::tell(world, &truth, &found, &fold, officers))
}
