//! What the desk decides: whom to trust, and which findings are closed.

use pantau_protocol::{
    body::{Body, Revoke, Ruling, Trusted, Verdict},
    place::Place,
};

use super::Writer;
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

    /// `None` for a ruling on a finding, which the engine does not have yet.
    pub(super) fn ruling(&mut self, told: &Told, fields: &mut Fields) -> Result<Option<(Place, Body)>, Bad> {
        let cast = self.cast;
        let close = fields.read("close", |text| {
            let (rule, about) = text.split_once(' ').unwrap_or((text, ""));
            crate::expect::rule(rule)?;
            let known = |name: &str| cast.phone(name).map(drop).or_else(|_| cast.place(name).map(drop));
            list(about).into_iter().try_for_each(known)
        })?;
        if close.is_some() {
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
        let ruling = Ruling { verdict, records, target_places: places };
        Ok(Some((self.province(told.line)?, Body::Ruling(ruling))))
    }
}
