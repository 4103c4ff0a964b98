//! Intake: segments laid along journals, branches, receipts.

use std::collections::BTreeMap;

use pantau_protocol::{
    exchange::{Head, LogRow, Outcome, Reply, Request, RowKind},
    journal::{self, DeviceId, Link},
    keys::PublicKey,
    note::{CarriedNote, Field},
    receipt::{Epoch, Receipt, ReceiptContext, Statement, Step},
    record::Record,
    segment::{Chained, Segment, Span},
    time::Envelope,
};

use super::{ANCHOR_KEY, Branch, Held, Server};

impl Server {
    pub(super) fn settle_epoch(&mut self, device: DeviceId, request: &Request) {
        for old in &request.old_receipts {
            let context = ReceiptContext { epoch: old.epoch, ..self.context(device, old.link) };
            assert!(old.receipt.verify(&context, &[self.key.public()]), "an old receipt is ours");
            if old.epoch == self.epoch && old.receipt.statement.position > self.log.len() as u64 {
                let created_at = self.now.max(self.epoch.created_at + 1);
                self.epoch = Epoch { created_at, random: [9; 8] };
            }
        }
    }

    /// Lays a segment along the journal; returns the branch it ends on.
    pub(super) fn push(
        &mut self,
        key: PublicKey,
        span: Option<Span>,
        request: &Request,
        quarantine: &[pantau_protocol::exchange::Held],
        outcomes: &mut Vec<Outcome>,
    ) -> Option<usize> {
        let device = key.device_id();
        if let Some(lost) = &request.lost {
            let branches = self.branches.entry(device).or_default();
            if branches.is_empty() {
                branches.push((1, BTreeMap::new()));
            }
            let row = LogRow {
                position: 0,
                kind: RowKind::Record,
                device,
                branch: 0,
                seq: lost.last,
                envelope: Envelope { received_at: 0, not_before: 0 },
                payload: vec![],
                notes: vec![],
            };
            branches[0].1.insert(lost.last, Held { row, link: lost.link });
        }
        let (span, segment) = (span?, request.segment.as_ref()?);
        let start = journal::first_link(&key.0);
        let link_of = |b: &Branch, seq: u64| match seq {
            0 => Some(start),
            seq => b.1.get(&seq).map(|h| h.link),
        };
        let base_seq = span.first - 1;
        let branches = self.branches.entry(device).or_default();
        if branches.is_empty() {
            branches.push((1, BTreeMap::new()));
        }
        let fits = |b: &Branch| link_of(b, base_seq).is_some_and(|l| l.short() == segment.base);
        let matching = |b: &Branch, links: &[Link]| {
            (span.first..).zip(links).take_while(|(seq, l)| link_of(b, *seq) == Some(**l)).count()
        };
        let Some(base) = branches.iter().find(|b| fits(b)).and_then(|b| link_of(b, base_seq)) else {
            let heads = branches.iter().filter_map(|b| b.1.last_key_value());
            outcomes.push(Outcome::Gap { heads: heads.map(|(s, h)| Head::new(*s, &h.link)).collect() });
            return None;
        };
        let chained = segment.chain(&device, span.first, &base);
        let links: Vec<Link> = chained.iter().map(|c| c.link).collect();
        assert_eq!(links.last(), Some(&span.link), "the chain is the protocol's");
        let candidates = (0..branches.len()).filter(|n| fits(&branches[*n]));
        let mut at = candidates.max_by_key(|n| matching(&branches[*n], &links)).unwrap();
        let held = matching(&branches[at], &links);
        if held == links.len() {
            outcomes.push(Outcome::Duplicate);
        } else {
            let from = base_seq + held as u64;
            if branches[at].1.last_key_value().map_or(0, |(s, _)| *s) > from {
                let prefix = branches[at].1.range(..=from).map(|(s, h)| (*s, h.clone())).collect();
                branches.push((from + 1, prefix));
                at = branches.len() - 1;
            }
            self.append(device, at, request, segment, &chained[held..], quarantine);
            outcomes.push(Outcome::Stored);
        }
        if at > 0 {
            outcomes.push(Outcome::Fork { at: self.branches[&device][at].0, branch: at as u32 });
        }
        Some(at)
    }

    fn append(
        &mut self,
        device: DeviceId,
        at: usize,
        request: &Request,
        segment: &Segment,
        fresh: &[Chained],
        quarantine: &[pantau_protocol::exchange::Held],
    ) {
        let first = fresh[0].seq - (segment.records.len() - fresh.len()) as u64;
        for one in fresh {
            let sent = &segment.records[(one.seq - first) as usize];
            let record = Record::from_payload(&sent.payload).unwrap();
            let branch = &self.branches[&device][at].1;
            let before = branch.get(&(one.seq - 1)).map_or(0, |h| h.row.envelope.not_before);
            let anchor = record.anchor.filter(|a| a.verify(&ANCHOR_KEY, &device)).map_or(0, |a| a.time);
            let steps = request.old_receipts.iter().flat_map(|o| &o.receipt.statement.steps);
            let proven = steps.filter(|s| (s.first..=s.last).contains(&one.seq)).map(|s| s.received_at).min();
            let envelope = Envelope {
                received_at: proven.unwrap_or(self.now).min(self.now),
                not_before: before.max(anchor),
            };
            let is_aside = quarantine.iter().any(|q| q.seq == one.seq);
            for note in &sent.notes {
                if let CarriedNote::Committed(field, _) = note {
                    self.missing.insert((device, one.seq, field.number()));
                }
            }
            let row = LogRow {
                position: self.log.len() as u64 + 1,
                kind: if is_aside { RowKind::Quarantined } else { RowKind::Record },
                device,
                branch: at as u32,
                seq: one.seq,
                envelope,
                payload: sent.payload.clone(),
                notes: sent.notes.clone(),
            };
            self.log.push(row.clone());
            let branches = self.branches.get_mut(&device).unwrap();
            branches[at].1.insert(one.seq, Held { row, link: one.link });
        }
    }

    pub(super) fn take_late(&mut self, device: DeviceId, request: &Request) {
        for late in &request.notes {
            self.missing.remove(&(device, late.seq, late.note.field.number()));
        }
    }

    pub(super) fn locate(&self, key: PublicKey, head: &Head, outcomes: &mut Vec<Outcome>) -> Option<usize> {
        let branches = self.branches.get(&key.device_id())?;
        if head.seq == 0 {
            return None;
        }
        let holds = |b: &Branch| b.1.get(&head.seq).is_some_and(|h| h.link.short() == head.link);
        let ends = |b: &Branch| b.1.last_key_value().is_some_and(|(s, _)| *s == head.seq);
        let found: Vec<usize> = (0..branches.len()).filter(|n| holds(&branches[*n])).collect();
        if !found.is_empty() && !found.iter().any(|n| ends(&branches[*n])) {
            let have = found.iter().filter_map(|n| branches[*n].1.last_key_value()).map(|(s, _)| *s).max();
            outcomes.push(Outcome::Behind { have: have.unwrap() });
        }
        found.first().copied()
    }

    pub(super) fn give_receipt(
        &self,
        key: PublicKey,
        branch: Option<usize>,
        span: Option<(u64, u64)>,
        reply: &mut Reply,
    ) {
        let device = key.device_id();
        let none = vec![];
        let branches = self.branches.get(&device).unwrap_or(&none);
        let longest = (0..branches.len()).max_by_key(|n| branches[*n].1.len());
        let at = branch.or(longest);
        let held = at.and_then(|n| branches[n].1.last_key_value()).map(|(s, h)| (*s, h.link));
        // A receipt for a push speaks of the push.
        let pushed = span.and_then(|(_, last)| Some((last, branches.get(branch?)?.1.get(&last)?.link)));
        let (last, link) = pushed.or(held).unwrap_or((0, journal::first_link(&key.0)));
        let missing: Vec<_> = self.missing.iter().filter(|(d, s, _)| *d == device && *s <= last).collect();
        let steps = match (span, at) {
            (Some((first, last)), Some(n)) if branch.is_some() => {
                let rows = branches[n].1.range(first..=last);
                rows.map(|(s, h)| Step { first: *s, last: *s, received_at: h.row.envelope.received_at })
                    .collect()
            }
            _ => vec![],
        };
        reply.want_notes = missing.iter().map(|(_, s, f)| (*s, Field::from_number(*f))).collect();
        let statement = Statement {
            branch: at.unwrap_or(0) as u32,
            last,
            notes_through: missing.first().map_or(last, |(_, s, _)| s - 1),
            steps,
            position: self.log.len() as u64,
        };
        reply.receipt = Some(Receipt::sign(statement, &self.context(device, link), &self.key));
    }
}
