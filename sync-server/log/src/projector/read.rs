//! The projection as pages and commands read it: rows of the store through a small cache.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pantau_protocol::{
    cbor,
    journal::DeviceId,
    place::{Place, Scope},
    projection::{
        DirectiveState, IncidentState, PlaceState, Reference, Rollup,
        findings::{Finding, Journal, Loss, Sign, gather, signs_of_journals},
    },
};

use super::{Known, Progress, Projector, VERSION, fold, sums};
use crate::{
    Error, limit,
    store::{self, List, Projection, Status, Store, StoreError, Stored, View},
};

/// States and sums of the newest position that anybody asked for.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Generation, position and places folded again: what is kept is of exactly these.
    of: (u64, u64, u64, bool),
    states: HashMap<Place, Arc<PlaceState>>,
    rollups: HashMap<Place, Rollup>,
    /// By what the reader sees; `None` for everything.
    open_findings: HashMap<Option<Vec<Place>>, u64>,
}

impl Cache {
    /// What is kept of a projection; nothing of one that is older than what is kept.
    fn of(&self, p: &Projection) -> Option<MutexGuard<'_, Kept>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = (p.generation, p.position, p.folded, p.after.is_none());
        if kept.of < of {
            *kept = Kept { of, ..Kept::default() };
        }
        (kept.of == of).then_some(kept)
    }
}

fn keep<T>(all: &mut HashMap<Place, T>, place: &Place, value: T) {
    if all.len() >= limit::CACHED_PLACES {
        all.clear();
    }
    all.insert(place.clone(), value);
}

/// The version of the projection that pages read, out of all there are.
pub(crate) fn serving_version(all: &[Projection]) -> (u64, u64, u64) {
    version_of(all.iter().rfind(|p| p.status == Status::Serving))
}

fn version_of(serving: Option<&Projection>) -> (u64, u64, u64) {
    serving.map_or((0, 0, 0), |p| (p.generation, p.position, p.folded))
}

/// Where rows are read.
enum Source<'a> {
    /// On the snapshot of a page.
    View(&'a dyn View),
    /// On a snapshot of its own each time.
    Store(&'a dyn Store),
}

/// The state of all places as far as the projection has come. Reads rows when they are asked for.
pub struct Places<'a> {
    source: Source<'a>,
    projector: &'a Projector,
    pub(super) known: Arc<Known>,
    /// What the reader may see; `None` for everything.
    pub(super) scope: Option<Scope>,
    serving: Option<Projection>,
    building: Option<Projection>,
    head: u64,
}

impl std::fmt::Debug for Places<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Places(position {})", self.position())
    }
}

impl<'a> Places<'a> {
    pub(crate) fn of_store(projector: &'a Projector, store: &'a dyn Store) -> Result<Self, Error> {
        let mut at = None;
        store.read(&mut |view| {
            at = Some(At::read(projector, view));
            Ok(())
        })?;
        let none = || StoreError::Other("the store did not run the work".into());
        Ok(at.ok_or_else(none)??.places(projector, Source::Store(store)))
    }

    pub(crate) fn of_view(projector: &'a Projector, view: &'a dyn View) -> Result<Self, Error> {
        Ok(At::read(projector, view)?.places(projector, Source::View(view)))
    }
}

/// What a reader finds at one moment.
struct At {
    known: Arc<Known>,
    all: Vec<Projection>,
    head: u64,
}

impl At {
    fn read(projector: &Projector, view: &dyn View) -> Result<Self, Error> {
        let head = view.head()?;
        let known = projector.known()?;
        // No step was made yet, or none can be: reference data needs none.
        let known = if known.position() == 0 { Known::at(known, view, head)? } else { known };
        Ok(Self { known, all: view.projections()?, head })
    }

    fn places<'a>(self, projector: &'a Projector, source: Source<'a>) -> Places<'a> {
        let Self { known, all, head } = self;
        let with = |status| all.iter().rfind(|p| p.status == status).cloned();
        let (serving, building) = (with(Status::Serving), with(Status::Building));
        Places { source, projector, known, scope: None, serving, building, head }
    }
}

impl Places<'_> {
    pub(super) fn read<T>(&self, work: impl FnOnce(&dyn View) -> Stored<T>) -> Stored<T> {
        match self.source {
            Source::View(view) => work(view),
            Source::Store(store) => store::read(store, work),
        }
    }

    /// It speaks of the log up to this position.
    pub fn position(&self) -> u64 {
        self.serving.as_ref().map_or(0, |p| p.position)
    }

    /// Server time at which the last row that it speaks of was received, unix seconds; `None` if there is none.
    pub fn received_at(&self) -> Option<i64> {
        self.serving.as_ref().filter(|p| p.position > 0).map(|p| p.received_at)
    }

    /// Rows of the log that are not in yet.
    pub fn behind(&self) -> u64 {
        self.head.saturating_sub(self.position())
    }

    /// How far places are folded again; `None` if all are as the reference data says.
    pub fn progress(&self) -> Option<Progress> {
        let serving = self.serving.as_ref().filter(|p| p.after.is_some() || p.version != VERSION);
        let under_way = self.building.as_ref().or(serving);
        let folded = match (under_way, &self.serving) {
            (Some(p), _) => p.folded,
            (None, Some(_)) => return None,
            (None, None) => 0,
        };
        Some(Progress { folded, of: self.known.places().max(folded) })
    }

    /// Reference data and names of officers.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Places, profile, checklists, devices, grants and revocations.
    pub fn reference(&self) -> &Reference {
        self.known.reference()
    }

    /// The state of a place.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn state(&self, place: &Place) -> Result<Arc<PlaceState>, Error> {
        let serving = self.serving.as_ref().filter(|_| self.sees(place));
        let Some(serving) = serving else { return Ok(Arc::default()) };
        if let Some(known) = self.projector.cache.of(serving).and_then(|kept| kept.states.get(place).cloned())
        {
            return Ok(known);
        }
        let stored = self.read(|view| view.state(serving.generation, place))?;
        let state = Arc::new(stored.map(|bytes| decoded("state", &bytes)).transpose()?.unwrap_or_default());
        if let Some(mut kept) = self.projector.cache.of(serving) {
            keep(&mut kept.states, place, Arc::clone(&state));
        }
        Ok(state)
    }

    /// Numbers of all TPS in a region, or of one TPS.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn rollup(&self, place: &Place) -> Result<Rollup, Error> {
        let serving = self.serving.as_ref().filter(|_| self.sees(place));
        let Some(serving) = serving else { return Ok(Rollup::default()) };
        if let Some(known) =
            self.projector.cache.of(serving).and_then(|kept| kept.rollups.get(place).copied())
        {
            return Ok(known);
        }
        let stored = self.read(|view| view.rollup(serving.generation, place))?;
        let rollup = match stored {
            Some(bytes) => decoded("sums", &bytes)?,
            None => Rollup::default(),
        };
        if let Some(mut kept) = self.projector.cache.of(serving) {
            keep(&mut kept.rollups, place, rollup);
        }
        Ok(rollup)
    }

    /// The sums of one TPS that is on the list; those of nothing for any other.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn sums_of_tps(&self, place: &Place) -> Result<Rollup, Error> {
        let stored = self.rollup(place)?;
        Ok(if stored.tps == 0 && self.sees(place) { sums::silent(place, self.reference()) } else { stored })
    }

    /// The sums of each TPS that is on the list and has not ended, within a place or all, in no order.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn tps_sums(&self, within: Option<&Place>) -> Result<Vec<(Place, Rollup)>, Error> {
        let stored = match &self.serving {
            Some(serving) => self.read(|view| view.rollups(serving.generation))?,
            None => Vec::new(),
        };
        let stored: HashMap<Place, Vec<u8>> = stored.into_iter().collect();
        let reference = self.reference();
        let is_meant =
            |place: &Place| within.is_none_or(|within| place.is_within(within)) && self.sees(place);
        let all = reference.all_tps().filter(|(place, tps)| tps.ended.is_none() && is_meant(place));
        let sums = |place: &Place| match stored.get(place) {
            Some(bytes) => decoded("sums", bytes),
            None => Ok(sums::silent(place, reference)),
        };
        all.map(|(place, _)| Ok((place.clone(), sums(place)?))).collect()
    }

    /// The sums of a region with all open incidents in it, as the list of incidents counts them: those of offices and
    /// of TPS that are in no table, too.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn sums(&self, place: &Place) -> Result<Rollup, Error> {
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Rollup {
            open_incidents: small(self.incident_count(Some(place))?),
            grave_incidents: small(self.grave_count(Some(place))?),
            ..self.rollup(place)?
        })
    }

    /// Whether there is such a place: it is in the tables, or something was said of it. What an officer reports of a
    /// TPS that the desk has not imported must be there for whoever asks for it.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn is_there(&self, place: &Place) -> Result<bool, Error> {
        if !self.sees(place) {
            return Ok(false);
        }
        let reference = self.reference();
        if reference.region(place).is_some() || reference.tps(place).is_some() {
            return Ok(true);
        }
        // Who has a grant for a place said nothing of it.
        let rows = self.read(|view| view.place_rows(place, self.position()))?;
        Ok(rows.iter().any(|row| !row.entry.kind.is_reference()))
    }

    /// Whether there is a projection to read; not before the first one of a new or restored server is made.
    pub fn is_served(&self) -> bool {
        self.serving.is_some()
    }

    /// What tells one projection from another: generation, position, places folded again. Equal for two readers who
    /// are told the same.
    pub fn version(&self) -> (u64, u64, u64) {
        version_of(self.serving.as_ref())
    }

    /// Places of which something is said that counts, with their states, by code: those behind `after`, at most
    /// `limit`, whether they are in a table or not.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn states_after(&self, after: &str, limit: usize) -> Result<Vec<(Place, PlaceState)>, Error> {
        let Some(serving) = &self.serving else { return Ok(Vec::new()) };
        let (mut seen, mut after) = (Vec::new(), after.to_owned());
        while seen.len() < limit {
            let next = self.read(|view| view.states_after(serving.generation, &after, limit))?;
            let Some((last, _)) = next.last() else { break };
            last.as_str().clone_into(&mut after);
            let is_end = next.len() < limit;
            seen.extend(next.into_iter().filter(|(place, _)| self.sees(place)));
            if is_end {
                break;
            }
        }
        seen.truncate(limit);
        seen.into_iter().map(|(place, bytes)| Ok((place, decoded("state", &bytes)?))).collect()
    }

    /// Regions and TPS directly inside a region, by code.
    pub fn children(&self, place: &Place) -> Vec<Place> {
        self.known.children(place).filter(|child| self.sees(child)).cloned().collect()
    }

    /// Open incidents, gravest first, at most `limit`: of all places or of those within one.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn incidents(
        &self,
        within: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<(Place, IncidentState)>, Error> {
        self.items(List::Incidents, within, limit, |_, item| decoded("incident", item))
    }

    /// How many incidents are open: of all places or of those within one.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn incident_count(&self, within: Option<&Place>) -> Result<u64, Error> {
        self.count(List::Incidents, within, None)
    }

    /// Of these, how many endanger the vote.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn grave_count(&self, within: Option<&Place>) -> Result<u64, Error> {
        self.count(List::Incidents, within, Some(&fold::behind_grave()))
    }

    /// Directives that stand, newest first, at most `limit`.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn directives(&self, limit: usize) -> Result<Vec<(Place, DirectiveState)>, Error> {
        self.items(List::Directives, None, limit, |_, item| decoded("directive", item))
    }

    /// Positions of records that are held and do not count for want of trust, newest first, at most `limit`.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn uncounted(&self, limit: usize) -> Result<Vec<u64>, Error> {
        let read = |key: &[u8], _: &[u8]| fold::position_in(key).ok_or_else(|| unreadable("position"));
        let all = self.items(List::Uncounted, None, limit, read)?;
        Ok(all.into_iter().map(|(_, position)| position).collect())
    }

    /// Findings of all places or of those within one, closed ones too, the gravest open ones first. Findings about
    /// phones are among those of all places alone.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn findings(&self, within: Option<&Place>) -> Result<Vec<Finding>, Error> {
        let read = |_: &[u8], item: &[u8]| decoded("sign", item);
        let signs = self.items(List::Signs, within, limit::SIGNS, read)?;
        let mut signs: Vec<Sign> = signs.into_iter().map(|(_, sign)| sign).collect();
        if within.is_none() && self.scope.is_none() {
            let (journals, losses) = self.read(journals)?;
            signs.extend(signs_of_journals(journals.values(), &losses, self.reference()));
        }
        Ok(gather(signs))
    }

    /// How many findings are open, those about phones left out.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn open_finding_count(&self) -> Result<u64, Error> {
        let Some(serving) = &self.serving else { return Ok(0) };
        let seen = self.scope.as_ref().map(|scope| scope.roots().to_vec());
        let known = self.projector.cache.of(serving).and_then(|kept| kept.open_findings.get(&seen).copied());
        if let Some(known) = known {
            return Ok(known);
        }
        let (end, part) = (&fold::BEHIND_OPEN, fold::FINDING_IN_KEY);
        let open = match &self.scope {
            None => self.read(|view| view.listed_distinct(serving.generation, List::Signs, end, part))?,
            Some(_) => self.open_findings_seen()?,
        };
        if let Some(mut kept) = self.projector.cache.of(serving) {
            kept.open_findings.insert(seen, open);
        }
        Ok(open)
    }

    /// How many places within `within` each officer visited, by officer.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn visited(&self, within: &Place) -> Result<Vec<(u32, u64)>, Error> {
        let Some(serving) = self.serving.as_ref().filter(|_| self.sees(within)) else {
            return Ok(Vec::new());
        };
        Ok(self.read(|view| view.visited(serving.generation, within))?)
    }

    pub(super) fn items<T>(
        &self,
        list: List,
        within: Option<&Place>,
        limit: usize,
        read: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<Vec<(Place, T)>, Error> {
        let Some(serving) = &self.serving else { return Ok(Vec::new()) };
        let cut = self.cut(within);
        let mut all = self.read(|view| {
            let parts = cut.iter().map(|root| view.listed(serving.generation, list, root.as_ref(), limit));
            parts.collect::<Stored<Vec<_>>>()
        })?;
        let mut all = if let [_] = all.as_slice() { all.remove(0) } else { all.concat() };
        if cut.len() > 1 {
            all.sort_by(|(p, a), (q, b)| (&a.key, p).cmp(&(&b.key, q)));
            all.truncate(limit);
        }
        all.into_iter().map(|(place, l)| Ok((place, read(&l.key, &l.item)?))).collect()
    }

    pub(super) fn count(&self, list: List, within: Option<&Place>, end: Option<&[u8]>) -> Result<u64, Error> {
        let Some(serving) = &self.serving else { return Ok(0) };
        let cut = self.cut(within);
        Ok(self.read(|view| {
            cut.iter().map(|root| view.listed_count(serving.generation, list, root.as_ref(), end)).sum()
        })?)
    }
}

/// Journals with several branches, and what phones say they lost.
fn journals(view: &dyn View) -> Stored<(BTreeMap<DeviceId, Journal>, Vec<Loss>)> {
    let mut journals: BTreeMap<DeviceId, Journal> = BTreeMap::new();
    let forked: BTreeSet<DeviceId> = view.desk_forks()?.into_iter().map(|(device, _)| device).collect();
    for device in forked {
        let mut journal = Journal { device, branches: BTreeMap::new() };
        for branch in view.journal_branches(&device)? {
            let first = view.journal_span(&device, branch.number, branch.starts, branch.starts)?;
            let first = first.first().map(|row| (row.entry.seq, row.entry.id));
            journal.branches.extend(first.map(|first| (branch.number, first)));
        }
        journals.insert(device, journal);
    }
    let holes = view.desk_holes()?.into_iter();
    let losses = holes.map(|(device, hole)| Loss { device, first: hole.first, last: hole.last }).collect();
    Ok((journals, losses))
}

pub(super) fn decoded<'b, T: minicbor::Decode<'b, ()>>(what: &str, bytes: &'b [u8]) -> Result<T, Error> {
    cbor::from_slice(bytes).map_err(|_| unreadable(what))
}

/// What is derived can be made anew: this is no damage of the log.
fn unreadable(what: &str) -> Error {
    Error::Refused(format!("the projection holds a {what} that cannot be read: run `pantau-server rebuild`"))
}
