//! Reads the blocks that say who and where.

use pantau_protocol::{
    body::{Access, PackedItem, Packing, Region, RegionLevel, Signal, Tps},
    place::{Level, Place},
    role::Role,
};

use super::{Cast, Officer, Phone, region_or_tps};
use crate::{
    block::{Bad, Block, Field, Read, at},
    words,
};

const ROLES: &[(&str, Role)] = &[
    ("camat", Role::Camat),
    ("field officer", Role::FieldOfficer),
    ("logistics staff", Role::LogisticsStaff),
    ("viewer", Role::Viewer),
    ("desk operator", Role::DeskOperator),
    ("desk admin", Role::DeskAdmin),
];
const SIGNALS: &[(&str, Signal)] = &[
    ("signal strong", Signal::Strong),
    ("signal medium", Signal::Medium),
    ("signal weak", Signal::Weak),
    ("signal none", Signal::None),
];
const ACCESSES: &[(&str, Access)] = &[
    ("access regular", Access::Regular),
    ("access remote", Access::Remote),
    ("access very remote", Access::VeryRemote),
];
impl Cast {
    /// Takes in a block that says who or where; whether it was one.
    ///
    /// # Errors
    /// A block that is one and cannot be read.
    pub fn take(&mut self, block: &Block) -> Result<bool, Bad> {
        match block.words().as_slice() {
            ["tps", name] => at(block.line, self.take_tps(name, &block.value))?,
            ["region", code] => at(block.line, self.take_region(code, &block.value))?,
            ["officer", name @ ..] if !name.is_empty() => {
                at(block.line, self.take_officer(&name.join(" "), &block.value))?;
            }
            ["phone", name @ ..] if !name.is_empty() => {
                at(block.line, self.take_phone(&name.join(" "), &block.value))?;
            }
            ["packing", tps] => {
                self.take_packing(tps, block)?;
                return Ok(true);
            }
            _ => return Ok(false),
        }
        match block.fields.first() {
            Some(field) => {
                at(field.line, Err(format!("expected no `{}` below `{}`", field.key, block.head.join(" "))))
            }
            None => Ok(true),
        }
    }

    fn take_tps(&mut self, name: &str, value: &str) -> Read<()> {
        let mut parts = words::list(value).into_iter();
        let place = tps_code(parts.next().unwrap_or_default())?;
        let mut tps = Tps {
            voters: 0,
            male: None,
            lat: None,
            lon: None,
            access: Access::Remote,
            signal: Signal::Weak,
            ended: None,
            synthetic: true,
        };
        for part in parts {
            if let Some(voters) = part.strip_suffix(" voters") {
                tps.voters = words::number(voters)?;
            } else if let Some(position) = part.strip_prefix("position ") {
                let (lat, lon) = words::degrees(position)?;
                (tps.lat, tps.lon) = (Some(lat), Some(lon));
            } else if part.starts_with("signal ") {
                tps.signal = words::one_of(part, SIGNALS)?;
            } else if part.starts_with("access ") {
                tps.access = words::one_of(part, ACCESSES)?;
            } else {
                return Err(format!(
                    "expected `300 voters`, `signal weak`, `access remote` or `position -1.53 113.21`, found `{part}`"
                ));
            }
        }
        if tps.voters == 0 {
            return Err("expected the number of voters, such as `300 voters`".into());
        }
        self.unused(name)?;
        self.stations.insert(name.to_owned(), (place, tps));
        Ok(())
    }

    fn take_region(&mut self, code: &str, name: &str) -> Read<()> {
        let place = region_or_tps(code)?;
        let level = match place.level() {
            Some(Level::Province) => RegionLevel::Province,
            Some(Level::Regency) => RegionLevel::Regency,
            Some(Level::District) => RegionLevel::District,
            Some(Level::Village) => RegionLevel::Village,
            Some(Level::Tps) | None => return Err(format!("expected the code of a region, found `{code}`")),
        };
        self.regions.push((place, Region { name: name.to_owned(), level, ended: None }));
        Ok(())
    }

    fn take_officer(&mut self, name: &str, value: &str) -> Read<()> {
        let mut parts = words::list(value).into_iter();
        let role = words::one_of(parts.next().unwrap_or_default(), ROLES)?;
        let scopes: Vec<Place> = parts.map(region_or_tps).collect::<Read<_>>()?;
        if scopes.is_empty() {
            return Err("expected a role and the code of a region, such as `logistics staff, 62.06`".into());
        }
        self.unused(name)?;
        let number = u32::try_from(self.officers.len()).unwrap_or(u32::MAX);
        self.enlist(name, Officer { number, role, scopes });
        Ok(())
    }

    fn take_phone(&mut self, name: &str, value: &str) -> Read<()> {
        self.unused(name)?;
        let parts = words::list(value);
        if let [copy] = parts.as_slice()
            && let Some(original) = copy.strip_prefix("copy of ")
        {
            let phone = self.phone(original)?.clone();
            let branches = self.phones.values().filter(|p| p.device == phone.device).map(|p| p.branch);
            let branch = branches.max().unwrap_or_default() + 1;
            let copy = Phone { branch, clone_of: Some(original.to_owned()), ..phone };
            self.phones.insert(name.to_owned(), copy);
            return Ok(());
        }
        let told = || format!("expected `of Ani`, `of Ani, after PHONE` or `copy of PHONE`, found `{value}`");
        let mut parts = parts.into_iter();
        let officer = parts.next().and_then(|part| part.strip_prefix("of ")).ok_or_else(told)?;
        let predecessor = match parts.next().map(|part| part.strip_prefix("after ")) {
            Some(Some(before)) => Some(self.phone(before)?.device),
            Some(None) => return Err(told()),
            None => None,
        };
        if !self.officers.contains_key(officer) {
            return Err(format!("expected the name of an officer above, found `{officer}`"));
        }
        self.add_phone(name, officer.to_owned(), predecessor);
        Ok(())
    }

    fn take_packing(&mut self, tps: &str, block: &Block) -> Result<(), Bad> {
        let place = at(block.line, self.tps(tps))?;
        let count =
            block.value.strip_suffix(" boxes").ok_or_else(|| "expected a number of boxes: `5 boxes`".into());
        let containers = at(block.line, count.and_then(words::number))?;
        let mut packing = Packing { containers, seals: Vec::new(), lines: Vec::new() };
        for Field { line, key, value } in &block.fields {
            let taken = match key.split_once(' ') {
                None if key == "seals" => words::seals(value).map(|seals| packing.seals.extend(seals)),
                Some(("count", item)) => self.item(item).and_then(|item| {
                    packing.lines.push(PackedItem { item, pieces: words::number(value)? });
                    Ok(())
                }),
                _ => Err(format!("expected `seals` or `count ITEM`, found `{key}`")),
            };
            at(*line, taken)?;
        }
        self.packings.push((place, packing));
        Ok(())
    }

    /// Two things of one name could not be told apart.
    fn unused(&self, name: &str) -> Read<()> {
        let is_used = self.stations.contains_key(name) || self.phones.contains_key(name);
        if is_used { Err(format!("expected a name that is not used yet, found `{name}`")) } else { Ok(()) }
    }
}

fn tps_code(text: &str) -> Read<Place> {
    let place = region_or_tps(text).ok().filter(|place| place.level() == Some(Level::Tps));
    place.ok_or_else(|| format!("expected the code of a TPS such as `62.06.13.2001/003`, found `{text}`"))
}
