//! What the addresses of the API and of the exports have in common in the OpenAPI document, said once.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, schema::Type},
};

/// The parameter `within`.
pub(crate) const WITHIN: &str =
    "Code of a place: only it and what lies in it. Without, all that the caller may read.";

/// The parameter `bom` of an export.
pub(crate) const BOM: &str = "`1` for a byte order mark, by which spreadsheets know UTF-8; without, `0`.";

/// Whoever asks has the answer already.
pub(crate) struct Unchanged;

/// A table, or the way to the sign-in for a browser.
pub(crate) struct Csv;

/// Why there is no answer.
pub(crate) struct Problems;

impl IntoResponses for Csv {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let table = ResponseBuilder::new()
            .description("The table, with its columns in the first line.")
            .content("text/csv", Content::new(Some(text)))
            .build();
        let sign_in = ResponseBuilder::new().description("Neither a session nor a token: the sign-in page.");
        BTreeMap::from([("200".to_owned(), table.into()), ("303".to_owned(), sign_in.build().into())])
    }
}

impl IntoResponses for Unchanged {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = "Nothing has changed since the answer with the `ETag` of `If-None-Match`.";
        BTreeMap::from([("304".to_owned(), ResponseBuilder::new().description(text).build().into())])
    }
}

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |text: &str| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            ResponseBuilder::new()
                .description(text)
                .content("application/problem+json", content)
                .build()
                .into()
        };
        BTreeMap::from([
            ("4XX".to_owned(), problem("A problem of the request.")),
            ("5XX".to_owned(), problem("A problem of the server.")),
        ])
    }
}
