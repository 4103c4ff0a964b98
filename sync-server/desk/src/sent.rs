//! What a browser sends with a form, one file for each form. What was typed is never lost: a form that is not taken
//! comes back with it.

pub(crate) mod daily;
pub(crate) mod directive;
pub(crate) mod officer;
pub(crate) mod report;
pub(crate) mod ruling;

/// The fields of a form, as they were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// Fields that a page fills in by itself.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The same with other values for some fields.
    pub(crate) fn with(mut self, changed: &[(&str, &str)]) -> Self {
        self.0.retain(|(key, _)| !changed.iter().any(|(name, _)| name == key));
        self.0.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// A field; empty if it was not sent. Of one that is there twice the first counts, so that nothing can be put
    /// behind it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a field that may be chosen several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A text as it was typed; a browser ends lines as HTTP does.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).replace("\r\n", "\n")
    }

    /// The token that shows that the form is one of ours.
    pub(crate) fn csrf(&self) -> &str {
        self.get("csrf")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_field_that_is_there_twice_the_first_counts() {
        let fields = Fields::read(b"why=satu%0D%0Adua&place=a&place=b&why=tiga");
        assert_eq!(fields.get("why"), "satu\r\ndua");
        assert_eq!(fields.text("why"), "satu\ndua");
        assert_eq!(fields.all("place").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.get("act"), "");
    }
}
