//! The parameters of a request. What is misspelt is refused and not passed over: an answer for all places must not
//! be taken for one about a kabupaten.

use pantau_protocol::{body::FindingId, place::Place};

use crate::{problem::Problem, visit::Asked};

/// Parameters with the names that an address has.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the parameters of a request, which may have these names and each once.
    pub(crate) fn read(asked: &Asked, names: &[&str]) -> Result<Self, Problem> {
        Self::of(asked.parameters(), names)
    }

    /// Reads the parameters of an address that is kept as a text, such as `within=62.06&visited=no`.
    pub(crate) fn kept(text: &str, names: &[&str]) -> Result<Self, Problem> {
        Self::of(form_urlencoded::parse(text.as_bytes()).into_owned().collect(), names)
    }

    fn of(all: Vec<(String, String)>, names: &[&str]) -> Result<Self, Problem> {
        for (at, (name, _)) in all.iter().enumerate() {
            if !names.contains(&name.as_str()) {
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(Problem::field(
                    name,
                    format!("There is no such parameter here; there is: {known}."),
                ));
            }
            if all.iter().take(at).any(|(other, _)| other == name) {
                return Err(Problem::field(name, "It is there twice."));
            }
        }
        Ok(Self(all))
    }

    /// A parameter as it is.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The code of a place.
    pub(crate) fn place(&self, name: &str) -> Result<Option<Place>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let place = Place::typed(text).map_err(|e| Problem::field(name, format!("It is {e}.")))?;
        Ok(Some(place))
    }

    /// The id of a finding.
    pub(crate) fn finding(&self, name: &str) -> Result<Option<FindingId>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|e| Problem::field(name, format!("It is {e}.")))
    }

    /// One of several words, the first of them where it is not there.
    pub(crate) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)], default: T) -> Result<T, Problem> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant);
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        found.ok_or_else(|| Problem::field(name, format!("It must be one of: {}.", known.join(", "))))
    }

    /// A number from 1 to `most`.
    pub(crate) fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|n| (1..=most).contains(n));
        number.ok_or_else(|| Problem::field(name, format!("It must be a number from 1 to {most}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{extract::FromRequestParts as _, http::Request};

    async fn read(uri: &str) -> Result<Query, Problem> {
        let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        let Ok(asked) = Asked::from_request_parts(&mut parts, &()).await;
        Query::read(&asked, &["within", "limit"])
    }

    #[tokio::test]
    async fn what_is_misspelt_is_named() {
        assert!(read("/x").await.is_ok());
        for bad in ["/x?withn=62", "/x?within=62&within=62.06", "/x?within=62&lang=id"] {
            assert!(read(bad).await.is_err(), "{bad}");
        }
        let query = read("/x?within=6206&limit=501").await.ok().unwrap();
        assert_eq!(query.place("within").unwrap(), Place::new("62.06").ok());
        assert!(query.number("limit", 100, 500).is_err());
        assert_eq!(query.number("limit", 100, 501).unwrap(), 501);
        assert_eq!(query.number("after", 100, 500).unwrap(), 100);
        let odd = read("/x?within=62%20or%201&limit=0").await.ok().unwrap();
        assert!(odd.place("within").is_err() && odd.number("limit", 1, 9).is_err());
    }
}
