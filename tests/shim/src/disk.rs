//! What a disk may hold after the power went: all that was synced, and of the rest anything.

use std::collections::BTreeMap;

use crate::watch::Event;

/// Bytes that reach a disk together or not at all.
const SECTOR: usize = 512;

/// How a crash treats what was not synced. The draw gives a number below its argument.
pub enum Loss<'a> {
    /// All of it is gone.
    All,
    /// None of it is: the system wrote it all back in time.
    Nothing,
    /// It went out in order, and the write at the cut is torn.
    Prefix(&'a mut dyn FnMut(u64) -> u64),
    /// It went out in any order, each write whole, torn or not at all.
    Subset(&'a mut dyn FnMut(u64) -> u64),
}

/// Files, each with what survives and what may.
#[derive(Debug, Clone, Default)]
pub struct Disk(BTreeMap<String, File>);

#[derive(Debug, Clone, Default)]
struct File {
    /// What survives; `None` for a file that need not be there.
    durable: Option<Vec<u8>>,
    pending: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Create,
    Write(usize, Vec<u8>),
    Truncate(usize),
    Delete,
}

impl Disk {
    /// A disk on which all of these files survive.
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        let durable = |(name, content)| (name, File { durable: Some(content), pending: Vec::new() });
        Self(files.into_iter().map(durable).collect())
    }

    /// Goes on by one event.
    pub fn apply(&mut self, event: &Event) {
        let (name, step) = match event {
            Event::Create(name) => (name, Step::Create),
            Event::Write(name, at, bytes) => (name, Step::Write(*at as usize, bytes.clone())),
            Event::Truncate(name, length) => (name, Step::Truncate(*length as usize)),
            Event::Delete(name, _) => (name, Step::Delete),
            Event::Sync(name) => return self.settle(name),
            Event::Beside(name, content) => {
                let file = File { durable: Some(content.clone()), pending: Vec::new() };
                self.0.insert(name.clone(), file);
                return;
            }
        };
        self.0.entry(name.clone()).or_default().pending.push(step);
        if let Event::Delete(name, true) = event {
            self.settle(name);
        }
    }

    fn settle(&mut self, name: &str) {
        let Some(file) = self.0.get_mut(name) else { return };
        // SQLite syncs the folder along with a new log, and with that all names in it.
        let is_new_log = (name.ends_with("-wal") || name.ends_with("-journal"))
            && file.pending.iter().any(|step| matches!(step, Step::Create));
        file.settle(file.pending.len());
        if is_new_log {
            self.0.values_mut().for_each(File::settle_name);
        }
    }

    /// What survives of a file.
    pub fn durable(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name)?.durable.as_deref()
    }

    /// Number of writes, cuts and deletions that may be lost.
    pub fn pending(&self) -> usize {
        self.0.values().map(|f| f.pending.len()).sum()
    }

    /// The files after a crash at this moment.
    pub fn crash(&self, loss: &mut Loss<'_>) -> BTreeMap<String, Vec<u8>> {
        let after = |(name, file): (&String, &File)| Some((name.clone(), file.crash(loss)?));
        self.0.iter().filter_map(after).collect()
    }
}

impl Step {
    fn is_name(&self) -> bool {
        matches!(self, Self::Create | Self::Delete)
    }
}

impl File {
    fn settle(&mut self, steps: usize) {
        for step in self.pending.drain(..steps) {
            do_step(&mut self.durable, &step);
        }
    }

    /// Whether the file is there survives, and what was written to one that went before is gone with it.
    fn settle_name(&mut self) {
        if let Some(last) = self.pending.iter().rposition(Step::is_name) {
            self.settle(last + 1);
        }
    }

    fn crash(&self, loss: &mut Loss<'_>) -> Option<Vec<u8>> {
        let mut content = self.durable.clone();
        match loss {
            Loss::All => {}
            Loss::Nothing => self.pending.iter().for_each(|step| do_step(&mut content, step)),
            Loss::Prefix(draw) => {
                let whole = below(*draw, self.pending.len() + 1);
                self.pending.iter().take(whole).for_each(|step| do_step(&mut content, step));
                if let Some(Step::Write(at, bytes)) = self.pending.get(whole) {
                    // A prefix to the byte: what SQLite takes for granted is that nothing around it changes.
                    let kept = below(*draw, bytes.len() + 1);
                    do_write(&mut content, *at, bytes.get(..kept).unwrap_or(bytes));
                }
            }
            Loss::Subset(draw) => self.subset(&mut content, *draw),
        }
        content
    }

    /// Names of files go out in order; what was written to a file that then went is gone with it.
    fn subset(&self, content: &mut Option<Vec<u8>>, draw: &mut dyn FnMut(u64) -> u64) {
        let names: Vec<usize> =
            (0..self.pending.len()).filter(|i| self.pending.get(*i).is_some_and(Step::is_name)).collect();
        let (done, end) = match below(draw, names.len() + 1) {
            0 => (0, names.first().copied()),
            n => (names.get(n - 1).map_or(0, |i| i + 1), names.get(n).copied()),
        };
        if let Some(step) = done.checked_sub(1).and_then(|i| self.pending.get(i)) {
            *content = if matches!(step, Step::Create) { Some(Vec::new()) } else { None };
        }
        for step in self.pending.iter().take(end.unwrap_or(self.pending.len())).skip(done) {
            match (step, draw(4)) {
                (_, 0) => {}
                (Step::Write(at, bytes), 1) => torn(content, *at, bytes, draw),
                _ => do_step(content, step),
            }
        }
    }
}

fn below(draw: &mut dyn FnMut(u64) -> u64, bound: usize) -> usize {
    draw(bound as u64) as usize
}

/// Some of the sectors of a write.
fn torn(content: &mut Option<Vec<u8>>, at: usize, bytes: &[u8], draw: &mut dyn FnMut(u64) -> u64) {
    let mut from = 0;
    while from < bytes.len() {
        let to = bytes.len().min((at + from) / SECTOR * SECTOR + SECTOR - at);
        if draw(2) == 0 {
            do_write(content, at + from, bytes.get(from..to).unwrap_or_default());
        }
        from = to;
    }
}

fn do_step(content: &mut Option<Vec<u8>>, step: &Step) {
    match step {
        Step::Create => *content = Some(Vec::new()),
        Step::Delete => *content = None,
        Step::Truncate(length) => content.get_or_insert_default().resize(*length, 0),
        Step::Write(at, bytes) => do_write(content, *at, bytes),
    }
}

fn do_write(content: &mut Option<Vec<u8>>, at: usize, bytes: &[u8]) {
    let content = content.get_or_insert_default();
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(there) = content.get_mut(at..end) {
        there.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(events: &[Event]) -> Disk {
        let mut disk = Disk::default();
        events.iter().for_each(|e| disk.apply(e));
        disk
    }

    fn write(at: u64, byte: u8, n: usize) -> Event {
        Event::Write("f".into(), at, vec![byte; n])
    }

    #[test]
    fn what_was_synced_survives_and_the_rest_may_not() {
        let d = disk(&[Event::Create("f".into()), write(0, 1, 3), Event::Sync("f".into()), write(2, 2, 2)]);
        assert_eq!(d.crash(&mut Loss::All)["f"], [1, 1, 1]);
        assert_eq!(d.crash(&mut Loss::Nothing)["f"], [1, 1, 2, 2]);
        assert_eq!((d.durable("f"), d.pending()), (Some([1, 1, 1].as_slice()), 1));
        let mut draws = [0, 1].into_iter();
        let mut draw = |_| draws.next().unwrap();
        assert_eq!(d.crash(&mut Loss::Prefix(&mut draw))["f"], [1, 1, 2]);
    }

    #[test]
    fn writes_are_reordered_and_torn_by_sectors() {
        let d =
            disk(&[Event::Create("f".into()), Event::Sync("f".into()), write(0, 1, 4), write(500, 2, 600)]);
        // No name step is pending; the first write is lost, the second loses its middle sector.
        let mut draws = [0, 0, 1, 0, 1, 0].into_iter();
        let mut draw = |_| draws.next().unwrap();
        let after = d.crash(&mut Loss::Subset(&mut draw)).remove("f").unwrap();
        assert_eq!((after.len(), after[0], after[499], after[500], after[511]), (1100, 0, 0, 2, 2));
        assert_eq!((after[512], after[1023], after[1024], after[1099]), (0, 0, 2, 2));
    }

    #[test]
    fn a_deletion_may_be_undone_until_it_is_synced() {
        let start = [Event::Create("f".into()), write(0, 1, 1), Event::Sync("f".into())];
        let mut d = disk(&start);
        d.apply(&Event::Delete("f".into(), false));
        assert_eq!(d.crash(&mut Loss::All)["f"], [1]);
        assert!(!d.crash(&mut Loss::Nothing).contains_key("f"));
        let mut d = disk(&start);
        d.apply(&Event::Delete("f".into(), true));
        assert!(!d.crash(&mut Loss::All).contains_key("f"));
    }
}
