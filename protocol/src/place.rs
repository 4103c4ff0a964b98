//! Places: region and TPS codes, their levels, and the scope that every query must be given.

use std::fmt;

use crate::limit;

/// A region or TPS code: `62`, `62.06`, `62.06.13`, `62.06.13.2001`, `62.06.13.2001/003`.
///
/// Any text of at most [`limit::PLACE_BYTES`] made of digits, letters, `.`, `/` and `-` is carried,
/// so that a place this version cannot parse still travels; [`Place::level`] is `None` for it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place(String);

/// The five levels of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Provinsi, `62`.
    Province,
    /// Kabupaten or kota, `62.06`.
    Regency,
    /// Kecamatan, `62.06.13`.
    District,
    /// Desa or kelurahan, `62.06.13.2001`.
    Village,
    /// Polling station, `62.06.13.2001/003`.
    Tps,
}

/// Why a text is no place code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a place code: {0:?}")]
pub struct BadPlace(pub String);

impl Place {
    /// Parses a code; see the type for what is accepted.
    pub fn new(code: &str) -> Result<Self, BadPlace> {
        let fits = !code.is_empty()
            && code.len() <= limit::PLACE_BYTES
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'-'));
        if fits { Ok(Self(code.to_owned())) } else { Err(BadPlace(code.chars().take(40).collect())) }
    }

    /// A code as people and other lists write it: where there are no dots, a kabupaten of 4 digits, a kecamatan of 6, a
    /// desa of 10 and a TPS of 13 can be nothing else. Anything else is read as it stands.
    pub fn typed(text: &str) -> Result<Self, BadPlace> {
        let (region, number) = match text.split_once('/') {
            Some((region, number)) => (region, Some(number)),
            None if text.len() == 13 => (text.get(..10).unwrap_or(text), text.get(10..)),
            None => (text, None),
        };
        let is_plain = region.bytes().all(|b| b.is_ascii_digit()) && matches!(region.len(), 4 | 6 | 10);
        let number_fits = number.is_none_or(|n| region.len() == 10 && digits(n).is_some());
        if !is_plain || !number_fits {
            return Self::new(text);
        }
        let parts = [0..2, 2..4, 4..6, 6..10].map(|part| region.get(part));
        let dotted = parts.into_iter().flatten().collect::<Vec<_>>().join(".");
        match number {
            Some(number) => Self::new(&format!("{dotted}/{number}")),
            None => Self::new(&dotted),
        }
    }

    /// The code of TPS `number` (as printed, `003`) in a village.
    pub fn tps(village: &Self, number: &str) -> Result<Self, BadPlace> {
        Self::new(&format!("{village}/{number}"))
    }

    /// A TPS for examples.
    pub(crate) fn sample(number: u32) -> Self {
        Self(format!("62.06.13.2001/{number:03}"))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level, by the shape of the code; `None` if it has no known shape.
    pub fn level(&self) -> Option<Level> {
        let (region, tps) = match self.0.split_once('/') {
            Some((region, number)) => (region, Some(number)),
            None => (self.0.as_str(), None),
        };
        let parts: Vec<usize> = region.split('.').map(digits).collect::<Option<_>>()?;
        match (parts.as_slice(), tps) {
            ([2], None) => Some(Level::Province),
            ([2, 2], None) => Some(Level::Regency),
            ([2, 2, 2], None) => Some(Level::District),
            ([2, 2, 2, 4], None) => Some(Level::Village),
            ([2, 2, 2, 4], Some(number)) => digits(number).map(|_| Level::Tps),
            _ => None,
        }
    }

    /// The place one level up; `None` for a province.
    pub fn parent(&self) -> Option<Self> {
        let above = self.0.rfind(['.', '/']).and_then(|i| self.0.get(..i))?;
        (!above.is_empty()).then(|| Self(above.to_owned()))
    }

    /// The places above, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Whether this place is `root` or lies inside it.
    pub fn is_within(&self, root: &Self) -> bool {
        self.0.strip_prefix(root.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
    }

    /// The kecamatan of this place, or the place itself if it lies higher or outside.
    pub fn district(&self) -> Self {
        let mut here = std::iter::once(self.clone()).chain(self.ancestors());
        here.find(|p| p.level() == Some(Level::District)).unwrap_or_else(|| self.clone())
    }
}

/// The length of a text of digits; `None` if empty or anything else is in it.
fn digits(text: &str) -> Option<usize> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text.len())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.0)
    }
}

impl std::str::FromStr for Place {
    type Err = BadPlace;
    fn from_str(s: &str) -> Result<Self, BadPlace> {
        Self::new(s)
    }
}

impl TryFrom<String> for Place {
    type Error = BadPlace;
    fn try_from(s: String) -> Result<Self, BadPlace> {
        Self::new(&s)
    }
}

impl From<Place> for String {
    fn from(p: Place) -> Self {
        p.0
    }
}

impl<C> minicbor::Encode<C> for Place {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Place {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        Self::new(d.str()?).map_err(|_| minicbor::decode::Error::message("not a place code").at(at))
    }
}

/// What somebody may see: the subtrees of these roots. An empty scope sees nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    roots: Vec<Place>,
}

impl Scope {
    /// A scope of these roots, in canonical order, nested roots folded into the outer one.
    pub fn new(roots: impl IntoIterator<Item = Place>) -> Self {
        let mut all: Vec<Place> = roots.into_iter().collect();
        all.sort();
        all.dedup();
        let mut kept: Vec<Place> = Vec::new();
        for place in all {
            // Sorted text puts an outer place before what lies in it.
            if !kept.iter().any(|k| place.is_within(k)) {
                kept.push(place);
            }
        }
        Self { roots: kept }
    }

    /// The scope that sees nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// The roots, in canonical order.
    pub fn roots(&self) -> &[Place] {
        &self.roots
    }

    /// Whether `place` lies inside.
    pub fn covers(&self, place: &Place) -> bool {
        self.roots.iter().any(|r| place.is_within(r))
    }

    /// Whether a record with these keys is visible: a key inside, or for records written by the desk
    /// (`from_above`) also a key that lies above a root (docs/PROTOCOL.md#places-and-scopes).
    pub fn sees<'a>(&self, keys: impl IntoIterator<Item = &'a Place>, from_above: bool) -> bool {
        keys.into_iter().any(|k| self.covers(k) || from_above && self.roots.iter().any(|r| r.is_within(k)))
    }

    /// 8 bytes that change whenever the scope does; part of the cursor.
    pub fn digest(&self) -> ScopeDigest {
        let mut h = crate::hash::Tagged::new("pantau/1/scope");
        for root in &self.roots {
            h.part(root.as_str().as_bytes());
        }
        ScopeDigest(crate::hash::prefix(&h.finish()))
    }
}

crate::byte_id!(
    /// Digest of a [`Scope`]: another digest restarts the cursor.
    ScopeDigest, 8
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_without_dots_are_read_where_they_can_be_nothing_else() {
        let typed = |text| Place::typed(text).map(String::from);
        for (text, code) in [
            ("62", "62"),
            ("6206", "62.06"),
            ("620613", "62.06.13"),
            ("6206132001", "62.06.13.2001"),
            ("6206132001/003", "62.06.13.2001/003"),
            ("6206132001003", "62.06.13.2001/003"),
            ("62.06.13.2001/003", "62.06.13.2001/003"),
            ("62061", "62061"),
            ("6206/003", "6206/003"),
            ("62O6", "62O6"),
        ] {
            assert_eq!(typed(text), Ok(code.to_owned()), "{text}");
        }
        assert!(typed("").is_err() && typed("6206 13").is_err());
    }
}
