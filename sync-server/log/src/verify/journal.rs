//! One branch of a journal while the walk passes along it: number, link, anchor and signature of its last
//! record.

use pantau_protocol::{
    journal::{DeviceId, Digest, Link, first_link, next_link},
    keys::PublicKey,
};

use super::{
    finding::{Break, Spot},
    signed::{self, NoProof, Signed},
    source::Source,
};
use crate::store::{Branch, Hole, Row, Stored};

/// See the module.
#[derive(Debug)]
pub(super) struct Journal {
    /// Its last record so far, or the end of a hole.
    last: u64,
    /// The link after that: one, or two where a record did not fit and nobody knows which of the two is
    /// right; none where it is not known.
    links: Vec<Link>,
    /// The link that stands in the log.
    stored: Option<Link>,
    /// Newest anchor so far; `None` where it is not known.
    not_before: Option<i64>,
    signed: Option<Signed>,
    /// The record before this one had no signature: said once.
    is_unsigned: bool,
}

impl Journal {
    /// The journal before a record, where its branch starts. `is_tail` if the walk did not begin with the log:
    /// then it is the journal as it stands before that record.
    pub(super) fn before(
        row: &Row,
        branch: Option<&Branch>,
        key: Option<&PublicKey>,
        is_tail: bool,
        source: &dyn Source,
        found: &mut Vec<Break>,
    ) -> Stored<Self> {
        let (device, seq) = (row.entry.device, row.entry.seq);
        let starts = branch.map_or(seq, |b| b.starts.min(seq));
        let last = if is_tail { seq } else { starts }.saturating_sub(1);
        let mut journal = Self {
            last,
            links: Vec::new(),
            stored: None,
            not_before: None,
            signed: None,
            is_unsigned: false,
        };
        let Some(branch) = branch else {
            found.push(Break::Branch { device, number: row.entry.branch, what: "its entry" });
            return Ok(journal);
        };
        if branch.starts > seq {
            found.push(Break::Branch { device, number: branch.number, what: "the first number" });
        }
        let holes = source.holes(&device)?;
        let starts_with_hole = holes.iter().any(|h| h.branch == branch.number && h.first == branch.starts);
        if last + 1 == branch.starts && starts_with_hole {
            journal.not_before = Some(0);
            return Ok(journal);
        }
        journal.links = base(branch, last, key, &holes, &device, source)?.into_iter().collect();
        if journal.links.is_empty() && key.is_some() {
            found.push(Break::Base(Spot::of(row)));
        }
        if last == 0 {
            journal.not_before = Some(0);
        }
        Ok(journal)
    }

    /// A branch of the table that no record was seen of: it can only be a hole.
    pub(super) fn empty(branch: &Branch) -> Self {
        let last = branch.starts.saturating_sub(1);
        Self { last, links: Vec::new(), stored: None, not_before: None, signed: None, is_unsigned: false }
    }

    /// Goes over holes up to the record before `seq`.
    pub(super) fn pass_holes(
        &mut self,
        device: &DeviceId,
        branch: u32,
        seq: u64,
        source: &dyn Source,
    ) -> Stored<()> {
        if self.last.saturating_add(1) >= seq {
            return Ok(());
        }
        let mut holes = source.holes(device)?;
        holes.retain(|h| h.branch == branch);
        holes.sort_by_key(|h| h.first);
        for hole in holes {
            if hole.first == self.last + 1 && hole.last < seq && hole.last >= hole.first {
                self.last = hole.last;
                self.links = vec![hole.link];
                self.stored = Some(hole.link);
            }
        }
        Ok(())
    }

    /// Takes the next record.
    pub(super) fn take(
        &mut self,
        row: &Row,
        digest: &Digest,
        is_own_id: bool,
        anchor: Option<i64>,
        source: &dyn Source,
        found: &mut Vec<Break>,
    ) -> Stored<()> {
        let (e, spot) = (&row.entry, Spot::of(row));
        let before = self.last;
        self.pass_holes(&e.device, e.branch, e.seq, source)?;
        if self.last > before && self.is_signed(before + 1) {
            found.push(Break::Evidence { spot, what: "a hole lies among the signed records" });
        }
        if e.seq <= self.last {
            found.push(Break::Doubled(spot));
            return Ok(());
        }
        if e.seq > self.last + 1 {
            found.push(Break::Gap { spot, expected: self.last + 1 });
            self.links.clear();
            self.not_before = None;
        }
        let next: Vec<Link> = self.links.iter().map(|before| next_link(before, digest)).collect();
        let fits = next.is_empty() || next.contains(&e.link);
        match (fits, is_own_id) {
            (true, true) => {}
            (true, false) => found.push(Break::Id(spot)),
            (false, false) => found.push(Break::Content(spot)),
            (false, true) => found.push(Break::Link(spot)),
        }
        self.links = if fits {
            vec![e.link]
        } else {
            [Some(&e.link), next.first()].into_iter().flatten().copied().collect()
        };
        self.stored = Some(e.link);
        self.last = e.seq;
        self.anchored(row, anchor, found);
        Ok(())
    }

    /// The column follows from the anchors of this record and those before it.
    fn anchored(&mut self, row: &Row, anchor: Option<i64>, found: &mut Vec<Break>) {
        let column = row.entry.envelope.not_before;
        let least = self.not_before.unwrap_or(0).max(anchor.unwrap_or(0));
        let is_exact = self.not_before.is_some();
        if column < least || (is_exact && column > least) {
            found.push(Break::Column { spot: Spot::of(row), column: "not_before" });
        }
        self.not_before = Some(column.max(least));
    }

    /// Without the anchor key nobody knows which anchors count; they only ever grow.
    pub(super) fn forget_anchor(&mut self) {
        self.not_before = None;
    }

    /// Whether the record in hand is under the signature verified last.
    pub(super) fn is_signed(&self, seq: u64) -> bool {
        self.signed.is_some_and(|s| seq <= s.last)
    }

    /// Verifies the signature that begins at this record. Returns whether one was verified.
    pub(super) fn prove(
        &mut self,
        row: &Row,
        key: &PublicKey,
        is_tail: bool,
        source: &dyn Source,
        found: &mut Vec<Break>,
    ) -> Stored<bool> {
        let spot = Spot::of(row);
        let proof = source.proof(row)?;
        let begins = |first: u64| first == spot.seq || (is_tail && first <= spot.seq);
        let Some(proof) = proof.filter(|p| begins(p.first)) else {
            if !self.is_unsigned {
                found.push(Break::Unsigned(spot));
            }
            self.is_unsigned = true;
            return Ok(false);
        };
        self.is_unsigned = false;
        match signed::verify(&proof, &row.entry.device, key) {
            Ok(signed) => self.signed = Some(signed),
            Err(no) => {
                found.push(match no {
                    NoProof::Signature => Break::Signature(spot),
                    NoProof::Other(what) => Break::Evidence { spot, what },
                });
                // The records up to its end are not looked at one by one.
                self.signed = Some(Signed { last: proof.last, link: None });
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// At the last record of a signature, the link must be the signed one.
    pub(super) fn compare_signed(&mut self, row: &Row, found: &mut Vec<Break>) {
        let Some(signed) = self.signed.filter(|s| s.last == row.entry.seq) else { return };
        if signed.link.is_some_and(|link| link != row.entry.link) {
            found.push(Break::Evidence { spot: Spot::of(row), what: "the link after it is another" });
        }
    }

    /// Compares with the table of branches, when all rows have been seen.
    pub(super) fn finish(&self, device: &DeviceId, branch: &Branch, found: &mut Vec<Break>) {
        let mut wrong = |what| found.push(Break::Branch { device: *device, number: branch.number, what });
        if branch.last != self.last {
            wrong("the last number");
        } else if self.stored.is_some_and(|link| link != branch.link) {
            wrong("the last link");
        } else if self.not_before.is_some_and(|time| time != branch.not_before) {
            wrong("the time that its records are not before");
        }
        if let Some(signed) = self.signed.filter(|s| s.last > self.last) {
            let (device, number) = (*device, branch.number);
            found.push(Break::Cut { device, number, signed: signed.last, last: self.last });
        }
    }
}

/// The link after record `last`, on which the next record of a branch stands.
fn base(
    branch: &Branch,
    last: u64,
    key: Option<&PublicKey>,
    holes: &[Hole],
    device: &DeviceId,
    source: &dyn Source,
) -> Stored<Option<Link>> {
    let number = if last >= branch.starts { Some(branch.number) } else { branch.parent };
    let Some(number) = number else {
        return Ok(key.filter(|_| last == 0).map(|key| first_link(&key.0)));
    };
    let hole = holes.iter().find(|h| h.branch == number && h.last == last).map(|h| h.link);
    Ok(match hole {
        Some(link) => Some(link),
        None => source.link_of(device, number, last)?,
    })
}
