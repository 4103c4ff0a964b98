//! What the desk decides: whom to trust, and which findings are closed.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{Body, Revoke, Rule, Ruling, Trusted, Verdict},
    place::Place,
    time::Envelope,
};

use super::{Decision, Slot, Writer};
use crate::{
    block::{Bad, at},
    file::Told,
    say::Fields,
    words::list,
};

impl Writer<'_> {
    fn province(&self, line: usize) -> Result<Place, Bad> {
        at(line, self.cast.place("62"))
    }

    pub(super) fn revoke(&mut self, told: &Told, fields: &mut Fields) -> Result<(Place, Body), Bad> {
        let cast = self.cast;
        let phone = fields.must("phone", |text| cast.phone(text).cloned())?;
        let through = fields.must("trusted through", |text| Ok(text.to_owned()))?;
        let mut trusted = Vec::new();
        let mut seq = 0;
        if through != "nothing" {
            self.named(told, &through)?;
            let last = self.done.get(&through).and_then(Option::as_ref);
            let last = last.filter(|fact| fact.device == phone.device);
            let last = last.ok_or_else(|| format!("expected a record of that phone, found `{through}`"));
            let last = at(told.line, last)?;
            seq = last.seq;
            if last.branch > 0 {
                let who = self.told.get(through.as_str()).map(|told| told.who.as_str()).unwrap_or_default();
                let start = self.starts.get(who).copied().unwrap_or(1);
                trusted.push(Trusted { branch: 0, through: start - 1 });
            }
            trusted.push(Trusted { branch: last.branch, through: last.seq });
        }
        let regions = cast.grants(&phone.officer).into_iter().map(|(_, place)| place.clone()).collect();
        let revoke = Revoke { device: phone.device, seq, link: [0; 32], trusted, regions };
        Ok((self.province(told.line)?, Body::Revoke(revoke)))
    }

    /// `None` for a ruling on a finding: what it closes is known when its moment has come.
    pub(super) fn ruling(
        &mut self,
        told: &Told,
        slot: Slot,
        fields: &mut Fields,
    ) -> Result<Option<(Place, Body)>, Bad> {
        let cast = self.cast;
        let close = fields.read("close", |text| {
            let (rule, about) = text.split_once(' ').unwrap_or((text, ""));
            let rule = crate::expect::rule(rule)?;
            let (mut places, mut devices) = (BTreeSet::new(), BTreeSet::new());
            for name in list(about) {
                match cast.phone(name) {
                    Ok(phone) => drop(devices.insert(phone.device)),
                    Err(_) => drop(places.insert(cast.place(name)?)),
                }
            }
            Ok((rule, places, devices))
        })?;
        if let Some((rule, places, devices)) = close {
            let rule = Rule::from_name(&rule).unwrap_or(Rule::Other(0));
            let device = at(told.line, cast.phone(&told.who))?.device;
            let envelope = Envelope { received_at: told.arrives, not_before: slot.not_before };
            let (seq, line) = (slot.seq, told.line);
            let decision = Decision { rule, places, devices, device, seq, at: told.at, envelope, line };
            self.decisions.insert(told.name.clone(), decision);
            return Ok(None);
        }
        let verdicts =
            [("admit", Verdict::Admit), ("dismiss", Verdict::Dismiss), ("reinstate", Verdict::Reinstate)];
        let said = verdicts.into_iter().find_map(|(key, verdict)| Some((verdict, fields.take(key)?)));
        let told_what =
            "expected `admit`, `dismiss` or `reinstate` with names of records, or `close: RULE T1`";
        let (verdict, field) = said.ok_or_else(|| Bad { line: told.line, what: told_what.into() })?;
        let (mut records, mut places) = (Vec::new(), Vec::new());
        for name in list(&field.value) {
            let (named, _) = self.named(told, name)?;
            records.push(named.id);
            places.extend(named.places);
        }
        places.sort();
        places.dedup();
        let ruling = Ruling { verdict, records, target_places: places, closing: None };
        Ok(Some((self.province(told.line)?, Body::Ruling(ruling))))
    }
}
